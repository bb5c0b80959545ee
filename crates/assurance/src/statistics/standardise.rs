//! Rates of suppliers with different mixes of work, made comparable (7.3).

use super::wilson::{Interval, Z_95};

/// Hits out of a number of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Rate {
    /// Not more than `n`.
    pub hits: u64,
    /// Records.
    pub n: u64,
}

impl Rate {
    /// As a share of 1; `None` for n = 0.
    pub fn share(self) -> Option<f64> {
        (self.n > 0).then(|| self.hits as f64 / self.n as f64)
    }

    /// The variance of the share, `r (1 - r) / n`.
    ///
    /// Where all or none are hits that formula says that nothing can vary, which five out of five do not show. There the
    /// share and number of Agresti and Coull (1998) stand in, `(k + z²/2) / (n + z²)` and `n + z²`.
    pub fn variance(self) -> f64 {
        let (hits, n) = (self.hits as f64, self.n as f64);
        let (share, n) = if self.hits == 0 || self.hits == self.n {
            ((hits + Z_95 * Z_95 / 2.0) / (n + Z_95 * Z_95), n + Z_95 * Z_95)
        } else {
            (hits / n, n)
        };
        share * (1.0 - share) / n
    }
}

/// A stratum: its weight, not necessarily out of 1, and what one supplier did in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stratum {
    /// Records of all compared suppliers.
    pub weight: u64,
    /// Of this supplier.
    pub rate: Rate,
}

/// A standardised value: what the supplier would have had with the mix of all.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Standardised {
    /// In the unit of the strata.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// `value ± 1.96 error`; shares are cut off at 0 and 1.
    pub interval: Interval,
}

/// Direct standardisation of a rate: `r = Σ w_g r_g`, `var = Σ w_g² r_g (1 - r_g) / n_g`.
///
/// `None` where a stratum with weight has no record: nothing tells what the supplier would have done there.
pub fn direct(strata: &[Stratum]) -> Option<Standardised> {
    let parts = strata.iter().filter(|stratum| stratum.weight > 0);
    let parts: Option<Vec<_>> =
        parts.map(|stratum| Some((stratum.weight, stratum.rate.share()?, stratum.rate.variance()))).collect();
    let mut standardised = direct_of(&parts?)?;
    standardised.interval = standardised.interval.within(0.0, 1.0);
    Some(standardised)
}

/// Direct standardisation of any value: weight, value and variance of each stratum. `None` without any weight.
pub fn direct_of(parts: &[(u64, f64, f64)]) -> Option<Standardised> {
    let total: u64 = parts.iter().map(|(weight, ..)| weight).sum();
    if total == 0 {
        return None;
    }
    let share = |weight: u64| weight as f64 / total as f64;
    let value = parts.iter().map(|(weight, value, _)| share(*weight) * value).sum::<f64>();
    let error = parts.iter().map(|(weight, _, variance)| share(*weight).powi(2) * variance).sum::<f64>().sqrt();
    Some(Standardised { value, error, interval: Interval::around(value, Z_95 * error) })
}

/// Indirect standardisation: hits observed divided by those expected if every record had gone as a fixed benchmark has it
/// for its stratum. `None` where nothing was to be expected.
///
/// For one supplier against one benchmark, and for nothing else: such ratios of two suppliers with different mixes
/// cannot be compared with each other (7.3), which is why nothing in the comparison of suppliers calls this.
pub fn indirect(strata: &[(Rate, f64)]) -> Option<f64> {
    let observed: u64 = strata.iter().map(|(rate, _)| rate.hits).sum();
    let expected: f64 = strata.iter().map(|(rate, benchmark)| rate.n as f64 * benchmark).sum();
    (expected > 0.0).then(|| observed as f64 / expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEIGHTS: [u64; 3] = [60, 80, 460];

    fn strata(rates: [(u64, u64); 3]) -> Vec<Stratum> {
        let rates = rates.map(|(hits, n)| Rate { hits, n });
        WEIGHTS.into_iter().zip(rates).map(|(weight, rate)| Stratum { weight, rate }).collect()
    }

    /// The worked example of iso20000.md 7.3: Simpson's paradox.
    #[test]
    fn the_worked_example_of_the_reference() {
        let a = direct(&strata([(40, 50), (45, 50), (97, 100)])).unwrap();
        let b = direct(&strata([(7, 10), (26, 30), (342, 360)])).unwrap();
        let near = |got: f64, percent: f64, digits: i32| {
            assert!((got * 100.0 - percent).abs() <= 0.5 * 10_f64.powi(-digits) + 1e-9, "{got} is not {percent} %");
        };
        near(a.value, 94.37, 2);
        near(a.interval.low, 91.4, 1);
        near(a.interval.high, 97.4, 1);
        near(b.value, 91.39, 2);
        near(b.interval.low, 87.7, 1);
        near(b.interval.high, 95.1, 1);
        near(a.value - b.value, 2.98, 2);
        near(Z_95 * a.error.hypot(b.error), 4.77, 2);
        near(Rate { hits: 182, n: 200 }.share().unwrap(), 91.00, 2);
        near(Rate { hits: 375, n: 400 }.share().unwrap(), 93.75, 2);
    }

    #[test]
    fn a_stratum_without_records_has_no_answer_and_one_without_weight_no_say() {
        let mut strata = strata([(0, 0), (45, 50), (97, 100)]);
        assert_eq!(direct(&strata), None);
        strata[0].weight = 0;
        assert!(direct(&strata).is_some());
        assert_eq!((direct(&[]), indirect(&[])), (None, None));
    }

    #[test]
    fn all_out_of_five_is_not_certain() {
        let all = direct(&[Stratum { weight: 5, rate: Rate { hits: 5, n: 5 } }]).unwrap();
        assert_eq!((all.value, all.interval.high), (1.0, 1.0));
        assert!((0.6..0.8).contains(&all.interval.low), "{all:?}");
    }

    /// Two suppliers, each exactly as good as the benchmark in one stratum and 10 points worse in the other, with
    /// different mixes: the ratios differ although the suppliers do not.
    #[test]
    fn observed_to_expected_ratios_depend_on_the_mix() {
        let one = indirect(&[(Rate { hits: 90, n: 100 }, 0.9), (Rate { hits: 4, n: 10 }, 0.5)]).unwrap();
        let two = indirect(&[(Rate { hits: 9, n: 10 }, 0.9), (Rate { hits: 40, n: 100 }, 0.5)]).unwrap();
        assert!((one - 94.0 / 95.0).abs() < 1e-12 && (two - 49.0 / 59.0).abs() < 1e-12);
    }
}
