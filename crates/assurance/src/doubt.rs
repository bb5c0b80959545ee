//! How far off a figure may be for what is not known about its records. No model of why it is unknown is assumed: each
//! record that is in doubt is taken as it is worst, and as it is best, for the figure.

use crate::statistics::{Share, mean, percent};

/// What is not known about the records of one figure.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Doubt {
    /// Counted, and perhaps not in the cohort or, where amounts are times, with another one.
    pub(crate) counted: u64,
    /// The sum of what they added.
    pub(crate) counted_total: i128,
    /// Counted, and perhaps with another amount.
    pub(crate) changed: u64,
    /// The sum of what they added.
    pub(crate) changed_total: i128,
    /// Not counted, and perhaps in the cohort with whatever amount.
    pub(crate) open: u64,
    /// Not counted, and perhaps in the cohort with not more than [`Doubt::ceiling`].
    pub(crate) limited: u64,
    /// The most that one of those can add.
    pub(crate) ceiling: i64,
}

/// From a value to another; the upper one may be infinite.
pub(crate) type Range = (f64, f64);

impl Doubt {
    /// Whether there is none.
    pub(crate) fn is_none(&self) -> bool {
        self.counted == 0 && self.changed == 0 && self.missing() == 0
    }

    /// Records that may be missing in the figure.
    pub(crate) fn missing(&self) -> u64 {
        self.open + self.limited
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.counted += other.counted;
        self.counted_total += other.counted_total;
        self.changed += other.changed;
        self.changed_total += other.changed_total;
        self.open += other.open;
        self.limited += other.limited;
        self.ceiling = self.ceiling.max(other.ceiling);
    }

    /// A record that is not counted.
    pub(crate) fn add(&mut self, at_most: Option<i64>) {
        match at_most {
            Some(amount) => {
                self.limited += 1;
                self.ceiling = self.ceiling.max(amount);
            }
            None => self.open += 1,
        }
    }

    /// Of a number of records.
    pub(crate) fn number(&self, n: u64) -> Range {
        ((n - self.counted.min(n)) as f64, (n + self.missing()) as f64)
    }

    /// Of a share in percent, where a hit adds 1. Whoever is counted in doubt may be no member, and whoever may have another
    /// amount may be the opposite of what it is counted for.
    pub(crate) fn rate(&self, hits: u64, n: u64) -> Option<Range> {
        let split = |all: u64, hits: i128| {
            let hits = u64::try_from(hits).unwrap_or(0).min(all);
            (hits, all - hits)
        };
        let (member_hits, member_others) = split(self.counted, self.counted_total);
        let (changed_hits, changed_others) = split(self.changed, self.changed_total);
        let missing = self.missing();
        let low = percent(hits.saturating_sub(member_hits + changed_hits), n.saturating_sub(member_hits) + missing);
        let high = percent(hits + changed_others + missing, n.saturating_sub(member_others) + missing);
        (n + missing > 0).then_some((low.unwrap_or(0.0), high.unwrap_or(100.0).min(100.0)))
    }

    /// Of a mean of amounts that are not negative.
    pub(crate) fn mean(&self, total: i128, n: u64) -> Option<Range> {
        let low = mean(total - self.counted_total - self.changed_total, n + self.missing())?;
        if self.counted > 0 || self.changed > 0 || self.open > 0 {
            return Some((low, f64::INFINITY));
        }
        let with_all = mean(total + i128::from(self.ceiling) * i128::from(self.limited), n + self.limited);
        let high = [mean(total, n), with_all].into_iter().flatten().fold(low, f64::max);
        Some((low, high))
    }

    /// Of a quantile, linear between two of the sorted amounts, none of which is negative.
    pub(crate) fn quantile(&self, sorted: &[i64], share: Share) -> Option<Range> {
        let n = sorted.len();
        let doubtful = usize::try_from(self.counted + self.changed).unwrap_or(usize::MAX).min(n);
        let missing = usize::try_from(self.missing()).unwrap_or(usize::MAX);
        if n.saturating_add(missing) == 0 {
            return None;
        }
        // At best the largest are in doubt, and everything in doubt is nothing.
        let (kept, nothing) = (&sorted[..n - doubtful], doubtful.saturating_add(missing));
        let low = between(nothing.saturating_add(kept.len()), share, |at| {
            if at < nothing { 0.0 } else { kept[at - nothing] as f64 }
        });
        // At worst the smallest are, and everything in doubt is as long as it can be.
        let kept = &sorted[doubtful..];
        let limited = usize::try_from(self.limited).unwrap_or(usize::MAX);
        let open = usize::try_from(self.open).unwrap_or(usize::MAX).saturating_add(doubtful);
        let all = kept.len().saturating_add(limited).saturating_add(open);
        // Those with a ceiling stand where it is among the others.
        let place = kept.partition_point(|amount| *amount <= self.ceiling);
        let high = between(all, share, |at| match at {
            at if at < place => kept[at] as f64,
            at if at < place + limited => self.ceiling as f64,
            at if at < kept.len() + limited => kept[at - limited] as f64,
            _ => f64::INFINITY,
        });
        // None of them need be a member: without those of the ceiling it may be higher.
        let without =
            between(kept.len() + open, share, |at| kept.get(at).map_or(f64::INFINITY, |amount| *amount as f64));
        let high = [high, without].into_iter().flatten().fold(0.0, f64::max);
        Some((low.unwrap_or(0.0), high))
    }
}

