//! Answers are valid by the OpenAPI documents of the products, as a validator of JSON Schema says.
//!
//! The documents at hand are older than the search by tokens and the bulk reads of histories: of those the issues and the
//! histories are checked, and not what is around them.

use crate::client::Client;
use counterfoil_gym::jira::{Edition, Instance, Listener, Switches};
use jsonschema::{Draft, Validator};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// An OpenAPI document that is beside this repository.
struct Document(Value);

impl Document {
    fn open(name: &str) -> Option<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/openapi").join(name);
        if !path.is_file() {
            println!("SKIP {name}: the folder of real data is not beside this repository");
            return None;
        }
        let text = zstd::decode_all(std::fs::read(path).unwrap().as_slice()).unwrap();
        Some(Self(serde_json::from_slice(&text).unwrap()))
    }

    /// What a GET of this path answers with 200.
    fn answer_of(&self, path: &str) -> Value {
        let schema = &self.0["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{path}");
        schema.clone()
    }

    fn named(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// OpenAPI 3.0 is near to draft 4: references are found in the document itself.
    fn validator(&self, schema: &Value) -> Validator {
        let root = json!({"allOf": [schema], "components": self.0["components"]});
        jsonschema::options().with_draft(Draft::Draft4).with_format("date-time", is_moment).build(&root).unwrap()
    }

    /// Every way in which a value is not what the schema says.
    fn complain(&self, schema: &Value, value: &Value, at: &str, complaints: &mut BTreeSet<String>) {
        let told = without_nulls(value);
        for error in self.validator(schema).iter_errors(&told) {
            complaints.insert(format!("{at}{}: {error}", error.instance_path()));
        }
    }
}

/// As the products write it, other than their documents say: no colon in the offset.
fn is_moment(text: &str) -> bool {
    jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.3f%z", text).is_ok() || text.parse::<jiff::Timestamp>().is_ok()
}

/// The products write null for what is not there, and their documents nowhere say so: it is the same as left out.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let said = members.iter().filter(|(_, member)| !member.is_null());
            Value::Object(said.map(|(name, member)| (name.clone(), without_nulls(member))).collect())
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn real_data_answers_of_cloud_are_valid_by_the_openapi_document() {
    let Some(document) = Document::open("jira-cloud-platform.v3.newer-362paths.json.zst") else { return };
    let mut instance = Instance::random(Edition::Cloud, 5, 60);
    let issue = instance.create("DESK", &[("summary", "x"), ("assignee", "Mei Chen")]);
    instance.long_history(&issue, 12);
    instance.comment(&issue, "hello", Listener::Customer);
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
        "project/{projectIdOrKey}",
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
        let got = client.get(&path.replace("{issueIdOrKey}", &issue).replace("{projectIdOrKey}", "DESK")).await;
        assert_eq!(got.status, 200, "{path}");
        let mut schema = document.answer_of(&path);
        if path.ends_with("/remotelink") {
            // The document describes one link where the list of all is answered.
            schema = json!({"type": "array", "items": schema});
        }
        document.complain(&schema, &got.json(), &path, &mut complaints);
    }
    let rows = client.page("project = DESK ORDER BY id ASC", 100, None).await.list("issues");
    let ids: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
    assert!(ids.len() > 10);
    let several = json!({"issueIdsOrKeys": ids, "fields": ["*all"]});
    let fetched = client.post("/rest/api/3/issue/bulkfetch", &several).await.list("issues");
    assert_eq!(fetched.len(), ids.len());
    let issues = json!({"type": "array", "items": Document::named("IssueBean")});
    document.complain(&issues, &Value::Array(rows.clone()), "search/jql", &mut complaints);
    document.complain(&issues, &Value::Array(fetched), "issue/bulkfetch", &mut complaints);
    let histories = client.post("/rest/api/3/changelog/bulkfetch", &json!({"issueIdsOrKeys": ids})).await;
    for of_issue in histories.list("issueChangeLogs") {
        let list = json!({"type": "array", "items": Document::named("Changelog")});
        document.complain(&list, &of_issue["changeHistories"], "changelog/bulkfetch", &mut complaints);
    }
    for (status, path) in [(404, "/rest/api/3/issue/999999999"), (404, "/rest/api/3/issue/NOWHERE-1/changelog")] {
        let got = client.get(path).await;
        assert_eq!(got.status, status, "{path}");
        document.complain(&Document::named("ErrorCollection"), &got.json(), path, &mut complaints);
    }
    let refused = client.page("nonsense = 1", 10, None).await;
    assert_eq!(refused.status, 400);
    document.complain(&Document::named("ErrorCollection"), &refused.json(), "search/jql 400", &mut complaints);
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[tokio::test]
async fn real_data_answers_of_data_center_are_valid_where_the_document_is_the_same() {
    let Some(document) = Document::open("jira-cloud-platform.v3.json.zst") else { return };
    let client = Client::random(Edition::DataCenter, 40, "").await;
    let mut complaints = BTreeSet::new();
    let found = client.get("/rest/api/2/search?jql=project%20%3D%20DESK&maxResults=50&fields=*all").await;
    assert_eq!(found.status, 200);
    assert!(!found.list("issues").is_empty());
    document.complain(&Document::named("SearchResults"), &found.json(), "search", &mut complaints);
    for (path, schema) in [("status", "StatusDetails"), ("issuetype", "IssueTypeDetails"), ("priority", "Priority")] {
        let got = client.get(&format!("/rest/api/2/{path}")).await;
        assert_eq!(got.status, 200, "{path}");
        let list = json!({"type": "array", "items": Document::named(schema)});
        document.complain(&list, &got.json(), path, &mut complaints);
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[tokio::test]
async fn real_data_answers_of_the_service_desk_are_valid_by_the_openapi_document() {
    let Some(document) = Document::open("jira-service-management.json.zst") else { return };
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
        document.complain(&document.answer_of(&path), &got.json(), &path, &mut complaints);
    }
    let feedback = client.get(&format!("/rest/servicedeskapi/request/{issue}/feedback")).await.json();
    document.complain(&Document::named("CSATFeedbackFullDTO"), &feedback, "feedback", &mut complaints);
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn real_data_the_validator_sees_what_is_wrong() {
    let Some(document) = Document::open("jira-cloud-platform.v3.newer-362paths.json.zst") else { return };
    for wrong in [
        json!({"id": 7, "key": "A-1"}),
        json!({"id": "7", "kye": "A-1"}),
        json!({"id": "7", "changelog": {"histories": [{"id": "1", "items": [{"fieldId": 3}]}]}}),
    ] {
        let mut complaints = BTreeSet::new();
        document.complain(&Document::named("IssueBean"), &wrong, "", &mut complaints);
        assert!(!complaints.is_empty(), "{wrong}");
    }
}
