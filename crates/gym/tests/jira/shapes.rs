//! The form of answers: texts, users, names, and the OpenAPI documents of the products.

use crate::client::Client;
use counterfoil_gym::jira::{Edition, Instance, Switches};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

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

/// An OpenAPI document that is beside this repository.
fn document(name: &str) -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/openapi").join(name);
    if !path.is_file() {
        println!("SKIP {name}: the folder of real data is not beside this repository");
        return None;
    }
    Some(serde_json::from_slice(&zstd::decode_all(fs::read(path).unwrap().as_slice()).unwrap()).unwrap())
}

/// What a value has that a schema does not know, and what is of another type. Fields of issues are free.
fn strange(document: &Value, schema: &Value, value: &Value, at: &str, complaints: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        return strange(document, &document["components"]["schemas"][name], value, at, complaints);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        strange(document, part, value, at, complaints);
    }
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string() || value.is_null(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    if !fits {
        complaints.insert(format!("{at}: {value} is no {}", schema["type"]));
    }
    for item in value.as_array().into_iter().flatten() {
        strange(document, &schema["items"], item, &format!("{at}[]"), complaints);
    }
    let Some(properties) = schema["properties"].as_object() else { return };
    for (name, inner) in value.as_object().into_iter().flatten() {
        match properties.get(name) {
            Some(known) if !inner.is_null() => strange(document, known, inner, &format!("{at}.{name}"), complaints),
            Some(_) => {}
            None if schema["additionalProperties"] == json!(false) => {
                complaints.insert(format!("{at}.{name} is unknown"));
            }
            None => {}
        }
    }
}

fn schema_of<'a>(document: &'a Value, path: &str) -> &'a Value {
    let operation = &document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    assert!(operation.is_object(), "{path}");
    operation
}

#[tokio::test]
async fn real_data_answers_of_cloud_are_those_of_the_openapi_document() {
    let Some(document) = document("jira-cloud-platform.v3.newer-362paths.json.zst") else { return };
    let mut instance = Instance::random(Edition::Cloud, 5, 60);
    let issue = instance.create("DESK", &[("summary", "x"), ("assignee", "Mei Chen")]);
    instance.long_history(&issue, 12);
    instance.comment(&issue, "hello", counterfoil_gym::jira::Listener::Customer);
    instance.remote_link(&issue, "g", "https://x.example/1", "X");
    let client = Client::of(instance, Switches::default()).await;
    let mut complaints = BTreeSet::new();
    for path in [
        "myself",
        "serverInfo",
        "issue/{issueIdOrKey}",
        "issue/{issueIdOrKey}/changelog",
        "issue/{issueIdOrKey}/comment",
        "issue/{issueIdOrKey}/remotelink",
        "project/search",
        "status",
        "statuses/search",
        "statuscategory",
        "priority",
        "resolution",
        "issuetype",
        "field",
        "issueLinkType",
    ] {
        let path = format!("/rest/api/3/{path}");
        let got = client.get(&path.replace("{issueIdOrKey}", &issue)).await;
        assert_eq!(got.status, 200, "{path}");
        let mut schema = schema_of(&document, &path);
        // The document describes one link where the list of all is answered.
        let links = json!({"type": "array", "items": schema});
        if path.ends_with("/remotelink") {
            schema = &links;
        }
        strange(&document, schema, &got.json(), &path, &mut complaints);
    }
    let search = &document["components"]["schemas"]["IssueBean"];
    for row in client.page("project = DESK ORDER BY id ASC", 100, None).await.list("issues") {
        strange(&document, search, &row, "search", &mut complaints);
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[tokio::test]
async fn real_data_answers_of_the_service_desk_are_those_of_the_openapi_document() {
    let Some(document) = document("jira-service-management.json.zst") else { return };
    let mut instance = Instance::random(Edition::Cloud, 5, 60);
    let issue = instance.create("DESK", &[("summary", "x")]);
    for (status, secs) in [("3", 60), ("10002", 60), ("5", 60), ("3", 60)] {
        instance.advance(secs);
        instance.update(&issue, &[("status", status)]);
    }
    instance.ask_approval(&issue, "Manager", &["Mei Chen"]);
    instance.rate(&issue, 5, "thanks");
    let client = Client::of(instance, Switches::default()).await;
    let mut complaints = BTreeSet::new();
    for path in [
        "request",
        "request/{issueIdOrKey}",
        "request/{issueIdOrKey}/sla",
        "request/{issueIdOrKey}/approval",
        "request/{issueIdOrKey}/status",
        "request/{issueIdOrKey}/comment",
        "organization",
        "servicedesk",
    ] {
        let path = format!("/rest/servicedeskapi/{path}");
        let asked =
            format!("{}?expand=sla,status,requestType,serviceDesk,comment", path.replace("{issueIdOrKey}", &issue));
        let got = client.get(&asked).await;
        assert_eq!(got.status, 200, "{path}");
        strange(&document, schema_of(&document, &path), &got.json(), &path, &mut complaints);
    }
    let feedback = client.get(&format!("/rest/servicedeskapi/request/{issue}/feedback")).await.json();
    strange(
        &document,
        &document["components"]["schemas"]["CSATFeedbackFullDTO"],
        &feedback,
        "feedback",
        &mut complaints,
    );
    assert!(complaints.is_empty(), "{complaints:#?}");
}
