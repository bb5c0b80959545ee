//! The tables and their columns. It holds no rows.

use std::borrow::Cow;

/// What a column holds. Every value is text; the kind says how it compares and how it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The row's own id.
    Id,
    /// The moment that sorts the table: of the last update, or of the creation where rows never change.
    Stamp,
    Text,
    Integer,
    Boolean,
    Moment,
    /// A code with a label in `sys_choice`.
    Choice,
    /// The id of a row in another table.
    Reference(&'static str),
    /// Entries live in `sys_journal_field`; the column itself is always empty.
    Journal,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: Kind,
}

/// What a table begins with.
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, Kind)],
    /// The column by which its rows are found quickly.
    pub(crate) key: Option<&'static str>,
    /// The column that stands for a row where it is referred to.
    pub(crate) display: &'static str,
}

impl Definition {
    pub(crate) fn columns(&self) -> Vec<Column> {
        self.columns.iter().map(|(name, kind)| Column { name: Cow::Borrowed(name), kind: *kind }).collect()
    }
}

/// Whether the audit keeps the changes of a column: everything but the columns of the system and the journals.
pub(crate) fn is_audited(column: &Column) -> bool {
    !column.name.starts_with("sys_") && column.kind != Kind::Journal && column.name != "number"
}

const USER: Kind = Kind::Reference("sys_user");
const GROUP: Kind = Kind::Reference("sys_user_group");
const SERVICE: Kind = Kind::Reference("cmdb_ci_service");
const COMPANY: Kind = Kind::Reference("core_company");
const CHANGE: Kind = Kind::Reference("change_request");

#[rustfmt::skip]
const INCIDENT: &[(&str, Kind)] = &[
    ("sys_id", Kind::Id), ("number", Kind::Text), ("sys_updated_on", Kind::Stamp), ("sys_mod_count", Kind::Integer),
    ("state", Kind::Choice), ("incident_state", Kind::Choice), ("hold_reason", Kind::Choice),
    ("priority", Kind::Choice), ("impact", Kind::Choice), ("urgency", Kind::Choice),
    ("assignment_group", GROUP), ("assigned_to", USER), ("active", Kind::Boolean), ("made_sla", Kind::Boolean),
    ("sys_created_on", Kind::Moment), ("sys_created_by", Kind::Text), ("sys_updated_by", Kind::Text),
    ("opened_at", Kind::Moment), ("opened_by", USER), ("resolved_at", Kind::Moment), ("resolved_by", USER),
    ("closed_at", Kind::Moment), ("closed_by", USER), ("reopen_count", Kind::Integer),
    ("reassignment_count", Kind::Integer), ("caller_id", USER), ("company", COMPANY), ("business_service", SERVICE),
    ("cmdb_ci", Kind::Reference("cmdb_ci")), ("category", Kind::Choice), ("subcategory", Kind::Text),
    ("contact_type", Kind::Choice), ("close_code", Kind::Choice), ("close_notes", Kind::Text),
    ("short_description", Kind::Text), ("description", Kind::Text), ("comments", Kind::Journal),
    ("work_notes", Kind::Journal), ("comments_and_work_notes", Kind::Journal),
    ("problem_id", Kind::Reference("problem")), ("rfc", CHANGE), ("caused_by", CHANGE),
    ("parent_incident", Kind::Reference("incident")), ("parent", Kind::Reference("task")), ("sys_class_name", Kind::Text), ("sys_domain", Kind::Reference("domain")),
    ("sys_domain_path", Kind::Text), ("due_date", Kind::Moment), ("sla_due", Kind::Moment),
    ("escalation", Kind::Choice), ("severity", Kind::Choice), ("location", Kind::Reference("cmn_location")),
    ("correlation_id", Kind::Text), ("correlation_display", Kind::Text), ("approval", Kind::Choice),
    ("upon_reject", Kind::Choice), ("upon_approval", Kind::Choice), ("knowledge", Kind::Boolean),
    ("notify", Kind::Choice), ("calendar_stc", Kind::Integer), ("business_stc", Kind::Integer),
    ("calendar_duration", Kind::Text), ("business_duration", Kind::Text), ("watch_list", Kind::Text),
    ("work_notes_list", Kind::Text), ("additional_assignee_list", Kind::Text), ("group_list", Kind::Text),
    ("activity_due", Kind::Moment), ("child_incidents", Kind::Integer), ("order", Kind::Integer),
    ("sys_tags", Kind::Text), ("time_worked", Kind::Text), ("user_input", Kind::Text),
];

