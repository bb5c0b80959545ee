//! The body of a mail that a program wrote, as rows: JSON, CSV, or a field a line.
//!
//! It is read strictly or not at all: what stands twice, is cut or nested without end is no row, because a part of a record
//! is not the record. It never knows what a row means.

mod csv;
mod json;

use crate::rules::{BodyFormat, StructuredRule};
use serde_json::value::RawValue;
use std::collections::BTreeSet;

/// Rows of one mail.
const ROWS: usize = 5_000;

/// The longest id of a record, and the longest mark of a version.
const KEY_BYTES: usize = 200;

/// Members in members.
const DEPTH: usize = 32;

/// One record of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BodyRow {
    pub(crate) key: String,
    pub(crate) version: Option<String>,
    /// A JSON object.
    pub(crate) json: String,
}

/// Why a body is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Stable code: `structured::not-json`.
    pub code: &'static str,
    /// For people.
    pub reason: String,
}

impl Unread {
    /// All codes that there are.
    pub const CODES: [&str; 10] = [
        "structured::key-twice",
        "structured::name-twice",
        "structured::no-beginning",
        "structured::no-key",
        "structured::no-rows",
        "structured::not-csv",
        "structured::not-fields",
        "structured::not-json",
        "structured::too-long",
        "structured::too-many-rows",
    ];
}

fn unread(code: &'static str, reason: impl Into<String>) -> Unread {
    Unread { code, reason: reason.into() }
}

/// The rows of a text, in their order.
pub(crate) fn rows(rule: &StructuredRule, text: &str) -> Result<Vec<BodyRow>, Unread> {
    let text = between(rule, text)?;
    let objects = match rule.format {
        BodyFormat::Json => json::objects(text, rule.rows.as_deref())?,
        BodyFormat::Csv => csv::objects(text)?,
        BodyFormat::Fields => vec![fields(text)?],
    };
    if objects.is_empty() {
        return Err(unread("structured::no-rows", "there is no record in it"));
    }
    let mut seen = BTreeSet::new();
    let mut rows = Vec::with_capacity(objects.len());
    for (at, object) in objects.into_iter().enumerate() {
        let number = at + 1;
        let raw: &RawValue = serde_json::from_str(&object).expect("an object of a body is JSON");
        let key = word(raw, &rule.key).map_err(|why| {
            unread("structured::no-key", format!("record {number} has no id at `{}`: {why}", rule.key))
        })?;
        let version = match &rule.version {
            Some(pointer) => Some(word(raw, pointer).map_err(|why| {
                unread("structured::no-key", format!("record {number} has no mark at `{pointer}`: {why}"))
            })?),
            None => None,
        };
        if !seen.insert(key.clone()) {
            return Err(unread("structured::key-twice", format!("record {number} has the id of one before it")));
        }
        rows.push(BodyRow { key, version, json: object });
    }
    Ok(rows)
}

/// The part of a text that is the body: what stands around it, and the signature below it, are not.
fn between<'t>(rule: &StructuredRule, text: &'t str) -> Result<&'t str, Unread> {
    let mut body = text.trim_start_matches('\u{FEFF}');
    if let Some(after) = &rule.after {
        let Some(found) = after.find(body) else {
            return Err(unread("structured::no-beginning", "nothing in it is what `after` says"));
        };
        body = &body[found.end()..];
    }
    if let Some(found) = rule.until.as_ref().and_then(|until| until.find(body)) {
        body = &body[..found.start()];
    }
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        if matches!(line.trim_end_matches(['\r', '\n']), "-- " | "--") {
            body = &body[..at];
            break;
        }
        at += line.len();
    }
    // A tab at the end may be the last cell of a table.
    Ok(body.trim_matches(['\r', '\n', ' ']))
}

/// The scalar at a pointer, as text.
fn word(object: &RawValue, pointer: &str) -> Result<String, &'static str> {
    let value = json::at(object, pointer).ok_or("it is not there")?;
    let text = match value.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(value.get()).map_err(|_| "it cannot be read")?,
        Some(b'-' | b'0'..=b'9') => value.get().to_owned(),
        _ => return Err("it is no text and no number"),
    };
    let text = text.trim();
    match text.len() {
        0 => Err("it is empty"),
        length if length > KEY_BYTES => Err("it is too long"),
        _ if text.contains(char::is_control) => Err("it has control characters"),
        _ => Ok(text.to_owned()),
    }
}

/// `Name: value`, a field a line; a line that begins with white space goes on with the one before.
fn fields(text: &str) -> Result<String, Unread> {
    let mut found: Vec<(&str, String)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let wrong = |what: &str| unread("structured::not-fields", format!("line {}: {what}", at + 1));
        if line.trim().is_empty() {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let Some((_, value)) = found.last_mut() else { return Err(wrong("it goes on with nothing")) };
            value.push('\n');
            value.push_str(line.trim());
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { return Err(wrong("there is no `Name: value`")) };
        let name = name.trim();
        if name.is_empty() || name.len() > KEY_BYTES {
            return Err(wrong("its name is empty or too long"));
        }
        found.push((name, value.trim().to_owned()));
    }
    if found.is_empty() {
        return Err(unread("structured::no-rows", "there is no field in it"));
    }
    object(found.iter().map(|(name, value)| (*name, value.as_str())))
}

/// A JSON object of texts.
fn object<'t>(members: impl Iterator<Item = (&'t str, &'t str)>) -> Result<String, Unread> {
    let mut seen = BTreeSet::new();
    let mut json = String::from("{");
    for (name, value) in members {
        if !seen.insert(name) {
            return Err(unread(
                "structured::name-twice",
                format!("`{}` stands in it twice", crate::reading::cut(name, 80)),
            ));
        }
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(&serde_json::to_string(name).expect("a text is JSON"));
        json.push(':');
        json.push_str(&serde_json::to_string(value).expect("a text is JSON"));
    }
    json.push('}');
    Ok(json)
}

#[cfg(test)]
#[path = "body/tests.rs"]
mod tests;
