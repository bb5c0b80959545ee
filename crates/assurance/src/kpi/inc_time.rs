//! Incidents: how long until something happens, catalogue rows INC-05, INC-07, INC-08 and INC-16.

use super::family::{Worked, amount, at_most_one, nothing};
use super::inc_03::{REMARK, longest_to_resolve, time_to_resolve};
use super::timed::{alone, conclude_basis, conclude_mean, conclude_verdict, gather_verdict, time_until, verdict};
use super::{Attribution, Direction, INCIDENTS, Spec, conclude_rate, flag};
use crate::class::{Class, Reason};
use crate::cohort::{self, Cohort, Moved};
use crate::comparison::NotCompared;
use crate::facts::{Facts, Told};
use crate::figure::Unit;
use crate::history::Agreement;
use crate::row::Row;
use crate::statistics::percent;
use crate::steps::Turn;
use crate::view::View;
use counterfoil_model::{Category, Field};

pub(super) static HIGH_PRIORITY: Worked = Worked {
    spec: &Spec {
        id: "INC-05",
        title: "Mean time to resolve high priority",
        unit: Unit::Seconds,
        direction: Direction::Down,
        about: INCIDENTS,
        cohort: Cohort::Resolved,
        remark: REMARK,
        attribution: Attribution::Resolver,
        definition: "As INC-03, over incidents of the priorities P1 and P2; what P1 is differs from source to source.",
        source: "catalogue row INC-05; ServiceNow Benchmarks",
        top_level: &[],
    },
    metric: None,
    compared: Some(NotCompared::MeanOfDurations),
    judge: |row, view| {
        let class = time_to_resolve(row, view);
        match (row.priority_name(), row.priority) {
            (Some("P1" | "P2"), _) => class,
            (Some(_), _) => Err(Class::OutsideCohort),
            // Of which nobody knows the priority may be one of these, if it is in the cohort at all.
            (None, Told::Missing | Told::Unmapped | Told::Unreadable | Told::Known(_)) => match class {
                Ok(_) => Err(Class::excluded(Reason::InputUnknown)),
                Err(class) => Err(class),
            },
        }
    },
    at_most: longest_to_resolve,
    keep: nothing,
    conclude: |sums, figure| conclude_mean(sums, figure),
};

/// When the provider first did something that the customer could see, in the window; what was resolved in the window
/// without one was answered by nobody.
fn responded(row: Row<'_>, view: &View<'_>) -> Result<Moved, Class> {
    let at = match row.first_response_at {
        Told::Known(at) => at,
        Told::Missing => {
            cohort::resolved(&row, &view.window)?;
            return Err(Class::excluded(Reason::Unanswered));
        }
        Told::Unmapped | Told::Unreadable => return Err(Class::excluded(Reason::InputUnknown)),
    };
    if !view.window.contains(at) {
        return Err(Class::OutsideCohort);
    }
    if row.category() == Category::Cancelled {
        return Err(Class::excluded(Reason::Cancelled));
    }
    cohort::standing(&row)?;
    Ok(Moved { at, imputed: false })
}

const RESPONSES: &str = "answered is what the customer could see; sources and mappings leave acknowledgements by robots out; \
     what was resolved in the window without an answer stands in the exclusions";

pub(super) static RESPONSE_IN_TARGET: Worked = Worked {
    spec: &Spec {
        id: "INC-07",
        title: "Response within target",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: INCIDENTS,
        cohort: Cohort::Within,
        remark: RESPONSES,
        attribution: Attribution::Resolver,
        definition: "Incidents first answered in the window that met their response target divided by those that met or breached \
                     it; by our clock where a target was agreed on, else by the tool's.",
        source: "catalogue row INC-07",
        top_level: &[],
    },
    metric: Some("response"),
    compared: None,
    judge: |row, view| {
        responded(row, view)?;
        let judged = verdict(row, "response", view).map_err(Class::excluded)?;
        Ok(flag(judged.met, "met", "breached", false))
    },
    at_most: at_most_one,
    keep: |row, view, class, sums| gather_verdict(row, "response", view, class, sums),
    conclude: |sums, figure| {
        conclude_rate(sums.count("met"), figure);
        figure.put_count("met", sums.count("met"));
        figure.put_count("breached", sums.count("breached"));
        conclude_verdict(sums, figure);
    },
};

pub(super) static TIME_TO_ACKNOWLEDGE: Worked = Worked {
    spec: &Spec {
        id: "INC-08",
        title: "Mean time to acknowledge",
        unit: Unit::Seconds,
        direction: Direction::Down,
        about: INCIDENTS,
        cohort: Cohort::Within,
        remark: RESPONSES,
        attribution: Attribution::Resolver,
        definition: "The mean of the times from opened_at to first_response_at, of incidents first answered in the window; in the \
                     calendar of the response target where one was agreed on, else around the clock.",
        source: "catalogue row INC-08",
        top_level: &[],
    },
    metric: None,
    compared: Some(NotCompared::MeanOfDurations),
    judge: |row, view| {
        let responded = responded(row, view)?;
        alone(row, view)?;
        time_until(row, responded, "response", "answered", view)
    },
    at_most: longest_to_resolve,
    keep: nothing,
    conclude: |sums, figure| {
        conclude_mean(sums, figure);
        conclude_basis(sums, figure);
    },
};

