//! The fields of services, configuration items, what was found of them, and of outages.

use crate::field::{Field, FieldSpec, row};
use crate::field::{Obligation::*, ValueType::*};

const CRITICALITIES: &[&str] = &["low", "medium", "high", "critical"];
const OUTAGE_TYPES: &[&str] = &["unplanned", "planned", "degradation"];

/// ISO/IEC 20000-1:2018 clause 8.2.4: what is delivered. Agreements over it and items it depends on are links.
#[rustfmt::skip]
pub(crate) const SERVICE_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What people call it."),
    row(Field::Description, Text, Optional, "What it is about, at length."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Mandatory, "The party accountable for it."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Criticality, Word(CRITICALITIES), Optional, "How much depends on it."),
    row(Field::CustomerParty, Party, Optional, "The party that receives it."),
    row(Field::SupplierParty, Party, Optional, "The party that operates it, where that is another one."),
    row(Field::Owner, Text, Optional, "The role that is its named owner."),
    row(Field::Calendar, Reference, Optional, "The calendar of the agreed service time."),
    row(Field::Parent, Reference, Optional, "The service it is a part of."),
];

/// ISO/IEC 20000-1:2018 clause 8.2.6. What it depends on are links.
#[rustfmt::skip]
pub(crate) const CONFIGURATION_ITEM_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "Its unique name."),
    row(Field::Description, Text, Optional, "What it is, at length."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Mandatory, "The party accountable for it."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::ItemType, Text, Mandatory, "What sort of item, in the source's words."),
    row(Field::Service, Reference, Optional, "The service it is a part of."),
    row(Field::SupplierParty, Party, Optional, "The party that supplies it."),
    row(Field::SupportAgreement, Reference, Optional, "The agreement under which it is supported."),
    row(Field::Version, Text, Optional, "Its version."),
    row(Field::Location, Text, Optional, "Where it is."),
    row(Field::Criticality, Word(CRITICALITIES), Optional, "How much depends on it."),
    row(Field::LastVerifiedAt, Instant, Optional, "When it was last compared with what is really there."),
    row(Field::DiscoveredAt, Instant, Optional, "When a discovery last saw it."),
    row(Field::DuplicateOf, Reference, Optional, "The item it repeats."),
];

/// A configuration item was compared with what is really there.
#[rustfmt::skip]
pub(crate) const CI_VERIFICATION_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Optional, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::ConfigurationItem, Reference, Mandatory, "The item."),
    row(Field::VerifiedAt, Instant, Mandatory, "When."),
    row(Field::Compliant, Flag, Mandatory, "Whether the record was right."),
    row(Field::Evidence, Text, Optional, "What shows it."),
];

/// A time in which a service or a component could not be used as agreed (clause 8.7.1).
#[rustfmt::skip]
pub(crate) const OUTAGE_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Optional, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::OutageType, Word(OUTAGE_TYPES), Mandatory, "Only unplanned ones count against availability."),
    row(Field::BeganAt, Instant, Mandatory, "When it began."),
    row(Field::EndedAt, Instant, Optional, "When it ended; it goes on without one."),
    row(Field::Service, Reference, Optional, "The service."),
    row(Field::ConfigurationItem, Reference, Optional, "The configuration item."),
    row(Field::Incident, Reference, Optional, "The incident that tells of it."),
    row(Field::Change, Reference, Optional, "The change that caused it."),
    row(Field::SupplierParty, Party, Optional, "The party whose component failed."),
];
