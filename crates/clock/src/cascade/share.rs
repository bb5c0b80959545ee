//! Percentages of agreements: availabilities and shares of tickets in time. Whole numbers only, so that a figure is the
//! same everywhere, and rounded to the unfavourable side, so that none is passed by rounding.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use thiserror::Error;

const WHOLE: u128 = 1_000_000_000;

/// A share from 0 to 1 in billionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Share(u32);

/// What is no percentage.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no percentage from 0 to 100 with at most seven decimals")]
pub struct NoShare(String);

impl Share {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// 100 %.
    pub const ALL: Self = Self(1_000_000_000);

    /// From billionths; `None` above all.
    pub fn of_billionths(billionths: u32) -> Option<Self> {
        (billionths <= Self::ALL.0).then_some(Self(billionths))
    }

    /// In billionths.
    pub fn billionths(self) -> u32 {
        self.0
    }

    /// What is missing to all.
    #[must_use]
    pub fn rest(self) -> Self {
        Self(Self::ALL.0 - self.0)
    }

    /// Whether a part of a whole is at least this share, without rounding: 99.951 % is neither 100 % nor less than
    /// 99.951 % (iso20000.md 2.8). `None` of nothing.
    pub fn is_reached_by(self, part: Duration, whole: Duration) -> Option<bool> {
        self.is_reached_by_count(part.as_nanos(), whole.as_nanos())
    }

    /// The same of counts.
    pub fn is_reached_by_count(self, part: u128, whole: u128) -> Option<bool> {
        let needed = whole.checked_mul(u128::from(self.0))?;
        (whole > 0).then(|| part.checked_mul(WHOLE).is_none_or(|has| has >= needed))
    }

    /// The part of a window in which a service with this availability may be down, to the nanosecond below.
    pub fn downtime(self, window: Duration) -> Duration {
        nanos(window.as_nanos() * u128::from(self.rest().0) / WHOLE)
    }
}

impl FromStr for Share {
    type Err = NoShare;

    /// `99.95`, in per cent.
    fn from_str(text: &str) -> Result<Self, NoShare> {
        let no = || NoShare(text.chars().take(40).collect());
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str, most: usize| {
            !part.is_empty() && part.len() <= most && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(whole, 3) || !digits(decimals, 7) {
            return Err(no());
        }
        let share = format!("{whole}{decimals:0<7}").parse().map_err(|_| no())?;
        Self::of_billionths(share).ok_or_else(no)
    }
}

impl fmt::Display for Share {
    /// In per cent, with every decimal that is not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:07}", self.0 % 10_000_000);
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{} %", self.0 / 10_000_000),
            decimals => write!(f, "{}.{decimals} %", self.0 / 10_000_000),
        }
    }
}

/// The availability of components that are all needed: their product (iso20000.md 5.4, 5), rounded down. What they
/// exclude, such as planned maintenance, has to be the same for all. `None` where one is unknown, or there is none.
pub fn serial(components: &[Option<Share>]) -> Option<Share> {
    product(components, false)
}

/// The availability of components of which one suffices: 1 − ∏(1 − A) (iso20000.md 5.4, 1), rounded down.
pub fn redundant(components: &[Option<Share>]) -> Option<Share> {
    let rests: Vec<_> = components.iter().map(|one| one.map(Share::rest)).collect();
    product(&rests, true).map(Share::rest)
}

/// The share of tickets in time that sequential targets guarantee together: max(0, 1 − ∑(1 − p)) (iso20000.md 5.4, 4).
pub fn guaranteed(targets: &[Option<Share>]) -> Option<Share> {
    let rests = targets.iter().map(|one| one.map(|share| u64::from(share.rest().0))).sum::<Option<u64>>();
    let rests = rests.filter(|_| !targets.is_empty())?;
    u32::try_from(u64::from(Share::ALL.0).saturating_sub(rests)).ok().map(Share)
}

/// The share of tickets in time if sequential targets are missed independently of each other: an estimate and no
/// guarantee.
pub fn independent(targets: &[Option<Share>]) -> Option<Share> {
    product(targets, false)
}

/// By how much a supplier's worst downtime within one window of the customer's agreement exceeds what that allows:
/// min(W, (1 − a) · w) − (1 − A) · W (SC-24); zero where it does not.
pub fn window_excess(customer: (Share, Duration), supplier: (Share, Duration)) -> Duration {
    let worst = supplier.0.downtime(supplier.1).min(customer.1);
    worst.saturating_sub(customer.0.downtime(customer.1))
}

