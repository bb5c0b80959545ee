//! `kill -9` at random moments of a sync, again and again until it is complete.
//!
//! `COUNTERFOIL_KILLS` and `COUNTERFOIL_KILL_RECORDS` make it as long as one likes.

use crate::dice::{Dice, number};
use crate::ledger::{self, Told, events};
use crate::program::Desk;
use counterfoil_gym::bulk;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

const SEED: u64 = 9;
const BYTES_PER_RECORD: usize = 1_000;
const CONFIG: &str = r#"
[connector.bulk]
type = "file"
path = "incidents.jsonl"
key = "sys_id"
version = "sys_updated_on"
zone = "UTC"
mapping = "servicenow/incident"
party = "acme"

[party.acme]
name = "Acme Networks Ltd"
role = "external_supplier"
"#;

#[test]
fn kill_9_at_random_moments_loses_and_doubles_nothing() {
    let kills = number("COUNTERFOIL_KILLS").unwrap_or(8);
    let records = number("COUNTERFOIL_KILL_RECORDS").unwrap_or(6_000);
    let mut dice = Dice::seeded(1);
    let mut lines = Vec::new();
    bulk::jsonl(SEED, records, &mut lines, BYTES_PER_RECORD).unwrap();

    // One sync that nobody disturbs: what the ledger has to be, and how long it takes.
    let undisturbed = Desk::with_config(CONFIG);
    undisturbed.write("incidents.jsonl", &lines);
    let began = Instant::now();
    undisturbed.ends(0, &["sync"]);
    let whole = began.elapsed();
    let began = Instant::now();
    let pass = ledger::status(&undisturbed)["streams"][0]["last_pass"].clone();
    let start = began.elapsed();
    let moment = |name: &str| pass[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    let pulling = moment("ended").duration_since(moment("started")).unsigned_abs();
    let times = Times { start, pulling, whole };

    let disturbed = Desk::with_config(CONFIG);
    disturbed.write("incidents.jsonl", &lines);
    drop(lines);
    let began = Instant::now();
    let killed = kill_until_complete(&disturbed, records, kills, times, &mut dice);
    let took = began.elapsed();
    let middle = killed.committed.iter().filter(|committed| **committed < records).count() as u64;
    println!(
        "{records} records; undisturbed: {times:?}; {} kills hit a running sync, {middle} of them before all records were \
         committed; {} starts, {took:.2?} until it was complete; committed after each kill: {:?}",
        killed.committed.len(),
        killed.starts,
        killed.committed,
    );
    assert_eq!(killed.committed.len() as u64, kills);
    assert!(middle * 4 >= kills, "most kills came too late: {killed:?}");

    let status = ledger::status(&disturbed);
    assert_eq!(status["total"]["held"], records);
    assert_eq!(status["total"]["committed"], records);
    ledger::is_whole(&disturbed);
    is_what_the_oracle_says(&events(&disturbed), records);
    same_events(&undisturbed, &disturbed);
    // How fresh a record was when it was seen depends on when that was.
    let is_of_the_data = |figure: &Value| figure["id"] != "DQ-03" && figure["id"] != "DQ-04";
    let figures = |desk: &Desk| -> Vec<Value> {
        desk.json(&["kpi"]).as_array().unwrap().iter().filter(|figure| is_of_the_data(figure)).cloned().collect()
    };
    assert_eq!(figures(&disturbed), figures(&undisturbed));
}

/// How long things take when nobody disturbs them.
#[derive(Debug, Clone, Copy)]
struct Times {
    /// Until the ledger is open.
    start: Duration,
    /// From the first page to the last commit.
    pulling: Duration,
    /// The whole sync, with the read model.
    whole: Duration,
}

#[derive(Debug, Default)]
struct Killed {
    /// How many syncs were started.
    starts: u64,
    /// Records that the ledger held after each kill.
    committed: Vec<u64>,
}

/// Kills syncs of the same ledger until so many were hit while they ran, and then lets one end. Every tenth time the whole
/// ledger is verified in between.
fn kill_until_complete(desk: &Desk, records: u64, kills: u64, times: Times, dice: &mut Dice) -> Killed {
    let mut killed = Killed::default();
    while (killed.committed.len() as u64) < kills {
        let left = records - killed.committed.last().unwrap_or(&0);
        // On the average a sync gets a share of what is left, so that the kills fall from the beginning to the end; once
        // everything is committed, they fall anywhere.
        let share = times
            .pulling
            .mul_f64(2.0 * left as f64 / records as f64)
            .div_f64((kills + 1) as f64 - killed.committed.len() as f64);
        let bound = if left == 0 { times.whole } else { times.start.mul_f64(1.5) + share };
        let moment = Duration::from_micros(dice.below(u64::try_from(bound.as_micros()).unwrap()));
        let mut child = desk.command(&["sync"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        killed.starts += 1;
        // No waiting for something: this is the random moment itself.
        std::thread::sleep(moment);
        child.kill().unwrap();
        let status = child.wait().unwrap();
        if let Some(code) = status.code() {
            assert_eq!(code, 0, "a sync that ended before it was killed");
            continue;
        }
        let status = ledger::status(desk);
        let committed = status["total"]["committed"].as_u64().unwrap();
        // What was committed before stays, and nothing is counted twice.
        assert!(committed >= *killed.committed.last().unwrap_or(&0) && committed <= records, "{status}");
        assert_eq!(status["total"]["held"], committed);
        killed.committed.push(committed);
        if killed.committed.len().is_multiple_of(10) {
            desk.ends(0, &["ledger", "verify"]);
        }
    }
    killed.starts += 1;
    desk.ends(0, &["sync"]);
    killed
}

fn is_what_the_oracle_says(events: &[Told], records: u64) {
    let held: BTreeMap<&str, &Told> = events.iter().map(|told| (told.record.as_str(), told)).collect();
    assert_eq!((events.len() as u64, held.len() as u64), (records, records));
    for truth in bulk::records(SEED, records) {
        let id = format!("bulk/records/{}", truth.sys_id());
        let told = held.get(id.as_str()).unwrap_or_else(|| panic!("{id} is missing"));
        let record = told.record();
        let moment = |name: &str| record[name].as_str().map(|text| text.parse::<Timestamp>().unwrap().as_second());
        assert_eq!(told.version, 1, "{id}");
        assert_eq!(record["native_key"], truth.number(), "{id}");
        assert_eq!(record["state"], truth.state(), "{id}");
        assert_eq!(moment("opened_at"), Some(truth.opened_secs), "{id}");
        assert_eq!(moment("resolved_at"), truth.resolved_secs, "{id}");
        assert_eq!(moment("closed_at"), truth.closed_secs, "{id}");
    }
}

/// The same ids with the same content, as if nothing had happened.
fn same_events(undisturbed: &Desk, disturbed: &Desk) {
    let sorted = |desk: &Desk| {
        let mut all = events(desk);
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    };
    let (undisturbed, disturbed) = (sorted(undisturbed), sorted(disturbed));
    assert_eq!(disturbed.len(), undisturbed.len());
    for (undisturbed, disturbed) in undisturbed.iter().zip(&disturbed) {
        assert_eq!(disturbed, undisturbed);
    }
}
