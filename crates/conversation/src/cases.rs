//! Cases of rules: a Markdown document with mails and what becomes of them.
//!
//! Every heading starts a case. A case has one `json` block with a list of payloads, whose mails are named `1`, `2` and so
//! on, and one `gathered` block. It may have a `toml directory` and a `toml rules` block; such blocks before the first case
//! hold for all cases that have none.

use crate::directory::{Correspondent, Directory};
use crate::gather::{Gathered, StoredMail, gather};
use crate::rules::Rules;
use crate::shelf::Shelf;
pub use counterfoil_diagnostics::cases::CaseResult;
use counterfoil_diagnostics::cases::{self, sections};
use counterfoil_diagnostics::{SourceText, render_plain};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::convert::Infallible;
use std::fmt::Write as _;

/// Runs all cases of a document.
pub fn run(markdown: &str, rules: &Rules) -> Vec<CaseResult> {
    let sections = sections(markdown);
    let shared = |info: &str| {
        let before = sections.iter().take_while(|section| section.block("json").is_none());
        before.filter_map(|section| section.block(info)).last()
    };
    let mut results = Vec::new();
    for section in &sections {
        let Some(mails) = section.block("json") else { continue };
        let directory = section.block("toml directory").or_else(|| shared("toml directory"));
        let added = section.block("toml rules").or_else(|| shared("toml rules"));
        let actual = case(rules, mails.text, directory.map(|block| block.text), added.map(|block| block.text));
        let actual = actual.unwrap_or_else(|problem| problem);
        results.push(CaseResult::new(section, mails, section.block("gathered"), actual));
    }
    results
}

/// The document with every `gathered` block as the rules make it now.
pub fn update(markdown: &str, results: &[CaseResult]) -> String {
    cases::update(markdown, results, "gathered")
}

/// Nothing is held.
struct Empty;

impl Shelf for Empty {
    type Error = Infallible;

    fn find(&self, _: &str) -> Result<Option<String>, Infallible> {
        Ok(None)
    }

    fn load(&self, _: &str) -> Result<Option<String>, Infallible> {
        Ok(None)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseDirectory {
    /// Party and its domains.
    parties: std::collections::BTreeMap<String, Vec<String>>,
    ours: Option<String>,
    #[serde(default)]
    authserv_ids: Vec<String>,
}

fn case(rules: &Rules, mails: &str, directory: Option<&str>, added: Option<&str>) -> Result<String, String> {
    let directory = match directory {
        Some(text) => {
            let read: CaseDirectory =
                toml::from_str(text).map_err(|error| format!("the directory cannot be read: {error}"))?;
            let party = |(id, domains): (String, Vec<String>)| Correspondent {
                is_ours: read.ours.as_deref() == Some(id.as_str()),
                id,
                domains,
            };
            Directory {
                authserv_ids: read.authserv_ids,
                parties: read.parties.into_iter().map(party).collect(),
                own_addresses: Vec::new(),
            }
        }
        None => Directory::default(),
    };
    let rules = match added {
        Some(text) => {
            let source = SourceText { name: "rules".into(), text: text.into() };
            let show = |findings: Vec<_>| {
                findings.iter().map(|finding| render_plain(finding, &source)).collect::<Vec<_>>().join("\n")
            };
            rules.extended_by(&source).map_err(show)?
        }
        None => rules.clone(),
    };
    let payloads: Vec<&RawValue> =
        serde_json::from_str(mails).map_err(|error| format!("the mails cannot be read: {error}"))?;
    let ids = (1..=payloads.len()).map(|number| number.to_string()).collect::<Vec<_>>();
    let mails = payloads.iter().zip(&ids).map(|(payload, id)| StoredMail { id, payload: payload.get() });
    let gathered = gather(&rules, &directory, &Empty, &mails.collect::<Vec<_>>());
    Ok(show(&gathered.map_err(|error| error.to_string())?))
}

/// What was gathered, in lines that people read.
pub fn show(gathered: &Gathered) -> String {
    let mut text = String::new();
    for conversation in &gathered.conversations {
        let document: Value = serde_json::from_str(&conversation.document).unwrap_or(Value::Null);
        show_document(&mut text, &document);
    }
    for refused in &gathered.refused {
        let _ = writeln!(text, "refused to mail {}: {} ({})", refused.mail, refused.node, refused.reason);
    }
    text
}

fn show_document(text: &mut String, document: &Value) {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let what = if document["ticket"] == true { word(&document["kind"]) } else { "correspondence".to_owned() };
    let _ = writeln!(text, "{what} of {}: {}", word(&document["party"]), word(&document["subject"]));
    for key in list(&document["keys"]) {
        let shown = if key["key"] == document["key"] { " (shown)" } else { "" };
        let _ =
            writeln!(text, "  key {} {} of {}{shown}", word(&key["system"]), word(&key["key"]), word(&key["party"]));
    }
    for mail in list(&document["mails"]) {
        let _ = write!(text, "  mail {}: {}", word(&mail["id"]), word(&mail["class"]));
        if mail["in_loop"] == true {
            text.push_str(", in a loop\n");
            continue;
        }
        if let Some(system) = mail["system"].as_str() {
            let _ = write!(text, " of {system}");
        }
        let (rule, sure) = (word(&mail["rule"]), mail["confidence"].as_u64().unwrap_or(0));
        let _ = write!(text, " ({rule}, {sure} %), {}, {}", word(&mail["direction"]), word(&mail["joined_by"]));
        if mail["trust"] != "unknown" {
            let _ = write!(text, ", sender {}", word(&mail["trust"]));
        }
        if let Some(copy) = mail["copy_of"].as_str() {
            let _ = write!(text, ", copy of {copy}");
        }
        for note in list(&mail["notes"]) {
            let _ = write!(text, ", {}", word(&note));
        }
        text.push('\n');
    }
    for change in list(&document["changes"]) {
        let sure = change["confidence"].as_u64().unwrap_or(0);
        let (to, mail, rule) = (word(&change["to"]), word(&change["mail"]), word(&change["rule"]));
        let _ = writeln!(text, "  {to} by mail {mail} ({rule}, {sure} %)");
    }
    if let Some(priority) = document["priority"].as_str() {
        let _ = writeln!(text, "  priority {priority}");
    }
    if let Some(looping) = document["loop"].as_object() {
        let _ = writeln!(text, "  loop of {} mails, {} of a row shown", looping["mails"], looping["shown"]);
    }
    for mention in list(&document["mentions"]) {
        let _ = writeln!(text, "  mentions {} ({})", word(&mention["node"]), word(&mention["reason"]));
    }
}