/// The quantile of `n` ordered values that are asked for by their places.
fn between(n: usize, share: Share, value: impl Fn(usize) -> f64) -> Option<f64> {
    let last = n.checked_sub(1)?;
    let rank = last as u128 * u128::from(share.parts);
    let below = usize::try_from(rank / u128::from(share.of)).ok()?;
    let part = (rank % u128::from(share.of)) as f64 / f64::from(share.of);
    let low = value(below);
    if part == 0.0 {
        return Some(low);
    }
    let high = value(below + 1);
    Some(if high.is_infinite() { high } else { low + (high - low) * part })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{MEDIAN, linear};
    use proptest::prelude::*;

    #[test]
    fn what_is_missing_may_be_a_hit_or_not_and_what_is_doubtful_may_be_out() {
        let doubt = Doubt { open: 20, ..Doubt::default() };
        assert_eq!(doubt.rate(60, 80), Some((60.0, 80.0)));
        let doubt = Doubt { counted: 20, counted_total: 10, ..Doubt::default() };
        assert_eq!(doubt.rate(60, 70), Some((50.0 * 100.0 / 60.0, 100.0)), "50 of 60, 60 of 60");
        assert_eq!(doubt.number(60), (40.0, 60.0));
        let doubt = Doubt { changed: 20, changed_total: 5, ..Doubt::default() };
        assert_eq!(doubt.rate(60, 100), Some((55.0, 75.0)), "5 hits may be none, 15 others may be hits");
        assert_eq!(Doubt::default().rate(0, 0), None);
        assert_eq!(Doubt { open: 1, ..Doubt::default() }.rate(0, 0), Some((0.0, 100.0)));
    }

    #[test]
    fn a_duration_that_ended_at_some_time_has_a_ceiling() {
        let doubt = Doubt { limited: 2, ceiling: 40, ..Doubt::default() };
        assert_eq!(doubt.mean(30, 3), Some((6.0, 22.0)));
        assert_eq!(doubt.quantile(&[10, 10, 20], MEDIAN), Some((10.0, 20.0)));
        let doubt = Doubt { open: 2, ..Doubt::default() };
        assert_eq!(doubt.mean(30, 3), Some((6.0, f64::INFINITY)));
        assert_eq!(doubt.quantile(&[10, 10, 20], MEDIAN), Some((10.0, 20.0)));
        assert_eq!(Doubt { open: 4, ..Doubt::default() }.quantile(&[1, 2, 3], MEDIAN), Some((0.0, f64::INFINITY)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Whichever of the records are hidden, and however many of those were members, the truth lies inside.
        #[test]
        fn the_truth_lies_inside_whatever_is_hidden(
            all in prop::collection::vec((0_i64..50, 0_u8..4, any::<bool>()), 1..40),
        ) {
            // 0 and 1 known; 2 hidden with a ceiling; 3 hidden wholly. A hidden one may be no member.
            let known: Vec<i64> = all.iter().filter(|one| one.1 < 2).map(|one| one.0).collect();
            let mut doubt = Doubt::default();
            for (amount, how, _) in &all {
                match how {
                    2 => doubt.add(Some(amount + 3)),
                    3 => doubt.add(None),
                    _ => {}
                }
            }
            let mut truth: Vec<i64> = all.iter().filter(|one| one.1 < 2 || one.2).map(|one| one.0).collect();
            truth.sort_unstable();
            let mut sorted = known.clone();
            sorted.sort_unstable();
            prop_assume!(!truth.is_empty());
            let n = truth.len() as u64;
            let inside = |range: Option<Range>, value: f64| {
                range.is_some_and(|(low, high)| low <= value + 1e-9 && value <= high + 1e-9)
            };
            let hits = |amounts: &[i64]| amounts.iter().filter(|amount| **amount < 25).count() as u64;
            let rate = doubt.rate(hits(&known), known.len() as u64);
            prop_assert!(inside(rate, percent(hits(&truth), n).unwrap()), "{rate:?}");
            let total = |amounts: &[i64]| amounts.iter().map(|amount| i128::from(*amount)).sum::<i128>();
            let means = doubt.mean(total(&known), known.len() as u64);
            prop_assert!(inside(means, mean(total(&truth), n).unwrap()), "{means:?}");
            let medians = doubt.quantile(&sorted, MEDIAN);
            prop_assert!(inside(medians, linear(&truth, MEDIAN).unwrap()), "{medians:?} {truth:?} {sorted:?}");
            let number = doubt.number(known.len() as u64);
            prop_assert!(inside(Some(number), n as f64));
        }
    }
}
