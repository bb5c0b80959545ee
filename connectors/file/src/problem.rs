//! What is wrong with a file or a row, by stable code.

use counterfoil_record::{Gap, Place, Unreadable};
use std::sync::Arc;

/// Why a file as a whole is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    /// Where in the file; empty for the file as a whole.
    pub(crate) position: String,
    pub(crate) reason: String,
    pub(crate) remedy: String,
    /// How many records the file holds, where that is known.
    pub(crate) records: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, position: String::new(), reason: reason.into(), remedy: remedy.into(), records: None }
    }

    pub(crate) fn at(mut self, position: impl Into<String>) -> Self {
        self.position = position.into();
        self
    }

    pub(crate) fn gap(&self, container: &Arc<str>) -> Gap {
        Gap {
            code: self.code,
            place: Place { container: Arc::clone(container), position: self.position.clone() },
            reason: self.reason.clone(),
            remedy: self.remedy.clone(),
            records: self.records,
        }
    }
}

/// Why one row is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) code: &'static str,
    pub(crate) reason: String,
    pub(crate) remedy: String,
    pub(crate) bytes: Vec<u8>,
}

impl Bad {
    pub(crate) fn unreadable(self, place: Place) -> Unreadable {
        Unreadable { code: self.code, place, reason: self.reason, remedy: self.remedy, bytes: self.bytes }
    }
}

pub(crate) const BAD_ENCODING: &str = "file::bad-encoding";
pub(crate) const COLUMN_MISSING: &str = "file::column-missing";
pub(crate) const COLUMN_TWICE: &str = "file::column-twice";
pub(crate) const CUT_OFF: &str = "file::cut-off";
pub(crate) const DATE_UNSTATED: &str = "file::date-unstated";
pub(crate) const DATES_AMBIGUOUS: &str = "file::dates-ambiguous";
pub(crate) const DATES_CONTRADICT: &str = "file::dates-contradict";
pub(crate) const FORMAT_UNSUPPORTED: &str = "file::format-unsupported";
pub(crate) const HEADER_DAMAGED: &str = "file::header-damaged";
pub(crate) const KEY_MISSING: &str = "file::key-missing";
pub(crate) const NOT_JSON: &str = "file::not-json";
pub(crate) const NOT_READABLE: &str = "file::not-readable";
pub(crate) const NUL_BYTE: &str = "file::nul-byte";
pub(crate) const RECORD_TOO_BIG: &str = "file::record-too-big";
pub(crate) const RESERVED_NAME: &str = "file::reserved-name";
pub(crate) const ROW_TOO_BIG: &str = "file::row-too-big";
pub(crate) const ROW_TOO_SHORT: &str = "file::row-too-short";
pub(crate) const ROW_TOO_WIDE: &str = "file::row-too-wide";
pub(crate) const SHEET_MISSING: &str = "file::sheet-missing";
pub(crate) const TOO_MANY_COLUMNS: &str = "file::too-many-columns";
pub(crate) const WORKBOOK_DAMAGED: &str = "file::workbook-damaged";
pub(crate) const WORKBOOK_TOO_BIG: &str = "file::workbook-too-big";
pub(crate) const ZONE_MISSING: &str = "file::zone-missing";

const CODES: &[&str] = &[
    BAD_ENCODING,
    COLUMN_MISSING,
    COLUMN_TWICE,
    CUT_OFF,
    DATE_UNSTATED,
    DATES_AMBIGUOUS,
    DATES_CONTRADICT,
    FORMAT_UNSUPPORTED,
    HEADER_DAMAGED,
    KEY_MISSING,
    NOT_JSON,
    NOT_READABLE,
    NUL_BYTE,
    RECORD_TOO_BIG,
    RESERVED_NAME,
    ROW_TOO_BIG,
    ROW_TOO_SHORT,
    ROW_TOO_WIDE,
    SHEET_MISSING,
    TOO_MANY_COLUMNS,
    WORKBOOK_DAMAGED,
    WORKBOOK_TOO_BIG,
    ZONE_MISSING,
];

/// The code that a stored text names; `None` when this version knows no such code.
pub(crate) fn code_named(text: &str) -> Option<&'static str> {
    CODES.iter().find(|code| **code == text).copied()
}
