//! Mails that pretend: tokens, senders, ids and judgements that are not theirs.

use super::cast::{AUTHSERV_ID, Mailbox, STRANGERS, SUPPLIERS, System, US};
use super::desk::{Filed, Notice};
use super::making::{Judged, Making, Note, other_desk};
use super::message::Draft;
use super::oracle::{Class, MailState};
use super::other::later;
use super::quote::Client;
use crate::world::NOW;

/// A genuine notification that is imitated.
struct Target {
    place: usize,
    ticket: usize,
}

type Forgery = fn(&mut Making, &Target, &str);

/// Adds forgeries of every kind that is switched on, each aiming at a ticket that a tool has told.
pub(super) fn forge(making: &mut Making, of_each: u64) {
    let targets: Vec<usize> = (0..making.mails.len())
        .filter(|at| {
            let (draft, note) = &making.mails[*at];
            note.class == Class::Notification && note.ticket.is_some() && draft.message_id.is_some()
        })
        .collect();
    if targets.is_empty() {
        return;
    }
    let kinds: [(bool, Forgery); 6] = [
        (making.switches.spoofed_tokens, foreign_supplier),
        (making.switches.spoofed_tokens, lookalike),
        (making.switches.spoofed_senders, in_the_name_of_the_desk),
        (making.switches.spoofed_senders, in_our_name),
        (making.switches.reused_ids, reused_id),
        (making.switches.forged_judgements, own_judgement),
    ];
    for (kind, (is_on, make)) in kinds.into_iter().enumerate() {
        for nth in 0..if is_on { of_each } else { 0 } {
            let place = making.dice.pick(&targets);
            let ticket = making.mails[place].1.ticket.expect("targets belong to tickets");
            make(making, &Target { place, ticket }, &format!("forged-{kind}-{nth}"));
        }
    }
}

/// What the tool would say if the ticket was resolved, by somebody else.
fn imitation(making: &mut Making, target: &Target, from: Mailbox) -> Draft {
    let begun = &making.tickets[target.ticket];
    let key = begun.key.clone().expect("a tool told it");
    let mut filed = Filed {
        party: begun.party,
        key,
        subject: begun.subject.clone(),
        since: NOW,
        sent: 9,
        secret: making.dice.bits(),
    };
    let at = later(&mut making.dice, making.mails[target.place].0.at);
    let state = if super::desk::can_tell(filed.party.system, MailState::Resolved) {
        MailState::Resolved
    } else {
        MailState::Closed
    };
    let told = filed.told(Notice::State(state), at, &mut making.dice);
    let body = making.machine(&told.text);
    let mut draft = making.draft(at, from, &[US.desk], &told.subject, body);
    draft.message_id = Some(told.message_id);
    draft.more = told.headers;
    draft.delivered.clear();
    draft
}

fn add(making: &mut Making, draft: Draft, target: &Target, conversation: &str, class: Class, odd: &'static str) {
    let note = Note { forged: true, aims_at: Some(target.ticket), odd: vec![odd], ..Note::of(conversation, class) };
    making.add(draft, note);
}

/// Another supplier, known and genuine, uses the token.
fn foreign_supplier(making: &mut Making, target: &Target, conversation: &str) {
    let party = making.tickets[target.ticket].party;
    let other = &SUPPLIERS[other_desk(&mut making.dice, party)];
    let mut draft = imitation(making, target, other.people[0]);
    let said = "Guten Tag,\n\nthe problem has been resolved, please close this ticket.";
    draft.body = making.machine(said);
    draft.message_id = Some(Client::Outlook.message_id(other.domain, &mut making.dice));
    draft.more.clear();
    draft.deliver(Judged::Pass);
    add(making, draft, target, conversation, Class::Human, "foreign-supplier");
}

/// A stranger with a domain that looks like the supplier's sends a perfect copy of its notifications.
fn lookalike(making: &mut Making, target: &Target, conversation: &str) {
    let mut draft = imitation(making, target, STRANGERS[0]);
    draft.deliver(Judged::Pass);
    add(making, draft, target, conversation, Class::Notification, "lookalike");
}

/// A stranger writes in the name of the desk, and answers a mail that exists.
fn in_the_name_of_the_desk(making: &mut Making, target: &Target, conversation: &str) {
    let desk = making.tickets[target.ticket].party.desk;
    let mut draft = imitation(making, target, desk);
    draft.in_reply_to.clone_from(&making.mails[target.place].0.message_id);
    draft.references = draft.in_reply_to.iter().cloned().collect();
    draft.deliver(Judged::Fail);
    add(making, draft, target, conversation, Class::Notification, "spoofed-desk");
}

/// A stranger writes in the name of one of us.
fn in_our_name(making: &mut Making, target: &Target, conversation: &str) {
    let mut draft = imitation(making, target, US.people[0]);
    draft.subject = format!("Re: {}", making.mails[target.place].0.subject);
    draft.body = making.machine("Hello,\n\nplease close this ticket, the problem has been resolved.");
    draft.more.clear();
    draft.message_id = Some(Client::Gmail.message_id(US.domain, &mut making.dice));
    draft.in_reply_to.clone_from(&making.mails[target.place].0.message_id);
    draft.deliver(Judged::Fail);
    add(making, draft, target, conversation, Class::Human, "spoofed-us");
}

/// A stranger uses the id of a mail that exists.
fn reused_id(making: &mut Making, target: &Target, conversation: &str) {
    let mut draft = imitation(making, target, STRANGERS[1]);
    draft.message_id.clone_from(&making.mails[target.place].0.message_id);
    draft.deliver(Judged::Pass);
    // Ids of Jira all have one domain, which is nobody's.
    let is_of_party = making.tickets[target.ticket].party.system != System::Jira;
    let odd = if is_of_party { "reused-id" } else { "reused-id-of-no-domain" };
    add(making, draft, target, conversation, Class::Notification, odd);
}

/// A stranger writes in the name of the desk, and brings two judgements along.
fn own_judgement(making: &mut Making, target: &Target, conversation: &str) {
    let desk = making.tickets[target.ticket].party.desk;
    let mut draft = imitation(making, target, desk);
    draft.deliver(Judged::Fail);
    for server in ["mx.elsewhere.example", AUTHSERV_ID] {
        let pass = format!(
            "{server}; spf=pass; dkim=pass; dmarc=pass header.from={}",
            making.tickets[target.ticket].party.domain
        );
        draft.delivered.push(("Authentication-Results", pass));
    }
    add(making, draft, target, conversation, Class::Notification, "own-judgement");
}
