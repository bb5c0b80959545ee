//! Changes (ISO/IEC 20000-1:2018 clause 8.5.1), catalogue rows CHG-01 to CHG-09; `CHG-10` is with availability.

use super::family::{Measured, amount, hit, mean_duration, nothing, rate};
use super::prb::began;
use super::{Attribution, Direction, Spec};
use crate::approval::{Authority, authority};
use crate::class::{Class, Reason};
use crate::cohort::{self, Cohort};
use crate::facts::Told;
use crate::figure::Unit;
use crate::row::Row;
use crate::statistics::mean;
use crate::view::View;
use counterfoil_model::{Category, Field, Kind, LinkType};

pub(super) const CHANGES: &[Kind] = &[Kind::Change];
const DAY: i64 = 86_400_000;
/// Incidents opened later are not held against a change.
const AFTERMATH: i64 = 7 * DAY;
/// A review that is required is due then.
const REVIEW_WITHIN: i64 = 14 * DAY;

pub(super) static FAILED: Measured = Measured {
    spec: &Spec {
        id: "CHG-01",
        title: "Failed changes",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: CHANGES,
        cohort: Cohort::Closed,
        remark: "a change closed without an outcome is unknown, and neither failed nor not",
        attribution: Attribution::Holder,
        definition: "Changes closed in the window that failed or were reversed divided by all closed in it whose outcome is known.",
        source: "catalogue row CHG-01; ServiceNow Benchmarks",
        top_level: &[],
    },
    judge: |row, view| {
        cohort::closed(&row, &view.window)?;
        failed(row)
    },
    keep: nothing,
    conclude: |sums, figure| {
        rate(sums, figure);
        for outcome in ["successful", "successful_with_issues", "partially", "failed", "reversed"] {
            figure.put_count(outcome, sums.count(outcome));
        }
    },
};

