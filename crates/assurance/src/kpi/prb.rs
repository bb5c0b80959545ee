//! Problems (ISO/IEC 20000-1:2018 clause 8.6.3), catalogue rows PRB-01 to PRB-07.

use super::family::{Measured, Outside, amount, amounts, hit, mean_duration, median_duration, nothing, rate, ratio};
use super::{Attribution, Direction, INCIDENTS, Spec};
use crate::class::{Class, Measure, Reason};
use crate::cohort::{self, Cohort, Window};
use crate::facts::Told;
use crate::figure::Unit;
use crate::row::Row;
use crate::statistics::mean;
use crate::view::View;
use counterfoil_model::{Category, Field, Kind, LinkType};
use jiff::{Timestamp, ToSpan as _};

const PROBLEMS: &[Kind] = &[Kind::Problem];
const DAY: i64 = 86_400_000;
/// After its end a problem is watched for so long.
const WATCHED: i64 = 90 * DAY;

pub(super) static TIME_TO_CLOSE: Measured = Measured {
    spec: &Spec {
        id: "PRB-01",
        title: "Time to close a problem",
        unit: Unit::Seconds,
        direction: Direction::Down,
        about: PROBLEMS,
        cohort: Cohort::Closed,
        remark: "those closed because their risk was accepted stand beside the value; calendar time",
        attribution: Attribution::Holder,
        definition: "The mean of closed_at - created_at (else opened_at) over problems closed in the window whose \
                     risk was not just accepted.",
        source: "catalogue row PRB-01; ServiceNow Benchmarks",
        top_level: &[],
    },
    judge: |row, view| {
        let closed = cohort::closed(&row, &view.window)?;
        let began = began(row)?;
        if closed.imputed {
            return Err(Class::excluded(Reason::ClosedAtMissing));
        }
        if closed.at <= began {
            return Err(Class::excluded(Reason::NotPositive));
        }
        if row.word(Field::CloseReason) == Told::Known("risk_accepted") {
            return Err(Class::Excluded { reason: Reason::RiskAccepted, beside: Some(closed.at - began) });
        }
        Ok(amount(closed.at - began, "closed"))
    },
    keep: |_, _, class, sums| {
        if let Class::Excluded { beside: Some(amount), .. } = class {
            sums.beside_total += i128::from(*amount);
            sums.beside_n += 1;
        }
    },
    conclude: |sums, figure| {
        mean_duration(sums, figure);
        figure.put_count("risk_accepted_n", sums.beside_n);
        figure.put("risk_accepted_mean", mean(sums.beside_total, sums.beside_n).map(super::secs));
    },
};

