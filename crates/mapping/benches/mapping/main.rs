//! The mapping engine against structs written by hand for the same fields, on the same synthetic issues of 7 kB.
//!
//! Before criterion's own figures it prints one line of ratios, measured in interleaved rounds of this run, so that other
//! work on the machine meets all sides alike.
#![expect(clippy::print_stdout, reason = "a bench prints")]

mod by_hand;
mod issues;

use counterfoil_diagnostics::SourceText;
use counterfoil_mapping::{Mapping, MappingSource, Outcome, Settings};
use counterfoil_model::Slug;
use counterfoil_record::Form;
use criterion::{Criterion, Throughput, criterion_group};
use std::hint::black_box;
use std::time::{Duration, Instant};

const RECORDS: usize = 400;
const ROUNDS: usize = 41;

/// A way to read an issue, with its name.
type Side<'a> = (&'a str, &'a dyn Fn(&str));

fn main() {
    ratio();
    benches();
    Criterion::default().configure_from_args().final_summary();
}

fn mapping() -> Mapping {
    let settings = Settings {
        instance: "acme".into(),
        party: Some(Slug::of("acme")),
        zone: Some("UTC".into()),
        order: None,
        salt: by_hand::SALT.into(),
    };
    let file = SourceText { name: "bench.toml".into(), text: issues::MAPPING.into() };
    let source = MappingSource { file, overrides: None, settings };
    Mapping::compile(&source).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Both sides must make the same record, or the comparison means nothing.
fn assert_alike(mapping: &Mapping, issues: &[String]) {
    for issue in issues {
        let Outcome::Mapped { mapped, notes } = mapping.map(Form::Snapshot, issue) else { panic!("not mapped") };
        assert_eq!(notes, []);
        assert_eq!(mapped.record, by_hand::map(issue));
    }
}

fn ratio() {
    let (mapping, issues) = (mapping(), issues::synthetic(RECORDS));
    assert_alike(&mapping, &issues);
    let bytes: usize = issues.iter().map(String::len).sum();
    let sides: [Side<'_>; 4] = [
        ("structs by hand", &|issue| drop(black_box(by_hand::map(black_box(issue))))),
        ("mapping engine", &|issue| drop(black_box(mapping.map(Form::Snapshot, black_box(issue))))),
        ("structs, parse only", &|issue| drop(black_box(by_hand::parse(black_box(issue))))),
        ("serde_json::Value, parse only", &|issue| {
            drop(black_box(serde_json::from_str::<serde_json::Value>(black_box(issue))));
        }),
    ];
    let mut times = vec![Vec::new(); sides.len()];
    for _ in 0..ROUNDS {
        for (at, (_, side)) in sides.iter().enumerate() {
            let start = Instant::now();
            issues.iter().for_each(|issue| side(issue));
            times[at].push(start.elapsed());
        }
    }
    let median = |times: &[Duration]| {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        sorted[sorted.len() / 2]
    };
    let floor = median(&times[0]);
    println!("{RECORDS} issues of {} bytes, {ROUNDS} interleaved rounds, medians", bytes / RECORDS);
    for (at, (name, _)) in sides.iter().enumerate() {
        let time = median(&times[at]);
        let rate = RECORDS as f64 / time.as_secs_f64();
        let ratio = time.as_secs_f64() / floor.as_secs_f64();
        println!("  {name:<30} {rate:>9.0} records/s   {ratio:>5.2} x the time of structs by hand");
    }
    let ratio = median(&times[1]).as_secs_f64() / floor.as_secs_f64();
    println!("mapping ratio {ratio:.3} (target at most 1.2)");
}

fn bench(criterion: &mut Criterion) {
    let (mapping, issues) = (mapping(), issues::synthetic(RECORDS));
    let mut group = criterion.benchmark_group("issue");
    group.throughput(Throughput::Bytes(issues.iter().map(String::len).sum::<usize>() as u64));
    group.sample_size(20).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    group.bench_function("by_hand", |bencher| {
        bencher.iter(|| issues.iter().for_each(|issue| drop(black_box(by_hand::map(issue)))));
    });
    group.bench_function("engine", |bencher| {
        bencher.iter(|| issues.iter().for_each(|issue| drop(black_box(mapping.map(Form::Snapshot, issue)))));
    });
    group.finish();
    audits(criterion);
}

/// An incident with so many audit rows, a fifth of which changed its state; the time has to grow as the list does.
fn audited(rows: usize) -> String {
    let row = |at: usize| {
        let (column, from, to) = match at % 5 {
            0 if at.is_multiple_of(10) => ("state", "1", "2"),
            0 => ("state", "2", "1"),
            _ => ("work_notes", "", "called the user back and asked for the serial number of the device"),
        };
        let (day, hour, minute) = (1 + at / 1440, at / 60 % 24, at % 60);
        format!(r#"{{"sys_id":"{at:032}","fieldname":"{column}","oldvalue":"{from}","newvalue":"{to}","user":"jo","#)
            + &format!(r#""sys_created_on":"2026-01-{day:02} {hour:02}:{minute:02}:00","record_checkpoint":"{at}"}}"#)
    };
    let audit: Vec<String> = (0..rows).map(row).collect();
    let head =
        r#""number":"INC1","sys_updated_on":"2026-01-31 00:00:00","opened_at":"2026-01-01 00:00:00","state":"1""#;
    format!(r#"{{{head},"@audit":[{}]}}"#, audit.join(","))
}

fn audits(criterion: &mut Criterion) {
    let file = counterfoil_mapping::shipped::find("servicenow/incident").expect("it is shipped").source();
    let source = MappingSource { file, overrides: None, settings: Settings::default() };
    let mapping = Mapping::compile(&source).expect("a shipped mapping has no problems");
    let mut group = criterion.benchmark_group("audit");
    group.sample_size(20).measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_secs(1));
    for rows in [500, 5000] {
        let payload = audited(rows);
        let Outcome::Mapped { mapped, .. } = mapping.map(Form::Snapshot, &payload) else { panic!("not mapped") };
        assert_eq!(mapped.record.history.len(), 1 + rows / 5);
        group.throughput(Throughput::Bytes(payload.len() as u64));
        group.bench_function(rows.to_string(), |bencher| {
            bencher.iter(|| drop(black_box(mapping.map(Form::Snapshot, &payload))));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
