//! The demo estate, against the oracle that knows what truly happened in it.

use crate::judge::*;
use crate::ledger::{self, events, heads};
use crate::program::{Desk, PATIENCE};
use counterfoil_gym::{Book, Demo, Oracle, Provider, Scale, State, Told, TrueRecord, World};
use std::time::Duration;

/// The seed of `counterfoil up`.
const SEED: u64 = 20_000;

/// A desk without a configuration: `up` makes the demo estate in its data folder.
fn demo() -> Desk {
    Desk::empty().option("--data-dir=demo")
}

/// A desk that reads the estate which another one made.
fn reader(demo: &Desk) -> Desk {
    let config = demo.path("demo/counterfoil.toml");
    let data = demo.path("demo");
    Desk::empty().option(format!("--config={}", config.display())).option(format!("--data-dir={}", data.display()))
}

#[test]
fn the_demo_ends_in_the_ledger_as_it_truly_is() {
    let truth = Truth::new();
    let demo = demo();
    let first = demo.ends(0, &["up", "--once"]);
    println!("{}", first.out);
    let reader = reader(&demo);
    truth.is_held(&reader);
    for problem in &truth.oracle.problems {
        is_told(problem, &first.out, &reader);
    }
    let told = first.out.split("problems with the data:").nth(1).unwrap();
    for oddity in
        ["gap         nordlicht: sys_journal_field", "access gap ", "drift       acme: mapping::choice-unmapped"]
    {
        assert!(told.contains(oddity), "{oddity}");
    }
    assert!(told.contains("noted       acme: state in 3 records"), "{told}");
    ledger::is_whole(&reader);

    // A second start finds nothing new, says the same of the data, and emits nothing.
    let before = reader.ends(0, &["events", "--json"]).out;
    let second = demo.ends(0, &["up", "--once"]);
    assert_eq!(reader.ends(0, &["events", "--json"]).out, before);
    assert_eq!(second.out.split("problems with the data:").nth(1), Some(told));
    truth.is_held(&reader);
    // Its instances run in whatever process reads them.
    let synced = reader.run(&["sync"]);
    assert_eq!(synced.code, 10, "{}", synced.err);
    assert_eq!(reader.ends(0, &["events", "--json"]).out, before);
}

#[test]
fn up_answers_others_while_it_runs_and_stops_when_asked() {
    let truth = Truth::new();
    for signal in ["INT", "TERM"] {
        let demo = demo();
        let mut up = demo.start(&["up"]);
        up.until("Ctrl-C stops.");
        let reader = reader(&demo);
        truth.is_held(&reader);
        assert_eq!(reader.json(&["explain", "KU-20000"])["record"]["native_key"], "KU-20000");
        assert!(reader.ends(0, &["explain", "INC-06"]).out.contains("Resolved within target"));
        let told = events(&reader);
        assert!(!told.is_empty());
        // What only one process may do is refused, with the next step.
        for command in [&["sync"][..], &["replay"], &["up", "--once"]] {
            let refused = reader.ends(6, command);
            assert!(refused.err.contains(" is open in process "), "{}", refused.err);
            assert!(command[0] == "up" || refused.err.contains("help: stop it first"), "{}", refused.err);
        }
        up.signal(signal);
        let (status, said, took) = up.end();
        assert_eq!(status.code(), Some(0), "{said}");
        assert!(took < Duration::from_secs(5), "it took {took:?} to stop");
        assert!(said.contains("everything pulled so far is in the ledger"), "{said}");
        assert!(!demo.path("demo/up.sock").exists());
        // Everything is there for the next process, and nothing more.
        assert_eq!(events(&reader), told);
    }
}

#[test]
fn up_stops_in_the_middle_of_its_first_pass_and_the_next_start_goes_on() {
    let truth = Truth::new();
    let demo = demo();
    let mut up = demo.start(&["up"]);
    up.until("committed");
    up.signal("INT");
    let (status, said, took) = up.end();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(took < Duration::from_secs(5), "it took {took:?} to stop");
    let reader = reader(&demo);
    let begun = events(&reader);
    demo.ends(0, &["up", "--once"]);
    let done = events(&reader);
    assert!(begun.len() < done.len(), "{} of {} events were there when it stopped", begun.len(), done.len());
    assert_eq!(done[..begun.len()], begun);
    truth.is_held(&reader);
    ledger::is_whole(&reader);
}

