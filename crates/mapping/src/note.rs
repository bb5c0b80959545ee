//! What a mapping makes of a payload, and what it noticed on the way.

use counterfoil_model::{Field, Mapped};

/// How much of a source's text a note repeats, in characters.
const RAW_LIMIT: usize = 120;

/// What a mapping makes of a payload.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A record, with what is unknown of it marked as such.
    Mapped {
        /// The record.
        mapped: Mapped,
        /// What was noticed; empty for a payload without problems.
        notes: Vec<Note>,
    },
    /// No record can be made of it; it belongs in quarantine.
    Rejected {
        /// Why, and what else was noticed.
        notes: Vec<Note>,
    },
    /// The payload is no record of the mapping's kind.
    NotApplicable {
        /// Why.
        reason: String,
    },
}

/// Something noticed in a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Stable: `unmapped-word`, `unreadable-date`, … ; all are listed in `mappings/README.md`.
    pub code: &'static str,
    /// The field concerned, `None` for the payload as a whole.
    pub field: Option<Field>,
    /// The JSON pointer of what the source said, empty where there is none.
    pub pointer: String,
    /// What the source said, cut to 120 characters.
    pub raw: String,
    /// The rule that was applied, `file:line`; empty where there is none.
    pub rule: String,
    /// The row of the log, counted from 0, when it is about the history.
    pub row: Option<u32>,
    /// What it means and what can be done, for people.
    pub message: String,
}

impl Note {
    /// About the payload as a whole.
    pub(crate) fn whole(code: &'static str, message: impl Into<String>) -> Self {
        let (pointer, raw, rule) = (String::new(), String::new(), String::new());
        Self { code, field: None, pointer, raw, rule, row: None, message: message.into() }
    }
}

/// A source's text, short enough for a note.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(RAW_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
