//! The folder of an instance that reads files, as something that reports are put into.

use counterfoil_pipeline::ports::{Inbox, Put};
use counterfoil_sdk::InboxFolder;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// For each instance that reports go to: notified when one was put into its folder.
#[derive(Debug, Default)]
pub(crate) struct Arrivals(Mutex<BTreeMap<String, Arc<Notify>>>);

impl Arrivals {
    /// Those of an instance.
    pub(crate) fn of(&self, instance: &str) -> Arc<Notify> {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(instance.to_owned()).or_default())
    }
}

/// A folder on this machine.
pub(crate) struct FolderInbox {
    inbox: InboxFolder,
    arrivals: Arc<Notify>,
}

impl FolderInbox {
    pub(crate) fn new(inbox: InboxFolder, arrivals: Arc<Notify>) -> Self {
        Self { inbox, arrivals }
    }
}

impl Inbox for FolderInbox {
    fn shown(&self) -> String {
        self.inbox.shown.clone()
    }

    fn reads(&self, name: &str) -> bool {
        (self.inbox.reads)(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<Put> {
        let folder = &self.inbox.folder;
        let target = folder.join(name);
        match fs::symlink_metadata(&target) {
            Ok(there) => {
                let is_same = there.is_file() && there.len() == bytes.len() as u64 && holds(&target, bytes)?;
                return Ok(if is_same { Put::There } else { Put::Taken });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        // Hidden, and with an ending of what is still written: nobody who reads the folder looks at it.
        let beside = folder.join(format!(".{name}.part"));
        match fs::remove_file(&beside) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        // What is new cannot be a link to somewhere else.
        let mut file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, &target)?;
        File::open(folder)?.sync_all()?;
        self.arrivals.notify_one();
        Ok(Put::There)
    }
}

fn holds(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let mut there = Vec::with_capacity(bytes.len());
    File::open(path)?.take(bytes.len() as u64 + 1).read_to_end(&mut there)?;
    Ok(there == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbox(folder: &Path) -> FolderInbox {
        let inbox = InboxFolder {
            folder: folder.to_owned(),
            shown: String::new(),
            reads: Arc::new(|name| name.ends_with(".csv")),
        };
        FolderInbox::new(inbox, Arc::default())
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|one| one.unwrap().file_name().to_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_put_whole_and_once_and_what_died_in_the_middle_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = inbox(folder.path());
        // Killed while it wrote.
        fs::write(folder.path().join(".a.csv.part"), "no,ti").unwrap();
        assert_eq!(inbox.put("a.csv", b"no,title").unwrap(), Put::There);
        assert_eq!(inbox.put("a.csv", b"no,title").unwrap(), Put::There);
        assert_eq!(names(folder.path()), ["a.csv"]);
        assert_eq!(fs::read(folder.path().join("a.csv")).unwrap(), b"no,title");
        // Somebody changed it.
        assert_eq!(inbox.put("a.csv", b"no,tit").unwrap(), Put::Taken);
        assert_eq!(inbox.put("a.csv", b"no,titlE").unwrap(), Put::Taken);
        assert!(inbox.put("x/a.csv", b"").is_err(), "a folder that is not there");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_never_written_through() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let victim = outside.path().join("victim");
        fs::write(&victim, "untouched").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join(".a.csv.part")).unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join("b.csv")).unwrap();
        assert_eq!(inbox(folder.path()).put("a.csv", b"bytes").unwrap(), Put::There);
        assert_eq!(inbox(folder.path()).put("b.csv", b"bytes").unwrap(), Put::Taken);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
    }
}
