//! The fields of a mail's header.

use super::charset;
use super::payload::{Authentication, Mailbox, Notes, boundary_below};
use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use mail_parser::parsers::MessageStream;
use mail_parser::{Address, HeaderValue, Message, MessagePart, MimeHeaders as _};
use std::collections::BTreeMap;

/// Values of other fields that are kept, and how much of each, bytes. Everything is in the mail itself.
const MOST_VALUES: usize = 400;
const MOST_VALUE: usize = 4 << 10;

/// Ids that are kept of `References`: the first, which begins the conversation, and the last ones.
const MOST_REFERENCES: usize = 200;

/// Fields that have members of their own in the payload.
const APART: &[&str] = &[
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
    "authentication-results",
];

/// What a header says.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) message_id: Option<String>,
    pub(crate) in_reply_to: Vec<String>,
    pub(crate) references: Vec<String>,
    pub(crate) thread_index: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) sent_at: Option<Timestamp>,
    pub(crate) sent_at_raw: Option<String>,
    pub(crate) received_at: Option<Timestamp>,
    pub(crate) from: Vec<Mailbox>,
    pub(crate) sender: Vec<Mailbox>,
    pub(crate) reply_to: Vec<Mailbox>,
    pub(crate) to: Vec<Mailbox>,
    pub(crate) cc: Vec<Mailbox>,
    pub(crate) bcc: Vec<Mailbox>,
    pub(crate) return_path: Option<String>,
    pub(crate) headers: BTreeMap<String, Vec<String>>,
    pub(crate) authentication: Vec<Authentication>,
}

impl Fields {
    /// Reads the header of the mail itself; the first of two fields counts where there may be one.
    pub(crate) fn read(message: &Message<'_>, notes: &mut Notes) -> Self {
        let mut fields = Self::default();
        let mut n_values = 0;
        for header in message.headers() {
            let range = header.offset_start as usize..header.offset_end as usize;
            let raw = charset::header(message.raw_message().get(range).unwrap_or_default(), notes);
            let name = header.name.as_str().to_ascii_lowercase();
            fields.take(&name, &raw, notes);
            if !APART.contains(&name.as_str()) {
                n_values += 1;
                if n_values <= MOST_VALUES {
                    fields.headers.entry(name).or_default().push(value(&raw));
                } else {
                    notes.add("header-cut");
                }
            }
        }
        if fields.sent_at_raw.is_none() {
            notes.add("date-missing");
        }
        if fields.message_id.is_none() {
            notes.add("message-id-missing");
        }
        fields
    }

    fn take(&mut self, name: &str, raw: &[u8], notes: &mut Notes) {
        match name {
            "message-id" if self.message_id.is_none() => self.message_id = ids(raw).into_iter().next(),
            "in-reply-to" => add_ids(&mut self.in_reply_to, ids(raw)),
            "references" => add_ids(&mut self.references, ids(raw)),
            "thread-index" if self.thread_index.is_none() => self.thread_index = thread_index(raw),
            "subject" if self.subject.is_none() => self.subject = Some(visible(value(raw), notes)),
            "date" if self.sent_at_raw.is_none() => self.date(raw, notes),
            "received" if self.received_at.is_none() => self.received_at = received(raw),
            "return-path" if self.return_path.is_none() => self.return_path = Some(return_path(raw)),
            "from" => add(&mut self.from, raw, notes),
            "sender" => add(&mut self.sender, raw, notes),
            "reply-to" => add(&mut self.reply_to, raw, notes),
            "to" => add(&mut self.to, raw, notes),
            "cc" => add(&mut self.cc, raw, notes),
            "bcc" => add(&mut self.bcc, raw, notes),
            "authentication-results" if self.authentication.len() < 10 => {
                self.authentication.extend(authentication(&value(raw)));
            }
            _ => {}
        }
    }

    fn date(&mut self, raw: &[u8], notes: &mut Notes) {
        let text = value(raw);
        self.sent_at = date(raw);
        if self.sent_at.is_none() {
            notes.add("date-unreadable");
        } else if !has_zone(&text) {
            notes.add("date-without-zone");
        }
        self.sent_at_raw = Some(text);
    }
}

