//! Facts in, one by one; comparisons out.

use super::Shape;
use super::cells::Supplier;
use super::gates::obstacles;
use super::outcome::{self, Comparison};
use super::peers::{Open, Peering};
use super::terms::Terms;
use super::verdict::{Difference, Pair, Verdict};
use crate::accumulate::{Accumulator, Query};
use crate::class::Class;
use crate::facts::{Facts, Told};
use crate::figure::{Figure, GroupBy};
use crate::kpi::{Direction, Kpi};
use crate::row::Row;
use crate::statistics::{
    MEDIAN, Rate, Share, attained, benjamini_hochberg, between_open_bounds, share_bounds, standing,
};
use crate::view::View;
use std::collections::BTreeMap;

/// Collects what is needed to compare suppliers. The order of the facts cannot be seen in what comes out.
pub struct Comparer {
    terms: Terms,
    kpis: Vec<&'static dyn Kpi>,
    contract: Accumulator,
    columns: Vec<Column>,
}

#[derive(Default)]
struct Column {
    suppliers: BTreeMap<Box<str>, Supplier>,
    party_unknown: u64,
}

impl Comparer {
    /// Nothing collected yet.
    pub fn new(kpis: &[&'static dyn Kpi], terms: Terms) -> Self {
        let query = Query { window: terms.window, by: Some(GroupBy::Party), party: None };
        Self {
            contract: Accumulator::new(kpis, query),
            columns: kpis.iter().map(|_| Column::default()).collect(),
            kpis: kpis.to_vec(),
            terms,
        }
    }

    /// Takes one record in, looked at through the window of the terms; what no KPI is about is passed over.
    pub fn add<'a>(&mut self, row: Row<'a>, view: &View<'a>) {
        self.contract.add(row, view);
        for (kpi, column) in self.kpis.iter().zip(&mut self.columns) {
            if !kpi.spec().is_about(row.kind()) {
                continue;
            }
            let shape = kpi.comparability().shape;
            match kpi.party(row, view) {
                Told::Known(party) => {
                    if !column.suppliers.contains_key(party) {
                        column.suppliers.insert(party.into(), Supplier::default());
                    }
                    let supplier = column.suppliers.get_mut(party).expect("the supplier was put in above");
                    supplier.add(*kpi, shape, row, view, &self.terms);
                }
                Told::Missing | Told::Unmapped | Told::Unreadable => {
                    let outside = kpi.classify(row, view) == Class::OutsideCohort;
                    column.party_unknown += u64::from(!outside);
                }
            }
        }
    }

    /// Takes in one record that stands alone: nothing is agreed on it, and no other record refers to it.
    pub fn add_alone(&mut self, facts: &Facts) {
        let view = View::alone(self.terms.window);
        self.add(Row::alone(facts), &view);
    }

    /// Takes in what another comparer with the same KPIs and terms has collected.
    pub fn merge(&mut self, other: Self) {
        assert!(self.terms == other.terms, "comparers with different terms cannot be merged");
        self.contract.merge(other.contract);
        for (column, other) in self.columns.iter_mut().zip(other.columns) {
            column.party_unknown += other.party_unknown;
            for (party, supplier) in other.suppliers {
                column.suppliers.entry(party).or_default().merge(supplier);
            }
        }
    }

