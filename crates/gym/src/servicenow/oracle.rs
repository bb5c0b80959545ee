//! What is true of an instance, and what of it the account may see. It asks the tables, never the server.

use super::evaluate::Bound;
use super::id::Id;
use super::instance::Instance;
use super::query::Query;
use super::schema::Kind;
use super::table::Row;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What a complete reader ends with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// What the account may see, by `sys_id`.
    pub incidents: BTreeMap<String, TrueIncident>,
    /// Incidents that rules of access hide from it; they are counted in `X-Total-Count`.
    pub hidden: u64,
    /// Incidents of other domains; they are counted nowhere.
    pub elsewhere: u64,
    /// Incidents that it may see and that the base filter leaves out.
    pub outside: BTreeSet<String>,
    /// Incidents that were there once and were deleted.
    pub deleted: BTreeSet<String>,
    /// Incidents that were there once and became something else than an incident, under the same id.
    pub reclassified: BTreeSet<String>,
}

/// One incident as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueIncident {
    /// The immutable id.
    pub sys_id: String,
    /// The key that people use.
    pub number: String,
    /// Raw values of the columns that the account may read, journals left out.
    pub columns: BTreeMap<String, String>,
    /// Of the last update that the system noted.
    pub sys_updated_on: Timestamp,
    /// How many updates the system noted.
    pub sys_mod_count: u64,
    /// What the audit has of it, in the order in which it happened.
    pub changes: Vec<TrueChange>,
    /// Comments and work notes, in the order in which they were written.
    pub journal: Vec<TrueEntry>,
}

/// One change of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueChange {
    /// The column.
    pub column: String,
    /// Empty at the creation of the record.
    pub old: String,
    /// What it was set to.
    pub new: String,
    /// When.
    pub at: Timestamp,
    /// User name.
    pub by: String,
}

/// One entry of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueEntry {
    /// `comments` or `work_notes`.
    pub element: String,
    /// What was written.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// User name.
    pub by: String,
}

impl Instance {
    /// The truth about all incidents.
    pub fn oracle(&self) -> Truth {
        self.oracle_within("")
    }

    /// The truth about the incidents that an encoded query finds; the others are outside.
    pub fn oracle_within(&self, base: &str) -> Truth {
        let table = self.tables.of("incident");
        let bound = Bound::new(&self.tables, table, &Query::parse(base), |_| true);
        let mut truth =
            Truth { deleted: texts(&self.deleted), reclassified: texts(&self.reclassified), ..Truth::default() };
        for row in table.rows() {
            if self.is_elsewhere(&row.id) {
                truth.elsewhere += 1;
            } else if self.is_hidden(&row.id) {
                truth.hidden += 1;
            } else if bound.fits(&self.tables, table, row) {
                truth.incidents.insert(row.id.text().to_owned(), self.true_incident(row));
            } else {
                truth.outside.insert(row.id.text().to_owned());
            }
        }
        truth
    }

    /// Every choice by its `sys_id`, raw values by column.
    pub fn choices(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let table = self.tables.of("sys_choice");
        let names = || table.columns.iter().map(|column| column.name.to_string());
        table.rows().map(|row| (row.id.text().to_owned(), names().zip(row.texts(&table.columns)).collect())).collect()
    }

    fn true_incident(&self, row: &Row) -> TrueIncident {
        let table = self.tables.of("incident");
        let text = |name: &str| table.column(name).map(|at| row.text(&table.columns, at)).unwrap_or_default();
        let columns = table
            .columns
            .iter()
            .zip(row.texts(&table.columns))
            .filter(|(column, _)| column.kind != Kind::Journal && self.account.may_read("incident", &column.name))
            .map(|(column, text)| (column.name.to_string(), text))
            .collect();
        TrueIncident {
            sys_id: row.id.text().to_owned(),
            number: text("number"),
            columns,
            sys_updated_on: moment(row.stamp),
            sys_mod_count: text("sys_mod_count").parse().unwrap_or(0),
            changes: self.changes(&row.id),
            journal: self.entries(&row.id),
        }
    }

    fn changes(&self, id: &Id) -> Vec<TrueChange> {
        self.of_record("sys_audit", id, ["fieldname", "oldvalue", "newvalue", "user"], |at, [column, old, new, by]| {
            TrueChange { column, old, new, at, by }
        })
    }

    fn entries(&self, id: &Id) -> Vec<TrueEntry> {
        self.of_record("sys_journal_field", id, ["element", "value", "sys_created_by"], |at, [element, text, by]| {
            TrueEntry { element, text, at, by }
        })
    }

    /// Rows about one record, in the order in which they were written.
    fn of_record<const N: usize, T>(
        &self,
        table: &str,
        id: &Id,
        columns: [&str; N],
        make: impl Fn(Timestamp, [String; N]) -> T,
    ) -> Vec<T> {
        let table = self.tables.of(table);
        let columns = columns.map(|name| table.column(name).expect("every instance has this column"));
        let rows = table.of_key(id).iter().filter_map(|slot| table.row(*slot));
        rows.map(|row| make(moment(row.stamp), columns.map(|at| row.text(&table.columns, at)))).collect()
    }
}

fn moment(secs: i64) -> Timestamp {
    Timestamp::from_second(secs).expect("stamps lie within some years")
}

fn texts(ids: &BTreeSet<Id>) -> BTreeSet<String> {
    ids.iter().map(|id| id.text().to_owned()).collect()
}
