//! The database of an instance, its clock, and how it changes: one transaction after the other.

use super::account::Account;
use super::choices;
use super::id::Id;
use super::schema::{TABLES, record_tables};
use super::switches::Switches;
use super::table::Table;
use crate::dice::Dice;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashSet};

/// An instance in memory: tables, a virtual clock, one account, and the switches that are on.
#[derive(Debug, Clone)]
pub struct Instance {
    pub(crate) now_secs: i64,
    pub(crate) tables: Tables,
    pub(crate) account: Account,
    pub(crate) switches: Switches,
    /// Records that rules of access hide, beside those that a switch hides by chance.
    pub(crate) hidden: HashSet<Id>,
    /// Records that were deleted, by table.
    pub(crate) deleted: BTreeSet<(&'static str, Id)>,
    /// Records that became something else, by the table that they left.
    pub(crate) reclassified: BTreeSet<(&'static str, Id)>,
    pub(crate) dice: Dice,
    /// Makes ids.
    pub(crate) seed: u64,
    pub(crate) made: u64,
    /// The same for rows about other records than incidents.
    pub(crate) made_beside: u64,
    pub(crate) numbered: u64,
    /// What random records are called: how many of them there were.
    pub(crate) named: u64,
    /// Stamped, and not to be seen yet.
    pending: Vec<Transaction>,
    transactions: u64,
}

/// All tables.
#[derive(Debug, Clone)]
pub(crate) struct Tables(Vec<Table>);

/// What one transaction does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    /// A new record with these values.
    Create(Vec<(&'static str, String)>),
    /// These values, and everything that the system adds to an update.
    Update(Vec<(&'static str, String)>),
    /// These values and nothing else: `autoSysFields(false)`, `setWorkflow(false)`.
    Quietly(Vec<(&'static str, String)>),
    /// An entry of a journal.
    Write { element: &'static str, text: String },
    /// Gone.
    Delete,
    /// The row goes on in another table.
    Reclassify,
}

/// One deed on one record.
#[derive(Debug, Clone)]
pub(crate) struct Transaction {
    pub(crate) table: &'static str,
    pub(crate) id: Id,
    pub(crate) deed: Deed,
    /// User name.
    pub(crate) by: String,
    /// What the row is stamped with.
    pub(crate) stamp: i64,
    /// When it can be seen.
    pub(crate) visible: i64,
}

impl Tables {
    pub(crate) fn get(&self, name: &str) -> Option<&Table> {
        self.0.iter().find(|table| table.name == name)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.0.iter_mut().find(|table| table.name == name)
    }

    /// A table that every instance has.
    pub(crate) fn of(&self, name: &str) -> &Table {
        self.get(name).expect("every instance has this table")
    }

    /// A table that every instance has.
    pub(crate) fn of_mut(&mut self, name: &str) -> &mut Table {
        self.get_mut(name).expect("every instance has this table")
    }

    pub(crate) fn settle(&mut self) {
        self.0.iter_mut().for_each(Table::settle);
    }
}

impl Instance {
    /// No incidents; the choice lists of the product.
    pub fn empty(now: Timestamp) -> Self {
        let mut instance = Self {
            now_secs: now.as_second(),
            tables: Tables(TABLES.iter().map(Table::new).collect()),
            account: Account::default(),
            switches: Switches::default(),
            hidden: HashSet::new(),
            deleted: BTreeSet::new(),
            reclassified: BTreeSet::new(),
            dice: Dice::new(0, 41 << 32),
            seed: 0,
            made: 0,
            made_beside: 0,
            numbered: 0,
            named: 0,
            pending: Vec::new(),
            transactions: 0,
        };
        choices::load(&mut instance);
        super::dictionary::load(&mut instance);
        instance
    }

    /// What its clock shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_second(self.now_secs).expect("the clock stays within some years")
    }

    /// Lets the clock go on; what was committed late comes to light.
    pub fn advance(&mut self, secs: i64) {
        self.now_secs += secs;
        let now_secs = self.now_secs;
        let (due, pending) = std::mem::take(&mut self.pending).into_iter().partition(|one| one.visible <= now_secs);
        self.pending = pending;
        for transaction in due {
            self.apply(transaction);
        }
    }

    /// Lets everything come to light that was stamped.
    pub fn quiet(&mut self) {
        let last = self.pending.iter().map(|one| one.visible).max().unwrap_or(self.now_secs);
        self.advance((last - self.now_secs).max(0));
    }

    /// The account that asks.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Gives the instance another account.
    pub fn set_account(&mut self, account: Account) {
        self.account = account;
    }

    /// The switches that are on.
    pub fn switches(&self) -> &Switches {
        &self.switches
    }

    /// Turns the switches; runs of hidden rows are chosen among the rows of this moment.
    pub fn set_switches(&mut self, switches: Switches) {
        if switches.labels_renamed != self.switches.labels_renamed {
            choices::rename(self, &switches);
        }
        if switches.hidden_run != self.switches.hidden_run {
            self.hidden.clear();
            let run = switches.hidden_run as usize;
            let in_a_run = |at: usize| run > 0 && (at / run) % 3 == 1;
            for table in record_tables().map(|name| self.tables.of(name)) {
                let ids = table.by_stamp.iter().enumerate().filter(|(at, _)| in_a_run(*at));
                self.hidden.extend(ids.map(|(_, slot)| table.held(*slot).id));
            }
        }
        self.switches = switches;
    }

    /// Hides a record from the account, as a rule of access does.
    pub fn hide(&mut self, sys_id: &str) {
        self.hidden.extend(Id::parse(sys_id.as_bytes()));
    }

    /// Shows a record again that [`Instance::hide`] hid.
    pub fn unhide(&mut self, sys_id: &str) {
        if let Some(id) = Id::parse(sys_id.as_bytes()) {
            self.hidden.remove(&id);
        }
    }

    /// How many rows a table has; 0 for a table that is not there.
    pub fn rows(&self, table: &str) -> usize {
        self.tables.get(table).map_or(0, Table::len)
    }

    /// Whether rules of access hide a record.
    pub(crate) fn is_hidden(&self, id: &Id) -> bool {
        let by_chance =
            self.switches.hidden_permille > 0 && id.hash(0xac1) % 1_000 < u64::from(self.switches.hidden_permille);
        by_chance || self.hidden.contains(id)
    }

    /// Whether a task is in a domain that the account does not see.
    pub(crate) fn is_elsewhere(&self, id: &Id) -> bool {
        self.switches.domain_separation && id.hash(0xd0).is_multiple_of(4)
    }

    pub(crate) fn new_id(&mut self) -> Id {
        self.made += 1;
        Id::made(self.seed, 1, self.made)
    }

    /// Of a row about a record of this table. What other records live through changes no id of an incident.
    pub(crate) fn new_id_for(&mut self, table: &str) -> Id {
        if table == "incident" {
            return self.new_id();
        }
        self.made_beside += 1;
        Id::made(self.seed, 3, self.made_beside)
    }

    /// Commits a deed on an incident, now or late.
    pub(crate) fn commit(&mut self, id: Id, by: &str, deed: Deed) {
        self.commit_in("incident", id, by, deed);
    }

    /// Commits a deed on a record of a table, now or late.
    pub(crate) fn commit_in(&mut self, table: &'static str, id: Id, by: &str, deed: Deed) {
        self.transactions += 1;
        let on_other_node = self.transactions.is_multiple_of(2);
        let skew_secs = if on_other_node { i64::from(self.switches.clock_skew_secs) } else { 0 };
        let late = !mix_bit(self.transactions);
        let delay_secs = if late { i64::from(self.switches.late_commit_secs) } else { 0 };
        let stamp = self.now_secs + skew_secs;
        // A row is locked until its transaction ends: what waits for it comes first.
        let (before, pending) = std::mem::take(&mut self.pending).into_iter().partition(|one| one.id == id);
        self.pending = pending;
        for transaction in before {
            self.apply(transaction);
        }
        let visible = self.now_secs + delay_secs;
        let transaction = Transaction { table, id, deed, by: by.to_owned(), stamp, visible };
        if delay_secs > 0 {
            self.pending.push(transaction);
        } else {
            self.apply(transaction);
        }
    }

    /// Something that happened to an incident before now, and that everybody can see.
    pub(crate) fn recount(&mut self, id: Id, by: &str, stamp: i64, deed: Deed) {
        self.recount_in("incident", id, by, stamp, deed);
    }

    /// Something that happened to a record of a table before now, and that everybody can see.
    pub(crate) fn recount_in(&mut self, table: &'static str, id: Id, by: &str, stamp: i64, deed: Deed) {
        self.apply(Transaction { table, id, deed, by: by.to_owned(), stamp, visible: stamp });
    }
}

fn mix_bit(value: u64) -> bool {
    crate::bulk::mix(value) & 1 == 0
}
