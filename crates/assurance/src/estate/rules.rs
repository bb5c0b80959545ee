//! From what a target says to the rules of its clock.

use crate::estate::calendars::short;
use crate::estate::faults::Faults;
use crate::facts::Told;
use crate::row::Row;
use counterfoil_clock::{
    Bearer, Calendar, ClockRules, Condition, PauseRule, Reopening, RuleFault, Start, Target, Words,
};
use counterfoil_model::{Decimal, Field, Kind};
use std::sync::Arc;
use std::time::Duration;

/// What runs for a record.
#[derive(Debug, Clone)]
pub struct Clock {
    /// The limit and the calendar.
    pub target: Target,
    /// When it starts, pauses and stops.
    pub rules: ClockRules,
    /// From which moment of the record.
    pub(crate) begins: Begins,
    /// By what it stops.
    pub(crate) stops: Stops,
}

/// From which moment of a record a clock may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begins {
    Opened,
    Created,
}

/// By what a clock stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stops {
    /// A state.
    State,
    /// The first answer that the customer could see, which is a moment and no state.
    FirstResponse,
}

/// The word that stands for a state that no kind has: answered.
pub(crate) const RESPONDED: &str = "responded";

const ENDED: &[&str] = &["resolved", "fulfilled", "closed"];
const UNTOUCHED: &[&str] = &["new", "draft", "submitted", "awaiting_approval", "cancelled", "rejected"];
const WORKED_ON: &[&str] =
    &["in_progress", "investigating", "known_error", "fix_in_progress", "assessing", "implementing", "on_hold"];

/// The longest limit; what is longer is a mistake.
const MOST_SECS: i64 = 200 * 366 * 86_400;

/// The clock of a target; `Some(None)` where its metric is none of a single record.
pub(super) fn clock(
    row: Row<'_>,
    metric: &'static str,
    comparator: &'static str,
    value: Decimal,
    unit: &'static str,
    hours: Option<&Arc<Calendar>>,
    faults: &mut Faults<'_>,
) -> Option<Option<Clock>> {
    let stop = faults.optional(Field::StopEvent, row.facts.word(Field::StopEvent)).or(match metric {
        "response" => Some("first_response"),
        "resolution" | "restore" => Some("resolved"),
        "fulfilment" => Some("fulfilled"),
        _ => None,
    });
    let is_time = matches!(unit, "seconds" | "business_seconds");
    let Some(stop) = stop.filter(|_| is_time) else {
        if is_time || !matches!(metric, "response" | "resolution" | "restore" | "fulfilment") {
            return Some(None);
        }
        let why = format!("`{metric}` is a time, and its value is {unit}");
        faults.add(
            Field::TargetUnit,
            why,
            "give a value in seconds or business_seconds; a share of records is `percentile_required`",
        );
        return None;
    };
    let target = target(comparator, value, unit, hours, faults)?;
    let start = faults.optional(Field::StartEvent, row.facts.word(Field::StartEvent)).unwrap_or("opened");
    let any = Condition { states: Words::Any, hold_reasons: Words::Any };
    let (begins, starts) = match start {
        "opened" => (Begins::Opened, any),
        "created" => (Begins::Created, any),
        "assigned" | "acknowledged" => {
            (Begins::Opened, Condition { states: Words::none_of(UNTOUCHED), hold_reasons: Words::Any })
        }
        "in_progress" => (Begins::Opened, Condition::states(WORKED_ON)),
        "resolved" | "fulfilled" => (Begins::Opened, Condition::states(ENDED)),
        other => {
            let why = format!("a clock cannot start by `{other}`");
            faults.add(Field::StartEvent, why, "start it by opened, created, assigned, in_progress or resolved");
            return None;
        }
    };
    let (stops, condition) = match stop {
        "first_response" => (Stops::FirstResponse, Condition::states(&[RESPONDED])),
        "assigned" | "acknowledged" => {
            (Stops::State, Condition { states: Words::none_of(UNTOUCHED), hold_reasons: Words::Any })
        }
        "in_progress" => (Stops::State, Condition::states(&[WORKED_ON, ENDED].concat())),
        "resolved" | "fulfilled" => (Stops::State, Condition::states(ENDED)),
        "closed" => (Stops::State, Condition::states(&["closed"])),
        other => {
            let why = format!("a clock cannot stop by `{other}`");
            faults.add(Field::StopEvent, why, "stop it by first_response, in_progress, resolved, fulfilled or closed");
            return None;
        }
    };
    let is_retroactive = faults.optional(Field::RetroactiveStart, row.facts.flag(Field::RetroactiveStart));
    let rules = ClockRules {
        starts: vec![starts],
        pauses: pauses(row, stops, faults)?,
        stops: vec![condition],
        start: if is_retroactive == Some(true) { Start::Retroactive } else { Start::WhenMet },
        reopening: Reopening::Continue,
        ..ClockRules::for_customer()
    };
    for fault in rules.faults() {
        let why = match fault {
            RuleFault::NeverStarts => "its clock never starts",
            RuleFault::NeverEnds => "its clock never ends",
            RuleFault::StartsPaused { .. } => "whenever its clock starts, it is paused",
            RuleFault::StartsEnded { .. } => "whenever its clock starts, it has ended",
        };
        faults.add(
            Field::StartEvent,
            why,
            "start it by something that happens before it stops, and while nothing pauses it",
        );
    }
    rules.faults().is_empty().then_some(Some(Clock { target, rules, begins, stops }))
}

