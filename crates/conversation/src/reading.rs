//! Reads one mail: what class it is, which nodes it claims, what state it tells. It knows no other mail.

mod spots;

use crate::claims::{self, Claims};
use crate::directory::{Directory, Owner};
use crate::document::{Attachment, Entry};
use crate::payload::Payload;
use crate::rules::{Class, Direction, Rules, StateRule, When};
use crate::trust::{Trust, trust};
use counterfoil_record::Digest;
use jiff::Timestamp;
pub(crate) use spots::{Mail, cut};

/// Rules of states of one mail; nothing needs more.
const SIGNALS: usize = 8;

/// What is kept of the recipients and the attachments of one mail.
const RECIPIENTS: usize = 12;
const ATTACHMENTS: usize = 50;

/// A mail as an entry of a conversation, as if it were alone.
pub(crate) fn read(rules: &Rules, directory: &Directory, id: &str, text: &str) -> Entry {
    let (payload, note) = match serde_json::from_str::<Payload<'_>>(text) {
        Ok(payload) => (payload, None),
        Err(_) => (Payload::default(), Some("payload-unreadable".to_owned())),
    };
    let mail = Mail::new(&payload, directory, rules);
    let trust = trust(&payload, directory);
    let (class, system, rule, confidence) = classify(&mail, rules);
    let at = instant(&payload, rules);
    let Claims { nodes, keys, mentions } = claims::of(&mail, class, system, trust, at, rules, directory);
    let limits = rules.limits();
    let written = mail.new_text();
    let content = Digest::of_parts(&[
        payload.sender().unwrap_or_default().as_bytes(),
        payload.subject.as_deref().unwrap_or_default().as_bytes(),
        written.as_bytes(),
    ]);
    Entry {
        id: id.to_owned(),
        at,
        from: payload.from.first().and_then(|one| one.address.as_deref()).map(|address| cut(address, 320).to_owned()),
        to: payload.recipients().take(RECIPIENTS).map(|address| cut(address, 320).to_owned()).collect(),
        party: mail.party.map(str::to_owned),
        direction: Some(mail.direction),
        class,
        system: system.map(str::to_owned),
        rule: rule.to_owned(),
        confidence,
        trust,
        subject: payload.subject.as_deref().map(|subject| cut(subject, limits.line_bytes).to_owned()),
        text: cut(written, limits.stored_text_bytes).to_owned(),
        message_id: payload.message_id.as_deref().map(|id| cut(id, limits.line_bytes).to_owned()),
        content: content.short(),
        nodes,
        keys,
        signals: signals(&mail, class, system, rules),
        priority: rules.priorities().iter().find(|rule| mail.fits(&rule.when)).map(|rule| rule.value.clone()),
        mentions,
        attachments: attachments(&payload),
        notes: payload.notes.iter().take(20).map(|note| cut(note, 200).to_owned()).chain(note).collect(),
        joined_by: None,
        copy_of: None,
        in_loop: false,
    }
}

/// The first rule that fits; what fits none was written by a person. What a program wrote for a program is a report: the
/// tickets in it are read from its body, and not once more from its subject.
pub(crate) fn classify<'r>(mail: &Mail<'_>, rules: &'r Rules) -> (Class, Option<&'r str>, &'r str, u8) {
    if let Some(rule) = rules.structured().iter().find(|rule| mail.fits(&rule.when)) {
        return (Class::Report, None, &rule.name, rule.confidence);
    }
    match rules.classes().iter().find(|rule| mail.fits(&rule.when)) {
        Some(rule) => (rule.class, rule.system.as_deref(), &rule.name, rule.confidence),
        None => (Class::Human, None, "no-other-class", 60),
    }
}

/// The rules of states that this mail would tell, if they hold in its conversation as well.
fn signals(mail: &Mail<'_>, class: Class, system: Option<&str>, rules: &Rules) -> Vec<String> {
    let direction = mail.direction;
    let fits = |rule: &&StateRule| {
        (rule.classes.is_empty() || rule.classes.contains(&class))
            && (rule.systems.is_empty() || system.is_some_and(|system| rule.systems.iter().any(|one| one == system)))
            && (rule.directions.is_empty() || rule.directions.contains(&direction))
            && mail.fits(&rule.when)
    };
    rules.states().iter().filter(fits).take(SIGNALS).map(|rule| rule.name.clone()).collect()
}

/// When it was written: `Date`, unless our server received it at quite another time, because anybody can write a date.
pub(crate) fn instant(payload: &Payload<'_>, rules: &Rules) -> Option<Timestamp> {
    let read = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref()?.parse::<Timestamp>().ok();
    match (read(&payload.sent_at), read(&payload.received_at)) {
        (Some(sent), Some(received)) => {
            let apart = sent.duration_since(received).abs();
            Some(if apart <= rules.limits().clock_tolerance { sent } else { received })
        }
        (sent, received) => sent.or(received),
    }
}

fn attachments(payload: &Payload<'_>) -> Vec<Attachment> {
    let attached = payload.parts.iter().filter(|part| matches!(part.role.as_deref(), Some("attachment" | "tnef")));
    let text = |value: &Option<std::borrow::Cow<'_, str>>| value.as_deref().map(|value| cut(value, 300).to_owned());
    let attached = attached.take(ATTACHMENTS).map(|part| Attachment {
        name: text(&part.name),
        media_type: text(&part.media_type),
        bytes: part.bytes,
        sha256: text(&part.sha256),
    });
    attached.collect()
}

impl Mail<'_> {
    pub(crate) fn fits(&self, when: &When) -> bool {
        when.all.iter().all(|test| self.has(test))
            && (when.any.is_empty() || when.any.iter().any(|test| self.has(test)))
            && !when.none.iter().any(|test| self.has(test))
    }
}

/// Which way a mail goes. One without any recipient to be seen is in our mailbox, so it is to us.
pub(crate) fn direction(payload: &Payload<'_>, directory: &Directory) -> Direction {
    let ours = |address: &str| matches!(directory.owner(address), Owner::Ours(_));
    if payload.sender().is_some_and(ours) {
        return Direction::Outbound;
    }
    let mut recipients = payload.recipients().peekable();
    if recipients.peek().is_none() || recipients.any(ours) { Direction::Inbound } else { Direction::Foreign }
}

/// Whether nobody may believe that it is from whom it says.
pub(crate) fn is_forged(trust: Trust) -> bool {
    trust == Trust::Fail
}
