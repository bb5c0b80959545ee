//! The fields of every kind, as tables.

use std::fmt;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Plain text, already free of markup.
    Text,
    /// A whole number.
    Integer,
    /// A number with up to six decimals, kept exactly.
    Decimal,
    /// Yes or no.
    Flag,
    /// A moment; UTC, with the offset that the source wrote kept beside.
    Instant,
    /// One of these canonical words.
    Word(&'static [&'static str]),
    /// A state of the kind's state machine.
    State,
    /// A party, by its id in the configuration.
    Party,
    /// A person, pseudonymised.
    Person,
    /// The key of another record in the source.
    Reference,
}

impl ValueType {
    /// The name of this type in mappings and documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Flag => "flag",
            Self::Instant => "instant",
            Self::Word(_) => "word",
            Self::State => "state",
            Self::Party => "party",
            Self::Person => "person",
            Self::Reference => "reference",
        }
    }
}

/// Whether a field has to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obligation {
    /// In every record.
    Mandatory,
    /// Once the record has reached one of these states.
    InStates(&'static [&'static str]),
    /// Never.
    Optional,
}

/// One field of a kind.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// Which field.
    pub field: Field,
    /// What it holds.
    pub value: ValueType,
    /// Whether it has to be known (counted by DQ-01).
    pub obligation: Obligation,
    /// One sentence for schemas and documents.
    pub doc: &'static str,
}

macro_rules! fields {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// A field of any kind. The names are those of the unified record model.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is documented in the field table of its kind")]
        pub enum Field { $($variant),* }

        impl Field {
            /// All fields of all kinds.
            pub const ALL: &'static [Field] = &[$(Field::$variant),*];

            /// The name in mappings, events and documents.
            pub fn name(self) -> &'static str {
                match self { $(Field::$variant => $name),* }
            }
        }
    };
}

