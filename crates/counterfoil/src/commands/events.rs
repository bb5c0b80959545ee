//! `events`: the event log, the same stream that the broker gets.

use super::Context;
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::lookup::{self, Found};
use crate::terminal::{clip, safe};
use anyhow::Result;
use counterfoil_pipeline::ports::{EventOffset, Ledger, StoredVersion};
use counterfoil_record::RecordId;
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
    let ids = args.record.as_deref().map(|record| records(context, record)).transpose()?;
    let wanted = |version: &StoredVersion| ids.as_ref().is_none_or(|ids| ids.contains(&version.id));
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

/// The records whose events are wanted. One that is named by its whole id may still be on its way.
fn records(context: &mut Context<'_>, what: &str) -> Result<Vec<RecordId>> {
    let Found { ids, remarks } = lookup::find(context.gateway, what)?;
    // With `--json` every line is an event.
    for remark in remarks.iter().filter(|_| !context.json) {
        writeln!(context.out, "{}", safe(remark))?;
    }
    match ids.is_empty() {
        false => Ok(ids),
        true if what.split('/').count() == 3 => Ok(vec![RecordId::from_stored(what)]),
        true => {
            let message = format!("no record is or was called `{}`", safe(what));
            let help = "write its key, its id in the source, or its id here (`instance/stream/id`)";
            Err(Failure::error(Exit::Usage, format!("{message}\n  help: {help}")))
        }
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
