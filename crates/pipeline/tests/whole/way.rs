//! The way of a record through passes: columns, versions, histories, what is set aside, what dies in the middle.

use crate::support::*;
use counterfoil_model::{Field, Precision, Value};
use counterfoil_pipeline::{Outcome, Tally, remap, retry_set_aside, verify_replay};
use counterfoil_record::Page;
use counterfoil_wire::{decode_event, decode_record};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn record_of(ledger: &MemoryLedger, id: &str) -> counterfoil_model::Record {
    let all = ledger.all();
    let newest = all.iter().rev().find(|version| version.id.as_str() == id).expect("the record is held");
    decode_record(decode_event(&newest.event.body).unwrap().record_json).unwrap()
}

#[tokio::test]
async fn everything_pulled_stands_in_one_column_and_a_second_pass_emits_nothing() {
    let mut script = Script::new(vec![
        vec![snapshot("INC1", "New", 1), snapshot("INC2", "Parked", 2)],
        vec![raw("INC3", "", counterfoil_record::Form::Snapshot, r#"{"number":"INC3","state":"New"}"#)],
    ]);
    script.pages[1].unreadable.push(unreadable(";;;"));
    let ledger = Arc::new(MemoryLedger::default());
    let source = source(script, MAPPING);

    let first = pass(&source, &ledger).await.unwrap();
    assert_eq!(first.tally, Tally { pulled: 4, committed: 2, quarantined: 1, unreadable: 1, ..Tally::default() });
    assert_eq!(first.outcome, Outcome::Complete);
    assert!(first.noted.iter().any(|noted| noted.raw == "Parked" && noted.records == 1), "{:?}", first.noted);
    assert_eq!(ledger.all().len(), 2);
    assert_eq!(ledger.state.lock().unwrap().aside.len(), 2);

    // The position stands at the end: nothing is pulled, nothing is made.
    let second = pass(&source, &ledger).await.unwrap();
    assert_eq!(second.tally, Tally::default());
    assert_eq!(second.noted, first.noted, "what was noted about held records stays in view");
    // From the beginning again: everything is known.
    ledger.state.lock().unwrap().streams.values_mut().for_each(|state| state.position = Default::default());
    let third = pass(&source, &ledger).await.unwrap();
    assert_eq!(third.tally, Tally { pulled: 4, unchanged: 2, quarantined: 1, unreadable: 1, ..Tally::default() });
    assert_eq!(ledger.all().len(), 2);
    assert_eq!(ledger.state.lock().unwrap().aside.len(), 2, "set aside once, however often it comes");
}

#[tokio::test]
async fn snapshots_make_a_polled_history_and_older_ones_change_nothing() {
    let script = Script::new(vec![
        vec![snapshot("INC1", "New", 1), snapshot("INC1", "Active", 2)],
        vec![snapshot("INC1", "Resolved", 4)],
        vec![snapshot("INC1", "Active", 3)],
    ]);
    let ledger = Arc::new(MemoryLedger::default());
    let report = pass(&source(script, MAPPING), &ledger).await.unwrap();
    assert_eq!(report.tally, Tally { pulled: 4, committed: 3, unchanged: 1, ..Tally::default() });
    assert_eq!(report.stale, 1);
    let record = record_of(&ledger, "script/records/INC1");
    let states: Vec<_> = record.history.iter().map(|transition| transition.to.known().cloned()).collect();
    assert_eq!(states, [Some(Value::Word("in_progress")), Some(Value::Word("resolved"))]);
    assert!(record.history.iter().all(|transition| transition.precision == Precision::Poll));
    let keys: Vec<_> = ledger.all().into_iter().map(|version| version.event.routing_key).collect();
    assert_eq!(keys, ["incident.opened.unknown", "incident.updated.unknown", "incident.resolved.unknown"]);
}

#[tokio::test]
async fn rows_of_a_log_are_a_union_over_pulls() {
    let pieces = Script::new(vec![
        vec![log("INC1", &[(2, "Active")])],
        vec![log("INC1", &[(1, "New"), (2, "Active")])],
        vec![log("INC1", &[(3, "Resolved")])],
    ]);
    let whole = Script::new(vec![vec![log("INC1", &[(1, "New"), (2, "Active"), (3, "Resolved")])]]);
    let (one, other) = (Arc::new(MemoryLedger::default()), Arc::new(MemoryLedger::default()));
    pass(&source(pieces, LOG_MAPPING), &one).await.unwrap();
    pass(&source(whole, LOG_MAPPING), &other).await.unwrap();
    let id = "script/records/INC1";
    assert_eq!(record_of(&one, id), record_of(&other, id));
    assert_eq!(record_of(&one, id).history.iter().filter(|change| change.field == Field::State).count(), 3);
    assert_eq!(one.all().last().unwrap().raw, other.all().last().unwrap().raw);
}

#[tokio::test]
async fn a_mended_mapping_releases_what_was_quarantined() {
    let bad = raw(
        "INC9",
        "",
        counterfoil_record::Form::Snapshot,
        r#"{"number":"INC9","state":"New","reported":"2026-06-01T08:00:00Z"}"#,
    );
    let ledger = Arc::new(MemoryLedger::default());
    pass(&source(Script::new(vec![vec![bad]]), MAPPING), &ledger).await.unwrap();
    assert_eq!(ledger.all().len(), 0);
    let mended = mappings(&MAPPING.replace(r#""/opened_at""#, r#"["/opened_at", "/reported"]"#));
    let now = jiff::Timestamp::UNIX_EPOCH;
    let still = retry_set_aside(ledger.as_ref(), "script", STREAM, &mappings(MAPPING), &|_| true, now).unwrap();
    assert_eq!(still.tally, Tally { pulled: 1, quarantined: 1, ..Tally::default() });
    let report = retry_set_aside(ledger.as_ref(), "script", STREAM, &mended, &|_| true, now).unwrap();
    assert_eq!(report.tally, Tally { pulled: 1, committed: 1, ..Tally::default() });
    assert!(ledger.state.lock().unwrap().aside.is_empty());
    assert_eq!(verify_replay(ledger.as_ref(), &mut |_| {}).unwrap().different, Vec::<String>::new());
}

#[tokio::test]
async fn a_changed_mapping_makes_new_versions_and_replay_still_proves_all() {
    let script = Script::new(vec![
        vec![snapshot("INC1", "New", 1), snapshot("INC2", "Parked", 1)],
        vec![snapshot("INC1", "Active", 2)],
    ]);
    let ledger = Arc::new(MemoryLedger::default());
    pass(&source(script, MAPPING), &ledger).await.unwrap();
    let changed = mappings(&format!("{MAPPING}\"Parked\" = \"on_hold\"\n"));
    let report = remap(ledger.as_ref(), "script", STREAM, &changed, jiff::Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(report.tally, Tally { pulled: 2, committed: 1, unchanged: 1, ..Tally::default() });
    let replayed = verify_replay(ledger.as_ref(), &mut |_| {}).unwrap();
    assert_eq!((replayed.versions, replayed.identical, replayed.different), (4, 4, Vec::new()));
    let again = remap(ledger.as_ref(), "script", STREAM, &changed, jiff::Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(again.tally, Tally { pulled: 2, unchanged: 2, ..Tally::default() });
}

/// A source of `pages` pages with versions of a few records, some set aside.
fn busy_script(pages: usize) -> Script {
    let states = ["New", "Active", "Parked", "Resolved", "Closed"];
    let mut script = Script::new(Vec::new());
    for at in 0..pages {
        let day = at as u8 + 1;
        let records = (0..4).map(|n| snapshot(&format!("INC{n}"), states[(at + n) % states.len()], day)).collect();
        let mut page = Page { records, ..Page::default() };
        if at % 3 == 1 {
            page.unreadable.push(unreadable(&format!("broken {at}")));
        }
        script.pages.push(page);
    }
    script
}

fn fingerprint(ledger: &MemoryLedger) -> Vec<(String, String, u64)> {
    ledger.all().into_iter().map(|version| (version.event.id, version.id.to_string(), version.version)).collect()
}

#[test]
fn a_death_at_any_commit_loses_nothing_and_doubles_nothing() {
    const PAGES: usize = 7;
    let runtime = runtime();
    let untouched = Arc::new(MemoryLedger::default());
    runtime.block_on(pass(&source(busy_script(PAGES), MAPPING), &untouched)).unwrap();
    let expected = fingerprint(&untouched);
    let mut deaths = 0;
    for nth in 1..=PAGES {
        for death in [Death::Before(nth), Death::After(nth)] {
            let ledger = Arc::new(MemoryLedger { death: Some(death).into(), ..MemoryLedger::default() });
            let source = source(busy_script(PAGES), MAPPING);
            runtime.block_on(pass(&source, &ledger)).expect_err("the ledger died");
            deaths += 1;
            let ledger = ledger.reopened(None);
            runtime.block_on(pass(&source, &ledger)).unwrap();
            assert_eq!(fingerprint(&ledger), expected, "{death:?}");
            let total = ledger.stream("script", STREAM).unwrap().total;
            assert_eq!(total, untouched.stream("script", STREAM).unwrap().total, "{death:?}");
            assert_eq!(ledger.state.lock().unwrap().aside.len(), untouched.state.lock().unwrap().aside.len());
        }
    }
    assert_eq!(deaths, 2 * PAGES, "a death that never came proves nothing");
}

impl MemoryLedger {
    fn stream(&self, instance: &str, stream: &str) -> Option<counterfoil_pipeline::ports::StreamState> {
        counterfoil_pipeline::ports::Ledger::stream(self, instance, stream).ok()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// However rows are spread over pulls and repeated, the log that is held is the same.
    #[test]
    fn any_spread_of_rows_gives_the_same_record(
        days in proptest::collection::btree_set(1_u8..28, 1..12),
        spread in proptest::collection::vec((0_usize..12, 0_usize..5), 1..40),
    ) {
        let states = ["New", "Active", "Resolved"];
        let days: Vec<u8> = days.into_iter().collect();
        let row = |day: u8| (day, states[usize::from(day) % states.len()]);
        let mut pulls: BTreeMap<usize, Vec<(u8, &str)>> = BTreeMap::new();
        for (at, pull) in spread {
            pulls.entry(pull).or_default().push(row(days[at % days.len()]));
        }
        pulls.entry(5).or_default().extend(days.iter().rev().map(|day| row(*day)));
        let pieces = pulls.into_values().map(|mut rows| { rows.sort_unstable(); rows.dedup(); vec![log("INC1", &rows)] }).collect();
        let whole: Vec<(u8, &str)> = days.iter().map(|day| row(*day)).collect();

        let runtime = runtime();
        let (one, other) = (Arc::new(MemoryLedger::default()), Arc::new(MemoryLedger::default()));
        runtime.block_on(pass(&source(Script::new(pieces), LOG_MAPPING), &one)).unwrap();
        runtime.block_on(pass(&source(Script::new(vec![vec![log("INC1", &whole)]]), LOG_MAPPING), &other)).unwrap();
        prop_assert_eq!(record_of(&one, "script/records/INC1"), record_of(&other, "script/records/INC1"));
        let ids: BTreeSet<String> = one.all().into_iter().map(|version| version.event.id).collect();
        prop_assert_eq!(ids.len(), one.all().len(), "event ids are unique");
    }
}
