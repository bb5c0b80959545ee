//! The clock of the source's own tool beside ours. Both are kept; their difference is a result.

use crate::bounds::{Bounds, Truth, When};
use crate::target::Cycle;
use jiff::{SignedDuration, Timestamp};

/// What a tool says of one of its own cycles (ServiceNow's `task_sla`, an SLA cycle of Jira); what it does not say is
/// `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Claimed {
    /// When it started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// When it is due, or was.
    pub due: Option<Timestamp>,
    /// What counted.
    pub elapsed: Option<SignedDuration>,
    /// Whether it was exceeded.
    pub breached: Option<bool>,
}

/// What a tool claims less what we computed; negative where it claims less. `None` where it claims nothing, or we have
/// nothing to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Of the start.
    pub started: Option<Bounds>,
    /// Of the end.
    pub ended: Option<Bounds>,
    /// Of the due instant.
    pub due: Option<Bounds>,
    /// Of what counted.
    pub elapsed: Option<Bounds>,
    /// Whether what counted differs by more than the larger of 60 s and 1 % of the claim (iso20000.md 5.2, SC-83).
    pub elapsed_differs: Truth,
    /// Whether one says breached and the other not.
    pub breach_differs: Truth,
}

impl Difference {
    /// Whether the clocks disagree (SC-83): in one of the two.
    pub fn disagrees(&self) -> Truth {
        self.elapsed_differs.or(self.breach_differs)
    }
}

impl Claimed {
    /// The difference to a cycle that we computed.
    pub fn less(&self, ours: &Cycle) -> Difference {
        let elapsed = self.elapsed.map(|claimed| ours.elapsed.subtracted_from(claimed));
        let tolerance = self.elapsed.map_or(SignedDuration::ZERO, |claimed| {
            SignedDuration::from_secs(60).max(claimed.checked_div(100).unwrap_or_default().abs())
        });
        Difference {
            started: difference(self.started, Some(ours.started)),
            ended: difference(self.ended, ours.ended),
            due: difference(self.due, ours.due),
            elapsed,
            elapsed_differs: elapsed.map_or(Truth::Unknown, |elapsed| beyond(elapsed, tolerance)),
            breach_differs: match (self.breached, ours.breached) {
                (Some(true), breached) => !breached,
                (Some(false), breached) => breached,
                (None, _) => Truth::Unknown,
            },
        }
    }
}

fn difference(claimed: Option<Timestamp>, ours: Option<When>) -> Option<Bounds> {
    let (claimed, (earliest, latest)) = claimed.zip(ours?.range())?;
    Some(Bounds { lowest: claimed.duration_since(latest), highest: claimed.duration_since(earliest) })
}

/// Whether a difference is larger than a tolerance, in either direction.
fn beyond(difference: Bounds, tolerance: SignedDuration) -> Truth {
    let Bounds { lowest, highest } = difference;
    let zero = SignedDuration::ZERO;
    if lowest > tolerance || highest < zero.saturating_sub(tolerance) {
        Truth::Yes
    } else if highest <= tolerance && lowest >= zero.saturating_sub(tolerance) {
        Truth::No
    } else {
        Truth::Unknown
    }
}
