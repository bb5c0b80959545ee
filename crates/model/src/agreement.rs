//! The fields of agreements, their targets, calendars and limits, and of the clocks that run for them.

use crate::field::{Field, FieldSpec, row};
use crate::field::{Obligation::*, ValueType::*};

const AGREEMENT_KINDS: &[&str] = &[
    "service_level_agreement",
    "internal_supplier_agreement",
    "external_supplier_contract",
    "customer_as_supplier_agreement",
    "collaboration_agreement",
];
const SUBCONTRACTING: &[&str] = &["none", "with_approval", "allowed"];
const METRICS: &[&str] =
    &["response", "resolution", "fulfilment", "availability", "restore", "rto", "rpo", "throughput", "custom"];
const WORK: &[&str] = &["incident", "service_request", "problem", "change"];
const COMPARATORS: &[&str] = &["at_most", "less_than", "at_least", "more_than"];
/// Durations are seconds, by the clock or of the calendar; never days (iso20000.md 2.8).
const UNITS: &[&str] = &["seconds", "business_seconds", "percent", "count"];
const EVENTS: &[&str] = &[
    "opened",
    "created",
    "assigned",
    "acknowledged",
    "first_response",
    "in_progress",
    "resolved",
    "fulfilled",
    "closed",
];

/// ISO/IEC 20000-1:2018 clauses 8.3.3, 8.3.4: what two parties agreed on. Services it covers and agreements it supports are links.
#[rustfmt::skip]
pub(crate) const AGREEMENT_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What it is about, in a line."),
    row(Field::Description, Text, Optional, "What it is about, at length."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::AgreementKind, Word(AGREEMENT_KINDS), Mandatory, "Which sort of agreement."),
    row(Field::ProviderParty, Party, Mandatory, "The party that delivers."),
    row(Field::ConsumerParty, Party, Mandatory, "The party that receives."),
    row(Field::Scope, Text, Optional, "The service management system in whose scope it is."),
    row(Field::Service, Reference, Optional, "The service it covers, where it is one."),
    row(Field::ValidFrom, Instant, Mandatory, "From when it is in force."),
    row(Field::ValidTo, Instant, Optional, "Until when; open without one."),
    row(Field::NoticePeriod, Integer, Optional, "Seconds of notice before its end."),
    row(Field::AutoRenew, Flag, Optional, "Whether it goes on when nobody ends it."),
    row(Field::Owner, Text, Optional, "The role that is its named owner on our side."),
    row(Field::ReviewInterval, Integer, Optional, "Seconds between reviews."),
    row(Field::ReportingInterval, Integer, Optional, "Seconds between reports."),
    row(Field::Subcontracting, Word(SUBCONTRACTING), Optional, "Whether work may be given on."),
    row(Field::TerminationClause, Flag, Optional, "Whether termination and transfer are settled."),
    row(Field::DisputeProcedure, Text, Optional, "Where the way to settle disputes is written."),
    row(Field::SignedDocument, Text, Optional, "Where the signed document lies."),
    row(Field::Penalty, Text, Optional, "What a miss costs, in words."),
];

/// One promise of an agreement that can be measured.
#[rustfmt::skip]
pub(crate) const SERVICE_LEVEL_TARGET_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Agreement, Reference, Mandatory, "The agreement it belongs to."),
    row(Field::Metric, Word(METRICS), Mandatory, "What is measured."),
    row(Field::AppliesKind, Word(WORK), Optional, "The kind of record it is for."),
    row(Field::AppliesPriorities, Text, Optional, "The priorities it is for, as `P1;P2`; all without one."),
    row(Field::AppliesCategories, Text, Optional, "The categories it is for, separated by `;`; all without one."),
    row(Field::AppliesServices, Text, Optional, "The services it is for, by key or name, separated by `;`; those of the agreement without one."),
    row(Field::Comparator, Word(COMPARATORS), Mandatory, "How the figure has to stand to the value."),
    row(Field::TargetValue, Decimal, Mandatory, "The value."),
    row(Field::TargetUnit, Word(UNITS), Mandatory, "What the value is measured in."),
    row(Field::PercentileRequired, Decimal, Optional, "The share of records, in percent, that has to keep it."),
    row(Field::TargetWindow, Text, Optional, "Over which time it is judged, an ISO 8601 period as `P1M`."),
    row(Field::Calendar, Reference, Optional, "The calendar it is measured in; around the clock without one."),
    row(Field::StartEvent, Word(EVENTS), Optional, "What starts its clock; opened without one."),
    row(Field::StopEvent, Word(EVENTS), Optional, "What stops it; what the metric says without one."),
    row(Field::Pauses, Text, Optional, "The reasons of waiting that pause it, separated by `;`, as `awaiting_customer;awaiting_schedule`; `none` for none."),
    row(Field::RetroactiveStart, Flag, Optional, "Whether a clock that begins later counts from the opening."),
    row(Field::Penalty, Text, Optional, "What a miss costs, in words."),
];

/// Hours of service, to count business time in.
#[rustfmt::skip]
pub(crate) const CALENDAR_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What people call it."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::WeeklyHours, Text, Mandatory, "Hours of the week, as `mon-fri 08:00-17:00; sat 09:00-12:00`, or `24x7`."),
    row(Field::Holidays, Text, Optional, "Dates without service, as `2026-12-25; 2027-01-01`."),
    row(Field::Zone, Text, Mandatory, "The IANA time zone whose wall clock it is."),
    row(Field::ValidFrom, Instant, Optional, "From when it holds."),
    row(Field::ValidTo, Instant, Optional, "Until when its holidays are known; what lies behind is unknown."),
];

/// How much work an agreement promises to carry (clause 8.3.3).
#[rustfmt::skip]
pub(crate) const WORKLOAD_LIMIT_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Agreement, Reference, Mandatory, "The agreement it belongs to."),
    row(Field::Measure, Text, Mandatory, "What is counted: `incident`, `service_request`, `change`, or the name of a measurement."),
    row(Field::Limit, Decimal, Mandatory, "How many at most."),
    row(Field::TargetWindow, Text, Mandatory, "In which time, an ISO 8601 period as `P1M`."),
];

/// A clock that a tool itself ran for a record and a target; its verdict stands beside ours.
#[rustfmt::skip]
pub(crate) const SLA_CLOCK_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Mandatory, "Where the clock stands; that it was breached is a flag and no state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Record, Reference, Mandatory, "The record it runs for."),
    row(Field::Target, Reference, Optional, "The target it runs for."),
    row(Field::Agreement, Reference, Optional, "The agreement of the target."),
    row(Field::Metric, Word(METRICS), Optional, "What is measured."),
    row(Field::CycleNumber, Integer, Optional, "1 for the first run of the clock."),
    row(Field::StartedAt, Instant, Mandatory, "When it began."),
    row(Field::StoppedAt, Instant, InStates(&["completed", "cancelled"]), "When it ended."),
    row(Field::DueAt, Instant, Optional, "When it is or was due."),
    row(Field::OriginalDueAt, Instant, Optional, "When it was due before any pause."),
    row(Field::ElapsedCalendar, Integer, Optional, "Seconds by the clock that it has counted."),
    row(Field::ElapsedBusiness, Integer, Optional, "Seconds of its calendar that it has counted."),
    row(Field::ResolutionGoal, Integer, Optional, "Seconds that it allows."),
    row(Field::PausedFor, Integer, Optional, "Seconds for which it was paused."),
    row(Field::Breached, Flag, Mandatory, "Whether it was breached."),
    row(Field::BreachedAt, Instant, Optional, "When it was breached."),
];
