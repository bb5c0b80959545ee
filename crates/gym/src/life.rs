//! What happens to an incident: events, and the canonical state after each.

use jiff::Timestamp;

/// A canonical state of an incident; the words and what may follow are those of `counterfoil-model`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Recorded, nobody works on it.
    New,
    /// Given to somebody, not begun. Only kumo's tool can tell it from new and in progress.
    Assigned,
    /// Somebody works on it.
    InProgress,
    /// Waiting for something outside.
    OnHold,
    /// The service is restored.
    Resolved,
    /// Ended.
    Closed,
    /// Ended without having been done.
    Cancelled,
}

impl State {
    /// All, in the order of a smooth life.
    pub const ALL: &'static [State] = &[
        State::New,
        State::Assigned,
        State::InProgress,
        State::OnHold,
        State::Resolved,
        State::Closed,
        State::Cancelled,
    ];

    /// The canonical word.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Assigned => "assigned",
            Self::InProgress => "in_progress",
            Self::OnHold => "on_hold",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it belongs to the backlog: neither resolved nor closed nor cancelled.
    pub fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Assigned | Self::InProgress | Self::OnHold)
    }

    /// Resolved or closed.
    pub fn is_resolved(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed)
    }
}

/// What an incident on hold waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HoldReason {
    /// An answer of the customer. Only this stops the resolution clock.
    Customer,
    /// A supplier of the provider.
    Supplier,
    /// The solution of a problem.
    Problem,
}

impl HoldReason {
    /// The canonical word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Customer => "awaiting_customer",
            Self::Supplier => "awaiting_supplier",
            Self::Problem => "awaiting_problem",
        }
    }
}

/// How an incident was resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resolution {
    /// For good.
    Permanently,
    /// By a workaround.
    Workaround,
    /// Nobody could see the fault again.
    NotReproducible,
    /// The caller had solved it.
    ByCaller,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person, by name.
    Person(&'static str),
    /// A rule of the tool.
    Automation,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was recorded.
    Opened,
    /// It was given to a group and a person for the first time.
    Assigned {
        /// The group.
        group: &'static str,
        /// The person of that group.
        person: &'static str,
    },
    /// Work began.
    Started,
    /// Somebody wrote a note; nothing else changed.
    Noted,
    /// It has to wait.
    Held(HoldReason),
    /// It goes on.
    Resumed,
    /// Another group has it now.
    Reassigned {
        /// The group.
        group: &'static str,
        /// The person of that group.
        person: &'static str,
    },
    /// The service was restored.
    Resolved(Resolution),
    /// It was not restored after all.
    Reopened,
    /// It ended.
    Closed,
    /// It was given up.
    Cancelled,
}

/// One event of a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When. No two events of one life share a moment.
    pub at: Timestamp,
    /// What.
    pub change: Change,
    /// The state after it.
    pub state: State,
    /// Who did it.
    pub actor: Actor,
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_model::{Field, Kind};

    #[test]
    fn words_are_those_of_the_model() {
        let known: Vec<&str> = State::ALL.iter().map(|state| state.word()).collect();
        assert_eq!(Kind::Incident.words(Field::State), known);
        let reasons = Kind::Incident.words(Field::HoldReason);
        for reason in [HoldReason::Customer, HoldReason::Supplier, HoldReason::Problem] {
            assert!(reasons.contains(&reason.word()), "{reason:?}");
        }
    }
}
