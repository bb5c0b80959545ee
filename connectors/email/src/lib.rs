//! Mails.
#![forbid(unsafe_code)]

mod mail;
