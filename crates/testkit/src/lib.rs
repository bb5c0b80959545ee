//! Suites every connector must pass, and private real servers for tests.
#![forbid(unsafe_code)]

pub mod rabbitmq;
pub mod suites;
