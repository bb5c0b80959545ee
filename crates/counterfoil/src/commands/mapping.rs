//! `mapping test|list|show`: mappings and their cases, without a ledger.

use crate::exit::{Exit, Failure};
use crate::terminal::{clip, plural};
use anyhow::{Context as _, Result};
use counterfoil_diagnostics::{SourceText, render_plain};
use counterfoil_mapping::cases::{self, CaseResult};
use counterfoil_mapping::{Mapping, MappingSource, Settings, shipped};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Runs the cases of the files named, or of every shipped mapping.
pub(crate) fn test(files: &[PathBuf], as_json: bool, out: &mut dyn Write) -> Result<Exit> {
    let mut suites: Vec<(SourceText, String)> = Vec::new();
    if files.is_empty() {
        suites.extend(shipped::ALL.iter().map(|shipped| (shipped.source(), shipped.cases.to_owned())));
    }
    for file in files {
        suites.push((source(file)?, read(&file.with_extension("md"))?));
    }
    let (mut passed, mut failed, mut rows) = (0, 0, Vec::new());
    for (file, markdown) in suites {
        let results = run(&file, &markdown)?;
        for result in results {
            let ok = result.passed();
            *(if ok { &mut passed } else { &mut failed }) += 1;
            if as_json {
                rows.push(json!({ "mapping": &*file.name, "case": result.name, "line": result.line, "passed": ok }));
            } else {
                write_result(&file.name, &result, out)?;
            }
        }
    }
    if as_json {
        writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
    } else {
        writeln!(out, "{} passed, {failed} failed", plural(passed, "case"))?;
    }
    Ok(if failed == 0 { Exit::Complete } else { Exit::Config })
}

/// The shipped mappings, one a line.
pub(crate) fn list(out: &mut dyn Write) -> Result<Exit> {
    for shipped in shipped::ALL {
        let mapping = compile(&shipped.source())?;
        let form = match mapping.form() {
            counterfoil_record::Form::Snapshot | counterfoil_record::Form::Tombstone => "one row per record",
            counterfoil_record::Form::Log => "a log of many rows per record",
        };
        writeln!(out, "{:<34} {:<25} {form}", shipped.name, mapping.kind().name())?;
    }
    Ok(Exit::Complete)
}

/// Prints a shipped mapping.
pub(crate) fn show(name: &str, out: &mut dyn Write) -> Result<Exit> {
    let Some(shipped) = shipped::find(name) else {
        let known: Vec<&str> = shipped::ALL.iter().map(|shipped| shipped.name).collect();
        return Err(Failure::error(
            Exit::Usage,
            format!("no mapping `{name}` is shipped\n  help: there are {}", known.join(", ")),
        ));
    };
    out.write_all(shipped.text.as_bytes())?;
    Ok(Exit::Complete)
}

fn run(file: &SourceText, markdown: &str) -> Result<Vec<CaseResult>> {
    Ok(cases::run(markdown, &compile(file)?))
}

fn compile(file: &SourceText) -> Result<Mapping> {
    let settings = Settings { instance: "cases".to_owned(), ..Settings::default() };
    Mapping::compile(&MappingSource { file: file.clone(), overrides: None, settings }).map_err(|problems| {
        let lines: Vec<String> = problems.all().map(|finding| render_plain(finding, file)).collect();
        Failure::error(Exit::Config, lines.join("\n"))
    })
}

fn write_result(mapping: &str, result: &CaseResult, out: &mut dyn Write) -> Result<()> {
    let name = clip(&result.name, 90);
    if result.passed() {
        writeln!(out, "  ok      {mapping}: {name}")?;
        return Ok(());
    }
    writeln!(out, "  FAILED  {mapping}: {name} (line {})", result.line)?;
    match &result.expected {
        None => writeln!(out, "    the case has no `mapped` block; it would be")?,
        Some(expected) => {
            for line in difference(expected, &result.actual) {
                writeln!(out, "    {line}")?;
            }
            return Ok(());
        }
    }
    for line in result.actual.lines() {
        writeln!(out, "    + {line}")?;
    }
    Ok(())
}

/// Lines that only one of the two has.
fn difference(expected: &str, actual: &str) -> Vec<String> {
    let missing =
        expected.lines().filter(|line| !actual.lines().any(|other| other == *line)).map(|line| format!("- {line}"));
    let added =
        actual.lines().filter(|line| !expected.lines().any(|other| other == *line)).map(|line| format!("+ {line}"));
    missing.chain(added).collect()
}

fn source(file: &Path) -> Result<SourceText> {
    Ok(SourceText { name: file.display().to_string().into(), text: read(file)?.into() })
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file)
        .with_context(|| format!("cannot read `{}`", file.display()))
        .map_err(|error| Failure::error(Exit::Usage, format!("{error:#}")))
}
