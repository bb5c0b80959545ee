//! Caches whose files are damaged: either they serve what was taken in, or an empty one takes their place.

use crate::records::{fill, ledger, open, reopen, replaced, scanned};
use counterfoil_assurance::Facts;
use counterfoil_cache::{Fresh, Options, SledCache};
use counterfoil_pipeline::ports::{Cache, EventOffset};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What a cache serves at each place of the event log.
type States = BTreeMap<EventOffset, Vec<(String, Facts)>>;

fn filled(path: &Path) -> States {
    let cache = open(path).cache;
    let mut states = States::from([(EventOffset::default(), Vec::new())]);
    fill(&cache, |at| {
        states.insert(at, scanned(&cache).unwrap());
    });
    states
}

/// Opens a damaged cache. It must be empty, or what it was at the place where it says that it stands: sled goes back to an
/// earlier state when the end of its log is damaged, and the rest is projected again. Gives the reason if it was replaced.
fn is_sound(path: &Path, states: &States) -> Option<String> {
    let opened = open(path);
    let reason = match &opened.fresh {
        None => None,
        Some(Fresh::Replaced { reason, .. }) => Some(reason.clone()),
        Some(Fresh::Missing) => panic!("it is there"),
    };
    let at = opened.cache.projected().unwrap();
    assert!(reason.is_none() || at == EventOffset::default());
    assert!(scanned(&opened.cache).unwrap() == states[&at], "{}: wrong at {at:?}", path.display());
    // It is of use.
    fill(&opened.cache, |_| {});
    drop(opened);
    assert!(scanned(&reopen(path)).unwrap() == *states.values().next_back().unwrap());
    reason
}

#[test]
fn a_file_of_garbage_is_moved_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    let states = filled(&path);
    fs::write(path.join("sled/db"), "no database at all ".repeat(100_000)).unwrap();
    is_sound(&path, &states).unwrap();
    assert!(folder.path().join("cache.broken-1/sled/db").exists());
    fs::write(path.join("sled/conf"), "no configuration").unwrap();
    is_sound(&path, &states).unwrap();
}

#[test]
fn a_file_that_is_cut_off_leaves_an_earlier_state_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    let states = filled(&path);
    for length in [300_000, 5_000, 100, 0] {
        fs::File::options().write(true).open(path.join("sled/db")).unwrap().set_len(length).unwrap();
        is_sound(&path, &states);
    }
    fs::remove_dir_all(path.join("sled")).unwrap();
    assert_eq!(is_sound(&path, &states).unwrap(), "everything in it is gone");
}

#[test]
fn a_missing_row_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    for row in [0_u8, 7] {
        let path = folder.path().join(format!("cache{row}"));
        let states = filled(&path);
        let db = sled::Config::new().path(path.join("sled")).open().unwrap();
        db.remove([b'b', 0, 0, 0, row]).unwrap().unwrap();
        drop(db);
        let reason = is_sound(&path, &states).unwrap();
        assert!(reason.starts_with("row ") || reason.starts_with("its rows are not"), "{reason}");
    }
}

#[test]
fn a_row_of_before_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    let states = filled(&path);
    let key = [b'b', 0, 0, 0, 3];
    let read = || sled::Config::new().path(path.join("sled")).open().unwrap();
    let before = read().get(key).unwrap().unwrap();
    let cache = reopen(&path);
    cache.apply(vec![crate::records::record("28", Some("INC28"), "later")], crate::records::at(41)).unwrap();
    drop(cache);
    let db = read();
    assert_ne!(db.get(key).unwrap().unwrap(), before, "the update was in this row");
    db.insert(key, before).unwrap();
    drop(db);
    assert_eq!(is_sound(&path, &states).unwrap(), "its rows are not those that were written");
}

#[test]
fn one_bit_flipped_anywhere_is_noticed_or_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let states = filled(&whole);
    let used = used_bytes(&whole.join("sled/db"));
    let (mut noticed, mut none) = (0, 0);
    for flip in 0..40_u64 {
        let path = folder.path().join(format!("flip{flip}"));
        copy(&whole, &path);
        let mut dice = (flip + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut roll = |below: usize| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) as usize % below
        };
        let file = path.join("sled").join(if flip % 8 == 7 { "conf" } else { "db" });
        let mut bytes = fs::read(&file).unwrap();
        let at = roll(bytes.len().min(used));
        bytes[at] ^= 1 << roll(8);
        fs::write(&file, &bytes).unwrap();

        println!("flip {flip}: byte {at} of {}", file.display());
        match is_sound(&path, &states) {
            Some(_) => noticed += 1,
            None => none += 1,
        }
        fs::remove_dir_all(&path).unwrap();
    }
    println!("of 40 flips, {noticed} noticed; after {none} it was the same or an earlier state");
    assert!(noticed > 0, "no flip hit anything");
}

#[test]
fn a_cache_that_breaks_while_it_is_used_says_so_and_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    let options = Options { cache_bytes: 1 << 10, ..Options::default() };
    let cache = SledCache::open(&path, ledger(), options).unwrap().cache;
    // More than sled keeps in memory at the least, which is one page in each of 256 shards.
    for page in 0..50 {
        let records = (0..1000).map(|n| crate::records::record(&format!("{}", page * 1000 + n), None, "")).collect();
        cache.apply(records, crate::records::at(page + 1)).unwrap();
    }
    // As a disk does that goes away.
    fs::File::options().write(true).open(path.join("sled/db")).unwrap().set_len(0).unwrap();
    let Err(first) = scanned(&cache) else { panic!("it was read from nowhere") };
    assert_eq!(first.to_string(), "the cache cannot read its records");
    let second = cache.resolve("INC1").unwrap_err();
    assert!(format!("{second:?}").contains("Failed"), "{second:?}");
    drop(cache);
    assert_eq!(replaced(&open(&path)), "an operation failed on it");
}

/// sled reserves space in front; a flip there changes nothing.
fn used_bytes(file: &Path) -> usize {
    let bytes = fs::read(file).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
