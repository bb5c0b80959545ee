//! `events`: the event log, the same stream that the broker gets.

use super::Context;
use crate::cli;
use crate::exit::Exit;
use crate::terminal::{clip, safe};
use anyhow::Result;
use counterfoil_pipeline::ports::{EventOffset, Ledger, StoredVersion};
use std::collections::VecDeque;
use std::io::Write;
use std::time::Duration;

/// Events shown when nothing else is asked for.
const LAST: usize = 20;

/// How often the log is looked at while following.
const LOOK: Duration = Duration::from_millis(300);

/// Prints events; with `--follow` until stopped.
pub(crate) fn run(context: &mut Context<'_>, args: &cli::Events) -> Result<Exit> {
    let ledger = context.gateway.ledger.clone();
    let wanted = |version: &StoredVersion| args.record.as_deref().is_none_or(|id| version.id.as_str() == id);
    let last = args.last.or(if context.json { None } else { Some(LAST) });
    let mut from = EventOffset::default();
    let mut kept: VecDeque<StoredVersion> = VecDeque::new();
    loop {
        let versions = read(ledger.as_ref(), &mut from)?;
        if versions.is_empty() {
            break;
        }
        for version in versions.into_iter().filter(wanted) {
            match last {
                None => write_one(context.out, &version, context.json, context.terminal.width)?,
                Some(last) => {
                    kept.push_back(version);
                    if kept.len() > last {
                        kept.pop_front();
                    }
                }
            }
        }
    }
    for version in kept {
        write_one(context.out, &version, context.json, context.terminal.width)?;
    }
    context.out.flush()?;
    if !args.follow {
        return Ok(Exit::Complete);
    }
    loop {
        let versions = read(ledger.as_ref(), &mut from)?;
        if versions.is_empty() {
            // Blocks its thread on purpose: it may be one that answers another process while the runtime shuts down.
            std::thread::sleep(LOOK);
            continue;
        }
        for version in versions.iter().filter(|version| wanted(version)) {
            write_one(context.out, version, context.json, context.terminal.width)?;
        }
        context.out.flush()?;
    }
}

fn read(ledger: &dyn Ledger, from: &mut EventOffset) -> Result<Vec<StoredVersion>> {
    let versions = ledger.versions(*from)?;
    if let Some(last) = versions.last() {
        *from = EventOffset { page: last.at.page, index: last.at.index + 1 };
    }
    Ok(versions)
}

fn write_one(out: &mut dyn Write, version: &StoredVersion, json: bool, width: usize) -> Result<()> {
    if json {
        writeln!(out, "{}", version.event.body)?;
        return Ok(());
    }
    let at = version.seen_at.strftime("%Y-%m-%d %H:%M:%S");
    let line = format!("{at}  {:<40}  {} #{}", version.event.routing_key, version.id, version.version);
    writeln!(out, "{}", clip(&safe(&line), width))?;
    Ok(())
}
