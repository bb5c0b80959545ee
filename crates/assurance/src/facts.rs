//! What figures are computed from: one compact value per record, kept in the cache.

use counterfoil_model::{Category, Field, Kind, LinkTarget, LinkType, Obligation, Quality, Reading, Record, Value};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::history::{HistoryFacts, state_of};
use crate::own::{Fact, cut, own};
use crate::steps::{Step, steps};

/// What is known of something, without the words that could not be understood: those stay in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Told<T> {
    /// The source said it and the mapping understood it.
    Known(T),
    /// The source says nothing.
    Missing,
    /// The source said a word that the mapping does not know.
    Unmapped,
    /// The source said something that cannot be read.
    Unreadable,
}

impl<T> Told<T> {
    /// The value, when it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Missing | Self::Unmapped | Self::Unreadable => None,
        }
    }

    /// `known`, `missing`, `unmapped` or `unreadable`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Known(_) => "known",
            Self::Missing => "missing",
            Self::Unmapped => "unmapped",
            Self::Unreadable => "unreadable",
        }
    }

    pub(crate) fn of(reading: &Reading, read: impl FnOnce(&Value) -> Option<T>) -> Self {
        match reading {
            // A value of another type than its field holds cannot be read as what the field holds.
            Reading::Known(value) => read(value).map_or(Self::Unreadable, Self::Known),
            Reading::Missing => Self::Missing,
            Reading::Unmapped(_) => Self::Unmapped,
            Reading::Unreadable(_) => Self::Unreadable,
        }
    }
}

/// A moment: milliseconds since the Unix epoch, rounded down.
pub type Moment = Told<i64>;

/// A number that a source may count itself and that its history may show as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// The source's own counter.
    pub native: Told<i64>,
    /// Counted from the transitions held; `None` where they do not tell.
    pub history: Option<u32>,
}

impl Counter {
    /// The source's own counter where it has one, else what the history shows.
    ///
    /// The native counter goes first because a log that was cut or thinned out shows less than what happened.
    pub fn best(&self) -> Option<i64> {
        self.native.known().copied().or(self.history.map(i64::from))
    }

    /// Whether only the history tells.
    pub fn is_from_history(&self) -> bool {
        self.native.known().is_none() && self.history.is_some()
    }

    /// Whether both tell and do not agree.
    pub fn disagrees(&self) -> bool {
        matches!((&self.native, self.history), (Told::Known(native), Some(seen)) if *native != i64::from(seen))
    }
}

/// What figures are computed from. Numbers that stand for words (kind, state, priority, fields) are places in the
/// tables of the model: when those tables change, [`Facts::VERSION`] has to change, and a test says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Place in [`Kind::ALL`].
    pub kind: u8,
    /// The configured instance the record came from.
    pub instance: Box<str>,
    /// The party accountable now.
    pub owner_party: Told<Box<str>>,
    /// The party working on it.
    pub assignee_party: Told<Box<str>>,
    /// The party that resolved it.
    pub resolver_party: Told<Box<str>>,
    /// The group working on it.
    pub group: Told<Box<str>>,
    /// Place in the words of [`Field::Priority`].
    pub priority: Told<u8>,
    /// The priority in the source's own words.
    pub priority_native: Option<Box<str>>,
    /// Place in the states of the kind.
    pub state: Told<u8>,
    /// When the source created the record.
    pub created_at: Moment,
    /// When it was reported.
    pub opened_at: Moment,
    /// First action of the provider that the customer could see.
    pub first_response_at: Moment,
    /// First entry to resolved.
    pub first_resolved_at: Moment,
    /// Last entry to resolved.
    pub resolved_at: Moment,
    /// Entry to closed.
    pub closed_at: Moment,
    /// When it is due, as the source says.
    pub due_at: Moment,
    /// When the source last wrote the record.
    pub source_updated_at: Moment,
    /// When the gateway read it, milliseconds since the Unix epoch.
    pub observed_at: i64,
    /// How often it left resolved or closed again.
    pub reopened: Counter,
    /// How often it changed its group.
    pub reassigned: Counter,
    /// How often it changed its party.
    pub party_hops: Counter,
    /// The source's own verdict of its resolution clock.
    pub target_met: Told<bool>,
    /// Whether it was declared a major incident.
    pub is_major: Told<bool>,
    /// Whether the source names a record that this one repeats.
    pub duplicate: bool,
    /// Whether the source has deleted it or no longer shows it.
    pub tombstone: bool,
    /// Place in [`Quality::ALL`].
    pub quality: u8,
    /// Required fields that are not known: place in [`Kind::fields`], and why.
    pub lacking: Vec<(u8, Told<()>)>,
    /// What the transitions held tell.
    pub history: HistoryFacts,
    /// What no member holds, by the place of its field.
    pub(crate) own: Vec<(u8, Told<Fact>)>,
    /// What the record is linked with inside of its instance: place in [`LinkType::ALL`], native id.
    pub links: Vec<(u8, Box<str>)>,
    /// Its course, oldest first as the source orders it.
    pub steps: Vec<Step>,
}

