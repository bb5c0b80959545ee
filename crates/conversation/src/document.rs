//! The document of a conversation: what is written, and what is read again when a mail comes that belongs to it.

use crate::rules::{Class, Direction};
use crate::trust::Trust;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A conversation as it is written. Its mails stand at its end, so that the rest is read quickly.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    pub(crate) format: u8,
    pub(crate) id: &'a str,
    /// The digest of the rules that the conversation was folded with.
    pub(crate) rules: &'a str,
    pub(crate) ticket: bool,
    pub(crate) kind: Option<&'a str>,
    pub(crate) subject: Option<&'a str>,
    pub(crate) opened_at: Option<Timestamp>,
    pub(crate) updated_at: Option<Timestamp>,
    pub(crate) party: Option<&'a str>,
    pub(crate) requester: Option<&'a str>,
    pub(crate) keys: Vec<Key<'a>>,
    pub(crate) key: Option<&'a str>,
    pub(crate) state: Option<&'a str>,
    pub(crate) state_confidence: Option<u8>,
    pub(crate) priority: Option<&'a str>,
    pub(crate) text: &'a str,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    #[serde(rename = "loop")]
    pub(crate) looping: Option<Loop<'a>>,
    pub(crate) changes: Vec<Change<'a>>,
    pub(crate) mentions: &'a [Mention],
    pub(crate) mails: &'a [Entry],
}

/// The number of a ticket, and whose desk gave it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Key<'a> {
    pub(crate) system: &'a str,
    pub(crate) key: &'a str,
    pub(crate) party: &'a str,
}

/// Machines that answered each other.
#[derive(Debug, Serialize)]
pub(crate) struct Loop<'a> {
    pub(crate) addresses: [&'a str; 2],
    pub(crate) mails: usize,
    pub(crate) shown: usize,
}

/// A state that a mail told.
#[derive(Debug, Serialize)]
pub(crate) struct Change<'a> {
    pub(crate) column: &'static str,
    pub(crate) from: Option<&'a str>,
    pub(crate) to: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) mail: &'a str,
    pub(crate) rule: &'a str,
    pub(crate) confidence: u8,
    pub(crate) actor: Option<&'a str>,
}

/// A node that a mail named and that did not join it to anything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Mention {
    pub(crate) node: String,
    pub(crate) reason: String,
}

/// What is read of a document again.
#[derive(Debug, Deserialize)]
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) mails: Vec<Entry>,
}

/// A mail in its conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) at: Option<Timestamp>,
    pub(crate) from: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) to: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) party: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) direction: Option<Direction>,
    pub(crate) class: Class,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) system: Option<String>,
    /// The rule that told the class, and how sure it is, in percent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) rule: String,
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub(crate) confidence: u8,
    pub(crate) trust: Trust,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message_id: Option<String>,
    /// Names what was written: sender, subject and text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) content: String,
    pub(crate) nodes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) keys: Vec<ClaimedKey>,
    /// The rules of states whose conditions on the mail alone hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) signals: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) priority: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) mentions: Vec<Mention>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) attachments: Vec<Attachment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) joined_by: Option<JoinedBy>,
    /// The mail that this one is another delivery of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) copy_of: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) in_loop: bool,
}

/// A ticket's number in a mail, and in whose scope it is claimed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ClaimedKey {
    pub(crate) system: String,
    pub(crate) key: String,
    pub(crate) scope: String,
    pub(crate) kind: String,
    /// Whether the desk of that scope sent the mail itself.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) issued: bool,
}

impl ClaimedKey {
    pub(crate) fn node(&self) -> String {
        token_node(&self.system, &self.scope, &self.key)
    }
}

/// The strongest thing that ties a mail to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum JoinedBy {
    First,
    Graph,
    Token,
    Subject,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attachment {
    pub(crate) name: Option<String>,
    #[serde(rename = "type")]
    pub(crate) media_type: Option<String>,
    pub(crate) bytes: u64,
    pub(crate) sha256: Option<String>,
}

pub(crate) fn token_node(system: &str, scope: &str, key: &str) -> String {
    format!("t:{system}/{scope}/{key}")
}

pub(crate) const MESSAGE_ID_REUSED: &str = "message-id-reused";

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_nothing(number: &u8) -> bool {
    *number == 0
}
