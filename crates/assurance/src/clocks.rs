//! Clocks of records: the target that is for a record, what our own clock says of it, what the tool's clock says, and the
//! difference between both, which is a result of its own (iso20000.md 4.1, SC-83). Neither mends the other.

mod choice;
mod course;
mod holding;
mod native;

pub use choice::{Candidate, Choice, candidates, choose};
pub use holding::{Holding, held_by, holdings};
pub use native::{NativeClock, native};

use crate::estate::{Clock, Target};
use crate::row::Row;
use crate::view::View;
use counterfoil_clock::{Bearer, Bounds, Cycle, Difference, Outcome, Truth, Verdict};
use course::Life;
use jiff::Timestamp;

/// A clock that we ran.
#[derive(Debug, Clone)]
pub struct OurClock<'a> {
    /// Its target.
    pub target: &'a Target,
    clock: &'a Clock,
    life: Life,
    as_of: Timestamp,
    outcome: Option<Outcome>,
}

impl OurClock<'_> {
    /// Its cycles with their moments and reasons, the oldest first; none while it has not started. Made when asked for.
    pub fn cycles(&self) -> Vec<Cycle> {
        self.clock.rules.cycles(&self.clock.target, &self.life.course(self.as_of)).unwrap_or_default()
    }

    /// What counted, in the calendar of the target; `None` while the clock has not started. The last cycle counts.
    pub fn elapsed(&self) -> Option<Bounds> {
        self.outcome.map(|outcome| outcome.elapsed)
    }

    /// What waited for somebody and did not count.
    pub fn paused(&self, bearer: Bearer) -> Option<Bounds> {
        Some(self.cycles().last()?.paused(bearer, &self.clock.target))
    }

    /// What became of the target; `None` while the clock has not started.
    pub fn verdict(&self) -> Option<Verdict> {
        self.outcome.map(|outcome| outcome.verdict)
    }
}

/// Both clocks of a record for a metric.
#[derive(Debug, Clone)]
pub struct Clocked<'a> {
    /// The target.
    pub choice: Choice<'a>,
    /// Our clock, where there is one target and something says when it started.
    pub ours: Option<OurClock<'a>>,
    /// The tool's own clock, where it has one.
    pub native: Option<NativeClock<'a>>,
}

impl Clocked<'_> {
    /// Whether the target was kept by our clock; `None` where that is not decided, not known or nobody's to say.
    pub fn met(&self) -> Option<bool> {
        match self.ours.as_ref()?.verdict()? {
            Verdict::Met => Some(true),
            Verdict::Breached => Some(false),
            Verdict::Running | Verdict::Cancelled | Verdict::Unknown => None,
        }
    }

    /// What the tool claims less what we computed.
    pub fn difference(&self) -> Option<Difference> {
        let (native, ours) = self.native.as_ref().zip(self.ours.as_ref())?;
        Some(native.claimed.less(ours.cycles().last()?))
    }

    /// Whether both clocks disagree: by more than a minute and 1 %, or in their verdicts (SC-83).
    pub fn disagrees(&self) -> Truth {
        self.difference().map_or(Truth::Unknown, |difference| difference.disagrees())
    }
}

/// Both clocks of a record for a metric (`resolution`, `response`, `fulfilment` …) as known at the end of the window.
pub fn clocked<'a>(row: Row<'a>, metric: &str, view: &View<'a>) -> Clocked<'a> {
    let choice = choose(row, metric, view);
    let target = match choice {
        Choice::Target(target) => Some(target),
        Choice::None | Choice::Tie(_) | Choice::Unknown(_) => None,
    };
    beside(row, metric, target, choice, view)
}

/// Both clocks of a record for a target that may be for it.
pub fn clocked_by<'a>(row: Row<'a>, target: &'a Target, view: &View<'a>) -> Clocked<'a> {
    beside(row, target.metric, Some(target), Choice::Target(target), view)
}

fn beside<'a>(
    row: Row<'a>,
    metric: &str,
    target: Option<&'a Target>,
    choice: Choice<'a>,
    view: &View<'a>,
) -> Clocked<'a> {
    let ours = target.and_then(|target| ours(row, target, view.window.to));
    let native = native(row, metric, target, view);
    Clocked { choice, ours, native }
}

/// Our clock of a record for a target, as known at a moment.
pub fn ours<'a>(row: Row<'_>, target: &'a Target, as_of: Timestamp) -> Option<OurClock<'a>> {
    let clock = target.clock.as_ref()?;
    let life = Life::of(row.facts, clock, as_of)?;
    let outcome = clock.rules.outcome(&clock.target, &life.course(as_of)).ok()?;
    Some(OurClock { target, clock, life, as_of, outcome })
}

/// The time of a calendar between two moments of a record, in milliseconds since the Unix epoch, whatever it did between
/// them. `None` where one of them is no moment.
pub fn business_time(calendar: &counterfoil_clock::Calendar, from: i64, until: i64) -> Option<Bounds> {
    Some(calendar.between(course::instant(from)?, course::instant(until)?))
}
