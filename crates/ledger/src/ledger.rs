//! A ledger in a folder, and the port that it implements.

use crate::cause::{Cause, Doing};
use crate::chunk::Packer;
use crate::commit::PackedFrame;
use crate::decoded::Decoded;
use crate::format::{
    FORMAT, HeadValue, LogEnd, StreamValue, offset, sealed, stream_key, stream_names, unseal, unsealed,
};
use crate::options::{Durability, Options};
use crate::store::Store;
use crate::verify;
use crate::witness::Witness;
use counterfoil_pipeline::ports::{
    EventOffset, Frame, Head, Ledger, LedgerError, Packed, SetAside, StoredVersion, StreamState, Verification,
};
use counterfoil_record::{Digest, RecordId};
use std::fs;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A ledger on fjall. It is locked against other processes while it is open.
pub struct FjallLedger {
    pub(crate) store: Store,
    pub(crate) identity: Digest,
    pub(crate) durability: Durability,
    pub(crate) packer: Packer,
    pub(crate) decoded: Mutex<Decoded>,
    log: Mutex<Log>,
}

/// The end of the log. Commits hold it from reading heads to the durable batch.
pub(crate) struct Log {
    pub end: LogEnd,
    pub witness: Witness,
}

impl FjallLedger {
    /// Opens the ledger in the folder `path`, or creates it there. The cause of every error is a [`Cause`].
    ///
    /// A ledger that lost its newest pages, or whose parts do not fit together, is refused; [`Ledger::verify`] looks at all the rest.
    pub fn open(path: &Path, options: Options) -> Result<Self, LedgerError> {
        Self::open_folder(path, options).doing("be opened")
    }

