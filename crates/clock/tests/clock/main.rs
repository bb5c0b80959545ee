//! Business time against a simulator that reads the wall clock of every minute, clocks against the changes that may have
//! happened, and the vectors of the reference.
#![expect(clippy::unwrap_used, reason = "a test stops at the first error")]

mod agreement;
mod algebra;
mod clocks;
mod random;
mod simulator;
mod transitions;
mod vectors;
mod worst_cases;
