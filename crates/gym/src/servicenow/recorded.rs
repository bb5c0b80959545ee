//! Recorded tickets as if an instance had them: a log of updates in CSV, or rows of the Table API as JSON lines.

use super::choices;
use super::id::Id;
use super::instance::{Deed, Instance};
use super::moment;
use super::schema::Kind;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};

/// Why a recording cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum RecordedError {
    /// It is no CSV.
    #[error("the log cannot be read as CSV")]
    Csv(#[from] csv::Error),
    /// It cannot be read.
    #[error("the recording cannot be read")]
    Io(#[from] io::Error),
    /// A row has no value where every row needs one.
    #[error("row {row} has no usable `{column}`")]
    Value {
        /// Counted from 1.
        row: u64,
        /// The column.
        column: &'static str,
    },
    /// A line is no JSON object.
    #[error("line {line} is no JSON object")]
    Json {
        /// Counted from 1.
        line: u64,
    },
}

/// Column of the log, column of the table, how its values are told.
#[rustfmt::skip]
const LOG: &[(&str, &str, Told)] = &[
    ("number", "number", Told::Text), ("active", "active", Told::Flag),
    ("reassignment_count", "reassignment_count", Told::Text), ("reopen_count", "reopen_count", Told::Text),
    ("sys_mod_count", "sys_mod_count", Told::Text), ("made_sla", "made_sla", Told::Flag),
    ("caller_id", "caller_id", Told::Row("sys_user")), ("opened_by", "opened_by", Told::Row("sys_user")),
    ("opened_at", "opened_at", Told::Moment), ("sys_created_by", "sys_created_by", Told::Text),
    ("sys_created_at", "sys_created_on", Told::Moment), ("contact_type", "contact_type", Told::Word),
    ("location", "location", Told::Row("cmn_location")), ("category", "category", Told::Choice),
    ("subcategory", "subcategory", Told::Text), ("u_symptom", "u_symptom", Told::Text),
    ("cmdb_ci", "cmdb_ci", Told::Row("cmdb_ci")), ("impact", "impact", Told::Level),
    ("urgency", "urgency", Told::Level), ("priority", "priority", Told::Level),
    ("assignment_group", "assignment_group", Told::Row("sys_user_group")),
    ("assigned_to", "assigned_to", Told::Row("sys_user")), ("knowledge", "knowledge", Told::Flag),
    ("u_priority_confirmation", "u_priority_confirmation", Told::Flag), ("notify", "notify", Told::Word),
    ("problem_id", "problem_id", Told::Row("problem")), ("rfc", "rfc", Told::Row("change_request")),
    ("vendor", "vendor", Told::Text), ("caused_by", "caused_by", Told::Row("change_request")),
    ("closed_code", "close_code", Told::Choice), ("resolved_by", "resolved_by", Told::Row("sys_user")),
    ("resolved_at", "resolved_at", Told::Moment), ("closed_at", "closed_at", Told::Moment),
];

/// What a label of the log says: state, reason of the hold.
const STATES: &[(&str, &str, &str)] = &[
    ("New", "1", ""),
    ("Active", "2", ""),
    ("In Progress", "2", ""),
    ("On Hold", "3", ""),
    ("Awaiting User Info", "3", "1"),
    ("Awaiting Problem", "3", "3"),
    ("Awaiting Vendor", "3", "4"),
    ("Awaiting Change", "3", "5"),
    ("Awaiting Evidence", "3", EVIDENCE),
    ("Resolved", "6", ""),
    ("Closed", "7", ""),
    ("Canceled", "8", ""),
];
/// A reason that the product does not have.
const EVIDENCE: &str = "6";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Text,
    Flag,
    Moment,
    /// The code is the label.
    Choice,
    /// The code is the label in lower case.
    Word,
    /// The code is the digit before the label.
    Level,
    /// By its name, in this table.
    Row(&'static str),
}

impl Instance {
    /// A log with one row per update and all columns in every row, as UCI data set 498 has them. An incident has the
    /// values of its last row; what differs between two rows is in `sys_audit`, stamped by the younger row, and the
    /// first row is its creation. Rows of one incident are put into the order of `sys_updated_at`, then
    /// `sys_mod_count`. The zone of the moments is UTC, `?` is empty.
    pub fn recorded_log(csv: impl Read) -> Result<Self, RecordedError> {
        let mut reader = csv::Reader::from_reader(csv);
        let headers: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
        let mut incidents: BTreeMap<String, Vec<LogRow>> = BTreeMap::new();
        let mut last_secs = 0;
        for (at, record) in reader.records().enumerate() {
            let row = at as u64 + 1;
            let record = record?;
            let values: BTreeMap<&str, &str> = headers.iter().map(String::as_str).zip(record.iter()).collect();
            let values: BTreeMap<String, String> = values
                .into_iter()
                .filter(|(_, value)| *value != "?")
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            let missing = |column| RecordedError::Value { row, column };
            let number = values.get("number").ok_or(missing("number"))?.clone();
            let updated = values.get("sys_updated_at").and_then(|text| moment_of(text));
            let stamp = updated.ok_or(missing("sys_updated_at"))?;
            let mod_count = values.get("sys_mod_count").and_then(|text| text.parse().ok()).unwrap_or(0);
            last_secs = last_secs.max(stamp);
            incidents.entry(number).or_default().push(LogRow { stamp, mod_count, values });
        }
        let mut instance = Self::empty(Timestamp::from_second(last_secs + 3_600).unwrap_or(Timestamp::UNIX_EPOCH));
        instance.prepare();
        for (number, mut rows) in incidents {
            rows.sort_by_key(|row| (row.stamp, row.mod_count));
            let id = Id::of_words(&["incident", &number]);
            for (at, row) in rows.iter().enumerate() {
                let by = row.values.get("sys_updated_by").map_or("", String::as_str);
                let values = instance.values_of(row);
                let deed = if at == 0 { Deed::Create(values) } else { Deed::Update(values) };
                instance.recount(id, by, row.stamp, deed);
            }
        }
        Ok(instance)
    }

    /// Rows of `incident` as the Table API gives them, one JSON object per line, in any of its three shapes. They have no
    /// history.
    pub fn recorded_json_lines(lines: impl BufRead) -> Result<Self, RecordedError> {
        let mut rows = Vec::new();
        for (at, line) in lines.lines().enumerate() {
            let line_number = at as u64 + 1;
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let Ok(Value::Object(row)) = serde_json::from_str::<Value>(&line) else {
                return Err(RecordedError::Json { line: line_number });
            };
            let row: Vec<(String, Cell)> = row.into_iter().map(|(name, value)| (name, Cell::of(&value))).collect();
            rows.push((line_number, row));
        }
        let mut instance = Self::empty(Timestamp::UNIX_EPOCH);
        for (line, row) in rows {
            instance.take_row(line, row)?;
        }
        instance.now_secs += 3_600;
        Ok(instance)
    }

    fn take_row(&mut self, line: u64, row: Vec<(String, Cell)>) -> Result<(), RecordedError> {
        let of = |name: &str| row.iter().find(|(other, _)| other == name).map(|(_, told)| told.value.as_str());
        let missing = |column| RecordedError::Value { row: line, column };
        let id = of("sys_id").and_then(|text| Id::parse(text.as_bytes())).ok_or(missing("sys_id"))?;
        let updated = of("sys_updated_on").and_then(|text| moment::parse(text.as_bytes()));
        let stamp = updated.ok_or(missing("sys_updated_on"))?;
        self.now_secs = self.now_secs.max(stamp);
        let table = self.tables.of_mut("incident");
        let mut names = Vec::new();
        for (name, told) in &row {
            let at = table.column_or_add(name, Kind::Text);
            if let (Kind::Reference(target), Some(shown)) = (table.columns[at].kind, &told.shown) {
                names.push((target, told.value.clone(), shown.clone()));
            }
        }
        let values: Vec<(&str, &str)> = row.iter().map(|(name, told)| (name.as_str(), told.value.as_str())).collect();
        let composed = table.compose(id, stamp, &values);
        table.put(composed);
        for (target, value, shown) in names {
            if let (Some(table), Some(id)) = (self.tables.get_mut(target), Id::parse(value.as_bytes())) {
                let row = table.compose(id, stamp, &[("name", &shown), ("number", &shown), ("active", "true")]);
                table.put(row);
            }
        }
        Ok(())
    }

    /// Columns and labels that the log has and the product does not.
    fn prepare(&mut self) {
        let incidents = self.tables.of_mut("incident");
        for (_, column, _) in LOG {
            incidents.column_or_add(column, Kind::Text);
        }
        for element in ["state", "incident_state"] {
            choices::add(self, element, "2", ["Active", "Aktiv"], 1);
        }
        choices::add(self, "hold_reason", "1", ["Awaiting User Info", "Warten auf Anwender"], 0);
        choices::add(self, "hold_reason", EVIDENCE, ["Awaiting Evidence", "Warten auf Nachweis"], 5);
    }

    fn values_of(&mut self, row: &LogRow) -> Vec<(&'static str, String)> {
        let mut values = Vec::with_capacity(LOG.len() + 3);
        for (column, name, told) in LOG {
            let text = row.values.get(*column).map_or("", String::as_str);
            values.push((*name, if text.is_empty() { String::new() } else { self.value_of(name, *told, text) }));
        }
        let label = row.values.get("incident_state").map_or("", String::as_str);
        // A state that is none of the product keeps its own word.
        let told = STATES.iter().find(|(word, _, _)| *word == label);
        let (code, hold) = told.map_or((label, ""), |(_, code, hold)| (*code, *hold));
        values.push(("state", code.to_owned()));
        values.push(("incident_state", code.to_owned()));
        values.push(("hold_reason", hold.to_owned()));
        values
    }

    fn value_of(&mut self, column: &str, told: Told, text: &str) -> String {
        match told {
            Told::Text => text.to_owned(),
            Told::Flag => text.to_ascii_lowercase(),
            Told::Moment => moment_of(text).map(moment::text).unwrap_or_default(),
            Told::Choice => self.choice(column, text, text),
            Told::Word => {
                let code = text.to_ascii_lowercase().replace(' ', "-");
                self.choice(column, &code, text)
            }
            Told::Level => text.chars().take_while(char::is_ascii_digit).collect(),
            Told::Row(table) => self.named(table, text),
        }
    }

    fn choice(&mut self, column: &str, code: &str, label: &str) -> String {
        let known = Id::of_words(&["choice", column, code, choices::LANGUAGES[0]]);
        if self.tables.of("sys_choice").find(&known).is_none() {
            choices::add(self, column, code, [label; 2], 0);
        }
        code.to_owned()
    }
}

struct LogRow {
    stamp: i64,
    mod_count: i64,
    values: BTreeMap<String, String>,
}

/// A value of a row, and how it is shown where the row says so.
struct Cell {
    value: String,
    shown: Option<String>,
}

impl Cell {
    fn of(value: &Value) -> Self {
        let plain = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        match value {
            Value::Object(parts) => Self {
                value: parts.get("value").map(plain).unwrap_or_default(),
                shown: parts.get("display_value").map(plain).filter(|text| !text.is_empty()),
            },
            other => Self { value: plain(other), shown: None },
        }
    }
}

/// `29-02-2016 01:16` or `29/2/2016 1:16`.
fn moment_of(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(' ')?;
    let date: Vec<&str> = date.split(['-', '/']).collect();
    let [day, month, year] = date.as_slice() else { return None };
    let (hour, minute) = time.split_once(':')?;
    moment::parse(format!("{year}-{month:0>2}-{day:0>2} {hour:0>2}:{minute:0>2}:00").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "number,incident_state,active,sys_mod_count,sys_updated_by,sys_updated_at,priority,assignment_group,opened_at\n\
        INC2,Awaiting User Info,TRUE,4,Ann,29-02-2016 01:16,3 - Moderate,?,29/2/2016 1:00\n\
        INC1,Resolved,TRUE,2,Cid,01-03-2016 08:00,2 - High,Group 1,29-02-2016 01:00\n\
        INC1,New,TRUE,0,Ann,29-02-2016 01:23,3 - Moderate,?,29-02-2016 01:00\n";

    #[test]
    fn a_log_becomes_rows_and_an_audit() {
        let instance = Instance::recorded_log(CSV.as_bytes()).unwrap();
        let truth = instance.oracle();
        let of = |number: &str| truth.incidents.values().find(|one| one.number == number).unwrap();
        let one = of("INC1");
        assert_eq!((one.columns["state"].as_str(), one.columns["priority"].as_str()), ("6", "2"));
        assert_eq!((one.sys_updated_on.to_string().as_str(), one.sys_mod_count), ("2016-03-01T08:00:00Z", 2));
        assert_eq!(one.columns["opened_at"], "2016-02-29 01:00:00");
        let states: Vec<_> = one.changes.iter().filter(|one| one.column == "state").collect();
        let told: Vec<_> = states.iter().map(|one| (one.old.as_str(), one.new.as_str(), one.by.as_str())).collect();
        assert_eq!(told, [("", "1", "Ann"), ("1", "6", "Cid")]);
        let first: Vec<_> = of("INC2").changes.iter().filter(|one| one.column.ends_with("state")).collect();
        assert!(first.iter().all(|one| (one.old.as_str(), one.new.as_str()) == ("", "3")));
        assert_eq!(of("INC2").columns["hold_reason"], "1");
    }

    #[test]
    fn rows_of_the_table_api_are_served_again() {
        let lines = concat!(
            r#"{"sys_id":"a1","number":"INC7","sys_updated_on":"2026-01-02 03:04:05","u_own":"x","#,
            r#""assignment_group":{"display_value":"Desk","value":"g1","link":"…"},"assigned_to":""}"#,
            "\n\n",
            r#"{"sys_id":{"display_value":"b2","value":"b2"},"sys_updated_on":{"value":"2026-01-02 03:04:06"}}"#,
        );
        let instance = Instance::recorded_json_lines(lines.as_bytes()).unwrap();
        let truth = instance.oracle_within("assignment_group.name=Desk");
        assert_eq!(truth.incidents.keys().collect::<Vec<_>>(), ["a1"]);
        assert_eq!(truth.incidents["a1"].columns["u_own"], "x");
        assert_eq!(truth.outside.len(), 1);
        let wrong = Instance::recorded_json_lines(&b"{}"[..]).unwrap_err();
        assert_eq!(wrong.to_string(), "row 1 has no usable `sys_id`");
        assert!(matches!(Instance::recorded_json_lines(&b"x"[..]), Err(RecordedError::Json { line: 1 })));
    }
}
