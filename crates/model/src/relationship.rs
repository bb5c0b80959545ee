//! The fields of what passes between customers, suppliers and us beside the work: complaints, surveys, reviews, disputes, reports.

use crate::field::{Field, FieldSpec, row};
use crate::field::{Obligation::*, ValueType::*};

const REVIEW_TYPES: &[&str] =
    &["customer", "supplier", "contract", "internal_supplier", "management", "post_implementation", "major_incident"];

/// ISO/IEC 20000-1:2018 clause 8.3.2.
#[rustfmt::skip]
pub(crate) const COMPLAINT_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What it is about, in a line."),
    row(Field::Description, Text, Optional, "What it is about, at length."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Mandatory, "The party it is about."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::ReceivedAt, Instant, Mandatory, "When it came in."),
    row(Field::AcknowledgedAt, Instant, Optional, "When it was acknowledged."),
    row(Field::ResolvedAt, Instant, InStates(&["resolved", "closed"]), "When it was resolved."),
    row(Field::ClosedAt, Instant, Optional, "When it was closed."),
    row(Field::DueAt, Instant, Optional, "By when it has to be resolved."),
    row(Field::EscalatedAt, Instant, Optional, "When it was escalated."),
    row(Field::Service, Reference, Optional, "The service concerned."),
    row(Field::CustomerParty, Party, Optional, "The party that complains."),
    row(Field::Severity, Text, Optional, "How bad it is, in the source's words."),
];

/// A survey that was sent out, answered or not; who does not answer is a record, too.
#[rustfmt::skip]
pub(crate) const SATISFACTION_MEASUREMENT_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Optional, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Mandatory, "The party it is about."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Survey, Text, Optional, "The survey."),
    row(Field::SentAt, Instant, Mandatory, "When it was sent."),
    row(Field::RespondedAt, Instant, Optional, "When it was answered."),
    row(Field::Score, Decimal, Optional, "The answer."),
    row(Field::ScaleMin, Decimal, Optional, "The worst answer there is."),
    row(Field::ScaleMax, Decimal, Optional, "The best answer there is."),
    row(Field::Record, Reference, Optional, "The record it asks about."),
    row(Field::Service, Reference, Optional, "The service it asks about."),
    row(Field::CustomerParty, Party, Optional, "The party that was asked."),
];

/// A meeting that has to be held: the smallest record of one whose minutes lie elsewhere.
#[rustfmt::skip]
pub(crate) const REVIEW_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::ReviewType, Word(REVIEW_TYPES), Mandatory, "Which sort of review."),
    row(Field::Subject, Reference, Optional, "The agreement, service or record under review."),
    row(Field::Party, Party, Optional, "The party under review."),
    row(Field::PlannedAt, Instant, Mandatory, "When it is to be held."),
    row(Field::HeldAt, Instant, InStates(&["held"]), "When it was held."),
    row(Field::Minutes, Text, Optional, "Where the minutes lie."),
    row(Field::Actions, Integer, Optional, "How many actions were agreed."),
];

/// A disagreement with a supplier over an agreement or a record (clause 8.3.4.1).
#[rustfmt::skip]
pub(crate) const DISPUTE_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What it is about, in a line."),
    row(Field::Description, Text, Optional, "What it is about, at length."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Agreement, Reference, Optional, "The agreement."),
    row(Field::Party, Party, Mandatory, "The supplier."),
    row(Field::Record, Reference, Optional, "The record it is about."),
    row(Field::RaisedAt, Instant, Mandatory, "When it was raised."),
    row(Field::ClosedAt, Instant, InStates(&["closed"]), "When it was closed."),
    row(Field::ResolutionCode, Text, Optional, "How it ended."),
];

/// What a supplier says of itself over a period; the figures it claims stand beside ours.
#[rustfmt::skip]
pub(crate) const SERVICE_REPORT_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Optional, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Party, Party, Mandatory, "The party that reports."),
    row(Field::Agreement, Reference, Optional, "The agreement it reports on."),
    row(Field::Service, Reference, Optional, "The service it reports on."),
    row(Field::PeriodStart, Instant, Mandatory, "From when."),
    row(Field::PeriodEnd, Instant, Mandatory, "Until when, exclusively."),
    row(Field::DueAt, Instant, Optional, "By when it has to be there."),
    row(Field::IssuedAt, Instant, Optional, "When it was issued; not yet without one."),
    row(Field::Figures, Text, Optional, "The claimed figures: `id=value` separated by `;`, as `INC-06=98.5; INC-01=120`."),
    row(Field::DisclosedBreaches, Text, Optional, "The keys of the records whose breach it names, separated by `;`."),
    row(Field::Audience, Text, Optional, "Who it is for."),
];
