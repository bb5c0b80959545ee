//! What the pipeline needs from the edges: a ledger, a cache and a publisher. All three are implemented elsewhere.
//!
//! Ledger and cache are blocking and are called from blocking threads only.

use crate::Tally;
use counterfoil_assurance::Facts;
use counterfoil_record::{Digest, Form, Payload, Place, Position, RecordId, Unreadable};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

mod inbox;
mod publisher;

pub use inbox::{Inbox, Put};
pub use publisher::{PublishError, PublishErrorKind, Publisher, Session};

/// A place in the event log: the page, counted from 1, and the event in it, counted from 0. Ordered as the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct EventOffset {
    /// The page of the ledger.
    pub page: u64,
    /// The event of that page.
    pub index: u32,
}

/// What the ledger keeps at hand about the newest version of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Versions are counted from 1; it is the event's `sequence`, too.
    pub version: u64,
    /// Where that version's event and raw payload stand.
    pub at: EventOffset,
    /// The source's mark of that version.
    pub source_version: String,
    /// Of the record as the mapping made it from the raw payload alone: equal means unchanged.
    pub mapped: Digest,
    /// Of the raw payload.
    pub raw: Digest,
    /// Whether that version says that the record is gone.
    pub gone: bool,
}

/// A version that a frame adds.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// The record.
    pub id: RecordId,
    /// What the head says from now on, but for `at`, which the ledger sets.
    pub version: u64,
    /// See [`Head::source_version`].
    pub source_version: String,
    /// See [`Head::mapped`].
    pub mapped: Digest,
    /// The raw payload, for a log merged with the rows known before.
    pub raw: Payload,
    /// Of `raw`.
    pub raw_digest: Digest,
    /// How the payload tells the record.
    pub form: Form,
    /// Where it stands in the source.
    pub place: Place,
    /// The event, in its final bytes.
    pub event: Event,
    /// Where the record stands in the event's body.
    pub record: Range<usize>,
    /// Of that part of the body.
    pub content: Digest,
    /// The place of the version before.
    pub previous: Option<EventOffset>,
}

/// An event in its final bytes. Nothing about it is computed after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `hash(instance, record key, version, content hash)`: the same for ever.
    pub id: String,
    /// `<kind>.<event>.<party>`.
    pub routing_key: String,
    /// The CloudEvent, JSON.
    pub body: String,
}

/// Why something was set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aside {
    /// A record that cannot be mapped truthfully.
    Quarantined,
    /// Bytes that cannot be read as a record.
    Unreadable,
}

/// Something set aside: its raw bytes, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Stable: of the record for a quarantined one, of the bytes for an unreadable one.
    pub id: String,
    /// Which of the two.
    pub aside: Aside,
    /// The instance it came from.
    pub instance: Arc<str>,
    /// The stream it came from.
    pub stream: Arc<str>,
    /// The source's id, where it has one.
    pub native_id: Option<String>,
    /// The source's mark of this version.
    pub source_version: String,
    /// Stable code.
    pub code: String,
    /// Where it stands in the source.
    pub place: Place,
    /// Why, for people.
    pub reason: String,
    /// The next step.
    pub remedy: String,
    /// How a quarantined payload tells its record.
    pub form: Form,
    /// The bytes as they came.
    pub bytes: Vec<u8>,
    /// When it was set aside.
    pub at: Timestamp,
}

impl SetAside {
    /// Sets unreadable bytes aside.
    pub fn unreadable(instance: &Arc<str>, stream: &Arc<str>, unreadable: Unreadable, at: Timestamp) -> Self {
        let Unreadable { code, place, reason, remedy, bytes } = unreadable;
        let parts: [&[u8]; 4] = [instance.as_bytes(), stream.as_bytes(), code.as_bytes(), &bytes];
        Self {
            id: Digest::of_parts(&parts).short(),
            aside: Aside::Unreadable,
            instance: Arc::clone(instance),
            stream: Arc::clone(stream),
            native_id: None,
            source_version: String::new(),
            code: code.to_owned(),
            place,
            reason,
            remedy,
            form: Form::Snapshot,
            bytes,
            at,
        }
    }
}

