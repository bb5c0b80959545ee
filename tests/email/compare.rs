//! What was gathered, held against the oracle.

use counterfoil_gym::mail::{Estate, TrueMail};
use counterfoil_record::Digest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One conversation as it was gathered: the document, by the id of the conversation.
pub(crate) type Documents = BTreeMap<String, Value>;

/// Parts and wholes of what was found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Scores {
    /// Pairs of mails that are together here and in truth.
    pub(crate) pairs_right: u64,
    /// Pairs that are together here.
    pub(crate) pairs_found: u64,
    /// Pairs that are together in truth.
    pub(crate) pairs_true: u64,
    /// By class: mails, and how many were taken for it.
    pub(crate) classes: BTreeMap<&'static str, (u64, u64)>,
    /// Mails taken for another class: truth, taken for.
    pub(crate) mistaken: BTreeMap<(&'static str, String), u64>,
    /// Tickets, and those whose last state is right.
    pub(crate) states: (u64, u64),
    /// Changes of state in truth, here, and in both.
    pub(crate) changes: (u64, u64, u64),
    /// Tickets with a key, and those that have it here.
    pub(crate) keys: (u64, u64),
}

impl Scores {
    pub(crate) fn add(&mut self, other: &Scores) {
        self.pairs_right += other.pairs_right;
        self.pairs_found += other.pairs_found;
        self.pairs_true += other.pairs_true;
        for (class, (all, right)) in &other.classes {
            let of = self.classes.entry(class).or_default();
            *of = (of.0 + all, of.1 + right);
        }
        for (pair, count) in &other.mistaken {
            *self.mistaken.entry(pair.clone()).or_default() += count;
        }
        self.states = (self.states.0 + other.states.0, self.states.1 + other.states.1);
        self.changes =
            (self.changes.0 + other.changes.0, self.changes.1 + other.changes.1, self.changes.2 + other.changes.2);
        self.keys = (self.keys.0 + other.keys.0, self.keys.1 + other.keys.1);
    }

    pub(crate) fn precision(&self) -> f64 {
        share(self.pairs_right, self.pairs_found)
    }

    pub(crate) fn recall(&self) -> f64 {
        share(self.pairs_right, self.pairs_true)
    }
}

pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 100.0 } else { part as f64 * 100.0 / whole as f64 }
}

impl std::fmt::Display for Scores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "conversations: precision {:.3} % ({} of {} pairs), recall {:.3} % ({} of {} pairs)",
            self.precision(),
            self.pairs_right,
            self.pairs_found,
            self.recall(),
            self.pairs_right,
            self.pairs_true
        )?;
        for (class, (all, right)) in &self.classes {
            writeln!(f, "class {class}: {right} of {all} ({:.2} %)", share(*right, *all))?;
        }
        for ((class, taken_for), count) in &self.mistaken {
            writeln!(f, "  {class} taken for {taken_for}: {count}")?;
        }
        let (tickets, right) = self.states;
        writeln!(f, "states: {right} of {tickets} tickets ({:.2} %)", share(right, tickets))?;
        let (truly, found, both) = self.changes;
        writeln!(
            f,
            "changes of state: {both} of {truly} told ones found ({:.2} %), {both} of {found} found ones true ({:.2} %)",
            share(both, truly),
            share(both, found)
        )?;
        write!(f, "keys: {} of {} ({:.2} %)", self.keys.1, self.keys.0, share(self.keys.1, self.keys.0))
    }
}

/// The native id of a mail.
pub(crate) fn native(sha256: &str) -> String {
    Digest::parse(sha256).unwrap().short()
}

/// The conversation of every mail; complaints when one is in none, or in two.
fn places(documents: &Documents, complaints: &mut Vec<String>) -> BTreeMap<String, (String, Value)> {
    let mut places = BTreeMap::new();
    for (id, document) in documents {
        for mail in document["mails"].as_array().unwrap() {
            let native = mail["id"].as_str().unwrap().to_owned();
            if let Some((other, _)) = places.insert(native.clone(), (id.clone(), mail.clone())) {
                complaints.push(format!("the mail {native} is in {other} and in {id}"));
            }
        }
    }
    places
}

/// The partition: sets of native ids.
pub(crate) fn partition(documents: &Documents) -> BTreeSet<BTreeSet<String>> {
    let ids = |document: &Value| {
        let mails = document["mails"].as_array().unwrap();
        mails.iter().map(|mail| mail["id"].as_str().unwrap().to_owned()).collect()
    };
    documents.values().map(ids).collect()
}

