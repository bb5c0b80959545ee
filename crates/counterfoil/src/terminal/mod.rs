//! What people see: tables, progress, and text that is safe to print.

mod progress;
mod table;
mod text;

pub(crate) use progress::{Board, plural};
pub(crate) use table::{Align, Table};
pub(crate) use text::{bytes, clip, count, safe};

use std::io::IsTerminal as _;

/// How the other side of the output looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    /// Columns.
    pub(crate) width: usize,
    /// Whether it shows colours.
    pub(crate) colours: bool,
    /// Whether standard error is a terminal, so that progress may move.
    pub(crate) live: bool,
}

impl Terminal {
    /// What this process writes to. `NO_COLOR` and `COLUMNS` are honoured.
    #[expect(clippy::disallowed_methods, reason = "the binary reads the environment")]
    pub(crate) fn here() -> Self {
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let measured = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let width = columns.or(measured).unwrap_or(100);
        let colours = std::io::stdout().is_terminal() && std::env::var("NO_COLOR").is_err();
        Self { width, colours, live: std::io::stderr().is_terminal() }
    }
}
