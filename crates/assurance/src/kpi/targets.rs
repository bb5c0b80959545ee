//! What was agreed, judged as a whole: targets achieved (SLM-01, SUP-01) and work beyond what was agreed (SLM-05). The
//! records are summed up per target or limit and judged at the end.

use super::timed::CLOCKED;
use super::{Attribution, Direction, Kpi, Spec};
use crate::class::{Class, Measure, Reason};
use crate::clocks::{Choice, choose, ours};
use crate::cohort::{self, Cohort};
use crate::comparison::{Comparability, NotCompared};
use crate::estate::{Agreement, Limit, Target};
use crate::facts::Told;
use crate::figure::{Figure, Status, Unit};
use crate::row::Row;
use crate::statistics::{percent, wilson_95};
use crate::sums::Sums;
use crate::view::View;
use counterfoil_clock::{Truth, Verdict};
use counterfoil_model::{Field, Kind};
use std::collections::BTreeMap;

/// Targets of agreements of some kinds.
pub(super) struct Targets {
    spec: &'static Spec,
    /// No kinds are all.
    kinds: &'static [&'static str],
}

const ABOUT: &[Kind] = &[Kind::ServiceLevelTarget, Kind::Incident, Kind::ServiceRequest];
const REMARK: &str = "n counts targets; one is measured by the records of the window that our clock judged, and achieved when the \
     share it asks for kept it (all of them where it asks for none); targets that nothing measures are told apart and are not met; \
     availability is judged by AVL-01; the window is the one asked for";

pub(super) static ACHIEVED: Targets = Targets {
    spec: &Spec {
        id: "SLM-01",
        title: "Targets achieved",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: ABOUT,
        cohort: Cohort::InForce,
        remark: REMARK,
        attribution: Attribution::Fields(&[Field::ProviderParty]),
        definition: "Service level targets in force that were achieved in the window divided by those that were measured in it.",
        source: "catalogue row SLM-01; ITIL",
        top_level: &[],
    },
    kinds: &[],
};

pub(super) static OF_SUPPLIERS: Targets = Targets {
    spec: &Spec {
        id: "SUP-01",
        title: "Contract targets achieved",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: ABOUT,
        cohort: Cohort::InForce,
        remark: REMARK,
        attribution: Attribution::Fields(&[Field::ProviderParty]),
        definition: "As SLM-01, of the agreements with suppliers.",
        source: "catalogue row SUP-01; Counterfoil",
        top_level: &[],
    },
    kinds: &["internal_supplier_agreement", "external_supplier_contract", "customer_as_supplier_agreement"],
};

/// What is kept of each target, beside its place.
const MET: i64 = 0;
const BREACHED: i64 = 1;
const UNDECIDED: i64 = 2;
/// Millionths of a percent that have to keep it, and one.
const REQUIRED: i64 = 3;
const TAGS: i64 = 4;

const METRICS: [&str; 3] = ["resolution", "fulfilment", "response"];

impl Targets {
    fn is_of(&self, agreement: &Agreement) -> bool {
        self.kinds.is_empty() || agreement.kind.is_some_and(|kind| self.kinds.contains(&kind))
    }

    /// The target of a record for a metric, with its place among all.
    fn chosen<'a>(&self, row: Row<'a>, metric: &str, view: &View<'a>) -> Option<(i64, &'a Target)> {
        let Choice::Target(target) = choose(row, metric, view) else { return None };
        let is_ours = self.is_of(&view.estate.agreements()[target.agreement]);
        let at = view.estate.targets().iter().position(|one| std::ptr::eq(one, target)).filter(|_| is_ours)?;
        Some((i64::try_from(at).ok()?, target))
    }
}

