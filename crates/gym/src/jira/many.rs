//! Very many issues with history, quickly made: for benches.

use super::catalog::{CLOSED, IN_PROGRESS, ProjectKind, RESOLVED, WAITING_FOR_CUSTOMER, WAITING_FOR_SUPPORT};
use super::instance::{Edition, Instance};
use super::issue::{Comment, DeskRequest, History, Item};
use crate::bulk::{self, mix};
use jiff::Timestamp;

const PEOPLE: [&str; 4] = ["Anke Petersen", "Mei Chen", "Lars Brandt", "Priya Nair"];

impl Instance {
    /// So many issues of the project `BULK`, of 3 to 5 kB of JSON each, with three to five entries of history and a
    /// comment. They are those of [`bulk::records`].
    pub fn bulk(edition: Edition, seed: u64, issues: u64) -> Self {
        let mut instance = Self::empty(edition, Timestamp::UNIX_EPOCH);
        instance.seed = seed;
        let people = PEOPLE.map(|name| instance.person(name));
        let project = instance.project("BULK", "Bulk", ProjectKind::ServiceDesk);
        let prose = String::from_utf8(bulk::prose(seed)).expect("prose is text");
        let mut last = 0;
        for record in bulk::records(seed, issues) {
            let draw = mix(record.at ^ mix(seed ^ 7));
            let (id, made) = (1_000_000 + record.at * 16, record.opened_secs * 1_000 + (draw % 1_000) as i64);
            let mut issue = instance.blank(id, project, format!("BULK-{}", record.at + 1));
            let from = (draw >> 20) as usize % (bulk::PROSE_BYTES / 2);
            issue.summary = prose[from..from + 40].to_owned();
            issue.description = Some(prose[from..from + 300 + (draw >> 40) as usize % 600].to_owned());
            issue.priority = Some((1 + (draw >> 8) % 5).to_string());
            issue.reporter = Some(people[(draw & 3) as usize].clone());
            issue.creator.clone_from(&issue.reporter);
            issue.created = made;
            let resolved = record.resolved_secs.map_or(made + 3_000, |at| (at * 1_000).max(made + 3_000));
            let closed = record.closed_secs.map_or(resolved + 1, |at| (at * 1_000).max(resolved + 1));
            let to = |status: &'static str, at: i64| (status, at);
            let changes = match record.state_code {
                1 => vec![],
                2 => vec![to(IN_PROGRESS, made + 1_000)],
                3 => vec![to(IN_PROGRESS, made + 1_000), to(WAITING_FOR_CUSTOMER, made + 2_000)],
                6 => vec![to(IN_PROGRESS, made + 1_000), to(RESOLVED, resolved)],
                _ => vec![to(IN_PROGRESS, made + 1_000), to(RESOLVED, resolved), to(CLOSED, closed)],
            };
            let mut before = WAITING_FOR_SUPPORT;
            let person = &people[(draw >> 4 & 3) as usize];
            issue.assignee = Some(person.clone());
            let name = instance.catalog.person(person).map(|one| one.name.clone());
            let given = Item {
                field: "assignee".into(),
                field_id: Some("assignee".into()),
                from: None,
                from_text: None,
                to: Some(person.clone()),
                to_text: name,
            };
            issue.history.push(History {
                id: id + 1,
                author: Some(person.clone()),
                at: made + 500,
                items: vec![given],
            });
            issue.updated = made + 500;
            for (nth, (status, at)) in changes.into_iter().enumerate() {
                let name = |id: &str| instance.catalog.status(id).map(|one| one.name.clone());
                let item = Item {
                    field: "status".into(),
                    field_id: Some("status".into()),
                    from: Some(before.into()),
                    from_text: name(before),
                    to: Some(status.into()),
                    to_text: name(status),
                };
                let entry = History { id: id + 2 + nth as u64, author: Some(person.clone()), at, items: vec![item] };
                issue.history.push(entry);
                if status == RESOLVED {
                    (issue.resolution, issue.resolved) = (Some("10000".into()), Some(at));
                }
                status.clone_into(&mut issue.status);
                (issue.updated, issue.category_since) = (at, at);
                before = status;
            }
            let words = (draw >> 30) as usize % (bulk::PROSE_BYTES / 2);
            issue.comments.push(Comment {
                id: id + 9,
                author: Some(person.clone()),
                at: made + 400,
                edited: made + 400,
                text: prose[words..words + 60].to_owned(),
                public: true,
            });
            issue.request = Some(DeskRequest {
                request_type: "7",
                goal: 86_400_000,
                organization: None,
                approvals: Vec::new(),
                feedback: None,
            });
            last = last.max(issue.updated);
            instance.put(issue);
        }
        instance.keep_above(1_000_000 + issues * 16);
        instance.now = last + 86_400_000;
        instance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_history_ends_where_the_issue_stands() {
        let truth = Instance::bulk(Edition::Cloud, 3, 400).oracle();
        assert_eq!(truth.issues.len(), 400);
        for issue in truth.issues.values() {
            let mut statuses = issue.changes.iter().flat_map(|one| &one.items).filter(|item| item.field == "status");
            let last = statuses.next_back().and_then(|item| item.to.clone());
            assert_eq!(last.as_deref().unwrap_or(WAITING_FOR_SUPPORT), issue.status);
            assert_eq!(issue.changes.iter().map(|one| one.at).max(), Some(issue.updated));
        }
    }
}
