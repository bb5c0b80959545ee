//! `replay`: maps what is held again, to prove that nothing differs or to apply a changed mapping.

use super::Context;
use crate::cli;
use crate::exit::Exit;
use crate::terminal::{Align, Table, Terminal, count, plural, safe};
use anyhow::Result;
use counterfoil_pipeline::{remap, verify_replay};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde_json::json;

/// Runs the replay.
pub(crate) fn run(context: &mut Context<'_>, args: &cli::Replay) -> Result<Exit> {
    if args.verify { verify(context) } else { apply(context, args.instance.as_deref()) }
}

fn verify(context: &mut Context<'_>) -> Result<Exit> {
    let ledger = context.gateway.ledger.as_ref();
    let bar = bar(&context.terminal, "replaying versions");
    bar.set_length(ledger.count(Default::default(), ledger.end()?)?);
    let replayed = verify_replay(ledger, &mut |versions| bar.inc(versions))?;
    bar.finish_and_clear();
    if context.json {
        context.write_json(&json!({
            "versions": replayed.versions, "identical": replayed.identical, "different": replayed.different,
        }))?;
    } else {
        let (all, same) = (plural(replayed.versions, "version"), count(replayed.identical));
        writeln!(context.out, "{all} made again from raw payloads, {same} of them byte for byte as kept")?;
        for different in &replayed.different {
            writeln!(context.out, "  {}", safe(different))?;
        }
    }
    Ok(if replayed.versions == replayed.identical { Exit::Complete } else { Exit::Ledger })
}

fn apply(context: &mut Context<'_>, instance: Option<&str>) -> Result<Exit> {
    let gateway = context.gateway;
    if let Some(instance) = instance {
        super::known_instance(gateway, instance)?;
    }
    let columns = [
        ("stream", Align::Left),
        ("mapped again", Align::Right),
        ("new versions", Align::Right),
        ("quarantined", Align::Right),
    ];
    let mut table = Table::new(&columns, context.terminal.width, context.terminal.colours);
    let mut rows = Vec::new();
    for source in
        gateway.sources.iter().filter(|source| instance.is_none_or(|wanted| wanted == source.instance.as_ref()))
    {
        let now = gateway.clock.now();
        let report = remap(gateway.ledger.as_ref(), &source.instance, source.stream.name, &source.mappings, now)?;
        let name = format!("{}/{}", source.instance, source.stream.name);
        let tally = report.tally;
        table.row([name.clone(), count(tally.pulled), count(tally.committed), count(tally.quarantined)]);
        rows.push(json!({ "stream": name, "tally": tally }));
    }
    if context.json {
        context.write_json(&json!(rows))?;
    } else {
        write!(context.out, "{table}")?;
    }
    Ok(Exit::Complete)
}

/// A bar on standard error, where that is a terminal.
pub(crate) fn bar(terminal: &Terminal, what: &'static str) -> ProgressBar {
    let target = if terminal.live { ProgressDrawTarget::stderr_with_hz(4) } else { ProgressDrawTarget::hidden() };
    let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // A bar that cannot be drawn is no reason to stop.
        write!(out, "{}/s", count(state.per_sec() as u64)).unwrap_or_default();
    };
    let style = ProgressStyle::with_template("{msg} {bar:30} {human_pos}/{human_len} {rate} {eta} left");
    let bar = ProgressBar::with_draw_target(None, target).with_message(what);
    bar.set_style(style.expect("the template is well formed").with_key("rate", rate));
    bar
}
