//! An issue as the wire has it: its fields, its history, its comments. It knows no page.

use super::adf::{Nature, document};
use super::entities::{Form, Markup};
use super::instance::{Edition, Sight};
use super::issue::{Comment, History, Issue, Item, Link, RemoteLink, Side};
use super::sla;
use crate::bulk::mix;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Which fields of an issue are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    all: bool,
    navigable: bool,
    named: BTreeSet<String>,
    without: BTreeSet<String>,
}

/// Fields that `*navigable` does not have.
const NOT_NAVIGABLE: &[&str] = &["comment", "attachment", "worklog"];

/// Fields of the service desk: request type, organizations, the two clocks.
pub(crate) const REQUEST_TYPE: &str = "customfield_10010";
pub(crate) const ORGANIZATIONS: &str = "customfield_10002";
pub(crate) const CLOCKS: [&str; 2] = ["customfield_10030", "customfield_10031"];

impl Fields {
    pub(crate) fn new(asked: &[String], unless_asked: &str) -> Self {
        let mut fields = Self::default();
        let unless_asked = [unless_asked.to_owned()];
        let asked = if asked.is_empty() { &unless_asked[..] } else { asked };
        for name in asked {
            match name.as_str() {
                "*all" => fields.all = true,
                "*navigable" => fields.navigable = true,
                name => match name.strip_prefix('-') {
                    Some(name) => drop(fields.without.insert(name.to_owned())),
                    None => drop(fields.named.insert(name.to_owned())),
                },
            }
        }
        if !fields.all && !fields.navigable && fields.named.is_empty() {
            fields.all = true;
        }
        fields
    }

    fn wants(&self, name: &str) -> bool {
        let many = self.all || (self.navigable && !NOT_NAVIGABLE.contains(&name));
        (many || self.named.contains(name)) && !self.without.contains(name)
    }

    /// Nothing but `id` and `key`.
    pub(crate) fn only_names(&self) -> bool {
        !self.all && !self.navigable && self.named.iter().all(|name| name == "id" || name == "key")
    }

    pub(crate) fn wants_key(&self) -> bool {
        self.all || self.navigable || self.named.iter().any(|name| name != "id")
    }
}

