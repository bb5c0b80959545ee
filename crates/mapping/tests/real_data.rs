//! The shipped mappings over real exports. The data is not part of the repository.

use counterfoil_mapping::{DateOrder, Mapping, MappingSource, Outcome, Settings, shipped};
use counterfoil_model::{Field, Quality, Reading, Record, Slug};
use counterfoil_record::Form;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[expect(clippy::print_stdout, reason = "a skip is said")]
fn data(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if !found.exists() {
        println!("SKIP {path} of the shared data is not here");
        return None;
    }
    Some(found)
}

fn mapping(name: &str) -> Mapping {
    let settings = Settings {
        instance: "log".into(),
        party: Some(Slug::of("acme")),
        zone: Some("UTC".into()),
        order: Some(DateOrder::Dmy),
        salt: "test".into(),
    };
    let file = shipped::find(name).expect("the mapping is shipped").source();
    Mapping::compile(&MappingSource { file, overrides: None, settings }).expect("shipped mappings have no problems")
}

fn rows(csv: &[u8]) -> Vec<Map<String, Value>> {
    let mut reader = csv::Reader::from_reader(csv);
    let columns = reader.headers().expect("the file has a header").clone();
    let row = |row: csv::StringRecord| columns.iter().map(str::to_owned).zip(row.iter().map(Value::from)).collect();
    reader.records().map(|record| row(record.expect("the file is whole"))).collect()
}

/// The log of each incident, as the file connector builds it.
fn logs(spell: impl Fn(&str) -> String) -> Option<Vec<String>> {
    let file = data("uci-servicenow-incidents/excel_resaved_5998rows.csv.zst")?;
    let csv = zstd::decode_all(std::fs::File::open(file).expect("it is there")).expect("it is whole");
    let mut logs: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (order, mut row) in rows(&csv).into_iter().enumerate() {
        for value in row.values_mut() {
            *value = spell(value.as_str().expect("every column is text")).into();
        }
        row.insert("@order".into(), format!("{order:08}").into());
        row.insert("@dates".into(), json!({"zone": "UTC", "order": "dmy"}));
        logs.entry(row["number"].as_str().expect("every column is text").to_owned()).or_default().push(row.into());
    }
    Some(logs.into_values().map(|rows| json!({ "rows": rows }).to_string()).collect())
}

fn map_all(mapping: &Mapping, logs: &[String]) -> Vec<Record> {
    let mapped = logs.iter().map(|log| match mapping.map(Form::Log, log) {
        Outcome::Mapped { mapped, notes } => {
            let known = ["derived-from-history", "not-derivable"];
            assert_eq!(notes.iter().find(|note| !known.contains(&note.code)), None);
            mapped.record
        }
        other => panic!("{other:?}"),
    });
    mapped.collect()
}

