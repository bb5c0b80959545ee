//! REQ-01 to REQ-05, PRB-01 to PRB-07, CHG-01 to CHG-09, REL-01 and REL-02.

use super::cohort::{counts, spent};
use super::{Look, Seen, Tally, Truth};
use crate::contracts::calendar::working_days_after;
use crate::contracts::{DAY, Thing};

const REQUEST: &str = "service_request";

pub(super) fn time_to_fulfil(look: &Look<'_>) -> Truth {
    Tally::of(look.resolved(REQUEST).into_iter().filter_map(|(thing, at)| look.took(thing, at, "fulfilment"))).mean()
}

pub(super) fn requests_breached(look: &Look<'_>) -> Truth {
    let closed = look.closed(REQUEST).into_iter().filter(|thing| look.by_resolver(thing));
    Tally::share(closed.map(|thing| look.met(thing, "fulfilment").map_or(Seen::Unmeasured, |met| (!met).into())))
}

pub(super) fn requests_in_target(look: &Look<'_>) -> Truth {
    let met = |thing: &Thing| look.met(thing, "fulfilment").map_or(Seen::Unmeasured, Seen::from);
    Tally::share(look.resolved(REQUEST).into_iter().map(|(thing, _)| met(thing)))
}

pub(super) fn approval_wait(look: &Look<'_>) -> Truth {
    let all = look.resolved(REQUEST);
    let waited = |(thing, at): &(&Thing, i64)| spent(thing, 0, *at, |turn| turn.state == "awaiting_approval") as f64;
    let whole = |(thing, at): &(&Thing, i64)| (at - thing.at("opened_at").unwrap_or(*at)) as f64;
    Truth::ratio(100.0 * all.iter().map(waited).sum::<f64>(), all.iter().map(whole).sum(), all.len())
}

pub(super) fn requests_per_incident(look: &Look<'_>) -> Truth {
    let (requests, incidents) = (look.opened(REQUEST).len(), look.opened("incident").len());
    Truth::ratio(requests as f64, incidents as f64, requests + incidents)
}

fn closed<'a>(look: &Look<'a>, kind: &'static str) -> impl Iterator<Item = &'a Thing> {
    let look_for = |thing: &&Thing| look.by_holder(thing);
    look.closed(kind).into_iter().filter(look_for).collect::<Vec<_>>().into_iter()
}

fn lasted(thing: &Thing) -> Option<i64> {
    Some(thing.at("closed_at")? - thing.at("created_at")?)
}

pub(super) fn problem_time(look: &Look<'_>) -> Truth {
    let fixed = closed(look, "problem").filter(|thing| thing.text("close_reason") != Some("risk_accepted"));
    Tally::of(fixed.filter_map(lasted)).mean()
}

pub(super) fn with_problem(look: &Look<'_>) -> Truth {
    Tally::share(look.resolved("incident").into_iter().map(|(thing, _)| thing.says("problem").into()))
}

pub(super) fn problem_queue(look: &Look<'_>) -> Truth {
    let opened = look.opened("problem").len();
    Truth::ratio(closed(look, "problem").count() as f64, opened as f64, opened)
}

pub(super) fn time_to_cause(look: &Look<'_>) -> Truth {
    let mut tally = Tally::default();
    for problem in closed(look, "problem") {
        match problem.at("rca_completed_at").zip(problem.at("opened_at")) {
            Some((found, opened)) => tally.amounts.push((found - opened) as f64),
            None => tally.see(Seen::Unknown),
        }
    }
    tally.median()
}

pub(super) fn recurrence(look: &Look<'_>) -> Truth {
    let all = look.of("problem").filter(|thing| thing.state() == "closed" && counts(thing) && look.by_holder(thing));
    let ended = all.filter_map(|thing| Some((thing, thing.at("closed_at")?)));
    let came_again = |(problem, closed): (&Thing, i64)| {
        let alike = |incident: &Thing| {
            let same = |field| problem.says(field) && problem.text(field) == incident.text(field);
            incident.text("problem") == Some(&*problem.id) || (same("configuration_item") && same("category"))
        };
        let after = |at: i64| at > closed && at <= closed + 90 * DAY;
        let mut incidents = look.of("incident").filter(|incident| incident.state() != "cancelled" && alike(incident));
        incidents.any(|incident| incident.at("opened_at").is_some_and(after)).into()
    };
    Tally::share(ended.filter(|(_, at)| look.holds(at + 90 * DAY)).map(came_again))
}

