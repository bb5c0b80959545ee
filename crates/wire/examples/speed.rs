//! What a record costs on its way to the wire: nanoseconds per call, the best of seven rounds.
//!
//! `cargo run --release -p counterfoil-wire --example speed`
#![expect(clippy::print_stdout, reason = "prints its measurements")]

use counterfoil_model::{
    ActorKind, Decimal, Field, Instant, Kind, Precision, Reading, Record, Slug, Transition, Value, ValueType,
};
use counterfoil_record::{Digest, Place, RecordKey};
use counterfoil_wire::{EventParts, build_event, decode_event, decode_record, encode_record};
use std::hint::black_box;
use std::time::Instant as Clock;

fn main() {
    let record = incident();
    let record_json = encode_record(&record);
    let key = RecordKey { instance: "acme".into(), stream: "records".into(), native_id: "INC0012345".to_owned() };
    let (id, place) = (key.id(), Place { container: "2026-10.csv".into(), position: "row 17".to_owned() });
    let mut previous = record.clone();
    previous.set(Field::State, Value::Word("in_progress"));
    let parts = EventParts {
        instance: &key.instance,
        stream: &key.stream,
        record_id: &id,
        native_id: &key.native_id,
        version: 7,
        record: &record,
        record_json: &record_json,
        content: counterfoil_wire::content_digest(record_json.as_str()),
        previous: Some(&previous),
        raw: Digest::of(b"raw"),
        mapping: Some(("servicenow/incident", Digest::of(b"mapping"))),
        place: &place,
        observed_at: jiff::Timestamp::UNIX_EPOCH,
    };
    let body = build_event(&parts).body;
    println!("record {} bytes, event {} bytes", record_json.len(), body.len());
    measure("encode_record", || encode_record(black_box(&record)).len());
    measure("build_event", || build_event(black_box(&parts)).body.len());
    measure("  of it: sha-256 of the record", || Digest::of(black_box(record_json.as_bytes())).0.len());
    measure("decode_record", || decode_record(black_box(&record_json)).map_or(0, |record| record.readings.len()));
    measure("decode_event", || decode_event(black_box(&body)).map_or(0, |event| event.record_json.len()));
}

fn measure(name: &str, mut work: impl FnMut() -> usize) {
    const CALLS: u32 = 20_000;
    let mut best = f64::INFINITY;
    for _ in 0..7 {
        let start = Clock::now();
        for _ in 0..CALLS {
            black_box(work());
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{name:32} {:8.0} ns", best / f64::from(CALLS) * 1e9);
}

/// As large as an incident of a real log: 30 known fields, 5 transitions.
fn incident() -> Record {
    let mut record = Record::new(Kind::Incident);
    let instant =
        |second| Instant { at: jiff::Timestamp::UNIX_EPOCH + jiff::Span::new().seconds(second), offset_secs: None };
    for (at, spec) in Kind::Incident.fields().iter().enumerate().take(34) {
        let text = |length: usize| Value::Text("Network share not reachable from home office, ".repeat(length).into());
        let value = match spec.value {
            ValueType::Text if spec.field == Field::Description => text(6),
            ValueType::Text | ValueType::Person | ValueType::Reference => Value::Text("Network / VPN".into()),
            ValueType::Integer => Value::Integer(3),
            ValueType::Decimal => Value::Decimal(Decimal { millionths: 99_950_000 }),
            ValueType::Flag => Value::Flag(true),
            ValueType::Instant => Value::Instant(instant(1_456_800_000 + i64::try_from(at).expect("a small number"))),
            ValueType::Word(words) => Value::Word(words[0]),
            ValueType::State => Value::Word("resolved"),
            ValueType::Party => Value::Party(Slug::of("nordlicht")),
        };
        record.set(spec.field, value);
    }
    for row in 0..5 {
        record.history.push(Transition {
            field: Field::State,
            from: Value::Word("in_progress").into(),
            to: Value::Word("on_hold").into(),
            from_native: Some("Active".into()),
            to_native: Some("Awaiting User Info".into()),
            occurred_at: Value::Instant(instant(1_456_800_000)).into(),
            recorded_at: Reading::Missing,
            actor_kind: ActorKind::Unknown,
            actor: None,
            precision: Precision::Exact,
            row: Some(row),
            confidence: None,
            proof: None,
        });
    }
    record
}
