//! What the ledger holds against what is true: record by record, field by field, entry by entry.

use crate::estate::Estate;
use crate::held::{doubled_or_set_aside, newest_of};
use counterfoil_gym::jira::{Compared, HeldIssue, TrueIssue, Truth, read_held};
use counterfoil_model::{Field, Reading, Record};
use counterfoil_pipeline::ports::{Ledger, StoredVersion};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The newest version of a record.
pub(crate) type Held = crate::held::Held<Value>;

/// What is to be the same.
#[derive(Debug, Clone)]
pub(crate) struct Equal {
    pub(crate) compared: Compared,
    /// The scope of the connector.
    pub(crate) jql: String,
    /// Parts that nobody may read, by their members: no record says anything about them.
    pub(crate) unseen: Vec<&'static str>,
    /// Members that may be missing where the site cuts what it gives; those that are there are whole.
    pub(crate) maybe: Vec<&'static str>,
    /// Types of issues that a mapping reads; none is all.
    pub(crate) kinds: Vec<&'static str>,
    /// Lists of words that nobody may read.
    pub(crate) no_lists: Vec<&'static str>,
}

impl Default for Equal {
    fn default() -> Self {
        let (jql, unseen, maybe, kinds, no_lists) = Default::default();
        Self { compared: Compared::WhatLeavesMarks, jql, unseen, maybe, kinds, no_lists }
    }
}

impl Equal {
    /// Everything but clocks, whose hands were elsewhere when they were read.
    pub(crate) fn to_the_letter(&self) -> Self {
        Self { compared: Compared::AllButClocks, ..self.clone() }
    }
}

/// Asserts that the ledger is the oracle.
pub(crate) fn equals(estate: &Estate, what: &str, equal: &Equal) {
    if let Err(complaints) = differences(estate, equal) {
        panic!("{what}: the ledger is not what is true:\n  {}", complaints.join("\n  "));
    }
}

