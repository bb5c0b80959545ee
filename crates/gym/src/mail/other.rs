//! Mails that belong to no ticket, and the bodies that machines make.

use super::cast::{Mailbox, SINCE, SUPPLIERS, US, supplier};
use super::encode::Transfer;
use super::making::{Making, Note};
use super::message::{Draft, Entity};
use super::oracle::Class;
use super::quote::Client;
use crate::dice::Dice;
use jiff::{SignedDuration, Timestamp};

/// Who returns what cannot be delivered.
pub(super) const MAILER_DAEMON: Mailbox =
    Mailbox { name: "Mail Delivery System", address: "MAILER-DAEMON@mx.hansa-logistik.example" };
const NEWS: Mailbox = Mailbox { name: "Velo Apps News", address: "news@velo-apps.example" };
const REPORTS: Mailbox = Mailbox { name: "Brava Reporting", address: "reports@brava-services.example" };
const MONITORING: Mailbox = Mailbox { name: "Monitoring", address: "monitoring@ostwind-hosting.example" };

const DAY: i64 = 86_400;

/// Newsletters, reports of every month, a thread of a mailing list.
pub(super) fn regular(making: &mut Making) {
    for month in 0..3_i64 {
        let at = SINCE + SignedDuration::from_secs(month * 30 * DAY + 7 * 3_600);
        newsletter(making, at, month);
        report(making, at + SignedDuration::from_secs(3_600), month);
    }
    let at = SINCE + SignedDuration::from_secs(40 * DAY);
    let first = list_mail(making, at, "Maintenance window in May", None);
    list_mail(making, at + SignedDuration::from_secs(DAY), "Re: Maintenance window in May", Some(first));
}

fn newsletter(making: &mut Making, at: Timestamp, month: i64) {
    let text = format!(
        "What is new at Velo Apps, number {}.\n\nNew charts, fewer clicks.\n\nUnsubscribe: https://velo-apps.example/u",
        month + 1
    );
    let body = making.machine(&text);
    let mut draft = making.draft(at, NEWS, &[US.desk], "Velo Apps Newsletter", body);
    draft.message_id = Some(format!("news.{:016x}@velo-apps.example", making.dice.bits()));
    draft.more = vec![
        ("List-Id", "Velo Apps News <news.velo-apps.example>".into()),
        ("List-Unsubscribe", "<https://velo-apps.example/u>".into()),
        ("Precedence", "bulk".into()),
    ];
    making.add(draft, Note::of(&format!("newsletter-{month}"), Class::List));
}

fn list_mail(making: &mut Making, at: Timestamp, subject: &str, parent: Option<String>) -> String {
    let body = making.machine("The window moves to Sunday, 02:00 to 04:00 UTC.");
    let from = SUPPLIERS[supplier("pinion")].people[usize::from(parent.is_some())];
    let list = Mailbox { name: "Announcements", address: "announce@lists.pinion-cloud.example" };
    let mut draft = making.draft(at, from, &[list], subject, body);
    let id = format!("{:016x}@lists.pinion-cloud.example", making.dice.bits());
    let is_answer = parent.is_some();
    draft.message_id = Some(id.clone());
    draft.in_reply_to.clone_from(&parent);
    draft.references = parent.into_iter().collect();
    draft.more = vec![
        ("List-Id", "Announcements <announce.lists.pinion-cloud.example>".into()),
        ("List-Post", "<mailto:announce@lists.pinion-cloud.example>".into()),
        ("Precedence", "list".into()),
    ];
    // What a person answers there is what a person wrote, whatever headers the list adds.
    let class = if is_answer { Class::Human } else { Class::List };
    making.add(draft, Note::of("list-thread", class));
    id
}

fn report(making: &mut Making, at: Timestamp, month: i64) {
    let mut table = String::from("Number;Opened;Resolved;Priority\r\n");
    for row in 0..12 {
        let (number, day) = (making.dice.below(9_999), 1 + making.dice.below(27));
        table.push_str(&format!("INC009{number:04};2026-{:02}-{day:02} 08:{row:02};;P3\r\n", month + 3));
    }
    let text = Entity::text(
        "plain",
        "Please find attached the service report of last month.",
        super::encode::Charset::Utf8,
        Transfer::EightBit,
    );
    let name = format!("service-report-2026-{:02}.csv", month + 3);
    let body = Entity::many("mixed", vec![text, Entity::file("text/csv", &name, table.as_bytes())], &mut making.dice);
    let mut draft =
        making.draft(at, REPORTS, &[US.desk], &format!("Monthly service report 2026-{:02}", month + 3), body);
    draft.message_id = Some(format!("report.{:016x}@brava-services.example", making.dice.bits()));
    draft.more.push(("Auto-Submitted", "auto-generated".into()));
    making.add(draft, Note::of(&format!("report-{month}"), Class::Report));
}