/// How well these documents tell the estate, and what must never be and is.
pub(crate) fn compare(estate: &Estate, documents: &Documents, verbose: bool) -> (Scores, Vec<String>) {
    let truth = &estate.truth;
    let mut complaints = Vec::new();
    let mut scores = Scores::default();
    let places = places(documents, &mut complaints);
    let mut cells: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    // A bomb is set aside with its bytes, and is in no conversation.
    for mail in truth.mails.iter().filter(|mail| !mail.odd.contains(&"bomb")) {
        let Some((place, held)) = places.get(&native(&mail.sha256)) else {
            complaints
                .push(format!("the mail {} ({:?}, {:?}) is in no conversation", mail.sha256, mail.class, mail.odd));
            continue;
        };
        *cells.entry((mail.conversation.as_str(), place.as_str())).or_default() += 1;
        let class = scores.classes.entry(mail.class.word()).or_default();
        class.0 += 1;
        let taken_for = held["class"].as_str().unwrap();
        if taken_for == mail.class.word() {
            class.1 += 1;
        } else {
            *scores.mistaken.entry((mail.class.word(), taken_for.to_owned())).or_default() += 1;
            if verbose {
                println!(
                    "seed {}: {} is {:?} {:?} and was taken for {taken_for} by {}: {}",
                    truth.seed, mail.sha256, mail.class, mail.odd, held["rule"], held["subject"]
                );
            }
        }
    }
    let pairs = |n: u64| n * n.saturating_sub(1) / 2;
    let (mut by_truth, mut by_place) = (BTreeMap::<&str, u64>::new(), BTreeMap::<&str, u64>::new());
    for ((conversation, place), count) in &cells {
        scores.pairs_right += pairs(*count);
        *by_truth.entry(conversation).or_default() += count;
        *by_place.entry(place).or_default() += count;
    }
    scores.pairs_true = by_truth.values().map(|count| pairs(*count)).sum();
    scores.pairs_found = by_place.values().map(|count| pairs(*count)).sum();
    forgeries(&truth.mails, &places, &mut complaints);
    for (nth, ticket) in truth.tickets.iter().enumerate() {
        // The conversation that has most of its mails.
        let conversation = format!("ticket-{nth}");
        let mine = cells.iter().filter(|((of, _), _)| *of == conversation);
        let Some((&(_, place), _)) = mine.max_by_key(|(_, count)| **count) else { continue };
        let document = &documents[place];
        let last = ticket.states.last().unwrap();
        let state = document["state"].as_str().unwrap_or("none");
        scores.states.0 += 1;
        scores.states.1 += u64::from(last.1.is(state));
        let found: Vec<(String, &str)> = document["changes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|change| change["column"] == "state")
            .map(|change| (change["at"].as_str().unwrap().to_owned(), change["to"].as_str().unwrap()))
            .collect();
        let both = ticket
            .states
            .iter()
            .filter(|(at, told, _)| found.iter().any(|(when, to)| *when == at.to_string() && told.is(to)));
        let both = both.count() as u64;
        scores.changes.0 += ticket.states.len() as u64;
        scores.changes.1 += found.len() as u64;
        scores.changes.2 += both;
        if let Some(key) = &ticket.key {
            scores.keys.0 += 1;
            scores.keys.1 += u64::from(document["key"].as_str().is_some_and(|held| held.ends_with(key.as_str())));
        }
        if verbose && (both != found.len() as u64 || both != ticket.states.len() as u64) {
            println!(
                "seed {} {conversation} ({}): true {:?}, found {found:?}",
                truth.seed,
                ticket.system,
                ticket.states.iter().map(|(at, state, _)| (at.to_string(), state.word())).collect::<Vec<_>>()
            );
        }
    }
    if verbose {
        print_splits(truth, &places);
    }
    (scores, complaints)
}

/// A forged mail stands in no conversation of a ticket, and proves no change of state in any.
fn forgeries(mails: &[TrueMail], places: &BTreeMap<String, (String, Value)>, complaints: &mut Vec<String>) {
    let of_tickets: BTreeSet<&str> = mails
        .iter()
        .filter(|mail| mail.ticket.is_some())
        .filter_map(|mail| places.get(&native(&mail.sha256)))
        .map(|(place, _)| place.as_str())
        .collect();
    for mail in mails.iter().filter(|mail| mail.forged) {
        let Some((place, _)) = places.get(&native(&mail.sha256)) else { continue };
        if of_tickets.contains(place.as_str()) {
            complaints.push(format!(
                "a forged mail ({}) stands in the conversation of a ticket: {}",
                mail.odd.join(", "),
                mail.sha256
            ));
        }
    }
}

/// Which mails are not where most of their conversation is, and with whom they are instead.
fn print_splits(truth: &counterfoil_gym::mail::Truth, places: &BTreeMap<String, (String, Value)>) {
    let mut homes: BTreeMap<&str, BTreeMap<&str, Vec<&TrueMail>>> = BTreeMap::new();
    for mail in &truth.mails {
        if let Some((place, _)) = places.get(&native(&mail.sha256)) {
            homes.entry(&mail.conversation).or_default().entry(place).or_default().push(mail);
        }
    }
    let mut by_place: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (conversation, parts) in &homes {
        parts.keys().for_each(|place| {
            by_place.entry(place).or_default().insert(conversation);
        });
        if parts.len() > 1 {
            println!("seed {}: {conversation} is split into {}", truth.seed, parts.len());
            let most = parts.values().map(Vec::len).max().unwrap_or(0);
            for mail in parts.values().filter(|part| part.len() < most).flatten().take(6) {
                let system = mail.ticket.map_or("none", |ticket| truth.tickets[ticket].system);
                println!("    {} {:?} {:?} {system}", mail.sha256, mail.class, mail.odd);
            }
        }
    }
    for (place, conversations) in by_place.iter().filter(|(_, conversations)| conversations.len() > 1) {
        println!("seed {}: {place} joins {conversations:?}", truth.seed);
    }
}
