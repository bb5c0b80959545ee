//! One pull's result.

use crate::Digest;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// JSON text of one record: a slice of the page it came in, so that nothing is copied.
#[derive(Clone)]
pub struct Payload {
    page: Arc<str>,
    range: Range<usize>,
}

impl Payload {
    /// A slice of a page. `range` must lie on character boundaries of `page`, or this panics.
    pub fn slice(page: &Arc<str>, range: Range<usize>) -> Self {
        assert!(page.get(range.clone()).is_some(), "a payload is a slice of its page");
        Self { page: Arc::clone(page), range }
    }

    /// A payload of its own.
    pub fn owned(text: &str) -> Self {
        Self { page: text.into(), range: 0..text.len() }
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.page[self.range.clone()]
    }

    /// The hash that names this payload in the ledger.
    pub fn digest(&self) -> Digest {
        Digest::of(self.as_str().as_bytes())
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// How a payload tells a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The record as it is now: one JSON object. A later version replaces an earlier one.
    Snapshot,
    /// The record as a log: `{"rows":[…]}`, one object per update, oldest first, each with the member
    /// [`crate::ORDER_MEMBER`]. Rows pulled later are merged into those already known, see [`crate::merge_logs`].
    Log,
    /// The record is gone from its source: `{"gone":"deleted","evidence":{…}}`, with a word of [`Gone`] and what proves it.
    /// What the record was is held already.
    Tombstone,
}

/// Why a record is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gone {
    /// The source says that it was deleted.
    Deleted,
    /// Two censuses in a row did not find it, and asking for it by its id did not either.
    Absent,
    /// It turned out to be part of another record, which the evidence names: `{"into":"…","mail":"…"}`, with what showed it.
    Merged,
}

impl Gone {
    /// The word in payloads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Absent => "absent",
            Self::Merged => "merged",
        }
    }
}

impl RawRecord {
    /// That a record is gone. `evidence` is JSON text; `version` is the source's mark of the deletion, which names it in
    /// `place` only: what is held keeps its own mark.
    pub fn gone(native_id: String, gone: Gone, evidence: &str, place: Place) -> Self {
        let payload = Payload::owned(&format!("{{\"gone\":\"{}\",\"evidence\":{evidence}}}", gone.name()));
        Self { native_id, version: String::new(), form: Form::Tombstone, payload, place }
    }
}

/// Where something stands in its source: a file, a table, a mailbox, and a position in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// For example `2026-10.csv`.
    pub container: Arc<str>,
    /// For example `row 17`, `byte 1024`, `sheet Tickets, row 3`; empty for the container as a whole.
    pub position: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.container)?;
        if !self.position.is_empty() {
            write!(f, ", {}", self.position)?;
        }
        Ok(())
    }
}

/// A record as the source said it.
#[derive(Debug, Clone, PartialEq)]
pub struct RawRecord {
    /// The source's immutable id.
    pub native_id: String,
    /// The source's own mark of this version; marks of one record are ordered as text. Empty: the source has none, and
    /// what is pulled later counts as later.
    pub version: String,
    /// How the payload tells the record.
    pub form: Form,
    /// What the source said, as JSON text.
    pub payload: Payload,
    /// Where it stands in the source.
    pub place: Place,
}

/// Something that was pulled but is no record: no usable key, a cut line, a wrong number of columns.
///
/// It is set aside with its bytes, so that one of them stops nothing and none is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Stable code, for example `file::row-too-short`.
    pub code: &'static str,
    /// Where it stands.
    pub place: Place,
    /// Why it cannot be read.
    pub reason: String,
    /// What a person can do about it.
    pub remedy: String,
    /// The bytes as they stand in the source.
    pub bytes: Vec<u8>,
}

/// Something that the source has and this pull is known not to contain. It is reported in every pass until it is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Stable code, for example `file::dates-ambiguous`.
    pub code: &'static str,
    /// Where it stands.
    pub place: Place,
    /// What is missing and why, for people.
    pub reason: String,
    /// What a person can do about it.
    pub remedy: String,
    /// How many records are missing, where that is known.
    pub records: Option<u64>,
}

/// Part of a list of everything that a stream shows now, without contents: to find what pulls have missed and what is gone.
#[derive(Debug, Clone, Default)]
pub struct CensusPage {
    /// Ids with the mark of their version ([`RawRecord::version`]), in ascending order of the ids, over all pages.
    pub entries: Vec<(String, String)>,
    /// Where the list goes on.
    pub next: Position,
    /// Whether it does.
    pub more: bool,
    /// On the last page: what the source has and does not show.
    pub gaps: Vec<Gap>,
    /// On the last page, where the source can be counted.
    pub census: Option<Census>,
}

/// Records that were asked for by their ids, whether or not they stand in the stream's scope.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    /// Those that the source shows.
    pub records: Vec<RawRecord>,
    /// Those that it does not show: deleted, moved away, or behind an access rule.
    pub absent: Vec<String>,
}

/// What a stream counted at its source in one whole pass, to be held against what the ledger holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Census {
    /// Everything the source holds now: records, unreadable ones and those behind gaps.
    pub counted: u64,
    /// Those that the pages of this or an earlier pass delivered as records.
    pub delivered: u64,
}

/// Where a pull starts: JSON text that only its connector understands. Empty before the first pull.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Position(pub String);

/// One pull's result.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The records, in the order of the source.
    pub records: Vec<RawRecord>,
    /// What could not be read as a record.
    pub unreadable: Vec<Unreadable>,
    /// What this page is known not to contain. The last page of a pass repeats every gap that still stands.
    pub gaps: Vec<Gap>,
    /// Where the next pull starts; committed together with the records, never before.
    pub next: Position,
    /// Whether the source is known to have more right now.
    pub more: bool,
    /// What the source was found to look like (delimiter, encoding, date order …), for people; shown once per container.
    pub notes: Vec<String>,
    /// On the last page of a pass, where the source can be counted.
    pub census: Option<Census>,
    /// How far the source has been read, in thousandths, where that is known: for progress only.
    pub progress_permille: Option<u16>,
}