/// So many alerts within a minute, each for itself.
pub(super) fn flood(making: &mut Making, alerts: u32) {
    let begin = SINCE + SignedDuration::from_secs(50 * DAY + 3 * 3_600);
    for nth in 0..alerts {
        let at = begin + SignedDuration::from_millis(i64::from(nth) * 60_000 / i64::from(alerts));
        let at = Timestamp::from_second(at.as_second()).expect("a moment of the estate");
        let host = making.dice.below(40);
        let body = making.machine(&format!("CRITICAL: check {nth} on srv-web-{host}: no answer"));
        // Most have the same subject.
        let subject = if nth % 5 == 0 {
            format!("PROBLEM srv-web-{} is DOWN", nth % 40)
        } else {
            "PROBLEM: service check failed".into()
        };
        let mut draft = making.draft(at, MONITORING, &[US.desk], &subject, body);
        draft.message_id = Some(format!("{:016x}.{nth}@mon.ostwind-hosting.example", making.dice.bits()));
        draft.more.push(("Auto-Submitted", "auto-generated".into()));
        let mut note = Note::of(&format!("alert-{nth}"), Class::Notification);
        note.odd.push("flood");
        making.add(draft, note);
    }
}

/// Mails within mails, hundreds deep and hundreds wide.
pub(super) fn bombs(making: &mut Making) {
    let deep = (0..300)
        .fold(Entity::text("plain", "boom", super::encode::Charset::Utf8, Transfer::EightBit), |inner, _| {
            Entity::many("mixed", vec![inner], &mut making.dice)
        });
    let leaf = || Entity::text("plain", "boom", super::encode::Charset::Utf8, Transfer::EightBit);
    let wide = Entity::many("mixed", (0..1_500).map(|_| leaf()).collect(), &mut making.dice);
    for (nth, body) in [deep, wide].into_iter().enumerate() {
        let at = SINCE + SignedDuration::from_secs(60 * DAY + nth as i64);
        let from = super::cast::STRANGERS[1];
        let mut draft = making.draft(at, from, &[US.desk], "Angebot", body);
        draft.message_id = Some(format!("bomb{nth}.{:016x}@unbekannt.example", making.dice.bits()));
        let mut note = Note::of(&format!("bomb-{nth}"), Class::Human);
        note.odd.push("bomb");
        making.add(draft, note);
    }
}

/// The body of a report of non-delivery: RFC 3464.
pub(super) fn bounce_body(making: &mut Making, original: &Draft, id: &str) -> Entity {
    let text = "This is the mail system at host mx.hansa-logistik.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<old.colleague@elsewhere.example>: host mx.elsewhere.example said: 550 5.1.1 User unknown";
    let status = "Reporting-MTA: dns; mx.hansa-logistik.example\r\n\r\nFinal-Recipient: rfc822; old.colleague@elsewhere.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n";
    let mut head = Draft { body: Entity::plain("text/plain", Vec::new()), ..original.clone() };
    head.message_id = Some(id.to_owned());
    let parts = vec![
        making.machine(text),
        Entity::plain("message/delivery-status", status.as_bytes().to_vec()),
        Entity::plain("text/rfc822-headers", head.bytes(&mut making.dice)),
    ];
    Entity::many("report; report-type=delivery-status", parts, &mut making.dice)
}

/// A person of ours passes a mail of one supplier on to another one, as a mail within a mail.
pub(super) fn forward(making: &mut Making, nth: u64) {
    let notifications: Vec<usize> = (0..making.mails.len())
        .filter(|at| making.mails[*at].1.class == Class::Notification && making.mails[*at].1.ticket.is_some())
        .collect();
    if notifications.is_empty() {
        return;
    }
    let inner = making.mails[making.dice.pick(&notifications)].0.clone();
    let ticket_party = SUPPLIERS.iter().find(|party| party.desk == inner.from);
    let other = &SUPPLIERS[ticket_party.map_or(0, |party| super::making::other_desk(&mut making.dice, party))];
    let at = inner.arrives + SignedDuration::from_secs(7_200);
    let from = making.dice.pick(US.people);
    let text = making.machine("zur Kenntnis, betrifft das auch euch?\n\nGruß");
    let bytes = inner.bytes(&mut making.dice);
    let body = Entity::many("mixed", vec![text, Entity::plain("message/rfc822", bytes)], &mut making.dice);
    let to = other.people[0];
    let mut draft = making.draft(at, from, &[to], &format!("Zur Kenntnis ({nth})"), body);
    draft.cc.push(US.desk);
    draft.message_id = Some(Client::Thunderbird.message_id(US.domain, &mut making.dice));
    let mut note = Note::of(&format!("forward-{nth}"), Class::Human);
    note.odd.push("forward");
    making.add(draft, note);
}

/// Two faults with one subject in one second, by mails without Message-ID.
pub(super) fn one_second(making: &mut Making) {
    let at = SINCE + SignedDuration::from_secs(20 * DAY + 9 * 3_600);
    let from = SUPPLIERS[supplier("delmare")].people[0];
    for (nth, what) in ["la caisse 3 ne démarre plus", "la caisse 7 ne démarre plus"].iter().enumerate() {
        let body = making.machine(&format!("Bonjour,\n\n{what}."));
        let draft = making.draft(at, from, &[US.desk], "Panne caisse", body);
        let mut note = Note::of(&format!("one-second-{nth}"), Class::Human);
        note.odd.push("one-second");
        making.add(draft, note);
    }
}

/// The moment of a forged mail: some time after the one that it imitates.
pub(super) fn later(dice: &mut Dice, at: Timestamp) -> Timestamp {
    at + SignedDuration::from_secs(600 + dice.below(20_000) as i64)
}
