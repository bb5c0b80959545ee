//! Mails at rest: Maildir, mbox files and .eml files, in a folder and the folders below it.
//!
//! Every file is known by what it is, so that one folder may hold all three. Nothing is written, renamed or marked, and no
//! name of a file says who a mail is: a flag that a mail reader sets renames a file of a Maildir and is no news.

mod list;
mod mbox;
mod pass;
mod position;

use crate::record::Limits;
use counterfoil_record::{CensusPage, Fetched, Page, Position};
use counterfoil_sdk::{PullContext, PullErrorKind};
use list::{Listed, walk};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A folder with mails, or one file.
#[derive(Debug)]
pub(crate) struct Folder {
    /// The folder, or the file.
    root: PathBuf,
    /// As the user wrote it.
    shown: String,
    limits: Limits,
    /// What the pass under way has listed and not read yet. Only a shortcut: without it the folder is listed again.
    ahead: Mutex<Option<pass::Ahead>>,
}

impl Folder {
    /// Nothing is looked at yet.
    pub(crate) fn new(root: PathBuf, shown: String, limits: Limits) -> Self {
        Self { root, shown, limits, ahead: Mutex::default() }
    }

    /// Whether the folder is there and can be listed.
    pub(crate) fn check(&self) -> Result<String, PullErrorKind> {
        let (said, refused) = self.look_over()?;
        match refused.first() {
            None => Ok(said),
            Some(path) => Err(PullErrorKind::Forbidden { action: format!("read {}", path.display()) }),
        }
    }

    /// What there is, for people, and what cannot be looked at.
    fn look_over(&self) -> Result<(String, Vec<PathBuf>), PullErrorKind> {
        let mut found = [0_u64; 3];
        let walked = self.walk(&mut |listed| found[listed.kind as usize] += 1)?;
        let [maildir, eml, mbox] = found;
        let mut said = format!("{maildir} mails in Maildirs, {eml} .eml files, {mbox} mbox files");
        if walked.others > 0 {
            said.push_str(&format!(", {} files that are neither", walked.others));
        }
        Ok((said, walked.refused))
    }

    /// One page.
    pub(crate) fn pull(&self, from: &Position, context: PullContext) -> Result<Page, PullErrorKind> {
        pass::pull(self, from, context)
    }

    /// The ids of all mails that are there now: everything is read and hashed.
    pub(crate) fn census(&self) -> Result<CensusPage, PullErrorKind> {
        let mut ids = Vec::new();
        let gaps = pass::each_mail(self, &mut |record| ids.push(record.native_id))?;
        ids.sort_unstable();
        ids.dedup();
        let entries = ids.into_iter().map(|id| (id, String::new())).collect();
        Ok(CensusPage { entries, next: Position::default(), more: false, gaps, census: None })
    }

    /// Those of these mails that are there now.
    pub(crate) fn fetch(&self, ids: &[String]) -> Result<Fetched, PullErrorKind> {
        let mut absent: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let mut records = Vec::new();
        pass::each_mail(self, &mut |record| {
            if absent.remove(record.native_id.as_str()) {
                records.push(record);
            }
        })?;
        Ok(Fetched { records, absent: absent.into_iter().map(str::to_owned).collect() })
    }

    fn walk(&self, each: &mut dyn FnMut(Listed)) -> Result<list::Walked, PullErrorKind> {
        let missing = || PullErrorKind::NotFound { what: format!("the folder or file `{}`", self.shown) };
        if !self.root.exists() {
            return Err(missing());
        }
        Ok(walk(&self.root, each))
    }

    fn open(&self, path: &Path) -> std::io::Result<File> {
        File::open(self.root.join(path))
    }
}
