//! What is true of a site, and what of it the account may see. It asks the database, never the index or the server.

use super::bind::Query;
use super::desk;
use super::directory;
use super::entities::Form;
use super::instance::{Edition, Instance, Sight};
use super::issue::{DeskRequest, Issue, Side};
use super::moment::stamp;
use super::render::Fields;
use super::sla::{self, Sla};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What a complete reader ends with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Truth {
    /// What the account may see within the scope, by id.
    pub issues: BTreeMap<String, TrueIssue>,
    /// Ids of issues that it may see and that the scope leaves out.
    pub outside: BTreeSet<String>,
    /// Ids of issues that are there and that it lost the right to see.
    pub hidden: BTreeSet<String>,
    /// Ids of issues that are archived, or whose project is.
    pub archived: BTreeSet<String>,
    /// Ids of issues that were there once and were deleted.
    pub deleted: BTreeSet<String>,
    /// Former keys that still lead to an issue, with its id.
    pub former_keys: BTreeMap<String, String>,
}

/// How the account stands to an issue. To a reader all but the first are the same 404.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// It sees it.
    Visible,
    /// It lost the right to.
    PermissionLost,
    /// It is archived, or its project is.
    Archived,
    /// It was deleted.
    Deleted,
    /// It never was.
    Unknown,
}

/// One issue as the database has it.
#[derive(Debug, Clone, PartialEq)]
pub struct TrueIssue {
    /// The immutable id.
    pub id: String,
    /// The key that people use now.
    pub key: String,
    /// What it was called before, oldest first.
    pub former_keys: Vec<String>,
    /// Key of its project now.
    pub project: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed, as far as the site notes it.
    pub updated: Timestamp,
    /// Id of its status.
    pub status: String,
    /// Key of the category of its status: `new`, `indeterminate`, `done`.
    pub category: String,
    /// When its resolution was set, while it is.
    pub resolved: Option<Timestamp>,
    /// Description in wiki markup.
    pub description: Option<String>,
    /// All fields, as `fields=*all` has them for this account: v3 in Cloud, v2 in Data Center. Clocks run on, so they
    /// are not among them; comments are told below. Addresses in them begin with their path: `/rest/api/…`.
    pub fields: Map<String, Value>,
    /// The changelog, oldest first.
    pub changes: Vec<TrueHistory>,
    /// The comments, oldest first.
    pub comments: Vec<TrueComment>,
    /// Links whose other end the account sees.
    pub links: Vec<TrueLink>,
    /// Links to something outside: global id and address.
    pub remote_links: BTreeMap<String, String>,
    /// The clocks of the service desk: name, cycles that ended, whether one goes on, whether that is breached.
    pub clocks: Vec<(String, usize, Option<bool>)>,
    /// 1 to 5.
    pub rating: Option<u8>,
    /// The same, and more, in the words of the API.
    pub told: Told,
}

/// What the API tells of an issue beside its fields, as it tells it. Addresses begin with their path.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// The changelog, oldest first.
    pub changelog: Vec<Value>,
    /// The comments, oldest first.
    pub comments: Vec<Value>,
    /// Links to something outside, in their own order.
    pub remote_links: Vec<Value>,
    /// What the service desk has; none for an issue that is no request.
    pub request: Option<ToldRequest>,
}

/// What the service desk tells of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToldRequest {
    /// The request with its type.
    pub request: Value,
    /// The latest first.
    pub approvals: Vec<Value>,
    /// The clocks, as they stand now.
    pub clocks: Vec<Value>,
    /// The rating; none where there is no such thing.
    pub feedback: Option<Value>,
}

/// One entry of a changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueHistory {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Id of whoever did it.
    pub by: Option<String>,
    /// What changed.
    pub items: Vec<TrueItem>,
}

/// One field in an entry of a changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueItem {
    /// Its name.
    pub field: String,
    /// Links have none.
    pub field_id: Option<String>,
    /// Ids, where the field has ids.
    pub from: Option<String>,
    /// As people read it.
    pub from_text: Option<String>,
    /// Ids, where the field has ids.
    pub to: Option<String>,
    /// As people read it.
    pub to_text: Option<String>,
}

/// One comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueComment {
    /// Its id.
    pub id: String,
    /// When it was written.
    pub at: Timestamp,
    /// When its text was last changed.
    pub edited: Timestamp,
    /// Id of whoever wrote it.
    pub by: Option<String>,
    /// In wiki markup.
    pub text: String,
    /// Whether the customer reads it.
    pub public: bool,
}

/// One end of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueLink {
    /// The same at both ends.
    pub id: String,
    /// Name of the type.
    pub kind: String,
    /// Whether the other issue is the one that the link leads to.
    pub outward: bool,
    /// Id of the other issue.
    pub other: String,
}

impl Instance {
    /// The truth about all issues.
    pub fn oracle(&self) -> Truth {
        self.truth(None)
    }

    /// The truth about the issues that a query finds; the others are outside. A query that cannot be read finds none.
    pub fn oracle_within(&self, jql: &str) -> Truth {
        self.truth(Some(jql))
    }

    /// How the account stands to an issue, by its id.
    pub fn visibility(&self, id: &str) -> Visibility {
        let Ok(id) = id.parse::<u64>() else { return Visibility::Unknown };
        match self.issues.get(&id) {
            Some(issue) if self.sees(Sight::Account, issue) => Visibility::Visible,
            Some(issue) if issue.archived || !self.is_hidden(id) => Visibility::Archived,
            Some(_) => Visibility::PermissionLost,
            None if self.deleted.contains(&id) => Visibility::Deleted,
            None => Visibility::Unknown,
        }
    }

