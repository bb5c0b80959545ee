//! What can go wrong with one request, and which kind of failed pull it is.

use counterfoil_sdk::PullErrorKind;
use std::time::Duration;

/// The cause below an error.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// A request without a usable answer. No variant holds a query, a credential or more than a line of the answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nothing came back.
    #[error("no answer to {path}")]
    NoAnswer {
        /// Below the origin.
        path: String,
        /// What happened.
        #[source]
        source: Source,
    },
    /// The answer began and did not end.
    #[error("the answer to {path} is cut off")]
    Truncated {
        /// Below the origin.
        path: String,
        /// How that was noticed.
        #[source]
        source: Source,
    },
    /// A status that is no success.
    #[error("HTTP {status} for {path}{said}")]
    Status {
        /// The status.
        status: u16,
        /// Below the origin.
        path: String,
        /// The source's word for it, where its error has a `code`.
        code: Option<String>,
        /// What the source says about it, cut and cleaned; begins with `: ` or is empty.
        said: String,
        /// How long the source asks to wait; never zero.
        wait: Option<Duration>,
    },
    /// A success that has an error inside.
    #[error("HTTP {status} for {path} has an error inside{said}")]
    SaidInside {
        /// The status.
        status: u16,
        /// Below the origin.
        path: String,
        /// What the source says about it, cut and cleaned; begins with `: ` or is empty.
        said: String,
        /// Whether the source gave up in the middle because it took too long.
        is_cancelled: bool,
    },
    /// Something else than the API answered: a login page, a maintenance page, a proxy.
    #[error("what answered {path} is not the API: {found}")]
    NotTheApi {
        /// Below the origin.
        path: String,
        /// Its content type and its title or first words.
        found: String,
    },
    /// The text is no JSON.
    #[error("the answer to {path} is no JSON")]
    NotJson {
        /// Below the origin.
        path: String,
        /// Where.
        #[source]
        source: Source,
    },
    /// JSON of another shape than the API documents.
    #[error("the answer to {path} has {found} and not {expected}")]
    Shape {
        /// Below the origin.
        path: String,
        /// What should be there.
        expected: String,
        /// What is there, without values.
        found: String,
    },
    /// The answer is bigger than we take.
    #[error("the answer to {path} has more than {limit_bytes} bytes")]
    TooLarge {
        /// Below the origin.
        path: String,
        /// The limit.
        limit_bytes: usize,
    },
    /// The source sends us somewhere else.
    #[error("{path} is redirected {to}; redirects are followed on the same origin only, and at most 3")]
    Redirected {
        /// Below the origin.
        path: String,
        /// Where to, the host only.
        to: String,
    },
    /// A link of the source leads to another origin.
    #[error("a link of the source leads to another origin ({host})")]
    ForeignLink {
        /// The host only.
        host: String,
    },
    /// The token endpoint gives no access token, and will not until a person acts.
    #[error("no access token (HTTP {status}){said}")]
    NoToken {
        /// The status of the token endpoint.
        status: u16,
        /// What it says, cut and cleaned; begins with `: ` or is empty.
        said: String,
        /// What a person has to do.
        remedy: &'static str,
    },
    /// The store of refresh tokens fails. No access token is used before its refresh token is durable.
    #[error("the refresh token `{name}` cannot be kept")]
    Store {
        /// The name in the store.
        name: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The request itself cannot be sent.
    #[error("{path} cannot be asked: {why}")]
    Request {
        /// As the connector gave it.
        path: String,
        /// What is wrong.
        why: &'static str,
    },
}

impl HttpError {
    /// Whether the source began to answer and did not finish: asking for less may help.
    pub fn is_truncated(&self) -> bool {
        matches!(self, Self::Truncated { .. } | Self::SaidInside { is_cancelled: true, .. })
    }

    /// Whether the answer is over the limit of bytes: asking for less may help.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::TooLarge { .. })
    }

    /// The status of the source's answer, where that is what went wrong.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } | Self::SaidInside { status, .. } | Self::NoToken { status, .. } => {
                Some(*status)
            }
            Self::NoAnswer { .. }
            | Self::Truncated { .. }
            | Self::NotTheApi { .. }
            | Self::NotJson { .. }
            | Self::Shape { .. }
            | Self::TooLarge { .. }
            | Self::Redirected { .. }
            | Self::ForeignLink { .. }
            | Self::Store { .. }
            | Self::Request { .. } => None,
        }
    }

    /// The source's own word for a status that is no success: `SyncStateNotFound`. A proxy's page has none.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Status { code, .. } => code.as_deref(),
            Self::SaidInside { .. }
            | Self::NoToken { .. }
            | Self::NoAnswer { .. }
            | Self::Truncated { .. }
            | Self::NotTheApi { .. }
            | Self::NotJson { .. }
            | Self::Shape { .. }
            | Self::TooLarge { .. }
            | Self::Redirected { .. }
            | Self::ForeignLink { .. }
            | Self::Store { .. }
            | Self::Request { .. } => None,
        }
    }

    /// The kind of failed pull; `action` is an infinitive: `read incident`.
    pub fn into_kind(self, action: &str) -> PullErrorKind {
        match self {
            Self::Status { wait: Some(wait), status: 429 | 502 | 503 | 504, .. } => PullErrorKind::RateLimited { wait },
            Self::Status { status: 401, said, .. } => {
                PullErrorKind::Unauthenticated { status: 401, remedy: format!("check the credential{said}") }
            }
            Self::NoToken { status, said, remedy } => {
                PullErrorKind::Unauthenticated { status, remedy: format!("{remedy}{said}") }
            }
            Self::Status { status: 403, said, .. } => {
                PullErrorKind::Forbidden { action: format!("{action} (HTTP 403{said})") }
            }
            Self::Status { status: 404, path, said, .. } => {
                PullErrorKind::NotFound { what: format!("{path} (HTTP 404{said})") }
            }
            Self::Status { status: 408 | 429 | 500..=599, .. }
            | Self::NoAnswer { .. }
            | Self::Truncated { .. }
            | Self::SaidInside { is_cancelled: true, .. }
            | Self::Store { .. } => PullErrorKind::Unavailable { source: Box::new(self) },
            Self::Status { .. }
            | Self::SaidInside { .. }
            | Self::NotTheApi { .. }
            | Self::NotJson { .. }
            | Self::Shape { .. }
            | Self::TooLarge { .. }
            | Self::Redirected { .. }
            | Self::ForeignLink { .. }
            | Self::Request { .. } => PullErrorKind::Contract { source: Box::new(self) },
        }
    }
}
