//! The mappings of one instance, compiled together with what the instance changes in them.
//!
//! A change that stands behind the name of a mapping is for that mapping alone. Any other is for every mapping of records
//! that it fits, because kinds have different states and fields; it is wrong only where it fits none of them.

use crate::compile::{Found, located};
use crate::located::Origin;
use crate::overrides::{Overrides, Part};
use crate::plan::{Mapping, Read};
use crate::source::{MappingSource, Settings};
use crate::spec::Accepts;
use counterfoil_diagnostics::{Finding, Severity, SourceText, did_you_mean};
use counterfoil_model::Kind;
use std::collections::BTreeSet;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A mapping as an instance names it.
#[derive(Debug, Clone)]
pub struct NamedMapping {
    /// The name in the configuration: that of a shipped one, or a path.
    pub name: String,
    /// Its file.
    pub file: SourceText,
}

/// Everything that is wrong with the mappings of an instance, found in one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstanceProblems {
    /// In the mapping files.
    pub files: Vec<(SourceText, Vec<Finding>)>,
    /// In what the instance changes, in the order of their places.
    pub overrides: Vec<Finding>,
}

/// Compiles all mappings of an instance. `overrides` holds sections of a mapping (`words`, `fields`, `when`, `mapping`),
/// and such sections behind the names of mappings.
pub fn compile_instance(
    named: &[NamedMapping],
    overrides: Option<&SourceText>,
    settings: &Settings,
) -> Result<Vec<Mapping>, InstanceProblems> {
    let nothing = SourceText { name: "".into(), text: "".into() };
    let text = overrides.unwrap_or(&nothing);
    let mut instance = Instance { named, text, settings, problems: InstanceProblems::default(), shared: Vec::new() };
    let own = match DeTable::parse(&text.text) {
        Ok(document) => instance.split(document.get_ref()),
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            instance.problems.overrides.push(Finding::error("mapping::syntax", error.message(), at, "not TOML"));
            vec![Vec::new(); named.len()]
        }
    };
    let bare: Vec<Option<Mapping>> = named.iter().map(|one| instance.bare(one)).collect();
    // What is not readable without its overrides is taken to be a mapping of records, and says itself what is wrong.
    let of_records: Vec<bool> = bare
        .iter()
        .map(|mapping| {
            mapping.as_ref().is_none_or(|mapping| !matches!(mapping.kind(), Kind::Catalogue | Kind::Correspondence))
        })
        .collect();
    instance.shared_conditions(&bare, &of_records, &own);
    let several = of_records.iter().filter(|of_records| **of_records).count() > 1;
    let mut mappings = Vec::new();
    for (at, one) in named.iter().enumerate() {
        if let Some(mut mapping) = instance.compile(one, &own[at], of_records[at]) {
            mapping.own_section = several.then(|| quoted(&one.name));
            mappings.push(mapping);
        }
    }
    instance.what_fits_none(&of_records);
    if instance.problems == InstanceProblems::default() { Ok(mappings) } else { Err(instance.problems) }
}

/// A change that is for every mapping it fits.
struct Shared {
    part: Part,
    fits: bool,
    /// Why it does not fit, as the first mapping says it that knows what may be meant.
    misfit: Option<Finding>,
}

struct Instance<'a> {
    named: &'a [NamedMapping],
    text: &'a SourceText,
    settings: &'a Settings,
    problems: InstanceProblems,
    shared: Vec<Shared>,
}

const SECTIONS: &[&str] = &["mapping", "when", "fields", "links", "words"];

