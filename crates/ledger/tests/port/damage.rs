//! Ledgers that were tampered with or whose files are broken: damage is named, and no wrong value is ever served.

use crate::frames::{Served, damage, open, served, small_ledger, told, try_open};
use counterfoil_pipeline::ports::{EventOffset, Ledger};
use counterfoil_record::Digest;
use fjall::{Database, Keyspace, KeyspaceCreateOptions};
use std::fs;
use std::path::{Path, PathBuf};

/// Changes the store with fjall itself, as one could who knows how it is stored.
fn tamper(path: &Path, change: impl FnOnce(&dyn Fn(&str) -> Keyspace)) {
    let database = Database::builder(path.join("store")).open().unwrap();
    change(&|name| database.keyspace(name, KeyspaceCreateOptions::default).unwrap());
    database.persist(fjall::PersistMode::SyncAll).unwrap();
}

fn seal(content: &[u8]) -> Vec<u8> {
    [content, &Digest::of(content).0[..4]].concat()
}

/// A small ledger that was changed, opened and verified.
fn damage_after(change: impl FnOnce(&dyn Fn(&str) -> Keyspace)) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    small_ledger(&open(folder.path()));
    tamper(folder.path(), change);
    match try_open(folder.path()) {
        Ok(ledger) => damage(&ledger),
        Err(error) => vec![told(&error)],
    }
}

fn chunk_key(page: u64) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&page.to_be_bytes());
    key
}

#[test]
fn an_event_rewritten_in_place_is_named() {
    let folder = tempfile::tempdir().unwrap();
    small_ledger(&open(folder.path()));
    tamper(folder.path(), |keyspace| {
        let chunks = keyspace("chunks");
        let frame = chunks.get(chunk_key(2)).unwrap().unwrap();
        let mut bytes = zstd::bulk::decompress(&frame, 1 << 20).unwrap();
        let words = br#""text":"words of page 1, record 3"}}"#;
        let at = bytes.windows(words.len()).position(|part| part == words).unwrap();
        bytes[at + 10] = b'W';
        chunks.insert(chunk_key(2), zstd::bulk::compress(&bytes, 1).unwrap()).unwrap();
    });
    let ledger = open(folder.path());
    let error = ledger.version(EventOffset { page: 2, index: 3 }).unwrap_err();
    assert!(told(&error).contains("page 2, event 3 (acme/records/INC6) is damaged"), "{}", told(&error));
    assert!(ledger.versions(EventOffset { page: 2, index: 0 }).is_err());
    assert!(ledger.version(EventOffset { page: 2, index: 2 }).is_ok());
    assert_eq!(
        damage(&ledger),
        ["page 2, event 3 (acme/records/INC6) is damaged: its hash is not that of what was committed"]
    );
}

#[test]
fn a_header_rewritten_with_its_seal_breaks_the_chain() {
    let damage = damage_after(|keyspace| {
        let pages = keyspace("pages");
        let value = pages.get(3_u64.to_be_bytes()).unwrap().unwrap();
        let mut content = value[..value.len() - 4].to_vec();
        let position = br#"{"page":2}"#;
        let at = content.windows(position.len()).position(|part| part == position).unwrap();
        content[at + 8] = b'3';
        pages.insert(3_u64.to_be_bytes(), seal(&content)).unwrap();
    });
    assert_eq!(damage, ["page 3: its content is not what was committed"]);
}

#[test]
fn a_page_that_is_gone_is_named() {
    let damage = damage_after(|keyspace| keyspace("pages").remove(5_u64.to_be_bytes()).unwrap());
    assert_eq!(damage, ["page 5 is damaged: it is missing"]);
    let damage = damage_after(|keyspace| keyspace("pages").remove(12_u64.to_be_bytes()).unwrap());
    assert!(damage[0].contains("12 pages were durable and only 11 are there"), "{damage:?}");
    let damage = damage_after(|keyspace| keyspace("chunks").remove(chunk_key(5)).unwrap());
    assert_eq!(damage, ["page 5, events 0 to 4 is damaged: they are missing"]);
}

