//! Logs of real service desks, against figures that were computed independently of this product.

use crate::support::{Files, real_data};
use counterfoil_record::RawRecord;
use counterfoil_testkit::suites;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

const UCI: &str = "path = 'log.csv'\nkey = 'number'\nshape = 'log'\nnulls = ['?']\n\
                   order_by = ['sys_updated_at', 'sys_mod_count']";

fn uci() -> Option<(String, Value)> {
    let folder = real_data("uci-servicenow-incidents")?;
    let packed = fs::read(folder.join("excel_resaved_5998rows.csv.zst")).unwrap();
    let text = String::from_utf8(zstd::decode_all(packed.as_slice()).unwrap()).unwrap();
    let expected = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    Some((text, expected))
}

fn rows(record: &RawRecord) -> Vec<Value> {
    let json: Value = serde_json::from_str(record.payload.as_str()).unwrap();
    json["rows"].as_array().unwrap().clone()
}

fn payloads(records: &[RawRecord]) -> BTreeMap<String, (String, String)> {
    let told =
        |record: &RawRecord| (record.native_id.clone(), (record.version.clone(), record.payload.as_str().to_owned()));
    records.iter().map(told).collect()
}

/// Header and rows; no text of this log is quoted.
fn shuffled_and_doubled(text: &str) -> String {
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    let rows: Vec<&str> = lines.collect();
    // 2,503 has no divisor in common with 2 × 5,998, so every row comes up twice.
    let count = rows.len() * 2;
    let shuffled: Vec<&str> = (0..count).map(|nth| rows[nth * 2_503 % count % rows.len()]).collect();
    format!("{header}\n{}\n", shuffled.join("\n"))
}

/// The log as its publisher has it: `29/2/2016 1:16`, `true`.
fn as_published(text: &str) -> String {
    let field = |field: &str| match field {
        "TRUE" => "true".to_owned(),
        "FALSE" => "false".to_owned(),
        _ => match field.split_once(' ').map(|(date, time)| (date.split('-').collect::<Vec<_>>(), time)) {
            Some((date, time)) if date.len() == 3 && date[2].len() == 4 => {
                let number = |text: &str| text.trim_start_matches('0').to_owned();
                let (hour, minute) = time.split_once(':').unwrap();
                let hour = hour.strip_prefix('0').unwrap_or(hour);
                format!("{}/{}/{} {hour}:{minute}", number(date[0]), number(date[1]), date[2])
            }
            _ => field.to_owned(),
        },
    };
    text.lines().map(|line| line.split(',').map(field).collect::<Vec<_>>().join(",") + "\n").collect()
}

#[tokio::test]
async fn real_data_uci_gives_every_incident_its_last_row() {
    let Some((text, expected)) = uci() else { return };
    let files = Files::new(UCI).zone("UTC").with("log.csv", &text);
    let drained = files.read().await;
    assert!(drained.gaps.is_empty() && drained.unreadable.is_empty(), "{:?}", drained.gaps);
    assert_eq!(suites::resumes_anywhere(|| files.connector(), "records", &[200]).await, drained.keys());
    assert_eq!(drained.records.len() as u64, expected["counts"]["incidents"].as_u64().unwrap());
    let all: Vec<Vec<Value>> = drained.records.iter().map(rows).collect();
    assert_eq!(all.iter().map(Vec::len).sum::<usize>() as u64, expected["counts"]["event_rows"].as_u64().unwrap());

    let header = text.lines().next().unwrap();
    let mut last_in_file: BTreeMap<&str, &str> = BTreeMap::new();
    for line in text.lines().skip(1) {
        last_in_file.insert(line.split(',').next().unwrap(), line);
    }
    for (record, rows) in drained.records.iter().zip(&all) {
        let last = rows.last().unwrap().as_object().unwrap();
        let fields = header.split(',').map(|name| last[name].as_str().unwrap());
        assert_eq!(fields.collect::<Vec<_>>().join(","), last_in_file[record.native_id.as_str()]);
        assert_eq!(last["@dates"], serde_json::json!({"zone": "UTC", "order": "dmy"}));
    }
    let count = |is: fn(&Value) -> bool| all.iter().filter(|rows| is(rows.last().unwrap())).count() as u64;
    let kpi = |name: &str| expected["kpi"][name].as_u64().unwrap();
    assert_eq!(count(|row| row["made_sla"] == "TRUE"), kpi("sla_met"));
    assert_eq!(count(|row| row["reopen_count"] != "0"), kpi("reopened_incidents"));
    assert_eq!(count(|row| row["resolved_at"] == "?"), kpi("resolution_missing"));

    // Changes of state from row to row. The file has them all in this order but one: a row of INC0000137 stands before
    // rows that are older by its own clock (the one negative step of the log), and here it comes after them.
    let mut changes: BTreeMap<String, u64> = BTreeMap::new();
    for pair in all.iter().flat_map(|rows| rows.windows(2)) {
        let (from, to) = (pair[0]["incident_state"].as_str().unwrap(), pair[1]["incident_state"].as_str().unwrap());
        if from != to {
            *changes.entry(format!("{from} -> {to}")).or_default() += 1;
        }
    }
    let mut in_file: BTreeMap<String, u64> = serde_json::from_value(expected["state_transitions"].clone()).unwrap();
    *in_file.get_mut("Resolved -> Closed").unwrap() -= 1;
    in_file.extend([("Resolved -> New".to_owned(), 1), ("New -> Closed".to_owned(), 1)]);
    assert_eq!(changes, in_file);
}

