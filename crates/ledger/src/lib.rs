//! The Ledger port on fjall: the truth, packed by page, hash-chained, durable when `commit` returns.
//!
//! A ledger is a folder: `store/` belongs to fjall, `owner` names the process that has it open, `witness` remembers how far
//! commits went, so that a lost tail is noticed. Nothing here maps, publishes or reads a clock.
//!
//! Keyspaces of the store (every value is sealed, see `format.rs`):
//!
//! | keyspace | key | value |
//! |---|---|---|
//! | `pages` | page number, big endian | header: stream, position, tally, digests, chain |
//! | `chunks` | page number, chunk | one zstd frame with some 16 kB of raw payloads, events and what goes with them |
//! | `heads` | record id | the newest version |
//! | `streams` | instance, 0, stream | position, totals, records held |
//! | `set_aside` | id | what, why, the bytes |
//! | `nodes` | instance, 0, node | the gathered record that it leads to |
//! | `mappings` | digest | the stored text |
//! | `targets` | name | the first place that is not confirmed |
//! | `reports` | instance, 0, stream | JSON |
//! | `meta` | `format`, `identity`, `log`, `nodes` | where the log ends; how many nodes there are and what they add up to |
#![forbid(unsafe_code)]

mod cause;
mod chunk;
mod commit;
mod decoded;
mod digests;
mod format;
mod ledger;
mod nodes;
mod options;
mod read;
mod store;
mod verify;
mod verify_rest;
mod witness;

pub use cause::Cause;
pub use ledger::FjallLedger;
pub use options::{Durability, Options};
