//! One exchange on the wire: no redirect is followed, nothing is repeated, and no body is read beyond its limit.

use crate::body::is_json;
use crate::download::{Extent, Room};
use crate::excerpt::Redaction;
use crate::{BuildError, Get, HttpError, Limits};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, RequestBuilder, redirect};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use url::Url;

/// Names and values of all headers of an answer.
const MOST_HEADER_BYTES: usize = 64 << 10;
const MOST_HEADERS: usize = 100;

/// What is read of an answer that is no JSON or no success.
const MOST_ERROR_BYTES: usize = 64 << 10;

/// A connection that rests longer is not used again: the other side may just be closing it.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// An answer as it came.
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// How much of it that is.
    pub(crate) extent: Extent,
}

/// What sends requests. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Transport {
    client: Client,
    most_bytes: usize,
    pub(crate) redaction: Arc<Redaction>,
    calls: Arc<AtomicU64>,
}

impl Transport {
    pub(crate) fn new(
        base: &Url,
        limits: &Limits,
        ca_pem: Option<&str>,
        redaction: Redaction,
    ) -> Result<Self, BuildError> {
        // Fails when the process has a provider already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("counterfoil/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // A proxy would come from the environment, which only the binary reads.
            .no_proxy()
            .http1_only()
            .http1_max_headers(MOST_HEADERS)
            .pool_idle_timeout(POOL_IDLE)
            .connect_timeout(limits.connect)
            .read_timeout(limits.idle_read)
            .timeout(limits.total);
        if base.scheme() == "http" {
            // Reading the system's certificates takes longer than all requests of a short test.
            builder = builder.tls_certs_only([]);
        } else if let Some(pem) = ca_pem {
            let certificates = Certificate::from_pem_bundle(pem.as_bytes());
            let certificates =
                certificates.map_err(|error| BuildError::Certificates { source: Box::new(error.without_url()) })?;
            if certificates.is_empty() {
                return Err(BuildError::Certificates { source: "there is none in it".into() });
            }
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder.build().map_err(|error| BuildError::Client { source: Box::new(error.without_url()) })?;
        Ok(Self { client, most_bytes: limits.body_bytes, redaction: Arc::new(redaction), calls: Arc::default() })
    }

    /// Requests sent so far.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Sends one question and reads the answer; only JSON is read beyond what an error message needs, or, where there is
    /// room for it, only what is none.
    pub(crate) async fn ask(
        &self,
        url: &Url,
        headers: HeaderMap,
        request: &Get,
        room: Option<Room>,
    ) -> Result<Raw, HttpError> {
        let sent = match &request.body {
            None => self.client.get(url.clone()).headers(headers),
            Some(json) => {
                let json_type = HeaderValue::from_static("application/json");
                self.client.post(url.clone()).headers(headers).header(CONTENT_TYPE, json_type).body(json.clone())
            }
        };
        let expects_body = |status: u16| !request.empty_statuses.contains(&status);
        self.exchange(sent, url.path(), |status, is_json| {
            let is_success = (200..300).contains(&status) && expects_body(status);
            match room {
                None if is_success && is_json => Reading::Whole,
                Some(room) if is_success && !is_json => Reading::Within(room),
                None | Some(_) => Reading::Beginning,
            }
        })
        .await
    }

    /// Sends a form to a token endpoint.
    pub(crate) async fn post_form(&self, url: &Url, form: String) -> Result<Raw, HttpError> {
        let type_of_form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let accept = (reqwest::header::ACCEPT, HeaderValue::from_static("application/json"));
        let sent = self.client.post(url.clone()).header(CONTENT_TYPE, type_of_form).header(accept.0, accept.1);
        let reading = |status, is_json| match (200..300).contains(&status) && is_json {
            true => Reading::Whole,
            false => Reading::Beginning,
        };
        self.exchange(sent.body(form), url.path(), reading).await
    }

    /// `reading` says for a status, and whether it is JSON, how the body is read.
    async fn exchange(
        &self,
        request: RequestBuilder,
        path: &str,
        reading: impl Fn(u16, bool) -> Reading,
    ) -> Result<Raw, HttpError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let sent = request.send().await;
        let mut response =
            sent.map_err(|error| HttpError::NoAnswer { path: path.to_owned(), source: Box::new(error.without_url()) })?;
        let headers = std::mem::take(response.headers_mut());
        let status = response.status().as_u16();
        let header_bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if header_bytes > MOST_HEADER_BYTES {
            return Err(HttpError::TooLarge { path: path.to_owned(), limit_bytes: MOST_HEADER_BYTES });
        }
        let reading = reading(status, is_json(&headers));
        let announced = response.content_length();
        let limit_bytes = match reading {
            Reading::Whole => self.most_bytes,
            // What says that it has no room is not waited for.
            Reading::Within(room) if announced.is_some_and(|bytes| bytes > room.most_bytes as u64) => room.head_bytes,
            Reading::Within(room) => room.most_bytes,
            Reading::Beginning => MOST_ERROR_BYTES.min(self.most_bytes),
        };
        let mut body = Vec::new();
        let mut extent = Extent::Whole;
        loop {
            match response.chunk().await {
                Ok(None) => break,
                Ok(Some(chunk)) if body.len() + chunk.len() <= limit_bytes => body.extend_from_slice(&chunk),
                Ok(Some(_)) if matches!(reading, Reading::Whole) => {
                    return Err(HttpError::TooLarge { path: path.to_owned(), limit_bytes });
                }
                Ok(Some(chunk)) => {
                    body.extend_from_slice(&chunk[..limit_bytes - body.len()]);
                    if let Reading::Within(room) = reading {
                        body.truncate(room.head_bytes);
                        extent = Extent::Beginning { bytes: announced };
                    }
                    break;
                }
                Err(error) if !matches!(reading, Reading::Beginning) => {
                    let source = Box::new(error.without_url());
                    return Err(HttpError::Truncated { path: path.to_owned(), source });
                }
                // A status that is an error stays that error, however its page ends.
                Err(_) => break,
            }
        }
        Ok(Raw { status, headers, body, extent })
    }
}

/// How a body is read.
#[derive(Debug, Clone, Copy)]
enum Reading {
    /// All of it, or it is an error.
    Whole,
    /// All of it where there is room, otherwise its beginning.
    Within(Room),
    /// As much as an error message needs.
    Beginning,
}
