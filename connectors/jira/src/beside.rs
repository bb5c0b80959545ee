//! What stands beside an issue: its history, comments, links to other tools, and what service management knows of it.

use crate::changelog::Told;
use crate::issue::{Issue, oldest_first};
use crate::rest::{Asked, Rest, object, read};
use crate::site::{Dialect, Site};
use counterfoil_http::{Expect, Get, HttpError};
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeSet;

/// What is read beside issues, as the settings say.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extras {
    /// One request for each changed issue.
    pub(crate) remote_links: bool,
    /// Some requests for each changed issue.
    pub(crate) jsm: bool,
}

/// Parts of an issue that may be missing.
pub(crate) const CHANGELOG: &str = "changelog";
pub(crate) const COMMENTS: &str = "comments";
pub(crate) const REMOTE_LINKS: &str = "remote links";
pub(crate) const SERVICE_DESK: &str = "service desk";
pub(crate) const PARTS: &[&str] = &[CHANGELOG, COMMENTS, REMOTE_LINKS, SERVICE_DESK];

/// An issue as a record, and what could not be had of it.
#[derive(Debug)]
pub(crate) struct Complete {
    pub(crate) text: String,
    pub(crate) denied: BTreeSet<&'static str>,
    pub(crate) short: BTreeSet<&'static str>,
}

impl Rest {
    /// Issues with everything that stands beside them.
    pub(crate) async fn whole(
        &self,
        site: &Site,
        extras: Extras,
        issues: &[&Issue],
    ) -> Result<Vec<Complete>, HttpError> {
        let dialect = site.dialect;
        let histories = self.histories(dialect, issues).await?;
        let told = issues.iter().zip(histories).map(|(issue, history)| async move {
            let (denied, short) = Default::default();
            let mut told = Complete { text: issue.body.clone(), denied, short };
            told.list(CHANGELOG, "@changelog", history);
            told.list(COMMENTS, "@comments", self.comments(dialect, issue).await?);
            if let Some(zone) = &site.zone_name {
                // A due date is a day, and this is where it begins.
                told.member("@dates", &serde_json::json!({"zone": zone}).to_string());
            }
            if extras.remote_links {
                self.remote_links(dialect, issue, &mut told).await?;
            }
            if extras.jsm {
                self.request(issue, &mut told).await?;
            }
            told.text.push('}');
            Ok::<_, HttpError>(told)
        });
        try_join_all(told).await
    }

    async fn comments(&self, dialect: Dialect, issue: &Issue) -> Result<Told, HttpError> {
        match &issue.comments {
            Some(listed) if listed.is_whole() => {
                let mut entries = listed.entries.clone();
                oldest_first(&mut entries);
                Ok(Told::Whole(entries))
            }
            Some(_) | None => self.paged(&format!("{}/issue/{}/comment", dialect.api(), issue.id), &["comments"]).await,
        }
    }

    /// Whether the account may read the comments of an issue.
    pub(crate) async fn may_read_comments(&self, dialect: Dialect, id: &str) -> Result<bool, HttpError> {
        let get = object(format!("{}/issue/{id}/comment", dialect.api()), &["comments"]).query("maxResults", "1");
        Ok(matches!(self.try_ask(&get).await?, Asked::Answer(_)))
    }

    async fn remote_links(&self, dialect: Dialect, issue: &Issue, told: &mut Complete) -> Result<(), HttpError> {
        let path = format!("{}/issue/{}/remotelink", dialect.api(), issue.id);
        match self.try_ask(&Get::new(path).expect(Expect::Array)).await? {
            Asked::Answer(answer) => told.member("@remotelinks", &answer.body),
            Asked::Denied => drop(told.denied.insert(REMOTE_LINKS)),
            Asked::Missing => drop(told.short.insert(REMOTE_LINKS)),
        }
        Ok(())
    }

    /// What service management knows of an issue that is a request of a customer.
    async fn request(&self, issue: &Issue, told: &mut Complete) -> Result<(), HttpError> {
        let base = format!("rest/servicedeskapi/request/{}", issue.id);
        let get = desk(base.clone(), &["issueId", "issueKey"]).query("expand", "requestType");
        let request = match self.try_ask(&get).await? {
            Asked::Answer(answer) => answer,
            Asked::Denied => {
                told.denied.insert(SERVICE_DESK);
                return Ok(());
            }
            // It is no request.
            Asked::Missing => return Ok(()),
        };
        let request = request.body.trim_end().strip_suffix('}').unwrap_or("{");
        match self.values(&format!("{base}/approval"), Sort::LatestFirst).await? {
            Some(approvals) => {
                told.member("@request", &format!("{request},\"approvals\":{approvals}}}"));
                told.member("@approvals", &approvals);
            }
            None => {
                told.denied.insert(SERVICE_DESK);
                told.member("@request", &format!("{request}}}"));
            }
        }
        match self.values(&format!("{base}/sla"), Sort::AsGiven).await? {
            Some(clocks) => told.member("@sla", &clocks),
            None => drop(told.denied.insert(SERVICE_DESK)),
        }
        match self.try_ask(&desk(format!("{base}/feedback"), &["rating", "type", "comment"])).await {
            Ok(Asked::Answer(answer)) => told.member("@satisfaction", &answer.body),
            // Nobody has rated it, or nobody can.
            Ok(Asked::Missing | Asked::Denied) => {}
            Err(HttpError::Shape { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// A list of service management, over all its pages; none where it is out of reach.
    async fn values(&self, path: &str, sort: Sort) -> Result<Option<String>, HttpError> {
        let (mut values, mut start) = (Vec::new(), 0);
        loop {
            let get = desk(path.to_owned(), &["values"]).query("start", start.to_string()).query("limit", "100");
            let Asked::Answer(answer) = self.try_ask(&get).await? else { return Ok(None) };
            let page: Values<'_> = read(&answer, path)?;
            values.extend(page.values.iter().map(|value| value.get().to_owned()));
            start += page.values.len();
            if page.is_last_page != Some(false) || page.values.is_empty() {
                if sort == Sort::LatestFirst {
                    values.sort_by_cached_key(|value| std::cmp::Reverse(number_of(value)));
                }
                return Ok(Some(format!("[{}]", values.join(","))));
            }
        }
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    AsGiven,
    /// By their numbers, which grow.
    LatestFirst,
}

fn number_of(value: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct Numbered<'a> {
        #[serde(borrow)]
        id: &'a RawValue,
    }
    serde_json::from_str::<Numbered<'_>>(value).ok()?.id.get().trim_matches('"').parse().ok()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Values<'a> {
    #[serde(borrow)]
    values: Vec<&'a RawValue>,
    is_last_page: Option<bool>,
}

/// A question to service management. Data Center keeps some of its answers for those who say that they know.
pub(crate) fn desk(path: String, keys: &'static [&'static str]) -> Get {
    object(path, keys).header("X-ExperimentalApi", "opt-in")
}

impl Complete {
    fn member(&mut self, name: &str, json: &str) {
        self.text.push_str(&format!(",\"{name}\":"));
        self.text.push_str(json.trim());
    }

    fn list(&mut self, part: &'static str, name: &str, told: Told) {
        match told {
            Told::Whole(entries) => {
                let entries: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
                self.member(name, &format!("[{}]", entries.join(",")));
            }
            Told::Short => drop(self.short.insert(part)),
            Told::Denied => drop(self.denied.insert(part)),
        }
    }
}