fields! {
    NativeKey = "native_key",
    Url = "url",
    SourceUpdatedAt = "source_updated_at",
    Title = "title",
    Description = "description",
    Service = "service",
    ConfigurationItem = "configuration_item",
    State = "state",
    StateNative = "state_native",
    HoldReason = "hold_reason",
    Category = "category",
    Subcategory = "subcategory",
    ContactType = "contact_type",
    Impact = "impact",
    Urgency = "urgency",
    Priority = "priority",
    PriorityNative = "priority_native",
    Requester = "requester",
    OwnerParty = "owner_party",
    AssigneeParty = "assignee_party",
    AssigneeGroup = "assignee_group",
    AssigneePerson = "assignee_person",
    CreatedAt = "created_at",
    OpenedAt = "opened_at",
    FirstResponseAt = "first_response_at",
    FirstResolvedAt = "first_resolved_at",
    ResolvedAt = "resolved_at",
    ClosedAt = "closed_at",
    DueAt = "due_at",
    ReopenCount = "reopen_count",
    ReassignCount = "reassign_count",
    PartyHopCount = "party_hop_count",
    ResolutionCode = "resolution_code",
    ResolutionText = "resolution_text",
    ResolverParty = "resolver_party",
    ResolverPerson = "resolver_person",
    ResolutionTargetMet = "resolution_target_met",
    DetectedAt = "detected_at",
    IsMajor = "is_major",
    CausedByChange = "caused_by_change",
    ResolvedByChange = "resolved_by_change",
    Problem = "problem",
    KnownError = "known_error",
    DuplicateOf = "duplicate_of",
    Parent = "parent",
    WorkaroundUsed = "workaround_used",
    EscalationLevel = "escalation_level",
    CatalogueTable = "catalogue_table",
    CatalogueColumn = "catalogue_column",
    CatalogueValue = "catalogue_value",
    Language = "language",
    CatalogueItem = "catalogue_item",
    ApprovalState = "approval_state",
    FulfilledAt = "fulfilled_at",
    CatalogueCategory = "catalogue_category",
    RootCauseCode = "root_cause_code",
    RootCause = "root_cause",
    RcaCompletedAt = "rca_completed_at",
    Workaround = "workaround",
    CloseReason = "close_reason",
    ChangeType = "change_type",
    ChangeModel = "change_model",
    Risk = "risk",
    MajorImpact = "major_impact",
    PlannedStart = "planned_start",
    PlannedEnd = "planned_end",
    ActualStart = "actual_start",
    ActualEnd = "actual_end",
    ApprovalDecidedAt = "approval_decided_at",
    ReversalPlan = "reversal_plan",
    TestEvidence = "test_evidence",
    SecurityAssessed = "security_assessed",
    ConflictStatus = "conflict_status",
    OutsideWindow = "outside_window",
    Outcome = "outcome",
    ReviewRequired = "review_required",
    ReviewedAt = "reviewed_at",
    ReviewResult = "review_result",
    CiUpdateConfirmedAt = "ci_update_confirmed_at",
    MessageClass = "message_class",
    MessageCount = "message_count",
    AttachmentCount = "attachment_count",
    SizeBytes = "size_bytes",
    ResponseTargetMet = "response_target_met",
    ResolutionElapsed = "resolution_elapsed",
    ResolutionGoal = "resolution_goal",
    ResponseElapsed = "response_elapsed",
    ResponseGoal = "response_goal",
    MajorDeclaredAt = "major_declared_at",
    MajorOwner = "major_owner",
    ManagementNotifiedAt = "management_notified_at",
    CustomerNotifiedAt = "customer_notified_at",
    ReviewDueAt = "review_due_at",
    SecurityClass = "security_class",
    SecurityRisk = "security_risk",
    ContainedAt = "contained_at",
    Downtime = "downtime",
    Knowledge = "knowledge",
    FirstContact = "first_contact",
    FirstContactPossible = "first_contact_possible",
    LegalName = "legal_name",
    Country = "country",
    Identifiers = "identifiers",
    Party = "party",
    Role = "role",
    Scope = "scope",
    Agreement = "agreement",
    ValidFrom = "valid_from",
    ValidTo = "valid_to",
    Rank = "rank",
    UpstreamParty = "upstream_party",
    DeclaredBy = "declared_by",
    DeclaredAt = "declared_at",
    Owner = "owner",
    AgreementKind = "agreement_kind",
    ProviderParty = "provider_party",
    ConsumerParty = "consumer_party",
    NoticePeriod = "notice_period",
    AutoRenew = "auto_renew",
    ReviewInterval = "review_interval",
    ReportingInterval = "reporting_interval",
    Subcontracting = "subcontracting",
    TerminationClause = "termination_clause",
    DisputeProcedure = "dispute_procedure",
    SignedDocument = "signed_document",
    Metric = "metric",
    AppliesKind = "applies_kind",
    AppliesPriorities = "applies_priorities",
    AppliesCategories = "applies_categories",
    AppliesServices = "applies_services",
    Comparator = "comparator",
    TargetValue = "target_value",
    TargetUnit = "target_unit",
    PercentileRequired = "percentile_required",
    TargetWindow = "target_window",
    Calendar = "calendar",
    StartEvent = "start_event",
    StopEvent = "stop_event",
    Pauses = "pauses",
    RetroactiveStart = "retroactive_start",
    Penalty = "penalty",
    WeeklyHours = "weekly_hours",
    Holidays = "holidays",
    Zone = "zone",
    Measure = "measure",
    Limit = "limit",
    Amount = "amount",
    AmountUnit = "amount_unit",
    PeriodStart = "period_start",
    PeriodEnd = "period_end",
    Record = "record",
    Target = "target",
    CycleNumber = "cycle_number",
    StartedAt = "started_at",
    StoppedAt = "stopped_at",
    OriginalDueAt = "original_due_at",
    ElapsedCalendar = "elapsed_calendar",
    ElapsedBusiness = "elapsed_business",
    PausedFor = "paused_for",
    Breached = "breached",
    BreachedAt = "breached_at",
    Criticality = "criticality",
    CustomerParty = "customer_party",
    ItemType = "item_type",
    SupplierParty = "supplier_party",
    SupportAgreement = "support_agreement",
    Version = "version",
    Location = "location",
    LastVerifiedAt = "last_verified_at",
    DiscoveredAt = "discovered_at",
    VerifiedAt = "verified_at",
    Compliant = "compliant",
    OutageType = "outage_type",
    BeganAt = "began_at",
    EndedAt = "ended_at",
    Incident = "incident",
    Change = "change",
    ReleaseType = "release_type",
    AcceptedAt = "accepted_at",
    AcceptedBy = "accepted_by",
    Baseline = "baseline",
    DeployedAt = "deployed_at",
    RolledBackAt = "rolled_back_at",
    Approver = "approver",
    ApproverRole = "approver_role",
    Decision = "decision",
    DecidedAt = "decided_at",
    ReceivedAt = "received_at",
    AcknowledgedAt = "acknowledged_at",
    Severity = "severity",
    EscalatedAt = "escalated_at",
    Survey = "survey",
    SentAt = "sent_at",
    RespondedAt = "responded_at",
    Score = "score",
    ScaleMin = "scale_min",
    ScaleMax = "scale_max",
    ReviewType = "review_type",
    Subject = "subject",
    PlannedAt = "planned_at",
    HeldAt = "held_at",
    Minutes = "minutes",
    Actions = "actions",
    RaisedAt = "raised_at",
    IssuedAt = "issued_at",
    Figures = "figures",
    DisclosedBreaches = "disclosed_breaches",
    Audience = "audience",
    Plan = "plan",
    TestInterval = "test_interval",
    TestedAt = "tested_at",
    TestResult = "test_result",
    Deficiencies = "deficiencies",
    Trigger = "trigger",
    Clause = "clause",
    Statement = "statement",
    AttestedBy = "attested_by",
    AttestedAt = "attested_at",
    Evidence = "evidence",
}

