//! The tables and their columns, as a product without plugins of others has them.

use super::schema::{Definition, Kind};

const USER: Kind = Kind::Reference("sys_user");
const GROUP: Kind = Kind::Reference("sys_user_group");
const SERVICE: Kind = Kind::Reference("cmdb_ci_service");
const ITEM: Kind = Kind::Reference("cmdb_ci");
const COMPANY: Kind = Kind::Reference("core_company");
const CHANGE: Kind = Kind::Reference("change_request");
const TASK: Kind = Kind::Reference("task");
const REQUEST: Kind = Kind::Reference("sc_request");
const CONTRACT: Kind = Kind::Reference("ast_contract");
const SCHEDULE: Kind = Kind::Reference("cmn_schedule");

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

/// What the system keeps of every row.
#[rustfmt::skip]
const SYSTEM: &[(&str, Kind)] = &[
    ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("sys_mod_count", Kind::Integer),
    ("sys_created_on", Kind::Moment), ("sys_created_by", Kind::Text), ("sys_updated_by", Kind::Text),
];

/// What every task has, beside the system's own.
#[rustfmt::skip]
const OF_TASK: &[(&str, Kind)] = &[
    ("number", Kind::Text), ("state", Kind::Choice), ("active", Kind::Boolean), ("priority", Kind::Choice),
    ("impact", Kind::Choice), ("urgency", Kind::Choice), ("assignment_group", GROUP), ("assigned_to", USER),
    ("opened_at", Kind::Moment), ("opened_by", USER), ("closed_at", Kind::Moment), ("closed_by", USER),
    ("short_description", Kind::Text), ("description", Kind::Text), ("close_notes", Kind::Text),
    ("comments", Kind::Journal), ("work_notes", Kind::Journal), ("comments_and_work_notes", Kind::Journal),
    ("company", COMPANY), ("business_service", SERVICE), ("cmdb_ci", ITEM), ("parent", TASK),
    ("sys_class_name", Kind::Text), ("sys_domain", Kind::Reference("domain")), ("sys_domain_path", Kind::Text),
    ("due_date", Kind::Moment), ("made_sla", Kind::Boolean), ("escalation", Kind::Choice),
    ("approval", Kind::Choice), ("upon_reject", Kind::Choice), ("upon_approval", Kind::Choice),
    ("reassignment_count", Kind::Integer), ("correlation_id", Kind::Text), ("correlation_display", Kind::Text),
    ("work_start", Kind::Moment), ("work_end", Kind::Moment), ("expected_start", Kind::Moment),
    ("contract", CONTRACT), ("contact_type", Kind::Choice), ("location", Kind::Reference("cmn_location")),
    ("time_worked", Kind::Text), ("sys_tags", Kind::Text),
];

#[rustfmt::skip]
const PROBLEM: &[(&str, Kind)] = &[
    ("problem_state", Kind::Choice), ("known_error", Kind::Boolean), ("workaround", Kind::Text),
    ("workaround_applied", Kind::Boolean), ("resolution_code", Kind::Choice), ("cause_notes", Kind::Text),
    ("fix_notes", Kind::Text), ("category", Kind::Choice), ("subcategory", Kind::Text),
    ("first_reported_by_task", TASK), ("duplicate_of", Kind::Reference("problem")), ("rfc", CHANGE),
    ("related_incidents", Kind::Integer), ("resolved_at", Kind::Moment), ("resolved_by", USER),
    ("confirmed_at", Kind::Moment), ("confirmed_by", USER), ("fix_communicated_at", Kind::Moment),
    ("major_problem", Kind::Boolean), ("reopen_count", Kind::Integer),
];

#[rustfmt::skip]
const CHANGE_REQUEST: &[(&str, Kind)] = &[
    ("type", Kind::Choice), ("category", Kind::Choice), ("risk", Kind::Choice), ("start_date", Kind::Moment),
    ("end_date", Kind::Moment), ("requested_by", USER), ("reason", Kind::Text), ("justification", Kind::Text),
    ("implementation_plan", Kind::Text), ("backout_plan", Kind::Text), ("test_plan", Kind::Text),
    ("risk_impact_analysis", Kind::Text), ("cab_required", Kind::Boolean), ("cab_date", Kind::Moment),
    ("conflict_status", Kind::Choice), ("outside_maintenance_schedule", Kind::Boolean),
    ("unauthorized", Kind::Boolean), ("on_hold", Kind::Boolean), ("on_hold_reason", Kind::Text),
    ("close_code", Kind::Choice), ("review_status", Kind::Choice), ("review_comments", Kind::Text),
    ("review_date", Kind::Text), ("std_change_producer_version", Kind::Reference("std_change_producer_version")),
    ("chg_model", Kind::Reference("chg_model")), ("phase", Kind::Text),
];

