//! Issues of a real Jira (Apache's), served by the gym as Data Center and read with the configuration that is shipped for them.

use crate::ledger;
use crate::program::{Desk, repository};
use crate::real_data;
use counterfoil_gym::jira::{Edition, Instance, Server, Switches};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

const ISSUES: &str = "jira-apache/issues.ndjson.zst";
const EXPECTED: &str = "jira-apache/expected.json";

/// The projects of the example are some of the recording's; here they are all wanted.
const EVERYTHING: &str = "connector.asf.jql=updated > 0";

/// How many figures were compared.
#[derive(Default)]
struct Equal(usize);

impl Equal {
    fn number(&mut self, what: &str, found: impl Into<Value>, expected: &Value) {
        let found = found.into();
        assert_eq!(found.as_f64(), expected.as_f64(), "{what}: {found} and not {expected}");
        assert!(found.is_number(), "{what} is {found}");
        self.0 += 1;
    }
}

/// A pass from a fresh start, and one after it.
async fn synced(lines: &[u8]) -> (Desk, Server) {
    let instance = Instance::recorded(Edition::DataCenter, lines).unwrap();
    let server = Server::start(Arc::new(Mutex::new(instance)), Switches::default()).await.unwrap();
    let desk = Desk::empty().variable("ASF_JIRA_TOKEN", "gym-personal-token");
    let desk = desk
        .option(format!("--config={}", repository("examples/apache-jira.toml").display()))
        .option(format!("--set=connector.asf.url={}", server.url()))
        .option(format!("--set={EVERYTHING}"))
        .option("--set=connector.asf.requests_per_second=1000")
        .option("--data-dir=data");
    desk.ends(0, &["sync"]);
    (desk, server)
}

/// The newest record of every issue, as the events have it.
fn records(desk: &Desk) -> BTreeMap<String, Value> {
    let told = desk.ends(0, &["events", "--json"]).out;
    let events = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let issues = events.filter(|event| event["data"]["record"]["kind"] == "incident");
    let record = |mut event: Value| (event["subject"].as_str().unwrap().to_owned(), event["data"]["record"].take());
    issues.map(record).collect()
}

fn by_id(desk: &Desk) -> BTreeMap<String, Value> {
    let figures = desk.json(&["kpi"]);
    let figures = figures.as_array().unwrap().iter();
    figures.map(|figure| (figure["id"].as_str().unwrap().to_owned(), figure.clone())).collect()
}

fn counted<'a>(records: impl Iterator<Item = &'a Value>, field: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for record in records {
        *counts.entry(record[field].as_str().unwrap_or("None").to_owned()).or_default() += 1;
    }
    counts
}

