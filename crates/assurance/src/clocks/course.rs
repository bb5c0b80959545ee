//! The course of a record as its clocks see it: what is told of it, and what is not.

use crate::cohort::opened_at;
use crate::estate::{Begins, Clock, RESPONDED, Stops};
use crate::facts::{Facts, Told};
use crate::steps::{Step, Turn};
use counterfoil_clock::{Change, Told as Word, When};
use counterfoil_model::Category;
use jiff::Timestamp;

/// The changes of a record since it was opened.
pub(crate) struct Life {
    pub(crate) opened: When,
    pub(crate) changes: Vec<Change<'static>>,
}

/// A state that surely has not ended and may be a wait: what is between two moments that are told, of a record of which
/// nothing else is.
const SOMETHING: (Word<'static>, Word<'static>) = (Word::Word("on_hold"), Word::Unknown);

impl Life {
    /// `None` where nothing says when it began.
    pub(crate) fn of(facts: &Facts, clock: &Clock, as_of: Timestamp) -> Option<Self> {
        let opened = match clock.begins {
            Begins::Opened => opened_at(facts).ok()?.at,
            Begins::Created => *facts.created_at.known()?,
        };
        let opened = When::At(instant(opened)?);
        let told = facts.steps.iter().any(|step| matches!(step.to, Turn::State(_)));
        let mut changes = if told { told_changes(facts, opened) } else { supposed_changes(facts, opened) };
        if clock.stops == Stops::FirstResponse {
            respond(facts, opened, as_of, &mut changes);
        }
        Some(Self { opened, changes })
    }
}

/// What the steps tell.
fn told_changes(facts: &Facts, opened: When) -> Vec<Change<'static>> {
    let mut changes = Vec::with_capacity(facts.steps.len() + 2);
    let first = facts.steps.iter().find_map(|step| match &step.to {
        Turn::State(state) => Some(state),
        _ => None,
    });
    // Nothing comes before the first state of all, so it held from the opening on. Of any other one nobody knows.
    let mut state = match first.map(|state| (state, category(facts, state))) {
        Some((state, Category::New)) => word(facts, state),
        _ => SOMETHING.0,
    };
    let tells_reasons = facts.steps.iter().any(|step| matches!(step.to, Turn::HoldReason(_)));
    let mut reason = if tells_reasons && state != SOMETHING.0 { Word::Nothing } else { Word::Unknown };
    changes.push(change(opened, state, reason));
    let mut polls = Polls::default();
    for step in &facts.steps {
        let at = polls.when(step, opened);
        match &step.to {
            Turn::State(to) => state = word(facts, to),
            Turn::HoldReason(to) => {
                reason = match to {
                    Told::Missing => Word::Nothing,
                    to => facts.hold_reason_word(to).map_or(Word::Unknown, Word::Word),
                };
            }
            Turn::Party(_) | Turn::Group(_) | Turn::Priority(_) => continue,
        }
        match changes.last_mut() {
            // What is told with the same moment happened together.
            Some(last) if last.at == at && changes_alike(last.at) => (last.state, last.hold_reason) = (state, reason),
            _ => changes.push(change(at, state, reason)),
        }
    }
    // The record is not where its last step led: it went there at some time since.
    if facts.history.agreement == crate::history::Agreement::Differs
        && let Some(now) = facts.state_name()
    {
        changes.push(change(since(facts, changes.last().map(|last| last.at)), Word::Word(now), Word::Unknown));
    }
    changes
}

fn changes_alike(at: When) -> bool {
    at != When::Unknown
}

