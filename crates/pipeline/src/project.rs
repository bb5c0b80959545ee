//! From the event log to the read model. What it holds can always be thrown away and projected again.

use crate::commit::{CommitError, read_record};
use crate::ports::{Cache, CacheError, EventOffset, Ledger, LedgerError, Projected, StoredVersion};
use crate::{Listener, Progress};
use counterfoil_assurance::Facts;
use counterfoil_model::Field;
use std::collections::HashMap;

/// A projection that stopped. The ledger is whole; the cache stands where it stood.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The cache did not take it: throw it away and project again.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The event log could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A version could not be read back.
    #[error(transparent)]
    Version(#[from] CommitError),
}

/// Brings the cache up to the end of the event log. Blocking. Returns how many versions it took in.
pub fn project(ledger: &dyn Ledger, cache: &dyn Cache, listener: &dyn Listener) -> Result<u64, ProjectError> {
    let mut from = cache.projected()?;
    let mut taken = 0;
    loop {
        let versions = ledger.versions(from)?;
        let Some(last) = versions.last() else { return Ok(taken) };
        from = EventOffset { page: last.at.page, index: last.at.index + 1 };
        let count = versions.len() as u64;
        // Of several versions in a page the last one counts.
        let mut records: HashMap<_, Projected> = HashMap::with_capacity(versions.len());
        for version in &versions {
            records.insert(version.id.clone(), facts_of(version)?);
        }
        cache.apply(records.into_values().collect(), from)?;
        taken += count;
        listener.tell(Progress::Projected { records: count });
    }
}

/// What the cache keeps of a version.
pub fn facts_of(version: &StoredVersion) -> Result<Projected, CommitError> {
    let record = read_record(&version.id, version)?;
    let (instance, _, _) = version.id.parts();
    Ok(Projected {
        alias: record.text(Field::NativeKey).map(str::to_owned),
        facts: Facts::of(instance, &record, version.seen_at),
        id: version.id.clone(),
    })
}
