//! A deliberate data problem, and what should become of it.

use super::Book;
use std::fmt;

/// Where the records of a problem should be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// Committed, with what is wrong shown as unmapped or unreadable.
    Committed,
    /// Set aside as a record that cannot be mapped truthfully.
    Quarantined,
    /// Set aside as bytes that are no record.
    Unreadable,
    /// A record that is not for this mapping.
    NotApplicable,
    /// Not pulled: the whole file is refused and reported as a gap.
    BehindGap,
    /// Not pulled and not reported as missing: the file is not finished.
    LeftAlone,
}

/// What a problem does to the incidents it touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// They cannot be seen at all.
    Hides,
    /// They are seen with something wrong.
    Damages,
    /// Nothing: no incident of the world is concerned.
    Nothing,
}

/// One deliberate data problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The gym's own word for this kind of problem.
    pub code: &'static str,
    /// Which files.
    pub book: Book,
    /// The file, relative to the estate, with `/`.
    pub file: String,
    /// The row, counted from 1 with the header, in JSON lines the line; `None` for the file as a whole.
    /// Of a record with many rows the first.
    pub row: Option<u64>,
    /// The ids of the records concerned, as the files write them.
    pub ids: Vec<String>,
    /// What it does to them.
    pub effect: Effect,
    /// Where they should be counted.
    pub column: Column,
    /// What a person should be told.
    pub shown: String,
}

impl Column {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Quarantined => "quarantined",
            Self::Unreadable => "unreadable",
            Self::NotApplicable => "not_applicable",
            Self::BehindGap => "behind a gap",
            Self::LeftAlone => "left alone",
        }
    }
}

impl Problem {
    /// The place within the file: `row 17`, `line 17` in JSON lines, `sheet Tickets, row 17`.
    /// Empty for the file as a whole.
    pub fn place(&self) -> String {
        match (self.row, self.file.rsplit_once('.')) {
            (None, _) => String::new(),
            (Some(row), Some((_, "jsonl"))) => format!("line {row}"),
            (Some(row), Some((_, "xlsx"))) => format!("sheet Tickets, row {row}"),
            (Some(row), _) => format!("row {row}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comma = if self.row.is_some() { ", " } else { "" };
        write!(f, "{}: {}{comma}{}: {} ", self.code, self.file, self.place(), self.shown)?;
        write!(f, "({}, {})", self.ids.len(), self.column.name())
    }
}

/// What one instance of the estate should count when everything has been read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Which files.
    pub book: Book,
    /// Different records that should be in the ledger.
    pub committed: u64,
    /// Well-formed rows or lines that tell committed and quarantined incidents, repetitions and older versions counted.
    pub rows: u64,
    /// Different incidents that can be read but not mapped truthfully.
    pub quarantined: u64,
    /// Rows or lines that are no record.
    pub unreadable: u64,
    /// Records that are no incidents.
    pub not_applicable: u64,
    /// Incidents in refused files.
    pub behind_gap: u64,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} committed and {} quarantined from {} rows, {} unreadable, {} not applicable, {} behind a gap",
            self.book.instance(),
            self.committed,
            self.quarantined,
            self.rows,
            self.unreadable,
            self.not_applicable,
            self.behind_gap
        )
    }
}
