//! What a deed does to the rows of an instance, and what the system notes of it.

use super::instance::{Deed, Instance, Transaction};
use super::moment;
use super::schema::{Column, Definition, TABLES, is_audited};
use super::table::{Row, Table};

impl Instance {
    pub(crate) fn apply(&mut self, one: Transaction) {
        for table in with_bases(one.table) {
            self.apply_to(&one, definition(table));
        }
    }

    /// What one table notes of it; the audit and the deletion are those of the record's own table.
    fn apply_to(&mut self, one: &Transaction, table: &Definition) {
        let is_own = table.name == one.table;
        match &one.deed {
            Deed::Create(values) => self.apply_create(one, table, values),
            Deed::Update(values) => self.apply_update(one, table, values),
            Deed::Quietly(values) => {
                let table = self.tables.of_mut(table.name);
                let Some(row) = table.find(&one.id) else { return };
                let changed = changed(table, row, row.stamp, values);
                table.put(changed);
            }
            Deed::Write { element, text } => {
                if is_own {
                    self.journal(one, element, text);
                }
                if !self.switches.journal_unmarked {
                    self.apply_update(one, table, &[]);
                }
            }
            Deed::Delete => {
                let Some(row) = self.tables.of_mut(table.name).remove(&one.id) else { return };
                self.deleted.insert((table.name, one.id));
                if is_own && !self.switches.audit_delete_unwritten {
                    self.audit_delete(one, &row);
                }
            }
            Deed::Reclassify => {
                if self.tables.of_mut(table.name).remove(&one.id).is_some() {
                    self.reclassified.insert((table.name, one.id));
                }
            }
        }
    }

    fn apply_create(&mut self, one: &Transaction, definition: &Definition, values: &[(&'static str, String)]) {
        let at = moment::text(one.stamp);
        let mut all = born(one.table, definition.name);
        all.extend([
            ("sys_created_on", at.as_str()),
            ("opened_at", at.as_str()),
            ("sys_created_by", one.by.as_str()),
            ("sys_updated_by", one.by.as_str()),
        ]);
        all.extend(values.iter().map(|(name, value)| (*name, value.as_str())));
        let table = self.tables.of_mut(definition.name);
        let row = table.compose(one.id, one.stamp, &all);
        let texts = row.texts(&table.columns);
        let born: Vec<Audit> = audited(&table.columns)
            .map(|(at, name)| (name, String::new(), texts[at].clone()))
            .filter(|(_, _, new)| !new.is_empty())
            .collect();
        table.put(row);
        self.audit(one, definition, 0, &born);
    }

    fn apply_update(&mut self, one: &Transaction, definition: &Definition, values: &[(&'static str, String)]) {
        let table = self.tables.of_mut(definition.name);
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
        self.audit(one, definition, mod_count, &changes);
    }

    fn audit(&mut self, one: &Transaction, definition: &Definition, checkpoint: i64, changes: &[Audit]) {
        if !definition.is_audited || definition.name != one.table {
            return;
        }
        let key = one.id;
        for (name, old, new) in changes {
            let id = self.new_id_for(one.table);
            let table = self.tables.of_mut("sys_audit");
            let values = [
                ("tablename", one.table),
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
        let id = self.new_id_for(one.table);
        let table = self.tables.of_mut("sys_journal_field");
        let values = [
            ("name", one.table),
            ("element", element),
            ("element_id", one.id.text()),
            ("value", text),
            ("sys_created_by", one.by.as_str()),
        ];
        let row = table.compose(id, one.stamp, &values);
        table.put(row);
    }

    fn audit_delete(&mut self, one: &Transaction, row: &Row) {
        let id = self.new_id_for(one.table);
        let records = self.tables.of(one.table);
        let shown = row.text(&records.columns, records.display);
        // It is noted under the record's own class.
        let class = records.column("sys_class_name").map(|at| row.text(&records.columns, at));
        let class = class.filter(|class| !class.is_empty()).unwrap_or_else(|| one.table.to_owned());
        let table = self.tables.of_mut("sys_audit_delete");
        let payload = format!("<{class}><sys_id>{}</sys_id></{class}>", one.id.text());
        let values = [
            ("tablename", class.as_str()),
            ("documentkey", one.id.text()),
            ("display_value", shown.as_str()),
            ("payload", payload.as_str()),
            ("sys_created_by", one.by.as_str()),
        ];
        let row = table.compose(id, one.stamp, &values);
        table.put(row);
    }
}

/// Column, old, new.
type Audit = (String, String, String);

fn definition(table: &str) -> &'static Definition {
    TABLES.iter().find(|definition| definition.name == table).expect("every instance has this table")
}

/// A table, and those whose rows its rows are as well.
pub(crate) fn with_bases(table: &'static str) -> impl Iterator<Item = &'static str> {
    std::iter::successors(Some(table), |name| definition(name).extends)
}

/// What a new record of a table has in that table or one of its bases: an item of a class of its own is of that class in the
/// table of all items, too.
pub(crate) fn born<'a>(table: &str, in_table: &str) -> Vec<(&'static str, &'a str)> {
    let mut values: Vec<(&'static str, &'a str)> = definition(in_table).defaults.to_vec();
    let class = definition(table).defaults.iter().find(|(name, _)| *name == "sys_class_name");
    values.extend(class.filter(|_| table != in_table));
    values
}

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
