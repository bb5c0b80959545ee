//! The comparison of suppliers as a text that can be forwarded: tables, and sentences for what they show and do not show.

use super::problems::wrap;
use crate::terminal::{Align, Table, Terminal, count, safe};
use counterfoil_assurance::comparison::{Because, Comparison, Difference, Pair, Row, Verdict};
use counterfoil_assurance::statistics::{Attainment, Interval, Signal, Standing};
use counterfoil_assurance::{Direction, Unit, Window, humanise};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const NOTE: &str = "The contract's value is what the contract counts: all records of its cohort, as they came. With the \
                    same mix: what each supplier would have with the work of all of them together, by priority; only that \
                    column is compared. Of times it is the mean, with what is open counted for as long as it has been. 95 %: where the value lies beyond chance. A difference is called only when it is \
                    larger than chance, with regard to how many comparisons are made at once. Nothing here is about a person.";

/// All comparisons, one after the other.
pub(super) fn text(comparisons: &[Comparison], window: &Window, terminal: Terminal) -> String {
    let from = window.from.map_or_else(|| "the beginning".to_owned(), |from| from.to_string());
    let mut text = format!("Suppliers side by side, from {from} to before {}\n", window.to);
    for comparison in comparisons {
        let spec = comparison.spec;
        let better = match spec.direction {
            Direction::Up => " (higher is better)",
            Direction::Down => " (lower is better)",
            Direction::Info => "",
        };
        let _ = write!(text, "\n{} {}{better}\n\n{}", spec.id, spec.title, table(comparison, terminal));
        let mut said: Vec<String> = comparison.pairs.iter().filter_map(|pair| sentence(pair, comparison)).collect();
        said.extend(groups(comparison));
        said.extend(comparison.rows.iter().filter_map(events));
        said.extend(comparison.rows.iter().filter_map(trend));
        said.extend(shut_gates(comparison));
        if comparison.party_unknown > 0 {
            let n = count(comparison.party_unknown);
            said.push(format!("Records that may belong here, of no party that is known: {n}. They are in no row."));
        }
        for sentence in said {
            let lines = wrap(&safe(&sentence), terminal.width.saturating_sub(2));
            let _ = write!(text, "\n- {}\n", lines.join("\n  "));
        }
    }
    let _ = write!(text, "\n{}\n", wrap(NOTE, terminal.width).join("\n"));
    text
}

fn table(comparison: &Comparison, terminal: Terminal) -> Table {
    let columns = [
        ("supplier", Align::Left),
        ("contract", Align::Right),
        ("n", Align::Right),
        ("same mix", Align::Right),
        ("95 %", Align::Right),
        ("remark", Align::Left),
    ];
    let unit = comparison.spec.unit;
    let mut table = Table::new(&columns, terminal.width, terminal.colours);
    for row in &comparison.rows {
        let contract = row.contract.value.map_or_else(|| "unknown".to_owned(), |value| humanise::value(value, unit));
        let adjusted = row.adjusted.as_ref();
        table.row([
            row.party.to_string(),
            if row.contract.is_small() { format!("[{contract}]") } else { contract },
            count(row.contract.n),
            adjusted.map_or_else(|| "-".to_owned(), |adjusted| humanise::value(adjusted.value, unit)),
            adjusted.map_or_else(|| "-".to_owned(), |adjusted| range(adjusted.interval, unit)),
            remark(row),
        ]);
    }
    table
}

fn range(interval: Interval, unit: Unit) -> String {
    format!("{} to {}", humanise::value(interval.low, unit), humanise::value(interval.high, unit))
}

fn remark(row: &Row) -> String {
    let mut remarks: Vec<String> = Vec::new();
    match row.contract.detail("by_tool").zip(row.contract.detail("by_us")) {
        Some((0.0, _)) => remarks.push("by our clock".to_owned()),
        Some((by_tool, by_us)) if by_us > 0.0 => {
            remarks.push(format!("{} of {} by the tool's clock", count(by_tool as u64), count(row.contract.n)));
        }
        Some(_) | None => {}
    }
    if let Some(differs) = row.contract.detail("differs").filter(|differs| *differs > 0.0) {
        let native = row.contract.detail("native_pct").map_or_else(|| "unknown".to_owned(), humanise::percent);
        remarks.push(format!("its own clock says {native} and differs in {}", count(differs as u64)));
    }
    let attained = row.attained.map(|attained| match attained {
        Attainment::Reached => "target reached",
        Attainment::Missed => "target missed",
    });
    let standing = row.standing.map(|standing| match standing {
        Standing::Above => "above it beyond chance",
        Standing::Below => "below it beyond chance",
        Standing::NotDistinguishable => "not distinguishable from it",
    });
    remarks.extend(attained.into_iter().chain(standing).map(str::to_owned));
    match row.signal {
        Some(Signal::Flag) => remarks.push("outside of the 99.8 % funnel".to_owned()),
        Some(Signal::Look) => remarks.push("outside of the 95 % funnel".to_owned()),
        Some(Signal::Within) | None => {}
    }
    if let Some(bounds) = row.bounds.filter(|bounds| bounds.certain.low < bounds.certain.high) {
        remarks.push(format!("{} whatever the unknown records are", range(bounds.certain, Unit::Percent)));
    }
    match row.open_bounds {
        Some((low, Some(high))) if low < high => {
            let (low, high) = (humanise::duration(low), humanise::duration(high));
            remarks.push(format!("median {low} to {high} with what is open"));
        }
        Some((low, None)) => remarks.push(format!("median {} or more with what is open", humanise::duration(low))),
        Some(_) | None => {}
    }
    remarks.join("; ")
}

