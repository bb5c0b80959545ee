//! The cache in use.

use crate::broken::Broken;
use crate::folder;
use crate::open::sync_files;
use crate::rows::{
    NewRow, RECORDS, Row, TOTALS_KEY, Totals, alias_key, alias_prefix, record_id, record_key, sealed, unsealed,
};
use crate::state::{self, Left};
use counterfoil_assurance::Facts;
use counterfoil_pipeline::ports::{Cache, CacheError, EventOffset, Projected};
use counterfoil_record::{Digest, RecordId};
use sled::{Batch, IVec};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::{fs, io};

/// Rows read from sled at a time in a scan.
const SCAN_ROWS: usize = 1_000;

/// Dead space below this is no reason to build a cache again.
const COMPACTION_BYTES: u64 = 256 << 20;

/// How much larger than its rows a cache may become. sled's own housekeeping keeps it at about 2 to 3.
const COMPACTION_FACTOR: u64 = 6;

/// A cache on sled. After an operation failed every further one fails, and [`SledCache::open`] puts an empty one in its place.
///
/// Dropping it closes it well; after a `kill -9` opening it takes longer, because every row is read.
pub struct SledCache {
    path: PathBuf,
    ledger: Digest,
    /// `None` only while it is dropped.
    db: Option<sled::Db>,
    /// Scans hold it for reading, so that no row changes under them.
    totals: RwLock<Totals>,
    failed: AtomicBool,
}

impl SledCache {
    pub(crate) fn new(path: PathBuf, ledger: Digest, db: sled::Db, totals: Totals) -> Self {
        Self { path, ledger, db: Some(db), totals: RwLock::new(totals), failed: AtomicBool::new(false) }
    }

    /// Whether so much of its files is dead space that it should be thrown away ([`SledCache::discard`]) and built again.
    pub fn needs_compaction(&self) -> Result<bool, CacheError> {
        let live = self.read_totals().live_bytes;
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

    fn read_totals(&self) -> RwLockReadGuard<'_, Totals> {
        self.totals.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_totals(&self) -> RwLockWriteGuard<'_, Totals> {
        self.totals.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with sled. An error or a panic is the end of this cache.
    fn with<T>(
        &self,
        doing: &'static str,
        operation: impl FnOnce(&sled::Db) -> Result<T, Broken>,
    ) -> Result<T, CacheError> {
        if self.failed.load(Ordering::SeqCst) {
            return Err(Broken::Failed.doing(doing));
        }
        let db = self.db.as_ref().expect("it is there until the cache is dropped");
        let done = catch_unwind(AssertUnwindSafe(|| operation(db)));
        done.unwrap_or_else(|payload| Err(Broken::panicked(payload.as_ref())))
            .map_err(|broken| self.fail(broken, doing))
    }

    fn fail(&self, broken: Broken, doing: &'static str) -> CacheError {
        self.failed.store(true, Ordering::SeqCst);
        // If even this cannot be written, the state says `open`, and every row is read at the next opening.
        let _ = state::write(&self.path, &self.ledger, Left::Broken);
        broken.doing(doing)
    }
}

impl Cache for SledCache {
    fn projected(&self) -> Result<EventOffset, CacheError> {
        let (page, index) = self.read_totals().upto;
        Ok(EventOffset { page, index })
    }

    fn apply(&self, records: Vec<Projected>, upto: EventOffset) -> Result<(), CacheError> {
        // In the order of the keys, and the last one where a record came twice.
        let records: BTreeMap<RecordId, Projected> =
            records.into_iter().map(|record| (record.id.clone(), record)).collect();
        let mut totals = self.write_totals();
        let after = self.with("take records in", |db| {
            let (batch, after) = batch(db, &records, upto, *totals)?;
            db.apply_batch(batch)?;
            db.flush()?;
            Ok(after)
        })?;
        *totals = after;
        Ok(())
    }

