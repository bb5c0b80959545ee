//! What the ledger holds against what is true: record by record, column by column, change by change.

use crate::estate::Estate;
use crate::held::{doubled_or_set_aside, newest_of};
use counterfoil_gym::servicenow::{TrueIncident, TruthOf};
use counterfoil_pipeline::ports::Ledger;
use serde_json::Value;
use std::collections::BTreeMap;

/// What is to be the same.
#[derive(Debug, Clone)]
pub(crate) struct Equal {
    /// Whether every change of `sys_audit` is there; otherwise no record may say anything about its changes.
    pub(crate) audit: Told,
    /// The same of comments and work notes.
    pub(crate) journal: Told,
    /// Columns that the account does not see.
    pub(crate) unseen: Vec<String>,
    /// The filter of the connector.
    pub(crate) filter: String,
    /// Whether the relations of items are compared.
    pub(crate) relations: bool,
}

/// What records say of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// Everything that is true.
    All,
    /// All but how each record began.
    AllButTheBeginning,
    /// Not even that there is none.
    NoMember,
    /// Not compared.
    Whatever,
}

impl Default for Equal {
    fn default() -> Self {
        Self { audit: Told::All, journal: Told::All, unseen: Vec::new(), filter: String::new(), relations: true }
    }
}

/// The newest version of a record.
pub(crate) type Held = crate::held::Held<Value>;

/// Asserts that the ledger is the oracle.
pub(crate) fn equals(estate: &Estate, what: &str, equal: &Equal) {
    if let Err(complaints) = differences(estate, equal) {
        panic!("{what}: the ledger is not what is true:\n  {}", complaints.join("\n  "));
    }
}

/// Every difference, some dozens at most.
pub(crate) fn differences(estate: &Estate, equal: &Equal) -> Result<(), Vec<String>> {
    let mut complaints = Vec::new();
    let mut tables = Vec::new();
    for stream in estate.connector.streams().iter().filter(|stream| stream.name != "choice") {
        tables.push(stream.name);
        complaints.extend(table_differs(estate, stream.name, equal));
    }
    let ledger = estate.ledger.as_ref();
    let reads_choices = estate.connector.streams().iter().any(|stream| stream.name == "choice");
    if reads_choices && !estate.instance().switches().choice_denied {
        tables.extend(["incident", "task"]);
        complaints.extend(choices_differ(&newest(ledger, "choice"), &estate.instance().choices_of(&tables)));
    }
    complaints.extend(doubled_or_set_aside(ledger));
    complaints.truncate(40);
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

/// The tables whose changes, and those whose comments, stand beside their records.
const AUDITED: &[&str] = &[
    "incident",
    "problem",
    "change_request",
    "change_task",
    "sc_req_item",
    "sc_task",
    "sysapproval_approver",
    "ast_contract",
];
const JOURNALED: &[&str] = &["incident", "problem", "change_request", "change_task", "sc_req_item", "sc_task"];

/// What is to be the same in this table.
fn equal_in(table: &str, equal: &Equal) -> Equal {
    let mut equal = equal.clone();
    if !AUDITED.contains(&table) {
        equal.audit = Told::NoMember;
    }
    if !JOURNALED.contains(&table) {
        equal.journal = Told::NoMember;
    }
    if table != "incident" {
        equal.filter = String::new();
    }
    equal
}

fn table_differs(estate: &Estate, table: &str, equal: &Equal) -> Vec<String> {
    let mut equal = equal_in(table, equal);
    let (truth, everything, relations) = {
        let instance = estate.instance();
        (instance.oracle_of(table, &equal.filter), instance.oracle_of(table, ""), instance.relations())
    };
    // Where only beginnings are kept, and nobody shows them, a table looks like one that is not audited.
    let has_changes = |is: &TrueIncident| is.changes.iter().any(|one| !one.old.is_empty() || one.at != created(is));
    if equal.audit == Told::AllButTheBeginning && !everything.rows.values().any(has_changes) {
        equal.audit = Told::Whatever;
    }
    let held = newest(estate.ledger.as_ref(), table);
    let mut complaints = Vec::new();
    for (id, is) in &truth.rows {
        match held.get(id) {
            None => complaints.push(format!("{} ({id}) is missing", is.number)),
            Some(held) if held.gone => complaints.push(format!("{} ({id}) is marked as gone and is there", is.number)),
            Some(held) => {
                complaints.extend(incident(held, is, &equal));
                let said = held.raw.get("@table").and_then(Value::as_str);
                if said != (table != "incident").then_some(table) {
                    complaints.push(format!("{id} says that it is of {said:?}"));
                }
                if table.starts_with("cmdb_ci") && equal.relations {
                    let expected = relations.iter().filter(|relation| relation.parent == *id);
                    let expected = expected.map(|one| [one.sys_id.as_str(), &one.child, &one.kind].map(str::to_owned));
                    complaints.extend(relations_differ(id, held, expected.collect()));
                }
            }
        }
    }
    for (id, held) in &held {
        if !truth.rows.contains_key(id) {
            complaints.extend(beyond(id, held, &truth, &everything, &equal));
        }
    }
    complaints.iter().map(|complaint| format!("{table}: {complaint}")).collect()
}

fn created(is: &TrueIncident) -> jiff::Timestamp {
    let text = is.columns["sys_created_on"].replace(' ', "T") + "Z";
    text.parse().unwrap()
}

fn relations_differ(id: &str, held: &Held, mut expected: Vec<[String; 3]>) -> Option<String> {
    let Some(rows) = held.raw.get("@relations").and_then(Value::as_array) else {
        return Some(format!("{id} says nothing about its relations"));
    };
    let kind = |row: &Value| row["type"]["display_value"].as_str().unwrap_or_default().to_owned();
    let row = |row: &Value| [plain(&row["sys_id"]), plain(&row["child"]), kind(row)];
    let mut has: Vec<[String; 3]> = rows.iter().map(row).collect();
    has.sort();
    expected.sort();
    (has != expected).then(|| format!("{id} has the relations {has:?} and they are {expected:?}"))
}

/// The newest version of every record of a stream, by the source's id.
pub(crate) fn newest(ledger: &dyn Ledger, stream: &str) -> BTreeMap<String, Held> {
    newest_of(ledger, stream, |text| serde_json::from_str(text))
}

fn incident(held: &Held, is: &TrueIncident, equal: &Equal) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut complain = |what: String| complaints.push(format!("{} ({}): {what}", is.number, is.sys_id));
    for (column, expected) in is.columns.iter().filter(|(column, _)| !equal.unseen.contains(column)) {
        match held.raw.get(column) {
            None => complain(format!("no column `{column}`")),
            Some(cell) if plain(cell) != *expected => {
                complain(format!("`{column}` is held as {:?} and is {expected:?}", plain(cell)));
            }
            Some(_) => {}
        }
    }
    for column in &equal.unseen {
        if held.raw.get(column).is_some() {
            complain(format!("`{column}` is there, which nobody sees"));
        }
    }
    let expected = is.changes.iter().map(|one| {
        let at = one.at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        [one.column.clone(), one.old.clone(), one.new.clone(), at, one.by.clone()]
    });
    let columns = ["fieldname", "oldvalue", "newvalue", "sys_created_on", "user"];
    complaints.extend(history(held, "@audit", columns, expected.collect(), equal.audit, is));
    let expected = is.journal.iter().map(|one| {
        let at = one.at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        [one.element.clone(), one.text.clone(), at, one.by.clone()]
    });
    let columns = ["element", "value", "sys_created_on", "sys_created_by"];
    complaints.extend(history(held, "@journal", columns, expected.collect(), equal.journal, is));
    complaints
}

