//! The fields of a problem.

use crate::field::{Field, FieldSpec, PRIORITIES, row};
use crate::field::{Obligation::*, ValueType::*};

/// Why a problem waits; `unknown` is what a source says that gives no reason.
const HOLD_REASONS: &[&str] = &[
    "awaiting_customer",
    "awaiting_supplier",
    "awaiting_internal",
    "awaiting_change",
    "awaiting_approval",
    "awaiting_schedule",
    "monitoring",
    "other",
    "unknown",
];
const CLOSE_REASONS: &[&str] = &["fix_applied", "risk_accepted", "duplicate", "not_reproducible", "cancelled"];
const ENDED: &[&str] = &["resolved", "closed"];

/// ISO/IEC 20000-1:2018 clause 8.6.3; the common envelope first, the problem's own fields last.
#[rustfmt::skip]
pub(crate) const PROBLEM_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Mandatory, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What it is about, in a line."),
    row(Field::Description, Text, Optional, "What it is about, at length."),
    row(Field::Service, Reference, Mandatory, "The service concerned."),
    row(Field::ConfigurationItem, Reference, Optional, "The configuration item concerned."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Mandatory, "The state in the source's own words."),
    row(Field::HoldReason, Word(HOLD_REASONS), InStates(&["on_hold"]), "What a problem on hold waits for."),
    row(Field::Category, Text, Optional, "The source's category."),
    row(Field::Subcategory, Text, Optional, "The source's subcategory."),
    row(Field::Impact, Integer, Optional, "1 (worst) to 4."),
    row(Field::Urgency, Integer, Optional, "1 (worst) to 4."),
    row(Field::Priority, Word(PRIORITIES), Mandatory, "P1 (worst) to P5."),
    row(Field::PriorityNative, Text, Optional, "The priority in the source's own words."),
    row(Field::Requester, Person, Optional, "Who raised it, pseudonymised."),
    row(Field::OwnerParty, Party, Mandatory, "The party accountable now."),
    row(Field::AssigneeParty, Party, Optional, "The party working on it: the unit of comparison."),
    row(Field::AssigneeGroup, Text, Optional, "The group working on it."),
    row(Field::AssigneePerson, Person, Optional, "The person working on it, pseudonymised."),
    row(Field::CreatedAt, Instant, Mandatory, "When the source created the record."),
    row(Field::OpenedAt, Instant, Mandatory, "When it was raised, in business terms."),
    row(Field::FirstResponseAt, Instant, Optional, "First action of the provider that the customer could see."),
    row(Field::FirstResolvedAt, Instant, Optional, "First entry to resolved."),
    row(Field::ResolvedAt, Instant, InStates(&["resolved"]), "Last entry to resolved; one that was closed without a fix has none."),
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
    row(Field::RootCauseCode, Text, InStates(ENDED), "What sort of cause it has, in the source's words."),
    row(Field::RootCause, Text, InStates(ENDED), "What caused it, at length."),
    row(Field::RcaCompletedAt, Instant, Optional, "When the analysis of the cause was complete."),
    row(Field::Workaround, Text, InStates(&["known_error"]), "How its effects are kept small as long as it is not mended."),
    row(Field::CloseReason, Word(CLOSE_REASONS), InStates(&["closed"]), "Why it was closed."),
    row(Field::CausedByChange, Reference, Optional, "The change that caused it."),
    row(Field::ResolvedByChange, Reference, Optional, "The change that mends it."),
    row(Field::KnownError, Reference, Optional, "The known error that is recorded of it."),
    row(Field::DuplicateOf, Reference, Optional, "The problem it repeats."),
    row(Field::Parent, Reference, Optional, "The record it belongs to."),
    row(Field::EscalationLevel, Integer, Optional, "0 is none."),
];