    /// `each` must not call the cache.
    fn scan(&self, each: &mut dyn FnMut(&str, Facts)) -> Result<(), CacheError> {
        const DOING: &str = "read its records";
        let totals = self.read_totals();
        let mut found = Totals::default();
        let mut after = IVec::from(RECORDS);
        loop {
            // In pieces, because a panic of `each` is not one of sled.
            let rows = self.with(DOING, |db| rows_after(db, &after))?;
            let Some((last, _)) = rows.last() else { break };
            after = last.clone();
            for (key, value) in &rows {
                found.add_record(key, value);
                let (id, facts) = read_row(key, value).map_err(|broken| self.fail(broken, DOING))?;
                each(id, facts);
            }
        }
        if (found.records, found.record_sum) == (totals.records, totals.record_sum) {
            Ok(())
        } else {
            Err(self.fail(Broken::Damaged("its rows are not those that were written".to_owned()), DOING))
        }
    }

    fn resolve(&self, alias: &str) -> Result<Vec<RecordId>, CacheError> {
        self.with("look an alias up", |db| {
            let prefix = alias_prefix(alias);
            let mut ids = Vec::new();
            for row in db.scan_prefix(&prefix) {
                let (key, _) = row?;
                let id = std::str::from_utf8(&key[prefix.len()..]);
                let id = id.map_err(|_| Broken::Damaged("an alias leads to no id".to_owned()))?;
                // An id holds no zero byte; what holds one is the key of a longer alias.
                if !id.contains('\0') {
                    ids.push(RecordId::from_stored(id));
                }
            }
            Ok(ids)
        })
    }

    fn len(&self) -> Result<u64, CacheError> {
        Ok(self.read_totals().records)
    }
}

impl Drop for SledCache {
    fn drop(&mut self) {
        let db = self.db.take();
        // sled writes what it still holds when it is dropped, and may panic over it.
        let dropped = catch_unwind(AssertUnwindSafe(|| match db {
            Some(db) => db.flush().map(drop),
            None => Ok(()),
        }));
        let written = matches!(dropped, Ok(Ok(()))) && !self.failed.load(Ordering::SeqCst);
        // Only what is on disk may be called closed; else every row is read at the next opening.
        if written && sync_files(&self.path).is_ok() {
            let _ = state::write(&self.path, &self.ledger, Left::Closed);
        }
    }
}

/// The rows of some records, their aliases and the new totals, as one atomic batch.
fn batch(
    db: &sled::Db,
    records: &BTreeMap<RecordId, Projected>,
    upto: EventOffset,
    mut totals: Totals,
) -> Result<(Batch, Totals), Broken> {
    let mut batch = Batch::default();
    for (id, record) in records {
        let key = record_key(id.as_str());
        let value = sealed(&NewRow { alias: record.alias.as_deref(), facts: &record.facts });
        let held = db.get(&key)?;
        let mut same_alias = false;
        if let Some(held) = &held {
            let row: Row<'_> = unsealed(held, id.as_str())?;
            same_alias = row.alias == record.alias.as_deref();
            totals.remove_record(&key, held);
        }
        // What a record was called before leads to it for ever: people have it in their mails.
        if let Some(alias) = record.alias.as_deref().filter(|_| !same_alias) {
            let key = alias_key(alias, id.as_str());
            if !db.contains_key(&key)? {
                totals.add_alias(&key);
                batch.insert(key, &[]);
            }
        }
        totals.add_record(&key, &value);
        batch.insert(key, value);
    }
    totals.upto = (upto.page, upto.index);
    batch.insert(TOTALS_KEY, sealed(&totals));
    Ok((batch, totals))
}

fn rows_after(db: &sled::Db, after: &IVec) -> Result<Vec<(IVec, IVec)>, Broken> {
    let end: &[u8] = b"s";
    let range = (Bound::Excluded(after.as_ref()), Bound::Excluded(end));
    let rows: Result<Vec<_>, sled::Error> = db.range::<&[u8], _>(range).take(SCAN_ROWS).collect();
    Ok(rows?)
}

fn read_row<'a>(key: &'a [u8], value: &[u8]) -> Result<(&'a str, Facts), Broken> {
    let id = record_id(key)?;
    let row: Row<'_> = unsealed(value, id)?;
    Ok((id, row.facts))
}
