//! The published documents: not stale, true of every event, and never taking away what v1 promised.
//!
//! `UPDATE_SCHEMAS=1` writes them anew; it adds to the list of what v1 promised and takes nothing off it.
#![cfg(test)]

mod arbitrary;

use counterfoil_model::{Kind, Record};
use counterfoil_record::{Digest, Place, RecordKey};
use counterfoil_wire::{EventParts, asyncapi, build_event, encode_record, event_schema, record_schema};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

fn update() -> bool {
    std::env::var_os("UPDATE_SCHEMAS").is_some()
}

fn document(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas").join(name)
}

#[test]
fn committed_documents_are_not_stale() {
    let mut documents =
        vec![("event.v1.schema.json".to_owned(), event_schema()), ("counterfoil.asyncapi.json".to_owned(), asyncapi())];
    for kind in Kind::ALL {
        documents.push((format!("{}.v1.schema.json", kind.name()), record_schema(*kind)));
    }
    for (name, now) in documents {
        let path = document(&name);
        if update() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &now).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == now, "docs/schemas/{name} is stale; run with UPDATE_SCHEMAS=1 and commit it");
    }
}

/// Every promise of a schema as a line: `path type`, `path required`, `path word <word>`.
fn promises(root: &Value, schema: &Value, path: &str, found: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        return promises(root, root.pointer(name.trim_start_matches('#')).unwrap(), path, found);
    }
    if let Some(value_type) = schema.get("type") {
        found.insert(format!("{path} type {value_type}"));
    }
    if let Some(word) = schema.get("const") {
        found.insert(format!("{path} word {word}"));
    }
    for word in schema["enum"].as_array().into_iter().flatten() {
        found.insert(format!("{path} word {word}"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        found.insert(format!("{path}/{} required", name.as_str().unwrap()));
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        promises(root, member, &format!("{path}/{name}"), found);
    }
    for (part, step) in [("items", "[]"), ("additionalProperties", "{}")] {
        if schema[part].is_object() {
            promises(root, &schema[part], &format!("{path}/{step}"), found);
        }
    }
    for one in schema["oneOf"].as_array().into_iter().flatten() {
        promises(root, one, path, found);
    }
}

#[test]
fn nothing_that_v1_promised_is_taken_away() {
    let schema: Value = serde_json::from_str(&event_schema()).unwrap();
    let mut now = BTreeSet::new();
    promises(&schema, &schema, "", &mut now);
    assert!(now.len() > 150, "the walk found only {} promises", now.len());
    let path = document("event.v1.promises.txt");
    let promised = std::fs::read_to_string(&path).unwrap_or_default();
    let promised: BTreeSet<String> = promised.lines().map(str::to_owned).collect();
    if update() {
        let lines: String = promised.union(&now).map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, lines).unwrap();
    }
    let taken: Vec<_> = promised.difference(&now).collect();
    assert!(taken.is_empty(), "a reader of v1 breaks: {taken:#?}");
    let new: Vec<_> = now.difference(&promised).collect();
    assert!(update() || new.is_empty(), "promised from now on; run with UPDATE_SCHEMAS=1: {new:#?}");
}

fn event_of(record: &Record, previous: Option<&Record>, version: u64) -> Value {
    let key = RecordKey { instance: "acme".into(), stream: "records".into(), native_id: "1/2".into() };
    let mapping = version.is_multiple_of(2).then_some(("m", Digest::of(b"m")));
    let built = build_event(&EventParts {
        instance: "acme",
        stream: "records",
        record_id: &key.id(),
        native_id: "1/2",
        version,
        record,
        record_json: &encode_record(record),
        content: counterfoil_wire::content_digest(&encode_record(record)),
        previous,
        raw: Digest::of(b"raw"),
        mapping,
        place: &Place { container: "a".into(), position: String::new() },
        observed_at: "2026-10-01T12:00:00Z".parse().unwrap(),
    });
    serde_json::from_str(&built.body).unwrap()
}

