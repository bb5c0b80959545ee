//! A loop: two answering machines that thank each other.

use super::cast::US;
use super::life::Opening;
use super::making::{Begun, Making, Note};
use super::oracle::{Class, MailState};
use super::quote::Client;
use super::texts::{self, Say};
use crate::dice::Dice;
use jiff::SignedDuration;

/// How long from one mail of a loop to the next.
const LOOP_STEP_SECS: i64 = 7;

/// Two answering machines, ours and the supplier's, thank each other for a mail of ours until somebody stops one.
pub(super) fn quarrel(making: &mut Making, opening: &Opening, mails: u32) {
    let ticket = making.tickets.len();
    let party = opening.party;
    making.tickets.push(Begun { party, key: None, subject: opening.subject.clone(), mails: Vec::new() });
    let conversation = format!("ticket-{ticket}");
    let note = |class, tells| Note { ticket: Some(ticket), tells, ..Note::of(&conversation, class) };
    let said = texts::text(Say::Open, party.tongue, &opening.subject, &mut making.dice);
    let body = making.written(Client::Thunderbird, &US, US.desk, &said, None);
    let mut draft = making.draft(opening.at, US.desk, &[party.desk], &opening.subject, body);
    let id = |dice: &mut Dice, domain: &str| format!("{:016x}.auto@{domain}", dice.bits());
    draft.message_id = Some(id(&mut making.dice, US.domain));
    let mut last = draft.message_id.clone();
    let mut references: Vec<String> = last.iter().cloned().collect();
    making.add(draft, note(Class::Human, Some(MailState::New)));
    for nth in 0..mails {
        let (from, to) = if nth % 2 == 0 { (party, &US) } else { (&US, party) };
        let (subject, text) = texts::receipt(from.tongue, &opening.subject);
        let body = making.machine(&text);
        let at = opening.at + SignedDuration::from_secs(LOOP_STEP_SECS * i64::from(nth + 1));
        let mut draft = making.draft(at, from.desk, &[to.desk], &subject, body);
        draft.message_id = Some(id(&mut making.dice, from.domain));
        draft.in_reply_to = last.clone();
        draft.references.clone_from(&references);
        draft.more.push(("Auto-Submitted", "auto-replied".into()));
        draft.more.push(("Precedence", "auto_reply".into()));
        last.clone_from(&draft.message_id);
        references.extend(draft.message_id.clone());
        if references.len() > 12 {
            references.remove(1);
        }
        let mut note = note(Class::AutoReply, None);
        note.odd.push("loop");
        making.add(draft, note);
    }
}