#[test]
fn a_head_that_says_something_else_is_named() {
    let damage = damage_after(|keyspace| {
        let heads = keyspace("heads");
        let other = heads.get("acme/records/INC1").unwrap().unwrap();
        heads.insert("acme/records/INC0", &other[..]).unwrap();
        heads.remove("acme/records/INC2").unwrap();
        heads.insert("acme/records/INC99", &other[..]).unwrap();
    });
    assert!(damage[0].starts_with("page 1, event 0 (acme/records/INC0): "), "{damage:?}");
    assert!(
        damage.iter().any(|line| line == "page 1, event 2 (acme/records/INC2): the record has no head"),
        "{damage:?}"
    );
    assert!(damage.iter().any(|line| line.starts_with("the head of acme/records/INC99: ")), "{damage:?}");
}

#[test]
fn what_is_set_aside_is_held_against_its_pages() {
    let damage = damage_after(|keyspace| keyspace("set_aside").remove("aside3").unwrap());
    assert_eq!(damage, ["what is set aside as aside3: it is missing; page 4 set it aside"]);
    let damage = damage_after(|keyspace| {
        let aside = keyspace("set_aside");
        let value = aside.get("aside3").unwrap().unwrap();
        aside.insert("aside4", &value[..]).unwrap();
    });
    assert_eq!(damage, ["what is set aside as aside4: no page set it aside"]);
    let damage = damage_after(|keyspace| {
        let aside = keyspace("set_aside");
        let value = aside.get("aside3").unwrap().unwrap();
        let mut content = value[..value.len() - 4].to_vec();
        let reason = b"3 columns of 5";
        let at = content.windows(reason.len()).position(|part| part == reason).unwrap();
        content[at] = b'4';
        aside.insert("aside3", seal(&content)).unwrap();
    });
    assert_eq!(damage, ["what is set aside as aside3 is damaged: its hash is not that of what was committed"]);
}

#[test]
fn streams_targets_and_mappings_are_held_against_the_pages() {
    let damage = damage_after(|keyspace| {
        keyspace("streams").remove("acme\0records").unwrap();
        keyspace("mappings").remove(Digest::of(b"mapping").0).unwrap();
        keyspace("targets").insert("amqp", seal(&[13, 0])).unwrap();
    });
    assert_eq!(
        damage,
        [
            "the stream acme/records: it is missing".to_owned(),
            format!("the mapping {}: it is missing", Digest::of(b"mapping")),
            "the place of amqp: it is page 13, event 0, behind the end of the log".to_owned()
        ]
    );
}

#[test]
fn another_format_is_refused_before_anything_is_read() {
    for (format, remedy) in [(3, "; use the newer version"), (1, "; use the version that wrote it, or ")] {
        let damage = damage_after(|keyspace| keyspace("meta").insert("format", seal(&[format])).unwrap());
        let told = format!("it has format {format}, and this version of Counterfoil reads format 2 only{remedy}");
        assert!(damage[0].contains(&told), "{damage:?}");
    }
}

#[test]
fn a_log_cut_off_by_the_store_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    small_ledger(&open(folder.path()));
    drop(open(folder.path()));
    let journal =
        files(folder.path()).into_iter().find(|path| path.extension().is_some_and(|end| end == "jnl")).unwrap();
    let file = fs::File::options().write(true).open(&journal).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length * 2 / 3).unwrap();
    drop(file);
    let Err(error) = try_open(folder.path()) else { panic!("a third of the log is gone, and it was opened") };
    assert!(told(&error).contains("12 pages were durable and only"), "{}", told(&error));
}

#[test]
fn one_bit_flipped_anywhere_is_named_or_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("journal"));
    small_ledger(&ledger);
    let expected = served(&ledger).unwrap();
    drop(ledger);
    // Opened again, so that the journal loses what fjall reserved and a flip hits something that is used.
    drop(open(&folder.path().join("journal")));

    let tables = folder.path().join("tables");
    copy(&folder.path().join("journal"), &tables);
    tamper(&tables, |keyspace| {
        for name in ["pages", "chunks", "heads", "streams", "set_aside", "mappings", "targets", "reports", "meta"] {
            keyspace(name).rotate_memtable_and_wait().unwrap();
        }
    });
    drop(open(&tables));
    for state in ["journal", "tables"] {
        let mut counts = [0; 3];
        for flip in 0..40 {
            let outcome = flip_one_bit(&folder.path().join(state), &folder.path().join("copy"), flip, &expected);
            counts[outcome as usize] += 1;
        }
        let [at_open, later, none] = counts;
        println!("{state}: of 40 flips, {at_open} refused at open, {later} named later, {none} without effect");
        assert!(at_open + later > 0, "no flip hit anything");
    }
}

