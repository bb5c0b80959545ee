//! Mails.
#![forbid(unsafe_code)]
