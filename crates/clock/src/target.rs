//! Clocks of targets: from the changes of a record to what counted and whether it was in time.

mod claimed;
mod course;
mod cycle;
mod drafts;
mod intervals;
mod rules;

pub use claimed::{Claimed, Difference};
pub use course::{Change, Course, StartUnknown, Told};
pub use cycle::{Cycle, Outcome, Stage, Verdict};
pub use intervals::{Interval, Why};
pub use rules::{Bearer, ClockRules, Condition, PauseRule, Reopening, RuleFault, Start, Words};

use crate::calendar::Calendar;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// What a clock is held against. A day is no unit of it: tools mean 24 hours or a business day by the same word, so it is
/// read as a duration and a calendar (iso20000.md 2.8, [`Calendar::business_days`]).
#[derive(Debug, Clone)]
pub struct Target {
    /// The most that may count; as much is in time, one nanosecond more is a breach. Nothing is rounded.
    pub limit: Duration,
    /// The calendar in which it counts.
    pub calendar: Arc<Calendar>,
}

static ALWAYS: LazyLock<Arc<Calendar>> = LazyLock::new(|| Arc::new(Calendar::always()));

impl Target {
    /// A limit in business time.
    pub fn business(limit: Duration, calendar: Arc<Calendar>) -> Self {
        Self { limit, calendar }
    }

    /// A limit in elapsed time, around the clock.
    pub fn elapsed(limit: Duration) -> Self {
        Self { limit, calendar: Arc::clone(&ALWAYS) }
    }
}
