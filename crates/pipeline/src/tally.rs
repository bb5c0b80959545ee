//! Columns that add up.

use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// Where everything that was pulled ended. Every record stands in exactly one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Everything a connector handed over: records and unreadable ones.
    pub pulled: u64,
    /// Made a new version.
    pub committed: u64,
    /// Said nothing new.
    pub unchanged: u64,
    /// Cannot be mapped truthfully; kept with raw bytes and reason.
    pub quarantined: u64,
    /// Cannot be read as a record; kept with raw bytes and reason.
    pub unreadable: u64,
    /// Is for another mapping.
    pub not_applicable: u64,
}

impl Tally {
    /// Whether the columns add up. They always do; it is asserted, shown and exported all the same.
    pub fn adds_up(&self) -> bool {
        self.pulled == self.committed + self.unchanged + self.quarantined + self.unreadable + self.not_applicable
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.pulled += other.pulled;
        self.committed += other.committed;
        self.unchanged += other.unchanged;
        self.quarantined += other.quarantined;
        self.unreadable += other.unreadable;
        self.not_applicable += other.not_applicable;
    }
}
