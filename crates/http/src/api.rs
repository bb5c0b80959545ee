//! The client: a request becomes a checked answer, or an error that says why not.
//!
//! It waits for its budget and between attempts, and nowhere else. Why it repeats anything at all is told in
//! `docs/decisions/0010-http-repeats-single-requests.md`.

use crate::answer::{date, next_link, total_count};
use crate::budget::Pace;
use crate::cookies::Cookies;
use crate::download::{Download, Room, downloaded};
use crate::excerpt::Redaction;
use crate::repeat::{Dice, patiently};
use crate::settings::shown;
use crate::tokens::{Authority, Ticket};
use crate::transport::{Raw, Transport};
use crate::{Answer, ApiSettings, BuildError, Get, HttpError, Limits, body};
use reqwest::header::{ACCEPT, AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use std::fmt;
use std::sync::Arc;
use url::Url;

/// Redirects that one request follows, on its own origin only.
const MOST_REDIRECTS: usize = 3;

/// One origin, one credential, one budget. Cheap to clone; all streams of an instance share it.
#[derive(Clone)]
pub struct Api {
    shared: Arc<Shared>,
}

struct Shared {
    base: Url,
    limits: Limits,
    transport: Transport,
    authority: Authority,
    pace: Pace,
    dice: Dice,
    cookies: Cookies,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("base", &shown(&self.shared.base)).field("calls", &self.calls()).finish()
    }
}

impl Api {
    /// A client for these settings. Sends nothing yet.
    pub fn new(settings: ApiSettings) -> Result<Self, BuildError> {
        Self::with_dice(settings, Dice::thrown())
    }

    /// The same, with waits that are the same in every run.
    pub fn with_seed(settings: ApiSettings, seed: u64) -> Result<Self, BuildError> {
        Self::with_dice(settings, Dice::new(seed))
    }

    /// Asks, as often as the limits allow while the source is busy, and checks the answer.
    pub async fn get(&self, request: &Get) -> Result<Answer, HttpError> {
        let question = self.question(request, None)?;
        self.asked(&question, |raw, at| self.checked(raw, request, at)).await
    }

    /// Asks for bytes that are no JSON, with the same patience. Of what has no room only the beginning is read.
    pub async fn download(&self, request: &Get, room: Room) -> Result<Download, HttpError> {
        let question = self.question(request, Some(room))?;
        self.asked(&question, |raw, at| downloaded(raw, at, &self.shared.transport.redaction)).await
    }

    /// The request for a link that an answer gave, with everything else like `request`.
    pub fn follow(&self, next: &Url, request: &Get) -> Result<Get, HttpError> {
        let next = self.same_origin(next.as_str())?;
        let base = self.shared.base.path().trim_end_matches('/');
        let below = next.path().strip_prefix(base).filter(|rest| rest.starts_with('/'));
        let path = below.ok_or_else(|| HttpError::Request {
            path: next.path().to_owned(),
            why: "a link of the source leads out of the API's path",
        })?;
        let query = next.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Ok(Get { path: path.to_owned(), query, ..request.clone() })
    }

    /// A link of the source, absolute or relative to the base, if it stays on scheme, host and port of the base.
    pub fn same_origin(&self, link: &str) -> Result<Url, HttpError> {
        resolve(&self.shared.base, &self.shared.base, link)
    }

    /// Requests sent so far by all clones, repetitions, redirects and requests for tokens included.
    pub fn calls(&self) -> u64 {
        self.shared.transport.calls()
    }

    fn with_dice(settings: ApiSettings, dice: Dice) -> Result<Self, BuildError> {
        settings.validate()?;
        let ApiSettings { base, credential, budget, limits, ca_pem } = settings;
        let redaction = Redaction::of(&credential);
        let transport = Transport::new(&base, &limits, ca_pem.as_deref(), redaction)?;
        let authority = Authority::new(credential)?;
        let (pace, cookies) = (Pace::new(budget), Cookies::default());
        Ok(Self { shared: Arc::new(Shared { base, limits, transport, authority, pace, dice, cookies }) })
    }

    fn url(&self, request: &Get) -> Result<Url, HttpError> {
        let fault = |why| Err(HttpError::Request { path: request.path.clone(), why });
        if request.path.contains(['?', '#', '\\']) || request.path.contains("://") {
            return fault("a path is relative to the base and has no query");
        }
        if request.path.split('/').any(is_dots) {
            return fault("a path has no `..` in it");
        }
        let mut url = self.shared.base.clone();
        let path = format!("{}/{}", url.path().trim_end_matches('/'), request.path.trim_start_matches('/'));
        url.set_path(&path);
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        Ok(url)
    }

