//! The fjall database: its keyspaces, how it is created, opened and kept small.

use crate::cause::Cause;
use crate::format::{FORMAT, sealed, unsealed};
use crate::options::{Durability, Options};
use counterfoil_record::Digest;
use fjall::compaction::Leveled;
use fjall::config::CompressionPolicy;
use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions, KvSeparationOptions, PersistMode, Slice};
use std::cmp::Ordering;
use std::collections::hash_map::RandomState;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// The database and its keyspaces.
pub(crate) struct Store {
    pub db: Database,
    pub meta: Keyspace,
    pub pages: Keyspace,
    pub chunks: Keyspace,
    pub heads: Keyspace,
    pub streams: Keyspace,
    pub set_aside: Keyspace,
    pub nodes: Keyspace,
    pub mappings: Keyspace,
    pub targets: Keyspace,
    pub reports: Keyspace,
}

impl Store {
    /// Creates an empty store at `path`, all of it or nothing.
    pub(crate) fn create(path: &Path, options: &Options) -> Result<(), Cause> {
        let parent = path.parent().unwrap_or(Path::new("."));
        // A process that dies half-way leaves a folder that nobody looks at, and not a store without a format.
        let draft = parent.join(format!("store.new-{}", std::process::id()));
        if draft.exists() {
            fs::remove_dir_all(&draft)?;
        }
        {
            let store = Self::keyspaces(Self::database(&draft, options)?)?;
            let mut batch = store.db.batch().durability(Some(PersistMode::SyncAll));
            batch.insert(&store.meta, "identity", sealed(&new_identity().0));
            batch.insert(&store.meta, "format", sealed(&FORMAT));
            batch.commit()?;
        }
        match fs::rename(&draft, path) {
            Err(_) if path.exists() => fs::remove_dir_all(&draft)?,
            renamed => renamed?,
        }
        File::open(parent)?.sync_all()?;
        Ok(())
    }

    /// Opens the store at `path`, and gives its identity.
    pub(crate) fn open(path: &Path, options: &Options) -> Result<(Self, Digest), Cause> {
        let database = Self::database(path, options)?;
        // The format first: a newer one may have other keyspaces.
        if database.keyspace_exists("meta") {
            let meta = database.keyspace("meta", small)?;
            let format: u32 = unsealed(&required(&meta, "format")?, "the format of the ledger")?;
            match format.cmp(&FORMAT) {
                Ordering::Greater => return Err(Cause::Newer { found: format, known: FORMAT }),
                Ordering::Less => return Err(Cause::Older { found: format, known: FORMAT }),
                Ordering::Equal => {}
            }
        }
        // fjall deletes a keyspace that it finds half-created, and would hand out an empty one here.
        for name in ["meta", "pages", "chunks", "heads", "streams", "set_aside", "mappings", "targets", "reports"] {
            if !database.keyspace_exists(name) {
                return Err(Cause::damaged("the store", format!("the keyspace {name} is gone")));
            }
        }
        // Ledgers from before there were nodes have no such keyspace; one that has lost it says how many nodes there were.
        let had_nodes = database.keyspace_exists("nodes");
        let store = Self::keyspaces(database)?;
        if !had_nodes && store.meta.contains_key("nodes")? {
            return Err(Cause::damaged("the store", "the keyspace nodes is gone"));
        }
        let identity: [u8; 32] = unsealed(&required(&store.meta, "identity")?, "the identity of the ledger")?;
        Ok((store, Digest(identity)))
    }

    /// Makes everything durable.
    pub(crate) fn sync(&self) -> Result<(), Cause> {
        Ok(self.db.persist(PersistMode::SyncAll)?)
    }

    fn database(path: &Path, options: &Options) -> Result<Database, Cause> {
        let open = || {
            Database::builder(path)
                .cache_size(options.cache_bytes)
                // Pages come compressed.
                .journal_compression(CompressionType::None)
                .max_journaling_size(64 << 20)
                .max_cached_files(Some(200))
                // With two, fjall's first passes compactions back to the queue over and over while the second is busy.
                .worker_threads(1)
                .open()
        };
        // fjall panics on some damage to its own files.
        catch_unwind(AssertUnwindSafe(open))
            .map_err(|_| Cause::damaged("the store", "fjall panicked when it was opened"))?
            .map_err(Cause::Store)
    }

    fn keyspaces(db: Database) -> Result<Self, Cause> {
        Ok(Self {
            meta: db.keyspace("meta", small)?,
            pages: db.keyspace("pages", || small().max_memtable_size(2 << 20))?,
            chunks: db.keyspace("chunks", chunks)?,
            heads: db.keyspace("heads", || small().max_memtable_size(2 << 20))?,
            streams: db.keyspace("streams", small)?,
            set_aside: db.keyspace("set_aside", || small().max_memtable_size(4 << 20))?,
            nodes: db.keyspace("nodes", || small().max_memtable_size(2 << 20))?,
            mappings: db.keyspace("mappings", small)?,
            targets: db.keyspace("targets", small)?,
            reports: db.keyspace("reports", small)?,
            db,
        })
    }
}

pub(crate) fn persist_mode(durability: Durability) -> PersistMode {
    match durability {
        Durability::Disk => PersistMode::SyncData,
        Durability::Process => PersistMode::Buffer,
    }
}

/// Memtables are what a loading ledger keeps in memory: small ones keep it small.
fn small() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default()
        .max_memtable_size(1 << 20)
        // A compaction has the filter and the index of the table that it writes in memory, and memtables wait for it.
        .compaction_strategy(Arc::new(Leveled::default().with_table_target_size(8 << 20)))
        // Digests do not compress.
        .data_block_compression_policy(CompressionPolicy::disabled())
}

/// Chunks are large and never change, so they are written once and no compaction carries them along.
fn chunks() -> KeyspaceCreateOptions {
    small()
        .max_memtable_size(4 << 20)
        .with_kv_separation(Some(KvSeparationOptions::default().compression(CompressionType::None)))
}

fn required(meta: &Keyspace, key: &str) -> Result<Slice, Cause> {
    meta.get(key)?.ok_or_else(|| Cause::damaged("the store", format!("it has no {key}")))
}

/// The standard library's hash maps are seeded by the operating system; that is all the randomness needed here.
fn new_identity() -> Digest {
    let words: Vec<u8> = (0..4_u64)
        .flat_map(|n| {
            let mut hasher = RandomState::new().build_hasher();
            hasher.write_u64(n);
            hasher.finish().to_be_bytes()
        })
        .collect();
    Digest::of_parts(&[b"counterfoil.ledger.v1", &words, &std::process::id().to_be_bytes()])
}
