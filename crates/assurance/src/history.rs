//! What the transitions of a record tell.

use crate::facts::{Moment, Told, moment_of};
use counterfoil_model::{Field, Kind, Reading, Record, Transition, Value};
use serde::{Deserialize, Serialize};

/// What the transitions held tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryFacts {
    /// Whether the record's state is where its last transition led.
    pub agreement: Agreement,
    /// When the state last changed, as the source says.
    pub last_change_at: Moment,
    /// Transitions out of resolved or closed back to work; `None` without a transition of the state.
    pub reopened: Option<u32>,
    /// Changes from one group to another; `None` without a transition of the group.
    pub reassigned: Option<u32>,
    /// Changes from one party to another; `None` without a transition of the party.
    pub party_hops: Option<u32>,
    /// Seconds on hold, by the place of the reason in the words of [`Field::HoldReason`]; ended holds only. A source
    /// whose clock went back between two rows gives a smaller sum.
    pub held_secs: Vec<(Told<u8>, i64)>,
}

/// Whether the record's state is where its last transition led.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Agreement {
    /// It is.
    Agrees,
    /// It is in another state: transitions are missing.
    Differs,
    /// No transition of the state is held.
    NoHistory,
}

impl HistoryFacts {
    pub(crate) fn of(record: &Record) -> Self {
        let kind = record.kind;
        let of_state = || record.history.iter().filter(|transition| transition.field == Field::State);
        let last = of_state().next_back();
        Self {
            agreement: match last {
                None => Agreement::NoHistory,
                Some(last) if last.to == *record.reading(Field::State) => Agreement::Agrees,
                Some(_) => Agreement::Differs,
            },
            last_change_at: last.map_or(Told::Missing, |last| moment_of(&last.occurred_at)),
            reopened: last.map(|_| {
                let reopenings = of_state().filter(|transition| reopens(kind, transition)).count();
                u32::try_from(reopenings).unwrap_or(u32::MAX)
            }),
            reassigned: changes(record, Field::AssigneeGroup),
            party_hops: changes(record, Field::AssigneeParty),
            held_secs: held(record),
        }
    }
}

/// The place of a state in the state machine of its kind.
pub(crate) fn state_of(kind: Kind, reading: &Reading) -> Told<u8> {
    match reading {
        Reading::Known(Value::Word(word)) => {
            let at = kind.states().states.iter().position(|state| state.name == *word);
            at.and_then(|at| u8::try_from(at).ok()).map_or(Told::Unmapped, Told::Known)
        }
        Reading::Known(_) | Reading::Unreadable(_) => Told::Unreadable,
        Reading::Missing => Told::Missing,
        Reading::Unmapped(_) => Told::Unmapped,
    }
}

fn word(reading: &Reading) -> Option<&'static str> {
    match reading {
        Reading::Known(Value::Word(word)) => Some(word),
        _ => None,
    }
}

fn reopens(kind: Kind, transition: &Transition) -> bool {
    match (word(&transition.from), word(&transition.to)) {
        (Some(from), Some(to)) => kind.states().reopens(from, to),
        _ => false,
    }
}

/// Changes from one value to another. The first value is no change, and neither is coming back to a value after none.
fn changes(record: &Record, field: Field) -> Option<u32> {
    let mut tracked = false;
    let mut changes = 0;
    let mut last: Option<&Reading> = None;
    for transition in record.history.iter().filter(|transition| transition.field == field) {
        tracked = true;
        for reading in [&transition.from, &transition.to] {
            if !matches!(reading, Reading::Missing) && last != Some(reading) {
                changes += u32::from(last.is_some());
                last = Some(reading);
            }
        }
    }
    tracked.then_some(changes)
}

