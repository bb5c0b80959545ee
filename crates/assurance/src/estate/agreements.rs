//! Agreements: who delivers what to whom, from when until when, and which of them rest on which.

use crate::estate::faults::Faults;
use crate::estate::services::ServiceNumber;
use crate::estate::{EstateFault, Reading};
use crate::facts::Told;
use crate::index::Edge;
use crate::row::Row;
use counterfoil_clock::Truth;
use counterfoil_model::{Field, Kind, LinkType};
use std::collections::BTreeSet;

/// What two parties agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its record: `instance/stream/native-id`.
    pub id: Box<str>,
    /// What people call it.
    pub title: Box<str>,
    /// Which sort, where it is known.
    pub kind: Option<&'static str>,
    /// The party that delivers.
    pub provider: Option<Box<str>>,
    /// The party that receives.
    pub consumer: Option<Box<str>>,
    /// Its state, where it is known.
    pub state: Option<&'static str>,
    /// From when it is in force, milliseconds since the Unix epoch.
    pub from: Option<i64>,
    /// Until when, exclusively; open without one.
    pub to: Option<i64>,
    /// Whether it goes on when nobody ends it.
    pub auto_renew: bool,
    /// The agreements that rest on this one, by their places in [`crate::Estate::agreements`].
    pub supports: Vec<usize>,
    /// Those that it rests on: the edges of the cascade.
    pub supported_by: Vec<usize>,
    /// The services it covers; without any it is about everything.
    pub(crate) services: Vec<ServiceNumber>,
    pub(super) at: u32,
}

impl Agreement {
    /// Whether it was in force at a moment, in milliseconds since the Unix epoch. One that was ended was in force until its
    /// end, and one that goes on by itself is so after it.
    pub fn in_force(&self, at: i64) -> Truth {
        let by_dates = match self.from {
            Some(from) if at < from => return Truth::No,
            Some(_) => Truth::Yes,
            None => Truth::Unknown,
        };
        match (self.state, self.to) {
            (Some("draft" | "under_review"), _) => Truth::No,
            // Ended by somebody, at a time that nobody says.
            (Some("terminated" | "expired" | "renewed"), None) => Truth::Unknown,
            (Some("active"), Some(to)) if at >= to && self.auto_renew => by_dates,
            (_, Some(to)) if at >= to => Truth::No,
            (Some(_), _) => by_dates,
            (None, _) => Truth::Unknown,
        }
    }
}

pub(super) fn read(reading: &mut Reading<'_>, faults: &mut Vec<EstateFault>) -> Vec<Agreement> {
    let rows: Vec<Row<'_>> = reading.of_kind(Kind::Agreement).collect();
    let mut agreements: Vec<Agreement> = rows.iter().map(|row| one(*row, reading, faults)).collect();
    let place = |at: u32| rows.iter().position(|row| row.at == at);
    let mut edges: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (from, row) in rows.iter().enumerate() {
        for (link, reference) in &row.facts.links {
            let supports = match LinkType::ALL.get(usize::from(*link)) {
                Some(LinkType::Supports) => true,
                Some(LinkType::SupportedBy) => false,
                _ => continue,
            };
            let Some(to) = reading.resolve(*row, reference, &[Kind::Agreement]).and_then(place) else {
                let why = format!("`{reference}`, which it rests on or supports, is no agreement that is known");
                Faults::of(row.id, faults).add(None, why, "register it, or correct the link");
                continue;
            };
            edges.insert(if supports { (from, to) } else { (to, from) });
        }
    }
    for (supplier, customer) in edges {
        if reaches(&agreements, customer, supplier) {
            let why = format!("it supports `{}`, which in turn it rests on", agreements[customer].id);
            Faults::of(rows[supplier].id, faults).add(None, why, "take out one of the links of the circle");
            continue;
        }
        agreements[supplier].supports.push(customer);
        agreements[customer].supported_by.push(supplier);
    }
    agreements
}

/// Whether one agreement supports another, directly or by others.
fn reaches(agreements: &[Agreement], from: usize, to: usize) -> bool {
    let (mut seen, mut pending) = (BTreeSet::from([from]), vec![from]);
    while let Some(at) = pending.pop() {
        if at == to {
            return true;
        }
        pending.extend(agreements[at].supports.iter().copied().filter(|next| seen.insert(*next)));
    }
    false
}

fn one(row: Row<'_>, reading: &mut Reading<'_>, all: &mut Vec<EstateFault>) -> Agreement {
    let mut faults = Faults::of(row.id, all);
    let provider = faults.needed_text(row, Field::ProviderParty);
    let consumer = faults.needed_text(row, Field::ConsumerParty);
    for (field, party) in [(Field::ProviderParty, provider), (Field::ConsumerParty, consumer)] {
        if let Some(party) = party.filter(|party| !reading.knows_party(party)) {
            let why = format!("nobody says who the party `{party}` is");
            faults.add(field, why, format!("describe it in a section `[party.{party}]`"));
        }
    }
    let from = faults.needed(Field::ValidFrom, row.facts.moment(Field::ValidFrom));
    let to = faults.optional(Field::ValidTo, row.facts.moment(Field::ValidTo));
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        faults.add(Field::ValidTo, "it ends before it begins", "correct one of the dates");
    }
    let kind = faults.needed_word(row, Field::AgreementKind);
    let state = faults.needed_word(row, Field::State);
    let mut services: BTreeSet<ServiceNumber> = BTreeSet::new();
    let covered = row.facts.links.iter().filter(|(link, _)| is(*link, LinkType::Covers)).map(|(_, name)| &**name);
    let covered: Vec<&str> = covered.chain(row.facts.text(Field::Service).known().copied()).collect();
    services.extend(covered.into_iter().map(|name| reading.service(row, name)));
    services.extend(reading.incoming(row.at, Edge::Link(LinkType::CoveredBy)));
    let text = |field| match row.facts.text(field) {
        Told::Known(text) => text.into(),
        Told::Missing | Told::Unmapped | Told::Unreadable => row.native_id().into(),
    };
    Agreement {
        id: row.id.into(),
        title: text(Field::Title),
        kind,
        provider: provider.map(Into::into),
        consumer: consumer.map(Into::into),
        state,
        from,
        to,
        auto_renew: row.facts.flag(Field::AutoRenew) == Told::Known(true),
        supports: Vec::new(),
        supported_by: Vec::new(),
        services: services.into_iter().collect(),
        at: row.at,
    }
}

fn is(place: u8, link: LinkType) -> bool {
    LinkType::ALL.get(usize::from(place)) == Some(&link)
}
