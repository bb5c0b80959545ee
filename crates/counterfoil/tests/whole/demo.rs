//! The demo estate, against the oracle that knows what truly happened in it.

use crate::judge::*;
use crate::ledger::{self, events, heads};
use crate::program::{Desk, PATIENCE};
use counterfoil_gym::{
    BY_MAIL, Book, Demo, HoldReason, Oracle, Scale, State, Told, TrueRecord, Verdict, World, jira, servicenow,
};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
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

/// A text to forward: who is told apart, who is not and why, and what the files of one supplier do not allow to say.
#[test]
fn suppliers_are_put_side_by_side_and_only_what_holds_is_said() {
    let demo = demo();
    demo.ends(0, &["up", "--once"]);
    let reader = reader(&demo).variable("COLUMNS", "110");
    let all = "--peers=acme,kumo,nordlicht,tarn";
    let told =
        reader.ends(0, &["suppliers", "INC-06", "INC-09", "INC-12", all, "--clocks-agreed", "--target=INC-06=90"]);
    insta::assert_snapshot!(told.out);
    // Without an agreement about the clocks, and without peers, nobody is better than anybody.
    let strict = reader.ends(0, &["suppliers", "INC-06", all]).out;
    assert!(!strict.contains("is better than") && strict.contains("the tool's own clock"), "{strict}");
    let strangers = reader.ends(0, &["suppliers", "--clocks-agreed"]).out;
    assert!(!strangers.contains("is better than") && strangers.contains("nobody has declared"), "{strangers}");
    let refused = reader.ends(2, &["suppliers", "--peers=acme"]);
    assert!(refused.err.contains("--peers acme,umbra"), "{}", refused.err);
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
    for oddity in [
        "gap         nordlicht: sys_journal_field",
        "access gap ",
        "gap         tarn: resolution",
        "noted       acme: state in 3 records",
        "noted       tarn: state in 3 records",
        "drift       acme: mapping::choice-unmapped",
        "drift       tarn: mapping::choice-unmapped",
        "drift       tarn: mapping::field-ambiguous",
    ] {
        assert!(told.contains(oddity), "{oddity}\n{told}");
    }
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

/// Parties whose figures are judged elsewhere: the supplier that has mail only, and the vendors of two providers, of whom
/// there are contracts and items in their ServiceNow, and no incident.
const BESIDE: [&str; 5] =
    [BY_MAIL, "copperfield-hardware", "datenband-ag", "fjordline-carrier", "rechenwerk-kiel-gmbh"];

/// What truly happened, and how the demo's providers tell it.
struct Truth {
    oracle: Oracle,
    demo: Demo,
    /// Of all providers, as they are told.
    records: Vec<TrueRecord>,
    /// What the clock of tarn's service desk says, by key; `None` while it runs.
    verdicts: BTreeMap<String, Option<bool>>,
}

impl Truth {
    fn new() -> Self {
        let world = World::generate(SEED, Scale::default());
        let demo = Demo::of(&world, "password");
        let oracle = Oracle::with_estate(&world, &demo.estate);
        let incidents: Vec<_> = demo.servicenow.iter().map(|one| (one.provider, one.instance.oracle())).collect();
        let issues: Vec<_> = demo.jira.iter().map(|one| (one.provider, one.instance.oracle())).collect();
        let mut verdicts = BTreeMap::new();
        let mut records = oracle.records.clone();
        for (told, incident) in records.iter_mut().zip(&world.incidents) {
            if let Some((_, instance)) = incidents.iter().find(|(provider, _)| *provider == told.provider) {
                told_by_servicenow(told, instance);
            }
            if let Some((_, site)) = issues.iter().find(|(provider, _)| *provider == told.provider) {
                let verdict = verdict(&told.history, incident.target_secs);
                told_by_jira(told, site, verdict);
                verdicts.insert(told.number.clone(), verdict);
            }
        }
        Self { oracle, demo, records, verdicts }
    }

    fn is_held(&self, desk: &Desk) {
        columns_are_as_expected(&self.demo.estate.expected, desk);
        let of_files = |book: Option<Book>| matches!(book, Some(Book::KumoSheets | Book::KumoBacklog));
        let files: Vec<TrueRecord> = self.records.iter().filter(|truth| of_files(truth.book)).cloned().collect();
        records_are_as_they_truly_are(&files, desk);
        self.instances_are_held(desk);
        self.sites_are_held(desk);
        self.mails_are_held(desk);
        figures_are_true(&self.records, self.oracle.now, &BESIDE, desk);
        quarantine_is_as_expected(&self.oracle.problems, desk);
    }

    /// Every mail by the hash of its bytes, and every ticket of the supplier that has mail only: its key, the state that it is
    /// in, and how many there are in the figures.
    fn mails_are_held(&self, desk: &Desk) {
        let events = events(desk);
        let heads = heads(&events);
        let truth = &self.demo.mail.truth;
        let of = |stream: &str| {
            let prefix = format!("{BY_MAIL}/{stream}/");
            heads
                .iter()
                .filter(move |(id, _)| id.starts_with(&prefix))
                .map(|(_, head)| head.record())
                .collect::<Vec<_>>()
        };
        assert_eq!(of("mails").len(), truth.mails.len(), "mails");
        let tickets: Vec<Value> =
            of("conversations").into_iter().filter(|record| record["kind"] == "incident").collect();
        assert_eq!(tickets.len(), truth.tickets.len(), "tickets");
        for told in &truth.tickets {
            let key = told.key.as_deref().expect("this supplier numbers its tickets");
            let found = tickets.iter().find(|record| record["native_key"] == key);
            let record = found.unwrap_or_else(|| panic!("{key} is not held"));
            let (_, state, _) = told.states.last().expect("a ticket has a state");
            assert!(state.is(record["state_native"].as_str().unwrap_or_default()), "{key}: {state:?}, {record}");
            assert_eq!(record["owner_party"], BY_MAIL, "{key}");
        }
        let to = self.oracle.now.to_string();
        let figures = desk.json(&["kpi", "--by", "party", "--to", &to]);
        let of_party = |figure: &&Value| figure["id"] == "INC-01" && figure["group"] == BY_MAIL;
        let figure = figures.as_array().unwrap().iter().find(of_party).expect("there is a figure of it");
        assert_eq!(figure["value"].as_f64(), Some(truth.tickets.len() as f64), "{figure}");
    }

    /// Every incident that an account may see, and no other, as it truly is and with its whole history.
    fn instances_are_held(&self, desk: &Desk) {
        let events = events(desk);
        let heads = heads(&events);
        for served in &self.demo.servicenow {
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
    }

    /// Every issue, as it truly is and with its whole history; moved ones under their new key, requests as requests.
    fn sites_are_held(&self, desk: &Desk) {
        let events = events(desk);
        let heads = heads(&events);
        for served in &self.demo.jira {
            let prefix = format!("{}/issue/", served.name);
            let truth = served.instance.oracle();
            assert_eq!(heads.keys().filter(|id| id.starts_with(&prefix)).count(), truth.issues.len());
            let mut approvals: BTreeMap<String, u32> = BTreeMap::new();
            for issue in truth.issues.values() {
                let id = format!("{prefix}{}", issue.id);
                let record = heads.get(id.as_str()).unwrap_or_else(|| panic!("{id} is not held")).record();
                assert_eq!(record["native_key"], issue.key.as_str(), "{id}");
                assert_eq!(record["owner_party"], served.name, "{id}");
                let Some(told) = self.records.iter().find(|told| told.number == issue.key) else {
                    assert_eq!(record["kind"], "service_request", "{id}");
                    *approvals.entry(record["approval_state"].as_str().unwrap_or("none").to_owned()).or_default() += 1;
                    continue;
                };
                assert_eq!(record["kind"], "incident", "{id}");
                if told.told == Told::Truly {
                    record_is_apart_from_verdicts(told, &record, &id);
                    assert_eq!(record["assignee_group"].as_str(), told.group, "{id}");
                    assert_eq!(states(&record), told.history, "{id}");
                    assert_eq!(record["resolution_target_met"].as_bool(), self.verdicts[&issue.key], "{id}");
                    // `Pending` does not say for what.
                    let reason =
                        told.hold.map(|hold| if hold == HoldReason::Customer { hold.word() } else { "unknown" });
                    assert_eq!(record["hold_reason"].as_str(), reason, "{id}");
                }
            }
            let expected = [("approved", 2), ("none", 2), ("pending", 1), ("rejected", 1)];
            assert_eq!(approvals, expected.map(|(word, count)| (word.to_owned(), count)).into());
        }
    }
}

fn told_by_servicenow(told: &mut TrueRecord, instance: &servicenow::Truth) {
    told.told = match instance.incidents.values().find(|incident| incident.number == told.number) {
        None => Told::Hidden("access-gap"),
        Some(incident) if incident.columns["state"] == "10" => Told::Damaged("status-unmapped"),
        Some(_) => Told::Truly,
    };
    // ServiceNow has no state for it.
    if told.state == State::Assigned {
        told.state = State::New;
    }
}

fn told_by_jira(told: &mut TrueRecord, site: &jira::Truth, verdict: Option<bool>) {
    let is_it =
        |issue: &&jira::TrueIssue| issue.fields.get("customfield_10052").is_some_and(|number| *number == told.number);
    let issue = site.issues.values().find(is_it).unwrap();
    told.number.clone_from(&issue.key);
    told.updated = issue.updated;
    told.told = if issue.status == "10900" { Told::Damaged("status-unmapped") } else { Told::Truly };
    told.verdict = match (told.state, verdict) {
        (State::Cancelled, _) => Verdict::Cancelled,
        (state, Some(met)) if !state.is_open() => {
            if met {
                Verdict::Met
            } else {
                Verdict::Breached
            }
        }
        // It is not at its end.
        (_, _) => Verdict::Running,
    };
}

/// What a clock says that stands while an incident is on hold: none while it runs, of several cycles the last.
fn verdict(history: &[(Timestamp, State)], target_secs: i64) -> Option<bool> {
    let (mut secs, mut met) = (None, Vec::new());
    for (at, (since, state)) in history.iter().enumerate() {
        match state {
            State::Resolved | State::Closed | State::Cancelled => {
                met.extend(secs.take().map(|secs: i64| secs <= target_secs))
            }
            State::OnHold => drop(secs.get_or_insert(0)),
            State::New | State::Assigned | State::InProgress => {
                let until = history.get(at + 1).map_or(*since, |(next, _)| *next);
                *secs.get_or_insert(0) += until.as_second() - since.as_second();
            }
        }
    }
    match (secs, met.as_slice()) {
        (None, [.., met]) => Some(*met),
        _ => None,
    }
}
