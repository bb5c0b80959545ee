//! Suites every connector must pass, and private real servers for tests.
#![forbid(unsafe_code)]
