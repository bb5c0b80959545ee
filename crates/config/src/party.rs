//! `[party.<id>]`: who takes part, and in which role.

use crate::fields::Fields;
use crate::parse::named_sections;
use crate::register::Further;
use crate::words;
use counterfoil_diagnostics::Finding;
use counterfoil_model::Slug;
use std::borrow::Cow;
use toml::Spanned;
use toml::de::DeValue;

/// A party: an organization or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// What it is called in instances, events and figures.
    pub id: Slug,
    /// What people call it.
    pub name: String,
    /// What it is in the service management system.
    pub role: Role,
    /// What it is known by elsewhere.
    pub identifiers: Vec<Identifier>,
}

/// The role of a party, as ISO/IEC 20000-1 tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Owns the scope of the service management system.
    Organization,
    /// Receives the value.
    Customer,
    /// Uses the service.
    User,
    /// Is affected.
    InterestedParty,
    /// Part of the same larger organization, outside of the scope.
    InternalSupplier,
    /// Outside of the larger organization, under contract.
    ExternalSupplier,
    /// A customer that operates a component or a process as well.
    CustomerAsSupplier,
    /// An external supplier that manages others on our behalf.
    LeadSupplier,
    /// Under contract with the lead supplier, not with us.
    SubcontractedSupplier,
    /// Accountable for the integration from end to end.
    ServiceIntegrator,
    /// Reads.
    Assessor,
}

const ROLES: &[(&str, Role)] = &[
    ("organization", Role::Organization),
    ("customer", Role::Customer),
    ("user", Role::User),
    ("interested_party", Role::InterestedParty),
    ("internal_supplier", Role::InternalSupplier),
    ("external_supplier", Role::ExternalSupplier),
    ("customer_as_supplier", Role::CustomerAsSupplier),
    ("lead_supplier", Role::LeadSupplier),
    ("subcontracted_supplier", Role::SubcontractedSupplier),
    ("service_integrator", Role::ServiceIntegrator),
    ("assessor", Role::Assessor),
];

impl Role {
    /// Whether it is on our side of a contract with a supplier.
    pub fn is_ours(self) -> bool {
        match self {
            Self::Organization | Self::Customer | Self::User | Self::InternalSupplier | Self::ServiceIntegrator => true,
            Self::InterestedParty
            | Self::ExternalSupplier
            | Self::CustomerAsSupplier
            | Self::LeadSupplier
            | Self::SubcontractedSupplier
            | Self::Assessor => false,
        }
    }

    /// The word in the configuration and in outputs.
    pub fn as_str(self) -> &'static str {
        ROLES.iter().find(|(_, role)| *role == self).map_or("", |(word, _)| word)
    }
}

/// Something that a party is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// What kind of identifier.
    pub kind: IdentifierKind,
    /// The identifier.
    pub value: String,
    /// Who gave it, where that is not clear from the kind: the register of a registration number, the tool of a tool id.
    pub authority: Option<String>,
}

/// The kinds of identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentifierKind {
    /// Legal entity identifier, ISO 17442.
    Lei,
    /// Number in a register of companies.
    RegNo,
    /// Value added tax number.
    Vat,
    /// Dun & Bradstreet number.
    Duns,
    /// What stands behind the `@`.
    EmailDomain,
    /// How a tool names it.
    ToolId,
}

const KINDS: &[(&str, IdentifierKind)] = &[
    ("lei", IdentifierKind::Lei),
    ("reg_no", IdentifierKind::RegNo),
    ("vat", IdentifierKind::Vat),
    ("duns", IdentifierKind::Duns),
    ("email_domain", IdentifierKind::EmailDomain),
    ("tool_id", IdentifierKind::ToolId),
];

impl IdentifierKind {
    /// The word in the configuration and in outputs.
    pub fn as_str(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// The party, and what only its register has.
pub(crate) fn read<'i>(
    id: &Spanned<Cow<'_, str>>,
    section: Spanned<DeValue<'i>>,
    findings: &mut Vec<Finding>,
) -> Option<(Party, Further<'i>)> {
    let slug = words::slug("a party", id.get_ref(), id.span(), findings);
    let mut fields = Fields::of(id.get_ref(), section, findings)?;
    let name = fields.need::<String>("name", "what people call this party", findings);
    let role = fields.need::<String>("role", "for example `role = \"external_supplier\"`", findings);
    let role = role.and_then(|role| words::word("role", &role, ROLES, findings));
    let identifiers = fields.take_raw("identifiers").map(|(_, value)| identifiers(value, findings)).unwrap_or_default();
    let further = ["legal_name", "country", "owner"].map(|key| (key, fields.take::<String>(key, findings)));
    let texts = further.into_iter().filter_map(|(key, text)| Some((key, text?.into_inner()))).collect();
    let roles = named_sections("roles", &mut fields, findings);
    fields.end(findings);
    Some((Party { id: slug?, name: name?.into_inner(), role: role?, identifiers }, Further { texts, roles }))
}

fn identifiers(value: Spanned<DeValue<'_>>, findings: &mut Vec<Finding>) -> Vec<Identifier> {
    let at = value.span();
    let DeValue::Array(entries) = value.into_inner() else {
        let message = "`identifiers` must be a list in brackets";
        let finding = Finding::error("config::wrong-type", message, at, "a list in brackets");
        findings
            .push(finding.help("for example `identifiers = [{ type = \"email_domain\", value = \"acme.example\" }]`"));
        return Vec::new();
    };
    entries.into_iter().filter_map(|entry| identifier(entry, findings)).collect()
}

fn identifier(entry: Spanned<DeValue<'_>>, findings: &mut Vec<Finding>) -> Option<Identifier> {
    let mut fields = Fields::of("identifiers", entry, findings)?;
    let kind = fields.need::<String>("type", "for example `type = \"email_domain\"`", findings);
    let kind = kind.and_then(|kind| words::word("type", &kind, KINDS, findings));
    let value = fields.need::<String>("value", "for example `value = \"acme.example\"`", findings);
    let authority = fields.take::<String>("authority", findings).map(Spanned::into_inner);
    fields.end(findings);
    Some(Identifier { kind: kind?, value: value?.into_inner(), authority })
}
