//! A record as its source had it at an earlier moment, told from the history that it has now.

use counterfoil_model::{Category, Field, Obligation, Reading, Record, Transition, Value, ValueType};
use jiff::Timestamp;

/// Moments that are planned, agreed or judged by, and that lie ahead when they are written down.
const PLANS: &[Field] = &[
    Field::DueAt,
    Field::PlannedStart,
    Field::PlannedEnd,
    Field::PlannedAt,
    Field::ReviewDueAt,
    Field::OriginalDueAt,
    Field::ValidFrom,
    Field::ValidTo,
    Field::PeriodStart,
    Field::PeriodEnd,
];
/// By what a record begins, the first that is known.
const BEGINNINGS: &[Field] = &[
    Field::CreatedAt,
    Field::OpenedAt,
    Field::BeganAt,
    Field::ReceivedAt,
    Field::RaisedAt,
    Field::SentAt,
    Field::VerifiedAt,
    Field::TestedAt,
    Field::StartedAt,
    Field::AttestedAt,
];
/// What the source counts and judges over the whole life, and nobody can take back by one change.
const VERDICTS: &[Field] = &[
    Field::ReopenCount,
    Field::ReassignCount,
    Field::PartyHopCount,
    Field::ResolutionTargetMet,
    Field::ResolutionElapsed,
    Field::ResponseTargetMet,
    Field::ResponseElapsed,
];

/// The record as its source had it just before `until`; `None` where it did not exist yet.
///
/// Changes that were recorded (else happened) from then on are taken back, in the order of the history; what happened
/// from then on is not known yet, and neither is what only a later state has. Fields without a history stand as they
/// are now: that they changed, nobody has told.
pub fn rewound(mut record: Record, until: Timestamp) -> Option<Record> {
    let began = BEGINNINGS.iter().find_map(|field| record.instant(*field));
    if began.is_some_and(|began| began.at >= until) {
        return None;
    }
    let later = |transition: &Transition| moment(transition).is_some_and(|at| at >= until);
    let kept = record.history.iter().position(later).unwrap_or(record.history.len());
    let undone = record.history.split_off(kept);
    for transition in undone.iter().rev() {
        record.set(transition.field, transition.from.clone());
    }
    let has_other_state = undone.iter().any(|transition| transition.field == Field::State);
    if !undone.is_empty() {
        VERDICTS.iter().for_each(|field| record.set(*field, Reading::Missing));
    }
    let state = record.text(Field::State).map(str::to_owned);
    for spec in record.kind.fields() {
        let is_plan = PLANS.contains(&spec.field);
        let is_ahead = spec.value == ValueType::Instant
            && !is_plan
            && record.instant(spec.field).is_some_and(|instant| instant.at >= until);
        let belongs_to_another_state = match (spec.obligation, state.as_deref()) {
            (Obligation::InStates(states), Some(state)) => has_other_state && !is_plan && !states.contains(&state),
            (Obligation::InStates(_) | Obligation::Mandatory | Obligation::Optional, _) => false,
        };
        if is_ahead || belongs_to_another_state {
            record.set(spec.field, Reading::Missing);
        }
    }
    for (field, category) in [
        (Field::ResolvedAt, Category::Resolved),
        (Field::FulfilledAt, Category::Resolved),
        (Field::ClosedAt, Category::Closed),
    ] {
        if *record.reading(field) == Reading::Missing && ended(&record, category) {
            let entered = entered(&record, category);
            record.set(field, entered);
        }
    }
    if *record.reading(Field::SourceUpdatedAt) == Reading::Missing {
        let last = record.history.iter().rev().find(|transition| moment(transition).is_some());
        let last = last.map_or(record.reading(Field::CreatedAt), |transition| &transition.occurred_at).clone();
        record.set(Field::SourceUpdatedAt, last);
    }
    Some(record)
}

/// When the source wrote a change down; when it happened, where it does not say.
fn moment(transition: &Transition) -> Option<Timestamp> {
    [&transition.recorded_at, &transition.occurred_at].into_iter().find_map(|reading| match reading {
        Reading::Known(Value::Instant(instant)) => Some(instant.at),
        _ => None,
    })
}

fn ended(record: &Record, category: Category) -> bool {
    match category {
        Category::Resolved => matches!(record.category(), Category::Resolved | Category::Closed),
        other => record.category() == other,
    }
}