impl Field {
    /// The field with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.name() == name)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why an incident waits; `unknown` is what a source says that gives no reason.
const HOLD_REASONS: &[&str] = &[
    "awaiting_customer",
    "awaiting_supplier",
    "awaiting_problem",
    "awaiting_change",
    "awaiting_schedule",
    "awaiting_evidence",
    "unknown",
];
const REQUEST_HOLD_REASONS: &[&str] =
    &["awaiting_customer", "awaiting_supplier", "awaiting_change", "awaiting_schedule", "unknown"];
pub(crate) const APPROVALS: &[&str] = &["none", "pending", "approved", "rejected"];
pub(crate) const PRIORITIES: &[&str] = &["P1", "P2", "P3", "P4", "P5"];
const CONTACT_TYPES: &[&str] =
    &["phone", "email", "self_service", "chat", "walk_in", "monitoring", "integration", "other"];
pub(crate) const RISK_RATINGS: &[&str] = &["low", "medium", "high", "critical"];
const ENDED: &[&str] = &["resolved", "closed"];
const FULFILLED: &[&str] = &["fulfilled", "closed"];

pub(crate) const fn row(field: Field, value: ValueType, obligation: Obligation, doc: &'static str) -> FieldSpec {
    FieldSpec { field, value, obligation, doc }
}

use Obligation::{InStates, Mandatory, Optional};
use ValueType::{Flag, Instant, Integer, Party, Person, Reference, State, Text, Word};

/// ISO/IEC 20000-1:2018 clause 8.6.1; the common envelope first, the incident's own fields last.
#[rustfmt::skip]
pub(crate) const INCIDENT_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Mandatory, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What it is about, in a line."),
    row(Field::Description, Text, Optional, "What it is about, at length."),
    row(Field::Service, Reference, Mandatory, "The service concerned."),
    row(Field::ConfigurationItem, Reference, Optional, "The configuration item concerned."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Mandatory, "The state in the source's own words."),
    row(Field::HoldReason, Word(HOLD_REASONS), InStates(&["on_hold"]), "What an incident on hold waits for."),
    row(Field::Category, Text, Optional, "The source's category."),
    row(Field::Subcategory, Text, Optional, "The source's subcategory."),
    row(Field::ContactType, Word(CONTACT_TYPES), Optional, "How it was reported."),
    row(Field::Impact, Integer, Optional, "1 (worst) to 4."),
    row(Field::Urgency, Integer, Optional, "1 (worst) to 4."),
    row(Field::Priority, Word(PRIORITIES), Mandatory, "P1 (worst) to P5."),
    row(Field::PriorityNative, Text, Optional, "The priority in the source's own words."),
    row(Field::Requester, Person, Optional, "Who reported it, pseudonymised."),
    row(Field::OwnerParty, Party, Mandatory, "The party accountable now."),
    row(Field::AssigneeParty, Party, Optional, "The party working on it: the unit of comparison."),
    row(Field::AssigneeGroup, Text, Optional, "The group working on it."),
    row(Field::AssigneePerson, Person, Optional, "The person working on it, pseudonymised."),
    row(Field::CreatedAt, Instant, Mandatory, "When the source created the record."),
    row(Field::OpenedAt, Instant, Mandatory, "When it was reported, in business terms."),
    row(Field::FirstResponseAt, Instant, Optional, "First action of the provider that the customer could see."),
    row(Field::FirstResolvedAt, Instant, Optional, "First entry to resolved."),
    row(Field::ResolvedAt, Instant, InStates(ENDED), "Last entry to resolved."),
    row(Field::ClosedAt, Instant, InStates(&["closed"]), "Entry to closed."),
    row(Field::DueAt, Instant, Optional, "When it is due, as the source says."),
    row(Field::ReopenCount, Integer, Optional, "How often it left resolved or closed again."),
    row(Field::ReassignCount, Integer, Optional, "How often it changed its group."),
    row(Field::PartyHopCount, Integer, Optional, "How often it changed its party."),
    row(Field::ResolutionCode, Text, InStates(ENDED), "How it ended, in the source's words."),
    row(Field::ResolutionText, Text, Optional, "How it ended, at length."),
    row(Field::ResolverParty, Party, Optional, "The party that resolved it."),
    row(Field::ResolverPerson, Person, Optional, "The person who resolved it, pseudonymised."),
    row(Field::ResolutionTargetMet, Flag, Optional, "The source's own verdict of its resolution clock (sla_clock, origin native)."),
    row(Field::ResolutionElapsed, Integer, Optional, "Seconds that the source's own resolution clock has counted."),
    row(Field::ResolutionGoal, Integer, Optional, "Seconds that the source's own resolution clock allows."),
    row(Field::ResponseTargetMet, Flag, Optional, "The source's own verdict of its response clock (sla_clock, origin native)."),
    row(Field::ResponseElapsed, Integer, Optional, "Seconds that the source's own response clock has counted."),
    row(Field::ResponseGoal, Integer, Optional, "Seconds that the source's own response clock allows."),
    row(Field::DetectedAt, Instant, Optional, "Start of impact, if known."),
    row(Field::IsMajor, Flag, Optional, "Whether it was declared a major incident."),
    row(Field::CausedByChange, Reference, Optional, "The change that caused it."),
    row(Field::ResolvedByChange, Reference, Optional, "The change that resolved it."),
    row(Field::Problem, Reference, Optional, "The problem behind it."),
    row(Field::KnownError, Reference, Optional, "The known error it shows."),
    row(Field::DuplicateOf, Reference, Optional, "The incident it repeats."),
    row(Field::Parent, Reference, Optional, "The incident it belongs to."),
    row(Field::WorkaroundUsed, Flag, Optional, "Whether a workaround restored the service."),
    row(Field::EscalationLevel, Integer, Optional, "0 is none."),
    row(Field::Knowledge, Reference, Optional, "The knowledge that resolved it."),
    row(Field::FirstContact, Flag, Optional, "Whether it was resolved in the first contact."),
    row(Field::FirstContactPossible, Flag, Optional, "Whether the first contact could have resolved it at all."),
    row(Field::CustomerNotifiedAt, Instant, Optional, "The first update that the customer was given of his own accord."),
    row(Field::MajorDeclaredAt, Instant, Optional, "When it was declared a major incident."),
    row(Field::MajorOwner, Text, Optional, "The role that leads the major incident."),
    row(Field::ManagementNotifiedAt, Instant, Optional, "When top management was told of the major incident."),
    row(Field::ReviewDueAt, Instant, Optional, "By when the major incident has to be reviewed."),
    row(Field::ReviewedAt, Instant, Optional, "When the major incident was reviewed."),
    row(Field::SecurityClass, Text, Optional, "What sort of security incident it is, in the source's words; nothing for other incidents."),
    row(Field::SecurityRisk, Word(RISK_RATINGS), Optional, "How large its risk was rated."),
    row(Field::ContainedAt, Instant, Optional, "When the security incident was contained."),
    row(Field::Downtime, Integer, Optional, "Seconds for which the service could not be used."),
];

