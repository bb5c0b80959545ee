//! The form of answers: texts, users, names, links.

use crate::client::Client;
use counterfoil_gym::jira::{Edition, Instance, Switches};
use serde_json::{Value, json};

async fn one(edition: Edition, switch: &str, values: &[(&str, &str)]) -> (Client, String) {
    let mut instance = Instance::empty(edition, counterfoil_gym::NOW);
    let issue = instance.create("DESK", values);
    let switches = if switch.is_empty() { Switches::default() } else { Switches::by_name(switch).unwrap() };
    (Client::of(instance, switches).await, issue)
}

#[tokio::test]
async fn texts_are_trees_in_version_three_and_markup_in_version_two() {
    let text = "first\nline\n\n* one\n* two";
    let (client, issue) = one(Edition::Cloud, "", &[("description", text)]).await;
    let adf = client.get(&format!("/rest/api/3/issue/{issue}")).await.json()["fields"]["description"].clone();
    assert_eq!((adf["type"].as_str(), adf["version"].as_u64()), (Some("doc"), Some(1)));
    assert_eq!(adf["content"][1]["type"], "bulletList");
    assert_eq!(client.get(&format!("/rest/api/2/issue/{issue}")).await.json()["fields"]["description"], text);
    let (client, issue) = one(Edition::Cloud, "wild-texts", &[("description", text)]).await;
    let adf = client.get(&format!("/rest/api/3/issue/{issue}")).await.text();
    assert!(adf.contains("nobodyKnowsIt") && adf.contains("\"timestamp\":\"1782856800000\""));
    let (client, issue) = one(Edition::DataCenter, "", &[]).await;
    assert!(client.get(&format!("/rest/api/2/issue/{issue}")).await.json()["fields"]["description"].is_null());
}

#[tokio::test]
async fn people_have_ids_or_names() {
    for (edition, has, lacks) in [(Edition::Cloud, "accountId", "name"), (Edition::DataCenter, "name", "accountId")] {
        let (client, issue) = one(edition, "", &[("assignee", "Mei Chen")]).await;
        let fields = client.get(&format!("/rest/api/2/issue/{issue}")).await.json()["fields"].clone();
        let person = &fields["assignee"];
        assert!(person[has].is_string() && person.get(lacks).is_none() && person["emailAddress"].is_string());
        client.server.set_switches(Switches::by_name("mail-hidden").unwrap());
        let fields = client.get(&format!("/rest/api/2/issue/{issue}")).await.json()["fields"].clone();
        assert!(fields["assignee"].get("emailAddress").is_none());
        client.with(|one| one.update(&issue, &[("assignee", ""), ("priority", "")]));
        let fields =
            client.get(&format!("/rest/api/2/issue/{issue}?fields=assignee,priority")).await.json()["fields"].clone();
        assert_eq!(fields, json!({"assignee": null, "priority": null}));
        let without = client.get(&format!("/rest/api/2/issue/{issue}?fields=*all,-assignee")).await.json();
        assert!(without["fields"].get("assignee").is_none() && without["fields"].get("status").is_some());
    }
}

#[tokio::test]
async fn names_are_localised_and_renamed_and_not_unique() {
    let (client, issue) = one(Edition::Cloud, "", &[]).await;
    client.with(|one| {
        one.update(&issue, &[("status", "3")]);
        one.rename_status("3", "Working on it");
    });
    let path = format!("/rest/api/3/issue/{issue}?expand=changelog");
    let got = client.get(&path).await.json();
    assert_eq!(got["fields"]["status"]["name"], "Working on it");
    // The history keeps what it was called.
    assert_eq!(got["changelog"]["histories"][0]["items"][0]["toString"], "In Progress");
    client.with(|one| one.rename_status("3", "In Progress"));
    let all = client.get("/rest/api/3/status").await.json();
    let same = all.as_array().unwrap().iter().filter(|status| status["name"] == "In Progress").count();
    assert_eq!(same, 2);
    client.server.set_switches(Switches::by_name("names-localised").unwrap());
    client.with(|one| one.update(&issue, &[("priority", "1")]));
    let got = client.get(&path).await.json();
    assert_eq!(got["fields"]["priority"]["name"], "Höchste");
    assert_eq!(got["fields"]["status"]["statusCategory"]["key"], "indeterminate");
    let item = &got["changelog"]["histories"][0]["items"][0];
    assert_eq!((item["field"].as_str(), item["fieldId"].as_str()), (Some("Priorität"), Some("priority")));
    let search = client.get("/rest/api/3/statuses/search?maxResults=3").await.json();
    assert_eq!((search["values"].as_array().unwrap().len(), search["isLast"].as_bool()), (3, Some(false)));
    client.server.set_switches(Switches::by_name("statuses-renamed").unwrap());
    let got = client.get(&path).await.json();
    assert_eq!(got["fields"]["status"]["name"], "In Progress (renamed)");
    assert_eq!(got["changelog"]["histories"][1]["items"][0]["toString"], "In Progress");
    client.server.set_switches(Switches::by_name("deep-texts").unwrap());
    client.with(|one| one.update(&issue, &[("description", "deep")]));
    let deep = client.get(&path).await;
    assert!(deep.complete && serde_json::from_slice::<Value>(&deep.body).is_err());
    client.server.set_switches(Switches::by_name("status-denied").unwrap());
    assert_eq!(client.get("/rest/api/3/status").await.status, 403);
}

#[tokio::test]
async fn links_have_two_ends_and_remote_links_their_global_id() {
    let mut instance = Instance::empty(Edition::Cloud, counterfoil_gym::NOW);
    let (one, other) = (instance.create("DESK", &[]), instance.create("NET", &[]));
    let link = instance.link(&one, "Problem/Incident", &other);
    instance.remote_link(&one, "system=x&id=1", "https://x.example/1", "X");
    instance.remote_link(&one, "system=x&id=1", "https://x.example/2", "X");
    let client = Client::of(instance, Switches::default()).await;
    let ends =
        async |id: &str| client.get(&format!("/rest/api/3/issue/{id}")).await.json()["fields"]["issuelinks"][0].clone();
    let (from, to) = (ends(&one).await, ends(&other).await);
    assert_eq!((from["id"].as_str(), to["id"].as_str()), (Some(link.as_str()), Some(link.as_str())));
    assert_eq!(from["outwardIssue"]["id"].as_str(), Some(other.as_str()));
    assert_eq!((to["inwardIssue"]["id"].as_str(), to.get("outwardIssue")), (Some(one.as_str()), None));
    let log = client.get(&format!("/rest/api/3/issue/{one}/changelog")).await.list("values");
    assert!(log[0]["items"][0].get("fieldId").is_none() && log[0]["items"][0]["field"] == "Link");
    let remote = client.get(&format!("/rest/api/3/issue/{one}/remotelink")).await.json();
    assert_eq!(
        (remote.as_array().unwrap().len(), remote[0]["object"]["url"].as_str()),
        (1, Some("https://x.example/2"))
    );
    client.with(|site| site.unlink(&link));
    assert!(ends(&other).await.is_null());
}
