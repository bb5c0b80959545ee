//! The parts of a mail as a catalogue, and the text that a person reads of it.
//!
//! It unpacks nothing: an attachment is its name, its type and its hash.

use super::charset;
use super::evidence::{self, Delivery};
use super::fields::Fields;
use super::flowed;
use super::html;
use super::structure::{Part, Shape};
use super::transfer;
use super::words;
use crate::record::Limits;
use counterfoil_record::Digest;
use serde::Serialize;
use std::borrow::Cow;

/// One part, as the payload lists it.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    path: String,
    #[serde(rename = "type")]
    content_type: String,
    charset: Option<String>,
    name: Option<String>,
    disposition: Option<&'static str>,
    bytes: usize,
    sha256: String,
    role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Text,
    Html,
    Attachment,
    Inline,
    Message,
    Calendar,
    Tnef,
    Report,
}

/// What the bodies of a mail say.
#[derive(Debug, Default)]
pub(crate) struct Bodies {
    pub(crate) parts: Vec<Listed>,
    /// With the marks of [`html`].
    pub(crate) text: String,
    pub(crate) delivery: Vec<Delivery>,
    /// What a person would call an attachment.
    pub(crate) attachments: usize,
}

/// A text beside others: those of one `multipart/alternative` say the same.
struct Said {
    alternative: Option<usize>,
    is_html: bool,
    text: String,
}

/// Of a text, before it is decoded; what is cut is in the mail itself.
const MOST_TEXT_BYTES: usize = 256 << 10;

pub(crate) fn read(mail: &[u8], parts: &[Part<'_>], limits: &Limits, notes: &mut Vec<&'static str>) -> Bodies {
    let mut bodies = Bodies::default();
    let mut said: Vec<Said> = Vec::new();
    let original = original_message_id(mail, parts, limits);
    for (index, part) in parts.iter().enumerate() {
        if part.shape == Shape::Multipart {
            continue;
        }
        let (content, is_damaged) = content(mail, part);
        if is_damaged {
            notes.push("encoding-damaged");
        }
        let declared = part.fields.content_type().unwrap_or_default();
        let disposition = part.fields.disposition();
        let charset = declared.parameter("charset").map(str::to_owned);
        let name = name(part, notes);
        let is_first = bodies.parts.is_empty();
        let role = role(part, name.as_deref(), disposition.as_ref().map(|one| one.name.as_str()), is_first);
        if matches!(role, Role::Attachment | Role::Report | Role::Message | Role::Tnef | Role::Calendar)
            && part.within == 0
        {
            bodies.attachments += 1;
        }
        if part.within == 0 && part.content_type == "message/delivery-status" {
            bodies.delivery.extend(evidence::deliveries(&content, original.as_deref(), limits));
        }
        if part.within == 0 && matches!(role, Role::Text | Role::Html) {
            let bytes = &content[..content.len().min(MOST_TEXT_BYTES)];
            if bytes.len() < content.len() {
                notes.push("text-cut");
            }
            let decoded = charset::decode(bytes, charset.as_deref().unwrap_or_default());
            if decoded.is_guessed {
                notes.push("charset-guessed");
            }
            let text = match role {
                Role::Html => html::text(&decoded.text),
                _ if declared.parameter("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed")) => {
                    let is_deleted = declared.parameter("delsp").is_some_and(|word| word.eq_ignore_ascii_case("yes"));
                    flowed::text(&decoded.text, is_deleted)
                }
                _ => flowed::lines(&decoded.text),
            };
            said.push(Said { alternative: alternative(parts, index), is_html: role == Role::Html, text });
        }
        bodies.parts.push(Listed {
            path: path(part),
            content_type: part.content_type.clone(),
            charset,
            name,
            disposition: disposition.and_then(|one| match one.name.as_str() {
                "attachment" => Some("attachment"),
                "inline" => Some("inline"),
                _ => None,
            }),
            bytes: content.len(),
            sha256: Digest::of(&content).to_string(),
            role,
        });
    }
    bodies.text = shown(&said, notes);
    bodies
}

/// The decoded content of a part, and whether its encoding is damaged.
pub(super) fn content<'a>(mail: &'a [u8], part: &Part<'_>) -> (Cow<'a, [u8]>, bool) {
    let body = &mail[part.body.clone()];
    match part.fields.encoding().as_str() {
        _ if part.shape == Shape::Message => (body.into(), false),
        "base64" => {
            let (bytes, is_damaged) = transfer::base64(body);
            (bytes.into(), is_damaged)
        }
        "quoted-printable" => (transfer::quoted_printable(body).into(), false),
        "uuencode" | "x-uuencode" | "x-uue" | "uue" => (transfer::uuencoded(body).into(), false),
        _ => (body.into(), false),
    }
}

