//! Fields of a record that no member of [`Facts`] holds, in one list: so that a further figure needs no further member.

use crate::facts::{Facts, Moment, Told, millis, place};
use counterfoil_model::{Decimal, Field, FieldSpec, Kind, Record, Value, ValueType};
use serde::{Deserialize, Serialize};

/// A known value of such a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Fact {
    /// Milliseconds since the Unix epoch.
    Moment(i64),
    Number(i64),
    /// Millionths.
    Decimal(i64),
    Flag(bool),
    /// Place in the words of the field.
    Word(u8),
    /// Texts, references and parties.
    Text(Box<str>),
    /// A long text of which nothing but that it is there can be in a figure.
    Said,
}

/// Texts of work are cut here: they only name what records have in common.
const WORK_BYTES: usize = 64;
/// Texts of registers are read: lists of dates and figures stand in them.
const REGISTER_BYTES: usize = 4096;

/// Members of [`Facts`] hold these.
const IN_MEMBERS: &[Field] = &[
    Field::OwnerParty,
    Field::AssigneeParty,
    Field::ResolverParty,
    Field::AssigneeGroup,
    Field::Priority,
    Field::PriorityNative,
    Field::State,
    Field::CreatedAt,
    Field::OpenedAt,
    Field::FirstResponseAt,
    Field::FirstResolvedAt,
    Field::ResolvedAt,
    Field::ClosedAt,
    Field::DueAt,
    Field::SourceUpdatedAt,
    Field::ReopenCount,
    Field::ReassignCount,
    Field::PartyHopCount,
    Field::ResolutionTargetMet,
    Field::IsMajor,
];
/// Of these it only counts that they are there.
const SAID: &[Field] = &[
    Field::Description,
    Field::ResolutionText,
    Field::RootCause,
    Field::Workaround,
    Field::ReversalPlan,
    Field::ReviewResult,
    Field::Minutes,
    Field::Evidence,
    Field::Statement,
];
/// In no figure.
const NOWHERE: &[Field] = &[Field::Url, Field::StateNative, Field::ContactType, Field::Subcategory];

/// What is said of the fields that no member holds, by their place in [`Kind::fields`]. What is missing is not in it, and
/// neither is any person.
pub(crate) fn own(record: &Record) -> Vec<(u8, Told<Fact>)> {
    let is_work = crate::facts::is_work(record.kind);
    let mut own = Vec::new();
    for (at, spec) in record.kind.fields().iter().enumerate() {
        if is_kept(spec, is_work) {
            let told = Told::of(&record.readings[at], |value| fact(record.kind, spec, value, is_work));
            if told != Told::Missing {
                own.push((place(Some(at)), told));
            }
        }
    }
    own.shrink_to_fit();
    own
}

fn is_kept(spec: &FieldSpec, is_work: bool) -> bool {
    let is_elsewhere = IN_MEMBERS.contains(&spec.field) || NOWHERE.contains(&spec.field);
    let is_person = spec.value == ValueType::Person;
    !is_elsewhere && !is_person && (spec.field != Field::Title || !is_work)
}

fn fact(kind: Kind, spec: &FieldSpec, value: &Value, is_work: bool) -> Option<Fact> {
    if SAID.contains(&spec.field) {
        return Some(Fact::Said);
    }
    Some(match value {
        Value::Text(text) => Fact::Text(cut(text, if is_work { WORK_BYTES } else { REGISTER_BYTES }).into()),
        Value::Party(party) => Fact::Text(party.as_str().into()),
        Value::Integer(number) => Fact::Number(*number),
        Value::Decimal(number) => Fact::Decimal(number.millionths),
        Value::Flag(flag) => Fact::Flag(*flag),
        Value::Instant(instant) => Fact::Moment(millis(instant.at)),
        Value::Word(word) => Fact::Word(place(kind.words(spec.field).iter().position(|known| known == word))),
    })
}

/// At most so many bytes, whole characters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= bytes).last();
    &text[..end.unwrap_or(0)]
}

impl<T> Told<T> {
    /// Another value of what is known; [`Told::Unreadable`] where the value is none of the other kind.
    pub(crate) fn read<'a, U>(&'a self, read: impl FnOnce(&'a T) -> Option<U>) -> Told<U> {
        match self {
            Self::Known(value) => read(value).map_or(Told::Unreadable, Told::Known),
            Self::Missing => Told::Missing,
            Self::Unmapped => Told::Unmapped,
            Self::Unreadable => Told::Unreadable,
        }
    }
}

impl Facts {
    fn of_own(&self, field: Field) -> &Told<Fact> {
        const MISSING: &Told<Fact> = &Told::Missing;
        let at = self.kind().and_then(|kind| kind.position(field));
        let found = at.and_then(|at| self.own.iter().find(|(own, _)| usize::from(*own) == at));
        found.map_or(MISSING, |(_, told)| told)
    }

    /// A moment, in milliseconds since the Unix epoch; [`Told::Missing`] where the kind has no such field.
    pub fn moment(&self, field: Field) -> Moment {
        match field {
            Field::CreatedAt => self.created_at,
            Field::OpenedAt => self.opened_at,
            Field::FirstResponseAt => self.first_response_at,
            Field::FirstResolvedAt => self.first_resolved_at,
            Field::ResolvedAt => self.resolved_at,
            Field::ClosedAt => self.closed_at,
            Field::DueAt => self.due_at,
            Field::SourceUpdatedAt => self.source_updated_at,
            _ => self.of_own(field).read(|fact| match fact {
                Fact::Moment(at) => Some(*at),
                _ => None,
            }),
        }
    }

