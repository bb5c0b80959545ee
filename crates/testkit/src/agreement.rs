//! How well one grouping of things agrees with the true one, counted by pairs.

use std::collections::BTreeMap;

/// Pairs of things that are together. Two groupings agree when the same pairs are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// Pairs that belong together.
    pub pairs_true: u64,
    /// Pairs that were put together.
    pub pairs_found: u64,
    /// Pairs that were put together and belong together.
    pub pairs_right: u64,
    /// How many of the pairs that were put together belong together; 1 when none was.
    pub precision: f64,
    /// How many of the pairs that belong together were put together; 1 when none does.
    pub recall: f64,
}

/// Compares two lists of thing and group. A thing that one list does not have is together with nothing there.
pub fn agreement(truth: &[(&str, &str)], found: &[(&str, &str)]) -> Agreement {
    let true_group: BTreeMap<&str, &str> = truth.iter().copied().collect();
    let mut sizes = [BTreeMap::<(&str, &str), u64>::new(), BTreeMap::new(), BTreeMap::new()];
    for (_, group) in true_group.iter() {
        *sizes[0].entry((group, "")).or_default() += 1;
    }
    for (thing, group) in found.iter().copied().collect::<BTreeMap<_, _>>() {
        *sizes[1].entry((group, "")).or_default() += 1;
        if let Some(true_group) = true_group.get(thing) {
            *sizes[2].entry((group, true_group)).or_default() += 1;
        }
    }
    let [pairs_true, pairs_found, pairs_right] =
        sizes.map(|sizes| sizes.into_values().map(|size| size * (size - 1) / 2).sum::<u64>());
    #[expect(clippy::cast_precision_loss, reason = "a share is shown with a few digits")]
    let share = |of: u64| if of == 0 { 1.0 } else { pairs_right as f64 / of as f64 };
    Agreement { pairs_true, pairs_found, pairs_right, precision: share(pairs_found), recall: share(pairs_true) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_and_not_groups() {
        let truth = [("a", "1"), ("b", "1"), ("c", "1"), ("d", "2"), ("e", "2")];
        let alike = [("a", "x"), ("b", "x"), ("c", "x"), ("d", "y"), ("e", "y")];
        assert_eq!(
            agreement(&truth, &alike),
            Agreement { pairs_true: 4, pairs_found: 4, pairs_right: 4, precision: 1.0, recall: 1.0 }
        );
        let one = truth.map(|(thing, _)| (thing, "x"));
        let all = agreement(&truth, &one);
        assert_eq!((all.pairs_found, all.pairs_right), (10, 4));
        assert!((all.precision - 0.4).abs() < 1e-9 && (all.recall - 1.0).abs() < 1e-9);
        let apart = agreement(&truth, &truth.map(|(thing, _)| (thing, thing)));
        assert!((apart.precision - 1.0).abs() < 1e-9 && apart.recall.abs() < 1e-9);
        let lost = agreement(&truth, &[("a", "x"), ("b", "x"), ("f", "x")]);
        assert_eq!((lost.pairs_true, lost.pairs_found, lost.pairs_right), (4, 3, 1));
    }
}
