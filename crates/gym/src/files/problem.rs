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
    /// The line of a text file or the row of a sheet, counted from 1 with the header; `None` for the file as a whole.
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

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.row {
            None => self.file.clone(),
            Some(row) => format!("{}, row {row}", self.file),
        };
        write!(f, "{}: {place}: {} ({}, {})", self.code, self.shown, self.ids.len(), self.column.name())
    }
}

/// What one instance of the estate should count when everything has been read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Which files.
    pub book: Book,
    /// Different records that should be in the ledger.
    pub committed: u64,
    /// Well-formed rows or lines that tell those records, repetitions and older versions counted; [`Column::NotApplicable`]
    /// ones are not.
    pub rows: u64,
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
            "{}: {} committed from {} rows, {} unreadable, {} not applicable, {} behind a gap",
            self.book.instance(),
            self.committed,
            self.rows,
            self.unreadable,
            self.not_applicable,
            self.behind_gap
        )
    }
}