impl Kpi for Targets {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        if row.kind() != Some(Kind::ServiceLevelTarget) || row.tombstone {
            return Class::OutsideCohort;
        }
        let Some(target) = view.estate.target(row) else { return Class::OutsideCohort };
        let agreement = &view.estate.agreements()[target.agreement];
        match agreement.in_force(view.window.end() - 1) {
            _ if !self.is_of(agreement) => Class::OutsideCohort,
            Truth::Yes => Class::Counted(Measure { amount: 1, label: "targets", imputed: false }),
            Truth::Unknown => Class::excluded(Reason::InputUnknown),
            Truth::No => Class::OutsideCohort,
        }
    }

    fn party<'a>(&self, row: Row<'a>, view: &View<'a>) -> Told<&'a str> {
        let target = if row.kind() == Some(Kind::ServiceLevelTarget) {
            view.estate.target(row)
        } else if view.estate.targets().is_empty() {
            None
        } else {
            METRICS.iter().find_map(|metric| self.chosen(row, metric, view)).map(|(_, target)| target)
        };
        let provider = target.and_then(|target| view.estate.agreements()[target.agreement].provider.as_deref());
        provider.map_or(Told::Missing, Told::Known)
    }

    fn looks_outside(&self) -> bool {
        true
    }

    fn gather(&self, row: Row<'_>, view: &View<'_>, class: &Class, sums: &mut Sums) {
        let targets = view.estate.targets();
        if let (Class::Counted(_), Some(target)) = (class, view.estate.target(row)) {
            let place = targets.iter().position(|one| std::ptr::eq(one, target)).and_then(|at| i64::try_from(at).ok());
            let required = target.percentile.map_or(100_000_000, |percentile| percentile.millionths);
            if let (Some(at), Ok(required)) = (place, u64::try_from(required)) {
                sums.histogram.insert(at * TAGS + REQUIRED, required + 1);
            }
            return;
        }
        if targets.is_empty() || !row.is_work() {
            return;
        }
        for metric in METRICS {
            let ended = match metric {
                "response" => row.first_response_at.known().is_some_and(|at| view.window.contains(*at)),
                _ => cohort::resolved(&row, &view.window).is_ok(),
            };
            if !ended {
                continue;
            }
            if let Some((at, target)) = self.chosen(row, metric, view) {
                let tag = match ours(row, target, view.window.to).and_then(|clock| clock.verdict()) {
                    Some(Verdict::Met) => MET,
                    Some(Verdict::Breached) => BREACHED,
                    Some(Verdict::Running | Verdict::Cancelled) => continue,
                    Some(Verdict::Unknown) | None => UNDECIDED,
                };
                *sums.histogram.entry(at * TAGS + tag).or_default() += 1;
                sums.add(CLOCKED, 1);
            }
        }
    }

    fn comparability(&self) -> Comparability {
        Comparability::not(NotCompared::NoStrata)
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        let mut all: BTreeMap<i64, [u64; 4]> = BTreeMap::new();
        for (key, count) in &sums.histogram {
            let tag = usize::try_from(key % TAGS).expect("tags are not negative");
            all.entry(key / TAGS).or_default()[tag] = *count;
        }
        let (mut met, mut measured, mut surely, mut perhaps) = (0, 0, 0, 0);
        for [kept, breached, undecided, required] in all.into_values().filter(|one| one[3] > 0) {
            let needed = u128::from(required - 1);
            let reaches = |kept: u64, of: u64| u128::from(kept) * 100_000_000 >= needed * u128::from(of);
            let n = kept + breached;
            if n > 0 {
                measured += 1;
                met += u64::from(reaches(kept, n));
            }
            // Whatever the undecided ones are.
            surely += u64::from(n > 0 && reaches(kept, n + undecided));
            perhaps += u64::from(n + undecided > 0 && reaches(kept + undecided, n + undecided));
        }
        figure.value = percent(met, measured);
        figure.interval = wilson_95(met, measured);
        figure.put_count("measured", measured);
        figure.put_count("achieved", met);
        figure.put_count("missed", measured - met);
        figure.put_count("unmeasurable", figure.n.saturating_sub(measured));
        figure.put_count("records", sums.count(CLOCKED));
        if figure.doubt.is_none() {
            figure.bounds = percent(surely, measured).zip(percent(perhaps.max(met).min(measured), measured));
        }
        if measured == 0 && figure.n > 0 {
            figure.status = Status::InsufficientData;
        }
    }
}

/// Work against what was agreed on at most.
pub(super) struct Workload;

static WORKLOAD: Spec = Spec {
    id: "SLM-05",
    title: "Workload limits exceeded",
    unit: Unit::Records,
    direction: Direction::Down,
    about: &[Kind::WorkloadLimit, Kind::Incident, Kind::ServiceRequest, Kind::Change, Kind::Measurement],
    cohort: Cohort::InForce,
    remark: "n counts limits; the work of a limit is what was opened in the window and is with its provider, or the measurements of \
             its name; a limit for another period is scaled to the window",
    attribution: Attribution::Fields(&[Field::ProviderParty]),
    definition: "The number of workload limits in force of which more was used in the window than agreed.",
    source: "catalogue row SLM-05; Counterfoil",
    top_level: &[],
};

/// Thousandths of days of its period.
const PERIOD: i64 = 0;
/// Millionths.
const LIMIT: i64 = 1;
/// Millionths of what was used.
const USED: i64 = 2;

impl Workload {
    fn limit<'a>(row: Row<'_>, view: &View<'a>) -> Option<(i64, &'a Limit)> {
        let at = view.estate.limits().iter().position(|limit| *limit.id == *row.id)?;
        Some((i64::try_from(at).ok()?, &view.estate.limits()[at]))
    }

    fn provider<'a>(limit: &Limit, view: &View<'a>) -> Option<&'a str> {
        view.estate.agreements()[limit.agreement].provider.as_deref()
    }
}

