//! What customers say (ISO/IEC 20000-1:2018 clause 8.3.2), continuity (8.7.2) and cost (8.4.1): catalogue rows BRM-01 to
//! BRM-05, CON-01 and FIN-01.

use super::family::{Measured, amount, hit, nothing, one, rate, ratio};
use super::{Attribution, Direction, Spec};
use crate::class::{Class, Reason};
use crate::cohort::{self, Cohort};
use crate::facts::{Told, millis};
use crate::figure::{Status, Unit};
use crate::row::Row;
use crate::statistics::mean;
use crate::view::View;
use counterfoil_model::{Category, Field, Kind};

const SURVEYS: &[Kind] = &[Kind::SatisfactionMeasurement];
const WHOSE: Attribution = Attribution::Fields(&[Field::OwnerParty]);
const TOLERANCE: i64 = 7 * 86_400_000;
/// Fewer answers tell of persons and not of a service.
const ANSWERS: u64 = 5;

pub(super) static SATISFACTION: Measured = Measured {
    spec: &Spec {
        id: "BRM-01",
        title: "Customer satisfaction",
        unit: Unit::Points,
        direction: Direction::Up,
        about: SURVEYS,
        cohort: Cohort::Within,
        remark: "sent in the window, from 0 to 100; fewer than 5 answers give no value; BRM-02 says how many answered at all",
        attribution: WHOSE,
        definition: "The mean of the answers, each as its place between the worst and the best answer there is, times 100.",
        source: "catalogue row BRM-01; ServiceNow Benchmarks",
        top_level: &[],
    },
    judge: |row, view| {
        cohort::within(&row, Field::SentAt, &view.window)?;
        if row.said(Field::RespondedAt) == Told::Missing && row.said(Field::Score) == Told::Missing {
            return Err(Class::excluded(Reason::Unanswered));
        }
        let known = [Field::Score, Field::ScaleMin, Field::ScaleMax].map(|field| row.decimal(field).known().copied());
        let [Some(score), Some(min), Some(max)] =
            known.map(|number| number.map(|number| i128::from(number.millionths)))
        else {
            return Err(Class::excluded(Reason::InputUnknown));
        };
        if min >= max || score < min || score > max {
            return Err(Class::excluded(Reason::InputUnknown));
        }
        // Billionths of the scale, rounded half up: whole numbers, so that no order can be seen.
        let share = ((score - min) * 2_000_000_000 + (max - min)) / (2 * (max - min));
        Ok(amount(i64::try_from(share).unwrap_or(i64::MAX), "answered"))
    },
    keep: nothing,
    conclude: |sums, figure| {
        figure.value = mean(sums.total, figure.n).map(|billionths| billionths / 1e7);
        if figure.n < ANSWERS {
            figure.status = Status::InsufficientData;
        }
    },
};

