//! Mail the whole way: the gym's mailbox as a Maildir, the connector, conversations, mappings and a ledger on disk, held
//! against what is true of it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "these are tests; figures and seeds are said on the terminal"
)]

#[path = "email/compare.rs"]
mod compare;
#[path = "email/gathering.rs"]
mod gathering;
#[path = "email/mailbox.rs"]
mod mailbox;
#[path = "email/shelf.rs"]
mod shelf;
