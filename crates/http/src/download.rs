//! Bytes that are no JSON: a mail as it came, an attachment. The source does not decide how many of them are read.

use crate::HttpError;
use crate::body::{content_type, failed, is_json};
use crate::excerpt::{Redaction, is_markup};
use crate::transport::Raw;
use url::Url;

/// How much of a body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What has more is not read whole.
    pub most_bytes: usize,
    /// Of what is not read whole, this much is.
    pub head_bytes: usize,
}

/// What was downloaded.
#[derive(Clone, PartialEq, Eq)]
pub enum Download {
    /// All of it.
    Whole(Vec<u8>),
    /// There is more than there is room for.
    Larger {
        /// Its beginning.
        head: Vec<u8>,
        /// How many bytes it has, where the source says so.
        bytes: Option<u64>,
    },
}

/// How much of an answer a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Whole,
    /// It has more; so many in all, where the source says so.
    Beginning {
        bytes: Option<u64>,
    },
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            Self::Larger { head, bytes } => write!(f, "Larger({} bytes of {bytes:?})", head.len()),
        }
    }
}

/// The bytes of a success. JSON and pages are no such bytes: where they come with a success, something else has answered.
pub(crate) fn downloaded(raw: Raw, url: &Url, redaction: &Redaction) -> Result<Download, HttpError> {
    let Raw { status, headers, body, extent } = raw;
    let path = url.path().to_owned();
    if !(200..300).contains(&status) {
        return Err(failed(status, &headers, &body, path, redaction));
    }
    let kind = content_type(&headers);
    let is_page = kind.trim_start().to_ascii_lowercase().starts_with("text/html");
    let beginning = String::from_utf8_lossy(&body[..body.len().min(4096)]);
    if is_json(&headers) || is_page || is_markup(&beginning) {
        return Err(HttpError::NotTheApi { path, found: redaction.page(kind, &beginning) });
    }
    Ok(match extent {
        Extent::Whole => Download::Whole(body),
        Extent::Beginning { bytes } => Download::Larger { head: body, bytes },
    })
}
