//! Some 16 kB of a page in one zstd frame: raw payloads and event bodies side by side, then what goes with them.
//!
//! Side by side, because an event repeats the words of its raw payload. Not the whole page in one frame, because a later
//! version of one record reads the version before, and that must not cost a page.

use crate::cause::Cause;
use crate::digests::VersionParts;
use crate::format::{ChunkInfo, form, form_code, offset};
use counterfoil_pipeline::ports::{Event, EventOffset, NewVersion, StoredVersion};
use counterfoil_record::{Digest, Form, Payload, Place, RecordId};
use fjall::Slice;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// A chunk is closed once it holds this much text. Measured with `examples/load.rs`: with 64 kB the disk takes 7 % less
/// and random updates, each of which reads the version before, run at a third of the rate.
const CHUNK_TEXT_BYTES: usize = 16 << 10;

/// Fast rather than small: packing shares two cores with reading and mapping (docs/decisions/0008). Measured with zstd's own
/// bench on 16 kB blocks of raw payloads and events: level 1 takes a fifth less disk and a fifth more time.
const ZSTD_LEVEL: i32 = -2;

/// What stands beside a version's text.
#[derive(Serialize, Deserialize)]
struct Entry<'a> {
    id: &'a str,
    version: u64,
    source_version: &'a str,
    mapped: [u8; 32],
    form: u8,
    container: &'a str,
    position: &'a str,
    event_id: &'a str,
    routing_key: &'a str,
    raw_bytes: u64,
    body_bytes: u64,
    /// Where the record stands in the body.
    record_from: u64,
    record_bytes: u64,
    previous: Option<(u64, u32)>,
    check: [u8; 8],
}

/// Compresses; keeps its contexts, which are large.
#[derive(Default)]
pub(crate) struct Packer {
    idle: Mutex<Vec<zstd::bulk::Compressor<'static>>>,
}

/// What becomes a chunk, and the room for its frame; used again for the next chunk of the page.
#[derive(Default)]
struct Draft {
    text: Vec<u8>,
    entries: Vec<u8>,
    events: u32,
    frame: Vec<u8>,
}

impl Packer {
    /// The versions of a page as chunks. `digests` are those of the versions.
    pub(crate) fn chunks(&self, versions: &[NewVersion], digests: &[Digest]) -> Result<Vec<(ChunkInfo, Slice)>, Cause> {
        let mut chunks = Vec::new();
        let mut draft = Draft::default();
        for (version, digest) in versions.iter().zip(digests) {
            let raw = version.raw.as_str();
            draft.text.extend_from_slice(raw.as_bytes());
            draft.text.extend_from_slice(version.event.body.as_bytes());
            let entries = std::mem::take(&mut draft.entries);
            draft.entries = postcard::to_extend(&entry(version, digest), entries).expect("memory takes every entry");
            draft.events += 1;
            if draft.text.len() >= CHUNK_TEXT_BYTES {
                chunks.push(self.chunk(&mut draft)?);
            }
        }
        if draft.events > 0 {
            chunks.push(self.chunk(&mut draft)?);
        }
        Ok(chunks)
    }

    pub(crate) fn compress(&self, bytes: &[u8]) -> Result<Vec<u8>, Cause> {
        let mut frame = Vec::new();
        self.compress_into(bytes, &mut frame)?;
        // Room is made for the worst case.
        frame.shrink_to_fit();
        Ok(frame)
    }

    /// Replaces what stands in `frame`.
    fn compress_into(&self, bytes: &[u8], frame: &mut Vec<u8>) -> Result<(), Cause> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut compressor = match idle {
            Some(compressor) => compressor,
            None => zstd::bulk::Compressor::new(ZSTD_LEVEL)?,
        };
        frame.clear();
        frame.reserve(zstd::zstd_safe::compress_bound(bytes.len()));
        compressor.compress_to_buffer(bytes, frame)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(compressor);
        Ok(())
    }

    fn chunk(&self, draft: &mut Draft) -> Result<(ChunkInfo, Slice), Cause> {
        let Draft { text, entries, events, frame } = draft;
        let text_bytes = text.len() as u64;
        text.append(entries);
        let info = ChunkInfo { events: std::mem::take(events), text_bytes, bytes: text.len() as u64 };
        self.compress_into(text, frame)?;
        text.clear();
        // As the store takes it, so that it is copied once.
        Ok((info, Slice::from(frame.as_slice())))
    }
}

fn entry<'a>(version: &'a NewVersion, digest: &Digest) -> Entry<'a> {
    let mut check = [0; 8];
    check.copy_from_slice(&digest.0[..8]);
    Entry {
        id: version.id.as_str(),
        version: version.version,
        source_version: &version.source_version,
        mapped: version.mapped.0,
        form: form_code(version.form),
        container: &version.place.container,
        position: &version.place.position,
        event_id: &version.event.id,
        routing_key: &version.event.routing_key,
        raw_bytes: version.raw.as_str().len() as u64,
        body_bytes: version.event.body.len() as u64,
        record_from: version.record.start as u64,
        record_bytes: version.record.len() as u64,
        previous: version.previous.map(|at| (at.page, at.index)),
        check,
    }
}

