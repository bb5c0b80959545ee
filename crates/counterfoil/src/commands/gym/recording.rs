//! Recordings in files: a log, JSON lines, or a folder of them, each as it is or packed with zstd.

use crate::exit::{Exit, Failure};
use anyhow::{Context as _, Result};
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor};
use std::path::{Path, PathBuf};

/// What its ending says that it is.
pub(super) enum Recording {
    /// Many rows per record, with commas.
    Log(Box<dyn BufRead>),
    /// One record a line.
    Lines(Box<dyn BufRead>),
}

/// What is recorded in a file or a folder.
pub(super) fn open(path: &Path) -> Result<Recording> {
    if path.is_dir() {
        return folder(path).map(Recording::Lines);
    }
    match ending(path).as_str() {
        "csv" => file(path).map(Recording::Log),
        "jsonl" | "ndjson" | "json" => file(path).map(Recording::Lines),
        _ => Err(Failure::error(
            Exit::Usage,
            format!(
                "`{}` is no recording\n  help: a log ends in .csv, JSON lines end in .jsonl; a folder has JSON lines",
                path.display()
            ),
        )),
    }
}

/// Why a recording cannot be served.
pub(super) fn unusable(path: &Path, error: &anyhow::Error) -> anyhow::Error {
    Failure::error(Exit::Usage, format!("`{}` cannot be served: {}", path.display(), crate::chain(error)))
}

/// The ending of a name; of a packed file the one before.
fn ending(path: &Path) -> String {
    let is_packed = path.extension().is_some_and(|ending| ending == "zst");
    let plain = if is_packed { path.with_extension("") } else { path.to_owned() };
    plain.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_owned()
}

fn file(path: &Path) -> Result<Box<dyn BufRead>> {
    let opened = File::open(path);
    let file =
        opened.map_err(|error| Failure::error(Exit::Usage, format!("cannot read `{}`: {error}", path.display())))?;
    if path.extension().is_none_or(|ending| ending != "zst") {
        return Ok(Box::new(BufReader::new(file)));
    }
    let unpacked = zstd::Decoder::new(file).with_context(|| format!("cannot unpack `{}`", path.display()))?;
    Ok(Box::new(BufReader::new(unpacked)))
}

/// All files of JSON lines in a folder, by name, one after the other.
fn folder(path: &Path) -> Result<Box<dyn BufRead>> {
    let entries = std::fs::read_dir(path).with_context(|| format!("cannot list `{}`", path.display()))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.retain(|file| matches!(ending(file).as_str(), "jsonl" | "ndjson"));
    files.sort();
    if files.is_empty() {
        let text = format!("`{}` has no JSON lines\n  help: their names end in .jsonl", path.display());
        return Err(Failure::error(Exit::Usage, text));
    }
    let mut all: Box<dyn BufRead> = Box::new(std::io::empty());
    for one in files {
        // A last line may have no end of its own.
        all = Box::new(std::io::Read::chain(std::io::Read::chain(all, Cursor::new(b"\n")), file(&one)?));
    }
    Ok(all)
}
