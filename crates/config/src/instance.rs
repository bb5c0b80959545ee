//! `[connector.<instance>]`: one configured source.

use crate::correspondence::{Correspondence, Written};
use crate::fields::{Fields, unknown_key};
use crate::overrides::Overrides;
use crate::register::INSTANCE;
use crate::texts::{At, Texts};
use crate::{secret, words};
use counterfoil_diagnostics::{Finding, Severity, SourceText, did_you_mean};
use counterfoil_model::Slug;
use counterfoil_sdk::{ConfigSection, Connector, ConnectorKind, InstanceSettings, read_value};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use toml::Spanned;
use toml::de::DeValue;

/// One configured source.
pub struct Instance {
    /// What the user calls it; part of every record's identity.
    pub name: Slug,
    /// The kind of connector.
    pub kind: &'static str,
    /// The connector, ready to be checked and pulled.
    pub connector: Box<dyn Connector>,
    /// The mappings in the order in which they are tried; the first that applies holds. Never empty.
    pub mappings: Vec<MappingChoice>,
    /// What the instance changes in its mappings.
    pub overrides: Option<Override>,
    /// Whose records these are.
    pub party: Option<Slug>,
    /// The IANA zone of moments that the source writes without an offset.
    pub zone: Option<String>,
    /// How the source orders day, month and year: `dmy`, `mdy` or `ymd`.
    pub dates: Option<&'static str>,
    /// How often `up` pulls.
    pub interval: Duration,
    /// Whether `up` and `sync` pull it at all.
    pub enabled: bool,
    /// The name of the secret that is mixed into the pseudonyms of persons: `env:…`, `file:…`.
    pub salt: Option<String>,
    /// How its mails are gathered into conversations, where it has mails.
    pub correspondence: Option<Correspondence>,
}

/// What an instance changes in its mappings: sections for all of them, and sections behind the name of one.
#[derive(Debug, Clone)]
pub struct Override {
    /// A document of its own. Where the configuration file has it in sections of its own, every place in it is the place in
    /// that file; otherwise it is written anew and its name says so.
    pub document: SourceText,
    /// The text to show for a place in the document: the file where it has the same places, with what looks like a secret
    /// made unreadable.
    pub shown: SourceText,
}

/// A mapping that an instance uses.
#[derive(Debug, Clone)]
pub struct MappingChoice {
    /// The name of a shipped one (`servicenow/incident-log`), or, when it ends in `.toml`, the path of a file; relative
    /// paths start at the folder of the configuration.
    pub name: String,
    /// Where the instance names the mapping.
    pub at: At,
}

/// What an instance is read against.
pub(crate) struct Surroundings<'a> {
    pub(crate) kinds: &'a [&'static dyn ConnectorKind],
    pub(crate) mapping_names: &'a [&'a str],
    pub(crate) folder: &'a Path,
    pub(crate) parties: &'a BTreeSet<String>,
    pub(crate) texts: &'a Texts,
    pub(crate) overrides: &'a Overrides,
    pub(crate) person_salt: Option<&'a str>,
}

const INTERVAL_SECS: u32 = 60;