#[test]
fn real_data_of_uci_maps_whole_and_comes_out_at_the_published_figures() {
    let Some(logs) = logs(str::to_owned) else { return };
    let records = map_all(&mapping("servicenow/incident-log"), &logs);
    let expected = std::fs::read_to_string(data("uci-servicenow-incidents/expected.json").unwrap()).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let kpi = |name: &str| expected["kpi"][name].as_i64().unwrap();
    let count = |counts: &dyn Fn(&Record) -> bool| records.iter().filter(|record| counts(record)).count() as i64;

    assert_eq!(records.len() as i64, expected["counts"]["incidents"].as_i64().unwrap());
    assert_eq!(count(&|record| record.flag(Field::ResolutionTargetMet) == Some(true)), kpi("sla_met"));
    assert_eq!(count(&|record| record.flag(Field::ResolutionTargetMet) == Some(false)), kpi("sla_breached"));
    assert_eq!(count(&|record| record.integer(Field::ReopenCount) > Some(0)), kpi("reopened_incidents"));
    assert_eq!(count(&|record| record.integer(Field::ReassignCount) == Some(0)), kpi("never_reassigned"));
    assert_eq!(count(&|record| record.text(Field::Problem).is_some()), kpi("linked_to_problem"));
    assert_eq!(count(&|record| record.text(Field::ResolvedByChange).is_some()), kpi("linked_to_rfc"));
    assert_eq!(count(&|record| record.text(Field::CausedByChange).is_some()), kpi("caused_by_change"));
    let sum = |field| records.iter().filter_map(|record| record.integer(field)).sum::<i64>();
    assert_eq!(
        (sum(Field::ReassignCount), sum(Field::ReopenCount)),
        (kpi("reassignment_sum"), kpi("reopen_count_sum"))
    );
    let minutes = |record: &Record, end| {
        let seconds = record.instant(end)?.at.as_second() - record.instant(Field::OpenedAt)?.at.as_second();
        Some(seconds / 60)
    };
    let resolution: Vec<i64> = records.iter().filter_map(|record| minutes(record, Field::ResolvedAt)).collect();
    assert_eq!(resolution.len() as i64, expected["kpi"]["resolution_minutes"]["n"].as_i64().unwrap());
    assert_eq!(resolution.iter().sum::<i64>(), expected["kpi"]["resolution_minutes"]["sum"].as_i64().unwrap());
    let closure: i64 = records.iter().filter_map(|record| minutes(record, Field::ClosedAt)).sum();
    assert_eq!(closure, expected["kpi"]["closure_minutes"]["sum"].as_i64().unwrap());
    for (native, figures) in expected["by_priority"].as_object().unwrap() {
        let of = count(&|record| record.text(Field::PriorityNative) == Some(native));
        assert_eq!(of, figures["incidents"].as_i64().unwrap(), "{native}");
    }

    // Nothing unknown in the records or in their histories, and every state the data has is there.
    let known = |reading: &Reading| matches!(reading, Reading::Known(_) | Reading::Missing);
    assert!(records.iter().all(|record| record.readings.iter().all(known) && record.quality == Quality::Exact));
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for transition in records.iter().flat_map(|record| &record.history) {
        assert!(known(&transition.from) && known(&transition.to) && transition.occurred_at.known().is_some());
        if transition.field == Field::State {
            *states.entry(transition.to.known().unwrap().to_string()).or_default() += 1;
        }
    }
    assert_eq!(
        states.keys().map(String::as_str).collect::<Vec<_>>(),
        ["closed", "in_progress", "new", "on_hold", "resolved"]
    );
    assert_eq!(count(&|record| record.text(Field::State) == Some("closed")), 890, "{states:?}");
    println!("entries to states: {states:?}");
}

#[test]
fn real_data_of_uci_in_the_spelling_of_its_publisher_gives_the_same_records() {
    let Some(as_resaved) = logs(str::to_owned) else { return };
    let as_published = logs(|text| match text {
        "TRUE" => "true".to_owned(),
        "FALSE" => "false".to_owned(),
        text => match text.split_once(' ').and_then(|(date, time)| Some((day_month_year(date)?, time))) {
            Some(((day, month, year), time)) => format!("{day}/{month}/{year} {time}"),
            None => text.to_owned(),
        },
    });
    let as_published = as_published.unwrap();
    assert!(as_published[0].contains("true") && as_published[0].contains("/2016 "), "{}", as_published[0]);
    let mapping = mapping("servicenow/incident-log");
    assert_eq!(map_all(&mapping, &as_resaved), map_all(&mapping, &as_published));
}

fn day_month_year(text: &str) -> Option<(u8, u8, u16)> {
    let mut parts = text.splitn(3, '-');
    let date = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(date)
}

#[test]
fn real_data_of_rabobank_keeps_what_is_damaged_or_not_stated_apart() {
    let Some(file) = data("rabobank-sample/ITSM_data_40rows.csv") else { return };
    let mapping = mapping("hp-service-manager/incident");
    let (mut records, mut not_applicable) = (Vec::new(), 0);
    for row in rows(&std::fs::read(file).unwrap()) {
        match mapping.map(Form::Snapshot, &Value::from(row).to_string()) {
            Outcome::Mapped { mapped, .. } => records.push(mapped.record),
            Outcome::NotApplicable { reason } => {
                assert!(reason.contains("request for information"), "{reason}");
                not_applicable += 1;
            }
            Outcome::Rejected { notes } => panic!("{notes:?}"),
        }
    }
    assert_eq!((records.len(), not_applicable), (35, 5));
    let unmapped = |field: Field, word: &str| {
        records.iter().filter(|record| *record.reading(field) == Reading::Unmapped(word.into())).count()
    };
    assert_eq!((unmapped(Field::Impact, "NS"), unmapped(Field::Priority, "NA")), (1, 1));
    assert_eq!(records.iter().filter(|record| record.quality == Quality::Fallback).count(), 1);
    assert!(records.iter().all(|record| record.instant(Field::OpenedAt).is_some()));
    assert!(records.iter().all(|record| record.text(Field::ResolvedByChange) != Some("#MULTIVALUE")));
}
