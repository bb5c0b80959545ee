//! Incidents for tests, told in days.

use counterfoil_assurance::{Facts, Window};
use counterfoil_model::{
    ActorKind, Field, Instant, Kind, Precision, Quality, Reading, Record, Slug, Transition, Value,
};
use jiff::Timestamp;

/// A day in milliseconds.
pub(crate) const DAY: i64 = 86_400_000;

/// Midnight of a day; day 0 is 2026-03-01.
pub(crate) fn at(day: i64) -> Timestamp {
    let first: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    Timestamp::from_millisecond(first.as_millisecond() + day * DAY).unwrap()
}

/// A choice of the source that is as much like work as its kind allows, and that the source wrote long after everything else.
pub(crate) fn choice(state: &'static str, party: &str) -> Facts {
    let mut record = Record::new(Kind::Catalogue);
    record.set(Field::State, Value::Word(state));
    record.set(Field::OwnerParty, Value::Party(Slug::of(party)));
    record.set(Field::SourceUpdatedAt, instant(40));
    record.quality = Quality::Fallback;
    Facts::of("acme", &record, at(50))
}

/// From one day up to another.
pub(crate) fn window(from: i64, to: i64) -> Window {
    Window { from: Some(at(from)), to: at(to) }
}

/// An incident in the making.
pub(crate) struct Incident(Record);

impl Incident {
    /// In a state, and nothing else known.
    pub(crate) fn new(state: &str) -> Self {
        Self(Record::new(Kind::Incident)).reading(Field::State, word(state))
    }

    pub(crate) fn reading(mut self, field: Field, reading: Reading) -> Self {
        self.0.set(field, reading);
        self
    }

    pub(crate) fn instant(self, field: Field, day: i64) -> Self {
        self.reading(field, instant(day))
    }

    pub(crate) fn opened(self, day: i64) -> Self {
        self.instant(Field::OpenedAt, day)
    }

    pub(crate) fn resolved(self, day: i64) -> Self {
        self.instant(Field::ResolvedAt, day)
    }

    pub(crate) fn closed(self, day: i64) -> Self {
        self.instant(Field::ClosedAt, day)
    }

    pub(crate) fn text(self, field: Field, text: &str) -> Self {
        self.reading(field, Value::Text(text.into()).into())
    }

    pub(crate) fn party(self, field: Field, party: &str) -> Self {
        self.reading(field, Value::Party(Slug::of(party)).into())
    }

    pub(crate) fn priority(self, priority: usize) -> Self {
        let word = Kind::Incident.words(Field::Priority)[priority - 1];
        self.reading(Field::Priority, Value::Word(word).into())
    }

    pub(crate) fn flag(self, field: Field, flag: bool) -> Self {
        self.reading(field, Value::Flag(flag).into())
    }

    pub(crate) fn integer(self, field: Field, number: i64) -> Self {
        self.reading(field, Value::Integer(number).into())
    }

    pub(crate) fn tombstone(mut self) -> Self {
        self.0.tombstone = true;
        self
    }

    /// A transition of the state.
    pub(crate) fn moved(mut self, from: &str, to: &str, day: i64) -> Self {
        self.0.history.push(Transition {
            field: Field::State,
            from: word(from),
            to: word(to),
            from_native: None,
            to_native: None,
            occurred_at: instant(day),
            recorded_at: Reading::Missing,
            actor_kind: ActorKind::Unknown,
            actor: None,
            precision: Precision::Exact,
            row: None,
            confidence: None,
            proof: None,
        });
        self
    }

    pub(crate) fn facts(self) -> Facts {
        Facts::of("acme", &self.0, at(50))
    }
}

fn word(state: &str) -> Reading {
    Value::Word(Kind::Incident.states().state(state).unwrap().name).into()
}

fn instant(day: i64) -> Reading {
    Value::Instant(Instant { at: at(day), offset_secs: None }).into()
}