impl Instance<'_> {
    /// Tells what is for all mappings from what is for one of them, and says which names mean nothing.
    fn split(&mut self, document: &DeTable<'_>) -> Vec<Vec<Part>> {
        let mut own = vec![Vec::new(); self.named.len()];
        let mut rest = DeTable::new();
        for (key, value) in document {
            let name = key.get_ref().as_ref();
            let meant: Vec<usize> = (0..self.named.len()).filter(|at| self.named[*at].name == name).collect();
            match value.get_ref() {
                _ if meant.is_empty() && !SECTIONS.contains(&name) && self.is_no_mapping(key) => {}
                _ if meant.is_empty() => drop(rest.insert(key.clone(), value.clone())),
                DeValue::Table(table) => {
                    meant.iter().for_each(|at| own[*at] = Part::all(self.text, table));
                }
                _ => {
                    let message = format!("what is for `{name}` alone is a section");
                    let finding = Finding::error("mapping::wrong-type", message, value.span(), "this is a value");
                    self.problems
                        .overrides
                        .push(finding.help(format!("for example `[…override.{}.fields]`", quoted(name))));
                }
            }
        }
        let parts = Part::all(self.text, &rest);
        self.shared = parts.into_iter().map(|part| Shared { part, fits: false, misfit: None }).collect();
        own
    }

    /// Whether a key was meant as the name of a mapping and is none of this instance's; then that is a finding.
    fn is_no_mapping(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>) -> bool {
        let name = key.get_ref().as_ref();
        let names = || self.named.iter().map(|one| one.name.as_str());
        // The last part alone is often what a person remembers.
        let parts = || names().map(|name| name.rsplit('/').next().unwrap_or(name));
        let by_part = || {
            let part = did_you_mean(name, parts())?;
            names().find(|name| name.ends_with(part))
        };
        let near = did_you_mean(name, names()).or_else(by_part);
        let is_name = name.contains('/') || name.ends_with(".toml");
        if !is_name && (near.is_none() || did_you_mean(name, SECTIONS.iter().copied()).is_some()) {
            return false;
        }
        let all =
            format!("the mappings of `{}` are `{}`", self.settings.instance, names().collect::<Vec<_>>().join("`, `"));
        let help = near.map_or(all.clone(), |near| format!("did you mean `{near}`? {all}"));
        let message = format!("`{}` has no mapping `{name}`", self.settings.instance);
        let finding = Finding::error("mapping::unknown-mapping", message, key.span(), "unknown");
        self.problems.overrides.push(finding.help(help));
        true
    }

    fn source(&self, one: &NamedMapping, overrides: Option<Overrides>) -> MappingSource {
        MappingSource { file: one.file.clone(), overrides, settings: self.settings.clone() }
    }

    fn bare(&self, one: &NamedMapping) -> Option<Mapping> {
        Mapping::compile_found(&self.source(one, None)).ok()
    }

    /// A condition that several mappings have, each for its own records, cannot be replaced in all of them at once: the
    /// first mapping would take the records of every other.
    fn shared_conditions(&mut self, bare: &[Option<Mapping>], of_records: &[bool], own: &[Vec<Part>]) {
        for shared in &self.shared {
            let [section, pointer] = shared.part.key.as_slice() else { continue };
            let mut replaced: Vec<(&str, &Accepts)> = Vec::new();
            for (at, mapping) in bare.iter().enumerate().filter(|(at, _)| of_records[*at] && section == "when") {
                let Some(mapping) = mapping else { continue };
                let is_it = |(slots, _): &&(Vec<_>, Accepts)| mapping.pointer(slots[0]) == pointer;
                let has_its_own = own[at].iter().any(|part| part.is_about_the_same_as(&shared.part));
                if let Some((_, accepts)) = mapping.when.iter().find(is_it).filter(|_| !has_its_own) {
                    replaced.push((&self.named[at].name, accepts));
                }
            }
            if replaced.iter().any(|(_, accepts)| *accepts != replaced[0].1) {
                let names: Vec<&str> = replaced.iter().map(|(name, _)| *name).collect();
                let message = format!(
                    "`{pointer}` tells the records of `{}` apart, and one condition for all would give them to the first",
                    names.join("`, `")
                );
                let place = shared.part.at.clone();
                let finding = Finding::error("mapping::shared-condition", message, place, "for which mapping?");
                let help =
                    format!("name it: `[connector.{}.override.{}.when]`", self.settings.instance, quoted(names[0]));
                self.problems.overrides.push(finding.help(help));
            }
        }
    }

    /// Compiles one mapping with its own changes and with those of the others that fit it.
    fn compile(&mut self, one: &NamedMapping, own: &[Part], of_records: bool) -> Option<Mapping> {
        let mut taken: Vec<usize> = Vec::new();
        for (at, shared) in self.shared.iter_mut().enumerate().filter(|_| of_records) {
            // What a mapping has for itself goes before what is for all, and does not speak against it.
            let has_its_own = own.iter().any(|part| part.is_about_the_same_as(&shared.part));
            shared.fits |= has_its_own;
            taken.extend((!has_its_own).then_some(at));
        }
        loop {
            let parts: Vec<&Part> = own.iter().chain(taken.iter().map(|at| &self.shared[*at].part)).collect();
            let (joined, starts) = Overrides::of_parts(&self.text.name, &parts);
            let source = self.source(one, (!parts.is_empty()).then_some(joined));
            match Mapping::compile_found(&source) {
                Ok(mapping) => {
                    self.unused_tables(&mapping, own, &taken);
                    return Some(mapping);
                }
                Err(found) => {
                    let misfits = self.misfits(&source, &found, &starts, own.len(), &taken);
                    if misfits.is_empty() {
                        // Nothing speaks against what is left of them: the mapping is wrong by itself.
                        taken.iter().for_each(|at| self.shared[*at].fits = true);
                        self.keep(one, &source, found);
                        return None;
                    }
                    taken.retain(|at| !misfits.contains(at));
                }
            }
        }
    }

    /// Which of the shared changes that were taken do not fit, and why.
    fn misfits(
        &mut self,
        source: &MappingSource,
        found: &Found,
        starts: &[usize],
        own: usize,
        taken: &[usize],
    ) -> BTreeSet<usize> {
        let mut misfits = BTreeSet::new();
        for (_, finding) in found.iter().filter(|(origin, finding)| is_error_of_overrides(*origin, finding)) {
            let part = starts.partition_point(|start| *start <= finding.at.start).saturating_sub(1);
            let Some(at) = part.checked_sub(own).map(|at| taken[at]) else { continue };
            misfits.insert(at);
            let knows = |finding: &Finding| finding.help.as_ref().is_some_and(|help| help.starts_with("did you mean"));
            let misfit = &mut self.shared[at].misfit;
            if misfit.as_ref().is_none_or(|known| !knows(known) && knows(finding)) {
                let told = located(source, vec![(Origin::Overrides, finding.clone())]);
                *misfit = told.overrides.into_iter().next();
            }
        }
        misfits
    }

    /// A table that no rule of a mapping reads is in the wrong place, or misspelt.
    fn unused_tables(&mut self, mapping: &Mapping, own: &[Part], taken: &[usize]) {
        let used = tables(mapping);
        let unused = |part: &Part| {
            let table = part.key.get(1).filter(|table| part.key[0] == "words" && !used.contains(table.as_str()))?;
            let message = format!("no rule uses the word table `{table}`");
            let finding =
                Finding::error("mapping::unused-words", message, part.at.clone(), "a word that nobody asks for");
            Some(match did_you_mean(table, used.iter().copied()) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding.help(format!("there are `{}`", used.iter().copied().collect::<Vec<_>>().join("`, `"))),
            })
        };
        let mut seen = BTreeSet::new();
        let once = |finding: &Finding| seen.insert(finding.message.clone());
        self.problems.overrides.extend(own.iter().filter_map(unused).filter(once));
        for at in taken {
            let shared = &mut self.shared[*at];
            match unused(&shared.part) {
                None => shared.fits = true,
                Some(finding) => drop(shared.misfit.get_or_insert(finding)),
            }
        }
    }

    /// What is wrong with the file of a mapping or with its own changes.
    fn keep(&mut self, one: &NamedMapping, source: &MappingSource, found: Found) {
        // A table is unused here because the rule that reads it is wrong or is another mapping's.
        let told = found
            .into_iter()
            .filter(|(origin, finding)| *origin == Origin::File || finding.severity == Severity::Error);
        let problems = located(source, told.collect());
        if !problems.file.is_empty() {
            self.problems.files.push((one.file.clone(), problems.file));
        }
        self.problems.overrides.extend(problems.overrides);
    }

    /// What is for all and fits nothing is told once, and with several mappings also how to name one.
    fn what_fits_none(&mut self, of_records: &[bool]) {
        let named = self.named.iter().zip(of_records).filter(|(_, of_records)| **of_records);
        let names: Vec<&str> = named.map(|(one, _)| one.name.as_str()).collect();
        if let (true, Some(Shared { part, .. })) = (names.is_empty(), self.shared.first()) {
            let instance = &self.settings.instance;
            let message = format!("`{instance}` has no mapping of records that this could be for");
            let finding = Finding::error("mapping::unknown-mapping", message, part.at.clone(), "for which mapping?");
            let help = format!(
                "what is for a mapping of choice lists has its name before it: `[connector.{instance}.override.\"…\".words]`"
            );
            self.problems.overrides.push(finding.help(help));
        }
        for Shared { part, misfit, .. } in self.shared.iter().filter(|shared| !shared.fits) {
            let Some(mut finding) = misfit.clone() else { continue };
            if let [first, _, ..] = names.as_slice()
                && SECTIONS.contains(&part.key[0].as_str())
            {
                finding.message.push_str(&format!(" (it fits none of `{}`)", names.join("`, `")));
                let inner: Vec<String> = part.key[..part.key.len() - 1].iter().map(|key| bare_or_quoted(key)).collect();
                let path = [vec![quoted(first)], inner].concat().join(".");
                let alone = format!(
                    "what is for one mapping has its name before it: `[connector.{}.override.{path}]`",
                    self.settings.instance
                );
                finding.help = Some(finding.help.map_or(alone.clone(), |help| format!("{help} {alone}")));
            }
            self.problems.overrides.push(finding);
        }
        self.problems.overrides.sort_by_key(|finding| finding.at.start);
        self.problems.overrides.dedup();
    }
}

fn is_error_of_overrides(origin: Origin, finding: &Finding) -> bool {
    origin == Origin::Overrides && finding.severity == Severity::Error
}

/// The word tables that a mapping's rules read.
fn tables(mapping: &Mapping) -> BTreeSet<&str> {
    let sources = mapping.plans.iter().filter_map(|plan| match &plan.read {
        Read::Words(sources) => Some(sources),
        Read::Convert { .. }
        | Read::InstanceParty(_)
        | Read::PartyOrInstance { .. }
        | Read::Pairs(_)
        | Read::Cel { .. }
        | Read::Template(_)
        | Read::Derive(_) => None,
    });
    sources.flatten().map(|source| source.words.name.as_str()).collect()
}

fn quoted(name: &str) -> String {
    serde_json::to_string(name).expect("a text is always JSON")
}

fn bare_or_quoted(key: &str) -> String {
    let is_bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if is_bare { key.to_owned() } else { quoted(key) }
}