#[tokio::test]
async fn real_data_uci_tells_the_same_in_any_order_and_fed_twice() {
    let Some((text, _)) = uci() else { return };
    let straight = Files::new(UCI).zone("UTC").with("log.csv", &text).read().await;
    let shuffled = Files::new(UCI).zone("UTC").with("log.csv", shuffled_and_doubled(&text)).read().await;
    assert_eq!(payloads(&straight.records), payloads(&shuffled.records));
    assert_eq!(straight.keys(), shuffled.keys());
}

#[tokio::test]
async fn real_data_uci_is_read_as_its_publisher_writes_it() {
    let Some((text, _)) = uci() else { return };
    let published = as_published(&text);
    assert!(published.contains(",29/2/2016 1:16,") && published.contains(",true,"));
    let straight = Files::new(UCI).zone("UTC").with("log.csv", &text).read().await;
    let published = Files::new(UCI).zone("UTC").with("log.csv", &published).read().await;
    assert!(published.gaps.is_empty() && published.unreadable.is_empty());
    let orders = |records: &[RawRecord]| -> Vec<(String, Vec<Value>)> {
        let order = |record: &RawRecord| rows(record).iter().map(|row| row["@order"].clone()).collect();
        records.iter().map(|record| (record.native_id.clone(), order(record))).collect()
    };
    assert_eq!(orders(&straight.records), orders(&published.records));
}

#[tokio::test]
async fn real_data_uci_without_a_zone_is_refused_and_says_what_to_write() {
    let Some((text, _)) = uci() else { return };
    let drained = Files::new(UCI).with("log.csv", &text).read().await;
    assert!(drained.records.is_empty());
    assert_eq!(crate::support::gap_codes(&drained), ["file::zone-missing"]);
    assert!(drained.gaps[0].remedy.contains("zone = \"UTC\""), "{}", drained.gaps[0].remedy);
}

#[tokio::test]
async fn real_data_volvo_is_read_with_its_encoding_and_offsets() {
    let Some(folder) = real_data("volvo-problems") else { return };
    let packed = fs::read(folder.join("VINST_cases_open_problems.csv.zst")).unwrap();
    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let files =
        Files::new("path = 'log.csv'\nkey = 'Problem Number'\nshape = 'log'\norder_by = ['Problem Change Date+Time']")
            .with("log.csv", zstd::decode_all(packed.as_slice()).unwrap());
    let drained = files.read().await;
    assert!(drained.gaps.is_empty() && drained.unreadable.is_empty(), "{:?}", drained.gaps);
    assert!(drained.notes[0].contains("delimiter `;`, windows-1252 (guessed"), "{:?}", drained.notes);
    let all: Vec<Vec<Value>> = drained.records.iter().map(rows).collect();
    let figures = &expected["open_problems"];
    assert_eq!(all.len() as u64, figures["cases"].as_u64().unwrap());
    assert_eq!(all.iter().map(Vec::len).sum::<usize>() as u64, figures["events"].as_u64().unwrap());
    let names = all.iter().flatten().filter(|row| row["Problem Involved Action Owner First Name"] == "Jörgen").count();
    assert!(names > 0, "an ö, ü or ä was read wrongly");
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for row in all.iter().map(|rows| rows.last().unwrap()) {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        *last.entry(format!("{}/{}", text("Problem Status"), text("Problem Sub Status"))).or_default() += 1;
    }
    assert_eq!(serde_json::json!(last), figures["final_status"]);
}

#[tokio::test]
async fn real_data_rabobank_is_read_row_by_row_with_damaged_numbers_as_they_stand() {
    let Some(folder) = real_data("rabobank-sample") else { return };
    let text = fs::read(folder.join("ITSM_data_40rows.csv")).unwrap();
    let files = Files::new("path = 'a.csv'\nkey = 'Incident_ID'").zone("Europe/Amsterdam").with("a.csv", text);
    let drained = suites::passes_everything(|| files.connector(), "records", &[7]).await;
    assert!(drained.gaps.is_empty() && drained.unreadable.is_empty(), "{:?}", drained.gaps);
    assert_eq!(drained.records.len(), 40);
    let json: Value = serde_json::from_str(drained.records[0].payload.as_str()).unwrap();
    assert_eq!(json["@dates"], serde_json::json!({"zone": "Europe/Amsterdam", "order": "dmy"}));
    assert_eq!(json["Handle_Time_hrs"], "3,87,16,91,111");
}
