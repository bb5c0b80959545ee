//! `mapping lint`: word tables against the choice lists that a source has now.

use super::problems::wrap;
use super::{Inquiry, write_json};
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::terminal::{Board, plural, safe};
use anyhow::Result;
use counterfoil_diagnostics::Severity;
use counterfoil_mapping::{CatalogueEntry, LintFinding, lint_instance};
use counterfoil_model::Kind;
use counterfoil_pipeline::{Mappings, held_catalogue, live_catalogue};
use serde_json::{Value, json};
use std::io::Write;

/// What an instance's mappings and its source tell about each other.
struct Linted {
    instance: String,
    /// `None` for a source without choice lists.
    choices: Option<usize>,
    /// What of the choice lists cannot be read: reason and remedy.
    gaps: Vec<(String, String)>,
    findings: Vec<LintFinding>,
}

/// Reads the choice lists and compares.
pub(crate) async fn run(inquiry: &mut Inquiry<'_>, only: Option<&str>) -> Result<Exit> {
    let board = Board::new(&inquiry.terminal);
    let mut all = Vec::new();
    for instance in inquiry.instances(only)? {
        let mut linted = Linted { instance: instance.into(), choices: None, gaps: Vec::new(), findings: Vec::new() };
        let mut entries = Vec::new();
        for source in inquiry.streams(instance).filter(|source| source.stream.catalogue) {
            let catalogue = live_catalogue(source, inquiry.clock.as_ref(), &board).await?;
            linted.gaps.extend(catalogue.gaps.into_iter().map(|gap| (gap.reason, gap.remedy)));
            entries.extend(catalogue.entries);
            linted.choices = Some(entries.len());
        }
        if let (Some(1..), Some(source)) = (linted.choices, inquiry.streams(instance).next()) {
            linted.findings = compared(&source.mappings, &entries);
        }
        all.push(linted);
    }
    board.clear();
    if inquiry.json {
        write_json(inquiry.out, &all.iter().map(Linted::as_json).collect())?;
    } else {
        write(inquiry.out, inquiry.terminal.width, &all)?;
    }
    let findings = || all.iter().flat_map(|linted| &linted.findings);
    Ok(if findings().any(|finding| finding.severity == Severity::Error) {
        Exit::Config
    } else if all.iter().any(|linted| !linted.gaps.is_empty()) {
        Exit::Incomplete
    } else {
        Exit::Complete
    })
}

/// Words of the source's choice lists, as they are held, that come out unmapped or wrong: what drifted, with the instance.
pub(crate) fn drift(gateway: &Gateway) -> Result<Vec<(String, LintFinding)>> {
    let mut found = Vec::new();
    for source in gateway.sources.iter().filter(|source| source.stream.catalogue) {
        let entries = held_catalogue(gateway.ledger.as_ref(), &source.instance, source.stream.name)?;
        if entries.is_empty() {
            continue;
        }
        let wrong = compared(&source.mappings, &entries).into_iter().filter(|one| one.severity == Severity::Error);
        found.extend(wrong.map(|finding| (source.instance.to_string(), finding)));
    }
    Ok(found)
}

fn compared(mappings: &Mappings, entries: &[CatalogueEntry]) -> Vec<LintFinding> {
    lint_instance(mappings.iter().filter(|mapping| mapping.kind() != Kind::Catalogue), entries)
}

fn write(out: &mut dyn Write, width: usize, all: &[Linted]) -> Result<()> {
    for (at, linted) in all.iter().enumerate() {
        let empty = if at == 0 { "" } else { "\n" };
        let choices = match linted.choices {
            None => "its source has no choice lists to compare with".to_owned(),
            Some(choices) => format!(
                "{} read; {}",
                plural(choices as u64, "choice"),
                match linted.findings.len() {
                    0 if choices == 0 =>
                        "nothing can be compared: its mappings must have one of choice lists, such as \
                                          `servicenow/choice` or `jira/catalogue`, and the account the right to read them"
                            .to_owned(),
                    0 => "every word fits".to_owned(),
                    findings => plural(findings as u64, "finding"),
                }
            ),
        };
        told(out, width, "", &format!("{}: {choices}", linted.instance), empty)?;
        for (reason, remedy) in &linted.gaps {
            told(out, width, "", &format!("not readable: {reason}"), "\n")?;
            told(out, width, "  help: ", remedy, "")?;
        }
        for LintFinding { code, severity, place, message, remedy } in &linted.findings {
            told(out, width, "", &format!("{severity}[{code}]: {message}"), "\n")?;
            writeln!(out, "  --> {}", safe(place))?;
            told(out, width, "  help: ", remedy, "")?;
        }
    }
    Ok(())
}

/// A text behind a mark, in lines as wide as the terminal; what goes on below stands a little to the right.
fn told(out: &mut dyn Write, width: usize, mark: &str, text: &str, before: &str) -> Result<()> {
    let further = " ".repeat(mark.len().max(2));
    write!(out, "{before}")?;
    for (at, line) in wrap(&safe(text), width.max(60) - further.len()).iter().enumerate() {
        writeln!(out, "{}{line}", if at == 0 { mark } else { &further })?;
    }
    Ok(())
}

impl Linted {
    fn as_json(&self) -> Value {
        let finding = |finding: &LintFinding| {
            let LintFinding { code, severity, place, message, remedy } = finding;
            json!({ "code": code, "severity": severity.to_string(), "at": place, "message": message, "help": remedy })
        };
        let gaps = self.gaps.iter().map(|(reason, remedy)| json!({ "reason": reason, "remedy": remedy }));
        json!({
            "instance": self.instance, "choices": self.choices, "gaps": gaps.collect::<Value>(),
            "findings": self.findings.iter().map(finding).collect::<Value>(),
        })
    }
}
