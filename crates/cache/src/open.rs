//! Opens a cache, or puts an empty one in the place of one that cannot be trusted.

use crate::broken::Broken;
use crate::cache::{Held, SledCache, rows_from};
use crate::folder::move_aside;
use crate::ids::{Filling, Ids};
use crate::rows::{TOTALS_KEY, Totals, block_key, decode, place, sealed, unsealed};
use crate::state::{self, Left};
use counterfoil_pipeline::ports::CacheError;
use counterfoil_record::Digest;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long another handle may take to let go of the files.
const LETS_GO_WITHIN: Duration = Duration::from_secs(1);

/// What can be chosen when a cache is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// For sled's pages. sled takes more than that; measured figures are with `examples/project.rs`.
    pub cache_bytes: u64,
    /// How long sled may take to open its files before they count as broken, in seconds.
    pub open_secs: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { cache_bytes: 4 << 20, open_secs: 120 }
    }
}

/// A cache, and whether it has to be built again.
pub struct Opened {
    /// The cache.
    pub cache: SledCache,
    /// Set when it is empty: everything has to be projected, from the beginning of the event log.
    pub fresh: Option<Fresh>,
}

/// Why a cache is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fresh {
    /// There was none.
    Missing,
    /// The one there was cannot be trusted.
    Replaced {
        /// For people.
        reason: String,
        /// Where it lies now.
        kept: PathBuf,
    },
}

impl SledCache {
    /// Opens the cache of a ledger in the folder `path`. One that is missing, damaged, of another version or of another
    /// ledger is replaced by an empty one.
    ///
    /// An error means that no cache can be had here at all, for example because another process has this one open.
    pub fn open(path: &Path, ledger: Digest, options: Options) -> Result<Opened, CacheError> {
        open(path, ledger, options).map_err(|broken| broken.doing("be opened"))
    }
}

fn open(path: &Path, ledger: Digest, options: Options) -> Result<Opened, Broken> {
    let fresh = if path.exists() {
        match open_held(path, &ledger, options) {
            Ok((db, held)) => return opened(path, ledger, db, held, None),
            Err(Broken::InUse(path)) => return Err(Broken::InUse(path)),
            Err(broken) => {
                let (reason, kept) = (broken.tell(), move_aside(path)?);
                tracing::warn!(reason, kept = %kept.display(), "cache replaced by an empty one");
                Fresh::Replaced { reason, kept }
            }
        }
    } else {
        Fresh::Missing
    };
    fs::create_dir_all(path)?;
    state::write(path, &ledger, Left::Opening)?;
    let (db, held) = open_sled(path, options)?;
    // From now on its totals are there, and a cache that is ready and empty is one that lost everything.
    db.insert(TOTALS_KEY, sealed(&held.totals))?;
    db.flush()?;
    opened(path, ledger, db, held, Some(fresh))
}

fn opened(path: &Path, ledger: Digest, db: sled::Db, held: Held, fresh: Option<Fresh>) -> Result<Opened, Broken> {
    state::write(path, &ledger, Left::Ready)?;
    Ok(Opened { cache: SledCache::new(path.to_owned(), ledger, db, held), fresh })
}

fn open_held(path: &Path, ledger: &Digest, options: Options) -> Result<(sled::Db, Held), Broken> {
    match state::read(path, ledger).map_err(Broken::Damaged)? {
        Left::Ready => {}
        Left::Opening => {
            return Err(Broken::Damaged("the process that opened it last did not survive it".to_owned()));
        }
        Left::Broken => return Err(Broken::Damaged("an operation failed on it".to_owned())),
    }
    state::write(path, ledger, Left::Opening)?;
    match open_sled(path, options) {
        Ok((db, _)) if db.is_empty() => Err(Broken::Damaged("everything in it is gone".to_owned())),
        Err(Broken::InUse(path)) => {
            state::write(&path, ledger, Left::Ready)?;
            Err(Broken::InUse(path))
        }
        opened => opened,
    }
}

/// Asks again for a moment where it is in use: a handle of this process that was dropped lets go of its lock only when the
/// last of sled's threads has ended.
fn open_sled(path: &Path, options: Options) -> Result<(sled::Db, Held), Broken> {
    let limit = Instant::now() + LETS_GO_WITHIN;
    loop {
        match open_once(path, options) {
            Err(Broken::InUse(_)) if Instant::now() < limit => std::thread::sleep(LETS_GO_WITHIN / 50),
            opened => return opened,
        }
    }
}

/// On a thread of its own, because sled panics over damaged files, or reads for ever.
fn open_once(path: &Path, options: Options) -> Result<(sled::Db, Held), Broken> {
    let (sender, receiver) = mpsc::channel();
    let folder = path.to_owned();
    let open = move || {
        let opened = catch_unwind(AssertUnwindSafe(|| open_and_read(&folder, options)));
        let opened = opened.unwrap_or_else(|payload| Err(Broken::panicked(payload.as_ref())));
        // Nobody listens any more when it took too long.
        let _ = sender.send(opened);
    };
    std::thread::Builder::new().name("cache-open".to_owned()).spawn(open)?;
    match receiver.recv_timeout(Duration::from_secs(options.open_secs)) {
        Ok(opened) => opened,
        Err(RecvTimeoutError::Timeout) => Err(Broken::Stuck(options.open_secs)),
        Err(RecvTimeoutError::Disconnected) => Err(Broken::Panicked("while it was opened".to_owned())),
    }
}

fn open_and_read(path: &Path, options: Options) -> Result<(sled::Db, Held), Broken> {
    let config = sled::Config::new()
        .path(path.join("sled"))
        .cache_capacity(options.cache_bytes)
        // `apply` flushes; a thread that does it now and then only adds moments at which it may panic.
        .flush_every_ms(None);
    let db = config.open().map_err(|error| match error {
        sled::Error::Io(error) if error.to_string().contains("could not acquire lock") => {
            Broken::InUse(path.to_owned())
        }
        error => Broken::Sled(error),
    })?;
    let held = read_all(&db, Ids::create(path)?)?;
    Ok((db, held))
}

/// Reads every row, for the index of ids, and adds them up: sled was seen to lose rows without a word when a file
/// was damaged, and after a power loss it may have any of them.
fn read_all(db: &sled::Db, mut ids: Ids) -> Result<Held, Broken> {
    let totals: Totals = match db.get(TOTALS_KEY)? {
        Some(bytes) => unsealed(&bytes, || "its totals".to_owned())?,
        None if db.is_empty() => Totals::default(),
        None => return Err(Broken::Damaged("its totals are missing".to_owned())),
    };
    let mut filling = Filling::new(&mut ids);
    let mut found = Totals { upto: totals.upto, ..Totals::default() };
    let mut next = 0;
    loop {
        let rows = rows_from(db, next)?;
        let Some((last, _)) = rows.last() else { break };
        next = last + 1;
        for (block, value) in rows {
            found.add_row(&block_key(block), &value);
            for entry in decode(&value, block)? {
                let number = found.records;
                found.records += 1;
                if place(number).0 != block {
                    return Err(Broken::Damaged(format!("row {block} does not follow the row before it")));
                }
                filling.add(entry.id, number)?;
            }
        }
    }
    if found != totals {
        return Err(Broken::Damaged("its rows are not those that were written".to_owned()));
    }
    filling.flush()?;
    Ok(Held { totals, ids, names: OnceLock::new() })
}
