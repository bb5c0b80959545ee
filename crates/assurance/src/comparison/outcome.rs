//! What a comparison ends in: numbers and reasons, for a surface to print.

use super::events::{Clustered, Month};
use super::gates::Obstacle;
use super::verdict::{Pair, Verdict};
use crate::figure::Figure;
use crate::kpi::Spec;
use crate::statistics::{Attainment, Bounds, Interval, Signal, Standing};
use serde::Serialize;

/// Whoever has fewer peers could be told who the others are (7.1).
const PEERS_TO_HIDE_AMONG: usize = 5;

/// One KPI over all suppliers. Rows are by name; pairs are those within a peer group.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The id of the KPI.
    pub kpi: &'static str,
    #[serde(skip)]
    /// What the KPI says of itself.
    pub spec: &'static Spec,
    /// Every party that has a record in the cohort.
    pub rows: Vec<Row>,
    /// What is said of any two of one peer group.
    pub pairs: Vec<Pair>,
    /// Per peer group: who is tied with whom, best first.
    pub ranking_groups: Vec<Peers>,
    /// Records that may be in the cohort and belong to no party that is known: they may be anybody's.
    pub party_unknown: u64,
    /// Pairs compared at once, over all KPIs: what the surprise of each is adjusted for.
    pub comparisons_made: usize,
}

/// A peer group and its tied suppliers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Peers {
    /// The group.
    pub name: Box<str>,
    /// Compared suppliers, in groups; none is better than another one of its group.
    pub tied: Vec<Vec<Box<str>>>,
    /// Records compared, but in a stratum that somebody has nothing of.
    pub left_out: u64,
}

/// One supplier.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Who.
    pub party: Box<str>,
    /// The peer group it was put into.
    pub peer_group: Option<Box<str>>,
    /// The point value that the contract counts, with its own cohort, exclusions and coverage.
    pub contract: Figure,
    /// Whether that reaches the contract's target, by arithmetic.
    pub attained: Option<Attainment>,
    /// What can be said about the target beyond these records.
    pub standing: Option<Standing>,
    /// Where a rate can be at worst and at best, for all that is not known about the records; percent.
    pub bounds: Option<Bounds>,
    /// The median duration if everything open ended now, and if nothing of it ever did; seconds.
    pub open_bounds: Option<(f64, Option<f64>)>,
    /// The value for the comparison; `None` when an obstacle says why.
    pub adjusted: Option<Adjusted>,
    /// Why it is not compared; empty when it is.
    pub obstacles: Vec<Obstacle>,
    /// Counted records whose priority no mapping knows: part of the contract's value, and of no comparison.
    pub unmapped_priority: u64,
    /// The interval of a rate where records belong together; `None` where each is an event of its own.
    pub clustered: Option<Clustered>,
    /// A rate from month to month beside its own limits; empty for less than six months.
    pub trend: Vec<Month>,
    /// Where a rate stands in the funnel around the target of all, or around the share of all.
    pub signal: Option<Signal>,
    /// Too few records to show the value to anybody but the integrator.
    pub suppressed: bool,
}

/// A value standardised to the mix of all compared suppliers, in the unit of the KPI.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Adjusted {
    /// What the supplier would have with the mix of all.
    pub value: f64,
    /// 95 %.
    pub interval: Interval,
    /// The same before standardising, over the same records.
    pub crude: f64,
    /// What it is made of.
    pub strata: Vec<StratumRow>,
}

/// A stratum of one supplier.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StratumRow {
    /// Kind and priority, and what else makes it up.
    pub name: String,
    /// Percent of the records of all compared suppliers.
    pub weight: f64,
    /// Records of this supplier.
    pub n: u64,
    /// Its value.
    pub value: f64,
}

impl Comparison {
    /// What is said of `party`, seen beside `other`; `None` where they are no peers.
    pub fn verdict(&self, party: &str, other: &str) -> Option<Verdict> {
        let pair = |one: &str, two: &str| self.pairs.iter().find(|pair| *pair.one == *one && *pair.two == *two);
        let own = pair(party, other).map(|pair| pair.verdict.clone());
        own.or_else(|| pair(other, party).map(|pair| pair.verdict.clone().turned()))
    }

    /// What a supplier may see (7.1): its own row, and the adjusted values of its peers without their names, ascending.
    /// The values are left out where fewer than five suppliers are compared, itself included.
    pub fn seen_by(&self, party: &str) -> Option<(&Row, Vec<f64>)> {
        let own = self.rows.iter().find(|row| *row.party == *party)?;
        let is_peer = |row: &&Row| own.peer_group.is_some() && row.peer_group == own.peer_group;
        let compared = self.rows.iter().filter(is_peer).filter(|row| row.adjusted.is_some()).count();
        let mut values = Vec::new();
        if compared >= PEERS_TO_HIDE_AMONG {
            let others = self.rows.iter().filter(is_peer).filter(|row| row.party != own.party);
            values.extend(others.filter_map(|row| Some(row.adjusted.as_ref()?.value)));
            values.sort_unstable_by(f64::total_cmp);
        }
        Some((own, values))
    }
}
