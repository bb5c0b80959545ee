//! `kpi`: figures, each with its n, what was left out and its coverage.

use super::problems::wrap;
use super::{Context, estate, moment, problems};
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::terminal::{Align, Table, clip, count, safe};
use anyhow::Result;
use counterfoil_assurance::{
    self as assurance, Figure, GroupBy, Held, KPIS, Kpi, Query, Status, StreamCount, Unit, Window, humanise, kpi,
    reconcile, specs,
};
use counterfoil_pipeline::ports::{Aside, Cache};
use counterfoil_pipeline::{AsOf, Silent};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use std::collections::BTreeMap;

/// Prints figures.
pub(crate) fn run(context: &mut Context<'_>, args: &cli::Kpi) -> Result<Exit> {
    let table = load(context, &args.as_of)?;
    let (figures, window) = asked(context, &table, args)?;
    if context.json {
        context.write_json(&serde_json::to_value(&figures)?)?;
        return Ok(Exit::Complete);
    }
    write_window(context, &window)?;
    write_as_of(context, &args.as_of)?;
    write_table(context, &figures, args.ids.is_empty())?;
    if let Some(by) = grouped(args) {
        writeln!(context.out)?;
        write_groups(context, &figures, by)?;
    }
    if figures.iter().any(|figure| figure.provisional) {
        let until = window.to.checked_add(7.hours() * 24)?;
        let note = format!("Provisional until {until}: what was resolved may be reopened until then.");
        writeln!(context.out, "\n{}", wrap(&note, context.terminal.width).join("\n"))?;
    }
    let note = "Durations are in the calendar of the agreed target where there is one, else around the clock, and leave imputed times \
                out; `--json` has them with imputed times, all exclusions, intervals and bounds. [ ]: fewer than 30 records.";
    writeln!(context.out, "\n{}", wrap(note, context.terminal.width).join("\n"))?;
    estate::write(context.out, &context.terminal, table.estate().faults(), problems::AT_MOST)?;
    Ok(Exit::Complete)
}

/// The figures that the command line asks for, and the window they are for.
pub(crate) fn asked(context: &Context<'_>, table: &assurance::Table, args: &cli::Kpi) -> Result<(Vec<Figure>, Window)> {
    let ids = known_ids(&args.ids)?;
    let wanted = |id: &str| ids.is_empty() || ids.iter().any(|wanted| wanted.eq_ignore_ascii_case(id));
    let window = window(context, table, args.from.as_deref(), args.to.as_deref())?;
    let kpis: Vec<&'static dyn Kpi> = KPIS.iter().copied().filter(|kpi| wanted(kpi.spec().id)).collect();
    let query = Query { window, by: grouped(args), party: args.party.as_deref().map(Into::into) };
    let mut figures = table.figures(&kpis, query);
    // What sources counted is told of their last passes only.
    let is_now = !as_of(context, &args.as_of)?.is_bounded();
    if wanted("DQ-06") && args.party.is_none() && is_now {
        figures.push(reconcile(&stream_counts(context)?, window));
    }
    Ok((figures, window))
}

fn grouped(args: &cli::Kpi) -> Option<GroupBy> {
    args.by.map(|by| match by {
        cli::By::Party => GroupBy::Party,
        cli::By::Group => GroupBy::Group,
        cli::By::Priority => GroupBy::Priority,
    })
}

/// The figures that `up` shows.
pub(crate) fn write_overview(context: &mut Context<'_>, cache: &dyn Cache) -> Result<()> {
    let table = held(cache)?;
    let window = window(context, &table, None, None)?;
    let mut figures = table.figures(KPIS, Query { window, by: Some(GroupBy::Party), party: None });
    figures.push(reconcile(&stream_counts(context)?, window));
    write_table(context, &figures, true)?;
    writeln!(context.out)?;
    write_groups(context, &figures, GroupBy::Party)
}

/// The key of a record to show as an example; one that was resolved, where there is one.
pub(crate) fn some_record(cache: &dyn Cache) -> Result<Option<String>> {
    let mut found = None;
    cache.scan(&mut |id, facts| {
        if found.is_none() && facts.resolved_at.known().is_some() {
            found = Some(id.rsplit('/').next().unwrap_or(id).to_owned());
        }
    })?;
    Ok(found)
}

/// The time zones of calendars: those of the database that is built in.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// Everything that is known, or was known then, in memory.
pub(crate) fn load(context: &Context<'_>, args: &cli::AsOf) -> Result<assurance::Table> {
    let then = as_of(context, args)?;
    if !then.is_bounded() {
        return held(context.gateway.cache(&Silent)?.as_ref());
    }
    let rows = counterfoil_pipeline::as_of(context.gateway.ledger.as_ref(), then, &Silent)?;
    Ok(assurance::Table::of(rows, &zone))
}

/// The moments of the command line.
pub(crate) fn as_of(context: &Context<'_>, args: &cli::AsOf) -> Result<AsOf> {
    let zone = TimeZone::get(&context.gateway.config.reporting.zone)?;
    let read = |text: &Option<String>| text.as_deref().map(|text| moment(text, &zone)).transpose();
    Ok(AsOf { seen: read(&args.as_of)?, recorded: read(&args.as_recorded)? })
}

