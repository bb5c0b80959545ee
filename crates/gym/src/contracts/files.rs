//! The estate as files with canonical columns, and the configuration that reads them.

use super::{Asked, Contracts, Course, Fact, TRUE_FIGURES, Thing, YEAR_BEGINS, YEAR_ENDS};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

/// What stands in sections of the configuration and in no file.
const CONFIGURED: [&str; 4] = ["party", "party_role", "group", "calendar"];
/// What has a history.
const WORK: [&str; 4] = ["incident", "service_request", "problem", "change"];
/// What is written as JSON lines; the rest is CSV.
const LINES: [&str; 4] = ["service_report", "measurement", "review", "satisfaction_measurement"];

/// A file of the estate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractFile {
    /// Relative to the configuration.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// How records of work are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A row for each turn of their course.
    Logs,
    /// A row for each record, as it is now: nobody tells what it went through.
    Snapshots,
}

impl Contracts {
    /// The files, and `counterfoil.toml` among them.
    pub fn files(&self, shape: Shape) -> Vec<ContractFile> {
        let kinds: BTreeSet<&'static str> = self.things.iter().map(|thing| thing.kind).collect();
        let mut config = self.sections();
        let mut files = Vec::new();
        for kind in kinds.into_iter().filter(|kind| !CONFIGURED.contains(kind)) {
            let is_log = WORK.contains(&kind) && shape == Shape::Logs;
            let rows: Vec<Map<String, Value>> = self.of(kind).flat_map(|thing| rows(thing, is_log)).collect();
            let (path, text) = if LINES.contains(&kind) {
                let lines: String = rows.into_iter().map(|row| format!("{}\n", Value::Object(row))).collect();
                (format!("registers/{kind}.jsonl"), lines)
            } else {
                (format!("registers/{kind}.csv"), table(&rows))
            };
            let (mapping, order) = if is_log {
                (format!("register/{kind}-log"), "shape = \"log\"\norder_by = [\"source_updated_at\"]\n")
            } else {
                (format!("register/{kind}"), "")
            };
            let name = kind.replace('_', "-");
            let section = format!(
                "\n[connector.{name}]\ntype = \"file\"\npath = \"{path}\"\nkey = \"id\"\n{order}zone = \"UTC\"\nmapping = \"{mapping}\"\nparty = \"house\"\n"
            );
            config.push_str(&section);
            files.push(ContractFile { path, text });
        }
        files.push(ContractFile { path: "counterfoil.toml".to_owned(), text: config });
        files
    }

    /// Writes the files and the oracle into a folder.
    pub fn write(&self, folder: &Path, shape: Shape) -> io::Result<usize> {
        let mut files = self.files(shape);
        files.push(ContractFile { path: "oracle.json".to_owned(), text: self.oracle() });
        for file in &files {
            let path = folder.join(&file.path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, &file.text)?;
        }
        Ok(files.len())
    }

    /// Every true figure of the year, overall and by party, as JSON.
    pub fn oracle(&self) -> String {
        let parties: Vec<&str> = self.parties().collect();
        let mut figures = Vec::new();
        for (id, unit, _) in TRUE_FIGURES {
            for party in std::iter::once(None).chain(parties.iter().copied().map(Some)) {
                let asked = Asked { from: YEAR_BEGINS, to: YEAR_ENDS, party };
                if let Some(truth) = self.figure(id, asked).filter(|truth| truth.n > 0 || party.is_none()) {
                    figures.push(json!({"id": id, "party": party, "value": truth.value, "unit": unit, "n": truth.n}));
                }
            }
        }
        let window = [YEAR_BEGINS, YEAR_ENDS].map(|at| Fact::At(at).written());
        let oracle = json!({"seed": self.seed, "from": window[0], "to": window[1], "figures": figures});
        format!("{oracle:#}\n")
    }

    fn sections(&self) -> String {
        let mut text = String::from(
            "# Made up: an organization, its customer, its desk and three suppliers over the year 2025.\n\n[reporting]\nzone = \"UTC\"\n",
        );
        let said = |thing: &Thing, field: &str| thing.text(field).unwrap_or_default().to_owned();
        for party in self.of("party") {
            let role = self.of("party_role").find(|role| role.text("party") == Some(&*party.id));
            let role = role.map(|role| said(role, "role")).unwrap_or_default();
            let _ = write!(text, "\n[party.{}]\nname = \"{}\"\nrole = \"{role}\"\n", party.id, said(party, "title"));
        }
        for group in self.of("group") {
            let level = group.number("escalation_level").unwrap_or(1);
            let (name, party) = (said(group, "title"), said(group, "party"));
            let _ = write!(
                text,
                "\n[group.{}]\nname = \"{name}\"\nparty = \"{party}\"\nescalation_level = {level}\n",
                group.id
            );
        }
        for calendar in self.of("calendar") {
            let [name, zone, hours] = ["title", "zone", "weekly_hours"].map(|field| said(calendar, field));
            let days: Vec<String> =
                said(calendar, "holidays").split_terminator(';').map(|day| format!("\"{day}\"")).collect();
            let _ = write!(
                text,
                "\n[calendar.{}]\nname = \"{name}\"\nzone = \"{zone}\"\nweekly_hours = \"{hours}\"\nholidays = [{}]\n",
                calendar.id,
                days.join(", ")
            );
        }
        text
    }
}

/// A record as a row, or its course as many.
fn rows(thing: &Thing, is_log: bool) -> Vec<Map<String, Value>> {
    let mut row = Map::new();
    row.insert("id".to_owned(), thing.id.clone().into());
    for (field, fact) in &thing.fields {
        row.insert((*field).to_owned(), fact.written().into());
    }
    let kinds: BTreeSet<&str> = thing.links.iter().map(|(kind, _)| *kind).collect();
    for kind in kinds {
        let to: Vec<&str> = thing.links.iter().filter(|(own, _)| *own == kind).map(|(_, to)| &**to).collect();
        row.insert(kind.to_owned(), to.join(";").into());
    }
    if is_log { thing.course.iter().map(|turn| turned(&row, turn)).collect() } else { vec![row] }
}

fn turned(row: &Map<String, Value>, turn: &Course) -> Map<String, Value> {
    let mut row = row.clone();
    let mut put = |name: &str, text: &str| row.insert(name.to_owned(), text.into());
    put("source_updated_at", &Fact::At(turn.at).written());
    put("state", turn.state);
    put("state_native", turn.state);
    put("hold_reason", turn.hold_reason.unwrap_or_default());
    put("assignee_party", turn.party);
    put("assignee_group", turn.group);
    if !turn.priority.is_empty() {
        put("priority", turn.priority);
    }
    row
}

fn table(rows: &[Map<String, Value>]) -> String {
    let columns: BTreeSet<&str> = rows.iter().flat_map(|row| row.keys().map(String::as_str)).collect();
    let mut out = csv::Writer::from_writer(Vec::new());
    let _ = out.write_record(&columns);
    for row in rows {
        let cells = columns.iter().map(|column| row.get(*column).and_then(Value::as_str).unwrap_or_default());
        let _ = out.write_record(cells);
    }
    String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
}
