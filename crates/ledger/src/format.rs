//! The binary form of everything but the chunks: postcard, and four bytes of a SHA-256 behind it as a seal.

use crate::cause::Cause;
use crate::commit::NewHead;
use counterfoil_pipeline::Tally;
use counterfoil_pipeline::ports::{Aside, EventOffset, Head, SetAside, StreamState};
use counterfoil_record::{Digest, Form, Place, Position};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Of the whole ledger; any other one is refused. Format 1 hashed the record in an event's body twice, and knew no tombstones.
pub(crate) const FORMAT: u32 = 2;

const SEAL_BYTES: usize = 4;

/// A moment: seconds since 1970 in UTC, nanoseconds.
pub(crate) type Moment = (i64, i32);

/// A page without its chunks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    pub number: u64,
    pub instance: String,
    pub stream: String,
    pub at: Moment,
    pub position: Option<String>,
    pub mapping: Option<[u8; 32]>,
    pub tally: [u64; 6],
    /// Events of all pages before.
    pub events_before: u64,
    pub chunks: Vec<ChunkInfo>,
    /// What the page set aside: the id and the digest of all about it.
    pub set_aside: Vec<(String, [u8; 32])>,
    pub released: Vec<String>,
    /// How many things were set aside before this page and are not, or not in that form, after it.
    pub removed: u64,
    /// Of everything above but the number and what depends on pages before, and of every version.
    pub content: [u8; 32],
    /// The chain's hash before this page.
    pub previous: [u8; 32],
    /// The chain's hash with this page.
    pub chain: [u8; 32],
}

/// What is needed to open a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChunkInfo {
    pub events: u32,
    /// Raw payloads and event bodies.
    pub text_bytes: u64,
    /// Text and entries, decompressed.
    pub bytes: u64,
}

impl Header {
    pub(crate) fn events(&self) -> u32 {
        self.chunks.iter().map(|chunk| chunk.events).sum()
    }
}

/// Where the log ends. Written in every batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogEnd {
    pub page: u64,
    pub chain: [u8; 32],
    pub events: u64,
    /// The first place without an event.
    pub end: (u64, u32),
}

/// A head in its stored form.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HeadValue<'a> {
    version: u64,
    at: (u64, u32),
    source_version: &'a str,
    mapped: [u8; 32],
    raw: [u8; 32],
    gone: bool,
}

impl<'a> HeadValue<'a> {
    pub(crate) fn new(head: &'a NewHead, at: EventOffset) -> Self {
        Self {
            version: head.version,
            at: (at.page, at.index),
            source_version: &head.source_version,
            mapped: head.mapped.0,
            raw: head.raw.0,
            gone: head.gone,
        }
    }

    pub(crate) fn read(bytes: &[u8], place: &str) -> Result<Head, Cause> {
        let value: HeadValue<'_> = unsealed(bytes, place)?;
        Ok(Head {
            version: value.version,
            at: offset(value.at),
            source_version: value.source_version.to_owned(),
            mapped: Digest(value.mapped),
            raw: Digest(value.raw),
            gone: value.gone,
        })
    }
}

/// A stream in its stored form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct StreamValue {
    pub position: String,
    pub total: [u64; 6],
    pub held: u64,
}

impl StreamValue {
    pub(crate) fn add(&mut self, tally: &[u64; 6], new_records: u64, position: Option<&String>) {
        for (total, add) in self.total.iter_mut().zip(tally) {
            *total += add;
        }
        self.held += new_records;
        if let Some(position) = position {
            self.position.clone_from(position);
        }
    }

    pub(crate) fn state(self) -> StreamState {
        StreamState { position: Position(self.position), total: from_columns(self.total), held: self.held }
    }
}

/// Something set aside in its stored form; the bytes follow as a zstd frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AsideValue {
    /// The page that set it aside.
    pub page: u64,
    aside: u8,
    instance: String,
    stream: String,
    native_id: Option<String>,
    source_version: String,
    code: String,
    place: (String, String),
    reason: String,
    remedy: String,
    form: u8,
    at: Moment,
    /// Of all about it.
    pub digest: [u8; 32],
    /// How many there are, decompressed.
    pub n_bytes: u64,
    frame: Vec<u8>,
}

impl AsideValue {
    /// `frame` is `aside.bytes`, compressed; the page is set later.
    pub(crate) fn new(aside: SetAside, digest: Digest, frame: Vec<u8>) -> Self {
        Self {
            page: 0,
            aside: aside_code(aside.aside),
            instance: aside.instance.as_ref().to_owned(),
            stream: aside.stream.as_ref().to_owned(),
            native_id: aside.native_id,
            source_version: aside.source_version,
            code: aside.code,
            place: (aside.place.container.as_ref().to_owned(), aside.place.position),
            reason: aside.reason,
            remedy: aside.remedy,
            form: form_code(aside.form),
            at: moment(aside.at),
            digest: digest.0,
            n_bytes: aside.bytes.len() as u64,
            frame,
        }
    }

