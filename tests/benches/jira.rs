//! Issues of Jira Cloud with changelog and comments: `cargo bench -p counterfoil-tests --bench jira`;
//! `COUNTERFOIL_BENCH_EDITION=data-center` reads them from Data Center.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::print_stderr, reason = "and on the other side what went wrong")]

mod gym;
mod measure;
mod over_http;

use counterfoil_gym::jira::Edition;
use gym::Tool;

fn tool() -> Tool {
    match measure::word("COUNTERFOIL_BENCH_EDITION").as_deref() {
        Some("data-center") => Tool::Jira(Edition::DataCenter),
        _ => Tool::Jira(Edition::Cloud),
    }
}

fn main() {
    over_http::run(tool(), 20_000);
}
