//! The ledger through its port, on real folders.
#![expect(clippy::unwrap_used, reason = "they are tests")]

mod damage;
mod frames;
mod model;
mod promises;
