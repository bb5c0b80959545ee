//! The ServiceNow simulator over HTTP.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "this is a test; a skip is said on the terminal")]

mod client;
mod entry;
mod faults;
mod paging;
mod real_data;
mod records;
mod shapes;
mod speed;
mod switches;
mod truth;
