//! Durations of which some have not ended: what is open is censored, not left out (4.1, 7.3).

use super::many::two_sided;
use super::quantiles::{Share, nearest_rank};
use super::wilson::{Interval, Z_95};

/// A duration as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lifetime {
    /// Milliseconds until it ended, or until it was last seen not to have ended.
    pub millis: i64,
    /// Whether it had ended then.
    pub ended: bool,
}

/// The curve after Kaplan and Meier (1958): the share that has not ended yet, by duration.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    steps: Vec<Step>,
    longest: i64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    millis: i64,
    at_risk: u64,
    ended: u64,
    /// Behind the step.
    surviving: f64,
    /// Greenwood's sum up to here: `Σ d / (n (n - d))`.
    greenwood: f64,
}

/// The mean of durations, each cut off at a horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Restricted {
    /// Milliseconds.
    pub mean: f64,
    /// Of the mean.
    pub variance: f64,
}

impl Curve {
    /// Of lifetimes in any order; `None` for none.
    pub fn of(lifetimes: &[Lifetime]) -> Option<Self> {
        let mut sorted = lifetimes.to_vec();
        sorted.sort_unstable();
        let longest = sorted.last()?.millis;
        let (mut steps, mut surviving, mut greenwood) = (Vec::new(), 1.0, 0.0);
        let mut at_risk = sorted.len() as u64;
        for group in sorted.chunk_by(|one, two| one.millis == two.millis) {
            let ended = group.iter().filter(|lifetime| lifetime.ended).count() as u64;
            if ended > 0 {
                surviving *= (at_risk - ended) as f64 / at_risk as f64;
                if at_risk > ended {
                    greenwood += ended as f64 / (at_risk as f64 * (at_risk - ended) as f64);
                }
                steps.push(Step { millis: group[0].millis, at_risk, ended, surviving, greenwood });
            }
            at_risk -= group.len() as u64;
        }
        Some(Self { steps, longest })
    }

    /// The share that has not ended after this long.
    pub fn surviving(&self, millis: i64) -> f64 {
        self.steps.iter().take_while(|step| step.millis <= millis).last().map_or(1.0, |step| step.surviving)
    }

    /// The first duration after which at least this share has ended; `None` where so many had not ended when last seen.
    pub fn quantile(&self, share: Share) -> Option<i64> {
        let left = f64::from(share.of - share.parts) / f64::from(share.of);
        self.steps.iter().find(|step| step.surviving <= left + 1e-12).map(|step| step.millis)
    }

    /// The 95 % interval of a quantile after Brookmeyer and Crowley (1982), on the scale of log(-log S). The upper end is
    /// `None` where the curve does not come down far enough.
    pub fn quantile_interval(&self, share: Share) -> Option<(i64, Option<i64>)> {
        let left = f64::from(share.of - share.parts) / f64::from(share.of);
        let aim = (-left.ln()).ln();
        let score = |step: &Step| {
            let log = step.surviving.ln();
            ((-log).ln() - aim) / (step.greenwood.sqrt() / -log)
        };
        // A curve that has come down to zero is beyond every quantile.
        let beyond = |step: &Step, bound: f64| step.surviving <= 0.0 || score(step) > bound;
        let low = self.steps.iter().find(|step| beyond(step, -Z_95))?.millis;
        let high = self.steps.iter().find(|step| beyond(step, Z_95)).map(|step| step.millis);
        Some((low, high))
    }

    /// The longest duration that was seen, ended or not: no horizon lies beyond it.
    pub fn longest(&self) -> i64 {
        self.longest
    }

    /// The area below the curve up to a horizon, with its variance `Σ (area behind the step)² d / (n (n - d))`.
    pub fn restricted_mean(&self, horizon: i64) -> Restricted {
        let inside: Vec<&Step> = self.steps.iter().filter(|step| step.millis < horizon).collect();
        let (mut behind, mut variance, mut end) = (0.0, 0.0, horizon);
        for step in inside.iter().rev() {
            behind += step.surviving * (end - step.millis) as f64;
            end = step.millis;
            if step.at_risk > step.ended {
                let (n, d) = (step.at_risk as f64, step.ended as f64);
                variance += behind * behind * d / (n * (n - d));
            }
        }
        Restricted { mean: behind + end as f64, variance }
    }
}

/// What a log-rank test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// Ends of the first sample beyond those expected if both ended alike: above zero, the first ends sooner.
    pub excess: f64,
    /// How surprising that is if both end alike.
    pub surprise: f64,
}