    pub(crate) fn open(self, id: &str, place: &str) -> Result<SetAside, Cause> {
        let capacity = usize::try_from(self.n_bytes).map_err(|_| Cause::damaged(place, "it cannot be that long"))?;
        let bytes = zstd::bulk::decompress(&self.frame, capacity)
            .map_err(|error| Cause::damaged(place, format!("its bytes cannot be decompressed: {error}")))?;
        Ok(SetAside {
            id: id.to_owned(),
            aside: match self.aside {
                0 => Aside::Quarantined,
                1 => Aside::Unreadable,
                _ => return Err(Cause::damaged(place, "its kind is unknown")),
            },
            instance: self.instance.into(),
            stream: self.stream.into(),
            native_id: self.native_id,
            source_version: self.source_version,
            code: self.code,
            place: Place { container: self.place.0.into(), position: self.place.1 },
            reason: self.reason,
            remedy: self.remedy,
            form: form(self.form, place)?,
            bytes,
            at: timestamp(self.at, place)?,
        })
    }
}

/// Encodes and seals.
pub(crate) fn sealed<T: Serialize>(value: &T) -> Vec<u8> {
    let bytes = postcard::to_stdvec(value).expect("memory takes every value that is not a map of unknown length");
    seal(bytes)
}

/// Puts the seal behind some bytes.
pub(crate) fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let digest = Digest::of(&bytes);
    bytes.extend_from_slice(&digest.0[..SEAL_BYTES]);
    bytes
}

/// Takes the seal off, if it is whole.
pub(crate) fn unseal<'a>(bytes: &'a [u8], place: &str) -> Result<&'a [u8], Cause> {
    let content = bytes.len().checked_sub(SEAL_BYTES).and_then(|at| bytes.split_at_checked(at));
    match content {
        Some((content, seal)) if Digest::of(content).0[..SEAL_BYTES] == *seal => Ok(content),
        Some(_) => Err(Cause::damaged(place, "its seal is broken")),
        None => Err(Cause::damaged(place, "it is cut off")),
    }
}

/// Checks the seal and decodes.
pub(crate) fn unsealed<'a, T: Deserialize<'a>>(bytes: &'a [u8], place: &str) -> Result<T, Cause> {
    postcard::from_bytes(unseal(bytes, place)?).map_err(|error| Cause::damaged(place, error.to_string()))
}

/// Instance and stream as a key. Neither holds a zero byte: both are names from a configuration.
pub(crate) fn stream_key(instance: &str, stream: &str) -> Vec<u8> {
    [instance.as_bytes(), &[0], stream.as_bytes()].concat()
}

/// The instance and the stream of a key.
pub(crate) fn stream_names(key: &[u8]) -> Result<(String, String), Cause> {
    let names = std::str::from_utf8(key).ok().and_then(|key| key.split_once('\0'));
    let (instance, stream) = names.ok_or_else(|| Cause::damaged("the name of a stream", "it is not two texts"))?;
    Ok((instance.to_owned(), stream.to_owned()))
}

pub(crate) fn chunk_key(page: u64, chunk: usize) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&page.to_be_bytes());
    key[8..].copy_from_slice(&u32::try_from(chunk).expect("a page has fewer chunks than events").to_be_bytes());
    key
}

pub(crate) fn offset((page, index): (u64, u32)) -> EventOffset {
    EventOffset { page, index }
}

pub(crate) fn columns(tally: &Tally) -> [u64; 6] {
    let Tally { pulled, committed, unchanged, quarantined, unreadable, not_applicable } = *tally;
    [pulled, committed, unchanged, quarantined, unreadable, not_applicable]
}

fn from_columns([pulled, committed, unchanged, quarantined, unreadable, not_applicable]: [u64; 6]) -> Tally {
    Tally { pulled, committed, unchanged, quarantined, unreadable, not_applicable }
}

pub(crate) fn moment(at: Timestamp) -> Moment {
    (at.as_second(), at.subsec_nanosecond())
}

pub(crate) fn timestamp((seconds, nanoseconds): Moment, place: &str) -> Result<Timestamp, Cause> {
    Timestamp::new(seconds, nanoseconds).map_err(|error| Cause::damaged(place, error.to_string()))
}

pub(crate) fn form_code(form: Form) -> u8 {
    match form {
        Form::Snapshot => 0,
        Form::Log => 1,
        Form::Tombstone => 2,
    }
}

pub(crate) fn form(code: u8, place: &str) -> Result<Form, Cause> {
    match code {
        0 => Ok(Form::Snapshot),
        1 => Ok(Form::Log),
        2 => Ok(Form::Tombstone),
        _ => Err(Cause::damaged(place, "its form is unknown")),
    }
}

pub(crate) fn aside_code(aside: Aside) -> u8 {
    match aside {
        Aside::Quarantined => 0,
        Aside::Unreadable => 1,
    }
}