/// Everything one page changes. It becomes durable as a whole or not at all.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The instance.
    pub instance: Arc<str>,
    /// The stream.
    pub stream: Arc<str>,
    /// Where the next pull starts; `None` leaves the position as it is (a retry of quarantined records).
    pub position: Option<Position>,
    /// New versions, each record at most once.
    pub versions: Vec<NewVersion>,
    /// What is set aside. An id that is set aside already is replaced.
    pub set_aside: Vec<SetAside>,
    /// Ids that are no longer set aside, because their record was committed or a person dismissed them.
    pub released: Vec<String>,
    /// The mapping that made the versions: its digest and its stored text.
    pub mapping: Option<(Digest, Arc<str>)>,
    /// What leads to records of the instance that were gathered, and the source's id of the record; what was held for a node
    /// is replaced.
    pub nodes: Vec<(String, String)>,
    /// Where everything of this page ended.
    pub tally: Tally,
    /// When the page was pulled.
    pub at: Timestamp,
}

/// A frame that its ledger has packed, see [`Ledger::pack`]. Only the ledger that made it knows what is inside.
pub struct Packed(pub Box<dyn std::any::Any + Send>);

/// What a ledger knows of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamState {
    /// Where the next pull starts.
    pub position: Position,
    /// Over all pulls since the ledger began.
    pub total: Tally,
    /// Records held: distinct ids with at least one version.
    pub held: u64,
}

/// A version as the ledger holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredVersion {
    /// Its place.
    pub at: EventOffset,
    /// The record.
    pub id: RecordId,
    /// Counted from 1.
    pub version: u64,
    /// The event in its final bytes.
    pub event: Event,
    /// The raw payload.
    pub raw: Payload,
    /// How it tells the record.
    pub form: Form,
    /// Where it stood in the source.
    pub place: Place,
    /// The source's mark.
    pub source_version: String,
    /// The mapping that made it, see [`Ledger::mapping`].
    pub mapping: Option<Digest>,
    /// The version before.
    pub previous: Option<EventOffset>,
    /// When its page was pulled.
    pub seen_at: Timestamp,
}

/// What `ledger verify` found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verification {
    /// Pages read.
    pub pages: u64,
    /// Events read; their ids and hashes were computed again.
    pub events: u64,
    /// Records held.
    pub records: u64,
    /// Set aside.
    pub set_aside: u64,
    /// The hash at the end of the chain.
    pub chain: Option<Digest>,
    /// What is wrong, the first place first; empty when all is well. At most 100 are kept.
    pub damage: Vec<String>,
}

/// A ledger that did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("the ledger cannot {doing}")]
pub struct LedgerError {
    /// An infinitive: `commit a page`.
    pub doing: &'static str,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// The truth: raw payloads, versions, events, positions, what was set aside.
pub trait Ledger: Send + Sync {
    /// What tells this ledger from any other; a cache built from another ledger is of no use.
    fn identity(&self) -> Digest;

    /// What is known of a stream; the default for one never pulled.
    fn stream(&self, instance: &str, stream: &str) -> Result<StreamState, LedgerError>;

    /// All streams ever pulled: instance, stream, state.
    fn streams(&self) -> Result<Vec<(String, String, StreamState)>, LedgerError>;

    /// The newest version of a record, without reading its page.
    fn head(&self, id: &RecordId) -> Result<Option<Head>, LedgerError>;

    /// Records and their heads after `after`, in the order of their ids, at most `limit`.
    fn heads(&self, after: Option<&RecordId>, limit: usize) -> Result<Vec<(RecordId, Head)>, LedgerError>;

    /// One version whole.
    fn version(&self, at: EventOffset) -> Result<StoredVersion, LedgerError>;

    /// Does the part of a commit that needs no order: hashing and compressing. Nothing is written.
    fn pack(&self, frame: Frame) -> Result<Packed, LedgerError>;

    /// Makes a frame durable as a whole; when it returns, a power loss does not take it back.
    /// Returns the place of the frame's first event (the next free one, when it has none).
    fn commit_packed(&self, packed: Packed) -> Result<EventOffset, LedgerError>;

