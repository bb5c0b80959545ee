//! What is true of an instance, and what of it the account may see. It asks the tables, never the server.

use super::evaluate::Bound;
use super::id::Id;
use super::instance::Instance;
use super::query::Query;
use super::schema::{Kind, record_tables};
use super::table::{Row, Table};
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

/// What a complete reader of one table ends with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TruthOf {
    /// What the account may see, by `sys_id`.
    pub rows: BTreeMap<String, TrueIncident>,
    /// Rows that rules of access hide from it; they are counted in `X-Total-Count`.
    pub hidden: u64,
    /// Rows of other domains; they are counted nowhere.
    pub elsewhere: u64,
    /// Rows that it may see and that the base filter leaves out.
    pub outside: BTreeSet<String>,
    /// Rows that were there once and were deleted.
    pub deleted: BTreeSet<String>,
    /// Rows that were there once and are in another table now, under the same id.
    pub reclassified: BTreeSet<String>,
}

/// A relation between two items.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrueRelation {
    /// The immutable id.
    pub sys_id: String,
    /// The item that the first word of the type is about.
    pub parent: String,
    /// The other one.
    pub child: String,
    /// The name of its type, `Depends on::Used by`.
    pub kind: String,
}

/// One incident, or one record of another table, as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueIncident {
    /// The immutable id.
    pub sys_id: String,
    /// The key that people use; what stands for the row where it has none.
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
        let TruthOf { rows, hidden, elsewhere, outside, deleted, reclassified } = self.oracle_of("incident", base);
        Truth { incidents: rows, hidden, elsewhere, outside, deleted, reclassified }
    }

    /// The truth about the rows of a table of records that an encoded query finds; the others are outside. Nothing is true
    /// of a table that is not there.
    pub fn oracle_of(&self, table: &str, base: &str) -> TruthOf {
        let Some(table) = self.tables.get(table).filter(|table| table.is_record) else { return TruthOf::default() };
        let bound = Bound::new(&self.tables, table, &Query::parse(base), |_| true);
        let of = |ids: &BTreeSet<(&'static str, Id)>| {
            let here = ids.iter().filter(|(name, _)| *name == table.name);
            here.map(|(_, id)| id.text().to_owned()).collect()
        };
        let mut truth =
            TruthOf { deleted: of(&self.deleted), reclassified: of(&self.reclassified), ..TruthOf::default() };
        for row in table.rows() {
            if table.is_in_domains() && self.is_elsewhere(&row.id) {
                truth.elsewhere += 1;
            } else if self.is_hidden(&row.id) {
                truth.hidden += 1;
            } else if bound.fits(&self.tables, table, row) {
                truth.rows.insert(row.id.text().to_owned(), self.true_row(table, row));
            } else {
                truth.outside.insert(row.id.text().to_owned());
            }
        }
        truth
    }

    /// Names of the tables of records, those whose rows [`Instance::oracle_of`] knows.
    pub fn record_tables() -> impl Iterator<Item = &'static str> {
        record_tables()
    }

    /// Every relation between two items.
    pub fn relations(&self) -> BTreeSet<TrueRelation> {
        let (table, types) = (self.tables.of("cmdb_rel_ci"), self.tables.of("cmdb_rel_type"));
        let text =
            |row: &Row, name: &str| table.column(name).map(|at| row.text(&table.columns, at)).unwrap_or_default();
        let kind = |id: &str| {
            let row = types.find(&Id::parse(id.as_bytes())?)?;
            Some(row.text(&types.columns, types.display))
        };
        let relation = |row: &Row| TrueRelation {
            sys_id: row.id.text().to_owned(),
            parent: text(row, "parent"),
            child: text(row, "child"),
            kind: kind(&text(row, "type")).unwrap_or_default(),
        };
        table.rows().map(relation).collect()
    }

    /// Every choice of incidents by its `sys_id`, raw values by column.
    pub fn choices(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        self.choices_of(&["incident"])
    }

    /// Every choice of these tables by its `sys_id`, raw values by column.
    pub fn choices_of(&self, tables: &[&str]) -> BTreeMap<String, BTreeMap<String, String>> {
        let table = self.tables.of("sys_choice");
        let names = || table.columns.iter().map(|column| column.name.to_string());
        let choice = |row: &Row| names().zip(row.texts(&table.columns)).collect::<BTreeMap<String, String>>();
        let all = table.rows().map(|row| (row.id.text().to_owned(), choice(row)));
        all.filter(|(_, choice)| tables.contains(&choice["name"].as_str())).collect()
    }

    fn true_row(&self, table: &Table, row: &Row) -> TrueIncident {
        let text = |name: &str| table.column(name).map(|at| row.text(&table.columns, at)).unwrap_or_default();
        let columns = table
            .columns
            .iter()
            .zip(row.texts(&table.columns))
            .filter(|(column, _)| column.kind != Kind::Journal && self.account.may_read(table.name, &column.name))
            .map(|(column, text)| (column.name.to_string(), text))
            .collect();
        TrueIncident {
            sys_id: row.id.text().to_owned(),
            number: row.text(&table.columns, table.display),
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
