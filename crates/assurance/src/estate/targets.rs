//! Targets: what was promised, of which records, and the clock that shows whether it was kept.

use crate::estate::calendars::{Calendar, short};
use crate::estate::faults::Faults;
use crate::estate::rules::{Clock, clock};
use crate::estate::services::{ServiceNumber, lower};
use crate::estate::{Agreement, EstateFault, Reading};
use crate::facts::Told;
use crate::row::Row;
use counterfoil_clock::Truth;
use counterfoil_model::{Decimal, Field, Kind};
use std::collections::BTreeMap;

/// A promise that can be measured.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its record: `instance/stream/native-id`.
    pub id: Box<str>,
    /// What people call it.
    pub title: Box<str>,
    /// The agreement it belongs to: its place in [`crate::Estate::agreements`].
    pub agreement: usize,
    /// What is measured.
    pub metric: &'static str,
    /// How the figure has to stand to the value.
    pub comparator: &'static str,
    /// The value.
    pub value: Decimal,
    /// What the value is measured in.
    pub unit: &'static str,
    /// The share of records, in percent, that has to keep it.
    pub percentile: Option<Decimal>,
    /// Over which time it is judged, an ISO 8601 period.
    pub window: Option<Box<str>>,
    /// The calendar it is measured in: its place in [`crate::Estate::calendars`].
    pub calendar: Option<usize>,
    /// What runs for a record, where the metric is a time.
    pub clock: Option<Clock>,
    /// What a miss costs, in words.
    pub penalty: Option<Box<str>>,
    pub(crate) applies: Applies,
    pub(super) at: u32,
}

impl Target {
    /// Whether a figure keeps it: exactly, and without any rounding.
    pub fn is_kept_by(&self, figure: Decimal) -> bool {
        match self.comparator {
            "at_most" => figure <= self.value,
            "less_than" => figure < self.value,
            "at_least" => figure >= self.value,
            _ => figure > self.value,
        }
    }

    /// How closely it says what it is for; of several the one that says most is meant.
    pub fn specificity(&self) -> usize {
        let Applies { kind, priorities, categories, services } = &self.applies;
        let own = [kind.is_some(), priorities.is_some(), categories.is_some(), services.is_some()];
        own.into_iter().filter(|is_said| *is_said).count()
    }
}

/// Which records a target is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Applies {
    pub(crate) kind: Option<Kind>,
    /// A bit for every place in the words of priorities.
    pub(crate) priorities: Option<u8>,
    /// Lower case.
    pub(crate) categories: Option<Vec<Box<str>>>,
    /// Its own, or else those of the agreement.
    pub(crate) services: Option<Vec<ServiceNumber>>,
}

/// What of a record says whether a target is for it.
#[derive(Debug, Clone)]
pub(crate) struct Traits {
    pub(crate) kind: Kind,
    pub(crate) priority: Told<u8>,
    pub(crate) category: Told<Box<str>>,
    pub(crate) service: Told<ServiceNumber>,
}

impl Applies {
    pub(crate) fn fits(&self, traits: &Traits) -> Truth {
        if self.kind.is_some_and(|kind| kind != traits.kind) {
            return Truth::No;
        }
        let among = |is_among: Option<bool>| is_among.map_or(Truth::Unknown, Truth::known);
        let priority = self.priorities.map(|bits| among(traits.priority.known().map(|at| bits >> at & 1 == 1)));
        let categories = self.categories.as_ref();
        let category = categories.map(|all| match &traits.category {
            Told::Missing => Truth::No,
            told => among(told.known().map(|category| all.contains(category))),
        });
        let services = self.services.as_ref();
        let service = services.map(|all| match &traits.service {
            // A service that nobody described is none of these.
            Told::Unmapped => Truth::No,
            told => among(told.known().map(|service| all.contains(service))),
        });
        [priority, category, service].into_iter().flatten().fold(Truth::Yes, Truth::and)
    }
}

pub(super) fn read(
    reading: &mut Reading<'_>,
    agreements: &[Agreement],
    calendars: &[Calendar],
    all: &mut Vec<EstateFault>,
) -> Vec<Target> {
    let rows: Vec<Row<'_>> = reading.of_kind(Kind::ServiceLevelTarget).collect();
    let mut targets: Vec<Target> = Vec::new();
    for row in rows {
        targets.extend(one(row, reading, agreements, calendars, &mut Faults::of(row.id, all)));
    }
    alike(&targets, all);
    targets
}

