//! What tables and columns are. Which there are is in `tables.rs`; it holds no rows.

pub(crate) use super::tables::TABLES;
use std::borrow::Cow;

/// What a column holds. Every value is text; the kind says how it compares and how it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The row's own id.
    Id,
    /// The moment that sorts the table: of the last update, or of the creation where rows never change.
    Stamp,
    Text,
    Integer,
    Boolean,
    Moment,
    /// A code with a label in `sys_choice`.
    Choice,
    /// The id of a row in another table.
    Reference(&'static str),
    /// Ids of rows in another table, with commas.
    List(&'static str),
    /// Seconds, written as so much time after 1970 began.
    Duration,
    /// Entries live in `sys_journal_field`; the column itself is always empty.
    Journal,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: Kind,
}

/// What a table begins with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    /// Groups of columns, one after the other.
    columns: &'static [&'static [(&'static str, Kind)]],
    /// The column by which its rows are found quickly.
    pub(crate) key: Option<&'static str>,
    /// The column that stands for a row where it is referred to.
    pub(crate) display: &'static str,
    /// The table whose rows these are as well.
    pub(crate) extends: Option<&'static str>,
    /// Whether a reader of records asks for it: rules of access hide some of its rows, and it has a life.
    pub(crate) is_record: bool,
    /// Whether `sys_audit` keeps its changes.
    pub(crate) is_audited: bool,
    /// What every new row has.
    pub(crate) defaults: &'static [(&'static str, &'static str)],
}

impl Definition {
    pub(crate) const fn new(
        name: &'static str,
        display: &'static str,
        columns: &'static [&'static [(&'static str, Kind)]],
    ) -> Self {
        Self {
            name,
            columns,
            key: None,
            display,
            extends: None,
            is_record: false,
            is_audited: false,
            defaults: &[("sys_mod_count", "0")],
        }
    }

    pub(crate) const fn keyed(self, key: &'static str) -> Self {
        Self { key: Some(key), ..self }
    }

    pub(crate) const fn record(self, defaults: &'static [(&'static str, &'static str)]) -> Self {
        Self { is_record: true, defaults, ..self }
    }

    pub(crate) const fn audited(self) -> Self {
        Self { is_audited: true, ..self }
    }

    pub(crate) const fn extending(self, base: &'static str) -> Self {
        Self { extends: Some(base), ..self }
    }

    pub(crate) fn columns(&self) -> Vec<Column> {
        let columns = self.columns.iter().copied().flatten();
        columns.map(|(name, kind)| Column { name: Cow::Borrowed(name), kind: *kind }).collect()
    }
}

/// The tables that extend `task`.
pub(crate) const TASKS: &[&str] =
    &["incident", "problem", "change_request", "change_task", "sc_req_item", "sc_task", "sc_request"];

/// Names of the tables that a reader of records asks for.
pub(crate) fn record_tables() -> impl Iterator<Item = &'static str> {
    TABLES.iter().filter(|definition| definition.is_record).map(|definition| definition.name)
}

/// Whether the audit keeps the changes of a column: everything but the columns of the system and the journals.
pub(crate) fn is_audited(column: &Column) -> bool {
    !column.name.starts_with("sys_") && column.kind != Kind::Journal && column.name != "number"
}
