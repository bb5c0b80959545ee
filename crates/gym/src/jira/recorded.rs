//! Recorded issues as if a site had them: one JSON object per line with the issue, its changelog and its comments.

use super::catalog::{Category, LinkKind, Named, Person, Project, ProjectKind, ProjectState, Status};
use super::instance::{Edition, Instance};
use super::issue::{Comment, History, Item, Link, Side};
use super::moment;
use jiff::Timestamp;
use serde_json::Value;
use std::io::{self, BufRead};

/// Why a recording cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum RecordedError {
    /// It cannot be read.
    #[error("the recording cannot be read")]
    Io(#[from] io::Error),
    /// A line is no JSON object.
    #[error("line {line} is no JSON object")]
    Json {
        /// Counted from 1.
        line: u64,
    },
    /// A line has no value where every line needs one.
    #[error("line {line} has no usable `{path}`")]
    Value {
        /// Counted from 1.
        line: u64,
        /// Where it should be.
        path: &'static str,
    },
}

/// Fields that are made anew from what an issue has.
const OWN: &[&str] = &[
    "summary",
    "description",
    "status",
    "issuetype",
    "priority",
    "resolution",
    "resolutiondate",
    "created",
    "updated",
    "duedate",
    "assignee",
    "reporter",
    "creator",
    "labels",
    "project",
    "issuelinks",
    "comment",
];

impl Instance {
    /// Lines of `{"issue": …, "comments": …}`: an issue as `/rest/api/2/issue/{key}?expand=changelog` gives it, and the
    /// answer of `…/comment`; or lines that are such issues themselves. Statuses, people and projects are those that
    /// the issues name. A key that the history says an issue had before leads to it.
    pub fn recorded(edition: Edition, lines: impl BufRead) -> Result<Self, RecordedError> {
        let mut instance = Self::empty(edition, Timestamp::UNIX_EPOCH);
        instance.catalog.statuses.clear();
        instance.catalog.priorities.clear();
        instance.catalog.resolutions.clear();
        instance.catalog.kinds.clear();
        instance.catalog.link_kinds.clear();
        for (at, line) in lines.lines().enumerate() {
            let line_number = at as u64 + 1;
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let Ok(Value::Object(row)) = serde_json::from_str::<Value>(&line) else {
                return Err(RecordedError::Json { line: line_number });
            };
            let row = Value::Object(row);
            let issue = row.get("issue").unwrap_or(&row);
            let comments = row.get("comments").unwrap_or(&issue["fields"]["comment"]);
            instance.take(line_number, issue, &comments["comments"])?;
        }
        instance.now += 3_600_000;
        Ok(instance)
    }