    fn question<'a>(&self, request: &'a Get, room: Option<Room>) -> Result<Question<'a>, HttpError> {
        Ok(Question { url: self.url(request)?, headers: headers(request, room)?, request, room })
    }

    async fn asked<T>(
        &self,
        question: &Question<'_>,
        check: impl Fn(Raw, &Url) -> Result<T, HttpError>,
    ) -> Result<T, HttpError> {
        patiently(&self.shared.limits, &self.shared.dice, || self.authorised(question, &check)).await
    }

    /// One attempt; with tokens that expire, a refused one is replaced once.
    async fn authorised<T>(
        &self,
        question: &Question<'_>,
        check: &impl Fn(Raw, &Url) -> Result<T, HttpError>,
    ) -> Result<T, HttpError> {
        let ticket = self.ticket(None).await?;
        let answered = self.attempt(question, &ticket, check).await;
        match answered {
            Err(HttpError::Status { status: 401, .. }) if self.shared.authority.renews() => {
                tracing::debug!("the access token is refused and asked for again");
                let ticket = self.ticket(Some(ticket.generation)).await?;
                self.attempt(question, &ticket, check).await
            }
            other => other,
        }
    }

    async fn ticket(&self, refused: Option<u64>) -> Result<Ticket, HttpError> {
        self.shared.authority.ticket(&self.shared.transport, refused).await
    }

    async fn attempt<T>(
        &self,
        question: &Question<'_>,
        ticket: &Ticket,
        check: &impl Fn(Raw, &Url) -> Result<T, HttpError>,
    ) -> Result<T, HttpError> {
        let url = &question.url;
        let mut at = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let raw = self.exchange(&at, question, ticket).await?;
            let Some(target) = redirect(&raw, question.request) else { return check(raw, &at) };
            at = resolve(&self.shared.base, &at, &target).map_err(|error| match error {
                HttpError::ForeignLink { host } => {
                    HttpError::Redirected { path: url.path().to_owned(), to: format!("to {host}") }
                }
                other => other,
            })?;
        }
        Err(HttpError::Redirected { path: url.path().to_owned(), to: "again and again".to_owned() })
    }

    async fn exchange(&self, url: &Url, question: &Question<'_>, ticket: &Ticket) -> Result<Raw, HttpError> {
        let shared = &*self.shared;
        let mut headers = question.headers.clone();
        headers.extend(ticket.header.clone().map(|value| (AUTHORIZATION, value)));
        headers.extend(shared.cookies.header().map(|value| (COOKIE, value)));
        let _under_way = shared.pace.turn().await;
        let raw = shared.transport.ask(url, headers, question.request, question.room).await?;
        shared.cookies.take(&raw.headers, raw.status);
        Ok(raw)
    }

    fn checked(&self, raw: Raw, request: &Get, url: &Url) -> Result<Answer, HttpError> {
        let Raw { status, headers, body, extent: _ } = raw;
        let body = body::checked(status, &headers, body, request, url, &self.shared.transport.redaction)?;
        let next = next_link(&headers).map(|link| resolve(&self.shared.base, url, &link)).transpose()?;
        Ok(Answer {
            status,
            is_empty: body.is_none(),
            body: body.unwrap_or_default(),
            next,
            total_count: total_count(&headers),
            date: date(&headers),
            headers,
        })
    }
}

/// What is sent, as often as it takes.
struct Question<'a> {
    url: Url,
    headers: HeaderMap,
    request: &'a Get,
    /// For what is no JSON.
    room: Option<Room>,
}

/// A segment that leads upwards, written plainly or encoded.
fn is_dots(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

fn headers(request: &Get, room: Option<Room>) -> Result<HeaderMap, HttpError> {
    let fault = |why| HttpError::Request { path: request.path.clone(), why };
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(if room.is_some() { "*/*" } else { "application/json" }));
    for (name, value) in &request.headers {
        let name: HeaderName = name.parse().map_err(|_| fault("a header's name cannot be sent"))?;
        if name == AUTHORIZATION || name == COOKIE {
            return Err(fault("the credential and the session are the client's"));
        }
        headers.insert(name, value.parse().map_err(|_| fault("a header's value cannot be sent"))?);
    }
    Ok(headers)
}

/// Where the answer sends the request. One with a body goes on only where the answer says that it stays what it is.
fn redirect(raw: &Raw, request: &Get) -> Option<String> {
    let is_followed = match raw.status {
        301..=303 => request.body.is_none(),
        307 | 308 => true,
        _ => false,
    };
    is_followed.then(|| raw.headers.get(LOCATION)?.to_str().ok().map(str::to_owned)).flatten()
}

/// What `link` means when it stands at `at`, if it stays on the origin of `base`.
fn resolve(base: &Url, at: &Url, link: &str) -> Result<Url, HttpError> {
    let unreadable = || HttpError::ForeignLink { host: "not a readable address".to_owned() };
    let url = at.join(link).map_err(|_| unreadable())?;
    let is_same = (url.scheme(), url.host(), url.port_or_known_default())
        == (base.scheme(), base.host(), base.port_or_known_default());
    if is_same && url.username().is_empty() && url.password().is_none() {
        return Ok(url);
    }
    Err(HttpError::ForeignLink { host: url.host_str().unwrap_or("no host").to_owned() })
}
