//! Shares, means and medians.

use super::Truth;

/// What a record of a cohort is to a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    Hit,
    Miss,
    /// It would count, and what it takes is not known.
    Unknown,
    /// It would count, and nothing measures it.
    Unmeasured,
}

impl From<bool> for Seen {
    fn from(hit: bool) -> Self {
        if hit { Self::Hit } else { Self::Miss }
    }
}

/// A cohort on the way to a figure.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) amounts: Vec<f64>,
    unknown: u64,
    unmeasured: u64,
}

impl Tally {
    pub(crate) fn of(amounts: impl IntoIterator<Item = i64>) -> Self {
        Self { amounts: amounts.into_iter().map(|amount| amount as f64).collect(), ..Self::default() }
    }

    /// With a hit for 100 and a miss for 0, the mean is the share.
    pub(crate) fn share(all: impl IntoIterator<Item = Seen>) -> Truth {
        let mut tally = Self::default();
        all.into_iter().for_each(|seen| tally.see(seen));
        tally.mean()
    }

    pub(crate) fn see(&mut self, seen: Seen) {
        match seen {
            Seen::Hit => self.amounts.push(100.0),
            Seen::Miss => self.amounts.push(0.0),
            Seen::Unknown => self.unknown += 1,
            Seen::Unmeasured => self.unmeasured += 1,
        }
    }

    fn n(&self) -> u64 {
        self.amounts.len() as u64
    }

    /// A value, unless there is nothing or more than a fifth is unknown.
    pub(crate) fn truth(&self, value: f64) -> Truth {
        let n = self.n();
        let is_enough = n > 0 && self.unknown * 5 <= n + self.unknown + self.unmeasured;
        Truth { value: is_enough.then_some(value), n }
    }

    pub(crate) fn mean(&self) -> Truth {
        self.truth(self.amounts.iter().sum::<f64>() / self.n() as f64)
    }

    pub(crate) fn median(&mut self) -> Truth {
        self.amounts.sort_by(f64::total_cmp);
        let amounts = &self.amounts;
        let middle = match amounts.len() {
            0 => f64::NAN,
            n if n % 2 == 1 => amounts[n / 2],
            n => f64::midpoint(amounts[n / 2 - 1], amounts[n / 2]),
        };
        self.truth(middle)
    }
}

impl Truth {
    /// A number of records, which may be none.
    pub(crate) fn number(n: usize) -> Self {
        Self { value: Some(n as f64), n: n as u64 }
    }

    /// One sum by another; nothing by nothing.
    pub(crate) fn ratio(above: f64, below: f64, n: usize) -> Self {
        Self { value: (below > 0.0 && n > 0).then(|| above / below), n: n as u64 }
    }
}
