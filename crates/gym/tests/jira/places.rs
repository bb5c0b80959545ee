//! Where issues go: moved, renamed, archived, deleted, hidden, and keys that are used again.

use crate::client::Client;
use counterfoil_gym::jira::{Edition, Instance, ProjectKind, Switches, Visibility};
use serde_json::json;

async fn start(edition: Edition) -> (Client, [String; 4]) {
    let mut instance = Instance::empty(edition, counterfoil_gym::NOW);
    let issues = [0, 1, 2, 3].map(|nth| instance.create("DESK", &[("summary", &format!("issue {nth}"))]));
    instance.create_project("NET", "Network", ProjectKind::ServiceDesk);
    instance.advance(60);
    (Client::of(instance, Switches::default()).await, issues)
}

async fn status(client: &Client, id: &str) -> u16 {
    client.get(&format!("/rest/api/2/issue/{id}")).await.status
}

#[tokio::test]
async fn a_moved_issue_keeps_its_id_and_its_old_key_leads_to_it() {
    for edition in [Edition::Cloud, Edition::DataCenter] {
        let (client, [issue, ..]) = start(edition).await;
        client.with(|one| one.move_to(&issue, "NET"));
        for name in ["DESK-1", "desk-1", "NET-1", issue.as_str()] {
            let got = client.get(&format!("/rest/api/2/issue/{name}?expand=changelog")).await.json();
            assert_eq!((got["id"].as_str(), got["key"].as_str()), (Some(issue.as_str()), Some("NET-1")), "{name}");
            let items = got["changelog"]["histories"][0]["items"].as_array().unwrap();
            let fields: Vec<&str> = items.iter().map(|item| item["field"].as_str().unwrap()).collect();
            assert_eq!(fields, ["project", "Key"]);
            assert_eq!(items[1]["fromString"], "DESK-1");
        }
        assert_eq!(client.found("key = DESK-1").await, std::slice::from_ref(&issue));
        assert_eq!(client.found("project = DESK").await.len(), 3);
        let truth = client.with(|one| one.oracle_within("project = DESK"));
        assert_eq!((truth.issues.len(), truth.outside.contains(&issue)), (3, true));
        assert_eq!(truth.former_keys["DESK-1"], issue);
    }
}

#[tokio::test]
async fn deleted_hidden_and_archived_issues_look_alike() {
    for edition in [Edition::Cloud, Edition::DataCenter] {
        let (client, [deleted, hidden, archived, there]) = start(edition).await;
        client.with(|one| {
            one.link(&there, "Blocks", &hidden);
            one.link(&there, "Blocks", &deleted);
            one.delete(&deleted);
            one.hide(&hidden);
            one.archive(&archived);
        });
        for id in [&deleted, &hidden, &archived] {
            assert_eq!(status(&client, id).await, 404);
            assert_eq!(client.found("project = DESK").await, std::slice::from_ref(&there));
            assert!(client.refused(&format!("id in ({id}, {there})")).await.contains("does not exist"));
        }
        let links = client.get(&format!("/rest/api/2/issue/{there}")).await.json()["fields"]["issuelinks"].clone();
        assert_eq!(links, json!([]));
        let of = |id: &String| client.with(|one| one.visibility(id));
        assert_eq!(
            [&deleted, &hidden, &archived, &there].map(of),
            [Visibility::Deleted, Visibility::PermissionLost, Visibility::Archived, Visibility::Visible]
        );
        let truth = client.with(|one| one.oracle());
        let one = |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>();
        assert_eq!(
            [one(&truth.deleted), one(&truth.hidden), one(&truth.archived)],
            [vec![deleted.clone()], vec![hidden.clone()], vec![archived.clone()]]
        );
        if edition == Edition::Cloud {
            let body = json!({"issueIdsOrKeys": [there, deleted, hidden, "DESK-3"]});
            let got = client.post("/rest/api/3/issue/bulkfetch", &body).await;
            assert_eq!((got.list("issues").len(), got.list("issueErrors").len()), (1, 3));
        }
        client.with(|one| {
            one.unhide(&hidden);
            one.restore(&archived);
        });
        assert_eq!(client.found("project = DESK").await.len(), 3);
    }
}

#[tokio::test]
async fn a_project_gets_another_key() {
    let (client, [issue, ..]) = start(Edition::Cloud).await;
    let updated = client.with(|one| one.oracle()).issues[&issue].updated;
    client.with(|one| one.rename_project("DESK", "HELP"));
    let got = client.get("/rest/api/3/issue/DESK-1").await.json();
    assert_eq!((got["key"].as_str(), got["fields"]["project"]["key"].as_str()), (Some("HELP-1"), Some("HELP")));
    assert_eq!(client.found("project = HELP").await.len(), 4);
    assert_eq!(client.with(|one| one.oracle()).issues[&issue].updated, updated);
}

#[tokio::test]
async fn a_key_is_used_again_by_another_issue() {
    let (client, [moved, gone, ..]) = start(Edition::Cloud).await;
    client.with(|one| {
        one.move_to(&moved, "NET");
        one.delete_project("DESK");
    });
    assert_eq!(status(&client, &gone).await, 404);
    assert!(client.refused("project = DESK").await.contains("DESK"));
    let again = client.with(|one| one.create("DESK", &[]));
    let got = client.get("/rest/api/3/issue/DESK-1").await.json();
    assert_eq!(got["id"].as_str(), Some(again.as_str()));
    assert_eq!(client.get("/rest/api/3/issue/NET-1").await.json()["id"].as_str(), Some(moved.as_str()));
}

#[tokio::test]
async fn projects_are_archived_and_listed_by_their_state() {
    let (client, [issue, ..]) = start(Edition::Cloud).await;
    client.with(|one| one.archive_project("DESK"));
    assert_eq!(status(&client, &issue).await, 404);
    assert_eq!(client.with(|one| one.visibility(&issue)), Visibility::Archived);
    for (state, keys) in
        [("", vec!["NET"]), ("?status=archived", vec!["DESK"]), ("?status=live,archived", vec!["DESK", "NET"])]
    {
        let got = client.get(&format!("/rest/api/3/project/search{state}")).await.list("values");
        assert_eq!(got.iter().map(|one| one["key"].as_str().unwrap()).collect::<Vec<_>>(), keys);
    }
}

#[tokio::test]
async fn a_role_is_taken_away() {
    let client = Client::random(Edition::Cloud, 100, "").await;
    let before = client.found("updated >= -4w").await.len();
    client.server.set_switches(Switches::by_name("role-removed").unwrap());
    let after = client.found("updated >= -4w").await.len();
    assert!(after * 3 < before, "{before} {after}");
    let truth = client.with(|one| one.oracle());
    assert_eq!((truth.issues.len(), truth.issues.len() + truth.hidden.len() >= before), (after, true));
}
