//! The exact binomial distribution: for few records, and where an interval must not promise too much.

use super::normal::{halve, ln_gamma};
use super::wilson::Interval;

/// P(X ≤ hits) for X out of `n` with probability `share` each.
///
/// It is the regularised incomplete beta function I₁₋ₚ(n - k, k + 1), whose continued fraction converges in about √n
/// steps: no sum over n terms.
pub fn cumulative(hits: u64, n: u64, share: f64) -> f64 {
    if hits >= n || share <= 0.0 {
        return 1.0;
    }
    if share >= 1.0 {
        return 0.0;
    }
    incomplete_beta(1.0 - share, (n - hits) as f64, hits as f64 + 1.0)
}

/// P(X ≥ hits).
pub(super) fn at_least(hits: u64, n: u64, share: f64) -> f64 {
    match hits.checked_sub(1) {
        None => 1.0,
        Some(_) if hits > n || share <= 0.0 => 0.0,
        Some(_) if share >= 1.0 => 1.0,
        Some(below) => incomplete_beta(share, hits as f64, (n - below) as f64),
    }
}

/// The interval after Clopper and Pearson (1934): it contains the true share in at least `confidence` of all cases,
/// where Wilson's does so on average. `None` for n = 0 or more hits than records.
pub fn clopper_pearson(hits: u64, n: u64, confidence: f64) -> Option<Interval> {
    if n == 0 || hits > n {
        return None;
    }
    let tail = (1.0 - confidence) / 2.0;
    let low = if hits == 0 { 0.0 } else { halve(0.0, 1.0, |share| at_least(hits, n, share) < tail) };
    Some(Interval { low, high: upper(hits, n, tail) })
}

/// The one-sided upper bound of a rate of exceptions of which `hits` were found in a sample of `n`: with `confidence`,
/// the rate is not higher (6.3; with no exception `1 - (1 - confidence)^(1/n)`). `None` as above.
pub fn upper_bound(hits: u64, n: u64, confidence: f64) -> Option<f64> {
    (n > 0 && hits <= n).then(|| upper(hits, n, 1.0 - confidence))
}

fn upper(hits: u64, n: u64, tail: f64) -> f64 {
    if hits == n { 1.0 } else { halve(0.0, 1.0, |share| cumulative(hits, n, share) > tail) }
}

/// Iₓ(a, b) by Lentz' continued fraction (DLMF 8.17.22).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    let ln_front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    if x < (a + 1.0) / (a + b + 2.0) {
        (ln_front.exp() * fraction(x, a, b) / a).clamp(0.0, 1.0)
    } else {
        (1.0 - ln_front.exp() * fraction(1.0 - x, b, a) / b).clamp(0.0, 1.0)
    }
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    /// Enough for a + b up to 10⁸; more terms would change nothing that is printed.
    const MOST: u32 = 20_000;
    const TINY: f64 = 1e-300;
    let kept = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / kept(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for step in 1..=MOST {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / kept(1.0 + even * d);
        c = kept(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / kept(1.0 + odd * d);
        c = kept(1.0 + odd / c);
        value *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17: `binom.cdf` and `binomtest(k, n).proportion_ci(method="exact")`.
    #[test]
    fn exact_binomials_are_those_of_scipy() {
        for (hits, n, share, expected) in [
            (46, 49, 0.95, 0.446_274_386_986_650_23),
            (40, 49, 0.95, 0.000_648_448_840_373_903_5),
            (3, 10, 0.3, 0.649_610_718_400_000_2),
            (500, 1000, 0.5, 0.512_612_509_089_180_2),
        ] {
            let got = cumulative(hits, n, share);
            assert!((got / expected - 1.0).abs() < 1e-9, "{hits}/{n}: {got} is not {expected}");
            assert!((got + at_least(hits + 1, n, share) - 1.0).abs() < 1e-12);
        }
        for (hits, n, low, high) in [
            (0, 10, 0.0, 0.308_497_107_818_762_6),
            (9, 10, 0.554_983_882_971_804_7, 0.997_471_421_455_537_5),
            (10, 10, 0.691_502_892_181_237_1, 1.0),
            (5, 20, 0.086_571_469_101_434_55, 0.491_045_871_707_957_55),
            (27, 30, 0.734_711_549_525_791_9, 0.978_882_862_970_277_4),
            (900, 1000, 0.879_712_063_481_306_3, 0.917_894_665_644_42),
        ] {
            let got = clopper_pearson(hits, n, 0.95).unwrap();
            assert!((got.low - low).abs() < 1e-9 && (got.high - high).abs() < 1e-9, "{hits}/{n}: {got:?}");
        }
        assert_eq!((clopper_pearson(0, 0, 0.95), clopper_pearson(3, 2, 0.95)), (None, None));
    }

    /// The last line of iso20000.md 6.3, which prints one decimal.
    #[test]
    fn upper_bounds_with_few_exceptions_are_those_of_the_reference() {
        for (n, expected) in [(25, [11.3, 17.6, 23.1]), (40, [7.2, 11.3, 14.9]), (60, [4.9, 7.7, 10.1])] {
            for (hits, percent) in (0_u64..).zip(expected) {
                let got = upper_bound(hits, n, 0.95).unwrap() * 100.0;
                assert!((got - percent).abs() <= 0.05 + 1e-9, "{hits}/{n}: {got} is not {percent}");
            }
        }
        let closed = 1.0 - 0.05_f64.powf(1.0 / 25.0);
        assert!((upper_bound(0, 25, 0.95).unwrap() - closed).abs() < 1e-12);
        assert_eq!(upper_bound(3, 3, 0.95), Some(1.0));
    }
}
