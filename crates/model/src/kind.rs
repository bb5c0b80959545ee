//! The kinds of record there are. Each names its fields and its states.

use crate::agreement::{
    AGREEMENT_FIELDS, CALENDAR_FIELDS, SERVICE_LEVEL_TARGET_FIELDS, SLA_CLOCK_FIELDS, WORKLOAD_LIMIT_FIELDS,
};
use crate::change::CHANGE_FIELDS;
use crate::configuration::{CI_VERIFICATION_FIELDS, CONFIGURATION_ITEM_FIELDS, OUTAGE_FIELDS, SERVICE_FIELDS};
use crate::correspondence::CORRESPONDENCE_FIELDS;
use crate::field::{CATALOGUE_FIELDS, FieldSpec, INCIDENT_FIELDS, SERVICE_REQUEST_FIELDS};
use crate::problem::PROBLEM_FIELDS;
use crate::register::{GROUP_FIELDS, PARTY_FIELDS, PARTY_ROLE_FIELDS, SUPPLY_TIER_FIELDS};
use crate::relationship::{
    COMPLAINT_FIELDS, DISPUTE_FIELDS, REVIEW_FIELDS, SATISFACTION_MEASUREMENT_FIELDS, SERVICE_REPORT_FIELDS,
};
use crate::release::{APPROVAL_FIELDS, RELEASE_FIELDS, TASK_FIELDS};
use crate::state::{
    CATALOGUE_STATES, CHANGE_STATES, CORRESPONDENCE_STATES, INCIDENT_STATES, PROBLEM_STATES, SERVICE_REQUEST_STATES,
    StateMachine,
};
use crate::state_register::{
    AGREEMENT_STATES, APPROVAL_STATES, ATTESTATION_STATES, CASE_STATES, CONFIGURATION_ITEM_STATES, OUTAGE_STATES,
    RECORDED_STATES, REGISTER_STATES, RELEASE_STATES, REVIEW_STATES, SERVICE_STATES, SLA_CLOCK_STATES, TASK_STATES,
};
use crate::system::{
    ATTESTATION_FIELDS, CONTINUITY_PLAN_FIELDS, CONTINUITY_TEST_FIELDS, CORRECTIVE_ACTION_FIELDS, MEASUREMENT_FIELDS,
};
use crate::{Field, ValueType};

/// A kind of record, the processes named as in ISO/IEC 20000-10:2018. A further kind is a variant, a field table and a state
/// machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Unplanned interruption or reduction in quality of a service (clause 8.6.1 of ISO/IEC 20000-1:2018).
    Incident,
    /// Something a user asks for that was agreed to be delivered (clause 8.6.2).
    ServiceRequest,
    /// The cause, known or not, of incidents that happened or may happen (clause 8.6.3).
    Problem,
    /// An addition, modification or removal of anything that could affect a service (clause 8.5.1).
    Change,
    /// A part of the work on a service request.
    RequestTask,
    /// A part of the work on a change.
    ChangeTask,
    /// A decision that a record waits for or had.
    Approval,
    /// What is deployed together (clause 8.5.3).
    Release,
    /// What is delivered (clause 8.2.4).
    Service,
    /// What has to be controlled to deliver a service (clause 8.2.6).
    ConfigurationItem,
    /// A configuration item was compared with what is there.
    CiVerification,
    /// A time without service (clause 8.7.1).
    Outage,
    /// A legal or organizational unit (clause 8.2.3).
    Party,
    /// What a party is in a scope.
    PartyRole,
    /// Who works beneath whom under an agreement.
    SupplyTier,
    /// A group that records are assigned to.
    Group,
    /// What two parties agreed on (clauses 8.3.3, 8.3.4).
    Agreement,
    /// One promise of an agreement that can be measured.
    ServiceLevelTarget,
    /// Hours of service.
    Calendar,
    /// How much work an agreement promises to carry.
    WorkloadLimit,
    /// A clock that a tool itself ran.
    SlaClock,
    /// Dissatisfaction that a customer told of (clause 8.3.2).
    Complaint,
    /// A survey that was sent, answered or not.
    SatisfactionMeasurement,
    /// A meeting that has to be held.
    Review,
    /// A disagreement with a supplier (clause 8.3.4.1).
    Dispute,
    /// What a supplier says of itself (clause 9.4).
    ServiceReport,
    /// How a service goes on after a disaster (clause 8.7.2).
    ContinuityPlan,
    /// A test of such a plan.
    ContinuityTest,
    /// What has to be done so that it does not happen again (clause 10.1).
    CorrectiveAction,
    /// Somebody answers for what no tool can show.
    Attestation,
    /// A number about a time that no record of a process tells.
    Measurement,
    /// A value that a column of the source may hold, from its choice lists. No process: it is in no figure.
    Catalogue,
    /// A mail, or a conversation that is no ticket. No process: it is in no figure.
    Correspondence,
}

