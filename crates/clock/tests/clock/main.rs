//! Business time against a simulator that reads the wall clock of every minute.

mod agreement;
mod simulator;
mod transitions;
