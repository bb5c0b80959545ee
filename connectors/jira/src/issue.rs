//! An issue as the API gives it, taken apart as far as a connector has to: who it is, which version, what is embedded.

use crate::moment;
use counterfoil_record::Digest;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Members of an issue that are no part of what it is: what else could be asked for, and what is told as `@changelog`.
const LEFT_OUT: &[&str] = &["changelog", "expand", "operations", "transitions", "names", "schema", "editmeta"];

/// An issue, and what came with it.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    /// The numeric id; it stays when an issue moves to another project.
    pub(crate) id: String,
    /// When it was changed last, in milliseconds since 1970.
    pub(crate) updated: i64,
    /// Its JSON text without what is left out, and without the last bracket.
    pub(crate) body: String,
    /// The id of its status.
    pub(crate) status: Option<String>,
    /// What `expand=changelog` brought.
    pub(crate) changelog: Option<Listed>,
    /// The comments within its fields.
    pub(crate) comments: Option<Listed>,
}

/// A list that may be cut.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listed {
    pub(crate) entries: Vec<Entry>,
    /// How many there are, as the site says.
    pub(crate) total: Option<u64>,
}

/// One entry of a history, or a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// In milliseconds since 1970.
    pub(crate) created: i64,
    pub(crate) id: String,
    /// Its JSON text.
    pub(crate) text: String,
    /// The id of the status that it set, if it set one.
    pub(crate) status: Option<String>,
}

#[derive(Deserialize)]
struct Known<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    fields: Option<Fields<'a>>,
    #[serde(borrow)]
    changelog: Option<Embedded<'a>>,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    updated: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<Status<'a>>,
    #[serde(borrow)]
    comment: Option<Embedded<'a>>,
}

#[derive(Deserialize)]
struct Status<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
}

/// A list under any of the names that the API has for it.
#[derive(Deserialize)]
pub(crate) struct Embedded<'a> {
    #[serde(borrow, default, alias = "histories", alias = "comments")]
    values: Vec<&'a RawValue>,
    total: Option<u64>,
}

#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    created: Option<&'a RawValue>,
    #[serde(borrow, default)]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, rename = "fieldId")]
    field_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    field: Option<Cow<'a, str>>,
    #[serde(borrow)]
    to: Option<Cow<'a, str>>,
}

impl Issue {
    /// Reads an issue; why it cannot be told from others, otherwise.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let known: Known<'_> = serde_json::from_str(text).map_err(|_| "it has no `id`, or is no issue")?;
        if known.id.is_empty() || known.id.len() > 19 || !known.id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("its `id` is no number");
        }
        let fields = known.fields.ok_or("it has no `fields`")?;
        let updated = fields.updated.ok_or("it does not say when it was updated")?;
        let updated = moment::read(updated.get()).ok_or("the moment when it was updated is none")?;
        let members: Members<'_> = serde_json::from_str(text).map_err(|_| "it is no object")?;
        let mut body = String::with_capacity(text.len());
        for (name, value) in members.0.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_ref())) {
            body.push(if body.is_empty() { '{' } else { ',' });
            body.push_str(&serde_json::to_string(name).map_err(|_| "a member has no name")?);
            body.push(':');
            body.push_str(value.get());
        }
        Ok(Self {
            id: known.id.into_owned(),
            updated,
            body,
            status: fields.status.and_then(|status| status.id).map(Cow::into_owned),
            changelog: known.changelog.map(Listed::of),
            comments: fields.comment.map(Listed::of),
        })
    }

    /// What it is, in few bytes: another text for another content, as long as only clocks of service management go on.
    /// Two changes may have one `updated`.
    pub(crate) fn seal(&self) -> String {
        let text = format!("{}}}", self.body);
        let members: Members<'_> = serde_json::from_str(&text).unwrap_or(Members(Vec::new()));
        let fields = members.0.iter().find(|(name, _)| name == "fields");
        let fields: Option<Members<'_>> = fields.and_then(|(_, fields)| serde_json::from_str(fields.get()).ok());
        let fields = fields.map_or(Vec::new(), |fields| fields.0);
        let mut parts: Vec<&[u8]> = vec![self.id.as_bytes()];
        for (name, value) in &fields {
            if !value.get().contains("\"ongoingCycle\"") {
                parts.push(name.as_bytes());
                parts.extend(without_addresses(value.get()).into_iter().map(str::as_bytes));
            }
        }
        Digest::of_parts(&parts).short()
    }

    /// Its version: greater as text for a later one.
    pub(crate) fn mark(&self) -> String {
        moment::mark(self.updated)
    }
}

impl Listed {
    pub(crate) fn of(embedded: Embedded<'_>) -> Self {
        Self { entries: embedded.values.into_iter().map(|raw| Entry::read(raw.get())).collect(), total: embedded.total }
    }

    /// Whether it has everything that the site says there is.
    pub(crate) fn is_whole(&self) -> bool {
        self.total.is_some_and(|total| total <= self.entries.len() as u64)
    }
}

