//! Where an instance has several mappings, none takes what is another's.

use counterfoil_mapping::{Mapping, NamedMapping, Outcome, Settings, compile_instance, shipped};
use counterfoil_record::Form;

fn mappings(tool: &str) -> Vec<(&'static str, Mapping)> {
    let of_tool = |name: &&str| name.split_once('/').is_some_and(|(folder, _)| folder == tool);
    let names: Vec<&'static str> = shipped::ALL.iter().map(|one| one.name).filter(of_tool).collect();
    let named = |name: &&str| NamedMapping {
        name: (*name).to_owned(),
        file: shipped::find(name).expect("it is shipped").source(),
    };
    let named: Vec<NamedMapping> = names.iter().map(named).collect();
    let mappings = compile_instance(&named, None, &Settings::default()).expect("shipped mappings have no problems");
    names.into_iter().zip(mappings).filter(|(_, mapping)| mapping.form() == Form::Snapshot).collect()
}

fn takers(mappings: &[(&'static str, Mapping)], payload: &str) -> Vec<&'static str> {
    let takes = |mapping: &Mapping| !matches!(mapping.map(Form::Snapshot, payload), Outcome::NotApplicable { .. });
    mappings.iter().filter(|(_, mapping)| takes(mapping)).map(|(name, _)| *name).collect()
}

/// A table of ServiceNow says in each row which one it is; what says none is an incident or a choice.
#[test]
fn a_row_of_servicenow_belongs_to_the_mapping_of_its_table() {
    let mappings = mappings("servicenow");
    assert_eq!(mappings.len(), 15);
    for (name, _) in &mappings {
        let table = name.split_once('/').unwrap().1;
        let expected = if ["incident", "choice"].contains(&table) { vec![] } else { vec![*name] };
        for class in ["", table, "incident", "cmdb_ci_service"] {
            let row = serde_json::json!({"@table": table, "sys_id": "1", "sys_class_name": class, "number": "1", "name": "x"});
            assert_eq!(takers(&mappings, &row.to_string()), expected, "{row}");
        }
    }
    for (row, taker) in [
        (r#"{"sys_id":"1","number":"INC1"}"#, "servicenow/incident"),
        (r#"{"sys_id":"1","number":"INC1","sys_class_name":{"value":"incident"}}"#, "servicenow/incident"),
        (r#"{"sys_id":"1","element":"state","name":"incident","value":"1"}"#, "servicenow/choice"),
    ] {
        assert_eq!(takers(&mappings, row), [taker], "{row}");
    }
    assert!(takers(&mappings, r#"{"@table":"sys_user","sys_id":"1"}"#).is_empty());
}

/// What the configuration has says of which kind it is.
#[test]
fn a_row_that_says_its_kind_belongs_to_the_mapping_of_that_kind() {
    let mappings = mappings("register");
    for (name, mapping) in &mappings {
        let row = serde_json::json!({"kind": mapping.kind().name(), "id": "1"});
        assert_eq!(takers(&mappings, &row.to_string()), [*name]);
    }
    assert!(takers(&mappings, r#"{"kind":"catalogue","id":"1"}"#).is_empty());
}

/// Of tools that keep several processes in one list, the type of a record says which mapping it is for.
#[test]
fn a_ticket_belongs_to_the_mapping_of_its_type() {
    for (tool, payload, taker) in [
        ("zendesk", r#"{"id":1,"type":"incident"}"#, &["zendesk/ticket"][..]),
        ("zendesk", r#"{"id":1,"type":null}"#, &["zendesk/ticket"]),
        ("zendesk", r#"{"id":1,"type":"problem"}"#, &["zendesk/problem"]),
        ("zendesk", r#"{"id":1,"type":"question"}"#, &[]),
        ("itop", r#"{"class":"Incident","fields":{}}"#, &["itop/incident"]),
        ("itop", r#"{"class":"UserRequest","fields":{}}"#, &["itop/request"]),
        ("itop", r#"{"class":"Problem","fields":{}}"#, &["itop/problem"]),
        ("itop", r#"{"class":"EmergencyChange","fields":{}}"#, &["itop/change"]),
        ("itop", r#"{"class":"Person","fields":{}}"#, &[]),
    ] {
        assert_eq!(takers(&mappings(tool), payload), taker, "{payload}");
    }
    // Problems and changes are lists of their own there, which say no type.
    for (tool, incident, request) in [("freshservice", "\"Incident\"", "\"Service Request\""), ("glpi", "1", "2")] {
        let tickets: Vec<_> = mappings(tool)
            .into_iter()
            .filter(|(name, _)| name.ends_with("/ticket") || name.ends_with("/request"))
            .collect();
        let taken = |of: &str| takers(&tickets, &format!(r#"{{"id":1,"type":{of}}}"#));
        assert_eq!(taken(incident), [format!("{tool}/ticket")]);
        assert_eq!(taken(request), [format!("{tool}/request")]);
    }
}
