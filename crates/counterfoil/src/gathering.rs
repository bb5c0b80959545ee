//! Who is who in mails, from the parties of a configuration.

use counterfoil_config::{IdentifierKind, Party, Role};
use counterfoil_conversation::{Correspondent, Directory};

/// The parties with the domains of their mail addresses.
pub(crate) fn directory(parties: &[Party]) -> Directory {
    Directory { parties: parties.iter().map(correspondent).collect(), ..Directory::default() }
}

fn correspondent(party: &Party) -> Correspondent {
    let domains = party.identifiers.iter().filter(|identifier| identifier.kind == IdentifierKind::EmailDomain);
    Correspondent {
        id: party.id.to_string(),
        domains: domains.map(|identifier| identifier.value.to_ascii_lowercase()).collect(),
        is_ours: is_ours(party.role),
    }
}

/// Whether a party writes from our side of a contract: as the organization, for whom it works, or who uses its services.
fn is_ours(role: Role) -> bool {
    match role {
        Role::Organization | Role::Customer | Role::User | Role::InternalSupplier => true,
        Role::InterestedParty
        | Role::ExternalSupplier
        | Role::LeadSupplier
        | Role::SubcontractedSupplier
        | Role::CustomerAsSupplier
        | Role::ServiceIntegrator
        | Role::Assessor => false,
    }
}
