//! Canonical state machines. The gateway observes: a transition outside the machine is a finding, never a rejection.

/// What a state means in any kind. The numbers are those of OCSF Ticket `status_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// The source's state is not known to the mapping.
    Unknown = 0,
    /// Recorded, nobody works on it.
    New = 1,
    /// Somebody works on it.
    InProgress = 2,
    /// Waiting for something outside.
    OnHold = 4,
    /// The service is restored.
    Resolved = 5,
    /// Ended.
    Closed = 6,
    /// Ended without having been done.
    Cancelled = 7,
}

impl Category {
    /// `new`, `in_progress`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::New => "new",
            Self::InProgress => "in_progress",
            Self::OnHold => "on_hold",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One state of a kind.
#[derive(Debug)]
pub struct StateSpec {
    /// The canonical word.
    pub name: &'static str,
    /// What it means in any kind.
    pub category: Category,
    /// The states that the standard's process expects next.
    pub next: &'static [&'static str],
}

/// The states of a kind.
#[derive(Debug)]
pub struct StateMachine {
    /// In the order of a smooth life.
    pub states: &'static [StateSpec],
}

impl StateMachine {
    /// The state with this canonical word.
    pub fn state(&self, name: &str) -> Option<&'static StateSpec> {
        self.states.iter().find(|state| state.name == name)
    }

    /// What a canonical word means; [`Category::Unknown`] for any other word.
    pub fn category(&self, name: &str) -> Category {
        self.state(name).map_or(Category::Unknown, |state| state.category)
    }

    /// Whether the process expects this transition.
    pub fn expects(&self, from: &str, to: &str) -> bool {
        self.state(from).is_some_and(|state| state.next.contains(&to))
    }

    /// Whether this transition is a reopening: out of resolved or closed, back to work.
    pub fn reopens(&self, from: &str, to: &str) -> bool {
        let ended = |name| matches!(self.category(name), Category::Resolved | Category::Closed);
        let open = |name| matches!(self.category(name), Category::New | Category::InProgress | Category::OnHold);
        ended(from) && open(to)
    }
}