pub(super) static RESPONSES: Measured = Measured {
    spec: &Spec {
        id: "BRM-02",
        title: "Survey response rate",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: SURVEYS,
        cohort: Cohort::Within,
        remark: "sent in the window",
        attribution: WHOSE,
        definition: "Surveys sent in the window that were answered divided by all sent in it.",
        source: "catalogue row BRM-02",
        top_level: &[],
    },
    judge: |row, view| {
        cohort::within(&row, Field::SentAt, &view.window)?;
        Ok(hit(row.said(Field::RespondedAt) != Told::Missing, "answered", "not_answered"))
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static COMPLAINTS: Measured = Measured {
    spec: &Spec {
        id: "BRM-03",
        title: "Complaints per 1,000 records",
        unit: Unit::PerThousand,
        direction: Direction::Down,
        about: &[Kind::Complaint, Kind::Incident, Kind::ServiceRequest],
        cohort: Cohort::Within,
        remark: "complaints received, incidents and requests opened in the window; n counts all of them; what a complaint is, each customer \
                 agrees on",
        attribution: Attribution::Holder,
        definition: "Complaints divided by incidents and service requests, times 1,000.",
        source: "catalogue row BRM-03",
        top_level: &[],
    },
    judge: |row, view| {
        if row.kind() == Some(Kind::Complaint) {
            cohort::within(&row, Field::ReceivedAt, &view.window)?;
            if row.category() == Category::Cancelled {
                return Err(Class::excluded(Reason::Cancelled));
            }
            return Ok(one("complaints"));
        }
        cohort::opened(&row, &view.window)?;
        Ok(one("work"))
    },
    keep: nothing,
    conclude: |sums, figure| {
        figure.value = ratio(sums, "complaints", "work").map(|share| share * 1000.0);
        figure.put_count("complaints", sums.count("complaints"));
        figure.put_count("work", sums.count("work"));
    },
};

pub(super) static COMPLAINTS_IN_TIME: Measured = Measured {
    spec: &Spec {
        id: "BRM-04",
        title: "Complaints closed within target",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: &[Kind::Complaint],
        cohort: Cohort::Closed,
        remark: "closed in the window, by closed_at, else by resolved_at; escalated ones stand beside",
        attribution: WHOSE,
        definition: "Complaints closed in the window that were resolved until they were due divided by all closed in it that have a due date.",
        source: "catalogue row BRM-04",
        top_level: &[],
    },
    judge: |row, view| {
        if row.tombstone || !matches!(row.category(), Category::Closed | Category::Resolved) {
            return Err(Class::OutsideCohort);
        }
        let resolved = row.resolved_at.known().or(row.closed_at.known()).copied();
        let ended = row.closed_at.known().or(row.resolved_at.known()).copied();
        let (Some(resolved), Some(ended)) = (resolved, ended) else {
            return Err(Class::excluded(Reason::ClosedAtMissing));
        };
        if !view.window.contains(ended) {
            return Err(Class::OutsideCohort);
        }
        let Told::Known(due) = row.due_at else { return Err(Class::excluded(Reason::NoDueDate)) };
        Ok(hit(resolved <= due, "in_time", "late"))
    },
    keep: |row, _, class, sums| {
        if let Class::Counted(_) = class {
            sums.add("escalated", i128::from(row.said(Field::EscalatedAt) != Told::Missing));
        }
    },
    conclude: |sums, figure| {
        rate(sums, figure);
        figure.put_count("escalated", sums.count("escalated"));
    },
};

pub(super) static CUSTOMER_REVIEWS: Measured = Measured {
    spec: &Spec {
        id: "BRM-05",
        title: "Customer reviews held in time",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: &[Kind::Review],
        cohort: Cohort::Within,
        remark: "planned for the window, up to 7 days late",
        attribution: Attribution::Fields(&[Field::Party, Field::OwnerParty]),
        definition: "Reviews with customers planned for the window and held at most 7 days late divided by all planned for it.",
        source: "catalogue row BRM-05",
        top_level: &[],
    },
    judge: |row, view| review(row, view, &["customer"]),
    keep: nothing,
    conclude: rate,
};

pub(super) static CONTINUITY_TESTS: Measured = Measured {
    spec: &Spec {
        id: "CON-01",
        title: "Continuity plans tested in time",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: &[Kind::ContinuityPlan],
        cohort: Cohort::Held,
        remark: "plans in force; at the end of the window the last test must not be longer ago than the plan's interval",
        attribution: WHOSE,
        definition: "Plans whose last test before the end of the window lies within their interval divided by all plans in force.",
        source: "catalogue row CON-01",
        top_level: &[],
    },
    judge: |row, view| {
        if row.tombstone || row.state_name() != Some("active") {
            return Err(Class::OutsideCohort);
        }
        let Told::Known(interval) = row.number(Field::TestInterval) else {
            return Err(Class::excluded(Reason::InputUnknown));
        };
        let (end, interval) = (view.window.end(), interval.saturating_mul(1000));
        let tests = view
            .referring(row, Field::Plan)
            .filter(|test| test.kind() == Some(Kind::ContinuityTest) && !test.tombstone);
        let last = tests.filter_map(|test| test.moment(Field::TestedAt).known().copied()).filter(|at| *at < end).max();
        match (last, row.moment(Field::ValidFrom)) {
            (Some(last), _) => Ok(hit(end - last <= interval, "in_time", "late")),
            (None, Told::Known(from)) if from.saturating_add(interval) > end => Err(Class::excluded(Reason::NotYetDue)),
            (None, _) => Ok(hit(false, "in_time", "late")),
        }
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static COST_PER_CONTACT: Measured = Measured {
    spec: &Spec {
        id: "FIN-01",
        title: "Cost per inbound contact",
        unit: Unit::Money,
        direction: Direction::Down,
        about: &[Kind::Measurement],
        cohort: Cohort::Within,
        remark: "measurements `operating_expense` and `contacts` whose period lies within the window; what is bought has a price and what is \
                 done in house a cost, and the two are never compared",
        attribution: Attribution::Fields(&[Field::Party, Field::OwnerParty]),
        definition: "Operating expense divided by inbound contacts.",
        source: "catalogue row FIN-01; HDI, MetricNet",
        top_level: &[],
    },
    judge: |row, view| {
        let label = match row.text(Field::Measure) {
            Told::Known("operating_expense") => "operating_expense_n",
            Told::Known("contacts") => "contacts_n",
            _ => return Err(Class::OutsideCohort),
        };
        let (Told::Known(from), Told::Known(to)) = (row.moment(Field::PeriodStart), row.moment(Field::PeriodEnd))
        else {
            return Err(Class::excluded(Reason::InputUnknown));
        };
        let begins_inside = view.window.from.is_none_or(|start| from >= millis(start));
        if row.tombstone || !begins_inside || to > view.window.end() {
            return Err(Class::OutsideCohort);
        }
        match row.decimal(Field::Amount) {
            Told::Known(_) => Ok(one(label)),
            Told::Missing | Told::Unmapped | Told::Unreadable => Err(Class::excluded(Reason::InputUnknown)),
        }
    },
    keep: |row, _, class, sums| {
        if let (Class::Counted(measure), Told::Known(amount)) = (class, row.decimal(Field::Amount)) {
            let name = if measure.label == "contacts_n" { "contacts" } else { "operating_expense" };
            sums.add(name, i128::from(amount.millionths));
        }
    },
    conclude: |sums, figure| {
        figure.value = ratio(sums, "operating_expense", "contacts");
        figure.put("operating_expense", Some(sums.get("operating_expense") as f64 / 1e6));
        figure.put("contacts", Some(sums.get("contacts") as f64 / 1e6));
    },
};

/// A review of one of these sorts that was planned for the window.
pub(super) fn review(row: Row<'_>, view: &View<'_>, sorts: &[&str]) -> Result<crate::class::Measure, Class> {
    match row.word(Field::ReviewType) {
        Told::Known(sort) if sorts.contains(&sort) => {}
        Told::Unmapped | Told::Unreadable => return Err(Class::excluded(Reason::InputUnknown)),
        Told::Known(_) | Told::Missing => return Err(Class::OutsideCohort),
    }
    let due = cohort::within(&row, Field::PlannedAt, &view.window)? + TOLERANCE;
    if row.category() == Category::Cancelled {
        return Err(Class::excluded(Reason::Cancelled));
    }
    match row.moment(Field::HeldAt) {
        Told::Known(at) => Ok(hit(at <= due, "in_time", "late_or_none")),
        Told::Missing if due >= view.window.end() => Err(Class::excluded(Reason::NotYetDue)),
        Told::Missing => Ok(hit(false, "in_time", "late_or_none")),
        Told::Unmapped | Told::Unreadable => Err(Class::excluded(Reason::InputUnknown)),
    }
}
