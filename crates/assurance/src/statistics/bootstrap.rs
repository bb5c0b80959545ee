//! Bootstrap intervals for medians, percentiles and means (4.1: 2 000 resamples, fixed seed).
//!
//! The generator is a function of seed, stream, resample and draw (the finaliser of SplitMix64, Steele, Lea and Flood
//! 2014): nothing is carried on from one draw to the next, so that the result depends on the data and the seed alone.

use super::normal::normal_quantile;
use super::quantiles::{MEDIAN, P90, linear, nearest_rank};
use super::wilson::Interval;

/// The seed of every interval that is printed.
pub const SEED: u64 = 20_000;

const RESAMPLES: u32 = 2_000;

/// Above this, where a resampled quantile or mean falls is drawn from the normal distribution that it then follows, and
/// not by drawing each record: one million records cost what ten thousand do.
const LARGE: usize = 10_000;

/// What is resampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Statistic {
    /// The middle, between two values where there are two.
    Median,
    /// The value below or at which nine tenths lie, one that occurred.
    P90,
    /// The sum divided by the number.
    Mean,
}

impl Statistic {
    /// Of sorted data; `None` for no data.
    pub fn of(self, sorted: &[i64]) -> Option<f64> {
        match self {
            Self::Median => linear(sorted, MEDIAN),
            Self::P90 => nearest_rank(sorted, P90).map(|value| value as f64),
            Self::Mean => super::quantiles::mean(sum(sorted), sorted.len() as u64),
        }
    }

    /// The share of the data below it; a mean has none.
    fn share(self) -> Option<f64> {
        match self {
            Self::Median => Some(0.5),
            Self::P90 => Some(0.9),
            Self::Mean => None,
        }
    }
}

/// What a statistic was in every resample, in two independent streams of equal length.
#[derive(Debug, Clone, PartialEq)]
pub struct Replicates {
    streams: [Vec<f64>; 2],
}

impl Replicates {
    /// Of sorted data; `None` for no data. `salt` tells apart samples that are drawn under one seed, such as the strata
    /// of one supplier.
    pub fn of(sorted: &[i64], statistic: Statistic, seed: u64, salt: u64) -> Option<Self> {
        if sorted.is_empty() {
            return None;
        }
        let draw = Draw::of(sorted, statistic);
        let stream = |stream: u64| {
            let seed = mixed(seed ^ mixed(salt.wrapping_mul(2).wrapping_add(stream)));
            let mut room = (Vec::new(), Vec::new());
            (0..RESAMPLES / 2).map(|at| draw.replicate(mixed(seed ^ u64::from(at)), &mut room)).collect()
        };
        Some(Self { streams: [stream(0), stream(1)] })
    }

    /// The weighted sum of independent samples, such as a standardised median; weights and samples in one order.
    pub fn weighted<'a>(parts: impl IntoIterator<Item = (f64, &'a Self)>) -> Self {
        let mut streams = [vec![0.0; RESAMPLES as usize / 2], vec![0.0; RESAMPLES as usize / 2]];
        for (weight, part) in parts {
            for (sums, values) in streams.iter_mut().zip(&part.streams) {
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
            }
        }
        Self { streams }
    }

    /// The 95 % percentile interval.
    pub fn interval(&self) -> Interval {
        middle(self.streams.concat())
    }

    /// What one has more than another, resample by resample.
    ///
    /// Each stream of one is held against the other stream of the other. So the differences between two equal samples
    /// are not all zero, and those of `b` and `a` are exactly those of `a` and `b` with the other sign.
    fn minus(&self, other: &Self) -> Vec<f64> {
        let [own, own_second] = &self.streams;
        let [others, others_second] = &other.streams;
        let crossed = own.iter().zip(others_second).chain(own_second.iter().zip(others));
        crossed.map(|(one, two)| one - two).collect()
    }
}

/// The 95 % interval of a statistic of sorted data; `None` for no data.
pub fn bootstrap(sorted: &[i64], statistic: Statistic, seed: u64) -> Option<Interval> {
    Some(Replicates::of(sorted, statistic, seed, 0)?.interval())
}

/// The 95 % interval of the difference of two statistics, and the share of resamples on the smaller side of zero, twice:
/// how surprising a difference would be if there were none.
pub fn difference(one: &Replicates, two: &Replicates) -> (Interval, f64) {
    let differences = one.minus(two);
    let n = differences.len() as f64;
    let below = differences.iter().filter(|difference| **difference <= 0.0).count() as f64;
    let above = differences.iter().filter(|difference| **difference >= 0.0).count() as f64;
    // One more on both sides: no number of resamples shows that something never happens.
    let surprise = (2.0 * (below.min(above) + 1.0) / (n + 1.0)).min(1.0);
    (middle(differences), surprise)
}

