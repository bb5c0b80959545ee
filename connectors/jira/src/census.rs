//! Who is there, by id; and single issues by their ids.
//!
//! A census lists ids in the order of their texts, and a site lists them in the order of their numbers: "99999" comes before
//! "100000" there and after it here. So the whole list is read and sorted: some 80 bytes for each issue, for as long as that takes.

use crate::issue::Issue;
use crate::jql::Order;
use crate::moment::mark;
use crate::pass::Reader;
use crate::position::{Guard, Progress};
use crate::rest::{Asked, contract, kind, object, read};
use crate::search::{Ask, Found, From, failed};
use crate::site::Dialect;
use counterfoil_http::HttpError;
use counterfoil_record::{Census, CensusPage, Fetched};
use counterfoil_sdk::PullErrorKind;
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// More than any site gives at once: it decides itself.
const LISTED_AT_ONCE: usize = 5_000;

/// How often a list begins anew because a token expired.
const MOST_RESTARTS: usize = 3;

#[derive(Deserialize)]
struct Bulk<'a> {
    #[serde(borrow)]
    issues: Vec<&'a RawValue>,
}

impl Reader<'_> {
    /// Everything that the stream shows, on one page.
    pub(crate) async fn census(&self) -> Result<CensusPage, PullErrorKind> {
        let mut listed: BTreeMap<String, i64> = BTreeMap::new();
        let counted = match self.site.dialect {
            Dialect::Cloud => {
                self.list_by_token(&mut listed).await?;
                None
            }
            Dialect::DataCenter => self.list_by_offset(&mut listed).await?,
        };
        // A list that ends early because the credentials lapsed would make everything else vanish.
        self.site.is_still_ours(self.rest).await?;
        let delivered = listed.len() as u64;
        let census = counted.map(|counted| Census { counted: counted.max(delivered), delivered });
        let entries = listed.into_iter().map(|(id, updated)| (id, mark(updated))).collect();
        let next = counterfoil_record::Position("{\"v\":1}".to_owned());
        Ok(CensusPage { entries, next, more: false, gaps: Vec::new(), census })
    }

    async fn list_by_token(&self, listed: &mut BTreeMap<String, i64>) -> Result<(), PullErrorKind> {
        let jql = self.scope.with("", Order::ByCreation);
        let (mut token, mut guard, mut restarts) = (None::<String>, Guard::default(), 0);
        loop {
            let from = From::Token(token.as_deref());
            let found = match self.rest.search(&self.list(&jql, from)).await {
                Ok(found) => found,
                Err(error) if error.status() == Some(400) && token.is_some() && restarts < MOST_RESTARTS => {
                    (token, guard, restarts) = (None, Guard::default(), restarts + 1);
                    continue;
                }
                Err(error) => return Err(failed(error)),
            };
            let page: Vec<_> = found.issues.iter().flatten().map(|one| (one.id.clone(), one.updated)).collect();
            token.clone_from(&found.token);
            take(listed, found);
            let Some(token) = &token else { return Ok(()) };
            if guard.is_circle(token) || guard.is_stuck(&page) {
                return Err(contract("the site's page tokens lead in a circle"));
            }
        }
    }

    /// What is created meanwhile comes at the end; what leaves moves others over a page's edge, and these are asked for by
    /// their ids.
    async fn list_by_offset(&self, listed: &mut BTreeMap<String, i64>) -> Result<Option<u64>, PullErrorKind> {
        let jql = self.scope.with("", Order::ByCreation);
        let mut offset = 0;
        loop {
            let found = self.rest.search(&self.list(&jql, From::Offset(offset))).await.map_err(failed)?;
            let (count, total) = (found.step, found.total);
            offset += count;
            take(listed, found);
            if count == 0 || total.is_some_and(|total| offset >= total) {
                return Ok(total);
            }
        }
    }

    fn list<'a>(&self, jql: &'a str, from: From<'a>) -> Ask<'a> {
        Ask { jql, limit: LISTED_AT_ONCE, fields: &["updated"], from }
    }

    /// Issues by their ids, also outside of the scope. One that moved to another project keeps its id.
    pub(crate) async fn fetch(&self, ids: &[String]) -> Result<Fetched, PullErrorKind> {
        let shown = match self.site.dialect {
            Dialect::Cloud => self.many(ids).await,
            Dialect::DataCenter => self.one_by_one(ids).await,
        };
        let shown = shown.map_err(|error| kind(error, "read single issues"))?;
        let mut fetched = Fetched::default();
        let mut issues: Vec<Issue> = Vec::new();
        for id in ids {
            match shown.iter().find(|issue| issue.id == *id) {
                Some(issue) => issues.push(issue.clone()),
                None => fetched.absent.push(id.clone()),
            }
        }
        if !fetched.absent.is_empty() {
            self.site.is_still_ours(self.rest).await?;
        }
        // What cannot be had of them is noticed by the passes.
        let mut progress = Progress::begin("", 0);
        fetched.records = self.records(&mut progress, &issues.iter().collect::<Vec<_>>()).await?;
        Ok(fetched)
    }

    /// Many issues at once: Cloud.
    pub(crate) async fn many(&self, ids: &[String]) -> Result<Vec<Issue>, HttpError> {
        let path = "rest/api/3/issue/bulkfetch";
        let mut issues = Vec::new();
        for ids in ids.chunks(100) {
            let body = json!({"issueIdsOrKeys": ids, "fields": ["*all"]}).to_string();
            match self.rest.ask(&object(path.to_owned(), &["issues"]).body(body)).await {
                Ok(answer) => {
                    let bulk: Bulk<'_> = read(&answer, path)?;
                    issues.extend(bulk.issues.iter().filter_map(|raw| Issue::read(raw.get()).ok()));
                }
                // Where none of them is there, or the site does not offer it.
                Err(error) if matches!(error.status(), Some(400 | 404 | 405)) => {
                    issues.extend(self.one_by_one(ids).await?);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(issues)
    }

    async fn one_by_one(&self, ids: &[String]) -> Result<Vec<Issue>, HttpError> {
        let one = async |id: &String| {
            let get = object(format!("{}/issue/{id}", self.site.dialect.api()), &["id"]).query("fields", "*all");
            let get = if self.site.dialect == Dialect::DataCenter { get.query("expand", "changelog") } else { get };
            match self.rest.try_ask(&get).await? {
                Asked::Answer(answer) => Ok::<_, HttpError>(Issue::read(&answer.body).ok()),
                Asked::Denied | Asked::Missing => Ok(None),
            }
        };
        Ok(try_join_all(ids.iter().map(one)).await?.into_iter().flatten().collect())
    }
}

fn take(listed: &mut BTreeMap<String, i64>, found: Found) {
    for issue in found.issues.into_iter().flatten() {
        let updated = listed.entry(issue.id).or_insert(issue.updated);
        *updated = issue.updated.max(*updated);
    }
}