#[test]
fn events_are_followed_while_they_happen() {
    let demo = demo();
    let mut up = demo.start(&["up"]);
    up.until("committed");
    let reader = reader(&demo);
    let mut follower = reader.start(&["events", "--follow", "--json"]);
    follower.until("\"sequence\":\"00000000000000000001\"");
    up.until("Ctrl-C stops.");
    // The last export of the estate arrives last.
    follower.until("\"container\":\"2026-06.xlsx");
    up.signal("INT");
    let (status, said, _) = up.end();
    assert_eq!(status.code(), Some(0), "{said}");
    // It ends with the process that answered it.
    let (_, _, took) = follower.end();
    assert!(took < PATIENCE);
}

/// What truly happened, and how the demo's providers tell it.
struct Truth {
    oracle: Oracle,
    demo: Demo,
    /// Of all providers, as they are told.
    records: Vec<TrueRecord>,
}

impl Truth {
    fn new() -> Self {
        let world = World::generate(SEED, Scale::default());
        let demo = Demo::of(&world, "password");
        let oracle = Oracle::with_estate(&world, &demo.estate);
        let served: Vec<_> = demo.served.iter().map(|served| (served.provider, served.instance.oracle())).collect();
        let as_told = |truth: &TrueRecord| {
            let mut told = truth.clone();
            let Some((_, instance)) = served.iter().find(|(provider, _)| *provider == truth.provider) else {
                return told;
            };
            told.told = match instance.incidents.values().find(|incident| incident.number == truth.number) {
                None => Told::Hidden("access-gap"),
                Some(incident) if incident.columns["state"] == "10" => Told::Damaged("status-unmapped"),
                Some(_) => Told::Truly,
            };
            // ServiceNow has no state for it.
            if told.state == State::Assigned {
                told.state = State::New;
            }
            told
        };
        let records = oracle.records.iter().map(as_told).collect();
        Self { oracle, demo, records }
    }

    fn is_held(&self, desk: &Desk) {
        columns_are_as_expected(&self.demo.estate.expected, desk);
        let of_files = |book: Book| matches!(book, Book::KumoSheets | Book::KumoBacklog);
        let files: Vec<TrueRecord> = self.records.iter().filter(|truth| of_files(truth.book)).cloned().collect();
        records_are_as_they_truly_are(&files, desk);
        self.instances_are_held(desk);
        figures_are_true(&self.records, self.oracle.now, desk);
        quarantine_is_as_expected(&self.oracle.problems, desk);
    }

    /// Every incident that an account may see, and no other, as it truly is and with its whole history.
    fn instances_are_held(&self, desk: &Desk) {
        let events = events(desk);
        let heads = heads(&events);
        for served in &self.demo.served {
            let prefix = format!("{}/incident/", served.name);
            let truth = served.instance.oracle();
            assert_eq!(heads.keys().filter(|id| id.starts_with(&prefix)).count(), truth.incidents.len());
            for incident in truth.incidents.values() {
                let id = format!("{prefix}{}", incident.sys_id);
                let record = heads.get(id.as_str()).unwrap_or_else(|| panic!("{id} is not held")).record();
                let told = self.records.iter().find(|told| told.number == incident.number).unwrap();
                if told.told == Told::Truly {
                    record_is(told, &record, &id);
                    assert_eq!(states(&record).last().map(|(_, state)| *state), Some(told.state), "{id}");
                    let changes: Vec<&str> = incident
                        .changes
                        .iter()
                        .filter(|change| change.column == "state")
                        .map(|change| change.new.as_str())
                        .collect();
                    assert_eq!(states(&record).len(), changes.len(), "{id}: {changes:?}");
                }
                assert_eq!(record["owner_party"], served.name, "{id}");
            }
        }
        assert!(self.demo.served.iter().all(|served| served.provider != Provider::Kumo));
    }
}
