//! One call of a source: who it says it is for, whether its signature holds, and that it was heard.

use crate::signature::Key;
use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::StreamExt as _;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A body is never kept, so this bounds time and not memory. The largest issues of Jira stay far below it.
const BODY_BYTES: usize = 32 * 1024 * 1024;

/// How long a body may take. Sources wait no longer for an answer (Jira: 20 s).
const BODY_TIME: Duration = Duration::from_secs(20);

/// What a source has to prove, and what happens when it does.
pub struct Hook {
    /// The header with the signature, in lower case: `x-hub-signature`.
    pub header: &'static str,
    /// What stands in that header before the hexadecimal digits: `sha256=`.
    pub prefix: &'static str,
    /// The shared secret.
    pub key: Key,
    /// Called once for every call whose signature holds. Returns at once.
    pub heard: Box<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").field("header", &self.header).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// The hooks of all instances that have one, by the instance's name.
pub type Hooks = BTreeMap<String, Hook>;

pub(crate) fn router(hooks: Hooks) -> Router {
    Router::new().route("/hooks/{instance}", post(hear)).with_state(Arc::new(hooks))
}

/// Why a call was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    NoSignature,
    WrongSignature,
    TooLong,
    TooSlow,
    BrokenOff,
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::NoSignature | Self::WrongSignature => StatusCode::UNAUTHORIZED,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BrokenOff => StatusCode::BAD_REQUEST,
        }
    }

    /// For the log of the gateway; the caller is told no more than the status.
    fn reason(self) -> &'static str {
        match self {
            Self::NoSignature => {
                "it has no signature: give the webhook of the source the secret that `webhook_secret` names"
            }
            Self::WrongSignature => {
                "its signature is of another secret: the webhook of the source and `webhook_secret` must have the same"
            }
            Self::TooLong => "its body is longer than 32 MiB",
            Self::TooSlow => "its body did not come within 20 s",
            Self::BrokenOff => "it broke off",
        }
    }
}

async fn hear(State(hooks): State<Arc<Hooks>>, Path(instance): Path<String>, request: Request) -> Response {
    let Some(hook) = hooks.get(&instance) else {
        return (StatusCode::NOT_FOUND, "no instance of this name takes calls\n").into_response();
    };
    let (head, body) = request.into_parts();
    match proven(hook, &head.headers, body).await {
        Ok(()) => {
            (hook.heard)();
            StatusCode::ACCEPTED.into_response()
        }
        Err(refusal) => {
            tracing::warn!(instance, "a call of the source was refused: {}", refusal.reason());
            refusal.status().into_response()
        }
    }
}

/// Whether the body is signed with the hook's secret.
async fn proven(hook: &Hook, headers: &HeaderMap, body: Body) -> Result<(), Refusal> {
    let told = headers.get(hook.header).and_then(|value| value.to_str().ok());
    // What is not signed is not read.
    let told = told.and_then(|told| told.trim().strip_prefix(hook.prefix)).ok_or(Refusal::NoSignature)?;
    let mut check = hook.key.check();
    let mut take = |bytes: &[u8]| check.take(bytes);
    tokio::time::timeout(BODY_TIME, read(body.into_data_stream(), &mut take)).await.map_err(|_| Refusal::TooSlow)??;
    if check.holds(told) { Ok(()) } else { Err(Refusal::WrongSignature) }
}

async fn read(mut body: BodyDataStream, take: &mut (dyn FnMut(&[u8]) + Send)) -> Result<(), Refusal> {
    let mut length = 0;
    while let Some(bytes) = body.next().await {
        let bytes = bytes.map_err(|_| Refusal::BrokenOff)?;
        length += bytes.len();
        if length > BODY_BYTES {
            return Err(Refusal::TooLong);
        }
        take(&bytes);
    }
    Ok(())
}
