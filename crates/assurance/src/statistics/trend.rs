//! Control limits of one supplier over time (7.3): what is only noise, month by month.

use super::standardise::Rate;
use super::wilson::Interval;

/// A period and its limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Where it would be on average.
    pub centre: f64,
    /// Three standard deviations to both sides.
    pub limits: Interval,
    /// Whether the period lies outside. One signal is a question; only the second one is escalated.
    pub signal: bool,
}

/// The p-chart of a share over periods with different numbers: `p̄ ± 3 √(p̄ (1 - p̄) / n)`, as shares. `None` for a
/// period without records.
pub fn p_chart(periods: &[Rate]) -> Vec<Option<Limits>> {
    let all = periods.iter().fold(Rate::default(), |sum, one| Rate { hits: sum.hits + one.hits, n: sum.n + one.n });
    let Some(centre) = all.share() else { return vec![None; periods.len()] };
    let of = |period: &Rate| {
        let half = 3.0 * (centre * (1.0 - centre) / period.n as f64).sqrt();
        let share = period.share()?;
        let limits = Interval::around(centre, half).within(0.0, 1.0);
        Some(Limits { centre, limits, signal: !limits.contains(share) })
    };
    periods.iter().map(of).collect()
}

/// The chart of single values and moving ranges (XmR): `x̄ ± 2.66 mean moving range`. Empty for fewer than two values,
/// which do not tell how far they move.
pub fn xmr(values: &[f64]) -> Vec<Limits> {
    if values.len() < 2 {
        return Vec::new();
    }
    let centre = values.iter().sum::<f64>() / values.len() as f64;
    let moved: f64 = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
    let limits = Interval::around(centre, 2.66 * moved / (values.len() - 1) as f64);
    values.iter().map(|value| Limits { centre, limits, signal: !limits.contains(*value) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_no_signal_and_a_fall_is() {
        let month = |hits| Rate { hits, n: 100 };
        let mut months = vec![month(95), month(93), month(96), month(94), month(97), month(95)];
        assert!(p_chart(&months).iter().all(|limits| !limits.unwrap().signal));
        months.push(month(70));
        let signals: Vec<bool> = p_chart(&months).iter().map(|limits| limits.unwrap().signal).collect();
        assert_eq!(signals.iter().filter(|signal| **signal).count(), 1);
        assert!(signals[6]);
        assert_eq!(p_chart(&[Rate::default()]), [None]);
        assert!(p_chart(&[Rate::default(), month(95)])[0].is_none());
    }

    /// Worked by hand: mean 10, moving ranges 1, 2, 1: mean 4/3, limits 10 ± 3.5467.
    #[test]
    fn single_values_have_the_limits_of_their_moves() {
        let limits = xmr(&[10.0, 11.0, 9.0, 10.0]);
        assert!((limits[0].limits.high - (10.0 + 2.66 * 4.0 / 3.0)).abs() < 1e-12);
        assert!(limits.iter().all(|one| !one.signal));
        assert!(xmr(&[10.0, 11.0, 9.0, 10.0, 10.0, 11.0, 10.0, 9.0, 10.0, 30.0])[9].signal);
        assert!(xmr(&[1.0]).is_empty());
    }
}
