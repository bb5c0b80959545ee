//! CFG-01 to CFG-05, CON-01, BRM-01 to BRM-05, FIN-01.

use super::cohort::counts;
use super::incidents::is_inside;
use super::{Look, Seen, Tally, Truth};
use crate::contracts::{DAY, Thing};

const WHOSE: [&str; 2] = ["supplier_party", "owner_party"];

fn items<'a>(look: &Look<'a>) -> Vec<&'a Thing> {
    look.of("configuration_item").filter(|item| look.is_of(item, &WHOSE)).collect()
}

fn is_current(item: &Thing) -> bool {
    !matches!(item.state(), "retired" | "disposed")
}

pub(super) fn duplicate_items(look: &Look<'_>) -> Truth {
    Tally::share(items(look).into_iter().filter(|item| is_current(item)).map(|item| item.says("duplicate_of").into()))
}

pub(super) fn stale_items(look: &Look<'_>) -> Truth {
    let judge = |item: &Thing| {
        let checks = look.of("ci_verification").filter(|check| check.text("configuration_item") == Some(&*item.id));
        let all = checks.filter_map(|check| check.at("verified_at")).chain(item.at("last_verified_at"));
        let last = all.filter(|at| *at < look.to()).max();
        last.map_or(Seen::Unknown, |at| (look.to() - at > 365 * DAY).into())
    };
    Tally::share(items(look).into_iter().filter(|item| is_current(item)).map(judge))
}

pub(super) fn audit_failures(look: &Look<'_>) -> Truth {
    let checks = look.of("ci_verification").filter(|check| look.has(check, "verified_at"));
    let checks = checks.filter(|check| look.is_of(check, &["owner_party"]));
    Tally::share(checks.map(|check| (!check.is("compliant")).into()))
}

/// What every item has to say.
const ATTRIBUTES: [&str; 4] = ["title", "state", "owner_party", "item_type"];

pub(super) fn item_attributes(look: &Look<'_>) -> Truth {
    let items = items(look);
    let held: usize = items.iter().map(|item| ATTRIBUTES.iter().filter(|field| item.says(field)).count()).sum();
    Truth::ratio(100.0 * held as f64, (ATTRIBUTES.len() * items.len()) as f64, items.len())
}

pub(super) fn supported_items(look: &Look<'_>) -> Truth {
    let live = items(look).into_iter().filter(|item| item.state() == "live");
    Tally::share(live.map(|item| (item.says("owner_party") && item.says("support_agreement")).into()))
}

pub(super) fn plans_tested(look: &Look<'_>) -> Truth {
    let judge = |plan: &Thing| {
        let interval = plan.number("test_interval")?;
        let tests = look.of("continuity_test").filter(|test| test.text("plan") == Some(&*plan.id));
        let last = tests.filter_map(|test| test.at("tested_at")).filter(|at| *at < look.to()).max();
        match last {
            Some(last) => Some((look.to() - last <= interval).into()),
            None if plan.at("valid_from")? + interval > look.to() => None,
            None => Some(Seen::Miss),
        }
    };
    let plans =
        look.of("continuity_plan").filter(|plan| plan.state() == "active" && look.is_of(plan, &["owner_party"]));
    Tally::share(plans.filter_map(judge))
}

fn sent<'a>(look: &Look<'a>) -> Vec<&'a Thing> {
    let all = look.of("satisfaction_measurement").filter(|survey| look.has(survey, "sent_at"));
    all.filter(|survey| look.is_of(survey, &["owner_party"])).collect()
}

pub(super) fn satisfaction(look: &Look<'_>) -> Truth {
    let mut tally = Tally::default();
    for survey in sent(look) {
        let [score, min, max] = ["score", "scale_min", "scale_max"].map(|field| survey.millionths(field));
        if let (Some(score), Some(min), Some(max)) = (score, min, max) {
            tally.amounts.push(100.0 * (score - min) as f64 / (max - min) as f64);
        }
    }
    let mean = tally.mean();
    Truth { value: mean.value.filter(|_| mean.n >= 5), ..mean }
}

pub(super) fn responses(look: &Look<'_>) -> Truth {
    Tally::share(sent(look).into_iter().map(|survey| survey.says("responded_at").into()))
}

pub(super) fn complaints(look: &Look<'_>) -> Truth {
    let all = look.of("complaint").filter(|of| look.has(of, "received_at") && of.state() != "withdrawn");
    let complaints = all.filter(|of| look.is_of(of, &["owner_party"])).count();
    let work = look.opened("incident").len() + look.opened("service_request").len();
    Truth::ratio(1000.0 * complaints as f64, work as f64, complaints + work)
}

pub(super) fn complaints_in_time(look: &Look<'_>) -> Truth {
    let over = look.of("complaint").filter(|of| matches!(of.state(), "resolved" | "closed"));
    let over = over.filter(|of| of.at("closed_at").or(of.at("resolved_at")).is_some_and(|at| look.holds(at)));
    Tally::share(
        over.filter(|of| look.is_of(of, &["owner_party"])).map(|of| (of.at("resolved_at") <= of.at("due_at")).into()),
    )
}

/// Reviews of some sorts that were planned for the window.
pub(super) fn reviews(look: &Look<'_>, sorts: &[&str]) -> Truth {
    let planned = look.of("review").filter(|of| of.text("review_type").is_some_and(|sort| sorts.contains(&sort)));
    let planned =
        planned.filter(|of| look.has(of, "planned_at") && counts(of) && look.is_of(of, &["party", "owner_party"]));
    let judge = |of: &Thing| {
        let due = of.at("planned_at")? + 7 * DAY;
        match of.at("held_at") {
            Some(at) => Some((at <= due).into()),
            None if due >= look.to() => None,
            None => Some(Seen::Miss),
        }
    };
    Tally::share(planned.filter_map(judge))
}

pub(super) fn customer_reviews(look: &Look<'_>) -> Truth {
    reviews(look, &["customer"])
}

pub(super) fn cost_per_contact(look: &Look<'_>) -> Truth {
    let all = look.of("measurement").filter(|of| is_inside(look, of) && look.is_of(of, &["party", "owner_party"]));
    let all: Vec<&Thing> = all.collect();
    let sum = |measure: &str| {
        let some = all.iter().filter(|of| of.text("measure") == Some(measure));
        let amounts: Vec<f64> = some.filter_map(|of| of.millionths("amount")).map(|amount| amount as f64).collect();
        (amounts.iter().sum::<f64>(), amounts.len())
    };
    let ((expense, of_expense), (contacts, of_contacts)) = (sum("operating_expense"), sum("contacts"));
    Truth::ratio(expense, contacts, of_expense + of_contacts)
}
