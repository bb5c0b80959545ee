//! `kill -9` at random moments: this program starts itself as a writer, and kills it.
#![expect(clippy::print_stdout, reason = "the writer says on its output what it has committed")]
#![expect(clippy::unwrap_used, reason = "it is a test")]

#[path = "port/frames.rs"]
#[expect(dead_code, reason = "shared with the other tests")]
mod frames;

use counterfoil_ledger::{FjallLedger, Options};
use counterfoil_pipeline::ports::{Frame, Ledger};
use counterfoil_record::Position;
use frames::{STREAM, damage, frame, id, served, version};
use libtest_mimic::{Arguments, Trial};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const ROUNDS: u64 = 10;

fn main() {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some("write-until-killed") {
        return write(Path::new(&args.next().unwrap()));
    }
    let trial = Trial::test("what_was_committed_survives_kill_9", || {
        survives();
        Ok(())
    });
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

/// Commits page after page, and says so after each commit.
fn write(path: &Path) {
    let ledger = FjallLedger::open(path, Options::default()).unwrap();
    let mut next = pages(&ledger);
    loop {
        ledger.commit(nth(&ledger, next)).unwrap();
        next += 1;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{next}").unwrap();
        out.flush().unwrap();
    }
}

fn pages(ledger: &FjallLedger) -> u64 {
    ledger.stream(STREAM.0, STREAM.1).unwrap().position.0.parse().unwrap_or(0)
}

/// The content of a page follows from its number and what is held.
fn nth(ledger: &FjallLedger, number: u64) -> Frame {
    let versions = (0..20)
        .map(|n| {
            let native_id = format!("INC{}", (number * 13 + n) % 300);
            let head = ledger.head(&id(STREAM, &native_id)).unwrap();
            version(STREAM, &native_id, head.as_ref(), &format!("page {number} {}", "words ".repeat(40)))
        })
        .collect();
    let mut frame = frame(STREAM, versions);
    frame.position = Some(Position((number + 1).to_string()));
    // One that is new and one that is told again.
    frame.nodes = [format!("m:{number}"), "t:last".to_owned()].map(|node| (node, number.to_string())).into();
    frame
}

fn survives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut acknowledged = 0_u64;
    // Every round ends after another number of pages; the first in the middle of creating the ledger.
    let mut dice = u64::from(std::process::id());
    for round in 0..ROUNDS {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let n_pages = if round == 0 { 0 } else { (dice >> 33) % 40 };
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("write-until-killed")
            .arg(&path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..n_pages {
            acknowledged = lines.next().unwrap().unwrap().parse().unwrap();
        }
        // Somewhere in the next page.
        for _ in 0..(dice >> 20) % 2_000_000 {
            std::hint::black_box(());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What was said before the kill arrived.
        for line in lines.map_while(Result::ok) {
            acknowledged = line.parse().unwrap_or(acknowledged);
        }
        let ledger = FjallLedger::open(&path, Options::default()).unwrap();
        let held = pages(&ledger);
        println!("round {round}: {acknowledged} pages acknowledged, {held} held");
        assert!(
            held >= acknowledged && held <= acknowledged + 1,
            "at most the page that was being acknowledged is more"
        );
        // A page that was held and not acknowledged is what the next round starts from.
        acknowledged = held;
        assert_eq!(damage(&ledger), Vec::<String>::new());
        assert_eq!(served(&ledger).unwrap().versions.len() as u64, held * 20);
        let last = held.checked_sub(1).map(|last| last.to_string());
        assert_eq!(ledger.gathered(STREAM.0, "t:last").unwrap(), last, "the nodes are those of the last page");
    }
    assert!(acknowledged > 0, "the writer never got to write");
    compare(&path, acknowledged);
}

/// A ledger written without any kill serves the same.
fn compare(path: &Path, n_pages: u64) {
    let other = tempfile::tempdir().unwrap();
    let (killed, whole) = (frames::open(path), frames::open(other.path()));
    for number in 0..pages(&killed).max(n_pages) {
        whole.commit(nth(&whole, number)).unwrap();
    }
    assert_eq!(served(&killed).unwrap(), served(&whole).unwrap());
}