/// A chunk, decompressed. Every version of it shares its text.
#[derive(Debug)]
pub(crate) struct Chunk {
    text: Arc<str>,
    entries: Vec<ChunkEntry>,
}

#[derive(Debug)]
struct ChunkEntry {
    id: RecordId,
    version: u64,
    source_version: String,
    mapped: Digest,
    form: Form,
    place: Place,
    event_id: String,
    routing_key: String,
    raw: Range<usize>,
    body: Range<usize>,
    /// In the body.
    record: Range<usize>,
    previous: Option<EventOffset>,
    check: [u8; 8],
}

/// A version read back and found whole.
pub(crate) struct Checked {
    pub version: StoredVersion,
    pub mapped: Digest,
    pub raw: Digest,
    pub digest: Digest,
}

impl Chunk {
    /// Decompresses a chunk. `place` names it in errors.
    pub(crate) fn open(frame: &[u8], info: &ChunkInfo, place: &str) -> Result<Self, Cause> {
        let damaged = |what: &str| Cause::damaged(place, what);
        let capacity = usize::try_from(info.bytes).map_err(|_| damaged("it cannot be that long"))?;
        let bytes = zstd::bulk::decompress(frame, capacity)
            .map_err(|error| Cause::damaged(place, format!("it cannot be decompressed: {error}")))?;
        let at = usize::try_from(info.text_bytes).map_err(|_| damaged("it cannot be that long"))?;
        let (text, mut rest) = bytes.split_at_checked(at).ok_or_else(|| damaged("it is cut off"))?;
        let text: Arc<str> = std::str::from_utf8(text).map_err(|_| damaged("its text is no text"))?.into();
        let mut entries: Vec<ChunkEntry> = Vec::with_capacity(info.events.min(1 << 16) as usize);
        let mut from = 0;
        for _ in 0..info.events {
            let (entry, after) = postcard::take_from_bytes::<Entry<'_>>(rest)
                .map_err(|error| Cause::damaged(place, format!("its entries cannot be read: {error}")))?;
            rest = after;
            let container = match entries.last() {
                Some(last) if *last.place.container == *entry.container => Arc::clone(&last.place.container),
                _ => entry.container.into(),
            };
            let (raw, body, record) =
                parts(&text, from, &entry).ok_or_else(|| damaged("its entries do not fit its text"))?;
            from = body.end;
            entries.push(ChunkEntry {
                id: RecordId::from_stored(entry.id),
                version: entry.version,
                source_version: entry.source_version.to_owned(),
                mapped: Digest(entry.mapped),
                form: form(entry.form, place)?,
                place: Place { container, position: entry.position.to_owned() },
                event_id: entry.event_id.to_owned(),
                routing_key: entry.routing_key.to_owned(),
                raw,
                body,
                record,
                previous: entry.previous.map(offset),
                check: entry.check,
            });
        }
        Ok(Self { text, entries })
    }

    /// About how much memory it takes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.text.len() + self.entries.len() * 400
    }

    /// The version at `index` of this chunk, after its hash was computed again.
    pub(crate) fn version(
        &self,
        index: usize,
        at: EventOffset,
        mapping: Option<Digest>,
        seen_at: Timestamp,
    ) -> Result<Checked, Cause> {
        let entry = self.entries.get(index).ok_or(Cause::NoEvent(at))?;
        let raw = Payload::slice(&self.text, entry.raw.clone());
        let raw_digest = raw.digest();
        let event = Event {
            id: entry.event_id.clone(),
            routing_key: entry.routing_key.clone(),
            body: self.text[entry.body.clone()].to_owned(),
        };
        let parts = VersionParts {
            id: entry.id.as_str(),
            version: entry.version,
            source_version: &entry.source_version,
            mapped: entry.mapped,
            raw: raw_digest,
            form: entry.form,
            place: &entry.place,
            event: &event,
            content: Digest::of(event.body[entry.record.clone()].as_bytes()),
            record: entry.record.clone(),
            previous: entry.previous,
        };
        let digest = parts.digest();
        if digest.0[..8] != entry.check {
            let place = format!("page {}, event {} ({})", at.page, at.index, entry.id);
            return Err(Cause::damaged(place, "its hash is not that of what was committed"));
        }
        let version = StoredVersion {
            at,
            id: entry.id.clone(),
            version: entry.version,
            event,
            raw,
            form: entry.form,
            place: entry.place.clone(),
            source_version: entry.source_version.clone(),
            mapping,
            previous: entry.previous,
            seen_at,
        };
        Ok(Checked { version, mapped: entry.mapped, raw: raw_digest, digest })
    }
}

/// Raw payload, body, and record in the body.
fn parts(text: &str, from: usize, entry: &Entry<'_>) -> Option<(Range<usize>, Range<usize>, Range<usize>)> {
    let raw = part(text, from, entry.raw_bytes)?;
    let body = part(text, raw.end, entry.body_bytes)?;
    let record = part(&text[body.clone()], usize::try_from(entry.record_from).ok()?, entry.record_bytes)?;
    Some((raw, body, record))
}

/// `n_bytes` of the text from `from` on, if they are there and are whole characters.
fn part(text: &str, from: usize, n_bytes: u64) -> Option<Range<usize>> {
    let range = from..from.checked_add(usize::try_from(n_bytes).ok()?)?;
    text.get(range.clone()).map(|_| range)
}