/// Two targets of one agreement that are for the same records: nobody knows which one holds.
fn alike(targets: &[Target], all: &mut Vec<EstateFault>) {
    let mut seen: BTreeMap<(usize, &str, &Applies), &Target> = BTreeMap::new();
    for target in targets {
        let before = seen.insert((target.agreement, target.metric, &target.applies), target);
        if let Some(before) = before {
            let why = format!("`{}` is about the same records and the same metric", before.id);
            let remedy = "keep one of them, or say which priorities, categories or services each is for";
            Faults::of(&target.id, all).add(None, why, remedy);
        }
    }
}

fn one(
    row: Row<'_>,
    reading: &mut Reading<'_>,
    agreements: &[Agreement],
    calendars: &[Calendar],
    faults: &mut Faults<'_>,
) -> Option<Target> {
    let agreement = faults.needed_text(row, Field::Agreement).and_then(|name| {
        let at = reading.resolve(row, name, &[Kind::Agreement]);
        let known = at.and_then(|at| agreements.iter().position(|one| one.at == at));
        if known.is_none() {
            let why = format!("`{}` is no agreement that is known, or more than one", short(name));
            faults.add(Field::Agreement, why, "name the id or the key of one agreement");
        }
        known
    });
    let metric = faults.needed_word(row, Field::Metric);
    let comparator = faults.needed_word(row, Field::Comparator);
    let value = faults.needed_decimal(row, Field::TargetValue);
    let unit = faults.needed_word(row, Field::TargetUnit);
    let calendar = faults.optional(Field::Calendar, row.facts.text(Field::Calendar));
    let calendar = calendar.map(|name| {
        let at = reading.resolve(row, name, &[Kind::Calendar]);
        let known = at.and_then(|at| calendars.iter().position(|one| one.at == at));
        if known.is_none() {
            let why = format!("`{}` is no calendar that can be used, or more than one", short(name));
            faults.add(Field::Calendar, why, "name the id or the key of one calendar, and see whether it has a fault");
        }
        known
    });
    let percentile = faults.optional(Field::PercentileRequired, row.facts.decimal(Field::PercentileRequired));
    let agreement = agreement?;
    let applies = applies(row, reading, &agreements[agreement], faults)?;
    let (metric, comparator, value, unit) = (metric?, comparator?, value?, unit?);
    // A calendar that is named and cannot be used leaves no target: around the clock would be another one.
    let calendar = match calendar {
        Some(calendar) => Some(calendar?),
        None => None,
    };
    let hours = calendar.map(|at| &calendars[at].hours);
    let clock = clock(row, metric, comparator, value, unit, hours, faults)?;
    let text = |field| row.facts.text(field).known().map(|text| Box::from(*text));
    Some(Target {
        id: row.id.into(),
        title: text(Field::Title).unwrap_or_else(|| row.native_id().into()),
        agreement,
        metric,
        comparator,
        value,
        unit,
        percentile,
        window: text(Field::TargetWindow),
        calendar,
        clock,
        penalty: text(Field::Penalty),
        applies,
        at: row.at,
    })
}

fn applies(row: Row<'_>, reading: &mut Reading<'_>, agreement: &Agreement, faults: &mut Faults<'_>) -> Option<Applies> {
    let list = |field, faults: &mut Faults<'_>| -> Option<Vec<Box<str>>> {
        let text = faults.optional(field, row.facts.text(field))?;
        let entries = text.split(';').map(str::trim).filter(|entry| !entry.is_empty());
        Some(entries.map(Box::from).collect())
    };
    let kind = faults.optional(Field::AppliesKind, row.facts.word(Field::AppliesKind)).and_then(Kind::parse);
    let mut priorities = None;
    for word in list(Field::AppliesPriorities, faults).into_iter().flatten() {
        let at = Kind::Incident.words(Field::Priority).iter().position(|known| word.eq_ignore_ascii_case(known));
        let Some(at) = at else {
            faults.add(Field::AppliesPriorities, format!("`{}` is no priority", short(&word)), "write P1 to P5");
            return None;
        };
        priorities = Some(priorities.unwrap_or_default() | 1 << at);
    }
    let categories = list(Field::AppliesCategories, faults);
    let categories = categories.map(|all| all.iter().map(|category| lower(category)).collect());
    let own = list(Field::AppliesServices, faults);
    let own: Option<Vec<_>> = own.map(|all| all.iter().map(|name| reading.service(row, name)).collect());
    let services = own.or_else(|| (!agreement.services.is_empty()).then(|| agreement.services.clone()));
    let broken = [Field::AppliesKind, Field::AppliesCategories, Field::AppliesServices, Field::AppliesPriorities];
    let is_broken = |field: &Field| matches!(row.facts.said(*field), Told::Unmapped | Told::Unreadable);
    (!broken.iter().any(is_broken)).then_some(Applies { kind, priorities, categories, services })
}
