//! Writing files so that no reader sees half of one, at once or as they grew.

use super::EstateFile;
use jiff::Timestamp;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{fs, mem};

/// One step in which the estate grew: a new file, or complete rows at the end of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage<'a> {
    /// When it happened in the world.
    pub at: Timestamp,
    /// The file, relative to the estate, with `/`.
    pub path: &'a str,
    /// The file from this step on.
    pub bytes: &'a [u8],
    /// How much of it was there before; 0 for a new file.
    pub before: usize,
}

impl Stage<'_> {
    /// Takes this step. A folder that has taken it already, and perhaps further ones, is left as it is.
    pub fn write(&self, folder: &Path) -> io::Result<PathBuf> {
        let target = super::target(folder, self.path)?;
        let there = read(&target)?.unwrap_or_default();
        if there.starts_with(self.bytes) {
            return Ok(target);
        }
        if self.before > 0 && there == self.bytes[..self.before] {
            // One write of complete rows: a reader sees them all or, at worst, a last line without its end.
            fs::OpenOptions::new().append(true).open(&target)?.write_all(&self.bytes[self.before..])?;
            return Ok(target);
        }
        put(folder, self.path, self.bytes)
    }
}

pub(super) fn stages(files: &[EstateFile]) -> Vec<Stage<'_>> {
    let mut stages = Vec::new();
    for file in files {
        let mut before = 0;
        for (at, length) in &file.growth {
            let from = mem::replace(&mut before, *length);
            stages.push(Stage { at: *at, path: &file.path, bytes: &file.bytes[..*length], before: from });
        }
    }
    stages.sort_by_key(|stage| stage.at);
    stages
}

/// Writes a file under another name and renames it; does nothing when the bytes are there already.
pub(super) fn put(folder: &Path, path: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let target = super::target(folder, path)?;
    if read(&target)?.is_some_and(|there| there == bytes) {
        return Ok(target);
    }
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // The ending is one that readers leave alone as half-written.
    let draft = target.with_file_name(format!(".{name}.part"));
    fs::write(&draft, bytes)?;
    fs::rename(&draft, &target)?;
    Ok(target)
}

fn read(target: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(target) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
