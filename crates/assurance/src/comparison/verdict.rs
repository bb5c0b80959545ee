//! What is said of two suppliers.

use super::gates::Obstacle;
use crate::kpi::Direction;
use crate::statistics::Interval;

/// At most this share of all differences that are called is false, on average.
pub(super) const FALSE_CALLS: f64 = 0.05;

/// Two suppliers of one peer group.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Pair {
    /// The first by the alphabet.
    pub one: Box<str>,
    /// The other.
    pub two: Box<str>,
    /// `one` less `two`; `None` where they cannot be compared.
    pub difference: Option<Difference>,
    /// What is said of `one`, seen beside `two`.
    pub verdict: Verdict,
}

/// By how much two adjusted values differ, in the unit of the KPI.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Difference {
    /// The first less the second.
    pub value: f64,
    /// 95 %.
    pub interval: Interval,
    /// How probable a difference of this size is if there is none.
    pub surprise: f64,
    /// The same after Benjamini and Hochberg over all comparisons made at once.
    pub adjusted_surprise: f64,
    /// The difference before standardising.
    pub crude: f64,
    /// Whether the crude values point the other way: the mix hides the order.
    pub mix_reverses: bool,
    /// Strata in which the first is better, and in which the second is.
    pub strata_better: (usize, usize),
    /// Whether the two suppliers' own intervals have nothing in common.
    pub intervals_separate: bool,
}

/// What is said of one supplier, seen beside another one.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It is better.
    Better,
    /// It is worse.
    Worse,
    /// What differs may be chance.
    NoDistinguishableDifference {
        /// Why that is said.
        because: Because,
    },
    /// Nothing is said.
    NotComparable {
        /// Of the first supplier.
        one: Vec<Obstacle>,
        /// Of the second.
        two: Vec<Obstacle>,
    },
}

/// Why no difference is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Because {
    /// The interval of the difference contains zero.
    IntervalContainsZero,
    /// Alone it would stand out; among as many comparisons one such is to be expected.
    ManyComparisons {
        /// Comparisons made at once.
        made: usize,
    },
    /// The mean says one thing, the order of the ends another: neither is always sooner.
    MeasuresDisagree,
}

impl Verdict {
    /// The name in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoDistinguishableDifference { .. } => "no_distinguishable_difference",
            Self::NotComparable { .. } => "not_comparable",
        }
    }

    /// For people.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoDistinguishableDifference { .. } => "no distinguishable difference",
            Self::NotComparable { .. } => "not comparable",
        }
    }

    /// The same pair seen from the other supplier.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Self::Better => Self::Worse,
            Self::Worse => Self::Better,
            Self::NotComparable { one, two } => Self::NotComparable { one: two, two: one },
            Self::NoDistinguishableDifference { because } => Self::NoDistinguishableDifference { because },
        }
    }

    pub(super) fn of(difference: &Difference, direction: Direction, agree: bool, made: usize) -> Self {
        let because = if difference.interval.contains(0.0) || difference.surprise > FALSE_CALLS {
            Because::IntervalContainsZero
        } else if !agree {
            Because::MeasuresDisagree
        } else if difference.adjusted_surprise > FALSE_CALLS {
            Because::ManyComparisons { made }
        } else if is_better(difference.value, direction) {
            return Self::Better;
        } else {
            return Self::Worse;
        };
        Self::NoDistinguishableDifference { because }
    }
}

impl Because {
    /// For people, after a colon.
    pub fn sentence(self) -> String {
        match self {
            Self::IntervalContainsZero => "a difference of this size may be chance".to_owned(),
            Self::ManyComparisons { made } => {
                format!("alone it would stand out, but {made} comparisons were made and some such are to be expected")
            }
            Self::MeasuresDisagree => "one is sooner at first and the other one later, so neither is faster".to_owned(),
        }
    }
}

/// Whether the one with that much more is the better one.
pub(super) fn is_better(more: f64, direction: Direction) -> bool {
    match direction {
        Direction::Up => more > 0.0,
        Direction::Down => more < 0.0,
        Direction::Info => false,
    }
}

/// Groups in place of ranks (7.3): the best, and with it all whose intervals overlap its interval; then the best of the
/// rest, and so on. Best first, and by name within a group.
pub(super) fn ranking_groups(mut values: Vec<(Box<str>, f64, Interval)>, direction: Direction) -> Vec<Vec<Box<str>>> {
    if direction == Direction::Info {
        return Vec::new();
    }
    values.sort_by(|(one_name, one, _), (two_name, two, _)| {
        let by_value = if direction == Direction::Up { two.total_cmp(one) } else { one.total_cmp(two) };
        by_value.then_with(|| one_name.cmp(two_name))
    });
    let mut groups = Vec::new();
    while let Some(leader) = values.first().map(|(.., interval)| *interval) {
        let (mut tied, rest): (Vec<_>, Vec<_>) =
            values.into_iter().partition(|(.., interval)| interval.overlaps(leader));
        tied.sort_by(|(one, ..), (two, ..)| one.cmp(two));
        groups.push(tied.into_iter().map(|(name, ..)| name).collect());
        values = rest;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_overlap_the_leader_are_tied_with_it() {
        let of = |name: &str, value: f64, half: f64| (Box::from(name), value, Interval::around(value, half));
        let values = || vec![of("d", 70.0, 3.0), of("c", 90.0, 5.0), of("a", 96.0, 2.0), of("b", 80.0, 30.0)];
        let names = |groups: Vec<Vec<Box<str>>>| groups.iter().map(|group| group.concat()).collect::<Vec<_>>();
        assert_eq!(names(ranking_groups(values(), Direction::Up)), ["abc", "d"]);
        assert_eq!(names(ranking_groups(values(), Direction::Down)), ["bd", "ac"]);
        assert!(ranking_groups(values(), Direction::Info).is_empty());
    }

    #[test]
    fn a_difference_is_called_only_when_nothing_speaks_against_it() {
        let clear = Difference {
            value: 4.0,
            interval: Interval { low: 2.0, high: 6.0 },
            surprise: 0.01,
            adjusted_surprise: 0.03,
            crude: 4.0,
            mix_reverses: false,
            strata_better: (3, 0),
            intervals_separate: false,
        };
        let of = |difference: Difference, agree| Verdict::of(&difference, Direction::Up, agree, 12);
        let none = |because| Verdict::NoDistinguishableDifference { because };
        assert_eq!(of(clear, true), Verdict::Better);
        assert_eq!(Verdict::of(&clear, Direction::Down, true, 12), Verdict::Worse);
        assert_eq!(of(Difference { value: -4.0, interval: clear.interval.negated(), ..clear }, true), Verdict::Worse);
        assert_eq!(of(clear, false), none(Because::MeasuresDisagree));
        let among_many = Difference { adjusted_surprise: 0.12, ..clear };
        assert_eq!(of(among_many, true), none(Because::ManyComparisons { made: 12 }));
        let wide = Difference { interval: Interval { low: -1.0, high: 9.0 }, ..clear };
        assert_eq!(of(wide, true), none(Because::IntervalContainsZero));
        assert_eq!(Verdict::Better.turned(), Verdict::Worse);
    }
}
