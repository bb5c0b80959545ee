//! The mail of a customer and its suppliers, made from a seed.

use super::cast::{SINCE, SUPPLIERS, Tongue};
use super::life::{Opening, live};
use super::making::Making;
use super::oracle::{MailState, TrueMail, TrueTicket, Truth};
use super::quarrel::quarrel;
use super::switches::Switches;
use super::{forged, other};
use crate::dice::Dice;
use crate::provider::Provider;
use crate::words::{self, Language};
use crate::world::NOW;
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// How big an estate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Tickets of all suppliers together; each has about seven mails.
    pub tickets: u32,
}

impl Default for Scale {
    fn default() -> Self {
        Self { tickets: 150 }
    }
}

/// A folder of the mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Folder {
    /// What came.
    Inbox,
    /// What we sent.
    Sent,
    /// What somebody put away.
    Archive,
}

impl Folder {
    /// Its name on a server.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbox => "INBOX",
            Self::Sent => "Sent",
            Self::Archive => "Archive",
        }
    }
}

/// One mail of the estate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The mail as a server holds it: lines end with CRLF.
    pub bytes: Vec<u8>,
    /// Its SHA-256, 64 hexadecimal digits.
    pub sha256: String,
    /// When it came.
    pub arrives: Timestamp,
    /// Where it lies; copies lie in two.
    pub folders: Vec<Folder>,
}

/// All mail, in the order of arrival, and what is true of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estate {
    /// In the order of arrival.
    pub mails: Vec<Mail>,
    /// What is true; its mails have the same order.
    pub truth: Truth,
}

impl Estate {
    /// The estate of this seed; the same on every machine.
    pub fn generate(seed: u64, scale: Scale, switches: Switches) -> Self {
        Self::of(seed, scale, switches, |_| true)
    }

    /// The estate of this seed with the tickets of one supplier only.
    pub fn of_supplier(seed: u64, scale: Scale, switches: Switches, supplier: &str) -> Self {
        Self::of(seed, scale, switches, |id| id == supplier)
    }

    fn of(seed: u64, scale: Scale, switches: Switches, wanted: impl Fn(&str) -> bool) -> Self {
        let mut making = Making { dice: Dice::new(seed, 7 << 32), switches, mails: Vec::new(), tickets: Vec::new() };
        for opening in openings(seed, scale, &wanted) {
            making.dice = Dice::new(seed, (7 << 32) + 1 + opening.nth);
            live(&mut making, opening);
        }
        making.dice = Dice::new(seed, 8 << 32);
        if wanted("brava") {
            other::regular(&mut making);
        }
        strange(&mut making, scale);
        finished(seed, making)
    }
}

/// What happens beside the lives of tickets, where it is switched on.
fn strange(making: &mut Making, scale: Scale) {
    let some = 1 + u64::from(scale.tickets) / 30;
    if making.switches.one_second {
        other::one_second(making);
    }
    if making.switches.loop_mails > 0 {
        let party = &SUPPLIERS[super::cast::supplier("delmare")];
        let at = SINCE + SignedDuration::from_secs(33 * 86_400);
        let opening = Opening { party, subject: "Inventaire de juin".into(), unique: true, at, nth: u64::MAX };
        let mails = making.switches.loop_mails;
        quarrel(making, &opening, mails);
    }
    let flood = making.switches.flood;
    if flood > 0 {
        other::flood(making, flood);
    }
    if making.switches.bombs {
        other::bombs(making);
    }
    if making.switches.forwards {
        (0..some).for_each(|nth| other::forward(making, nth));
    }
    forged::forge(making, some);
}

