//! Compares the word tables of a mapping with the choice lists of its source. It reports and changes nothing.

use crate::located::Rule;
use crate::plan::{Mapping, Plan, Read, WordSource};
use crate::shipped;
use crate::spec::Accepts;
use crate::untaken::untaken;
use crate::words::{Entry, Words, fold};
use counterfoil_diagnostics::Severity;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One choice of a source, in one language.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CatalogueEntry {
    /// The table of the source.
    pub table: String,
    /// The column of that table.
    pub column: String,
    /// What the column holds.
    pub value: String,
    /// What people see.
    pub label: String,
    /// The language of the label.
    pub language: String,
    /// What the source counts it among, where it does: the category of a status. For the fields of records their type.
    pub category: String,
    /// Whether it can be chosen no more.
    pub inactive: bool,
}

/// Where a word table and a choice list do not fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintFinding {
    /// Stable, see `docs/findings.md`.
    pub code: &'static str,
    /// An error makes records come out unmapped or wrong.
    pub severity: Severity,
    /// The rule or the word, `file:line`.
    pub place: String,
    /// What does not fit.
    pub message: String,
    /// What to write, and where.
    pub remedy: String,
}

impl fmt::Display for LintFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, severity, place, message, remedy } = self;
        write!(f, "{severity}[{code}]: {message}\n  --> {place}\n  help: {remedy}")
    }
}

/// Everything that does not fit, in the order of the tables' names.
///
/// Of a column that the catalogue has for several tables, those count that the mapping's own conditions name.
pub fn lint(mapping: &Mapping, catalogue: &[CatalogueEntry]) -> Vec<LintFinding> {
    lint_beside(mapping, &[], catalogue)
}

/// The same for all mappings of records that an instance has. A status that one of them knows by name is no surprise to the
/// others, which have the workflows of other kinds; what none of them takes at all is told at the end.
pub fn lint_instance<'m>(
    mappings: impl IntoIterator<Item = &'m Mapping>,
    catalogue: &[CatalogueEntry],
) -> Vec<LintFinding> {
    let mappings: Vec<&Mapping> = mappings.into_iter().collect();
    let mut findings = Vec::new();
    for (at, mapping) in mappings.iter().enumerate() {
        let others = mappings.iter().enumerate().filter(|(other, _)| *other != at);
        let beside: Vec<Table<'_>> = others.flat_map(|(_, other)| tables(other, catalogue)).collect();
        findings.extend(lint_beside(mapping, &beside, catalogue));
    }
    let mut findings = each_once(findings);
    findings.extend(untaken(mappings.iter().copied(), catalogue));
    findings
}

/// What several mappings say alike is told once, with the places of all.
fn each_once(findings: Vec<LintFinding>) -> Vec<LintFinding> {
    let mut told: Vec<(LintFinding, Vec<String>)> = Vec::new();
    for finding in findings {
        let same = told.iter_mut().find(|(one, _)| one.code == finding.code && one.message == finding.message);
        match same {
            Some((_, places)) => places.push(finding.place),
            None => told.push((finding, Vec::new())),
        }
    }
    let with_places = |(mut finding, places): (LintFinding, Vec<String>)| {
        // A field is one of the source, whichever mapping looks at it.
        if !places.is_empty() && finding.code != "mapping::field-ambiguous" {
            finding.remedy.push_str(&format!("; the same, in their own words, at {}", places.join(", ")));
        }
        finding
    };
    told.into_iter().map(with_places).collect()
}

fn lint_beside(mapping: &Mapping, beside: &[Table<'_>], catalogue: &[CatalogueEntry]) -> Vec<LintFinding> {
    let mut findings = ambiguous_fields(mapping, catalogue);
    for table in tables(mapping, catalogue) {
        let lint = Lint { mapping, choices: table.choices(mapping, catalogue), table, beside };
        if lint.choices.is_empty() {
            findings.push(lint.nothing_to_compare());
            continue;
        }
        lint.values(&mut findings);
        lint.words(&mut findings);
    }
    findings
}

/// A word table and the columns that are read by it.
struct Table<'m> {
    words: &'m Words,
    /// The first rule that uses it.
    plan: &'m Plan,
    columns: BTreeSet<String>,
    /// Columns of which every value has to be known, with their rules.
    whole: BTreeMap<String, &'m Plan>,
}

/// Fields of records (choices of the table `field`) that people call by one name. Whoever names them by it means several.
fn ambiguous_fields(mapping: &Mapping, catalogue: &[CatalogueEntry]) -> Vec<LintFinding> {
    let mut by_name: BTreeMap<(&str, String), BTreeMap<&str, &str>> = BTreeMap::new();
    for CatalogueEntry { value, label, language, .. } in
        catalogue.iter().filter(|entry| entry.table == "field" && !entry.inactive)
    {
        by_name.entry((language, fold(label))).or_default().insert(value, label);
    }
    let finding = |fields: &BTreeMap<&str, &str>| {
        let ids = fields.keys().copied().collect::<Vec<_>>().join("`, `");
        let name = fields.values().next().copied().unwrap_or_default();
        LintFinding {
            code: "mapping::field-ambiguous",
            severity: Severity::Error,
            place: mapping.name().to_owned(),
            message: format!("`{name}` is the name of {} fields: `{ids}`", fields.len()),
            remedy: "name the one you mean by its id in the rule, and let the source rename the others".to_owned(),
        }
    };
    by_name.values().filter(|fields| fields.len() > 1).map(finding).collect()
}

