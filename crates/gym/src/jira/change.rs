//! How one field of an issue is set, and what the history says of it. It commits nothing.

use super::catalog::{Category, named};
use super::instance::Instance;
use super::issue::{Issue, Item};
use serde_json::Value;

impl Instance {
    /// Sets a field; what the history notes of it, unless nothing changed. Values are ids (`status`, `priority`,
    /// `resolution`, `issuetype`), names of people (`assignee`, `reporter`), words with blanks between them
    /// (`labels`), and text. Empty takes a value away.
    pub(crate) fn set(&mut self, issue: &mut Issue, field: &str, value: &str) -> Option<Item> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let now = self.now;
        let (old, new) = match field {
            "summary" => {
                let old = std::mem::replace(&mut issue.summary, value.to_owned());
                ((None, some(&old)), (None, some(value)))
            }
            "description" => {
                let old = std::mem::replace(&mut issue.description, some(value));
                ((None, old), (None, some(value)))
            }
            "duedate" => {
                let old = std::mem::replace(&mut issue.due, some(value));
                ((old.clone(), old), (some(value), some(value)))
            }
            "labels" => {
                let labels = value.split_whitespace().map(str::to_owned).collect();
                let old = std::mem::replace(&mut issue.labels, labels).join(" ");
                ((None, some(&old)), (None, some(value)))
            }
            "status" => {
                let old = std::mem::replace(&mut issue.status, value.to_owned());
                let category = |id: &str| self.catalog.status(id).map_or(Category::Undefined, |one| one.category);
                if category(&old) != category(value) {
                    issue.category_since = now;
                }
                let name = |id: &str| self.catalog.status(id).map(|one| one.name.clone());
                ((some(&old), name(&old)), (some(value), name(value)))
            }
            "issuetype" => {
                let old = std::mem::replace(&mut issue.kind, value.to_owned());
                let name = |id: &str| named(&self.catalog.kinds, id).map(|one| one.name.clone());
                ((some(&old), name(&old)), (some(value), name(value)))
            }
            "priority" => {
                let old = std::mem::replace(&mut issue.priority, some(value)).unwrap_or_default();
                let name = |id: &str| named(&self.catalog.priorities, id).map(|one| one.name.clone());
                ((some(&old), name(&old)), (some(value), name(value)))
            }
            "resolution" => {
                let old = std::mem::replace(&mut issue.resolution, some(value)).unwrap_or_default();
                if old != value {
                    issue.resolved = (!value.is_empty()).then_some(now);
                }
                let name = |id: &str| named(&self.catalog.resolutions, id).map(|one| one.name.clone());
                ((some(&old), name(&old)), (some(value), name(value)))
            }
            "assignee" | "reporter" => {
                let person = some(value).map(|name| self.person(&name));
                let place = if field == "assignee" { &mut issue.assignee } else { &mut issue.reporter };
                let old = std::mem::replace(place, person.clone());
                let name = |id: &Option<String>| Some(self.catalog.person(id.as_deref()?)?.name.clone());
                let names = (name(&old), name(&person));
                ((old, names.0), (person, names.1))
            }
            other => {
                let old = issue.extra.insert(other.to_owned(), Value::from(value));
                let old = old.and_then(|old| old.as_str().map(str::to_owned));
                ((None, old), (None, some(value)))
            }
        };
        let changed = if new.0.is_some() || old.0.is_some() { old.0 != new.0 } else { old.1 != new.1 };
        changed.then(|| Item {
            field: field.to_owned(),
            field_id: Some(field.to_owned()),
            from: old.0,
            from_text: old.1,
            to: new.0,
            to_text: new.1,
        })
    }
}
