//! How long it takes to clock a million incidents with five changes each, as a ratio to a plain scan of the same facts:
//! `cargo run --release -p counterfoil-cache --example clocks`.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "an example says what it measured")]

use counterfoil_assurance::clocks::{Choice, choose, clocked, held_by, holdings};
use counterfoil_assurance::{Facts, Held, Table, Window};
use counterfoil_clock::Calendar;
use counterfoil_model::{
    ActorKind, Decimal, Field, Instant, Kind, Precision, Reading, Record, Slug, Transition, Value,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::time::Instant as Stopwatch;

/// Held at a time; each is clocked as often as makes a million.
const RECORDS: u32 = 100_000;
const ROUNDS: u32 = 10;

fn main() {
    let table = Table::of(rows(), &|name| TimeZone::get(name).ok());
    assert!(table.estate().faults().is_empty(), "{:?}", table.estate().faults());
    let view = table.view(Window { from: None, to: at(400 * 24 * 60) });
    let mut sums = (0_i64, 0_u64, 0_u64, 0_u64);
    let watch = Stopwatch::now();
    for _ in 0..ROUNDS {
        sums.0 += table.rows().filter_map(|row| row.resolved_at.known().copied()).fold(0, i64::wrapping_add);
    }
    let scan = watch.elapsed();
    let watch = Stopwatch::now();
    for _ in 0..ROUNDS {
        for row in table.rows().filter(|row| row.is_work()) {
            let both = clocked(row, "resolution", &view);
            sums.1 += u64::from(both.met() == Some(true));
        }
    }
    let clocks = watch.elapsed();
    let watch = Stopwatch::now();
    for _ in 0..ROUNDS {
        for row in table.rows().filter(|row| row.is_work()) {
            sums.3 += u64::from(matches!(choose(row, "resolution", &view), Choice::Target(_)));
        }
    }
    let chosen = watch.elapsed();
    let calendar = Calendar::always();
    let watch = Stopwatch::now();
    for _ in 0..ROUNDS {
        for row in table.rows().filter(|row| row.is_work()) {
            sums.2 += u64::from(!held_by(&holdings(row, &view), "acme", &calendar).highest.is_zero());
        }
    }
    let held = watch.elapsed();
    let ratio = |of: std::time::Duration| of.as_secs_f64() / scan.as_secs_f64();
    println!("{} incidents, five changes each; checked by {sums:?}", RECORDS * ROUNDS);
    println!("  plain scan  {scan:>10.2?}");
    println!("  clocks      {clocks:>10.2?}  {:>8.0} times the scan", ratio(clocks));
    println!("  choice      {chosen:>10.2?}  {:>8.0} times the scan", ratio(chosen));
    println!("  times held  {held:>10.2?}  {:>8.0} times the scan", ratio(held));
}

fn at(minute: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(29_450_000 + minute)
}

fn moment(minute: i64) -> Value {
    Value::Instant(Instant { at: at(minute), offset_secs: None })
}

fn word(kind: Kind, field: Field, word: &str) -> Value {
    Value::Word(kind.words(field).into_iter().find(|known| *known == word).expect("a word of the model"))
}

fn held(id: String, record: &Record) -> Held {
    let facts = Facts::of(id.split('/').next().expect("an instance"), record, at(0));
    Held { id: id.into(), facts }
}

fn rows() -> Vec<Held> {
    let mut rows = Vec::new();
    let mut calendar = Record::new(Kind::Calendar);
    calendar.set(Field::State, Value::Word("active"));
    calendar.set(Field::WeeklyHours, Value::Text("mon-fri 08:00-18:00; sat 09:00-12:00".into()));
    calendar.set(Field::Holidays, Value::Text("2026-01-01; 2026-12-25; 2026-12-26".into()));
    calendar.set(Field::Zone, Value::Text("Europe/Lisbon".into()));
    rows.push(held("register/records/calendar.c".into(), &calendar));
    for party in ["acme", "kumo", "nordlicht"] {
        let mut agreement = Record::new(Kind::Agreement);
        agreement.set(Field::State, Value::Word("active"));
        agreement.set(Field::AgreementKind, word(Kind::Agreement, Field::AgreementKind, "external_supplier_contract"));
        agreement.set(Field::ProviderParty, Value::Party(Slug::of(party)));
        agreement.set(Field::ConsumerParty, Value::Party(Slug::of("house")));
        agreement.set(Field::ValidFrom, moment(-1_000_000));
        rows.push(held(format!("register/records/agreement.{party}"), &agreement));
        for (at, priority) in ["P1", "P2", "P3", "P4", "P5"].into_iter().enumerate() {
            let kind = Kind::ServiceLevelTarget;
            let mut target = Record::new(kind);
            target.set(Field::State, Value::Word("active"));
            target.set(Field::Agreement, Value::Text(format!("agreement.{party}").into()));
            target.set(Field::Metric, word(kind, Field::Metric, "resolution"));
            target.set(Field::AppliesPriorities, Value::Text(priority.into()));
            target.set(Field::Comparator, word(kind, Field::Comparator, "at_most"));
            let hours = 4_i64 << at;
            target.set(Field::TargetValue, Value::Decimal(Decimal { millionths: hours * 3_600_000_000 }));
            target.set(Field::TargetUnit, word(kind, Field::TargetUnit, "business_seconds"));
            target.set(Field::Calendar, Value::Text("calendar.c".into()));
            rows.push(held(format!("register/records/agreement.{party}.target.{priority}"), &target));
        }
    }
    rows.extend((0..RECORDS).map(|number| held(format!("acme/incident/{number}"), &incident(number.into()))));
    rows
}

fn incident(number: i64) -> Record {
    let kind = Kind::Incident;
    let opened = number * 7 % 500_000;
    let step = 37 + number % 311;
    let mut record = Record::new(kind);
    let party = ["acme", "kumo", "nordlicht"][usize::try_from(number % 3).unwrap_or_default()];
    record.set(Field::OwnerParty, Value::Party(Slug::of(party)));
    record.set(Field::AssigneeParty, Value::Party(Slug::of(party)));
    record.set(
        Field::Priority,
        word(kind, Field::Priority, ["P1", "P2", "P3", "P4", "P5"][usize::try_from(number % 5).unwrap_or_default()]),
    );
    record.set(Field::State, Value::Word("resolved"));
    record.set(Field::OpenedAt, moment(opened));
    record.set(Field::ResolvedAt, moment(opened + 4 * step));
    let course = [
        (0, Field::State, "new"),
        (1, Field::State, "in_progress"),
        (2, Field::State, "on_hold"),
        (2, Field::HoldReason, "awaiting_customer"),
        (4, Field::State, "resolved"),
    ];
    for (steps, field, to) in course {
        record.history.push(Transition {
            field,
            from: Reading::Missing,
            to: word(kind, field, to).into(),
            from_native: None,
            to_native: None,
            occurred_at: moment(opened + steps * step).into(),
            recorded_at: Reading::Missing,
            actor_kind: ActorKind::Unknown,
            actor: None,
            precision: Precision::Exact,
            row: None,
            confidence: None,
            proof: None,
        });
    }
    record
}
