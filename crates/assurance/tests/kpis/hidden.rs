//! Whatever is hidden of the records, the truth lies within the bounds of the figure. How often is printed.

use crate::chance::Chance;
use crate::incidents::{Incident, window};
use counterfoil_assurance::{Accumulator, Figure, KPIS, Query};
use counterfoil_model::{Field, Kind, Reading};
use std::collections::BTreeMap;

const TRIALS: u64 = 1_000;
const SEED: u64 = 20_000;
const FIGURES: &[&str] =
    &["INC-01", "INC-03", "INC-04", "INC-05", "INC-06", "INC-09", "INC-12", "INC-13", "INC-14", "INC-15", "REQ-05"];

/// What really happened to an incident.
struct Life {
    state: &'static str,
    days: BTreeMap<&'static str, i64>,
    counts: [i64; 2],
    met: bool,
    priority: usize,
}

impl Life {
    fn of(chance: &mut Chance) -> Self {
        let day = |chance: &mut Chance, most: f64| (chance.share() * most) as i64;
        let opened = day(chance, 30.0) - 5;
        let created = opened + day(chance, 2.0);
        let resolved = opened + 1 + day(chance, 12.0);
        let closed = resolved + day(chance, 4.0);
        let state = ["new", "in_progress", "on_hold", "resolved", "closed", "closed", "closed", "cancelled"]
            [day(chance, 8.0) as usize];
        let mut days = BTreeMap::from([("opened", opened), ("created", created)]);
        if matches!(state, "resolved" | "closed") {
            days.insert("resolved", resolved);
        }
        if matches!(state, "closed" | "cancelled") {
            days.insert("closed", closed);
        }
        days.insert("updated", closed + day(chance, 3.0));
        let counts = [day(chance, 3.0), day(chance, 4.0)];
        Self { state, days, counts, met: chance.is(0.8), priority: 1 + day(chance, 4.0) as usize }
    }

    /// The incident with each thing hidden with some probability.
    fn seen(&self, chance: &mut Chance, hidden: f64) -> Incident {
        let mut incident = Incident::new(self.state);
        if chance.is(hidden) {
            incident = incident.reading(Field::State, Reading::Unmapped("Odd".into()));
        }
        let fields = [
            ("opened", Field::OpenedAt),
            ("created", Field::CreatedAt),
            ("resolved", Field::ResolvedAt),
            ("closed", Field::ClosedAt),
            ("updated", Field::SourceUpdatedAt),
        ];
        for (name, field) in fields {
            if let Some(day) = self.days.get(name)
                && !chance.is(hidden)
            {
                incident = incident.instant(field, *day);
            }
        }
        for (count, field) in self.counts.iter().zip([Field::ReopenCount, Field::ReassignCount]) {
            if !chance.is(hidden) {
                incident = incident.integer(field, *count);
            }
        }
        if !chance.is(hidden) {
            incident = incident.flag(Field::ResolutionTargetMet, self.met);
        }
        if !chance.is(hidden) {
            incident = incident.priority(self.priority);
        }
        incident
    }
}

fn figures(incidents: impl Iterator<Item = Incident>, unseen: u64) -> BTreeMap<&'static str, Figure> {
    let mut sums = Accumulator::new(KPIS, Query { window: window(0, 20), by: None, party: None });
    incidents.for_each(|incident| sums.add_alone(&incident.facts()));
    sums.unseen(Kind::Incident, unseen);
    sums.figures().into_iter().map(|figure| (figure.spec.id, figure)).collect()
}

#[test]
fn hiding_up_to_two_fifths_of_what_is_known_keeps_the_truth_within_the_bounds() {
    let mut chance = Chance::new(SEED);
    let (mut inside, mut all, mut narrow) = (0_u64, 0_u64, 0_u64);
    for trial in 0..TRIALS {
        let lives: Vec<Life> = (0..40).map(|_| Life::of(&mut chance)).collect();
        let hidden = chance.share() * 0.4;
        let truth = figures(lives.iter().map(|life| life.seen(&mut Chance::new(1), 0.0)), 0);
        let (lost, held): (Vec<&Life>, Vec<&Life>) = lives.iter().partition(|_| chance.is(hidden / 4.0));
        let seen: Vec<Incident> = held.iter().map(|life| life.seen(&mut chance, hidden)).collect();
        let seen = figures(seen.into_iter(), lost.len() as u64);
        for id in FIGURES {
            let Some(value) = truth[id].value else { continue };
            all += 1;
            let bounds = seen[id].bounds;
            let contains = |(low, high): (f64, f64)| low <= value + 1e-6 && value <= high + 1e-6;
            if bounds.is_none_or(contains) {
                inside += 1;
            } else {
                println!("trial {trial}, {id}: {value} is not in {bounds:?}, {:?} known", seen[id].value);
            }
            narrow += u64::from(bounds.is_some_and(|(_, high)| high.is_finite()));
        }
    }
    let share = inside as f64 * 100.0 / all as f64;
    println!(
        "the truth was within the bounds in {share:.2} % of {all} figures of {TRIALS} trials with seed {SEED}; {narrow} bounds had both ends"
    );
    assert!(share >= 99.0, "{share}");
    assert!(narrow * 2 > all, "bounds without an end say little: {narrow} of {all}");
}

#[test]
fn what_is_wholly_known_has_a_point_for_bounds() {
    let mut chance = Chance::new(SEED);
    let lives: Vec<Life> = (0..40).map(|_| Life::of(&mut chance)).collect();
    let figures = figures(lives.iter().map(|life| life.seen(&mut Chance::new(1), 0.0)), 0);
    for id in FIGURES {
        let figure = &figures[id];
        assert_eq!(figure.bounds, figure.value.map(|value| (value, value)), "{id}");
        assert_eq!(figure.open_bounds(), None);
    }
}