/// What is said of a pair; pairs that are not compared are in [`shut_gates`].
fn sentence(pair: &Pair, comparison: &Comparison) -> Option<String> {
    let difference = pair.difference?;
    let unit = comparison.spec.unit;
    let (one, two) = (&pair.one, &pair.two);
    let amount = amount(difference.value, unit);
    let mut text = match &pair.verdict {
        Verdict::Better | Verdict::Worse => {
            let (better, worse) = if pair.verdict == Verdict::Better { (one, two) } else { (two, one) };
            let seen = if pair.verdict == Verdict::Better { difference } else { turned(difference) };
            let interval = magnitude(seen, unit);
            format!(
                "{better} is better than {worse}: with the same mix {} ({interval}).",
                self::amount(seen.value, unit)
            )
        }
        Verdict::NoDistinguishableDifference { because } => {
            let why = match because {
                Because::IntervalContainsZero => "a difference of this size may be chance".to_owned(),
                Because::ManyComparisons { .. } | Because::MeasuresDisagree => because.sentence(),
            };
            let from = self::amount(difference.interval.low, unit);
            let to = self::amount(difference.interval.high, unit);
            format!(
                "{one} and {two}: no distinguishable difference. With the same mix {one} is {amount} (95 %: {from} to {to}): {why}."
            )
        }
        Verdict::NotComparable { .. } => return None,
    };
    if difference.mix_reverses {
        let (first, second) = difference.strata_better;
        let (who, in_strata) = if first >= second { (one, first) } else { (two, second) };
        let strata = comparison.rows.iter().find_map(|row| Some(row.adjusted.as_ref()?.strata.len())).unwrap_or(0);
        let _ = write!(
            text,
            " The totals point the other way because the two have different work: {who} is better in {in_strata} of {strata} \
             sorts of it."
        );
    }
    Some(text)
}

/// Records that are one event: how wide the interval is then.
fn events(row: &Row) -> Option<String> {
    let clustered = row.clustered.as_ref()?;
    Some(format!(
        "{}: its {} records are {} events, the largest with {} of them, because records that belong to another one stand and fall with \
         it. So counted the contract's value is known to {}.",
        row.party,
        count(row.contract.n),
        count(clustered.events),
        count(clustered.largest),
        range(clustered.interval, Unit::Percent),
    ))
}

/// Months in which a supplier was not what it usually is.
fn trend(row: &Row) -> Option<String> {
    let months: Vec<String> = row
        .trend
        .iter()
        .filter(|month| month.signal)
        .map(|month| {
            let (value, limits) = (humanise::percent(month.value), range(month.limits, Unit::Percent));
            format!("{} ({value} of {}, usually {limits})", month.month, count(month.n))
        })
        .collect();
    let weight = match months.len() {
        0 => return None,
        1 => "One such month is a question and no trend yet.",
        _ => "More than one such month is worth asking about.",
    };
    Some(format!("{} was not what it usually is in {}. {weight}", row.party, months.join(", ")))
}

fn turned(difference: Difference) -> Difference {
    Difference { value: -difference.value, interval: difference.interval.negated(), ..difference }
}

/// `3.0 points higher`, `2 d 4 h shorter`, `0.40 fewer`.
fn amount(value: f64, unit: Unit) -> String {
    let (more, less) = words(unit);
    format!("{} {}", size(value, unit), if value < 0.0 { less } else { more })
}

/// The ends of an interval that lies on one side of zero: `95 %: 1.2 points to 4.0 points`.
fn magnitude(difference: Difference, unit: Unit) -> String {
    let Interval { low, high } = difference.interval;
    let (least, most) = if difference.value < 0.0 { (high, low) } else { (low, high) };
    format!("95 %: {} to {}", size(least, unit), size(most, unit))
}

fn size(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Percent => format!("{:.1} points", value.abs()),
        Unit::Seconds => humanise::duration(value.abs()),
        _ => format!("{:.2}", value.abs()),
    }
}

fn words(unit: Unit) -> (&'static str, &'static str) {
    match unit {
        Unit::Percent => ("higher", "lower"),
        Unit::Seconds => ("longer", "shorter"),
        _ => ("more", "fewer"),
    }
}

/// Who is tied with whom, where anybody is ahead of anybody.
fn groups(comparison: &Comparison) -> Vec<String> {
    let ranked = comparison.ranking_groups.iter().filter(|peers| peers.tied.len() > 1);
    ranked
        .map(|peers| {
            let tied: Vec<String> = peers.tied.iter().map(|tied| tied.join(" and ")).collect();
            format!(
                "In groups, best first: {}. Intervals overlap within a group, so that nobody in it is ahead.",
                tied.join("; then ")
            )
        })
        .collect()
}

/// Reasons, each with the suppliers it holds for.
fn shut_gates(comparison: &Comparison) -> Vec<String> {
    let mut reasons: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for row in &comparison.rows {
        for obstacle in &row.obstacles {
            reasons.entry(obstacle.sentence()).or_default().push(&row.party);
        }
    }
    let names = |parties: Vec<&str>| parties.join(", ");
    reasons
        .into_iter()
        .map(|(reason, parties)| format!("Not compared: {}. Reason: {reason}.", names(parties)))
        .collect()
}