#[rustfmt::skip]
const CHANGE_TASK: &[(&str, Kind)] = &[
    ("change_request", CHANGE), ("planned_start_date", Kind::Moment), ("planned_end_date", Kind::Moment),
    ("change_task_type", Kind::Choice), ("close_code", Kind::Choice), ("on_hold", Kind::Boolean),
    ("on_hold_reason", Kind::Text),
];

#[rustfmt::skip]
const SC_REQ_ITEM: &[(&str, Kind)] = &[
    ("request", REQUEST), ("cat_item", Kind::Reference("sc_cat_item")), ("stage", Kind::Choice),
    ("quantity", Kind::Integer), ("price", Kind::Text), ("requested_for", USER), ("estimated_delivery", Kind::Moment),
    ("backordered", Kind::Boolean), ("billable", Kind::Boolean),
];

#[rustfmt::skip]
const SC_TASK: &[(&str, Kind)] = &[("request_item", Kind::Reference("sc_req_item")), ("request", REQUEST), ("order", Kind::Integer)];

#[rustfmt::skip]
const APPROVER: &[(&str, Kind)] = &[
    ("state", Kind::Choice), ("approver", USER), ("sysapproval", TASK), ("document_id", TASK),
    ("source_table", Kind::Text), ("due_date", Kind::Moment), ("expected_start", Kind::Moment),
    ("group", Kind::Reference("sysapproval_group")), ("order", Kind::Integer), ("iteration", Kind::Integer),
    ("comments", Kind::Journal),
];

#[rustfmt::skip]
const TASK_SLA: &[(&str, Kind)] = &[
    ("task", TASK), ("sla", Kind::Reference("contract_sla")), ("stage", Kind::Choice), ("active", Kind::Boolean),
    ("has_breached", Kind::Boolean), ("start_time", Kind::Moment), ("end_time", Kind::Moment),
    ("planned_end_time", Kind::Moment), ("original_breach_time", Kind::Moment), ("pause_time", Kind::Moment),
    ("pause_duration", Kind::Duration), ("duration", Kind::Duration), ("business_duration", Kind::Duration),
    ("business_pause_duration", Kind::Duration), ("time_left", Kind::Duration),
    ("business_time_left", Kind::Duration), ("percentage", Kind::Text), ("business_percentage", Kind::Text),
    ("schedule", SCHEDULE), ("timezone", Kind::Text),
];

#[rustfmt::skip]
const CONTRACT_SLA: &[(&str, Kind)] = &[
    ("name", Kind::Text), ("type", Kind::Choice), ("target", Kind::Choice), ("collection", Kind::Text),
    ("duration", Kind::Duration), ("duration_type", Kind::Text), ("schedule", SCHEDULE),
    ("schedule_source", Kind::Choice), ("timezone", Kind::Text), ("timezone_source", Kind::Choice),
    ("start_condition", Kind::Text), ("stop_condition", Kind::Text), ("pause_condition", Kind::Text),
    ("retroactive", Kind::Boolean), ("retroactive_pause", Kind::Boolean), ("active", Kind::Boolean),
    ("vendor", COMPANY), ("sys_class_name", Kind::Text),
];

#[rustfmt::skip]
const AST_CONTRACT: &[(&str, Kind)] = &[
    ("number", Kind::Text), ("short_description", Kind::Text), ("description", Kind::Text), ("state", Kind::Choice),
    ("substate", Kind::Choice), ("vendor", COMPANY), ("vendor_contract", Kind::Text), ("starts", Kind::Text),
    ("ends", Kind::Text), ("renewable", Kind::Boolean), ("renewal_date", Kind::Text),
    ("contract_administrator", USER), ("business_owner", USER), ("contract_model", Kind::Reference("cmdb_model")),
    ("parent_contract", CONTRACT), ("active", Kind::Boolean), ("process", Kind::Text),
    ("sys_class_name", Kind::Text), ("terms_and_conditions", Kind::Text),
];

#[rustfmt::skip]
const OF_COMPANY: &[(&str, Kind)] = &[
    ("name", Kind::Text), ("vendor", Kind::Boolean), ("customer", Kind::Boolean), ("manufacturer", Kind::Boolean),
    ("primary", Kind::Boolean), ("vendor_type", Kind::Text), ("country", Kind::Text), ("city", Kind::Text),
    ("parent", COMPANY), ("contact", USER), ("website", Kind::Text), ("notes", Kind::Text), ("canonical", Kind::Boolean),
];

