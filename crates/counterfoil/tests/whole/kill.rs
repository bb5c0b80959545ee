//! `kill -9` at random moments of a sync, again and again until it is complete.
//!
//! `COUNTERFOIL_KILLS` and `COUNTERFOIL_KILL_RECORDS` make it as long as one likes.

use crate::dice::{Dice, number};
use crate::ledger::{self, Told, events};
use crate::program::Desk;
use counterfoil_gym::bulk;
use jiff::Timestamp;
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
    let kills = number("COUNTERFOIL_KILLS").unwrap_or(6);
    let records = number("COUNTERFOIL_KILL_RECORDS").unwrap_or(3_000);
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
    undisturbed.ends(0, &["status"]);
    let start = began.elapsed();

    let disturbed = Desk::with_config(CONFIG);
    disturbed.write("incidents.jsonl", &lines);
    drop(lines);
    let began = Instant::now();
    let killed = kill_until_complete(&disturbed, kills, start, whole, &mut dice);
    println!(
        "{records} records; undisturbed {whole:.2?}, of which {start:.2?} for the start; {} kills hit a running sync, {} \
         of them before it was complete, {} restarts, {:.2?} in all; events held at the kills: {:?}",
        killed.hits,
        killed.before_complete,
        killed.restarts,
        began.elapsed(),
        killed.held,
    );
    assert_eq!(killed.hits, kills);
    assert!(killed.before_complete * 2 >= kills, "most kills came too late: {killed:?}");

    let status = ledger::status(&disturbed);
    assert_eq!(status["total"]["held"], records);
    assert_eq!(status["total"]["committed"], records);
    ledger::is_whole(&disturbed);
    is_what_the_oracle_says(&events(&disturbed), records);
    same_events(&undisturbed, &disturbed);
    let figures = |desk: &Desk| desk.json(&["kpi"]);
    assert_eq!(figures(&disturbed), figures(&undisturbed));
}

#[derive(Debug, Default)]
struct Killed {
    hits: u64,
    before_complete: u64,
    restarts: u64,
    /// Events in the ledger after each kill, where it was looked at.
    held: Vec<usize>,
}

/// Kills syncs of the same ledger until so many were hit, and then lets one end. Every tenth time the ledger is verified
/// in between.
fn kill_until_complete(desk: &Desk, kills: u64, start: Duration, whole: Duration, dice: &mut Dice) -> Killed {
    let mut killed = Killed::default();
    let mut complete = false;
    // On the average every sync gets as far as its share of the whole, and a bit less, so that something is left.
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap();
    let share = micros(whole.saturating_sub(start)) * 2 * 4 / 5 / kills.max(1);
    let look = (kills / 10).max(2);
    while killed.hits < kills {
        // Sometimes before anything is open, too.
        let moment = dice.below(share + micros(start) * 2);
        let mut child = desk.command(&["sync"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let limit = Instant::now() + Duration::from_micros(moment);
        let ended = loop {
            let ended = child.try_wait().unwrap();
            if ended.is_some() || Instant::now() >= limit {
                break ended;
            }
            std::thread::yield_now();
        };
        killed.restarts += 1;
        match ended {
            Some(status) => {
                assert_eq!(status.code(), Some(0), "a sync that was not killed");
                complete = true;
            }
            None => {
                child.kill().unwrap();
                let status = child.wait().unwrap();
                if status.code().is_some() {
                    // It ended by itself in the last moment.
                    complete = true;
                    continue;
                }
                killed.hits += 1;
                killed.before_complete += u64::from(!complete);
                if killed.hits % look == 0 {
                    desk.ends(0, &["ledger", "verify"]);
                    killed.held.push(desk.ends(0, &["events", "--json"]).out.lines().count());
                }
            }
        }
    }
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
    for (undisturbed, disturbed) in sorted(undisturbed).iter().zip(&sorted(disturbed)) {
        assert_eq!(disturbed, undisturbed);
    }
}
