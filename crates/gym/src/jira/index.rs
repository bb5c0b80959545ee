//! What a search knows: the issues as they were when the index last heard of them. It can be behind the database.

use super::issue::Issue;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    /// By last update, then id.
    pub(crate) by_updated: BTreeMap<(i64, u64), Arc<Issue>>,
    /// Id to last update.
    pub(crate) places: BTreeMap<u64, i64>,
}

impl Index {
    /// Learns how an issue is now, or that it is gone.
    pub(crate) fn learn(&mut self, id: u64, issue: Option<&Arc<Issue>>) {
        if let Some(updated) = self.places.remove(&id) {
            self.by_updated.remove(&(updated, id));
        }
        if let Some(issue) = issue {
            self.places.insert(id, issue.updated);
            self.by_updated.insert((issue.updated, id), Arc::clone(issue));
        }
    }

    pub(crate) fn find(&self, id: u64) -> Option<&Arc<Issue>> {
        self.by_updated.get(&(*self.places.get(&id)?, id))
    }
}
