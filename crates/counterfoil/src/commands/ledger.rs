//! `ledger verify`: reads everything and computes every hash again.

use super::Context;
use crate::exit::Exit;
use crate::terminal::{count, plural, safe};
use anyhow::Result;
use serde_json::json;

/// Verifies the ledger and says what is damaged.
pub(crate) fn verify(context: &mut Context<'_>) -> Result<Exit> {
    let bar = super::replay::bar(&context.terminal, "verifying pages");
    let found = context.gateway.ledger.verify(&mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    if context.json {
        context.write_json(&json!({
            "pages": found.pages, "events": found.events, "records": found.records, "set_aside": found.set_aside,
            "chain": found.chain.map(|chain| chain.to_string()), "damage": found.damage, "whole": found.damage.is_empty(),
        }))?;
    } else {
        writeln!(
            context.out,
            "{} with {}, {}, {} set aside",
            plural(found.pages, "page"),
            plural(found.events, "event"),
            plural(found.records, "record"),
            count(found.set_aside)
        )?;
        match &found.chain {
            Some(chain) if found.damage.is_empty() => writeln!(context.out, "whole; the chain ends at {chain}")?,
            None if found.damage.is_empty() => writeln!(context.out, "whole, and empty")?,
            _ => {
                writeln!(context.out, "DAMAGED:")?;
                for damage in &found.damage {
                    writeln!(context.out, "  {}", safe(damage))?;
                }
                writeln!(
                    context.out,
                    "  help: keep the folder as it is, restore a backup beside it, or start a new ledger with \
                     `--data-dir` and pull again"
                )?;
            }
        }
    }
    Ok(if found.damage.is_empty() { Exit::Complete } else { Exit::Ledger })
}
