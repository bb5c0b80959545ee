//! The states of what surrounds the work: tasks and approvals, services and items, agreements and parties, cases, reviews.
//! Those of iso20000.md 2.4 where it has them, the fewest that do otherwise.

use crate::state::{Category, StateMachine, state};

/// A part of the work on a change or a request.
pub(crate) const TASK_STATES: StateMachine = StateMachine {
    states: &[
        state("new", Category::New, &["assigned", "in_progress", "on_hold", "closed", "cancelled"]),
        state("assigned", Category::InProgress, &["in_progress", "on_hold", "closed", "cancelled"]),
        state("in_progress", Category::InProgress, &["assigned", "on_hold", "closed", "cancelled"]),
        state("on_hold", Category::OnHold, &["assigned", "in_progress", "closed", "cancelled"]),
        state("closed", Category::Closed, &["in_progress"]),
        state("cancelled", Category::Cancelled, &[]),
    ],
};

/// Asked, and answered one way or the other. Who changes his mind approves again.
pub(crate) const APPROVAL_STATES: StateMachine = StateMachine {
    states: &[
        state("not_requested", Category::New, &["requested", "cancelled"]),
        state("requested", Category::OnHold, &["approved", "rejected", "cancelled"]),
        state("approved", Category::Closed, &["requested", "rejected"]),
        state("rejected", Category::Closed, &["requested", "approved"]),
        state("cancelled", Category::Cancelled, &[]),
    ],
};

/// Accepted before it is deployed.
pub(crate) const RELEASE_STATES: StateMachine = StateMachine {
    states: &[
        state("planned", Category::New, &["building", "cancelled"]),
        state("building", Category::InProgress, &["testing", "cancelled"]),
        state("testing", Category::InProgress, &["building", "accepted", "cancelled"]),
        state("accepted", Category::InProgress, &["deploying", "cancelled"]),
        state("deploying", Category::InProgress, &["deployed", "rolled_back"]),
        state("deployed", Category::Resolved, &["reviewed", "closed", "rolled_back"]),
        state("reviewed", Category::Resolved, &["closed", "rolled_back"]),
        state("closed", Category::Closed, &[]),
        state("rolled_back", Category::Closed, &["planned"]),
        state("cancelled", Category::Cancelled, &[]),
    ],
};

/// In the catalogue before, while and after it is delivered.
pub(crate) const SERVICE_STATES: StateMachine = StateMachine {
    states: &[
        state("pipeline", Category::New, &["live", "retired"]),
        state("live", Category::InProgress, &["retired"]),
        state("retired", Category::Closed, &["live"]),
    ],
};

/// From live to retired needs a change; that is a check's business.
pub(crate) const CONFIGURATION_ITEM_STATES: StateMachine = StateMachine {
    states: &[
        state("planned", Category::New, &["in_build", "in_test", "live", "retired"]),
        state("in_build", Category::InProgress, &["in_test", "live", "retired"]),
        state("in_test", Category::InProgress, &["in_build", "live", "retired"]),
        state("live", Category::InProgress, &["in_maintenance", "retired", "missing"]),
        state("in_maintenance", Category::OnHold, &["live", "retired", "missing"]),
        state("retired", Category::Closed, &["disposed", "live"]),
        state("disposed", Category::Closed, &[]),
        state("missing", Category::OnHold, &["live", "retired", "disposed"]),
    ],
};

/// It goes on until it ends.
pub(crate) const OUTAGE_STATES: StateMachine = StateMachine {
    states: &[state("ongoing", Category::InProgress, &["ended"]), state("ended", Category::Closed, &["ongoing"])],
};

/// In force or not.
pub(crate) const REGISTER_STATES: StateMachine = StateMachine {
    states: &[state("active", Category::InProgress, &["inactive"]), state("inactive", Category::Closed, &["active"])],
};

/// That it is in dispute, or about to expire, are flags and no states.
pub(crate) const AGREEMENT_STATES: StateMachine = StateMachine {
    states: &[
        state("draft", Category::New, &["under_review", "approved", "active", "terminated"]),
        state("under_review", Category::InProgress, &["draft", "approved", "terminated"]),
        state("approved", Category::InProgress, &["active", "terminated"]),
        state("active", Category::InProgress, &["under_review", "expired", "renewed", "terminated"]),
        state("expired", Category::Closed, &["renewed", "active"]),
        state("renewed", Category::Closed, &["active"]),
        state("terminated", Category::Cancelled, &[]),
    ],
};

/// Begun anew it is another clock.
pub(crate) const SLA_CLOCK_STATES: StateMachine = StateMachine {
    states: &[
        state("pending", Category::New, &["running", "cancelled"]),
        state("running", Category::InProgress, &["paused", "completed", "cancelled"]),
        state("paused", Category::OnHold, &["running", "completed", "cancelled"]),
        state("completed", Category::Closed, &["running"]),
        state("cancelled", Category::Cancelled, &[]),
    ],
};

/// Complaints, disputes and corrective actions.
pub(crate) const CASE_STATES: StateMachine = StateMachine {
    states: &[
        state("recorded", Category::New, &["acknowledged", "investigating", "action", "resolved", "withdrawn"]),
        state("acknowledged", Category::InProgress, &["investigating", "action", "resolved", "withdrawn"]),
        state("investigating", Category::InProgress, &["action", "resolved", "withdrawn"]),
        state("action", Category::InProgress, &["investigating", "resolved", "withdrawn"]),
        state("resolved", Category::Resolved, &["closed", "investigating", "action"]),
        state("closed", Category::Closed, &["investigating"]),
        state("withdrawn", Category::Cancelled, &[]),
    ],
};

/// A meeting.
pub(crate) const REVIEW_STATES: StateMachine = StateMachine {
    states: &[
        state("planned", Category::New, &["held", "cancelled"]),
        state("held", Category::Closed, &[]),
        state("cancelled", Category::Cancelled, &["planned"]),
    ],
};

/// It holds until it expires.
pub(crate) const ATTESTATION_STATES: StateMachine = StateMachine {
    states: &[
        state("valid", Category::InProgress, &["expired", "withdrawn"]),
        state("expired", Category::Closed, &["valid"]),
        state("withdrawn", Category::Cancelled, &[]),
    ],
};

/// What was written down once.
pub(crate) const RECORDED_STATES: StateMachine = StateMachine {
    states: &[state("recorded", Category::Closed, &["withdrawn"]), state("withdrawn", Category::Cancelled, &[])],
};