pub(crate) fn read(
    name: &Spanned<Cow<'_, str>>,
    section: Spanned<DeValue<'_>>,
    around: &Surroundings<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Instance> {
    let before = findings.len();
    let slug = words::slug("an instance", name.get_ref(), name.span(), findings);
    if name.get_ref() == INSTANCE {
        let message = format!("the instance `{INSTANCE}` is that of the registers of this file");
        let finding = Finding::error("config::reserved-name", message, name.span(), "taken");
        findings.push(finding.help("choose another name; agreements, services and calendars need no connector"));
    }
    let at = section.span();
    let DeValue::Table(table) = section.into_inner() else {
        let message = format!("`{}` is no instance of a connector", name.get_ref());
        let finding = Finding::error("config::not-a-section", message, name.span(), "stands outside of an instance");
        findings.push(finding.help("an instance has a name and a section: `[connector.log]`"));
        return None;
    };
    let mut fields = Fields::new(at, table);
    let kind = kind(&mut fields, around.kinds, findings);
    let overrides = fields.take_raw("override");
    let overrides = overrides.and_then(|(_, value)| around.overrides.of(name.get_ref(), value, findings));
    let overrides = overrides.map(|document| {
        let file = around.texts.at(&(0..0)).source;
        let shown = if document.name == file.name { file } else { document.clone() };
        Override { document, shown }
    });
    let mappings = mappings(&mut fields, around, findings);
    let party = fields.take::<String>("party", findings).map(|party| known_party(party, around.parties, findings));
    let (settings, dates) = settings(&mut fields, findings);
    let interval = fields.take::<i64>("interval_secs", findings);
    let interval =
        interval.map_or(Some(INTERVAL_SECS), |secs| words::number("interval_secs", &secs, 1..=86_400, findings));
    let enabled = fields.take::<bool>("enabled", findings).is_none_or(Spanned::into_inner);
    let person_salt = fields.take::<String>("person_salt", findings);
    let person_salt = person_salt.and_then(|salt| secret::name("person_salt", &salt, around.folder, findings));
    let correspondence = Written::take(&mut fields, findings);
    let kind = kind?;
    let at = fields.at.clone();
    let mut table = fields.rest();
    secret::refuse_plain(&mut table, findings);
    let section = ConfigSection {
        instance: name.get_ref(),
        at: at.clone(),
        folder: around.folder,
        settings: &settings,
        table: Spanned::new(at.clone(), table),
    };
    let connector = match kind.parse(section) {
        Ok(connector) => connector,
        Err(said) => {
            // A connector that refuses has to say why; one that does not must not pass for a working one.
            if !said.iter().any(|finding| finding.severity == Severity::Error) {
                let message = format!("the connector `{}` does not take this section", kind.name());
                findings.push(Finding::error("config::refused", message, at, "here"));
            }
            findings.extend(said);
            return None;
        }
    };
    let correspondence = correspondence.read(connector.gathered(), around.texts, findings);
    if findings[before..].iter().any(|finding| finding.severity == Severity::Error) {
        return None;
    }
    Some(Instance {
        name: slug?,
        kind: kind.name(),
        connector,
        mappings,
        overrides,
        party: party.map(|party| Slug::of(&party)),
        zone: settings.zone.map(Spanned::into_inner),
        dates,
        interval: Duration::from_secs(interval?.into()),
        enabled,
        salt: person_salt.or_else(|| around.person_salt.map(str::to_owned)),
        correspondence,
    })
}

fn kind(
    fields: &mut Fields<'_>,
    kinds: &[&'static dyn ConnectorKind],
    findings: &mut Vec<Finding>,
) -> Option<&'static dyn ConnectorKind> {
    let kinds: Vec<&&'static dyn ConnectorKind> = kinds.iter().filter(|kind| !kind.is_of_registers()).collect();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    let known = format!("known are `{}`", names.join("`, `"));
    let wanted = fields.need::<String>("type", &format!("the kind of connector; {known}"), findings)?;
    if let Some(kind) = kinds.iter().find(|kind| kind.name() == wanted.get_ref()) {
        return Some(**kind);
    }
    let meant = did_you_mean(wanted.get_ref(), names.iter().copied());
    let help = meant.map_or(known, |name| format!("did you mean `{name}`?"));
    let message = format!("there is no connector `{}`", wanted.get_ref());
    findings.push(Finding::error("config::unknown-connector", message, wanted.span(), "unknown").help(help));
    None
}

fn mappings(fields: &mut Fields<'_>, around: &Surroundings<'_>, findings: &mut Vec<Finding>) -> Vec<MappingChoice> {
    const HELP: &str = "the name of a mapping, or the path of a file that ends in `.toml`";
    let Some((_, value)) = fields.take_raw("mapping") else {
        findings.push(fields.missing("mapping", HELP));
        return Vec::new();
    };
    let at = value.span();
    let entries: Vec<Spanned<DeValue<'_>>> = match value.into_inner() {
        DeValue::Array(entries) => entries.into_iter().collect(),
        single => vec![Spanned::new(at.clone(), single)],
    };
    if entries.is_empty() {
        findings.push(Finding::error("config::no-mapping", "`mapping` names no mapping", at, "empty").help(HELP));
    }
    let mut choices = Vec::new();
    for entry in entries {
        let wanted: Spanned<String> = match read_value("mapping", entry) {
            Ok(wanted) => wanted,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        let text = wanted.get_ref();
        if !text.ends_with(".toml") && !around.mapping_names.contains(&text.as_str()) {
            findings.push(unknown_mapping(&wanted, around.mapping_names));
        }
        let at = around.texts.at(&wanted.span());
        choices.push(MappingChoice { name: wanted.into_inner(), at });
    }
    choices
}

fn unknown_mapping(wanted: &Spanned<String>, names: &[&str]) -> Finding {
    // The last part alone is often what a person remembers.
    let by_part = || names.iter().find(|name| name.rsplit('/').next() == Some(wanted.get_ref())).copied();
    let help = match did_you_mean(wanted.get_ref(), names.iter().copied()).or_else(by_part) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("shipped are `{}`; a file of your own ends in `.toml`", names.join("`, `")),
    };
    let message = format!("there is no mapping `{}`", wanted.get_ref());
    Finding::error("config::unknown-mapping", message, wanted.span(), "unknown").help(help)
}

fn known_party(party: Spanned<String>, parties: &BTreeSet<String>, findings: &mut Vec<Finding>) -> String {
    let name = party.get_ref();
    if words::slug("a party", name, party.span(), findings).is_some() && !parties.contains(name) {
        let help = match did_you_mean(name, parties.iter().map(String::as_str)) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("describe it in a section `[party.{name}]` with `name` and `role`"),
        };
        let message = format!("the party `{name}` is not described");
        findings.push(Finding::warning("config::unknown-party", message, party.span(), "no such section").help(help));
    }
    party.into_inner()
}

fn settings(fields: &mut Fields<'_>, findings: &mut Vec<Finding>) -> (InstanceSettings, Option<&'static str>) {
    let zone = fields.take::<String>("zone", findings);
    let zone = zone.filter(|zone| words::zone(zone, findings));
    let dates = fields.take::<String>("dates", findings);
    let orders = [("dmy", "dmy"), ("mdy", "mdy"), ("ymd", "ymd")];
    let order = dates.as_ref().and_then(|dates| words::word("dates", dates, &orders, findings));
    (InstanceSettings { zone, dates: dates.filter(|_| order.is_some()) }, order)
}

/// What stands at the top of the file and is none of its sections: perhaps an instance without `connector.` before it.
pub(crate) fn stray(key: &Spanned<Cow<'_, str>>, value: &DeValue<'_>, known: &[&str]) -> Finding {
    match value.as_table() {
        Some(table) if table.contains_key("type") => {
            unknown_key(key, known).help(format!("a connector's section is named `[connector.{}]`", key.get_ref()))
        }
        _ => unknown_key(key, known),
    }
}
