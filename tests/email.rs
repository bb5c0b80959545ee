//! Mail the whole way: the gym's mailbox as a Maildir, the connector, conversations, mappings and a ledger on disk, held
//! against what is true of it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "these are tests; figures and seeds are said on the terminal"
)]

#[path = "email/compare.rs"]
mod compare;
#[path = "email/estate.rs"]
mod estate;
#[path = "way/gateway.rs"]
#[expect(dead_code, reason = "no source of mail has faults that go away by patience")]
mod gateway;
#[path = "email/gathering.rs"]
mod gathering;
#[path = "way/held.rs"]
mod held;
#[path = "email/mailbox.rs"]
mod mailbox;
#[path = "way/seeds.rs"]
#[expect(dead_code, reason = "the seeds are not split here: their figures are summed up")]
mod seeds;
#[path = "email/shelf.rs"]
mod shelf;
