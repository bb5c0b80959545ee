//! The database of an instance, its clock, and how it changes: one transaction after the other.

use super::account::Account;
use super::choices;
use super::id::Id;
use super::moment;
use super::schema::{Column, TABLES, is_audited};
use super::switches::Switches;
use super::table::{Row, Table};
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
    /// Incidents that rules of access hide, beside those that a switch hides by chance.
    pub(crate) hidden: HashSet<Id>,
    /// Incidents that were deleted.
    pub(crate) deleted: BTreeSet<Id>,
    /// Incidents that became something else.
    pub(crate) reclassified: BTreeSet<Id>,
    pub(crate) dice: Dice,
    /// Makes ids.
    pub(crate) seed: u64,
    pub(crate) made: u64,
    pub(crate) numbered: u64,
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
    /// A new incident with these values.
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

/// One deed on one incident.
#[derive(Debug, Clone)]
pub(crate) struct Transaction {
    pub(crate) id: Id,
    pub(crate) deed: Deed,
    /// User name.
    pub(crate) by: String,
    /// What the row is stamped with.
    pub(crate) stamp: i64,
    /// When it can be seen.
    visible: i64,
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
            numbered: 0,
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
            let table = self.tables.of("incident");
            let in_a_run = |at: usize| run > 0 && (at / run) % 3 == 1;
            let ids = table.by_stamp.iter().enumerate().filter(|(at, _)| in_a_run(*at));
            self.hidden = ids.map(|(_, slot)| table.held(*slot).id).collect();
        }
        self.switches = switches;
    }

    /// Hides an incident from the account, as a rule of access does.
    pub fn hide(&mut self, sys_id: &str) {
        self.hidden.extend(Id::parse(sys_id.as_bytes()));
    }

    /// Shows an incident again that [`Instance::hide`] hid.
    pub fn unhide(&mut self, sys_id: &str) {
        if let Some(id) = Id::parse(sys_id.as_bytes()) {
            self.hidden.remove(&id);
        }
    }

    /// How many rows a table has; 0 for a table that is not there.
    pub fn rows(&self, table: &str) -> usize {
        self.tables.get(table).map_or(0, Table::len)
    }

    /// Whether rules of access hide an incident.
    pub(crate) fn is_hidden(&self, id: &Id) -> bool {
        let by_chance =
            self.switches.hidden_permille > 0 && id.hash(0xac1) % 1_000 < u64::from(self.switches.hidden_permille);
        by_chance || self.hidden.contains(id)
    }

    /// Whether an incident is in a domain that the account does not see.
    pub(crate) fn is_elsewhere(&self, id: &Id) -> bool {
        self.switches.domain_separation && id.hash(0xd0).is_multiple_of(4)
    }

    pub(crate) fn new_id(&mut self) -> Id {
        self.made += 1;
        Id::made(self.seed, 1, self.made)
    }

    /// Commits, now or late.
    pub(crate) fn commit(&mut self, id: Id, by: &str, deed: Deed) {
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
        let transaction = Transaction { id, deed, by: by.to_owned(), stamp, visible: self.now_secs + delay_secs };
        if delay_secs > 0 {
            self.pending.push(transaction);
        } else {
            self.apply(transaction);
        }
    }

    /// Something that happened before now, and that everybody can see.
    pub(crate) fn recount(&mut self, id: Id, by: &str, stamp: i64, deed: Deed) {
        self.apply(Transaction { id, deed, by: by.to_owned(), stamp, visible: stamp });
    }

    pub(crate) fn apply(&mut self, one: Transaction) {
        match &one.deed {
            Deed::Create(values) => self.apply_create(&one, values),
            Deed::Update(values) => self.apply_update(&one, values),
            Deed::Quietly(values) => {
                let table = self.tables.of_mut("incident");
                let Some(row) = table.find(&one.id) else { return };
                let changed = changed(table, row, row.stamp, values);
                table.put(changed);
            }
            Deed::Write { element, text } => {
                self.journal(&one, element, text);
                if !self.switches.journal_unmarked {
                    self.apply_update(&one, &[]);
                }
            }
            Deed::Delete => {
                let Some(row) = self.tables.of_mut("incident").remove(&one.id) else { return };
                self.deleted.insert(one.id);
                if !self.switches.audit_delete_unwritten {
                    self.audit_delete(&one, &row);
                }
            }
            Deed::Reclassify => {
                if self.tables.of_mut("incident").remove(&one.id).is_some() {
                    self.reclassified.insert(one.id);
                }
            }
        }
    }

    fn apply_create(&mut self, one: &Transaction, values: &[(&'static str, String)]) {
        let at = moment::text(one.stamp);
        let mut all: Vec<(&str, &str)> = DEFAULTS.to_vec();
        all.extend([
            ("sys_created_on", at.as_str()),
            ("opened_at", at.as_str()),
            ("sys_created_by", one.by.as_str()),
            ("sys_updated_by", one.by.as_str()),
        ]);
        all.extend(values.iter().map(|(name, value)| (*name, value.as_str())));
        let table = self.tables.of_mut("incident");
        let row = table.compose(one.id, one.stamp, &all);
        let texts = row.texts(&table.columns);
        let born: Vec<Audit> = audited(&table.columns)
            .map(|(at, name)| (name, String::new(), texts[at].clone()))
            .filter(|(_, _, new)| !new.is_empty())
            .collect();
        table.put(row);
        self.audit(one, 0, &born);
    }

    fn apply_update(&mut self, one: &Transaction, values: &[(&'static str, String)]) {
        let table = self.tables.of_mut("incident");
        let Some(row) = table.find(&one.id) else { return };
        let count = |name: &str| table.column(name).map_or(0, |at| row.text(&table.columns, at).parse().unwrap_or(0));
        let mut all = values.to_vec();
        let given = values.iter().find(|(name, _)| *name == "sys_mod_count").and_then(|(_, value)| value.parse().ok());
        let mod_count: i64 = given.unwrap_or(count("sys_mod_count") + 1);
        all.push(("sys_mod_count", mod_count.to_string()));
        all.push(("sys_updated_by", one.by.clone()));
        let next = changed(table, row, one.stamp, &all);
        let (old, new) = (row.texts(&table.columns), next.texts(&table.columns));
        let changes: Vec<Audit> = audited(&table.columns)
            .filter(|(at, _)| old[*at] != new[*at])
            .map(|(at, name)| (name, old[at].clone(), new[at].clone()))
            .collect();
        table.put(next);
        self.audit(one, mod_count, &changes);
    }

    fn audit(&mut self, one: &Transaction, checkpoint: i64, changes: &[Audit]) {
        let key = one.id;
        for (name, old, new) in changes {
            let id = self.new_id();
            let table = self.tables.of_mut("sys_audit");
            let values = [
                ("tablename", "incident"),
                ("fieldname", name.as_str()),
                ("documentkey", key.text()),
                ("oldvalue", old.as_str()),
                ("newvalue", new.as_str()),
                ("user", one.by.as_str()),
                ("sys_created_by", one.by.as_str()),
                ("record_checkpoint", &checkpoint.to_string()),
            ];
            let row = table.compose(id, one.stamp, &values);
            table.put(row);
        }
    }

    fn journal(&mut self, one: &Transaction, element: &str, text: &str) {
        let id = self.new_id();
        let table = self.tables.of_mut("sys_journal_field");
        let values = [
            ("name", "incident"),
            ("element", element),
            ("element_id", one.id.text()),
            ("value", text),
            ("sys_created_by", one.by.as_str()),
        ];
        let row = table.compose(id, one.stamp, &values);
        table.put(row);
    }

    fn audit_delete(&mut self, one: &Transaction, row: &Row) {
        let id = self.new_id();
        let incidents = self.tables.of("incident");
        let number = row.text(&incidents.columns, incidents.display);
        let table = self.tables.of_mut("sys_audit_delete");
        let payload = format!("<incident><sys_id>{}</sys_id></incident>", one.id.text());
        let values = [
            ("tablename", "incident"),
            ("documentkey", one.id.text()),
            ("display_value", number.as_str()),
            ("payload", payload.as_str()),
            ("sys_created_by", one.by.as_str()),
        ];
        let row = table.compose(id, one.stamp, &values);
        table.put(row);
    }
}

/// Column, old, new.
type Audit = (String, String, String);

/// What every new incident has.
const DEFAULTS: &[(&str, &str)] = &[
    ("sys_mod_count", "0"),
    ("sys_class_name", "incident"),
    ("sys_domain", "global"),
    ("sys_domain_path", "/"),
    ("active", "true"),
    ("made_sla", "true"),
    ("reopen_count", "0"),
    ("reassignment_count", "0"),
    ("escalation", "0"),
    ("severity", "3"),
    ("approval", "not requested"),
    ("upon_reject", "cancel"),
    ("upon_approval", "proceed"),
    ("knowledge", "false"),
    ("notify", "1"),
    ("child_incidents", "0"),
];

pub(crate) fn audited(columns: &[Column]) -> impl Iterator<Item = (usize, String)> {
    columns
        .iter()
        .enumerate()
        .filter(|(_, column)| is_audited(column))
        .map(|(at, column)| (at, column.name.to_string()))
}

/// The row with some values replaced.
fn changed(table: &Table, row: &Row, stamp: i64, values: &[(&'static str, String)]) -> Row {
    let mut all = row.texts(&table.columns);
    all[0] = String::new();
    all[table.stamp] = String::new();
    for (name, value) in values {
        if let Some(at) = table.column(name) {
            all[at].clone_from(value);
        }
    }
    Row::new(row.id, stamp, all.iter().map(String::as_str))
}

fn mix_bit(value: u64) -> bool {
    crate::bulk::mix(value) & 1 == 0
}
