//! Which tables are read, as the configuration says.

use crate::encoded::Scope;
use crate::stream::Stream;
use crate::tables::{BESIDE_ITEMS, INCIDENT, TABLES};
use counterfoil_diagnostics::{Finding, did_you_mean};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;

/// `tables` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Tables {
    /// `"all"`, or a word that is none.
    Word(String),
    /// Names of tables.
    Named(Vec<String>),
}

const CODE: &str = "servicenow::tables";

/// The streams of the tables that are chosen, in the order of the tables, and the choice lists before them.
pub(crate) fn streams(
    tables: Option<&Spanned<Tables>>,
    mut scopes: BTreeMap<String, (Scope, Range<usize>)>,
    choices: bool,
    census: Duration,
    findings: &mut Vec<Finding>,
) -> Vec<Stream> {
    let chosen = chosen(tables, findings);
    let is_all = matches!(tables.map(Spanned::get_ref), Some(Tables::Word(_)));
    let mut streams = Vec::new();
    for entry in TABLES.iter().filter(|entry| chosen.contains(entry.table)) {
        let scope = scopes.remove(entry.table).map_or_else(Scope::everything, |(scope, _)| scope);
        let mut stream = Stream::records(entry, scope, !is_all, census);
        stream.beside.retain(|sort| sort.table != BESIDE_ITEMS || chosen.contains(BESIDE_ITEMS));
        streams.push(stream);
    }
    for (table, (_, at)) in scopes {
        let message = format!("there is a filter of `{table}`, which is not read");
        findings
            .push(Finding::error("servicenow::filter", message, at, "here").help("name the table in `tables`, too"));
    }
    // First: a new word of the source is known before the record that uses it.
    if choices {
        let tables: Vec<&str> = streams.iter().map(|stream| stream.table).collect();
        streams.insert(0, Stream::choices(&tables, census));
    }
    streams
}

fn chosen(tables: Option<&Spanned<Tables>>, findings: &mut Vec<Finding>) -> BTreeSet<&'static str> {
    let all = || TABLES.iter().map(|entry| entry.table).chain([BESIDE_ITEMS]);
    let Some(tables) = tables else { return BTreeSet::from([INCIDENT]) };
    let mut chosen = BTreeSet::new();
    match tables.get_ref() {
        Tables::Word(word) if word == "all" => chosen.extend(all()),
        Tables::Word(word) => {
            let message = format!("`tables` is \"all\" or a list of tables, and not `{word}`");
            findings.push(Finding::error(CODE, message, tables.span(), "here").help(known()));
        }
        Tables::Named(names) => {
            for name in names {
                match all().find(|table| table == name) {
                    Some(table) => {
                        chosen.insert(table);
                    }
                    None => findings.push(unknown(name, tables.span())),
                }
            }
            let items = ["cmdb_ci", "cmdb_ci_service"];
            if chosen.contains(BESIDE_ITEMS) && !items.iter().any(|table| chosen.contains(table)) {
                let message =
                    format!("`{BESIDE_ITEMS}` stands beside the items that it relates, and none of them are read");
                let finding = Finding::error(CODE, message, tables.span(), "here");
                findings.push(finding.help("name `cmdb_ci` or `cmdb_ci_service`, too"));
            } else if names.is_empty() {
                findings.push(Finding::error(CODE, "`tables` names no table", tables.span(), "here").help(known()));
            }
        }
    }
    chosen
}

fn unknown(name: &str, at: Range<usize>) -> Finding {
    let all = TABLES.iter().map(|entry| entry.table).chain([BESIDE_ITEMS]);
    let help = match did_you_mean(name, all) {
        Some(near) => format!("did you mean `{near}`?"),
        None => known(),
    };
    let message = format!("the table `{name}` is none that can be read");
    Finding::error(CODE, message, at, "here").help(help)
}

fn known() -> String {
    let names: Vec<&str> = TABLES.iter().map(|entry| entry.table).chain([BESIDE_ITEMS]).collect();
    format!("there are {}; `\"all\"` reads what the account may read of them", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::find;

    #[derive(Deserialize)]
    struct Section {
        tables: Option<Spanned<Tables>>,
    }

    fn of(text: &str) -> Result<Vec<&'static str>, Vec<String>> {
        let section: Section = toml::from_str(text).unwrap();
        let mut findings = Vec::new();
        let streams = streams(section.tables.as_ref(), BTreeMap::new(), true, Duration::ZERO, &mut findings);
        if findings.is_empty() {
            return Ok(streams.iter().map(|stream| stream.spec.name).collect());
        }
        Err(findings.iter().map(|finding| format!("{} {:?}", finding.message, finding.help)).collect())
    }

    #[test]
    fn without_a_word_about_it_incidents_are_read_and_nothing_that_needs_another_right() {
        assert_eq!(of(""), Ok(vec!["choice", "incident"]));
        assert_eq!(of("tables = ['incident']"), Ok(vec!["choice", "incident"]));
    }

    #[test]
    fn tables_are_read_in_an_order_of_their_own_and_all_are_those_that_there_are() {
        let some = of("tables = ['task_sla', 'problem', 'cmdb_rel_ci', 'cmdb_ci', 'problem']");
        assert_eq!(some, Ok(vec!["choice", "cmdb_ci", "problem", "task_sla"]));
        let all = of("tables = 'all'").unwrap();
        assert_eq!(all.len(), TABLES.len() + 1);
        assert!(TABLES.iter().zip(&all[1..]).all(|(entry, name)| entry.table == *name && find(name).is_some()));
    }

    #[test]
    fn what_is_no_table_is_refused_with_what_there_is() {
        let said = |text: &str| of(text).unwrap_err().join("\n");
        assert!(said("tables = ['chnage_request']").contains("did you mean `change_request`"));
        assert!(said("tables = ['x9']").contains("there are core_company"));
        assert!(said("tables = 'everything'").contains("not `everything`"));
        assert!(said("tables = []").contains("names no table"));
        assert!(said("tables = ['cmdb_rel_ci', 'incident']").contains("none of them are read"));
    }
}
