//! Each switch does what it says.

use crate::client::Client;
use counterfoil_gym::Dice;
use counterfoil_gym::servicenow::{Instance, Switches};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const BY_TIME: &str = "ORDERBYsys_updated_on^ORDERBYsys_id";

async fn with(name: &str, incidents: u32) -> Client {
    Client::of(Instance::random(21, incidents), Switches::by_name(name).unwrap()).await
}

fn texts(rows: &[Value], column: &str) -> Vec<String> {
    rows.iter().map(|row| row[column].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn hidden_rows_make_short_pages_and_are_counted() {
    let client = with("hidden-rows", 100).await;
    let truth = client.instance.lock().unwrap().oracle();
    assert!(truth.hidden > 10);
    let got = client.get("/api/now/table/incident?sysparm_limit=50").await;
    assert!(got.rows().len() < 50 && got.link("next").is_some());
    let all = truth.hidden + truth.incidents.len() as u64;
    assert_eq!(got.header("x-total-count"), all.to_string());
    let rows = client.rows("incident", "", "").await;
    assert_eq!(texts(&rows, "sys_id").into_iter().collect::<BTreeSet<_>>(), truth.incidents.keys().cloned().collect());
    let counted = client.get("/api/now/stats/incident?sysparm_count=true").await.json();
    assert_eq!(counted["result"]["stats"]["count"], truth.incidents.len().to_string());
}

#[tokio::test]
async fn hidden_runs_make_empty_pages() {
    let client = with("hidden-runs", 200).await;
    let path = format!(
        "/api/now/table/incident?sysparm_query={}&sysparm_limit=10&sysparm_offset=50",
        BY_TIME.replace('^', "%5E")
    );
    let got = client.get(&path).await;
    assert_eq!(got.rows().len(), 0);
    assert!(got.link("next").is_some());
    client.server.set_switches(Switches { hidden_run: 40, no_link_on_empty_pages: true, ..Switches::default() });
    let got = client.get(&path).await;
    assert_eq!((got.rows().len(), got.header("link")), (0, ""));
}

#[tokio::test]
async fn a_late_commit_is_stamped_before_it_can_be_seen() {
    let client = with("late-commit", 30).await;
    let mut dice = Dice::new(3, 3);
    let mut late = 0;
    for _ in 0..60 {
        let before = client.instance.lock().unwrap().oracle();
        let (stamp, same) = {
            let mut instance = client.instance.lock().unwrap();
            instance.mutate(&mut dice);
            (instance.now(), instance.oracle() == before)
        };
        if !same {
            continue;
        }
        client.instance.lock().unwrap().advance(39);
        assert_eq!(client.instance.lock().unwrap().oracle(), before);
        client.instance.lock().unwrap().advance(1);
        let after = client.instance.lock().unwrap().oracle();
        let changed = after.incidents.values().find(|one| before.incidents.get(&one.sys_id) != Some(one));
        if let Some(one) = changed.filter(|one| one.sys_updated_on >= stamp) {
            assert_eq!(one.sys_updated_on, stamp);
            late += 1;
        }
    }
    assert!(late > 5, "{late}");
}

#[tokio::test]
async fn two_nodes_have_two_clocks() {
    let client = with("clock-skew", 5).await;
    let now = client.instance.lock().unwrap().now();
    client.instance.lock().unwrap().burst(20);
    let truth = client.instance.lock().unwrap().oracle();
    let young: BTreeSet<i64> = truth
        .incidents
        .values()
        .map(|one| one.sys_updated_on.as_second() - now.as_second())
        .filter(|secs| *secs >= 0)
        .collect();
    assert_eq!(young, [0, 7].into());
}

#[tokio::test]
async fn a_burst_within_one_second_is_whole() {
    let mut instance = Instance::random(1, 5);
    instance.burst(10_001);
    let stamp = instance.now().strftime("%Y-%m-%d %H:%M:%S").to_string();
    let client = Client::of(instance, Switches::default()).await;
    let rows = client.rows("incident", BY_TIME, "&sysparm_fields=sys_id").await;
    assert_eq!(rows.len(), 10_000, "the default limit");
    let path =
        format!("/api/now/table/incident?sysparm_limit=1&sysparm_query=sys_updated_on={}", stamp.replace(' ', "%20"));
    assert_eq!(client.get(&path).await.header("x-total-count"), "10001");
}

#[tokio::test]
async fn ties_fall_differently_each_time_unless_the_id_decides() {
    let mut instance = Instance::empty(counterfoil_gym::NOW);
    instance.burst(50);
    let client = Client::of(instance, Switches::by_name("ties-shuffled").unwrap()).await;
    let order = async |query: &str| texts(&client.rows("incident", query, "").await, "sys_id");
    assert_ne!(order("ORDERBYsys_updated_on").await, order("ORDERBYsys_updated_on").await);
    assert_ne!(order("").await, order("").await);
    assert_eq!(order(BY_TIME).await, order(BY_TIME).await);
}

#[tokio::test]
async fn rows_move_while_they_are_paged() {
    let client = with("moving-rows", 60).await;
    let before = client.instance.lock().unwrap().oracle();
    for _ in 0..12 {
        client.rows("incident", BY_TIME, "&sysparm_limit=5").await;
    }
    assert_ne!(client.instance.lock().unwrap().oracle(), before);
}

#[tokio::test]
async fn pages_are_capped_and_links_go_on_from_there() {
    let client = with("page-cap", 60).await;
    let got = client.get("/api/now/table/incident?sysparm_limit=1000").await;
    assert_eq!(got.rows().len(), 25);
    assert!(got.link("next").unwrap().contains("sysparm_offset=25"));
    let client = with("empty-is-404", 10).await;
    assert_eq!(client.get("/api/now/table/incident?sysparm_query=number=x").await.status, 404);
}

#[tokio::test]
async fn a_large_page_has_an_error_inside_of_its_200() {
    let client = with("cancelled-inside-200", 150).await;
    let got = client.get("/api/now/table/incident?sysparm_limit=101").await;
    assert_eq!((got.status, got.rows().len()), (200, 101));
    assert_eq!(got.json()["error"]["message"], "Transaction cancelled: maximum execution time exceeded");
    let got = client.get("/api/now/table/incident?sysparm_limit=100").await;
    assert_eq!(got.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["result"]);
}

#[tokio::test]
async fn tables_are_denied_aloud_or_silently() {
    for (name, table) in [
        ("audit-denied", "sys_audit"),
        ("journal-denied", "sys_journal_field"),
        ("audit-delete-denied", "sys_audit_delete"),
        ("choice-denied", "sys_choice"),
    ] {
        let client = with(name, 20).await;
        let path = format!("/api/now/table/{table}?sysparm_limit=1");
        assert_eq!(client.get(&path).await.status, 403, "{table}");
        let mut switches = Switches::by_name(name).unwrap();
        assert!(switches.turn("denied-silently"));
        client.server.set_switches(switches);
        assert_eq!(client.get(&path).await.rows().len(), 0, "{table}");
    }
}

#[tokio::test]
async fn deletions_and_creations_can_leave_no_trace() {
    for (name, written) in [("moving-rows", true), ("audit-delete-unwritten", false)] {
        let client = with(name, 40).await;
        let mut dice = Dice::new(9, 9);
        let before = client.instance.lock().unwrap().oracle().deleted;
        for _ in 0..200 {
            client.instance.lock().unwrap().mutate(&mut dice);
        }
        let deleted = client.instance.lock().unwrap().oracle().deleted;
        let told: BTreeSet<String> =
            texts(&client.rows("sys_audit_delete", "", "").await, "documentkey").into_iter().collect();
        assert!(deleted.len() > before.len());
        assert_eq!(told, if written { deleted } else { before });
    }
    let client = with("creation-unaudited", 40).await;
    let rows = client.rows("sys_audit", "", "").await;
    assert!(!rows.is_empty() && rows.iter().all(|row| row["record_checkpoint"] != "0"));
}

#[tokio::test]
async fn labels_are_renamed_and_localised() {
    let label = async |name: &str| {
        let client = with(name, 30).await;
        let rows = client.rows("incident", "state=1", "&sysparm_display_value=true&sysparm_limit=1").await;
        rows[0]["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(label("moving-rows").await, "New");
    assert_eq!(label("labels-renamed").await, "» New «");
    assert_eq!(label("labels-localised").await, "Neu");
    let client = with("labels-renamed", 5).await;
    let rows = client.rows("sys_choice", "name=incident^element=state^value=1^language=de", "").await;
    assert_eq!(texts(&rows, "label"), ["» Neu «"]);
}

#[tokio::test]
async fn values_have_other_types() {
    let client = with("values-typed", 60).await;
    let rows = client.rows("incident", "", "").await;
    let kinds = |column: &str| rows.iter().map(|row| row[column].to_string()).collect::<BTreeSet<_>>();
    assert!(kinds("active").is_superset(&["true".into(), "\"true\"".into()].into()), "{:?}", kinds("active"));
    assert!(kinds("reopen_count").is_superset(&["0.0".into(), "\"0\"".into()].into()));
    let client = with("references-mixed", 60).await;
    let rows = client.rows("incident", "", "").await;
    let kinds: BTreeSet<&str> = rows
        .iter()
        .map(|row| match &row["assignment_group"] {
            Value::String(text) if text.is_empty() => "empty",
            Value::String(_) => "plain",
            Value::Object(_) => "object",
            _ => "other",
        })
        .collect();
    assert_eq!(kinds, ["empty", "object", "plain"].into());
    let client = with("local-display", 5).await;
    let rows = client.rows("incident", "", "&sysparm_display_value=all").await;
    assert!(rows.iter().all(|row| row["opened_at"]["display_value"].as_str().unwrap().ends_with('M')));
    let client = with("columns-missing", 5).await;
    let rows = client.rows("incident", "", "&sysparm_fields=number,hold_reason").await;
    assert_eq!(rows[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["number"]);
}

#[tokio::test]
async fn rows_come_twice() {
    let client = with("duplicate-rows", 50).await;
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut next = Some("/api/now/table/incident?sysparm_query=ORDERBYsys_id&sysparm_limit=10".to_owned());
    while let Some(path) = next {
        let got = client.get(&path).await;
        texts(&got.rows(), "sys_id").into_iter().for_each(|id| *seen.entry(id).or_default() += 1);
        next = got.link("next");
    }
    assert_eq!(seen.len(), client.instance.lock().unwrap().oracle().incidents.len());
    assert!(seen.values().filter(|count| **count == 2).count() >= 3);
}

#[tokio::test]
async fn other_domains_are_not_there() {
    let client = with("domain-separation", 80).await;
    let truth = client.instance.lock().unwrap().oracle();
    assert!(truth.elsewhere > 5);
    let got = client.get("/api/now/table/incident?sysparm_query_no_domain=true").await;
    assert_eq!(got.header("x-total-count"), truth.incidents.len().to_string());
    assert_eq!(got.rows().len(), truth.incidents.len());
}

#[tokio::test]
async fn a_drip_is_slow_and_whole() {
    let client = with("slow-drip", 30).await;
    let got = client.get("/api/now/table/incident").await;
    assert!(got.complete && got.body.len() > 3 * 4_096);
    assert_ne!(got.json(), json!({"result": []}));
}

#[tokio::test]
async fn nothing_may_be_audited_and_comments_may_leave_no_mark() {
    let client = with("not-audited", 20).await;
    assert!(client.rows("sys_audit", "tablename=incident", "").await.is_empty());
    let client = with("journal-unmarked", 20).await;
    let (id, before) = {
        let mut instance = client.instance.lock().unwrap();
        let before = instance.oracle().incidents.into_values().next().unwrap();
        instance.advance(5);
        instance.write(&before.sys_id, "comments", "unseen");
        (before.sys_id.clone(), before)
    };
    let after = client.instance.lock().unwrap().oracle().incidents.remove(&id).unwrap();
    assert_eq!((after.sys_updated_on, after.sys_mod_count), (before.sys_updated_on, before.sys_mod_count));
    assert_eq!(after.journal.len(), before.journal.len() + 1);
}

#[tokio::test]
async fn headers_may_be_missing_or_lead_on_for_ever() {
    let first = "/api/now/table/incident?sysparm_limit=5";
    let client = with("count-missing", 20).await;
    let got = client.get(first).await;
    assert!(!got.headers.contains_key("x-total-count") && got.link("last").is_none() && got.link("next").is_some());
    assert!(!with("date-missing", 20).await.get(first).await.headers.contains_key("date"));
    let client = with("link-at-the-end", 20).await;
    let got = client.get("/api/now/table/incident?sysparm_limit=5&sysparm_offset=500").await;
    assert!(got.rows().is_empty() && got.link("next").unwrap().contains("sysparm_offset=505"));
}
