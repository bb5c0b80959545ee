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
use counterfoil_clock::{Bearer, Bounds, Course, Cycle, Difference, StartUnknown, Truth, Verdict};
use course::Life;
use jiff::Timestamp;

/// A clock that we ran.
#[derive(Debug, Clone)]
pub struct OurClock<'a> {
    /// Its target.
    pub target: &'a Target,
    /// Its cycles, the oldest first; none while it has not started.
    pub cycles: Vec<Cycle>,
}

impl OurClock<'_> {
    /// The cycle that counts: the last one.
    pub fn cycle(&self) -> Option<&Cycle> {
        self.cycles.last()
    }

    /// What counted, in the calendar of the target.
    pub fn elapsed(&self) -> Option<Bounds> {
        self.cycle().map(|cycle| cycle.elapsed)
    }

    /// What waited for somebody and did not count.
    pub fn paused(&self, bearer: Bearer) -> Option<Bounds> {
        let clock = self.target.clock.as_ref()?;
        Some(self.cycle()?.paused(bearer, &clock.target))
    }

    /// What became of the target; `None` while the clock has not started.
    pub fn verdict(&self) -> Option<Verdict> {
        self.cycle().map(|cycle| cycle.verdict)
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
    /// What the tool claims less what we computed.
    pub difference: Option<Difference>,
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

    /// Whether both clocks disagree: by more than a minute and 1 %, or in their verdicts (SC-83).
    pub fn disagrees(&self) -> Truth {
        self.difference.as_ref().map_or(Truth::Unknown, Difference::disagrees)
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
    let difference = native.as_ref().zip(ours.as_ref().and_then(OurClock::cycle));
    let difference = difference.map(|(native, cycle)| native.claimed.less(cycle));
    Clocked { choice, ours, native, difference }
}

/// Our clock of a record for a target, as known at a moment.
pub fn ours<'a>(row: Row<'_>, target: &'a Target, as_of: Timestamp) -> Option<OurClock<'a>> {
    let clock = target.clock.as_ref()?;
    let cycles = cycles(row, clock, as_of)?.ok()?;
    Some(OurClock { target, cycles })
}

fn cycles(row: Row<'_>, clock: &Clock, as_of: Timestamp) -> Option<Result<Vec<Cycle>, StartUnknown>> {
    let life = Life::of(row.facts, clock, as_of)?;
    let course = Course { opened: life.opened, changes: &life.changes, as_of };
    Some(clock.rules.cycles(&clock.target, &course))
}

/// The time of a calendar between two moments of a record, in milliseconds since the Unix epoch, whatever it did between
/// them. `None` where one of them is no moment.
pub fn business_time(calendar: &counterfoil_clock::Calendar, from: i64, until: i64) -> Option<Bounds> {
    Some(calendar.between(course::instant(from)?, course::instant(until)?))
}
