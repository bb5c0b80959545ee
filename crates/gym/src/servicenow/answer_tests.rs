//! The evaluator against a reference that knows no index, and what a query must never do.

use super::*;
use crate::bulk::mix;
use crate::servicenow::oracle::Truth;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn paths_name_tables_in_all_versions() {
    let rows = |version| Some(Route::Rows { table: "incident", version });
    assert_eq!(Route::of("/api/now/table/incident"), rows(Version::Later));
    assert_eq!(Route::of("/api/now/v2/table/incident"), rows(Version::Later));
    assert_eq!(Route::of("/api/now/v1/table/incident"), rows(Version::One));
    assert_eq!(Route::of("/api/now/table/incident/ab"), Some(Route::Row { table: "incident", id: "ab" }));
    assert_eq!(Route::of("/api/now/v1/stats/incident"), Some(Route::Count { table: "incident" }));
    assert_eq!(Route::of("/api/now/attachment"), None);
}

fn asked(instance: &Instance, table: &str, query: &str, more: &str) -> Vec<Value> {
    let text = format!("sysparm_query={}{more}", encode(query));
    let mut request = Request::new("GET", &format!("/api/now/table/{table}"), &text);
    request.headers.insert("accept".into(), "application/json".into());
    let reply = answer(instance, &Asking { request: &request, base: "http://x", nth: 1 });
    assert_eq!(reply.status, 200);
    let json: Value = serde_json::from_slice(&reply.body).unwrap();
    json["result"].as_array().unwrap().clone()
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["sys_id"].as_str().unwrap().to_owned()).collect()
}

/// Field, operator, value.
type One = (&'static str, &'static str, String);

const FIELDS: &[&str] = &[
    "sys_updated_on",
    "sys_id",
    "state",
    "priority",
    "assignment_group.name",
    "short_description",
    "opened_at",
    "reopen_count",
    "hold_reason",
    "number",
];
const WORDS: &[&str] = &[
    "=",
    "!=",
    ">",
    ">=",
    "<",
    "<=",
    "IN",
    "NOT IN",
    "LIKE",
    "NOT LIKE",
    "STARTSWITH",
    "ENDSWITH",
    "ISEMPTY",
    "ISNOTEMPTY",
];

/// The value of a field of an incident, along at most one reference.
fn value_of(instance: &Instance, truth: &Truth, id: &str, field: &str) -> String {
    let columns = &truth.incidents[id].columns;
    match field {
        "assignment_group.name" => {
            let groups = instance.tables.of("sys_user_group");
            let group = Id::parse(columns["assignment_group"].as_bytes()).and_then(|id| groups.find(&id).cloned());
            group.map(|row| row.text(&groups.columns, groups.display)).unwrap_or_default()
        }
        field => columns[field].clone(),
    }
}

/// Written down from the documentation, one operator after the other.
fn holds(field: &str, operator: &str, asked: &str, value: &str) -> bool {
    let (asked, value) = (asked.to_ascii_lowercase(), value.to_ascii_lowercase());
    let more = || {
        let numbers = matches!(field, "state" | "priority" | "reopen_count" | "hold_reason");
        match (value.parse::<i64>(), asked.parse::<i64>()) {
            (Ok(value), Ok(asked)) if numbers => value.cmp(&asked),
            _ => value.cmp(&asked),
        }
    };
    match operator {
        "=" => value == asked,
        "!=" => value != asked,
        ">" => !value.is_empty() && more().is_gt(),
        ">=" => !value.is_empty() && more().is_ge(),
        "<" => !value.is_empty() && more().is_lt(),
        "<=" => !value.is_empty() && more().is_le(),
        "IN" => asked.split(',').any(|one| one == value),
        "NOT IN" => asked.split(',').all(|one| one != value),
        "LIKE" => value.contains(&asked),
        "NOT LIKE" => !value.contains(&asked),
        "STARTSWITH" => value.starts_with(&asked),
        "ENDSWITH" => value.ends_with(&asked),
        "ISEMPTY" => value.is_empty(),
        "ISNOTEMPTY" => !value.is_empty(),
        _ => panic!("{operator}"),
    }
}

