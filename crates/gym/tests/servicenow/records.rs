//! Rows of the tables beside incidents, as the API gives them.

use crate::client::Client;
use counterfoil_gym::servicenow::{Instance, Switches};
use counterfoil_gym::{Dice, Provider, Scale, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

async fn client() -> Client {
    let world = World::generate(3, Scale { incidents: 300 });
    Client::of(Instance::of_world(&world, Provider::Acme), Switches::default()).await
}

async fn first(client: &Client, table: &str, query: &str) -> Value {
    let rows = client.rows(table, query, "&sysparm_limit=1&sysparm_display_value=all").await;
    rows.into_iter().next().unwrap_or_else(|| panic!("{table} has no row for {query}"))
}

#[tokio::test]
async fn durations_are_told_from_the_beginning_of_1970_and_shown_in_words() {
    let client = client().await;
    let target = first(&client, "contract_sla", "name=P3 resolution").await;
    assert_eq!(target["duration"], json!({"display_value": "3 Days", "value": "1970-01-04 00:00:00"}));
    let clock = first(&client, "task_sla", "stage=completed^has_breached=true").await;
    let percentage: f64 = clock["percentage"]["value"].as_str().unwrap().parse().unwrap();
    assert!(percentage >= 100.0 && clock["time_left"]["value"] == "1970-01-01 00:00:00", "{clock}");
    assert!(clock["task"]["display_value"].as_str().unwrap().starts_with("INC"), "a task is shown by its number");
}

#[tokio::test]
async fn lists_hold_ids_and_approvals_name_their_document() {
    let client = client().await;
    let group = first(&client, "sys_user_group", "vendorsISNOTEMPTY").await;
    assert_eq!(group["vendors"]["display_value"], "Fjordline Carrier");
    assert_eq!(group["vendors"]["value"].as_str().unwrap().len(), 32);
    let contract = first(&client, "sysapproval_approver", "source_table=ast_contract").await;
    assert_eq!(contract["sysapproval"]["value"], "");
    assert_eq!(contract["document_id"]["value"].as_str().unwrap().len(), 32);
    let change = first(&client, "sysapproval_approver", "source_table=change_request").await;
    assert_eq!(change["sysapproval"]["value"], change["document_id"]["value"]);
    assert!(change["sysapproval"]["display_value"].as_str().unwrap().starts_with("CHG"));
}

#[tokio::test]
async fn a_service_is_an_item_and_codes_have_the_labels_of_their_own_table() {
    let client = client().await;
    let service = first(&client, "cmdb_ci_service", "name=Telephony").await;
    let id = service["sys_id"]["value"].as_str().unwrap();
    let item = first(&client, "cmdb_ci", &format!("sys_id={id}")).await;
    assert_eq!(
        (&item["name"]["value"], &item["sys_class_name"]["value"]),
        (&json!("Telephony"), &json!("cmdb_ci_service"))
    );
    let relation = first(&client, "cmdb_rel_ci", &format!("parent={id}")).await;
    assert_eq!(relation["type"]["display_value"], "Depends on::Used by");
    let change = first(&client, "change_request", "state=3").await;
    assert_eq!(
        (&change["state"]["display_value"], &change["priority"]["display_value"]),
        (&json!("Closed"), &json!("4 - Low"))
    );
    let item = first(&client, "sc_req_item", "state=3").await;
    assert_eq!(item["state"]["display_value"], "Closed Complete");
}

#[tokio::test]
async fn tables_can_be_denied_or_not_be_there_at_all() {
    let client = Client::of(Instance::random_with(4, 3, 3), Switches::by_name("others-denied").unwrap()).await;
    for (table, status) in [("incident", 200), ("problem", 403), ("cmdb_rel_ci", 403), ("sys_user", 200)] {
        assert_eq!(client.get(&format!("/api/now/table/{table}?sysparm_limit=1")).await.status, status, "{table}");
    }
    client.server.set_switches(Switches::by_name("contracts-missing").unwrap());
    let got = client.get("/api/now/table/ast_contract?sysparm_limit=1").await;
    assert_eq!((got.status, &got.json()["error"]["message"]), (400, &json!("Invalid table ast_contract")));
    assert_eq!(client.get("/api/now/table/problem?sysparm_limit=1").await.status, 200);
}

#[tokio::test]
async fn what_the_oracle_says_of_each_table_is_what_is_answered_step_by_step() {
    let client = Client::of(Instance::random_with(12, 6, 6), Switches::default()).await;
    let mut dice = Dice::new(9, 9);
    for _ in 0..4 {
        for table in Instance::record_tables() {
            for _ in 0..3 {
                client.instance.lock().unwrap().mutate_in(table, &mut dice);
                client.instance.lock().unwrap().advance(1);
            }
            let rows = client.rows(table, "", "&sysparm_exclude_reference_link=true").await;
            let truth = client.instance.lock().unwrap().oracle_of(table, "");
            let told: BTreeMap<String, &Value> =
                rows.iter().map(|row| (row["sys_id"].as_str().unwrap().to_owned(), row)).collect();
            assert!(told.keys().eq(truth.rows.keys()), "{table}");
            for (id, row) in &truth.rows {
                let differs = row.columns.iter().find(|(column, value)| told[id][column.as_str()] != **value);
                assert_eq!(differs, None, "{table} {id}");
            }
        }
    }
}
