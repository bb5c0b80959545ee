//! What happens to where things stand: moves, archives, deletions, renamed keys and renamed statuses.

use super::catalog::{Category, ProjectKind, ProjectState, Status};
use super::instance::Instance;
use super::issue::{Issue, Item};
use std::sync::Arc;

impl Instance {
    /// A project with this key. Where one of the key was deleted, this is another one. Gives its id.
    pub fn create_project(&mut self, key: &str, name: &str, kind: ProjectKind) -> String {
        self.project(key, name, kind).to_string()
    }

    /// Into another project: another key, the same id. The old key leads to it as long as no other issue has it.
    pub fn move_to(&mut self, id: &str, project_key: &str) {
        let target = self.project(project_key, project_key, ProjectKind::ServiceDesk);
        let Some(issue) = self.find(id).cloned() else { return };
        if issue.project == target {
            return;
        }
        let author = self.person("Service Desk Robot");
        let name = |instance: &Self, id| instance.catalog.project(id).map(|project| project.name.clone());
        let names = (name(self, issue.project), name(self, target));
        let place = self.catalog.projects.iter_mut().find(|one| one.id == target).expect("it was made above");
        place.numbered += 1;
        let key = format!("{}-{}", place.key, place.numbered);
        let project = Item {
            field: "project".into(),
            field_id: Some("project".into()),
            from: Some(issue.project.to_string()),
            from_text: names.0,
            to: Some(target.to_string()),
            to_text: names.1,
        };
        let renamed = key_item(&issue.key, &key);
        self.deed(id, |instance, issue| {
            issue.former.push(std::mem::replace(&mut issue.key, key));
            issue.project = target;
            instance.note(issue, Some(author), vec![project, renamed]);
        });
    }

    /// Gone, and nothing says so.
    pub fn delete(&mut self, id: &str) {
        let Some(id) = self.find(id).map(|issue| issue.id) else { return };
        self.issues.remove(&id);
        self.keys.retain(|_, other| *other != id);
        self.deleted.insert(id);
        let far: Vec<u64> = self
            .issues
            .values()
            .filter(|issue| issue.links.iter().any(|link| link.other == id))
            .map(|issue| issue.id)
            .collect();
        for one in far {
            self.silently(one, |issue| issue.links.retain(|link| link.other != id));
        }
        self.tell_index(id);
    }

    /// Out of every search and every answer, and not deleted.
    pub fn archive(&mut self, id: &str) {
        if let Some(id) = self.find(id).map(|issue| issue.id) {
            self.silently(id, |issue| issue.archived = true);
        }
    }

    /// Back again.
    pub fn restore(&mut self, id: &str) {
        if let Some(id) = self.find(id).map(|issue| issue.id) {
            self.silently(id, |issue| issue.archived = false);
        }
    }

    /// Changes an issue without a trace in itself; the index learns of it.
    fn silently(&mut self, id: u64, change: impl FnOnce(&mut Issue)) {
        let Some(issue) = self.issues.get(&id) else { return };
        let mut next = Issue::clone(issue);
        change(&mut next);
        self.issues.insert(id, Arc::new(next));
        self.tell_index(id);
    }

    /// Another key for a project, and so for all of its issues. Neither `updated` nor the history notes it.
    pub fn rename_project(&mut self, key: &str, new: &str) {
        let Some(id) = self.catalog.project_of_key(key).map(|project| project.id) else { return };
        self.catalog.projects.iter_mut().filter(|one| one.id == id).for_each(|one| new.clone_into(&mut one.key));
        let all: Vec<u64> = self.issues.values().filter(|issue| issue.project == id).map(|issue| issue.id).collect();
        for one in all {
            self.silently(one, |issue| {
                let key = format!("{new}-{}", Issue::key_parts(&issue.key).1);
                issue.former.push(std::mem::replace(&mut issue.key, key));
            });
            let key = self.issues[&one].key.clone();
            self.keys.insert(key, one);
        }
    }

    /// Takes a project with all of its issues out of every answer.
    pub fn archive_project(&mut self, key: &str) {
        self.set_state(key, ProjectState::Archived);
    }

    /// A project goes to the trash with all of its issues; its key is free for another one.
    pub fn delete_project(&mut self, key: &str) {
        let Some(id) = self.catalog.project_of_key(key).map(|project| project.id) else { return };
        self.set_state(key, ProjectState::Deleted);
        let all: Vec<u64> = self.issues.values().filter(|issue| issue.project == id).map(|issue| issue.id).collect();
        for one in all {
            self.delete(&one.to_string());
        }
    }

    fn set_state(&mut self, key: &str, state: ProjectState) {
        if let Some(id) = self.catalog.project_of_key(key).map(|project| project.id) {
            self.catalog.projects.iter_mut().filter(|one| one.id == id).for_each(|one| one.state = state);
        }
    }

    /// Another name for a status in both languages. No issue is updated by it.
    pub fn rename_status(&mut self, id: &str, name: &str) {
        for status in self.catalog.statuses.iter_mut().filter(|one| one.id == id) {
            name.clone_into(&mut status.name);
            name.clone_into(&mut status.german);
        }
    }

    /// A status that nobody knows yet, in the category of another one.
    pub fn add_status(&mut self, id: &str, name: &str, like: &str) {
        if let Some(category) = self.catalog.status(like).map(|one| one.category) {
            self.add_status_in(id, name, category);
        }
    }

    /// A status that nobody knows yet and that is in no category, as imports leave them behind.
    pub fn add_status_without_category(&mut self, id: &str, name: &str) {
        self.add_status_in(id, name, Category::Undefined);
    }

    fn add_status_in(&mut self, id: &str, name: &str, category: Category) {
        if self.catalog.status(id).is_none() {
            let (id, name) = (id.to_owned(), name.to_owned());
            self.catalog.statuses.push(Status { id, german: name.clone(), name, category, scope: None });
        }
    }
}

fn key_item(old: &str, new: &str) -> Item {
    Item {
        field: "Key".into(),
        field_id: Some("issuekey".into()),
        from: None,
        from_text: Some(old.into()),
        to: None,
        to_text: Some(new.into()),
    }
}