/// Of a record without a history: what its fields tell.
fn supposed_changes(facts: &Facts, opened: When) -> Vec<Change<'static>> {
    let mut changes = Vec::with_capacity(2);
    let now = facts.state_name().map_or(Word::Unknown, Word::Word);
    let moment = |told: Told<i64>| told.known().and_then(|at| instant(*at)).map(When::At);
    match facts.category() {
        Category::New => changes.push(change(opened, now, Word::Nothing)),
        Category::InProgress | Category::OnHold => changes.push(change(opened, SOMETHING.0, SOMETHING.1)),
        Category::Resolved | Category::Closed | Category::Cancelled => {
            changes.push(change(opened, SOMETHING.0, SOMETHING.1));
            let resolved = moment(facts.resolved_at).filter(|_| facts.category() != Category::Cancelled);
            let ended = resolved.or_else(|| moment(facts.closed_at));
            changes.push(change(ended.unwrap_or_else(|| since(facts, Some(opened))), now, Word::Nothing));
        }
        Category::Unknown => changes.push(change(opened, Word::Unknown, Word::Unknown)),
    }
    changes
}

/// The answer as a state of its own: what is behind it does not matter.
fn respond(facts: &Facts, opened: When, as_of: Timestamp, changes: &mut Vec<Change<'static>>) {
    let responded = |at| change(at, Word::Word(RESPONDED), Word::Nothing);
    let answered = facts.first_response_at.known().and_then(|at| instant(*at));
    if let Some(at) = answered {
        changes.retain(|change| change.at.range().is_none_or(|(earliest, _)| earliest < at));
        if changes.is_empty() {
            changes.push(change(opened, SOMETHING.0, SOMETHING.1));
        }
        changes.push(responded(When::At(at)));
        return;
    }
    let from = opened.exact();
    let ended = changes.iter().find(|change| is_end(change.state)).map(|change| change.at);
    changes.truncate(1);
    match (from, ended.map(|ended| ended.range().map(|range| range.1))) {
        // Whoever was told that it is done has an answer; nobody says whether that was the first one.
        (Some(from), Some(Some(ended))) => changes.push(responded(When::Between(from, ended))),
        (_, Some(_)) => changes.push(responded(When::Unknown)),
        // A source that tells no answer may have none, or none to tell.
        (Some(from), None) => changes.push(change(When::Between(from, as_of), Word::Unknown, Word::Unknown)),
        (None, None) => changes.push(change(When::Unknown, Word::Unknown, Word::Unknown)),
    }
}

fn is_end(state: Word<'_>) -> bool {
    matches!(state, Word::Word("resolved" | "fulfilled" | "closed"))
}

/// Between the last moment that is told and the moment at which the source was read.
fn since(facts: &Facts, last: Option<When>) -> When {
    let latest = facts.source_updated_at.known().copied().unwrap_or(facts.observed_at);
    let earliest = last.and_then(When::range).map(|range| range.0);
    earliest
        .zip(instant(latest))
        .map_or(When::Unknown, |(earliest, latest)| When::Between(earliest, latest.max(earliest)))
}

/// Moments of polls: a change that was seen by one happened after the one before it.
#[derive(Default)]
pub(crate) struct Polls {
    before: Option<i64>,
    last: Option<i64>,
}

impl Polls {
    pub(crate) fn when(&mut self, step: &Step, opened: When) -> When {
        let Told::Known(at) = step.at else { return When::Unknown };
        if !step.poll {
            return instant(at).map_or(When::Unknown, When::At);
        }
        if self.last != Some(at) {
            (self.before, self.last) = (self.last, Some(at));
        }
        let before = self.before.and_then(instant).or(opened.exact());
        before.zip(instant(at)).map_or(When::Unknown, |(before, at)| When::Between(before.min(at), at))
    }
}

pub(crate) fn instant(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}

pub(crate) fn word(facts: &Facts, state: &Told<u8>) -> Word<'static> {
    facts.state_word(state).map_or(Word::Unknown, Word::Word)
}

fn category(facts: &Facts, state: &Told<u8>) -> Category {
    let Some(at) = state.known() else { return Category::Unknown };
    let state = facts.kind().and_then(|kind| kind.states().states.get(usize::from(*at)));
    state.map_or(Category::Unknown, |state| state.category)
}

fn change(at: When, state: Word<'static>, hold_reason: Word<'static>) -> Change<'static> {
    Change { at, state, hold_reason, public_comment: None }
}