#[rustfmt::skip]
const OF_ITEM: &[(&str, Kind)] = &[
    ("name", Kind::Text), ("sys_class_name", Kind::Text), ("install_status", Kind::Choice),
    ("operational_status", Kind::Choice), ("category", Kind::Text), ("subcategory", Kind::Text), ("company", COMPANY),
    ("vendor", COMPANY), ("manufacturer", COMPANY), ("model_id", Kind::Reference("cmdb_model")),
    ("serial_number", Kind::Text), ("asset_tag", Kind::Text), ("location", Kind::Reference("cmn_location")),
    ("support_group", GROUP), ("assignment_group", GROUP), ("owned_by", USER), ("managed_by", USER),
    ("environment", Kind::Text), ("version", Kind::Text), ("short_description", Kind::Text),
    ("first_discovered", Kind::Moment), ("last_discovered", Kind::Moment), ("discovery_source", Kind::Text),
    ("duplicate_of", ITEM), ("attested_date", Kind::Moment), ("ip_address", Kind::Text), ("fqdn", Kind::Text),
];

#[rustfmt::skip]
const OF_SERVICE: &[(&str, Kind)] = &[
    ("number", Kind::Text), ("busines_criticality", Kind::Choice), ("service_classification", Kind::Text),
    ("used_for", Kind::Text), ("service_status", Kind::Text), ("parent", ITEM),
];

#[rustfmt::skip]
const OF_GROUP: &[(&str, Kind)] = &[
    ("name", Kind::Text), ("active", Kind::Boolean), ("description", Kind::Text), ("manager", USER), ("parent", GROUP),
    ("company", COMPANY), ("vendors", Kind::List("core_company")), ("email", Kind::Text), ("type", Kind::Text),
    ("default_assignee", USER),
];

