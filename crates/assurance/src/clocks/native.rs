//! The clock that the tool itself ran, as it says.

use crate::clocks::course::instant;
use crate::estate::Target;
use crate::facts::Told;
use crate::row::Row;
use crate::view::View;
use counterfoil_clock::Claimed;
use counterfoil_model::{Field, Kind};
use jiff::SignedDuration;

/// What a tool says of its own clock for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NativeClock<'a> {
    /// The record of the clock; `None` where the record itself says it.
    pub record: Option<&'a str>,
    /// What it says.
    pub claimed: Claimed,
    /// Seconds that it allows.
    pub goal: Option<i64>,
    /// Whether it has ended.
    pub has_ended: bool,
}

impl NativeClock<'_> {
    /// The verdict of the tool.
    pub fn met(&self) -> Option<bool> {
        self.claimed.breached.map(|breached| !breached)
    }
}

/// A record of a clock where there is one, and otherwise what the record itself says.
pub fn native<'a>(row: Row<'a>, metric: &str, target: Option<&Target>, view: &View<'a>) -> Option<NativeClock<'a>> {
    let joined = view.referring(row, Field::Record).filter(|clock| clock.facts.kind() == Some(Kind::SlaClock));
    let of_target = |clock: Row<'a>| view.target(clock, Field::Target).and_then(|at| view.estate.target(at));
    let fits = |clock: &Row<'a>| match clock.facts.word(Field::Metric) {
        Told::Known(word) => is_alike(word, metric),
        Told::Missing | Told::Unmapped | Told::Unreadable => of_target(*clock).is_some_and(|own| own.metric == metric),
    };
    // The target's own clock first, then the latest cycle of any.
    let rank = |clock: &Row<'a>| {
        let is_own = target.is_some_and(|target| of_target(*clock).is_some_and(|own| own.id == target.id));
        let number = clock.facts.number(Field::CycleNumber).known().copied();
        (is_own, number, clock.facts.moment(Field::StartedAt).known().copied())
    };
    if let Some(clock) = joined.filter(fits).max_by_key(rank) {
        return Some(of_record(clock, target));
    }
    of_fields(row, metric)
}

fn is_alike(word: &str, metric: &str) -> bool {
    let ends = |word: &str| matches!(word, "resolution" | "fulfilment" | "restore");
    word == metric || (ends(word) && ends(metric))
}

fn of_record<'a>(clock: Row<'a>, target: Option<&Target>) -> NativeClock<'a> {
    let facts = clock.facts;
    let at = |field| facts.moment(field).known().and_then(|at| instant(*at));
    let secs = |field| facts.number(field).known().map(|secs| SignedDuration::from_secs(*secs));
    let (by_clock, business) = (secs(Field::ElapsedCalendar), secs(Field::ElapsedBusiness));
    let elapsed = match target.map(|target| target.unit) {
        Some("seconds") => by_clock,
        _ => business.or(by_clock),
    };
    let breached = facts.flag(Field::Breached).known().copied();
    let claimed = Claimed {
        started: at(Field::StartedAt),
        ended: at(Field::StoppedAt),
        due: at(Field::DueAt),
        elapsed,
        breached,
    };
    let goal = facts.number(Field::ResolutionGoal).known().copied();
    let has_ended = matches!(facts.state_name(), Some("completed" | "cancelled"));
    NativeClock { record: Some(clock.id), claimed, goal, has_ended }
}

fn of_fields<'a>(row: Row<'a>, metric: &str) -> Option<NativeClock<'a>> {
    let [met, elapsed, goal] = match metric {
        "response" => [Field::ResponseTargetMet, Field::ResponseElapsed, Field::ResponseGoal],
        "resolution" | "fulfilment" | "restore" => {
            [Field::ResolutionTargetMet, Field::ResolutionElapsed, Field::ResolutionGoal]
        }
        _ => return None,
    };
    let met = row.facts.flag(met).known().copied();
    let elapsed = row.facts.number(elapsed).known().map(|secs| SignedDuration::from_secs(*secs));
    let goal = row.facts.number(goal).known().copied();
    if met.is_none() && elapsed.is_none() && goal.is_none() {
        return None;
    }
    let claimed = Claimed { elapsed, breached: met.map(|met| !met), ..Claimed::default() };
    let has_ended = match metric {
        "response" => row.facts.first_response_at.known().is_some(),
        _ => matches!(row.facts.state_name(), Some("resolved" | "fulfilled" | "closed")),
    };
    Some(NativeClock { record: None, claimed, goal, has_ended })
}
