//! The shapes of answers, against samples written by hand from the documentation.

use crate::client::{Client, basic, with_account};
use counterfoil_gym::servicenow::{DateFormat, Instance, Switches};
use counterfoil_gym::{Provider, Scale, World};
use serde_json::{Value, json};

async fn client(zone: &str) -> Client {
    let world = World::generate(3, Scale { incidents: 60 });
    let instance = with_account(Instance::of_world(&world, Provider::Nordlicht), |account| {
        account.zone = zone.into();
        account.dates = DateFormat::American;
    });
    Client::of(instance, Switches::default()).await
}

async fn one(client: &Client, more: &str) -> Value {
    let rows =
        client.rows("incident", "assignment_groupISNOTEMPTY^ORDERBYnumber", &format!("&sysparm_limit=1{more}")).await;
    rows[0].clone()
}

/// The shape of a value: names, and what is an object or a string.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(parts) => parts.iter().map(|(name, part)| (name.clone(), shape(part))).collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(_) => json!("text"),
        other => json!(format!("not a text: {other}")),
    }
}

#[tokio::test]
async fn a_raw_row_has_texts_and_references() {
    let client = client("UTC").await;
    let row = one(&client, "").await;
    for (name, value) in row.as_object().unwrap() {
        let expected = if value.is_object() { json!({"link": "text", "value": "text"}) } else { json!("text") };
        assert_eq!(shape(value), expected, "{name}");
    }
    let group = &row["assignment_group"];
    let id = group["value"].as_str().unwrap();
    assert_eq!(id.len(), 32);
    assert_eq!(group["link"], format!("{}/api/now/table/sys_user_group/{id}", client.server.url()));
    assert_eq!(
        (&row["problem_id"], &row["work_notes"], &row["sys_class_name"]),
        (&json!(""), &json!(""), &json!("incident"))
    );
    assert_eq!(row["sys_updated_on"].as_str().unwrap().len(), 19);
    let linked = client.get(&format!("/api/now/table/sys_user_group/{id}")).await;
    assert!(linked.json()["result"]["name"].is_string());
    let plain = one(&client, "&sysparm_exclude_reference_link=true").await;
    assert_eq!(plain["assignment_group"], id);
}

#[tokio::test]
async fn display_values_are_those_of_the_account() {
    let client = client("Asia/Kolkata").await;
    let fields =
        "&sysparm_fields=state,assignment_group,sys_updated_on,no_such,assignment_group.name,problem_id,made_sla";
    let raw = one(&client, fields).await;
    let all = one(&client, &format!("{fields}&sysparm_display_value=all")).await;
    let shown = one(&client, &format!("{fields}&sysparm_display_value=true")).await;
    assert_eq!(
        shape(&all),
        json!({
            "state": {"display_value": "text", "value": "text"},
            "assignment_group": {"display_value": "text", "link": "text", "value": "text"},
            "sys_updated_on": {"display_value": "text", "value": "text"},
            "assignment_group.name": {"display_value": "text", "value": "text"},
            "problem_id": {"display_value": "text", "value": "text"},
            "made_sla": {"display_value": "text", "value": "text"},
        })
    );
    assert_eq!(shape(&shown)["assignment_group"], json!({"display_value": "text", "link": "text"}));
    assert_eq!(shown["assignment_group.name"], shown["assignment_group"]["display_value"]);
    assert_eq!(all["sys_updated_on"]["value"], raw["sys_updated_on"]);
    let local = all["sys_updated_on"]["display_value"].as_str().unwrap();
    assert!(local.ends_with("AM") || local.ends_with("PM"), "{local}");
    let utc: jiff::civil::DateTime = raw["sys_updated_on"].as_str().unwrap().parse().unwrap();
    let shifted = utc.checked_add(jiff::SignedDuration::from_mins(330)).unwrap();
    assert_eq!(local, shifted.strftime("%m/%d/%Y %I:%M:%S %p").to_string());
}

