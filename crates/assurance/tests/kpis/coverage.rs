//! How often an interval contains the truth, over seeded trials. What is measured is printed.

use crate::chance::Chance;
use counterfoil_assurance::statistics::{
    Bounds, Curve, Interval, Lifetime, MEDIAN, P90, Rate, SEED, Share, Statistic, Stratum, Z_95, between_open_bounds,
    bootstrap, clopper_pearson, direct, log_rank, nearest_rank, order_interval, quantile_bounds, share_bounds, wilson,
};

const TRIALS: u64 = 1_000;
const TRIAL_SEED: u64 = 7;

/// What 95 % may look like in so many trials: three standard errors are two points.
const PROMISED: f64 = 93.0;

/// Percent of the trials in which it holds.
fn often(what: &str, mut holds: impl FnMut(&mut Chance) -> bool) -> f64 {
    let mut chance = Chance::new(TRIAL_SEED);
    let times = (0..TRIALS).filter(|_| holds(&mut chance)).count();
    let percent = times as f64 * 100.0 / TRIALS as f64;
    println!("{what}: {percent:.1} % of {TRIALS} trials, seed {TRIAL_SEED}");
    percent
}

#[test]
fn intervals_of_rates_contain_the_truth_as_often_as_they_say() {
    for (truth, n) in [(0.5, 30), (0.9, 30), (0.9, 100), (0.95, 60), (0.95, 300)] {
        let exact = often(&format!("Clopper-Pearson, {truth} of {n}"), |chance| {
            clopper_pearson(chance.hits(n, truth), n, 0.95).unwrap().contains(truth)
        });
        assert!(exact >= PROMISED, "{exact}");
        let wilson = often(&format!("Wilson, {truth} of {n}"), |chance| {
            wilson(chance.hits(n, truth), n, Z_95).unwrap().contains(truth)
        });
        assert!((92.0..=98.5).contains(&wilson), "{wilson}");
    }
}

fn standardised_difference(chance: &mut Chance, work: [[(u64, f64); 2]; 3]) -> (Interval, f64) {
    let weights = work.map(|[(one, _), (two, _)]| one + two);
    let total: u64 = weights.iter().sum();
    let mut of = |at: usize| {
        let rates = work.map(|cells| Rate { hits: chance.hits(cells[at].0, cells[at].1), n: cells[at].0 });
        let strata = weights.into_iter().zip(rates).map(|(weight, rate)| Stratum { weight, rate });
        direct(&strata.collect::<Vec<_>>()).unwrap()
    };
    let (one, two) = (of(0), of(1));
    let truth = work.iter().zip(weights).map(|(cells, weight)| (cells[0].1 - cells[1].1) * weight as f64).sum::<f64>();
    (Interval::around(one.value - two.value, Z_95 * one.error.hypot(two.error)), truth / total as f64)
}

#[test]
fn the_interval_of_a_standardised_difference_contains_the_truth() {
    let worked = [[(50, 0.8), (10, 0.7)], [(50, 0.9), (30, 0.87)], [(100, 0.97), (360, 0.95)]];
    let thin = [[(5, 0.9), (5, 0.9)], [(10, 0.95), (15, 0.9)], [(30, 0.97), (20, 0.97)]];
    let alike = [[(40, 0.85), (200, 0.85)], [(100, 0.9), (100, 0.9)], [(300, 0.98), (60, 0.98)]];
    for (name, work, least) in
        [("as worked", worked, 92.0), ("thin strata", thin, 92.0), ("no difference", alike, 93.0)]
    {
        let contained = often(&format!("standardised difference, {name}"), |chance| {
            let (interval, truth) = standardised_difference(chance, work);
            interval.contains(truth)
        });
        assert!(contained >= least, "{name}: {contained}");
    }
}

fn bootstrapped(statistic: Statistic, n: usize, truth: f64) -> f64 {
    often(&format!("bootstrap {statistic:?} of {n}"), |chance| {
        let mut durations: Vec<i64> = (0..n).map(|_| chance.duration(10_000.0)).collect();
        durations.sort_unstable();
        bootstrap(&durations, statistic, SEED).unwrap().contains(truth)
    })
}

/// A percentile interval of few records is a little narrow: it contains the truth in 92 % where it says 95 %.
#[test]
fn the_bootstrap_interval_of_a_skewed_median_contains_the_truth() {
    let contained = bootstrapped(Statistic::Median, 30, 10_000.0);
    assert!(contained >= 91.0, "{contained}");
}

