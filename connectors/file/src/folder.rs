//! Which files there are, and which of them are left alone.

use crate::config::Settings;
use counterfoil_sdk::{PullErrorKind, fits_pattern};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// A file that may be read.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Relative to the configured folder; for a single file its own name.
    pub(crate) name: Arc<str>,
    pub(crate) path: PathBuf,
    pub(crate) stamp: Stamp,
}

/// What changes when a file is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Bytes.
    pub(crate) len: u64,
    /// Nanoseconds since 1970.
    pub(crate) mtime: i64,
}

/// What a look at the configured path gave.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// In the order of their names.
    pub(crate) files: Vec<Found>,
    /// What is left alone, with the reason.
    pub(crate) ignored: Vec<String>,
    /// Whether the path is a file, not a folder.
    pub(crate) is_single: bool,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> io::Result<Self> {
        let nanoseconds = match metadata.modified()?.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanoseconds| -nanoseconds),
        };
        Ok(Self { len: metadata.len(), mtime: nanoseconds })
    }
}

impl Found {
    /// Whether the file is still what it was when it was found.
    pub(crate) fn is_unchanged(&self) -> io::Result<bool> {
        match fs::metadata(&self.path) {
            Ok(metadata) => Ok(Stamp::of(&metadata)? == self.stamp),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether a file with this name would be read.
pub(crate) fn is_read(name: &str, settings: &Settings) -> bool {
    settings.pattern.as_ref().is_none_or(|pattern| fits_pattern(pattern, name)) && left_alone(name, settings).is_none()
}

/// Looks at the configured path.
pub(crate) fn list(settings: &Settings) -> Result<Listing, PullErrorKind> {
    let told = |error: io::Error| pull_error(error, &settings.shown);
    let metadata = fs::metadata(&settings.path).map_err(told)?;
    if settings.pattern.is_none() && metadata.is_file() {
        let name = settings.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let found =
            Found { name: name.into(), path: settings.path.clone(), stamp: Stamp::of(&metadata).map_err(told)? };
        return Ok(Listing { files: vec![found], is_single: true, ..Listing::default() });
    }
    let folder = fs::canonicalize(&settings.path).map_err(told)?;
    let mut listing = Listing::default();
    for entry in fs::read_dir(&folder).map_err(told)? {
        let entry = entry.map_err(told)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            listing.ignored.push(format!("{} is not read: its name is no text", name.to_string_lossy()));
            continue;
        };
        if settings.pattern.as_ref().is_some_and(|pattern| !fits_pattern(pattern, name)) {
            continue;
        }
        if let Some(why) = left_alone(name, settings) {
            listing.ignored.push(format!("{name} is not read: {why}"));
            continue;
        }
        match look(&folder, &entry.path()) {
            Ok(Ok(stamp)) => listing.files.push(Found { name: name.into(), path: entry.path(), stamp }),
            Ok(Err(why)) => listing.ignored.push(format!("{name} is not read: {why}")),
            // Gone between listing and looking.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(pull_error(error, name)),
        }
    }
    listing.files.sort_by(|a, b| a.name.cmp(&b.name));
    listing.ignored.sort();
    Ok(listing)
}

/// What a failed look at a file means.
pub(crate) fn pull_error(error: io::Error, what: &str) -> PullErrorKind {
    match error.kind() {
        io::ErrorKind::NotFound => PullErrorKind::NotFound { what: what.to_owned() },
        io::ErrorKind::PermissionDenied => PullErrorKind::Forbidden { action: format!("read {what}") },
        _ => PullErrorKind::Unavailable { source: error.into() },
    }
}

/// Endings of names that programs give to files they are still writing.
const UNFINISHED: [&str; 5] = [".part", ".tmp", ".filepart", ".crdownload", ".partial"];

/// Endings of names that are read in a folder without a pattern.
const READ: [&str; 9] = ["csv", "tsv", "txt", "json", "jsonl", "ndjson", "xlsx", "xlsm", "xls"];

fn left_alone(name: &str, settings: &Settings) -> Option<&'static str> {
    let lower = name.to_lowercase();
    if UNFINISHED.iter().any(|ending| lower.ends_with(ending)) {
        return Some("it is still being written");
    }
    if name.starts_with("~$") || name.starts_with('.') {
        return Some("it is hidden, or a lock");
    }
    let extension = lower.rsplit_once('.').map(|(_, extension)| extension);
    let is_known = extension.is_some_and(|extension| READ.contains(&extension));
    (settings.pattern.is_none() && !is_known).then_some("its ending is none of .csv .tsv .txt .jsonl .ndjson .xlsx")
}

/// The stamp of a regular file of this folder; links are followed inside the folder only.
fn look(folder: &Path, path: &Path) -> io::Result<Result<Stamp, &'static str>> {
    let link = fs::symlink_metadata(path)?;
    if link.is_symlink() && !fs::canonicalize(path)?.starts_with(folder) {
        return Ok(Err("it is a link that leads out of the folder"));
    }
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Ok(Err("it is no file"));
    }
    Stamp::of(&metadata).map(Ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::settings;

    #[test]
    fn unfinished_hidden_and_foreign_files_are_left_alone_and_said() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.jsonl", "c.csv.part", "d.TMP", "~$e.xlsx", ".f.csv", "g.md", "h.csv.crdownload"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        fs::create_dir(folder.path().join("sub.csv")).unwrap();
        let listing = list(&settings(folder.path(), "path = '.'\nkey = 'k'", None, None)).unwrap();
        let names: Vec<&str> = listing.files.iter().map(|found| &*found.name).collect();
        assert_eq!(names, ["a.jsonl", "b.csv"]);
        assert_eq!(listing.ignored.len(), 7, "{:?}", listing.ignored);
        assert!(!listing.is_single);
        let listing = list(&settings(folder.path(), "path = '?.*'\nkey = 'k'", None, None)).unwrap();
        let names: Vec<&str> = listing.files.iter().map(|found| &*found.name).collect();
        assert_eq!(names, ["a.jsonl", "b.csv", "g.md"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_out_of_the_folder() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.csv"), "x").unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.csv"), "x").unwrap();
        let link = |to: &Path, name: &str| std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
        link(&outside.path().join("secret.csv"), "out.csv");
        link(&folder.path().join("a.csv"), "in.csv");
        link(&folder.path().join("nowhere.csv"), "dangling.csv");
        let listing = list(&settings(folder.path(), "path = '.'\nkey = 'k'", None, None)).unwrap();
        let names: Vec<&str> = listing.files.iter().map(|found| &*found.name).collect();
        assert_eq!(names, ["a.csv", "in.csv"]);
        assert_eq!(listing.ignored, ["out.csv is not read: it is a link that leads out of the folder"]);
    }

    #[test]
    fn what_is_not_there_is_named_as_the_user_wrote_it() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["missing.csv", "missing/*.csv"] {
            let listed = list(&settings(folder.path(), &format!("path = '{path}'\nkey = 'k'"), None, None));
            assert!(matches!(listed, Err(PullErrorKind::NotFound { what }) if what == path));
        }
    }
}
