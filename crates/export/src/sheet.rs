//! A table with typed columns.

use jiff::Timestamp;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text.
    Text,
    /// A whole number.
    Whole,
    /// Any number.
    Number,
    /// Yes or no.
    Flag,
    /// A moment, in UTC, to the millisecond.
    Moment,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub name: &'static str,
    /// What it holds.
    pub holds: Type,
}

/// A cell. One of another type than its column holds is written as empty where the format knows types.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing is known, or there is nothing.
    Empty,
    /// Text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// Any number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A moment.
    Moment(Timestamp),
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// What it is called in a workbook.
    pub name: &'static str,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with a cell per column.
    pub rows: Vec<Vec<Cell>>,
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number that may be unknown.
    pub fn number(number: Option<f64>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }

    /// A count.
    pub fn count(count: u64) -> Self {
        i64::try_from(count).map_or(Self::Empty, Self::Whole)
    }
}

pub(crate) const fn column(name: &'static str, holds: Type) -> Column {
    Column { name, holds }
}
