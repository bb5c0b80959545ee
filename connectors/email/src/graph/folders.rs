//! From the names of folders to their ids.

use super::service::{Folder, Service, Told};
use counterfoil_sdk::PullErrorKind;
use std::collections::BTreeMap;

/// More folders side by side are not looked at, nor more pages of them.
const MOST_FOLDERS: usize = 2_000;
const MOST_PAGES: usize = 200;

/// Names of other folders that are told.
const MOST_TOLD: usize = 10;

/// Folders that every mailbox has, by what they are called in English: in another language their name is another one.
const WELL_KNOWN: &[(&str, &str)] = &[
    ("inbox", "inbox"),
    ("sent items", "sentitems"),
    ("sent", "sentitems"),
    ("sentitems", "sentitems"),
    ("archive", "archive"),
    ("deleted items", "deleteditems"),
    ("deleteditems", "deleteditems"),
    ("drafts", "drafts"),
    ("junk email", "junkemail"),
    ("junkemail", "junkemail"),
];

/// What a name stands for.
#[derive(Debug, Clone)]
pub(crate) enum Resolved {
    Folder(Folder),
    Missing {
        /// Some of those that are there instead.
        there: Vec<String>,
    },
}

/// What every name stands for, in their order.
pub(crate) async fn resolve(service: &Service, names: &[String]) -> Result<Vec<(String, Resolved)>, PullErrorKind> {
    let mut levels = Levels { service, seen: BTreeMap::new() };
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        found.push((name.clone(), levels.find(name).await?));
    }
    Ok(found)
}

/// That a folder is not there, for people.
pub(crate) fn missing(name: &str, there: &[String]) -> String {
    let told = if there.is_empty() { "none".to_owned() } else { format!("`{}`", there.join("`, `")) };
    format!("the folder `{name}` (a folder within another is written `Outer/Inner`; there are {told})")
}

/// Lists of folders, each asked for once.
struct Levels<'a> {
    service: &'a Service,
    seen: BTreeMap<String, Vec<Folder>>,
}

impl Levels<'_> {
    async fn find(&mut self, name: &str) -> Result<Resolved, PullErrorKind> {
        // The inbox is never called as it is here in another language, and always to be had by this name.
        if name == "INBOX" {
            return self.well_known("inbox", Vec::new()).await;
        }
        let top = self.within(None).await?;
        if let Some(folder) = named(top, name) {
            return Ok(Resolved::Folder(folder.clone()));
        }
        let there = told(top);
        let (outer, inner) = match name.split_once('/') {
            Some((outer, inner)) => (outer, Some(inner)),
            None => (name, None),
        };
        let first = match named(top, outer) {
            Some(folder) => Some(folder.clone()),
            None => {
                let lower = outer.to_ascii_lowercase();
                match WELL_KNOWN.iter().find(|(english, _)| *english == lower) {
                    Some((_, id)) => match self.well_known(id, Vec::new()).await? {
                        Resolved::Folder(folder) => Some(folder),
                        Resolved::Missing { .. } => None,
                    },
                    None => None,
                }
            }
        };
        let Some(mut folder) = first else { return Ok(Resolved::Missing { there }) };
        for segment in inner.into_iter().flat_map(|inner| inner.split('/')) {
            let level = self.within(Some(&folder.id)).await?;
            match named(level, segment) {
                Some(next) => folder = next.clone(),
                None => return Ok(Resolved::Missing { there: told(level) }),
            }
        }
        Ok(Resolved::Folder(folder))
    }

    async fn well_known(&self, id: &str, there: Vec<String>) -> Result<Resolved, PullErrorKind> {
        Ok(match self.service.folder(id).await? {
            Told::Here(folder) => Resolved::Folder(folder),
            Told::Missing | Told::Forgotten => Resolved::Missing { there },
        })
    }

    /// The folders at the top, or those within one.
    async fn within(&mut self, parent: Option<&str>) -> Result<&[Folder], PullErrorKind> {
        let key = parent.unwrap_or_default().to_owned();
        if !self.seen.contains_key(&key) {
            let mut all = Vec::new();
            let mut question = Some(self.service.folders_in(parent));
            for _ in 0..MOST_PAGES {
                let Some(asked) = question else { break };
                let (some, next) = self.service.folders(&asked).await?;
                all.extend(some);
                question = next.filter(|_| all.len() < MOST_FOLDERS);
            }
            self.seen.insert(key.clone(), all);
        }
        Ok(self.seen.get(&key).map_or(&[], Vec::as_slice))
    }
}

/// As it is written, otherwise without regard to case.
fn named<'a>(folders: &'a [Folder], name: &str) -> Option<&'a Folder> {
    let alike = |folder: &&Folder| folder.name.to_lowercase() == name.to_lowercase();
    folders.iter().find(|folder| folder.name == name).or_else(|| folders.iter().find(alike))
}

fn told(folders: &[Folder]) -> Vec<String> {
    let shown = |name: &str| name.chars().filter(|letter| !letter.is_control()).take(60).collect();
    folders.iter().take(MOST_TOLD).map(|folder| shown(&folder.name)).collect()
}