/// The log-rank test of two samples, stratified: each pair is one stratum (Mantel 1966). `None` where nothing ended
/// while both had something at risk.
pub fn log_rank(strata: &[(&[Lifetime], &[Lifetime])]) -> Option<Compared> {
    let (mut excess, mut variance) = (0.0, 0.0);
    for (one, two) in strata {
        let mut both: Vec<(Lifetime, bool)> = one.iter().map(|lifetime| (*lifetime, true)).collect();
        both.extend(two.iter().map(|lifetime| (*lifetime, false)));
        both.sort_unstable();
        let (mut at_risk, mut own) = (both.len() as f64, one.len() as f64);
        for group in both.chunk_by(|(one, _), (two, _)| one.millis == two.millis) {
            let ended = group.iter().filter(|(lifetime, _)| lifetime.ended).count() as f64;
            let own_ended = group.iter().filter(|(lifetime, first)| lifetime.ended && *first).count() as f64;
            if ended > 0.0 && at_risk > 1.0 {
                let share = own / at_risk;
                excess += own_ended - ended * share;
                variance += ended * share * (1.0 - share) * (at_risk - ended) / (at_risk - 1.0);
            }
            at_risk -= group.len() as f64;
            own -= group.iter().filter(|(_, first)| *first).count() as f64;
        }
    }
    (variance > 0.0).then(|| Compared { excess, surprise: two_sided(excess, variance.sqrt()) })
}

/// The least and the greatest that a quantile can turn out to be, whatever becomes of what is open: all of it ending now,
/// or none of it ever (`None`). Nearest rank; the outer `None` is for no lifetimes.
pub fn between_open_bounds(lifetimes: &[Lifetime], share: Share) -> Option<(i64, Option<i64>)> {
    let sorted = |pick: &dyn Fn(&Lifetime) -> i64| {
        let mut values: Vec<i64> = lifetimes.iter().map(pick).collect();
        values.sort_unstable();
        nearest_rank(&values, share)
    };
    let low = sorted(&|lifetime| lifetime.millis)?;
    let high = sorted(&|lifetime| if lifetime.ended { lifetime.millis } else { i64::MAX })?;
    Some((low, Some(high).filter(|high| *high < i64::MAX)))
}

impl Restricted {
    /// The 95 % interval of the mean.
    pub fn interval(self) -> Interval {
        Interval::around(self.mean, Z_95 * self.variance.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{MEDIAN, P90};

    /// Freireich and others (1963), the textbook's remission times in weeks; a minus is censored.
    fn treated() -> Vec<Lifetime> {
        let weeks = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35_i64];
        weeks.map(|week| Lifetime { millis: week.abs(), ended: week > 0 }).into()
    }

    fn placebo() -> Vec<Lifetime> {
        let weeks = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23];
        weeks.map(|millis| Lifetime { millis, ended: true }).into()
    }

    /// scipy 1.17: `ecdf`, its log-log bands, and `logrank`.
    #[test]
    fn the_textbook_trial_comes_out_as_in_the_textbook() {
        let curve = Curve::of(&treated()).unwrap();
        for (week, share) in
            [(5, 1.0), (6, 0.857_142_857), (10, 0.752_941_176), (22, 0.537_815_126), (40, 0.448_179_272)]
        {
            assert!((curve.surviving(week) - share).abs() < 1e-8, "{week}");
        }
        assert_eq!((curve.quantile(MEDIAN), curve.quantile(P90)), (Some(23), None));
        assert_eq!(curve.quantile_interval(MEDIAN), Some((13, None)));
        let other = Curve::of(&placebo()).unwrap();
        assert_eq!((other.quantile(MEDIAN), other.quantile_interval(MEDIAN)), (Some(8), Some((4, Some(11)))));
        assert!((curve.restricted_mean(35).mean - 23.287_394_957_983_192).abs() < 1e-9);
        assert!((curve.restricted_mean(20).mean - 16.116_526_610_644_257).abs() < 1e-9);
        assert!((other.restricted_mean(20).mean - 8.428_571_428_571_429).abs() < 1e-9);

        let test = log_rank(&[(&placebo(), &treated())]).unwrap();
        assert!(test.excess > 0.0, "the placebo ends sooner");
        assert!((test.surprise / 4.168_809_109_334_529e-5 - 1.0).abs() < 1e-9, "{test:?}");
        let turned = log_rank(&[(&treated(), &placebo())]).unwrap();
        assert!((turned.excess + test.excess).abs() < 1e-9 && (turned.surprise - test.surprise).abs() < 1e-12);
    }

    /// Where everything has ended the restricted mean is the mean, and its variance that of a mean.
    #[test]
    fn without_anything_open_it_is_the_mean() {
        let values = [2_i64, 4, 6, 8];
        let all: Vec<Lifetime> = values.map(|millis| Lifetime { millis, ended: true }).into();
        let restricted = Curve::of(&all).unwrap().restricted_mean(100);
        assert!((restricted.mean - 5.0).abs() < 1e-12);
        let population_variance = values.iter().map(|value| (*value as f64 - 5.0).powi(2)).sum::<f64>() / 4.0;
        assert!((restricted.variance - population_variance / 4.0).abs() < 1e-12, "{restricted:?}");
        assert_eq!((Curve::of(&[]), log_rank(&[])), (None, None));
    }

    #[test]
    fn what_is_open_bounds_the_quantile_on_both_sides() {
        let some: Vec<Lifetime> = [(1, true), (2, true), (3, false), (4, true), (9, false)]
            .map(|(millis, ended)| Lifetime { millis, ended })
            .into();
        assert_eq!(between_open_bounds(&some, MEDIAN), Some((3, Some(4))));
        assert_eq!(between_open_bounds(&some, P90), Some((9, None)));
        assert_eq!(between_open_bounds(&[], P90), None);
    }
}
