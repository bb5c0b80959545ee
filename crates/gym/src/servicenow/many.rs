//! Very many incidents with history, quickly made: for benches.

use super::id::Id;
use super::instance::Instance;
use super::moment;
use super::table::{Row, Table};
use crate::bulk::{self, BulkRecord, mix};
use jiff::Timestamp;

const GROUPS: [&str; 4] = ["Service Desk", "Server Operations", "Storage", "Network Operations"];
const PEOPLE: [&str; 4] = ["Anke Petersen", "Mei Chen", "Lars Brandt", "Priya Nair"];

impl Instance {
    /// So many incidents of 2 to 3 kB of JSON, each with about six rows in `sys_audit` and one in
    /// `sys_journal_field`. An incident has the id and the number that [`bulk::records`] gives it.
    pub fn bulk(seed: u64, incidents: u64) -> Self {
        let mut instance = Self::empty(Timestamp::UNIX_EPOCH);
        instance.seed = seed;
        let groups = GROUPS.map(|name| instance.group(name));
        let people = PEOPLE.map(|name| instance.person(name));
        let prose = String::from_utf8(bulk::prose(seed)).expect("prose is text");
        let mut writer = Writer { seed, made: 0, groups, people, prose, now_secs: 0 };
        for record in bulk::records(seed, incidents) {
            writer.incident(&mut instance, &record);
        }
        instance.tables.settle();
        instance.now_secs = writer.now_secs + 86_400;
        instance
    }
}

struct Writer {
    seed: u64,
    made: u64,
    groups: [String; 4],
    people: [String; 4],
    prose: String,
    now_secs: i64,
}

/// Column, old, new, seconds after the creation.
type Change<'a> = (&'static str, &'a str, &'a str, i64);

impl Writer {
    fn incident(&mut self, instance: &mut Instance, record: &BulkRecord) {
        let id = Id::parse(record.sys_id().as_bytes()).expect("bulk ids have 32 digits");
        let draw = mix(record.at ^ mix(self.seed ^ 7));
        let (impact, urgency) = (1 + (draw >> 8) % 3, 1 + (draw >> 16) % 3);
        let priority = (impact + urgency - 1).min(5).to_string();
        let groups = self.groups.clone();
        let (first_group, group) = (groups[(draw & 3) as usize].as_str(), groups[(draw >> 2 & 3) as usize].as_str());
        let person = self.people[(draw >> 4 & 3) as usize].clone();
        let code = record.state_code.to_string();
        let created = record.opened_secs + 60;
        let resolved = record.resolved_secs.map_or(0, |at| (at - created).max(3));
        let closed = record.closed_secs.map_or(0, |at| (at - created).max(4));
        let mut changes: Vec<Change<'_>> =
            vec![("state", "", "1", 0), ("priority", "", &priority, 0), ("assignment_group", "", first_group, 0)];
        if record.state_code != 1 {
            changes.push(("state", "1", "2", 1));
        }
        if first_group != group {
            changes.push(("assignment_group", first_group, group, 2));
        }
        match record.state_code {
            3 | 8 => changes.push(("state", "2", &code, 2)),
            6 => changes.push(("state", "2", "6", resolved)),
            7 => changes.extend([("state", "2", "6", resolved), ("state", "6", "7", closed)]),
            _ => {}
        }
        let last = changes.iter().map(|change| change.3).max().unwrap_or(0);
        let updated = created + last;
        self.now_secs = self.now_secs.max(updated);
        for (at, change) in changes.iter().enumerate() {
            self.audit(instance.tables.of_mut("sys_audit"), id, (created, at), change);
        }
        self.note(instance.tables.of_mut("sys_journal_field"), id, created + 1, draw);
        let moment = |secs: Option<i64>| secs.map(moment::text).unwrap_or_default();
        let from = (draw >> 20) as usize % (bulk::PROSE_BYTES / 2);
        let (opened, born) = (moment::text(record.opened_secs), moment::text(created));
        let (resolved_at, closed_at) = (moment(record.resolved_secs), moment(record.closed_secs));
        let mod_count = changes.iter().filter(|change| change.3 > 0).count().to_string();
        let (impact, urgency) = (impact.to_string(), urgency.to_string());
        let values = [
            ("number", record.number()),
            ("sys_mod_count", &mod_count),
            ("state", &code),
            ("incident_state", &code),
            ("hold_reason", if record.state_code == 3 { "1" } else { "" }),
            ("priority", &priority),
            ("impact", &impact),
            ("urgency", &urgency),
            ("assignment_group", group),
            ("assigned_to", &person),
            ("active", if record.state_code < 7 { "true" } else { "false" }),
            ("made_sla", "true"),
            ("sys_created_on", &born),
            ("sys_created_by", "desk"),
            ("sys_updated_by", "desk"),
            ("opened_at", &opened),
            ("resolved_at", &resolved_at),
            ("closed_at", &closed_at),
            ("reopen_count", "0"),
            ("reassignment_count", if first_group == group { "0" } else { "1" }),
            ("category", "network"),
            ("contact_type", "phone"),
            ("close_code", if record.resolved_secs.is_some() { "Solved (Permanently)" } else { "" }),
            ("short_description", &self.prose[from..from + 40]),
            ("description", &self.prose[from..from + 300 + (draw >> 40) as usize % 600]),
            ("sys_class_name", "incident"),
            ("sys_domain", "global"),
            ("sys_domain_path", "/"),
        ];
        let table = instance.tables.of_mut("incident");
        let row = table.compose(id, updated, &values);
        table.load(row);
    }

    fn audit(&mut self, table: &mut Table, key: Id, (created, at): (i64, usize), change: &Change<'_>) {
        let (column, old, new, after) = *change;
        self.made += 1;
        let checkpoint = if after == 0 { "0" } else { ["1", "2", "3", "4", "5", "6"][at % 6] };
        let values = ["", "", "incident", column, key.text(), old, new, "desk", "desk", "", checkpoint].into_iter();
        table.load(Row::new(Id::made(self.seed, 2, self.made), created + after, values));
    }

    fn note(&mut self, table: &mut Table, key: Id, stamp: i64, draw: u64) {
        self.made += 1;
        let from = (draw >> 30) as usize % (bulk::PROSE_BYTES / 2);
        let text = &self.prose[from..from + 60];
        let values = ["", "", "incident", "work_notes", key.text(), text, "desk", ""].into_iter();
        table.load(Row::new(Id::made(self.seed, 2, self.made), stamp, values));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_history_ends_where_the_record_stands() {
        let truth = Instance::bulk(3, 400).oracle();
        assert_eq!(truth.incidents.len(), 400);
        for incident in truth.incidents.values() {
            for column in ["state", "assignment_group", "priority"] {
                let of_column = || incident.changes.iter().filter(|change| change.column == column);
                assert_eq!(of_column().next_back().unwrap().new, incident.columns[column], "{column}");
                assert!(
                    of_column().zip(of_column().skip(1)).all(|(one, next)| one.new == next.old && one.at <= next.at)
                );
            }
            let last = incident.changes.iter().map(|change| change.at).max().unwrap();
            assert_eq!(last, incident.sys_updated_on);
        }
    }
}
