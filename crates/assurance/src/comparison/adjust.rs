//! Values standardised to one mix, and how two of them differ.

use super::Shape;
use super::cells::Cell;
use super::mix::{Joined, Mix};
use crate::figure::Unit;
use crate::kpi::Spec;
use crate::statistics::{
    Curve, Interval, Lifetime, Replicates, Restricted, Standardised, Statistic, Stratum, Z_95, difference, direct,
    direct_of, log_rank, two_sided,
};

/// One supplier's work in the mix of all.
pub(super) struct Evidence {
    pub(super) adjusted: Standardised,
    /// By stratum.
    pub(super) in_strata: Vec<f64>,
    /// Before standardising.
    pub(super) crude: f64,
    replicates: Option<Replicates>,
}

/// How two suppliers differ, in the unit of the KPI: the first less the second.
pub(super) struct Contrast {
    pub(super) value: f64,
    pub(super) interval: Interval,
    /// How surprising it is if they do not differ.
    pub(super) surprise: f64,
    /// Whether two ways to look at it point the same way.
    pub(super) agree: bool,
}

/// Milliseconds and shares to the unit of the KPI.
fn scale(spec: &Spec) -> f64 {
    match spec.unit {
        Unit::Percent => 100.0,
        Unit::Seconds => 0.001,
        Unit::Records | Unit::PerRecord | Unit::Ratio | Unit::PerThousand | Unit::Points | Unit::Money => 1.0,
    }
}

/// Of the supplier at a place in the mix; `None` where the mix is empty.
pub(super) fn evidence(spec: &Spec, shape: Shape, mix: &Mix, at: usize, seed: u64) -> Option<Evidence> {
    let all = mix.strata.iter().fold(Cell::default(), |mut all, stratum| {
        all.merge(stratum.cells[at].clone());
        all
    });
    let mut evidence = match shape {
        Shape::Rate => {
            let strata = |stratum: &Joined| Stratum { weight: stratum.weight, rate: stratum.cells[at].rate };
            let adjusted = direct(&mix.strata.iter().map(strata).collect::<Vec<_>>())?;
            let share = |stratum: &Joined| stratum.cells[at].rate.share();
            let in_strata = mix.strata.iter().map(share).collect::<Option<_>>()?;
            Evidence { adjusted, in_strata, crude: all.rate.share()?, replicates: None }
        }
        Shape::Amount(statistic) => amounts(mix, at, statistic, seed, all)?,
        Shape::Lifetime => {
            let parts = mix.strata.iter().map(|stratum| restricted(stratum, at)).collect::<Option<Vec<_>>>()?;
            let weighted =
                mix.strata.iter().zip(&parts).map(|(stratum, part)| (stratum.weight, part.mean, part.variance));
            let adjusted = direct_of(&weighted.collect::<Vec<_>>())?;
            let horizon = mix.strata.iter().filter_map(horizon).min()?;
            let crude = Curve::of(&all.lifetimes)?.restricted_mean(horizon).mean;
            Evidence { adjusted, in_strata: parts.iter().map(|part| part.mean).collect(), crude, replicates: None }
        }
        Shape::No(_) => return None,
    };
    let scale = scale(spec);
    evidence.adjusted.value *= scale;
    evidence.adjusted.error *= scale;
    evidence.adjusted.interval = evidence.adjusted.interval.times(scale);
    evidence.in_strata.iter_mut().for_each(|value| *value *= scale);
    evidence.crude *= scale;
    Some(evidence)
}

fn amounts(mix: &Mix, at: usize, statistic: Statistic, seed: u64, mut all: Cell) -> Option<Evidence> {
    let total: u64 = mix.strata.iter().map(|stratum| stratum.weight).sum();
    let mut in_strata = Vec::new();
    let mut parts = Vec::new();
    for (salt, stratum) in (0..).zip(&mix.strata) {
        let sorted = &stratum.cells[at].amounts;
        in_strata.push(statistic.of(sorted)?);
        parts.push((stratum.weight as f64 / total as f64, Replicates::of(sorted, statistic, seed, salt)?));
    }
    let replicates = Replicates::weighted(parts.iter().map(|(weight, part)| (*weight, part)));
    let value = parts.iter().zip(&in_strata).map(|((weight, _), value)| weight * value).sum();
    let interval = replicates.interval();
    let adjusted = Standardised { value, error: interval.half() / Z_95, interval };
    all.settle();
    Some(Evidence { adjusted, in_strata, crude: statistic.of(&all.amounts)?, replicates: Some(replicates) })
}

/// The longest duration up to which every supplier was watched. Whoever has nothing open was watched to the end, however
/// soon that was: what others leave open does not go out of sight behind the last of its records.
fn horizon(stratum: &Joined) -> Option<i64> {
    let curves: Vec<Curve> = stratum.cells.iter().filter_map(|cell| Curve::of(&cell.lifetimes)).collect();
    let watched = curves.iter().filter(|curve| curve.surviving(curve.longest()) > 0.0).map(Curve::longest).min();
    watched.or_else(|| curves.iter().map(Curve::longest).max())
}

fn restricted(stratum: &Joined, at: usize) -> Option<Restricted> {
    Some(Curve::of(&stratum.cells[at].lifetimes)?.restricted_mean(horizon(stratum)?))
}

/// How the suppliers at two places differ.
pub(super) fn contrast(spec: &Spec, mix: &Mix, one: (usize, &Evidence), two: (usize, &Evidence)) -> Contrast {
    let value = one.1.adjusted.value - two.1.adjusted.value;
    if let (Some(own), Some(others)) = (&one.1.replicates, &two.1.replicates) {
        let (interval, surprise) = difference(own, others);
        return Contrast { value, interval: interval.times(scale(spec)), surprise, agree: true };
    }
    let error = one.1.adjusted.error.hypot(two.1.adjusted.error);
    let interval = Interval::around(value, Z_95 * error);
    let lifetimes = |at: usize| mix.strata.iter().map(move |stratum| &stratum.cells[at].lifetimes[..]);
    let strata: Vec<(&[Lifetime], &[Lifetime])> = lifetimes(one.0).zip(lifetimes(two.0)).collect();
    if strata.iter().all(|(own, others)| own.is_empty() && others.is_empty()) {
        return Contrast { value, interval, surprise: two_sided(value, error), agree: true };
    }
    match log_rank(&strata) {
        // Who ends sooner has the smaller mean.
        Some(test) => {
            Contrast { value, interval, surprise: test.surprise, agree: (test.excess > 0.0) == (value < 0.0) }
        }
        None => Contrast { value, interval, surprise: 1.0, agree: true },
    }
}
