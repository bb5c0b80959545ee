//! Records for tests.

use counterfoil_assurance::{Facts, Told};
use counterfoil_cache::{Fresh, Opened, Options, SledCache};
use counterfoil_model::{Kind, Record};
use counterfoil_pipeline::ports::{Cache, CacheError, EventOffset, Named, Projected};
use counterfoil_record::{Digest, RecordId};
use std::path::Path;

pub(crate) fn ledger() -> Digest {
    Digest::of(b"the ledger")
}

pub(crate) fn open(path: &Path) -> Opened {
    SledCache::open(path, ledger(), Options::default()).unwrap()
}

/// One that has to be there.
pub(crate) fn reopen(path: &Path) -> SledCache {
    let Opened { cache, fresh } = open(path);
    assert_eq!(fresh, None);
    cache
}

/// Why the cache that was there was replaced.
pub(crate) fn replaced(opened: &Opened) -> &str {
    match &opened.fresh {
        Some(Fresh::Replaced { reason, .. }) => reason,
        other => panic!("it was not replaced: {other:?}"),
    }
}

/// Facts that differ by `words`.
pub(crate) fn facts(words: &str) -> Facts {
    let mut facts = Facts::of("acme", &Record::new(Kind::Incident), jiff::Timestamp::UNIX_EPOCH);
    facts.priority_native = Some(words.into());
    facts.group = Told::Known("second line".into());
    facts
}

pub(crate) fn record(native_id: &str, name: Option<&str>, words: &str) -> Projected {
    Projected {
        id: RecordId::from_stored(&format!("acme/records/{native_id}")),
        names: name.map(str::to_owned).into_iter().collect(),
        facts: facts(words),
    }
}

pub(crate) fn at(page: u64) -> EventOffset {
    EventOffset { page, index: 5 }
}

pub(crate) fn scanned(cache: &SledCache) -> Result<Vec<(String, Facts)>, CacheError> {
    let mut all = Vec::new();
    cache.scan(&mut |id, facts| all.push((id.to_owned(), facts)))?;
    Ok(all)
}

/// The records found by a name.
pub(crate) fn ids(found: Vec<Named>) -> Vec<String> {
    found.iter().map(|named| named.id.to_string()).collect()
}

/// 40 pages of 10 records, some of them updates, from where the cache stands.
pub(crate) fn fill(cache: &SledCache, mut after_each: impl FnMut(EventOffset)) {
    for page in cache.projected().unwrap().page..40 {
        let records = (0..10)
            .map(|n| {
                let id = format!("{}", (page * 7 + n) % 250);
                record(&id, Some(&format!("INC{id}")), &format!("page {page}"))
            })
            .collect();
        cache.apply(records, at(page + 1)).unwrap();
        after_each(at(page + 1));
    }
}
