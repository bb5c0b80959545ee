//! Calls by which a source says that something changed.

use crate::Secret;

/// How a source proves that a call is its own: by the HMAC-SHA256 of the body's bytes, in hexadecimal digits.
///
/// A call is a reason to pull and never data: it comes late, twice or never, in any order, and what it holds may be older than
/// what a pull has seen.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The header with the signature, in lower case.
    pub header: &'static str,
    /// What stands in that header before the digits.
    pub prefix: &'static str,
    /// What the source signs with.
    pub secret: Secret,
}
