//! Questions to the service, and what its answers mean. There is no other method here than GET.

use counterfoil_http::{Api, Download, Expect, Get, HttpError, Room};
use counterfoil_sdk::PullErrorKind;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Longer links and ids are none that could be kept.
const MOST_LINK_BYTES: usize = 8 << 10;
const MOST_ID_BYTES: usize = 1 << 10;

/// Folders of a page of a list.
const FOLDERS: &str = "100";

/// The API, seen from one mailbox.
pub(crate) struct Service {
    pub(crate) api: Api,
    /// Where the mailbox is.
    path: String,
}

/// What became of a question about something that may not be there.
pub(crate) enum Told<T> {
    /// It is.
    Here(T),
    /// The service itself says that there is no such thing.
    Missing,
    /// The service does not know any more what a link stands for.
    Forgotten,
}

/// A page of what came into a folder.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) rows: Vec<Row>,
    pub(crate) link: Link,
}

/// How it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Link {
    /// Now: there is more.
    Next(String),
    /// Later: with what will have changed by then.
    Delta(String),
}

/// One mail of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) id: String,
    /// Another one whenever anything of it changes.
    #[serde(default, rename = "changeKey")]
    pub(crate) change_key: String,
    #[serde(default, rename = "receivedDateTime")]
    pub(crate) received: Option<String>,
    #[serde(default, rename = "@removed")]
    pub(crate) removed: Option<IgnoredAny>,
}

/// One folder.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Folder {
    pub(crate) id: String,
    #[serde(default, rename = "displayName")]
    pub(crate) name: String,
    #[serde(default, rename = "totalItemCount")]
    pub(crate) mails: Option<u64>,
}

#[derive(Deserialize)]
struct Answered<T> {
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    delta: Option<String>,
}

/// Which changes of a folder are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changes {
    /// What came into it.
    Arrivals,
    /// What came, changed and left.
    All,
}

impl Service {
    pub(crate) fn new(api: Api, user: &str) -> Self {
        Self { api, path: format!("users/{}", segment(user)) }
    }

    /// One folder, by its id or by a name that every mailbox has.
    pub(crate) async fn folder(&self, id: &str) -> Result<Told<Folder>, PullErrorKind> {
        let get = Get::new(format!("{}/mailFolders/{}", self.path, segment(id))).expect(Expect::Keys(&["id"]));
        match self.api.get(&get).await {
            Ok(answer) => Ok(Told::Here(read(&answer.body, &get.path)?)),
            Err(error) if says_missing(&error) => Ok(Told::Missing),
            Err(error) => Err(kind(error)),
        }
    }

    /// A page of the folders at the top, or of those within one; and the question for the next page.
    pub(crate) async fn folders(&self, question: &Get) -> Result<(Vec<Folder>, Option<Get>), PullErrorKind> {
        let answer = self.api.get(question).await.map_err(kind)?;
        let Answered { value, next, .. } = read::<Answered<Folder>>(&answer.body, &question.path)?;
        let next = next.map(|next| self.follow(&next, question)).transpose().map_err(kind)?;
        Ok((value, next))
    }

    /// The question for the folders at the top, or for those within one.
    pub(crate) fn folders_in(&self, parent: Option<&str>) -> Get {
        let within = parent.map(|id| format!("/{}/childFolders", segment(id))).unwrap_or_default();
        Get::new(format!("{}/mailFolders{within}", self.path))
            .query("$top", FOLDERS)
            .query("$select", "id,displayName,totalItemCount")
            .expect(Expect::Keys(&["value"]))
    }

    /// A page of what came into a folder since a link was given; without one, from the beginning.
    pub(crate) async fn delta(
        &self,
        folder: &str,
        link: Option<&str>,
        changes: Changes,
        page_size: usize,
    ) -> Result<Told<Listing>, PullErrorKind> {
        let mut get = Get::new(format!("{}/mailFolders/{}/messages/delta", self.path, segment(folder)))
            .header("prefer", format!("IdType=\"ImmutableId\", odata.maxpagesize={page_size}"))
            .expect(Expect::Keys(&["value"]));
        match link {
            Some(link) => get = self.follow(link, &get).map_err(kind)?,
            None => {
                get = get.query("$select", "id,changeKey,receivedDateTime");
                // Marks that people set are no news, and need not be told.
                if changes == Changes::Arrivals {
                    get = get.query("changeType", "created");
                }
            }
        }
        match self.api.get(&get).await {
            Ok(answer) => self.listing(&answer.body, &get.path).map(Told::Here),
            Err(error) if says_missing(&error) => Ok(Told::Missing),
            Err(error) if link.is_some() && says_forgotten(&error) => Ok(Told::Forgotten),
            Err(error) => Err(kind(error)),
        }
    }