    /// The words of the site as the account sees them: `status`, `priority`, `resolution`, `issuetype`,
    /// `issuelinktype`, `project`, `field`, each with
    /// its list.
    pub fn choices(&self) -> BTreeMap<String, Vec<Value>> {
        let form = Form::new(self, "", if self.edition == Edition::Cloud { 3 } else { 2 });
        let lists = ["status", "priority", "resolution", "issuetype", "issuelinktype", "project", "field"];
        lists.into_iter().filter_map(|name| Some((name.to_owned(), directory::words(&form, name)?))).collect()
    }

    fn truth(&self, jql: Option<&str>) -> Truth {
        let query = jql.and_then(|jql| Query::read(self, Sight::Account, jql).ok());
        let mut truth = Truth { deleted: self.deleted.iter().map(u64::to_string).collect(), ..Truth::default() };
        let form = Form::new(self, "", if self.edition == Edition::Cloud { 3 } else { 2 });
        let mut without: Vec<String> = ["*all", "-comment"].map(str::to_owned).to_vec();
        without.extend(super::render::CLOCKS.iter().map(|name| format!("-{name}")));
        let fields = Fields::new(&without, "*all");
        for (id, issue) in &self.issues {
            let text = id.to_string();
            let inside = jql.is_none() || query.as_ref().is_some_and(|query| query.condition.fits(self, issue));
            match self.visibility(&text) {
                Visibility::Visible if inside => {
                    truth.issues.insert(text, self.true_issue(&form, &fields, issue));
                }
                Visibility::Visible => drop(truth.outside.insert(text)),
                Visibility::PermissionLost => drop(truth.hidden.insert(text)),
                Visibility::Archived | Visibility::Deleted | Visibility::Unknown => drop(truth.archived.insert(text)),
            }
        }
        for (key, id) in &self.keys {
            if self.issues.get(id).is_some_and(|issue| issue.key != *key) {
                truth.former_keys.insert(key.clone(), id.to_string());
            }
        }
        truth
    }

    fn true_issue(&self, form: &Form<'_>, fields: &Fields, issue: &Issue) -> TrueIssue {
        let seen = |id: &u64| self.issues.get(id).is_none_or(|other| self.sees(Sight::Account, other));
        let clock = |one: &Sla| {
            let ongoing = one.ongoing.map(|cycle| cycle.breached(one.goal));
            (one.name.to_owned(), one.completed.len(), ongoing)
        };
        TrueIssue {
            id: issue.id.to_string(),
            key: issue.key.clone(),
            former_keys: issue.former.clone(),
            project: self.catalog.project(issue.project).map(|project| project.key.clone()).unwrap_or_default(),
            created: stamp(issue.created),
            updated: stamp(issue.updated),
            status: issue.status.clone(),
            category: self.catalog.status(&issue.status).map_or("", |one| one.category.words().1).to_owned(),
            resolved: issue.resolved.map(stamp),
            description: issue.description.clone(),
            fields: form.fields(issue, fields),
            changes: issue.history.iter().map(true_history).collect(),
            comments: issue.comments.iter().map(true_comment).collect(),
            links: issue
                .links
                .iter()
                .filter(|link| seen(&link.other))
                .map(|link| TrueLink {
                    id: link.id.to_string(),
                    kind: link.kind.clone(),
                    outward: link.side == Side::Outward,
                    other: link.other.to_string(),
                })
                .collect(),
            remote_links: issue.remote_links.iter().map(|one| (one.global_id.clone(), one.url.clone())).collect(),
            clocks: sla::clocks(self, issue).iter().map(clock).collect(),
            rating: issue.request.as_ref().and_then(|request| request.feedback.as_ref()).map(|told| told.rating),
            told: Told {
                changelog: issue.history.iter().map(|one| form.history(one)).collect(),
                comments: issue.comments.iter().map(|one| form.comment(issue, one)).collect(),
                remote_links: issue.remote_links.iter().map(|one| form.remote_link(issue, one)).collect(),
                request: issue.request.as_ref().map(|request| self.told_request(issue, request)),
            },
        }
    }

    fn told_request(&self, issue: &Issue, request: &DeskRequest) -> ToldRequest {
        let form = Form::new(self, "", 2);
        ToldRequest {
            request: desk::written(&form, issue, &["requestType".to_owned()]),
            approvals: request.approvals.iter().rev().map(|one| desk::approval(&form, issue, one)).collect(),
            clocks: desk::slas(&form, issue),
            feedback: desk::feedback(&form, request),
        }
    }
}

fn true_history(entry: &super::issue::History) -> TrueHistory {
    let item = |item: &super::issue::Item| TrueItem {
        field: item.field.clone(),
        field_id: item.field_id.clone(),
        from: item.from.clone(),
        from_text: item.from_text.clone(),
        to: item.to.clone(),
        to_text: item.to_text.clone(),
    };
    TrueHistory {
        id: entry.id.to_string(),
        at: stamp(entry.at),
        by: entry.author.clone(),
        items: entry.items.iter().map(item).collect(),
    }
}

fn true_comment(one: &super::issue::Comment) -> TrueComment {
    TrueComment {
        id: one.id.to_string(),
        at: stamp(one.at),
        edited: stamp(one.edited),
        by: one.author.clone(),
        text: one.text.clone(),
        public: one.public,
    }
}
