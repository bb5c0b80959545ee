//! A mail before it is bytes, and its bytes.

use super::cast::Mailbox;
use super::encode::{Charset, Transfer, Words, header, header_text};
use crate::dice::Dice;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A mail before it is bytes.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// Its `Date`.
    pub(super) at: Timestamp,
    /// When it reached the mailbox; the order of arrival.
    pub(super) arrives: Timestamp,
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) cc: Vec<Mailbox>,
    pub(super) subject: String,
    pub(super) message_id: Option<String>,
    pub(super) in_reply_to: Option<String>,
    pub(super) references: Vec<String>,
    /// Further headers, in order.
    pub(super) more: Vec<(&'static str, String)>,
    /// What stands above it since it was delivered, top first.
    pub(super) delivered: Vec<(&'static str, String)>,
    pub(super) words: Words,
    /// Where the sender's clock stands.
    pub(super) zone: &'static str,
    pub(super) body: Entity,
}

/// A part, or all of the body.
#[derive(Debug, Clone)]
pub(super) struct Entity {
    /// The value of `Content-Type`, for one of many parts without its boundary.
    pub(super) kind: String,
    /// Further headers of the part.
    pub(super) more: Vec<(&'static str, String)>,
    pub(super) content: Content,
}

/// What is in a part.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Bytes, in their transfer encoding.
    Leaf(Transfer, Vec<u8>),
    /// A mail, or a part of one, as it is.
    Plain(Vec<u8>),
    /// Parts, with the boundary between them.
    Many(String, Vec<Entity>),
}

impl Entity {
    /// A text with lines that end with `\n`.
    pub(super) fn text(subtype: &str, text: &str, wanted: Charset, transfer: Transfer) -> Self {
        let charset = wanted.that_fits(text);
        let lines = text.replace('\n', "\r\n") + "\r\n";
        Self {
            kind: format!("text/{subtype}; charset={}", charset.name()),
            more: Vec::new(),
            content: Content::Leaf(transfer, charset.bytes(&lines)),
        }
    }

    /// Several parts; the boundary is drawn.
    pub(super) fn many(subtype: &str, parts: Vec<Entity>, dice: &mut Dice) -> Self {
        let boundary = format!("=_{:016x}", dice.bits());
        Self { kind: format!("multipart/{subtype}"), more: Vec::new(), content: Content::Many(boundary, parts) }
    }

    /// A file.
    pub(super) fn file(kind: &str, name: &str, bytes: &[u8]) -> Self {
        Self {
            kind: format!("{kind}; name=\"{name}\""),
            more: vec![("Content-Disposition", format!("attachment; filename=\"{name}\""))],
            content: Content::Leaf(Transfer::Base64, bytes.to_vec()),
        }
    }

    /// A mail or a part of one, as it is.
    pub(super) fn plain(kind: &str, bytes: Vec<u8>) -> Self {
        Self { kind: kind.to_owned(), more: Vec::new(), content: Content::Plain(bytes) }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match &self.content {
            Content::Leaf(transfer, bytes) => {
                out.extend(header("Content-Type", self.kind.as_bytes()));
                out.extend(header("Content-Transfer-Encoding", transfer.name().as_bytes()));
                self.write_more(out);
                out.extend_from_slice(&transfer.bytes(bytes));
            }
            Content::Plain(bytes) => {
                out.extend(header("Content-Type", self.kind.as_bytes()));
                self.write_more(out);
                out.extend_from_slice(bytes);
            }
            Content::Many(boundary, parts) => {
                out.extend(header("Content-Type", format!("{}; boundary=\"{boundary}\"", self.kind).as_bytes()));
                self.write_more(out);
                for part in parts {
                    out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
                    part.write(out);
                    if !out.ends_with(b"\r\n") {
                        out.extend_from_slice(b"\r\n");
                    }
                }
                out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
            }
        }
    }

    fn write_more(&self, out: &mut Vec<u8>) {
        for (name, value) in &self.more {
            out.extend(header(name, value.as_bytes()));
        }
        out.extend_from_slice(b"\r\n");
    }
}

impl Draft {
    /// The mail as a server holds it: RFC 5322, lines that end with CRLF.
    pub(super) fn bytes(&self, dice: &mut Dice) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, value) in &self.delivered {
            out.extend(header(name, value.as_bytes()));
        }
        out.extend(header("Date", date(self.at, self.zone).as_bytes()));
        out.extend(header("From", &self.boxes(&[self.from], dice)));
        for (name, boxes) in [("To", &self.to), ("Cc", &self.cc)] {
            if !boxes.is_empty() {
                out.extend(header(name, &self.boxes(boxes, dice)));
            }
        }
        if let Some(id) = &self.message_id {
            out.extend(header("Message-ID", format!("<{id}>").as_bytes()));
        }
        if let Some(id) = &self.in_reply_to {
            out.extend(header("In-Reply-To", format!("<{id}>").as_bytes()));
        }
        if !self.references.is_empty() {
            let all: Vec<String> = self.references.iter().map(|id| format!("<{id}>")).collect();
            out.extend(header("References", all.join(" ").as_bytes()));
        }
        out.extend(header("Subject", &header_text(&self.subject, self.words, dice)));
        for (name, value) in &self.more {
            out.extend(header(name, &header_text(value, Words::Proper, dice)));
        }
        out.extend_from_slice(b"MIME-Version: 1.0\r\n");
        self.body.write(&mut out);
        out
    }

    fn boxes(&self, boxes: &[Mailbox], dice: &mut Dice) -> Vec<u8> {
        let mut out = Vec::new();
        for one in boxes {
            if !out.is_empty() {
                out.extend_from_slice(b", ");
            }
            out.extend(header_text(one.name, self.words, dice));
            out.extend_from_slice(format!(" <{}>", one.address).as_bytes());
        }
        out
    }
}

/// A moment as RFC 5322 writes it.
pub(super) fn date(at: Timestamp, zone: &str) -> String {
    let zone = TimeZone::get(zone).expect("the time zone database is built in");
    at.to_zoned_datetime(zone).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_headers_an_empty_line_and_parts() {
        let mut dice = Dice::new(1, 1);
        let text = Entity::text("plain", "Grüße\nzwei", Charset::Latin1, Transfer::Quoted);
        let file = Entity::file("text/csv", "a.csv", b"a;b\r\n");
        let body = Entity::many("mixed", vec![text, file], &mut dice);
        let at = Timestamp::from_second(1_777_586_400).unwrap();
        let draft = Draft {
            at,
            arrives: at,
            from: super::super::cast::US.people[2],
            to: vec![super::super::cast::GUEST],
            cc: Vec::new(),
            subject: "Störung".into(),
            message_id: Some("a@b".into()),
            in_reply_to: None,
            references: vec!["x@y".into(), "z@y".into()],
            more: vec![("X-Mailer", "none".into())],
            delivered: vec![("Return-Path", "<>".into())],
            words: Words::Split,
            zone: "Europe/Berlin",
            body,
        };
        insta::assert_snapshot!(String::from_utf8(draft.bytes(&mut dice)).unwrap().replace('\r', ""));
    }
}
