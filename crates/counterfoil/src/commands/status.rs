//! `status`: per stream what was pulled and where it ended, and what is missing.

use super::{Context, problems, sync};
use crate::exit::Exit;
use crate::terminal::{Align, Table, count, plural};
use anyhow::Result;
use counterfoil_pipeline::ports::Ledger;
use counterfoil_pipeline::{Outcome, PassReport, Tally};
use serde_json::{Value, json};

/// Prints the status.
pub fn run(context: &mut Context<'_>) -> Result<Exit> {
    let gateway = context.gateway;
    let aside = problems::set_aside(gateway.ledger.as_ref())?.len() as u64;
    let reports = problems::reports(gateway.ledger.as_ref())?;
    let incomplete = aside > 0 || reports.iter().any(|report| report.outcome != Outcome::Complete);
    let exit = if incomplete { Exit::Incomplete } else { Exit::Complete };
    if context.json {
        let waiting = gateway.config.amqp.is_some().then(|| sync::waiting(gateway)).transpose()?;
        let value = as_json(gateway.ledger.as_ref(), &reports, aside, waiting)?;
        context.write_json(&value)?;
        return Ok(exit);
    }
    write_streams(context)?;
    if gateway.config.amqp.is_some() {
        writeln!(context.out, "\nbroker: {} not confirmed yet", plural(sync::waiting(gateway)?, "event"))?;
    } else {
        writeln!(context.out, "\nno broker is configured; `counterfoil events --follow` shows the same stream")?;
    }
    problems::write(context, problems::AT_MOST)?;
    Ok(exit)
}

/// The table of streams: the last pass that pulled something, and what is held.
pub fn write_streams(context: &mut Context<'_>) -> Result<()> {
    let ledger = context.gateway.ledger.as_ref();
    let reports = problems::reports(ledger)?;
    let columns = [
        ("stream", Align::Left),
        ("pulled", Align::Right),
        ("= committed", Align::Right),
        ("+ unchanged", Align::Right),
        ("+ quarantined", Align::Right),
        ("+ unreadable", Align::Right),
        ("+ not applicable", Align::Right),
        ("held", Align::Right),
        ("last pass", Align::Left),
    ];
    let mut table = Table::new(&columns, context.terminal.width, context.terminal.colours);
    for (instance, stream, state) in ledger.streams()? {
        let report = reports.iter().find(|report| report.instance == instance && report.stream == stream);
        table.row(cells(&format!("{instance}/{stream}"), &state.total, state.held, &report.map_or_else(String::new, outcome)));
    }
    if table.is_empty() {
        writeln!(context.out, "nothing was pulled yet\n  help: `counterfoil sync` pulls all sources once")?;
        return Ok(());
    }
    let streams = ledger.streams()?;
    if streams.len() > 1 {
        let mut all = Tally::default();
        streams.iter().for_each(|(_, _, state)| all += state.total);
        let held = streams.iter().map(|(_, _, state)| state.held).sum();
        table.row(cells("all", &all, held, ""));
    }
    write!(context.out, "{table}")?;
    Ok(())
}

fn cells(name: &str, tally: &Tally, held: u64, outcome: &str) -> [String; 9] {
    [
        name.to_owned(),
        count(tally.pulled),
        count(tally.committed),
        count(tally.unchanged),
        count(tally.quarantined),
        count(tally.unreadable),
        count(tally.not_applicable),
        count(held),
        outcome.to_owned(),
    ]
}

fn outcome(report: &PassReport) -> String {
    match &report.outcome {
        Outcome::Complete => "complete".to_owned(),
        Outcome::Partial => format!("partial: {}", plural(report.gaps.len() as u64, "gap")),
        Outcome::Failed { reason } => format!("failed: {reason}"),
    }
}

/// `streams[].{pulled, committed, unchanged, quarantined, unreadable, not_applicable}` over all passes, the same below
/// `last_pass` for the last one, and `total` over all streams.
fn as_json(ledger: &dyn Ledger, reports: &[PassReport], aside: u64, waiting: Option<u64>) -> Result<Value> {
    let mut streams = Vec::new();
    let mut all = Tally::default();
    let mut held = 0;
    for (instance, stream, state) in ledger.streams()? {
        let report = reports.iter().find(|report| report.instance == instance && report.stream == stream);
        let mut value = tally_json(&state.total);
        value["instance"] = json!(instance);
        value["stream"] = json!(stream);
        value["held"] = json!(state.held);
        value["last_pass"] = report.map_or(Value::Null, |report| json!(report));
        streams.push(value);
        all += state.total;
        held += state.held;
    }
    let mut total = tally_json(&all);
    total["held"] = json!(held);
    Ok(json!({ "total": total, "streams": streams, "set_aside": aside, "events_waiting": waiting }))
}

fn tally_json(tally: &Tally) -> Value {
    let mut value = json!(tally);
    value["adds_up"] = json!(tally.adds_up());
    value
}