impl Entry {
    /// Reads an entry; one that cannot be read stays what it is, at the beginning.
    pub(crate) fn read(text: &str) -> Self {
        let told: Told<'_> = serde_json::from_str(text).unwrap_or(Told { id: None, created: None, items: Vec::new() });
        let id = told.id.map_or("", |id| id.get()).trim_matches('"').to_owned();
        let created = told.created.map_or("", |created| created.get());
        let at = moment::read(created).unwrap_or(0);
        // Some sites write the moments of bulk answers as numbers; a history is the same history wherever it is read.
        let is_number = !created.is_empty() && !created.starts_with('"') && at > 0;
        let text = match is_number {
            true => {
                let from = created.as_ptr() as usize - text.as_ptr() as usize;
                let written = moment::mark(at).replace('Z', "+0000");
                format!("{}\"{written}\"{}", &text[..from], &text[from + created.len()..])
            }
            false => text.to_owned(),
        };
        let is_status = |item: &Item<'_>| match &item.field_id {
            Some(id) => id == "status",
            None => item.field.as_deref() == Some("status"),
        };
        let status = told.items.iter().rev().find(|item| is_status(item)).and_then(|item| item.to.as_deref());
        Self { created: at, id, text, status: status.map(str::to_owned) }
    }
}

/// The pieces of a JSON text around the addresses of what it names and of pictures: where the site is reached says nothing of
/// an issue.
pub(crate) fn without_addresses(text: &str) -> Vec<&str> {
    let is_address = |name: &str| {
        matches!(name, "self" | "iconUrl") || name.split_once('x').is_some_and(|(wide, high)| wide == high)
    };
    let mut name = "";
    let mut pieces = Vec::new();
    for piece in text.split("\":\"http") {
        pieces.push(if is_address(name) { piece.find('"').map_or("", |end| &piece[end..]) } else { piece });
        name = piece.rsplit('"').next().unwrap_or_default();
    }
    pieces
}

/// Every entry once, the oldest first; entries of one moment in the order of their ids.
pub(crate) fn oldest_first(entries: &mut Vec<Entry>) {
    let order = |entry: &Entry| (entry.created, entry.id.parse::<u64>().unwrap_or(u64::MAX), entry.id.clone());
    entries.sort_by_cached_key(order);
    entries.dedup_by(|one, other| !one.id.is_empty() && one.id == other.id);
}

/// The members of an object, in its order.
pub(crate) struct Members<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            members.push((Cow::Owned(name), map.next_value::<&RawValue>()?));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_what_the_api_gives_without_its_changelog() {
        let text = r#"{"expand":"x","id":"10001","key":"A-1","changelog":{"total":3,"histories":[
            {"id":"12","created":"2026-01-01T00:00:00.000+0000","items":[{"field":"status","to":"3"}]},
            {"id":"11","created":1767225600000,"items":[{"field":"Zustand","fieldId":"status","to":"2"},{"fieldId":null,"to":null}]}]},
            "fields":{"updated":"2026-01-02T00:00:00.123+0100","status":{"id":"3"},"assignee":null,"comment":{"total":0,"comments":[]}}}"#;
        let issue = Issue::read(text).unwrap();
        assert_eq!((issue.id.as_str(), issue.mark().as_str()), ("10001", "2026-01-01T23:00:00.123Z"));
        assert!(issue.body.starts_with(r#"{"id":"10001","key":"A-1","fields":{"updated""#), "{}", issue.body);
        assert_eq!(issue.status.as_deref(), Some("3"));
        let listed = issue.changelog.unwrap();
        assert!(!listed.is_whole() && issue.comments.unwrap().is_whole());
        let mut entries = listed.entries;
        entries.push(entries[1].clone());
        oldest_first(&mut entries);
        let ids: Vec<_> = entries.iter().map(|entry| (entry.id.as_str(), entry.status.as_deref())).collect();
        assert_eq!(ids, [("11", Some("2")), ("12", Some("3"))]);
        assert!(entries[0].text.contains(r#""created":"2026-01-01T00:00:00.000+0000","items""#), "{}", entries[0].text);
    }

    #[test]
    fn the_address_of_a_site_makes_no_other_issue() {
        let of = |host: &str, title: &str| {
            let person = format!(r#"{{"self":"{host}/user/1","avatarUrls":{{"48x48":"{host}/a"}},"accountId":"7"}}"#);
            let fields = format!(r#""updated":"2026-01-02T00:00:00.123+0100","assignee":{person},"summary":"{title}""#);
            Issue::read(&format!(r#"{{"id":"1","self":"{host}/1","fields":{{{fields}}}}}"#)).unwrap().seal()
        };
        assert_eq!(of("http://127.0.0.1:1", "x"), of("https://acme.example", "x"));
        assert_ne!(of("http://127.0.0.1:1", "x"), of("http://127.0.0.1:1", "y"));
        assert_ne!(of("http://127.0.0.1:1", "http://a"), of("http://127.0.0.1:1", "http://b"));
    }

    #[test]
    fn an_issue_that_cannot_be_told_from_others_is_none() {
        for text in [
            r#"{"id":"10001"}"#,
            r#"{"id":"10001","fields":{}}"#,
            r#"{"id":"1,2","fields":{"updated":"2026-01-02T00:00:00.123+0100"}}"#,
            r#"{"id":10001,"fields":{"updated":"2026-01-02T00:00:00.123+0100"}}"#,
            r#"{"id":"10001","fields":{"updated":"soon"}}"#,
            "[]",
        ] {
            assert!(Issue::read(text).is_err(), "{text}");
        }
    }
}
