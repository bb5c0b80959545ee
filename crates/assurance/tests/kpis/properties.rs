//! What holds for any records in any order.

use crate::incidents::{Incident, choice, window};
use counterfoil_assurance::{Accumulator, Class, Facts, GroupBy, KPIS, Query, Row, Told, View};
use counterfoil_model::Field;
use proptest::prelude::*;

const STATES: &[&str] = &["new", "assigned", "in_progress", "on_hold", "resolved", "closed", "cancelled"];

fn facts() -> impl Strategy<Value = Facts> {
    let moment = || prop_oneof![1 => Just(None), 4 => (-3_i64..12).prop_map(Some)];
    let count = || prop_oneof![Just(None), (0_i64..4).prop_map(Some)];
    (
        (0..=STATES.len(), moment(), moment(), moment(), moment()),
        (count(), count(), any::<Option<bool>>(), 0..4_usize),
        (prop::bool::weighted(0.1), prop::bool::weighted(0.1), prop::bool::weighted(0.1), 0..12_usize),
    )
        .prop_map(|(moments, counts, flags)| {
            let (state, opened, created, resolved, closed) = moments;
            let (reopened, reassigned, met, party) = counts;
            let (duplicate, tombstone, unreadable, native) = flags;
            let mut incident = Incident::new(STATES[state.min(STATES.len() - 1)]);
            for (field, day) in [
                (Field::OpenedAt, opened),
                (Field::CreatedAt, created),
                (Field::ResolvedAt, resolved),
                (Field::ClosedAt, closed),
            ] {
                if let Some(day) = day {
                    incident = incident.instant(field, day);
                }
            }
            for (field, count) in [(Field::ReopenCount, reopened), (Field::ReassignCount, reassigned)] {
                if let Some(count) = count {
                    incident = incident.integer(field, count);
                }
            }
            if let Some(met) = met {
                incident = incident.flag(Field::ResolutionTargetMet, met);
            }
            if party > 0 {
                incident = incident.party(Field::OwnerParty, ["acme", "nordlicht", "umbra"][party - 1]);
            }
            if duplicate {
                incident = incident.text(Field::DuplicateOf, "INC1");
            }
            if tombstone {
                incident = incident.tombstone();
            }
            let mut facts = incident.text(Field::PriorityNative, &format!("native {native}")).facts();
            if state == STATES.len() {
                facts.state = Told::Unmapped;
            }
            if unreadable {
                facts.opened_at = Told::Unreadable;
            }
            facts
        })
}

fn query(by: Option<GroupBy>) -> Query {
    Query { window: window(0, 10), by, party: None }
}

fn by() -> impl Strategy<Value = Option<GroupBy>> {
    prop_oneof![Just(None), Just(Some(GroupBy::Party)), Just(Some(GroupBy::Group)), Just(Some(GroupBy::Priority))]
}

fn json<'a>(facts: impl IntoIterator<Item = &'a Facts>, by: Option<GroupBy>) -> String {
    let mut accumulator = Accumulator::new(KPIS, query(by));
    facts.into_iter().for_each(|facts| accumulator.add_alone(facts));
    serde_json::to_string_pretty(&accumulator.figures()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn choices_of_a_source_change_no_figure(
        facts in prop::collection::vec(facts(), 0..40),
        party in prop::option::of(Just("acme")),
    ) {
        let choices = [choice("active", "acme"), choice("retired", "umbra")];
        for by in [None, Some(GroupBy::Party), Some(GroupBy::Group), Some(GroupBy::Priority), Some(GroupBy::Instance)] {
            let query = Query { window: window(0, 45), by, party: party.map(Into::into) };
            let figures = |facts: &mut dyn Iterator<Item = &Facts>| {
                let mut sums = Accumulator::new(KPIS, query.clone());
                facts.for_each(|facts| sums.add_alone(facts));
                sums.figures().iter().map(|figure| serde_json::to_string(figure).unwrap()).collect::<Vec<_>>()
            };
            prop_assert_eq!(figures(&mut facts.iter()), figures(&mut choices.iter().chain(&facts).chain(&choices)));
        }
    }

    #[test]
    fn the_order_of_the_records_cannot_be_seen(
        (records, shuffled) in prop::collection::vec(facts(), 0..40).prop_flat_map(|records| {
            let shuffled = Just(records.clone()).prop_shuffle();
            (Just(records), shuffled)
        }),
        by in by(),
    ) {
        prop_assert_eq!(json(&records, by), json(&shuffled, by));
    }

    #[test]
    fn merged_parts_are_the_whole(records in prop::collection::vec((facts(), any::<bool>()), 0..40), by in by()) {
        let mut left = Accumulator::new(KPIS, query(by));
        let mut right = Accumulator::new(KPIS, query(by));
        for (facts, is_left) in &records {
            if *is_left { left.add_alone(facts) } else { right.add_alone(facts) }
        }
        left.merge(right);
        let merged = serde_json::to_string_pretty(&left.figures()).unwrap();
        prop_assert_eq!(merged, json(records.iter().map(|(facts, _)| facts), by));
    }

    #[test]
    fn counted_and_excluded_make_up_the_cohort_and_the_groups_make_up_the_whole(
        records in prop::collection::vec(facts(), 0..40),
        by in by(),
    ) {
        let mut accumulator = Accumulator::new(KPIS, query(by));
        records.iter().for_each(|facts| accumulator.add_alone(facts));
        let figures = accumulator.figures();
        for kpi in KPIS {
            let inside = records.iter().filter(|facts| kpi.class(Row::alone(facts), &View::alone(window(0, 10))) != Class::OutsideCohort);
            let cohort = inside.count() as u64;
            let of_kpi: Vec<_> = figures.iter().filter(|figure| figure.spec.id == kpi.spec().id).collect();
            let all: Vec<_> = of_kpi.iter().filter(|figure| figure.group.is_none()).collect();
            prop_assert_eq!(all.len(), 1);
            prop_assert_eq!(all[0].n + all[0].excluded_total(), cohort);
            prop_assert!((0.0..=100.0).contains(&all[0].coverage));
            if by.is_some() {
                let groups = of_kpi.iter().filter(|figure| figure.group.is_some());
                prop_assert_eq!(groups.map(|figure| figure.n + figure.excluded_total()).sum::<u64>(), cohort);
            }
        }
    }

    #[test]
    fn facts_survive_their_encoding(facts in facts()) {
        let bytes = postcard::to_allocvec(&facts).unwrap();
        prop_assert_eq!(postcard::from_bytes::<Facts>(&bytes).unwrap(), facts);
    }
}
