//! What a mail becomes: the members of its payload, in their order.

use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// At most so much of each text stands in the payload apart from the mail itself, bytes.
const MOST_TEXT: usize = 64 << 10;

/// See README.md, which says what each member means.
#[derive(Debug, Serialize)]
pub(crate) struct Payload<'a> {
    pub(crate) format: u8,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    pub(crate) message_id: Option<String>,
    pub(crate) in_reply_to: Vec<String>,
    pub(crate) references: Vec<String>,
    pub(crate) thread_index: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) sent_at: Option<Timestamp>,
    pub(crate) sent_at_raw: Option<String>,
    pub(crate) received_at: Option<Timestamp>,
    pub(crate) from: Vec<Mailbox>,
    pub(crate) sender: Vec<Mailbox>,
    pub(crate) reply_to: Vec<Mailbox>,
    pub(crate) to: Vec<Mailbox>,
    pub(crate) cc: Vec<Mailbox>,
    pub(crate) bcc: Vec<Mailbox>,
    pub(crate) return_path: Option<String>,
    pub(crate) headers: BTreeMap<String, Vec<String>>,
    pub(crate) authentication: Vec<Authentication>,
    #[serde(rename = "type")]
    pub(crate) media_type: String,
    pub(crate) report_type: Option<String>,
    pub(crate) attachments: u64,
    pub(crate) text: String,
    pub(crate) new_text: String,
    pub(crate) quoted_text: Option<String>,
    pub(crate) signature: Option<String>,
    pub(crate) delivery: Vec<Delivery>,
    pub(crate) parts: Vec<Part>,
    pub(crate) notes: Vec<&'static str>,
    pub(crate) raw: Cow<'a, str>,
    pub(crate) raw_encoding: &'static str,
}

/// Somebody who writes or is written to.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(crate) struct Mailbox {
    pub(crate) name: Option<String>,
    /// With its domain in lower case.
    pub(crate) address: Option<String>,
}

/// What a server says about the sender (RFC 8601). Whether it is believed is not decided here.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(crate) struct Authentication {
    pub(crate) authserv_id: String,
    /// The first result of each method.
    pub(crate) results: BTreeMap<String, String>,
    pub(crate) raw: String,
}

/// What became of a mail for one of its recipients (RFC 3464).
#[derive(Debug, Default, Serialize, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) action: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) recipient: Option<String>,
    pub(crate) original_message_id: Option<String>,
}

/// A leaf of the tree of parts.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(crate) struct Part {
    /// As IMAP counts them: `1.2`; below a mail in the mail its parts follow its own number.
    pub(crate) path: String,
    #[serde(rename = "type")]
    pub(crate) media_type: String,
    pub(crate) charset: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) disposition: Option<String>,
    /// Of the decoded content.
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    pub(crate) role: &'static str,
}

impl Part {
    /// Whether a person would say that it is attached.
    pub(crate) fn is_attached(&self) -> bool {
        matches!(self.role, "attachment" | "report" | "message" | "tnef" | "calendar")
    }
}

/// What was noticed on the way, each once.
#[derive(Debug, Default)]
pub(crate) struct Notes(BTreeSet<&'static str>);

impl Notes {
    pub(crate) fn add(&mut self, note: &'static str) {
        self.0.insert(note);
    }

    pub(crate) fn sorted(&self) -> Vec<&'static str> {
        self.0.iter().copied().collect()
    }
}

/// The beginning of a text, where it is long.
pub(crate) fn capped(mut text: String, notes: &mut Notes) -> String {
    if text.len() > MOST_TEXT {
        notes.add("text-cut");
        text.truncate(boundary_below(&text, MOST_TEXT));
        text.push('…');
    }
    text
}

/// The last place at or before `at` where a character ends.
pub(crate) fn boundary_below(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
