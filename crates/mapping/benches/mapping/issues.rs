//! Synthetic issues in the shape of Jira's, 7 kB each, always the same.

use serde_json::{Map, Value, json};

/// The mapping of these issues; `by_hand` does the same work.
pub(crate) const MAPPING: &str = r#"
[mapping]
kind = "incident"

[when]
"/fields/issuetype/name" = ["Incident"]

[fields]
native_key = { from = "/key", required = true }
url = "/self"
source_updated_at = { from = "/fields/updated", required = true }
title = "/fields/summary"
description = "/fields/description"
service = "/fields/customfield_10021/value"
configuration_item = "/fields/components/0/name"
state = { from = ["/fields/status/id", "/fields/status/name", { at = "/fields/status/statusCategory/key", words = "category", quality = "category" }], words = "state", track = true }
state_native = "/fields/status/name"
priority = { from = "/fields/priority/name", words = "priority" }
priority_native = "/fields/priority/name"
impact = { from = "/fields/customfield_10004/value", words = "level" }
urgency = { from = "/fields/customfield_10005/value", words = "level" }
requester = "/fields/reporter/accountId"
owner_party = { party = "instance" }
assignee_group = { from = "/fields/customfield_10030/name", track = true }
assignee_person = "/fields/assignee/accountId"
created_at = "/fields/created"
opened_at = { from = ["/fields/customfield_10050", "/fields/created"], required = true }
resolved_at = "/fields/resolutiondate"
reopen_count = "/fields/customfield_10060"
resolution_code = "/fields/resolution/name"
is_major = "/fields/customfield_10070"

[words.state]
"Open" = "new"
"10001" = "in_progress"
"10002" = "on_hold"
"Resolved" = "resolved"
"Closed" = "closed"

[words.category]
"new" = "new"
"indeterminate" = "in_progress"
"done" = "closed"

[words.priority]
"Highest" = "P1"
"High" = "P2"
"Medium" = "P3"
"Low" = "P4"
"Lowest" = "P5"

[words.level]
"Extensive / Widespread" = 1
"Significant / Large" = 2
"Moderate / Limited" = 3
"Minor / Localized" = 4
"#;

/// The statuses: id, name, category.
const STATUSES: [(&str, &str, &str); 5] = [
    ("1", "Open", "new"),
    ("10001", "Work in progress", "indeterminate"),
    ("10002", "Waiting for customer", "indeterminate"),
    ("5", "Resolved", "done"),
    ("10009", "Archived", "done"),
];

pub(crate) fn synthetic(records: usize) -> Vec<String> {
    let mut random = Random(0x5eed);
    (0..records).map(|at| issue(at, &mut random).to_string()).collect()
}

fn issue(at: usize, random: &mut Random) -> Value {
    let status = STATUSES[random.below(STATUSES.len())];
    let mut fields = Map::new();
    for number in 10100..10130 {
        fields.insert(format!("customfield_{number}"), filler(random));
    }
    let done = status.2 == "done";
    let known = json!({
        "issuetype": {"id": "10010", "name": "Incident", "subtask": false, "iconUrl": "https://acme.example/i.png"},
        "summary": words(random, 8),
        "description": words(random, 150),
        "status": {"self": "https://acme.example/rest/api/2/status/1", "id": status.0, "name": status.1,
            "statusCategory": {"id": 4, "key": status.2, "colorName": "yellow"}},
        "priority": {"id": "3", "name": random.pick(&["Highest", "High", "Medium", "Low", "Lowest"])},
        "components": [{"id": "10100", "name": format!("host-{:03}", random.below(300))}, {"id": "10101", "name": "other"}],
        "reporter": person(random),
        "assignee": person(random),
        "created": moment(random, 1),
        "updated": moment(random, 2),
        "resolutiondate": if done { moment(random, 2).into() } else { Value::Null },
        "resolution": if done { json!({"id": "1", "name": "Fixed"}) } else { Value::Null },
        "labels": ["prod", "emea"],
        "customfield_10021": {"id": "7", "value": format!("Service {}", random.below(20))},
        "customfield_10004": {"value": random.pick(&["Significant / Large", "Moderate / Limited", "Minor / Localized"])},
        "customfield_10005": {"value": random.pick(&["Significant / Large", "Moderate / Limited", "Minor / Localized"])},
        "customfield_10030": {"id": "9", "name": format!("Group {}", random.below(60)), "members": [1, 2, 3]},
        "customfield_10050": if random.below(2) == 0 { moment(random, 1).into() } else { Value::Null },
        "customfield_10060": random.below(3),
        "customfield_10070": random.below(9) == 0,
        "comment": {"comments": [comment(random), comment(random)], "total": 2},
    });
    let Value::Object(known) = known else { unreachable!("written above as an object") };
    fields.extend(known);
    json!({
        "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
        "id": format!("{}", 100_000 + at),
        "self": format!("https://acme.example/rest/api/2/issue/{}", 100_000 + at),
        "key": format!("ACME-{at}"),
        "fields": fields,
        "changelog": {"startAt": 0, "total": 6, "histories": (0..6).map(|_| history(random)).collect::<Vec<_>>()},
    })
}

fn filler(random: &mut Random) -> Value {
    match random.below(5) {
        0 | 1 => Value::Null,
        2 => words(random, 5).into(),
        3 => {
            json!({"self": "https://acme.example/rest/api/2/customFieldOption/1", "value": words(random, 2), "id": "1"})
        }
        _ => (random.below(10_000) as f64 / 7.0).into(),
    }
}

fn history(random: &mut Random) -> Value {
    json!({"id": format!("{}", random.below(1_000_000)), "author": person(random), "created": moment(random, 1),
        "items": [{"field": "status", "fieldtype": "jira", "from": "1", "fromString": "Open", "to": "10001", "toString": "Work in progress"}]})
}

fn comment(random: &mut Random) -> Value {
    json!({"id": format!("{}", random.below(1_000_000)), "author": person(random), "body": words(random, 24), "created": moment(random, 1)})
}

fn person(random: &mut Random) -> Value {
    let number = random.below(5000);
    json!({"self": format!("https://acme.example/user?accountId={number}"), "accountId": format!("5b10ac8d82e05b22cc7d{number:04}"),
        "displayName": format!("Person {number}"), "active": true})
}

fn moment(random: &mut Random, month: usize) -> String {
    let (day, hour, minute) = (1 + random.below(28), random.below(24), random.below(60));
    format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}.{:03}+0200", random.below(60), random.below(1000))
}

fn words(random: &mut Random, count: usize) -> String {
    const WORDS: [&str; 8] = ["mail", "server", "does not", "answer since", "the update", "of", "last night", "again"];
    (0..count).map(|_| WORDS[random.below(WORDS.len())]).collect::<Vec<_>>().join(" ")
}

/// SplitMix64: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    fn pick(&mut self, of: &[&'static str]) -> &'static str {
        of[self.below(of.len())]
    }
}
