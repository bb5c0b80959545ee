//! The words of a site: statuses, priorities, resolutions, types of issues and of links, projects and fields, each entry a
//! record.
//!
//! These lists come whole. A pass delivers those that are not what they were; a list that the account may not read is a gap.

use crate::issue::without_addresses;
use crate::rest::{Asked, Rest, kind, object, read};
use crate::site::{Dialect, Site};
use counterfoil_http::{Expect, Get, HttpError};
use counterfoil_record::{CensusPage, Digest, Fetched, Form, Gap, Page, Payload, Place, Position, RawRecord};
use counterfoil_sdk::{PullContext, PullErrorKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const VERSION: u32 = 1;

/// The lists, by the names that they have in the member `table`.
const LISTS: &[&str] = &["status", "priority", "resolution", "issuetype", "issuelinktype", "project", "field"];

/// Projects a page; Cloud gives no more at once.
const PROJECTS: usize = 50;

/// How far the lists were read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Progress {
    v: u32,
    /// Digests of the lists as they were delivered.
    lists: BTreeMap<String, String>,
    denied: BTreeSet<String>,
    /// In a pass: which list, and how many of its entries are delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<(usize, usize, String)>,
}

/// What all pulls of the lists share.
pub(crate) struct Lists<'a> {
    pub(crate) rest: &'a Rest,
    pub(crate) site: Arc<Site>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

/// What a position of the lists says, before anything is asked.
fn known(from: &Position) -> Result<Progress, PullErrorKind> {
    if from.0.is_empty() {
        return Ok(Progress { v: VERSION, ..Progress::default() });
    }
    let progress: Progress = serde_json::from_str(&from.0).map_err(|_| PullErrorKind::PositionExpired)?;
    if progress.v != VERSION || progress.at.as_ref().is_some_and(|(list, ..)| *list >= LISTS.len()) {
        return Err(PullErrorKind::PositionExpired);
    }
    Ok(progress)
}

/// Whether a position can be read.
pub(crate) fn check(from: &Position) -> Result<(), PullErrorKind> {
    known(from).map(|_| ())
}

