//! Reads everything and computes every hash again.
//!
//! One pass in the order of the pages, in bounded memory: each version looks at its record's head, and each thing set
//! aside at what is set aside, so that in the end the counts tell whether there is one head or entry too many.

use crate::cause::Cause;
use crate::chunk::Chunk;
use crate::digests::{PageParts, chained};
use crate::format::{
    AsideValue, HeadValue, Header, LogEnd, StreamValue, chunk_key, offset, stream_key, stream_names, unseal, unsealed,
};
use crate::ledger::{FjallLedger, text_key};
use crate::read::{chunk_place, common, read_header};
use counterfoil_pipeline::ports::{EventOffset, StoredVersion, Verification};
use counterfoil_record::Digest;
use counterfoil_wire::{content_digest, decode_event, event_id};
use fjall::{Keyspace, Readable, Slice, Snapshot};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// More damage than this tells nothing new.
const MAX_DAMAGE: usize = 100;

pub(crate) fn verify(
    ledger: &FjallLedger,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Verification, Cause> {
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

struct Check<'a> {
    ledger: &'a FjallLedger,
    end: LogEnd,
    snapshot: Snapshot,
    found: Verification,
    /// The chain's hash after the page before, where it is known.
    chain: Option<Digest>,
    /// Events of the pages before, where they are known.
    events_before: Option<u64>,
    /// What the pages add up to.
    streams: BTreeMap<Vec<u8>, StreamValue>,
    /// Heads that point to the version they should.
    heads: u64,
    asides: u64,
    aside_balance: i128,
    mappings: BTreeSet<Digest>,
    /// Whether every page could be read, so that sums mean something.
    whole: bool,
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

    fn damage(&mut self, what: String) {
        if self.found.damage.len() < MAX_DAMAGE {
            self.found.damage.push(what);
        }
    }

    fn get(&self, keyspace: &Keyspace, key: &[u8]) -> Result<Option<Slice>, Cause> {
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
        self.links(&header, &place);
        let versions = self.versions(&header)?;
        self.content(&header, versions.as_deref(), &place);
        self.asides_of(&header)?;
        self.mappings.extend(header.mapping.map(Digest));
        let new_records = versions.map_or(0, |_| self.take_new_records());
        let key = stream_key(&header.instance, &header.stream);
        self.streams.entry(key).or_default().add(&header.tally, new_records, header.position.as_ref());
        self.chain = Some(Digest(header.chain));
        self.events_before = Some(header.events_before + u64::from(header.events()));
        Ok(())
    }
}