impl Kpi for Workload {
    fn spec(&self) -> &'static Spec {
        &WORKLOAD
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        if row.kind() != Some(Kind::WorkloadLimit) || row.tombstone {
            return Class::OutsideCohort;
        }
        let Some((_, limit)) = Self::limit(row, view) else { return Class::OutsideCohort };
        match view.estate.agreements()[limit.agreement].in_force(view.window.end() - 1) {
            Truth::No => Class::OutsideCohort,
            Truth::Yes if view.window.from.is_some() && days(&limit.window).is_some() => {
                Class::Counted(Measure { amount: 1, label: "limits", imputed: false })
            }
            Truth::Yes | Truth::Unknown => Class::excluded(Reason::InputUnknown),
        }
    }

    fn party<'a>(&self, row: Row<'a>, view: &View<'a>) -> Told<&'a str> {
        match row.kind() {
            Some(Kind::WorkloadLimit) => {
                let provider = Self::limit(row, view).and_then(|(_, limit)| Self::provider(limit, view));
                provider.map_or(Told::Missing, Told::Known)
            }
            Some(Kind::Measurement) => view.party(row, Attribution::Fields(&[Field::Party, Field::OwnerParty])),
            _ => view.party(row, Attribution::Holder),
        }
    }

    fn looks_outside(&self) -> bool {
        true
    }

    fn gather(&self, row: Row<'_>, view: &View<'_>, class: &Class, sums: &mut Sums) {
        if view.estate.limits().is_empty() {
            return;
        }
        if let (Class::Counted(_), Some((at, limit))) = (class, Self::limit(row, view)) {
            let period = days(&limit.window).map_or(0, |days| (days * 1000.0) as u64);
            sums.histogram.insert(at * TAGS + PERIOD, period);
            sums.histogram.insert(at * TAGS + LIMIT, u64::try_from(limit.limit.millionths).unwrap_or(0));
            return;
        }
        let used = match row.kind() {
            Some(Kind::Measurement) => {
                let at = [Field::PeriodStart, Field::PeriodEnd].map(|field| row.moment(field).known().copied());
                let inside =
                    at.iter().flatten().filter(|at| view.window.contains(**at - 1) || view.window.contains(**at));
                let amount = row.decimal(Field::Amount).known().map_or(0, |amount| amount.millionths);
                if inside.count() == 2 && !row.tombstone { u64::try_from(amount).unwrap_or(0) } else { 0 }
            }
            _ if row.is_work() && cohort::opened(&row, &view.window).is_ok() => 1_000_000,
            _ => 0,
        };
        if used == 0 {
            return;
        }
        let Told::Known(party) = self.party(row, view) else { return };
        let measure = match row.kind() {
            Some(Kind::Measurement) => row.text(Field::Measure).known().copied(),
            kind => kind.map(Kind::name),
        };
        for (at, limit) in (0_i64..).zip(view.estate.limits()) {
            if Self::provider(limit, view) == Some(party) && Some(&*limit.measure) == measure {
                *sums.histogram.entry(at * TAGS + USED).or_default() += used;
            }
        }
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        let mut exceeded = 0;
        let from = figure.window.from.map_or(0, crate::facts::millis);
        let length = (figure.window.end() - from) as f64 / 86_400_000.0;
        let of = |key: i64| sums.histogram.get(&key).copied().unwrap_or(0) as f64;
        let mut highest: Option<f64> = None;
        for key in sums.histogram.keys().filter(|key| *key % TAGS == PERIOD) {
            let (period, limit, used) = (of(*key) / 1000.0, of(key + LIMIT), of(key + USED));
            // A month is a month, however many days it has.
            let periods = length / period;
            let whole = periods.round();
            let periods = if whole >= 1.0 && (periods - whole).abs() < 0.09 { whole } else { periods };
            exceeded += u64::from(used > limit * periods);
            if limit > 0.0 {
                highest = Some(highest.unwrap_or(0.0).max(used * 100.0 / (limit * periods)));
            }
        }
        figure.value = Some(exceeded as f64);
        figure.put_count("limits", figure.n);
        figure.put("highest_use_pct", highest);
    }
}

/// The days of an ISO 8601 period of one unit, as `P1M`.
fn days(period: &str) -> Option<f64> {
    let text = period.strip_prefix('P')?;
    let unit = text.chars().last()?;
    let number: u32 = text[..text.len() - unit.len_utf8()].parse().ok()?;
    let days = match unit {
        'D' => 1.0,
        'W' => 7.0,
        'M' => 365.25 / 12.0,
        'Y' => 365.25,
        _ => return None,
    };
    (number > 0).then(|| f64::from(number) * days)
}