pub(crate) const fn state(name: &'static str, category: Category, next: &'static [&'static str]) -> StateSpec {
    StateSpec { name, category, next }
}

/// Resolved and closed may go back to work: that is a reopening, an event and not a state.
pub(crate) const INCIDENT_STATES: StateMachine = StateMachine {
    states: &[
        state("new", Category::New, &["assigned", "in_progress", "on_hold", "resolved", "cancelled"]),
        state("assigned", Category::InProgress, &["in_progress", "on_hold", "resolved", "cancelled", "new"]),
        state("in_progress", Category::InProgress, &["on_hold", "resolved", "assigned", "cancelled"]),
        state("on_hold", Category::OnHold, &["in_progress", "assigned", "resolved", "cancelled"]),
        state("resolved", Category::Resolved, &["closed", "in_progress", "assigned"]),
        state("closed", Category::Closed, &["in_progress"]),
        state("cancelled", Category::Cancelled, &[]),
    ],
};

/// Fulfilled and closed may go back to work; what was rejected may be asked for again.
pub(crate) const SERVICE_REQUEST_STATES: StateMachine = StateMachine {
    states: &[
        state("new", Category::New, &["awaiting_approval", "in_progress", "rejected", "cancelled"]),
        state("awaiting_approval", Category::OnHold, &["approved", "rejected", "cancelled"]),
        state("approved", Category::InProgress, &["in_progress"]),
        state("in_progress", Category::InProgress, &["on_hold", "fulfilled"]),
        state("on_hold", Category::OnHold, &["in_progress"]),
        state("fulfilled", Category::Resolved, &["closed", "in_progress"]),
        state("closed", Category::Closed, &["in_progress"]),
        state("rejected", Category::Cancelled, &["new"]),
        state("cancelled", Category::Cancelled, &[]),
    ],
};

/// A problem may end before it is mended: as a duplicate, or because its risk was accepted. iso20000.md names no way into
/// `on_hold` and none out of it; a problem may wait wherever it is worked on, and goes on there.
pub(crate) const PROBLEM_STATES: StateMachine = StateMachine {
    states: &[
        state("new", Category::New, &["assessed", "cancelled"]),
        state("assessed", Category::InProgress, &["investigating", "on_hold", "closed"]),
        state("investigating", Category::InProgress, &["known_error", "fix_in_progress", "on_hold", "closed"]),
        state("known_error", Category::InProgress, &["fix_in_progress", "on_hold", "closed"]),
        state("fix_in_progress", Category::InProgress, &["resolved", "investigating", "on_hold", "closed"]),
        state("on_hold", Category::OnHold, &["assessed", "investigating", "known_error", "fix_in_progress"]),
        state("resolved", Category::Resolved, &["closed", "fix_in_progress"]),
        state("closed", Category::Closed, &[]),
        state("cancelled", Category::Cancelled, &[]),
    ],
};

/// The ways of all three types: a standard change is scheduled at once, an emergency goes from its approval straight to
/// work. Where approving and scheduling is one step, as in ServiceNow and Jira, `approved` is passed over. Once implemented it is reviewed, and can be cancelled no more. `on_hold` is not in iso20000.md, where ServiceNow's
/// flag stands for it; the tools whose changes wait in a status of their own (Pending) need the state.
pub(crate) const CHANGE_STATES: StateMachine = StateMachine {
    states: &[
        state("draft", Category::New, &["submitted", "scheduled", "awaiting_approval", "cancelled"]),
        state("submitted", Category::InProgress, &["assessing", "awaiting_approval", "rejected", "cancelled"]),
        state("assessing", Category::InProgress, &["awaiting_approval", "on_hold", "rejected", "cancelled"]),
        state(
            "awaiting_approval",
            Category::OnHold,
            &["approved", "scheduled", "rejected", "assessing", "implementing"],
        ),
        state("approved", Category::InProgress, &["scheduled", "implementing", "on_hold", "cancelled"]),
        state("scheduled", Category::InProgress, &["implementing", "assessing", "on_hold", "cancelled"]),
        state("on_hold", Category::OnHold, &["assessing", "approved", "scheduled", "cancelled"]),
        state("implementing", Category::InProgress, &["implemented"]),
        state("implemented", Category::InProgress, &["closed"]),
        state("closed", Category::Closed, &[]),
        state("rejected", Category::Cancelled, &[]),
        state("cancelled", Category::Cancelled, &[]),
    ],
};

/// A value that can be chosen no more may be offered again.
pub(crate) const CATALOGUE_STATES: StateMachine = StateMachine {
    states: &[state("active", Category::InProgress, &["retired"]), state("retired", Category::Closed, &["active"])],
};

/// A conversation that has ended goes on with the next mail.
pub(crate) const CORRESPONDENCE_STATES: StateMachine = StateMachine {
    states: &[state("received", Category::New, &["ended"]), state("ended", Category::Closed, &["received"])],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expected_next_state_exists_and_reopening_is_told_from_closing() {
        for kind in crate::Kind::ALL {
            let machine = kind.states();
            for state in machine.states {
                for next in state.next {
                    assert!(machine.state(next).is_some(), "{} -> {next}", state.name);
                }
            }
        }
        assert!(INCIDENT_STATES.reopens("resolved", "in_progress"));
        assert!(INCIDENT_STATES.reopens("closed", "on_hold"));
        assert!(!INCIDENT_STATES.reopens("resolved", "closed"));
        assert!(!INCIDENT_STATES.reopens("new", "assigned"));
        assert!(SERVICE_REQUEST_STATES.reopens("fulfilled", "in_progress"));
        assert!(!SERVICE_REQUEST_STATES.reopens("rejected", "new"));
        assert!(PROBLEM_STATES.reopens("resolved", "fix_in_progress"));
        assert!(!PROBLEM_STATES.reopens("resolved", "closed"));
        assert!(CHANGE_STATES.reopens("closed", "implementing"));
        assert!(!CHANGE_STATES.reopens("rejected", "draft"));
    }

    /// Whether a life goes the way that the process expects, from its first state on.
    fn expected(machine: &StateMachine, life: &[&str]) -> bool {
        life.windows(2).all(|step| machine.expects(step[0], step[1]))
    }

    #[test]
    fn the_lives_of_problems_and_changes_that_the_standard_knows_are_expected() {
        for life in [
            &["new", "assessed", "investigating", "known_error", "fix_in_progress", "resolved", "closed"][..],
            &["new", "assessed", "investigating", "on_hold", "investigating", "closed"],
            &["new", "assessed", "investigating", "fix_in_progress", "investigating", "fix_in_progress", "resolved"],
            &["resolved", "fix_in_progress", "resolved", "closed"],
        ] {
            assert!(expected(&PROBLEM_STATES, life), "{life:?}");
        }
        for life in [
            &["draft", "submitted", "assessing", "awaiting_approval", "approved", "scheduled", "implementing"][..],
            &["draft", "scheduled", "implementing", "implemented", "closed"],
            &["draft", "awaiting_approval", "implementing", "implemented", "closed"],
            &["scheduled", "assessing", "awaiting_approval", "scheduled", "on_hold", "scheduled", "cancelled"],
            &["submitted", "awaiting_approval", "rejected"],
        ] {
            assert!(expected(&CHANGE_STATES, life), "{life:?}");
        }
        for jump in [["new", "resolved"], ["closed", "investigating"], ["cancelled", "new"], ["assessed", "resolved"]] {
            assert!(!expected(&PROBLEM_STATES, &jump), "{jump:?}");
        }
        for jump in [["submitted", "implementing"], ["implemented", "cancelled"], ["rejected", "scheduled"]] {
            assert!(!expected(&CHANGE_STATES, &jump), "{jump:?}");
        }
    }

    #[test]
    fn a_state_of_any_kind_counts_for_what_the_crosswalk_says() {
        let of = |machine: &StateMachine, wanted| {
            let states = machine.states.iter().filter(|state| state.category == wanted);
            states.map(|state| state.name).collect::<Vec<_>>()
        };
        assert_eq!(of(&PROBLEM_STATES, Category::New), ["new"]);
        assert_eq!(of(&PROBLEM_STATES, Category::OnHold), ["on_hold"]);
        assert_eq!(of(&PROBLEM_STATES, Category::Resolved), ["resolved"]);
        assert_eq!(of(&CHANGE_STATES, Category::New), ["draft"]);
        assert_eq!(of(&CHANGE_STATES, Category::OnHold), ["awaiting_approval", "on_hold"]);
        assert_eq!(of(&CHANGE_STATES, Category::Resolved), [""; 0], "a change is reviewed and then closed");
        assert_eq!(of(&CHANGE_STATES, Category::Cancelled), ["rejected", "cancelled"]);
    }
}
