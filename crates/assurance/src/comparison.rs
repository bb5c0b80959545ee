//! Suppliers side by side (iso20000.md section 7): what the contract counts in one column, what can be said in the other.
//!
//! [`Comparer`] takes facts one by one and ends in one [`Comparison`] per KPI. A pair of suppliers is compared only
//! within a peer group that somebody declared, and only when every gate of 7.2 holds for both; what is not known holds
//! no gate open. Values are standardised to the mix of all that are compared, so that an easy mix is no merit, and
//! "no distinguishable difference" is an answer. Nothing here is about a person: facts hold none.
//!
//! A KPI says by [`crate::Kpi::comparability`] how it is compared; a further KPI needs nothing else.

mod adjust;
mod cells;
mod compare;
mod gates;
mod mix;
mod outcome;
mod peers;
mod terms;
mod verdict;

pub use compare::Comparer;
pub use gates::Obstacle;
pub use outcome::{Adjusted, Comparison, Peers, Row, StratumRow};
pub use terms::{NativeClocks, PeerGroup, Target, Terms, Thresholds};
pub use verdict::{Because, Difference, Pair, Verdict};

use crate::cohort::Cohort;
use crate::figure::Unit;
use crate::kpi::{Direction, Spec};
use crate::statistics::Statistic;

/// How a KPI is compared between parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparability {
    /// What is compared.
    pub shape: Shape,
    /// Whose clock stands behind it.
    pub clock: ClockBasis,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The share of records whose measure is 1, standardised directly.
    Rate,
    /// A statistic of the measures, standardised stratum by stratum, with a bootstrap interval.
    Amount(Statistic),
    /// Durations with the open ones censored ([`crate::Kpi::lifetime`]): the restricted mean, standardised, and a
    /// stratified log-rank test. Both have to agree.
    Lifetime,
    /// It is shown and not compared.
    No(NotCompared),
}

/// Why a KPI is not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotCompared {
    /// Neither more nor less of it is better.
    Informative,
    /// It opens and closes gates for the others.
    DataQuality,
    /// A number of records says how much a supplier was given.
    Count,
    /// Its records have nothing by which they could be made comparable.
    NoStrata,
    /// A mean of skewed durations alone is not compared (7.3); median and restricted mean are, by another KPI.
    MeanOfDurations,
}

/// Whose clock stands behind a KPI (gate 4 of 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockBasis {
    /// None, or the gateway's with one rule set for all.
    OneForAll,
    /// Each tool's own verdict.
    Native,
}

impl Comparability {
    /// What follows from unit, direction and cohort.
    pub fn of(spec: &Spec) -> Self {
        let shape = match (spec.direction, spec.cohort, spec.unit) {
            (Direction::Info, ..) => Shape::No(NotCompared::Informative),
            (_, Cohort::Held, _) => Shape::No(NotCompared::DataQuality),
            (_, _, Unit::Records) => Shape::No(NotCompared::Count),
            (_, _, Unit::Percent) => Shape::Rate,
            (_, _, Unit::Ratio | Unit::PerThousand | Unit::Points | Unit::Money) => Shape::No(NotCompared::NoStrata),
            (_, _, Unit::PerRecord) => Shape::Amount(Statistic::Mean),
            (_, _, Unit::Seconds) => Shape::Amount(Statistic::Median),
        };
        Self { shape, clock: ClockBasis::OneForAll }
    }

    /// Shown and not compared.
    pub fn not(why: NotCompared) -> Self {
        Self { shape: Shape::No(why), clock: ClockBasis::OneForAll }
    }
}
