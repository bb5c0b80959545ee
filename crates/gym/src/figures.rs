//! Figures over true records. Definitions stand at the fields; a product that counts otherwise disagrees by definition.

use crate::life::State;
use crate::oracle::{TrueRecord, Verdict};
use jiff::Timestamp;
use std::fmt;

/// Figures over some records.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// Records.
    pub incidents: u64,
    /// Records by their state at now; every state is listed, in the order of [`State::ALL`].
    pub by_state: Vec<(State, u64)>,
    /// Records that are resolved or closed at now.
    pub resolved: u64,
    /// Sum over the resolved ones of last resolution minus opening, calendar seconds.
    pub resolve_secs_sum: i64,
    /// Their mean.
    pub resolve_secs_mean: Option<f64>,
    /// Their median: the middle one, or the mean of the two in the middle (Hyndman-Fan type 7).
    pub resolve_secs_median: Option<f64>,
    /// Their 90th percentile: the element at `ceil(0.9 n)`, counted from 1.
    pub resolve_secs_p90_nearest_rank: Option<i64>,
    /// Their 90th percentile, Hyndman-Fan type 7.
    pub resolve_secs_p90_linear: Option<f64>,
    /// Records that were reopened at least once.
    pub reopened: u64,
    /// Of the resolved ones, those that were reopened at least once.
    pub resolved_reopened: u64,
    /// Of the resolved ones, those that never changed their group.
    pub resolved_without_reassign: u64,
    /// Sum of changes of group over all records.
    pub reassign_sum: u64,
    /// Resolved ones whose resolution clock ended at or before its target.
    pub sla_met: u64,
    /// Resolved ones whose clock passed it.
    pub sla_breached: u64,
    /// Open ones whose clock has passed it at now.
    pub overdue: u64,
    /// Records that are neither resolved nor closed nor cancelled.
    pub backlog: u64,
    /// Seconds from opening to now of the backlog, ascending.
    pub backlog_age_secs: Vec<i64>,
}

impl Figures {
    /// The figures over these records.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a TrueRecord>, now: Timestamp) -> Self {
        let mut figures = Self { by_state: State::ALL.iter().map(|state| (*state, 0)).collect(), ..Self::default() };
        let mut resolve_secs = Vec::new();
        for record in records {
            figures.incidents += 1;
            figures.by_state[record.state as usize].1 += 1;
            figures.reopened += u64::from(record.reopened > 0);
            figures.reassign_sum += u64::from(record.reassigned);
            if let Some(resolved) = record.resolved {
                resolve_secs.push(resolved.as_second() - record.opened.as_second());
                figures.resolved_reopened += u64::from(record.reopened > 0);
                figures.resolved_without_reassign += u64::from(record.reassigned == 0);
            }
            if record.state.is_open() {
                figures.backlog_age_secs.push(now.as_second() - record.opened.as_second());
            }
            match record.verdict {
                Verdict::Met => figures.sla_met += 1,
                Verdict::Breached => figures.sla_breached += 1,
                Verdict::Overdue => figures.overdue += 1,
                Verdict::Running | Verdict::Cancelled => {}
            }
        }
        resolve_secs.sort_unstable();
        figures.backlog_age_secs.sort_unstable();
        figures.backlog = figures.backlog_age_secs.len() as u64;
        figures.resolved = resolve_secs.len() as u64;
        figures.resolve_secs_sum = resolve_secs.iter().sum();
        if !resolve_secs.is_empty() {
            figures.resolve_secs_mean = Some(figures.resolve_secs_sum as f64 / resolve_secs.len() as f64);
        }
        figures.resolve_secs_median = linear(&resolve_secs, 5);
        figures.resolve_secs_p90_nearest_rank = nearest_rank(&resolve_secs, 9);
        figures.resolve_secs_p90_linear = linear(&resolve_secs, 9);
        figures
    }

    /// Records in this state.
    pub fn in_state(&self, state: State) -> u64 {
        self.by_state[state as usize].1
    }

    /// The median age of the backlog, seconds, type 7.
    pub fn backlog_age_secs_median(&self) -> Option<f64> {
        linear(&self.backlog_age_secs, 5)
    }
}

/// The element at `ceil(tenths / 10 * n)`, counted from 1.
fn nearest_rank(sorted: &[i64], tenths: usize) -> Option<i64> {
    let rank = (sorted.len() * tenths).div_ceil(10);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// Hyndman-Fan type 7.
fn linear(sorted: &[i64], tenths: usize) -> Option<f64> {
    let scaled = sorted.len().checked_sub(1)? * tenths;
    let (below, fraction) = (scaled / 10, (scaled % 10) as f64 / 10.0);
    let low = sorted[below] as f64;
    let high = sorted.get(below + 1).map_or(low, |high| *high as f64);
    Some(low + (high - low) * fraction)
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let states: Vec<String> = self.by_state.iter().map(|(state, n)| format!("{} {n}", state.word())).collect();
        writeln!(f, "  incidents {}: {}", self.incidents, states.join(", "))?;
        let hours = |secs: Option<f64>| secs.map_or("none".to_owned(), |secs| format!("{:.1} h", secs / 3600.0));
        writeln!(
            f,
            "  resolved {}: mean {}, median {}, p90 {} (nearest rank {})",
            self.resolved,
            hours(self.resolve_secs_mean),
            hours(self.resolve_secs_median),
            hours(self.resolve_secs_p90_linear),
            hours(self.resolve_secs_p90_nearest_rank.map(|secs| secs as f64)),
        )?;
        writeln!(
            f,
            "  targets met {}, breached {}, open and overdue {}; reopened {}; changes of group {}",
            self.sla_met, self.sla_breached, self.overdue, self.reopened, self.reassign_sum
        )?;
        writeln!(f, "  backlog {}, median age {}", self.backlog, hours(self.backlog_age_secs_median()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_by_both_definitions() {
        let ten: Vec<i64> = (1..=10).collect();
        assert_eq!((nearest_rank(&ten, 9), linear(&ten, 9), linear(&ten, 5)), (Some(9), Some(9.1), Some(5.5)));
        assert_eq!((nearest_rank(&[7], 9), linear(&[7], 9)), (Some(7), Some(7.0)));
        assert_eq!((nearest_rank(&[], 9), linear(&[], 9)), (None, None));
        let three = [10, 20, 40];
        assert_eq!((nearest_rank(&three, 9), linear(&three, 9), linear(&three, 5)), (Some(40), Some(36.0), Some(20.0)));
    }
}
