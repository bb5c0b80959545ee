//! The clocks of a record: for every target that is, or may be, for it, our own clock and the tool's side by side, what
//! counted in ours and what did not, and the difference.

use super::Context;
use super::kpi::{load, window};
use crate::cli;
use crate::terminal::{Align, Table, plural, safe};
use anyhow::Result;
use counterfoil_assurance::clocks::{Candidate, Clocked, NativeClock, OurClock, candidates, clocked_by};
use counterfoil_assurance::estate::Target;
use counterfoil_assurance::{Estate, humanise};
use counterfoil_clock::{Bearer, Bounds, Cycle, Interval, Truth, Verdict, When, Why};
use counterfoil_model::Kind;
use counterfoil_record::RecordId;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A record that hops for years has more pieces than anybody reads.
const MOST_PIECES: usize = 40;

/// What is told of a record's clocks, as text and as JSON; nothing where nothing was agreed that could be for it.
pub(super) fn of(
    context: &Context<'_>,
    id: &RecordId,
    kind: Kind,
    then: &cli::AsOf,
) -> Result<Option<(String, Value)>> {
    if !matches!(kind, Kind::Incident | Kind::ServiceRequest | Kind::Problem | Kind::Change) {
        return Ok(None);
    }
    let table = load(context, then)?;
    let view = table.view(window(context, &table, None, None)?);
    let Some(row) = table.rows().find(|row| row.id == id.as_str()) else { return Ok(None) };
    let all = candidates(row, None, &view);
    if all.is_empty() {
        return Ok(None);
    }
    let (as_of, width, colours) = (view.window.to, context.terminal.width, context.terminal.colours);
    let mut text = format!("clocks, as of {as_of}:\n");
    let mut values = Vec::new();
    for candidate in all {
        let both = clocked_by(row, candidate.target, &view);
        text.push_str(&written(&candidate, &both, table.estate(), width, colours));
        values.push(as_json(&candidate, &both));
    }
    Ok(Some((text, json!({ "as_of": as_of.to_string(), "targets": values }))))
}

fn written(candidate: &Candidate<'_>, both: &Clocked<'_>, estate: &Estate, width: usize, colours: bool) -> String {
    let target = candidate.target;
    let doubt = if candidate.applies == Truth::Unknown { ", if it is for this record at all" } else { "" };
    let mut text = format!("\n{:>12}  {}{doubt}\n", "target", safe(&promise(target, estate)));
    text.push_str(&format!("{:>12}  {}\n", "", safe(&target.id)));
    let ours = both.ours.as_ref().map_or_else(|| "nothing says when it started".to_owned(), our_line);
    text.push_str(&format!("{:>12}  {ours}\n", "our clock"));
    let native = both.native.as_ref().map_or_else(|| "it says none".to_owned(), native_line);
    text.push_str(&format!("{:>12}  {}\n", "tool's own", safe(&native)));
    if let Some(line) = difference_line(both) {
        text.push_str(&format!("{:>12}  {line}\n", "difference"));
    }
    for cycle in both.ours.iter().flat_map(|ours| &ours.cycles) {
        text.push_str(&pieces(cycle, target, width, colours));
    }
    text
}

/// `resolution in at most 4 h of Office hours, under ACME, underpinning`.
fn promise(target: &Target, estate: &Estate) -> String {
    let limit = SignedDuration::from_micros(target.value.millionths);
    let comparator = target.comparator.replace('_', " ");
    let (limit, hours) = match target.calendar.filter(|_| target.unit == "business_seconds") {
        Some(calendar) => {
            let calendar = &estate.calendars()[calendar];
            let days = calendar.hours.business_days(limit.unsigned_abs());
            let days = days.filter(|(days, rest)| *days > 1 && rest.is_zero());
            let days = days.map(|(days, _)| format!(" ({days} working days)")).unwrap_or_default();
            (counted(limit), format!("of {}{days}", calendar.title))
        }
        None => (duration(limit), "around the clock".to_owned()),
    };
    format!("{} in {comparator} {limit} {hours}, under {}", target.metric, estate.agreements()[target.agreement].title)
}

