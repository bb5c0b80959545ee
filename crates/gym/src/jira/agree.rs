//! Whether what a reader holds of an issue is what is true of it; every difference in words. It asks no site.

use super::moment;
use super::oracle::TrueIssue;
use super::render::CLOCKS;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What is to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Everything, to the letter, as of this moment.
    All,
    /// All but clocks that go on.
    AllButClocks,
    /// What comes with another `updated`, or with reading everything again. Left out is what changes without either, as long
    /// as nothing else of the issue does: links and their far ends, links to something outside, clocks that go on, and what
    /// the words of an entry of the history are called now.
    WhatLeavesMarks,
}

/// An issue as a reader holds it, in the words of the API. What is `None` is not compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeldIssue<'a> {
    /// With `id`, `key` and `fields`.
    pub issue: Option<&'a Value>,
    /// Entries, oldest first.
    pub changelog: Option<&'a Value>,
    /// Comments, oldest first.
    pub comments: Option<&'a Value>,
    /// Links to something outside.
    pub remote_links: Option<&'a Value>,
    /// The request of the service desk, with its type.
    pub request: Option<&'a Value>,
    /// Approvals, latest first.
    pub approvals: Option<&'a Value>,
    /// Clocks.
    pub clocks: Option<&'a Value>,
    /// The rating.
    pub feedback: Option<&'a Value>,
}

/// Reads a JSON text that may be nested deeper than parsers go, with addresses of a site beginning with their path and with
/// moments that are the same in every zone.
///
/// # Errors
///
/// When it is no JSON.
pub fn read_held(text: &str) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    Ok(normal(Value::deserialize(&mut deserializer)?))
}

/// In which place two values differ first, and how. Both as [`read_held`] gives them.
pub fn differs(place: &str, held: &Value, is: &Value) -> Option<String> {
    match (held, is) {
        (Value::Object(held), Value::Object(is)) => {
            let stranger = held.keys().find(|name| !is.contains_key(*name));
            if let Some(name) = stranger {
                return Some(format!("{place}/{name} is held and is not there"));
            }
            is.iter().find_map(|(name, value)| match held.get(name) {
                Some(held) => differs(&format!("{place}/{name}"), held, value),
                None => Some(format!("{place}/{name} is missing")),
            })
        }
        (Value::Array(held), Value::Array(is)) => {
            let inside = held.iter().zip(is).enumerate();
            let length =
                || (held.len() != is.len()).then(|| format!("{place}: {} are held of {}", held.len(), is.len()));
            inside.into_iter().find_map(|(at, (held, is))| differs(&format!("{place}/{at}"), held, is)).or_else(length)
        }
        _ => (held != is).then(|| format!("{place} is held as {held} and is {is}")),
    }
}

impl TrueIssue {
    /// Every part in which a reader is wrong. `held` has values as [`read_held`] gives them.
    pub fn differences(&self, held: &HeldIssue<'_>, compared: Compared) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(issue) = held.issue {
            found.extend(self.differs_itself(issue, compared));
        }
        let told = &self.told;
        let mut list = |place: &str, held: Option<&Value>, is: &[Value]| {
            if let Some(held) = held {
                let (mut held, mut is) = (held.clone(), normal(Value::Array(is.to_vec())));
                for list in [&mut held, &mut is] {
                    if compared != Compared::All {
                        without_clocks(list);
                    }
                    if compared == Compared::WhatLeavesMarks {
                        without_words(list);
                    }
                }
                found.extend(differs(place, &held, &is));
            }
        };
        list("changelog", held.changelog, &told.changelog);
        list("comments", held.comments, &told.comments);
        if compared != Compared::WhatLeavesMarks {
            list("remote links", held.remote_links, &told.remote_links);
        }
        let desk = told.request.as_ref();
        list("approvals", held.approvals, desk.map_or(&[], |desk| &desk.approvals));
        list("clocks", held.clocks, desk.map_or(&[], |desk| &desk.clocks));
        let nothing = Value::Null;
        let mut one = |place: &str, held: Option<&Value>, is: Option<&Value>| {
            if let Some(held) = held {
                found.extend(differs(place, held, &normal(is.unwrap_or(&nothing).clone())));
            }
        };
        one("request", held.request, desk.map(|desk| &desk.request));
        one("feedback", held.feedback, desk.and_then(|desk| desk.feedback.as_ref()));
        found
    }

    fn differs_itself(&self, held: &Value, compared: Compared) -> Vec<String> {
        let names = json!({"id": self.id, "key": self.key});
        let mut found: Vec<String> =
            ["id", "key"].iter().filter_map(|name| differs(name, &held[*name], &names[*name])).collect();
        // Clocks run on, and comments stand beside.
        let apart = |name: &str| name == "comment" || CLOCKS.contains(&name);
        let left_out = |name: &str| compared == Compared::WhatLeavesMarks && name == "issuelinks";
        let nothing = Map::new();
        let fields = held["fields"].as_object().unwrap_or(&nothing);
        for (name, is) in self.fields.iter().filter(|(name, _)| !left_out(name)) {
            match fields.get(name) {
                Some(held) => found.extend(differs(name, held, &normal(is.clone()))),
                None => found.push(format!("no field `{name}`")),
            }
        }
        let strangers = fields.keys().filter(|name| !apart(name) && !self.fields.contains_key(*name));
        found.extend(strangers.map(|name| format!("the field `{name}` is held and is not there")));
        found
    }
}

