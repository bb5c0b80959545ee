//! Switches that are told nowhere else: the lag of the index, nodes that differ, rows that move, answers that drip.

use crate::client::Client;
use counterfoil_gym::jira::{Edition, Instance, SCOPE, Switches};
use std::collections::BTreeSet;

const ALL: &str = "updated >= -4w ORDER BY updated ASC, id ASC";

#[tokio::test]
async fn the_index_is_behind_and_the_later_of_two_changes_can_be_found_first() {
    for edition in [Edition::Cloud, Edition::DataCenter] {
        for (switch, secs) in [("index-lag", 90), ("index-lag-hours", 21_600)] {
            let client = Client::random(edition, 10, switch).await;
            let made: Vec<String> = client.with(|one| {
                let make = |one: &mut Instance| {
                    one.advance(1);
                    one.create("DESK", &[("summary", "new")])
                };
                (0..12).map(|_| make(one)).collect()
            });
            let found: BTreeSet<String> = client.found(ALL).await.into_iter().collect();
            let late: Vec<bool> = made.iter().map(|id| !found.contains(id)).collect();
            let first = late.iter().position(|late| *late).unwrap();
            assert!(late[first..].contains(&false), "an older one is missing while a younger one is found");
            // The issue itself is there, and the truth knows it.
            assert_eq!(client.get(&format!("/rest/api/2/issue/{}", made[first])).await.status, 200);
            assert!(client.with(|one| one.oracle()).issues.contains_key(&made[first]));
            client.with(|one| one.advance(secs));
            assert!(made.iter().all(|id| client.with(|one| one.oracle()).issues.contains_key(id)));
            let found = client.found(ALL).await;
            assert!(made.iter().all(|id| found.contains(id)));
        }
    }
}

#[tokio::test]
async fn quiet_lets_everything_come_to_light() {
    let client = Client::random(Edition::Cloud, 10, "index-lag-hours").await;
    let made: Vec<String> = client.with(|one| (0..8).map(|_| one.create("DESK", &[])).collect());
    assert!(made.iter().filter(|id| client.with(|one| one.oracle()).issues.contains_key(*id)).count() == 8);
    client.with(Instance::quiet);
    let found = client.found(ALL).await;
    assert!(made.iter().all(|id| found.contains(id)));
}

#[tokio::test]
async fn cloud_answers_as_the_index_knows_and_data_center_as_the_database_has() {
    for (edition, stale) in [(Edition::Cloud, true), (Edition::DataCenter, false)] {
        let client = Client::random(edition, 0, "index-lag").await;
        let issues: Vec<String> =
            client.with(|one| (0..10).map(|_| one.create("DESK", &[("summary", "old")])).collect());
        client.with(|one| {
            one.advance(90);
            issues.iter().for_each(|id| one.update(id, &[("summary", "new")]));
        });
        let rows = match edition {
            Edition::Cloud => client.page("project = DESK", 50, None).await,
            Edition::DataCenter => client.get("/rest/api/2/search?jql=project%3DDESK").await,
        };
        let old = rows.list("issues").iter().filter(|row| row["fields"]["summary"] == "old").count();
        assert_eq!(old > 0, stale, "{old}");
    }
}

#[tokio::test]
async fn two_nodes_know_different_things() {
    let client = Client::random(Edition::DataCenter, 20, "nodes-differ").await;
    let made = client.with(|one| one.create("DESK", &[]));
    let mut answers = BTreeSet::new();
    for _ in 0..4 {
        answers.insert(client.found(ALL).await.contains(&made));
    }
    assert_eq!(answers.len(), 2);
    client.with(|one| one.advance(60));
    for _ in 0..4 {
        assert!(client.found(ALL).await.contains(&made));
    }
}

#[tokio::test]
async fn something_happens_while_somebody_reads() {
    let client = Client::random(Edition::Cloud, 60, "moving-rows").await;
    let before = client.with(|one| one.now());
    for _ in 0..6 {
        client.page(SCOPE, 10, None).await;
    }
    assert_eq!(client.with(|one| one.now()).as_second() - before.as_second(), 2);
}

#[tokio::test]
async fn answers_drip_and_are_whole() {
    let client = Client::random(Edition::Cloud, 60, "slow-drip").await;
    let got = client.page(ALL, 50, None).await;
    assert_eq!((got.complete, got.list("issues").len()), (true, 50));
}

#[tokio::test]
async fn requests_are_told() {
    let client = Client::random(Edition::Cloud, 20, "").await;
    client.page(ALL, 5, None).await;
    client.get("/rest/api/3/issue/DESK-1/comment").await;
    let gateway = client.server.gateway_url();
    client.get(&format!("{gateway}/rest/api/3/issue/DESK-1/changelog")).await;
    let seen = client.server.requests();
    assert_eq!((seen[0].jql.as_str(), seen[0].rows, seen[0].status), (ALL, 5, 200));
    let counts: Vec<(String, u64)> = client.server.counts().into_iter().collect();
    assert_eq!(counts, [("changelog".into(), 1), ("comment".into(), 1), ("search".into(), 1)]);
    client.server.forget_requests();
    assert!(client.server.requests().is_empty());
}

#[tokio::test]
async fn hidden_issues_are_absent_everywhere() {
    let client = Client::random(Edition::Cloud, 80, "hidden-issues").await;
    let truth = client.with(|one| one.oracle());
    let found: BTreeSet<String> = client.found(ALL).await.into_iter().collect();
    assert_eq!(found, truth.issues.keys().cloned().collect());
    assert!(truth.hidden.len() > 10);
    for id in truth.hidden.iter().take(3) {
        assert_eq!(client.get(&format!("/rest/servicedeskapi/request/{id}")).await.status, 404);
    }
}

#[tokio::test]
async fn every_switch_leaves_an_answer() {
    for (name, _) in Switches::names() {
        for edition in [Edition::Cloud, Edition::DataCenter] {
            let client = Client::random(edition, 8, name).await;
            let path = if edition == Edition::Cloud { "/rest/api/3/search/jql" } else { "/rest/api/2/search" };
            let got = client.get(&format!("{path}?jql=updated%20%3E%3D%20-4w&expand=changelog&fields=*all")).await;
            assert!([200, 400, 401, 403, 410, 429, 500, 502, 503, 504].contains(&got.status), "{name} {}", got.status);
        }
    }
}
