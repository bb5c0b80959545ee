//! What was agreed with whom: the records of registers, whatever source they come from, as figures and clocks need them.
//! What cannot be used is a fault with its remedy, and never a silence.

mod agreements;
mod calendars;
mod faults;
mod parties;
mod rules;
mod services;
mod targets;

pub use agreements::Agreement;
pub use calendars::Calendar;
pub use faults::EstateFault;
pub use parties::{Limit, Party, PartyRole, Tier};
pub use rules::Clock;
pub use targets::Target;

pub(crate) use rules::{Begins, RESPONDED, Stops};
pub(crate) use targets::Traits;

use crate::facts::Told;
use crate::index::{Edge, Index, number};
use crate::row::{Held, Row};
use counterfoil_model::{Field, Kind};
use jiff::tz::TimeZone;
use services::{ServiceNumber, Services, lower};
use std::collections::{BTreeMap, BTreeSet};

/// Time zones by their names. The rules of zones come from outside, so that a result can be made again with the same ones.
pub type Zones<'a> = dyn Fn(&str) -> Option<TimeZone> + 'a;

/// What was agreed with whom.
#[derive(Debug, Default)]
pub struct Estate {
    parties: BTreeMap<Box<str>, Party>,
    agreements: Vec<Agreement>,
    targets: Vec<Target>,
    calendars: Vec<Calendar>,
    tiers: Vec<Tier>,
    limits: Vec<Limit>,
    services: Services,
    asks_for_services: bool,
    asks_for_categories: bool,
    /// What is no work, by kind.
    by_kind: BTreeMap<Kind, Vec<u32>>,
    faults: Vec<EstateFault>,
}

impl Estate {
    /// Of all records held.
    pub fn of(rows: &[Held], index: &Index, zones: &Zones<'_>) -> Self {
        let mut by_kind: BTreeMap<Kind, Vec<u32>> = BTreeMap::new();
        for (at, held) in rows.iter().enumerate() {
            if let Some(kind) = held.facts.kind()
                && !held.facts.is_work()
                && !held.facts.tombstone
            {
                by_kind.entry(kind).or_default().push(number(at));
            }
        }
        let mut faults = Vec::new();
        let mut reading =
            Reading { rows, index, zones, by_kind: &by_kind, services: Services::default(), parties: BTreeSet::new() };
        reading.services = Services::of(reading.of_kind(Kind::Service).collect::<Vec<_>>().into_iter(), &mut faults);
        reading.parties =
            reading.of_kind(Kind::Party).filter_map(|row| row.facts.text(Field::Party).known().copied()).collect();
        let agreements = agreements::read(&mut reading, &mut faults);
        let calendars = calendars::read(&reading, &mut faults);
        let targets = targets::read(&mut reading, &agreements, &calendars, &mut faults);
        let parties = parties::parties(&reading, &agreements, &mut faults);
        let tiers = parties::tiers(&reading, &agreements, &mut faults);
        let limits = parties::limits(&reading, &agreements, &mut faults);
        let services = reading.services;
        faults.sort_unstable();
        let asks_for_services = targets.iter().any(|target| target.applies.services.is_some());
        let asks_for_categories = targets.iter().any(|target| target.applies.categories.is_some());
        Self {
            parties,
            agreements,
            targets,
            calendars,
            tiers,
            limits,
            services,
            asks_for_services,
            asks_for_categories,
            by_kind,
            faults,
        }
    }

    /// Parties by their slugs.
    pub fn parties(&self) -> &BTreeMap<Box<str>, Party> {
        &self.parties
    }

    /// All agreements, whether or not they are in force.
    pub fn agreements(&self) -> &[Agreement] {
        &self.agreements
    }

    /// The agreement of a record.
    pub fn agreement(&self, row: Row<'_>) -> Option<&Agreement> {
        self.agreements.iter().find(|agreement| agreement.at == row.at)
    }

    /// All targets that can be used.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The target of a record.
    pub fn target(&self, row: Row<'_>) -> Option<&Target> {
        self.targets.iter().find(|target| target.at == row.at)
    }

