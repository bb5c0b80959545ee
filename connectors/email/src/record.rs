//! From the bytes of a mail to a raw record, or to what is set aside.

use crate::mail;
use counterfoil_record::{Digest, Form, Payload, Place, RawRecord, Unreadable};
use jiff::Timestamp;

/// What keeps memory and time bounded whatever a mail holds. Each is checked before anything is built from a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Of a mail as it stands in its source, bytes.
    pub(crate) mail_bytes: u64,
    /// Of the header of a mail or of one of its parts, bytes.
    pub(crate) header_bytes: usize,
    /// Lines of a header that begin a field.
    pub(crate) header_fields: usize,
    /// Parts in parts.
    pub(crate) depth: usize,
    /// Parts in all.
    pub(crate) parts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { mail_bytes: 25 << 20, header_bytes: 128 << 10, header_fields: 1000, depth: 20, parts: 500 }
    }
}

/// A mail as it came.
pub(crate) struct Arrived<'a> {
    pub(crate) bytes: &'a [u8],
    /// Where it stands.
    pub(crate) place: Place,
    /// When the server took it in, where it says so: used only for a mail that does not tell a moment itself.
    pub(crate) internal_date: Option<Timestamp>,
}

/// Who a mail is: the same bytes are the same mail, wherever they stand.
pub(crate) fn id_of(bytes: &[u8]) -> String {
    Digest::of(bytes).short()
}

/// A mail as a raw record.
pub(crate) fn record_of(arrived: Arrived<'_>, limits: &Limits) -> Result<RawRecord, Box<Unreadable>> {
    let Arrived { bytes, place, internal_date } = arrived;
    match mail::read(bytes, internal_date, limits) {
        Ok(payload) => Ok(RawRecord {
            native_id: id_of(bytes),
            version: String::new(),
            form: Form::Snapshot,
            payload: Payload::owned(&payload),
            place,
        }),
        Err(refused) => Err(Box::new(Unreadable {
            code: refused.code,
            place,
            reason: refused.reason,
            remedy: refused.remedy.to_owned(),
            bytes: bytes.to_vec(),
        })),
    }
}

/// A mail that is larger than what is read: its first bytes and its size, where that is known.
pub(crate) fn too_large(place: Place, head: &[u8], size: Option<u64>, limits: &Limits) -> Unreadable {
    let size = size.map_or_else(|| "no size that is told".to_owned(), |size| format!("{size} bytes"));
    Unreadable {
        code: "email::too-large",
        place,
        reason: format!(
            "the mail has {size}, and at most {} are read; its first {} bytes are kept here, the rest is in the source",
            limits.mail_bytes,
            head.len()
        ),
        remedy: "raise `mail_mb` if it is a true mail".to_owned(),
        bytes: head.to_vec(),
    }
}
