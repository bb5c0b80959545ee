//! The payload of a mail: what was read of it, and the mail itself, as one JSON object.

use super::bodies::{self, Bodies, Listed};
use super::evidence::{self, Authentication, Delivery};
use super::fields::{Fields, Person};
use super::moments;
use super::replies;
use super::structure::Part;
use super::words;
use super::{Refused, cut, refuse};
use crate::record::Limits;
use counterfoil_record::Digest;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// Of each of the texts.
const MOST_TEXT: usize = 64 << 10;
/// Of the value of one header field, and of all together.
const MOST_HEADER: usize = 4 << 10;
const MOST_HEADERS: usize = 32 << 10;

/// What has a member of its own.
const TOLD_ELSEWHERE: &[&str] = &[
    "message-id",
    "in-reply-to",
    "references",
    "thread-index",
    "date",
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "return-path",
    "authentication-results",
];

#[derive(Serialize)]
struct Payload<'a> {
    format: u32,
    sha256: String,
    bytes: usize,
    message_id: Option<String>,
    in_reply_to: Vec<String>,
    references: Vec<String>,
    thread_index: Option<String>,
    subject: Option<String>,
    sent_at: Option<Timestamp>,
    sent_at_raw: Option<String>,
    received_at: Option<Timestamp>,
    from: Vec<Somebody>,
    sender: Vec<Somebody>,
    reply_to: Vec<Somebody>,
    to: Vec<Somebody>,
    cc: Vec<Somebody>,
    bcc: Vec<Somebody>,
    return_path: Option<String>,
    headers: BTreeMap<&'a str, Vec<String>>,
    authentication: Vec<Authentication>,
    #[serde(rename = "type")]
    content_type: &'a str,
    report_type: Option<String>,
    text: String,
    new_text: String,
    quoted_text: Option<String>,
    signature: Option<String>,
    delivery: Vec<Delivery>,
    parts: Vec<Listed>,
    attachments: usize,
    notes: Vec<&'static str>,
}

#[derive(Serialize)]
struct Somebody {
    name: Option<String>,
    address: Option<String>,
}

pub(crate) fn write(
    mail: &[u8],
    internal_date: Option<Timestamp>,
    parts: &[Part<'_>],
    limits: &Limits,
    mut notes: Vec<&'static str>,
) -> Result<String, Refused> {
    let (is_utf8, room) = room(mail);
    // What has to be escaped takes up to six times its room; a mail full of it would take more memory than a mail may.
    let mail_bytes = usize::try_from(limits.mail_bytes).unwrap_or(usize::MAX);
    let most = mail_bytes.saturating_mul(2).saturating_add(64 << 10);
    if room > most {
        return Err(refuse("email::too-large", format!("as text the mail has {room} bytes, more than {most}")));
    }
    let Some(root) = parts.first() else { return Err(refuse("email::no-header", "it has no head".to_owned())) };
    let fields = &root.fields;
    let Bodies { parts: listed, text: said, delivery, attachments } = bodies::read(mail, parts, limits, &mut notes);
    let reply = replies::split(&said);
    let mut text = replies::without_marks(&said);
    let (mut new_text, mut quoted, mut signature) = (reply.new, reply.quoted, reply.signature);
    let mut is_cut = false;
    for (text, most) in
        [(&mut text, MOST_TEXT), (&mut new_text, MOST_TEXT), (&mut quoted, MOST_TEXT), (&mut signature, 4096)]
    {
        is_cut |= cut(text, most);
    }
    if is_cut {
        notes.push("text-cut");
    }
    let (sent_at, sent_at_raw) = moments::sent(fields, &mut notes);
    let received_at = moments::received(fields).or_else(|| internal_date.filter(|_| sent_at_raw.is_none()));
    let mut people = |name: &str| somebodies(fields.people(name), &mut notes);
    let (from, sender, reply_to) = (people("from"), people("sender"), people("reply-to"));
    let (to, cc, bcc) = (people("to"), people("cc"), people("bcc"));
    if from.is_empty() {
        notes.push("from-missing");
    }
    let message_id = fields.ids("message-id").into_iter().next();
    if message_id.is_none() {
        notes.push("message-id-missing");
    }
    let report_type =
        fields.content_type().and_then(|declared| declared.parameter("report-type").map(str::to_lowercase));
    let headers = headers(fields, &mut notes);
    if parts.iter().skip(1).any(|part| part.within > 0) {
        notes.push("nested-mail");
    }
    notes.sort_unstable();
    notes.dedup();
    let payload = Payload {
        format: 1,
        sha256: Digest::of(mail).to_string(),
        bytes: mail.len(),
        message_id,
        in_reply_to: fields.ids("in-reply-to"),
        references: fields.ids("references"),
        thread_index: thread_index(fields),
        subject: fields.text("subject").map(|mut subject| {
            cut(&mut subject, MOST_HEADER);
            subject
        }),
        sent_at,
        sent_at_raw,
        received_at,
        from,
        sender,
        reply_to,
        to,
        cc,
        bcc,
        return_path: return_path(fields),
        headers,
        authentication: evidence::authentication(fields),
        content_type: &root.content_type,
        report_type,
        text,
        new_text,
        quoted_text: Some(quoted).filter(|text| !text.is_empty()),
        signature: Some(signature).filter(|text| !text.is_empty()),
        delivery,
        parts: listed,
        attachments,
        notes,
    };
    let told = serde_json::to_string(&payload).expect("texts, numbers and lists are JSON");
    Ok(with_raw(&told, mail, is_utf8, room))
}

/// Whether the mail is UTF-8, and how many bytes it has as the content of a JSON string.
fn room(mail: &[u8]) -> (bool, usize) {
    let is_utf8 = std::str::from_utf8(mail).is_ok();
    let extra = |byte: &u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 8 | 12 => 1,
        0..=31 => 5,
        128..=255 if !is_utf8 => 1,
        _ => 0,
    };
    (is_utf8, mail.len() + mail.iter().map(extra).sum::<usize>())
}

