//! Fills a cache and prints rate, memory and disk: `project FOLDER RECORDS [ROUNDS] [CACHE_MB]`. Every round after the
//! first updates every record, the second in an order that has nothing to do with the first.
#![expect(clippy::print_stdout, reason = "it is what this program is for")]
#![expect(clippy::unwrap_used, reason = "a measurement stops at the first error")]

use counterfoil_assurance::{Facts, Told};
use counterfoil_cache::{Options, SledCache};
use counterfoil_model::{Kind, Record};
use counterfoil_pipeline::ports::{Cache, EventOffset, Projected};
use counterfoil_record::{Digest, RecordId};
use std::path::{Path, PathBuf};
use std::time::Instant;

const PAGE: u64 = 500;

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().expect("a folder"));
    let n_records: u64 = args.next().expect("how many records").parse().unwrap();
    let rounds: u64 = args.next().map_or(1, |rounds| rounds.parse().unwrap());
    let mut options = Options::default();
    if let Some(megabytes) = args.next() {
        options.cache_bytes = megabytes.parse::<u64>().unwrap() << 20;
    }
    let ledger = Digest::of(b"ledger");
    let opened = SledCache::open(&folder, ledger, options).unwrap();
    println!("fresh: {:?}", opened.fresh);
    let cache = opened.cache;

    println!("{:>9} {:>10} {:>9} {:>9} {:>9}", "records", "records/s", "RSS MB", "peak MB", "disk MB");
    for round in 0..rounds {
        // A later round meets the records in another order than that of their numbers.
        let factor = if round % 2 == 0 { 7_919 } else { 104_729 };
        let (mut last, mut last_at) = (0, Instant::now());
        for page in 0..n_records / PAGE {
            let records = (0..PAGE).map(|index| projected((page * PAGE + index) * factor % n_records, round)).collect();
            cache.apply(records, EventOffset { page: page + 1, index: PAGE as u32 }).unwrap();
            let done = (page + 1) * PAGE;
            if done == 10_000 || done.is_multiple_of(100_000) || done == n_records {
                let rate = (done - last) as f64 / last_at.elapsed().as_secs_f64();
                let (rss, peak) = (status("VmRSS") >> 10, status("VmHWM") >> 10);
                println!("{done:>9} {rate:>10.0} {rss:>9} {peak:>9} {:>9}", disk_bytes(&folder) >> 20);
                (last, last_at) = (done, Instant::now());
            }
        }
    }
    scan(&cache);
    println!("needs compaction: {}", cache.needs_compaction().unwrap());
    let started = Instant::now();
    drop(cache);
    println!("closed in {:.2?}", started.elapsed());

    let started = Instant::now();
    let cache = SledCache::open(&folder, ledger, options).unwrap().cache;
    println!("opened again in {:.2?}, {} MB resident", started.elapsed(), status("VmRSS") >> 10);
    scan(&cache);
    println!("peak {} MB", status("VmHWM") >> 10);
}

fn scan(cache: &SledCache) {
    let started = Instant::now();
    let mut n_records = 0_u64;
    cache.scan(&mut |_, facts| n_records += u64::from(facts.history.held_secs.len() < 99)).unwrap();
    println!("scanned {n_records} records in {:.2?}, {} MB resident", started.elapsed(), status("VmRSS") >> 10);
}

fn projected(n: u64, round: u64) -> Projected {
    let mut facts = Facts::of("kumo", &Record::new(Kind::Incident), jiff::Timestamp::UNIX_EPOCH);
    let group: Box<str> = format!("Second line group {}", n % 40).into();
    facts.group = Told::Known(group.clone());
    facts.owner_party = Told::Known("nordlicht".into());
    facts.assignee_party = Told::Known("nordlicht".into());
    facts.resolver_party = Told::Known(group);
    facts.priority_native = Some("3 - Moderate".into());
    let at = 1_700_000_000_000 + (n * 977 + round) as i64;
    for moment in [
        &mut facts.created_at,
        &mut facts.opened_at,
        &mut facts.first_response_at,
        &mut facts.first_resolved_at,
        &mut facts.resolved_at,
        &mut facts.closed_at,
        &mut facts.due_at,
        &mut facts.source_updated_at,
        &mut facts.history.last_change_at,
    ] {
        *moment = Told::Known(at);
    }
    facts.history.held_secs = vec![(Told::Known(1), 3_600), (Told::Known(2), 86_400)];
    Projected {
        id: RecordId::from_stored(&format!("kumo/records/{}", Digest::of(&n.to_be_bytes()).short())),
        names: vec![format!("INC{n:07}")],
        facts,
    }
}

fn disk_bytes(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let mut total = 0;
    for entry in std::fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        total += if metadata.is_dir() { disk_bytes(&entry.path()) } else { metadata.blocks() * 512 };
    }
    total
}

/// Kilobytes.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}
