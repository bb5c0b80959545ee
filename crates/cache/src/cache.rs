//! The cache in use.

use crate::broken::Broken;
use crate::folder;
use crate::ids::{self, Ids};
use crate::index::Index;
use crate::rows::{Entry, TOTALS_KEY, Totals, block_key, block_of, decode, encode, first, place, sealed};
use crate::state::{self, Left};
use counterfoil_assurance::Facts;
use counterfoil_pipeline::ports::{Cache, CacheError, EventOffset, Named, Projected};
use counterfoil_record::{Digest, RecordId};
use sled::{Batch, Db, IVec};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::{fs, io};

/// Rows read from sled at a time in a scan.
const SCAN_ROWS: usize = 64;

/// So many that no page escapes sled's cache capacity; with 16 it is four pages in each of its shards, 12 MB in all.
const SETTLE_ACCESSES: u32 = 64;

/// Dead space below this is no reason to build a cache again.
const COMPACTION_BYTES: u64 = 256 << 20;

/// How much larger than its rows a cache may become; updates in a random order bring it to three times.
const COMPACTION_FACTOR: u64 = 4;

/// A cache on sled. After an operation failed every further one fails, and [`SledCache::open`] puts an empty one in its place.
///
/// A `kill -9` costs it at most what was taken in last, which is projected again; a power loss may cost it all.
pub struct SledCache {
    path: PathBuf,
    ledger: Digest,
    /// `None` only while it is dropped.
    db: Option<Db>,
    /// Scans hold it for reading, so that no row changes under them.
    held: RwLock<Held>,
    failed: AtomicBool,
}

/// What is kept beside sled.
pub(crate) struct Held {
    pub totals: Totals,
    pub ids: Ids,
    /// In memory, of names in lower case. Made when one is looked up first: taking records in needs none.
    pub names: OnceLock<Index>,
}

impl SledCache {
    pub(crate) fn new(path: PathBuf, ledger: Digest, db: Db, held: Held) -> Self {
        Self { path, ledger, db: Some(db), held: RwLock::new(held), failed: AtomicBool::new(false) }
    }

    /// Whether so much of its files is dead space that it should be thrown away ([`SledCache::discard`]) and built again.
    pub fn needs_compaction(&self) -> Result<bool, CacheError> {
        let live = self.held().totals.live_bytes;
        let used = folder::bytes(&self.path).map_err(|error| Broken::from(error).doing("measure its files"))?;
        Ok(used > COMPACTION_BYTES && used / COMPACTION_FACTOR > live)
    }