/// The moment of the last entry to a state of this meaning.
fn entered(record: &Record, category: Category) -> Reading {
    let states = record.kind.states();
    let enters = |transition: &&Transition| {
        let meaning = |reading: &Reading| match reading {
            Reading::Known(Value::Word(word)) => states.category(word),
            _ => Category::Unknown,
        };
        transition.field == Field::State && meaning(&transition.to) == category
    };
    record.history.iter().rev().find(enters).map_or(Reading::Missing, |transition| transition.occurred_at.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_model::{ActorKind, Instant, Kind, Precision};
    use proptest::prelude::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn told(minute: i64) -> Reading {
        Value::Instant(Instant { at: at(minute), offset_secs: None }).into()
    }

    fn word(word: &'static str) -> Reading {
        Value::Word(word).into()
    }

    fn change(field: Field, from: Reading, to: Reading, minute: i64) -> Transition {
        Transition {
            field,
            from,
            to,
            from_native: None,
            to_native: None,
            occurred_at: told(minute),
            recorded_at: Reading::Missing,
            actor_kind: ActorKind::Unknown,
            actor: None,
            precision: Precision::Exact,
            row: None,
            confidence: None,
            proof: None,
        }
    }

    /// What a source with a log would show of an incident after these states, each at its minute.
    fn shown(life: &[(&'static str, i64)]) -> Record {
        let mut record = Record::new(Kind::Incident);
        record.set(Field::CreatedAt, told(life[0].1));
        record.set(Field::OpenedAt, told(life[0].1));
        let mut before = Reading::Missing;
        for (state, minute) in life {
            record.history.push(change(Field::State, before, word(state), *minute));
            before = word(state);
            record.set(Field::State, word(state));
            record.set(Field::SourceUpdatedAt, told(*minute));
            match *state {
                // What was closed and is resolved again is not closed.
                "resolved" => {
                    record.set(Field::ResolvedAt, told(*minute));
                    record.set(Field::ClosedAt, Reading::Missing);
                }
                "closed" => record.set(Field::ClosedAt, told(*minute)),
                _ => {
                    record.set(Field::ResolvedAt, Reading::Missing);
                    record.set(Field::ClosedAt, Reading::Missing);
                }
            }
        }
        record
    }

    fn lives() -> impl Strategy<Value = Vec<(&'static str, i64)>> {
        let state = prop::sample::select(vec!["in_progress", "on_hold", "resolved", "closed"]);
        prop::collection::vec((state, 1_i64..50), 0..12).prop_map(|steps| {
            let mut life = vec![("new", 0)];
            for (state, minutes) in steps {
                let (last, at) = life[life.len() - 1];
                if state != last && !(state == "closed" && last != "resolved") {
                    life.push((state, at + minutes));
                }
            }
            life
        })
    }

    proptest! {
        /// Rewinding shows what the source would have shown then, at every moment of every life.
        #[test]
        fn a_rewound_record_is_what_the_source_showed_then(life in lives(), minute in 1_i64..600) {
            let then: Vec<_> = life.iter().copied().filter(|(_, at)| *at < minute).collect();
            prop_assert_eq!(rewound(shown(&life), at(minute)), Some(shown(&then)));
        }

        #[test]
        fn rewinding_twice_is_rewinding_to_the_earlier_moment(life in lives(), one in 1_i64..600, two in 1_i64..600) {
            let twice = rewound(shown(&life), at(one.max(two))).and_then(|record| rewound(record, at(one.min(two))));
            prop_assert_eq!(twice, rewound(shown(&life), at(one.min(two))));
        }
    }

    #[test]
    fn before_its_beginning_there_is_no_record() {
        let record = shown(&[("new", 5), ("resolved", 9)]);
        assert_eq!(rewound(record.clone(), at(5)), None);
        assert!(rewound(record, at(6)).is_some());
    }

    #[test]
    fn plans_stay_and_what_only_the_end_knows_goes() {
        let mut record = shown(&[("new", 0), ("in_progress", 5), ("resolved", 50)]);
        record.set(Field::DueAt, told(90));
        record.set(Field::ResolutionCode, Value::Text("solved".into()));
        record.set(Field::ResolutionTargetMet, Value::Flag(true));
        record.set(Field::FirstResponseAt, told(20));
        let then = rewound(record, at(10)).unwrap();
        assert_eq!(then.instant(Field::DueAt).unwrap().at, at(90));
        for field in [Field::ResolutionCode, Field::ResolutionTargetMet, Field::FirstResponseAt, Field::ResolvedAt] {
            assert_eq!(*then.reading(field), Reading::Missing, "{field}");
        }
    }

    #[test]
    fn what_was_recorded_late_was_not_known_before() {
        let mut record = shown(&[("new", 0), ("in_progress", 5)]);
        record.history[1].recorded_at = told(30);
        assert_eq!(rewound(record.clone(), at(10)).unwrap().text(Field::State), Some("new"));
        assert_eq!(rewound(record, at(31)).unwrap().text(Field::State), Some("in_progress"));
    }
}
