//! What was agreed and the clocks of records, from facts as sources tell them.
#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read fails the test")]

mod choices;
mod courses;
mod desk;
mod faults;
mod holding;
mod vectors;
