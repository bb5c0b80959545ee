//! What an instance says about its mails beside where they are: whose word on their senders counts, which addresses are ours,
//! and which rules are its own.

use crate::fields::Fields;
use crate::texts::{At, Texts};
use counterfoil_diagnostics::Finding;
use counterfoil_sdk::GatheredStream;
use std::ops::Range;
use toml::Spanned;

/// How the mails of an instance are gathered into conversations.
#[derive(Debug, Clone)]
pub struct Correspondence {
    /// From which stream into which.
    pub stream: GatheredStream,
    /// The names of our own mail servers in `Authentication-Results`.
    pub authserv_ids: Vec<String>,
    /// Addresses that are ours, whatever their domain.
    pub own_addresses: Vec<String>,
    /// The path of a file with rules of its own; relative paths start at the folder of the configuration.
    pub rules: Option<(String, At)>,
}

/// What is written, before it is known whether the connector's records are gathered at all.
pub(crate) struct Written {
    authserv_ids: Option<Spanned<Vec<Spanned<String>>>>,
    own_addresses: Option<Spanned<Vec<Spanned<String>>>>,
    rules: Option<Spanned<String>>,
}

impl Written {
    pub(crate) fn take(fields: &mut Fields<'_>, findings: &mut Vec<Finding>) -> Self {
        Self {
            authserv_ids: fields.take("authserv_ids", findings),
            own_addresses: fields.take("own_addresses", findings),
            rules: fields.take("rules", findings),
        }
    }

    pub(crate) fn read(
        self,
        gathered: Option<GatheredStream>,
        texts: &Texts,
        findings: &mut Vec<Finding>,
    ) -> Option<Correspondence> {
        let Some(stream) = gathered else {
            let keys: [(&str, Option<Range<usize>>); 3] = [
                ("authserv_ids", self.authserv_ids.map(|value| value.span())),
                ("own_addresses", self.own_addresses.map(|value| value.span())),
                ("rules", self.rules.map(|value| value.span())),
            ];
            for (key, at) in keys.into_iter().filter_map(|(key, at)| Some((key, at?))) {
                let message = format!("`{key}` is for connectors of mails, and this is none");
                findings.push(Finding::error("config::not-for-mails", message, at, "means nothing here"));
            }
            return None;
        };
        let is_server = |name: &str| !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '@');
        let authserv_ids = names(self.authserv_ids, "the name of a mail server", is_server, findings);
        let is_address = |address: &str| {
            address.split_once('@').is_some_and(|(name, domain)| {
                !name.is_empty() && !domain.is_empty() && !address.contains(char::is_whitespace)
            })
        };
        let own_addresses = names(self.own_addresses, "an address", is_address, findings);
        let rules = self.rules.map(|rules| {
            let at = texts.at(&rules.span());
            (rules.into_inner(), at)
        });
        Some(Correspondence { stream, authserv_ids, own_addresses, rules })
    }
}

fn names(
    written: Option<Spanned<Vec<Spanned<String>>>>,
    what: &str,
    fits: impl Fn(&str) -> bool,
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let mut names = Vec::new();
    for name in written.map(Spanned::into_inner).unwrap_or_default() {
        if !fits(name.get_ref()) {
            let message = format!("`{}` is not {what}", name.get_ref());
            findings.push(Finding::error("config::invalid-mail-name", message, name.span(), "here"));
        }
        names.push(name.into_inner());
    }
    names
}
