//! The estate of contracts: an organization, its customer, its own desk and three suppliers, over the year 2025. One supplier
//! is honest, one games its clock, one hands work to a sub-supplier that no tier declares.
//!
//! [`Contracts`] is what truly happened and was truly agreed, as records with the canonical fields. [`Contracts::files`] writes it as a
//! gateway reads it, [`Contracts::figure`] says the true figure of every row of the catalogue, computed from the lists in the
//! plainest way: nothing of how the gateway computes is used.

mod agreed;
mod calendar;
mod changes;
mod draft;
mod files;
mod incident;
mod incidents;
mod native;
mod oracle;
mod passed;
mod problems;
mod requests;
mod suppliers;
mod thing;

pub use files::{ContractFile, Shape};
pub use oracle::{Asked, TRUE_FIGURES, Truth};
pub use thing::{Course, Fact, Thing};

use draft::Draft;

/// 2025-01-01T00:00:00Z in Unix seconds.
pub const YEAR_BEGINS: i64 = 1_735_689_600;
/// 2026-01-01T00:00:00Z in Unix seconds.
pub const YEAR_ENDS: i64 = 1_767_225_600;
/// 2026-01-21T00:00:00Z: what happens later is not known yet.
pub const KNOWN_UNTIL: i64 = YEAR_ENDS + 20 * DAY;

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;

/// Everything that happened and was agreed.
#[derive(Debug, Clone)]
pub struct Contracts {
    /// What it was made of.
    pub seed: u64,
    /// Every record, of whatever kind.
    pub things: Vec<Thing>,
}

impl Contracts {
    /// The same seed gives the same estate.
    pub fn generate(seed: u64, incidents: u32) -> Self {
        let mut draft = Draft { seed, things: Vec::new() };
        agreed::add(&mut draft);
        problems::add(&mut draft, incidents);
        changes::add(&mut draft, incidents);
        incidents::add(&mut draft, incidents);
        requests::add(&mut draft, incidents);
        native::add(&mut draft);
        passed::add(&mut draft);
        suppliers::add(&mut draft);
        Self { seed, things: draft.things }
    }

    /// The records of a kind.
    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Thing> {
        self.things.iter().filter(move |thing| thing.kind == kind)
    }

    /// The record with this id.
    pub fn find(&self, id: &str) -> Option<&Thing> {
        self.things.iter().find(|thing| thing.id == id)
    }
}

#[cfg(test)]
mod tests;
