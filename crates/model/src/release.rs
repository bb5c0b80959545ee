//! The fields of releases, of approvals, and of the tasks that changes and requests consist of.

use crate::field::{Field, FieldSpec, row};
use crate::field::{Obligation::*, ValueType::*};

const RELEASE_TYPES: &[&str] = &["major", "minor", "emergency"];
const RELEASE_OUTCOMES: &[&str] =
    &["successful", "successful_with_issues", "partially", "failed", "reversed", "cancelled"];
const DECISIONS: &[&str] = &["pending", "approved", "rejected", "not_needed"];

/// ISO/IEC 20000-1:2018 clause 8.5.3. Changes that implement it are links.
#[rustfmt::skip]
pub(crate) const RELEASE_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What it is about, in a line."),
    row(Field::Description, Text, Optional, "What it is about, at length."),
    row(Field::Service, Reference, Optional, "The service concerned."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Mandatory, "The party accountable for it."),
    row(Field::AssigneeParty, Party, Optional, "The party that deploys it."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::ReleaseType, Word(RELEASE_TYPES), Mandatory, "Which sort."),
    row(Field::PlannedStart, Instant, Optional, "When it is to be deployed."),
    row(Field::AcceptedAt, Instant, Optional, "When it was accepted."),
    row(Field::AcceptedBy, Party, Optional, "The party that accepted it."),
    row(Field::Baseline, Text, Optional, "The state of the items before it."),
    row(Field::DeployedAt, Instant, InStates(&["deployed", "reviewed", "closed", "rolled_back"]), "When it was deployed."),
    row(Field::RolledBackAt, Instant, Optional, "When it was taken back."),
    row(Field::Outcome, Word(RELEASE_OUTCOMES), Optional, "How it turned out."),
];

/// A part of the work on a change or a request.
#[rustfmt::skip]
pub(crate) const TASK_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What it is about, in a line."),
    row(Field::Description, Text, Optional, "What it is about, at length."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Mandatory, "The party accountable now."),
    row(Field::AssigneeParty, Party, Optional, "The party working on it."),
    row(Field::AssigneeGroup, Text, Optional, "The group working on it."),
    row(Field::AssigneePerson, Person, Optional, "The person working on it, pseudonymised."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::OpenedAt, Instant, Optional, "When it was asked for."),
    row(Field::ClosedAt, Instant, InStates(&["closed"]), "Entry to closed."),
    row(Field::DueAt, Instant, Optional, "When it is due, as the source says."),
    row(Field::Parent, Reference, Mandatory, "The change or request it is a part of."),
    row(Field::PlannedStart, Instant, Optional, "When it is to begin."),
    row(Field::PlannedEnd, Instant, Optional, "When it is to end."),
    row(Field::ActualStart, Instant, Optional, "When it began."),
    row(Field::ActualEnd, Instant, Optional, "When it ended."),
    row(Field::ResolutionCode, Text, Optional, "How it ended, in the source's words."),
];

/// A decision that a record waits for or had.
#[rustfmt::skip]
pub(crate) const APPROVAL_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Record, Reference, Mandatory, "The record to be approved."),
    row(Field::Approver, Person, Optional, "The person who decides, pseudonymised."),
    row(Field::ApproverRole, Text, Optional, "The role in which it is decided."),
    row(Field::Party, Party, Optional, "The party that decides."),
    row(Field::Decision, Word(DECISIONS), Mandatory, "What was decided."),
    row(Field::DecidedAt, Instant, InStates(&["approved", "rejected"]), "When it was decided."),
    row(Field::DueAt, Instant, Optional, "By when it has to be decided."),
];
