//! The database of a site, its clock, its search index, and who sees what of it.

use super::account::Account;
use super::catalog::{Catalog, Person, Project, ProjectKind, ProjectState};
use super::index::Index;
use super::issue::Issue;
use super::switches::Switches;
use crate::bulk::mix;
use crate::dice::Dice;
use crate::servicenow::id::hash_of;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which product answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// Jira Cloud: REST v3 and v2, `search/jql`, accounts by id, ADF.
    Cloud,
    /// Jira Data Center: REST v2, `search` with offsets, users by name, wiki markup.
    DataCenter,
}

/// Who asks, as far as the site knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    Account,
    Anonymous,
}

/// A site in memory: issues, a virtual clock, one account, and the switches that are on.
#[derive(Debug, Clone)]
pub struct Instance {
    pub(crate) edition: Edition,
    pub(crate) now: i64,
    pub(crate) catalog: Catalog,
    pub(crate) issues: BTreeMap<u64, Arc<Issue>>,
    /// Every key that ever was, with the issue that it leads to.
    pub(crate) keys: BTreeMap<String, u64>,
    pub(crate) index: Index,
    pub(crate) account: Account,
    pub(crate) switches: Switches,
    /// Issues that the account lost the right to see.
    pub(crate) hidden: BTreeSet<u64>,
    pub(crate) deleted: BTreeSet<u64>,
    pub(crate) dice: Dice,
    pub(crate) seed: u64,
    made: u64,
    /// What the index does not know yet: when it will, and of which issue.
    pending: Vec<(i64, u64)>,
    changes: u64,
}

impl Instance {
    /// No issues and no projects; the statuses, priorities, resolutions and types of the product.
    pub fn empty(edition: Edition, now: Timestamp) -> Self {
        let user = match edition {
            Edition::Cloud => "integration@gym.example",
            Edition::DataCenter => "integration",
        };
        Self {
            edition,
            now: now.as_millisecond(),
            catalog: Catalog::default(),
            issues: BTreeMap::new(),
            keys: BTreeMap::new(),
            index: Index::default(),
            account: Account::new(user),
            switches: Switches::default(),
            hidden: BTreeSet::new(),
            deleted: BTreeSet::new(),
            dice: Dice::new(0, 51 << 32),
            seed: 0,
            made: 20_000,
            pending: Vec::new(),
            changes: 0,
        }
    }

    /// Which product it is.
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// What its clock shows.
    pub fn now(&self) -> Timestamp {
        super::moment::stamp(self.now)
    }

    /// Lets the clock go on; the index learns what is due.
    pub fn advance(&mut self, secs: i64) {
        self.advance_millis(secs * 1_000);
    }

    /// Lets the clock go on by milliseconds.
    pub fn advance_millis(&mut self, millis: i64) {
        self.now += millis;
        let now = self.now;
        let (due, pending) = std::mem::take(&mut self.pending).into_iter().partition(|(at, _)| *at <= now);
        self.pending = pending;
        for (_, id) in due {
            self.index.learn(id, self.issues.get(&id));
        }
    }

    /// Lets the index learn everything that happened.
    pub fn quiet(&mut self) {
        let last = self.pending.iter().map(|(at, _)| *at).max().unwrap_or(self.now);
        self.advance_millis((last - self.now).max(0));
    }

    /// The account that asks.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Gives the site another account.
    pub fn set_account(&mut self, account: Account) {
        self.account = account;
    }

    /// The switches that are on.
    pub fn switches(&self) -> &Switches {
        &self.switches
    }

    /// Turns the switches.
    pub fn set_switches(&mut self, switches: Switches) {
        self.switches = switches;
    }

    /// Takes from the account the right to see an issue. It is not told so.
    pub fn hide(&mut self, id: &str) {
        self.hidden.extend(id.parse::<u64>());
    }

    /// Gives the right back.
    pub fn unhide(&mut self, id: &str) {
        if let Ok(id) = id.parse::<u64>() {
            self.hidden.remove(&id);
        }
    }

    /// How many issues there are, seen or not.
    pub fn count(&self) -> usize {
        self.issues.len()
    }

    /// The id of the issue that a key leads to, a former one as well.
    pub fn id_of(&self, key: &str) -> Option<String> {
        self.keys.get(&key.to_uppercase()).map(u64::to_string)
    }

    /// The name of the zone in which moments are written and literals are read.
    pub(crate) fn zone_name(&self) -> &str {
        if self.switches.account_zone.is_empty() { &self.account.zone } else { &self.switches.account_zone }
    }

    pub(crate) fn is_hidden(&self, id: u64) -> bool {
        let chance = u64::from(self.switches.hidden_permille);
        self.hidden.contains(&id) || (chance > 0 && mix(id ^ 0x5ec) % 1_000 < chance)
    }

    /// Whether the account can see an issue at all.
    pub(crate) fn sees(&self, sight: Sight, issue: &Issue) -> bool {
        let live = |id| self.catalog.project(id).is_some_and(|project| project.state == ProjectState::Live);
        sight == Sight::Account && !issue.archived && live(issue.project) && !self.is_hidden(issue.id)
    }

    /// By id or by any key that it ever had.
    pub(crate) fn find(&self, id_or_key: &str) -> Option<&Arc<Issue>> {
        let id = match id_or_key.parse() {
            Ok(id) => id,
            Err(_) => *self.keys.get(&id_or_key.to_uppercase())?,
        };
        self.issues.get(&id)
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Ids from now on are above this one.
    pub(crate) fn keep_above(&mut self, id: u64) {
        self.made = self.made.max(id);
    }

    /// Writes an issue; the index learns of it now or later.
    pub(crate) fn put(&mut self, issue: Issue) {
        let id = issue.id;
        self.keys.insert(issue.key.clone(), id);
        self.issues.insert(id, Arc::new(issue));
        self.tell_index(id);
    }

    pub(crate) fn tell_index(&mut self, id: u64) {
        self.changes += 1;
        // Of two changes the later one can be found first.
        let late = mix(self.changes) & 1 == 0;
        let lag = i64::from(self.switches.index_lag_secs) * 1_000;
        if lag > 0 && late {
            self.pending.push((self.now + lag, id));
        } else {
            self.index.learn(id, self.issues.get(&id));
        }
    }

    /// The id of the project with this key, which is made when there is none.
    pub(crate) fn project(&mut self, key: &str, name: &str, kind: ProjectKind) -> u64 {
        if let Some(project) = self.catalog.project_of_key(key) {
            return project.id;
        }
        let id = 10_000 + self.catalog.projects.len() as u64;
        self.catalog.projects.push(Project {
            id,
            key: key.into(),
            name: name.into(),
            kind,
            state: ProjectState::Live,
            numbered: 0,
        });
        id
    }

    /// The id of the person of this name, who is made when there is none.
    pub(crate) fn person(&mut self, name: &str) -> String {
        if let Some(person) = self.catalog.people.iter().find(|one| one.name == name) {
            return person.id.clone();
        }
        let login: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let hash = hash_of(name.as_bytes());
        let id = match self.edition {
            Edition::Cloud => format!("712020:{:016x}", mix(hash)),
            Edition::DataCenter if self.catalog.people.iter().any(|one| one.id == login) => {
                format!("{login}{}", hash % 1_000)
            }
            Edition::DataCenter => login.clone(),
        };
        self.catalog.people.push(Person {
            id: id.clone(),
            name: name.into(),
            mail: format!("{login}@provider.example"),
        });
        id
    }
}