#[rustfmt::skip]
pub(crate) const TABLES: &[Definition] = &[
    Definition { name: "incident", columns: INCIDENT, key: None, display: "number" },
    Definition { name: "sys_audit", key: Some("documentkey"), display: "fieldname", columns: &[
        ("sys_id", Kind::Id), ("sys_created_on", Kind::Stamp), ("tablename", Kind::Text), ("fieldname", Kind::Text),
        ("documentkey", Kind::Text), ("oldvalue", Kind::Text), ("newvalue", Kind::Text), ("user", Kind::Text),
        ("sys_created_by", Kind::Text), ("reason", Kind::Text), ("record_checkpoint", Kind::Integer),
    ] },
    Definition { name: "sys_journal_field", key: Some("element_id"), display: "element", columns: &[
        ("sys_id", Kind::Id), ("sys_created_on", Kind::Stamp), ("name", Kind::Text), ("element", Kind::Text),
        ("element_id", Kind::Text), ("value", Kind::Text), ("sys_created_by", Kind::Text), ("sys_tags", Kind::Text),
    ] },
    Definition { name: "sys_choice", key: None, display: "label", columns: &[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("name", Kind::Text), ("element", Kind::Text),
        ("value", Kind::Text), ("label", Kind::Text), ("language", Kind::Text), ("inactive", Kind::Boolean),
        ("sequence", Kind::Integer), ("dependent_value", Kind::Text), ("sys_mod_count", Kind::Integer),
    ] },
    Definition { name: "sys_audit_delete", key: Some("documentkey"), display: "display_value", columns: &[
        ("sys_id", Kind::Id), ("sys_created_on", Kind::Stamp), ("tablename", Kind::Text),
        ("documentkey", Kind::Text), ("display_value", Kind::Text), ("payload", Kind::Text),
        ("sys_created_by", Kind::Text),
    ] },
    Definition { name: "sys_user", key: None, display: "name", columns: &[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("user_name", Kind::Text), ("name", Kind::Text),
        ("email", Kind::Text), ("active", Kind::Boolean), ("time_zone", Kind::Text), ("date_format", Kind::Text),
        ("time_format", Kind::Text), ("sys_mod_count", Kind::Integer),
    ] },
    Definition { name: "sys_user_group", key: None, display: "name", columns: &[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("name", Kind::Text), ("active", Kind::Boolean),
        ("company", COMPANY), ("sys_mod_count", Kind::Integer),
    ] },
    Definition { name: "cmdb_ci_service", key: None, display: "name", columns: &[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("name", Kind::Text), ("sys_class_name", Kind::Text),
        ("sys_mod_count", Kind::Integer),
    ] },
    Definition { name: "cmdb_ci", key: None, display: "name", columns: &[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("name", Kind::Text), ("sys_class_name", Kind::Text),
        ("sys_mod_count", Kind::Integer),
    ] },
    Definition { name: "core_company", key: None, display: "name", columns: &[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("name", Kind::Text), ("vendor", Kind::Boolean),
        ("customer", Kind::Boolean), ("sys_mod_count", Kind::Integer),
    ] },
    Definition { name: "cmn_location", key: None, display: "name", columns: &[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("name", Kind::Text), ("sys_mod_count", Kind::Integer),
    ] },
    Definition { name: "problem", key: None, display: "number", columns: &[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("number", Kind::Text), ("sys_mod_count", Kind::Integer),
    ] },
    Definition { name: "change_request", key: None, display: "number", columns: &[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("number", Kind::Text), ("sys_mod_count", Kind::Integer),
    ] },
    Definition { name: "sys_db_object", key: None, display: "name", columns: &[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("name", Kind::Text), ("label", Kind::Text),
        ("super_class", Kind::Reference("sys_db_object")),
    ] },
    Definition { name: "sys_dictionary", key: None, display: "element", columns: &[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("name", Kind::Text), ("element", Kind::Text),
        ("internal_type", Kind::Text), ("reference", Kind::Text), ("audit", Kind::Boolean),
    ] },
];
