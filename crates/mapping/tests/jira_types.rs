//! Which mapping of Jira takes which issue type: one at most, and none by accident.

use counterfoil_mapping::{Mapping, NamedMapping, Outcome, Settings, compile_instance, shipped};
use counterfoil_model::Kind;
use counterfoil_record::Form;

fn mappings() -> Vec<Mapping> {
    let named = |name: &str| {
        let file = shipped::find(name).expect("it is shipped").source();
        NamedMapping { name: name.to_owned(), file }
    };
    let named =
        ["jira/issue", "jira/request", "jira/problem", "jira/change", "jira/catalogue", "jira/field"].map(named);
    compile_instance(&named, None, &Settings::default()).expect("shipped mappings have no problems")
}

/// The kinds that take an issue of this type and of this request type, where it has one.
fn takers(mappings: &[Mapping], issue_type: &str, request_type: &str) -> Vec<Kind> {
    let request = match request_type {
        "" => String::new(),
        name => format!(r#","@request":{{"requestType":{{"name":{}}}}}"#, serde_json::json!(name)),
    };
    let payload = format!(
        r#"{{"id":"1","key":"A-1","fields":{{"summary":"s","issuetype":{{"id":"1","name":{}}},"created":"2026-03-02T09:00:00.000+0100","updated":"2026-03-02T09:00:00.000+0100"}}{request}}}"#,
        serde_json::json!(issue_type)
    );
    let takes = |mapping: &&Mapping| match mapping.map(Form::Snapshot, &payload) {
        Outcome::Mapped { .. } => true,
        Outcome::NotApplicable { .. } => false,
        Outcome::Rejected { notes } => panic!("{issue_type}, {request_type}: {notes:?}"),
    };
    mappings.iter().filter(takes).map(Mapping::kind).collect()
}

/// What Jira and its service management come with, in the generations of its templates.
const ISSUE_TYPES: &[(&str, Option<Kind>)] = &[
    ("[System] Incident", Some(Kind::Incident)),
    ("Incident", Some(Kind::Incident)),
    ("Major Incident", Some(Kind::Incident)),
    ("Fault", Some(Kind::Incident)),
    ("Outage", Some(Kind::Incident)),
    ("[System] Service request", Some(Kind::ServiceRequest)),
    ("[System] Service request with approvals", Some(Kind::ServiceRequest)),
    ("Service Request", Some(Kind::ServiceRequest)),
    ("Service Request with Approvals", Some(Kind::ServiceRequest)),
    ("Access", Some(Kind::ServiceRequest)),
    ("[System] Problem", Some(Kind::Problem)),
    ("Problem", Some(Kind::Problem)),
    ("[System] Change", Some(Kind::Change)),
    ("Change", Some(Kind::Change)),
    ("Change Request", Some(Kind::Change)),
    ("Standard Change", Some(Kind::Change)),
    ("Normal Change", Some(Kind::Change)),
    ("Emergency Change", Some(Kind::Change)),
    ("[System] Post-incident review", None),
    ("Known Error", None),
    ("Release", None),
    ("IT Help", None),
    ("Purchase", None),
    ("Bug", None),
    ("Story", None),
    ("Epic", None),
    ("Task", None),
    ("Sub-task", None),
    ("Improvement", None),
    ("New Feature", None),
    ("Support", None),
];

/// Request types, each with the issue type that it comes with.
const REQUEST_TYPES: &[(&str, &str, Kind)] = &[
    ("Report a system problem", "[System] Incident", Kind::Incident),
    ("Get IT help", "[System] Service request", Kind::ServiceRequest),
    ("Request a new account", "[System] Service request", Kind::ServiceRequest),
    ("Request admin access", "[System] Service request with approvals", Kind::ServiceRequest),
    ("Request new software", "[System] Service request", Kind::ServiceRequest),
    ("Request new hardware", "[System] Service request", Kind::ServiceRequest),
    ("Onboard new employees", "[System] Service request", Kind::ServiceRequest),
    ("Investigate a problem", "[System] Problem", Kind::Problem),
    ("Request a change", "[System] Change", Kind::Change),
    ("Upgrade or change a server", "[System] Change", Kind::Change),
    ("Upgrade or change a managed system", "[System] Change", Kind::Change),
];

#[test]
fn an_issue_type_belongs_to_one_mapping_or_to_none() {
    let mappings = mappings();
    for (issue_type, kind) in ISSUE_TYPES {
        assert_eq!(takers(&mappings, issue_type, ""), Vec::from_iter(*kind), "{issue_type}");
    }
}

#[test]
fn a_request_type_belongs_to_the_mapping_of_its_issue_type_and_to_none_beside_it() {
    let mappings = mappings();
    for (request_type, issue_type, kind) in REQUEST_TYPES {
        for issue_type in [issue_type, "Task", "Anything"] {
            assert_eq!(takers(&mappings, issue_type, request_type), [*kind], "{request_type} of {issue_type}");
        }
    }
    // A request type of the site's own says nothing against the issue type.
    for (issue_type, kind) in ISSUE_TYPES {
        assert_eq!(takers(&mappings, issue_type, "Frag uns"), Vec::from_iter(*kind), "{issue_type}");
    }
}

/// No name stands in the conditions of two mappings; what says no type at all is no issue, and the first rejects it.
#[test]
fn no_two_mappings_name_the_same_type() {
    let mut seen = std::collections::BTreeMap::new();
    for name in ["jira/issue", "jira/request", "jira/problem", "jira/change"] {
        let file: toml::Table = toml::from_str(shipped::find(name).unwrap().text).unwrap();
        let types = file["when"]["/fields/issuetype/name"]["is"].as_array().unwrap();
        for one in types.iter().map(|one| one.as_str().unwrap()).filter(|one| !one.is_empty()) {
            assert_eq!(seen.insert(one.to_lowercase(), name), None, "`{one}` of {name}");
        }
    }
    let choice = r#"{"table":"issuetype","choice":{"id":"1","name":"Incident"},"inactive":false}"#;
    let takes = |mapping: &&Mapping| !matches!(mapping.map(Form::Snapshot, choice), Outcome::NotApplicable { .. });
    assert_eq!(mappings().iter().filter(takes).count(), 1, "a choice is no issue");
    let untyped = mappings()[0].map(Form::Snapshot, r#"{"id":"1","key":"A-1"}"#);
    assert!(matches!(untyped, Outcome::Rejected { .. }));
}