#[tokio::test]
async fn a_journal_is_empty_as_a_value_and_a_text_for_people() {
    let client = client("UTC").await;
    let entry = client.rows("sys_journal_field", "element=work_notes", "&sysparm_limit=1").await.remove(0);
    let id = entry["element_id"].as_str().unwrap();
    let got =
        client.get(&format!("/api/now/table/incident/{id}?sysparm_display_value=all&sysparm_fields=work_notes")).await;
    let told = got.json();
    assert_eq!(told["result"]["work_notes"]["value"], "");
    assert!(told["result"]["work_notes"]["display_value"].as_str().unwrap().contains("(Work notes)\n"));
}

#[tokio::test]
async fn errors_have_the_shape_of_the_api() {
    let client = client("UTC").await;
    let error = json!({"error": {"message": "text", "detail": "text"}, "status": "text"});
    let login = basic("integration", "gym");
    let json_please = ("accept", "application/json");
    let secret = ("authorization", login.as_str());
    for (status, method, path, headers) in [
        (401, "GET", "/api/now/table/incident", vec![json_please]),
        (401, "GET", "/api/now/table/incident", vec![json_please, ("authorization", "Bearer x")]),
        (406, "GET", "/api/now/table/incident", vec![secret]),
        (406, "GET", "/api/now/table/incident", vec![secret, ("accept", "application/pdf")]),
        (400, "GET", "/api/now/table/no_such", vec![secret, json_please]),
        (400, "GET", "/api/now/nothing", vec![secret, json_please]),
        (404, "GET", "/api/now/table/incident/0123", vec![secret, json_please]),
        (404, "GET", "/api/now/v1/table/incident?sysparm_query=number=x", vec![secret, json_please]),
        (405, "DELETE", "/api/now/table/incident/0123", vec![secret, json_please]),
    ] {
        let got = client.send(method, path, &headers, "").await;
        assert_eq!((got.status, shape(&got.json())), (status, error.clone()), "{method} {path}");
    }
    assert_eq!(client.get("/api/now/table/incident?sysparm_query=number=x").await.json(), json!({"result": []}));
}

#[tokio::test]
async fn headers_say_what_the_documentation_says() {
    let client = client("UTC").await;
    let all = client.instance.lock().unwrap().oracle().incidents.len();
    let got = client.get("/api/now/table/incident?sysparm_limit=3&sysparm_offset=3").await;
    assert_eq!(got.header("x-total-count"), all.to_string());
    assert_eq!(got.header("date"), "Tue, 30 Jun 2026 22:00:00 GMT");
    for rel in ["first", "prev", "next", "last"] {
        assert!(got.link(rel).unwrap().starts_with(&client.server.url()), "{rel}");
    }
    let got = client.get("/api/now/table/incident?sysparm_limit=3&sysparm_no_count=true").await;
    assert_eq!((got.header("x-total-count"), got.link("last")), ("", None));
    assert!(got.link("next").is_some());
    let got = client.get("/api/now/table/incident?sysparm_limit=3&sysparm_suppress_pagination_header=true").await;
    assert_eq!(got.header("link"), "");
    let got = client.get("/api/now/stats/incident?sysparm_count=true").await;
    assert_eq!(got.json(), json!({"result": {"stats": {"count": all.to_string()}}}));
    let login = basic("integration", "gym");
    let packed = client
        .get_with(
            "/api/now/table/incident",
            &[("accept", "*/*"), ("authorization", &login), ("accept-encoding", "gzip, br")],
        )
        .await;
    assert_eq!((packed.header("content-encoding"), packed.complete), ("gzip", true));
    assert_eq!(packed.body[..2], [0x1f, 0x8b]);
    assert!(packed.body.len() < 40_000);
    assert_eq!(client.server.counts()["incident"], 5);
    let seen = client.server.requests();
    assert_eq!((seen[0].parameters["sysparm_limit"].as_str(), seen[0].rows, seen[0].status), ("3", 3, 200));
}