enum Outcome {
    Refused,
    Named,
    NoEffect,
}

fn flip_one_bit(state: &Path, copied: &Path, flip: u64, expected: &Served) -> Outcome {
    let _ = fs::remove_dir_all(copied);
    copy(state, copied);
    let mut files = files(copied);
    files.retain(|path| path.metadata().unwrap().len() > 0);
    files.sort();
    let mut dice = (flip + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut roll = |below: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % below
    };
    // Half of the flips hit any file, the other half one of those that hold the most.
    let file = if flip.is_multiple_of(2) {
        files[roll(files.len())].clone()
    } else {
        files.sort_by_key(|path| std::cmp::Reverse(path.metadata().unwrap().len()));
        files[roll(4)].clone()
    };
    let mut bytes = fs::read(&file).unwrap();
    let at = roll(bytes.len());
    bytes[at] ^= 1 << roll(8);
    fs::write(&file, bytes).unwrap();
    let told = format!("flip {flip} in {}, byte {at}", file.display());

    let ledger = match try_open(copied) {
        Ok(ledger) => ledger,
        Err(_) => return Outcome::Refused,
    };
    let found = damage(&ledger);
    match served(&ledger) {
        Ok(all) if found.is_empty() => {
            assert_eq!(&all, expected, "{told}: something else is served, and nothing was noticed");
            Outcome::NoEffect
        }
        Ok(_) | Err(_) => {
            assert!(!found.is_empty() || served(&ledger).is_err(), "{told}");
            Outcome::Named
        }
    }
}

fn copy(from: &Path, to: &Path) {
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

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

#[test]
fn a_node_that_is_lost_or_leads_elsewhere_is_noticed() {
    for change in [
        |nodes: Keyspace| nodes.remove(b"acme\0m:a@x").unwrap(),
        |nodes: Keyspace| {
            // A text of three bytes, as it is stored.
            nodes.insert(b"acme\0m:a@x", seal(b"\x03two")).unwrap();
        },
    ] {
        let folder = tempfile::tempdir().unwrap();
        let ledger = open(folder.path());
        let mut frame = crate::frames::frame(crate::frames::STREAM, Vec::new());
        frame.nodes = vec![("m:a@x".to_owned(), "one".to_owned()), ("m:b@x".to_owned(), "one".to_owned())];
        ledger.commit(frame).unwrap();
        drop(ledger);
        tamper(folder.path(), |keyspace| change(keyspace("nodes")));
        let damage = damage(&open(folder.path()));
        assert!(damage.len() == 1 && damage[0].starts_with("the nodes: 2 were committed"), "{damage:?}");
    }
}

/// Deletes keyspaces as a ledger had them that was made before there were nodes.
fn without_nodes(path: &Path, is_noted: bool) {
    let database = Database::builder(path.join("store")).open().unwrap();
    let keyspace = |name| database.keyspace(name, KeyspaceCreateOptions::default).unwrap();
    database.delete_keyspace(keyspace("nodes")).unwrap();
    if !is_noted {
        keyspace("meta").remove("nodes").unwrap();
    }
    database.persist(fjall::PersistMode::SyncAll).unwrap();
}

#[test]
fn a_ledger_from_before_there_were_nodes_opens_and_takes_some() {
    let folder = tempfile::tempdir().unwrap();
    small_ledger(&open(folder.path()));
    let before = served(&open(folder.path())).unwrap();
    without_nodes(folder.path(), false);
    let ledger = open(folder.path());
    assert_eq!((served(&ledger).unwrap(), damage(&ledger)), (before, Vec::new()));
    assert_eq!(ledger.gathered("acme", "m:a@x").unwrap(), None);
    let mut frame = crate::frames::frame(crate::frames::STREAM, Vec::new());
    frame.nodes = vec![("m:a@x".to_owned(), "one".to_owned())];
    ledger.commit(frame).unwrap();
    drop(ledger);
    let ledger = open(folder.path());
    assert_eq!(ledger.gathered("acme", "m:a@x").unwrap().as_deref(), Some("one"));
    assert_eq!(damage(&ledger), Vec::<String>::new());
    drop(ledger);
    // One that had nodes and lost them is no old one.
    without_nodes(folder.path(), true);
    let told = try_open(folder.path()).map_or_else(|error| told(&error), |_| "it opens".to_owned());
    assert!(told.contains("the keyspace nodes is gone"), "{told}");
}
