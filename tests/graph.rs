//! Microsoft Graph the whole way: the gym's mailbox behind its simulated service, the connector, conversations, mappings and a
//! ledger on disk, held against what is true of it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "these are tests; figures and seeds are said on the terminal"
)]

#[path = "email/compare.rs"]
mod compare;
#[path = "graph/conversations.rs"]
mod conversations;
#[path = "graph/deaths.rs"]
mod deaths;
#[path = "way/gateway.rs"]
#[expect(dead_code, reason = "a pass over mails has a stream of conversations behind it, and is made here")]
mod gateway;
#[path = "way/held.rs"]
mod held;
#[path = "graph/mailbox.rs"]
mod mailbox;
#[path = "graph/readme.rs"]
mod readme;
#[path = "way/readme.rs"]
#[expect(dead_code, reason = "tests beside the code have other paths here")]
mod readme_of;
#[path = "way/seeds.rs"]
mod seeds;
#[path = "email/shelf.rs"]
#[expect(dead_code, reason = "here conversations are in the ledger, not in memory")]
mod shelf;
#[path = "graph/switches.rs"]
mod switches;
#[path = "graph/together.rs"]
mod together;
