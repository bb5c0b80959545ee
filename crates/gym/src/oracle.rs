//! What truly happened, and what a reader of the files should find of it.

use crate::figures::Figures;
use crate::files::{Book, Effect, Estate, Expected, Problem};
use crate::incident::Incident;
use crate::life::{Event, HoldReason, State};
use crate::provider::Provider;
use crate::world::World;
use jiff::Timestamp;
use std::collections::HashMap;
use std::fmt;

/// How the resolution clock of an incident stands at now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Resolved in time.
    Met,
    /// Resolved late.
    Breached,
    /// Open, in time so far.
    Running,
    /// Open and late.
    Overdue,
    /// Cancelled: no verdict.
    Cancelled,
}

/// How the files tell a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Told {
    /// As it is.
    Truly,
    /// With something wrong in it; the code of the problem.
    Damaged(&'static str),
    /// Not at all; the code of the problem, or `no-files`.
    Hidden(&'static str),
}

/// Why no file tells the incidents of a provider.
const NO_FILES: &str = "no-files";

/// One incident as it truly is at now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueRecord {
    /// Who works on it.
    pub provider: Provider,
    /// Which files tell it; none where its provider sends none.
    pub book: Option<Book>,
    /// The id by which those files know it.
    pub id: String,
    /// The key that people use.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// The canonical state.
    pub state: State,
    /// What it waits for, while it is on hold.
    pub hold: Option<HoldReason>,
    /// 1 to 5.
    pub priority: u8,
    /// The group that has it.
    pub group: Option<&'static str>,
    /// When it was reported.
    pub opened: Timestamp,
    /// When the record was written.
    pub created: Timestamp,
    /// When it was resolved for the last time; only while it is resolved or closed.
    pub resolved: Option<Timestamp>,
    /// When it was resolved for the first time, reopened or not.
    pub first_resolved: Option<Timestamp>,
    /// When it was closed, while it is.
    pub closed: Option<Timestamp>,
    /// Its last update.
    pub updated: Timestamp,
    /// Changes of group.
    pub reassigned: u32,
    /// How often it left resolved or closed again.
    pub reopened: u32,
    /// The verdict at now.
    pub verdict: Verdict,
    /// The verdict that its tool gave with its last update: an open incident that grew late since says `true`.
    pub made_sla: bool,
    /// The changes of state, oldest first; the first is its recording.
    pub history: Vec<(Timestamp, State)>,
    /// How the files tell it.
    pub told: Told,
}

/// The truth of a world, computed from its lives and never from its files.
#[derive(Debug, Clone, PartialEq)]
pub struct Oracle {
    /// What the world was made from.
    pub seed: u64,
    /// The world's now.
    pub now: Timestamp,
    /// Over all records, hidden ones too.
    pub overall: Figures,
    /// The same by provider.
    pub by_provider: Vec<(Provider, Figures)>,
    /// The deliberate data problems of the files.
    pub problems: Vec<Problem>,
    /// What every instance of the estate should count.
    pub expected: Vec<Expected>,
    /// Every incident, in the order of the world.
    pub records: Vec<TrueRecord>,
}

impl Oracle {
    /// The truth about this world.
    pub fn of(world: &World) -> Self {
        Self::with_estate(world, &Estate::of(world))
    }

    /// The truth about this world, whose estate is at hand already.
    pub fn with_estate(world: &World, estate: &Estate) -> Self {
        let mut told: HashMap<(Book, &str), Told> = HashMap::new();
        for problem in &estate.problems {
            for id in &problem.ids {
                let how = match problem.effect {
                    Effect::Hides => Told::Hidden(problem.code),
                    Effect::Damages => Told::Damaged(problem.code),
                    Effect::Nothing => continue,
                };
                told.insert((problem.book, id.as_str()), how);
            }
        }
        let records: Vec<TrueRecord> = world
            .incidents
            .iter()
            .zip(&estate.books)
            .map(|(incident, book)| {
                let how = match book {
                    Some(book) => told.get(&(*book, incident.id.as_str())).copied().unwrap_or(Told::Truly),
                    None => Told::Hidden(NO_FILES),
                };
                true_record(incident, *book, how, world.now)
            })
            .collect();
        let by_provider = Provider::ALL
            .iter()
            .map(|provider| {
                (*provider, Figures::of(records.iter().filter(|record| record.provider == *provider), world.now))
            })
            .collect();
        Self {
            seed: world.seed,
            now: world.now,
            overall: Figures::of(&records, world.now),
            by_provider,
            problems: estate.problems.clone(),
            expected: estate.expected.clone(),
            records,
        }
    }

    /// Figures over the records that this picks, for example those that the files tell truly.
    pub fn figures(&self, pick: impl Fn(&TrueRecord) -> bool) -> Figures {
        Figures::of(self.records.iter().filter(|record| pick(record)), self.now)
    }

    /// The record that these files know by this id.
    pub fn record(&self, book: Book, id: &str) -> Option<&TrueRecord> {
        self.records.iter().find(|record| record.book == Some(book) && record.id == id)
    }

    /// The problems with this code.
    pub fn problems_of(&self, code: &str) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(move |problem| problem.code == code)
    }
}