impl Facts {
    /// The version of the encoded form. A cache with another version is built again.
    pub const VERSION: u16 = 5;

    /// Of a record as it stands now. `observed_at` is when the gateway read this version.
    pub fn of(instance: &str, record: &Record, observed_at: Timestamp) -> Facts {
        let kind = record.kind;
        let state = state_of(kind, record.reading(Field::State));
        let history = HistoryFacts::of(record);
        let counter = |field, seen| Counter { native: integer(record, field), history: seen };
        Facts {
            kind: place(Kind::ALL.iter().position(|known| *known == kind)),
            instance: instance.into(),
            owner_party: text(record, Field::OwnerParty),
            assignee_party: text(record, Field::AssigneeParty),
            resolver_party: text(record, Field::ResolverParty),
            group: text(record, Field::AssigneeGroup),
            priority: word(record, Field::Priority),
            priority_native: record.text(Field::PriorityNative).map(shortened),
            state,
            created_at: moment(record, Field::CreatedAt),
            opened_at: moment(record, Field::OpenedAt),
            first_response_at: moment(record, Field::FirstResponseAt),
            first_resolved_at: moment(record, Field::FirstResolvedAt),
            resolved_at: moment(record, Field::ResolvedAt),
            closed_at: moment(record, Field::ClosedAt),
            due_at: moment(record, Field::DueAt),
            source_updated_at: moment(record, Field::SourceUpdatedAt),
            observed_at: millis(observed_at),
            reopened: counter(Field::ReopenCount, history.reopened),
            reassigned: counter(Field::ReassignCount, history.reassigned),
            party_hops: counter(Field::PartyHopCount, history.party_hops),
            target_met: flag(record, Field::ResolutionTargetMet),
            is_major: flag(record, Field::IsMajor),
            duplicate: !matches!(record.reading(Field::DuplicateOf), Reading::Missing),
            tombstone: record.tombstone,
            quality: place(Quality::ALL.iter().position(|known| *known == record.quality)),
            lacking: lacking(record, state),
            history,
            own: own(record),
            links: links(record),
            steps: steps(record),
        }
    }

    /// The kind; `None` when the facts were written by a version that had more kinds.
    pub fn kind(&self) -> Option<Kind> {
        Kind::ALL.get(usize::from(self.kind)).copied()
    }

    /// Whether the record is work that a party does. What only describes a source, or is no ticket, is in no figure and sets no window.
    pub fn is_work(&self) -> bool {
        self.kind().is_some_and(is_work)
    }

    /// What the state means; [`Category::Unknown`] when the state is not known.
    pub fn category(&self) -> Category {
        let Some(place) = self.state.known() else { return Category::Unknown };
        let state = self.kind().and_then(|kind| kind.states().states.get(usize::from(*place)));
        state.map_or(Category::Unknown, |state| state.category)
    }

