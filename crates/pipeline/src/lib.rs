//! The way of a record: pull → map → commit, then publish and project.
//!
//! `sync.rs` reads top to bottom as the data flows. This crate knows its stores and brokers only as the ports below;
//! it names no database, no broker and no HTTP client.
#![forbid(unsafe_code)]

pub mod ports;
mod tally;

pub use tally::Tally;
