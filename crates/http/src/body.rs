//! From an answer as it came to JSON text that is complete, or to what is wrong with it.

use crate::answer::{date, text};
use crate::excerpt::{Redaction, code_in, is_markup};
use crate::shape::{Fault, Shape};
use crate::waits::stated;
use crate::{Expect, Get, HttpError};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use url::Url;

/// The JSON text of a success; `None` if the status is one by which the request lets the API say "nothing there".
pub(crate) fn checked(
    status: u16,
    headers: &HeaderMap,
    body: Vec<u8>,
    request: &Get,
    url: &Url,
    redaction: &Redaction,
) -> Result<Option<String>, HttpError> {
    let path = || url.path().to_owned();
    if request.empty_statuses.contains(&status) && says_nothing_there(headers, &body) {
        return Ok(None);
    }
    if !(200..300).contains(&status) {
        return Err(failed(status, headers, &body, path(), redaction));
    }
    let not_the_api = |body: &[u8]| {
        let found = redaction.page(content_type(headers), &String::from_utf8_lossy(&body[..body.len().min(4096)]));
        HttpError::NotTheApi { path: path(), found }
    };
    if !is_json(headers) {
        return Err(not_the_api(&body));
    }
    let body = String::from_utf8(body).map_err(|error| match error.utf8_error().error_len() {
        None => HttpError::Truncated { path: path(), source: "it ends inside a character".into() },
        Some(_) => HttpError::NotJson { path: path(), source: Box::new(error.utf8_error()) },
    })?;
    if is_markup(&body) {
        return Err(not_the_api(body.as_bytes()));
    }
    match Shape::of(&body) {
        Ok(Shape { error: Some(said), .. }) => {
            let said = redaction.said(&format!("{{\"error\":{said}}}"));
            let is_cancelled = is_cancellation(&said);
            Err(HttpError::SaidInside { status, path: path(), said, is_cancelled })
        }
        Ok(shape) => match unexpected(&shape, request.expect) {
            Some((expected, found)) => Err(HttpError::Shape { path: path(), expected, found }),
            None => Ok(Some(body)),
        },
        Err(Fault::Cancelled) => {
            let said = ": the transaction was cancelled while it was answering".to_owned();
            Err(HttpError::SaidInside { status, path: path(), said, is_cancelled: true })
        }
        Err(Fault::Ends(error)) => Err(HttpError::Truncated { path: path(), source: Box::new(error) }),
        Err(Fault::Syntax(error)) => Err(HttpError::NotJson { path: path(), source: Box::new(error) }),
    }
}

/// A status that is no success.
pub(crate) fn failed(status: u16, headers: &HeaderMap, body: &[u8], path: String, redaction: &Redaction) -> HttpError {
    let text = String::from_utf8_lossy(body);
    let code = if is_json(headers) { code_in(&text) } else { None };
    let wait = stated(status, headers, date(headers)).filter(|wait| !wait.is_zero());
    HttpError::Status { status, path, code, said: redaction.said(&text), wait }
}

/// Whether the answer says that it is JSON: `application/json`, `application/problem+json`, …
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let essence = content_type(headers).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

pub(crate) fn content_type(headers: &HeaderMap) -> &str {
    text(headers, CONTENT_TYPE.as_str()).unwrap_or("no content type")
}

/// The API's own word: nothing at all, or a JSON object with an error. A proxy's page is neither.
fn says_nothing_there(headers: &HeaderMap, body: &[u8]) -> bool {
    if body.is_empty() {
        return !headers.contains_key(CONTENT_TYPE) || is_json(headers);
    }
    let text = std::str::from_utf8(body).ok().filter(|_| is_json(headers));
    text.and_then(|text| Shape::of(text).ok()).is_some_and(|shape| shape.error.is_some())
}

/// ServiceNow's word for a transaction that took too long.
pub(crate) fn is_cancellation(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("transaction cancelled") || text.contains("maximum execution time")
}

fn unexpected(shape: &Shape, expect: Expect) -> Option<(String, String)> {
    let expected = match expect {
        Expect::Json => return None,
        Expect::Array if shape.is_array => return None,
        Expect::Array => "an array".to_owned(),
        Expect::Keys(keys) if shape.keys.iter().any(|key| keys.contains(&key.as_str())) => return None,
        Expect::Keys(keys) => format!("an object with `{}`", keys.join("` or `")),
    };
    Some((expected, shape.found()))
}