/// Changes that somebody made; a beginning was made by nobody.
fn changes<'a>(record: &'a Value, field: &'a str) -> impl Iterator<Item = &'a Value> {
    let history = record["history"].as_array().unwrap().iter();
    history.filter(move |change| change["field"] == field && change["recorded_at"].is_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_data_of_apache_over_the_rest_api_gives_the_published_figures() {
    let (Some(lines), Some(expected)) = (real_data::bytes(ISSUES), real_data::json(EXPECTED)) else { return };
    let (desk, server) = synced(&lines).await;
    let first: u64 = server.counts().values().sum();
    let status = ledger::status(&desk);
    assert_eq!(status["streams"].as_array().unwrap().iter().filter(|stream| stream["stream"] == "issue").count(), 1);
    ledger::is_whole(&desk);

    let records = records(&desk);
    let mut equal = Equal::default();
    equal.number("issues", records.len(), &expected["issues"]);
    let keys: BTreeSet<&str> = records.values().filter_map(|record| record["native_key"].as_str()).collect();
    equal.number("keys", keys.len(), &expected["distinct_keys"]);
    let projects = keys.iter().filter_map(|key| key.rsplit_once('-')).fold(BTreeMap::new(), |mut counts, (key, _)| {
        *counts.entry(key.to_owned()).or_insert(0_u64) += 1;
        counts
    });
    let words = |field| counted(records.values(), field);
    for (what, found) in [
        ("by_project", projects),
        ("by_status", words("state_native")),
        ("by_priority", words("priority_native")),
        ("by_resolution", words("resolution_code")),
    ] {
        assert_eq!(found.len(), expected[what].as_object().unwrap().len(), "{what}: {found:?}");
        for (word, count) in found {
            equal.number(&format!("{what} {word}"), count, &expected[what][&word]);
        }
    }
    durations(&mut equal, records.values(), &expected["resolution_seconds"]);
    for (priority, figures) in expected["resolved_per_priority"].as_object().unwrap() {
        durations(&mut equal, records.values().filter(|record| record["priority_native"] == **priority), figures);
    }
    // The product's own figure leaves out what repeats another issue, and says how many that are.
    let figures = by_id(&desk);
    let resolved = &figures["INC-03"];
    let left_out = resolved["exclusions"]["duplicate"].as_u64().unwrap();
    assert_eq!(resolved["excluded"], left_out, "{resolved:#}");
    let repeats = |record: &&Value| record["duplicate_of"].is_string() && record["resolved_at"].is_string();
    assert_eq!(left_out, records.values().filter(repeats).count() as u64);
    equal.number("resolved", resolved["n"].as_u64().unwrap() + left_out, &expected["resolution_seconds"]["n"]);
    let reopenings = |record: &Value| record["reopen_count"].as_u64().unwrap();
    let reopened = records.values().filter(|record| reopenings(record) > 0).count();
    equal.number("reopened", reopened, &expected["issues_reopened_at_least_once"]);
    equal.number("reopenings", records.values().map(reopenings).sum::<u64>(), &expected["reopen_transitions"]);

    let sum = |field| records.values().map(|record| changes(record, field).count()).sum::<usize>();
    let items = &expected["changelog_items_by_field"];
    equal.number("changes of the status", sum("state"), &items["status"]);
    equal.number("changes of the priority", sum("priority"), &items["priority"]);
    equal.number("changes of the assignee", sum("assignee_person"), &expected["assignee_changes"]);
    equal.number("moves", sum("native_key"), &expected["key_changes (issue moved between projects)"]);
    let count = |counts: &dyn Fn(&Value) -> bool| records.values().filter(|record| counts(record)).count();
    let reassigned = count(&|record| changes(record, "assignee_person").next().is_some());
    equal.number("reassigned", reassigned, &expected["issues_with_assignee_change"]);
    equal.number("unassigned", count(&|record| record["assignee_person"].is_null()), &expected["unassigned_now"]);
    let mut steps: BTreeMap<String, u64> = BTreeMap::new();
    for change in records.values().flat_map(|record| changes(record, "state")) {
        let [from, to] = ["from_native", "to_native"].map(|side| change[side].as_str().unwrap_or_default());
        *steps.entry(format!("{from} -> {to}")).or_default() += 1;
    }
    assert_eq!(steps.len(), expected["status_transitions"].as_object().unwrap().len(), "{steps:?}");
    for (step, number) in steps {
        equal.number(&step, number, &expected["status_transitions"][&step]);
    }
    equal.number("with a due date", count(&|record| record["due_at"].is_string()), &expected["with_duedate"]);
    let late = |record: &Value| moment(record, "resolved_at").zip(moment(record, "due_at"));
    let late = count(&|record| late(record).is_some_and(|(resolved, due)| resolved > due));
    equal.number("resolved late", late, &expected["resolved_after_duedate"]);
    let (mut types, mut outside) = (BTreeMap::new(), 0_u64);
    let ids: BTreeSet<&str> = records.keys().filter_map(|id| id.rsplit('/').next()).collect();
    for link in records.values().filter_map(|record| record["links"].as_array()).flatten() {
        // Parts of issues have no type in Jira.
        let Some(native_type) = link["native_type"].as_str() else { continue };
        *types.entry(native_type.to_owned()).or_insert(0_u64) += 1;
        outside += u64::from(!link["target"]["native_id"].as_str().is_some_and(|id| ids.contains(id)));
    }
    equal.number("links", types.values().sum::<u64>(), &expected["issuelinks"]);
    assert_eq!(types.len(), expected["issuelinks_by_type"].as_object().unwrap().len(), "{types:?}");
    for (native_type, number) in types {
        equal.number(&native_type, number, &expected["issuelinks_by_type"][&native_type]);
    }
    equal.number("links to issues outside", outside, &expected["issuelinks_pointing_outside_dataset"]);
    println!("{} figures of expected.json are equal", equal.0);
    assert!(equal.0 > 100, "only {} figures were compared", equal.0);

    // Nothing happened since: a second pass has no event and asks little.
    let before = desk.ends(0, &["events", "--json"]).out;
    server.forget_requests();
    desk.ends(0, &["sync"]);
    assert_eq!(desk.ends(0, &["events", "--json"]).out, before);
    println!("calls: {first} for the first pass, {} for the second", server.counts().values().sum::<u64>());
}

/// Whole seconds from created to resolved.
fn durations<'a>(equal: &mut Equal, records: impl Iterator<Item = &'a Value>, expected: &Value) {
    let secs = |record: &Value| {
        let elapsed = moment(record, "resolved_at")?.duration_since(moment(record, "created_at")?);
        Some(elapsed.as_secs())
    };
    let mut all: Vec<i64> = records.filter_map(secs).collect();
    all.sort_unstable();
    let (n, sum) = (all.len(), all.iter().sum::<i64>());
    equal.number("resolved", n, &expected["n"]);
    equal.number("shortest", all[0], &expected["min"]);
    equal.number("longest", all[n - 1], &expected["max"]);
    equal.number("sum", sum, &expected["sum"]);
    equal.number("median", (all[(n - 1) / 2] + all[n / 2]) as f64 / 2.0, &expected["median"]);
    equal.number("P90", all[(n * 9).div_ceil(10) - 1], &expected["p90_nearest_rank"]);
    // It is published with three decimals.
    equal.number("mean", (sum as f64 / n as f64 * 1e3).round() / 1e3, &expected["mean"]);
}

fn moment(record: &Value, field: &str) -> Option<jiff::Timestamp> {
    record[field].as_str().map(|at| at.parse().unwrap())
}
