//! The course of a record: what changed when, so that clocks, held times and earlier states can be told from facts alone.

use crate::facts::{Facts, Moment, Told, moment_of, place};
use crate::history::state_of;
use crate::own::cut;
use counterfoil_model::{Field, Kind, Precision, Reading, Record, Value};
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

/// Oldest first as the source orders them.
pub(crate) fn steps(record: &Record) -> Vec<Step> {
    let mut steps = Vec::with_capacity(record.history.len());
    for transition in &record.history {
        let to = match transition.field {
            Field::State => Turn::State(state_of(record.kind, &transition.to)),
            Field::HoldReason => Turn::HoldReason(word_of(record.kind, Field::HoldReason, &transition.to)),
            Field::AssigneeParty => Turn::Party(text_of(&transition.to)),
            Field::AssigneeGroup => Turn::Group(text_of(&transition.to)),
            Field::Priority => Turn::Priority(word_of(record.kind, Field::Priority, &transition.to)),
            _ => continue,
        };
        let at = moment_of(&transition.occurred_at);
        steps.push(Step { at, poll: transition.precision == Precision::Poll, to });
    }
    steps.shrink_to_fit();
    steps
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
        self.kind()?.words(Field::HoldReason).get(at).copied()
    }
}
