//! Values against targets. A contract is arithmetic, a statement about the future is statistics, and a printed number is
//! neither: it never stands on another side of the target than the value does.

use super::quantiles::Share;
use super::standardise::Rate;
use super::wilson::{Interval, Z_95, wilson};
use std::cmp::Ordering;

/// What the contract says; in whole numbers, so that no rounding decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Attainment {
    /// The target is reached.
    Reached,
    /// It is missed.
    Missed,
}

/// What the interval says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Its lower end reaches the target.
    Above,
    /// Its upper end does not.
    Below,
    /// Neither.
    NotDistinguishable,
}

/// Whether a share of at least `target` was reached; `None` for n = 0.
pub fn attained(rate: Rate, target: Share) -> Option<Attainment> {
    if rate.n == 0 {
        return None;
    }
    let reached = u128::from(rate.hits) * u128::from(target.of) >= u128::from(target.parts) * u128::from(rate.n);
    Some(if reached { Attainment::Reached } else { Attainment::Missed })
}

/// What the Wilson 95 % interval says about a target; `None` for n = 0.
pub fn standing(rate: Rate, target: Share) -> Option<Standing> {
    let Interval { low, high } = wilson(rate.hits, rate.n, Z_95)?;
    let target = f64::from(target.parts) / f64::from(target.of);
    Some(if low >= target {
        Standing::Above
    } else if high < target {
        Standing::Below
    } else {
        Standing::NotDistinguishable
    })
}

/// Whether a time is longer than its target, by itself: 99.951 % of the time used is no breach, although a tool that
/// rounds to two decimals, and to one in its mind, may call it one.
pub fn is_over(elapsed_millis: i64, target_millis: i64) -> bool {
    elapsed_millis > target_millis
}

/// A share in percent as text, with one decimal or with as many as it takes not to stand on the other side of the target.
pub fn share_beside(part: u64, of: u64, target: Share) -> Option<String> {
    if of == 0 || target.of == 0 {
        return None;
    }
    let side = |part: u128, of: u128| (part * u128::from(target.of)).cmp(&(u128::from(target.parts) * of));
    let truth = side(u128::from(part), u128::from(of));
    let mut scale = 10_u128;
    for decimals in 1..=6_usize {
        // Half up, in whole numbers: a double would round 99.95 down.
        let shown = (u128::from(part) * 200 * scale + u128::from(of)) / (2 * u128::from(of));
        if side(shown, 100 * scale) == truth {
            return Some(format!("{}.{:0decimals$} %", shown / scale, shown % scale));
        }
        scale *= 10;
    }
    let target = f64::from(target.parts) * 100.0 / f64::from(target.of);
    Some(if truth == Ordering::Less { format!("just below {target} %") } else { format!("just above {target} %") })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Share = Share { parts: 1, of: 1 };
    const P95: Share = Share { parts: 95, of: 100 };

    /// The vector of iso20000.md 8.2.
    #[test]
    fn rounding_99_951_percent_is_no_breach() {
        assert!(!is_over(99_951, 100_000) && !is_over(100_000, 100_000) && is_over(100_001, 100_000));
        assert_eq!(share_beside(99_951, 100_000, ALL).unwrap(), "99.95 %", "100.0 % would stand on the target");
        assert_eq!(share_beside(99_949, 100_000, ALL).unwrap(), "99.9 %");
        assert_eq!(share_beside(9_999_999_999, 10_000_000_000, ALL).unwrap(), "just below 100 %");
        assert_eq!(share_beside(10_000_000_001, 10_000_000_000, ALL).unwrap(), "just above 100 %");
        assert_eq!(share_beside(5, 5, ALL).unwrap(), "100.0 %");
        assert_eq!(share_beside(0, 0, ALL), None);
    }

    #[test]
    fn a_printed_share_stands_where_the_share_stands() {
        assert_eq!(share_beside(94_996, 100_000, P95).unwrap(), "94.996 %");
        assert_eq!(share_beside(95, 100, P95).unwrap(), "95.0 %");
        assert_eq!(share_beside(95_004, 100_000, P95).unwrap(), "95.004 %");
        assert_eq!(share_beside(93, 100, P95).unwrap(), "93.0 %");
    }

    /// iso20000.md 7.3: two columns. 93 of 100 miss 95 %, and yet nothing shows that the supplier is below.
    #[test]
    fn the_contract_and_the_statistics_are_two_statements() {
        let rate = Rate { hits: 93, n: 100 };
        assert_eq!(
            (attained(rate, P95), standing(rate, P95)),
            (Some(Attainment::Missed), Some(Standing::NotDistinguishable))
        );
        let few = Rate { hits: 10, n: 10 };
        assert_eq!(
            (attained(few, P95), standing(few, P95)),
            (Some(Attainment::Reached), Some(Standing::NotDistinguishable))
        );
        assert_eq!(standing(Rate { hits: 800, n: 1000 }, P95), Some(Standing::Below));
        assert_eq!(standing(Rate { hits: 990, n: 1000 }, P95), Some(Standing::Above));
        assert_eq!(attained(Rate { hits: 19, n: 20 }, P95), Some(Attainment::Reached));
        assert_eq!((attained(Rate::default(), P95), standing(Rate::default(), P95)), (None, None));
    }
}
