//! From the texts to the configuration.

use crate::fields::Fields;
use crate::instance::{self, Instance, Surroundings};
use crate::overrides::Overrides;
use crate::party::{self, Party};
use crate::register::{Around, REGISTERS, Records};
use crate::texts::{Input, Texts, base_of_set};
use crate::{amqp, api, correspondence, secret, set, words};
use counterfoil_diagnostics::{Finding, Severity, SourceText};
use counterfoil_sdk::ConnectorKind;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A configuration without an error.
pub struct Config {
    /// Where the ledger and the cache live, when the file says so, as it says it; relative to the file's folder.
    pub data_dir: Option<PathBuf>,
    /// The sources, in the order of the file.
    pub instances: Vec<Instance>,
    /// The instance that the registers of this file are pulled from. Without sections it tells only that those of before
    /// are gone.
    pub register: Option<Instance>,
    /// How many records the registers have.
    pub register_sections: usize,
    /// The parties, in the order of the file.
    pub parties: Vec<Party>,
    /// The broker, when there is one.
    pub amqp: Option<amqp::Amqp>,
    /// Where the gateway listens, when it does.
    pub api: Option<api::Api>,
    /// How figures are made.
    pub reporting: Reporting,
}

/// `[reporting]`: how figures are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reporting {
    /// The IANA zone in which days and months begin.
    pub zone: String,
}

impl Default for Reporting {
    fn default() -> Self {
        Self { zone: "UTC".to_owned() }
    }
}

/// What reading gave.
pub struct Parsed {
    /// The configuration; `None` when any finding is an error.
    pub config: Option<Config>,
    /// Every problem, with the text it is in: the file in the order of its places, then each `--set`. What looks like a
    /// secret is unreadable in these texts.
    pub findings: Vec<(SourceText, Finding)>,
}

/// Reads a configuration. Pure: no file, no environment, no network.
///
/// `kinds` are the connectors there are, `mapping_names` the names of the shipped mappings.
pub fn parse(input: &Input, kinds: &[&'static dyn ConnectorKind], mapping_names: &[&str]) -> Parsed {
    let mut findings = Vec::new();
    let config = read(input, kinds, mapping_names, &mut findings);
    findings.sort_by_key(|finding| (finding.at.start, finding.at.end));
    let errors = findings.iter().any(|finding| finding.severity == Severity::Error);
    let texts = Texts::new(input, &hidden(&findings));
    let findings = findings.into_iter().map(|finding| texts.locate(finding)).collect();
    Parsed { config: config.filter(|_| !errors), findings }
}

fn read(
    input: &Input,
    kinds: &[&'static dyn ConnectorKind],
    mapping_names: &[&str],
    findings: &mut Vec<Finding>,
) -> Option<Config> {
    let mut table = document(&input.source.text, findings)?;
    for (index, text) in input.sets.iter().enumerate() {
        findings.extend(set::put(&mut table, text, base_of_set(input, index)).err());
    }
    let mut notes = Vec::new();
    not_substituted(&table, &mut notes);
    let overrides = Overrides::new(&input.source, &table);
    let mut fields = Fields::new(0..0, table);
    let data_dir = fields.take::<String>("data_dir", findings).map(|path| PathBuf::from(path.into_inner()));
    let person_salt = fields.take::<String>("person_salt", findings);
    let person_salt = person_salt.and_then(|salt| secret::name("person_salt", &salt, &input.folder, findings));
    let reporting = fields.take_raw("reporting").and_then(|(_, value)| Fields::of("reporting", value, findings));
    let reporting = reporting.map(|fields| reporting_of(fields, findings)).unwrap_or_default();
    let described = named_sections("party", &mut fields, findings);
    let party_names: BTreeSet<String> = described.iter().map(|(name, _)| name.get_ref().to_string()).collect();
    let (parties, records) = registers(described, &party_names, &reporting.zone, &mut fields, findings);
    let configured = named_sections("connector", &mut fields, findings);
    if configured.is_empty() {
        let finding = Finding::warning("config::no-connector", "no connector is configured", 0..0, "nothing to pull");
        findings.push(finding.help("`counterfoil init` writes an example"));
    }
    let named: Vec<String> = configured.iter().map(|(name, _)| name.get_ref().to_string()).collect();
    let texts = Texts::new(input, &[]);
    let around = Surroundings {
        kinds,
        mapping_names,
        folder: &input.folder,
        parties: &party_names,
        texts: &texts,
        overrides: &overrides,
        person_salt: person_salt.as_deref(),
    };
    let instances: Vec<Instance> =
        configured.into_iter().filter_map(|(name, value)| instance::read(&name, value, &around, findings)).collect();
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    correspondence::check_reports(&instances, &parties, &named, findings);
    let amqp = fields.take_raw("amqp").and_then(|(_, value)| Fields::of("amqp", value, findings));
    let amqp = amqp.and_then(|fields| amqp::read(fields, &input.folder, findings));
    let api = fields.take_raw("api").and_then(|(_, value)| Fields::of("api", value, findings));
    let api = api.and_then(|fields| api::read(fields, findings));
    let register = records.instance(kinds, mapping_names, &input.folder, &texts.at(&(0..0)), findings);
    for (key, value) in fields.rest() {
        findings.push(instance::stray(&key, value.get_ref(), SECTIONS));
    }
    // What is refused as a secret is not also said to be text that nothing is put into.
    let refused = hidden(findings);
    findings.extend(notes.into_iter().filter(|note| !refused.contains(&note.at)));
    let register_sections = records.len();
    Some(Config { data_dir, instances, register, register_sections, parties, amqp, api, reporting })
}

const SECTIONS: &[&str] = &[
    "data_dir",
    "person_salt",
    "connector",
    "party",
    "calendar",
    "service",
    "group",
    "agreement",
    "amqp",
    "api",
    "reporting",
];

/// The parties, and the records of all registers. A file that only says who takes part has no registers.
fn registers<'i>(
    described: Named<'i>,
    party_names: &BTreeSet<String>,
    zone: &str,
    fields: &mut Fields<'i>,
    findings: &mut Vec<Finding>,
) -> (Vec<Party>, Records) {
    let mut names = BTreeMap::from([("party", party_names.clone())]);
    let mut sections = Vec::new();
    for (name, register) in REGISTERS {
        let named = named_sections(name, fields, findings);
        names.insert(name, named.iter().map(|(name, _)| name.get_ref().to_string()).collect());
        sections.push((*name, *register, named));
    }
    let around = Around { names: &names, zone };
    let (mut parties, mut records) = (Vec::new(), Records::default());
    let mut read = Vec::new();
    for (name, value) in described {
        let at = value.span();
        if let Some((party, further)) = party::read(&name, value, findings) {
            parties.push(party.clone());
            read.push((party, at, further));
        }
    }
    let only_parties = sections.iter().all(|(_, _, named)| named.is_empty())
        && read.iter().all(|(_, _, further)| further.roles.is_empty());
    if only_parties {
        return (parties, records);
    }
    for (party, at, further) in read {
        records.read_party(&party, at, further, &around, findings);
    }
    for (name, register, named) in sections {
        records.read(register, name, named, None, &around, findings);
    }
    (parties, records)
}

/// The file as a table. What stands twice is the only mistake of the syntax that leaves the rest worth reading.
fn document<'i>(text: &'i str, findings: &mut Vec<Finding>) -> Option<DeTable<'i>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut readable = true;
    let mut last_line = None;
    let mut repeated = 0..0;
    for error in errors {
        let at = error.span().unwrap_or(0..0);
        if error.message() == "duplicate key" {
            // A section that stands twice is one mistake, whatever is in it.
            if !repeated.contains(&at.start) {
                repeated = repeated_section(text, at.start);
                findings.push(duplicate(text, at));
            }
            continue;
        }
        readable = false;
        // What follows on the same line is mostly said about the same mistake.
        let line = text.as_bytes()[..at.start.min(text.len())].iter().filter(|byte| **byte == b'\n').count();
        if last_line.replace(line) != Some(line) {
            findings.push(Finding::error("config::syntax", error.message(), at, "not TOML"));
        }
    }
    readable.then(|| table.into_inner())
}