pub(super) static ON_HOLD: Worked = Worked {
    spec: &Spec {
        id: "INC-16",
        title: "On-hold share",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: INCIDENTS,
        cohort: Cohort::Resolved,
        remark: "around the clock; the details split it by what was waited for, `unknown` where nobody says; children of a major \
                 incident are left out",
        attribution: Attribution::Resolver,
        definition: "The time on hold between opened_at and resolved_at divided by that time, over all incidents resolved in the \
                     window whose history leads to their state.",
        source: "catalogue row INC-16; Counterfoil",
        top_level: &[],
    },
    metric: None,
    compared: Some(NotCompared::NoStrata),
    judge: |row, view| {
        let (opened, resolved) = span(row, view)?;
        let held = waits(&row, opened, resolved, |word| word == "on_hold");
        let held = held.ok_or(Class::excluded(Reason::InputUnknown))?;
        Ok(amount(held.iter().map(|(_, millis)| millis).sum(), "resolved"))
    },
    at_most: longest_to_resolve,
    keep: |row, view, class, sums| match class {
        Class::Counted(_) => {
            let Ok((opened, resolved)) = span(row, view) else { return };
            sums.add("time", i128::from(resolved - opened));
            for (reason, millis) in waits(&row, opened, resolved, |word| word == "on_hold").unwrap_or_default() {
                sums.add(reason, i128::from(millis));
            }
        }
        Class::Excluded { reason, .. } if reason.may_count() => {
            sums.add("unknown_time", i128::from(longest_to_resolve(row).unwrap_or(0)));
        }
        Class::Excluded { .. } | Class::OutsideCohort => {}
    },
    conclude: |sums, figure| {
        conclude_share_of_time(sums, figure);
        for word in counterfoil_model::Kind::Incident.words(Field::HoldReason).iter().copied().chain(["unknown"]) {
            let share = share(sums.get(word), sums.get("time"));
            figure.put(format!("{word}_pct"), share.filter(|share| *share > 0.0));
        }
    },
};

/// The share of a time, with what is not known about it.
pub(super) fn conclude_share_of_time(sums: &crate::sums::Sums, figure: &mut crate::figure::Figure) {
    let (part, time, unknown) = (sums.total, sums.get("time"), sums.get("unknown_time"));
    figure.value = share(part, time);
    figure.put("hours", Some(part as f64 / 3_600_000.0));
    figure.put("hours_of_all", Some(time as f64 / 3_600_000.0));
    figure.bounds = if figure.doubt.open + figure.doubt.counted + figure.doubt.changed > 0 {
        Some((0.0, 100.0))
    } else {
        share(part, time + unknown).zip(share(part + unknown, time + unknown))
    };
}

fn share(part: i128, of: i128) -> Option<f64> {
    percent(u64::try_from(part).ok()?, u64::try_from(of).ok()?)
}

/// From when to when an incident took, where its history can tell what it did meanwhile.
fn span(row: Row<'_>, view: &View<'_>) -> Result<(i64, i64), Class> {
    let resolved = cohort::resolved(&row, &view.window)?;
    alone(row, view)?;
    lasted(row, resolved)
}

/// From the opening to an end.
pub(super) fn lasted(row: Row<'_>, end: Moved) -> Result<(i64, i64), Class> {
    let opened = cohort::opened_at(&row).map_err(Class::excluded)?;
    if end.imputed || opened.imputed {
        return Err(Class::excluded(Reason::Imputed));
    }
    if end.at <= opened.at {
        return Err(Class::excluded(Reason::NotPositive));
    }
    match row.history.agreement {
        Agreement::Agrees => Ok((opened.at, end.at)),
        Agreement::Differs => Err(Class::excluded(Reason::InputUnknown)),
        Agreement::NoHistory => Err(Class::excluded(Reason::NotCounted)),
    }
}

/// The times between two moments in states that are waited in, by what was waited for; `None` where a moment or a state of
/// the history is not known.
pub(super) fn waits(
    facts: &Facts,
    from: i64,
    to: i64,
    is_waiting: fn(&str) -> bool,
) -> Option<Vec<(&'static str, i64)>> {
    let mut waits: Vec<(&'static str, i64)> = Vec::new();
    let (mut waiting, mut reason, mut since) = (false, "unknown", from);
    let mut pass = |waiting: bool, reason: &'static str, since: i64, until: i64| {
        let millis = until.min(to) - since.max(from);
        if waiting && millis > 0 {
            match waits.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, sum)) => *sum += millis,
                None => waits.push((reason, millis)),
            }
        }
    };
    for step in &facts.steps {
        if !matches!(step.to, Turn::State(_) | Turn::HoldReason(_)) {
            continue;
        }
        let at = *step.at.known()?;
        pass(waiting, reason, since, at);
        since = at;
        match &step.to {
            Turn::State(state) => waiting = is_waiting(facts.state_word(state)?),
            Turn::HoldReason(told) => reason = facts.hold_reason_word(told).unwrap_or("unknown"),
            Turn::Party(_) | Turn::Group(_) | Turn::Priority(_) => {}
        }
    }
    pass(waiting, reason, since, to);
    Some(waits)
}
