//! Explanations: raw value, rule and model value, for every field and transition.

use counterfoil_diagnostics::SourceText;
use counterfoil_mapping::cases::show_reading;
use counterfoil_mapping::{Explanation, Mapping, MappingSource, Overrides, Settings, shipped};
use counterfoil_model::{Field, Slug};
use counterfoil_record::Form;
use std::fmt::Write as _;

fn mapping(name: &str, overrides: Option<&SourceText>) -> Mapping {
    let settings = Settings {
        instance: "acme".into(),
        party: Some(Slug::of("acme")),
        zone: Some("Europe/Lisbon".into()),
        order: counterfoil_mapping::DateOrder::parse("dmy"),
        salt: "test".into(),
    };
    let overrides = overrides.and_then(|config| Overrides::section(config, &["connector", "acme", "override"]));
    let file = shipped::find(name).expect("the mapping is shipped").source();
    Mapping::compile(&MappingSource { file, overrides, settings }).expect("shipped mappings have no problems")
}

fn show(explanation: &Explanation) -> String {
    let mut text = String::new();
    for field in &explanation.fields {
        let raw = field.raw.as_deref().unwrap_or("-");
        let word = field.word_rule.as_ref().map_or(String::new(), |rule| format!(", word at {rule}"));
        let reading = show_reading(&field.reading);
        let _ = writeln!(
            text,
            "{}: {} = `{raw}` → {} ({}{word}) → {reading}",
            field.field, field.pointer, field.rule, field.converter
        );
    }
    for change in &explanation.history {
        let transition = &change.transition;
        let _ = writeln!(
            text,
            "row {}: {} {:?} → {:?} at {:?} by {} → {} → {}",
            transition.row.expect("a transition of a log has its row"),
            change.pointer,
            change.from_raw.as_deref().unwrap_or("-"),
            change.to_raw.as_deref().unwrap_or("-"),
            change.occurred_at_raw.as_deref().unwrap_or("-"),
            change.word_rule.as_deref().unwrap_or(&change.rule),
            show_reading(&transition.from),
            show_reading(&transition.to),
        );
    }
    text
}

#[test]
fn a_log_is_explained_field_by_field_and_row_by_row() {
    let payload = r#"{"rows":[
        {"@order":"1","number":"INC1","incident_state":" New ","opened_at":"29-02-2016 01:16","sys_updated_at":"29-02-2016 01:23","assignment_group":"?","priority":"3 - Moderate","caller_id":"Jo"},
        {"@order":"2","number":"INC1","incident_state":"Active","opened_at":"29-02-2016 01:16","sys_updated_at":"29-02-2016 02:00","assignment_group":"Group 1","priority":"3 - Moderate","caller_id":"Jo","impact":"2 - Medium"}]}"#;
    insta::assert_snapshot!(show(&mapping("servicenow/incident-log", None).explain(Form::Log, payload)));
}

#[test]
fn rules_of_an_override_are_explained_by_their_line_in_the_configuration() {
    let config = "[connector.acme]\n[connector.acme.override.words.state]\n\"Parked\" = \"on_hold\"\n\
                  [connector.acme.override.fields]\ntitle = \"/Short text\"\n";
    let config = SourceText { name: "counterfoil.toml".into(), text: config.into() };
    let mapping = mapping("file/incident", Some(&config));
    let explanation = mapping.explain(
        Form::Snapshot,
        r#"{"Ticket":"1","Short text":"x","Status":"Parked","Opened":"2026-01-01T00:00:00Z"}"#,
    );
    let of = |field| explanation.fields.iter().find(|explained| explained.field == field).unwrap();
    assert_eq!((of(Field::Title).rule.as_str(), of(Field::Title).raw.as_deref()), ("counterfoil.toml:5", Some("x")));
    assert_eq!(of(Field::State).word_rule.as_deref(), Some("counterfoil.toml:3"));
    assert!(of(Field::State).rule.starts_with("mappings/file/incident.toml:"));
    assert_eq!(of(Field::State).quality, counterfoil_model::Quality::Manual);
    let words = mapping.words(Field::State);
    assert_eq!((words[0].word.as_str(), words[0].rule.as_str()), ("Parked", "counterfoil.toml:3"));
    assert!(words.len() > 10);
}

#[test]
fn what_was_rejected_is_explained_too() {
    let explanation = mapping("file/incident", None).explain(Form::Snapshot, r#"{"Ticket":"1","Opened":"never"}"#);
    assert_eq!(
        explanation.notes().iter().map(|note| note.code).collect::<Vec<_>>(),
        ["unreadable-date", "unreadable-date", "required-field"]
    );
    assert!(
        explanation.fields.iter().any(|field| field.field == Field::OpenedAt && field.raw.as_deref() == Some("never"))
    );
}
