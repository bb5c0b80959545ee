//! Many comparisons at once (7.3): of a hundred that mean nothing, five would look like something.

use super::normal::both_tails;

/// How surprising a difference is if there is none: P(|Z| ≥ |difference / error|). 1 where nothing can vary and nothing
/// differs.
pub fn two_sided(difference: f64, error: f64) -> f64 {
    if difference == 0.0 { 1.0 } else { both_tails(difference / error) }
}

/// The adjusted values after Benjamini and Hochberg (1995), in the order of the input: calling everything up to 0.05 a
/// difference makes at most 5 % of the calls false, on average.
pub fn benjamini_hochberg(surprises: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..surprises.len()).collect();
    order.sort_by(|one, two| surprises[*one].total_cmp(&surprises[*two]));
    let mut adjusted = vec![1.0; surprises.len()];
    let mut least = 1.0_f64;
    for (rank, at) in order.iter().enumerate().rev() {
        least = least.min(surprises[*at] * surprises.len() as f64 / (rank + 1) as f64);
        adjusted[*at] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17: `false_discovery_control`.
    #[test]
    fn adjusted_values_are_those_of_scipy() {
        let expected = [0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.105_714_29, 0.216, 0.216, 0.216];
        let got = benjamini_hochberg(&[0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216]);
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-8, "{got} is not {expected}");
        }
        assert_eq!(benjamini_hochberg(&[0.042, 0.001]), [0.042, 0.002]);
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    #[test]
    fn nothing_is_no_surprise() {
        assert_eq!(two_sided(0.0, 0.0), 1.0);
        assert!((two_sided(-1.96, 1.0) - 0.05).abs() < 1e-4);
        assert_eq!(two_sided(1.0, 0.0), 0.0);
    }
}
