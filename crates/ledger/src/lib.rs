//! The Ledger port on fjall.
#![forbid(unsafe_code)]