pub(super) static WITH_PROBLEM: Measured = Measured {
    spec: &Spec {
        id: "PRB-02",
        title: "Incidents resolved with a problem",
        unit: Unit::Percent,
        direction: Direction::Info,
        about: INCIDENTS,
        cohort: Cohort::Resolved,
        remark: "many incidents linked with one problem are many",
        attribution: Attribution::Resolver,
        definition: "Incidents resolved in the window that name a problem divided by all resolved in it.",
        source: "catalogue row PRB-02; ServiceNow Benchmarks",
        top_level: &[],
    },
    judge: |row, view| {
        cohort::resolved(&row, &view.window)?;
        Ok(hit(has_problem(row, view), "with_problem", "without_problem"))
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static QUEUE_RATE: Outside<Measured> = Outside(Measured {
    spec: &Spec {
        id: "PRB-03",
        title: "Problem queue rate",
        unit: Unit::Ratio,
        direction: Direction::Up,
        about: PROBLEMS,
        cohort: Cohort::Opened,
        remark: "below 1 the backlog grows; closed is counted over problems closed in the window",
        attribution: Attribution::Holder,
        definition: "Problems closed in the window divided by problems opened in it.",
        source: "catalogue row PRB-03",
        top_level: &[],
    },
    judge: |row, view| {
        let opened = cohort::opened(&row, &view.window)?;
        Ok(Measure { amount: 1, label: "opened", imputed: opened.imputed })
    },
    keep: |row, view, _, sums| {
        if cohort::closed(&row, &view.window).is_ok() {
            sums.add("closed", 1);
        }
    },
    conclude: |sums, figure| {
        figure.value = ratio(sums, "closed", "opened");
        figure.put_count("closed", sums.count("closed"));
        figure.put_count("opened", sums.count("opened"));
    },
});

pub(super) static TIME_TO_CAUSE: Measured = Measured {
    spec: &Spec {
        id: "PRB-04",
        title: "Time to root cause",
        unit: Unit::Seconds,
        direction: Direction::Down,
        about: PROBLEMS,
        cohort: Cohort::Closed,
        remark: "the median; calendar time",
        attribution: Attribution::Holder,
        definition: "The median of rca_completed_at - opened_at over problems closed in the window.",
        source: "catalogue row PRB-04",
        top_level: &[],
    },
    judge: |row, view| {
        cohort::closed(&row, &view.window)?;
        let opened = cohort::opened_at(&row).map_err(Class::excluded)?;
        let Told::Known(found) = row.moment(Field::RcaCompletedAt) else {
            return Err(Class::excluded(Reason::InputUnknown));
        };
        if found < opened.at {
            return Err(Class::excluded(Reason::NotPositive));
        }
        Ok(amount(found - opened.at, "found"))
    },
    keep: amounts,
    conclude: median_duration,
};

pub(super) static RECURRENCE: Measured = Measured {
    spec: &Spec {
        id: "PRB-05",
        title: "Recurrence after closure",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: PROBLEMS,
        cohort: Cohort::Closed,
        remark: "the window lies 90 days earlier, so that each has been watched for 90 days",
        attribution: Attribution::Holder,
        definition: "Problems closed in the window that lies 90 days earlier with an incident opened within 90 days after \
                     that names them, or has their configuration item and category, divided by all closed in it.",
        source: "catalogue row PRB-05",
        top_level: &[],
    },
    judge: |row, view| {
        let earlier = |at: Timestamp| at.checked_sub((90 * 24).hours()).unwrap_or(Timestamp::MIN);
        let window = Window { from: view.window.from.map(earlier), to: earlier(view.window.to) };
        let closed = cohort::closed(&row, &window)?;
        let again = |incident: Row<'_>| {
            incident.kind() == Some(Kind::Incident)
                && !incident.tombstone
                && incident.category() != Category::Cancelled
                && cohort::opened_at(&incident).is_ok_and(|at| at.at > closed.at && at.at <= closed.at + WATCHED)
        };
        let named = view.referring(row, Field::Problem).any(again);
        let category = row.text(Field::Category);
        let alike = || {
            category.known().is_some()
                && view
                    .sharing(row, Field::ConfigurationItem)
                    .any(|incident| incident.text(Field::Category) == category && again(incident))
        };
        Ok(hit(named || alike(), "came_again", "did_not"))
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static KNOWN_ERRORS: Measured = Measured {
    spec: &Spec {
        id: "PRB-06",
        title: "Known errors with a workaround",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: PROBLEMS,
        cohort: Cohort::OpenAtEnd,
        remark: "those in the state known_error",
        attribution: Attribution::Holder,
        definition: "Known errors that say how their effects are kept small divided by all known errors.",
        source: "catalogue row PRB-06",
        top_level: &[],
    },
    judge: |row, view| {
        if row.state_name() != Some("known_error") {
            return Err(Class::OutsideCohort);
        }
        cohort::open_at_end(&row, &view.window)?;
        Ok(hit(row.said(Field::Workaround) == Told::Known(()), "with_workaround", "without"))
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static MAJOR_WITH_PROBLEM: Measured = Measured {
    spec: &Spec {
        id: "PRB-07",
        title: "Major incidents with a problem",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: INCIDENTS,
        cohort: Cohort::Opened,
        remark: "a problem that was opened later than 5 working days (Monday to Friday, UTC) after the incident is too late",
        attribution: Attribution::Resolver,
        definition: "Major incidents opened in the window whose problem was opened within 5 working days divided by all \
                     major incidents opened in it.",
        source: "catalogue row PRB-07",
        top_level: &[],
    },
    judge: |row, view| {
        if row.is_major != Told::Known(true) {
            return Err(Class::OutsideCohort);
        }
        let opened = cohort::opened(&row, &view.window)?;
        if !has_problem(row, view) {
            if working_days_after(opened.at, 5) >= view.window.end() {
                return Err(Class::excluded(Reason::NotYetDue));
            }
            return Ok(hit(false, "in_time", "late_or_none"));
        }
        let linked = || view.linked(row, LinkType::HasProblem).find(|problem| problem.kind() == Some(Kind::Problem));
        let problem = view.target(row, Field::Problem).or_else(linked);
        let begun = problem.and_then(|problem| cohort::opened_at(&problem).ok());
        let begun = begun.ok_or(Class::excluded(Reason::InputUnknown))?;
        Ok(hit(begun.at <= working_days_after(opened.at, 5), "in_time", "late_or_none"))
    },
    keep: nothing,
    conclude: rate,
};

fn has_problem(row: Row<'_>, view: &View<'_>) -> bool {
    row.said(Field::Problem) != Told::Missing || view.linked(row, LinkType::HasProblem).next().is_some()
}

/// When it was created; when it was opened, where the source does not say.
pub(super) fn began(row: Row<'_>) -> Result<i64, Class> {
    let begun = row.created_at.known().or(row.opened_at.known());
    begun.copied().ok_or(Class::excluded(Reason::OpenedAtMissing))
}

/// The same time of day so many days later, Saturdays and Sundays in UTC not counted.
pub(crate) fn working_days_after(at: i64, days: u32) -> i64 {
    let (mut day, mut left) = (at, days);
    while left > 0 {
        day += DAY;
        // The first day of 1970 was a Thursday: 2 and 3 days later it is the end of the week.
        left -= u32::from(!matches!(day.div_euclid(DAY).rem_euclid(7), 2 | 3));
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_working_days_are_a_week() {
        let of = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        assert_eq!(working_days_after(of("2026-03-04T10:00:00Z"), 5), of("2026-03-11T10:00:00Z"));
        assert_eq!(working_days_after(of("2026-03-07T10:00:00Z"), 5), of("2026-03-13T10:00:00Z"), "from a Saturday");
    }
}
