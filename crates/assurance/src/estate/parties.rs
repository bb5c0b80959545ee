//! Parties by their slugs, the roles they have, who works beneath whom, and how much work was agreed on.

use crate::estate::faults::Faults;
use crate::estate::{Agreement, EstateFault, Reading};
use crate::facts::Told;
use crate::row::Row;
use counterfoil_model::{Decimal, Field, Kind};
use std::collections::BTreeMap;

/// Who takes part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// What people call it, where anybody says so.
    pub title: Option<Box<str>>,
    /// Its roles.
    pub roles: Vec<PartyRole>,
    /// The words of its roles, each once.
    pub(super) role_words: Vec<&'static str>,
}

/// A role of a party, for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyRole {
    /// Which.
    pub role: &'static str,
    /// The agreement it rests on: its place in [`crate::Estate::agreements`].
    pub agreement: Option<usize>,
    /// From when, milliseconds since the Unix epoch; nobody says without one.
    pub from: Option<i64>,
    /// Until when, exclusively; open without one.
    pub to: Option<i64>,
}

/// Who works at which rank under an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Its record: `instance/stream/native-id`.
    pub id: Box<str>,
    /// Its place in [`crate::Estate::agreements`].
    pub agreement: usize,
    /// The party.
    pub party: Box<str>,
    /// 1 for the direct provider.
    pub rank: i64,
    /// The party it works for.
    pub upstream: Option<Box<str>>,
}

/// How much work an agreement promises to carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Its record: `instance/stream/native-id`.
    pub id: Box<str>,
    /// Its place in [`crate::Estate::agreements`].
    pub agreement: usize,
    /// What is counted: a kind of work, or the name of a measurement.
    pub measure: Box<str>,
    /// How many at most.
    pub limit: Decimal,
    /// In which time, an ISO 8601 period.
    pub window: Box<str>,
}

pub(super) fn parties(
    reading: &Reading<'_>,
    agreements: &[Agreement],
    all: &mut Vec<EstateFault>,
) -> BTreeMap<Box<str>, Party> {
    let mut parties: BTreeMap<Box<str>, Party> = BTreeMap::new();
    for row in reading.of_kind(Kind::Party) {
        let Some(slug) = Faults::of(row.id, all).needed_text(row, Field::Party) else { continue };
        let party = parties.entry(slug.into()).or_default();
        if party.title.is_none() {
            party.title = row.facts.text(Field::Title).known().map(|title| (*title).into());
        }
    }
    for row in reading.of_kind(Kind::PartyRole) {
        let mut faults = Faults::of(row.id, all);
        let slug = faults.needed_text(row, Field::Party);
        let role = faults.needed_word(row, Field::Role);
        let agreement = match row.facts.text(Field::Agreement) {
            Told::Missing => None,
            _ => agreement(row, reading, agreements, &mut faults),
        };
        let from = faults.optional(Field::ValidFrom, row.facts.moment(Field::ValidFrom));
        let to = faults.optional(Field::ValidTo, row.facts.moment(Field::ValidTo));
        let Some((slug, role)) = slug.zip(role) else { continue };
        let party = parties.entry(slug.into()).or_default();
        party.roles.push(PartyRole { role, agreement, from, to });
        if !party.role_words.contains(&role) {
            party.role_words.push(role);
        }
    }
    parties
}

pub(super) fn tiers(reading: &Reading<'_>, agreements: &[Agreement], all: &mut Vec<EstateFault>) -> Vec<Tier> {
    let tier = |row: Row<'_>| {
        let mut faults = Faults::of(row.id, all);
        let agreement = agreement(row, reading, agreements, &mut faults);
        let party = faults.needed_text(row, Field::Party);
        let rank = faults.needed(Field::Rank, row.facts.number(Field::Rank));
        let upstream = row.facts.text(Field::UpstreamParty).known().map(|party| (*party).into());
        Some(Tier { id: row.id.into(), agreement: agreement?, party: party?.into(), rank: rank?, upstream })
    };
    reading.of_kind(Kind::SupplyTier).filter_map(tier).collect()
}

pub(super) fn limits(reading: &Reading<'_>, agreements: &[Agreement], all: &mut Vec<EstateFault>) -> Vec<Limit> {
    let limit = |row: Row<'_>| {
        let mut faults = Faults::of(row.id, all);
        let agreement = agreement(row, reading, agreements, &mut faults);
        let measure = faults.needed_text(row, Field::Measure);
        let limit = faults.needed_decimal(row, Field::Limit);
        let window = faults.needed_text(row, Field::TargetWindow);
        let (measure, window) = (measure?.into(), window?.into());
        Some(Limit { id: row.id.into(), agreement: agreement?, measure, limit: limit?, window })
    };
    reading.of_kind(Kind::WorkloadLimit).filter_map(limit).collect()
}

fn agreement(row: Row<'_>, reading: &Reading<'_>, agreements: &[Agreement], faults: &mut Faults<'_>) -> Option<usize> {
    let name = faults.needed_text(row, Field::Agreement)?;
    let at = reading.resolve(row, name, &[Kind::Agreement]);
    let known = at.and_then(|at| agreements.iter().position(|one| one.at == at));
    if known.is_none() {
        let why = format!("`{}` is no agreement that is known, or more than one", crate::own::cut(name, 60));
        faults.add(Field::Agreement, why, "name the id or the key of one agreement");
    }
    known
}
