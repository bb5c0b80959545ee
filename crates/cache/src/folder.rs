//! Moves folders aside and measures them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Broken caches kept for who wants to know; older ones are deleted.
const KEPT: usize = 2;

/// Renames `cache` to `cache.broken-<n>`, with the next free number.
pub(crate) fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let mut numbers = broken(path)?;
    let next = numbers.last().map_or(1, |last| last + 1);
    let to = numbered(path, next);
    fs::rename(path, &to)?;
    numbers.push(next);
    for old in numbers.iter().rev().skip(KEPT) {
        fs::remove_dir_all(numbered(path, *old))?;
    }
    Ok(to)
}

/// Bytes of all files below `folder`.
pub(crate) fn bytes(folder: &Path) -> io::Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        total += if entry.file_type()?.is_dir() { bytes(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(total)
}

/// The numbers of the broken caches beside `path`, in order.
fn broken(path: &Path) -> io::Result<Vec<u64>> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let prefix = format!("{}.broken-", path.file_name().unwrap_or_default().to_string_lossy());
    let mut numbers = Vec::new();
    for entry in fs::read_dir(parent)? {
        let name = entry?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.strip_prefix(&prefix)?.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn numbered(path: &Path, number: u64) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".broken-{number}"));
    path.with_file_name(name)
}
