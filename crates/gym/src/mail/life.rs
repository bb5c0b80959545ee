//! The life of one ticket, mail by mail.

use super::cast::{GUEST, Mailbox, Party, System, US};
use super::desk::{self, Filed, Notice};
use super::making::{Making, Note};
use super::oracle::{Class, MailState};
use super::quote::{Client, Quoted};
use super::texts::{self, Say};
use crate::world::NOW;
use jiff::{SignedDuration, Timestamp};

/// What a ticket begins with.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    pub(super) party: &'static Party,
    pub(super) subject: String,
    /// No other ticket of this supplier has this subject.
    pub(super) unique: bool,
    pub(super) at: Timestamp,
    pub(super) nth: u64,
}

/// A mail that was said, for who answers it.
#[derive(Debug, Clone)]
struct Said {
    at: Timestamp,
    from: Mailbox,
    to: Mailbox,
    subject: String,
    text: String,
    message_id: Option<String>,
    references: Vec<String>,
    place: usize,
}

/// A ticket that lives.
pub(super) struct Life<'a> {
    making: &'a mut Making,
    opening: Opening,
    ticket: usize,
    conversation: String,
    filed: Option<Filed>,
    state: MailState,
    at: Timestamp,
    said: Vec<Said>,
    /// Who writes for the customer.
    customer: Mailbox,
    engineer: Mailbox,
}

/// Lets a ticket live from its first mail to its last.
pub(super) fn live(making: &mut Making, opening: Opening) {
    let party = opening.party;
    let ticket = making.tickets.len();
    let key =
        (party.system != System::People).then(|| desk::key(party.system, opening.nth, opening.at, &mut making.dice));
    let filed = key.clone().map(|key| Filed {
        party,
        key,
        subject: opening.subject.clone(),
        since: opening.at + SignedDuration::from_secs(40),
        sent: 0,
        secret: making.dice.bits(),
    });
    making.tickets.push(super::making::Begun { party, key, subject: opening.subject.clone(), mails: Vec::new() });
    let customer = if making.dice.chance(600) { US.desk } else { making.dice.pick(US.people) };
    let engineer = making.dice.pick(party.people);
    let at = opening.at;
    let conversation = format!("ticket-{ticket}");
    Life {
        making,
        opening,
        ticket,
        conversation,
        filed,
        state: MailState::New,
        at,
        said: Vec::new(),
        customer,
        engineer,
    }
    .run();
}