    fn listing(&self, body: &str, path: &str) -> Result<Listing, PullErrorKind> {
        let Answered { value: rows, next, delta } = read::<Answered<Row>>(body, path)?;
        if let Some(row) = rows.iter().find(|row| row.id.is_empty() || row.id.len() > MOST_ID_BYTES) {
            return Err(contract(format!("a mail of the list has an id of {} bytes", row.id.len())));
        }
        let kept = |link: String| self.kept(&link);
        let link = match (next, delta) {
            (Some(next), None) => Link::Next(kept(next)?),
            (None, Some(delta)) => Link::Delta(kept(delta)?),
            // A short page is not the end.
            (None, None) => {
                return Err(contract("a page of mails says neither how it goes on nor that it is the last"));
            }
            (Some(_), Some(_)) => return Err(contract("a page of mails says that it goes on and that it is the last")),
        };
        Ok(Listing { rows, link })
    }

    /// The bytes of a mail.
    pub(crate) async fn bytes(&self, id: &str, room: Room) -> Result<Download, HttpError> {
        let get = Get::new(format!("{}/messages/{}/$value", self.path, segment(id)));
        self.api.download(&get.header("prefer", "IdType=\"ImmutableId\""), room).await
    }

    /// What is kept of a link: path and query, and only of the service's own.
    fn kept(&self, link: &str) -> Result<String, PullErrorKind> {
        let url = self.api.same_origin(link).map_err(kind)?;
        self.api.follow(&url, &Get::default()).map_err(kind)?;
        let kept = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        if kept.len() > MOST_LINK_BYTES {
            return Err(contract(format!("a link of the service has {} bytes", kept.len())));
        }
        Ok(kept)
    }

    /// The question that a link stands for, if it stays with the service.
    fn follow(&self, link: &str, question: &Get) -> Result<Get, HttpError> {
        self.api.follow(&self.api.same_origin(link)?, question)
    }
}

/// Whether this can be a link that was kept.
pub(crate) fn is_kept_link(text: &str) -> bool {
    text.len() <= MOST_LINK_BYTES && text.starts_with('/') && !text.starts_with("//") && !text.contains(['\\', '#'])
}

/// A segment of a path: nothing in it ends it or leads elsewhere.
fn segment(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_=@+".contains(&byte) || (byte == b'.' && text.contains('@')) {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}

fn read<'a, T: Deserialize<'a>>(body: &'a str, path: &str) -> Result<T, PullErrorKind> {
    serde_json::from_str(body)
        .map_err(|source| kind(HttpError::NotJson { path: path.to_owned(), source: Box::new(source) }))
}

/// 404 in the service's own words: a proxy's 404 says nothing about a mailbox.
pub(crate) fn says_missing(error: &HttpError) -> bool {
    let is_mailbox =
        matches!(error.code(), Some("ErrorInvalidUser" | "MailboxNotEnabledForRESTAPI" | "ResourceNotFound"));
    error.status() == Some(404) && error.code().is_some() && !is_mailbox
}

/// That a link means nothing any more: 410, or 400 with the same word.
fn says_forgotten(error: &HttpError) -> bool {
    let code = error.code().unwrap_or_default().to_ascii_lowercase();
    match error.status() {
        Some(410) => !code.is_empty(),
        Some(400) => code.contains("syncstate") || code.contains("resync"),
        _ => false,
    }
}

/// That the service has a mail and cannot write it down.
pub(crate) fn says_withheld(error: &HttpError) -> bool {
    let code = error.code().unwrap_or_default();
    matches!(error.status(), Some(400..=599)) && (code.contains("MimeContent") || code.contains("ContentConversion"))
}

/// What a failed question means for a pull.
pub(crate) fn kind(error: HttpError) -> PullErrorKind {
    match error.into_kind("read the mailbox") {
        PullErrorKind::Forbidden { action } => PullErrorKind::Forbidden {
            action: format!(
                "{action}; let an administrator grant the application `Mail.Read` (`Mail.ReadBasic` does not show the bytes of \
                 a mail), and look whether an application access policy leaves this mailbox out"
            ),
        },
        PullErrorKind::NotFound { what } => PullErrorKind::NotFound {
            what: format!("{what}; see whether `user` is the address of a mailbox in this tenant: it"),
        },
        other => other,
    }
}

/// That the service's answer cannot be relied on.
pub(crate) fn contract(why: impl Into<String>) -> PullErrorKind {
    PullErrorKind::Contract { source: why.into().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_leads_nowhere_else() {
        assert_eq!(segment("desk@acme.example"), "desk@acme.example");
        assert_eq!(segment("../../x?y#z%2f\\"), "%2E%2E%2F%2E%2E%2Fx%3Fy%23z%252f%5C");
        assert_eq!(segment("AAMk_-=+/é"), "AAMk_-=+%2F%C3%A9");
        assert_eq!(segment(".."), "%2E%2E");
    }

    #[test]
    fn only_a_path_of_the_service_is_a_kept_link() {
        assert!(is_kept_link("/v1.0/users/x/mailFolders('y')/messages/delta?$deltatoken=z"));
        for bad in ["", "x", "//evil.example/x", "/\\evil.example", "https://evil.example/", "/x#y"] {
            assert!(!is_kept_link(bad), "{bad}");
        }
        assert!(!is_kept_link(&format!("/{}", "x".repeat(MOST_LINK_BYTES))));
    }
}
