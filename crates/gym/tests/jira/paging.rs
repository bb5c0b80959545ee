//! Walks: tokens and offsets, and everything that can be wrong with them.

use crate::client::{Client, encode, id};
use counterfoil_gym::jira::{Edition, Instance, Switches};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ALL: &str = "updated >= -4w ORDER BY updated ASC, id ASC";

fn ids(pages: &[Vec<Value>]) -> Vec<String> {
    pages.iter().flatten().map(id).collect()
}

async fn cloud(switch: &str) -> (Client, Vec<String>) {
    let client = Client::random(Edition::Cloud, 90, switch).await;
    let mut all: Vec<(String, String)> =
        client.with(|one| one.oracle()).issues.into_values().map(|one| (one.updated.to_string(), one.id)).collect();
    all.sort();
    (client, all.into_iter().map(|(_, id)| id).collect())
}

#[tokio::test]
async fn a_walk_by_token_finds_everything_once() {
    let (client, _) = cloud("").await;
    let all: BTreeSet<String> = client.with(|one| one.oracle()).issues.into_keys().collect();
    for most in [1, 7, 100] {
        let walked = ids(&client.walk(ALL, most).await);
        assert_eq!(walked.len(), all.len());
        assert_eq!(walked.into_iter().collect::<BTreeSet<_>>(), all);
    }
    let first = client.page(ALL, 10, None).await.json();
    assert_eq!((first["isLast"].as_bool(), first.get("total"), first.get("startAt")), (Some(false), None, None));
    // By GET it is the same.
    let query = format!("jql={}&maxResults=10&fields=summary,status", encode(ALL));
    let got = client.get(&format!("/rest/api/3/search/jql?{query}")).await.json();
    assert_eq!(id(&got["issues"][3]), id(&first["issues"][3]));
    let fields: Vec<&String> = got["issues"][3]["fields"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["status", "summary"]);
}

#[tokio::test]
async fn only_ids_come_unless_fields_are_asked_for() {
    let (client, all) = cloud("").await;
    let got = client.post("/rest/api/3/search/jql", &json!({"jql": ALL, "maxResults": 5_000})).await.json();
    let row = got["issues"][0].as_object().unwrap();
    assert!(row.contains_key("id") && !row.contains_key("key") && !row.contains_key("fields"));
    assert_eq!(got["issues"].as_array().unwrap().len(), all.len());
    let key = json!({"jql": ALL, "fields": ["key"]});
    assert!(client.post("/rest/api/3/search/jql", &key).await.json()["issues"][0]["key"].is_string());
    let mut instance = Instance::random(Edition::Cloud, 1, 10);
    instance.burst(150);
    let client = Client::of(instance, Switches::default()).await;
    assert_eq!(client.page(ALL, 1_000, None).await.list("issues").len(), 100);
    let count = client.post("/rest/api/3/search/approximate-count", &json!({"jql": ALL})).await.json();
    assert_eq!(count["count"].as_u64().unwrap() as usize, client.found(ALL).await.len());
}

#[tokio::test]
async fn a_token_belongs_to_its_query_and_to_its_week() {
    let (client, _) = cloud("").await;
    let token = client.page(ALL, 10, None).await.json()["nextPageToken"].as_str().unwrap().to_owned();
    let other = ALL.replace("-4w", "-5w");
    for (jql, token) in [(other.as_str(), token.as_str()), (ALL, "bm90aGluZw")] {
        let got = client.page(jql, 10, Some(token)).await;
        assert_eq!((got.status, got.text().contains("next page token")), (400, true));
    }
    assert_eq!(client.page(ALL, 10, Some(&token)).await.status, 200);
    client.with(|one| one.advance(7 * 86_400));
    assert_eq!(client.page(ALL, 10, Some(&token)).await.status, 400);
    let (client, _) = cloud("page-token-short").await;
    let token = client.page(ALL, 10, None).await.json()["nextPageToken"].as_str().unwrap().to_owned();
    client.with(|one| one.advance(60));
    assert_eq!(client.page(ALL, 10, Some(&token)).await.status, 400);
}