/// Every difference, some dozens at most.
pub(crate) fn differences(estate: &Estate, equal: &Equal) -> Result<(), Vec<String>> {
    let (truth, everything, choices) = {
        let instance = estate.instance();
        let truth = if equal.jql.is_empty() { instance.oracle() } else { instance.oracle_within(&equal.jql) };
        (truth, instance.oracle(), instance.choices())
    };
    let ledger = estate.ledger.as_ref();
    let held = newest(ledger, "issue");
    let mut complaints = Vec::new();
    let is_read = |is: &TrueIssue| {
        let kind = is.fields["issuetype"]["id"].as_str().unwrap();
        equal.kinds.is_empty() || equal.kinds.contains(&kind)
    };
    for (id, is) in truth.issues.iter().filter(|(_, is)| is_read(is)) {
        match held.get(id) {
            None => complaints.push(format!("{} ({id}) is missing", is.key)),
            Some(held) if held.gone => complaints.push(format!("{} ({id}) is marked as gone and is there", is.key)),
            Some(held) => complaints.extend(issue(estate, held, is, equal)),
        }
    }
    for (id, held) in held.iter().filter(|(id, _)| !truth.issues.contains_key(*id)) {
        complaints.extend(beyond(estate, id, held, &truth, &everything, equal));
    }
    complaints.extend(choices_differ(&newest(ledger, "catalogue"), &choices, &equal.no_lists));
    complaints.extend(doubled_or_set_aside(ledger));
    complaints.truncate(40);
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

/// The newest version of every record of a stream, by the source's id.
pub(crate) fn newest(ledger: &dyn Ledger, stream: &str) -> BTreeMap<String, Held> {
    newest_of(ledger, stream, read_held)
}

/// The record that a mapping made of a version.
pub(crate) fn record_of(stored: &StoredVersion) -> Record {
    let event = counterfoil_wire::decode_event(&stored.event.body).unwrap();
    counterfoil_wire::decode_record(event.record_json).unwrap()
}

/// What a record says in a field; nothing where it does not know.
pub(crate) fn says(record: &Record, field: Field) -> String {
    in_words(record.reading(field))
}

/// A value, where it is known.
pub(crate) fn in_words(reading: &Reading) -> String {
    reading.known().map(ToString::to_string).unwrap_or_default()
}

fn issue(estate: &Estate, held: &Held, is: &TrueIssue, equal: &Equal) -> Vec<String> {
    let mut complaints = Vec::new();
    let raw = &held.raw;
    let (jsm, desk) = (estate.dialect.jsm, is.told.request.as_ref());
    let is_request = jsm && desk.is_some();
    let has_feedback = is_request && desk.is_some_and(|desk| desk.feedback.is_some());
    let expected = [
        ("@changelog", true),
        ("@comments", true),
        ("@remotelinks", jsm),
        ("@request", is_request),
        ("@approvals", is_request),
        ("@sla", is_request),
        ("@satisfaction", has_feedback),
    ];
    for (member, is_expected) in expected {
        let is_expected = is_expected && !equal.unseen.contains(&member);
        let is_there = raw.get(member).is_some();
        if is_there != is_expected && !(is_expected && equal.maybe.contains(&member)) {
            complaints.push(format!("`{member}` is {}there", if is_there { "" } else { "not " }));
        }
    }
    let mut request = raw.get("@request").cloned();
    let approvals = request.as_mut().and_then(|request| request.as_object_mut()?.remove("approvals"));
    if approvals.as_ref() != raw.get("@approvals") {
        complaints.push("the approvals of the request are not those beside it".to_owned());
    }
    let parts = HeldIssue {
        issue: Some(raw),
        changelog: raw.get("@changelog"),
        comments: raw.get("@comments"),
        remote_links: raw.get("@remotelinks"),
        request: request.as_ref(),
        approvals: raw.get("@approvals"),
        clocks: raw.get("@sla"),
        feedback: raw.get("@satisfaction"),
    };
    complaints.extend(is.differences(&parts, equal.compared));
    complaints.extend(
        ["changelog", "expand"]
            .iter()
            .filter(|name| raw.get(**name).is_some())
            .map(|name| format!("`{name}` is there, which is no part of an issue")),
    );
    let record = record_of(&held.stored);
    if record.text(Field::NativeKey) != Some(is.key.as_str()) {
        complaints.push(format!("the record is called {:?}", record.text(Field::NativeKey)));
    }
    if record.tombstone {
        complaints.push("the record is marked as gone".to_owned());
    }
    complaints.into_iter().map(|what| format!("{} ({}): {what}", is.key, is.id)).collect()
}

/// A record that is held and that the account is not shown within the scope.
fn beyond(estate: &Estate, id: &str, held: &Held, truth: &Truth, everything: &Truth, equal: &Equal) -> Vec<String> {
    let is_out_of_sight = [&truth.deleted, &truth.hidden, &truth.archived].iter().any(|ids| ids.contains(id));
    match everything.issues.get(id) {
        // It left the scope, and is followed by its id.
        Some(is) if held.gone => vec![format!("{} ({id}) is marked as gone and left the scope only", is.key)],
        Some(is) => issue(estate, held, is, equal),
        None if is_out_of_sight && held.gone => Vec::new(),
        None if is_out_of_sight => vec![format!("{id} is not shown any more and not marked as gone")],
        None => vec![format!("{id} is held and was never shown")],
    }
}

fn choices_differ(
    held: &BTreeMap<String, Held>,
    choices: &BTreeMap<String, Vec<Value>>,
    no_lists: &[&str],
) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut known = BTreeSet::new();
    for (table, choices) in choices.iter().filter(|(table, _)| !no_lists.contains(&table.as_str())) {
        for choice in choices {
            let id = format!("{table}:{}", choice["id"].as_str().unwrap());
            let expected =
                read_held(&json!({"table": table, "inactive": false, "choice": choice}).to_string()).unwrap();
            match held.get(&id) {
                Some(held) if held.gone => complaints.push(format!("{id} is marked as gone and is there")),
                Some(held) => complaints.extend(counterfoil_gym::jira::differs(&id, &held.raw, &expected)),
                None => complaints.push(format!("{id} is missing")),
            }
            known.insert(id);
        }
    }
    let strangers = held.iter().filter(|(id, held)| !held.gone && !known.contains(*id));
    complaints.extend(strangers.map(|(id, _)| format!("{id} is held and is none")));
    complaints
}