impl Form<'_> {
    pub(crate) fn issue(&self, issue: &Issue, fields: &Fields) -> Value {
        let mut value = json!({
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": issue.id.to_string(),
            "self": format!("{}/issue/{}", self.api, issue.id),
            "key": issue.key,
        });
        if !fields.only_names() {
            value["fields"] = Value::Object(self.fields(issue, fields));
        }
        value
    }

    pub(crate) fn fields(&self, issue: &Issue, fields: &Fields) -> Map<String, Value> {
        let catalog = &self.instance.catalog;
        let mut map = Map::new();
        let mut put = |name: &str, value: &dyn Fn() -> Value| {
            if fields.wants(name) {
                map.insert(name.to_owned(), value());
            }
        };
        put("summary", &|| issue.summary.as_str().into());
        put("description", &|| issue.description.as_deref().map_or(Value::Null, |text| self.text(text)));
        put("status", &|| self.status_of(&issue.status));
        put("issuetype", &|| self.of_list(&catalog.kinds, Some(&issue.kind), Form::kind));
        put("priority", &|| self.of_list(&catalog.priorities, issue.priority.as_deref(), Form::priority));
        put("resolution", &|| self.of_list(&catalog.resolutions, issue.resolution.as_deref(), Form::resolution));
        put("resolutiondate", &|| issue.resolved.map_or(Value::Null, |at| self.at(at)));
        put("created", &|| self.at(issue.created));
        put("updated", &|| self.at(issue.updated));
        put("duedate", &|| issue.due.clone().map_or(Value::Null, Value::from));
        put("assignee", &|| self.person(issue.assignee.as_deref()));
        put("reporter", &|| self.person(issue.reporter.as_deref()));
        put("creator", &|| self.person(issue.creator.as_deref()));
        put("labels", &|| issue.labels.clone().into());
        put("project", &|| catalog.project(issue.project).map_or(Value::Null, |project| self.project(project)));
        put("issuelinks", &|| issue.links.iter().filter_map(|link| self.link(link)).collect());
        for empty in ["components", "fixVersions", "versions", "subtasks", "attachment"] {
            put(empty, &|| json!([]));
        }
        put("comment", &|| self.embedded_comments(issue));
        if self.is_cloud() {
            put("statuscategorychangedate", &|| self.at(issue.category_since));
        }
        if let Some(request) = &issue.request {
            put(REQUEST_TYPE, &|| json!({"requestType": {"id": request.request_type, "name": "Report an incident"}}));
            put(ORGANIZATIONS, &|| request.organization.map_or(json!([]), |id| json!([{"id": id.to_string()}])));
            for (name, nth) in CLOCKS.iter().zip(0..) {
                put(name, &|| sla::clocks(self.instance, issue).get(nth).map_or(Value::Null, |one| self.sla(one)));
            }
        }
        for (name, value) in &issue.extra {
            put(name, &|| value.clone());
        }
        map
    }

    pub(crate) fn text(&self, text: &str) -> Value {
        let name = |id: &str| self.instance.catalog.person(id).map(|person| person.name.clone());
        match self.markup {
            Markup::Wiki => text.into(),
            Markup::Adf if self.instance.switches.deep_texts => document(text, Nature::Deep, name),
            Markup::Adf if self.instance.switches.wild_texts => document(text, Nature::Wild, name),
            Markup::Adf => document(text, Nature::Tame, name),
        }
    }

    /// `None` when the account does not see the other end.
    fn link(&self, link: &Link) -> Option<Value> {
        let kind = self.instance.catalog.link_kinds.iter().find(|kind| kind.name == link.kind)?;
        let far = match self.instance.issues.get(&link.other) {
            Some(far) if !self.instance.sees(Sight::Account, far) => return None,
            Some(far) => json!({
                "id": far.id.to_string(),
                "key": far.key,
                "self": format!("{}/issue/{}", self.api, far.id),
                "fields": {"summary": far.summary, "status": self.status_of(&far.status)},
            }),
            None => json!({
                "id": link.other.to_string(),
                "key": link.other_key,
                "self": format!("{}/issue/{}", self.api, link.other),
            }),
        };
        let side = match link.side {
            Side::Inward => "inwardIssue",
            Side::Outward => "outwardIssue",
        };
        Some(json!({
            "id": link.id.to_string(),
            "self": format!("{}/issueLink/{}", self.api, link.id),
            "type": self.link_kind(kind),
            side: far,
        }))
    }

    fn embedded_comments(&self, issue: &Issue) -> Value {
        let most = match (self.instance.switches.embedded_comments, self.instance.edition) {
            (0, Edition::Cloud) => 20,
            (0, Edition::DataCenter) => usize::MAX,
            (most, _) => most as usize,
        };
        let comments: Vec<Value> = issue.comments.iter().take(most).map(|one| self.comment(issue, one)).collect();
        json!({
            "comments": comments,
            "self": format!("{}/issue/{}/comment", self.api, issue.id),
            "maxResults": comments.len(),
            "total": issue.comments.len(),
            "startAt": 0,
        })
    }

    pub(crate) fn comment(&self, issue: &Issue, comment: &Comment) -> Value {
        let mut value = json!({
            "self": format!("{}/issue/{}/comment/{}", self.api, issue.id, comment.id),
            "id": comment.id.to_string(),
            "body": self.text(&comment.text),
            "created": self.at(comment.at),
            "updated": self.at(comment.edited),
        });
        if self.has_author(comment.id) {
            value["author"] = self.person(comment.author.as_deref());
            value["updateAuthor"] = self.person(comment.author.as_deref());
        }
        if issue.request.is_some() {
            value["jsdPublic"] = comment.public.into();
        }
        value
    }

    fn has_author(&self, id: u64) -> bool {
        !self.instance.switches.authors_missing || !mix(id).is_multiple_of(4)
    }

    pub(crate) fn remote_link(&self, issue: &Issue, link: &RemoteLink) -> Value {
        json!({
            "id": link.id,
            "self": format!("{}/issue/{}/remotelink/{}", self.api, issue.id, link.id),
            "globalId": link.global_id,
            "application": {},
            "relationship": "relates to",
            "object": {"url": link.url, "title": link.title, "status": {"icon": {}}},
        })
    }

    /// The changelog as `expand=changelog` has it: whole and oldest first, or cut and youngest first.
    pub(crate) fn changelog(&self, issue: &Issue) -> Value {
        let most = match (self.instance.switches.expanded_histories, self.instance.edition) {
            (0, Edition::Cloud) => 100,
            (0, Edition::DataCenter) => usize::MAX,
            (most, _) => most as usize,
        };
        let mut histories: Vec<Value> = issue.history.iter().rev().take(most).map(|one| self.history(one)).collect();
        if !self.is_cloud() {
            histories.reverse();
        }
        let total = if self.instance.switches.changelog_total_lies { histories.len() } else { issue.history.len() };
        json!({"startAt": 0, "maxResults": histories.len(), "total": total, "histories": histories})
    }

    pub(crate) fn history(&self, entry: &History) -> Value {
        let mut value = json!({
            "id": entry.id.to_string(),
            "created": self.at(entry.at),
            "items": entry.items.iter().map(|item| self.item(item)).collect::<Vec<_>>(),
        });
        if self.has_author(entry.id)
            && let Some(author) = &entry.author
        {
            value["author"] = self.person(Some(author));
        }
        value
    }

    fn item(&self, item: &Item) -> Value {
        let field = if self.german { german_field(&item.field) } else { &item.field };
        // What a status was called then is what the history keeps, unless the reader has another language.
        let shown = |id: &Option<String>, text: &Option<String>| match id.as_deref() {
            Some(id) if self.german && item.field == "status" => {
                self.instance.catalog.status(id).map(|status| status.german.clone()).or_else(|| text.clone())
            }
            _ => text.clone(),
        };
        let kind = if item.field.starts_with("customfield_") { "custom" } else { "jira" };
        let mut value = json!({
            "field": field,
            "fieldtype": kind,
            "from": item.from,
            "fromString": shown(&item.from, &item.from_text),
            "to": item.to,
            "toString": shown(&item.to, &item.to_text),
        });
        if self.is_cloud()
            && let Some(id) = &item.field_id
        {
            value["fieldId"] = id.as_str().into();
        }
        value
    }
}

fn german_field(field: &str) -> &str {
    match field {
        "status" => "Status",
        "assignee" => "Zugewiesene Person",
        "priority" => "Priorität",
        "resolution" => "Lösung",
        "summary" => "Zusammenfassung",
        "description" => "Beschreibung",
        "labels" => "Stichwörter",
        "issuetype" => "Vorgangstyp",
        "project" => "Projekt",
        "Key" => "Schlüssel",
        other => other,
    }
}