/// Everything in the cache, in memory.
fn held(cache: &dyn Cache) -> Result<assurance::Table> {
    let mut rows = Vec::new();
    cache.scan(&mut |id, facts| rows.push(Held { id: id.into(), facts }))?;
    Ok(assurance::Table::of(rows, &zone))
}

/// The window of the command line. Its end, when it is not said, is just after the last thing that any source has said:
/// the same ledger gives the same figures, whenever it is asked.
pub(crate) fn window(
    context: &Context<'_>,
    table: &assurance::Table,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Window> {
    let zone = TimeZone::get(&context.gateway.config.reporting.zone)?;
    let from = from.map(|from| moment(from, &zone)).transpose()?;
    let to = match to {
        Some(to) => moment(to, &zone)?,
        None => last_said(table)?,
    };
    if from.is_some_and(|from| from >= to) {
        return Err(Failure::error(Exit::Usage, format!("the window ends at {to}, before it begins")));
    }
    Ok(Window { from, to })
}

fn last_said(table: &assurance::Table) -> Result<Timestamp> {
    let (mut said, mut seen) = (i64::MIN, i64::MIN);
    for facts in table.rows().filter(|row| row.is_work()) {
        for moment in [facts.source_updated_at, facts.opened_at, facts.resolved_at, facts.closed_at] {
            said = said.max(moment.known().copied().unwrap_or(i64::MIN));
        }
        seen = seen.max(facts.observed_at);
    }
    // A date far in the future is a mistake of its source; nothing was said after it was seen.
    let last = if said == i64::MIN { seen } else { said.min(seen) };
    Ok(Timestamp::from_millisecond(last.max(0))?.checked_add(1.second())?)
}

/// What every stream counted at its source in its last pass, and how much of it is held: what was delivered less what is
/// quarantined. A source that sends versions counts versions on both sides. Behind a gap of unknown size nothing is counted.
fn stream_counts(context: &Context<'_>) -> Result<Vec<StreamCount>> {
    let ledger = context.gateway.ledger.as_ref();
    let reports = problems::reports(ledger)?;
    let aside = problems::set_aside(ledger)?;
    let streams = ledger.streams()?.into_iter().map(|(instance, stream, state)| {
        let report = reports.iter().find(|report| report.instance == instance && report.stream == stream);
        let quarantined = aside
            .iter()
            .filter(|one| one.aside == Aside::Quarantined && *one.instance == *instance && *one.stream == *stream)
            .count() as u64;
        let sized = report.is_some_and(|report| report.gaps.iter().all(|gap| gap.records.is_some()));
        let delivered = report.and_then(|report| report.delivered);
        StreamCount {
            counted: report.and_then(|report| report.counted).filter(|_| sized),
            held: delivered.map_or(state.held, |delivered| delivered.saturating_sub(quarantined)),
            instance,
            stream,
        }
    });
    Ok(streams.collect())
}

pub(crate) fn known_ids(ids: &[String]) -> Result<&[String]> {
    for id in ids {
        if kpi(id).is_none() && !id.eq_ignore_ascii_case("DQ-06") {
            let known: Vec<&str> = specs().map(|spec| spec.id).collect();
            return Err(Failure::error(
                Exit::Usage,
                format!("there is no figure `{}`\n  help: there are {}", safe(id), known.join(", ")),
            ));
        }
    }
    Ok(ids)
}

fn write_window(context: &mut Context<'_>, window: &Window) -> Result<()> {
    let from = window.from.map_or_else(|| "the beginning".to_owned(), |from| from.to_string());
    writeln!(context.out, "from {from} to before {}\n", window.to)?;
    Ok(())
}

/// What bounds the figures beside their window.
pub(crate) fn write_as_of(context: &mut Context<'_>, args: &cli::AsOf) -> Result<()> {
    let AsOf { seen, recorded } = as_of(context, args)?;
    if let Some(seen) = seen {
        writeln!(context.out, "as it was known here before {seen}\n")?;
    }
    if let Some(recorded) = recorded {
        writeln!(context.out, "as the sources had recorded it before {recorded}\n")?;
    }
    Ok(())
}

/// Whether there is anything to compute a figure from: nothing of its cohort is held, or what it needs is known of no record.
enum Lack {
    Records,
    Inputs,
}

fn lack(figure: &Figure) -> Option<Lack> {
    match (figure.value, figure.n, figure.excluded_total()) {
        (None, 0, 0) => Some(Lack::Records),
        (None, 0, _) => Some(Lack::Inputs),
        _ => None,
    }
}

/// The figures over all. In short, those that nothing can be said of are named in a line and have no row.
fn write_table(context: &mut Context<'_>, figures: &[Figure], in_short: bool) -> Result<()> {
    let columns = [
        ("figure", Align::Left),
        ("", Align::Left),
        ("value", Align::Right),
        ("n", Align::Right),
        ("left out", Align::Right),
        ("coverage", Align::Right),
        ("remark", Align::Left),
    ];
    let mut table = Table::new(&columns, context.terminal.width, context.terminal.colours);
    let all = || figures.iter().filter(|figure| figure.group.is_none());
    for figure in all().filter(|figure| !in_short || lack(figure).is_none()) {
        table.row([
            figure.spec.id.to_owned(),
            figure.spec.title.to_owned(),
            value(figure),
            count(figure.n),
            count(figure.excluded_total()),
            humanise::percent(figure.coverage),
            remark(figure),
        ]);
    }
    write!(context.out, "{table}")?;
    if in_short {
        let named = |wanted: fn(&Lack) -> bool| -> Vec<&str> {
            all().filter(|figure| lack(figure).as_ref().is_some_and(wanted)).map(|figure| figure.spec.id).collect()
        };
        let lines = [
            ("no records to compute them from", named(|lack| matches!(lack, Lack::Records))),
            (
                "unknown, because what they need is known of no record (`counterfoil explain ID` says what)",
                named(|lack| matches!(lack, Lack::Inputs)),
            ),
        ];
        for (why, ids) in lines.iter().filter(|(_, ids)| !ids.is_empty()) {
            let text = format!("{}: {}", why, ids.join(", "));
            writeln!(context.out, "\n{}", wrap(&text, context.terminal.width).join("\n"))?;
        }
    }
    Ok(())
}

/// A value as people read it; in brackets where few records stand behind it.
fn value(figure: &Figure) -> String {
    let Some(value) = figure.value else { return "unknown".to_owned() };
    let text = humanise::value(value, figure.spec.unit);
    if figure.is_small() { format!("[{text}]") } else { text }
}

/// What a reader has to know beside the value.
fn remark(figure: &Figure) -> String {
    let mut remarks = Vec::new();
    match figure.status {
        Status::Ok => {}
        Status::Degraded => remarks.push("degraded: over 5 % imputed or unknown".to_owned()),
        Status::InsufficientData => remarks.push("insufficient data".to_owned()),
        Status::NotComputable(reason) => remarks.push(reason.to_owned()),
    }
    let unit = figure.spec.unit;
    if let Some((low, high)) = figure.interval {
        remarks.push(format!("95 %: {} to {}", humanise::value(low, unit), humanise::value(high, unit)));
    }
    match figure.open_bounds() {
        Some((low, high)) if high.is_finite() => {
            let says_nothing = unit == Unit::Percent && low <= 0.0 && high >= 100.0;
            let (low, high) = (humanise::value(low, unit), humanise::value(high, unit));
            if low != high && !says_nothing {
                remarks.push(format!("{low} to {high} whatever is unknown"));
            }
        }
        Some((low, _)) if low > 0.0 => {
            remarks.push(format!("{} or more whatever is unknown", humanise::value(low, unit)));
        }
        Some(_) | None => {}
    }
    if let Some(p90) = figure.detail("p90_nearest_rank").filter(|_| !figure.is_small()) {
        remarks.push(format!("P90 {}", humanise::duration(p90)));
    }
    remarks.join("; ")
}

/// A row per group, a column per figure.
fn write_groups(context: &mut Context<'_>, figures: &[Figure], by: GroupBy) -> Result<()> {
    let mut ids: Vec<&str> = Vec::new();
    let mut rows: BTreeMap<&str, BTreeMap<&str, &Figure>> = BTreeMap::new();
    for figure in figures {
        if let Some(group) = &figure.group
            && short(figure.spec.id).is_some()
        {
            if !ids.contains(&figure.spec.id) {
                ids.push(figure.spec.id);
            }
            rows.entry(&group.name).or_default().insert(figure.spec.id, figure);
        }
    }
    let mut columns = vec![(by.name(), Align::Left)];
    columns.extend(ids.iter().map(|id| (short(id).unwrap_or(id), Align::Right)));
    let mut table = Table::new(&columns, context.terminal.width, context.terminal.colours);
    let mut sorted: Vec<_> = rows.into_iter().collect();
    // Priorities by name, other groups by how much they have to do.
    if by != GroupBy::Priority {
        let opened = |row: &BTreeMap<&str, &Figure>| row.get("INC-01").map_or(0, |figure| figure.n);
        sorted.sort_by(|(a, left), (b, right)| opened(right).cmp(&opened(left)).then(a.cmp(b)));
    }
    for (name, row) in sorted {
        let values = ids.iter().map(|id| row.get(id).map_or_else(|| "-".to_owned(), |figure| value(figure)));
        table.row(std::iter::once(clip(name, 32)).chain(values));
    }
    write!(context.out, "{table}")?;
    Ok(())
}

/// A heading that fits above a column, for the figures that a table of groups has room for; `--json` has all.
fn short(id: &str) -> Option<&'static str> {
    Some(match id {
        "INC-01" => "opened",
        "INC-03" => "mean",
        "INC-04" => "median",
        "INC-06" => "in target",
        "INC-09" => "1st group",
        "INC-12" => "reopened",
        "INC-13" => "hops",
        "INC-14" => "backlog",
        "INC-15" => "age",
        _ => return None,
    })
}
