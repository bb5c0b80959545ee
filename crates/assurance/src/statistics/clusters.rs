//! Records that are one event (7.3): one major incident with 200 tickets is no 200 observations.

use super::standardise::Rate;
use super::wilson::{Interval, Z_95, of_share};

/// The records of one event: a parent with its children, or one record alone.
pub type Cluster = Rate;

/// The share of all records and its 95 % interval, where the records of a cluster stand and fall together; shares of 1,
/// `None` for no record.
///
/// The variance is that of a ratio, `m/(m-1) Σ (hits - p n)² / N²` over `m` clusters. The interval is Wilson's for the
/// number of records that would vary as much, `p (1 - p) / variance`, and for the number of clusters where no cluster
/// differs from another: never for more than the records there are.
pub fn clustered(clusters: &[Cluster]) -> Option<(f64, Interval)> {
    let all = clusters.iter().fold(Rate::default(), |sum, one| Rate { hits: sum.hits + one.hits, n: sum.n + one.n });
    let share = all.share()?;
    let (n, m) = (all.n as f64, clusters.iter().filter(|cluster| cluster.n > 0).count() as f64);
    // Sorted, so that the order of the clusters cannot show in the last bit.
    let mut squares: Vec<f64> =
        clusters.iter().map(|cluster| (cluster.hits as f64 - share * cluster.n as f64).powi(2)).collect();
    squares.sort_unstable_by(f64::total_cmp);
    let variance = if m > 1.0 { m / (m - 1.0) * squares.iter().sum::<f64>() / (n * n) } else { 0.0 };
    let effective = if variance > 0.0 { (share * (1.0 - share) / variance).min(n) } else { m };
    Some((share, of_share(share, effective, Z_95).within(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::wilson;

    #[test]
    fn records_alone_are_records_and_two_hundred_of_one_event_are_one() {
        let alone: Vec<Cluster> = (0..100).map(|at| Rate { hits: u64::from(at % 10 != 0), n: 1 }).collect();
        let (share, interval) = clustered(&alone).unwrap();
        let plain = wilson(90, 100, Z_95).unwrap();
        assert!((share - 0.9).abs() < 1e-12 && (interval.half() / plain.half() - 1.0).abs() < 0.01, "{interval:?}");

        let mut with_major = alone;
        with_major.push(Rate { hits: 0, n: 200 });
        let (share, interval) = clustered(&with_major).unwrap();
        assert!((share - 0.3).abs() < 1e-12);
        assert!(interval.half() > 4.0 * wilson(90, 300, Z_95).unwrap().half(), "{interval:?}");

        let (_, one) = clustered(&[Rate { hits: 200, n: 200 }]).unwrap();
        assert!(one.low < 0.3, "one event shows next to nothing: {one:?}");
        assert_eq!(clustered(&[]), None);
    }
}
