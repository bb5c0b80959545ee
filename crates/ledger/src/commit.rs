//! One frame, one atomic and durable batch.

use crate::cause::Cause;
use crate::digests::{PageParts, VersionParts, aside_digest, chained};
use crate::format::{
    AsideValue, ChunkInfo, HeadValue, Header, LogEnd, StreamValue, chunk_key, columns, moment, offset, seal, sealed,
    stream_key,
};
use crate::ledger::{FjallLedger, Log};
use crate::store::persist_mode;
use counterfoil_pipeline::ports::{EventOffset, Frame, NewVersion};
use counterfoil_record::{Digest, Form, RecordId};
use fjall::Slice;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

/// What can be made of a frame without knowing what is held.
pub(crate) struct PackedFrame {
    instance: Arc<str>,
    stream: Arc<str>,
    mapping: Option<(Digest, Arc<str>)>,
    /// What becomes of the heads. Payloads and events are in the chunks, and no longer here.
    heads: Vec<NewHead>,
    chunks: Vec<(ChunkInfo, Slice)>,
    /// By id, the last one where an id came twice.
    set_aside: BTreeMap<String, AsideValue>,
    released: BTreeSet<String>,
    /// Nodes and where they lead, the last one where a node came twice.
    nodes: BTreeMap<String, String>,
    /// A header, all but for what depends on pages before.
    header: Header,
}

pub(crate) struct NewHead {
    pub(crate) id: RecordId,
    pub(crate) version: u64,
    pub(crate) source_version: String,
    pub(crate) mapped: Digest,
    pub(crate) raw: Digest,
    /// Whether this version says that the record is gone.
    pub(crate) gone: bool,
    previous: Option<EventOffset>,
}

impl FjallLedger {
    pub(crate) fn commit_frame(&self, packed: PackedFrame) -> Result<EventOffset, Cause> {
        let mut log = self.log();
        let stream_key = stream_key(&packed.instance, &packed.stream);
        let held = self.stream_value(&stream_key)?;
        if packed.nodes.is_empty() && held.as_ref().is_some_and(|stream| says_nothing(&packed.header, stream)) {
            return Ok(offset(log.end.end));
        }
        let new_records = self.check_heads(&packed.heads)?;
        let removed = self.count_removed(&packed)?;
        let mut stream = held.unwrap_or_default();

        let PackedFrame { instance, heads, mapping, chunks, set_aside, nodes, mut header, .. } = packed;
        let number = log.end.page + 1;
        header.number = number;
        header.events_before = log.end.events;
        header.removed = removed;
        header.previous = log.end.chain;
        let chain = chained(&Digest(header.previous), number, header.events_before, removed, &Digest(header.content));
        header.chain = chain.0;
        stream.add(&header.tally, new_records, header.position.as_ref());

        let mut batch = self.store.db.batch().durability(Some(persist_mode(self.durability)));
        batch.insert(&self.store.pages, number.to_be_bytes(), sealed(&header));
        for (at, (_, chunk)) in chunks.into_iter().enumerate() {
            batch.insert(&self.store.chunks, chunk_key(number, at), chunk);
        }
        for (index, head) in (0..).zip(&heads) {
            let at = EventOffset { page: number, index };
            let value = HeadValue::new(head, at);
            batch.insert(&self.store.heads, head.id.as_str(), sealed(&value));
        }
        // Released first: what a frame releases and sets aside again is set aside.
        for id in &header.released {
            batch.remove(&self.store.set_aside, id.as_str());
        }
        for (id, mut value) in set_aside {
            value.page = number;
            batch.insert(&self.store.set_aside, id.as_str(), sealed(&value));
        }
        if let Some((digest, text)) = &mapping
            && !self.store.mappings.contains_key(digest.0)?
        {
            batch.insert(&self.store.mappings, digest.0, seal(text.as_bytes().to_vec()));
        }
        self.put_nodes(&mut batch, &instance, &nodes)?;
        batch.insert(&self.store.streams, stream_key, sealed(&stream));
        let end = next_end(&log.end, &header, chain);
        batch.insert(&self.store.meta, "log", sealed(&end));
        batch.commit()?;
        self.advance(&mut log, end)
    }

    /// The batch is durable; from here on it can be read.
    fn advance(&self, log: &mut Log, end: LogEnd) -> Result<EventOffset, Cause> {
        let wrote_events = end.end.0 == end.page;
        log.end = end;
        // A witness that cannot be written only sees less; the commit stands.
        let _ = log.witness.saw(end.page, &Digest(end.chain));
        Ok(if wrote_events { EventOffset { page: end.page, index: 0 } } else { offset(end.end) })
    }

