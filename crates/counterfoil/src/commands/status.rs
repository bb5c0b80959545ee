//! `status`: per stream what was pulled and where it ended, and what is missing.

use super::{Context, estate, problems, sync};
use crate::exit::Exit;
use crate::terminal::{Align, Table, count, plural, safe};
use anyhow::Result;
use counterfoil_pipeline::ports::Ledger;
use counterfoil_pipeline::{Outcome, PassReport, Tally};
use serde_json::{Value, json};

/// Prints the status.
pub(crate) fn run(context: &mut Context<'_>) -> Result<Exit> {
    let gateway = context.gateway;
    let aside = problems::set_aside(gateway.ledger.as_ref())?.len() as u64;
    let reports = problems::reports(gateway.ledger.as_ref())?;
    let incomplete = aside > 0 || reports.iter().any(|report| report.outcome != Outcome::Complete);
    let exit = if incomplete { Exit::Incomplete } else { Exit::Complete };
    if context.json {
        let waiting = gateway.config.amqp.is_some().then(|| sync::waiting(gateway)).transpose()?;
        let mut value = as_json(gateway.ledger.as_ref(), &reports, aside, waiting)?;
        value["estate_faults"] = estate::as_json(&estate::faults(context)?);
        context.write_json(&value)?;
        return Ok(exit);
    }
    write_streams(context)?;
    if gateway.config.amqp.is_some() {
        writeln!(context.out, "\nbroker: {} not confirmed yet", plural(sync::waiting(gateway)?, "event"))?;
    } else {
        writeln!(context.out, "\nno broker is configured; `counterfoil events --follow` shows the same stream")?;
    }
    write_notes(context, problems::AT_MOST)?;
    problems::write(context, problems::AT_MOST)?;
    let faults = estate::faults(context)?;
    estate::write(context.out, &context.terminal, &faults, problems::AT_MOST)?;
    Ok(exit)
}

/// A column of a tally: its heading and its number.
type Column = (&'static str, fn(&Tally) -> u64);

/// Longer names of streams leave too little for the other columns on an ordinary terminal.
const LONG_NAME: usize = 24;

/// The columns of a tally, as tables head them.
const COLUMNS: [Column; 6] = [
    ("pulled", |tally| tally.pulled),
    ("committed", |tally| tally.committed),
    ("unchanged", |tally| tally.unchanged),
    ("quarantined", |tally| tally.quarantined),
    ("unreadable", |tally| tally.unreadable),
    ("not\napplicable", |tally| tally.not_applicable),
];

/// The table of streams: where everything ended that was ever pulled, and what is held. Columns without a record are left
/// out; what is shown adds up all the same.
pub(crate) fn write_streams(context: &mut Context<'_>) -> Result<()> {
    let ledger = context.gateway.ledger.as_ref();
    let reports = problems::reports(ledger)?;
    let streams = ledger.streams()?;
    if streams.is_empty() {
        writeln!(context.out, "nothing was pulled yet\n  help: `counterfoil sync` pulls all sources once")?;
        return Ok(());
    }
    let mut all = Tally::default();
    streams.iter().for_each(|(_, _, state)| all += state.total);
    let shown: Vec<_> = COLUMNS.iter().filter(|(name, of)| *name == "pulled" || of(&all) > 0).collect();
    let mut columns = vec![("stream", Align::Left)];
    columns.extend(shown.iter().map(|(name, _)| (*name, Align::Right)));
    columns.extend([("held", Align::Right), ("last pass", Align::Left)]);
    let table = Table::new(&columns, context.terminal.width, context.terminal.colours);
    // How a pass ended is not broken in the middle of a word for the sake of long names.
    let has_long_names = streams.iter().any(|(instance, stream, _)| instance.len() + stream.len() > LONG_NAME);
    let mut table = if has_long_names { table.yielding(0).whole(columns.len() - 1) } else { table };
    let row = |name: String, tally: &Tally, held: u64, outcome: String| {
        let numbers = shown.iter().map(|(_, of)| count(of(tally)));
        std::iter::once(name).chain(numbers).chain([count(held), outcome]).collect::<Vec<_>>()
    };
    for (instance, stream, state) in &streams {
        let report = reports.iter().find(|report| report.instance == *instance && report.stream == *stream);
        let outcome = report.map_or_else(String::new, outcome);
        // Most instances have one stream; its name tells nothing then.
        let alone = streams.iter().filter(|(other, _, _)| other == instance).count() == 1;
        let name = if alone { instance.clone() } else { format!("{instance}/{stream}") };
        table.row(row(name, &state.total, state.held, outcome));
    }
    if streams.len() > 1 {
        let held = streams.iter().map(|(_, _, state)| state.held).sum();
        table.row(row("all".to_owned(), &all, held, String::new()));
    }
    write!(context.out, "{table}")?;
    let ended: Vec<String> = shown.iter().skip(1).map(|(name, _)| name.replace('\n', " ")).collect();
    writeln!(context.out, "\npulled = {}; every record stands in exactly one column", ended.join(" + "))?;
    Ok(())
}

fn outcome(report: &PassReport) -> String {
    match &report.outcome {
        Outcome::Complete => "complete".to_owned(),
        Outcome::Partial => plural(report.gaps.len() as u64, "gap"),
        Outcome::Failed { .. } => "failed".to_owned(),
    }
}

/// What the sources were found to look like: delimiters, encodings, how dates were read.
pub(crate) fn write_notes(context: &mut Context<'_>, limit: usize) -> Result<()> {
    let reports = problems::reports(context.gateway.ledger.as_ref())?;
    let notes: Vec<_> =
        reports.iter().flat_map(|report| report.notes.iter().map(|note| (&report.instance, note))).collect();
    if notes.is_empty() {
        return Ok(());
    }
    writeln!(context.out, "\nwhat the sources look like:")?;
    for (instance, note) in notes.iter().take(limit) {
        let width = context.terminal.width.max(60) - 4;
        for (at, line) in problems::wrap(&safe(&format!("{instance}: {note}")), width).iter().enumerate() {
            writeln!(context.out, "  {}{line}", if at == 0 { "" } else { "  " })?;
        }
    }
    if notes.len() > limit {
        writeln!(context.out, "  … and {} more, in `status --json`", notes.len() - limit)?;
    }
    Ok(())
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