pub(super) fn known_errors(look: &Look<'_>) -> Truth {
    let all = look.open("problem").into_iter().filter(|problem| problem.state() == "known_error");
    Tally::share(all.map(|problem| problem.says("workaround").into()))
}

pub(super) fn majors_with_problem(look: &Look<'_>) -> Truth {
    // What counts is who resolved it, so this is not the list by who holds it.
    let majors = look.of("incident").filter(|thing| thing.is("is_major") && counts(thing) && look.by_resolver(thing));
    let majors = majors.filter(|thing| look.has(thing, "opened_at"));
    let judge = |thing: &Thing| {
        let due = working_days_after(thing.at("opened_at")?, 5);
        match thing.text("problem") {
            None if due >= look.to() => None,
            None => Some(Seen::Miss),
            Some(problem) => {
                let opened = look.find(problem).and_then(|problem| problem.at("opened_at"));
                Some(opened.map_or(Seen::Unknown, |at| (at <= due).into()))
            }
        }
    };
    Tally::share(majors.filter_map(judge))
}

fn is_failure(thing: &Thing) -> Seen {
    match thing.text("outcome") {
        None => Seen::Unknown,
        Some(outcome) => matches!(outcome, "failed" | "reversed").into(),
    }
}

pub(super) fn changes_failed(look: &Look<'_>) -> Truth {
    Tally::share(closed(look, "change").map(is_failure))
}

pub(super) fn changes_emergency(look: &Look<'_>) -> Truth {
    Tally::share(closed(look, "change").map(|thing| (thing.text("change_type") == Some("emergency")).into()))
}

pub(super) fn change_time(look: &Look<'_>) -> Truth {
    Tally::of(closed(look, "change").filter_map(lasted)).mean()
}

/// Carried out, and ended in the window.
fn implemented<'a>(look: &Look<'a>) -> Vec<(&'a Thing, i64)> {
    let done =
        look.of("change").filter(|thing| matches!(thing.state(), "implemented" | "closed") && look.by_holder(thing));
    done.filter_map(|thing| Some((thing, thing.at("actual_end")?))).filter(|(_, end)| look.holds(*end)).collect()
}

pub(super) fn changes_unauthorised(look: &Look<'_>) -> Truth {
    let allowed = |thing: &Thing, end: i64| {
        let latest = match thing.text("change_type") {
            Some("standard") => return true,
            Some("emergency") => Some(end + DAY),
            _ => thing.at("actual_start"),
        };
        let own = (thing.text("approval_state"), thing.at("approval_decided_at"));
        let records = look.of("approval").filter(|approval| approval.text("record") == Some(&*thing.id));
        let decisions = records.map(|approval| (approval.text("decision"), approval.at("decided_at")));
        let in_time = |at: Option<i64>| at.zip(latest).is_some_and(|(at, latest)| at <= latest);
        std::iter::once(own).chain(decisions).any(|(word, at)| word == Some("approved") && in_time(at))
    };
    Tally::share(implemented(look).into_iter().map(|(thing, end)| (!allowed(thing, end)).into()))
}

/// Incidents that say that a change caused them.
fn caused<'a>(look: &Look<'a>, change: &Thing) -> Vec<&'a Thing> {
    let named = look.of("incident").filter(|incident| incident.text("caused_by_change") == Some(&*change.id));
    named.filter(|incident| counts(incident)).collect()
}

pub(super) fn changes_causing(look: &Look<'_>) -> Truth {
    let soon = |thing: &Thing, end: i64| {
        let opened = caused(look, thing).into_iter().filter_map(|incident| incident.at("opened_at"));
        opened.into_iter().any(|at| at <= end + 7 * DAY).into()
    };
    Tally::share(implemented(look).into_iter().map(|(thing, end)| soon(thing, end)))
}

