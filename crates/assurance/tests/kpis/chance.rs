//! Chance for tests, from a seed that they print.

/// SplitMix64.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Between 0 and 1, never either.
    pub(crate) fn share(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
    }

    pub(crate) fn is(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// How many of `n` come true.
    pub(crate) fn hits(&mut self, n: u64, share: f64) -> u64 {
        (0..n).filter(|_| self.is(share)).count() as u64
    }

    /// A duration as they are in tickets: most short, some very long. Its median is `median`.
    pub(crate) fn duration(&mut self, median: f64) -> i64 {
        let normal = (-2.0 * self.share().ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos();
        (median * (1.2 * normal).exp()) as i64 + 1
    }
}
