//! Intervals and quantiles. Every function is exact up to one rounding, so that the order of the data cannot show.

/// The Wilson 95 % interval of `hits` out of `n`, both ends in percent; `None` for n = 0.
pub fn wilson_95(hits: u64, n: u64) -> Option<(f64, f64)> {
    const Z: f64 = 1.96;
    if n == 0 {
        return None;
    }
    let (n, share) = (n as f64, hits as f64 / n as f64);
    let scale = 1.0 + Z * Z / n;
    let centre = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / scale;
    Some(((centre - half).max(0.0) * 100.0, (centre + half).min(1.0) * 100.0))
}

/// A share of the data below a quantile, as a fraction: 9/10 has no exact double, and `ceil(0.9 n)` would show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// At most `of`.
    pub parts: u32,
    /// Never 0.
    pub of: u32,
}

/// One half.
pub const MEDIAN: Share = Share { parts: 1, of: 2 };
/// Nine tenths.
pub const P90: Share = Share { parts: 9, of: 10 };
/// Nineteen twentieths.
pub const P95: Share = Share { parts: 19, of: 20 };

/// The element `ceil(share n)`, counted from 1, of sorted data: a value that really occurred. `None` for no data.
pub fn nearest_rank(sorted: &[i64], share: Share) -> Option<i64> {
    let rank = (sorted.len() as u128 * u128::from(share.parts)).div_ceil(u128::from(share.of));
    sorted.get(usize::try_from(rank).ok()?.saturating_sub(1)).copied()
}

/// The quantile of sorted data with linear interpolation (Hyndman and Fan type 7, the default of numpy and R).
/// `None` for no data.
pub fn linear(sorted: &[i64], share: Share) -> Option<f64> {
    let steps = sorted.len().checked_sub(1)? as u128 * u128::from(share.parts);
    let of = u128::from(share.of);
    let at = usize::try_from(steps / of).ok()?;
    let rest = i128::try_from(steps % of).ok()?;
    let low = i128::from(*sorted.get(at)?);
    let high = i128::from(*sorted.get(at + 1).unwrap_or(&sorted[at]));
    Some((low * i128::from(share.of) + (high - low) * rest) as f64 / f64::from(share.of))
}

/// `sum / n`; `None` for n = 0.
pub fn mean(sum: i128, n: u64) -> Option<f64> {
    (n > 0).then(|| sum as f64 / n as f64)
}

/// `hits / n` in percent; `None` for n = 0.
pub fn percent(hits: u64, n: u64) -> Option<f64> {
    (n > 0).then(|| hits as f64 * 100.0 / n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of iso20000.md 7.3, which prints one decimal.
    #[test]
    fn wilson_intervals_are_those_of_the_reference() {
        for (hits, n, low, high) in [
            (10, 10, 72.2, 100.0),
            (9, 10, 59.6, 98.2),
            (20, 20, 83.9, 100.0),
            (27, 30, 74.4, 96.5),
            (45, 50, 78.6, 95.7),
            (95, 100, 88.8, 97.8),
            (180, 200, 85.1, 93.4),
            (900, 1000, 88.0, 91.7),
        ] {
            let (got_low, got_high) = wilson_95(hits, n).unwrap();
            assert!((got_low - low).abs() <= 0.05 + 1e-9, "{hits}/{n}: {got_low} is not {low}");
            assert!((got_high - high).abs() <= 0.05 + 1e-9, "{hits}/{n}: {got_high} is not {high}");
        }
        assert_eq!(wilson_95(0, 0), None);
        assert_eq!(wilson_95(0, 5).unwrap().0, 0.0);
    }

    /// numpy: `percentile(x, [50, 90])` of 1..=10 is 5.5 and 9.1; of [15, 20, 35, 40, 50] it is 35 and 46.
    #[test]
    fn quantiles_are_those_of_numpy_and_of_the_textbook() {
        let ten: Vec<i64> = (1..=10).collect();
        assert_eq!(linear(&ten, MEDIAN), Some(5.5));
        assert_eq!(linear(&ten, P90), Some(9.1));
        assert_eq!(nearest_rank(&ten, P90), Some(9));
        assert_eq!(nearest_rank(&ten, P95), Some(10));
        let five = [15, 20, 35, 40, 50];
        assert_eq!(linear(&five, MEDIAN), Some(35.0));
        assert_eq!(linear(&five, P90), Some(46.0));
        assert_eq!(nearest_rank(&five, P90), Some(50));
        assert_eq!(nearest_rank(&five, MEDIAN), Some(35));
        assert_eq!(linear(&[7], P90), Some(7.0));
        assert_eq!(nearest_rank(&[7], P90), Some(7));
        assert_eq!(linear(&[], P90), None);
        assert_eq!(nearest_rank(&[], P90), None);
    }

    #[test]
    fn nothing_has_no_mean_and_no_share() {
        assert_eq!(mean(0, 0), None);
        assert_eq!(percent(0, 0), None);
        assert_eq!(mean(7, 2), Some(3.5));
        assert_eq!(percent(1, 4), Some(25.0));
    }
}