    /// Deletes a cache that nobody has open.
    pub fn discard(path: &Path) -> io::Result<()> {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn held(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn held_mut(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with sled. An error or a panic is the end of this cache.
    fn with<T>(&self, doing: &'static str, operation: impl FnOnce(&Db) -> Result<T, Broken>) -> Result<T, CacheError> {
        if self.failed.load(Ordering::SeqCst) {
            return Err(Broken::Failed.doing(doing));
        }
        let db = self.db.as_ref().expect("it is there until the cache is dropped");
        let done = catch_unwind(AssertUnwindSafe(|| operation(db)));
        done.unwrap_or_else(|payload| Err(Broken::panicked(payload.as_ref())))
            .map_err(|broken| self.fail(broken, doing))
    }

    fn fail(&self, broken: Broken, doing: &'static str) -> CacheError {
        // Only the first failure: later another cache may stand in this folder.
        if !self.failed.swap(true, Ordering::SeqCst) {
            // If even this cannot be written, every row is checked at the next opening all the same.
            let _ = state::write(&self.path, &self.ledger, Left::Broken);
        }
        broken.doing(doing)
    }
}

impl Cache for SledCache {
    fn projected(&self) -> Result<EventOffset, CacheError> {
        let (page, index) = self.held().totals.upto;
        Ok(EventOffset { page, index })
    }

    fn apply(&self, records: Vec<Projected>, upto: EventOffset) -> Result<(), CacheError> {
        // The order in which they get their numbers does not depend on that of the caller; where a record came twice,
        // the last one counts.
        let records: BTreeMap<RecordId, Projected> =
            records.into_iter().map(|record| (record.id.clone(), record)).collect();
        let mut held = self.held_mut();
        self.with("take records in", |db| {
            let mut change = Change::new(db, &held);
            for record in records.values() {
                change.take(record)?;
            }
            let rows: Vec<u32> = change.blocks.keys().copied().collect();
            let (batch, found) = change.batch(upto);
            db.apply_batch(batch)?;
            db.flush()?;
            settle(db, rows)?;
            held.totals = found.totals;
            held.ids.insert(found.ids)?;
            if let Some(names) = held.names.get_mut() {
                found.names.iter().for_each(|(name, number)| names.insert(&folded(name), *number));
            }
            Ok(())
        })
    }

    /// In the order in which the records first came into the ledger, and by id within a page; the same for the same
    /// ledger. `each` must not call the cache.
    fn scan(&self, each: &mut dyn FnMut(&str, Facts)) -> Result<(), CacheError> {
        const DOING: &str = "read its records";
        let held = self.held();
        let mut n_records = 0_u32;
        let mut next = 0;
        loop {
            // In pieces, because a panic of `each` is not one of sled.
            let rows = self.with(DOING, |db| rows_from(db, next))?;
            if rows.is_empty() {
                break;
            }
            for (block, value) in rows {
                let entries = decode(&value, block).map_err(|broken| self.fail(broken, DOING))?;
                if block != next {
                    return Err(self.fail(Broken::Damaged(format!("row {next} is missing")), DOING));
                }
                next += 1;
                for entry in entries {
                    n_records += 1;
                    let facts = postcard::from_bytes(entry.facts);
                    let damaged =
                        |_| self.fail(Broken::Damaged(format!("the facts of {} are damaged", entry.id)), DOING);
                    each(entry.id, facts.map_err(damaged)?);
                }
            }
        }
        if n_records == held.totals.records {
            Ok(())
        } else {
            Err(self.fail(Broken::Damaged("records are missing".to_owned()), DOING))
        }
    }

    fn resolve(&self, name: &str) -> Result<Vec<Named>, CacheError> {
        let held = self.held();
        let wanted = folded(name);
        self.with("look a name up", |db| {
            let mut found = Vec::new();
            let names = match held.names.get() {
                Some(names) => names,
                None => {
                    let names = names_of(db)?;
                    held.names.get_or_init(|| names)
                }
            };
            for number in names.candidates(&wanted) {
                let (block, at) = place(number);
                let value = row(db, block)?;
                let entries = decode(&value, block)?;
                let Some(entry) = entries.get(at) else { continue };
                let names = entry.names.iter().filter(|name| folded(name) == wanted);
                found.extend(names.map(|name| Named { id: RecordId::from_stored(entry.id), name: (*name).to_owned() }));
            }
            found.sort_unstable();
            found.dedup();
            Ok(found)
        })
    }

    fn len(&self) -> Result<u64, CacheError> {
        Ok(u64::from(self.held().totals.records))
    }
}

impl Drop for SledCache {
    fn drop(&mut self) {
        let db = self.db.take();
        // sled writes what it still holds when it is dropped, and may panic over it. The next opening reads every row.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(db)));
    }
}

/// Rows on their way to being written.
struct Change<'a> {
    db: &'a Db,
    held: &'a Held,
    blocks: BTreeMap<u32, Vec<Entry>>,
    found: Found,
}

/// What is known of new rows before they are written.
struct Found {
    totals: Totals,
    ids: Vec<ids::Entry>,
    names: Vec<(String, u32)>,
}

impl<'a> Change<'a> {
    fn new(db: &'a Db, held: &'a Held) -> Self {
        let found = Found { totals: held.totals, ids: Vec::new(), names: Vec::new() };
        Self { db, held, blocks: BTreeMap::new(), found }
    }

    fn take(&mut self, record: &Projected) -> Result<(), Broken> {
        let facts = postcard::to_stdvec(&record.facts).expect("memory takes all facts");
        let number = match self.number_of(record.id.as_str())? {
            Some(number) => number,
            None => {
                let number = self.found.totals.records;
                self.found.totals.records += 1;
                self.found.ids.push(self.held.ids.entry(record.id.as_str(), number));
                let entry = Entry { id: record.id.as_str().to_owned(), ..Entry::default() };
                self.block(place(number).0)?.push(entry);
                number
            }
        };
        let (block, at) = place(number);
        let entry = &mut self.block(block)?[at];
        entry.facts = facts;
        // What a record was called before leads to it for ever: people have it in their mails.
        let known = entry.names.len();
        for name in &record.names {
            if !entry.names.contains(name) {
                entry.names.push(name.clone());
            }
        }
        let new: Vec<_> = entry.names[known..].iter().map(|name| (name.clone(), number)).collect();
        self.found.names.extend(new);
        Ok(())
    }

    fn number_of(&mut self, id: &str) -> Result<Option<u32>, Broken> {
        for number in self.held.ids.candidates(id)? {
            let (block, at) = place(number);
            if self.block(block)?.get(at).is_some_and(|entry| entry.id == id) {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    /// A row, read and taken out of the totals; it comes back with the batch.
    fn block(&mut self, block: u32) -> Result<&mut Vec<Entry>, Broken> {
        use std::collections::btree_map::Entry as Slot;
        match self.blocks.entry(block) {
            Slot::Occupied(slot) => Ok(slot.into_mut()),
            Slot::Vacant(slot) => {
                let key = block_key(block);
                let entries = match self.db.get(key)? {
                    Some(value) => {
                        self.found.totals.remove_row(&key, &value);
                        decode(&value, block)?.iter().map(|entry| entry.to_entry()).collect()
                    }
                    None => Vec::new(),
                };
                Ok(slot.insert(entries))
            }
        }
    }

    fn batch(mut self, upto: EventOffset) -> (Batch, Found) {
        let mut batch = Batch::default();
        for (block, entries) in &self.blocks {
            let (key, value) = (block_key(*block), encode(entries));
            self.found.totals.add_row(&key, &value);
            batch.insert(&key, value);
        }
        self.found.totals.upto = (upto.page, upto.index);
        batch.insert(TOTALS_KEY, sealed(&self.found.totals));
        (batch, self.found)
    }
}

/// Names are found in whatever case they are typed; whether that is the same name is for who asks to say.
fn folded(name: &str) -> String {
    name.to_lowercase()
}

fn row(db: &Db, block: u32) -> Result<IVec, Broken> {
    db.get(block_key(block))?.ok_or_else(|| Broken::Damaged(format!("row {block} is missing")))
}

/// Every name in every row.
fn names_of(db: &Db) -> Result<Index, Broken> {
    let (mut names, mut next) = (Index::default(), 0);
    loop {
        let rows = rows_from(db, next)?;
        let Some((last, _)) = rows.last() else { return Ok(names) };
        next = last + 1;
        for (block, value) in rows {
            for (number, entry) in (first(block)..).zip(decode(&value, block)?) {
                entry.names.iter().for_each(|name| names.insert(&folded(name), number));
            }
        }
    }
}

/// Some rows from this one on, in order.
pub(crate) fn rows_from(db: &Db, block: u32) -> Result<Vec<(u32, IVec)>, Broken> {
    let mut rows = Vec::with_capacity(SCAN_ROWS);
    for row in db.range(block_key(block)..).take(SCAN_ROWS) {
        let (key, value) = row?;
        let Some(block) = block_of(&key) else { break };
        rows.push((block, value));
    }
    settle(db, rows.iter().map(|(block, _)| *block))?;
    Ok(rows)
}

/// Makes sled keep to its cache capacity, after these rows were read or written; they are in order.
///
/// sled notes 64 accesses in each of its 256 shards before it looks whether pages have to go, and until then it keeps
/// 16,384 of them, whatever they weigh: measured, the whole cache. So every page is accessed some times more.
fn settle(db: &Db, rows: impl IntoIterator<Item = u32>) -> Result<(), Broken> {
    let mut next = 0;
    for block in rows {
        // Rows of the same page, for the most part: a page holds 8 to 16.
        if block < next {
            continue;
        }
        next = block + 8;
        for _ in 0..SETTLE_ACCESSES {
            db.contains_key(block_key(block))?;
        }
    }
    Ok(())
}
