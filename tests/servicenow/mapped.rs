//! What becomes of the rows of every table: records of the process model, by the shipped mappings, with nothing unmapped.

use crate::estate::{Estate, Setup};
use crate::held::newest_of;
use counterfoil_gym::servicenow::{Instance, Switches, TrueIncident};
use counterfoil_gym::{Provider, Scale, World};
use counterfoil_mapping::shipped;
use counterfoil_pipeline::PassReport;
use counterfoil_pipeline::ports::StoredVersion;
use serde_json::Value;
use std::collections::BTreeMap;

/// Which kind the records of a table are.
const KINDS: &[(&str, &str)] = &[
    ("core_company", "party"),
    ("sys_user_group", "group"),
    ("cmdb_ci_service", "service"),
    ("cmdb_ci", "configuration_item"),
    ("ast_contract", "agreement"),
    ("contract_sla", "service_level_target"),
    ("incident", "incident"),
    ("problem", "problem"),
    ("change_request", "change"),
    ("change_task", "change_task"),
    ("sc_req_item", "service_request"),
    ("sc_task", "request_task"),
    ("sysapproval_approver", "approval"),
    ("task_sla", "sla_clock"),
];

/// A world in which everything is read, by every shipped mapping of ServiceNow that is for the Table API.
async fn read(provider: Provider) -> (Estate, BTreeMap<&'static str, PassReport>) {
    let world = World::generate(6, Scale { incidents: 500 });
    let instance = Instance::of_world(&world, provider);
    let mut setup = Setup::of(instance, Switches::default()).pages_of(200).with("tables = \"all\"");
    let names = shipped::ALL.iter().map(|shipped| shipped.name).filter(|name| name.starts_with("servicenow/"));
    setup.mappings = names.filter(|name| !name.ends_with("-log")).collect();
    let estate = Estate::new(setup).await;
    let reports = estate.each().await;
    (estate, reports)
}

/// The records of a table by the source's id.
fn records(estate: &Estate, table: &str) -> BTreeMap<String, Value> {
    let held = newest_of(estate.ledger.as_ref(), table, |text| serde_json::from_str::<Value>(text));
    let record = |stored: &StoredVersion| {
        let event = counterfoil_wire::decode_event(&stored.event.body).unwrap();
        serde_json::from_str(event.record_json).unwrap()
    };
    held.into_iter().map(|(id, held)| (id, record(&held.stored))).collect()
}

fn count(records: &BTreeMap<String, Value>, field: &str, word: &str) -> usize {
    records.values().filter(|record| record[field] == word).count()
}

fn truly(estate: &Estate, table: &str, is: impl Fn(&TrueIncident) -> bool) -> usize {
    estate.instance().oracle_of(table, "").rows.values().filter(|row| is(row)).count()
}

#[tokio::test(start_paused = true)]
async fn every_table_becomes_records_of_its_kind_and_no_word_is_unmapped() {
    for provider in [Provider::Acme, Provider::Nordlicht] {
        let (estate, reports) = read(provider).await;
        for (table, kind) in KINDS {
            let report = &reports[table];
            let amiss: Vec<_> = report.noted.iter().filter(|noted| is_amiss(&noted.code)).collect();
            assert!(amiss.is_empty(), "{table}: {amiss:?}");
            assert_eq!((report.tally.not_applicable, report.tally.quarantined, report.tally.unreadable), (0, 0, 0));
            let records = records(&estate, table);
            assert_eq!(records.len(), estate.instance().oracle_of(table, "").rows.len(), "{table}");
            assert!(records.len() > 2 && records.values().all(|record| record["kind"] == *kind), "{table}");
        }
    }
}

fn is_amiss(code: &str) -> bool {
    ["unmapped-word", "unreadable", "ambiguous"].iter().any(|word| code.ends_with(word) || code.contains(word))
}

#[tokio::test(start_paused = true)]
async fn records_say_what_is_true_of_problems_changes_requests_and_clocks() {
    let (estate, _) = read(Provider::Acme).await;
    let is = |column: &'static str, value: &'static str| move |row: &TrueIncident| row.columns[column] == value;
    for (table, field, word, column, value) in [
        ("problem", "state", "closed", "state", "107"),
        ("problem", "state", "investigating", "state", "103"),
        ("change_request", "state", "closed", "state", "3"),
        ("change_request", "change_type", "emergency", "type", "emergency"),
        ("change_request", "approval_state", "rejected", "approval", "rejected"),
        ("change_request", "outcome", "failed", "close_code", "unsuccessful"),
        ("sc_req_item", "approval_state", "approved", "approval", "approved"),
        ("sysapproval_approver", "decision", "rejected", "state", "rejected"),
        ("task_sla", "state", "running", "stage", "in_progress"),
        ("task_sla", "state", "completed", "stage", "completed"),
        ("ast_contract", "state", "active", "state", "active"),
        ("cmdb_ci", "state", "retired", "install_status", "7"),
    ] {
        let (told, truth) = (count(&records(&estate, table), field, word), truly(&estate, table, is(column, value)));
        assert_eq!(told, truth, "{table} {field}={word}");
    }
    let clocks = records(&estate, "task_sla");
    let breached = clocks.values().filter(|record| record["breached"] == true).count();
    assert_eq!(breached, truly(&estate, "task_sla", is("has_breached", "true")));
    assert!(breached > 3, "{breached}");
    // An approval knows when it was decided, from the list of its changes.
    let approvals = records(&estate, "sysapproval_approver");
    let undecided = |record: &&Value| {
        ["approved", "rejected"].iter().any(|word| record["state"] == *word) && record["decided_at"].is_null()
    };
    assert_eq!(approvals.values().find(undecided), None);
    // What an item depends on is a link.
    let services = records(&estate, "cmdb_ci_service");
    assert!(services.values().all(|service| service["links"].as_array().is_some_and(|links| !links.is_empty())));
}
