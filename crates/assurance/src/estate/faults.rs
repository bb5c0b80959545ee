//! What of a register cannot be used, and what to do about it. Nothing that is in a fault is left out in silence.

use crate::facts::Told;
use crate::row::Row;
use counterfoil_model::{Decimal, Field};

/// Something that was agreed and cannot be made into terms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EstateFault {
    /// The record: `instance/stream/native-id`.
    pub record: Box<str>,
    /// The field it is about; `None` for the record as a whole.
    pub field: Option<Field>,
    /// What is wrong, lower case, no full stop.
    pub why: String,
    /// What a person can do about it.
    pub remedy: String,
}

/// The faults of one record while it is read.
pub(super) struct Faults<'f> {
    all: &'f mut Vec<EstateFault>,
    record: &'f str,
}

impl<'f> Faults<'f> {
    pub(super) fn of(record: &'f str, all: &'f mut Vec<EstateFault>) -> Self {
        Self { all, record }
    }

    pub(super) fn add(&mut self, field: impl Into<Option<Field>>, why: impl Into<String>, remedy: impl Into<String>) {
        let (field, why, remedy) = (field.into(), why.into(), remedy.into());
        self.all.push(EstateFault { record: self.record.into(), field, why, remedy });
    }

    /// The value of a field that terms cannot do without.
    pub(super) fn needed<T: Copy>(&mut self, field: Field, told: Told<T>) -> Option<T> {
        match told {
            Told::Known(value) => return Some(value),
            Told::Missing => self.add(field, format!("`{field}` is missing"), "say it in the register"),
            Told::Unmapped | Told::Unreadable => self.add(
                field,
                format!("`{field}` is {}", told.name()),
                "`explain` shows what the source says; correct it there, or map the word",
            ),
        }
        None
    }

    /// The value of a field that may be left out, but not be wrong.
    pub(super) fn optional<T: Copy>(&mut self, field: Field, told: Told<T>) -> Option<T> {
        match told {
            Told::Missing => None,
            told => self.needed(field, told),
        }
    }

    pub(super) fn needed_text<'a>(&mut self, row: Row<'a>, field: Field) -> Option<&'a str> {
        self.needed(field, row.facts.text(field))
    }

    pub(super) fn needed_word(&mut self, row: Row<'_>, field: Field) -> Option<&'static str> {
        self.needed(field, row.facts.word(field))
    }

    pub(super) fn needed_decimal(&mut self, row: Row<'_>, field: Field) -> Option<Decimal> {
        self.needed(field, row.facts.decimal(field))
    }
}
