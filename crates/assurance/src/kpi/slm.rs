//! Service levels (ISO/IEC 20000-1:2018 clauses 8.3.3 and 9.4), catalogue rows SLM-02 to SLM-04.

use super::family::{Measured, Outside, Worked, at_most_one, hit, nothing, rate};
use super::timed::verdict;
use super::{Attribution, Direction, Spec, conclude_rate, flag};
use crate::class::{Class, Reason};
use crate::cohort::{self, Cohort};
use crate::comparison::NotCompared;
use crate::estate::Agreement;
use crate::facts::Told;
use crate::figure::Unit;
use crate::row::Row;
use crate::statistics::percent;
use crate::view::View;
use counterfoil_clock::Truth;
use counterfoil_model::{Field, Kind};

const OWNER: Attribution = Attribution::Fields(&[Field::OwnerParty]);
/// A review may be held so long after it was planned for.
const TOLERANCE: i64 = 7 * 24 * 3_600_000;

/// A service that is delivered.
fn live(row: Row<'_>) -> Result<(), Class> {
    match (row.tombstone, row.state_name()) {
        (false, Some("live")) => Ok(()),
        (false, None) => Err(Class::excluded(Reason::StateUnknown)),
        (true, _) | (false, Some(_)) => Err(Class::OutsideCohort),
    }
}

/// Whether a service level agreement that covers a service is in force at the end of the window.
fn agreed<'a>(row: Row<'_>, view: &View<'a>) -> (Truth, Vec<&'a Agreement>) {
    let covering = view.estate.covering(row).filter(|agreement| agreement.kind == Some("service_level_agreement"));
    let covering: Vec<&Agreement> = covering.collect();
    let force = covering.iter().map(|agreement| agreement.in_force(view.window.end() - 1));
    (force.fold(Truth::No, Truth::or), covering)
}

pub(super) static COVERED: Measured = Measured {
    spec: &Spec {
        id: "SLM-02",
        title: "Live services with a service level agreement",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: &[Kind::Service],
        cohort: Cohort::InForce,
        remark: "services in state live; an agreement that covers everything covers none of them by name and does not count",
        attribution: OWNER,
        definition: "Live services that a service level agreement in force covers divided by all live services.",
        source: "catalogue row SLM-02; ITIL",
        top_level: &[],
    },
    judge: |row, view| {
        live(row)?;
        match agreed(row, view).0 {
            Truth::Unknown => Err(Class::excluded(Reason::InputUnknown)),
            truth => Ok(hit(truth == Truth::Yes, "covered", "not_covered")),
        }
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static REPORTED: Measured = Measured {
    spec: &Spec {
        id: "SLM-03",
        title: "Live services reported on and reviewed on time",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: &[Kind::Service],
        cohort: Cohort::InForce,
        remark: "reports due and reviews planned in the window, of the service itself or of an agreement that covers it; a review may be \
                 held up to 7 days later than planned; services of which neither was due are told apart",
        attribution: OWNER,
        definition: "Live services of which every report was issued by when it was due and every review held when it was planned, divided \
                     by all live services of which one of them was due in the window.",
        source: "catalogue row SLM-03; ITIL",
        top_level: &[],
    },
    judge: |row, view| {
        live(row)?;
        let covering = agreed(row, view).1;
        let is_about = |record: Row<'_>, field: Field| {
            let named = view.target(record, field);
            let is_service = named.is_some_and(|named| named.at == row.at);
            let agreement = named.and_then(|named| view.estate.agreement(named));
            is_service || agreement.is_some_and(|one| covering.iter().any(|covering| covering.id == one.id))
        };
        let mut due: Vec<Option<bool>> = Vec::new();
        for report in view.of_kind(Kind::ServiceReport) {
            let Ok(by) = cohort::within(&report, Field::DueAt, &view.window) else { continue };
            if is_about(report, Field::Agreement) || is_about(report, Field::Service) {
                due.push(in_time(report.moment(Field::IssuedAt), by));
            }
        }
        for review in
            view.of_kind(Kind::Review).filter(|review| review.word(Field::ReviewType) != Told::Known("major_incident"))
        {
            let Ok(planned) = cohort::within(&review, Field::PlannedAt, &view.window) else { continue };
            if planned + TOLERANCE < view.window.end() && is_about(review, Field::Subject) {
                due.push(in_time(review.moment(Field::HeldAt), planned + TOLERANCE));
            }
        }
        if due.is_empty() {
            return Err(Class::excluded(Reason::NoDueDate));
        }
        match due.contains(&Some(false)) {
            true => Ok(hit(false, "in_time", "late_or_none")),
            false if due.contains(&None) => Err(Class::excluded(Reason::InputUnknown)),
            false => Ok(hit(true, "in_time", "late_or_none")),
        }
    },
    keep: nothing,
    conclude: rate,
};

fn in_time(at: Told<i64>, due: i64) -> Option<bool> {
    match at {
        Told::Known(at) => Some(at <= due),
        Told::Missing => Some(false),
        Told::Unmapped | Told::Unreadable => None,
    }
}

/// Whether a record breached what was agreed on it.
fn breached<'a>(row: Row<'a>, view: &View<'a>) -> Result<bool, Reason> {
    let metric = if row.kind() == Some(Kind::ServiceRequest) { "fulfilment" } else { "resolution" };
    verdict(row, metric, view).map(|judged| !judged.met)
}

fn is_disclosed(row: Row<'_>, view: &View<'_>) -> bool {
    view.referring(row, Field::DisclosedBreaches).any(|report| report.kind() == Some(Kind::ServiceReport))
}

pub(super) static DISCLOSED: Outside<Worked> = Outside(Worked {
    spec: &Spec {
        id: "SLM-04",
        title: "Breaches disclosed in reports",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: &[Kind::Incident, Kind::ServiceRequest],
        cohort: Cohort::Resolved,
        remark: "n counts breaches; what a report names and was no breach stands beside it; without any report nothing is known",
        attribution: Attribution::Resolver,
        definition: "Records that breached their target and that a service report names as a breach divided by all that breached it.",
        source: "catalogue row SLM-04; Counterfoil",
        top_level: &[],
    },
    metric: None,
    compared: Some(NotCompared::NoStrata),
    judge: |row, view| {
        let resolved = cohort::resolved(&row, &view.window)?;
        match breached(row, view) {
            Ok(false) | Err(Reason::NoClock | Reason::NoTarget) => return Err(Class::OutsideCohort),
            Err(reason) => return Err(Class::excluded(reason)),
            Ok(true) => {}
        }
        if view.of_kind(Kind::ServiceReport).next().is_none() {
            return Err(Class::excluded(Reason::InputUnknown));
        }
        Ok(flag(is_disclosed(row, view), "disclosed", "not_disclosed", resolved.imputed))
    },
    at_most: at_most_one,
    keep: |row, view, class, sums| {
        if *class == Class::OutsideCohort && is_disclosed(row, view) && cohort::resolved(&row, &view.window).is_ok() {
            sums.add("named_and_no_breach", 1);
        }
    },
    conclude: |sums, figure| {
        conclude_rate(sums.count("disclosed"), figure);
        figure.put_count("disclosed", sums.count("disclosed"));
        figure.put_count("not_disclosed", sums.count("not_disclosed"));
        let named = sums.count("disclosed") + sums.count("named_and_no_breach");
        figure.put_count("named_and_no_breach", sums.count("named_and_no_breach"));
        figure.put("named_pct", percent(named, figure.n));
    },
});
