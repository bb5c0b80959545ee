//! The registers of the configuration: calendars, services, groups, agreements with their targets, roles of parties. Each
//! section becomes a record, through the one instance `register`; what a record means is not known here.

mod duration;
mod keys;
mod member;
mod target;

use crate::fields::Fields;
use crate::instance::{Instance, MappingChoice};
use crate::parse::Named;
use crate::party::Party;
use crate::texts::At;
use crate::words;
use counterfoil_diagnostics::{Finding, did_you_mean};
use counterfoil_model::{Kind, Slug};
use counterfoil_sdk::{ConfigSection, ConnectorKind, InstanceSettings};
use keys::Register;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The instance that registers are pulled from, and the first part of their records' ids.
pub(crate) const INSTANCE: &str = "register";

/// The sections at the top of the file, and what is in them.
pub(crate) const REGISTERS: &[(&str, &Register)] = &[
    ("calendar", &keys::CALENDAR),
    ("service", &keys::SERVICE),
    ("group", &keys::GROUP),
    ("agreement", &keys::AGREEMENT),
];

/// A value of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Member {
    Text(String),
    /// A whole number, as it is written.
    Whole(String),
    Flag(bool),
}

/// The members of a record by their names, which are those of its fields.
pub(crate) type Record = BTreeMap<&'static str, Member>;

/// What sections are read against.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    /// The names of all sections by register, parties included.
    pub(crate) names: &'a BTreeMap<&'static str, BTreeSet<String>>,
    /// In which zone days begin.
    pub(crate) zone: &'a str,
}

impl Around<'_> {
    pub(crate) fn knows(&self, register: &str, name: &str) -> bool {
        self.names.get(register).is_some_and(|names| names.contains(name))
    }

    pub(crate) fn names(&self, register: &str) -> impl Iterator<Item = &str> {
        self.names.get(register).into_iter().flatten().map(String::as_str)
    }
}

pub(crate) fn unknown_section(register: &str, name: &str, at: Range<usize>, around: &Around<'_>) -> Finding {
    let help = match did_you_mean(name, around.names(register)) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("describe it in a section `[{register}.{}]`", Slug::of(name)),
    };
    let message = format!("there is no section `[{register}.{name}]`");
    Finding::error("config::unknown-section", message, at, "unknown").help(help)
}

/// The records of all registers, by the paths of their sections.
#[derive(Default)]
pub(crate) struct Records {
    records: BTreeMap<String, (Record, Range<usize>)>,
}