    /// Packs and commits.
    fn commit(&self, frame: Frame) -> Result<EventOffset, LedgerError> {
        self.commit_packed(self.pack(frame)?)
    }

    /// The first place that no event has yet.
    fn end(&self) -> Result<EventOffset, LedgerError>;

    /// How many events lie between two places.
    fn count(&self, from: EventOffset, to: EventOffset) -> Result<u64, LedgerError>;

    /// The versions of the first page that has any at or after `from`, from there on, in order; empty at the end of the log.
    /// The place after the last of them is `EventOffset { page: last.page, index: last.index + 1 }`.
    fn versions(&self, from: EventOffset) -> Result<Vec<StoredVersion>, LedgerError>;

    /// Up to where a target (`amqp`) has confirmed events: the first place that is not confirmed.
    fn confirmed(&self, target: &str) -> Result<EventOffset, LedgerError>;

    /// Moves a target's place. It need not be durable at once: repeated events carry the same ids.
    fn confirm(&self, target: &str, upto: EventOffset) -> Result<(), LedgerError>;

    /// The stored text of a mapping that made versions of this ledger.
    fn mapping(&self, digest: &Digest) -> Result<Option<String>, LedgerError>;

    /// The source's id of the gathered record that a node of an instance leads to, see [`Frame::nodes`].
    fn gathered(&self, instance: &str, node: &str) -> Result<Option<String>, LedgerError>;

    /// What is set aside after `after`, in the order of the ids, at most `limit`.
    fn set_aside(&self, after: Option<&str>, limit: usize) -> Result<Vec<SetAside>, LedgerError>;

    /// One of them.
    fn set_aside_one(&self, id: &str) -> Result<Option<SetAside>, LedgerError>;

    /// Whether an id is set aside, without reading its bytes.
    fn is_set_aside(&self, id: &str) -> Result<bool, LedgerError>;

    /// Keeps the report of a stream's last pass (JSON). Durable with the next commit at the latest, or when the ledger closes.
    fn put_report(&self, instance: &str, stream: &str, report: &str) -> Result<(), LedgerError>;

    /// The reports: instance, stream, JSON.
    fn reports(&self) -> Result<Vec<(String, String, String)>, LedgerError>;

    /// Reads everything and computes every hash again. `progress` gets pages done and pages in all.
    fn verify(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Verification, LedgerError>;

    /// Makes everything durable that is not yet.
    fn flush(&self) -> Result<(), LedgerError>;
}

/// A cache that did not do what it was asked. It is always safe to throw it away and build it again.
#[derive(Debug, thiserror::Error)]
#[error("the cache cannot {doing}")]
pub struct CacheError {
    /// An infinitive: `read a record`.
    pub doing: &'static str,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// A record's row in the cache.
#[derive(Debug, Clone, PartialEq)]
pub struct Projected {
    /// The record.
    pub id: RecordId,
    /// What people call it in the source and have called it before, each once, the name it has now last.
    pub names: Vec<String>,
    /// What figures are computed from.
    pub facts: Facts,
}

/// A record that people call so, or have called so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The record.
    pub id: RecordId,
    /// As the source writes it.
    pub name: String,
}

/// The read model: rebuildable, never the truth.
pub trait Cache: Send + Sync {
    /// Up to where the event log is projected: the first place that is not.
    fn projected(&self) -> Result<EventOffset, CacheError>;

    /// Takes records in; a record that is there already is replaced, and keeps its names. Then the cache stands at `upto`.
    fn apply(&self, records: Vec<Projected>, upto: EventOffset) -> Result<(), CacheError>;

    /// Every record's facts: in the same order for the same ledger, whichever that is.
    fn scan(&self, each: &mut dyn FnMut(&str, Facts)) -> Result<(), CacheError>;

    /// The records that people call `name` or have ever called so, in whatever case, in order. Several when several instances
    /// use the same key, or when a key was used again: who has it now the cache does not know.
    fn resolve(&self, name: &str) -> Result<Vec<Named>, CacheError>;

    /// How many records it holds.
    fn len(&self) -> Result<u64, CacheError>;

    /// Whether it holds none.
    fn is_empty(&self) -> Result<bool, CacheError> {
        Ok(self.len()? == 0)
    }
}
