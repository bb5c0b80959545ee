//! An issue as the database has it, with all that belongs to it. It knows no form of the wire.

use serde_json::Value;
use std::collections::BTreeMap;

/// Moments are milliseconds since 1970; ids of other things are text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Issue {
    pub(crate) id: u64,
    /// `OPS-12`.
    pub(crate) key: String,
    /// What it was called before, oldest first.
    pub(crate) former: Vec<String>,
    pub(crate) project: u64,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) category_since: i64,
    pub(crate) priority: Option<String>,
    pub(crate) resolution: Option<String>,
    pub(crate) resolved: Option<i64>,
    pub(crate) summary: String,
    /// Wiki markup.
    pub(crate) description: Option<String>,
    pub(crate) assignee: Option<String>,
    pub(crate) reporter: Option<String>,
    pub(crate) creator: Option<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) due: Option<String>,
    pub(crate) archived: bool,
    /// Other fields, as the wire has them.
    pub(crate) extra: BTreeMap<String, Value>,
    pub(crate) links: Vec<Link>,
    pub(crate) remote_links: Vec<RemoteLink>,
    /// Oldest first.
    pub(crate) history: Vec<History>,
    /// Oldest first.
    pub(crate) comments: Vec<Comment>,
    pub(crate) request: Option<DeskRequest>,
}

/// One side of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) id: u64,
    /// Name of the type.
    pub(crate) kind: String,
    pub(crate) side: Side,
    pub(crate) other: u64,
    /// The other key, for an issue that the site does not have.
    pub(crate) other_key: String,
}

/// Where the other issue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Inward,
    Outward,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteLink {
    pub(crate) id: u64,
    pub(crate) global_id: String,
    pub(crate) url: String,
    pub(crate) title: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct History {
    pub(crate) id: u64,
    pub(crate) author: Option<String>,
    pub(crate) at: i64,
    pub(crate) items: Vec<Item>,
}

/// One field of one history entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) field: String,
    /// Links have none.
    pub(crate) field_id: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) from_text: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) to_text: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) author: Option<String>,
    pub(crate) at: i64,
    pub(crate) edited: i64,
    /// Wiki markup.
    pub(crate) text: String,
    /// The customer reads it as well.
    pub(crate) public: bool,
}

/// What the service desk adds to an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeskRequest {
    pub(crate) request_type: &'static str,
    /// Milliseconds to the resolution.
    pub(crate) goal: i64,
    pub(crate) organization: Option<u64>,
    pub(crate) approvals: Vec<Approval>,
    pub(crate) feedback: Option<Feedback>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Approval {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// Person and `approved`, `declined` or `pending`.
    pub(crate) approvers: Vec<(String, &'static str)>,
    pub(crate) created: i64,
    pub(crate) completed: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Feedback {
    /// 1 to 5.
    pub(crate) rating: u8,
    pub(crate) comment: String,
}

impl Approval {
    pub(crate) fn decision(&self) -> &'static str {
        let has = |word| self.approvers.iter().any(|(_, decision)| *decision == word);
        match (has("declined"), has("pending")) {
            (true, _) => "declined",
            (false, true) => "pending",
            (false, false) => "approved",
        }
    }
}

impl Issue {
    /// Of a key: `OPS` and 12.
    pub(crate) fn key_parts(key: &str) -> (&str, u64) {
        key.rsplit_once('-').map_or((key, 0), |(project, number)| (project, number.parse().unwrap_or(0)))
    }
}
