//! The Jira simulator over HTTP.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "this is a test; a skip is said on the terminal")]

mod client;
mod desk;
mod entry;
mod faults;
mod histories;
mod jql;
mod openapi;
mod paging;
mod places;
mod real_data;
mod shapes;
mod speed;
mod switches;
mod truth;
