//! The oracle against a naive replay of what was answered, step by step.

use crate::client::{Client, id};
use counterfoil_gym::Dice;
use counterfoil_gym::jira::{Edition, Instance, SCOPE, Switches};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

async fn everything(client: &Client, edition: Edition) -> BTreeMap<String, Value> {
    let rows: Vec<Value> = match edition {
        Edition::Cloud => {
            client.walk("created >= 2000-01-01 ORDER BY id ASC", 100).await.into_iter().flatten().collect()
        }
        Edition::DataCenter => client.get("/rest/api/2/search?maxResults=1000&fields=*all").await.list("issues"),
    };
    rows.into_iter().map(|row| (id(&row), row)).collect()
}

/// Without what has addresses in it or runs on.
fn bare(fields: &Value, base: &str) -> Value {
    let mut fields: Value = serde_json::from_str(&fields.to_string().replace(base, "")).unwrap();
    let map = fields.as_object_mut().unwrap();
    map.retain(|name, _| !["comment", "customfield_10030", "customfield_10031"].contains(&name.as_str()));
    fields
}

#[tokio::test]
async fn the_oracle_equals_a_replay_of_every_step() {
    for edition in [Edition::Cloud, Edition::DataCenter] {
        let client = Client::of(Instance::random(edition, 11, 25), Switches::default()).await;
        let mut dice = Dice::new(5, 5);
        let (mut steps, mut gone) = (BTreeSet::new(), BTreeSet::new());
        let mut held = everything(&client, edition).await;
        // Ids of statuses that each issue was seen in, and the keys that it was seen under.
        let mut statuses: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for _ in 0..120 {
            steps.insert(client.with(|one| one.mutate(&mut dice)).what);
            client.with(|one| one.advance(1));
            let now = everything(&client, edition).await;
            for (id, before) in &held {
                let Some(after) = now.get(id) else {
                    gone.insert(id.clone());
                    continue;
                };
                let status = |row: &Value| row["fields"]["status"]["id"].as_str().unwrap().to_owned();
                if status(before) != status(after) {
                    statuses.entry(id.clone()).or_default().push(status(after));
                }
                if before["key"] != after["key"] {
                    keys.entry(id.clone()).or_default().push(before["key"].as_str().unwrap().to_owned());
                }
            }
            held = now;
        }
        assert!(steps.len() >= 14, "{steps:?}");
        let truth = client.with(|one| one.oracle());
        assert_eq!(held.keys().collect::<Vec<_>>(), truth.issues.keys().collect::<Vec<_>>());
        let base = client.server.url();
        for (id, row) in &held {
            let told = &truth.issues[id];
            assert_eq!(row["key"].as_str(), Some(told.key.as_str()));
            assert_eq!(bare(&row["fields"], &base), Value::Object(told.fields.clone()), "{id}");
            assert_eq!(row["fields"]["comment"]["total"].as_u64(), Some(told.comments.len() as u64));
            let seen = statuses.get(id).cloned().unwrap_or_default();
            let changed: Vec<String> = told
                .changes
                .iter()
                .flat_map(|one| &one.items)
                .filter(|item| item.field == "status")
                .filter_map(|item| item.to.clone())
                .collect();
            assert!(changed.ends_with(&seen), "{id}: {changed:?} {seen:?}");
            let seen = keys.get(id).cloned().unwrap_or_default();
            assert!(told.former_keys.ends_with(&seen), "{id}: {:?} {seen:?}", told.former_keys);
        }
        let hidden: BTreeSet<String> =
            [&truth.deleted, &truth.hidden, &truth.archived].into_iter().flatten().cloned().collect();
        assert!(gone.iter().all(|id| hidden.contains(id) || truth.issues.contains_key(id)));
        let inside = client.with(|one| one.oracle_within(SCOPE));
        assert_eq!(inside.issues.len() + inside.outside.len(), truth.issues.len());
        assert!(!inside.outside.is_empty() && truth.former_keys.len() > 3);
    }
}

#[test]
fn a_site_of_one_seed_is_the_same_everywhere() {
    for edition in [Edition::Cloud, Edition::DataCenter] {
        assert_eq!(Instance::random(edition, 4, 60).oracle(), Instance::random(edition, 4, 60).oracle());
        assert_ne!(Instance::random(edition, 4, 60).oracle(), Instance::random(edition, 5, 60).oracle());
    }
}

#[test]
fn quiet_changes_leave_no_trace_but_the_value() {
    let mut instance = Instance::random(Edition::Cloud, 8, 40);
    let mut dice = Dice::new(1, 1);
    let mut quiet = 0;
    for _ in 0..300 {
        let before = instance.oracle();
        let step = instance.mutate(&mut dice);
        instance.advance(1);
        let after = instance.oracle();
        if let (Some(old), Some(now)) = (before.issues.get(&step.id), after.issues.get(&step.id)) {
            if ["quietly", "remote link"].contains(&step.what) {
                assert_eq!((old.updated, &old.changes), (now.updated, &now.changes));
                quiet += 1;
            } else if step.what == "edit comment" {
                assert!(old.updated < now.updated && old.changes == now.changes);
            }
        }
    }
    assert!(quiet > 2);
}
