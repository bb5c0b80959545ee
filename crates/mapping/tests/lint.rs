//! What a mapping's word tables and a source's choice lists tell about each other.

use counterfoil_diagnostics::SourceText;
use counterfoil_mapping::{
    CatalogueEntry, Mapping, MappingSource, NamedMapping, Overrides, Settings, compile_instance, lint, lint_instance,
    shipped,
};

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
        CatalogueEntry { table, column, value, label, language: "en".into(), category: String::new(), inactive }
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

/// `table=value|label|category`, as a site of Jira tells them.
fn of_jira(text: &str) -> Vec<CatalogueEntry> {
    let entry = |line: &str| {
        let (table, rest) = line.split_once('=').expect("a table");
        let [value, label, category] =
            rest.splitn(3, '|').map(str::to_owned).collect::<Vec<_>>().try_into().expect("three");
        let (table, column, language) = (table.to_owned(), table.to_owned(), String::new());
        CatalogueEntry { table, column, value, label, language, category, inactive: false }
    };
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(entry).collect()
}

#[test]
fn a_new_status_is_an_error_unless_its_category_is_known_and_then_a_warning() {
    let catalogue = of_jira(
        "status=3|进行中|indeterminate
         status=10100|Waiting for customer|indeterminate
         status=10555|Beim Lieferanten|indeterminate
         status=10556|Parked|undefined
         priority=2|High|
         issuetype=1|Incident|",
    );
    let found = lint(&mapping("jira/issue", ""), &catalogue);
    let found: Vec<_> = found.iter().map(|one| (one.code, one.severity.to_string(), one.message.as_str())).collect();
    let [(by_category, warning, told), (unmapped, error, _)] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((*by_category, warning.as_str()), ("mapping::choice-by-category", "warning"));
    assert!(told.contains("`10555` (`Beim Lieferanten`)") && told.contains("as `in_progress`"), "{told}");
    assert_eq!((*unmapped, error.as_str()), ("mapping::choice-unmapped", "error"));
    let config = "[connector.acme.override.words.state]\n\"10555\" = \"on_hold\"\n\"Parked\" = \"on_hold\"\n";
    assert_eq!(lint(&mapping("jira/issue", config), &catalogue), []);
}

#[test]
fn two_fields_of_one_name_are_an_error_that_lists_both_ids() {
    let mut catalogue = of_jira(
        "field=customfield_10104|Impact|select
         field=customfield_10300|impact |select
         field=duedate|Due|duedate
         field=customfield_10301|Impact area|select",
    );
    let found = |catalogue: &[CatalogueEntry]| {
        let found = lint(&mapping("jira/issue", ""), catalogue);
        found.into_iter().filter(|one| one.code == "mapping::field-ambiguous").collect::<Vec<_>>()
    };
    let [both] = found(&catalogue).try_into().expect("one finding");
    assert!(both.message.ends_with("2 fields: `customfield_10104`, `customfield_10300`"), "{}", both.message);
    catalogue[1].inactive = true;
    assert_eq!(found(&catalogue), []);
}

/// Both mappings of an instance that has two.
fn two(overrides: &str) -> Vec<Mapping> {
    let named = ["jira/issue", "jira/change"].map(|name| {
        let file = shipped::find(name).expect("it is shipped").source();
        NamedMapping { name: name.into(), file }
    });
    let text = SourceText { name: "counterfoil.toml".into(), text: overrides.into() };
    let settings = Settings { instance: "acme".into(), ..Settings::default() };
    compile_instance(&named, Some(&text), &settings).expect("they have no problems")
}

#[test]
fn issue_types_that_no_mapping_takes_are_named() {
    let catalogue = of_jira(
        "issuetype=1|Incident|
         issuetype=10103|[System] Change|
         issuetype=10004|Bug|
         issuetype=10007|Story|
         status=3|In Progress|indeterminate
         priority=2|High|",
    );
    let [told] = lint_instance(&two(""), &catalogue).try_into().expect("one column");
    assert_eq!((told.code, told.severity.to_string().as_str()), ("mapping::choice-untaken", "warning"));
    assert!(told.message.starts_with("2 of 4 choices of `issuetype` are taken by no mapping"), "{}", told.message);
    assert!(told.message.ends_with("`Bug`, `Story`"), "{}", told.message);
    assert!(told.remedy.ends_with("[connector.acme.override.\"jira/issue\".when]"), "{}", told.remedy);
    let taken = "[\"jira/issue\".when]\n\"/fields/issuetype/name\" = [\"Incident\", \"Bug\", \"Story\"]\n";
    assert_eq!(lint_instance(&two(taken), &catalogue), []);
}

#[test]
fn a_status_of_another_workflow_is_no_surprise_and_one_that_nobody_knows_is() {
    let catalogue = of_jira(
        "status=10405|Awaiting CAB approval|indeterminate
         status=10555|Beim Lieferanten|indeterminate
         priority=2|High|",
    );
    let by_category = |found: Vec<counterfoil_mapping::LintFinding>| {
        let found = found.into_iter().filter(|one| one.code == "mapping::choice-by-category");
        found.map(|one| one.message.split('`').nth(3).unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mappings = two("");
    assert_eq!(by_category(lint(&mappings[0], &catalogue)), ["Awaiting CAB approval", "Beim Lieferanten"]);
    assert_eq!(by_category(lint_instance(&mappings, &catalogue)), ["Beim Lieferanten"; 2]);
}

#[test]
fn with_several_mappings_the_remedy_names_the_one_that_lacks_the_word() {
    let catalogue = of_jira("status=10556|Parked|undefined");
    for mapping in two("") {
        let remedies: Vec<_> = lint(&mapping, &catalogue).into_iter().map(|one| one.remedy).collect();
        let name = mapping.name().trim_start_matches("mappings/").trim_end_matches(".toml").to_owned();
        let section = format!("write in [connector.acme.override.\"{name}\".words.state]: \"10556\"");
        assert!(remedies.iter().any(|remedy| remedy.starts_with(&section)), "{name}: {remedies:?}");
    }
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
