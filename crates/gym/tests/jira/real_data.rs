//! The issues of a real Jira, against figures that were computed independently of this product.

use crate::client::{Client, id};
use counterfoil_gym::jira::{Edition, Instance, Switches, TrueItem, Truth};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn apache(edition: Edition) -> Option<(Instance, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/jira-apache");
    if !folder.is_dir() {
        println!("SKIP jira-apache: the folder of real data is not beside this repository");
        return None;
    }
    let packed = fs::read(folder.join("issues.ndjson.zst")).unwrap();
    let expected = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let lines = zstd::decode_all(packed.as_slice()).unwrap();
    Some((Instance::recorded(edition, lines.as_slice()).unwrap(), expected))
}

fn items(truth: &Truth) -> impl Iterator<Item = &TrueItem> {
    truth.issues.values().flat_map(|one| &one.changes).flat_map(|one| &one.items)
}

#[test]
fn real_data_apache_becomes_a_site_with_the_same_figures() {
    let Some((instance, expected)) = apache(Edition::DataCenter) else { return };
    let truth = instance.oracle();
    let number = |name: &str| expected[name].as_u64().unwrap() as usize;
    assert_eq!(truth.issues.len(), number("issues"));
    assert_eq!(truth.issues.values().map(|one| one.changes.len()).sum::<usize>(), number("changelog_histories"));
    assert_eq!(items(&truth).count(), number("changelog_items"));
    assert_eq!(
        truth.issues.values().map(|one| one.comments.len()).sum::<usize>(),
        number("comments_total_in_comment_files")
    );
    assert_eq!(truth.issues.values().map(|one| one.links.len()).sum::<usize>(), number("issuelinks"));
    assert_eq!(items(&truth).filter(|item| item.field == "assignee").count(), number("assignee_changes"));
    let mut transitions: BTreeMap<String, u64> = BTreeMap::new();
    for item in items(&truth).filter(|item| item.field == "status") {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        *transitions.entry(format!("{} -> {}", text(&item.from_text), text(&item.to_text))).or_default() += 1;
    }
    assert_eq!(serde_json::to_value(transitions).unwrap(), expected["status_transitions"]);
    for (field, name) in [("by_status", "status"), ("by_priority", "priority"), ("by_issuetype", "issuetype")] {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for one in truth.issues.values() {
            *counts.entry(one.fields[name]["name"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        assert_eq!(serde_json::to_value(counts).unwrap(), expected[field]);
    }
    let resolved: Vec<i64> = truth
        .issues
        .values()
        .filter_map(|one| Some((one.resolved?.as_millisecond() - one.created.as_millisecond()).div_euclid(1_000)))
        .collect();
    assert_eq!(resolved.len() as u64, expected["resolution_seconds"]["n"].as_u64().unwrap());
    assert_eq!(resolved.iter().min().copied(), expected["resolution_seconds"]["min"].as_i64());
    let moved: usize = truth.issues.values().map(|one| one.former_keys.len()).sum();
    assert_eq!(moved, number("key_changes (issue moved between projects)"));
}

#[tokio::test]
async fn real_data_apache_is_served_by_both_editions() {
    for edition in [Edition::DataCenter, Edition::Cloud] {
        let Some((instance, _)) = apache(edition) else { return };
        let truth = instance.oracle();
        let client = Client::of(instance, Switches::default()).await;
        let jql = "project = CB ORDER BY updated ASC, key ASC";
        let found = client.found(jql).await;
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 211);
        let one = truth.issues.values().find(|one| !one.former_keys.is_empty()).unwrap();
        let got = client.get(&format!("/rest/api/2/issue/{}?expand=changelog", one.former_keys[0])).await.json();
        assert_eq!((id(&got), got["key"].as_str()), (one.id.clone(), Some(one.key.as_str())));
        assert_eq!(got["changelog"]["total"].as_u64(), Some(one.changes.len() as u64));
        assert!(got["fields"]["workratio"].is_i64());
    }
}