/// Whether anything in front of the first empty line is a field: a name of printable characters, and a colon (RFC 5322 2.2).
pub(crate) fn has_field(message: &Message<'_>) -> bool {
    message.headers().iter().any(|header| {
        let name = header.name.as_str();
        let is_field = message.raw_message().get((header.offset_start as usize).wrapping_sub(1)) == Some(&b':');
        is_field && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

/// The decoded and unfolded text of a field.
fn value(raw: &[u8]) -> String {
    let parsed = MessageStream::new(raw).parse_unstructured();
    let text = match &parsed {
        HeaderValue::Text(text) => text.as_ref(),
        _ => "",
    };
    let mut text = text.trim().to_owned();
    if text.len() > MOST_VALUE {
        text.truncate(boundary_below(&text, MOST_VALUE));
        text.push('…');
    }
    text
}

/// Ids in angle brackets; where there are none, the words. RFC 5322 3.6.4 allows no others, and some programs write them.
fn ids(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    let clean = |id: &str| id.split_whitespace().collect::<String>();
    let mut ids: Vec<String> = Vec::new();
    let mut rest = text.as_ref();
    while let Some((_, behind)) = rest.split_once('<') {
        let Some((id, after)) = behind.split_once('>') else { break };
        ids.push(clean(id.rsplit('<').next().unwrap_or(id)));
        rest = after;
    }
    if ids.is_empty() {
        ids = text.split_whitespace().filter(|word| word.contains('@')).map(clean).collect();
    }
    ids.retain(|id| !id.is_empty() && id.len() <= 998);
    ids
}

fn add_ids(to: &mut Vec<String>, ids: Vec<String>) {
    for id in ids {
        if !to.contains(&id) {
            if to.len() >= MOST_REFERENCES {
                to.remove(1);
            }
            to.push(id);
        }
    }
}

/// The first 22 bytes, which all mails of a conversation in Outlook share ([MS-OXOMSG] 2.2.1.3).
fn thread_index(raw: &[u8]) -> Option<String> {
    let text: String = String::from_utf8_lossy(raw).split_whitespace().collect();
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    Some(HEXLOWER.encode(bytes.get(..22)?))
}

fn received(raw: &[u8]) -> Option<Timestamp> {
    let text = String::from_utf8_lossy(raw);
    date(text.rsplit_once(';')?.1.as_bytes())
}

/// Empty for a mail that must not be answered (RFC 5321 4.5.5).
fn return_path(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    let inner = text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inner, _)| inner);
    inner.unwrap_or(&text).trim().to_owned()
}

fn date(raw: &[u8]) -> Option<Timestamp> {
    let parsed = MessageStream::new(raw).parse_date();
    let HeaderValue::DateTime(date) = parsed else { return None };
    // A leap second is the last second of its minute.
    let date = mail_parser::DateTime { second: date.second.min(59), ..date };
    if !date.is_valid() {
        return None;
    }
    Timestamp::from_second(date.to_timestamp()).ok()
}

/// Whether a date says how far it is from UTC: `+0200`, `GMT`, `EST`.
fn has_zone(text: &str) -> bool {
    let behind = text.rsplit_once(':').map_or(text, |(_, rest)| rest);
    behind.contains(['+', '-'])
        || behind.split_whitespace().skip(1).any(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn add(to: &mut Vec<Mailbox>, raw: &[u8], notes: &mut Notes) {
    let HeaderValue::Address(address) = MessageStream::new(raw).parse_address() else { return };
    let mut take = |one: &mail_parser::Addr<'_>| {
        let name = one.name.as_deref().map(|name| visible(name.to_owned(), notes));
        let address = one.address.as_deref().map(|address| lower_domain(address.trim()));
        if name.is_some() || address.is_some() {
            to.push(Mailbox { name, address });
        }
    };
    match &address {
        Address::List(list) => list.iter().for_each(&mut take),
        Address::Group(groups) => groups.iter().flat_map(|group| &group.addresses).for_each(&mut take),
    }
    to.truncate(MOST_VALUES);
}

fn lower_domain(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_ascii_lowercase()),
        None => address.to_owned(),
    }
}

/// `mx.acme.example; dmarc=pass (p=reject) header.from=a.example; spf=fail …`
fn authentication(text: &str) -> Option<Authentication> {
    let without_comments = without_comments(text);
    let mut parts = without_comments.split(';');
    let authserv_id = parts.next()?.split_whitespace().next()?.to_ascii_lowercase();
    let mut results = BTreeMap::new();
    for part in parts {
        let Some((method, result)) = part.split_whitespace().next().and_then(|word| word.split_once('=')) else {
            continue;
        };
        let method = method.split('/').next().unwrap_or(method).to_ascii_lowercase();
        results.entry(method).or_insert_with(|| result.to_ascii_lowercase());
    }
    Some(Authentication { authserv_id, results, raw: text.to_owned() })
}

fn without_comments(text: &str) -> String {
    let mut depth = 0_usize;
    text.chars()
        .filter(|c| {
            match c {
                '(' => depth += 1,
                ')' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}

/// A text without characters that change the order in which others are shown: they make `exe.fdp` of `pdf.exe`.
pub(crate) fn visible(text: String, notes: &mut Notes) -> String {
    const TURNING: &[char] =
        &['\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'];
    if !text.contains(TURNING) {
        return text;
    }
    notes.add("text-direction-changed");
    text.chars().map(|c| if TURNING.contains(&c) { '\u{fffd}' } else { c }).collect()
}

/// The media type of a part, lower case; what RFC 2045 5.2 says where none stands there.
pub(crate) fn content_type(part: &MessagePart<'_>) -> String {
    match part.content_type() {
        Some(found) => {
            let sub = found.subtype().unwrap_or("plain");
            format!("{}/{sub}", found.ctype()).to_ascii_lowercase()
        }
        None => "text/plain".to_owned(),
    }
}

/// A parameter of the media type.
pub(crate) fn parameter(part: &MessagePart<'_>, name: &str) -> Option<String> {
    part.content_type().and_then(|found| found.attribute(name)).map(str::to_ascii_lowercase)
}
