//! The fields of parties, their roles, and who works beneath whom.

use crate::field::{Field, FieldSpec, row};
use crate::field::{Obligation::*, ValueType::*};

/// Roles relative to a scope; the same party may have several (iso20000.md 2.6).
pub(crate) const ROLES: &[&str] = &[
    "organization",
    "customer",
    "user",
    "interested_party",
    "internal_supplier",
    "external_supplier",
    "customer_as_supplier",
    "lead_supplier",
    "subcontracted_supplier",
    "service_integrator",
    "assessor",
];

/// ISO/IEC 20000-1:2018 clause 8.2.3: a legal or organizational unit.
#[rustfmt::skip]
pub(crate) const PARTY_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What people call it."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Party, Party, Mandatory, "The party it is in configurations, events and figures."),
    row(Field::LegalName, Text, Optional, "Its name in the register of companies."),
    row(Field::Country, Text, Optional, "ISO 3166 code of its seat."),
    row(Field::Identifiers, Text, Optional, "What it is known by: `type:value` separated by `;`, as `vat:DE123; email_domain:acme.example`."),
    row(Field::Owner, Text, Optional, "The role that is its named contact on our side."),
];

/// A role that a party has in a scope, for a service or under an agreement, for a time.
#[rustfmt::skip]
pub(crate) const PARTY_ROLE_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Party, Party, Mandatory, "The party that has the role."),
    row(Field::Role, Word(ROLES), Mandatory, "The role."),
    row(Field::Scope, Text, Optional, "The service management system, or the part of it, in which it has the role."),
    row(Field::Service, Reference, Optional, "The service for which it has the role; all of the scope without one."),
    row(Field::Agreement, Reference, Optional, "The agreement it rests on."),
    row(Field::ValidFrom, Instant, Mandatory, "From when."),
    row(Field::ValidTo, Instant, Optional, "Until when; open without one."),
];

/// Who works beneath whom under an agreement: rank 1 is the direct provider, rank n + 1 works for rank n.
#[rustfmt::skip]
pub(crate) const SUPPLY_TIER_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Optional, "What it is about, in a line."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Agreement, Reference, Mandatory, "The agreement under which it works."),
    row(Field::Party, Party, Mandatory, "The party."),
    row(Field::Rank, Integer, Mandatory, "1 for the direct provider."),
    row(Field::UpstreamParty, Party, Optional, "The party it works for."),
    row(Field::Service, Reference, Optional, "The service or component it works on."),
    row(Field::DeclaredBy, Party, Optional, "The party that says so."),
    row(Field::DeclaredAt, Instant, Optional, "When it was said."),
];

/// A group that records are assigned to, and the party whose people it has.
#[rustfmt::skip]
pub(crate) const GROUP_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The key that people use in the source, an alias of the record."),
    row(Field::Url, Text, Optional, "Where the record can be opened in the source."),
    row(Field::SourceUpdatedAt, Instant, Optional, "When the source last wrote the record."),
    row(Field::Title, Text, Mandatory, "What people call it."),
    row(Field::State, State, Mandatory, "The canonical state."),
    row(Field::StateNative, Text, Optional, "The state in the source's own words."),
    row(Field::OwnerParty, Party, Optional, "The party whose source it is."),
    row(Field::CreatedAt, Instant, Optional, "When the source created the record."),
    row(Field::Party, Party, Optional, "The party whose people it has."),
    row(Field::SupplierParty, Party, Optional, "The vendor that the source names for it."),
    row(Field::Owner, Text, Optional, "The role that leads it."),
    row(Field::EscalationLevel, Integer, Optional, "Its level of support; 1 is the first."),
    row(Field::Parent, Reference, Optional, "The group it is a part of."),
];
