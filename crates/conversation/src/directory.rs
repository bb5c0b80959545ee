//! Who is who: parties by the domains of their addresses. It never looks anything up in the network.

/// The parties of an instance, and whose word on authentication is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// All parties that have domains; the first that fits an address is its party.
    pub parties: Vec<Correspondent>,
    /// The names of our own mail servers in `Authentication-Results`. Empty: nobody's word is believed, and nothing is refused.
    pub authserv_ids: Vec<String>,
    /// Addresses that are ours, whatever their domain.
    pub own_addresses: Vec<String>,
}

/// A party that writes mails.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correspondent {
    /// Its name in the configuration.
    pub id: String,
    /// Domains of its addresses; a subdomain of one belongs to it as well.
    pub domains: Vec<String>,
    /// Whether it is us.
    pub is_ours: bool,
}

/// Whose an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner<'d> {
    Ours(Option<&'d str>),
    Party(&'d str),
    Stranger,
}

impl Directory {
    pub(crate) fn owner(&self, address: &str) -> Owner<'_> {
        let ours = |id| Owner::Ours(id);
        if self.own_addresses.iter().any(|own| own.eq_ignore_ascii_case(address)) {
            return ours(self.parties.iter().find(|party| party.is_ours).map(|party| party.id.as_str()));
        }
        let Some(domain) = domain_of(address) else { return Owner::Stranger };
        let fits = |party: &&Correspondent| party.domains.iter().any(|own| is_within(&domain, own));
        match self.parties.iter().find(fits) {
            Some(party) if party.is_ours => ours(Some(party.id.as_str())),
            Some(party) => Owner::Party(&party.id),
            None => Owner::Stranger,
        }
    }

    /// The party's id; of ours the first one when only the address is known.
    pub(crate) fn party(&self, address: &str) -> Option<&str> {
        match self.owner(address) {
            Owner::Ours(id) => id,
            Owner::Party(id) => Some(id),
            Owner::Stranger => None,
        }
    }

    /// The parties that are not us, by id.
    pub(crate) fn others(&self) -> impl Iterator<Item = &str> {
        self.parties.iter().filter(|party| !party.is_ours).map(|party| party.id.as_str())
    }

    pub(crate) fn is_ours(&self, party: &str) -> bool {
        self.parties.iter().any(|known| known.is_ours && known.id == party)
    }
}

/// The domain in lower case, without a dot at its end.
pub(crate) fn domain_of(address: &str) -> Option<String> {
    let (_, domain) = address.rsplit_once('@')?;
    let domain = domain.trim().trim_end_matches('.');
    (!domain.is_empty()).then(|| domain.to_lowercase())
}

/// Whether the domain is `own` or below it: `mail.acme.example`, and not `notacme.example`.
fn is_within(domain: &str, own: &str) -> bool {
    let own = own.trim_start_matches('@').trim_matches('.').to_lowercase();
    !own.is_empty()
        && domain.strip_suffix(own.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_belongs_to_the_party_of_its_domain_and_not_to_one_that_ends_alike() {
        let party =
            |id: &str, domain: &str, is_ours| Correspondent { id: id.into(), domains: vec![domain.into()], is_ours };
        let directory = Directory {
            parties: vec![party("acme", "Acme.example", true), party("nordlicht", "nordlicht.example", false)],
            own_addresses: vec!["acme-desk@hosting.example".into()],
            ..Directory::default()
        };
        assert_eq!(directory.owner("a@acme.example"), Owner::Ours(Some("acme")));
        assert_eq!(directory.owner("Acme-Desk@Hosting.example"), Owner::Ours(Some("acme")));
        assert_eq!(directory.owner("b@mail.nordlicht.example."), Owner::Party("nordlicht"));
        for stranger in ["b@evilnordlicht.example", "nordlicht.example", "a@", "@", "b@nordlicht.example.evil.example"]
        {
            assert_eq!(directory.owner(stranger), Owner::Stranger, "{stranger}");
        }
        assert_eq!(directory.party("x@nordlicht.example"), Some("nordlicht"));
    }
}