fn our_line(ours: &OurClock<'_>) -> String {
    let Some(cycle) = ours.cycle() else { return "it has not started".to_owned() };
    let mut line = format!("{}: {} counted", verdict(cycle), bounds(cycle.elapsed));
    for (bearer, name) in BEARERS {
        let paused = ours.paused(*bearer).filter(|paused| *paused != Bounds::ZERO);
        line.extend(paused.map(|paused| format!(", {} paused for {name}", bounds(paused))));
    }
    let (word, moment) = match cycle.verdict {
        Verdict::Breached => ("breached after", cycle.breached_at),
        _ => ("due", cycle.due),
    };
    line.extend(moment.map(|moment| format!(", {word} {}", when(moment))));
    if ours.cycles.len() > 1 {
        line.push_str(&format!("; the last of {}", plural(ours.cycles.len() as u64, "cycle")));
    }
    line
}

const BEARERS: &[(Bearer, &str)] = &[
    (Bearer::Customer, "the customer"),
    (Bearer::Agreed, "an agreed date"),
    (Bearer::Supplier, "a supplier"),
    (Bearer::Provider, "the provider itself"),
];

fn verdict(cycle: &Cycle) -> &'static str {
    match cycle.verdict {
        Verdict::Met => "met",
        Verdict::Breached => "breached",
        Verdict::Running => "running, in time so far",
        Verdict::Cancelled => "cancelled",
        Verdict::Unknown => "unknown, it depends on what is not known",
    }
}

fn native_line(native: &NativeClock<'_>) -> String {
    let verdict = match native.met() {
        Some(true) => "met",
        Some(false) => "breached",
        None => "no verdict",
    };
    let mut line = verdict.to_owned();
    line.extend(native.claimed.elapsed.map(|elapsed| format!(": {} counted", counted(elapsed))));
    line.extend(native.goal.map(|goal| format!(", of {}", counted(SignedDuration::from_secs(goal)))));
    line.extend(native.claimed.due.map(|due| format!(", due {due}")));
    line.push_str(&match native.record {
        Some(record) => format!("; {record} says so"),
        None => "; the record says so".to_owned(),
    });
    line
}

fn difference_line(both: &Clocked<'_>) -> Option<String> {
    let difference = both.difference.as_ref()?;
    let mut line = match difference.elapsed {
        Some(elapsed) if elapsed == Bounds::ZERO => "none in what counted".to_owned(),
        Some(elapsed) => format!("the tool counts {}", more_or_less(elapsed)),
        None => "the tool does not say what it counted".to_owned(),
    };
    match difference.breach_differs {
        Truth::Yes => line.push_str(", and the verdicts differ"),
        Truth::No => line.push_str(", and the verdicts are the same"),
        Truth::Unknown => {}
    }
    match difference.disagrees() {
        Truth::Yes => line.push_str(": the clocks disagree"),
        Truth::No => line.push_str(": the clocks agree"),
        Truth::Unknown => line.push_str(": whether the clocks agree is not known"),
    }
    Some(line)
}

fn more_or_less(bounds: Bounds) -> String {
    let of = |duration: SignedDuration| {
        let word = if duration.is_negative() { "less" } else { "more" };
        format!("{} {word}", counted(duration.abs()))
    };
    match bounds.exact() {
        Some(exact) => of(exact),
        None => format!("between {} and {}", of(bounds.lowest), of(bounds.highest)),
    }
}

/// What counted in a cycle and what did not, with the hours of the calendar told apart.
fn pieces(cycle: &Cycle, target: &Target, width: usize, colours: bool) -> String {
    let Some(clock) = &target.clock else { return String::new() };
    let columns = [
        ("from", Align::Left),
        ("until", Align::Left),
        ("time", Align::Right),
        ("counts", Align::Left),
        ("why", Align::Left),
    ];
    let mut table = Table::new(&columns, width, colours);
    let mut lines = cycle.lines(&clock.target);
    for Interval { from, until, why: reason } in lines.by_ref().take(MOST_PIECES) {
        let time = duration(until.duration_since(from));
        table.row([from.to_string(), until.to_string(), time, counts(reason).to_owned(), why(reason).to_owned()]);
    }
    let more = lines.count();
    let rest = if more > 0 { format!("  … and {}\n", plural(more as u64, "further piece")) } else { String::new() };
    format!("{table}{rest}")
}