    /// A whole number.
    pub fn number(&self, field: Field) -> Told<i64> {
        match field {
            Field::ReopenCount => self.reopened.native,
            Field::ReassignCount => self.reassigned.native,
            Field::PartyHopCount => self.party_hops.native,
            _ => self.of_own(field).read(|fact| match fact {
                Fact::Number(number) => Some(*number),
                _ => None,
            }),
        }
    }

    /// A number with decimals.
    pub fn decimal(&self, field: Field) -> Told<Decimal> {
        self.of_own(field).read(|fact| match fact {
            Fact::Decimal(millionths) => Some(Decimal { millionths: *millionths }),
            _ => None,
        })
    }

    /// Yes or no.
    pub fn flag(&self, field: Field) -> Told<bool> {
        match field {
            Field::ResolutionTargetMet => self.target_met,
            Field::IsMajor => self.is_major,
            _ => self.of_own(field).read(|fact| match fact {
                Fact::Flag(flag) => Some(*flag),
                _ => None,
            }),
        }
    }

    /// A canonical word.
    pub fn word(&self, field: Field) -> Told<&'static str> {
        let Some(kind) = self.kind() else { return Told::Missing };
        let at = match field {
            Field::State => return self.state.read(|_| self.state_name()),
            Field::Priority => self.priority,
            _ => self.of_own(field).read(|fact| match fact {
                Fact::Word(at) => Some(*at),
                _ => None,
            }),
        };
        let spec = kind.fields().iter().find(|spec| spec.field == field);
        at.read(|at| match spec.map(|spec| spec.value) {
            Some(ValueType::Word(words)) => words.get(usize::from(*at)).copied(),
            _ => None,
        })
    }

    /// A text, a reference or a party. Those of work are cut after 64 bytes; of persons nothing is held.
    pub fn text(&self, field: Field) -> Told<&str> {
        let member = match field {
            Field::OwnerParty => &self.owner_party,
            Field::AssigneeParty => &self.assignee_party,
            Field::ResolverParty => &self.resolver_party,
            Field::AssigneeGroup => &self.group,
            _ => {
                return self.of_own(field).read(|fact| match fact {
                    Fact::Text(text) => Some(&**text),
                    _ => None,
                });
            }
        };
        member.read(|text| Some(&**text))
    }

    /// Whether anything is known of a field, for texts of which only that is held.
    pub fn said(&self, field: Field) -> Told<()> {
        match field {
            Field::OwnerParty | Field::AssigneeParty | Field::ResolverParty | Field::AssigneeGroup => {
                self.text(field).read(|_| Some(()))
            }
            Field::State => self.state.read(|_| Some(())),
            Field::Priority => self.priority.read(|_| Some(())),
            Field::ResolutionTargetMet | Field::IsMajor => self.flag(field).read(|_| Some(())),
            Field::ReopenCount | Field::ReassignCount | Field::PartyHopCount => self.number(field).read(|_| Some(())),
            Field::CreatedAt
            | Field::OpenedAt
            | Field::FirstResponseAt
            | Field::FirstResolvedAt
            | Field::ResolvedAt
            | Field::ClosedAt
            | Field::DueAt
            | Field::SourceUpdatedAt => self.moment(field).read(|_| Some(())),
            _ => self.of_own(field).read(|_| Some(())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_model::{Instant, Reading, Slug};

    #[test]
    fn every_field_of_a_change_is_found_wherever_it_is_held() {
        let mut record = Record::new(Kind::Change);
        let at: jiff::Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        record.set(Field::PlannedStart, Value::Instant(Instant { at, offset_secs: None }));
        record.set(Field::OpenedAt, Value::Instant(Instant { at, offset_secs: None }));
        record.set(Field::ChangeType, Value::Word("emergency"));
        record.set(Field::Outcome, Reading::Unmapped("well".into()));
        record.set(Field::MajorImpact, Value::Flag(true));
        record.set(Field::ReversalPlan, Value::Text("take it back".into()));
        record.set(Field::Service, Value::Text("mail".into()));
        record.set(Field::AssigneeParty, Value::Party(Slug::of("acme")));
        record.set(Field::Requester, Value::Text("p-0123456789".into()));
        let facts = Facts::of("acme", &record, at);
        assert_eq!(facts.moment(Field::PlannedStart), Told::Known(at.as_millisecond()));
        assert_eq!(facts.moment(Field::OpenedAt), Told::Known(at.as_millisecond()));
        assert_eq!(facts.moment(Field::PlannedEnd), Told::Missing);
        assert_eq!(facts.word(Field::ChangeType), Told::Known("emergency"));
        assert_eq!(facts.word(Field::Outcome), Told::Unmapped);
        assert_eq!(facts.flag(Field::MajorImpact), Told::Known(true));
        assert_eq!(facts.said(Field::ReversalPlan), Told::Known(()));
        assert_eq!(facts.text(Field::ReversalPlan), Told::Unreadable, "a plan is in no figure");
        assert_eq!(facts.text(Field::Service), Told::Known("mail"));
        assert_eq!(facts.text(Field::AssigneeParty), Told::Known("acme"));
        assert_eq!(facts.said(Field::Requester), Told::Missing, "no person is in any figure");
    }

    #[test]
    fn a_target_of_a_register_keeps_its_decimals() {
        let mut record = Record::new(Kind::ServiceLevelTarget);
        record.set(Field::TargetValue, Value::Decimal(Decimal::parse("99.951").unwrap()));
        record.set(Field::Metric, Value::Word("availability"));
        let facts = Facts::of("register", &record, jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(facts.decimal(Field::TargetValue), Told::Known(Decimal { millionths: 99_951_000 }));
        assert_eq!(facts.word(Field::Metric), Told::Known("availability"));
        assert_eq!(facts.decimal(Field::PercentileRequired), Told::Missing);
    }
}
