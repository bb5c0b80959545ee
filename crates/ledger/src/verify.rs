//! Reads everything and computes every hash again.
//!
//! One pass in the order of the pages, in bounded memory: each version looks at its record's head, and each thing set
//! aside at what is set aside, so that in the end the counts tell whether there is one head or entry too many.

use crate::cause::Cause;
use crate::chunk::{Checked, Chunk};
use crate::digests::{PageParts, chained};
use crate::format::{AsideValue, HeadValue, Header, LogEnd, StreamValue, chunk_key, stream_key, unsealed};
use crate::ledger::FjallLedger;
use crate::read::{chunk_place, common, read_header};
use counterfoil_pipeline::ports::{EventOffset, StoredVersion, Verification};
use counterfoil_record::{Digest, Form};
use counterfoil_wire::{content_digest, decode_event, event_id};
use fjall::{Keyspace, Readable, Slice, Snapshot};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// More damage than this tells nothing new.
const MAX_DAMAGE: usize = 100;

pub(crate) fn verify(ledger: &FjallLedger, progress: &mut dyn FnMut(u64, u64)) -> Result<Verification, Cause> {
    let (end, snapshot) = {
        let log = ledger.log();
        (log.end, ledger.store.db.snapshot())
    };
    let mut check = Check::new(ledger, end, snapshot);
    for number in 1..=end.page {
        // fjall may panic over files that were tampered with.
        let page = catch_unwind(AssertUnwindSafe(|| check.page(number)));
        match page {
            Ok(Ok(())) => {}
            Ok(Err(cause)) => check.lost_page(number, &cause),
            Err(_) => check.lost_page(number, &Cause::damaged(format!("page {number}"), "its store panicked")),
        }
        progress(number, end.page);
    }
    if let Ok(Err(cause)) | Err(cause) = catch_unwind(AssertUnwindSafe(|| check.rest()))
        .map_err(|_| Cause::damaged("the store", "it panicked when it was read"))
    {
        check.damage(tell(&cause));
    }
    Ok(check.found)
}

pub(crate) struct Check<'a> {
    pub(crate) ledger: &'a FjallLedger,
    pub(crate) end: LogEnd,
    pub(crate) snapshot: Snapshot,
    pub(crate) found: Verification,
    /// The chain's hash after the page before, where it is known.
    pub(crate) chain: Option<Digest>,
    /// Events of the pages before, where they are known.
    events_before: Option<u64>,
    /// What the pages add up to.
    pub(crate) streams: BTreeMap<Vec<u8>, StreamValue>,
    /// Heads that point to the version they should.
    pub(crate) heads: u64,
    pub(crate) asides: u64,
    pub(crate) aside_balance: i128,
    pub(crate) mappings: BTreeSet<Digest>,
    /// Whether every page could be read, so that sums mean something.
    pub(crate) whole: bool,
}

impl<'a> Check<'a> {
    fn new(ledger: &'a FjallLedger, end: LogEnd, snapshot: Snapshot) -> Self {
        Self {
            ledger,
            end,
            snapshot,
            found: Verification::default(),
            chain: Some(ledger.identity),
            events_before: Some(0),
            streams: BTreeMap::new(),
            heads: 0,
            asides: 0,
            aside_balance: 0,
            mappings: BTreeSet::new(),
            whole: true,
        }
    }

    pub(crate) fn damage(&mut self, what: String) {
        if self.found.damage.len() < MAX_DAMAGE {
            self.found.damage.push(what);
        }
    }

    pub(crate) fn get(&self, keyspace: &Keyspace, key: &[u8]) -> Result<Option<Slice>, Cause> {
        Ok(self.snapshot.get(keyspace, key)?)
    }

    fn lost_page(&mut self, number: u64, cause: &Cause) {
        let told = tell(cause);
        let place = format!("page {number}");
        self.damage(if told.starts_with(&place) { told } else { format!("{place}: {told}") });
        self.whole = false;
        self.chain = None;
        self.events_before = None;
    }

    /// One page; an error when its header cannot be read.
    fn page(&mut self, number: u64) -> Result<(), Cause> {
        let place = format!("page {number}");
        let bytes = self.get(&self.ledger.store.pages, &number.to_be_bytes())?;
        let bytes = bytes.ok_or_else(|| Cause::damaged(&place, "it is missing"))?;
        let header = read_header(&bytes, number, &place)?;
        self.found.pages += 1;
        let versions = self.versions(&header)?;
        self.hashes(&header, &versions, &place);
        self.asides_of(&header)?;
        self.mappings.extend(header.mapping.map(Digest));
        let key = stream_key(&header.instance, &header.stream);
        self.streams.entry(key).or_default().add(&header.tally, versions.new_records, header.position.as_ref());
        self.chain = Some(Digest(header.chain));
        self.events_before = Some(header.events_before + u64::from(header.events()));
        Ok(())
    }