#[tokio::test]
async fn a_token_dies_once_in_every_walk() {
    let (client, all) = cloud("page-token-dies").await;
    let mut token: Option<String> = None;
    let (mut died, mut seen) = (0, BTreeSet::new());
    loop {
        let got = client.page(ALL, 10, token.as_deref()).await;
        if got.status == 400 {
            died += 1;
            token = None;
            continue;
        }
        seen.extend(got.list("issues").iter().map(id));
        token = got.json()["nextPageToken"].as_str().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert_eq!((died, seen.len()), (1, all.len()));
}

#[tokio::test]
async fn pages_are_shorter_than_they_could_be() {
    let (client, all) = cloud("short-pages").await;
    let pages = client.walk(ALL, 10).await;
    let lengths: BTreeSet<usize> = pages.iter().map(Vec::len).collect();
    assert!(lengths.contains(&0) && lengths.contains(&4) && lengths.contains(&10), "{lengths:?}");
    assert_eq!(ids(&pages).len(), all.len());
    let (client, all) = cloud("page-cap").await;
    let pages = client.walk(ALL, 50).await;
    assert_eq!((pages[0].len(), ids(&pages).len()), (7, all.len()));
    let client = Client::random(Edition::DataCenter, 90, "page-cap").await;
    let got = client.get(&format!("/rest/api/2/search?jql={}&maxResults=50", encode(ALL))).await.json();
    assert_eq!((got["maxResults"].as_u64(), got["issues"].as_array().unwrap().len()), (Some(7), 7));
}

#[tokio::test]
async fn rows_come_twice() {
    let (client, all) = cloud("duplicate-rows").await;
    let pages = client.walk(ALL, 10).await;
    assert_eq!(pages[1][0]["id"], pages[0][9]["id"]);
    assert_eq!(ids(&pages).into_iter().collect::<BTreeSet<_>>().len(), all.len());
    let client = Client::random(Edition::DataCenter, 90, "duplicate-rows").await;
    let page = async |start: u64| {
        let path = format!("/rest/api/2/search?jql={}&maxResults=10&startAt={start}", encode(ALL));
        client.get(&path).await.list("issues")
    };
    assert_eq!(page(10).await[0]["id"], page(0).await[9]["id"]);
}

#[tokio::test]
async fn the_end_is_the_token_and_nothing_else() {
    let (client, all) = cloud("is-last-lies").await;
    let first = client.page(ALL, 10, None).await.json();
    assert_eq!((first["isLast"].as_bool(), first["nextPageToken"].is_string()), (Some(true), true));
    assert_eq!(ids(&client.walk(ALL, 10).await).len(), all.len());
    let last = client.page(ALL, 100, None).await.json();
    assert_eq!((last["isLast"].as_bool(), last.get("nextPageToken")), (Some(false), None));
    let (client, _) = cloud("null-token").await;
    assert_eq!(client.page(ALL, 100, None).await.json().get("nextPageToken"), Some(&Value::Null));
    let (client, _) = cloud("token-repeats").await;
    let one = client.page(ALL, 10, None).await.json()["nextPageToken"].as_str().unwrap().to_owned();
    let two = client.page(ALL, 10, Some(&one)).await.json();
    assert_eq!(two["nextPageToken"].as_str(), Some(one.as_str()));
    let (client, _) = cloud("truncation-warned").await;
    assert_eq!(client.page(ALL, 10, None).await.json()["warnings"][0]["type"], "CLAUSE_LIMIT_EXCEEDED");
    let (client, _) = cloud("fields-missing").await;
    assert!(client.page(ALL, 10, None).await.json()["issues"][0].get("fields").is_none());
}

#[tokio::test]
async fn the_old_search_is_gone() {
    let (client, _) = cloud("").await;
    for path in ["/rest/api/3/search?jql=project%3DDESK", "/rest/api/2/search"] {
        let got = client.get(path).await;
        assert_eq!((got.status, got.text().contains("CHANGE-2046")), (410, true));
    }
    let (client, _) = cloud("search-gone").await;
    assert_eq!(client.page(ALL, 10, None).await.status, 410);
}

/// A walk during which two issues of its first page are touched; which ids it missed.
async fn missed(edition: Edition, switch: &str, order: &str) -> usize {
    let client = Client::random(edition, 60, switch).await;
    let all: BTreeSet<String> = client.with(|one| one.oracle()).issues.into_keys().collect();
    let jql = format!("updated >= -4w ORDER BY {order}");
    let (mut seen, mut token, mut start) = (BTreeSet::new(), None::<String>, 0);
    loop {
        let got = match edition {
            Edition::Cloud => client.page(&jql, 10, token.as_deref()).await,
            Edition::DataCenter => {
                client.get(&format!("/rest/api/2/search?jql={}&maxResults=10&startAt={start}", encode(&jql))).await
            }
        };
        let issues = got.list("issues");
        let first = start == 0;
        start += issues.len();
        if first {
            // One that was read jumps to the end, one that was not read jumps to the beginning of a walk that descends.
            let last = all.iter().find(|one| !issues.iter().any(|row| id(row) == **one)).unwrap().clone();
            client.with(|one| {
                one.update(&id(&issues[2]), &[("summary", "touched")]);
                one.update(&last, &[("summary", "touched")]);
            });
        }
        seen.extend(issues.iter().map(id));
        token = got.json()["nextPageToken"].as_str().map(str::to_owned);
        let more = if edition == Edition::Cloud { token.is_some() } else { !issues.is_empty() };
        if !more {
            return all.difference(&seen).count();
        }
    }
}

#[tokio::test]
async fn rows_that_move_are_lost_by_offsets_and_by_walks_that_descend() {
    assert_eq!(missed(Edition::Cloud, "", "updated ASC, id ASC").await, 0);
    assert!(missed(Edition::Cloud, "", "updated DESC, id ASC").await > 0);
    assert!(missed(Edition::Cloud, "offset-tokens", "updated ASC, id ASC").await > 0);
    assert!(missed(Edition::DataCenter, "", "updated ASC, key ASC").await > 0);
}

#[tokio::test]
async fn ties_fall_in_another_order_each_time() {
    let order = async |switch: &str, order: &str| {
        let mut instance = Instance::empty(Edition::Cloud, counterfoil_gym::NOW);
        (0..30).for_each(|_| drop(instance.create("DESK", &[])));
        instance.advance(60);
        let client = Client::of(instance, Switches::by_name(switch).unwrap_or_default()).await;
        let jql = format!("project = DESK ORDER BY {order}");
        client.found(&jql).await == client.found(&jql).await
    };
    assert!(order("", "updated ASC").await);
    assert!(!order("ties-shuffled", "updated ASC").await);
    assert!(order("ties-shuffled", "updated ASC, id ASC").await);
}

#[tokio::test]
async fn reconciled_issues_are_found_before_the_index_knows() {
    let client = Client::random(Edition::Cloud, 10, "index-lag").await;
    let made: Vec<String> = client.with(|one| (0..20).map(|_| one.create("DESK", &[])).collect());
    let found = client.found(ALL).await;
    let late = made.iter().find(|id| !found.contains(id)).unwrap();
    let body = json!({"jql": ALL, "maxResults": 100, "reconcileIssues": [late.parse::<u64>().unwrap()]});
    let got = client.post("/rest/api/3/search/jql", &body).await;
    assert!(got.list("issues").iter().any(|row| id(row) == *late));
}
