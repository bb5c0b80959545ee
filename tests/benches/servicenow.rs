//! Incidents of ServiceNow with audit and journal: `cargo bench -p counterfoil-tests --bench servicenow`.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::print_stderr, reason = "and on the other side what went wrong")]

mod gym;
mod measure;
mod over_http;

use gym::Tool;

fn main() {
    over_http::run(Tool::ServiceNow, 100_000);
}
