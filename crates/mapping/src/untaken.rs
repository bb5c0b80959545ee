//! Choices by which a source tells its records apart and that no mapping takes: such records are not applicable.

use crate::lint::{CatalogueEntry, LintFinding, column};
use crate::plan::Mapping;
use crate::spec::Accepts;
use counterfoil_diagnostics::Severity;
use std::collections::{BTreeMap, BTreeSet};

/// Of the columns that conditions of an instance's mappings read, what can be chosen and none of them names; one warning
/// for a column. Nobody has to take everything: that is for a person to judge.
pub(crate) fn untaken<'m>(
    mappings: impl Iterator<Item = &'m Mapping>,
    catalogue: &[CatalogueEntry],
) -> Vec<LintFinding> {
    let known: BTreeSet<&str> = catalogue.iter().map(|entry| entry.column.as_str()).collect();
    let mut columns: BTreeMap<String, Column<'_>> = BTreeMap::new();
    for mapping in mappings {
        for (pointers, accepts) in &mapping.when {
            let (Accepts::OneOf(texts) | Accepts::AnyOf(texts)) = accepts else { continue };
            let Some(name) = column(mapping.pointer(pointers[0]), &known) else { continue };
            let fresh = || Column { first: mapping, pointer: mapping.pointer(pointers[0]), taken: BTreeSet::new() };
            let column = columns.entry(name).or_insert_with(fresh);
            column.taken.extend(texts.iter().map(String::as_str));
        }
    }
    columns.iter().filter_map(|(name, column)| column.finding(name, catalogue)).collect()
}

struct Column<'m> {
    first: &'m Mapping,
    pointer: &'m str,
    taken: BTreeSet<&'m str>,
}

impl Column<'_> {
    fn finding(&self, name: &str, catalogue: &[CatalogueEntry]) -> Option<LintFinding> {
        let chosen = catalogue.iter().filter(|entry| entry.column == name && !entry.inactive);
        // A value has a label in each language, and one of them being taken takes it.
        let mut labels: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        chosen.for_each(|entry| labels.entry(&entry.value).or_default().push(&entry.label));
        let is_taken = |value: &str, labels: &[&str]| {
            self.taken.contains(value) || labels.iter().any(|label| self.taken.contains(label))
        };
        let all = labels.len();
        labels.retain(|value, labels| !is_taken(value, labels));
        let names: BTreeSet<&str> = labels.values().filter_map(|labels| labels.first().copied()).collect();
        let names = names.into_iter().collect::<Vec<_>>().join("`, `");
        let instance = &self.first.source.settings.instance;
        let section = self.first.own_section.as_ref().map(|name| format!("{name}.")).unwrap_or_default();
        let pointer = serde_json::to_string(self.pointer).expect("a text is always JSON");
        (!labels.is_empty()).then(|| LintFinding {
            code: "mapping::choice-untaken",
            severity: Severity::Warning,
            place: self.first.name().to_owned(),
            message: format!(
                "{} of {all} choices of `{name}` are taken by no mapping, so that their records are not applicable: `{names}`",
                labels.len()
            ),
            remedy: format!(
                "nothing has to be done where they are none of these processes; otherwise add them to the condition \
                 {pointer} of the mapping they are for: [connector.{instance}.override.{section}when]"
            ),
        })
    }
}
