//! The parts of a mail, to their leaves: what each is, and the digest of its content.

use super::fields::{content_type, visible};
use super::payload::{Notes, Part};
use super::{Refused, charset};
use crate::record::Limits;
use counterfoil_record::Digest;
use data_encoding::BASE64_NOPAD;
use mail_parser::decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode};
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders as _, PartType};
use std::borrow::Cow;

/// Every leaf, in the order of the mail.
pub(crate) fn walk(message: &Message<'_>, limits: &Limits, notes: &mut Notes) -> Result<Vec<Part>, Refused> {
    let mut walk = Walk { limits, notes, parts: Vec::new() };
    walk.part(message, 0, String::new(), 0)?;
    Ok(walk.parts)
}

struct Walk<'a> {
    limits: &'a Limits,
    notes: &'a mut Notes,
    parts: Vec<Part>,
}

impl Walk<'_> {
    fn part(&mut self, message: &Message<'_>, id: u32, path: String, depth: usize) -> Result<(), Refused> {
        if depth > self.limits.depth {
            let reason =
                format!("its parts are nested deeper than {} levels, which no true mail has", self.limits.depth);
            return Err(Refused { code: "email::too-deep", reason });
        }
        let Some(part) = message.part(id) else { return Ok(()) };
        let below = |n: usize| if path.is_empty() { n.to_string() } else { format!("{path}.{n}") };
        match &part.body {
            PartType::Multipart(ids) => {
                for (n, id) in ids.iter().enumerate() {
                    self.part(message, *id, below(n + 1), depth + 1)?;
                }
            }
            PartType::Message(inner) => {
                let path = if path.is_empty() { "1".to_owned() } else { path };
                let raw = part_bytes(message, part);
                self.leaf(part, path.clone(), &raw, "message");
                self.part(inner, 0, path, depth + 1)?;
            }
            PartType::Text(_) | PartType::Html(_) | PartType::Binary(_) | PartType::InlineBinary(_) => {
                let path = if path.is_empty() { "1".to_owned() } else { path };
                let bytes = part_bytes(message, part);
                let role = role(message, part, id);
                self.leaf(part, path, &bytes, role);
            }
        }
        Ok(())
    }

    fn leaf(&mut self, part: &MessagePart<'_>, path: String, bytes: &[u8], role: &'static str) {
        if part.is_encoding_problem {
            self.notes.add("transfer-encoding-damaged");
        }
        let name = part.attachment_name().map(|name| self.name(name));
        self.parts.push(Part {
            path,
            media_type: content_type(part),
            charset: part.content_type().and_then(|found| found.attribute("charset")).map(str::to_ascii_lowercase),
            name,
            disposition: part.content_disposition().map(|found| found.ctype().to_ascii_lowercase()),
            bytes: bytes.len() as u64,
            sha256: Digest::of(bytes).to_string(),
            role,
        });
    }

    /// The name of a file, as it may be shown: no turning of characters, no control characters.
    fn name(&mut self, name: &str) -> String {
        let name = visible(name.to_owned(), self.notes);
        name.chars().filter(|c| !c.is_control()).take(255).collect()
    }
}

fn role(message: &Message<'_>, part: &MessagePart<'_>, id: u32) -> &'static str {
    let media_type = content_type(part);
    match media_type.as_str() {
        "application/ms-tnef" | "application/vnd.ms-tnef" => return "tnef",
        "text/calendar" => return "calendar",
        // A mail within the mail that was encoded, which the guard has closed.
        "application/x1" => return "message",
        _ => {}
    }
    let is_attached = part.content_disposition().is_some_and(|found| found.ctype().eq_ignore_ascii_case("attachment"));
    match &part.body {
        _ if is_attached => "attachment",
        PartType::Text(_) if message.text_body.contains(&id) => "text",
        PartType::Html(_) if message.html_body.contains(&id) || message.text_body.contains(&id) => "html",
        PartType::InlineBinary(_) => "inline",
        PartType::Binary(_) if part.content_id().is_some() => "inline",
        _ => "attachment",
    }
}

/// The decoded content. What is said to be encoded and is not is taken as it stands.
pub(crate) fn part_bytes<'a>(message: &'a Message<'_>, part: &'a MessagePart<'_>) -> Cow<'a, [u8]> {
    if let PartType::Binary(bytes) | PartType::InlineBinary(bytes) = &part.body {
        return Cow::Borrowed(bytes.as_ref());
    }
    let range = part.offset_body as usize..part.offset_end as usize;
    let raw = message.raw_message().get(range).unwrap_or_default();
    let said = part.content_transfer_encoding().unwrap_or_default();
    let decoded = match part.encoding {
        Encoding::Base64 => base64(raw),
        Encoding::QuotedPrintable => quoted_printable_decode(raw),
        Encoding::None if said.eq_ignore_ascii_case("base64") => base64(raw),
        Encoding::None if said.eq_ignore_ascii_case("quoted-printable") => quoted_printable_decode(raw),
        Encoding::None => None,
    };
    decoded.map_or(Cow::Borrowed(raw), Cow::Owned)
}

/// Also with characters in it that do not belong there.
fn base64(raw: &[u8]) -> Option<Vec<u8>> {
    if let Some(decoded) = base64_decode(raw) {
        return Some(decoded);
    }
    let mut digits: Vec<u8> =
        raw.iter().copied().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')).collect();
    digits.truncate(digits.len() - digits.len() % 4);
    BASE64_NOPAD.decode(&digits).ok()
}

/// The text of a part that is one, decoded.
pub(crate) fn part_text(message: &Message<'_>, part: &MessagePart<'_>, notes: &mut Notes) -> String {
    let label = part.content_type().and_then(|found| found.attribute("charset"));
    charset::decode(&part_bytes(message, part), label, notes)
}

/// The machine's parts of a report (RFC 6522) are no attachments that a person has put there.
pub(crate) fn mark_reports(parts: &mut [Part], message: &Message<'_>) {
    if content_type(&message.parts[0]) != "multipart/report" {
        return;
    }
    let machine = ["message/delivery-status", "message/disposition-notification", "message/feedback-report"];
    for part in parts.iter_mut().filter(|part| machine.contains(&part.media_type.as_str())) {
        part.role = "report";
    }
}