    /// The targets of an agreement, by its place among all.
    pub fn targets_of(&self, agreement: usize) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(move |target| target.agreement == agreement)
    }

    /// All calendars that can be used.
    pub fn calendars(&self) -> &[Calendar] {
        &self.calendars
    }

    /// The hours of service that the record of a calendar tells.
    pub fn calendar(&self, row: Row<'_>) -> Option<&counterfoil_clock::Calendar> {
        self.calendars.iter().find(|calendar| calendar.at == row.at).map(|calendar| &*calendar.hours)
    }

    /// What a party is, in any scope; nothing where that is not known.
    pub fn roles(&self, party: &str) -> &[&'static str] {
        self.parties.get(party).map_or(&[], |party| &party.role_words)
    }

    /// Whether a party provides something under an agreement with us, which is neither a draft nor under review.
    pub fn has_agreement(&self, party: &str) -> bool {
        let counts = |agreement: &&Agreement| !matches!(agreement.state, Some("draft" | "under_review"));
        self.agreements.iter().filter(counts).any(|agreement| agreement.provider.as_deref() == Some(party))
    }

    /// Whether a tier declares a party as one that works beneath another.
    pub fn is_declared(&self, party: &str) -> bool {
        self.tiers.iter().any(|tier| &*tier.party == party && (tier.rank > 1 || tier.upstream.is_some()))
    }

    /// Who works at which rank.
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// How much work was agreed on.
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// What cannot be used, and why.
    pub fn faults(&self) -> &[EstateFault] {
        &self.faults
    }

    /// The places of all records of a kind that is no work and that are not deleted.
    pub(crate) fn of_kind(&self, kind: Kind) -> &[u32] {
        self.by_kind.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// The agreements that cover what a service is, whatever records describe it.
    pub fn covering(&self, service: Row<'_>) -> impl Iterator<Item = &Agreement> {
        let wanted = self.services.of_row(service.at);
        self.agreements
            .iter()
            .filter(move |agreement| wanted.is_some_and(|wanted| agreement.services.contains(&wanted)))
    }

    /// What of a record says which targets are for it. What no target asks for is not looked up.
    pub(crate) fn traits(&self, row: Row<'_>, rows: &[Held], index: &Index) -> Option<Traits> {
        let service = match row.facts.text(Field::Service) {
            _ if !self.asks_for_services => Told::Missing,
            Told::Known(name) => {
                self.services.find(rows, index, &row.facts.instance, name).map_or(Told::Unmapped, Told::Known)
            }
            Told::Missing => Told::Missing,
            Told::Unmapped | Told::Unreadable => Told::Unreadable,
        };
        let category = match row.facts.text(Field::Category) {
            _ if !self.asks_for_categories => Told::Missing,
            told => told.read(|text| Some(lower(text))),
        };
        Some(Traits { kind: row.facts.kind()?, priority: row.facts.priority, category, service })
    }
}

/// All records while an estate is made of them.
struct Reading<'a> {
    rows: &'a [Held],
    index: &'a Index,
    zones: &'a Zones<'a>,
    by_kind: &'a BTreeMap<Kind, Vec<u32>>,
    services: Services,
    parties: BTreeSet<&'a str>,
}

impl<'a> Reading<'a> {
    /// The records of a kind that hold.
    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let (rows, places) = (self.rows, self.by_kind.get(&kind).map_or(&[][..], Vec::as_slice));
        let row = |at: &u32| Row { id: &rows[*at as usize].id, facts: &rows[*at as usize].facts, at: *at };
        places.iter().map(row).filter(|row| row.facts.state_name() != Some("inactive"))
    }

    fn resolve(&self, row: Row<'_>, reference: &str, kinds: &[Kind]) -> Option<u32> {
        self.index.resolve(self.rows, &row.facts.instance, reference, kinds)
    }

    fn service(&mut self, row: Row<'_>, name: &str) -> ServiceNumber {
        self.services.named(self.rows, self.index, &row.facts.instance, name)
    }

    /// The services whose records refer to this one by such an edge.
    fn incoming(&self, at: u32, edge: Edge) -> impl Iterator<Item = ServiceNumber> {
        self.index.incoming(at, edge).filter_map(|from| self.services.of_row(from))
    }

    /// Whether anybody says who the party is; where nobody describes parties at all, nobody has to.
    fn knows_party(&self, slug: &str) -> bool {
        self.parties.is_empty() || self.parties.contains(slug)
    }
}
