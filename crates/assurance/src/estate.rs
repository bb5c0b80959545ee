//! What was agreed with whom: the records of registers as figures and clocks need them.

use crate::index::Index;
use crate::row::Held;

/// What was agreed with whom.
#[derive(Debug, Default)]
pub struct Estate {}

impl Estate {
    /// Of all records held.
    pub fn of(_rows: &[Held], _index: &Index) -> Self {
        Self {}
    }
}