fn duplicate(text: &str, at: Range<usize>) -> Finding {
    let message = match text.get(at.clone()) {
        Some(key) => format!("`{key}` stands here a second time"),
        None => "a key stands here a second time".to_owned(),
    };
    Finding::error("config::duplicate-key", message, at, "again").help("a key and a section can stand only once")
}

/// The section whose header is on the line of this place; nothing when the line is no header.
fn repeated_section(text: &str, place: usize) -> Range<usize> {
    let before = text.get(..place).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    if !text[start..].trim_start().starts_with('[') {
        return 0..0;
    }
    let next = text[place..].match_indices('\n').map(|(end, _)| place + end + 1);
    let next = next.into_iter().find(|start| text[*start..].trim_start().starts_with('['));
    start..next.unwrap_or(text.len())
}

pub(crate) type Named<'i> = Vec<(Spanned<Cow<'i, str>>, Spanned<DeValue<'i>>)>;

/// The sections inside of a section, in the order of the file.
pub(crate) fn named_sections<'i>(key: &'static str, fields: &mut Fields<'i>, findings: &mut Vec<Finding>) -> Named<'i> {
    let section = fields.take_raw(key).and_then(|(_, value)| Fields::of(key, value, findings));
    let mut named: Named<'i> = section.map(|section| section.rest().into_iter().collect()).unwrap_or_default();
    named.sort_by_key(|(name, _)| name.span().start);
    named
}

fn reporting_of(mut fields: Fields<'_>, findings: &mut Vec<Finding>) -> Reporting {
    let zone = fields.take::<String>("zone", findings).filter(|zone| words::zone(zone, findings));
    fields.end(findings);
    zone.map(|zone| Reporting { zone: zone.into_inner() }).unwrap_or_default()
}

/// Warns of every text with `${…}` in it, because other programs would put something in its place.
fn not_substituted(table: &DeTable<'_>, notes: &mut Vec<Finding>) {
    table.iter().for_each(|(_, value)| not_substituted_in(value, notes));
}

fn not_substituted_in(value: &Spanned<DeValue<'_>>, notes: &mut Vec<Finding>) {
    match value.get_ref() {
        DeValue::Table(table) => not_substituted(table, notes),
        DeValue::Array(entries) => entries.iter().for_each(|entry| not_substituted_in(entry, notes)),
        DeValue::String(text) => {
            let found = text.find("${").and_then(|start| Some(&text[start..start + text[start..].find('}')? + 1]));
            let Some(found) = found else { return };
            let message = format!("`{found}` is not replaced by anything");
            let note = Finding::warning("config::not-substituted", message, value.span(), "taken as it stands");
            notes.push(
                note.help("give the value itself, by `--set key=value` where it differs from machine to machine"),
            );
        }
        _ => {}
    }
}

/// Places with a secret in them.
fn hidden(findings: &[Finding]) -> Vec<Range<usize>> {
    findings.iter().filter(|finding| finding.code == "config::plain-secret").map(|finding| finding.at.clone()).collect()
}
