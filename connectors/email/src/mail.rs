//! From the bytes of a mail to the payload that stands for it: what it says, decoded, and the mail itself.
//!
//! The way: the guard looks at the structure without building anything (`guard.rs`), the parser takes the mail apart, then
//! fields (`fields.rs`), parts (`parts.rs`), text (`text.rs`, `html.rs`), what of it is new (`split.rs`) and reports of
//! delivery (`delivery.rs`) are read. The same bytes always make the same payload: neither mailbox, UID nor file name is in it.

mod charset;
mod delivery;
mod fields;
mod guard;
mod html;
mod parts;
mod payload;
mod split;
mod text;

use crate::record::Limits;
use counterfoil_record::Digest;
use fields::Fields;
use jiff::Timestamp;
use mail_parser::MessageParser;
use payload::{Notes, Payload};
use std::borrow::Cow;

/// Why a mail is not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: &'static str,
    pub(crate) reason: String,
}

/// Reads a mail. `internal_date` is when the server took it in, for a mail that does not tell a moment itself.
pub(crate) fn read(bytes: &[u8], internal_date: Option<Timestamp>, limits: &Limits) -> Result<String, Refused> {
    let guarded = guard::look(bytes, limits)?;
    let bytes_to_parse: &[u8] = guarded.as_deref().unwrap_or(bytes);
    let message = MessageParser::default().parse(bytes_to_parse);
    let Some(message) = message.filter(|message| !message.parts.is_empty() && fields::has_field(message)) else {
        let reason = "there is no header field in it, so it is no mail".to_owned();
        return Err(Refused { code: "email::no-header", reason });
    };
    let mut notes = Notes::default();
    let mut parts = parts::walk(&message, limits, &mut notes)?;
    let fields = Fields::read(&message, &mut notes);
    let text = text::readable(&message, &mut notes);
    let split = split::split(&text);
    let delivery = delivery::read(&message);
    parts::mark_reports(&mut parts, &message);
    let received_at = fields.received_at.or(if fields.sent_at.is_none() { internal_date } else { None });

    let (raw, raw_encoding) = match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), "utf-8"),
        Err(_) => (Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect::<String>()), "latin-1"),
    };
    let root = &message.parts[0];
    let content_type = fields::content_type(root);
    let payload = Payload {
        format: 1,
        sha256: Digest::of(bytes).to_string(),
        bytes: bytes.len() as u64,
        message_id: fields.message_id,
        in_reply_to: fields.in_reply_to,
        references: fields.references,
        thread_index: fields.thread_index,
        subject: fields.subject,
        sent_at: fields.sent_at,
        sent_at_raw: fields.sent_at_raw,
        received_at,
        from: fields.from,
        sender: fields.sender,
        reply_to: fields.reply_to,
        to: fields.to,
        cc: fields.cc,
        bcc: fields.bcc,
        return_path: fields.return_path,
        headers: fields.headers,
        authentication: fields.authentication,
        media_type: content_type.clone(),
        report_type: fields::parameter(root, "report-type"),
        attachments: parts.iter().filter(|part| part.is_attached()).count() as u64,
        new_text: payload::capped(split.new_text, &mut notes),
        quoted_text: split.quoted_text.map(|text| payload::capped(text, &mut notes)),
        signature: split.signature.map(|text| payload::capped(text, &mut notes)),
        text: payload::capped(text, &mut notes),
        delivery,
        parts,
        notes: notes.sorted(),
        raw,
        raw_encoding,
    };
    Ok(serde_json::to_string(&payload).expect("a payload is texts and numbers"))
}

#[cfg(test)]
#[path = "mail/tests.rs"]
mod tests;
