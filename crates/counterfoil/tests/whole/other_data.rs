//! Real files for which nothing was prepared: read or refused, and never silently.

use crate::ledger::{self, events, heads};
use crate::program::Desk;
use crate::real_data;
use serde_json::Value;
use std::collections::BTreeMap;

const VOLVO: &str = "volvo-problems/VINST_cases_open_problems.csv.zst";
const RABOBANK: &str = "rabobank-sample/ITSM_data_40rows.csv";

const VOLVO_CONFIG: &str = r#"
[connector.volvo]
type = "file"
path = "problems.csv"
shape = "log"
key = "Problem Number"
order_by = ["Problem Change Date+Time"]
mapping = "servicenow/incident-log"
party = "volvo-it"

[party.volvo-it]
name = "Volvo IT"
role = "internal_supplier"
"#;

const RABOBANK_CONFIG: &str = r#"
[connector.rabobank]
type = "file"
path = "incidents.csv"
key = "Incident_ID"
zone = "Europe/Amsterdam"
mapping = "hp-service-manager/incident"
party = "rabobank"

[party.rabobank]
name = "Rabobank Group ICT"
role = "internal_supplier"
"#;

/// No mapping for problems is shipped yet: every case is read, and set aside with what is missing.
#[test]
fn real_data_of_problems_is_set_aside_with_the_reason() {
    let (Some(log), Some(expected)) = (real_data::bytes(VOLVO), real_data::json("volvo-problems/expected.json")) else {
        return;
    };
    let cases = &expected["open_problems"]["cases"];
    let desk = Desk::with_config(VOLVO_CONFIG);
    desk.write("problems.csv", log);
    let ran = desk.ends(10, &["sync"]);
    assert!(ran.out.contains("delimiter `;`"), "{}", ran.out);
    assert!(ran.out.contains("`native_key` is required and missing"), "{}", ran.out);
    let status = ledger::status(&desk);
    assert_eq!(&status["total"]["pulled"], cases);
    assert_eq!(&status["total"]["quarantined"], cases);
    let aside = desk.json(&["quarantine", "list"]);
    let aside = aside.as_array().unwrap();
    assert_eq!(aside.len() as u64, cases.as_u64().unwrap());
    for one in aside {
        let said = |name: &str| one[name].as_str().unwrap();
        assert!(said("reason").contains("`opened_at` is required and missing"), "{one}");
        assert!(said("reason").contains("mappings/servicenow/incident-log.toml:"), "{one}");
        assert!(said("place").starts_with("problems.csv, row "), "{one}");
        assert!(!said("remedy").is_empty(), "{one}");
    }
    assert!(events(&desk).is_empty());
}

/// Without an order of its rows, or with rows that the configuration says are records, the configuration is refused.
#[test]
fn real_data_of_problems_is_refused_where_the_configuration_does_not_fit() {
    let Some(log) = real_data::bytes(VOLVO) else { return };
    let as_records = VOLVO_CONFIG.replace("shape = \"log\"\n", "shape = \"record\"\n");
    let unknown_column = VOLVO_CONFIG.replace("\"Problem Number\"", "\"number\"");
    for (config, code, words) in [(as_records, 3, "order_by"), (unknown_column, 10, "`number`")] {
        let desk = Desk::with_config(&config);
        desk.write("problems.csv", &log);
        let ran = desk.run(&["sync"]);
        let said = format!("{}{}", ran.out, ran.err);
        assert_eq!(ran.code, code, "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn real_data_of_a_bank_is_read_and_what_is_damaged_is_named() {
    let (Some(table), Some(expected)) = (real_data::bytes(RABOBANK), real_data::json("rabobank-sample/expected.json"))
    else {
        return;
    };
    let desk = Desk::with_config(RABOBANK_CONFIG);
    desk.write("incidents.csv", &table);
    let ran = desk.ends(0, &["sync"]);
    for words in ["does not have it: \"NS\"", "does not have it: \"NA\"", "day/month/year by"] {
        assert!(ran.out.contains(words), "no `{words}`:\n{}", ran.out);
    }
    let status = ledger::status(&desk);
    assert_eq!(status["total"]["pulled"], expected["rows"]);
    assert_eq!(status["total"]["committed"], expected["by_category"]["incident"]);
    assert_eq!(status["total"]["not_applicable"], expected["by_category"]["request for information"]);

    // What the file says of its incidents, column by column, against what is held.
    let mut reader = csv::Reader::from_reader(table.as_slice());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    let incidents: BTreeMap<&str, &BTreeMap<String, String>> =
        rows.iter().filter(|row| row["Category"] == "incident").map(|row| (row["Incident_ID"].as_str(), row)).collect();
    let events = events(&desk);
    let held: Vec<Value> = heads(&events).into_values().map(|told| told.record()).collect();
    assert_eq!(held.len(), incidents.len());
    for record in &held {
        let row = incidents[record["native_key"].as_str().unwrap()];
        assert_eq!(record["state"], "closed");
        assert_eq!(record["reassign_count"].as_u64(), row["No_of_Reassignments"].parse().ok(), "{record}");
        assert_eq!(record.get("resolved_at").is_some(), !row["Resolved_Time"].is_empty(), "{record}");
        let opened: jiff::Timestamp = record["opened_at"].as_str().unwrap().parse().unwrap();
        let opened = opened.in_tz("Europe/Amsterdam").unwrap().strftime("%d/%m/%Y %H:%M").to_string();
        assert_eq!(opened, row["Open_Time"], "{record}");
        // The number that lost its decimal point is nowhere.
        assert!(!record.to_string().contains(&row["Handle_Time_hrs"]), "{record}");
    }
    ledger::is_whole(&desk);
}