impl Lists<'_> {
    pub(crate) async fn pull(&self, from: &Position, context: PullContext) -> Result<Page, PullErrorKind> {
        let mut progress = known(from)?;
        let (first, mut done, of) = progress.at.take().unwrap_or_default();
        let mut page = Page::default();
        for (nth, list) in LISTS.iter().enumerate().skip(first) {
            let Some(records) = self.records(list).await? else {
                progress.denied.insert((*list).to_owned());
                continue;
            };
            progress.denied.remove(*list);
            let texts = records.iter().flat_map(|record| without_addresses(record.payload.as_str()));
            let texts: Vec<&[u8]> = texts.map(str::as_bytes).collect();
            let digest = Digest::of_parts(&texts).short();
            // It changed while it was delivered: from its beginning.
            let behind = if nth == first && of == digest { std::mem::take(&mut done) } else { 0 };
            if progress.lists.get(*list) == Some(&digest) {
                continue;
            }
            let count = records.len();
            let room = context.page_size.max(1) - page.records.len();
            page.records.extend(records.into_iter().skip(behind).take(room));
            if behind + room < count {
                progress.at = Some((nth, behind + room, digest));
                break;
            }
            progress.lists.insert((*list).to_owned(), digest);
            if page.records.len() >= context.page_size.max(1) && nth + 1 < LISTS.len() {
                progress.at = Some((nth + 1, 0, String::new()));
                break;
            }
        }
        page.more = progress.at.is_some();
        if !page.more {
            self.site.is_still_ours(self.rest).await?;
            page.gaps = progress.denied.iter().map(|list| gap(list)).collect();
        }
        page.next = Position(serde_json::to_string(&progress).expect("a position can be written as JSON"));
        Ok(page)
    }

    pub(crate) async fn census(&self) -> Result<CensusPage, PullErrorKind> {
        let mut page = CensusPage { next: Position("{\"v\":1}".to_owned()), ..CensusPage::default() };
        for list in LISTS {
            match self.records(list).await? {
                Some(records) => page.entries.extend(records.into_iter().map(|one| (one.native_id, one.version))),
                None => page.gaps.push(gap(list)),
            }
        }
        self.site.is_still_ours(self.rest).await?;
        page.entries.sort_unstable();
        page.entries.dedup_by(|one, other| one.0 == other.0);
        Ok(page)
    }

    pub(crate) async fn fetch(&self, ids: &[String]) -> Result<Fetched, PullErrorKind> {
        let mut fetched = Fetched::default();
        let mut unknown = Vec::new();
        for list in LISTS {
            match self.records(list).await? {
                Some(records) => {
                    fetched.records.extend(records.into_iter().filter(|record| ids.contains(&record.native_id)));
                }
                None => unknown.push(format!("{list}:")),
            }
        }
        // Of a list that nobody may read it is not known what is there and what is not.
        let is_known = |id: &&String| !unknown.iter().any(|list| id.starts_with(list));
        let is_absent = |id: &&String| is_known(id) && !fetched.records.iter().any(|record| record.native_id == **id);
        fetched.absent = ids.iter().filter(is_absent).cloned().collect();
        if !fetched.absent.is_empty() {
            self.site.is_still_ours(self.rest).await?;
        }
        Ok(fetched)
    }

    /// The entries of a list in the order of the site; none where the account may not read it.
    async fn records(&self, list: &str) -> Result<Option<Vec<RawRecord>>, PullErrorKind> {
        let api = self.site.dialect.api();
        let entries = match list {
            "project" if self.site.dialect == Dialect::Cloud => self.projects(api).await,
            "issuelinktype" => {
                let get = object(format!("{api}/issueLinkType"), &["issueLinkTypes"]);
                self.list(get, |all: LinkTypes| all.types).await
            }
            list => self.list(Get::new(format!("{api}/{list}")).expect(Expect::Array), |all| all).await,
        };
        let entries = entries.map_err(|error| kind(error, &format!("read the list of {list}")))?;
        let Some(entries) = entries else { return Ok(None) };
        let mut known = BTreeSet::new();
        let mut record = |raw: &RawValue| {
            let entry: Entry<'_> = serde_json::from_str(raw.get()).ok()?;
            let native_id = format!("{list}:{}", entry.id);
            known.insert(native_id.clone()).then(|| RawRecord {
                version: String::new(),
                form: Form::Snapshot,
                payload: Payload::owned(&format!(
                    "{{\"table\":\"{list}\",\"inactive\":false,\"choice\":{}}}",
                    raw.get()
                )),
                place: Place { container: list.into(), position: format!("id {}", entry.id) },
                native_id,
            })
        };
        Ok(Some(entries.iter().filter_map(|raw| record(raw)).collect()))
    }

    /// One answer with all entries; none where the account may not read it.
    async fn list<T: DeserializeOwned>(
        &self,
        get: Get,
        entries: impl FnOnce(T) -> Vec<Box<RawValue>>,
    ) -> Result<Option<Vec<Box<RawValue>>>, HttpError> {
        match self.rest.try_ask(&get).await? {
            Asked::Answer(answer) => Ok(Some(entries(read(&answer, &get.path)?))),
            Asked::Denied | Asked::Missing => Ok(None),
        }
    }

    /// Projects come in pages: all that the site counts, or until a page brings none that is new.
    async fn projects(&self, api: &str) -> Result<Option<Vec<Box<RawValue>>>, HttpError> {
        let (mut all, mut counted) = (Vec::new(), None);
        let mut known = BTreeSet::new();
        loop {
            let get = object(format!("{api}/project/search"), &["values"]);
            let get = get.query("startAt", all.len().to_string()).query("maxResults", PROJECTS.to_string());
            let page = self.list(get.query("orderBy", "key"), |page: Projects| {
                counted = page.total;
                page.values
            });
            let Some(page) = page.await? else { return Ok(None) };
            let mut is_new = false;
            for project in &page {
                is_new |= known.insert(project.get().to_owned());
            }
            all.extend(page);
            if !is_new || counted.is_some_and(|counted| all.len() as u64 >= counted) {
                return Ok(Some(all));
            }
        }
    }
}

#[derive(Deserialize)]
struct LinkTypes {
    #[serde(rename = "issueLinkTypes")]
    types: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Projects {
    values: Vec<Box<RawValue>>,
    total: Option<u64>,
}

fn gap(list: &str) -> Gap {
    Gap {
        code: "jira::catalogue-denied",
        place: Place { container: list.into(), position: String::new() },
        reason: format!(
            "the account may not read the list of {list}: new words are not noticed before an issue uses them"
        ),
        remedy: "have an administrator give the account the right to browse a project".to_owned(),
        records: None,
    }
}