pub(super) fn changes_in_window(look: &Look<'_>) -> Truth {
    let judge = |(thing, end): (&Thing, i64)| {
        let times = ["planned_start", "planned_end", "actual_start"].map(|field| thing.at(field));
        match times {
            [Some(from), Some(to), Some(start)] => (start >= from && end <= to).into(),
            _ => Seen::Unknown,
        }
    };
    Tally::share(implemented(look).into_iter().map(judge))
}

pub(super) fn changes_reviewed(look: &Look<'_>) -> Truth {
    let judge = |thing: &Thing| {
        let is_bad = matches!(thing.text("outcome"), Some("failed" | "reversed"));
        if !is_bad && thing.text("change_type") != Some("emergency") && !thing.is("major_impact") {
            return None;
        }
        let due = thing.at("actual_end").or(thing.at("closed_at"))? + 14 * DAY;
        match thing.at("reviewed_at") {
            Some(at) => Some((at <= due).into()),
            None if due >= look.to() => None,
            None => Some(Seen::Miss),
        }
    };
    Tally::share(closed(look, "change").filter_map(judge))
}

pub(super) fn change_score(look: &Look<'_>) -> Truth {
    let mut tally = Tally::default();
    for change in closed(look, "change") {
        let own = match change.text("outcome") {
            None => {
                tally.see(Seen::Unknown);
                continue;
            }
            Some("successful") => 3.0,
            Some("successful_with_issues" | "partially") => -2.0,
            Some(_) => -5.0,
        };
        let weight = |incident: &Thing| match incident.text("priority") {
            Some("P1") => 10.0,
            Some("P2") => 5.0,
            Some("P3") => 2.0,
            _ => 0.0,
        };
        tally.amounts.push(own - caused(look, change).into_iter().map(weight).sum::<f64>());
    }
    tally.mean()
}

pub(super) fn collisions(look: &Look<'_>) -> Truth {
    let planned =
        look.of("change").filter(|thing| counts(thing) && look.by_holder(thing) && look.has(thing, "planned_start"));
    let near = |a: &str, b: &str| {
        let depends = |from: &str, on: &str| {
            look.find(from).is_some_and(|item| item.links.iter().any(|(kind, to)| *kind == "depends_on" && to == on))
        };
        a == b || depends(a, b) || depends(b, a)
    };
    let collides = |thing: &Thing| {
        let (Some(from), Some(to)) = (thing.at("planned_start"), thing.at("planned_end")) else { return Seen::Unknown };
        let item = thing.text("configuration_item").unwrap_or_default();
        let other = |other: &Thing| {
            let times = other.at("planned_start").zip(other.at("planned_end"));
            let meets = times.is_some_and(|(begins, ends)| begins < to && from < ends);
            other.id != thing.id
                && counts(other)
                && meets
                && near(item, other.text("configuration_item").unwrap_or("-"))
        };
        look.of("change").any(other).into()
    };
    Tally::share(planned.map(collides))
}

fn deployed<'a>(look: &Look<'a>) -> Vec<(&'a Thing, i64)> {
    let all = look.of("release").filter(|thing| look.is_of(thing, &["assignee_party", "owner_party"]));
    all.filter_map(|thing| Some((thing, thing.at("deployed_at")?))).filter(|(_, at)| look.holds(*at)).collect()
}

pub(super) fn not_rolled_back(look: &Look<'_>) -> Truth {
    Tally::share(deployed(look).into_iter().map(|(thing, _)| (!thing.says("rolled_back_at")).into()))
}

pub(super) fn after_releases(look: &Look<'_>) -> Truth {
    let releases = deployed(look);
    let mut sum = 0;
    for (release, at) in &releases {
        let changes = release.links.iter().filter(|(kind, _)| *kind == "implemented_by");
        for change in changes.filter_map(|(_, id)| look.find(id)) {
            let opened = caused(look, change).into_iter().filter_map(|incident| incident.at("opened_at"));
            sum += opened.filter(|opened| opened >= at && *opened <= at + 7 * DAY).count();
        }
    }
    Truth { value: Some(sum as f64), n: releases.len() as u64 }
}