impl Life<'_> {
    fn run(mut self) {
        let by_supplier = self.filed.is_some() && self.making.dice.chance(250);
        if by_supplier {
            self.at = self.filed.as_ref().map_or(self.at, |filed| filed.since);
            self.notify(Notice::State(MailState::New));
        } else {
            self.open();
        }
        let steps = 2 + self.making.dice.below(8);
        for _ in 0..steps {
            let median = self.making.dice.pick(&[900, 7_200, 40_000]);
            self.at += SignedDuration::from_secs(60 + self.making.dice.duration(median, 110));
            if self.at >= NOW - SignedDuration::from_secs(90_000) {
                break;
            }
            self.step();
            if self.state == MailState::Closed && self.making.dice.chance(700) {
                break;
            }
        }
    }

    fn open(&mut self) {
        let tongue = self.opening.party.tongue;
        let said = texts::text(Say::Open, tongue, &self.opening.subject, &mut self.making.dice);
        self.say_as(self.customer, &said, Some(MailState::New));
        if self.filed.is_some() {
            self.at = self.opening.at + SignedDuration::from_secs(40);
            self.notify(Notice::State(MailState::New));
        }
        if self.making.dice.chance(60) {
            self.bounce();
        }
        if self.making.dice.chance(80) {
            self.absence();
        }
    }

    fn step(&mut self) {
        match self.state {
            MailState::New => match self.making.dice.weighted(&[6, 1, 1, 1]) {
                0 => self.becomes(MailState::InProgress, Say::Working),
                1 => self.note(),
                2 => self.becomes(MailState::OnHoldCustomer, Say::Ask),
                _ => self.becomes(MailState::Resolved, Say::Fixed),
            },
            MailState::InProgress => match self.making.dice.weighted(&[4, 3, 1, 5, 2]) {
                0 => self.note(),
                1 => self.becomes(MailState::OnHoldCustomer, Say::Ask),
                2 => self.becomes(MailState::OnHoldSupplier, Say::Await),
                3 => self.becomes(MailState::Resolved, Say::Fixed),
                _ => self.customer_note(Say::Note),
            },
            MailState::OnHold | MailState::OnHoldCustomer => self.goes_on(Say::Answer),
            MailState::OnHoldSupplier => self.becomes(MailState::InProgress, Say::Working),
            MailState::Resolved => match self.making.dice.weighted(&[4, 2, 2]) {
                0 => self.becomes(MailState::Closed, Say::Closed),
                1 => self.goes_on(Say::NotFixed),
                _ => self.customer_note(Say::Thanks),
            },
            MailState::Closed => self.customer_note(Say::Thanks),
        }
    }

    /// The supplier tells a state: by its tool where it has one that knows the word, else a person does.
    fn becomes(&mut self, wanted: MailState, say: Say) {
        let system = self.opening.party.system;
        let told = [wanted, MailState::OnHold, MailState::Closed].into_iter().find(|state| {
            let same = *state == wanted
                || (*state == MailState::OnHold && matches!(wanted, MailState::OnHoldCustomer))
                || (*state == MailState::Closed && wanted == MailState::Resolved);
            same && desk::can_tell(system, *state)
        });
        if let Some(state) = told {
            self.notify(Notice::State(state));
        } else if system == System::People {
            let said = texts::text(say, self.opening.party.tongue, &self.opening.subject, &mut self.making.dice);
            self.say_as(self.engineer, &said, Some(wanted));
        } else {
            self.note();
        }
    }

    /// The customer answers, and the supplier goes on; from then on it is the supplier's turn, whatever its tool says later.
    fn goes_on(&mut self, say: Say) {
        let said = texts::text(say, self.opening.party.tongue, &self.opening.subject, &mut self.making.dice);
        // Where nobody said for whom it waits, an answer alone says nothing.
        let tells = self.state != MailState::OnHold;
        self.say_as(self.customer, &said, tells.then_some(MailState::InProgress));
        if self.filed.is_some() {
            self.at += SignedDuration::from_secs(30 + self.making.dice.below(600) as i64);
            self.becomes(MailState::InProgress, Say::Working);
        }
    }

    fn note(&mut self) {
        let tongue = self.opening.party.tongue;
        let said = texts::text(Say::Note, tongue, &self.opening.subject, &mut self.making.dice);
        if self.filed.is_some() && self.making.dice.chance(400) {
            self.notify(Notice::Comment(&said));
        } else {
            // Somebody who answers has begun.
            let tells = (self.state == MailState::New).then_some(MailState::InProgress);
            self.say_as(self.engineer, &said, tells);
        }
        if self.making.oddly(|s| s.third_parties, 250) {
            self.guest();
        }
    }

    fn customer_note(&mut self, say: Say) {
        let said = texts::text(say, self.opening.party.tongue, &self.opening.subject, &mut self.making.dice);
        self.say_as(self.customer, &said, None);
        if self.making.dice.chance(100) {
            self.absence();
        }
    }

    /// What a mail refers to that answers the last one.
    fn last(&self) -> Option<&Said> {
        self.said.last()
    }

    fn note_of(&self, class: Class, tells: Option<MailState>) -> Note {
        Note { ticket: Some(self.ticket), tells, ..Note::of(&self.conversation, class) }
    }

    /// A person writes: something new, or an answer to what was said last.
    fn say_as(&mut self, from: Mailbox, said: &str, tells: Option<MailState>) {
        let party = self.opening.party;
        let is_ours = from.address.ends_with(US.domain);
        let client = self.making.dice.pick(Client::ALL);
        let mut odd = Vec::new();
        let mut said = said.to_owned();
        if self.making.oddly(|s| s.mentions, 100)
            && let Some(foreign) = self.foreign_token()
        {
            said.push_str(&format!("\n\n(siehe auch / see also: {foreign})"));
            odd.push("mentions");
        }
        let last = self.last().cloned();
        let quoted = last.as_ref().map(|last| Quoted {
            at: last.at,
            from: last.from,
            to: last.to,
            subject: &last.subject,
            text: &last.text,
        });
        let speaker = Party { tongue: party.tongue, ..if is_ours { copy_of(&US) } else { copy_of(party) } };
        let body = self.making.written(client, &speaker, from, &said, quoted.as_ref());
        let to = if is_ours { party.desk } else { self.customer };
        let subject =
            last.as_ref().map_or_else(|| self.opening.subject.clone(), |last| answered(client, party, &last.subject));
        let mut draft = self.making.draft(self.at, from, &[to], &subject, body);
        // Our mailbox is that of the desk: what does not come from it or go to it was never seen.
        if from != US.desk && to != US.desk {
            draft.cc.push(US.desk);
        }
        let domain = from.address.rsplit('@').next().unwrap_or_default();
        draft.message_id = Some(client.message_id(domain, &mut self.making.dice));
        draft.more.extend(client.mailer().map(|mailer| ("X-Mailer", mailer.to_owned())));
        if client == Client::Outlook {
            draft.more.push(("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply".into()));
        }
        if let Some(last) = &last {
            let mut references = last.references.clone();
            references.extend(last.message_id.clone());
            draft.in_reply_to = last.message_id.clone();
            draft.references = references;
            self.odden(&mut draft, &mut odd);
        }
        // Without any, nobody could answer it later but by its subject, and a tool that acknowledges it keeps no subject.
        let can_be_found = self.has_token(&draft.subject)
            || (self.is_unique(&draft.subject) && (last.is_some() || self.filed.is_none()));
        if can_be_found && self.making.oddly(|s| s.ids_lost, 60) {
            draft.message_id = None;
            odd.push("id-lost");
        }
        self.remember(draft, Note { odd, ..self.note_of(Class::Human, tells) }, &said, to);
    }

    fn has_token(&self, subject: &str) -> bool {
        self.filed.as_ref().is_some_and(|filed| subject.contains(&filed.key))
    }

    /// Whether it is the subject of this ticket, and of no other one of this supplier.
    fn is_unique(&self, subject: &str) -> bool {
        self.opening.unique && subject.ends_with(&self.opening.subject)
    }

    /// What mail programs and people do to a reply; never so much that nobody could tell where it belongs.
    fn odden(&mut self, draft: &mut super::message::Draft, odd: &mut Vec<&'static str>) {
        let has_token = self.has_token(&draft.subject);
        let is_safe = has_token || self.is_unique(&draft.subject);
        let is_orphan = draft.references.is_empty();
        if is_safe && self.making.oddly(|s| s.references_lost, 100) {
            draft.in_reply_to = None;
            draft.references.clear();
            odd.push("references-lost");
        } else if is_safe && self.making.oddly(|s| s.chains_broken, 80) {
            draft.in_reply_to = Some(format!("{:016x}.unseen@gone.example", self.making.dice.bits()));
            draft.references.clear();
            odd.push("chain-broken");
        } else if !is_orphan && self.making.oddly(|s| s.subjects_changed, 80) {
            draft.subject =
                self.making.dice.pick(&["Nachtrag zum Termin", "Another thing", "Frage zur Abrechnung"]).to_owned();
            odd.push("subject-changed");
        } else if self.making.oddly(|s| s.tokens_only, 80) {
            if let Some(filed) = &self.filed {
                draft.subject = filed.tagged("noch eine Frage");
                draft.in_reply_to = None;
                draft.references.clear();
                odd.push("token-only");
            }
        } else if !is_orphan && self.making.oddly(|s| s.late_parents, 60) {
            let parent = self.said.last().expect("a reply has a parent").place;
            let late = draft.arrives + SignedDuration::from_secs(3_600);
            self.making.mails[parent].0.arrives = late;
            odd.push("before-parent");
        }
    }

    /// The tool tells something.
    fn notify(&mut self, notice: Notice<'_>) {
        let Some(mut filed) = self.filed.take() else { return };
        let told = filed.told(notice, self.at, &mut self.making.dice);
        self.filed = Some(filed);
        let party = self.opening.party;
        let mut odd = Vec::new();
        let body = self.making.machine(&told.text);
        let mut draft = self.making.draft(self.at, party.desk, &[self.customer], &told.subject, body);
        if self.customer != US.desk {
            draft.cc.push(US.desk);
        }
        draft.message_id = Some(told.message_id);
        draft.references.extend(told.refers_to);
        let is_ack = notice == Notice::State(MailState::New) && !self.said.is_empty();
        let last_person =
            self.said.iter().rev().find(|said| said.from != party.desk).and_then(|said| said.message_id.clone());
        if is_ack
            && self.opening.unique
            && party.system == System::ServiceNow
            && self.making.oddly(|s| s.acks_unthreaded, 200)
        {
            odd.push("ack-unthreaded");
        } else if is_ack || self.making.dice.chance(400) {
            draft.in_reply_to = last_person.clone();
            draft.references.splice(0..0, last_person);
        }
        draft.more.extend(told.headers);
        if !is_ack && self.making.oddly(|s| s.ids_lost, 40) {
            draft.message_id = None;
            odd.push("id-lost");
        }
        let (class, tells) = match notice {
            Notice::State(state) => (Class::Notification, Some(state)),
            Notice::Comment(_) => (Class::Notification, None),
        };
        let (note, to) = (Note { odd, ..self.note_of(class, tells) }, self.customer);
        self.remember(draft, note, &told.text, to);
    }

    fn remember(&mut self, draft: super::message::Draft, note: Note, said: &str, to: Mailbox) {
        self.state = note.tells.unwrap_or(self.state);
        let said = Said {
            at: draft.at,
            from: draft.from,
            to,
            subject: draft.subject.clone(),
            text: said.to_owned(),
            message_id: draft.message_id.clone(),
            references: draft.references.clone(),
            place: self.making.mails.len(),
        };
        if draft.message_id.is_some() && self.making.oddly(|s| s.resends, 40) {
            self.resend(&draft, &note);
        }
        self.said.push(Said { place: self.making.add(draft, note), ..said });
    }

    /// The same mail again, on another way, a little later.
    fn resend(&mut self, draft: &super::message::Draft, note: &Note) {
        let mut again = draft.clone();
        again.arrives = draft.arrives + SignedDuration::from_secs(300);
        again.delivered.insert(0, ("X-Resent-By", "mail-relay-2".into()));
        let mut note = note.clone();
        note.odd.push("resent");
        self.making.add(again, note);
    }

    /// A machine of somebody who is away answers what the customer wrote last.
    fn absence(&mut self) {
        let Some(last) = self.last().cloned().filter(|last| last.from == self.customer) else { return };
        let (subject, text) = texts::absence(self.opening.party.tongue, &last.subject);
        let body = self.making.machine(&text);
        let at = last.at + SignedDuration::from_secs(5);
        let mut draft = self.making.draft(at, self.engineer, &[self.customer], &subject, body);
        if self.customer != US.desk {
            draft.cc.push(US.desk);
        }
        draft.message_id = Some(Client::Outlook.message_id(self.opening.party.domain, &mut self.making.dice));
        draft.in_reply_to = last.message_id.clone();
        draft.references = last.message_id.into_iter().collect();
        draft.more.push(("Auto-Submitted", "auto-replied".into()));
        draft.more.push(("X-Auto-Response-Suppress", "All".into()));
        if draft.in_reply_to.is_some() || self.is_unique(&draft.subject) || self.has_token(&draft.subject) {
            self.making.add(draft, self.note_of(Class::OutOfOffice, None));
        }
    }

    /// What the customer wrote last could not be delivered to somebody in copy.
    fn bounce(&mut self) {
        let Some(last) = self.said.iter().rev().find(|last| last.from == self.customer).cloned() else { return };
        let Some(id) = last.message_id.clone() else { return };
        let original = self.making.mails[last.place].0.clone();
        let body = super::other::bounce_body(self.making, &original, &id);
        let from = super::other::MAILER_DAEMON;
        let at = last.at + SignedDuration::from_secs(9);
        let mut draft = self.making.draft(at, from, &[self.customer], "Undelivered Mail Returned to Sender", body);
        draft.message_id = Some(format!("{:012X}.1@{}", self.making.dice.below(1 << 40), super::cast::AUTHSERV_ID));
        draft.delivered = vec![("Return-Path", "<>".into())];
        draft.more.push(("Auto-Submitted", "auto-replied".into()));
        self.making.add(draft, self.note_of(Class::Bounce, None));
    }

    /// Somebody in copy answers, or somebody to whom it was passed on; neither moves the ticket.
    fn guest(&mut self) {
        let Some(last) = self.last().cloned().filter(|last| last.message_id.is_some()) else { return };
        let guest = Party { domain: "gutachten.example", name: "Gutachten Okonkwo", ..copy_of(self.opening.party) };
        let said = "Bonjour, from my side the problem has been resolved.";
        let client = Client::Gmail;
        let body = self.making.written(client, &guest, GUEST, said, None);
        let at = self.at + SignedDuration::from_secs(120);
        let mut draft =
            self.making.draft(at, GUEST, &[US.desk], &answered(client, self.opening.party, &last.subject), body);
        draft.message_id = Some(client.message_id(guest.domain, &mut self.making.dice));
        draft.in_reply_to = last.message_id.clone();
        draft.references = last.references.iter().cloned().chain(last.message_id.clone()).collect();
        if self.making.dice.chance(600) {
            self.making.mails[last.place].0.cc.push(GUEST);
        }
        let note = Note { odd: vec!["third-party"], ..self.note_of(Class::Human, None) };
        self.making.add(draft, note);
    }

    /// The token of another supplier's ticket.
    fn foreign_token(&mut self) -> Option<String> {
        let all: Vec<&super::making::Begun> = self
            .making
            .tickets
            .iter()
            .filter(|ticket| ticket.key.is_some() && ticket.party.id != self.opening.party.id)
            .collect();
        if all.is_empty() {
            return None;
        }
        let ticket = all[self.making.dice.below(all.len() as u64) as usize];
        token(ticket)
    }
}

/// How a ticket is called in a text.
pub(super) fn token(ticket: &super::making::Begun) -> Option<String> {
    let key = ticket.key.clone()?;
    let filed = Filed { party: ticket.party, key, subject: String::new(), since: NOW, sent: 0, secret: 0 };
    Some(filed.tagged("").trim().trim_end_matches(':').to_owned())
}

fn answered(client: Client, party: &Party, subject: &str) -> String {
    let prefix = client.prefix(party.tongue);
    let has_one = ["Re: ", "RE: ", "AW: "].iter().any(|one| subject.starts_with(one));
    if has_one { subject.to_owned() } else { format!("{prefix}{subject}") }
}

fn copy_of(party: &Party) -> Party {
    let Party { id, name, domain, desk, system, people, tongue, share } = *party;
    Party { id, name, domain, desk, system, people, tongue, share }
}
