//! What a figure can be at worst and at best when something is not known (invariant: unknown is a value).
//!
//! No model of why it is unknown is assumed: whoever hides records may hide the bad ones.

use super::quantiles::{Share, nearest_rank};
use super::standardise::Rate;
use super::wilson::{Interval, Z_95, of_share};

/// Where the true value lies for sure, and where that of the process behind it lies with 95 %.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Bounds {
    /// All unknown records against the figure, all for it: contains the figure of all records for sure.
    pub certain: Interval,
    /// From the lower Wilson end of the worst to the upper one of the best.
    pub confident: Interval,
}

/// Bounds of a share of which `unknown` further records are not known, as shares of 1; `None` for no record at all.
pub fn share_bounds(known: Rate, unknown: u64) -> Option<Bounds> {
    let n = known.n + unknown;
    if n == 0 {
        return None;
    }
    let n = n as f64;
    let (worst, best) = (known.hits as f64 / n, (known.hits + unknown) as f64 / n);
    let confident = Interval { low: of_share(worst, n, Z_95).low, high: of_share(best, n, Z_95).high };
    Some(Bounds { certain: Interval { low: worst, high: best }, confident: confident.within(0.0, 1.0) })
}

/// Bounds of a quantile by nearest rank of which `unknown` further values are not known, but are not negative: all of
/// them zero, or all of them without end (`None`). The outer `None` is for no value at all.
pub fn quantile_bounds(sorted: &[i64], unknown: u64, share: Share) -> Option<(i64, Option<i64>)> {
    let n = sorted.len() as u128 + u128::from(unknown);
    let rank = (n * u128::from(share.parts)).div_ceil(u128::from(share.of)).max(1);
    if unknown == 0 {
        let value = nearest_rank(sorted, share)?;
        return Some((value, Some(value)));
    }
    let at = |rank: u128| sorted.get(usize::try_from(rank.checked_sub(1)?).ok()?).copied();
    let low = rank.checked_sub(u128::from(unknown)).filter(|rank| *rank > 0).and_then(at).unwrap_or(0);
    Some((low, at(rank)))
}

/// The share of records that are counted at the source and not held; 0 where more are held.
pub fn hidden_share(counted: u64, held: u64) -> f64 {
    if counted == 0 { 0.0 } else { counted.saturating_sub(held) as f64 / counted as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_records_widen_a_share_to_both_sides() {
        let bounds = share_bounds(Rate { hits: 90, n: 100 }, 25).unwrap();
        assert!((bounds.certain.low - 0.72).abs() < 1e-12 && (bounds.certain.high - 0.92).abs() < 1e-12, "{bounds:?}");
        assert!(bounds.confident.low < 0.72 && bounds.confident.high > 0.92);
        let known = share_bounds(Rate { hits: 90, n: 100 }, 0).unwrap();
        assert_eq!((known.certain.low, known.certain.high), (0.9, 0.9));
        assert_eq!(share_bounds(Rate::default(), 0), None);
        let nothing = share_bounds(Rate::default(), 7).unwrap();
        assert_eq!((nothing.certain.low, nothing.certain.high), (0.0, 1.0));
    }

    #[test]
    fn unknown_values_widen_a_quantile_and_too_many_open_it() {
        let median = Share { parts: 1, of: 2 };
        let ten: Vec<i64> = (1..=10).collect();
        assert_eq!(quantile_bounds(&ten, 0, median), Some((5, Some(5))));
        assert_eq!(quantile_bounds(&ten, 4, median), Some((3, Some(7))));
        assert_eq!(quantile_bounds(&ten, 10, median), Some((0, Some(10))));
        assert_eq!(quantile_bounds(&ten, 12, median), Some((0, None)));
        assert_eq!(quantile_bounds(&[], 0, median), None);
        assert_eq!(quantile_bounds(&[], 3, median), Some((0, None)));
        assert_eq!((hidden_share(10, 7), hidden_share(7, 10), hidden_share(0, 0)), (0.3, 0.0, 0.0));
    }
}
