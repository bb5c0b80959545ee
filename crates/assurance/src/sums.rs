//! What is kept of the records while a figure is summed up: integers only, so that no order of the records can show.

use crate::doubt::Doubt;
use std::collections::BTreeMap;

/// What is kept of the records of one figure. Memory grows with the records only in the two lists of durations.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    /// Of the amounts counted.
    pub total: i128,
    /// The largest amount counted.
    pub max: Option<i64>,
    /// The smallest amount counted.
    pub min: Option<i64>,
    /// Amounts, where the figure needs each of them.
    pub amounts: Vec<i64>,
    /// What imputed times would add, where the figure needs each of them.
    pub beside: Vec<i64>,
    /// The sum of what imputed times would add.
    pub beside_total: i128,
    /// How many such there are.
    pub beside_n: u64,
    /// How many of each, by a number that the KPI chooses.
    pub histogram: BTreeMap<i64, u64>,
    pub(crate) doubt: Doubt,
    named: Vec<(&'static str, i128)>,
}

impl Sums {
    /// Adds to a named sum.
    pub fn add(&mut self, name: &'static str, amount: i128) {
        match self.named.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum += amount,
            None => self.named.push((name, amount)),
        }
    }

    /// A named sum; 0 when nothing was added.
    pub fn get(&self, name: &str) -> i128 {
        self.named.iter().find(|(known, _)| *known == name).map_or(0, |(_, sum)| *sum)
    }

    /// A named sum of things that were counted.
    pub fn count(&self, name: &str) -> u64 {
        u64::try_from(self.get(name)).expect("what was counted is not negative")
    }

    /// Whether nothing was kept at all.
    pub(crate) fn is_empty(&self) -> bool {
        let lists = self.amounts.is_empty() && self.beside.is_empty() && self.histogram.is_empty();
        lists && self.beside_n == 0 && !self.has_named()
    }

    /// Whether any named sum has grown.
    pub(crate) fn has_named(&self) -> bool {
        self.named.iter().any(|(_, sum)| *sum != 0)
    }

    pub(crate) fn take(&mut self, amount: i64) {
        self.total += i128::from(amount);
        self.max = self.max.max(Some(amount));
        self.min = Some(self.min.map_or(amount, |min| min.min(amount)));
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.total += other.total;
        self.doubt.merge(&other.doubt);
        self.max = self.max.max(other.max);
        self.min = match (self.min, other.min) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        self.amounts.extend(other.amounts);
        self.beside.extend(other.beside);
        self.beside_total += other.beside_total;
        self.beside_n += other.beside_n;
        for (key, count) in other.histogram {
            *self.histogram.entry(key).or_default() += count;
        }
        for (name, amount) in other.named {
            self.add(name, amount);
        }
    }
}
