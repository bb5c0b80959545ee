//! SUP-03 to SUP-15, but for availability (SUP-09) and contracts (SUP-01).

use super::clock::is_over;
use super::cohort::spent;
use super::incidents::is_reopened;
use super::relations::reviews;
use super::{Look, Seen, Tally, Truth};
use crate::contracts::Thing;
use crate::contracts::calendar::working_days_after;
use std::collections::BTreeSet;

pub(super) fn held_time(look: &Look<'_>) -> Truth {
    let held = |(thing, at): (&Thing, i64)| {
        let party = ["resolver_party", "assignee_party", "owner_party"].iter().find_map(|field| thing.text(field))?;
        let is_theirs = |turn: &crate::contracts::Course| {
            turn.party == party && turn.hold_reason != Some("awaiting_customer") && !is_over(turn.state)
        };
        Some(spent(thing, 0, at, is_theirs))
    };
    Tally::of(look.resolved("incident").into_iter().filter_map(held)).median()
}

/// The parties in turn, with since when.
fn turns(thing: &Thing) -> Vec<(i64, &'static str)> {
    let mut turns: Vec<(i64, &'static str)> = Vec::new();
    for turn in &thing.course {
        if turns.last().is_none_or(|(_, last)| *last != turn.party) {
            turns.push((turn.at, turn.party));
        }
    }
    turns
}

pub(super) fn bounces(look: &Look<'_>) -> Truth {
    let (mut back, mut all, mut n) = (0, 0, 0);
    for thing in look.opened("incident") {
        let turns = turns(thing);
        all += turns.len() - 1;
        n += usize::from(turns.len() > 1);
        for three in turns.windows(3) {
            let (given, returned) = (three[1].0, three[2].0);
            let resolved =
                thing.course.iter().any(|turn| is_over(turn.state) && turn.at >= given && turn.at <= returned);
            back += usize::from(three[0].1 == three[2].1 && returned <= working_days_after(given, 1) && !resolved);
        }
    }
    Truth::ratio(100.0 * back as f64, all as f64, n)
}

pub(super) fn reopened(look: &Look<'_>) -> Truth {
    let by_supplier = |thing: &Thing| {
        let party = ["resolver_party", "assignee_party", "owner_party"].iter().find_map(|field| thing.text(field));
        party.is_some_and(|party| look.is_supplier(party))
    };
    let all = look.resolved("incident").into_iter().filter(|(thing, _)| by_supplier(thing));
    Tally::share(all.map(|(thing, _)| is_reopened(look, thing).into()))
}

pub(super) fn changes_failed(look: &Look<'_>) -> Truth {
    let closed = look.closed("change").into_iter().filter(|thing| look.by_holder(thing));
    let theirs = closed.filter(|thing| thing.text("assignee_party").is_some_and(|party| look.is_supplier(party)));
    Tally::share(theirs.map(|thing| match thing.text("outcome") {
        None => Seen::Unknown,
        Some(outcome) => matches!(outcome, "failed" | "reversed").into(),
    }))
}

pub(super) fn reports(look: &Look<'_>) -> Truth {
    let due =
        look.of("service_report").filter(|of| look.has(of, "due_at") && look.is_of(of, &["party", "owner_party"]));
    Tally::share(due.map(|of| of.at("issued_at").is_some_and(|at| Some(at) <= of.at("due_at")).into()))
}

pub(super) fn contract_reviews(look: &Look<'_>) -> Truth {
    reviews(look, &["supplier", "contract", "internal_supplier"])
}

pub(super) fn disputes(look: &Look<'_>) -> Truth {
    let raised = look.of("dispute").filter(|of| of.at("raised_at").is_some_and(|at| at < look.to()));
    let open = raised.filter(|of| of.at("closed_at").is_none_or(|at| at >= look.to()));
    Truth::number(open.filter(|of| look.is_of(of, &["party", "owner_party"])).count())
}

pub(super) fn actions(look: &Look<'_>) -> Truth {
    let due = look.of("corrective_action").filter(|of| look.has(of, "due_at") && look.is_of(of, &["owner_party"]));
    Tally::share(due.map(|of| of.at("closed_at").is_some_and(|at| Some(at) <= of.at("due_at")).into()))
}

pub(super) fn declared(look: &Look<'_>) -> Truth {
    let has_agreement = |party: &str| look.of("agreement").any(|of| of.text("provider_party") == Some(party));
    let is_ours = |party: &str| {
        let mut roles = look.of("party_role").filter(|role| role.text("party") == Some(party));
        roles.any(|role| matches!(role.text("role"), Some("organization" | "customer" | "internal_supplier")))
    };
    let (mut observed, mut n) = (BTreeSet::new(), 0);
    let all = look.of("incident").filter(|thing| super::cohort::counts(thing) && look.by_resolver(thing));
    for thing in all.filter(|thing| look.has(thing, "opened_at")) {
        let turns = turns(thing);
        let behind = turns
            .windows(2)
            .filter(|pair| has_agreement(pair[0].1) && !has_agreement(pair[1].1) && !is_ours(pair[1].1));
        let behind: Vec<&str> = behind.map(|pair| pair[1].1).collect();
        n += usize::from(!behind.is_empty());
        observed.extend(behind);
    }
    let is_declared = |party: &&&str| look.of("supply_tier").any(|tier| tier.text("party") == Some(**party));
    Truth::ratio(100.0 * observed.iter().filter(is_declared).count() as f64, observed.len() as f64, n)
}