fn tables<'m>(mapping: &'m Mapping, catalogue: &[CatalogueEntry]) -> Vec<Table<'m>> {
    let known: BTreeSet<&str> = catalogue.iter().map(|entry| entry.column.as_str()).collect();
    let mut tables: BTreeMap<&str, Table<'_>> = BTreeMap::new();
    for plan in &mapping.plans {
        let Read::Words(sources) = &plan.read else { continue };
        for source in sources.iter().filter(|source| !source.category) {
            let WordSource { slot, words, otherwise_missing, .. } = source;
            let Some(column) = column(mapping.pointer(*slot), &known) else { continue };
            let fresh = || Table { words, plan, columns: BTreeSet::new(), whole: BTreeMap::new() };
            let table = tables.entry(&words.name).or_insert_with(fresh);
            table.columns.insert(column.clone());
            if !otherwise_missing {
                table.whole.entry(column).or_insert(plan);
            }
        }
    }
    tables.into_values().collect()
}

/// The column that a pointer leads to: `/state` and `/state/value` are both `state`, and so is `/fields/state/id` where the
/// source has choices for `state`.
pub(crate) fn column(pointer: &str, known: &BTreeSet<&str>) -> Option<String> {
    match crate::pointer::tokens(pointer).ok()?.as_slice() {
        [column] => Some(column.clone()),
        [column, part] if part == "value" || part == "display_value" => Some(column.clone()),
        tokens => tokens.iter().find(|token| known.contains(token.as_str())).cloned(),
    }
}

impl Table<'_> {
    fn choices<'c>(&self, mapping: &Mapping, catalogue: &'c [CatalogueEntry]) -> Vec<&'c CatalogueEntry> {
        let accepted = |table: &String| {
            mapping.when.iter().any(|(_, accepts)| matches!(accepts, Accepts::OneOf(texts) if texts.contains(table)))
        };
        let mut choices = Vec::new();
        for column in &self.columns {
            let all = || catalogue.iter().filter(|entry| entry.column == *column);
            let named = all().any(|entry| accepted(&entry.table));
            choices.extend(all().filter(|entry| !named || accepted(&entry.table)));
        }
        choices
    }

    fn find(&self, word: &str) -> Option<&Entry> {
        let found = self.words.manual.find(word).or_else(|| self.words.shipped.find(word));
        found.map(|(entry, _)| entry)
    }
}

struct Lint<'m, 'c> {
    mapping: &'m Mapping,
    choices: Vec<&'c CatalogueEntry>,
    table: Table<'m>,
    /// What the instance's other mappings read by words.
    beside: &'m [Table<'m>],
}

impl Lint<'_, '_> {
    /// Choices that the table does not know, and those whose value and label it reads differently.
    fn values(&self, findings: &mut Vec<LintFinding>) {
        let by_label = self.uses_labels();
        let mut seen = BTreeSet::new();
        for choice in &self.choices {
            let (value, label) = (self.table.find(&choice.value), self.table.find(&choice.label));
            let name = self.table.words.name.as_str();
            if let (Some(of_value), Some(of_label)) = (value, label)
                && of_value.meaning != of_label.meaning
            {
                let message = format!(
                    "`{}` of {} is called `{}` now: the table `{name}` reads the value as `{}` and the label as `{}`",
                    choice.value,
                    place_of(choice),
                    choice.label,
                    of_value.meaning.text(),
                    of_label.meaning.text()
                );
                let remedy = self.remedy(&choice.value, &of_label.meaning.text());
                findings.push(self.finding("mapping::choice-changed", Severity::Error, of_value.rule, message, remedy));
            }
            let Some(plan) = self.table.whole.get(&choice.column) else { continue };
            let is_known = value.or(label).is_some() || choice.inactive;
            let other_language = || {
                let same = |other: &&&CatalogueEntry| (&other.column, &other.value) == (&choice.column, &choice.value);
                by_label && self.choices.iter().filter(same).any(|other| self.table.find(&other.label).is_some())
            };
            if is_known || other_language() || !seen.insert((&choice.column, &choice.value)) {
                continue;
            }
            let word = if by_label { &choice.label } else { &choice.value };
            if let Some(category) = category(plan, &choice.category) {
                if self.is_known_beside(choice) {
                    continue;
                }
                let message = format!(
                    "`{}` (`{}`) can be chosen for {}, and is read as `{}` by its category `{}` only: changes have none",
                    choice.value,
                    choice.label,
                    place_of(choice),
                    category.meaning.text(),
                    choice.category
                );
                let remedy = self.remedy(word, &category.meaning.text());
                findings.push(self.finding(
                    "mapping::choice-by-category",
                    Severity::Warning,
                    plan.rule,
                    message,
                    remedy,
                ));
                continue;
            }
            let message = format!(
                "`{}` (`{}`) can be chosen for {}, and the table `{name}` does not have it",
                choice.value,
                choice.label,
                place_of(choice)
            );
            let remedy = self.remedy(word, "…");
            findings.push(self.finding("mapping::choice-unmapped", Severity::Error, plan.rule, message, remedy));
        }
    }

