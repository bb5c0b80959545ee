//! The course of a record: what changed when, so that clocks, held times and earlier states can be told from facts alone.

use crate::facts::{Facts, Moment, Told, moment_of, place};
use crate::history::state_of;
use crate::own::cut;
use counterfoil_model::{Category, Field, Kind, Precision, Reading, Record, Value, ValueType};
use serde::{Deserialize, Serialize};

/// One change of one of the fields that clocks and times held depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When it happened, as the source says.
    pub at: Moment,
    /// Seen between two pulls only: it happened not after `at`, and not before the step of a poll that precedes it.
    pub poll: bool,
    /// What it changed to.
    pub to: Turn,
}

/// What changed, and to what; nothing is [`Told::Missing`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    /// Place in the states of the kind.
    State(Told<u8>),
    /// Place in the words of [`Field::HoldReason`] of the kind.
    HoldReason(Told<u8>),
    /// The party working on it.
    Party(Told<Box<str>>),
    /// The group working on it.
    Group(Told<Box<str>>),
    /// Place in the words of [`Field::Priority`].
    Priority(Told<u8>),
}

const FIELDS: [Field; 5] =
    [Field::State, Field::HoldReason, Field::AssigneeParty, Field::AssigneeGroup, Field::Priority];

/// Oldest first as the source orders them. A list of changes says of each what it changed from: what a field had before its
/// first change, it had when the record was opened. What a poll has seen first may have been otherwise before, but for a
/// first state, before which there is none.
pub(crate) fn steps(record: &Record) -> Vec<Step> {
    let mut steps = Vec::with_capacity(record.history.len());
    let opened = [Field::OpenedAt, Field::CreatedAt].map(|field| moment_of(record.reading(field)));
    let opened = opened.into_iter().find(|at| at.known().is_some()).unwrap_or(Told::Missing);
    for field in FIELDS {
        let first = record.history.iter().find(|transition| transition.field == field);
        if let Some(first) = first.filter(|first| first.from != Reading::Missing) {
            let to = turn(record.kind, field, &first.from);
            let to = to.filter(|to| first.precision != Precision::Poll || is_first(record.kind, to));
            steps.extend(to.map(|to| Step { at: opened, poll: false, to }));
        }
    }
    for transition in &record.history {
        let at = moment_of(&transition.occurred_at);
        let to = turn(record.kind, transition.field, &transition.to);
        steps.extend(to.map(|to| Step { at, poll: transition.precision == Precision::Poll, to }));
    }
    steps.shrink_to_fit();
    steps
}

fn is_first(kind: Kind, turn: &Turn) -> bool {
    let Turn::State(Told::Known(at)) = turn else { return false };
    kind.states().states.get(usize::from(*at)).is_some_and(|state| state.category == Category::New)
}

fn turn(kind: Kind, field: Field, to: &Reading) -> Option<Turn> {
    Some(match field {
        Field::State => Turn::State(state_of(kind, to)),
        Field::HoldReason => Turn::HoldReason(word_of(kind, Field::HoldReason, to)),
        Field::AssigneeParty => Turn::Party(text_of(to)),
        Field::AssigneeGroup => Turn::Group(text_of(to)),
        Field::Priority => Turn::Priority(word_of(kind, Field::Priority, to)),
        _ => return None,
    })
}

fn word_of(kind: Kind, field: Field, reading: &Reading) -> Told<u8> {
    Told::of(reading, |value| match value {
        Value::Word(word) => kind.words(field).iter().position(|known| known == word).map(|at| place(Some(at))),
        _ => None,
    })
}

fn text_of(reading: &Reading) -> Told<Box<str>> {
    Told::of(reading, |value| match value {
        Value::Text(text) => Some(cut(text, 64).into()),
        Value::Party(party) => Some(party.as_str().into()),
        _ => None,
    })
}

impl Facts {
    /// The canonical word of a state of a step; `None` where it is not known.
    pub fn state_word(&self, state: &Told<u8>) -> Option<&'static str> {
        let at = usize::from(*state.known()?);
        self.kind()?.states().states.get(at).map(|state| state.name)
    }

    /// The canonical word of a hold reason of a step; `None` where it is not known.
    pub fn hold_reason_word(&self, reason: &Told<u8>) -> Option<&'static str> {
        let at = usize::from(*reason.known()?);
        let reasons = self.kind()?.fields().iter().find(|spec| spec.field == Field::HoldReason)?;
        match reasons.value {
            ValueType::Word(words) => words.get(at).copied(),
            _ => None,
        }
    }
}
