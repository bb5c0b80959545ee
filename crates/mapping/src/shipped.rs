//! The mappings that come with the product, with their cases.

use counterfoil_diagnostics::SourceText;

/// A mapping that comes with the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// The name in configurations: `servicenow/incident-log`.
    pub name: &'static str,
    /// The mapping file.
    pub text: &'static str,
    /// Its cases, a Markdown document.
    pub cases: &'static str,
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        /// All of them, by name.
        pub const ALL: &[Shipped] = &[$(Shipped {
            name: $name,
            text: include_str!(concat!("../../../mappings/", $name, ".toml")),
            cases: include_str!(concat!("../../../mappings/", $name, ".md")),
        }),*];
    };
}

shipped![
    "email/conversation",
    "email/incident",
    "email/mail",
    "email/request",
    "email/structured",
    "file/incident",
    "freshdesk/ticket",
    "freshservice/change",
    "freshservice/problem",
    "freshservice/request",
    "freshservice/ticket",
    "glpi/change",
    "glpi/problem",
    "glpi/request",
    "glpi/ticket",
    "hp-service-manager/incident",
    "itop/change",
    "itop/incident",
    "itop/problem",
    "itop/request",
    "jira/catalogue",
    "jira/change",
    "jira/field",
    "jira/issue",
    "jira/problem",
    "jira/request",
    "merge/ticket",
    "redmine/issue",
    "register/agreement",
    "register/approval",
    "register/attestation",
    "register/calendar",
    "register/change",
    "register/change-log",
    "register/change_task",
    "register/ci_verification",
    "register/complaint",
    "register/configuration_item",
    "register/continuity_plan",
    "register/continuity_test",
    "register/corrective_action",
    "register/dispute",
    "register/group",
    "register/incident",
    "register/incident-log",
    "register/measurement",
    "register/outage",
    "register/party",
    "register/party_role",
    "register/problem",
    "register/problem-log",
    "register/release",
    "register/request_task",
    "register/review",
    "register/satisfaction_measurement",
    "register/service",
    "register/service_level_target",
    "register/service_report",
    "register/service_report-log",
    "register/service_request",
    "register/service_request-log",
    "register/sla_clock",
    "register/supply_tier",
    "register/workload_limit",
    "rt/ticket",
    "servicenow/ast_contract",
    "servicenow/change_request",
    "servicenow/change_task",
    "servicenow/choice",
    "servicenow/cmdb_ci",
    "servicenow/cmdb_ci_service",
    "servicenow/contract_sla",
    "servicenow/core_company",
    "servicenow/incident",
    "servicenow/incident-log",
    "servicenow/problem",
    "servicenow/sc_req_item",
    "servicenow/sc_task",
    "servicenow/sys_user_group",
    "servicenow/sysapproval_approver",
    "servicenow/task_sla",
    "tmf621/ticket",
    "vinst/incident-log",
    "vinst/problem-log",
    "zendesk/problem",
    "zendesk/ticket",
    "znuny/ticket"
];

/// The shipped mapping with this name.
pub fn find(name: &str) -> Option<&'static Shipped> {
    ALL.iter().find(|shipped| shipped.name == name)
}

impl Shipped {
    /// Its file, under the name that the repository has for it: `mappings/servicenow/incident-log.toml`.
    pub fn source(&self) -> SourceText {
        SourceText { name: format!("mappings/{}.toml", self.name).into(), text: self.text.into() }
    }
}