/// With no more than that a clock goes on.
fn without_clocks(list: &mut Value) {
    for clock in list.as_array_mut().into_iter().flatten().filter_map(|clock| clock.get_mut("ongoingCycle")) {
        *clock = Value::Bool(true);
    }
}

/// Without what the words of a history are called now.
fn without_words(list: &mut Value) {
    for entry in list.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        let items = entry.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten();
        for item in items.filter_map(Value::as_object_mut) {
            ["field", "fromString", "toString"].iter().for_each(|name| drop(item.remove(*name)));
        }
    }
}

/// Addresses without the site, moments as numbers, and no moment as a person says it: that has the zone of the account.
fn normal(value: Value) -> Value {
    match value {
        Value::String(text) => text_of(text),
        Value::Array(values) => values.into_iter().map(normal).collect(),
        Value::Object(members) => {
            members.into_iter().filter(|(name, _)| name != "friendly").map(|(name, one)| (name, normal(one))).collect()
        }
        other => other,
    }
}

fn text_of(text: String) -> Value {
    if let Some(rest) = text.strip_prefix("http://127.0.0.1:") {
        let path = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let behind = path.strip_prefix("/ex/jira/").and_then(|rest| rest.find('/').map(|at| &rest[at..]));
        return behind.unwrap_or(path).into();
    }
    let is_moment =
        text.len() >= 20 && text.as_bytes()[10] == b'T' && text.as_bytes()[..4].iter().all(u8::is_ascii_digit);
    match moment::parse(&text).filter(|_| is_moment) {
        Some(millis) => json!({"millis": millis}),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jira::{Edition, Instance};

    #[test]
    fn what_is_true_differs_in_nothing_and_every_change_is_told() {
        let mut instance = Instance::random(Edition::Cloud, 1, 3);
        let ids = ["one", "other"].map(|summary| instance.create("NET", &[("summary", summary)]));
        instance.link(&ids[0], "Blocks", &ids[1]);
        let truth = instance.oracle();
        let is = &truth.issues[&ids[0]];
        let issue = json!({"id": is.id, "key": is.key, "fields": is.fields});
        let (issue, changelog) = (normal(issue), normal(Value::Array(is.told.changelog.clone())));
        let held = HeldIssue { issue: Some(&issue), changelog: Some(&changelog), ..HeldIssue::default() };
        assert_eq!(is.differences(&held, Compared::All), Vec::<String>::new());
        let mut other = issue.clone();
        other["fields"]["summary"] = "other".into();
        other["fields"]["issuelinks"] = json!([]);
        let (mut named, mut cut) = (changelog.clone(), changelog.clone());
        named[0]["items"][0]["toString"] = "renamed".into();
        cut.as_array_mut().unwrap().pop();
        let of = |issue, changelog, compared| {
            let held = HeldIssue { issue: Some(issue), changelog: Some(changelog), ..HeldIssue::default() };
            is.differences(&held, compared).len()
        };
        assert_eq!(of(&other, &named, Compared::All), 3);
        assert_eq!(of(&other, &named, Compared::WhatLeavesMarks), 1);
        assert_eq!(of(&issue, &cut, Compared::WhatLeavesMarks), 1);
    }

    #[test]
    fn addresses_and_moments_are_the_same_from_everywhere() {
        let one = read_held(
            r#"{"a":"http://127.0.0.1:81/ex/jira/1-2/rest/x","at":"2026-05-01T10:00:00.000+0200","friendly":"1h"}"#,
        )
        .unwrap();
        let other = read_held(r#"{"a":"http://127.0.0.1:9/rest/x","at":"2026-05-01T08:00:00.000+0000"}"#).unwrap();
        assert_eq!(one, other);
        assert_eq!(differs("x", &one, &json!({"a": "/rest/x", "b": 1})).unwrap(), "x/at is held and is not there");
    }
}