pub(super) fn path(part: &Part<'_>) -> String {
    if part.path.is_empty() {
        return "1".to_owned();
    }
    let numbers: Vec<String> = part.path.iter().map(usize::to_string).collect();
    numbers.join(".")
}

fn name(part: &Part<'_>, notes: &mut Vec<&'static str>) -> Option<String> {
    let of_disposition = part.fields.disposition().and_then(|one| one.parameter("filename").map(str::to_owned));
    let named = of_disposition.or_else(|| part.fields.content_type()?.parameter("name").map(str::to_owned))?;
    let named = words::tidy(&named);
    let mut shown = visible(&named);
    if shown != named {
        notes.push("text-direction-changed");
    }
    super::cut(&mut shown, 255);
    (!shown.is_empty()).then_some(shown)
}

/// Controls that turn the order of letters around hide what a name ends with; they are written out.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                shown.push_str(&format!("<U+{:04X}>", u32::from(c)));
            }
            c => shown.push(c),
        }
    }
    shown
}

fn role(part: &Part<'_>, name: Option<&str>, disposition: Option<&str>, is_first: bool) -> Role {
    let is_attached = disposition == Some("attachment");
    match part.content_type.as_str() {
        "message/delivery-status"
        | "message/disposition-notification"
        | "message/feedback-report"
        | "text/rfc822-headers"
        | "message/rfc822-headers"
        | "message/global-delivery-status" => Role::Report,
        kind if kind.starts_with("message/") => Role::Message,
        "text/calendar" | "application/ics" => Role::Calendar,
        "application/ms-tnef" | "application/vnd.ms-tnef" => Role::Tnef,
        _ if name.is_some_and(|name| name.eq_ignore_ascii_case("winmail.dat")) => Role::Tnef,
        "text/html" if !is_attached && (name.is_none() || is_first) => Role::Html,
        "text/plain" if !is_attached && (name.is_none() || is_first) => Role::Text,
        kind if kind.starts_with("multipart/") => Role::Text,
        _ if is_attached => Role::Attachment,
        _ if disposition == Some("inline") || part.fields.raw("content-id").is_some() => Role::Inline,
        // A text of another kind without a name is part of what is said: text/enriched, text/markdown.
        "text/enriched" | "text/markdown" | "text/richtext" if name.is_none() => Role::Text,
        _ => Role::Attachment,
    }
}

/// The `multipart/alternative` around a part.
fn alternative(parts: &[Part<'_>], index: usize) -> Option<usize> {
    let mut around = parts[index].parent;
    while let Some(parent) = around {
        if parts[parent].content_type == "multipart/alternative" {
            return Some(parent);
        }
        around = parts[parent].parent;
    }
    None
}

/// The texts that a person is shown: of alternatives the plain one, unless it is empty.
fn shown(said: &[Said], notes: &mut Vec<&'static str>) -> String {
    let mut shown = String::new();
    for (at, one) in said.iter().enumerate() {
        let has_plain = |group: usize| {
            said.iter().any(|other| other.alternative == Some(group) && !other.is_html && !is_blank(&other.text))
        };
        let is_left_out = match one.alternative {
            Some(group) if one.is_html => has_plain(group),
            // Of a mail that says it twice without saying so, the plain text.
            None if one.is_html && at > 0 => is_same(one, said),
            Some(_) | None => false,
        };
        if is_left_out || is_blank(&one.text) {
            continue;
        }
        if one.is_html {
            notes.push("text-from-html");
        }
        if !shown.is_empty() {
            shown.push_str("\n\n");
        }
        shown.push_str(&one.text);
    }
    shown
}

fn is_same(html: &Said, said: &[Said]) -> bool {
    let bare = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).take(4096).collect() };
    said.iter().any(|other| !other.is_html && bare(&other.text) == bare(&html.text))
}

fn is_blank(text: &str) -> bool {
    super::replies::without_marks(text).trim().is_empty()
}

/// The id of the mail that a report is about: of the nested mail, or of its head.
fn original_message_id(mail: &[u8], parts: &[Part<'_>], limits: &Limits) -> Option<String> {
    parts.iter().enumerate().find_map(|(index, part)| match (part.shape, part.content_type.as_str()) {
        (Shape::Message, _) if part.within == 0 => parts.get(index + 1)?.fields.ids("message-id").into_iter().next(),
        (Shape::Leaf, "text/rfc822-headers" | "message/rfc822-headers") if part.within == 0 => {
            let (content, _) = content(mail, part);
            let (fields, _) = Fields::scan(&content, 0, std::iter::empty(), limits).ok()?;
            fields.ids("message-id").into_iter().next()
        }
        _ => None,
    })
}
