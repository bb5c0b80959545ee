//! What an instance says about its mails beside where they are: whose word on their senders counts, which addresses are ours,
//! and which rules are its own.

use crate::fields::Fields;
use crate::instance::Instance;
use crate::party::{IdentifierKind, Party};
use crate::texts::{At, Texts};
use counterfoil_diagnostics::{Finding, did_you_mean};
use counterfoil_sdk::{GatheredStream, read_value};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

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
    /// Where the attachments of reports go, the first that fits.
    pub reports: Vec<Report>,
}

/// Where attachments of reports go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The instance whose folder they are put into; whose records it has is whose reports are meant.
    pub to: String,
    /// Only mails from these addresses; empty: from all of the party.
    pub senders: Vec<String>,
    /// Only attachments with names like these, `*` and `?` stand for others; empty: all tables.
    pub names: Vec<String>,
    /// Where `to` stands in the file.
    pub(crate) at: Range<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenReport {
    to: Spanned<String>,
    senders: Option<Spanned<Vec<Spanned<String>>>>,
    names: Option<Spanned<Vec<Spanned<String>>>>,
}

/// What is written, before it is known whether the connector's records are gathered at all.
pub(crate) struct Written {
    authserv_ids: Option<Spanned<Vec<Spanned<String>>>>,
    own_addresses: Option<Spanned<Vec<Spanned<String>>>>,
    rules: Option<Spanned<String>>,
    reports: Option<Range<usize>>,
    routes: Vec<WrittenReport>,
}

impl Written {
    pub(crate) fn take(fields: &mut Fields<'_>, findings: &mut Vec<Finding>) -> Self {
        let (reports, written) = fields.take_raw("reports").unzip();
        // One of them, or a list.
        let written: Vec<Spanned<DeValue<'_>>> = match written.map(|value| (value.span(), value.into_inner())) {
            None => Vec::new(),
            Some((_, DeValue::Array(several))) => several.into_iter().collect(),
            Some((at, one)) => vec![Spanned::new(at, one)],
        };
        let mut routes = Vec::new();
        for one in written {
            match read_value("reports", one) {
                Ok(route) => routes.push(route),
                Err(finding) => findings.push(finding),
            }
        }
        Self {
            reports,
            routes,
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
            let keys: [(&str, Option<Range<usize>>); 4] = [
                ("authserv_ids", self.authserv_ids.map(|value| value.span())),
                ("own_addresses", self.own_addresses.map(|value| value.span())),
                ("rules", self.rules.map(|value| value.span())),
                ("reports", self.reports),
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
        let mut reports = Vec::new();
        for WrittenReport { to, senders, names: patterns } in self.routes {
            let senders = names(senders, "an address", is_address, findings);
            let is_name = |name: &str| !name.is_empty() && !name.contains(['/', '\\']);
            let names = names(patterns, "the name of a file", is_name, findings);
            reports.push(Report { at: to.span(), to: to.into_inner(), senders, names });
        }
        Some(Correspondence { stream, authserv_ids, own_addresses, rules, reports })
    }
}

/// Whether everything that reports are handed to is there and can take them.
pub(crate) fn check_reports(instances: &[Instance], parties: &[Party], named: &[&str], findings: &mut Vec<Finding>) {
    let reports = |instance: &Instance| instance.correspondence.clone().map(|one| one.reports).unwrap_or_default();
    for Report { to, at, .. } in instances.iter().flat_map(reports) {
        let mut say = |code, message: String, label: &str, help: String| {
            findings.push(Finding::error(code, message, at.clone(), label).help(help));
        };
        let Some(target) = instances.iter().find(|instance| instance.name.as_str() == to) else {
            // One that is written and wrong has findings of its own.
            if !named.contains(&to.as_str()) {
                let near = did_you_mean(&to, named.iter().copied());
                let help = near.map_or_else(
                    || format!("describe it in a section `[connector.{to}]`"),
                    |near| format!("did you mean `{near}`?"),
                );
                say("config::unknown-instance", format!("there is no instance `{to}`"), "unknown", help);
            }
            continue;
        };
        if target.connector.inbox().is_none() {
            let help = "name an instance of `file`, whose `path` is a folder, with or without a pattern".to_owned();
            say("config::no-inbox", format!("`{to}` reads no files of a folder"), "cannot take reports", help);
        }
        let party = target.party.as_ref().and_then(|of| parties.iter().find(|party| party.id == *of));
        let has_domain =
            |party: &Party| party.identifiers.iter().any(|identifier| identifier.kind == IdentifierKind::EmailDomain);
        if !party.is_some_and(has_domain) {
            let help = format!(
                "write `party` into `[connector.{to}]`, and the domain of its mails among the `identifiers` of the party"
            );
            let message = format!("nobody can say whose reports `{to}` takes");
            say("config::report-party", message, "has no party with a domain of mails", help);
        }
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