    /// The costly part, hashing and compressing; it needs no lock and no order.
    pub(crate) fn pack_frame(&self, mut frame: Frame) -> Result<PackedFrame, Cause> {
        let digests: Vec<Digest> = frame.versions.iter().map(version_digest).collect();
        let chunks = self.packer.chunks(&frame.versions, &digests)?;
        let mut set_aside = BTreeMap::new();
        for mut aside in std::mem::take(&mut frame.set_aside) {
            let digest = aside_digest(&aside);
            let id = std::mem::take(&mut aside.id);
            let bytes = self.packer.compress(&aside.bytes)?;
            set_aside.insert(id, AsideValue::new(aside, digest, bytes));
        }
        let released: BTreeSet<String> = std::mem::take(&mut frame.released).into_iter().collect();
        let set_aside_list: Vec<(String, [u8; 32])> =
            set_aside.iter().map(|(id, value)| (id.clone(), value.digest)).collect();
        let released_list: Vec<String> = released.iter().cloned().collect();
        let content = PageParts::of(&frame, &digests, &set_aside_list, &released_list).digest();
        let header = Header {
            number: 0,
            instance: frame.instance.as_ref().to_owned(),
            stream: frame.stream.as_ref().to_owned(),
            at: moment(frame.at),
            position: frame.position.as_ref().map(|position| position.0.clone()),
            mapping: frame.mapping.as_ref().map(|(digest, _)| digest.0),
            tally: columns(&frame.tally),
            events_before: 0,
            chunks: chunks.iter().map(|(info, _)| *info).collect(),
            set_aside: set_aside_list,
            released: released_list,
            removed: 0,
            content: content.0,
            previous: [0; 32],
            chain: [0; 32],
        };
        let Frame { instance, stream, versions, mapping, nodes, .. } = frame;
        let nodes = nodes.into_iter().collect();
        let heads = versions.into_iter().map(NewHead::of).collect();
        Ok(PackedFrame { instance, stream, mapping, heads, chunks, set_aside, released, nodes, header })
    }

    /// Sees that every version follows the held one; gives the number of records that are new.
    fn check_heads(&self, heads: &[NewHead]) -> Result<u64, Cause> {
        let mut new_records = 0;
        let mut seen = HashSet::with_capacity(heads.len());
        for version in heads {
            let contradiction = |why: String| Cause::Contradiction { id: version.id.clone(), why };
            if !seen.insert(version.id.as_str()) {
                return Err(contradiction("the frame has it twice".to_owned()));
            }
            let head = self.head_of(version.id.as_str())?;
            let (held, at) = head.as_ref().map_or((0, None), |head| (head.version, Some(head.at)));
            if version.version != held + 1 {
                return Err(contradiction(format!("version {} after version {held}", version.version)));
            }
            if version.previous != at {
                return Err(contradiction("the place given for the version before is another one".to_owned()));
            }
            new_records += u64::from(held == 0);
        }
        Ok(new_records)
    }

    /// How many entries of those set aside are released or replaced.
    fn count_removed(&self, packed: &PackedFrame) -> Result<u64, Cause> {
        let mut removed = 0;
        let replaced = packed.set_aside.keys().filter(|id| !packed.released.contains(*id));
        for id in packed.released.iter().chain(replaced) {
            removed += u64::from(self.store.set_aside.contains_key(id)?);
        }
        Ok(removed)
    }
}

impl NewHead {
    fn of(version: NewVersion) -> Self {
        let NewVersion { id, version, source_version, mapped, raw_digest, form, previous, .. } = version;
        Self { id, version, source_version, mapped, raw: raw_digest, gone: form == Form::Tombstone, previous }
    }
}

/// Whether a page changes nothing, so that none is written: an idle source is asked every minute.
fn says_nothing(page: &Header, held: &StreamValue) -> bool {
    page.chunks.is_empty()
        && page.set_aside.is_empty()
        && page.released.is_empty()
        && page.tally == [0; 6]
        && page.position.as_ref().is_none_or(|position| *position == held.position)
}

fn next_end(before: &LogEnd, header: &Header, chain: Digest) -> LogEnd {
    let n_events = header.events();
    LogEnd {
        page: header.number,
        chain: chain.0,
        events: before.events + u64::from(n_events),
        end: if n_events > 0 { (header.number, n_events) } else { before.end },
    }
}

fn version_digest(version: &NewVersion) -> Digest {
    debug_assert_eq!(version.raw_digest, version.raw.digest(), "the digest of {} is that of its payload", version.id);
    debug_assert_eq!(
        version.content,
        Digest::of(version.event.body[version.record.clone()].as_bytes()),
        "the content of {} is that of the record in its event",
        version.id
    );
    let parts = VersionParts {
        id: version.id.as_str(),
        version: version.version,
        source_version: &version.source_version,
        mapped: version.mapped,
        raw: version.raw_digest,
        form: version.form,
        place: &version.place,
        event: &version.event,
        record: version.record.clone(),
        content: version.content,
        previous: version.previous,
    };
    parts.digest()
}
