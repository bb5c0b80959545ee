//! The cache through its port, on real folders.
#![expect(clippy::unwrap_used, reason = "they are tests")]

mod broken;
mod model;
mod promises;
mod records;
