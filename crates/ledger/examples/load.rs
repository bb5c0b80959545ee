//! Loads synthetic pages of 500 records and prints rate, memory, disk and the time to open it again.
//!
//! `load FOLDER RECORDS`; with a third word `updates`, every record gets a second version, in another order.
#![expect(clippy::print_stdout, reason = "it is what this program is for")]
#![expect(clippy::unwrap_used, reason = "a measurement stops at the first error")]

use counterfoil_ledger::{FjallLedger, Options};
use counterfoil_pipeline::Tally;
use counterfoil_pipeline::ports::{Event, Frame, Ledger, NewVersion};
use counterfoil_record::{Digest, Form, Payload, Place, Position, RecordKey};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const PAGE: u64 = 500;
const WORDS: [&str; 16] = [
    "network", "printer", "cannot", "login", "vpn", "since", "this", "morning", "user", "reports", "slow", "mail",
    "server", "restart", "please", "urgent",
];

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().expect("a folder"));
    let n_records: u64 = args.next().expect("how many records").parse().unwrap();
    let updates = args.next().is_some_and(|word| word == "updates");
    let ledger = FjallLedger::open(&folder, Options::default()).unwrap();

    println!("{:>9} {:>10} {:>12} {:>9} {:>9}", "records", "records/s", "in commit/s", "RSS MB", "peak MB");
    load(&ledger, n_records, 0);
    if updates {
        load(&ledger, n_records, 1);
    }
    let started = Instant::now();
    drop(ledger);
    println!("closed in {:.2?}; {} MB on disk", started.elapsed(), disk_bytes(&folder) >> 20);

    let started = Instant::now();
    let ledger = FjallLedger::open(&folder, Options::default()).unwrap();
    println!("opened again in {:.2?}, {} MB resident", started.elapsed(), status("VmRSS") >> 10);
    read_at_random(&ledger, n_records);
    let started = Instant::now();
    let verified = ledger.verify(&mut |_, _| {}).unwrap();
    let rate = verified.events as f64 / started.elapsed().as_secs_f64();
    println!("verified {} events at {rate:.0}/s, damage {:?}", verified.events, verified.damage);
    println!("peak {} MB", status("VmHWM") >> 10);
}

fn load(ledger: &FjallLedger, n_records: u64, round: u64) {
    let (mut last, mut last_at, mut in_commit) = (0, Instant::now(), Duration::ZERO);
    for page in 0..n_records / PAGE {
        let frame = frame(ledger, page, n_records, round);
        let started = Instant::now();
        ledger.commit(frame).unwrap();
        in_commit += started.elapsed();
        let done = (page + 1) * PAGE;
        if done == 10_000 || done.is_multiple_of(100_000) || done == n_records {
            let rate = |time: Duration| (done - last) as f64 / time.as_secs_f64();
            println!(
                "{done:>9} {:>10.0} {:>12.0} {:>9} {:>9}",
                rate(last_at.elapsed()),
                rate(in_commit),
                status("VmRSS") >> 10,
                status("VmHWM") >> 10
            );
            (last, last_at, in_commit) = (done, Instant::now(), Duration::ZERO);
        }
    }
}

fn frame(ledger: &FjallLedger, page: u64, n_records: u64, round: u64) -> Frame {
    let (instance, stream): (Arc<str>, Arc<str>) = ("kumo".into(), "records".into());
    let container: Arc<str> = "incidents.jsonl".into();
    let mut versions = Vec::with_capacity(PAGE as usize);
    for index in 0..PAGE {
        // A second round meets the records in an order of its own.
        let n = (page * PAGE + index) * if round == 0 { 1 } else { 7919 } % n_records;
        let native_id = format!("INC{n:07}");
        let key = RecordKey { instance: Arc::clone(&instance), stream: Arc::clone(&stream), native_id };
        let id = key.id();
        let head = ledger.head(&id).unwrap();
        // What a later version needs of the one before.
        let previous = head.as_ref().map(|head| ledger.version(head.at).unwrap().at);
        let text = payload(n, round);
        let (raw_digest, mapped) = (Digest::of(text.as_bytes()), Digest::of(&n.to_be_bytes()));
        let words = &text[60..900];
        let body = format!(
            r#"{{"specversion":"1.0","id":"{}","type":"org.counterfoil.incident.opened.v1","subject":"{id}","data":{{"raw":"{raw_digest}","record":{{"description":"{words}"}}}}}}"#,
            raw_digest.short()
        );
        let event = Event { id: raw_digest.short(), routing_key: "incident.opened.kumo".to_owned(), body };
        versions.push(NewVersion {
            id,
            version: round + 1,
            source_version: format!("2026-01-01T00:00:{round:02}"),
            mapped,
            raw: Payload::owned(&text),
            raw_digest,
            form: Form::Snapshot,
            place: Place { container: Arc::clone(&container), position: format!("row {n}") },
            record: 0..event.body.len(),
            content: Digest::of(event.body.as_bytes()),
            event,
            previous,
        });
    }
    Frame {
        instance,
        stream,
        position: Some(Position(format!("{{\"row\":{page},\"round\":{round}}}"))),
        versions,
        set_aside: Vec::new(),
        released: Vec::new(),
        mapping: Some((Digest::of(b"mapping"), "a mapping".into())),
        nodes: Vec::new(),
        tally: Tally { pulled: PAGE, committed: PAGE, ..Tally::default() },
        at: jiff::Timestamp::UNIX_EPOCH,
    }
}

/// About 1.5 kB, compressible about as tickets are.
fn payload(n: u64, round: u64) -> String {
    let mut text = format!(r#"{{"number":"INC{n:07}","sys_id":"{}","text":""#, Digest::of(&n.to_be_bytes()));
    let mut dice = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ round.wrapping_mul(0xD1B5_4A32_D192_ED03);
    while text.len() < 1500 {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let word = WORDS[(dice >> 60) as usize];
        if (dice >> 56) & 7 == 0 {
            let _ = write!(text, "{word}-{} ", (dice >> 40) & 0xFFFF);
        } else {
            let _ = write!(text, "{word} ");
        }
    }
    text.push_str("\"}");
    text
}

fn read_at_random(ledger: &FjallLedger, n_records: u64) {
    let started = Instant::now();
    let n_reads = 5_000.min(n_records);
    for read in 0..n_reads {
        let n = read * 7919 % n_records;
        let key = RecordKey { instance: "kumo".into(), stream: "records".into(), native_id: format!("INC{n:07}") };
        let head = ledger.head(&key.id()).unwrap().unwrap();
        assert_eq!(ledger.version(head.at).unwrap().id, key.id());
    }
    println!("one version, at random: {:.0?}", started.elapsed() / u32::try_from(n_reads).unwrap());
}

fn disk_bytes(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let mut total = 0;
    for entry in std::fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        // Blocks, because fjall reserves space that it does not use yet.
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