/// Who has which trouble, and when; subjects repeat as they do.
fn openings(seed: u64, scale: Scale, wanted: &impl Fn(&str) -> bool) -> Vec<Opening> {
    let mut dice = Dice::new(seed, 6 << 32);
    let shares: Vec<u32> = SUPPLIERS.iter().map(|party| if wanted(party.id) { party.share } else { 0 }).collect();
    let span = NOW.as_second() - SINCE.as_second() - 8 * 86_400;
    let mut openings: Vec<Opening> = (0..u64::from(scale.tickets))
        .map(|nth| {
            let party = &SUPPLIERS[dice.weighted(&shares)];
            let (service, language) = match party.tongue {
                Tongue::German => (dice.pick(&Provider::Nordlicht.services()).name, Language::German),
                Tongue::English | Tongue::French => (dice.pick(&Provider::Acme.services()).name, Language::English),
            };
            let (subject, _) = words::title(&mut dice, service, language);
            let at = SINCE + SignedDuration::from_secs(dice.below(span.unsigned_abs()) as i64);
            Opening { party, subject, unique: false, at, nth }
        })
        .collect();
    let mut counts: BTreeMap<(&str, String), u32> = BTreeMap::new();
    for opening in &openings {
        *counts.entry((opening.party.id, opening.subject.clone())).or_insert(0) += 1;
    }
    for opening in &mut openings {
        opening.unique = counts[&(opening.party.id, opening.subject.clone())] == 1;
    }
    openings.sort_by_key(|opening| opening.at);
    (0..).zip(&mut openings).for_each(|(nth, opening)| opening.nth = nth);
    openings
}

/// Drafts become bytes, in the order of arrival, and places become hashes.
fn finished(seed: u64, mut making: Making) -> Estate {
    let mut order: Vec<usize> = (0..making.mails.len()).collect();
    order.sort_by_key(|at| (making.mails[*at].0.arrives, *at));
    let mut mails = Vec::with_capacity(order.len());
    let mut truths: Vec<TrueMail> = Vec::with_capacity(order.len());
    let mut hashes: BTreeMap<usize, String> = BTreeMap::new();
    for place in order {
        let bytes = making.mails[place].0.bytes(&mut Dice::new(seed, (9 << 32) + place as u64));
        let sha256 = HEXLOWER.encode(&Sha256::digest(&bytes));
        let folders = folders(&mut making, place);
        let (draft, note) = &making.mails[place];
        hashes.insert(place, sha256.clone());
        mails.push(Mail { bytes, sha256: sha256.clone(), arrives: draft.arrives, folders });
        truths.push(TrueMail {
            sha256,
            at: draft.at,
            arrives: draft.arrives,
            conversation: note.conversation.clone(),
            ticket: note.ticket,
            class: note.class,
            forged: note.forged,
            aims_at: note.aims_at,
            tells: note.tells,
            odd: note.odd.clone(),
        });
    }
    let tickets = making.tickets.iter().map(|ticket| TrueTicket {
        party: ticket.party.id,
        system: ticket.party.system.word(),
        key: ticket.key.clone(),
        subject: ticket.subject.clone(),
        states: states(&making, &ticket.mails, &hashes),
    });
    let truth = Truth { seed, tickets: tickets.collect(), mails: truths };
    debug_assert_eq!(truth.mails.iter().map(|mail| &mail.sha256).collect::<BTreeSet<_>>().len(), mails.len());
    Estate { mails, truth }
}

fn folders(making: &mut Making, place: usize) -> Vec<Folder> {
    let is_ours = making.mails[place].0.delivered.is_empty();
    let first = if is_ours { Folder::Sent } else { Folder::Inbox };
    if making.oddly(|s| s.copies, 60) { vec![first, Folder::Archive] } else { vec![first] }
}

/// The changes that the mails of a ticket tell, by the moments that their senders say.
fn states(making: &Making, mails: &[usize], hashes: &BTreeMap<usize, String>) -> Vec<(Timestamp, MailState, String)> {
    let mut told: Vec<(Timestamp, usize, MailState)> = mails
        .iter()
        .filter_map(|at| making.mails[*at].1.tells.map(|state| (making.mails[*at].0.at, *at, state)))
        .collect();
    told.sort_unstable();
    let mut states: Vec<(Timestamp, MailState, String)> = Vec::new();
    for (at, place, state) in told {
        if states.last().is_none_or(|(_, last, _)| *last != state) {
            states.push((at, state, hashes[&place].clone()));
        }
    }
    states
}