fn counts(why: Why) -> &'static str {
    match why.counts() {
        Truth::Yes => "yes",
        Truth::No => "no",
        Truth::Unknown => "perhaps",
    }
}

fn why(why: Why) -> &'static str {
    match why {
        Why::Running => "it runs",
        Why::Unannounced(_) => "it runs: the customer was not told that it waits",
        Why::PauseUsedUp(_) => "it runs: it waited for longer than it may",
        Why::Paused(Bearer::Customer) => "it waits for the customer",
        Why::Paused(Bearer::Agreed) => "it waits for an agreed date",
        Why::Paused(Bearer::Supplier) => "it waits for a supplier",
        Why::Paused(Bearer::Provider) => "it waits for the provider itself",
        Why::Stopped => "it had stopped",
        Why::NotStarted => "it had not started",
        Why::Closed => "outside of service hours",
        Why::StatusUnknown => "the state, or what it waits for, is not known",
        Why::MomentUnknown => "it changed about then, and nobody says when",
        Why::CalendarUnknown => "the calendar says nothing about it",
    }
}

/// What counted may be time of a calendar, whose days have fewer hours than 24: so hours are the largest unit.
fn bounds(bounds: Bounds) -> String {
    match bounds.exact() {
        Some(exact) => counted(exact),
        None => format!("{} to {}", counted(bounds.lowest), counted(bounds.highest)),
    }
}

/// `27 h 30 min`, rounded to what stands last.
fn counted(duration: SignedDuration) -> String {
    let sign = if duration.is_negative() { "-" } else { "" };
    let secs = duration.unsigned_abs().as_secs_f64();
    if secs < 3_600.0 {
        return format!("{sign}{}", humanise::duration(secs));
    }
    let minutes = SignedDuration::from_secs(30).saturating_add(duration.abs()).as_mins();
    match (minutes / 60, minutes % 60) {
        (hours, 0) => format!("{sign}{hours} h"),
        (hours, minutes) => format!("{sign}{hours} h {minutes} min"),
    }
}

fn duration(duration: SignedDuration) -> String {
    humanise::duration(duration.as_secs_f64())
}

fn when(when: When) -> String {
    match when {
        When::At(at) => at.to_string(),
        When::Between(earliest, latest) => format!("between {earliest} and {latest}"),
        When::Unknown => "at a time that is not known".to_owned(),
    }
}

fn as_json(candidate: &Candidate<'_>, both: &Clocked<'_>) -> Value {
    let target = candidate.target;
    let secs = |bounds: Bounds| json!([bounds.lowest.as_secs_f64(), bounds.highest.as_secs_f64()]);
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let cycle = |cycle: &Cycle| {
        let lines = target.clock.iter().flat_map(|clock| cycle.lines(&clock.target).collect::<Vec<_>>());
        let piece = |line: Interval| json!({ "from": line.from.to_string(), "until": line.until.to_string(), "counts": counts(line.why), "why": why(line.why) });
        json!({
            "verdict": verdict(cycle), "elapsed_secs": secs(cycle.elapsed), "due": cycle.due.map(when),
            "breached_after": cycle.breached_at.map(when), "pieces": lines.map(piece).collect::<Vec<_>>(),
        })
    };
    json!({
        "target": &*target.id, "metric": target.metric, "comparator": target.comparator,
        "value": target.value.to_string(), "unit": target.unit,
        "applies": if candidate.applies == Truth::Yes { "yes" } else { "unknown" },
        "ours": both.ours.as_ref().map(|ours| ours.cycles.iter().map(cycle).collect::<Vec<_>>()),
        "native": both.native.as_ref().map(|native| json!({
            "record": native.record, "met": native.met(), "goal_secs": native.goal,
            "elapsed_secs": native.claimed.elapsed.map(|elapsed| elapsed.as_secs_f64()),
            "started": moment(native.claimed.started), "ended": moment(native.claimed.ended), "due": moment(native.claimed.due),
        })),
        "difference_secs": both.difference.as_ref().and_then(|difference| difference.elapsed).map(secs),
        "disagrees": match both.disagrees() { Truth::Yes => "yes", Truth::No => "no", Truth::Unknown => "unknown" },
    })
}