/// ISO/IEC 20000-1:2018 clause 8.6.2; the common envelope first, the request's own fields last.
#[rustfmt::skip]
pub(crate) const SERVICE_REQUEST_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Mandatory, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What it is about, in a line."),
    row(Field::Description, Text, Optional, "What it is about, at length."),
    row(Field::Service, Reference, Mandatory, "The service concerned."),
    row(Field::ConfigurationItem, Reference, Optional, "The configuration item concerned."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Mandatory, "The state in the source's own words."),
    row(Field::HoldReason, Word(REQUEST_HOLD_REASONS), InStates(&["on_hold"]), "What a request on hold waits for."),
    row(Field::Category, Text, Optional, "The source's category."),
    row(Field::Subcategory, Text, Optional, "The source's subcategory."),
    row(Field::ContactType, Word(CONTACT_TYPES), Optional, "How it was asked for."),
    row(Field::Impact, Integer, Optional, "1 (worst) to 4."),
    row(Field::Urgency, Integer, Optional, "1 (worst) to 4."),
    row(Field::Priority, Word(PRIORITIES), Mandatory, "P1 (worst) to P5."),
    row(Field::PriorityNative, Text, Optional, "The priority in the source's own words."),
    row(Field::Requester, Person, Optional, "Who asked for it, pseudonymised."),
    row(Field::OwnerParty, Party, Mandatory, "The party accountable now."),
    row(Field::AssigneeParty, Party, Optional, "The party working on it: the unit of comparison."),
    row(Field::AssigneeGroup, Text, Optional, "The group working on it."),
    row(Field::AssigneePerson, Person, Optional, "The person working on it, pseudonymised."),
    row(Field::CreatedAt, Instant, Mandatory, "When the source created the record."),
    row(Field::OpenedAt, Instant, Mandatory, "When it was asked for, in business terms."),
    row(Field::FirstResponseAt, Instant, Optional, "First action of the provider that the customer could see."),
    row(Field::FulfilledAt, Instant, InStates(FULFILLED), "Last entry to fulfilled."),
    row(Field::ClosedAt, Instant, InStates(&["closed"]), "Entry to closed."),
    row(Field::DueAt, Instant, Optional, "When it is due, as the source says."),
    row(Field::ReopenCount, Integer, Optional, "How often it left fulfilled or closed again."),
    row(Field::ReassignCount, Integer, Optional, "How often it changed its group."),
    row(Field::PartyHopCount, Integer, Optional, "How often it changed its party."),
    row(Field::ResolutionCode, Text, InStates(FULFILLED), "How it ended, in the source's words."),
    row(Field::ResolutionText, Text, Optional, "How it ended, at length."),
    row(Field::ResolverParty, Party, Optional, "The party that fulfilled it."),
    row(Field::ResolverPerson, Person, Optional, "The person who fulfilled it, pseudonymised."),
    row(Field::ResolutionTargetMet, Flag, Optional, "The source's own verdict of its fulfilment clock (sla_clock, origin native)."),
    row(Field::ResolutionElapsed, Integer, Optional, "Seconds that the source's own fulfilment clock has counted."),
    row(Field::ResolutionGoal, Integer, Optional, "Seconds that the source's own fulfilment clock allows."),
    row(Field::ResponseTargetMet, Flag, Optional, "The source's own verdict of its response clock (sla_clock, origin native)."),
    row(Field::ResponseElapsed, Integer, Optional, "Seconds that the source's own response clock has counted."),
    row(Field::ResponseGoal, Integer, Optional, "Seconds that the source's own response clock allows."),
    row(Field::DuplicateOf, Reference, Optional, "The request it repeats."),
    row(Field::Parent, Reference, Optional, "The record it belongs to."),
    row(Field::EscalationLevel, Integer, Optional, "0 is none."),
    row(Field::CatalogueItem, Reference, Mandatory, "What was asked for: the item of the service catalogue."),
    row(Field::ApprovalState, Word(APPROVALS), Mandatory, "Whether it had to be approved, and was."),
];

/// What a column of the source may hold: no record of a process, but what the words of such records are written in.
#[rustfmt::skip]
pub(crate) const CATALOGUE_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "Table, column and value as people write them, an alias of the record."),
    row(Field::SourceUpdatedAt, Instant, Mandatory, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "The label that people see for the value."),
    row(Field::State, State, Mandatory, "Whether the value can still be chosen."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CatalogueTable, Text, Mandatory, "The table of the source."),
    row(Field::CatalogueColumn, Text, Mandatory, "The column of that table."),
    row(Field::CatalogueValue, Text, Mandatory, "The value that the column holds."),
    row(Field::Language, Text, Optional, "The language of the label, as the source names it."),
    row(Field::CatalogueCategory, Text, Optional, "What the source counts the value among: the category of a status, the type of a field."),
];