    /// Words that nobody can choose.
    fn words(&self, findings: &mut Vec<LintFinding>) {
        let words = self.table.words;
        // A mapping that is shipped has the words of many instances; nobody minds those that this one does not use.
        let file = words.shipped.iter().filter(|_| !self.is_shipped());
        for (word, entry) in words.manual.iter().chain(file).filter(|(word, _)| !word.is_empty()) {
            let is_meant =
                |choice: &&&CatalogueEntry| fold(word) == fold(&choice.value) || fold(word) == fold(&choice.label);
            let meant: Vec<_> = self.choices.iter().filter(is_meant).collect();
            let columns = self.table.columns.iter().map(String::as_str).collect::<Vec<_>>().join("`, `");
            if meant.is_empty() {
                let message = format!("no choice of `{columns}` is `{word}`, which the table `{}` has", words.name);
                let remedy = "nothing has to be done while old records hold it; a misspelt word has to be mended";
                findings.push(self.finding(
                    "mapping::choice-unknown",
                    Severity::Warning,
                    entry.rule,
                    message,
                    remedy.to_owned(),
                ));
            } else if meant.iter().all(|choice| choice.inactive) {
                let message = format!("`{word}` of {} can be chosen no more", place_of(meant[0]));
                let remedy = "keep the word as long as records hold it";
                findings.push(self.finding(
                    "mapping::choice-retired",
                    Severity::Warning,
                    entry.rule,
                    message,
                    remedy.to_owned(),
                ));
            }
        }
    }

    /// Whether another mapping of the instance knows the choice by name.
    fn is_known_beside(&self, choice: &CatalogueEntry) -> bool {
        let of_column = self.beside.iter().filter(|table| table.columns.contains(&choice.column));
        of_column.into_iter().any(|table| table.find(&choice.value).or_else(|| table.find(&choice.label)).is_some())
    }

    fn is_shipped(&self) -> bool {
        shipped::ALL.iter().any(|shipped| shipped.source().name == self.mapping.source.file.name)
    }

    fn nothing_to_compare(&self) -> LintFinding {
        let columns = self.table.columns.iter().map(String::as_str).collect::<Vec<_>>().join("`, `");
        let message = format!("the source has no choices for `{columns}` to compare `{}` with", self.table.words.name);
        let remedy = "pull the choice lists, or let the account read them";
        self.finding("mapping::no-choices", Severity::Warning, self.table.plan.rule, message, remedy.to_owned())
    }

    /// Whether the table is written in what people see and not in what columns hold.
    fn uses_labels(&self) -> bool {
        let known = |text: fn(&CatalogueEntry) -> &str| {
            self.choices.iter().filter(|choice| self.table.find(text(choice)).is_some()).count()
        };
        known(|choice| &choice.label) > known(|choice| &choice.value)
    }

    fn remedy(&self, word: &str, meaning: &str) -> String {
        let (instance, table) = (&self.mapping.source.settings.instance, &self.table.words.name);
        let words = self.mapping.kind.words(self.table.plan.field);
        let choose = if words.is_empty() { String::new() } else { format!("; the words are `{}`", words.join("`, `")) };
        let word = serde_json::to_string(word).expect("a text is always JSON");
        let section = self.mapping.own_section.as_ref().map(|name| format!("{name}.")).unwrap_or_default();
        format!("write in [connector.{instance}.override.{section}words.{table}]: {word} = \"{meaning}\"{choose}")
    }

    fn finding(
        &self,
        code: &'static str,
        severity: Severity,
        rule: Rule,
        message: String,
        remedy: String,
    ) -> LintFinding {
        LintFinding { code, severity, place: self.mapping.rule(rule), message, remedy }
    }
}

/// What a rule makes of a category, where it reads one.
fn category<'m>(plan: &'m Plan, category: &str) -> Option<&'m Entry> {
    let Read::Words(sources) = &plan.read else { return None };
    let layers = |source: &'m WordSource| [&source.words.manual, &source.words.shipped];
    let found = sources.iter().filter(|source| source.category).flat_map(layers).find_map(|layer| layer.find(category));
    found.filter(|_| !category.is_empty()).map(|(entry, _)| entry)
}

fn place_of(choice: &CatalogueEntry) -> String {
    format!("`{}.{}`", choice.table, choice.column)
}