    /// Every version of a page. What cannot be read is told here, and is missing in the result.
    fn versions(&mut self, header: &Header) -> Result<Versions, Cause> {
        let (mapping, seen_at) = common(header)?;
        let mut versions = Versions { digests: Vec::with_capacity(header.events() as usize), new_records: 0 };
        let mut first = 0;
        for (number, info) in header.chunks.iter().enumerate() {
            let place = chunk_place(header, number);
            let opened = match self.get(&self.ledger.store.chunks, &chunk_key(header.number, number)) {
                Ok(Some(frame)) => Chunk::open(&frame, info, &place),
                Ok(None) => Err(Cause::damaged(&place, "they are missing")),
                Err(cause) => Err(Cause::damaged(&place, tell(&cause))),
            };
            match opened {
                Ok(chunk) => {
                    for index in first..first + info.events {
                        let at = EventOffset { page: header.number, index };
                        match chunk.version((index - first) as usize, at, mapping, seen_at) {
                            Ok(checked) => {
                                self.version(&checked)?;
                                versions.digests.push(checked.digest);
                                versions.new_records += u64::from(checked.version.version == 1);
                            }
                            Err(cause) => {
                                self.damage(tell(&cause));
                                self.whole = false;
                            }
                        }
                    }
                }
                Err(cause) => {
                    self.damage(tell(&cause));
                    self.whole = false;
                }
            }
            first += info.events;
        }
        Ok(versions)
    }

    /// A version that is what was committed: does the rest of the ledger agree with it?
    fn version(&mut self, checked: &Checked) -> Result<(), Cause> {
        let version = &checked.version;
        self.found.events += 1;
        let place = format!("page {}, event {} ({})", version.at.page, version.at.index, version.id);
        for what in event_damage(version, checked.raw) {
            self.damage(format!("{place}: {what}"));
        }
        if version.previous.is_some() != (version.version > 1) || version.previous.is_some_and(|at| at >= version.at) {
            self.damage(format!("{place}: the version before it stands at no earlier place"));
        }
        let head = match self.get(&self.ledger.store.heads, version.id.as_str().as_bytes())? {
            Some(bytes) => match HeadValue::read(&bytes, &format!("{place}: the head")) {
                Ok(head) => head,
                Err(cause) => {
                    self.damage(tell(&cause));
                    return Ok(());
                }
            },
            None => {
                self.damage(format!("{place}: the record has no head"));
                return Ok(());
            }
        };
        if head.at == version.at {
            self.heads += 1;
            let same = head.version == version.version
                && head.source_version == version.source_version
                && head.mapped == checked.mapped
                && head.raw == checked.raw
                && head.gone == (version.form == Form::Tombstone);
            if !same {
                self.damage(format!("{place}: the record's head says something else than the version it points to"));
            }
        } else if head.at < version.at || head.version <= version.version {
            self.damage(format!(
                "{place}: the record's head points to version {} on page {}, event {}",
                head.version, head.at.page, head.at.index
            ));
        }
        Ok(())
    }

    /// The page's own hash and its link to the page before.
    fn hashes(&mut self, header: &Header, versions: &Versions, place: &str) {
        if self.chain.is_some_and(|chain| chain.0 != header.previous) {
            self.damage(format!("{place}: it does not follow the page before it: the chain is broken"));
        }
        if self.events_before.is_some_and(|events| events != header.events_before) {
            self.damage(format!("{place}: it counts {} events before it", header.events_before));
        }
        if versions.digests.len() == header.events() as usize {
            let parts = PageParts {
                instance: &header.instance,
                stream: &header.stream,
                at: header.at,
                position: header.position.as_deref(),
                mapping: header.mapping,
                tally: header.tally,
                versions: &versions.digests,
                set_aside: &header.set_aside,
                released: &header.released,
            };
            if parts.digest().0 != header.content {
                self.damage(format!("{place}: its content is not what was committed"));
            }
        }
        let (previous, content) = (Digest(header.previous), Digest(header.content));
        if chained(&previous, header.number, header.events_before, header.removed, &content).0 != header.chain {
            self.damage(format!("{place}: its chain hash is not that of its content"));
        }
    }

    fn asides_of(&mut self, header: &Header) -> Result<(), Cause> {
        self.aside_balance += header.set_aside.len() as i128 - i128::from(header.removed);
        for (id, digest) in &header.set_aside {
            let Some(bytes) = self.get(&self.ledger.store.set_aside, id.as_bytes())? else { continue };
            let place = format!("what is set aside as {id}");
            let read = unsealed::<AsideValue>(&bytes, &place);
            match read {
                Ok(value) if value.page == header.number => {
                    self.asides += 1;
                    if value.digest != *digest {
                        self.damage(format!("{place}: it is not what page {} set aside", header.number));
                    } else if let Err(cause) = self.ledger.open_aside(id, &bytes) {
                        self.damage(tell(&cause));
                    }
                }
                Ok(value) if value.page > header.number => {}
                Ok(value) => {
                    self.damage(format!(
                        "{place}: page {} set it aside anew, and that of page {} is held",
                        header.number, value.page
                    ));
                }
                Err(cause) => self.damage(tell(&cause)),
            }
        }
        Ok(())
    }
}

struct Versions {
    digests: Vec<Digest>,
    new_records: u64,
}

/// What the event itself says against its id, its record and its raw payload. Bodies of another making tell nothing.
fn event_damage(version: &StoredVersion, raw: Digest) -> Vec<&'static str> {
    let Ok(event) = decode_event(&version.event.body) else { return Vec::new() };
    let id = event_id(&event.instance, &event.record_id, event.version, &content_digest(event.record_json));
    let mut damage = Vec::new();
    if event.id != version.event.id.as_str() || id != version.event.id {
        damage.push("the event's id is not that of its content");
    }
    if event.record_id != version.id || event.version != version.version {
        damage.push("the event is about another version");
    }
    if event.raw != raw {
        damage.push("the event names another raw payload");
    }
    damage
}

/// A cause with its sources, in one line.
pub(crate) fn tell(cause: &Cause) -> String {
    let mut told = cause.to_string();
    let mut source = std::error::Error::source(cause);
    while let Some(error) = source {
        told = format!("{told}: {error}");
        source = error.source();
    }
    told
}
