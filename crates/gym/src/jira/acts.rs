//! What a test lets happen on purpose: one deed on one issue, by the clock of the site. Nothing random is here.

use super::catalog::{INCIDENT, ProjectKind, WAITING_FOR_SUPPORT};
use super::instance::Instance;
use super::issue::{Approval, Comment, DeskRequest, Feedback, History, Issue, Item, Link, RemoteLink, Side};
use std::sync::Arc;

/// Who reads a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listener {
    /// The customer as well.
    Customer,
    /// The provider's people only.
    Internal,
}

/// What an approver says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Approved,
    /// No.
    Declined,
}

/// Milliseconds to the resolution by priority, `Highest` first.
pub(crate) const GOALS: [i64; 5] = [14_400_000, 28_800_000, 86_400_000, 172_800_000, 259_200_000];

impl Instance {
    /// A new issue with these values (see [`Instance::update`]). Gives its id.
    pub fn create(&mut self, project_key: &str, values: &[(&str, &str)]) -> String {
        self.create_by("Service Desk Robot", project_key, values).to_string()
    }

    pub(crate) fn create_by(&mut self, by: &str, project_key: &str, values: &[(&str, &str)]) -> u64 {
        let project = self.project(project_key, project_key, ProjectKind::ServiceDesk);
        let creator = self.person(by);
        let id = self.next_id();
        let place = self.catalog.projects.iter_mut().find(|one| one.id == project).expect("it was made above");
        place.numbered += 1;
        let key = format!("{}-{}", place.key, place.numbered);
        let is_desk = place.kind == ProjectKind::ServiceDesk;
        let mut issue = self.blank(id, project, key);
        issue.creator = Some(creator.clone());
        issue.reporter = Some(creator);
        for (field, value) in values {
            self.set(&mut issue, field, value);
        }
        if is_desk {
            let priority: usize = issue.priority.as_deref().and_then(|id| id.parse().ok()).unwrap_or(3);
            issue.request = Some(DeskRequest {
                request_type: "7",
                goal: GOALS[priority.clamp(1, 5) - 1],
                organization: None,
                approvals: Vec::new(),
                feedback: None,
            });
        }
        self.put(issue);
        id
    }

    pub(crate) fn blank(&self, id: u64, project: u64, key: String) -> Issue {
        Issue {
            id,
            key,
            former: Vec::new(),
            project,
            created: self.now,
            updated: self.now,
            kind: INCIDENT.into(),
            status: WAITING_FOR_SUPPORT.into(),
            category_since: self.now,
            priority: Some("3".into()),
            resolution: None,
            resolved: None,
            summary: String::new(),
            description: None,
            assignee: None,
            reporter: None,
            creator: None,
            labels: Vec::new(),
            due: None,
            archived: false,
            extra: std::collections::BTreeMap::new(),
            links: Vec::new(),
            remote_links: Vec::new(),
            history: Vec::new(),
            comments: Vec::new(),
            request: None,
        }
    }

    /// Several fields in one step: one entry of the history. Fields are `summary`, `description`, `duedate`, `labels`
    /// (words), `status`, `priority`, `resolution`, `issuetype` (ids), `assignee`, `reporter` (names of people), and
    /// `customfield_…` (text). An empty value takes the old one away.
    pub fn update(&mut self, id: &str, values: &[(&str, &str)]) {
        self.update_by("Service Desk Robot", id, values);
    }

    pub(crate) fn update_by(&mut self, by: &str, id: &str, values: &[(&str, &str)]) {
        let author = self.person(by);
        self.deed(id, |instance, issue| {
            let items: Vec<Item> =
                values.iter().filter_map(|(field, value)| instance.set(issue, field, value)).collect();
            instance.note(issue, Some(author), items);
        });
    }

    /// A change that nothing notes: neither `updated` nor the history.
    pub fn update_quietly(&mut self, id: &str, values: &[(&str, &str)]) {
        let Some(issue) = self.find(id).cloned() else { return };
        let mut next = Issue::clone(&issue);
        for (field, value) in values {
            self.set(&mut next, field, value);
        }
        self.replace(next);
    }

    /// A comment. Gives its id.
    pub fn comment(&mut self, id: &str, text: &str, listener: Listener) -> String {
        self.comment_by("Service Desk Robot", id, text, listener)
    }

    pub(crate) fn comment_by(&mut self, by: &str, id: &str, text: &str, listener: Listener) -> String {
        let author = self.person(by);
        let made = self.next_id();
        self.deed(id, |instance, issue| {
            issue.comments.push(Comment {
                id: made,
                author: Some(author),
                at: instance.now,
                edited: instance.now,
                text: text.into(),
                public: listener == Listener::Customer,
            });
        });
        made.to_string()
    }

    /// Another text for a comment. The history does not note it.
    pub fn edit_comment(&mut self, id: &str, comment: &str, text: &str) {
        self.deed(id, |instance, issue| {
            for one in issue.comments.iter_mut().filter(|one| one.id.to_string() == comment) {
                text.clone_into(&mut one.text);
                one.edited = instance.now;
            }
        });
    }

    /// Takes a comment away. The history does not note it.
    pub fn delete_comment(&mut self, id: &str, comment: &str) {
        self.deed(id, |_, issue| issue.comments.retain(|one| one.id.to_string() != comment));
    }

