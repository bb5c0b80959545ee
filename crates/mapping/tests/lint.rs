//! What a mapping's word tables and a source's choice lists tell about each other.

use counterfoil_diagnostics::SourceText;
use counterfoil_mapping::{CatalogueEntry, Mapping, MappingSource, Overrides, Settings, lint, shipped};

fn mapping(name: &str, config: &str) -> Mapping {
    let config = SourceText { name: "counterfoil.toml".into(), text: config.into() };
    let overrides = Overrides::section(&config, &["connector", "acme", "override"]);
    let settings = Settings { instance: "acme".into(), ..Settings::default() };
    let file = shipped::find(name).expect("it is shipped").source();
    Mapping::compile(&MappingSource { file, overrides, settings }).expect("it has no problems")
}

/// `table.column=value label`, with `!` before what can be chosen no more.
fn choices(text: &str) -> Vec<CatalogueEntry> {
    let entry = |line: &str| {
        let (inactive, line) = line.strip_prefix('!').map_or((false, line), |line| (true, line));
        let (place, label) = line.split_once(' ').expect("a label");
        let (column, value) = place.split_once('=').expect("a value");
        let (table, column) = column.split_once('.').expect("a column");
        let [table, column, value, label] = [table, column, value, label].map(str::to_owned);
        CatalogueEntry { table, column, value, label, language: "en".into(), inactive }
    };
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(entry).collect()
}

fn show(mapping: &Mapping, catalogue: &[CatalogueEntry]) -> String {
    lint(mapping, catalogue).iter().map(|finding| format!("{finding}\n\n")).collect()
}

const CHOICES: &str = "
    incident.state=1 New
    incident.state=2 In Progress
    incident.state=3 On Hold
    incident.state=6 Resolved
    incident.state=7 Closed
    !incident.state=8 Canceled
    incident.state=10 Parked
    incident.state=10 Geparkt
    !incident.state=11 Forgotten
    task.state=-5 Pending
    incident.hold_reason=1 Awaiting Caller
    incident.hold_reason=3 Awaiting Problem
    incident.hold_reason=4 Awaiting Vendor
    task.priority=1 1 - Critical
    task.priority=2 2 - High
    task.priority=3 3 - Moderate
    task.priority=4 4 - Low
    task.priority=5 5 - Planning";

#[test]
fn drift_is_told_with_the_place_and_what_to_write() {
    insta::assert_snapshot!(show(&mapping("servicenow/incident", ""), &choices(CHOICES)));
}

#[test]
fn words_of_the_instance_count_and_a_label_that_moved_is_noticed() {
    let config = "[connector.acme.override.words.state]\n\"10\" = \"on_hold\"\n\"Closed\" = \"closed\"\n";
    let moved = CHOICES.replace("state=6 Resolved", "state=6 Closed");
    let found = lint(&mapping("servicenow/incident", config), &choices(&moved));
    let found: Vec<_> = found.iter().filter(|finding| finding.severity.to_string() == "error").collect();
    let [changed] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(changed.code, "mapping::choice-changed");
    assert!(changed.place.starts_with("mappings/servicenow/incident.toml:"), "{}", changed.place);
    assert!(changed.remedy.starts_with("write in [connector.acme.override.words.state]: \"6\" = \"closed\""));
}

#[test]
fn a_table_of_labels_is_compared_by_label() {
    let catalogue = choices("task.priority=1 Critical\ntask.priority=2 High\ntask.priority=3 Sometime");
    let text = "[mapping]\nkind = \"incident\"\n[fields]\npriority = { from = \"/priority\", words = \"p\" }\n\
                [words.p]\n\"critical\" = \"P1\"\n\"High\" = \"P2\"\n";
    let file = SourceText { name: "test.toml".into(), text: text.into() };
    let source = MappingSource { file, overrides: None, settings: Settings::default() };
    let found = lint(&Mapping::compile(&source).unwrap(), &catalogue);
    let [missing] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((missing.code, missing.place.as_str()), ("mapping::choice-unmapped", "test.toml:4"));
    assert!(missing.remedy.contains("\"Sometime\" = \"…\""), "{}", missing.remedy);
}
