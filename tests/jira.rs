//! Jira the whole way: the gym's site over HTTP, the connector, the shipped mappings and a ledger on disk. After the site
//! has gone quiet, the ledger is what its oracle says, whatever was wrong with it meanwhile: in Cloud, in Data Center, and
//! with service management on both.
//!
//! Time is paused: waits for a budget, a rate limit or another attempt cost nothing. `COUNTERFOIL_SEEDS=7` or `=0..5000`
//! chooses the seeds of the test of everything at once.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "these are tests; figures and seeds are said on the terminal"
)]

#[path = "jira/compare.rs"]
mod compare;
#[path = "jira/entry.rs"]
mod entry;
#[path = "jira/estate.rs"]
mod estate;
#[path = "way/gateway.rs"]
mod gateway;
#[path = "way/held.rs"]
mod held;
#[path = "jira/life.rs"]
mod life;
#[path = "jira/paging.rs"]
mod paging;
#[path = "jira/readme.rs"]
mod readme;
#[path = "way/readme.rs"]
mod readme_of;
#[path = "way/seeds.rs"]
mod seeds;
#[path = "jira/switches.rs"]
mod switches;
#[path = "jira/together.rs"]
mod together;
#[path = "jira/words.rs"]
mod words;
