//! What files there are, and what each of them is. No mail is read here.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Folders below folders beyond this are not looked into, and that is told.
const MOST_DEPTH: usize = 32;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// One mail, in `cur` or `new` of a Maildir.
    Maildir,
    /// One mail, in a file of its own.
    Eml,
    /// Many mails, one after the other.
    Mbox,
}

/// A file with mails.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listed {
    /// When the file came to be where it is, or was written to last: nanoseconds since 1970, as the file system says (the
    /// moment of the last change of status, `st_ctime` of stat(2)).
    pub(crate) changed: i64,
    /// Below the root; empty when the root is the file.
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
    /// When its content was written last, the same way.
    pub(crate) written: i64,
    /// Bytes.
    pub(crate) size: u64,
}

/// What else was seen on the way.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// Files that hold no mail.
    pub(crate) others: u64,
    /// What cannot be listed or looked at: no permission, or too deep.
    pub(crate) refused: Vec<PathBuf>,
}

/// Visits every file with mails at or below `root`, in no order. Symbolic links are not followed, so that nothing is read
/// twice and nothing outside of the folder.
pub(crate) fn walk(root: &Path, each: &mut dyn FnMut(Listed)) -> Walked {
    let mut walked = Walked::default();
    match fs::metadata(root) {
        Ok(metadata) if metadata.is_file() => look(root, Path::new(""), false, &mut walked, each),
        Ok(_) => {
            let mut folders = vec![(PathBuf::new(), 0)];
            while let Some((folder, depth)) = folders.pop() {
                enter(root, &folder, depth, &mut folders, &mut walked, each);
            }
        }
        Err(_) => walked.refused.push(root.to_owned()),
    }
    walked.refused.sort();
    walked
}

fn enter(
    root: &Path,
    folder: &Path,
    depth: usize,
    folders: &mut Vec<(PathBuf, usize)>,
    walked: &mut Walked,
    each: &mut dyn FnMut(Listed),
) {
    let whole = root.join(folder);
    let entries = match fs::read_dir(&whole) {
        Ok(entries) if depth <= MOST_DEPTH => entries,
        Ok(_) | Err(_) => return walked.refused.push(whole),
    };
    let is_maildir = whole.join("cur").is_dir() && whole.join("new").is_dir();
    // `cur` and `new` hold mails only where both are there; `tmp` holds mails that are still being delivered.
    let holds_mails = folder.file_name().is_some_and(|name| name == "cur" || name == "new")
        && whole.parent().is_some_and(|parent| parent.join("cur").is_dir() && parent.join("new").is_dir());
    for entry in entries {
        let Ok(entry) = entry else {
            walked.refused.push(whole.clone());
            continue;
        };
        let path = folder.join(entry.file_name());
        let others = walked.others;
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                if !(is_maildir && entry.file_name() == "tmp") {
                    folders.push((path, depth + 1));
                }
            }
            Ok(kind) if kind.is_file() => look(&root.join(&path), &path, holds_mails, walked, each),
            // A link, or no file: told, and not followed.
            Ok(_) => walked.others += 1,
            Err(error) => walked.refuse(&error, root.join(&path)),
        }
        // What holds no mail beside the mails of a Maildir is its server's own: `dovecot-uidlist`, `subscriptions` …
        if is_maildir {
            walked.others = others;
        }
    }
}

impl Walked {
    /// What is gone since it was listed was moved by a mail reader, and is found under its new name.
    fn refuse(&mut self, error: &io::Error, path: PathBuf) {
        if error.kind() != io::ErrorKind::NotFound {
            self.refused.push(path);
        }
    }
}

fn look(whole: &Path, path: &Path, is_maildir: bool, walked: &mut Walked, each: &mut dyn FnMut(Listed)) {
    let metadata = match fs::symlink_metadata(whole) {
        Ok(metadata) => metadata,
        Err(error) => return walked.refuse(&error, whole.to_owned()),
    };
    let moment = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
    let kind = if is_maildir { Ok(Some(Kind::Maildir)) } else { kind_of(whole) };
    match kind {
        Ok(Some(kind)) => each(Listed {
            changed: moment(metadata.ctime(), metadata.ctime_nsec()),
            written: moment(metadata.mtime(), metadata.mtime_nsec()),
            path: path.to_owned(),
            kind,
            size: metadata.len(),
        }),
        Ok(None) => walked.others += 1,
        Err(error) => walked.refuse(&error, whole.to_owned()),
    }
}

/// By the name of the file, else by its first bytes.
fn kind_of(whole: &Path) -> io::Result<Option<Kind>> {
    let extension = whole.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("eml") => return Ok(Some(Kind::Eml)),
        Some("mbox") => return Ok(Some(Kind::Mbox)),
        _ => {}
    }
    let mut first = Vec::with_capacity(5);
    File::open(whole)?.take(5).read_to_end(&mut first)?;
    Ok((first == b"From ").then_some(Kind::Mbox))
}
