//! Histories from the list of changes inside a record.

use counterfoil_diagnostics::SourceText;
use counterfoil_mapping::cases::show_reading;
use counterfoil_mapping::{Mapping, MappingSource, Note, Outcome, Settings, shipped};
use counterfoil_model::{Field, Record};
use counterfoil_record::Form;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write as _;

fn compile(name: &str, text: &str) -> Mapping {
    let file = SourceText { name: name.into(), text: text.into() };
    let settings = Settings { salt: "test".into(), ..Settings::default() };
    Mapping::compile(&MappingSource { file, overrides: None, settings }).expect("it has no problems")
}

fn incidents() -> Mapping {
    compile("mappings/servicenow/incident.toml", shipped::find("servicenow/incident").expect("it is shipped").text)
}

fn map(mapping: &Mapping, payload: &str) -> (Record, Vec<Note>) {
    match mapping.map(mapping.form(), payload) {
        Outcome::Mapped { mapped, notes } => (mapped.record, notes),
        other => panic!("{other:?}"),
    }
}

/// Field, from, to and moment of every transition.
fn history(record: &Record) -> Vec<String> {
    let show = |transition: &counterfoil_model::Transition| {
        let [from, to, at] = [&transition.from, &transition.to, &transition.occurred_at].map(show_reading);
        format!("{} {from} → {to} at {at}", transition.field)
    };
    record.history.iter().map(show).collect()
}

const FIELDS: &str = "
native_key = \"/number\"
opened_at = \"/opened_at\"
[words.state]
\"1\" = \"new\"
\"2\" = \"in_progress\"
\"3\" = \"on_hold\"
\"6\" = \"resolved\"
[words.priority]
\"1\" = \"P1\"
\"2\" = \"P2\"
";