/// Appends the mail itself: as text, or where it is none, every byte as the character of that number.
fn with_raw(told: &str, mail: &[u8], is_utf8: bool, room: usize) -> String {
    let open = told.strip_suffix('}').expect("an object ends with a brace");
    let mut out = String::with_capacity(open.len() + room + 64);
    out.push_str(open);
    out.push_str(",\"raw\":\"");
    match std::str::from_utf8(mail) {
        Ok(text) if is_utf8 => escape(text, &mut out),
        _ => mail.chunks(64 << 10).for_each(|chunk| escape(&encoding_rs::mem::decode_latin1(chunk), &mut out)),
    }
    out.push_str(if is_utf8 { "\",\"raw_encoding\":\"utf-8\"}" } else { "\",\"raw_encoding\":\"latin-1\"}" });
    out
}

/// Runs of what stands for itself are most of a mail.
fn escape(text: &str, out: &mut String) {
    let is_plain = |byte: &u8| *byte >= 32 && *byte != b'"' && *byte != b'\\';
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| !is_plain(&byte)) {
        out.push_str(&rest[..at]);
        escape_byte(rest.as_bytes()[at], out);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

fn escape_byte(byte: u8, out: &mut String) {
    match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        8 => out.push_str("\\b"),
        12 => out.push_str("\\f"),
        0..=31 => {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            out.push_str("\\u00");
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        byte => out.push(char::from(byte)),
    }
}

fn somebodies(people: Vec<Person>, notes: &mut Vec<&'static str>) -> Vec<Somebody> {
    let mut shown = |text: Option<String>, most: usize| {
        let text = text?;
        let mut visible = bodies::visible(&text);
        if visible != text {
            notes.push("text-direction-changed");
        }
        cut(&mut visible, most);
        Some(visible)
    };
    let somebody = |person: Person| Somebody { name: shown(person.name, 255), address: shown(person.address, 320) };
    people.into_iter().take(200).map(somebody).collect()
}

/// The first 22 bytes of `Thread-Index`, which all mails of a conversation have in common.
fn thread_index(fields: &Fields<'_>) -> Option<String> {
    let bytes = super::transfer::base64(fields.text("thread-index")?.as_bytes()).0;
    bytes.get(..22).map(|bytes| HEXLOWER.encode(bytes))
}

/// Empty for `<>`: nobody is to be answered.
fn return_path(fields: &Fields<'_>) -> Option<String> {
    let text = fields.text("return-path")?;
    let inner = text.trim().trim_start_matches('<').trim_end_matches('>').trim();
    let mut path =
        inner.rsplit_once('@').map_or_else(|| inner.to_owned(), |(l, d)| format!("{l}@{}", d.to_lowercase()));
    cut(&mut path, 320);
    Some(path)
}

fn headers<'a>(fields: &'a Fields<'_>, notes: &mut Vec<&'static str>) -> BTreeMap<&'a str, Vec<String>> {
    let mut headers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let (mut room, mut is_cut) = (MOST_HEADERS, false);
    for (name, raw) in fields.iter().filter(|(name, _)| !TOLD_ELSEWHERE.contains(name)) {
        let (_, is_guessed) = words::raw_text(raw, None);
        if is_guessed {
            notes.push("charset-guessed");
        }
        let mut value = words::text(raw, None);
        is_cut |= cut(&mut value, MOST_HEADER);
        let Some(left) = room.checked_sub(name.len() + value.len()) else {
            is_cut = true;
            continue;
        };
        room = left;
        headers.entry(name).or_default().push(value);
    }
    if is_cut {
        notes.push("headers-cut");
    }
    headers
}
