//! One page of issues, found by JQL: with tokens in Cloud, with offsets in Data Center.

use crate::issue::Issue;
use crate::rest::{Rest, contract, kind, object, read};
use crate::site::Dialect;
use counterfoil_http::{Get, HttpError};
use counterfoil_sdk::PullErrorKind;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

/// A page that the site could not finish is asked for again in halves, down to this many issues.
const SMALLEST_PAGE: usize = 5;

/// Pages without an issue that a look goes through: an empty page with a token is not the end.
const MOST_EMPTY: usize = 32;

/// A question for issues.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) jql: &'a str,
    pub(crate) limit: usize,
    /// `*all`, or the names of fields.
    pub(crate) fields: &'a [&'a str],
    pub(crate) from: From<'a>,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum From<'a> {
    Token(Option<&'a str>),
    Offset(u64),
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Each with its JSON text where it cannot be read.
    pub(crate) issues: Vec<Result<Issue, (String, &'static str)>>,
    /// Where the next page begins: Cloud.
    pub(crate) token: Option<String>,
    /// How many there are: Data Center.
    pub(crate) total: Option<u64>,
    /// How many of them are behind this page, whatever was asked for: a page may also begin with the end of the one before.
    pub(crate) step: u64,
    /// The site's clock.
    pub(crate) date: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    #[serde(borrow)]
    issues: Vec<&'a RawValue>,
    #[serde(default)]
    next_page_token: Option<String>,
    #[serde(default)]
    total: Option<u64>,
    #[serde(default)]
    max_results: Option<u64>,
    #[serde(default)]
    warnings: Option<Vec<serde_json::Value>>,
}

impl Rest {
    /// Asks for a page of issues. An answer that the site could not finish is asked for in smaller pieces.
    pub(crate) async fn search(&self, ask: &Ask<'_>) -> Result<Found, HttpError> {
        let mut limit = ask.limit.max(1);
        loop {
            let get = get(ask, limit);
            let error = match self.ask(&get).await {
                Ok(answer) => {
                    let page: Page<'_> = read(&answer, &get.path)?;
                    if let Some(warning) = page.warnings.iter().flatten().next() {
                        return Err(HttpError::Shape {
                            path: get.path,
                            expected: "a whole result".to_owned(),
                            found: format!("a result that is cut ({})", word(warning)),
                        });
                    }
                    return Ok(Found {
                        step: (page.issues.len() as u64).min(page.max_results.unwrap_or(u64::MAX)),
                        issues: page.issues.iter().map(|raw| one(raw.get())).collect(),
                        token: page.next_page_token.filter(|token| !token.is_empty()),
                        total: page.total,
                        date: answer.date,
                    });
                }
                Err(error) => error,
            };
            if limit <= SMALLEST_PAGE || !(error.is_truncated() || error.is_too_large()) {
                return Err(error);
            }
            limit = (limit / 2).max(SMALLEST_PAGE);
        }
    }

    /// The issues that meet a question; the first page that has any, for a look.
    pub(crate) async fn look(&self, dialect: Dialect, jql: &str, limit: usize) -> Result<Found, HttpError> {
        let fields = &["updated"];
        if dialect == Dialect::DataCenter {
            return self.search(&Ask { jql, limit, fields, from: From::Offset(0) }).await;
        }
        let mut found = self.search(&Ask { jql, limit, fields, from: From::Token(None) }).await?;
        for _ in 0..MOST_EMPTY {
            let Some(token) = found.token.clone().filter(|_| found.issues.is_empty()) else { break };
            found = self.search(&Ask { jql, limit, fields, from: From::Token(Some(&token)) }).await?;
        }
        Ok(found)
    }
}

fn get(ask: &Ask<'_>, limit: usize) -> Get {
    match ask.from {
        From::Token(token) => {
            let mut body = json!({"jql": ask.jql, "maxResults": limit, "fields": ask.fields});
            if let Some(token) = token {
                body["nextPageToken"] = token.into();
            }
            object("rest/api/3/search/jql".to_owned(), &["issues"]).body(body.to_string())
        }
        From::Offset(offset) => {
            let get = object("rest/api/2/search".to_owned(), &["issues"])
                .query("jql", ask.jql)
                .query("startAt", offset.to_string())
                .query("maxResults", limit.to_string())
                .query("fields", ask.fields.join(","));
            if ask.fields == ["*all"] { get.query("expand", "changelog") } else { get }
        }
    }
}

fn one(text: &str) -> Result<Issue, (String, &'static str)> {
    Issue::read(text).map_err(|why| (text.to_owned(), why))
}

/// The kind of a warning; its text may have anything in it.
fn word(warning: &serde_json::Value) -> String {
    let word = warning.get("type").and_then(|word| word.as_str()).unwrap_or("a warning");
    word.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ')).take(60).collect()
}

/// What a search that failed means.
pub(crate) fn failed(error: HttpError) -> PullErrorKind {
    if error.status() == Some(400) {
        return contract(format!("the site does not take the question: {error}; see `jql`"));
    }
    kind(error, "search issues")
}
