//! Problems, from a suspicion to a known error to their end.

use super::agreed::{ITEMS, SERVICES, item};
use super::draft::{Draft, begin, go, hand, settle, some_time, stream, wait};
use super::incident::CATEGORIES;
use super::thing::{Fact, Thing};
use super::{DAY, HOUR};

pub(super) fn id(number: u64) -> String {
    format!("prb-{number:03}")
}

/// How many there are for so many incidents.
pub(super) fn count(incidents: u32) -> u64 {
    (u64::from(incidents) / 8).max(4)
}

pub(super) fn add(draft: &mut Draft, incidents: u32) {
    for number in 0..count(incidents) {
        let dice = &mut draft.dice(stream::PROBLEMS, number);
        let (service, _, _, supplier, _, group) = SERVICES[dice.below(5) as usize];
        let mut problem = Thing::new("problem", id(number));
        problem.set("title", format!("Problem {number}"));
        problem.set("service", service);
        problem.set("configuration_item", item(service, dice.below(ITEMS)));
        problem.set("category", dice.pick(&CATEGORIES));
        problem.set("owner_party", super::agreed::HOUSE);
        let mut course = vec![begin(some_time(dice), "desk", "Service Desk", dice.pick(&["P2", "P3", "P4"]))];
        let span = |dice: &mut crate::Dice, hours: i64| dice.duration(hours * HOUR, 80).min(40 * DAY);
        let after = span(dice, 10);
        hand(&mut course, after, "assessed", supplier, group);
        let after = span(dice, 30);
        go(&mut course, after, "investigating");
        if dice.chance(200) {
            let after = span(dice, 20);
            wait(&mut course, after, "awaiting_supplier");
            let after = span(dice, 40);
            go(&mut course, after, "investigating");
        }
        let stays = dice.chance(150);
        if dice.chance(700) {
            let after = span(dice, 60);
            go(&mut course, after, "known_error");
            problem.set("known_error", id(number));
            if let Some(last) = course.last().filter(|_| !dice.chance(120)) {
                problem.set("rca_completed_at", Fact::At(last.at));
            }
            if dice.chance(750) {
                problem.set("workaround", "Restart it once a day");
            }
        }
        if !stays {
            let after = span(dice, 120);
            go(&mut course, after, "fix_in_progress");
            let after = span(dice, 100);
            go(&mut course, after, "resolved");
            if let Some(last) = course.last() {
                problem.set("resolved_at", Fact::At(last.at));
                problem.set("root_cause", "A setting that nobody knew");
                problem.set("root_cause_code", "configuration");
            }
            let after = span(dice, 60);
            go(&mut course, after, "closed");
            problem.set("close_reason", if dice.chance(150) { "risk_accepted" } else { "fix_applied" });
            problem.set("resolution_code", "fixed");
        }
        forget(&mut problem, &course);
        settle(&mut problem, course);
        draft.add(problem);
    }
}

/// What lies behind what is known is not known.
fn forget(problem: &mut Thing, course: &[super::Course]) {
    let known = |state: &str| course.iter().any(|turn| turn.state == state && turn.at < super::KNOWN_UNTIL);
    if !known("resolved") {
        for field in ["resolved_at", "root_cause", "root_cause_code", "resolution_code"] {
            problem.fields.remove(field);
        }
    }
    if !known("closed") {
        problem.fields.remove("close_reason");
    }
    if !known("known_error") {
        for field in ["known_error", "workaround", "rca_completed_at"] {
            problem.fields.remove(field);
        }
    }
}