    fn take(&mut self, line: u64, row: &Value, comments: &Value) -> Result<(), RecordedError> {
        let missing = |path| RecordedError::Value { line, path };
        let fields = &row["fields"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let at = |value: &Value| value.as_str().and_then(moment::parse);
        let id: u64 = row["id"].as_str().and_then(|id| id.parse().ok()).ok_or(missing("id"))?;
        let key = text(&row["key"]).ok_or(missing("key"))?;
        let created = at(&fields["created"]).ok_or(missing("fields.created"))?;
        let updated = at(&fields["updated"]).ok_or(missing("fields.updated"))?;
        let project = self.recorded_project(&fields["project"]).ok_or(missing("fields.project"))?;
        self.now = self.now.max(updated);
        self.keep_above(id);
        let mut issue = self.blank(id, project, key);
        (issue.created, issue.updated, issue.category_since) = (created, updated, updated);
        issue.status = self.recorded_status(&fields["status"]).ok_or(missing("fields.status"))?;
        issue.kind = recorded_name(&mut self.catalog.kinds, &fields["issuetype"]).unwrap_or_default();
        issue.priority = recorded_name(&mut self.catalog.priorities, &fields["priority"]);
        issue.resolution = recorded_name(&mut self.catalog.resolutions, &fields["resolution"]);
        issue.resolved = at(&fields["resolutiondate"]);
        issue.summary = text(&fields["summary"]).unwrap_or_default();
        issue.description = text(&fields["description"]);
        issue.due = text(&fields["duedate"]);
        issue.assignee = self.recorded_person(&fields["assignee"]);
        issue.reporter = self.recorded_person(&fields["reporter"]);
        issue.creator = self.recorded_person(&fields["creator"]);
        issue.labels = list(&fields["labels"]).filter_map(text).collect();
        issue.links = list(&fields["issuelinks"]).filter_map(|link| self.recorded_link(link)).collect();
        for entry in list(&row["changelog"]["histories"]) {
            let entry = self.recorded_history(entry).ok_or(missing("changelog.histories"))?;
            for item in entry.items.iter().filter(|item| item.field == "Key") {
                issue.former.extend(item.from_text.clone().or_else(|| item.from.clone()));
            }
            issue.history.push(entry);
        }
        for comment in list(comments) {
            let comment = self.recorded_comment(comment).ok_or(missing("comments"))?;
            issue.comments.push(comment);
        }
        let map = fields.as_object().ok_or(missing("fields"))?;
        let extra = map.iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
        issue.extra = extra.map(|(name, value)| (name.clone(), value.clone())).collect();
        for former in &issue.former {
            self.keys.entry(former.clone()).or_insert(id);
        }
        self.put(issue);
        Ok(())
    }

    fn recorded_project(&mut self, value: &Value) -> Option<u64> {
        let id: u64 = value["id"].as_str()?.parse().ok()?;
        if self.catalog.project(id).is_none() {
            let (key, name) = (value["key"].as_str()?.to_owned(), value["name"].as_str()?.to_owned());
            let (kind, state) = (ProjectKind::Software, ProjectState::Live);
            // Issues that are made after the recording must not take a number of it.
            self.catalog.projects.push(Project { id, key, name, kind, state, numbered: 1_000_000 });
        }
        Some(id)
    }

    fn recorded_status(&mut self, value: &Value) -> Option<String> {
        let id = value["id"].as_str()?.to_owned();
        if self.catalog.status(&id).is_none() {
            let name = value["name"].as_str()?.to_owned();
            let key = value["statusCategory"]["key"].as_str().unwrap_or("undefined");
            let category = Category::find(key).unwrap_or(Category::Undefined);
            let german = name.clone();
            self.catalog.statuses.push(Status { id: id.clone(), name, german, category, scope: None });
        }
        Some(id)
    }

    /// By `accountId`, `key` or `name`, whichever there is.
    fn recorded_person(&mut self, value: &Value) -> Option<String> {
        let id = ["accountId", "key", "name"].iter().find_map(|field| value[*field].as_str())?;
        if self.catalog.person(id).is_none() {
            let name = value["displayName"].as_str().unwrap_or(id).to_owned();
            let mail = value["emailAddress"].as_str().unwrap_or_default().to_owned();
            self.catalog.people.push(Person { id: id.to_owned(), name, mail });
        }
        Some(id.to_owned())
    }

    fn recorded_link(&mut self, value: &Value) -> Option<Link> {
        let (side, far) = match (value.get("inwardIssue"), value.get("outwardIssue")) {
            (Some(far), _) => (Side::Inward, far),
            (None, far) => (Side::Outward, far?),
        };
        let kind = &value["type"];
        let name = kind["name"].as_str()?.to_owned();
        if !self.catalog.link_kinds.iter().any(|known| known.name == name) {
            let word = |field: &str| kind[field].as_str().unwrap_or_default().to_owned();
            let known =
                LinkKind { id: word("id"), name: name.clone(), inward: word("inward"), outward: word("outward") };
            self.catalog.link_kinds.push(known);
        }
        Some(Link {
            id: value["id"].as_str()?.parse().ok()?,
            kind: name,
            side,
            other: far["id"].as_str()?.parse().ok()?,
            other_key: far["key"].as_str()?.to_owned(),
        })
    }

    fn recorded_history(&mut self, value: &Value) -> Option<History> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let items = list(&value["items"])
            .map(|item| Item {
                field: text(&item["field"]).unwrap_or_default(),
                field_id: text(&item["fieldId"]),
                from: text(&item["from"]),
                from_text: text(&item["fromString"]),
                to: text(&item["to"]),
                to_text: text(&item["toString"]),
            })
            .collect();
        Some(History {
            id: value["id"].as_str()?.parse().ok()?,
            author: self.recorded_person(&value["author"]),
            at: moment::parse(value["created"].as_str()?)?,
            items,
        })
    }

    fn recorded_comment(&mut self, value: &Value) -> Option<Comment> {
        let at = moment::parse(value["created"].as_str()?)?;
        Some(Comment {
            id: value["id"].as_str()?.parse().ok()?,
            author: self.recorded_person(&value["author"]),
            at,
            edited: value["updated"].as_str().and_then(moment::parse).unwrap_or(at),
            text: value["body"].as_str()?.to_owned(),
            public: value["jsdPublic"].as_bool().unwrap_or(true),
        })
    }
}

fn recorded_name(names: &mut Vec<Named>, value: &Value) -> Option<String> {
    let id = value["id"].as_str()?.to_owned();
    if !names.iter().any(|one| one.id == id) {
        let name = value["name"].as_str()?.to_owned();
        names.push(Named { id: id.clone(), german: name.clone(), name });
    }
    Some(id)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_issues() {
        let line = concat!(
            r#"{"issue":{"id":"7","key":"NEW-9","fields":{"created":"2014-01-06T06:22:58.354+0000","#,
            r#""updated":"2014-05-09T02:39:46.272+0000","summary":"s","status":{"id":"6","name":"Closed","#,
            r#""statusCategory":{"key":"done"}},"project":{"id":"3","key":"NEW","name":"N"},"customfield_1":"x"},"#,
            r#""changelog":{"histories":[{"id":"1","created":"2014-01-06T07:00:00.000+0000","items":[{"field":"Key","#,
            r#""from":null,"fromString":"OLD-1","to":null,"toString":"NEW-9"}]}]}},"comments":{"comments":[]}}"#,
        );
        let instance = Instance::recorded(Edition::DataCenter, line.as_bytes()).unwrap();
        let truth = instance.oracle_within("statusCategory = Done AND project = NEW");
        let one = &truth.issues["7"];
        assert_eq!((one.key.as_str(), one.former_keys[0].as_str(), one.changes.len()), ("NEW-9", "OLD-1", 1));
        assert_eq!(one.fields["customfield_1"], "x");
        assert_eq!(truth.former_keys["OLD-1"], "7");
        let error = |line: &str| Instance::recorded(Edition::Cloud, line.as_bytes()).unwrap_err().to_string();
        assert_eq!(error("x"), "line 1 is no JSON object");
        assert_eq!(error("\n{}"), "line 2 has no usable `id`");
    }
}