/// Rows of a history. Those that were written by one transaction have no order among each other.
fn history<const N: usize>(
    held: &Held,
    member: &str,
    columns: [&str; N],
    expected: Vec<[String; N]>,
    told: Told,
    is: &TrueIncident,
) -> Option<String> {
    let whose = format!("{} ({})", is.number, is.sys_id);
    let rows = held.raw.get(member).map(|rows| {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| columns.map(|column| row.get(column).map(plain).unwrap_or_default())).collect::<Vec<_>>()
    });
    let beginning =
        |row: &[String; N]| member == "@audit" && row[1].is_empty() && row[3] == is.columns["sys_created_on"];
    match (told, rows) {
        (Told::Whatever, _) | (Told::NoMember, None) => None,
        (Told::NoMember, Some(rows)) if rows.is_empty() && member == "@journal" && expected.is_empty() => None,
        (Told::NoMember, Some(_)) => Some(format!("{whose}: has `{member}`, and nobody knows")),
        (Told::All | Told::AllButTheBeginning, None) => Some(format!("{whose}: no `{member}`")),
        (Told::All | Told::AllButTheBeginning, Some(rows)) => {
            let within = |row: &&[String; N]| told == Told::All || !beginning(row);
            let by_column = |rows: &[[String; N]]| {
                let mut all: BTreeMap<String, Vec<[String; N]>> = BTreeMap::new();
                rows.iter().filter(within).for_each(|row| all.entry(row[0].clone()).or_default().push(row.clone()));
                all
            };
            // One after the other for each column; entries of a journal within one second have no order.
            let (mut is, mut has) = (by_column(&expected), by_column(&rows));
            if member == "@journal" {
                is.values_mut().chain(has.values_mut()).for_each(|rows| rows.sort());
            }
            (is != has).then(|| format!("{whose}: `{member}` is held as {has:?} and is {is:?}"))
        }
    }
}

/// A record that is held and that the account is not shown within the filter.
fn beyond(id: &str, held: &Held, truth: &TruthOf, everything: &TruthOf, equal: &Equal) -> Vec<String> {
    let is_gone = truth.deleted.contains(id) || truth.reclassified.contains(id);
    match everything.rows.get(id) {
        // It left the filter, and is followed by its id.
        Some(is) if held.gone => vec![format!("{} ({id}) is marked as gone and left the filter only", is.number)],
        Some(is) => incident(held, is, equal),
        None if is_gone && held.gone => Vec::new(),
        None if is_gone => vec![format!("{id} is gone and not marked as such")],
        None => vec![format!("{id} is held and was never shown")],
    }
}

fn choices_differ(held: &BTreeMap<String, Held>, choices: &BTreeMap<String, BTreeMap<String, String>>) -> Vec<String> {
    let mut complaints = Vec::new();
    for (id, is) in choices {
        let Some(held) = held.get(id) else {
            complaints.push(format!("the choice {is:?} is missing"));
            continue;
        };
        for (column, expected) in is {
            let has = held.raw.get(column).map(plain);
            if held.gone || has.as_ref() != Some(expected) {
                complaints.push(format!("the choice {id}: `{column}` is held as {has:?} and is {expected:?}"));
            }
        }
    }
    let strangers = held.iter().filter(|(id, held)| !held.gone && !choices.contains_key(*id));
    complaints.extend(strangers.map(|(id, _)| format!("the choice {id} is held and is none")));
    complaints
}

/// A cell as text, in whichever form it is written.
fn plain(cell: &Value) -> String {
    match cell {
        Value::String(text) => text.clone(),
        Value::Object(parts) => parts.get("value").map(plain).unwrap_or_default(),
        Value::Number(number) => number.as_f64().map_or_else(String::new, |number| number.to_string()),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => String::new(),
        Value::Array(_) => "a list".to_owned(),
    }
}
