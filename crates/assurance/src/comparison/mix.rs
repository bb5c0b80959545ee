//! The mix that all compared suppliers are standardised to (7.3).

use super::cells::{Cell, Key, Supplier};
use super::gates::Obstacle;
use super::terms::Thresholds;
use counterfoil_model::{Field, Kind};
use std::collections::BTreeMap;

/// Strata that every supplier has enough records in, or as near to that as joining priorities comes.
pub(super) struct Mix {
    pub(super) strata: Vec<Joined>,
    /// Records in strata that somebody has nothing of, of little weight and without a neighbour.
    pub(super) left_out: u64,
}

/// One or more neighbouring priorities.
pub(super) struct Joined {
    /// In order; never empty.
    keys: Vec<Key>,
    /// Records of all compared suppliers.
    pub(super) weight: u64,
    /// By supplier, in the order in which they were given.
    pub(super) cells: Vec<Cell>,
}

/// Suppliers that have nothing in a stratum with more than its allowed weight are put out, all such at once, until
/// none is left: the weights are those of the suppliers who stay.
pub(super) fn put_out<'a>(
    suppliers: &mut BTreeMap<&'a str, &Supplier>,
    limits: &Thresholds,
) -> Vec<(&'a str, Vec<Obstacle>)> {
    let mut out = Vec::new();
    loop {
        let weights = weights(suppliers.values().copied());
        let total: u64 = weights.values().sum();
        let lacking = |supplier: &Supplier| -> Vec<Obstacle> {
            let heavy = weights.iter().filter(|(key, _)| !supplier.strata.contains_key(*key));
            let share = heavy.map(|(key, weight)| (key, *weight as f64 * 100.0 / total as f64));
            let obstacle = |(key, weight): (&&Key, f64)| Obstacle::NoneOfASort {
                stratum: name(std::slice::from_ref(*key)),
                weight,
                allowed: limits.empty_weight,
            };
            share.filter(|(_, weight)| *weight > limits.empty_weight).map(obstacle).collect()
        };
        let leaving: Vec<_> = suppliers.iter().map(|(party, supplier)| (*party, lacking(supplier))).collect();
        let before = out.len();
        for (party, obstacles) in leaving.into_iter().filter(|(_, obstacles)| !obstacles.is_empty()) {
            suppliers.remove(party);
            out.push((party, obstacles));
        }
        if out.len() == before {
            return out;
        }
    }
}

fn weights<'a>(suppliers: impl Iterator<Item = &'a Supplier>) -> BTreeMap<&'a Key, u64> {
    let mut weights = BTreeMap::new();
    for (key, cell) in suppliers.flat_map(|supplier| &supplier.strata) {
        *weights.entry(key).or_default() += cell.rate.n;
    }
    weights
}

impl Mix {
    /// Of suppliers in an order that the caller keeps. A stratum in which any of them has fewer records than needed is
    /// joined to the next less urgent priority, the last one to the next more urgent one.
    pub(super) fn of(suppliers: &[&Supplier], limits: &Thresholds) -> Self {
        let weights = weights(suppliers.iter().copied());
        let stratum = |(key, weight): (&Key, u64)| Joined {
            keys: vec![key.clone()],
            weight,
            cells: suppliers.iter().map(|supplier| supplier.strata.get(key).cloned().unwrap_or_default()).collect(),
        };
        let mut strata: Vec<Joined> = weights.into_iter().map(stratum).collect();
        while let Some((at, neighbour)) = thin(&strata, limits.stratum) {
            let gone = strata.remove(at.max(neighbour));
            strata[at.min(neighbour)].join(gone);
        }
        let (mut strata, beside): (Vec<_>, Vec<_>) =
            strata.into_iter().partition(|stratum| stratum.cells.iter().all(|cell| cell.rate.n > 0));
        strata.iter_mut().flat_map(|stratum| &mut stratum.cells).for_each(Cell::settle);
        Self { strata, left_out: beside.iter().map(|stratum| stratum.weight).sum() }
    }
}

/// The first stratum with too few records of somebody, and the neighbour it is joined to.
fn thin(strata: &[Joined], needed: u64) -> Option<(usize, usize)> {
    let kin = |at: usize, other: usize| {
        let alike = strata.get(at)?.keys.first().zip(strata.get(other)?.keys.first());
        alike.filter(|(one, two)| one.kind == two.kind && one.other == two.other).map(|_| (at, other))
    };
    let is_thin = |stratum: &Joined| stratum.cells.iter().any(|cell| cell.rate.n < needed);
    let thin = strata.iter().enumerate().filter(|(_, stratum)| is_thin(stratum)).map(|(at, _)| at);
    thin.collect::<Vec<_>>().into_iter().find_map(|at| kin(at, at + 1).or_else(|| kin(at, at.checked_sub(1)?)))
}

impl Joined {
    fn join(&mut self, other: Self) {
        self.keys.extend(other.keys);
        self.weight += other.weight;
        for (cell, more) in self.cells.iter_mut().zip(other.cells) {
            cell.merge(more);
        }
    }

    pub(super) fn name(&self) -> String {
        name(&self.keys)
    }
}

/// `incident P1`, `incident P1 to P3`; with the other dimension behind it where there is one.
fn name(keys: &[Key]) -> String {
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return String::new() };
    let kind = Kind::ALL.get(usize::from(first.kind)).copied();
    let word = |key: &Key| {
        let words = kind.map_or_else(Vec::new, |kind| kind.words(Field::Priority));
        words.get(usize::from(key.priority)).copied().unwrap_or("unknown")
    };
    let mut text = format!("{} {}", kind.map_or("record", Kind::name), word(first));
    if first.priority != last.priority {
        text.push_str(" to ");
        text.push_str(word(last));
    }
    if !first.other.is_empty() {
        text.push_str(", ");
        text.push_str(&first.other);
    }
    text
}