    /// The canonical word of the state, when it is known.
    pub fn state_name(&self) -> Option<&'static str> {
        let place = *self.state.known()?;
        self.kind()?.states().states.get(usize::from(place)).map(|state| state.name)
    }

    /// The canonical word of the priority, when it is known.
    pub fn priority_name(&self) -> Option<&'static str> {
        let place = *self.priority.known()?;
        self.kind()?.words(Field::Priority).get(usize::from(place)).copied()
    }

    /// How the canonical words were found.
    pub fn quality(&self) -> Quality {
        Quality::ALL.get(usize::from(self.quality)).copied().unwrap_or(Quality::Fallback)
    }

    /// The fields that have to be known of this record: the mandatory ones, and those whose state it is in.
    pub fn required(&self) -> impl Iterator<Item = (u8, Field)> {
        let state = self.state_name();
        let fields = self.kind().map_or(&[][..], Kind::fields);
        let required = fields.iter().enumerate().filter(move |(_, spec)| requires(spec.obligation, state));
        required.map(|(at, spec)| (place(Some(at)), spec.field))
    }
}

/// Whether records of a kind are work that a party does.
pub(crate) fn is_work(kind: Kind) -> bool {
    matches!(kind, Kind::Incident | Kind::ServiceRequest | Kind::Problem | Kind::Change)
}

fn links(record: &Record) -> Vec<(u8, Box<str>)> {
    let inside = record.links.iter().filter_map(|link| match (&link.target, link.known_type()) {
        (LinkTarget::Inside { native_id, .. }, Some(known)) => {
            Some((place(LinkType::ALL.iter().position(|link| *link == known)), (&**native_id).into()))
        }
        (LinkTarget::Inside { .. } | LinkTarget::Outside { .. }, _) => None,
    });
    inside.collect()
}

/// Milliseconds since the Unix epoch, rounded down.
pub(crate) fn millis(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond().div_euclid(1_000_000))
        .expect("a timestamp of jiff fits in 64 bits of milliseconds")
}

pub(crate) fn moment_of(reading: &Reading) -> Moment {
    Told::of(reading, |value| match value {
        Value::Instant(instant) => Some(millis(instant.at)),
        _ => None,
    })
}

fn moment(record: &Record, field: Field) -> Moment {
    moment_of(record.reading(field))
}

/// Longer texts are cut: they only name a group of figures.
const TEXT_BYTES: usize = 64;

fn shortened(text: &str) -> Box<str> {
    cut(text, TEXT_BYTES).into()
}

fn text(record: &Record, field: Field) -> Told<Box<str>> {
    Told::of(record.reading(field), |value| match value {
        Value::Text(text) => Some(shortened(text)),
        Value::Word(word) => Some(shortened(word)),
        Value::Party(party) => Some(shortened(party.as_str())),
        _ => None,
    })
}

fn word(record: &Record, field: Field) -> Told<u8> {
    Told::of(record.reading(field), |value| match value {
        Value::Word(word) => {
            record.kind.words(field).iter().position(|known| known == word).and_then(|at| u8::try_from(at).ok())
        }
        _ => None,
    })
}

fn integer(record: &Record, field: Field) -> Told<i64> {
    Told::of(record.reading(field), |value| match value {
        Value::Integer(number) => Some(*number),
        _ => None,
    })
}

fn flag(record: &Record, field: Field) -> Told<bool> {
    Told::of(record.reading(field), |value| match value {
        Value::Flag(flag) => Some(*flag),
        _ => None,
    })
}

fn lacking(record: &Record, state: Told<u8>) -> Vec<(u8, Told<()>)> {
    let states = record.kind.states().states;
    let state = state.known().and_then(|at| states.get(usize::from(*at))).map(|state| state.name);
    let mut lacking = Vec::new();
    for (at, spec) in record.kind.fields().iter().enumerate() {
        if requires(spec.obligation, state) {
            let told = Told::of(&record.readings[at], |_| Some(()));
            if told.known().is_none() {
                lacking.push((place(Some(at)), told));
            }
        }
    }
    lacking
}

