//! A million incidents with five changes each, in memory: all figures of one month by supplier, as a ratio to a plain scan
//! of the same facts in the same run. Figures: docs/measurements.md.
//!
//! `cargo run --release -p counterfoil-cache --example month [RECORDS]`
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::expect_used, reason = "an example says what it measured")]

use counterfoil_assurance::{Accumulator, Facts, GroupBy, Held, KPIS, Query, Table, Told, Window};
use counterfoil_model::{
    ActorKind, Field, Instant as Moment, Kind, Precision, Reading, Record, Slug, Transition, Value,
};
use jiff::{Timestamp, tz::TimeZone};
use std::hint::black_box;
use std::time::{Duration, Instant};

const DAY: i64 = 86_400;
/// 2026-01-01.
const START: i64 = 1_767_225_600;
const SUPPLIERS: [&str; 3] = ["acme", "nordlicht", "kumo"];

fn main() {
    let records = std::env::args().nth(1).map_or(1_000_000, |text| text.parse().expect("a number of records"));
    let before = resident();
    let rows: Vec<Held> = (0..records).map(incident).collect();
    let held = resident() - before;
    let (table, built) = timed(|| Table::of(rows, &|name| TimeZone::get(name).ok()));
    let window = Window { from: Some(at(START + 151 * DAY)), to: at(START + 181 * DAY) };
    let scan = best(5, || {
        let opened = table.rows().filter(|row| matches!(row.opened_at, Told::Known(at) if window.contains(at)));
        black_box(opened.count());
    });
    let query = Query { window, by: Some(GroupBy::Party), party: None };
    let one = best(3, || {
        black_box(table.figures(KPIS, query.clone()));
    });
    let two = best(3, || {
        black_box(together(&table, &query));
    });
    println!("{records} incidents with 5 changes each: {} MB of facts, {} bytes for each", held >> 20, held / records);
    println!("index and estate: {:.2} s, {} MB in all", built.as_secs_f64(), (resident() - before) >> 20);
    println!("plain scan of the facts: {:.1} ms", scan.as_secs_f64() * 1e3);
    for (threads, took) in [(1, one), (2, two)] {
        let ratio = took.as_secs_f64() / scan.as_secs_f64();
        println!(
            "all {} figures of one month by supplier, {threads} threads: {:.0} ms, {ratio:.0} times the scan",
            KPIS.len(),
            took.as_secs_f64() * 1e3
        );
    }
}

/// Halves of the table on a thread each.
fn together(table: &Table, query: &Query) -> usize {
    let middle = table.len() / 2;
    let sum = |range: std::ops::Range<usize>| {
        let view = table.view(query.window);
        let mut sums = Accumulator::new(KPIS, query.clone());
        table.rows().skip(range.start).take(range.len()).for_each(|row| sums.add(row, &view));
        sums
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| sum(middle..table.len()));
        let mut sums = sum(0..middle);
        sums.merge(other.join().expect("no figure panics"));
        sums.figures().len()
    })
}

fn incident(number: usize) -> Held {
    let number = i64::try_from(number).expect("few records");
    let opened = START + number * 7919 % (365 * DAY);
    let resolved = opened + 3600 + number * 31 % (4 * DAY);
    let supplier = SUPPLIERS[usize::try_from(number % 3).expect("0 to 2")];
    let mut record = Record::new(Kind::Incident);
    record.set(Field::NativeKey, Value::Text(format!("INC{number:07}").into()));
    record.set(Field::State, Value::Word("closed"));
    record.set(Field::Priority, Value::Word(["P1", "P2", "P3", "P4"][usize::try_from(number % 4).expect("0 to 3")]));
    record.set(Field::OwnerParty, Value::Party(Slug::of("org")));
    record.set(Field::AssigneeParty, Value::Party(Slug::of(supplier)));
    record.set(Field::AssigneeGroup, Value::Text(format!("group {}", number % 40).into()));
    record.set(Field::Service, Value::Text(format!("service {}", number % 20).into()));
    record.set(Field::Category, Value::Text("network".into()));
    record.set(Field::ResolutionTargetMet, Value::Flag(number % 10 != 0));
    for (field, secs) in [
        (Field::CreatedAt, opened),
        (Field::OpenedAt, opened),
        (Field::FirstResponseAt, opened + 600),
        (Field::ResolvedAt, resolved),
        (Field::ClosedAt, resolved + DAY),
        (Field::SourceUpdatedAt, resolved + DAY),
    ] {
        record.set(field, moment(secs));
    }
    let life = ["new", "in_progress", "on_hold", "in_progress", "resolved", "closed"];
    let span = (resolved - opened) / 5;
    for (step, two) in (1..).zip(life.windows(2)) {
        let secs = if step == 5 { resolved + DAY } else { opened + span * step };
        record.history.push(change(two[0], two[1], secs));
    }
    let facts = Facts::of("acme", &record, at(START + 366 * DAY));
    Held { id: format!("acme/records/INC{number:07}").into(), facts }
}

fn change(from: &'static str, to: &'static str, secs: i64) -> Transition {
    Transition {
        field: Field::State,
        from: Value::Word(from).into(),
        to: Value::Word(to).into(),
        from_native: None,
        to_native: None,
        occurred_at: moment(secs),
        recorded_at: Reading::Missing,
        actor_kind: ActorKind::Unknown,
        actor: None,
        precision: Precision::Exact,
        row: None,
        confidence: None,
        proof: None,
    }
}

fn moment(secs: i64) -> Reading {
    Value::Instant(Moment { at: at(secs), offset_secs: None }).into()
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(secs).expect("a moment of this century")
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

fn best(times: u32, mut work: impl FnMut()) -> Duration {
    (0..times).map(|_| timed(&mut work).1).min().expect("it was run at least once")
}

/// Bytes resident now.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
    kb.unwrap_or(0) * 1024
}