/// Seconds on hold by reason: from each entry to `on_hold` or change of the reason to the next of either.
fn held(record: &Record) -> Vec<(Told<u8>, i64)> {
    let on_hold = record.kind.states().states.iter().find(|state| state.name == "on_hold");
    let Some(on_hold) = on_hold else { return Vec::new() };
    let reasons = record.kind.words(Field::HoldReason);
    let mut sums: Vec<(Told<u8>, i64)> = Vec::new();
    let mut is_held = false;
    let mut reason = Told::Missing;
    let mut since: Option<i64> = None;
    for transition in &record.history {
        if !matches!(transition.field, Field::State | Field::HoldReason) {
            continue;
        }
        let at = moment_of(&transition.occurred_at).known().copied();
        if let (true, Some(since), Some(at)) = (is_held, since, at) {
            let secs = (at - since).div_euclid(1000);
            match sums.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, sum)) => *sum += secs,
                None => sums.push((reason, secs)),
            }
        }
        since = at;
        if transition.field == Field::State {
            is_held = word(&transition.to) == Some(on_hold.name);
        } else {
            reason = match &transition.to {
                Reading::Known(Value::Word(word)) => {
                    let at = reasons.iter().position(|known| known == word);
                    at.and_then(|at| u8::try_from(at).ok()).map_or(Told::Unmapped, Told::Known)
                }
                Reading::Known(_) | Reading::Unreadable(_) => Told::Unreadable,
                Reading::Missing => Told::Missing,
                Reading::Unmapped(_) => Told::Unmapped,
            };
        }
    }
    sums.retain(|(_, secs)| *secs != 0);
    sums.sort_unstable();
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_model::{ActorKind, Instant, Precision};

    fn at(minute: i64) -> Reading {
        Value::Instant(Instant { at: jiff::Timestamp::from_second(minute * 60).unwrap(), offset_secs: None }).into()
    }

    fn record(history: &[(Field, Reading, Reading, i64)]) -> Record {
        let mut record = Record::new(Kind::Incident);
        record.set(Field::State, Value::Word("closed"));
        for (field, from, to, minute) in history {
            record.history.push(Transition {
                field: *field,
                from: from.clone(),
                to: to.clone(),
                from_native: None,
                to_native: None,
                occurred_at: at(*minute),
                recorded_at: Reading::Missing,
                actor_kind: ActorKind::Unknown,
                actor: None,
                precision: Precision::Exact,
                row: None,
                confidence: None,
                proof: None,
            });
        }
        record
    }

    fn word(word: &'static str) -> Reading {
        Value::Word(word).into()
    }

    fn group(name: &str) -> Reading {
        Value::Text(name.into()).into()
    }

    #[test]
    fn a_first_group_and_coming_back_after_none_are_no_reassignment() {
        use Field::AssigneeGroup as Group;
        let record = record(&[
            (Group, Reading::Missing, group("a"), 0),
            (Group, group("a"), Reading::Missing, 1),
            (Group, Reading::Missing, group("a"), 2),
            (Group, group("a"), group("b"), 3),
            (Group, group("b"), Reading::Missing, 4),
            (Group, Reading::Missing, group("a"), 5),
        ]);
        let history = HistoryFacts::of(&record);
        assert_eq!(history.reassigned, Some(2));
        assert_eq!((history.party_hops, history.reopened), (None, None));
        assert_eq!(history.agreement, Agreement::NoHistory);
    }

    #[test]
    fn holds_are_summed_by_reason_even_when_the_reason_changes_on_hold() {
        use Field::{HoldReason, State};
        let record = record(&[
            (State, Reading::Missing, word("new"), 0),
            (State, word("new"), word("on_hold"), 10),
            (HoldReason, Reading::Missing, word("awaiting_customer"), 10),
            (HoldReason, word("awaiting_customer"), word("awaiting_supplier"), 13),
            (HoldReason, word("awaiting_supplier"), Reading::Missing, 20),
            (State, word("on_hold"), word("resolved"), 20),
            (State, word("resolved"), word("on_hold"), 30),
            (State, word("on_hold"), word("closed"), 31),
        ]);
        let history = HistoryFacts::of(&record);
        assert_eq!(history.held_secs, [(Told::Known(0), 180), (Told::Known(1), 420), (Told::Missing, 60)]);
        assert_eq!(history.reopened, Some(1));
        assert_eq!((history.agreement, history.last_change_at), (Agreement::Agrees, Told::Known(31 * 60_000)));
    }

    #[test]
    fn a_state_that_no_transition_leads_to_is_seen() {
        let differs = record(&[(Field::State, Reading::Missing, word("new"), 0)]);
        assert_eq!(HistoryFacts::of(&differs).agreement, Agreement::Differs);
    }
}
