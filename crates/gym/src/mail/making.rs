//! An estate that is being made: drafts, and what is true of each.

use super::cast::{AUTHSERV_ID, Mailbox, Party, SUPPLIERS, US};
use super::encode::{Charset, Transfer, Words};
use super::message::{Draft, Entity, date};
use super::oracle::{Class, MailState};
use super::quote::{Client, Quoted, flowed, html, plain};
use super::switches::Switches;
use super::texts::farewell;
use crate::dice::Dice;
use jiff::{SignedDuration, Timestamp};

/// What is true of a draft; the rest is known when it is bytes.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) conversation: String,
    pub(super) ticket: Option<usize>,
    pub(super) class: Class,
    pub(super) forged: bool,
    pub(super) aims_at: Option<usize>,
    pub(super) tells: Option<MailState>,
    pub(super) odd: Vec<&'static str>,
}

impl Note {
    pub(super) fn of(conversation: &str, class: Class) -> Self {
        Self {
            conversation: conversation.to_owned(),
            ticket: None,
            class,
            forged: false,
            aims_at: None,
            tells: None,
            odd: Vec::new(),
        }
    }
}

/// A ticket on the way.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) party: &'static Party,
    pub(super) key: Option<String>,
    pub(super) subject: String,
    /// The places of its mails.
    pub(super) mails: Vec<usize>,
}

/// What everything is added to.
#[derive(Debug)]
pub(super) struct Making {
    pub(super) dice: Dice,
    pub(super) switches: Switches,
    pub(super) mails: Vec<(Draft, Note)>,
    pub(super) tickets: Vec<Begun>,
}

/// What the judgement of our mail server says of a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    Pass,
    Fail,
    Not,
}

impl Making {
    /// Whether something strange happens, where its switch is on.
    pub(super) fn oddly(&mut self, switch: fn(&Switches) -> bool, permille: u32) -> bool {
        switch(&self.switches) && self.dice.chance(permille)
    }

    pub(super) fn add(&mut self, draft: Draft, note: Note) -> usize {
        let place = self.mails.len();
        if let Some(ticket) = note.ticket {
            self.tickets[ticket].mails.push(place);
        }
        self.mails.push((draft, note));
        place
    }

    /// A draft without a subject's burden: from somebody, to somebody, at a moment.
    pub(super) fn draft(&mut self, at: Timestamp, from: Mailbox, to: &[Mailbox], subject: &str, body: Entity) -> Draft {
        let is_ours = from.address.ends_with(US.domain);
        let arrives = at + SignedDuration::from_secs(1 + self.dice.below(20) as i64);
        let words = if self.oddly(|s| s.raw_headers, 150) {
            self.dice.pick(&[Words::Raw, Words::Split])
        } else {
            Words::Proper
        };
        let zone = if is_ours { "Europe/Berlin" } else { self.dice.pick(&["Europe/Berlin", "Europe/London", "UTC"]) };
        let mut draft = Draft {
            at,
            arrives,
            from,
            to: to.to_vec(),
            cc: Vec::new(),
            subject: subject.to_owned(),
            message_id: None,
            in_reply_to: None,
            references: Vec::new(),
            more: Vec::new(),
            delivered: Vec::new(),
            words,
            zone,
            body,
        };
        if !is_ours {
            let judged = if self.oddly(|s| s.unjudged, 100) { Judged::Not } else { Judged::Pass };
            draft.deliver(judged);
        }
        draft
    }

    /// The body of a mail by a person: what is said, what it answers, a signature.
    pub(super) fn written(
        &mut self,
        client: Client,
        party: &Party,
        from: Mailbox,
        said: &str,
        quoted: Option<&Quoted<'_>>,
    ) -> Entity {
        let tongue = party.tongue;
        let signature = if self.dice.chance(600) {
            format!("\n\n{}\n{}\n\n-- \n{}\n{} | {}", farewell(tongue), from.name, from.name, party.name, from.address)
        } else {
            format!("\n\n{}\n{}", farewell(tongue), from.name)
        };
        let said = format!("{said}{signature}");
        let text = quoted.map_or_else(|| said.clone(), |quoted| plain(client, tongue, &said, quoted));
        let charset = self.dice.pick(&[Charset::Utf8, Charset::Utf8, Charset::Latin1, Charset::Windows1252]);
        let transfer = self.dice.pick(&[Transfer::Quoted, Transfer::Quoted, Transfer::EightBit, Transfer::Base64]);
        match self.dice.weighted(&[5, 2, 2, 3]) {
            0 => Entity::text("plain", &text, charset, transfer),
            1 => {
                let mut entity = Entity::text("plain", flowed(&text).trim_end_matches('\n'), charset, transfer);
                entity.kind.push_str("; format=flowed");
                entity
            }
            2 => Entity::text("html", &html(client, tongue, &said, quoted), charset, transfer),
            _ => {
                let both = vec![
                    Entity::text("plain", &text, charset, transfer),
                    Entity::text("html", &html(client, tongue, &said, quoted), charset, transfer),
                ];
                Entity::many("alternative", both, &mut self.dice)
            }
        }
    }

    /// The body of a mail by a machine.
    pub(super) fn machine(&mut self, text: &str) -> Entity {
        Entity::text(
            "plain",
            text,
            Charset::Utf8,
            self.dice.pick(&[Transfer::Quoted, Transfer::EightBit, Transfer::Base64]),
        )
    }
}

impl Draft {
    /// Puts on top what mail servers add on the way.
    pub(super) fn deliver(&mut self, judged: Judged) {
        let domain = self.from.address.rsplit('@').next().unwrap_or_default();
        let when = date(self.arrives, "Europe/Berlin");
        self.delivered.push(("Return-Path", format!("<{}>", self.from.address)));
        self.delivered.push(("Received", format!("from mail.{domain} by {AUTHSERV_ID} with ESMTPS; {when}")));
        let results = match judged {
            Judged::Pass => {
                format!("spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain}; dmarc=pass header.from={domain}")
            }
            Judged::Fail => {
                format!("spf=fail smtp.mailfrom={domain}; dkim=none; dmarc=fail (p=none) header.from={domain}")
            }
            Judged::Not => return,
        };
        self.delivered.push(("Authentication-Results", format!("{AUTHSERV_ID}; {results}")));
    }
}

/// Another supplier than this one, with a tool of its own.
pub(super) fn other_desk(dice: &mut Dice, party: &Party) -> usize {
    loop {
        let at = dice.below(SUPPLIERS.len() as u64) as usize;
        if SUPPLIERS[at].id != party.id {
            return at;
        }
    }
}