    /// The format that this version writes.
    pub const FORMAT: u32 = FORMAT;

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        // The end of the log is changed in one step, after the batch is durable.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_folder(path: &Path, options: Options) -> Result<Self, Cause> {
        fs::create_dir_all(path)?;
        let store_path = path.join("store");
        let owner_path = path.join("owner");
        let (witness, seen) = Witness::open(&path.join("witness"))?;
        if !store_path.exists() {
            if seen.is_some() {
                return Err(Cause::damaged("the folder", "its store is gone"));
            }
            Store::create(&store_path, &options)?;
        }
        let (store, identity) = Store::open(&store_path, &options).map_err(|cause| match cause {
            Cause::Store(fjall::Error::Locked) => {
                let owner = fs::read_to_string(&owner_path).unwrap_or_default();
                let owner = if owner.is_empty() { "another process".to_owned() } else { owner.trim().to_owned() };
                Cause::InUse { path: path.to_owned(), owner }
            }
            cause => cause,
        })?;
        fs::write(&owner_path, format!("process {}\n", std::process::id()))?;
        let ledger = Self {
            identity,
            durability: options.durability,
            packer: Packer::default(),
            decoded: Mutex::new(Decoded::new(options.decoded_bytes)),
            log: Mutex::new(Log { end: log_end(&store, &identity)?, witness }),
            store,
        };
        ledger.check_ends(seen)?;
        Ok(ledger)
    }

    /// Whether the ends of the log, which are kept in several places, are one end.
    fn check_ends(&self, seen: Option<(u64, Digest)>) -> Result<(), Cause> {
        let end = self.log().end;
        let last = match self.store.pages.last_key_value() {
            Some(guard) => self.page_number(&guard.key()?)?,
            None => 0,
        };
        if last < end.page {
            return Err(Cause::LostTail { held: last, written: end.page });
        }
        if last > end.page {
            return Err(Cause::damaged(
                "the end of the log",
                format!("it says page {}, and there is a page {last}", end.page),
            ));
        }
        if last > 0 && self.header(last)?.chain != end.chain {
            return Err(Cause::damaged(format!("page {last}"), "its chain hash is not that of the end of the log"));
        }
        if end.events > 0 && self.store.heads.first_key_value().is_none() {
            return Err(Cause::damaged("the store", "there are events and no records"));
        }
        match seen {
            Some((page, _)) if page > end.page => Err(Cause::LostTail { held: end.page, written: page }),
            Some((page, chain)) if page > 0 && self.header(page)?.chain != chain.0 => {
                Err(Cause::damaged(format!("page {page}"), "its chain hash is not that which was committed"))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for FjallLedger {
    fn drop(&mut self) {
        // Everything that was promised to be durable is; the rest is worth an attempt.
        let _ = self.store.sync();
        let _ = self.log().witness.sync();
    }
}

fn log_end(store: &Store, identity: &Digest) -> Result<LogEnd, Cause> {
    match store.meta.get("log")? {
        Some(bytes) => unsealed(&bytes, "the end of the log"),
        None => Ok(LogEnd { page: 0, chain: identity.0, events: 0, end: (0, 0) }),
    }
}

impl Ledger for FjallLedger {
    fn identity(&self) -> Digest {
        self.identity
    }

    fn stream(&self, instance: &str, stream: &str) -> Result<StreamState, LedgerError> {
        let read = || self.stream_value(&stream_key(instance, stream));
        read().doing("read a stream").map(|value| value.unwrap_or_default().state())
    }

    fn streams(&self) -> Result<Vec<(String, String, StreamState)>, LedgerError> {
        let read = || {
            let mut streams = Vec::new();
            for guard in self.store.streams.iter() {
                let (key, value) = guard.into_inner()?;
                let (instance, stream) = stream_names(&key)?;
                let place = format!("the stream {instance}/{stream}");
                streams.push((instance, stream, unsealed::<StreamValue>(&value, &place)?.state()));
            }
            Ok(streams)
        };
        read().doing("read its streams")
    }

    fn head(&self, id: &RecordId) -> Result<Option<Head>, LedgerError> {
        self.head_of(id.as_str()).doing("read a record's head")
    }

    fn heads(&self, after: Option<&RecordId>, limit: usize) -> Result<Vec<(RecordId, Head)>, LedgerError> {
        let from = after.map_or(Bound::Unbounded, |id| Bound::Excluded(id.as_str().as_bytes()));
        let read = || {
            let mut heads = Vec::with_capacity(limit.min(1024));
            for guard in self.store.heads.range::<&[u8], _>((from, Bound::Unbounded)).take(limit) {
                let (key, value) = guard.into_inner()?;
                let id = text_key(&key)?;
                heads.push((RecordId::from_stored(id), HeadValue::read(&value, id)?));
            }
            Ok(heads)
        };
        read().doing("read its records' heads")
    }

    fn version(&self, at: EventOffset) -> Result<StoredVersion, LedgerError> {
        self.version_at(at).doing("read a version")
    }

    fn pack(&self, frame: Frame) -> Result<Packed, LedgerError> {
        let packed = self.pack_frame(frame).doing("pack a page")?;
        Ok(Packed(Box::new(packed)))
    }

    fn commit_packed(&self, packed: Packed) -> Result<EventOffset, LedgerError> {
        let packed = packed.0.downcast::<PackedFrame>().expect("a frame is committed to the ledger that packed it");
        self.commit_frame(*packed).doing("commit a page")
    }

    fn end(&self) -> Result<EventOffset, LedgerError> {
        Ok(offset(self.log().end.end))
    }

    fn count(&self, from: EventOffset, to: EventOffset) -> Result<u64, LedgerError> {
        let read = || Ok(self.ordinal(to)?.saturating_sub(self.ordinal(from)?));
        read().doing("count events")
    }

    fn versions(&self, from: EventOffset) -> Result<Vec<StoredVersion>, LedgerError> {
        self.versions_from(from).doing("read a page")
    }

    fn confirmed(&self, target: &str) -> Result<EventOffset, LedgerError> {
        let read = || match self.store.targets.get(target)? {
            Some(bytes) => Ok(offset(unsealed(&bytes, &format!("the place of {target}"))?)),
            None => Ok(EventOffset::default()),
        };
        read().doing("read how far a target has confirmed")
    }

    fn confirm(&self, target: &str, upto: EventOffset) -> Result<(), LedgerError> {
        let write = || Ok(self.store.targets.insert(target, sealed(&(upto.page, upto.index)))?);
        write().doing("keep how far a target has confirmed")
    }

    fn mapping(&self, digest: &Digest) -> Result<Option<String>, LedgerError> {
        let read = || match self.store.mappings.get(digest.0)? {
            Some(bytes) => {
                let place = format!("the mapping {digest}");
                let text = unseal(&bytes, &place)?.to_vec();
                String::from_utf8(text).map(Some).map_err(|_| Cause::damaged(place, "it is no text"))
            }
            None => Ok(None),
        };
        read().doing("read a mapping")
    }

    fn gathered(&self, instance: &str, node: &str) -> Result<Option<String>, LedgerError> {
        self.node(instance, node).doing("look for a node")
    }

    fn set_aside(&self, after: Option<&str>, limit: usize) -> Result<Vec<SetAside>, LedgerError> {
        let from = after.map_or(Bound::Unbounded, |id| Bound::Excluded(id.as_bytes()));
        let read = || {
            let mut list = Vec::new();
            for guard in self.store.set_aside.range::<&[u8], _>((from, Bound::Unbounded)).take(limit) {
                let (key, value) = guard.into_inner()?;
                list.push(self.open_aside(text_key(&key)?, &value)?);
            }
            Ok(list)
        };
        read().doing("read what is set aside")
    }

    fn set_aside_one(&self, id: &str) -> Result<Option<SetAside>, LedgerError> {
        let read = || match self.store.set_aside.get(id)? {
            Some(value) => self.open_aside(id, &value).map(Some),
            None => Ok(None),
        };
        read().doing("read what is set aside")
    }

    fn is_set_aside(&self, id: &str) -> Result<bool, LedgerError> {
        self.store.set_aside.contains_key(id).map_err(Cause::Store).doing("read what is set aside")
    }

    fn put_report(&self, instance: &str, stream: &str, report: &str) -> Result<(), LedgerError> {
        let write = || Ok(self.store.reports.insert(stream_key(instance, stream), sealed(&report))?);
        write().doing("keep a report")
    }

    fn reports(&self) -> Result<Vec<(String, String, String)>, LedgerError> {
        let read = || {
            let mut reports = Vec::new();
            for guard in self.store.reports.iter() {
                let (key, value) = guard.into_inner()?;
                let (instance, stream) = stream_names(&key)?;
                let place = format!("the report of {instance}/{stream}");
                reports.push((instance, stream, unsealed::<String>(&value, &place)?));
            }
            Ok(reports)
        };
        read().doing("read its reports")
    }

    fn verify(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Verification, LedgerError> {
        verify::verify(self, progress).doing("be verified")
    }

    fn flush(&self) -> Result<(), LedgerError> {
        let flush = || {
            self.store.sync()?;
            self.log().witness.sync()?;
            Ok(())
        };
        flush().doing("make everything durable")
    }
}

pub(crate) fn text_key(key: &[u8]) -> Result<&str, Cause> {
    std::str::from_utf8(key).map_err(|_| Cause::damaged("a key of the store", "it is no text"))
}
