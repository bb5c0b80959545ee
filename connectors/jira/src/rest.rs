//! Requests to a site's REST API, and what a failed one means.

use counterfoil_http::{Answer, Api, Expect, Get, HttpError};
use counterfoil_sdk::PullErrorKind;

/// A site's API. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    pub(crate) api: Api,
}

/// What became of a question that the account may not be allowed to ask, or that is about what is not there.
pub(crate) enum Asked {
    Answer(Box<Answer>),
    /// 403.
    Denied,
    /// 404, and other words for "no such thing here".
    Missing,
}

impl Rest {
    /// Asks. Whether the answer is for us or for a stranger, who sees empty lists, only [`crate::site::Site`] can tell.
    pub(crate) async fn ask(&self, get: &Get) -> Result<Answer, HttpError> {
        self.api.get(get).await
    }

    /// Asks for something that may be out of reach.
    pub(crate) async fn try_ask(&self, get: &Get) -> Result<Asked, HttpError> {
        match self.api.get(get).await {
            Ok(answer) => Ok(Asked::Answer(Box::new(answer))),
            Err(error) if error.status() == Some(403) => Ok(Asked::Denied),
            Err(error) if error.status() == Some(404) => Ok(Asked::Missing),
            Err(error) => Err(error),
        }
    }
}

/// Reads an answer's JSON.
pub(crate) fn read<'a, T: serde::Deserialize<'a>>(answer: &'a Answer, path: &str) -> Result<T, HttpError> {
    serde_json::from_str(&answer.body)
        .map_err(|source| HttpError::NotJson { path: path.to_owned(), source: Box::new(source) })
}

/// A question for an object with one of these members.
pub(crate) fn object(path: String, keys: &'static [&'static str]) -> Get {
    Get::new(path).expect(Expect::Keys(keys))
}

/// What a failed request means for a pull, with what was asked for.
pub(crate) fn kind(error: HttpError, action: &str) -> PullErrorKind {
    match error.into_kind(action) {
        PullErrorKind::Unauthenticated { status, remedy } => PullErrorKind::Unauthenticated {
            status,
            remedy: format!(
                "{remedy} (a token with scopes and one of a service account work at \
                 https://api.atlassian.com/ex/jira/<cloud id> only, not at the site's own address; Jira 11 takes personal \
                 access tokens, and no password)"
            ),
        },
        other => other,
    }
}

/// That the site's answer cannot be relied on.
pub(crate) fn contract(why: impl Into<String>) -> PullErrorKind {
    PullErrorKind::Contract { source: why.into().into() }
}
