//! The tables that can be read, as data: one entry each. A further table is an entry here, and a mapping.

use crate::history::{AUDIT, JOURNAL, RELATIONS, Sort};

/// A table of records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) table: &'static str,
    pub(crate) about: &'static str,
    /// Whose rows stand beside a record.
    pub(crate) beside: &'static [&'static Sort],
    /// Which deletions are those of its records, as an encoded query of `sys_audit_delete`.
    pub(crate) deletions: &'static str,
    /// Columns that most figures need, beside those that tell rows apart.
    pub(crate) wanted: &'static [&'static str],
    /// What is missing when it may not be read.
    pub(crate) without: &'static str,
}

/// The table that is read unless `tables` says otherwise, and the only one whose refusal is a failure: an account that was set
/// up for incidents keeps working as it does, whatever else can be read.
pub(crate) const INCIDENT: &str = "incident";

/// Choice lists, beside the tables of records.
pub(crate) const CHOICES: &str = "sys_choice";

/// The table of deletions. It is not written for tables without audited deletions, nor by mass deletions without workflow.
pub(crate) const DELETIONS: &str = "sys_audit_delete";

const HISTORY: &[&Sort] = &[&AUDIT, &JOURNAL];
/// Nobody writes comments on these, but when they went from state to state matters.
const CHANGES: &[&Sort] = &[&AUDIT];
/// What an item depends on stands beside it: a relation is no record of any process.
const ITEMS: &[&Sort] = &[&RELATIONS];

/// In the order in which they are read: what is referred to comes before what refers to it, as far as that goes.
pub(crate) const TABLES: &[Entry] = &[
    Entry {
        table: "core_company",
        about: "companies, vendors among them",
        beside: &[],
        deletions: "tablename=core_company",
        wanted: &["name", "vendor"],
        without: "suppliers are ids without names",
    },
    Entry {
        table: "sys_user_group",
        about: "groups, and the vendors whose people they have",
        beside: &[],
        deletions: "tablename=sys_user_group",
        wanted: &["name", "active"],
        without: "which supplier a group belongs to is not known",
    },
    Entry {
        table: "cmdb_ci_service",
        about: "services",
        beside: ITEMS,
        deletions: "tablenameSTARTSWITHcmdb_ci_service^ORtablename=service_offering",
        wanted: &["name", "operational_status"],
        without: "services are ids without names",
    },
    Entry {
        table: "cmdb_ci",
        about: "configuration items of every class, with what they depend on",
        beside: ITEMS,
        // A deletion is noted under the item's own class; other classes than these are found by the census.
        deletions: "tablenameSTARTSWITHcmdb_^ORtablenameSTARTSWITHu_cmdb_^ORtablename=service_offering",
        wanted: &["name", "sys_class_name", "install_status"],
        without: "configuration items are ids without names",
    },
    Entry {
        table: "ast_contract",
        about: "contracts",
        beside: CHANGES,
        deletions: "tablename=ast_contract",
        wanted: &["number", "state", "vendor", "starts", "ends"],
        without: "no contract is known",
    },
    Entry {
        table: "contract_sla",
        about: "what is promised, and how it is measured",
        beside: &[],
        deletions: "tablename=contract_sla",
        wanted: &["name", "type", "duration", "schedule"],
        without: "the instance's clocks run for targets that nobody knows",
    },
    Entry {
        table: INCIDENT,
        about: "incidents with their history, and what was deleted",
        beside: HISTORY,
        deletions: "tablename=incident",
        wanted: &[
            "sys_mod_count",
            "number",
            "state",
            "priority",
            "short_description",
            "opened_at",
            "resolved_at",
            "closed_at",
            "assignment_group",
        ],
        without: "nothing is known",
    },
    Entry {
        table: "problem",
        about: "problems with their history",
        beside: HISTORY,
        deletions: "tablename=problem",
        wanted: &["number", "state", "priority", "short_description", "opened_at", "resolution_code"],
        without: "no problem is known",
    },
    Entry {
        table: "change_request",
        about: "changes with their history",
        beside: HISTORY,
        deletions: "tablename=change_request",
        wanted: &["number", "state", "type", "risk", "start_date", "end_date", "work_start", "work_end", "close_code"],
        without: "no change is known",
    },
    Entry {
        table: "change_task",
        about: "the tasks of changes, with their history",
        beside: HISTORY,
        deletions: "tablename=change_task",
        wanted: &["number", "state", "change_request"],
        without: "the parts of a change are not known",
    },
    Entry {
        table: "sc_req_item",
        about: "requested items with their history: one service request each",
        beside: HISTORY,
        deletions: "tablename=sc_req_item",
        wanted: &["number", "state", "opened_at", "closed_at", "cat_item", "approval"],
        without: "no service request is known",
    },
    Entry {
        table: "sc_task",
        about: "the tasks of requested items, with their history",
        beside: HISTORY,
        deletions: "tablename=sc_task",
        wanted: &["number", "state", "request_item"],
        without: "the parts of a request are not known",
    },
    Entry {
        table: "sysapproval_approver",
        about: "approvals, and when each was decided",
        beside: CHANGES,
        deletions: "tablename=sysapproval_approver",
        wanted: &["state", "sysapproval", "document_id", "source_table"],
        without: "who had to approve is not known, and when",
    },
    Entry {
        table: "task_sla",
        about: "the instance's own clocks",
        beside: &[],
        deletions: "tablename=task_sla",
        wanted: &["task", "sla", "stage", "has_breached", "start_time", "planned_end_time"],
        without: "the instance's own verdict on its targets is not known",
    },
];

/// A table that is no stream: its rows stand beside the items.
pub(crate) const BESIDE_ITEMS: &str = "cmdb_rel_ci";

/// The table with this name.
pub(crate) fn find(table: &str) -> Option<&'static Entry> {
    TABLES.iter().find(|entry| entry.table == table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoded::Scope;
    use std::collections::BTreeSet;

    #[test]
    fn every_table_stands_there_once_with_what_is_asked_of_it() {
        let names: BTreeSet<&str> = TABLES.iter().map(|entry| entry.table).collect();
        assert_eq!(names.len(), TABLES.len());
        for entry in TABLES {
            let scope = Scope::parse(entry.deletions).unwrap();
            assert_eq!(scope.columns(), ["tablename"], "{}", entry.table);
            assert!(!entry.wanted.is_empty() && !entry.without.is_empty() && !entry.about.is_empty());
        }
        assert!(find(BESIDE_ITEMS).is_none() && find(INCIDENT).is_some());
    }
}