/// The schema as a closed one: what it does not describe is an error.
fn closed(schema: &mut Value) {
    if let Some(object) = schema.as_object_mut() {
        if object.contains_key("properties") && !object.contains_key("additionalProperties") {
            object.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        object.values_mut().for_each(closed);
    } else if let Some(array) = schema.as_array_mut() {
        array.iter_mut().for_each(closed);
    }
}

static CLOSED: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let mut schema: Value = serde_json::from_str(&event_schema()).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    closed(&mut schema);
    jsonschema::draft202012::new(&schema).unwrap()
});

/// The schema of each kind's record.
static RECORDS: LazyLock<Vec<(Kind, jsonschema::Validator)>> = LazyLock::new(|| {
    let validator = |kind: &Kind| {
        let schema = serde_json::from_str(&record_schema(*kind)).unwrap();
        (*kind, jsonschema::draft202012::new(&schema).unwrap())
    };
    Kind::ALL.iter().map(validator).collect()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_event_is_described_to_its_last_member(
        record in arbitrary::record(),
        previous in proptest::option::of(arbitrary::record()),
        version in 1..u64::MAX,
    ) {
        let event = event_of(&record, previous.as_ref(), version);
        let errors: Vec<_> = CLOSED.iter_errors(&event).map(|error| error.to_string()).collect();
        prop_assert!(errors.is_empty(), "{errors:#?}");
        for (kind, validator) in RECORDS.iter() {
            prop_assert_eq!(validator.is_valid(&event["data"]["record"]), *kind == record.kind);
        }
    }
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let good = event_of(&Record::new(Kind::Incident), None, 1);
    assert!(CLOSED.is_valid(&good));
    for (pointer, wrong) in [
        ("/specversion", Value::from("0.3")),
        ("/id", Value::from("")),
        ("/type", Value::from("org.counterfoil.incident.exploded.v1")),
        ("/type", Value::from("org.counterfoil.catalogue.opened.v1")),
        ("/sequence", Value::from(1)),
        ("/data/origin/version", Value::from(0)),
        ("/data/record/quality", Value::from("perfect")),
        ("/data/record/history", Value::Null),
        ("/data/changes", Value::from("none")),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = wrong;
        assert!(!CLOSED.is_valid(&bad), "{pointer}");
    }
}

/// Section 3 of the CloudEvents 1.0.2 specification and its JSON format, as far as they can be said of one event.
#[test]
fn the_envelope_keeps_the_rules_of_cloudevents() {
    let event = event_of(&Record::new(Kind::Incident), None, 7);
    let members = event.as_object().unwrap();
    for name in ["id", "source", "specversion", "type"] {
        assert!(members[name].as_str().is_some_and(|text| !text.is_empty()), "{name} is required");
    }
    assert_eq!(event["specversion"], "1.0");
    for (name, value) in members {
        let lower_case = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) && name.len() <= 20;
        assert!(lower_case, "attribute names are lower-case letters and digits: {name}");
        assert!(name == "data" || value.is_string(), "{name}");
        assert!(name == "data" || !value.as_str().unwrap().chars().any(char::is_control), "{name}");
    }
    let source = event["source"].as_str().unwrap();
    assert!(source.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)), "a URI reference: {source}");
    assert!(event["dataschema"].as_str().unwrap().starts_with("urn:"), "dataschema is a whole URI");
    assert!(event["time"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    // The sequence extension: the texts sort as the numbers do.
    let sequence = |version| event_of(&Record::new(Kind::Incident), None, version)["sequence"].to_string();
    assert!(sequence(9) < sequence(10) && sequence(10) < sequence(u64::MAX));
}

#[test]
fn the_asyncapi_document_refers_to_things_that_exist() {
    let document_json: Value = serde_json::from_str(&asyncapi()).unwrap();
    assert_eq!(document_json["asyncapi"], "3.0.0");
    let mut references = Vec::new();
    collect_references(&document_json, &mut references);
    assert!(references.len() >= 5, "{references:?}");
    for reference in references {
        match reference.strip_prefix('#') {
            Some(pointer) => assert!(document_json.pointer(pointer).is_some(), "{reference}"),
            None => assert!(document(&reference).is_file(), "{reference}"),
        }
    }
}

fn collect_references(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            references.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| collect_references(value, references));
        }
        Value::Array(array) => array.iter().for_each(|value| collect_references(value, references)),
        _ => {}
    }
}
