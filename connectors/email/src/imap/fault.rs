//! What went wrong with a server, and what kind of error that is.

use super::guard::Refused;
use async_imap::error::Error;
use counterfoil_http::HttpError;
use counterfoil_sdk::PullErrorKind;
use std::io;

/// Longest text of a server that is told on.
const MOST_SAID: usize = 200;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The server cannot be had, or went away.
    #[error("{0}")]
    Away(String),
    /// It says no, in its words.
    #[error("the server refuses: {0}")]
    No(String),
    /// It does not do what the protocol says, or says more than was asked for.
    #[error("{0}")]
    Odd(String),
    /// The credential is refused.
    #[error("the server refuses the credential: {0}")]
    Credential(String),
    /// There is no token to show.
    #[error("no access token")]
    Token(#[source] Box<HttpError>),
    /// The configuration and the server do not fit.
    #[error("{0}")]
    Unfit(String),
}

impl Fault {
    pub(crate) fn lost() -> Self {
        Self::Away("the server closed the connection".to_owned())
    }

    /// What the pipeline is told.
    pub(crate) fn kind(self) -> PullErrorKind {
        match self {
            Self::Away(why) => PullErrorKind::Unavailable { source: why.into() },
            Self::No(said) if is_passing(&said) => {
                PullErrorKind::Unavailable { source: format!("the server says: {said}").into() }
            }
            Self::No(said) => {
                PullErrorKind::Forbidden { action: format!("do what was asked; the server says: {said}") }
            }
            Self::Odd(why) | Self::Unfit(why) => PullErrorKind::Contract { source: why.into() },
            Self::Token(error) => error.into_kind("get an access token"),
            Self::Credential(said) => PullErrorKind::Unauthenticated {
                status: 0,
                remedy: format!(
                    "check `user` and the secret, and that the account may use IMAP; the server says: {said}"
                ),
            },
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            _ if error.get_ref().is_some_and(|cause| cause.is::<Refused>()) => Self::Odd(error.to_string()),
            // The library's: an answer that it cannot read, with that answer in its text, which is not told on.
            io::ErrorKind::Other => Self::Odd("the answer is not what IMAP documents".to_owned()),
            _ => Self::Away(error.to_string()),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error.into(),
            Error::ConnectionLost => Self::lost(),
            Error::No(said) => Self::No(words_of(&said)),
            Error::Bad(said) => Self::Odd(format!("the server does not understand: {}", words_of(&said))),
            _ => Self::Odd("the answer is not what IMAP documents".to_owned()),
        }
    }
}

/// The server's words in what the library made of them: `code: None, info: Some("…")`.
fn words_of(said: &str) -> String {
    let words = said.split_once("info: Some(\"").map_or(said, |(_, words)| words.trim_end_matches("\")"));
    printable(words)
}

/// Codes of RFC 5530 that pass by themselves.
pub(crate) fn is_passing(said: &str) -> bool {
    ["[UNAVAILABLE]", "[INUSE]", "[SERVERBUG]", "[LIMIT]"].iter().any(|code| said.contains(code))
}

/// A text of a server for people: one line, nothing that moves a cursor, not long.
pub(crate) fn printable(said: &str) -> String {
    let mut text: String =
        said.chars().map(|character| if character.is_control() { ' ' } else { character }).take(MOST_SAID).collect();
    if said.chars().nth(MOST_SAID).is_some() {
        text.push('…');
    }
    text
}