fn as_log() -> Mapping {
    let head =
        "[mapping]\nkind = \"incident\"\nform = \"log\"\nzone = \"UTC\"\n[history]\noccurred_at = \"/at\"\n[fields]
        state = { from = \"/state\", words = \"state\", track = true }
        priority = { from = \"/priority\", words = \"priority\", track = true }
        assignee_group = { from = \"/group\", track = true }
        first_resolved_at = { derive = \"first entry to resolved\" }
        reopen_count = { derive = \"number of reopenings\" }
        reassign_count = { derive = \"number of group changes\" }";
    compile("log.toml", &format!("{head}{FIELDS}"))
}

fn as_list() -> Mapping {
    let head = "[mapping]\nkind = \"incident\"\nzone = \"UTC\"\n[history]\nchanges = \"/audit\"\ncolumn = \"/column\"
        from = \"/from\"\nto = \"/to\"\noccurred_at = \"/at\"\n[fields]
        state = { from = \"/state\", words = \"state\", track = [\"state\"] }
        priority = { from = \"/priority\", words = \"priority\", track = [\"priority\"] }
        assignee_group = { from = \"/group\", track = [\"group\"] }
        first_resolved_at = { derive = \"first entry to resolved\" }
        reopen_count = { derive = \"number of reopenings\" }
        reassign_count = { derive = \"number of group changes\" }";
    compile("list.toml", &format!("{head}{FIELDS}"))
}

proptest! {
    /// What figures are computed from is the same for a log and for the same incident told as a snapshot and its audit.
    #[test]
    fn a_log_and_an_audit_tell_one_history(
        rows in prop::collection::vec((prop::sample::select(&["1", "2", "3", "6", "9"][..]),
            prop::sample::select(&["1", "2", "", "7"][..]), prop::sample::select(&["", "a", "b"][..])), 1..12),
    ) {
        let at = |row: usize| format!("2026-01-18 08:{row:02}:00");
        let row = |at_row: usize| {
            let (state, priority, group) = rows[at_row];
            json!({"number": "INC1", "opened_at": at(0), "at": at(at_row), "state": state, "priority": priority,
                "group": group})
        };
        let log: Vec<Value> = (0..rows.len()).map(row).collect();
        let mut audit = Vec::new();
        for now in 1..rows.len() {
            for column in ["state", "priority", "group"] {
                let (from, to) = (&log[now - 1][column], &log[now][column]);
                if from != to {
                    audit.push(json!({"column": column, "from": from, "to": to, "at": at(now)}));
                    audit.push(json!({"column": "work_notes", "from": "", "to": "\"x\"", "at": at(now)}));
                }
            }
        }
        let mut snapshot = log[rows.len() - 1].clone();
        snapshot["audit"] = json!(audit);
        let (by_log, _) = map(&as_log(), &json!({"rows": log}).to_string());
        let (by_list, notes) = map(&as_list(), &snapshot.to_string());
        prop_assert_eq!(history(&by_log), history(&by_list));
        for field in [Field::FirstResolvedAt, Field::ReopenCount, Field::ReassignCount] {
            prop_assert_eq!(by_log.reading(field), by_list.reading(field));
        }
        prop_assert!(notes.iter().all(|note| note.code != "history-incomplete"), "{:?}", notes);
    }
}

#[test]
fn entries_that_hold_lists_of_changes_are_read_whatever_the_order_of_their_members() {
    let text = "[mapping]\nkind = \"incident\"\n[history]\nchanges = \"/changelog/histories\"\nitems = \"/items\"
        column = \"/fieldId\"\nfrom = [\"/from\", \"/fromString\"]\nto = [\"/to\", \"/toString\"]
        occurred_at = \"/created\"\nactor = \"/author/accountId\"\n[fields]
        native_key = \"/key\"\ncreated_at = \"/fields/created\"
        state = { from = [\"/fields/status/id\", \"/fields/status/name\", { at = \"/fields/status/statusCategory/key\",
            words = \"category\", quality = \"category\" }], words = \"state\", track = [\"status\"] }
        assignee_person = { from = \"/fields/assignee/accountId\", track = [\"assignee\"] }
        [words.state]\n\"10001\" = \"in_progress\"\n\"Open\" = \"new\"\n\"Done\" = \"resolved\"
        [words.category]\n\"done\" = \"closed\"\n";
    let payload = r#"{"key":"OPS-1","changelog":{"histories":[
        {"id":"2","items":[{"fieldId":"status","from":"10001","fromString":"In Progress","to":"77","toString":"Done"},
          {"field":"Link","to":"x"},
          {"fieldId":"assignee","from":"u1","to":"u2"}],"created":"2026-01-18T11:00:00.000+0000","author":{"accountId":"u2"}},
        {"created":"2026-01-18T09:00:00.000+0000","author":{"accountId":"u1"},
          "items":[{"fieldId":"status","from":"1","fromString":"Open","to":"10001","toString":"In Progress"}]}]},
        "fields":{"created":"2026-01-18T08:00:00.000+0000","status":{"id":"77","name":"Done",
          "statusCategory":{"key":"done"}},"assignee":{"accountId":"u2"}}}"#;
    let (record, notes) = map(&compile("jira.toml", text), payload);
    let expected =
        ["state new → in_progress at 2026-01-18T09:00:00Z", "state in_progress → resolved at 2026-01-18T11:00:00Z"];
    let found = history(&record);
    assert_eq!(found[0], "state missing → new at 2026-01-18T08:00:00Z");
    assert_eq!(found[2..4], expected.map(str::to_owned));
    assert!(found[4].starts_with("assignee_person p-"), "{found:?}");
    assert_eq!(record.history[2].row, Some(1));
    assert_eq!(record.history[3].actor.as_deref().map(|actor| &actor[..2]), Some("p-"));
    assert_eq!(notes, []);
}

#[test]
fn items_that_stand_twice_in_an_entry_and_entries_that_are_none_are_noticed_or_replaced() {
    let text = "[mapping]\nkind = \"incident\"\nzone = \"UTC\"\n[history]\nchanges = \"/log\"\nitems = \"/items\"
        column = \"/c\"\nfrom = \"/f\"\nto = \"/t\"\noccurred_at = \"/at\"\n[fields]
        title = { from = \"/title\", track = [\"title\"] }\n";
    let payload = r#"{"title":"b","log":[7,{"items":[{"c":"title","f":"x","t":"y"}],
        "items":["?",{"c":"title","f":"a","t":"b"}],"at":"2026-01-18 09:00:00"},{"items":{}}]}"#;
    let (record, notes) = map(&compile("twice.toml", text), payload);
    assert_eq!(history(&record), ["title missing → a at missing", "title a → b at 2026-01-18T09:00:00Z"]);
    assert_eq!(record.history[1].row, Some(1));
    let [strays] = notes.as_slice() else { panic!("{notes:?}") };
    assert_eq!(
        (strays.code, &*strays.message),
        ("history-incomplete", "2 entries of the list of changes are no objects")
    );
}

#[test]
fn a_long_list_is_told_in_full() {
    let change = |n: usize| {
        let (from, to) = if n.is_multiple_of(2) { ("1", "2") } else { ("2", "1") };
        json!({"column": "state", "from": from, "to": to, "at": format!("2026-01-{:02} {:02}:{:02}:00", 1 + n / 1440, n / 60 % 24, n % 60)})
    };
    let audit: Vec<Value> = (0..5000).map(change).collect();
    let payload =
        json!({"number": "INC1", "opened_at": "2025-12-31 00:00:00", "state": "1", "audit": audit}).to_string();
    let (record, notes) = map(&as_list(), &payload);
    assert_eq!((record.history.len(), record.history[5000].row), (5001, Some(4999)));
    assert!(notes.iter().all(|note| note.code == "derived-from-history"), "{notes:?}");
}

#[test]
fn what_cannot_be_told_whole_is_not_derived() {
    let rest = r#""number":"INC1","opened_at":"2026-01-18 08:00:00","state":"6""#;
    let resolved = r#"{"column":"state","from":"2","to":"6","at":"2026-01-18 09:00:00"}"#;
    let reopened = r#"{"column":"state","from":"6","to":"2","at":"2026-01-18 09:30:00"}"#;
    for (audit, first_resolved, reopenings) in [
        (format!(r#","audit":[{resolved}]"#), "2026-01-18T09:00:00Z", "0"),
        (format!(r#","audit":[{resolved},{reopened}]"#), "missing", "missing"),
        (format!(r#","audit":[{resolved},{resolved},{reopened},{reopened}]"#), "missing", "missing"),
        (String::new(), "missing", "missing"),
    ] {
        let (record, notes) = map(&as_list(), &format!("{{{rest}{audit}}}"));
        let read = |field| show_reading(record.reading(field));
        assert_eq!(
            (read(Field::FirstResolvedAt).as_str(), read(Field::ReopenCount).as_str()),
            (first_resolved, reopenings)
        );
        let underivable =
            notes.iter().filter(|note| note.code == "not-derivable" && note.field != Some(Field::ReassignCount));
        assert_eq!(underivable.count() == 2, first_resolved == "missing", "{notes:?}");
    }
}

#[test]
fn of_a_list_that_stands_there_twice_the_last_counts() {
    let change = r#"{"column":"state","from":"1","to":"2","at":"2026-01-18 09:00:00"}"#;
    let payload =
        format!(r#"{{"audit":[{change},{change}],"number":"1","opened_at":"","state":"2","audit":[{change}]}}"#);
    let (record, notes) = map(&as_list(), &payload);
    assert_eq!(history(&record).len(), 2);
    assert!(notes.iter().any(|note| note.code == "duplicate-member"), "{notes:?}");
}

#[test]
fn every_transition_is_explained_by_its_rule_and_its_row() {
    let payload = r#"{"number":"INC1","sys_created_on":"2026-01-18 08:00:00","sys_updated_on":"2026-01-18 10:00:00",
        "state":"3","incident_state":"3","hold_reason":"4","priority":{"display_value":"3 - Moderate","value":"3"},"@audit":[
        {"fieldname":"state","oldvalue":"1","newvalue":"2","user":"jo","sys_created_on":"2026-01-18 09:00:00"},
        {"fieldname":"incident_state","oldvalue":"1","newvalue":"2","user":"jo","sys_created_on":"2026-01-18 09:00:00"},
        {"fieldname":"state","oldvalue":"2","newvalue":"3","user":"jo","sys_created_on":"2026-01-18 10:00:00"},
        {"fieldname":"hold_reason","oldvalue":"","newvalue":"4","user":"jo","sys_created_on":"2026-01-18 10:00:00"}]}"#;
    let explanation = incidents().explain(Form::Snapshot, payload);
    let told: Vec<_> = explanation.history.iter().map(|change| change.transition.clone()).collect();
    assert_eq!(told, map(&incidents(), payload).0.history, "each explanation stands where its transition does");
    let mut text = String::new();
    for change in &explanation.history {
        let transition = &change.transition;
        let side = |raw: &Option<String>| raw.clone().unwrap_or_else(|| "-".to_owned());
        let _ = writeln!(
            text,
            "{:?} {}: {} → {} at {} by {} (rule {}) → {} {}",
            transition.row,
            change.pointer,
            side(&change.from_raw),
            side(&change.to_raw),
            side(&change.occurred_at_raw),
            change.word_rule.as_deref().unwrap_or("-"),
            change.rule,
            transition.field,
            show_reading(&transition.to),
        );
    }
    insta::assert_snapshot!(text);
}
