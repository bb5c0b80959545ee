//! The normal distribution and what exact binomials need beside it.

use std::f64::consts::{PI, SQRT_2};

/// P(Z ≤ z) of the standard normal distribution.
///
/// A series near zero (Abramowitz and Stegun 26.2.11) and a continued fraction in the tails (26.2.14).
pub fn normal_cdf(z: f64) -> f64 {
    if z > 0.0 { 1.0 - lower_tail(-z) } else { lower_tail(z) }
}

/// P(Z ≤ z) for z ≤ 0, without the loss that 1 - x has in a tail.
pub(super) fn lower_tail(z: f64) -> f64 {
    let x = -z;
    let density = (-x * x / 2.0).exp() / (2.0 * PI).sqrt();
    if x < 3.0 {
        let (mut term, mut sum, mut odd) = (x, x, 1.0);
        while term > sum * f64::EPSILON / 4.0 {
            odd += 2.0;
            term *= x * x / odd;
            sum += term;
        }
        return 0.5 - density * sum;
    }
    let fraction = (1..=120_u8).rev().fold(0.0, |rest, step| f64::from(step) / (x + rest));
    density / (x + fraction)
}

/// The z with P(Z ≤ z) = share, found by halving; shares outside of (0, 1) give the infinities.
pub fn normal_quantile(share: f64) -> f64 {
    if share <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if share >= 1.0 {
        return f64::INFINITY;
    }
    if share > 0.5 {
        // 1 - share is exact for a share of at least one half.
        return -normal_quantile(1.0 - share);
    }
    halve(-40.0, 0.0, |z| lower_tail(z) < share)
}

/// Where a condition that holds at `low` and not at `high` changes, to the last bit.
pub(super) fn halve(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = low.midpoint(high);
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) { low = middle } else { high = middle }
    }
    low.midpoint(high)
}

/// The error of a square: P(|Z| ≥ |z|).
pub(super) fn both_tails(z: f64) -> f64 {
    (2.0 * lower_tail(-z.abs())).min(1.0)
}

/// ln Γ(x) for x > 0, after Lanczos (g = 7, 9 terms); about 15 digits.
pub(super) fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (PI / (PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let mut at = 0.0;
    let series = TERMS.iter().fold(0.999_999_999_999_809_9, |sum, term| {
        at += 1.0;
        sum + term / (x + at)
    });
    let t = x + 7.5;
    (SQRT_2 * PI.sqrt()).ln() + (x + 0.5) * t.ln() - t + series.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17: `norm.sf` and `norm.ppf`.
    #[test]
    fn the_normal_distribution_is_that_of_scipy() {
        for (z, tail) in [
            (0.0, 0.5),
            (0.5, 0.308_537_538_725_986_9),
            (1.0, 0.158_655_253_931_457_07),
            (1.96, 0.024_997_895_148_220_435),
            (3.0, 0.001_349_898_031_630_093_3),
            (5.0, 2.866_515_718_791_933e-7),
            (8.0, 6.220_960_574_271_74e-16),
        ] {
            let got = lower_tail(-z);
            assert!((got / tail - 1.0).abs() < 1e-11, "{z}: {got} is not {tail}");
            assert!((normal_cdf(z) - (1.0 - tail)).abs() < 1e-14, "{z}");
        }
        for (share, z) in [
            (0.975, 1.959_963_984_540_054),
            (0.999, 3.090_232_306_167_813),
            (0.95, 1.644_853_626_951_472_2),
            (0.5, 0.0),
            (0.0001, -3.719_016_485_455_680_4),
        ] {
            let got = normal_quantile(share);
            assert!((got - z).abs() < 1e-11, "{share}: {got} is not {z}");
        }
    }

    #[test]
    fn the_gamma_function_is_a_factorial() {
        let mut ln_factorial = 0.0;
        for n in 1..=170_u8 {
            ln_factorial += f64::from(n).ln();
            assert!((ln_gamma(f64::from(n) + 1.0) - ln_factorial).abs() < 1e-11, "{n}");
        }
    }
}