/// A condition whose value is one of the instance, as a reader would take it from a record that it has.
fn one(instance: &Instance, truth: &Truth, draw: u64) -> One {
    let field = FIELDS[(draw % FIELDS.len() as u64) as usize];
    let mut operator = WORDS[(mix(draw) % WORDS.len() as u64) as usize];
    let moment = matches!(field, "sys_updated_on" | "opened_at");
    if moment && (operator.contains("LIKE") || operator.contains("WITH")) {
        operator = ">=";
    }
    let id = truth.incidents.keys().nth(mix(draw ^ 9) as usize % truth.incidents.len()).unwrap();
    let value = value_of(instance, truth, id, field);
    // A script is never run, a list cannot hold a comma, and `<` before `=` is another operator: these have tests of their own.
    let joined = matches!(operator, "<" | ">") && value.starts_with('=');
    if joined || value.contains("javascript:") || (operator.ends_with("IN") && value.contains(',')) {
        return (field, "ISNOTEMPTY", String::new());
    }
    match operator {
        "ISEMPTY" | "ISNOTEMPTY" => (field, operator, String::new()),
        "IN" | "NOT IN" if moment => (field, ">", value),
        _ => (field, operator, value),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_query_finds_what_a_reference_without_any_index_finds(seed in 0_u64..6, draws in prop::collection::vec(any::<(u64, u8)>(), 1..6)) {
        let instance = Instance::random(seed, 60);
        let truth = instance.oracle();
        let mut text = String::new();
        // Branches of alternatives of conditions.
        let mut branches: Vec<Vec<Vec<One>>> = vec![vec![]];
        for (draw, joint) in draws {
            let (field, operator, value) = one(&instance, &truth, draw);
            let escaped = format!("{field}{operator}{}", value.replace('^', "^^"));
            let condition = (field, operator, value);
            let all = branches.last_mut().unwrap();
            match (joint % 4, all.last_mut()) {
                (_, None) => {
                    text.push_str(&escaped);
                    all.push(vec![condition]);
                }
                (0, Some(any)) => {
                    text.push_str(&format!("^OR{escaped}"));
                    any.push(condition);
                }
                (1, Some(_)) => {
                    text.push_str(&format!("^NQ{escaped}"));
                    branches.push(vec![vec![condition]]);
                }
                (_, Some(_)) => {
                    text.push_str(&format!("^{escaped}"));
                    all.push(vec![condition]);
                }
            }
        }
        let fits = |id: &String| {
            let test = |(field, operator, value): &One| {
                holds(field, operator, value, &value_of(&instance, &truth, id, field))
            };
            branches.iter().any(|all| all.iter().all(|any| any.iter().any(test)))
        };
        let expected: BTreeSet<String> = truth.incidents.keys().filter(|id| fits(id)).cloned().collect();
        for order in ["", "^ORDERBYsys_updated_on^ORDERBYsys_id", "^ORDERBYsys_id", "^ORDERBYDESCpriority^ORDERBYsys_id"] {
            let query = format!("{text}{order}");
            let all = ids(&asked(&instance, "incident", &query, ""));
            prop_assert_eq!(&all.iter().cloned().collect::<BTreeSet<_>>(), &expected, "{}", query);
            prop_assert_eq!(all.len(), expected.len(), "{}", query);
            let page = ids(&asked(&instance, "incident", &query, "&sysparm_offset=2&sysparm_limit=3&sysparm_no_count=true"));
            prop_assert_eq!(&page, &all.iter().skip(2).take(3).cloned().collect::<Vec<_>>(), "{}", query);
        }
    }

    #[test]
    fn a_value_with_doubled_carets_never_leaves_its_condition(seed in 0_u64..4, value in "[\\^A-Za-z=<>, ORNQ.]{0,12}") {
        let instance = Instance::random(seed, 30);
        let query = format!("short_description={}", value.replace('^', "^^"));
        for row in asked(&instance, "incident", &query, "") {
            prop_assert!(row["short_description"].as_str().unwrap().eq_ignore_ascii_case(&value));
        }
    }
}

#[test]
fn parts_that_cannot_be_read_are_dropped_or_find_nothing() {
    let mut instance = Instance::random(1, 40);
    let all = instance.rows("incident");
    let count = |instance: &Instance, query: &str| asked(instance, "incident", query, "").len();
    for query in ["sate=1", "state~1", "opened_at>yesterday", "assignment_group.nmae=x", "a.b.c=1"] {
        assert_eq!(count(&instance, query), all, "{query}");
    }
    let new = count(&instance, "state=1");
    assert!(new > 0 && new < all);
    assert_eq!(count(&instance, "state=1^sate=2"), new);
    assert_eq!(count(&instance, "state=1^ORsate=2"), new);
    assert_eq!(count(&instance, "state=New"), 0, "choices are filtered by code");
    assert_eq!(count(&instance, "short_description=javascript:gs.sleep(1)"), 0, "a script is no text");
    assert_eq!(count(&instance, "sys_updated_on>javascript:gs.daysAgo(1)"), 0);
    // A branch without the base filter leaks what the filter leaves out.
    assert_eq!(count(&instance, "state=1^sys_id>z^NQsys_id>0"), all);
    instance.set_account(crate::servicenow::Account {
        hidden_columns: vec![("incident".into(), "state".into())],
        ..Default::default()
    });
    assert_eq!(count(&instance, "state=1"), all, "a condition on a hidden column is dropped");
    instance.set_switches(crate::servicenow::Switches::by_name("invalid-query-finds-nothing").unwrap());
    assert_eq!((count(&instance, "sate=1"), count(&instance, "number!=x")), (0, all));
}

#[test]
fn ranges_of_neighbouring_seconds_end_where_they_should() {
    let mut instance = Instance::empty(crate::world::NOW);
    for _ in 0..6 {
        instance.burst(3);
        instance.advance(1);
    }
    let truth = instance.oracle();
    let stamp = |id: &str| truth.incidents[id].columns["sys_updated_on"].clone();
    for asked_id in truth.incidents.keys() {
        let at = stamp(asked_id);
        for operator in ["=", ">", ">=", "<", "<="] {
            let fits = |id: &&String| holds("sys_updated_on", operator, &at, &stamp(id));
            let expected: BTreeSet<String> = truth.incidents.keys().filter(fits).cloned().collect();
            for order in ["^ORDERBYsys_updated_on^ORDERBYsys_id", "^ORDERBYsys_id", ""] {
                let query = format!("sys_updated_on{operator}{at}{order}");
                assert_eq!(
                    ids(&asked(&instance, "incident", &query, "")).into_iter().collect::<BTreeSet<_>>(),
                    expected
                );
            }
        }
        for (operator, equal) in [(">", false), (">=", true)] {
            let query = format!("sys_updated_on={at}^sys_id{operator}{asked_id}^ORDERBYsys_updated_on^ORDERBYsys_id");
            let fits = |id: &&String| stamp(id) == at && (*id > asked_id || (equal && *id == asked_id));
            let expected: Vec<String> = truth.incidents.keys().filter(fits).cloned().collect();
            assert_eq!(ids(&asked(&instance, "incident", &query, "")), expected);
        }
        let between = format!("sys_updated_onBETWEEN{at}@{at}");
        assert_eq!(asked(&instance, "incident", &between, "").len(), 3);
    }
}
