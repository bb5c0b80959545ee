//! ServiceNow the whole way: the gym's instance over HTTP, the connector, the shipped mappings and a ledger on disk. After
//! the instance has gone quiet, the ledger is what its oracle says, whatever was wrong with it meanwhile.
//!
//! Time is paused: waits for a budget, a rate limit or another attempt cost nothing. `COUNTERFOIL_SEEDS=7` or `=0..5000`
//! chooses the seeds of the test of everything at once.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "these are tests; figures and skips are said on the terminal"
)]

#[path = "servicenow/compare.rs"]
mod compare;
#[path = "servicenow/estate.rs"]
mod estate;
#[path = "servicenow/every_table.rs"]
mod every_table;
#[path = "way/gateway.rs"]
mod gateway;
#[path = "way/held.rs"]
mod held;
#[path = "servicenow/life.rs"]
mod life;
#[path = "servicenow/mapped.rs"]
mod mapped;
#[path = "servicenow/paging.rs"]
mod paging;
#[path = "servicenow/readme.rs"]
mod readme;
#[path = "way/readme.rs"]
mod readme_of;
#[path = "servicenow/real_data.rs"]
mod real_data;
#[path = "way/seeds.rs"]
mod seeds;
#[path = "servicenow/switches.rs"]
mod switches;
#[path = "servicenow/together.rs"]
mod together;
