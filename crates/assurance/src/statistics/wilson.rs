//! The interval of a share after Wilson (1927), as printed in 7.3.

use super::quantiles::Share;

/// The normal quantile that goes with 95 %, as the reference rounds it.
pub const Z_95: f64 = 1.96;

/// From `low` to `high`, both in the unit of what they are about.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// `centre - half` to `centre + half`.
    pub fn around(centre: f64, half: f64) -> Self {
        Self { low: centre - half, high: centre + half }
    }

    /// Whether a value lies in it, its ends included.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Whether the two have a value in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }

    /// Half of its width.
    pub fn half(self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Cut off at the ends of a scale.
    #[must_use]
    pub fn within(self, low: f64, high: f64) -> Self {
        Self { low: self.low.max(low), high: self.high.min(high) }
    }

    /// Both ends times a factor that is not negative.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { low: self.low * factor, high: self.high * factor }
    }

    /// The same on the other side of zero.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { low: -self.high, high: -self.low }
    }
}

/// The Wilson interval of `hits` out of `n`, as shares of 1; `None` for n = 0.
///
/// `centre = (p + z²/2n) / (1 + z²/n)`, `half = z √(p (1 - p)/n + z²/4n²) / (1 + z²/n)`.
pub fn wilson(hits: u64, n: u64, z: f64) -> Option<Interval> {
    (n > 0).then(|| of_share(hits as f64 / n as f64, n as f64, z).within(0.0, 1.0))
}

/// The Wilson 95 % interval of `hits` out of `n`, both ends in percent; `None` for n = 0.
pub fn wilson_95(hits: u64, n: u64) -> Option<(f64, f64)> {
    wilson(hits, n, Z_95).map(|interval| (interval.low * 100.0, interval.high * 100.0))
}

/// Records needed until the Wilson 95 % interval of a share is no wider than `half` on each side (7.3).
/// `None` where no number up to 2⁴⁰ suffices.
pub fn sample_for_half_width(share: Share, half: f64) -> Option<u64> {
    let p = f64::from(share.parts) / f64::from(share.of);
    let suffices = |n: u64| of_share(p, n as f64, Z_95).half() <= half;
    let (mut few, mut enough) = (0_u64, 1_u64 << 40);
    if !suffices(enough) {
        return None;
    }
    while enough - few > 1 {
        let middle = few.midpoint(enough);
        if suffices(middle) { enough = middle } else { few = middle }
    }
    Some(enough)
}

/// The interval before it is cut off at 0 and 1; neither `n` nor the hits behind `share` need be whole.
pub(super) fn of_share(share: f64, n: f64, z: f64) -> Interval {
    let scale = 1.0 + z * z / n;
    let centre = (share + z * z / (2.0 * n)) / scale;
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt() / scale;
    Interval::around(centre, half)
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

    /// The line below the table of iso20000.md 7.3.
    #[test]
    fn the_records_needed_for_a_half_width_are_those_of_the_reference() {
        let shares = [(5, 10), (8, 10), (9, 10), (95, 100)].map(|(parts, of)| Share { parts, of });
        for (half, expected) in [(0.05, [381, 245, 141, 83]), (0.10, [93, 60, 37, 25])] {
            assert_eq!(shares.map(|share| sample_for_half_width(share, half).unwrap()), expected);
        }
        assert_eq!(sample_for_half_width(shares[0], 0.0), None);
    }
}
