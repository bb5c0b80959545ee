//! Walks through a well-behaved instance.

use crate::client::{Client, Got};
use counterfoil_gym::servicenow::{Instance, Switches};
use std::collections::BTreeMap;

const PATH: &str = "/api/now/table/incident?sysparm_query=ORDERBYsys_updated_on%5EORDERBYsys_id";

fn ids(got: &Got) -> Vec<String> {
    got.rows().iter().map(|row| row["sys_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn links_lead_through_every_row_exactly_once() {
    let client = Client::of(Instance::random(1, 57), Switches::default()).await;
    let truth = client.instance.lock().unwrap().oracle();
    for limit in [1, 2, 7, 56, 57, 58, 1_000] {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        let mut next = Some(format!("{PATH}&sysparm_limit={limit}"));
        while let Some(path) = next {
            let got = client.get(&path).await;
            assert_eq!((got.status, got.header("x-total-count")), (200, truth.incidents.len().to_string().as_str()));
            ids(&got).into_iter().for_each(|id| *seen.entry(id).or_default() += 1);
            next = got.link("next");
        }
        assert!(seen.values().all(|count| *count == 1), "{limit}");
        assert!(seen.keys().eq(truth.incidents.keys()), "{limit}");
    }
}

#[tokio::test]
async fn a_keyset_leads_through_every_row_exactly_once_in_order() {
    let client = Client::of(Instance::random(2, 80), Switches::default()).await;
    let truth = client.instance.lock().unwrap().oracle();
    for limit in [1, 3, 50] {
        let (mut stamp, mut id) = ("2000-01-01 00:00:00".to_owned(), "0".to_owned());
        let mut walked = Vec::new();
        loop {
            let query = format!(
                "sys_updated_on>{stamp}^NQsys_updated_on={stamp}^sys_id>{id}^ORDERBYsys_updated_on^ORDERBYsys_id"
            );
            let more = format!("&sysparm_limit={limit}&sysparm_no_count=true");
            let rows = client.rows("incident", &query, &more).await;
            let Some(last) = rows.last() else { break };
            stamp = last["sys_updated_on"].as_str().unwrap().to_owned();
            id = last["sys_id"].as_str().unwrap().to_owned();
            walked.extend(rows.iter().map(|row| {
                let text = |name: &str| row[name].as_str().unwrap().to_owned();
                (text("sys_updated_on"), text("sys_id"))
            }));
        }
        assert!(walked.is_sorted());
        let mut seen: Vec<&String> = walked.iter().map(|(_, id)| id).collect();
        seen.sort();
        assert!(seen.into_iter().eq(truth.incidents.keys()), "{limit}");
    }
}

#[tokio::test]
async fn values_are_those_of_the_oracle() {
    let client = Client::of(Instance::random(3, 60), Switches::default()).await;
    let truth = client.instance.lock().unwrap().oracle();
    let rows = client.rows("incident", "", "&sysparm_exclude_reference_link=true").await;
    assert_eq!(rows.len(), truth.incidents.len());
    for row in &rows {
        let incident = &truth.incidents[row["sys_id"].as_str().unwrap()];
        for (column, value) in &incident.columns {
            assert_eq!(row[column].as_str().unwrap(), value, "{column}");
        }
        assert_eq!(row["work_notes"], "");
        let changes = client.rows("sys_audit", &format!("documentkey={}", incident.sys_id), "").await;
        let told: Vec<_> = changes.iter().map(|row| (row["fieldname"].clone(), row["newvalue"].clone())).collect();
        let true_ones: Vec<_> =
            incident.changes.iter().map(|one| (one.column.clone().into(), one.new.clone().into())).collect();
        assert_eq!(told, true_ones);
        let entries = client.rows("sys_journal_field", &format!("element_id={}", incident.sys_id), "").await;
        let told: Vec<_> = entries.iter().map(|row| row["value"].as_str().unwrap().to_owned()).collect();
        assert_eq!(told, incident.journal.iter().map(|entry| entry.text.clone()).collect::<Vec<_>>());
    }
}
