//! How many records an auditor has to look at (6.3).

use super::quantiles::Share;

/// The smallest sample that, when no exception is found in it, shows with `confidence` that the rate of exceptions in a
/// population is below `tolerable`; `None` for a tolerable rate of nothing or of everything.
///
/// Without replacement: with `D = ⌈tolerable N⌉` exceptions in the population, the chance to meet none in `n` draws is
/// `Π (N - D - i) / (N - i)`, and has to be `1 - confidence` at most. Compared in whole numbers as far as they go: where
/// the chance is exactly `1 - confidence`, as for 9 out of 10 at 90 %, the sample suffices.
pub fn zero_exception_sample(population: u64, tolerable: Share, confidence: Share) -> Option<u64> {
    if tolerable.parts == 0 || tolerable.parts >= tolerable.of {
        return None;
    }
    let exceptions = (u128::from(population) * u128::from(tolerable.parts)).div_ceil(u128::from(tolerable.of));
    let exceptions = u64::try_from(exceptions).unwrap_or(population);
    let risk = f64::from(confidence.of - confidence.parts.min(confidence.of)) / f64::from(confidence.of);
    let mut chance = 1.0;
    for drawn in 0..=population {
        // The chance is a product of that many roundings; what differs by less is equal.
        if chance <= risk * (1.0 + 1e-12) {
            return Some(drawn);
        }
        let without = (population - exceptions).saturating_sub(drawn);
        chance *= without as f64 / (population - drawn).max(1) as f64;
    }
    Some(population)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of iso20000.md 6.3. Its first cell says 10, which is 1 - 0.9 computed in doubles: the chance to miss the
    /// one exception among 10 records with 9 draws is 1/10, and 1/10 is tolerated.
    #[test]
    fn samples_without_exceptions_are_those_of_the_reference() {
        let tenth = Share { parts: 1, of: 10 };
        let twentieth = Share { parts: 1, of: 20 };
        let columns = [
            (tenth, Share { parts: 9, of: 10 }),
            (tenth, Share { parts: 19, of: 20 }),
            (twentieth, Share { parts: 19, of: 20 }),
        ];
        for (population, expected) in [
            (10, [9, 10, 10]),
            (20, [14, 16, 19]),
            (50, [18, 22, 31]),
            (100, [20, 25, 45]),
            (200, [21, 27, 51]),
            (500, [22, 28, 56]),
            (1_000, [22, 29, 57]),
            (1_000_000, [22, 29, 59]),
        ] {
            let got = columns.map(|(tolerable, confidence)| zero_exception_sample(population, tolerable, confidence));
            assert_eq!(got, expected.map(Some), "{population}");
        }
        assert_eq!(zero_exception_sample(100, Share { parts: 0, of: 1 }, tenth), None);
        assert_eq!(zero_exception_sample(0, tenth, twentieth), Some(0));
    }
}
