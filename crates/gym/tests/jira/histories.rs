//! Changelogs: embedded, paged, of many issues; and comments.

use crate::client::{Client, id};
use counterfoil_gym::jira::{Edition, Instance, Listener, Switches};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// An issue with so many entries.
async fn long(edition: Edition, entries: u32, switch: &str) -> (Client, String) {
    let mut instance = Instance::random(edition, 3, 5);
    let issue = instance.create("DESK", &[("summary", "long")]);
    instance.long_history(&issue, entries);
    let switches = if switch.is_empty() { Switches::default() } else { Switches::by_name(switch).unwrap() };
    (Client::of(instance, switches).await, issue)
}

fn created(entries: &[Value]) -> Vec<String> {
    entries.iter().map(|one| one["created"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn five_thousand_entries_are_cut_where_they_are_embedded_and_whole_where_they_are_paged() {
    let (client, issue) = long(Edition::Cloud, 5_000, "").await;
    let one = client.get(&format!("/rest/api/3/issue/{issue}?expand=changelog")).await.json();
    let embedded = one["changelog"]["histories"].as_array().unwrap();
    assert_eq!((embedded.len(), one["changelog"]["total"].as_u64()), (100, Some(5_000)));
    let stamps = created(embedded);
    assert!(stamps.windows(2).all(|two| two[0] >= two[1]));
    let mut all = Vec::new();
    let mut next = Some(format!("/rest/api/3/issue/{issue}/changelog?maxResults=1000"));
    while let Some(path) = next {
        let page = client.get(&path).await.json();
        assert_eq!(page["maxResults"], 100);
        all.extend(page["values"].as_array().unwrap().clone());
        next = page["nextPage"].as_str().map(str::to_owned);
        assert_eq!(page["isLast"].as_bool().unwrap(), next.is_none());
    }
    assert_eq!(all.len(), 5_000);
    let stamps = created(&all);
    assert!(stamps.windows(2).all(|two| two[0] <= two[1]));
    let truth = client.with(|one| one.oracle());
    let told: Vec<String> = truth.issues[&issue].changes.iter().map(|one| one.id.clone()).collect();
    assert_eq!(all.iter().map(id).collect::<Vec<_>>(), told);
}

#[tokio::test]
async fn data_center_tells_it_whole_and_has_no_pages() {
    let (client, issue) = long(Edition::DataCenter, 250, "").await;
    let one = client.get(&format!("/rest/api/2/issue/{issue}?expand=changelog")).await.json();
    let embedded = one["changelog"]["histories"].as_array().unwrap();
    assert_eq!(embedded.len(), 250);
    let stamps = created(embedded);
    assert!(stamps.windows(2).all(|two| two[0] <= two[1]));
    assert!(embedded[0]["items"][0].get("fieldId").is_none());
    assert_eq!(client.get(&format!("/rest/api/2/issue/{issue}/changelog")).await.status, 404);
    assert_eq!(client.post("/rest/api/2/changelog/bulkfetch", &json!({"issueIdsOrKeys": [issue]})).await.status, 404);
}

#[tokio::test]
async fn changelogs_are_cut_and_say_so_or_lie() {
    for (switch, total) in [("changelog-cut", 120), ("changelog-total-lies", 40)] {
        for edition in [Edition::Cloud, Edition::DataCenter] {
            let (client, issue) = long(edition, 120, switch).await;
            let one = client.get(&format!("/rest/api/2/issue/{issue}?expand=changelog")).await.json();
            let log = &one["changelog"];
            assert_eq!((log["histories"].as_array().unwrap().len(), log["total"].as_u64()), (40, Some(total)));
        }
    }
    let (client, issue) = long(Edition::Cloud, 3, "changelog-missing").await;
    assert_eq!(client.get(&format!("/rest/api/3/issue/{issue}/changelog")).await.status, 404);
    let (client, issue) = long(Edition::Cloud, 3, "changelog-denied").await;
    assert_eq!(client.get(&format!("/rest/api/3/issue/{issue}/changelog")).await.status, 403);
}

#[tokio::test]
async fn changelogs_of_many_issues_are_spread_over_pages() {
    let mut instance = Instance::random(Edition::Cloud, 3, 5);
    let issues: Vec<String> = (0..3).map(|_| instance.create("DESK", &[])).collect();
    for nth in 0..20 {
        instance.advance(1);
        for issue in &issues {
            instance.update(issue, &[("labels", &format!("l{nth}")), ("duedate", "2026-07-01")]);
        }
    }
    let client = Client::of(instance, Switches::default()).await;
    let (mut entries, mut token, mut spread) = (Vec::new(), Value::Null, 0);
    loop {
        let body = json!({"issueIdsOrKeys": issues, "maxResults": 7, "nextPageToken": token});
        let page = client.post("/rest/api/3/changelog/bulkfetch", &body).await.json();
        let logs = page["issueChangeLogs"].as_array().unwrap();
        spread += usize::from(logs.len() == 3);
        for log in logs {
            let of = id(&json!({"id": log["issueId"]}));
            entries.extend(log["changeHistories"].as_array().unwrap().iter().map(|one| (of.clone(), id(one))));
        }
        token = page["nextPageToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!((entries.len(), entries.iter().collect::<BTreeSet<_>>().len(), spread > 3), (60, 60, true));
    let status = json!({"issueIdsOrKeys": issues, "fieldIds": ["status"]});
    assert_eq!(client.post("/rest/api/3/changelog/bulkfetch", &status).await.json()["issueChangeLogs"], json!([]));
    let many: Vec<u32> = (0..1_001).collect();
    let too_many = json!({"issueIdsOrKeys": many});
    assert_eq!(client.post("/rest/api/3/changelog/bulkfetch", &too_many).await.status, 400);
    client.server.set_switches(Switches::by_name("bulk-changelog-millis").unwrap());
    let got = client.post("/rest/api/3/changelog/bulkfetch", &json!({"issueIdsOrKeys": issues})).await.json();
    assert!(got["issueChangeLogs"][0]["changeHistories"][0]["created"].is_i64());
    client.server.set_switches(Switches::by_name("bulk-changelog-missing").unwrap());
    assert_eq!(client.post("/rest/api/3/changelog/bulkfetch", &status).await.status, 404);
}

#[tokio::test]
async fn comments_are_embedded_to_a_number_and_paged_to_the_end() {
    for (edition, embedded) in [(Edition::Cloud, 20), (Edition::DataCenter, 70)] {
        let mut instance = Instance::empty(edition, counterfoil_gym::NOW);
        let issue = instance.create("DESK", &[]);
        for nth in 0..70 {
            instance.advance(1);
            instance.comment(
                &issue,
                &format!("comment {nth}"),
                if nth % 2 == 0 { Listener::Customer } else { Listener::Internal },
            );
        }
        let client = Client::of(instance, Switches::default()).await;
        let path = format!("/rest/api/2/issue/{issue}");
        let field = client.get(&path).await.json()["fields"]["comment"].clone();
        assert_eq!((field["comments"].as_array().unwrap().len(), field["total"].as_u64()), (embedded, Some(70)));
        let mut all = Vec::new();
        loop {
            let page = client.get(&format!("{path}/comment?startAt={}&maxResults=30&orderBy=created", all.len())).await;
            let comments = page.list("comments");
            if comments.is_empty() {
                break;
            }
            all.extend(comments);
        }
        assert_eq!(all.len(), 70);
        assert_eq!((all[3]["body"].as_str(), all[3]["jsdPublic"].as_bool()), (Some("comment 3"), Some(false)));
        client.server.set_switches(Switches::by_name("comments-cut").unwrap());
        let field = client.get(&path).await.json()["fields"]["comment"].clone();
        assert_eq!((field["comments"].as_array().unwrap().len(), field["total"].as_u64()), (2, Some(70)));
        client.server.set_switches(Switches::by_name("authors-missing").unwrap());
        let authors = client.get(&format!("{path}/comment?maxResults=100")).await.list("comments");
        let without = authors.iter().filter(|one| one.get("author").is_none()).count();
        assert!((5..40).contains(&without), "{without}");
        client.server.set_switches(Switches::by_name("comments-denied").unwrap());
        assert_eq!(client.get(&format!("{path}/comment")).await.status, 403);
    }
}
