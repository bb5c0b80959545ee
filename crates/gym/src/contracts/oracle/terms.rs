//! SLM-01 to SLM-05, SUP-01.

use super::clock::worked;
use super::cohort::counts;
use super::{Look, Seen, Tally, Truth};
use crate::contracts::{DAY, Thing};

/// Targets in force, and how many of those that were measured were achieved.
fn achieved(look: &Look<'_>, is_asked: impl Fn(&Thing) -> bool) -> Truth {
    let in_force = |agreement: &Thing| agreement.at("valid_from").is_some_and(|from| from < look.to());
    let (mut n, mut measured, mut met) = (0, 0, 0);
    for (target, agreement) in &look.terms.targets {
        let provider = agreement.text("provider_party").unwrap_or_default();
        if !is_asked(agreement) || !in_force(agreement) || !look.asks_for(provider) {
            continue;
        }
        n += 1;
        let verdicts = verdicts(look, target);
        let kept = verdicts.iter().filter(|met| **met).count() as i64;
        if !verdicts.is_empty() {
            measured += 1;
            let needed = target.millionths("percentile_required").unwrap_or(100_000_000);
            met += u64::from(kept * 100_000_000 >= needed * verdicts.len() as i64);
        }
    }
    Truth { value: (measured > 0).then(|| 100.0 * met as f64 / f64::from(measured)), n }
}

/// What was judged by a target in the window.
fn verdicts(look: &Look<'_>, target: &Thing) -> Vec<bool> {
    let metric = target.text("metric").unwrap_or_default();
    let kind = if metric == "fulfilment" { "service_request" } else { "incident" };
    let whole = Look {
        things: look.things,
        terms: super::Terms::of(look.things),
        asked: super::Asked { party: None, ..look.asked },
    };
    let is_its = |thing: &Thing| look.terms.target(thing, metric).is_some_and(|chosen| chosen.id == target.id);
    if metric == "response" {
        let answered =
            look.of(kind).filter(|thing| look.has(thing, "first_response_at") && counts(thing) && is_its(thing));
        return answered.filter_map(|thing| look.answer(thing, thing.at("first_response_at")?).1).collect();
    }
    let resolved = whole.resolved(kind).into_iter().filter(|(thing, _)| is_its(thing));
    resolved.filter_map(|(thing, _)| worked(thing, target, look.to()).map(|worked| worked.is_met)).collect()
}

pub(super) fn targets_achieved(look: &Look<'_>) -> Truth {
    achieved(look, |_| true)
}

pub(super) fn contract_targets_achieved(look: &Look<'_>) -> Truth {
    achieved(look, |agreement| {
        !matches!(agreement.text("agreement_kind"), Some("service_level_agreement" | "collaboration_agreement"))
    })
}

fn live<'a>(look: &Look<'a>) -> Vec<&'a Thing> {
    look.of("service").filter(|of| of.state() == "live" && look.is_of(of, &["owner_party"])).collect()
}

/// The service level agreements that cover a service by name.
fn covering<'a>(look: &Look<'a>, service: &Thing) -> Vec<&'a Thing> {
    let all = look.of("agreement").filter(|of| of.text("agreement_kind") == Some("service_level_agreement"));
    all.filter(|of| of.links.iter().any(|(kind, to)| *kind == "covers" && *to == service.id)).collect()
}

pub(super) fn services_covered(look: &Look<'_>) -> Truth {
    let in_force = |of: &Thing| of.at("valid_from").is_some_and(|from| from < look.to());
    Tally::share(live(look).into_iter().map(|service| covering(look, service).into_iter().any(in_force).into()))
}

pub(super) fn services_reported(look: &Look<'_>) -> Truth {
    let judge = |service: &Thing| {
        let about: Vec<&str> = covering(look, service).into_iter().map(|of| &*of.id).chain([&*service.id]).collect();
        let is_about = |of: &Thing, field: &str| of.text(field).is_some_and(|id| about.contains(&id));
        let mut kept = Vec::new();
        for report in look.of("service_report").filter(|of| look.has(of, "due_at") && is_about(of, "agreement")) {
            kept.push(report.at("issued_at").is_some_and(|at| Some(at) <= report.at("due_at")));
        }
        for review in look.of("review").filter(|of| look.has(of, "planned_at") && counts(of) && is_about(of, "subject"))
        {
            let due = review.at("planned_at").unwrap_or(0) + 7 * DAY;
            if due < look.to() {
                kept.push(review.at("held_at").is_some_and(|at| at <= due));
            }
        }
        if kept.is_empty() { Seen::Unmeasured } else { kept.into_iter().all(|kept| kept).into() }
    };
    Tally::share(live(look).into_iter().map(judge))
}

pub(super) fn breaches_disclosed(look: &Look<'_>) -> Truth {
    let named = |id: &str| {
        let mut reports = look.of("service_report").filter_map(|of| of.text("disclosed_breaches"));
        reports.any(|all| all.split(';').any(|one| one == id))
    };
    let incidents = look.resolved("incident").into_iter().map(|(thing, _)| (thing, "resolution"));
    let requests = look.resolved("service_request").into_iter().map(|(thing, _)| (thing, "fulfilment"));
    let breached = incidents.chain(requests).filter(|(thing, metric)| look.met(thing, metric) == Some(false));
    Tally::share(breached.map(|(thing, _)| named(&thing.id).into()))
}

pub(super) fn limits_exceeded(look: &Look<'_>) -> Truth {
    // All windows that are asked for are months or the year.
    let months = ((look.to() - look.from()) as f64 / (30.4 * DAY as f64)).round();
    let (mut n, mut exceeded) = (0, 0);
    for limit in look.of("workload_limit") {
        let agreement = limit.text("agreement").and_then(|id| look.find(id));
        let provider = agreement.and_then(|of| of.text("provider_party")).unwrap_or_default();
        if !look.asks_for(provider) {
            continue;
        }
        n += 1;
        let measure = limit.text("measure").unwrap_or_default();
        let work =
            look.things.iter().filter(|thing| thing.kind == measure && counts(thing) && look.has(thing, "opened_at"));
        let work = work.filter(|thing| thing.text("assignee_party") == Some(provider)).count() as f64;
        let measured = look.of("measurement").filter(|of| of.text("measure") == Some(measure));
        let measured =
            measured.filter(|of| super::incidents::is_inside(look, of) && of.text("party") == Some(provider));
        let measured: f64 = measured.filter_map(|of| of.millionths("amount")).map(|amount| amount as f64 / 1e6).sum();
        let most = limit.millionths("limit").unwrap_or(0) as f64 / 1e6 * months;
        exceeded += u64::from(work + measured > most);
    }
    Truth { value: Some(exceeded as f64), n }
}