/// The middle 95 %, as far from one end as from the other.
fn middle(mut values: Vec<f64>) -> Interval {
    values.sort_unstable_by(f64::total_cmp);
    let outside = values.len() / 40;
    Interval { low: values[outside], high: values[values.len() - 1 - outside] }
}

/// How one resample is drawn.
enum Draw<'a> {
    Each { sorted: &'a [i64], statistic: Statistic },
    Rank { sorted: &'a [i64], share: f64 },
    Normal { mean: f64, error: f64 },
}

impl<'a> Draw<'a> {
    fn of(sorted: &'a [i64], statistic: Statistic) -> Self {
        if sorted.len() <= LARGE {
            return Self::Each { sorted, statistic };
        }
        if let Some(share) = statistic.share() {
            return Self::Rank { sorted, share };
        }
        let n = sorted.len() as f64;
        let mean = sum(sorted) as f64 / n;
        let squares: f64 = sorted.iter().map(|value| (*value as f64 - mean).powi(2)).sum();
        Self::Normal { mean, error: squares.sqrt() / n }
    }

    fn replicate(&self, seed: u64, (counts, resample): &mut (Vec<usize>, Vec<i64>)) -> f64 {
        match *self {
            Self::Each { sorted, statistic } => {
                counts.clear();
                counts.resize(sorted.len(), 0);
                for at in 0..sorted.len() as u64 {
                    counts[below(sorted.len(), mixed(seed ^ mixed(at)))] += 1;
                }
                resample.clear();
                for (value, count) in sorted.iter().zip(&*counts) {
                    // What was drawn from sorted data, in their order, is sorted.
                    resample.extend(std::iter::repeat_n(*value, *count));
                }
                statistic.of(resample).expect("there is as much in a resample as in the data")
            }
            Self::Rank { sorted, share } => {
                let n = sorted.len() as f64;
                let place = n * share + normal(seed) * (n * share * (1.0 - share)).sqrt();
                sorted[(place.max(0.0) as usize).min(sorted.len() - 1)] as f64
            }
            Self::Normal { mean, error } => mean + normal(seed) * error,
        }
    }
}

/// The finaliser of SplitMix64, behind its increment: neighbours in, anything out.
pub(super) fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A place below `n`, by the upper half of a product; the bias is `n / 2⁶⁴`.
fn below(n: usize, random: u64) -> usize {
    usize::try_from((n as u128 * u128::from(random)) >> 64).expect("it is smaller than n")
}

fn normal(random: u64) -> f64 {
    // 53 bits in the middle of their cells: never 0, never 1.
    normal_quantile(((random >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0)
}

fn sum(values: &[i64]) -> i128 {
    values.iter().map(|value| i128::from(*value)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_data_gives_the_same_interval_and_another_seed_another_one() {
        let data: Vec<i64> = (0..200).map(|at| at * at).collect();
        for statistic in [Statistic::Median, Statistic::P90, Statistic::Mean] {
            let interval = bootstrap(&data, statistic, SEED).unwrap();
            assert_eq!(bootstrap(&data, statistic, SEED), Some(interval));
            assert_ne!(bootstrap(&data, statistic, SEED + 1), Some(interval), "{statistic:?}");
            assert!(interval.contains(statistic.of(&data).unwrap()), "{statistic:?}: {interval:?}");
            assert_eq!(bootstrap(&[], statistic, SEED), None);
            assert_eq!(bootstrap(&[7, 7, 7], statistic, SEED), Some(Interval { low: 7.0, high: 7.0 }));
        }
    }

    /// What is drawn by its rank above ten thousand is what is drawn record by record below.
    #[test]
    fn large_samples_have_the_interval_that_each_draw_would_give() {
        let data: Vec<i64> = (0..10_001_i64).map(|at| at * at / 1000).collect();
        for statistic in [Statistic::Median, Statistic::P90, Statistic::Mean] {
            let quick = bootstrap(&data, statistic, SEED).unwrap();
            let each = Draw::Each { sorted: &data, statistic };
            let mut room = (Vec::new(), Vec::new());
            let slow = middle((0..200).map(|at| each.replicate(mixed(at), &mut room)).collect());
            let apart = (quick.half() / slow.half() - 1.0).abs();
            assert!(apart < 0.25, "{statistic:?}: {quick:?}, {slow:?}");
        }
    }

    #[test]
    fn two_equal_samples_differ_by_chance_and_not_by_nothing() {
        let data: Vec<i64> = (0..100).collect();
        let one = Replicates::of(&data, Statistic::Median, SEED, 0).unwrap();
        let (interval, surprise) = difference(&one, &one.clone());
        assert!(interval.low < -5.0 && interval.high > 5.0, "{interval:?}");
        assert_eq!(interval, interval.negated());
        assert!(surprise > 0.9);
    }
}