pub(super) static EMERGENCY: Measured = Measured {
    spec: &Spec {
        id: "CHG-02",
        title: "Emergency changes",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: CHANGES,
        cohort: Cohort::Closed,
        remark: "all types in the denominator",
        attribution: Attribution::Holder,
        definition: "Emergency changes closed in the window divided by all changes closed in it.",
        source: "catalogue row CHG-02; ServiceNow Benchmarks",
        top_level: &[],
    },
    judge: |row, view| {
        cohort::closed(&row, &view.window)?;
        let Told::Known(sort) = row.word(Field::ChangeType) else {
            return Err(Class::excluded(Reason::InputUnknown));
        };
        Ok(hit(sort == "emergency", "emergency", "other"))
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static TIME_TO_CLOSE: Measured = Measured {
    spec: &Spec {
        id: "CHG-03",
        title: "Time to close a change",
        unit: Unit::Seconds,
        direction: Direction::Down,
        about: CHANGES,
        cohort: Cohort::Closed,
        remark: "calendar time; a change written down long before it is needed looks slow, so the time from its approval to \
                 its end stands beside",
        attribution: Attribution::Holder,
        definition: "The mean of closed_at - created_at (else opened_at) over changes closed in the window.",
        source: "catalogue row CHG-03; ServiceNow Benchmarks",
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
        Ok(amount(closed.at - began, "closed"))
    },
    keep: |row, _, class, sums| {
        if let (Class::Counted(_), Told::Known(from), Told::Known(to)) =
            (class, row.moment(Field::ApprovalDecidedAt), row.moment(Field::ActualEnd))
            && to > from
        {
            sums.add("approved_to_end_n", 1);
            sums.add("approved_to_end", i128::from(to - from));
        }
    },
    conclude: |sums, figure| {
        mean_duration(sums, figure);
        let n = sums.count("approved_to_end_n");
        figure.put_count("approved_to_end_n", n);
        figure.put("approved_to_end_mean", mean(sums.get("approved_to_end"), n).map(super::secs));
    },
};

pub(super) static UNAUTHORISED: Measured = Measured {
    spec: &Spec {
        id: "CHG-04",
        title: "Unauthorised changes",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: CHANGES,
        cohort: Cohort::Within,
        remark: "implemented in the window by actual_end; a standard change is approved by its model, an emergency may be \
                 approved up to 24 hours after its end; a change found in the infrastructure without any record is in no figure",
        attribution: Attribution::Holder,
        definition: "Changes that ended in the window and were carried out without a valid approval divided by all that ended in it.",
        source: "catalogue row CHG-04",
        top_level: &[],
    },
    judge: |row, view| {
        implemented(row, view)?;
        match authority(row, view) {
            Authority::Valid => Ok(hit(false, "unauthorised", "authorised")),
            Authority::None | Authority::TooLate => Ok(hit(true, "unauthorised", "authorised")),
            Authority::Unknown => Err(Class::excluded(Reason::InputUnknown)),
        }
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static CAUSING_INCIDENTS: Measured = Measured {
    spec: &Spec {
        id: "CHG-05",
        title: "Changes causing incidents",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: CHANGES,
        cohort: Cohort::Within,
        remark: "implemented in the window by actual_end; only incidents that name the change as their cause, opened until 7 \
                 days after its end; suspected ones are a finding and in no figure",
        attribution: Attribution::Holder,
        definition: "Changes that ended in the window and caused at least one incident divided by all that ended in it.",
        source: "catalogue row CHG-05",
        top_level: &[],
    },
    judge: |row, view| {
        let end = implemented(row, view)?;
        let caused = caused(row, view)
            .any(|incident| cohort::opened_at(&incident).is_ok_and(|opened| opened.at <= end + AFTERMATH));
        Ok(hit(caused, "caused_incidents", "did_not"))
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static IN_WINDOW: Measured = Measured {
    spec: &Spec {
        id: "CHG-06",
        title: "In the planned window",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: CHANGES,
        cohort: Cohort::Within,
        remark: "implemented in the window by actual_end; without both planned and actual times it is unknown",
        attribution: Attribution::Holder,
        definition: "Changes that ended in the window and were carried out between planned_start and planned_end, and not outside of \
                     a window by the source's own word, divided by all that ended in it.",
        source: "catalogue row CHG-06",
        top_level: &[],
    },
    judge: |row, view| {
        let end = implemented(row, view)?;
        let times = [Field::PlannedStart, Field::PlannedEnd, Field::ActualStart]
            .map(|field| row.moment(field).known().copied());
        let [Some(from), Some(to), Some(start)] = times else {
            return Err(Class::excluded(Reason::InputUnknown));
        };
        let outside = row.flag(Field::OutsideWindow) == Told::Known(true);
        Ok(hit(start >= from && end <= to && !outside, "in_window", "outside"))
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static REVIEWED: Measured = Measured {
    spec: &Spec {
        id: "CHG-07",
        title: "Reviews done in time",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: CHANGES,
        cohort: Cohort::Closed,
        remark: "a review is required where the source says so, of emergencies, of failed and reversed changes and of those with \
                 a major impact, within 14 days of the end (else of the closing)",
        attribution: Attribution::Holder,
        definition: "Changes closed in the window whose required review was done in time divided by all closed in it that have to \
                     be reviewed.",
        source: "catalogue row CHG-07",
        top_level: &[],
    },
    judge: |row, view| {
        let closed = cohort::closed(&row, &view.window)?;
        if !needs_review(row) {
            return Err(Class::OutsideCohort);
        }
        let due = row.moment(Field::ActualEnd).known().copied().unwrap_or(closed.at) + REVIEW_WITHIN;
        let held = view
            .referring(row, Field::Subject)
            .filter(|review| review.kind() == Some(Kind::Review))
            .filter_map(|review| review.moment(Field::HeldAt).known().copied());
        match row.moment(Field::ReviewedAt).known().copied().into_iter().chain(held).min() {
            Some(at) => Ok(hit(at <= due, "in_time", "late_or_none")),
            None if due >= view.window.end() => Err(Class::excluded(Reason::NotYetDue)),
            None => Ok(hit(false, "in_time", "late_or_none")),
        }
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static SUCCESS_SCORE: Measured = Measured {
    spec: &Spec {
        id: "CHG-08",
        title: "Change success score",
        unit: Unit::Points,
        direction: Direction::Up,
        about: CHANGES,
        cohort: Cohort::Closed,
        remark: "points for each change, so that many changes are no merit; the total stands beside",
        attribution: Attribution::Holder,
        definition: "3 for a successful change, -2 for one with issues or only partial, -5 for one that failed or was reversed, -10 and -5 \
                     for every incident of priority 1 and 2 and -2 for every one of priority 3 that it caused; divided by the changes \
                     closed in the window.",
        source: "catalogue row CHG-08; ServiceNow's default multipliers",
        top_level: &[],
    },
    judge: |row, view| {
        cohort::closed(&row, &view.window)?;
        failed(row)?;
        let own = match row.word(Field::Outcome) {
            Told::Known("successful") => 3,
            Told::Known("successful_with_issues" | "partially") => -2,
            _ => -5,
        };
        let incidents: i64 = caused(row, view)
            .map(|incident| match incident.priority_name() {
                Some("P1") => -10,
                Some("P2") => -5,
                Some("P3") => -2,
                _ => 0,
            })
            .sum();
        Ok(amount(own + incidents, "scored"))
    },
    keep: nothing,
    conclude: |sums, figure| {
        figure.value = mean(sums.total, figure.n);
        figure.put("total", Some(sums.total as f64));
    },
};

pub(super) static COLLISIONS: Measured = Measured {
    spec: &Spec {
        id: "CHG-09",
        title: "Collision rate",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: CHANGES,
        cohort: Cohort::Within,
        remark: "scheduled to begin in the window; cancelled and rejected ones collide with nothing; items that one of them depends on \
                 count as the same",
        attribution: Attribution::Holder,
        definition: "Changes planned to begin in the window whose planned time overlaps that of another change on the same \
                     configuration item, or on one that it depends on or that depends on it, divided by all planned to begin in it.",
        source: "catalogue row CHG-09; ServiceNow conflict detection",
        top_level: &[],
    },
    judge: |row, view| {
        if row.category() == Category::Cancelled {
            return Err(Class::OutsideCohort);
        }
        let start = cohort::within(&row, Field::PlannedStart, &view.window)?;
        let Told::Known(end) = row.moment(Field::PlannedEnd) else {
            return Err(Class::excluded(Reason::InputUnknown));
        };
        if row.said(Field::ConfigurationItem) != Told::Known(()) {
            return Err(Class::excluded(Reason::InputUnknown));
        }
        let overlaps = |other: Row<'_>| {
            let times = (other.moment(Field::PlannedStart), other.moment(Field::PlannedEnd));
            other.kind() == Some(Kind::Change)
                && other.id != row.id
                && !other.tombstone
                && other.category() != Category::Cancelled
                && matches!(times, (Told::Known(from), Told::Known(to)) if from < end && start < to)
        };
        let same = view.sharing(row, Field::ConfigurationItem).any(overlaps);
        let near = || {
            let item = view.target(row, Field::ConfigurationItem);
            item.is_some_and(|item| {
                [LinkType::DependsOn, LinkType::DependedOnBy]
                    .into_iter()
                    .flat_map(|link| view.linked(item, link).collect::<Vec<_>>())
                    .any(|near| view.referring(near, Field::ConfigurationItem).any(overlaps))
            })
        };
        Ok(hit(same || near(), "collides", "alone"))
    },
    keep: nothing,
    conclude: rate,
};

/// When a change that was carried out ended, in the window. One that is over and does not say when is unknown.
pub(super) fn implemented(row: Row<'_>, view: &View<'_>) -> Result<i64, Class> {
    if !matches!(row.state_name(), Some("implemented" | "closed")) {
        return Err(if row.state_name().is_none() && row.actual_end_inside(view) {
            Class::excluded(Reason::StateUnknown)
        } else {
            Class::OutsideCohort
        });
    }
    if row.tombstone {
        return Err(Class::OutsideCohort);
    }
    if row.duplicate {
        return Err(Class::excluded(Reason::Duplicate));
    }
    match row.moment(Field::ActualEnd) {
        Told::Known(at) if view.window.contains(at) => Ok(at),
        Told::Known(_) => Err(Class::OutsideCohort),
        Told::Missing | Told::Unmapped | Told::Unreadable => {
            // What it was closed by tells whether it may be meant.
            let ended = cohort::ended_at(&row);
            let may_be =
                ended.is_none_or(|end| view.window.from.is_none_or(|from| end.at >= crate::facts::millis(from)));
            let begun = cohort::opened_at(&row).map_or(true, |opened| opened.at < view.window.end());
            Err(if may_be && begun { Class::excluded(Reason::InputUnknown) } else { Class::OutsideCohort })
        }
    }
}

impl Row<'_> {
    fn actual_end_inside(self, view: &View<'_>) -> bool {
        matches!(self.moment(Field::ActualEnd), Told::Known(at) if view.window.contains(at))
    }
}

/// Whether a change failed or was reversed.
pub(super) fn failed(row: Row<'_>) -> Result<crate::class::Measure, Class> {
    match row.word(Field::Outcome) {
        Told::Known(outcome @ ("failed" | "reversed")) => Ok(hit(true, outcome, "")),
        Told::Known("cancelled") => Err(Class::excluded(Reason::Cancelled)),
        Told::Known(outcome) => Ok(hit(false, "", outcome)),
        Told::Missing | Told::Unmapped | Told::Unreadable => Err(Class::excluded(Reason::InputUnknown)),
    }
}

/// Incidents that say that this change caused them.
pub(super) fn caused<'a>(row: Row<'_>, view: &View<'a>) -> impl Iterator<Item = Row<'a>> + use<'a> {
    let mut incidents: Vec<Row<'a>> =
        view.referring(row, Field::CausedByChange).chain(view.linked(row, LinkType::Causes)).collect();
    incidents.retain(|incident| {
        let stands = !incident.tombstone && !incident.duplicate && incident.category() != Category::Cancelled;
        incident.kind() == Some(Kind::Incident) && stands
    });
    incidents.sort_by_key(|incident| incident.at);
    incidents.dedup_by_key(|incident| incident.at);
    incidents.into_iter()
}

fn needs_review(row: Row<'_>) -> bool {
    row.flag(Field::ReviewRequired) == Told::Known(true)
        || row.word(Field::ChangeType) == Told::Known("emergency")
        || matches!(row.word(Field::Outcome), Told::Known("failed" | "reversed"))
        || row.flag(Field::MajorImpact) == Told::Known(true)
}