fn true_record(incident: &Incident, book: Option<Book>, told: Told, now: Timestamp) -> TrueRecord {
    let last = incident.last();
    let in_time = incident.clock_secs_at(now) <= incident.target_secs;
    let verdict = match (last.state, in_time) {
        (State::Cancelled, _) => Verdict::Cancelled,
        (state, true) if state.is_open() => Verdict::Running,
        (state, false) if state.is_open() => Verdict::Overdue,
        (_, true) => Verdict::Met,
        (_, false) => Verdict::Breached,
    };
    TrueRecord {
        provider: incident.provider,
        book,
        id: incident.id.clone(),
        number: incident.number.clone(),
        title: incident.title.clone(),
        state: last.state,
        hold: last.hold,
        priority: incident.priority(),
        group: last.group,
        opened: incident.opened,
        created: incident.created(),
        resolved: last.resolved,
        first_resolved: last.first_resolved,
        closed: last.closed,
        updated: last.updated,
        reassigned: last.reassigned,
        reopened: last.reopened,
        verdict,
        made_sla: last.made_sla,
        history: history(&incident.life),
        told,
    }
}

fn history(life: &[Event]) -> Vec<(Timestamp, State)> {
    let mut history: Vec<(Timestamp, State)> = Vec::new();
    for event in life {
        if history.last().is_none_or(|(_, state)| *state != event.state) {
            history.push((event.at, event.state));
        }
    }
    history
}

impl fmt::Display for Oracle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "world {} at {}", self.seed, self.now)?;
        writeln!(f, "\nall\n{}", self.overall)?;
        for (provider, figures) in &self.by_provider {
            writeln!(f, "{}\n{figures}", provider.id())?;
        }
        writeln!(f, "what each instance should count")?;
        for expected in &self.expected {
            writeln!(f, "  {expected}")?;
        }
        writeln!(f, "\ndeliberate problems")?;
        for problem in &self.problems {
            writeln!(f, "  {problem}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Column;
    use crate::world::Scale;
    use proptest::prelude::*;

    #[test]
    fn the_oracle_can_be_read() {
        let world = World::generate(1, Scale::default());
        insta::assert_snapshot!(Oracle::of(&world).to_string());
    }

    #[test]
    fn every_kind_of_problem_is_in_the_default_estate() {
        for seed in [1, 2, 3, 2026] {
            let oracle = Oracle::of(&World::generate(seed, Scale::default()));
            let mut codes: Vec<&str> = oracle.problems.iter().map(|problem| problem.code).collect();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(
                codes,
                [
                    "contradiction",
                    "date-unreadable",
                    "dates-ambiguous",
                    "decimal-lost",
                    "duplicate-column",
                    "half-written",
                    "json-invalid",
                    "not-an-incident",
                    "resolved-before-opened",
                    "row-cut-off",
                    "row-without-key",
                    "status-unmapped",
                ],
                "seed {seed}"
            );
            assert_eq!(oracle.problems_of("date-unreadable").count(), 2, "seed {seed}");
            assert_eq!(oracle.problems_of("status-unmapped").count(), 3, "seed {seed}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn counts_add_up(seed: u64, incidents in 40_u32..400) {
            let world = World::generate(seed, Scale { incidents });
            let oracle = Oracle::of(&world);
            let all = &oracle.overall;
            prop_assert_eq!(all.incidents, u64::from(incidents));
            prop_assert_eq!(all.by_state.iter().map(|(_, n)| n).sum::<u64>(), all.incidents);
            prop_assert_eq!(all.resolved, all.in_state(State::Resolved) + all.in_state(State::Closed));
            prop_assert_eq!(all.resolved, all.sla_met + all.sla_breached);
            prop_assert_eq!(all.resolved + all.backlog + all.in_state(State::Cancelled), all.incidents);
            prop_assert!(all.overdue <= all.backlog);
            let parts = || oracle.by_provider.iter().map(|(_, figures)| figures);
            let sum = |pick: fn(&Figures) -> u64| parts().map(pick).sum::<u64>();
            prop_assert_eq!(sum(|figures| figures.incidents), all.incidents);
            prop_assert_eq!(sum(|figures| figures.reassign_sum), all.reassign_sum);
            prop_assert_eq!(sum(|figures| figures.backlog), all.backlog);
            for record in &oracle.records {
                prop_assert!(record.resolved.is_none_or(|resolved| resolved > record.opened));
                prop_assert_eq!(record.resolved.is_some() && !record.made_sla, record.verdict == Verdict::Breached);
                prop_assert_eq!(record.history.last().map(|(_, state)| *state), Some(record.state));
            }
            // Every incident is in exactly one of: committed, hidden behind a problem, of a provider without files.
            let hidden = oracle.records.iter().filter(|record| matches!(record.told, Told::Hidden(_))).count() as u64;
            let committed: u64 = oracle.expected.iter().map(|expected| expected.committed).sum();
            prop_assert_eq!(committed + hidden, all.incidents);
            for expected in &oracle.expected {
                let of = |column: Column| oracle.problems.iter()
                    .filter(|problem| problem.book == expected.book && problem.column == column)
                    .map(|problem| problem.ids.len() as u64).sum::<u64>();
                prop_assert_eq!(expected.quarantined, of(Column::Quarantined), "{}", expected);
                prop_assert_eq!(expected.unreadable, of(Column::Unreadable), "{}", expected);
                prop_assert_eq!(expected.not_applicable, of(Column::NotApplicable), "{}", expected);
                prop_assert_eq!(expected.behind_gap, of(Column::BehindGap), "{}", expected);
            }
        }
    }
}
