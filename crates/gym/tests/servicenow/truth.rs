//! The oracle against a naive replay of what was answered, step by step.

use crate::client::Client;
use counterfoil_gym::Dice;
use counterfoil_gym::servicenow::{Instance, SCOPE, Switches};
use std::collections::{BTreeMap, BTreeSet};

/// What a reader holds who asks for everything after every single step.
#[derive(Default)]
struct Replay {
    columns: BTreeMap<String, BTreeMap<String, String>>,
    gone: BTreeSet<String>,
    steps: BTreeSet<&'static str>,
}

#[tokio::test]
async fn the_oracle_equals_a_replay_of_every_step() {
    let client = Client::of(Instance::random(11, 25), Switches::default()).await;
    let mut dice = Dice::new(5, 5);
    let mut replay = Replay::default();
    // Old and new of every column that was seen to change.
    let mut changes: BTreeMap<(String, String), Vec<(String, String)>> = BTreeMap::new();
    for nth in 0..150 {
        let rows = client.rows("incident", "", "&sysparm_exclude_reference_link=true").await;
        let mut now: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for row in &rows {
            let columns = row.as_object().unwrap().iter();
            let columns = columns.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
            now.insert(row["sys_id"].as_str().unwrap().to_owned(), columns);
        }
        for (id, before) in &replay.columns {
            let Some(after) = now.get(id) else {
                replay.gone.insert(id.clone());
                continue;
            };
            for (name, old) in before.iter().filter(|(name, old)| after[*name] != **old) {
                changes.entry((id.clone(), name.clone())).or_default().push((old.clone(), after[name].clone()));
            }
        }
        replay.columns = now;
        if nth == 149 {
            break;
        }
        let step = client.instance.lock().unwrap().mutate(&mut dice);
        replay.steps.insert(step.what);
        client.instance.lock().unwrap().advance(1);
    }
    assert!(replay.steps.len() >= 11, "{:?}", replay.steps);
    let rows = client.rows("incident", "", "&sysparm_exclude_reference_link=true").await;
    let truth = client.instance.lock().unwrap().oracle();
    let inside = client.instance.lock().unwrap().oracle_within(SCOPE);
    assert_eq!(inside.incidents.len() + inside.outside.len(), truth.incidents.len());
    assert!(!inside.outside.is_empty());
    assert!(rows.iter().all(|row| truth.incidents.contains_key(row["sys_id"].as_str().unwrap())));
    let gone: BTreeSet<String> = truth.deleted.union(&truth.reclassified).cloned().collect();
    assert!(replay.gone.is_subset(&gone));
    let mut audited = 0;
    for ((id, column), seen) in &changes {
        let Some(incident) = truth.incidents.get(id) else { continue };
        if column.starts_with("sys_") || column == "short_description" {
            continue;
        }
        let told: Vec<_> = incident.changes.iter().filter(|one| one.column == *column && !seen.is_empty()).collect();
        let last: Vec<_> =
            told[told.len() - seen.len()..].iter().map(|one| (one.old.clone(), one.new.clone())).collect();
        assert_eq!(last, *seen, "{id} {column}");
        audited += seen.len();
    }
    assert!(audited > 40, "{audited}");
}

#[test]
fn an_instance_of_one_seed_is_the_same_everywhere() {
    assert_eq!(Instance::random(4, 60).oracle(), Instance::random(4, 60).oracle());
    assert_ne!(Instance::random(4, 60).oracle(), Instance::random(5, 60).oracle());
}

#[test]
fn quiet_changes_leave_no_trace_but_the_value() {
    let mut instance = Instance::random(8, 40);
    let mut dice = Dice::new(1, 1);
    let mut quiet = 0;
    for _ in 0..120 {
        let before = instance.clone();
        let step = instance.mutate(&mut dice);
        instance.advance(1);
        if step.what == "quietly" {
            let (before, after) = (before.oracle(), instance.oracle());
            let (old, now) = (&before.incidents[&step.sys_id], &after.incidents[&step.sys_id]);
            assert_eq!((old.sys_updated_on, old.sys_mod_count), (now.sys_updated_on, now.sys_mod_count));
            assert_eq!(old.changes, now.changes);
            quiet += 1;
        }
    }
    assert!(quiet > 2);
}