/// What every new incident has.
const NEW_INCIDENT: &[(&str, &str)] = &[
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

macro_rules! new_task {
    ($name:literal, $($column:literal: $value:literal),*) => {
        &[
            ("sys_mod_count", "0"),
            ("sys_class_name", $name),
            ("sys_domain", "global"),
            ("sys_domain_path", "/"),
            ("active", "true"),
            ("made_sla", "true"),
            ("escalation", "0"),
            ("approval", "not requested"),
            ("upon_reject", "cancel"),
            ("upon_approval", "proceed"),
            ("reassignment_count", "0"),
            $(($column, $value)),*
        ]
    };
}

const NEW_CHANGE: &[(&str, &str)] = new_task!(
    "change_request",
    "cab_required": "false", "conflict_status": "Not Run", "outside_maintenance_schedule": "false",
    "unauthorized": "false", "on_hold": "false", "phase": "requested"
);

/// A row of a table that is referred to and no record.
#[rustfmt::skip]
const NAMED: &[(&str, Kind)] = &[
    ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("name", Kind::Text), ("sys_mod_count", Kind::Integer),
];

#[rustfmt::skip]
pub(crate) const TABLES: &[Definition] = &[
    Definition::new("incident", "number", &[INCIDENT]).record(NEW_INCIDENT).audited(),
    Definition::new("sys_audit", "fieldname", &[&[
        ("sys_id", Kind::Id), ("sys_created_on", Kind::Stamp), ("tablename", Kind::Text), ("fieldname", Kind::Text),
        ("documentkey", Kind::Text), ("oldvalue", Kind::Text), ("newvalue", Kind::Text), ("user", Kind::Text),
        ("sys_created_by", Kind::Text), ("reason", Kind::Text), ("record_checkpoint", Kind::Integer),
    ]]).keyed("documentkey"),
    Definition::new("sys_journal_field", "element", &[&[
        ("sys_id", Kind::Id), ("sys_created_on", Kind::Stamp), ("name", Kind::Text), ("element", Kind::Text),
        ("element_id", Kind::Text), ("value", Kind::Text), ("sys_created_by", Kind::Text), ("sys_tags", Kind::Text),
    ]]).keyed("element_id"),
    Definition::new("sys_choice", "label", &[&[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("name", Kind::Text), ("element", Kind::Text),
        ("value", Kind::Text), ("label", Kind::Text), ("language", Kind::Text), ("inactive", Kind::Boolean),
        ("sequence", Kind::Integer), ("dependent_value", Kind::Text), ("sys_mod_count", Kind::Integer),
    ]]),
    Definition::new("sys_audit_delete", "display_value", &[&[
        ("sys_id", Kind::Id), ("sys_created_on", Kind::Stamp), ("tablename", Kind::Text),
        ("documentkey", Kind::Text), ("display_value", Kind::Text), ("payload", Kind::Text),
        ("sys_created_by", Kind::Text),
    ]]).keyed("documentkey"),
    Definition::new("sys_user", "name", &[&[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("user_name", Kind::Text), ("name", Kind::Text),
        ("email", Kind::Text), ("active", Kind::Boolean), ("time_zone", Kind::Text), ("date_format", Kind::Text),
        ("time_format", Kind::Text), ("sys_mod_count", Kind::Integer),
    ]]),
    Definition::new("core_company", "name", &[SYSTEM, OF_COMPANY]).record(&[("sys_mod_count", "0"), ("manufacturer", "false"), ("primary", "false"), ("canonical", "false")]),
    Definition::new("sys_user_group", "name", &[SYSTEM, OF_GROUP]).record(&[("sys_mod_count", "0"), ("active", "true")]),
    Definition::new("cmdb_ci_service", "name", &[SYSTEM, OF_ITEM, OF_SERVICE]).record(&[("sys_mod_count", "0"), ("sys_class_name", "cmdb_ci_service"), ("install_status", "1"), ("operational_status", "1")]).extending("cmdb_ci"),
    Definition::new("cmdb_ci", "name", &[SYSTEM, OF_ITEM]).record(&[("sys_mod_count", "0"), ("sys_class_name", "cmdb_ci"), ("install_status", "1"), ("operational_status", "1")]),
    Definition::new("ast_contract", "number", &[SYSTEM, AST_CONTRACT]).record(&[("sys_mod_count", "0"), ("sys_class_name", "ast_contract"), ("active", "true"), ("state", "draft"), ("renewable", "false"), ("process", "non_lease")]).audited(),
    Definition::new("contract_sla", "name", &[SYSTEM, CONTRACT_SLA]).record(&[("sys_mod_count", "0"), ("sys_class_name", "contract_sla"), ("active", "true"), ("retroactive", "true"), ("retroactive_pause", "true")]),
    Definition::new("problem", "number", &[SYSTEM, OF_TASK, PROBLEM]).record(new_task!("problem", "known_error": "false", "workaround_applied": "false", "major_problem": "false", "related_incidents": "0", "reopen_count": "0")).audited(),
    Definition::new("change_request", "number", &[SYSTEM, OF_TASK, CHANGE_REQUEST]).record(NEW_CHANGE).audited(),
    Definition::new("change_task", "number", &[SYSTEM, OF_TASK, CHANGE_TASK]).record(new_task!("change_task", "on_hold": "false")).audited(),
    Definition::new("sc_req_item", "number", &[SYSTEM, OF_TASK, SC_REQ_ITEM]).record(new_task!("sc_req_item", "quantity": "1", "backordered": "false", "billable": "false")).audited(),
    Definition::new("sc_task", "number", &[SYSTEM, OF_TASK, SC_TASK]).record(new_task!("sc_task", "order": "100")).audited(),
    Definition::new("sysapproval_approver", "state", &[SYSTEM, APPROVER]).record(&[("sys_mod_count", "0"), ("state", "not requested"), ("iteration", "1")]).audited(),
    Definition::new("task_sla", "sla", &[SYSTEM, TASK_SLA]).record(&[("sys_mod_count", "0"), ("active", "true"), ("has_breached", "false")]).keyed("task"),
    Definition::new("cmdb_rel_ci", "type", &[SYSTEM, &[
        ("parent", ITEM), ("child", ITEM), ("type", Kind::Reference("cmdb_rel_type")), ("connection_strength", Kind::Text),
        ("percent_outage", Kind::Text), ("port", Kind::Text),
    ]]).keyed("parent"),
    Definition::new("sc_request", "number", &[SYSTEM, OF_TASK]),
    Definition::new("sc_cat_item", "name", &[NAMED]),
    Definition::new("cmdb_rel_type", "name", &[NAMED]),
    Definition::new("cmn_schedule", "name", &[NAMED]),
    Definition::new("cmn_location", "name", &[NAMED]),
    Definition::new("sys_db_object", "name", &[&[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("name", Kind::Text), ("label", Kind::Text),
        ("super_class", Kind::Reference("sys_db_object")),
    ]]),
    Definition::new("sys_dictionary", "element", &[&[
        ("sys_id", Kind::Id), ("sys_updated_on", Kind::Stamp), ("name", Kind::Text), ("element", Kind::Text),
        ("internal_type", Kind::Text), ("reference", Kind::Text), ("audit", Kind::Boolean),
    ]]),
];
