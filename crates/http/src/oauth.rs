//! What is said to a token endpoint, and what its answers mean. Pure.

use crate::body::{failed, is_json};
use crate::excerpt::Redaction;
use crate::settings::Grant;
use crate::transport::Raw;
use crate::{HttpError, OAuth};
use counterfoil_sdk::Secret;
use serde::Deserialize;
use std::time::Duration;
use url::form_urlencoded::Serializer;

const CONSENT: &str = "grant consent again";
const CLIENT: &str = "check client id, client secret and the user of the OAuth client";

/// What a token endpoint grants.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) access: Secret,
    /// The token for the next time, if it is another one.
    pub(crate) refresh: Option<Secret>,
    /// How long the access token lives from when it was asked for; a token that is asked for again may have little left.
    pub(crate) life: Option<Duration>,
}

/// The form of a request. ServiceNow takes no other encoding.
pub(crate) fn form(oauth: &OAuth, refresh: Option<&Secret>) -> String {
    let mut form = Serializer::new(String::new());
    if let Some(scope) = &oauth.scope {
        form.append_pair("scope", scope);
    }
    match &oauth.grant {
        Grant::ClientCredentials { client_id, client_secret } => form
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", client_id)
            .append_pair("client_secret", client_secret.expose()),
        Grant::RefreshToken { client_id, client_secret, initial } => form
            .append_pair("grant_type", "refresh_token")
            .append_pair("client_id", client_id)
            .append_pair("client_secret", client_secret.expose())
            .append_pair("refresh_token", refresh.unwrap_or(initial).expose()),
    };
    form.finish()
}

/// What the answer means. A body that may hold tokens is never quoted.
pub(crate) fn read(raw: &Raw, path: &str, grant: &Grant, redaction: &Redaction) -> Result<Granted, HttpError> {
    let Raw { status, headers, body, extent: _ } = raw;
    let (status, path) = (*status, path.to_owned());
    let text = String::from_utf8_lossy(body);
    if !(200..300).contains(&status) {
        if matches!(status, 400..=403) {
            let said = redaction.said(&text);
            return Err(HttpError::NoToken { status, said, remedy: remedy(grant, &text) });
        }
        return Err(failed(status, headers, body, path, redaction));
    }
    if !is_json(headers) {
        return Err(HttpError::NotTheApi { path, found: "a page where tokens should be".to_owned() });
    }
    let reply: Result<Reply, _> = serde_json::from_str(&text);
    let missing = |found: &str| HttpError::Shape {
        path: path.clone(),
        expected: "an object with `access_token`".to_owned(),
        found: found.to_owned(),
    };
    // Serde's own words may quote a value.
    let reply = reply.map_err(|error| match error.is_eof() {
        true => HttpError::Truncated { path: path.clone(), source: "it ends early".into() },
        false => missing("something else"),
    })?;
    if let Some(error) = reply.error {
        return Err(HttpError::NoToken { status, said: redaction.said(&text), remedy: remedy(grant, &error) });
    }
    if reply.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(missing("a token that is no bearer token"));
    }
    let access = reply.access_token.filter(|token| !token.is_empty()).ok_or_else(|| missing("no access token"))?;
    Ok(Granted {
        access: Secret::new(access),
        refresh: reply.refresh_token.filter(|token| !token.is_empty()).map(Secret::new),
        life: reply.expires_in.and_then(|secs| secs.number()).map(Duration::from_secs),
    })
}

fn remedy(grant: &Grant, said: &str) -> &'static str {
    match grant {
        Grant::RefreshToken { .. } if said.contains("invalid_grant") => CONSENT,
        Grant::RefreshToken { .. } | Grant::ClientCredentials { .. } => CLIENT,
    }
}

#[derive(Deserialize)]
struct Reply {
    access_token: Option<String>,
    refresh_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<Secs>,
    error: Option<String>,
}

/// Some servers write numbers in quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Secs {
    Number(u64),
    Text(String),
}

impl Secs {
    fn number(&self) -> Option<u64> {
        match self {
            Self::Number(secs) => Some(*secs),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }
}