fn target(
    comparator: &str,
    value: Decimal,
    unit: &str,
    hours: Option<&Arc<Calendar>>,
    faults: &mut Faults<'_>,
) -> Option<Target> {
    let nanos = u64::try_from(value.millionths).ok().and_then(|millionths| millionths.checked_mul(1_000));
    let limit = nanos.map(Duration::from_nanos).filter(|limit| limit.as_secs() <= MOST_SECS.unsigned_abs());
    let limit = match (comparator, limit) {
        ("at_most", Some(limit)) => Some(limit),
        // As much is too much already.
        ("less_than", Some(limit)) => limit.checked_sub(Duration::from_nanos(1)),
        (_, None) => None,
        (other, Some(_)) => {
            let why = format!("a time is promised to be at most something, and this is `{other}`");
            faults.add(Field::Comparator, why, "write at_most or less_than");
            return None;
        }
    };
    let Some(limit) = limit else {
        faults.add(Field::TargetValue, format!("{value} seconds are no time that can be kept"), "correct the value");
        return None;
    };
    match (unit, hours) {
        ("business_seconds", Some(hours)) => Some(Target::business(limit, Arc::clone(hours))),
        ("business_seconds", None) => {
            let why = "it counts in business time, and nobody says of which calendar";
            faults.add(Field::Calendar, why, "name a calendar, or count in seconds");
            None
        }
        _ => Some(Target::elapsed(limit)),
    }
}

/// What pauses a clock: what the target says, or else what iso20000.md 2.8 has for a resolution. An answer waits for nobody.
fn pauses(row: Row<'_>, stops: Stops, faults: &mut Faults<'_>) -> Option<Vec<PauseRule>> {
    let text = match row.facts.text(Field::Pauses) {
        Told::Missing if stops == Stops::FirstResponse => return Some(Vec::new()),
        Told::Missing => return Some(ClockRules::for_customer().pauses),
        told => faults.needed(Field::Pauses, told)?,
    };
    let known = Kind::Incident.words(Field::HoldReason);
    let mut pauses = Vec::new();
    for word in text.split(';').map(str::trim).filter(|word| !word.is_empty() && *word != "none") {
        let Some(word) = known.iter().find(|known| **known == word) else {
            let remedy = format!("known are {}, and none", known.join(", "));
            faults.add(Field::Pauses, format!("`{}` is no reason of waiting", short(word)), remedy);
            return None;
        };
        let bearer = match *word {
            "awaiting_customer" => Bearer::Customer,
            "awaiting_schedule" => Bearer::Agreed,
            "awaiting_supplier" => Bearer::Supplier,
            _ => Bearer::Provider,
        };
        pauses.push(PauseRule::on_hold(&[word], bearer));
    }
    Some(pauses)
}
