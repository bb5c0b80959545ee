//! What happened to issues: every entry of their histories, or the word that it could not be had.
//!
//! Nothing here believes a list because it ends: a list is whole when it has as many entries as the site says, or when the
//! site's tokens are at their end and the last status that it tells is the one that the issue has.

use crate::issue::{Embedded, Entry, Issue, Listed, oldest_first};
use crate::rest::{Asked, Rest, object, read};
use crate::site::Dialect;
use counterfoil_http::HttpError;
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};

/// Issues in one question, and entries in one answer, as the API allows.
const ISSUES_AT_ONCE: usize = 1_000;
const ENTRIES_AT_ONCE: usize = 1_000;
const PAGED_AT_ONCE: usize = 100;

/// Lists from this length on were seen cut without a word; they are read page by page as well, where that is possible.
const SUSPICIOUS: usize = 40;

/// What is known of a list that belongs to an issue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    /// All of it, the oldest first.
    Whole(Vec<Entry>),
    /// The site has more than it gives, or gives nothing.
    Short,
    /// The account may not read it.
    Denied,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bulk<'a> {
    #[serde(borrow, default)]
    issue_change_logs: Vec<OfIssue<'a>>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfIssue<'a> {
    issue_id: String,
    #[serde(borrow, default)]
    change_histories: Vec<&'a RawValue>,
}

impl Rest {
    /// The histories of these issues, in their order.
    pub(crate) async fn histories(&self, dialect: Dialect, issues: &[&Issue]) -> Result<Vec<Told>, HttpError> {
        let bulk = match dialect {
            Dialect::Cloud if !issues.is_empty() => self.bulk(issues).await?,
            Dialect::Cloud | Dialect::DataCenter => None,
        };
        let told = issues.iter().map(|issue| {
            let listed = match (&bulk, &issue.changelog) {
                (Some(bulk), _) => bulk.get(&issue.id).cloned().or(Some(Vec::new())),
                (None, Some(listed)) if listed.is_whole() => Some(listed.entries.clone()),
                (None, _) => None,
            };
            self.of(dialect, issue, listed)
        });
        try_join_all(told).await
    }

    /// The history of one issue. `listed` is what came at once, if that looked whole.
    async fn of(&self, dialect: Dialect, issue: &Issue, listed: Option<Vec<Entry>>) -> Result<Told, HttpError> {
        let listed = listed.map(|mut entries| {
            oldest_first(&mut entries);
            entries
        });
        if let Some(entries) = &listed {
            let last = entries.iter().rev().find_map(|entry| entry.status.as_deref());
            let fits = last.is_none() || issue.status.is_none() || last == issue.status.as_deref();
            let is_suspicious = dialect == Dialect::DataCenter && entries.len() >= SUSPICIOUS;
            if fits && !is_suspicious {
                return Ok(Told::Whole(entries.clone()));
            }
        }
        let path = format!("{}/issue/{}/changelog", dialect.api(), issue.id);
        Ok(match (self.paged(&path, &["values", "histories"]).await?, listed) {
            (Told::Whole(paged), _) => Told::Whole(paged),
            // There are no pages of it here: what came at once is all that can be had, and it said that it is whole.
            (_, Some(entries)) => Told::Whole(entries),
            (other, None) => other,
        })
    }

    /// The histories of many issues at once; none where the site does not offer that.
    async fn bulk(&self, issues: &[&Issue]) -> Result<Option<HashMap<String, Vec<Entry>>>, HttpError> {
        let path = "rest/api/3/changelog/bulkfetch";
        let mut histories: HashMap<String, Vec<Entry>> = HashMap::new();
        for issues in issues.chunks(ISSUES_AT_ONCE) {
            let ids: Vec<&str> = issues.iter().map(|issue| issue.id.as_str()).collect();
            let mut known = HashSet::new();
            let mut token: Option<String> = None;
            loop {
                let mut body = json!({"issueIdsOrKeys": ids, "maxResults": ENTRIES_AT_ONCE});
                if let Some(token) = &token {
                    body["nextPageToken"] = token.as_str().into();
                }
                let get = object(path.to_owned(), &["issueChangeLogs"]).body(body.to_string());
                let answer = match self.ask(&get).await {
                    Ok(answer) => answer,
                    Err(error) if matches!(error.status(), Some(400 | 403 | 404 | 405)) => return Ok(None),
                    Err(error) => return Err(error),
                };
                let bulk: Bulk<'_> = read(&answer, path)?;
                for of_issue in bulk.issue_change_logs {
                    let read = of_issue.change_histories.iter().map(|raw| Entry::read(raw.get()));
                    histories.entry(of_issue.issue_id).or_default().extend(read);
                }
                token = bulk.next_page_token.filter(|token| !token.is_empty());
                match &token {
                    None => break,
                    // In a circle: then page by page.
                    Some(token) if !known.insert(token.clone()) => return Ok(None),
                    Some(_) => {}
                }
            }
        }
        Ok(Some(histories))
    }

    /// A list of an issue, page by page, until it has as many entries as the site says.
    pub(crate) async fn paged(&self, path: &str, keys: &'static [&'static str]) -> Result<Told, HttpError> {
        let (mut entries, mut start) = (Vec::new(), 0);
        loop {
            let get = object(path.to_owned(), keys)
                .query("startAt", start.to_string())
                .query("maxResults", PAGED_AT_ONCE.to_string())
                .query("orderBy", "created");
            let answer = match self.try_ask(&get).await? {
                Asked::Answer(answer) => answer,
                Asked::Denied => return Ok(Told::Denied),
                Asked::Missing => return Ok(Told::Short),
            };
            let embedded: Embedded<'_> = read(&answer, path)?;
            let listed = Listed::of(embedded);
            let (count, total) = (listed.entries.len(), listed.total);
            start += count;
            entries.extend(listed.entries);
            if count == 0 || total.is_some_and(|total| start as u64 >= total) {
                oldest_first(&mut entries);
                let is_whole = total.is_none_or(|total| entries.len() as u64 >= total);
                return Ok(if is_whole { Told::Whole(entries) } else { Told::Short });
            }
        }
    }
}
