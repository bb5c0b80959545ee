//! What is known of a figure, of a moment and of a judgement. Never guesses the rest.

use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// A duration that is known to lie between two others, both included. All arithmetic is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Bounds {
    /// Not less than this.
    pub lowest: SignedDuration,
    /// Not more than this.
    pub highest: SignedDuration,
}

impl Bounds {
    /// Nothing.
    pub const ZERO: Self = Self { lowest: SignedDuration::ZERO, highest: SignedDuration::ZERO };

    /// A duration that is known.
    pub const fn exactly(duration: SignedDuration) -> Self {
        Self { lowest: duration, highest: duration }
    }

    /// The duration, where it is known.
    pub fn exact(self) -> Option<SignedDuration> {
        (self.lowest == self.highest).then_some(self.lowest)
    }

    /// Whether the duration exceeds a limit; being equal to it does not.
    pub fn exceeds(self, limit: SignedDuration) -> Truth {
        Truth::of_bounds(self.lowest > limit, self.highest > limit)
    }

    /// A duration less one that is in these bounds.
    #[must_use]
    pub fn subtracted_from(self, from: SignedDuration) -> Self {
        Self { lowest: from.saturating_sub(self.highest), highest: from.saturating_sub(self.lowest) }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { lowest: self.lowest.saturating_add(other.lowest), highest: self.highest.saturating_add(other.highest) }
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.exact() {
            Some(exact) => write!(f, "{exact:#}"),
            None => write!(f, "{:#} to {:#}", self.lowest, self.highest),
        }
    }
}

/// A judgement about what may not be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Truth {
    /// It does not hold, whatever is unknown.
    No,
    /// It depends on what is unknown.
    Unknown,
    /// It holds, whatever is unknown.
    Yes,
}

impl Truth {
    /// What is known to hold or not.
    pub const fn known(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// Of what grows with an unknown: whether it holds at its lowest and at its highest.
    pub const fn of_bounds(at_lowest: bool, at_highest: bool) -> Self {
        match (at_lowest, at_highest) {
            (true, true) => Self::Yes,
            (false, false) => Self::No,
            _ => Self::Unknown,
        }
    }

    /// Whether both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Whether one of them holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::Unknown => Self::Unknown,
            Self::No => Self::Yes,
        }
    }
}

/// What is known of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// The moment.
    At(Timestamp),
    /// Not before the one and not after the other, as between two polls.
    Between(Timestamp, Timestamp),
    /// Only that it is.
    Unknown,
}

impl When {
    /// The moment, where it is known.
    pub fn exact(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Between(earliest, latest) => (earliest == latest).then_some(earliest),
            Self::Unknown => None,
        }
    }

    /// The earliest and the latest moment it may be, where anything is known.
    pub fn range(self) -> Option<(Timestamp, Timestamp)> {
        match self {
            Self::At(at) => Some((at, at)),
            Self::Between(one, other) => Some((one.min(other), one.max(other))),
            Self::Unknown => None,
        }
    }

    /// From an earliest and a latest moment.
    pub(crate) fn of(earliest: Timestamp, latest: Timestamp) -> Self {
        if earliest == latest { Self::At(earliest) } else { Self::Between(earliest, latest) }
    }
}