    /// A link of this type (`Blocks`, `Relates`, …) from one issue to another; both have it, under one id.
    pub fn link(&mut self, from: &str, kind: &str, to: &str) -> String {
        let made = self.next_id();
        let (Some(one), Some(other)) = (self.find(from).cloned(), self.find(to).cloned()) else {
            return made.to_string();
        };
        let words = self.catalog.link_kinds.iter().find(|known| known.name == kind).cloned();
        for (own, far, side) in [(&one, &other, Side::Outward), (&other, &one, Side::Inward)] {
            let phrase = words.as_ref().map_or(kind, |words| match side {
                Side::Inward => &words.inward,
                Side::Outward => &words.outward,
            });
            let item = Item {
                field: "Link".into(),
                field_id: None,
                from: None,
                from_text: None,
                to: Some(far.key.clone()),
                to_text: Some(format!("This issue {phrase} {}", far.key)),
            };
            let author = self.person("Service Desk Robot");
            self.deed(&own.id.to_string(), |instance, issue| {
                let other_key = far.key.clone();
                issue.links.push(Link { id: made, kind: kind.into(), side, other: far.id, other_key });
                instance.note(issue, Some(author), vec![item]);
            });
        }
        made.to_string()
    }

    /// Takes a link away, from both of its ends.
    pub fn unlink(&mut self, link: &str) {
        let ends: Vec<u64> = self
            .issues
            .values()
            .filter(|issue| issue.links.iter().any(|one| one.id.to_string() == link))
            .map(|issue| issue.id)
            .collect();
        for id in ends {
            self.deed(&id.to_string(), |_, issue| issue.links.retain(|one| one.id.to_string() != link));
        }
    }

    /// A link to something outside; one of the same global id is replaced. Neither `updated` nor the history notes it.
    pub fn remote_link(&mut self, id: &str, global_id: &str, url: &str, title: &str) {
        let made = self.next_id();
        let Some(issue) = self.find(id).cloned() else { return };
        let mut next = Issue::clone(&issue);
        let kept = next.remote_links.iter().find(|one| one.global_id == global_id).map(|one| one.id);
        next.remote_links.retain(|one| one.global_id != global_id);
        next.remote_links.push(RemoteLink {
            id: kept.unwrap_or(made),
            global_id: global_id.into(),
            url: url.into(),
            title: title.into(),
        });
        self.replace(next);
    }

    /// Asks people to approve. Gives the id of the approval.
    pub fn ask_approval(&mut self, id: &str, name: &str, people: &[&str]) -> String {
        let made = self.next_id();
        let approvers = people.iter().map(|name| (self.person(name), "pending")).collect();
        self.deed(id, |instance, issue| {
            let approval = Approval { id: made, name: name.into(), approvers, created: instance.now, completed: None };
            issue.request.iter_mut().for_each(|request| request.approvals.push(approval.clone()));
        });
        made.to_string()
    }

    /// What an approver says.
    pub fn decide(&mut self, id: &str, approval: &str, person: &str, decision: Decision) {
        let person = self.person(person);
        let word = match decision {
            Decision::Approved => "approved",
            Decision::Declined => "declined",
        };
        self.deed(id, |instance, issue| {
            let approvals = issue.request.iter_mut().flat_map(|request| &mut request.approvals);
            for one in approvals.filter(|one| one.id.to_string() == approval) {
                one.approvers.iter_mut().filter(|(who, _)| *who == person).for_each(|(_, said)| *said = word);
                one.completed = (one.decision() != "pending").then_some(instance.now);
            }
        });
    }

    /// How content the customer is, 1 to 5. Neither `updated` nor the history notes it.
    pub fn rate(&mut self, id: &str, rating: u8, comment: &str) {
        let Some(issue) = self.find(id).cloned() else { return };
        let mut next = Issue::clone(&issue);
        let feedback = Feedback { rating, comment: comment.into() };
        next.request.iter_mut().for_each(|request| request.feedback = Some(feedback.clone()));
        self.replace(next);
    }

    /// The goal of the time to resolution, in seconds.
    pub fn set_goal(&mut self, id: &str, secs: i64) {
        self.deed(id, |_, issue| issue.request.iter_mut().for_each(|request| request.goal = secs * 1_000));
    }

    /// An issue in the place of the one with its id. Nothing in it says that it was changed.
    fn replace(&mut self, issue: Issue) {
        let id = issue.id;
        self.issues.insert(id, Arc::new(issue));
        self.tell_index(id);
    }

    /// Changes an issue and notes that it was changed.
    pub(crate) fn deed(&mut self, id: &str, change: impl FnOnce(&mut Self, &mut Issue)) {
        let Some(issue) = self.find(id).cloned() else { return };
        let mut next = Issue::clone(&issue);
        change(self, &mut next);
        next.updated = self.now;
        self.put(next);
    }

    /// An entry of the history, unless there is nothing to say.
    pub(crate) fn note(&mut self, issue: &mut Issue, author: Option<String>, items: Vec<Item>) {
        if items.is_empty() {
            return;
        }
        let id = self.next_id();
        let at = self.now;
        issue.history.push(History { id, author, at, items });
    }
}