/// P90 of that distribution: the z of nine tenths is 1.2816. A bootstrap interval of it promises too much, an interval
/// by order keeps what it promises.
#[test]
fn the_interval_of_a_skewed_p90_contains_the_truth() {
    let truth = 10_000.0 * (1.2_f64 * 1.281_551_565_5).exp();
    let contained = bootstrapped(Statistic::P90, 50, truth);
    assert!((86.0..=97.0).contains(&contained), "{contained}");
    for (n, share, truth) in [(50, P90, truth), (200, P90, truth), (30, MEDIAN, 10_000.0)] {
        let contained = often(&format!("order interval of {share:?} of {n}"), |chance| {
            let mut durations: Vec<i64> = (0..n).map(|_| chance.duration(10_000.0)).collect();
            durations.sort_unstable();
            let (low, high) = order_interval(&durations, share, 0.95).unwrap();
            low as f64 <= truth && high.is_none_or(|high| truth <= high as f64)
        });
        assert!(contained >= PROMISED, "{contained}");
    }
}

/// Durations of which those that take longer than a random watch are open.
fn watched(chance: &mut Chance, n: usize, median: f64) -> (Vec<Lifetime>, Vec<i64>) {
    let mut truth = Vec::new();
    let mut seen = Vec::new();
    for _ in 0..n {
        let duration = chance.duration(median);
        let watch = (chance.share() * 60_000.0) as i64 + 1;
        truth.push(duration);
        seen.push(Lifetime { millis: duration.min(watch), ended: duration <= watch });
    }
    truth.sort_unstable();
    (seen, truth)
}

#[test]
fn what_is_open_is_not_taken_for_what_is_quick() {
    let contained = often("Kaplan-Meier median of 80, some open", |chance| {
        let (seen, _) = watched(chance, 80, 10_000.0);
        let (low, high) = Curve::of(&seen).unwrap().quantile_interval(MEDIAN).unwrap();
        low <= 10_000 && high.is_none_or(|high| high >= 10_000)
    });
    assert!(contained >= 92.0, "{contained}");
    let flattered = often("median of those that ended, below the truth", |chance| {
        let (seen, _) = watched(chance, 80, 10_000.0);
        let mut ended: Vec<i64> = seen.iter().filter(|one| one.ended).map(|one| one.millis).collect();
        ended.sort_unstable();
        nearest_rank(&ended, MEDIAN).unwrap() < 10_000
    });
    assert!(flattered > 90.0, "leaving the open ones out flatters: {flattered}");
    let bounded = often("bounds of the median and P90 with open ones", |chance| {
        let (seen, truth) = watched(chance, 80, 10_000.0);
        [MEDIAN, P90].iter().all(|share| {
            let (low, high) = between_open_bounds(&seen, *share).unwrap();
            let truth = nearest_rank(&truth, *share).unwrap();
            low <= truth && high.is_none_or(|high| truth <= high)
        })
    });
    assert_eq!(bounded, 100.0, "bounds are certain");
}

#[test]
fn a_log_rank_test_calls_what_is_alike_different_in_one_case_of_twenty() {
    let called = often("log-rank, no difference", |chance| {
        let (one, two) = (watched(chance, 60, 10_000.0).0, watched(chance, 90, 10_000.0).0);
        let (more, fewer) = (watched(chance, 40, 30_000.0).0, watched(chance, 30, 30_000.0).0);
        log_rank(&[(&one, &two), (&more, &fewer)]).unwrap().surprise <= 0.05
    });
    assert!((3.0..=7.0).contains(&called), "{called}");
    let found = often("log-rank, half as long", |chance| {
        let (one, two) = (watched(chance, 60, 10_000.0).0, watched(chance, 60, 20_000.0).0);
        let test = log_rank(&[(&one, &two)]).unwrap();
        test.surprise <= 0.05 && test.excess > 0.0
    });
    assert!(found >= 60.0, "{found}");
}

/// The records are not hidden by chance alone: in half of the trials those that look bad go first.
#[test]
fn hiding_up_to_two_fifths_of_the_records_keeps_the_truth_inside() {
    let contained = often("share and quantiles with 0-40 % hidden", |chance| {
        let (target, hidden) = (chance.duration(8_000.0), chance.share() * 0.4);
        let spiteful = chance.is(0.5);
        let mut all: Vec<i64> = (0..120).map(|_| chance.duration(10_000.0)).collect();
        all.sort_unstable();
        let unknown = (all.len() as f64 * hidden) as usize;
        let mut known = all.clone();
        if spiteful {
            known.truncate(all.len() - unknown);
        } else {
            for _ in 0..unknown {
                known.remove((chance.share() * known.len() as f64) as usize);
            }
        }
        let met = |some: &[i64]| some.iter().filter(|millis| **millis <= target).count() as u64;
        let rate = Rate { hits: met(&known), n: known.len() as u64 };
        let Bounds { certain, confident } = share_bounds(rate, unknown as u64).unwrap();
        let truth = met(&all) as f64 / all.len() as f64;
        let share = certain.contains(truth) && confident.contains(truth);
        share
            && [MEDIAN, P90, Share { parts: 1, of: 20 }].iter().all(|share| {
                let (low, high) = quantile_bounds(&known, unknown as u64, *share).unwrap();
                let truth = nearest_rank(&all, *share).unwrap();
                low <= truth && high.is_none_or(|high| truth <= high)
            })
    });
    assert_eq!(contained, 100.0);
}
