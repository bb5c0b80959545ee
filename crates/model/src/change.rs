//! The fields of a change.

use crate::field::{APPROVALS, Field, FieldSpec, PRIORITIES, row};
use crate::field::{Obligation::*, ValueType::*};

/// Why a change waits; `unknown` is what a source says that gives no reason. A change that waits for its approval has a
/// state of its own.
const HOLD_REASONS: &[&str] = &[
    "awaiting_customer",
    "awaiting_supplier",
    "awaiting_internal",
    "awaiting_change",
    "awaiting_problem",
    "awaiting_schedule",
    "other",
    "unknown",
];
const CHANGE_TYPES: &[&str] = &["standard", "normal", "emergency"];
const RISKS: &[&str] = &["low", "medium", "high", "very_high"];
const OUTCOMES: &[&str] = &["successful", "successful_with_issues", "partially", "failed", "reversed", "cancelled"];
const DECIDED: &[&str] = &["approved", "scheduled", "implementing", "implemented", "closed"];
const BEGUN: &[&str] = &["implementing", "implemented", "closed"];
const DONE: &[&str] = &["implemented", "closed"];

/// ISO/IEC 20000-1:2018 clause 8.5.1; the common envelope first, the change's own fields last. What is expected of one type
/// of change only (a model of a standard one, a way back of the others, a review of an emergency) is optional here: checks
/// ask for it, not the table.
#[rustfmt::skip]
pub(crate) const CHANGE_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Mandatory, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What it is about, in a line."),
    row(Field::Description, Text, Optional, "What it is about, at length."),
    row(Field::Service, Reference, Mandatory, "The service concerned."),
    row(Field::ConfigurationItem, Reference, Optional, "The configuration item that is changed."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Mandatory, "The state in the source's own words."),
    row(Field::HoldReason, Word(HOLD_REASONS), InStates(&["on_hold"]), "What a change on hold waits for."),
    row(Field::Category, Text, Optional, "The source's category."),
    row(Field::Subcategory, Text, Optional, "The source's subcategory."),
    row(Field::Impact, Integer, Optional, "1 (worst) to 4."),
    row(Field::Urgency, Integer, Optional, "1 (worst) to 4."),
    row(Field::Priority, Word(PRIORITIES), Optional, "P1 (worst) to P5."),
    row(Field::PriorityNative, Text, Optional, "The priority in the source's own words."),
    row(Field::Requester, Person, Optional, "Who asked for it, pseudonymised."),
    row(Field::OwnerParty, Party, Mandatory, "The party accountable now."),
    row(Field::AssigneeParty, Party, Optional, "The party carrying it out: the unit of comparison."),
    row(Field::AssigneeGroup, Text, Optional, "The group carrying it out."),
    row(Field::AssigneePerson, Person, Optional, "The person carrying it out, pseudonymised."),
    row(Field::CreatedAt, Instant, Mandatory, "When the source created the record."),
    row(Field::OpenedAt, Instant, Mandatory, "When it was asked for, in business terms."),
    row(Field::ClosedAt, Instant, InStates(&["closed"]), "Entry to closed."),
    row(Field::DueAt, Instant, Optional, "When it is due, as the source says."),
    row(Field::ReopenCount, Integer, Optional, "How often it left closed again."),
    row(Field::ReassignCount, Integer, Optional, "How often it changed its group."),
    row(Field::PartyHopCount, Integer, Optional, "How often it changed its party."),
    row(Field::ResolutionCode, Text, Optional, "How it ended, in the source's words."),
    row(Field::ResolutionText, Text, Optional, "How it ended, at length."),
    row(Field::ChangeType, Word(CHANGE_TYPES), Mandatory, "Standard is approved beforehand by its model, an emergency cannot wait."),
    row(Field::ChangeModel, Reference, Optional, "The model of a standard change."),
    row(Field::Risk, Word(RISKS), Mandatory, "How risky it was judged to be."),
    row(Field::MajorImpact, Flag, Mandatory, "Whether it may have a major impact on services or customers."),
    row(Field::PlannedStart, Instant, InStates(DECIDED), "When it is to begin."),
    row(Field::PlannedEnd, Instant, InStates(DECIDED), "When it is to end."),
    row(Field::ActualStart, Instant, InStates(DONE), "When it began."),
    row(Field::ActualEnd, Instant, InStates(DONE), "When it ended."),
    row(Field::ApprovalState, Word(APPROVALS), InStates(BEGUN), "Whether it had to be approved, and was."),
    row(Field::ApprovalDecidedAt, Instant, Optional, "When the decision about its approval fell."),
    row(Field::ReversalPlan, Text, Optional, "How it is taken back when it fails."),
    row(Field::TestEvidence, Reference, Optional, "What shows that it was tested."),
    row(Field::SecurityAssessed, Flag, Optional, "Whether its effect on security was assessed."),
    row(Field::ConflictStatus, Text, Optional, "What the source found out about conflicts with other changes, in its words."),
    row(Field::OutsideWindow, Flag, Optional, "Whether the source counts it as outside of its window."),
    row(Field::Outcome, Word(OUTCOMES), InStates(&["closed"]), "How it turned out."),
    row(Field::ReviewRequired, Flag, Optional, "Whether it has to be reviewed."),
    row(Field::ReviewedAt, Instant, Optional, "When it was reviewed."),
    row(Field::ReviewResult, Text, Optional, "What the review found, in the source's words."),
    row(Field::CiUpdateConfirmedAt, Instant, Optional, "When the records of the configuration items were brought up to date."),
    row(Field::Problem, Reference, Optional, "The problem it mends."),
    row(Field::DuplicateOf, Reference, Optional, "The change it repeats."),
    row(Field::Parent, Reference, Optional, "The record it belongs to."),
];
