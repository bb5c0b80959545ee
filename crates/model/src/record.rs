//! A record: readings by the field table of its kind, and its history.

use crate::{Category, Field, Instant, Kind, Link, Reading, Value};
use std::sync::Arc;

/// How the canonical words of a record were found. The worst of its fields counts (KPI DQ-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quality {
    /// By the source's own code or word.
    Exact,
    /// By a rule that a person set for this instance.
    Manual,
    /// By the source's category only.
    Category,
    /// Not at all: a word is unmapped.
    Fallback,
}

impl Quality {
    /// All, best first.
    pub const ALL: &'static [Quality] = &[Self::Exact, Self::Manual, Self::Category, Self::Fallback];

    /// The name in events and documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Manual => "manual",
            Self::Category => "category",
            Self::Fallback => "fallback",
        }
    }

    /// The quality with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|quality| quality.name() == name)
    }
}

/// Who made a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorKind {
    /// A person.
    Human,
    /// A rule of the source.
    Automation,
    /// Another system.
    Integration,
    /// The source does not say.
    Unknown,
}

impl ActorKind {
    /// All.
    pub const ALL: &'static [ActorKind] = &[Self::Human, Self::Automation, Self::Integration, Self::Unknown];

    /// The name in events and documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Automation => "automation",
            Self::Integration => "integration",
            Self::Unknown => "unknown",
        }
    }

    /// The actor kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// How well the moment of a transition is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// The source logged it.
    Exact,
    /// Seen between two pulls of a source without history: not before the previous one, not after this one.
    Poll,
}

impl Precision {
    /// All.
    pub const ALL: &'static [Precision] = &[Self::Exact, Self::Poll];

    /// The name in events and documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Poll => "poll",
        }
    }

    /// The precision with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|precision| precision.name() == name)
    }
}

/// One change of one tracked field. The first row of a log gives transitions from [`Reading::Missing`].
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// The field.
    pub field: Field,
    /// Before, as the mapping read it.
    pub from: Reading,
    /// After, as the mapping read it.
    pub to: Reading,
    /// Before, in the source's own words, where they differ from the value.
    pub from_native: Option<Arc<str>>,
    /// After, in the source's own words, where they differ from the value.
    pub to_native: Option<Arc<str>>,
    /// When it happened, as the source says.
    pub occurred_at: Reading,
    /// When the source wrote it down, where it says so.
    pub recorded_at: Reading,
    /// Who did it.
    pub actor_kind: ActorKind,
    /// Who did it, pseudonymised.
    pub actor: Option<Arc<str>>,
    /// How well the moment is known.
    pub precision: Precision,
    /// The row of the log, counted from 0, that shows it.
    pub row: Option<u32>,
    /// How sure a rule is that derived it, in percent; `None` where the source itself says that it happened.
    pub confidence: Option<u8>,
    /// The source's id of the record that proves it, where that is another one.
    pub proof: Option<Arc<str>>,
}

/// A process record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its kind.
    pub kind: Kind,
    /// One reading per entry of [`Kind::fields`], in that order.
    pub readings: Vec<Reading>,
    /// Changes of tracked fields, oldest first as the source orders them.
    pub history: Vec<Transition>,
    /// What it is linked with, in the order of [`Link::compare`], each link once.
    pub links: Vec<Link>,
    /// How the canonical words were found.
    pub quality: Quality,
    /// Whether the source has deleted it or no longer shows it.
    pub tombstone: bool,
}

impl Record {
    /// A record of which nothing is known yet.
    pub fn new(kind: Kind) -> Self {
        let readings = vec![Reading::Missing; kind.fields().len()];
        let (history, links) = (Vec::new(), Vec::new());
        Self { kind, readings, history, links, quality: Quality::Exact, tombstone: false }
    }

    /// What is known of a field; [`Reading::Missing`] for a field that the kind does not have.
    pub fn reading(&self, field: Field) -> &Reading {
        const MISSING: &Reading = &Reading::Missing;
        self.kind.position(field).map_or(MISSING, |position| &self.readings[position])
    }

    /// Sets a field that the kind has; other fields are left out.
    pub fn set(&mut self, field: Field, reading: impl Into<Reading>) {
        if let Some(position) = self.kind.position(field) {
            self.readings[position] = reading.into();
        }
    }

    /// The moment a field holds, when it is known.
    pub fn instant(&self, field: Field) -> Option<Instant> {
        match self.reading(field).known() {
            Some(Value::Instant(instant)) => Some(*instant),
            _ => None,
        }
    }

    /// The number a field holds, when it is known.
    pub fn integer(&self, field: Field) -> Option<i64> {
        match self.reading(field).known() {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// The flag a field holds, when it is known.
    pub fn flag(&self, field: Field) -> Option<bool> {
        match self.reading(field).known() {
            Some(Value::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// The text, word or party a field holds, when it is known.
    pub fn text(&self, field: Field) -> Option<&str> {
        match self.reading(field).known() {
            Some(Value::Text(text)) => Some(text),
            Some(Value::Word(word)) => Some(word),
            Some(Value::Party(party)) => Some(party.as_str()),
            _ => None,
        }
    }

    /// What the record's state means; [`Category::Unknown`] when the state is not known.
    pub fn category(&self) -> Category {
        self.text(Field::State).map_or(Category::Unknown, |state| self.kind.states().category(state))
    }
}

/// A record as a mapping made it, with the rest of its history still to come from what is already held.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// The record; its history holds what the payload itself tells.
    pub record: Record,
    /// Fields whose changes count as transitions. For a snapshot the pipeline compares them with the version before.
    pub tracked: Arc<[Field]>,
    /// Whether the mapping reads links to other tools and the payload does not say which there are: those that are held stay.
    /// A list that is empty says that there are none.
    pub outside_links_untold: bool,
}
