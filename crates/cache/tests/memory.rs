//! What a cache takes in memory. A program of its own: nothing else may run beside it.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "they are tests")]

use counterfoil_assurance::Facts;
use counterfoil_cache::{Options, SledCache};
use counterfoil_model::{Kind, Record};
use counterfoil_pipeline::ports::{Cache, EventOffset, Projected};
use counterfoil_record::{Digest, RecordId};

const PAGE: u64 = 500;
const PAGES: u64 = 40;

/// Anonymous memory of this process that is resident, in kB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn record(number: u64) -> Projected {
    let id = RecordId::from_stored(&format!("kumo/incidents/{number:032x}"));
    let facts = Facts::of("kumo", &Record::new(Kind::Incident), jiff::Timestamp::UNIX_EPOCH);
    Projected { id, names: vec![format!("INC{number:07}")], facts }
}

#[test]
fn a_cache_takes_what_its_options_say_and_little_more() {
    let folder = tempfile::tempdir().unwrap();
    let before = resident();
    let cache = SledCache::open(&folder.path().join("cache"), Digest::of(b"ledger"), Options::default()).unwrap().cache;
    let opened = resident();
    // sled's own counters alone are 20 MB, unless its features leave them out.
    assert!(opened < before + 6_000, "{before} kB, with an empty cache {opened} kB");
    for page in 0..PAGES {
        let records = (page * PAGE..(page + 1) * PAGE).map(record).collect();
        cache.apply(records, EventOffset { page: page + 1, index: 0 }).unwrap();
    }
    let filled = resident();
    println!("{before} kB, with an empty cache {opened} kB, with {} records {filled} kB", PAGE * PAGES);
    // 4 MB of pages, buffers of 512 kB, and what malloc keeps.
    assert!(filled < before + 16_000, "{before} kB, with {} records {filled} kB", PAGE * PAGES);
}
