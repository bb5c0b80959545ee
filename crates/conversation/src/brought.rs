//! What a mail brings beside its words: a body that a program wrote, and attached tables.
//!
//! Who may bring something is decided by the same evidence as who may speak for a ticket. It never opens an attachment.

use crate::body::{self, BodyRow};
use crate::directory::Directory;
use crate::payload::{Part, Payload};
use crate::reading::{Mail, classify, cut, instant, is_forged};
use crate::rules::{Class, Rules, StructuredRule};
use crate::trust::trust;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

pub use crate::body::Unread;

/// Attachments of one mail that are looked at.
const ATTACHMENTS: usize = 50;

/// What one mail brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// Who sent it, and whether it may bring anything.
    pub standing: Standing,
    /// Its Message-ID.
    pub message_id: Option<String>,
    /// The address of the one who wrote.
    pub sender: Option<String>,
    /// When it was written.
    pub at: Option<Timestamp>,
    /// The records of its body, or why there are none, when a rule says that a program wrote it.
    pub body: Option<Result<Vec<Row>, Unread>>,
    /// Attached tables, when the mail is a report.
    pub attached: Vec<Attached>,
}

/// Whether a mail may bring anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is from this party, as far as anybody knows.
    Party(String),
    /// Nothing of it is taken.
    Refused(Refusal),
}

/// Why nothing of a mail is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Its sender is nobody who is known, or several at once.
    SenderOfNoParty,
    /// Our own server found that it is not from whom it says.
    AuthenticationFailed,
}

/// A record of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its own id within its party.
    pub key: String,
    /// Its last-updated mark, else the moment of the mail; empty when nothing says it.
    pub version: String,
    /// The payload: what the body says, with the mail's envelope.
    pub payload: String,
}

/// An attached table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Which part of the mail it is.
    pub part: String,
    /// Its name, as the mail says it.
    pub name: String,
    /// What it is, as the ending of a file's name: `csv`.
    pub ending: &'static str,
    /// Of its decoded content.
    pub sha256: String,
    /// Of its decoded content.
    pub bytes: u64,
}

/// What the mail `id` brings; `None` when it is an ordinary one.
pub fn brought(rules: &Rules, directory: &Directory, id: &str, text: &str) -> Option<Brought> {
    let payload: Payload<'_> = serde_json::from_str(text).ok()?;
    let mut mail = Mail::new(&payload, directory, rules);
    let party = mail.party;
    // What a stranger sends is looked at as if it came from somebody, so that a report is not overlooked for who sent it.
    mail.party = party.or(Some("?"));
    let structured = rules.structured().iter().find(|rule| mail.fits(&rule.when));
    let is_report = classify(&mail, rules).0 == Class::Report;
    let attached = if is_report { attached(&payload) } else { Vec::new() };
    if structured.is_none() && attached.is_empty() {
        return None;
    }
    let standing = match party {
        _ if is_forged(trust(&payload, directory)) => Standing::Refused(Refusal::AuthenticationFailed),
        Some(party) => Standing::Party(party.to_owned()),
        None => Standing::Refused(Refusal::SenderOfNoParty),
    };
    let at = instant(&payload, rules);
    let envelope = Envelope {
        id,
        message_id: payload.message_id.as_deref().map(|id| cut(id, 1_000)),
        from: payload.sender().map(|address| cut(address, 320)),
        subject: payload.subject.as_deref().map(|subject| cut(subject, 1_000)),
        sent_at: at,
    };
    let body = structured.map(|rule| rows(rule, party.unwrap_or_default(), &envelope, &payload));
    Some(Brought {
        standing,
        message_id: envelope.message_id.map(str::to_owned),
        sender: envelope.from.map(str::to_owned),
        at,
        body,
        attached,
    })
}

#[derive(Serialize)]
struct Envelope<'a> {
    id: &'a str,
    message_id: Option<&'a str>,
    from: Option<&'a str>,
    subject: Option<&'a str>,
    sent_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct RowPayload<'a> {
    format: u8,
    /// The rule that says how it was read.
    structured: &'a str,
    party: &'a str,
    key: &'a str,
    mail: &'a Envelope<'a>,
    body: &'a RawValue,
}

fn rows(
    rule: &StructuredRule,
    party: &str,
    envelope: &Envelope<'_>,
    payload: &Payload<'_>,
) -> Result<Vec<Row>, Unread> {
    if payload.notes.iter().any(|note| note == "text-cut") {
        let reason = "its text is longer than what is read of a mail".to_owned();
        return Err(Unread { code: "structured::too-long", reason });
    }
    let found = body::rows(rule, payload.text.as_deref().unwrap_or_default())?;
    let moment = envelope.sent_at.map(|at| at.to_string()).unwrap_or_default();
    let row = |BodyRow { key, version, json }| {
        let body: &RawValue = serde_json::from_str(&json).expect("a row of a body is JSON");
        let payload = RowPayload { format: 1, structured: &rule.name, party, key: &key, mail: envelope, body };
        let payload = serde_json::to_string(&payload).expect("a row can be written as JSON");
        Row { version: version.unwrap_or_else(|| moment.clone()), payload, key }
    };
    Ok(found.into_iter().map(row).collect())
}

fn attached(payload: &Payload<'_>) -> Vec<Attached> {
    let within: Vec<&str> = {
        let mails = payload.parts.iter().filter(|part| part.role.as_deref() == Some("message"));
        mails.filter_map(|part| part.path.as_deref()).collect()
    };
    // Who sent a mail within the mail nobody knows.
    let is_own = |part: &&Part<'_>| {
        let path = part.path.as_deref().unwrap_or_default();
        !within.iter().any(|mail| path.strip_prefix(mail).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    };
    let found = payload.parts.iter().filter(|part| part.role.as_deref() == Some("attachment")).filter(is_own);
    let found = found.take(ATTACHMENTS).filter_map(|part| {
        Some(Attached {
            part: part.path.as_deref()?.to_owned(),
            name: part.name.as_deref().map(|name| cut(name, 300)).unwrap_or_default().to_owned(),
            ending: ending(part)?,
            sha256: part.sha256.as_deref()?.to_owned(),
            bytes: part.bytes,
        })
    });
    found.collect()
}

const ENDINGS: [&str; 8] = ["csv", "tsv", "json", "jsonl", "ndjson", "xlsx", "xlsm", "xls"];

/// What kind of table it is, by its name first: programs that send mails know little of types.
fn ending(part: &Part<'_>) -> Option<&'static str> {
    let of_name = part.name.as_deref().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending.to_lowercase());
    if let Some(known) = of_name.and_then(|of_name| ENDINGS.into_iter().find(|known| *known == of_name)) {
        return Some(known);
    }
    match part.media_type.as_deref()? {
        "text/csv" => Some("csv"),
        "text/tab-separated-values" => Some("tsv"),
        "application/json" => Some("json"),
        "application/x-ndjson" | "application/jsonl" => Some("jsonl"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => Some("xlsx"),
        _ => None,
    }
}

#[cfg(test)]
#[path = "brought/tests.rs"]
mod tests;