/// A condition that cannot be judged, because the state is not known, does not require anything.
fn requires(obligation: Obligation, state: Option<&str>) -> bool {
    match obligation {
        Obligation::Mandatory => true,
        Obligation::InStates(states) => state.is_some_and(|state| states.contains(&state)),
        Obligation::Optional => false,
    }
}

pub(crate) fn place(at: Option<usize>) -> u8 {
    at.and_then(|at| u8::try_from(at).ok()).expect("the tables of the model have fewer than 256 rows")
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_model::{Instant, ValueType};
    use std::fmt::Write as _;

    /// Facts hold places in these tables. When this fails, raise [`Facts::VERSION`] and write the new sum here.
    #[test]
    fn the_tables_that_facts_point_into_are_those_of_this_version() {
        let mut tables = String::new();
        for kind in Kind::ALL {
            writeln!(tables, "kind {}", kind.name()).unwrap();
            for spec in kind.fields() {
                writeln!(tables, "{} {:?}", spec.field, spec.obligation).unwrap();
                if let ValueType::Word(words) = spec.value {
                    writeln!(tables, "{words:?}").unwrap();
                }
            }
            for state in kind.states().states {
                writeln!(tables, "{} {}", state.name, state.category.name()).unwrap();
            }
        }
        for link in LinkType::ALL {
            writeln!(tables, "{}", link.name()).unwrap();
        }
        for quality in Quality::ALL {
            writeln!(tables, "{}", quality.name()).unwrap();
        }
        // FNV-1a: small, and this is no secret.
        let sum = tables
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        assert_eq!((Facts::VERSION, sum), (5, 9_096_655_793_970_372_270));
    }

    #[test]
    fn what_a_record_says_and_what_it_does_not_are_kept_apart() {
        let mut record = Record::new(Kind::Incident);
        let at: Timestamp = "2026-10-25T01:30:00.999999Z".parse().unwrap();
        record.set(Field::OpenedAt, Value::Instant(Instant { at, offset_secs: Some(7200) }));
        record.set(Field::ResolvedAt, Reading::Unreadable("31-02".into()));
        record.set(Field::State, Value::Word("on_hold"));
        record.set(Field::Priority, Reading::Unmapped("Odd".into()));
        record.set(Field::AssigneeGroup, Value::Text("ü".repeat(50).as_str().into()));
        let facts = Facts::of("acme", &record, at);
        assert_eq!(facts.opened_at, Told::Known(at.as_millisecond()));
        assert_eq!((facts.resolved_at, facts.closed_at), (Told::Unreadable, Told::Missing));
        assert_eq!((facts.state_name(), facts.category()), (Some("on_hold"), Category::OnHold));
        assert_eq!((facts.priority, facts.priority_name()), (Told::Unmapped, None));
        assert_eq!(facts.group, Told::Known("ü".repeat(32).into()));
        assert!(!facts.duplicate && !facts.tombstone);
        let lacking = facts.lacking.iter().map(|(at, told)| (Kind::Incident.fields()[usize::from(*at)].field, *told));
        let lacking: Vec<_> = lacking.collect();
        assert!(lacking.contains(&(Field::HoldReason, Told::Missing)), "required on hold: {lacking:?}");
        assert!(lacking.contains(&(Field::Priority, Told::Unmapped)));
        assert!(!lacking.iter().any(|(field, _)| matches!(field, Field::ResolvedAt | Field::State | Field::OpenedAt)));
    }

    #[test]
    fn moments_before_the_epoch_are_rounded_down_too() {
        assert_eq!(millis("1969-12-31T23:59:59.9995Z".parse().unwrap()), -1);
    }
}
