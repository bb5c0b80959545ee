//! Where a record stands in a figure.

/// Where a record stands in a figure. Every record stands in exactly one class, so that `n` and the exclusions add up
/// to the cohort, and what `explain` lists is what was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It is in the figure.
    Counted(Measure),
    /// It is, or may be, in the cohort, but not in the figure.
    Excluded {
        /// Why.
        reason: Reason,
        /// What it would add if imputed times counted; figures show it beside the value, never in it.
        beside: Option<i64>,
    },
    /// The figure is about other records.
    OutsideCohort,
}

impl Class {
    pub(crate) fn excluded(reason: Reason) -> Self {
        Self::Excluded { reason, beside: None }
    }
}

/// What a record adds to a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// Milliseconds for durations, 1 or 0 for rates, the number itself for counts and means.
    pub amount: i64,
    /// What the record is to the figure, for people and for the details: `met`, `breached`, `open` …
    pub label: &'static str,
    /// Whether it is in the cohort by a time that was imputed.
    pub imputed: bool,
}

/// What an exclusion says about the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The definition leaves such records out; nothing is unknown.
    Rule,
    /// There was nothing to measure: coverage falls, and what was measured stays true.
    Unmeasured,
    /// An input is unknown or contradicts itself: coverage falls, and from a share on the figure is not to be trusted.
    Unknown,
}

/// Why a record of the cohort is not in the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// It was cancelled.
    Cancelled,
    /// It repeats another record.
    Duplicate,
    /// The source deleted it or no longer shows it.
    Tombstone,
    /// The mapping does not know its state.
    StateUnknown,
    /// Neither `opened_at` nor `created_at` is said.
    OpenedAtMissing,
    /// `opened_at` cannot be read.
    OpenedAtUnreadable,
    /// It is resolved or closed, and no moment tells when.
    ResolvedAtMissing,
    /// It is closed or cancelled, and no moment tells when.
    ClosedAtMissing,
    /// A duration would rest on an imputed time.
    Imputed,
    /// It would have ended before or at the moment it began.
    NotPositive,
    /// The source gave no verdict of a resolution clock.
    NoClock,
    /// The verdict of the resolution clock cannot be understood.
    ClockUnreadable,
    /// Neither a counter of the source nor a history tells.
    NotCounted,
    /// Something that the figure needs to be told of the record is not known.
    InputUnknown,
    /// What is asked of it need not have happened yet.
    NotYetDue,
    /// Nothing says by when.
    NoDueDate,
    /// It ended because its risk was accepted: told apart from what was mended.
    RiskAccepted,
    /// Nobody answered.
    Unanswered,
}

impl Reason {
    /// The name in `exclusions`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Duplicate => "duplicate",
            Self::Tombstone => "tombstone",
            Self::StateUnknown => "state_unknown",
            Self::OpenedAtMissing => "opened_at_missing",
            Self::OpenedAtUnreadable => "opened_at_unreadable",
            Self::ResolvedAtMissing => "resolved_at_missing",
            Self::ClosedAtMissing => "closed_at_missing",
            Self::Imputed => "imputed",
            Self::NotPositive => "not_positive",
            Self::NoClock => "no_clock",
            Self::ClockUnreadable => "clock_unreadable",
            Self::NotCounted => "not_counted",
            Self::InputUnknown => "input_unknown",
            Self::NotYetDue => "not_yet_due",
            Self::NoDueDate => "no_due_date",
            Self::RiskAccepted => "risk_accepted",
            Self::Unanswered => "unanswered",
        }
    }

    /// For people, after "excluded:".
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Cancelled => "it was cancelled",
            Self::Duplicate => "it repeats another record",
            Self::Tombstone => "the source deleted it or no longer shows it",
            Self::StateUnknown => "the mapping does not know its state",
            Self::OpenedAtMissing => "neither opened_at nor created_at is known",
            Self::OpenedAtUnreadable => "opened_at cannot be read",
            Self::ResolvedAtMissing => "it is resolved or closed, and nothing tells when",
            Self::ClosedAtMissing => "it is closed or cancelled, and nothing tells when",
            Self::Imputed => "its duration would rest on an imputed time",
            Self::NotPositive => "it ended before or at the moment it began",
            Self::NoClock => "the source gave no verdict of a resolution clock",
            Self::ClockUnreadable => "the verdict of its resolution clock cannot be understood",
            Self::NotCounted => "neither a counter of the source nor a history tells",
            Self::InputUnknown => "something that the figure needs to be told of it is not known",
            Self::NotYetDue => "what is asked of it need not have happened yet",
            Self::NoDueDate => "nothing says by when",
            Self::RiskAccepted => "its risk was accepted: it is told apart",
            Self::Unanswered => "nobody answered",
        }
    }

    /// What it says about the figure.
    pub fn blame(self) -> Blame {
        match self {
            Self::Cancelled | Self::Duplicate | Self::Tombstone | Self::NotYetDue | Self::RiskAccepted => Blame::Rule,
            Self::NoClock | Self::NoDueDate | Self::Unanswered => Blame::Unmeasured,
            Self::StateUnknown
            | Self::OpenedAtMissing
            | Self::OpenedAtUnreadable
            | Self::ResolvedAtMissing
            | Self::ClosedAtMissing
            | Self::Imputed
            | Self::NotPositive
            | Self::ClockUnreadable
            | Self::NotCounted
            | Self::InputUnknown => Blame::Unknown,
        }
    }
}
