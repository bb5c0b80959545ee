//! A seeded world of providers, the files they send, and an oracle that knows the truth.
#![forbid(unsafe_code)]
