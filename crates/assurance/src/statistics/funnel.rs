//! Funnel limits: who differs from a target by more than chance explains (7.3), without a league table.

use super::binomial::{at_least, cumulative};
use super::normal::normal_quantile;
use super::standardise::Rate;
use super::wilson::Interval;

/// Below this the limits are those of the exact binomial distribution.
const EXACT_BELOW: u64 = 50;

/// A funnel around a share that is given, such as a target or the share of all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Funnel {
    /// Between 0 and 1.
    pub centre: f64,
    /// By what factor shares vary more than chance explains; never below 1.
    pub overdispersion: f64,
}

/// Hits and records of one supplier.
pub type Unit = Rate;

/// Where a supplier stands in a funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Between the limits.
    Within,
    /// Outside of 95 %: worth a look.
    Look,
    /// Outside of 99.8 %: worth a talk.
    Flag,
}

impl Funnel {
    /// The limits for `n` records that hold `within` of the suppliers who differ by chance only, as shares; `None` for
    /// n = 0.
    ///
    /// From 50 records on `centre ± z √(φ centre (1 - centre) / n)`. Below, the smallest and largest share that is not
    /// in a tail of `(1 - within) / 2`, or the normal limits widened by φ where those are wider.
    pub fn limits(&self, n: u64, within: f64) -> Option<Interval> {
        if n == 0 {
            return None;
        }
        if n >= EXACT_BELOW {
            return Some(self.normal_limits(n, within));
        }
        let tail = (1.0 - within) / 2.0;
        let low = (0..=n).find(|hits| cumulative(*hits, n, self.centre) > tail).unwrap_or(n);
        let high = (0..=n).rev().find(|hits| at_least(*hits, n, self.centre) > tail).unwrap_or(0);
        let exact = Interval { low: low as f64 / n as f64, high: high as f64 / n as f64 };
        if self.overdispersion <= 1.0 {
            return Some(exact);
        }
        let wide = self.normal_limits(n, within);
        Some(Interval { low: exact.low.min(wide.low), high: exact.high.max(wide.high) })
    }

    /// The limits of the normal approximation, whatever the number.
    pub fn normal_limits(&self, n: u64, within: f64) -> Interval {
        let z = normal_quantile(f64::midpoint(1.0, within));
        let half = z * (self.overdispersion.max(1.0) * self.centre * (1.0 - self.centre) / n as f64).sqrt();
        Interval::around(self.centre, half).within(0.0, 1.0)
    }

    /// Where a supplier stands; `None` for n = 0.
    pub fn signal(&self, unit: Unit) -> Option<Signal> {
        let share = unit.share()?;
        if !self.limits(unit.n, 0.998)?.contains(share) {
            return Some(Signal::Flag);
        }
        if self.limits(unit.n, 0.95)?.contains(share) { Some(Signal::Within) } else { Some(Signal::Look) }
    }
}

/// By what factor the shares of several suppliers vary more than chance explains, after Spiegelhalter (2005): the mean
/// of the squared z-scores around the centre, the outer tenth on each side pulled in. 1 for fewer than five suppliers,
/// which tell nothing about it, and never below 1.
pub fn overdispersion(units: &[Unit], centre: f64) -> f64 {
    let spread = (centre * (1.0 - centre)).sqrt();
    let score = |unit: &Unit| Some((unit.share()? - centre) * (unit.n as f64).sqrt() / spread);
    let mut scores: Vec<f64> = units.iter().filter_map(score).filter(|score| score.is_finite()).collect();
    if scores.len() < 5 {
        return 1.0;
    }
    scores.sort_unstable_by(f64::total_cmp);
    let pulled = scores.len().div_ceil(10);
    let (low, high) = (scores[pulled.min(scores.len() - 1)], scores[scores.len() - 1 - pulled]);
    let squares: f64 = scores.iter().map(|score| score.clamp(low, high).powi(2)).sum();
    (squares / scores.len() as f64).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: Funnel = Funnel { centre: 0.95, overdispersion: 1.0 };

    /// The table of iso20000.md 7.3, which shows the normal limits and prints one decimal.
    #[test]
    fn funnel_limits_are_those_of_the_reference() {
        for (n, look, flag) in [
            (10, 81.5, 73.7),
            (20, 85.4, 79.9),
            (50, 89.0, 85.5),
            (100, 90.7, 88.3),
            (200, 92.0, 90.2),
            (500, 93.1, 92.0),
            (1000, 93.6, 92.9),
        ] {
            for (within, percent) in [(0.95, look), (0.998, flag)] {
                let got = TARGET.normal_limits(n, within).low * 100.0;
                assert!((got - percent).abs() <= 0.05 + 1e-9, "{n}: {got} is not {percent}");
                if n >= EXACT_BELOW {
                    assert_eq!(TARGET.limits(n, within), Some(TARGET.normal_limits(n, within)));
                }
            }
        }
    }

    /// P(X ≤ 7) of 10 at 95 % is 1.15 %, P(X ≤ 6) 0.103 %, P(X ≤ 5) 0.006 %: 8 is the first within 95 %, 6 the first
    /// within 99.8 %.
    #[test]
    fn small_numbers_are_judged_exactly() {
        assert_eq!(TARGET.limits(10, 0.95).map(|limits| (limits.low, limits.high)), Some((0.8, 1.0)));
        assert_eq!(TARGET.limits(10, 0.998).map(|limits| limits.low), Some(0.6));
        let signal = |hits| TARGET.signal(Rate { hits, n: 10 });
        assert_eq!([5, 6, 8, 10].map(signal), [Signal::Flag, Signal::Look, Signal::Within, Signal::Within].map(Some));
        assert_eq!(TARGET.signal(Rate { hits: 0, n: 0 }), None);
    }

    #[test]
    fn shares_that_scatter_more_than_chance_widen_the_funnel() {
        let scattered: Vec<Rate> = [80, 85, 99, 100, 90, 100].map(|hits| Rate { hits, n: 100 }).into();
        let factor = overdispersion(&scattered, 0.92);
        assert!(factor > 2.0, "{factor}");
        let wide = Funnel { centre: 0.95, overdispersion: factor };
        assert!(wide.limits(100, 0.95).unwrap().low < TARGET.limits(100, 0.95).unwrap().low);
        assert!(wide.limits(20, 0.95).unwrap().low < TARGET.limits(20, 0.95).unwrap().low);
        assert_eq!(overdispersion(&scattered[..4], 0.92), 1.0);
        assert_eq!(overdispersion(&[Rate { hits: 92, n: 100 }; 8], 0.92), 1.0);
        assert_eq!(overdispersion(&[Rate { hits: 9, n: 9 }; 8], 1.0), 1.0);
    }
}
