//! Means, shares and quantiles. Every function is exact up to one rounding, so that the order of the data cannot show.

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
