//! What the port promises.

use crate::records::{at, facts, fill, ids, ledger, open, record, reopen, replaced, scanned};
use counterfoil_cache::{Broken, Fresh, Options, SledCache};
use counterfoil_pipeline::ports::{Cache, EventOffset};
use counterfoil_record::Digest;
use std::error::Error as _;
use std::fs;

#[test]
fn what_was_taken_in_is_served_again_and_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    let opened = open(&path);
    assert_eq!(opened.fresh, Some(Fresh::Missing));
    let cache = opened.cache;
    assert!(cache.is_empty().unwrap());
    assert_eq!(cache.projected().unwrap(), EventOffset::default());

    cache.apply(vec![record("2", Some("INC2"), "a"), record("1", Some("INC1"), "b")], at(1)).unwrap();
    cache.apply(vec![record("0", None, "c"), record("2", Some("INC2"), "d")], at(2)).unwrap();
    let expected = vec![
        ("acme/records/1".to_owned(), facts("b")),
        ("acme/records/2".to_owned(), facts("d")),
        ("acme/records/0".to_owned(), facts("c")),
    ];
    let mut cache = cache;
    for _ in 0..2 {
        assert_eq!(scanned(&cache).unwrap(), expected, "by page, and by id within it");
        assert_eq!((cache.len().unwrap(), cache.projected().unwrap()), (3, at(2)));
        assert_eq!(ids(cache.resolve("INC2").unwrap()), ["acme/records/2"]);
        assert!(cache.resolve("INC0").unwrap().is_empty() && cache.resolve("").unwrap().is_empty());
        assert!(!cache.needs_compaction().unwrap());
        drop(cache);
        cache = reopen(&path);
    }
}

#[test]
fn a_record_is_found_by_every_name_it_ever_had() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    let cache = open(&path).cache;
    cache.apply(vec![record("1", Some("OLD-1"), ""), record("2", Some("NEW-1"), "")], at(1)).unwrap();
    cache.apply(vec![record("1", Some("NEW-1"), "")], at(2)).unwrap();
    cache.apply(vec![record("1", None, "")], at(3)).unwrap();
    drop(cache);
    let cache = reopen(&path);
    assert_eq!(ids(cache.resolve("OLD-1").unwrap()), ["acme/records/1"]);
    assert_eq!(ids(cache.resolve("NEW-1").unwrap()), ["acme/records/1", "acme/records/2"]);
    // In whatever case it is typed, and as it is written: who asks knows whether that is one name.
    let found = cache.resolve("old-1").unwrap();
    assert_eq!((found.len(), found[0].name.as_str()), (1, "OLD-1"));
    assert_eq!(cache.len().unwrap(), 2);
}

#[test]
fn a_killed_process_leaves_what_was_applied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    let cache = open(&path).cache;
    fill(&cache, |_| {});
    // Everything that was issued is in these files; what sled still holds in memory dies with the process.
    let killed = folder.path().join("killed");
    crate::broken::copy(&path, &killed);
    let expected = scanned(&cache).unwrap();
    let survivor = reopen(&killed);
    assert_eq!(survivor.projected().unwrap(), at(40));
    assert_eq!(scanned(&survivor).unwrap(), expected);
}

#[test]
fn a_cache_that_is_open_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    let cache = open(&path).cache;
    fill(&cache, |_| {});
    let Err(error) = SledCache::open(&path, ledger(), Options::default()) else { panic!("it was opened twice") };
    let cause = error.source().and_then(|source| source.downcast_ref::<Broken>());
    assert!(matches!(cause, Some(Broken::InUse(_))), "{error:?}");
    assert_eq!(scanned(&cache).unwrap().len(), 250);
    drop(cache);
    assert_eq!(reopen(&path).len().unwrap(), 250);
}

#[test]
fn a_cache_of_another_ledger_or_version_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    fill(&open(&path).cache, |_| {});
    let other = SledCache::open(&path, Digest::of(b"another"), Options::default()).unwrap();
    assert_eq!(replaced(&other), "it was built from another ledger");
    assert!(other.cache.is_empty().unwrap());
    fill(&other.cache, |_| {});
    drop(other);

    let state = fs::read_to_string(path.join("state")).unwrap();
    fs::write(path.join("state"), state.replace("facts ", "facts 9")).unwrap();
    let opened = open(&path);
    assert_eq!(replaced(&opened), "it is of another version");
    drop(opened);
    fs::remove_file(path.join("state")).unwrap();
    assert!(replaced(&open(&path)).starts_with("its state cannot be read"));

    let mut kept: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    kept.sort();
    assert_eq!(kept, ["cache", "cache.broken-2", "cache.broken-3"], "two are kept, the older one is deleted");
}

#[test]
fn a_cache_that_killed_its_process_is_not_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    fill(&open(&path).cache, |_| {});
    let state = fs::read_to_string(path.join("state")).unwrap();
    fs::write(path.join("state"), state.replace(" ready", " opening")).unwrap();
    assert_eq!(replaced(&open(&path)), "the process that opened it last did not survive it");
}

#[test]
fn a_discarded_cache_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    fill(&open(&path).cache, |_| {});
    SledCache::discard(&path).unwrap();
    SledCache::discard(&path).unwrap();
    assert_eq!(open(&path).fresh, Some(Fresh::Missing));
}