impl Kind {
    /// All kinds: those of processes, resolution in the order of the clauses and then control, then those that describe a
    /// source, then what tickets are gathered from.
    pub const ALL: &'static [Kind] = &[
        Kind::Incident,
        Kind::ServiceRequest,
        Kind::Problem,
        Kind::Change,
        Kind::RequestTask,
        Kind::ChangeTask,
        Kind::Approval,
        Kind::Release,
        Kind::Service,
        Kind::ConfigurationItem,
        Kind::CiVerification,
        Kind::Outage,
        Kind::Party,
        Kind::PartyRole,
        Kind::SupplyTier,
        Kind::Group,
        Kind::Agreement,
        Kind::ServiceLevelTarget,
        Kind::Calendar,
        Kind::WorkloadLimit,
        Kind::SlaClock,
        Kind::Complaint,
        Kind::SatisfactionMeasurement,
        Kind::Review,
        Kind::Dispute,
        Kind::ServiceReport,
        Kind::ContinuityPlan,
        Kind::ContinuityTest,
        Kind::CorrectiveAction,
        Kind::Attestation,
        Kind::Measurement,
        Kind::Catalogue,
        Kind::Correspondence,
    ];

    /// `incident`; the same word in mappings, events and routing keys.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Incident => "incident",
            Kind::ServiceRequest => "service_request",
            Kind::Problem => "problem",
            Kind::Change => "change",
            Kind::RequestTask => "request_task",
            Kind::ChangeTask => "change_task",
            Kind::Approval => "approval",
            Kind::Release => "release",
            Kind::Service => "service",
            Kind::ConfigurationItem => "configuration_item",
            Kind::CiVerification => "ci_verification",
            Kind::Outage => "outage",
            Kind::Party => "party",
            Kind::PartyRole => "party_role",
            Kind::SupplyTier => "supply_tier",
            Kind::Group => "group",
            Kind::Agreement => "agreement",
            Kind::ServiceLevelTarget => "service_level_target",
            Kind::Calendar => "calendar",
            Kind::WorkloadLimit => "workload_limit",
            Kind::SlaClock => "sla_clock",
            Kind::Complaint => "complaint",
            Kind::SatisfactionMeasurement => "satisfaction_measurement",
            Kind::Review => "review",
            Kind::Dispute => "dispute",
            Kind::ServiceReport => "service_report",
            Kind::ContinuityPlan => "continuity_plan",
            Kind::ContinuityTest => "continuity_test",
            Kind::CorrectiveAction => "corrective_action",
            Kind::Attestation => "attestation",
            Kind::Measurement => "measurement",
            Kind::Catalogue => "catalogue",
            Kind::Correspondence => "correspondence",
        }
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The fields of this kind, in the order in which records store and show them.
    pub fn fields(self) -> &'static [FieldSpec] {
        match self {
            Kind::Incident => INCIDENT_FIELDS,
            Kind::ServiceRequest => SERVICE_REQUEST_FIELDS,
            Kind::Problem => PROBLEM_FIELDS,
            Kind::Change => CHANGE_FIELDS,
            Kind::Approval => APPROVAL_FIELDS,
            Kind::Release => RELEASE_FIELDS,
            Kind::Service => SERVICE_FIELDS,
            Kind::ConfigurationItem => CONFIGURATION_ITEM_FIELDS,
            Kind::CiVerification => CI_VERIFICATION_FIELDS,
            Kind::Outage => OUTAGE_FIELDS,
            Kind::Party => PARTY_FIELDS,
            Kind::PartyRole => PARTY_ROLE_FIELDS,
            Kind::SupplyTier => SUPPLY_TIER_FIELDS,
            Kind::Group => GROUP_FIELDS,
            Kind::Agreement => AGREEMENT_FIELDS,
            Kind::ServiceLevelTarget => SERVICE_LEVEL_TARGET_FIELDS,
            Kind::Calendar => CALENDAR_FIELDS,
            Kind::WorkloadLimit => WORKLOAD_LIMIT_FIELDS,
            Kind::SlaClock => SLA_CLOCK_FIELDS,
            Kind::Complaint => COMPLAINT_FIELDS,
            Kind::SatisfactionMeasurement => SATISFACTION_MEASUREMENT_FIELDS,
            Kind::Review => REVIEW_FIELDS,
            Kind::Dispute => DISPUTE_FIELDS,
            Kind::ServiceReport => SERVICE_REPORT_FIELDS,
            Kind::ContinuityPlan => CONTINUITY_PLAN_FIELDS,
            Kind::ContinuityTest => CONTINUITY_TEST_FIELDS,
            Kind::CorrectiveAction => CORRECTIVE_ACTION_FIELDS,
            Kind::Attestation => ATTESTATION_FIELDS,
            Kind::Measurement => MEASUREMENT_FIELDS,
            Kind::RequestTask | Kind::ChangeTask => TASK_FIELDS,
            Kind::Catalogue => CATALOGUE_FIELDS,
            Kind::Correspondence => CORRESPONDENCE_FIELDS,
        }
    }

    /// Where a field stands in [`Kind::fields`]; `None` when the kind has no such field.
    pub fn position(self, field: Field) -> Option<usize> {
        self.fields().iter().position(|spec| spec.field == field)
    }

    /// The states of this kind and the transitions that the standard expects.
    pub fn states(self) -> &'static StateMachine {
        match self {
            Kind::Incident => &INCIDENT_STATES,
            Kind::ServiceRequest => &SERVICE_REQUEST_STATES,
            Kind::Problem => &PROBLEM_STATES,
            Kind::Change => &CHANGE_STATES,
            Kind::RequestTask | Kind::ChangeTask => &TASK_STATES,
            Kind::Approval => &APPROVAL_STATES,
            Kind::Release => &RELEASE_STATES,
            Kind::Service => &SERVICE_STATES,
            Kind::ConfigurationItem => &CONFIGURATION_ITEM_STATES,
            Kind::CiVerification
            | Kind::SatisfactionMeasurement
            | Kind::ServiceReport
            | Kind::ContinuityTest
            | Kind::Measurement => &RECORDED_STATES,
            Kind::Outage => &OUTAGE_STATES,
            Kind::Party
            | Kind::PartyRole
            | Kind::SupplyTier
            | Kind::Group
            | Kind::ServiceLevelTarget
            | Kind::Calendar
            | Kind::WorkloadLimit
            | Kind::ContinuityPlan => &REGISTER_STATES,
            Kind::Agreement => &AGREEMENT_STATES,
            Kind::SlaClock => &SLA_CLOCK_STATES,
            Kind::Complaint | Kind::Dispute | Kind::CorrectiveAction => &CASE_STATES,
            Kind::Review => &REVIEW_STATES,
            Kind::Attestation => &ATTESTATION_STATES,
            Kind::Catalogue => &CATALOGUE_STATES,
            Kind::Correspondence => &CORRESPONDENCE_STATES,
        }
    }

    /// The canonical words that a word field of this kind may hold; empty for fields that hold no words.
    pub fn words(self, field: Field) -> Vec<&'static str> {
        if field == Field::State {
            return self.states().states.iter().map(|state| state.name).collect();
        }
        match self.fields().iter().find(|spec| spec.field == field).map(|spec| spec.value) {
            Some(ValueType::Word(words)) => words.to_vec(),
            _ => Vec::new(),
        }
    }
}