impl Records {
    /// Reads the sections of one register of the file.
    pub(crate) fn read(
        &mut self,
        register: &'static Register,
        prefix: &str,
        named: Named<'_>,
        back: Option<(&'static str, &str)>,
        around: &Around<'_>,
        findings: &mut Vec<Finding>,
    ) {
        for (name, section) in named {
            let path = format!("{prefix}.{}", name.get_ref());
            let Some(slug) = words::slug("a section", name.get_ref(), name.span(), findings) else { continue };
            let Some(mut fields) = Fields::of(&path, section, findings) else { continue };
            // Inside of an agreement a key that people use has that of the agreement before it.
            let key = match back {
                Some((_, owner)) => format!("{}.{slug}", owner.split_once('.').map_or(owner, |(_, name)| name)),
                None => slug.to_string(),
            };
            let mut record = begun(register.kind, &path, &key, register.state);
            record.insert("title", Member::Text(slug.to_string()));
            record.extend(back.map(|(field, path)| (field, Member::Text(path.to_owned()))));
            for key in register.keys {
                match fields.take_raw(key.name) {
                    Some((_, value)) => {
                        // The days of a calendar begin where its hours are read from the wall.
                        let zone = match record.get("zone") {
                            Some(Member::Text(zone)) => zone.clone(),
                            _ => around.zone.to_owned(),
                        };
                        let around = Around { zone: &zone, ..*around };
                        let member = member::read(key, register.kind, value, &around, findings);
                        record.extend(member.map(|member| (key.member(), member)));
                    }
                    None => findings.extend(key.needed.map(|help| fields.missing(key.name, help))),
                }
            }
            if register.kind == Kind::ServiceLevelTarget {
                target::read(&mut fields, &mut record, findings);
            }
            for (inside, back, register) in register.inside {
                let named = crate::parse::named_sections(inside, &mut fields, findings);
                self.read(register, &format!("{path}.{inside}"), named, Some((*back, &path)), around, findings);
            }
            let at = fields.at.clone();
            fields.end(findings);
            self.records.insert(path, (record, at));
        }
    }

    /// Reads what a party's section says beside its name, its role and its identifiers.
    pub(crate) fn read_party(
        &mut self,
        party: &Party,
        at: Range<usize>,
        further: Further<'_>,
        around: &Around<'_>,
        findings: &mut Vec<Finding>,
    ) {
        let path = format!("party.{}", party.id);
        let mut record = begun(Kind::Party, &path, party.id.as_str(), "active");
        record.insert("title", Member::Text(party.name.clone()));
        record.insert("party", Member::Text(party.id.to_string()));
        let known =
            |identifier: &crate::party::Identifier| format!("{}:{}", identifier.kind.as_str(), identifier.value);
        let identifiers: Vec<String> = party.identifiers.iter().map(known).collect();
        if !identifiers.is_empty() {
            record.insert("identifiers", Member::Text(identifiers.join(";")));
        }
        record.extend(further.texts.into_iter().map(|(name, text)| (name, Member::Text(text))));
        self.records.insert(path.clone(), (record, at.clone()));
        let role = format!("{path}.role");
        let mut record = begun(Kind::PartyRole, &role, &format!("{}.role", party.id), "active");
        record.insert("party", Member::Text(party.id.to_string()));
        record.insert("role", Member::Text(party.role.as_str().to_owned()));
        record.insert("title", Member::Text(party.role.as_str().to_owned()));
        self.records.insert(role, (record, at));
        let back = Some(("party", party.id.as_str()));
        self.read(&keys::ROLE, &format!("{path}.roles"), further.roles, back, around, findings);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// The one instance, where a kind of connector takes registers. Without sections it has nothing to say, but that what
    /// was there is gone.
    pub(crate) fn instance(
        &self,
        kinds: &[&'static dyn ConnectorKind],
        mapping_names: &[&str],
        folder: &Path,
        at: &At,
        findings: &mut Vec<Finding>,
    ) -> Option<Instance> {
        let kind = kinds.iter().find(|kind| kind.is_of_registers())?;
        let sections = self.records.iter().map(|(path, (record, at))| section(path, record, at));
        let table: DeTable<'_> = sections.collect();
        let settings = InstanceSettings::default();
        let table = Spanned::new(0..0, table);
        let section = ConfigSection { instance: INSTANCE, at: 0..0, folder, settings: &settings, table };
        let connector = kind.parse(section).map_err(|said| findings.extend(said)).ok()?;
        let shipped = mapping_names.iter().filter(|name| name.starts_with("register/") && !name.ends_with("-log"));
        Some(Instance {
            name: Slug::of(INSTANCE),
            kind: kind.name(),
            connector,
            mappings: shipped.map(|name| MappingChoice { name: (*name).to_owned(), at: at.clone() }).collect(),
            overrides: None,
            party: None,
            zone: None,
            dates: None,
            interval: Duration::from_secs(86_400),
            enabled: true,
            salt: None,
            correspondence: None,
        })
    }
}

/// What a party's section has beside what every configuration has.
#[derive(Default)]
pub(crate) struct Further<'i> {
    pub(crate) texts: Vec<(&'static str, String)>,
    pub(crate) roles: Named<'i>,
}

fn begun(kind: Kind, path: &str, key: &str, state: &str) -> Record {
    let text = |text: &str| Member::Text(text.to_owned());
    let mut record = Record::new();
    record.insert("id", text(path));
    record.insert("native_key", text(key));
    record.insert("kind", text(kind.name()));
    record.insert("state", text(state));
    record
}

/// A record as the section that the connector reads.
fn section<'r>(path: &'r str, record: &'r Record, at: &Range<usize>) -> (Spanned<Cow<'r, str>>, Spanned<DeValue<'r>>) {
    let members = record.iter().filter_map(|(name, member)| {
        let value = match member {
            Member::Text(text) => DeValue::String(Cow::Borrowed(text)),
            Member::Flag(flag) => DeValue::Boolean(*flag),
            Member::Whole(number) => DeValue::parse(number).ok()?.into_inner(),
        };
        Some((Spanned::new(at.clone(), Cow::Borrowed(*name)), Spanned::new(at.clone(), value)))
    });
    let table = DeValue::Table(members.collect());
    (Spanned::new(at.clone(), Cow::Borrowed(path)), Spanned::new(at.clone(), table))
}