    /// One comparison per KPI, in the order in which they were given.
    pub fn conclude(self) -> Vec<Comparison> {
        let Self { terms, kpis, contract, mut columns } = self;
        columns.iter_mut().flat_map(|column| column.suppliers.values_mut()).for_each(Supplier::settle);
        let mut figures: BTreeMap<(&str, Box<str>), Figure> = BTreeMap::new();
        for figure in contract.figures() {
            if let Some(group) = &figure.group {
                figures.insert((figure.spec.id, group.name.clone()), figure);
            }
        }
        let mut comparisons = Vec::new();
        let mut open = Vec::new();
        for (at, (kpi, column)) in kpis.iter().zip(&columns).enumerate() {
            let spec = kpi.spec();
            let mut rows = Vec::new();
            for (party, supplier) in &column.suppliers {
                if let Some(figure) = figures.remove(&(spec.id, party.clone())) {
                    rows.push(row(*kpi, party, supplier, figure, &terms));
                }
            }
            let mut comparison = Comparison {
                kpi: spec.id,
                spec,
                rows,
                pairs: Vec::new(),
                ranking_groups: Vec::new(),
                party_unknown: column.party_unknown,
                comparisons_made: 0,
            };
            if !matches!(kpi.comparability().shape, Shape::No(_)) {
                for group in &terms.peer_groups {
                    let peering = Peering { kpi: *kpi, suppliers: &column.suppliers, group, terms: &terms };
                    open.extend(peering.compare(&mut comparison).into_iter().map(|pair| (at, pair)));
                }
            }
            comparisons.push(comparison);
        }
        settle(open, &mut comparisons);
        comparisons
    }
}

/// Calls all differences at once, each with regard to how many there are.
fn settle(open: Vec<(usize, Open)>, comparisons: &mut [Comparison]) {
    let surprises: Vec<f64> = open.iter().map(|(_, pair)| pair.difference.surprise).collect();
    for ((kpi, pair), adjusted_surprise) in open.into_iter().zip(benjamini_hochberg(&surprises)) {
        let comparison = &mut comparisons[kpi];
        let difference = Difference { adjusted_surprise, ..pair.difference };
        let verdict = Verdict::of(&difference, comparison.spec.direction, pair.agree, surprises.len());
        comparison.pairs.push(Pair { one: pair.one, two: pair.two, difference: Some(difference), verdict });
    }
    for comparison in comparisons {
        comparison.comparisons_made = surprises.len();
        comparison.pairs.sort_by(|a, b| (&a.one, &a.two).cmp(&(&b.one, &b.two)));
    }
}

fn row(kpi: &dyn Kpi, party: &str, supplier: &Supplier, contract: Figure, terms: &Terms) -> outcome::Row {
    let spec = kpi.spec();
    let comparability = kpi.comparability();
    let is_rate = comparability.shape == Shape::Rate;
    let target = terms.target(spec.id, party).filter(|_| is_rate);
    let against = target.map(|target| oriented(supplier.all.rate, target, spec.direction));
    let unknown = supplier.inputs.unknown.saturating_sub(supplier.inputs.unmapped_priority);
    let bounds = share_bounds(supplier.all.rate, unknown).filter(|_| is_rate);
    let open_bounds = between_open_bounds(&supplier.all.lifetimes, MEDIAN);
    let secs = |millis: i64| millis as f64 / 1000.0;
    outcome::Row {
        party: party.into(),
        peer_group: terms.peers(party).map(|group| group.name.clone()),
        attained: against.and_then(|(rate, target)| attained(rate, target)),
        standing: against.and_then(|(rate, target)| standing(rate, target)),
        bounds: bounds.map(|mut bounds| {
            bounds.certain = bounds.certain.times(100.0);
            bounds.confident = bounds.confident.times(100.0);
            bounds
        }),
        open_bounds: open_bounds.map(|(low, high)| (secs(low), high.map(secs))),
        adjusted: None,
        obstacles: obstacles(comparability, party, supplier, terms),
        unmapped_priority: supplier.inputs.unmapped_priority,
        signal: None,
        suppressed: contract.is_tiny(),
        contract,
    }
}

/// So that higher is better: a limit on failures is a target for what did not fail.
fn oriented(rate: Rate, target: Share, direction: Direction) -> (Rate, Share) {
    match direction {
        Direction::Up | Direction::Info => (rate, target),
        Direction::Down => (
            Rate { hits: rate.n - rate.hits, n: rate.n },
            Share { parts: target.of.saturating_sub(target.parts), of: target.of },
        ),
    }
}
