//! What was agreed with whom: the records of registers as figures and clocks need them.

use crate::index::Index;
use crate::row::{Held, Row};
use counterfoil_clock::Calendar;

/// What was agreed with whom.
#[derive(Debug, Default)]
pub struct Estate {}

impl Estate {
    /// Of all records held.
    pub fn of(_rows: &[Held], _index: &Index) -> Self {
        Self {}
    }

    /// The hours of service that a calendar record tells.
    pub fn calendar(&self, _calendar: Row<'_>) -> Option<&Calendar> {
        None
    }

    /// What a party is, in any scope; nothing where that is not known.
    pub fn roles(&self, _party: &str) -> &[&'static str] {
        &[]
    }

    /// Whether a party provides something under an agreement with us.
    pub fn has_agreement(&self, _party: &str) -> bool {
        false
    }

    /// Whether a tier declares a party as one that works beneath another.
    pub fn is_declared(&self, _party: &str) -> bool {
        false
    }
}
