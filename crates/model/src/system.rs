//! The fields of the records of the management system itself: continuity, corrective actions, attestations, measurements.

use crate::field::{Field, FieldSpec, row};
use crate::field::{Obligation::*, ValueType::*};

/// ISO/IEC 20000-1:2018 clause 8.7.2.
#[rustfmt::skip]
pub(crate) const CONTINUITY_PLAN_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What people call it."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Service, Reference, Optional, "The service it is for."),
    row(Field::TestInterval, Integer, Mandatory, "Seconds within which it has to be tested again."),
    row(Field::ValidFrom, Instant, Optional, "From when it is in force."),
];

/// A test of a continuity plan.
#[rustfmt::skip]
pub(crate) const CONTINUITY_TEST_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Optional, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Plan, Reference, Mandatory, "The plan."),
    row(Field::TestedAt, Instant, Mandatory, "When."),
    row(Field::TestResult, Text, Optional, "What came out."),
    row(Field::Deficiencies, Integer, Optional, "How many deficiencies it found."),
    row(Field::Trigger, Text, Optional, "Why it was tested: the interval, or a major change."),
];

/// ISO/IEC 20000-1:2018 clause 10.1.
#[rustfmt::skip]
pub(crate) const CORRECTIVE_ACTION_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What it is about, in a line."),
    row(Field::Description, Text, Optional, "What it is about, at length."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Mandatory, "The party that has to act."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::RaisedAt, Instant, Mandatory, "When it was agreed."),
    row(Field::DueAt, Instant, Mandatory, "By when it has to be done."),
    row(Field::ClosedAt, Instant, InStates(&["closed"]), "When it was done."),
    row(Field::Subject, Reference, Optional, "What it is to mend."),
];

/// Somebody answers for what no tool can show.
#[rustfmt::skip]
pub(crate) const ATTESTATION_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Clause, Text, Mandatory, "The clause it is for, as `s18-8.3.4.1`."),
    row(Field::Statement, Text, Mandatory, "What is attested."),
    row(Field::Party, Party, Optional, "The party it is about."),
    row(Field::Scope, Text, Optional, "The scope it is about."),
    row(Field::AttestedBy, Text, Mandatory, "The role that answers for it."),
    row(Field::AttestedAt, Instant, Mandatory, "When."),
    row(Field::ValidTo, Instant, Optional, "Until when it holds."),
    row(Field::Evidence, Text, Optional, "Where the document lies."),
];

/// A number about a time that no record of a process tells: users, cost, uptime, load.
#[rustfmt::skip]
pub(crate) const MEASUREMENT_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Optional, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Measure, Text, Mandatory, "What was measured, as `active_users`, `operating_expense`, `contacts`."),
    row(Field::Amount, Decimal, Mandatory, "How much."),
    row(Field::AmountUnit, Text, Optional, "Of what."),
    row(Field::PeriodStart, Instant, Mandatory, "From when."),
    row(Field::PeriodEnd, Instant, Mandatory, "Until when, exclusively."),
    row(Field::Party, Party, Optional, "The party it is about."),
    row(Field::Service, Reference, Optional, "The service it is about."),
    row(Field::ConfigurationItem, Reference, Optional, "The configuration item it is about."),
];