/// Every factor is rounded at once, to one side, so that the error is below a billionth per factor.
fn product(shares: &[Option<Share>], up: bool) -> Option<Share> {
    if shares.is_empty() {
        return None;
    }
    let mut product = WHOLE;
    for share in shares {
        let exact = product * u128::from((*share)?.0);
        product = if up { exact.div_ceil(WHOLE) } else { exact / WHOLE };
    }
    u32::try_from(product).ok().map(Share)
}

fn nanos(nanos: u128) -> Duration {
    let secs = u64::try_from(nanos / WHOLE).unwrap_or(u64::MAX);
    Duration::new(secs, u32::try_from(nanos % WHOLE).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(text: &str) -> Share {
        text.parse().unwrap()
    }

    fn all(texts: &[&str]) -> Vec<Option<Share>> {
        texts.iter().map(|text| Some(share(text))).collect()
    }

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn percentages_are_read_exactly_or_not_at_all() {
        for (text, shown) in [("99.95", "99.95 %"), ("100", "100 %"), ("0.0000001", "0.0000001 %"), ("05.10", "5.1 %")]
        {
            assert_eq!(share(text).to_string(), shown);
        }
        for text in ["", "100.0000001", "-1", "1.", ".5", "99,5", "99.12345678", "1000"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn availabilities_multiply_and_redundant_ones_complement_each_other() {
        // iso20000.md 8.2: 99.9 × 99.95 × 99.5 → 99.3508 % → 280.45 min in 30 days, 216 min are allowed by 99.5 %.
        let chain = serial(&all(&["99.9", "99.95", "99.5"])).unwrap();
        assert_eq!(chain.to_string(), "99.3507997 %");
        assert_eq!(chain.downtime(30 * DAY).as_secs() / 60, 280);
        assert_eq!((chain.downtime(30 * DAY).as_secs_f64() / 0.6).round(), 28_045.0);
        assert_eq!(share("99.5").downtime(30 * DAY), Duration::from_secs(216 * 60));
        assert_eq!(redundant(&all(&["99", "99"])).unwrap(), share("99.99"));
        assert_eq!(redundant(&all(&["33.3333333", "33.3333333"])).unwrap().to_string(), "55.5555555 %");
    }

    #[test]
    fn what_a_quarter_allows_may_fall_into_one_month() {
        // SC-24: 99.9 % of a quarter of 90 days are 129.6 min, 99.9 % of a month of 30 days 43.2 min.
        let month = (share("99.9"), 30 * DAY);
        assert_eq!(share("99.9").downtime(90 * DAY), Duration::from_millis(129_600 * 60));
        assert_eq!(share("99.9").downtime(30 * DAY), Duration::from_millis(43_200 * 60));
        assert_eq!(window_excess(month, (share("99.9"), 90 * DAY)), Duration::from_millis((129_600 - 43_200) * 60));
        assert_eq!(window_excess(month, month), Duration::ZERO);
        assert_eq!(
            window_excess((share("90"), DAY), (share("50"), 90 * DAY)),
            Duration::from_secs(77_760),
            "a day at most"
        );
    }

    #[test]
    fn percentiles_of_a_sequence_guarantee_less_than_each() {
        // SC-22: two contracts of 95 %.
        assert_eq!(guaranteed(&all(&["95", "95"])), Some(share("90")));
        assert_eq!(independent(&all(&["95", "95"])), Some(share("90.25")));
        assert_eq!(guaranteed(&all(&["40", "40"])), Some(Share::NONE));
        for unknown in [&[Some(Share::ALL), None][..], &[]] {
            assert_eq!((guaranteed(unknown), independent(unknown), redundant(unknown)), (None, None, None));
        }
    }

    #[test]
    fn a_share_is_reached_exactly_or_not() {
        let reached = |target: &str, part| share(target).is_reached_by_count(part, 100_000).unwrap();
        assert!(reached("99.951", 99_951) && reached("99.95", 99_951));
        assert!(!reached("99.951", 99_950) && !reached("100", 99_999), "nothing is rounded");
        assert_eq!(share("99").is_reached_by(Duration::ZERO, Duration::ZERO), None);
        assert_eq!(share("50").is_reached_by(DAY, 2 * DAY), Some(true));
    }
}
