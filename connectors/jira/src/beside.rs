//! What stands beside an issue: its history, comments, links to other tools, and what service management knows of it.

use crate::changelog::Told;
use crate::issue::{Issue, Members, oldest_first};
use crate::rest::{Asked, Rest, object, read};
use crate::site::{Dialect, Site};
use counterfoil_http::{Answer, Expect, Get, HttpError};
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

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
    /// Whether anything was answered as a stranger would be answered: with nothing, or with the word that it is not there.
    pub(crate) may_be_a_strangers: bool,
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
        let desk_is_closed = AtomicBool::new(false);
        let desk_is_closed = &desk_is_closed;
        let mut told = issues.iter().zip(histories).map(|(issue, history)| async move {
            let (denied, short) = Default::default();
            let mut told = Complete { text: issue.body.clone(), denied, short, may_be_a_strangers: false };
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
                self.request(issue, &mut told, desk_is_closed).await?;
            }
            told.text.push('}');
            Ok::<_, HttpError>(told)
        });
        // One alone: where the token has no scope for service management, the others need not ask.
        let first: Vec<_> = told.by_ref().take(usize::from(extras.jsm)).collect();
        let mut whole = try_join_all(first).await?;
        whole.extend(try_join_all(told).await?);
        Ok(whole)
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
        told.may_be_a_strangers |= !told.denied.is_empty() || !told.short.is_empty();
        Ok(())
    }

    /// What service management knows of an issue that is a request of a customer.
    async fn request(&self, issue: &Issue, told: &mut Complete, is_closed: &AtomicBool) -> Result<(), HttpError> {
        if is_closed.load(Ordering::Relaxed) {
            told.denied.insert(SERVICE_DESK);
            return Ok(());
        }
        let base = format!("rest/servicedeskapi/request/{}", issue.id);
        let get = desk(base.clone(), &["issueId", "issueKey"]).query("expand", "requestType,sla");
        let request = match self.try_ask(&get).await {
            Ok(Asked::Answer(answer)) => answer,
            Ok(Asked::Denied) => {
                told.denied.insert(SERVICE_DESK);
                return Ok(());
            }
            // It is no request.
            Ok(Asked::Missing) => {
                told.may_be_a_strangers = true;
                return Ok(());
            }
            // The token is good for the rest of the site only, or it is good no more.
            Err(error) if error.status() == Some(401) => {
                is_closed.store(true, Ordering::Relaxed);
                told.denied.insert(SERVICE_DESK);
                told.may_be_a_strangers = true;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let (request, clocks) = apart(&request, &base)?;
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
        let clocks = match clocks {
            Some(clocks) => Some(clocks),
            None => self.values(&format!("{base}/sla"), Sort::AsGiven).await?,
        };
        match clocks {
            Some(clocks) => told.member("@sla", &clocks),
            None => drop(told.denied.insert(SERVICE_DESK)),
        }
        match self.try_ask(&desk(format!("{base}/feedback"), &["rating", "type", "comment"])).await {
            Ok(Asked::Answer(answer)) => told.member("@satisfaction", &answer.body),
            // Nobody has rated it, or nobody can.
            Ok(Asked::Missing | Asked::Denied) => told.may_be_a_strangers = true,
            Err(HttpError::Shape { .. }) => {}
            Err(error) => return Err(error),
        }
        told.may_be_a_strangers |= !told.denied.is_empty();
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

/// A request without its last bracket and without its clocks, and these, where all of them came with it.
fn apart(answer: &Answer, path: &str) -> Result<(String, Option<String>), HttpError> {
    let members: Members<'_> = read(answer, path)?;
    let (mut request, mut clocks) = (String::with_capacity(answer.body.len()), None);
    for (name, value) in &members.0 {
        if name == "sla" {
            let page: Option<Values<'_>> = serde_json::from_str(value.get()).ok();
            clocks = page.filter(|page| page.is_last_page == Some(true)).map(|page| {
                let values: Vec<&str> = page.values.iter().map(|value| value.get()).collect();
                format!("[{}]", values.join(","))
            });
            continue;
        }
        let name = serde_json::Value::from(name.as_ref());
        let separator = if request.is_empty() { '{' } else { ',' };
        request.push_str(&format!("{separator}{name}:{value}"));
    }
    Ok((request, clocks))
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
        let is_nothing = matches!(&told, Told::Whole(entries) if entries.is_empty());
        self.may_be_a_strangers |= !matches!(told, Told::Whole(_)) || (part == CHANGELOG && is_nothing);
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
