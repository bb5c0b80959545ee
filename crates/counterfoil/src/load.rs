//! From the command line to a configuration, or to every problem of it at its place.

use crate::cli::Global;
use crate::connectors::KINDS;
use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;
use anyhow::{Context as _, Result};
use counterfoil_config::{Config, Input, Parsed};
use counterfoil_diagnostics::{Severity, SourceText, render};
use std::path::{Path, PathBuf};

/// Where the demo estate lives, below the current folder.
pub(crate) const DEMO_FOLDER: &str = ".counterfoil/demo";

/// A configuration that is in order, and where it came from.
pub(crate) struct Loaded {
    /// The configuration.
    pub(crate) config: Config,
    /// The file it was read from.
    pub(crate) file: PathBuf,
    /// Ledger, cache and lock live here.
    pub(crate) data_dir: PathBuf,
}

/// The configuration that the command line names, or else the one at hand.
pub(crate) fn find(global: &Global) -> Result<PathBuf> {
    let demo = Path::new(DEMO_FOLDER).join("counterfoil.toml");
    match &global.config {
        Some(file) => Ok(file.clone()),
        None if Path::new("counterfoil.toml").is_file() => Ok("counterfoil.toml".into()),
        None if demo.is_file() => Ok(demo),
        None => Err(Failure::error(
            Exit::Config,
            "there is no `counterfoil.toml` here\n  help: `counterfoil init` writes one to start from, \
             `--config FILE` names another, and `counterfoil up` without one starts the demo estate",
        )),
    }
}

/// Reads a configuration. Warnings go to standard error; errors are all told at once.
pub(crate) fn load(file: &Path, global: &Global, terminal: &Terminal) -> Result<Loaded> {
    let (parsed, folder) = parse(file, global)?;
    let shown = findings_text(&parsed, terminal);
    let Some(config) = parsed.config else {
        return Err(Failure::error(Exit::Config, shown.trim_end().to_owned()));
    };
    warn(&shown);
    let data_dir = match (&global.data_dir, &config.data_dir) {
        (Some(dir), _) => dir.clone(),
        (None, Some(dir)) => folder.join(dir).components().collect(),
        (None, None) => folder.join(".counterfoil"),
    };
    Ok(Loaded { config, file: file.to_owned(), data_dir })
}

/// Reads a configuration without deciding what its findings mean.
pub(crate) fn parse(file: &Path, global: &Global) -> Result<(Parsed, PathBuf)> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::error(Exit::Config, format!("cannot read the configuration `{}`: {error}", file.display()))
    })?;
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let source = SourceText { name: file.display().to_string().into(), text: text.into() };
    let names: Vec<&str> = counterfoil_mapping::shipped::ALL.iter().map(|shipped| shipped.name).collect();
    let input = Input { source, folder: folder.clone(), sets: global.sets.clone() };
    Ok((counterfoil_config::parse(&input, KINDS, &names), folder))
}

/// All findings, each with its line.
pub(crate) fn findings_text(parsed: &Parsed, terminal: &Terminal) -> String {
    let mut text = String::new();
    for (source, finding) in &parsed.findings {
        text.push_str(&render(std::slice::from_ref(finding), source, terminal.colours, terminal.width));
    }
    text
}

/// Whether any of them is an error.
pub(crate) fn has_errors(parsed: &Parsed) -> bool {
    parsed.findings.iter().any(|(_, finding)| finding.severity == Severity::Error)
}

#[expect(clippy::print_stderr, reason = "warnings go to standard error")]
fn warn(text: &str) {
    if !text.is_empty() {
        eprintln!("{}", text.trim_end());
    }
}

/// Writes a file whole or not at all.
pub(crate) fn write_whole(path: &Path, text: &str) -> Result<()> {
    let beside = path.with_extension("tmp");
    std::fs::write(&beside, text).with_context(|| format!("cannot write `{}`", beside.display()))?;
    std::fs::rename(&beside, path).with_context(|| format!("cannot write `{}`", path.display()))
}
