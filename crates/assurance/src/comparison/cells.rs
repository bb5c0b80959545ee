//! What is kept of the records of one supplier for one KPI.

use super::Shape;
use super::terms::Terms;
use crate::accumulate::group_of;
use crate::class::{Blame, Class};
use crate::facts::Facts;
use crate::history::Agreement;
use crate::kpi::Kpi;
use crate::row::Row;
use crate::statistics::{Lifetime, Rate};
use crate::view::View;
use counterfoil_model::Quality;
use std::collections::BTreeMap;

/// Records that are alike. Neighbours in this order, within one kind and one other dimension, are neighbouring priorities.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) kind: u8,
    pub(super) other: Box<str>,
    pub(super) priority: u8,
}

/// What is measured of records that are alike.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cell {
    pub(super) rate: Rate,
    pub(super) amounts: Vec<i64>,
    pub(super) lifetimes: Vec<Lifetime>,
}

/// How far the records of a supplier can be trusted, for one KPI.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Inputs {
    /// Records that are or may be in the cohort.
    pub(super) records: u64,
    /// Of which an input is unknown, imputed, or contradicts another one.
    pub(super) unknown: u64,
    /// Counted records whose priority no mapping knows: in the contract's value, in no stratum.
    pub(super) unmapped_priority: u64,
    pub(super) fallback: u64,
    pub(super) with_history: u64,
}

/// All of one supplier and one KPI.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Supplier {
    pub(super) all: Cell,
    pub(super) strata: BTreeMap<Key, Cell>,
    pub(super) inputs: Inputs,
}

enum Observed {
    Measure { amount: i64, imputed: bool },
    Lifetime(Lifetime),
}

impl Supplier {
    pub(super) fn add<'a>(&mut self, kpi: &dyn Kpi, shape: Shape, row: Row<'a>, view: &View<'a>, terms: &Terms) {
        let observed = match shape {
            Shape::Lifetime => kpi.lifetime(row, view).map(Observed::Lifetime),
            Shape::Rate | Shape::Amount(_) | Shape::No(_) => match kpi.classify(row, view) {
                Class::Counted(measure) => Ok(Observed::Measure { amount: measure.amount, imputed: measure.imputed }),
                class => Err(class),
            },
        };
        let observed = match observed {
            Ok(observed) => Some(observed),
            Err(Class::Excluded { reason, .. }) => match reason.blame() {
                Blame::Unknown => None,
                Blame::Rule | Blame::Unmeasured => return,
            },
            Err(Class::OutsideCohort | Class::Counted(_)) => return,
        };
        let key = key_of(kpi, row, view, terms);
        self.inputs.add(row.facts, observed.as_ref(), key.is_some());
        let Some(observed) = observed else { return };
        self.all.add(&observed, shape);
        if let Some(key) = key {
            self.strata.entry(key).or_default().add(&observed, shape);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.all.merge(other.all);
        for (key, cell) in other.strata {
            self.strata.entry(key).or_default().merge(cell);
        }
        let Inputs { records, unknown, unmapped_priority, fallback, with_history } = other.inputs;
        self.inputs.records += records;
        self.inputs.unknown += unknown;
        self.inputs.unmapped_priority += unmapped_priority;
        self.inputs.fallback += fallback;
        self.inputs.with_history += with_history;
    }

    /// Puts everything in an order that does not depend on how it came.
    pub(super) fn settle(&mut self) {
        self.all.settle();
        self.strata.values_mut().for_each(Cell::settle);
    }
}

impl Inputs {
    fn add(&mut self, facts: &Facts, observed: Option<&Observed>, has_stratum: bool) {
        let doubtful = match observed {
            Some(Observed::Measure { imputed, .. }) => *imputed,
            Some(Observed::Lifetime(_)) => false,
            None => true,
        };
        self.records += 1;
        self.unknown += u64::from(doubtful || !has_stratum);
        self.unmapped_priority += u64::from(observed.is_some() && !has_stratum);
        self.fallback += u64::from(matches!(facts.quality(), Quality::Category | Quality::Fallback));
        self.with_history += u64::from(facts.history.agreement == Agreement::Agrees);
    }
}

impl Cell {
    fn add(&mut self, observed: &Observed, shape: Shape) {
        self.rate.n += 1;
        match (observed, shape) {
            (Observed::Lifetime(lifetime), _) => self.lifetimes.push(*lifetime),
            (Observed::Measure { amount, .. }, Shape::Amount(_)) => self.amounts.push(*amount),
            (Observed::Measure { amount, .. }, Shape::Rate | Shape::Lifetime | Shape::No(_)) => {
                self.rate.hits += u64::from(*amount != 0);
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.rate.hits += other.rate.hits;
        self.rate.n += other.rate.n;
        self.amounts.extend(other.amounts);
        self.lifetimes.extend(other.lifetimes);
    }

    pub(super) fn settle(&mut self) {
        self.amounts.sort_unstable();
        self.lifetimes.sort_unstable();
    }
}

/// `None` where the priority is not known, and so no other supplier's record is known to be like this one.
fn key_of<'a>(kpi: &dyn Kpi, row: Row<'a>, view: &View<'a>, terms: &Terms) -> Option<Key> {
    let other = terms.also_by.map_or("", |by| group_of(kpi, row, view, by));
    Some(Key { kind: row.facts.kind, other: other.into(), priority: *row.facts.priority.known()? })
}
