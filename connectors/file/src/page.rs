//! A page while it is filled: all payloads in one text, so that no payload is an allocation of its own.

use crate::problem::Bad;
use counterfoil_record::{Form, Gap, Page, Payload, Place, RawRecord, Unreadable};
use std::ops::Range;
use std::sync::Arc;

/// Collects records of one or more files.
#[derive(Debug, Default)]
pub(crate) struct PageDraft {
    text: String,
    records: Vec<RecordDraft>,
    unreadable: Vec<Unreadable>,
    unreadable_bytes: usize,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) notes: Vec<String>,
    most_records: usize,
    most_bytes: usize,
}

#[derive(Debug)]
struct RecordDraft {
    native_id: String,
    version: String,
    form: Form,
    payload: Range<usize>,
    place: Place,
}

/// A state of a page to go back to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    text: usize,
    records: usize,
    unreadable: usize,
    gaps: usize,
    notes: usize,
}

/// How many records and unreadable ones a page or a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) records: u64,
    pub(crate) unreadable: u64,
}

impl PageDraft {
    pub(crate) fn new(most_records: usize, most_bytes: usize) -> Self {
        Self { most_records: most_records.max(1), most_bytes, ..Self::default() }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.records.len() + self.unreadable.len() >= self.most_records
            || self.text.len() + self.unreadable_bytes >= self.most_bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.unreadable.is_empty() && self.gaps.is_empty()
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts { records: self.records.len() as u64, unreadable: self.unreadable.len() as u64 }
    }

    /// The text of all payloads; a payload is written by appending to it, then [`Self::take_record`].
    pub(crate) fn text(&mut self) -> &mut String {
        &mut self.text
    }

    /// Makes a record of what was appended since `start`.
    pub(crate) fn take_record(&mut self, start: usize, native_id: String, version: String, form: Form, place: Place) {
        let payload = start..self.text.len();
        self.records.push(RecordDraft { native_id, version, form, payload, place });
    }

    pub(crate) fn take_unreadable(&mut self, bad: Bad, place: Place) {
        self.unreadable_bytes += bad.bytes.len();
        self.unreadable.push(bad.unreadable(place));
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            text: self.text.len(),
            records: self.records.len(),
            unreadable: self.unreadable.len(),
            gaps: self.gaps.len(),
            notes: self.notes.len(),
        }
    }

    /// Forgets everything since `mark`.
    pub(crate) fn go_back(&mut self, mark: Mark) {
        self.text.truncate(mark.text);
        self.records.truncate(mark.records);
        self.unreadable.truncate(mark.unreadable);
        self.unreadable_bytes = self.unreadable.iter().map(|unreadable| unreadable.bytes.len()).sum();
        self.gaps.truncate(mark.gaps);
        self.notes.truncate(mark.notes);
    }

    /// The page, still without what the pass knows of its end.
    pub(crate) fn finish(self) -> Page {
        let text: Arc<str> = self.text.into();
        let record = |draft: RecordDraft| RawRecord {
            native_id: draft.native_id,
            version: draft.version,
            form: draft.form,
            payload: Payload::slice(&text, draft.payload),
            place: draft.place,
        };
        Page {
            records: self.records.into_iter().map(record).collect(),
            unreadable: self.unreadable,
            gaps: self.gaps,
            notes: self.notes,
            ..Page::default()
        }
    }
}

/// Appends a text as a JSON string.
pub(crate) fn push_json(out: &mut String, text: &str) {
    out.push('"');
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        // All that must be escaped is ASCII, so that cutting here never cuts a character.
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[written..at]);
        written = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            other => out.push_str(&format!("\\u{other:04x}")),
        }
    }
    out.push_str(&text[written..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_comes_back_from_json(text in "\\PC*|[\\x00-\\x7f]*") {
            let mut json = String::new();
            push_json(&mut json, &text);
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }

    #[test]
    fn going_back_forgets_what_came_later() {
        let mut page = PageDraft::new(3, 100);
        let place = || Place { container: "a".into(), position: String::new() };
        page.text().push_str("{}");
        page.take_record(0, "1".into(), String::new(), Form::Snapshot, place());
        let mark = page.mark();
        page.text().push_str("{\"a\":1}");
        page.take_record(2, "2".into(), String::new(), Form::Snapshot, place());
        let bad = Bad { code: "file::cut-off", reason: String::new(), remedy: String::new(), bytes: vec![0; 90] };
        page.take_unreadable(bad, place());
        assert!(page.is_full());
        page.go_back(mark);
        assert!(!page.is_full());
        let page = page.finish();
        assert_eq!((page.records.len(), page.unreadable.len()), (1, 0));
        assert_eq!(page.records[0].payload.as_str(), "{}");
    }
}
