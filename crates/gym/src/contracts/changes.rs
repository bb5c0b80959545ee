//! Changes of the three types, with approvals, tasks, windows and outcomes; and the releases that they implement.

use super::agreed::{HOUSE, ITEMS, SERVICES, item};
use super::draft::{Draft, begin, go, hand, settle, some_time, stream};
use super::thing::{Fact, Thing};
use super::{DAY, HOUR, KNOWN_UNTIL, MINUTE};
use crate::Dice;

pub(super) fn id(number: u64) -> String {
    format!("chg-{number:03}")
}

/// How many there are for so many incidents.
pub(super) fn count(incidents: u32) -> u64 {
    (u64::from(incidents) / 3).max(9)
}

pub(super) fn add(draft: &mut Draft, incidents: u32) {
    for number in 0..count(incidents) {
        let dice = &mut draft.dice(stream::CHANGES, number);
        let mut more = Vec::new();
        let change = change(number, dice, &mut more);
        let end = change.at("actual_end");
        draft.add(change);
        for thing in more {
            draft.add(thing);
        }
        // Every twelfth change is that of a release.
        if let (0, Some(end)) = (number % 12, end) {
            let dice = &mut draft.dice(stream::CHANGES, 100_000 + number);
            release(number, end, dice, draft);
        }
    }
}

fn change(number: u64, dice: &mut Dice, more: &mut Vec<Thing>) -> Thing {
    let (service, _, _, supplier, _, group) = SERVICES[dice.below(5) as usize];
    let sort = ["standard", "normal", "normal", "normal", "emergency"][dice.below(5) as usize];
    let mut change = Thing::new("change", id(number));
    change.set("title", format!("Change {number}"));
    change.set("service", service);
    change.set("configuration_item", item(service, dice.below(ITEMS)));
    change.set("owner_party", HOUSE);
    change.set("change_type", sort);
    change.set("risk", dice.pick(&["low", "medium", "high"]));
    change.set("major_impact", dice.chance(100));
    if sort == "standard" {
        change.set("change_model", "model-patch");
    }
    let mut course = vec![begin(some_time(dice), HOUSE, "Change Office", "")];
    course[0].state = "draft";
    go(&mut course, dice.duration(4 * HOUR, 60), "submitted");
    hand(&mut course, dice.duration(10 * HOUR, 60), "assessing", supplier, group);
    if dice.chance(60) {
        go(&mut course, dice.duration(20 * HOUR, 60), "cancelled");
        settle(&mut change, course);
        return change;
    }
    go(&mut course, dice.duration(20 * HOUR, 60), "awaiting_approval");
    go(&mut course, dice.duration(20 * HOUR, 60), "approved");
    let approved = course.last().map_or(0, |turn| turn.at);
    go(&mut course, dice.duration(2 * HOUR, 60), "scheduled");
    let scheduled = course.last().map_or(0, |turn| turn.at);
    let planned = scheduled + dice.duration(50 * HOUR, 60);
    let planned_end = planned + HOUR + dice.below(6) as i64 * HOUR;
    change.set("planned_start", Fact::At(planned));
    change.set("planned_end", Fact::At(planned_end));
    let begins = (planned + dice.below(30) as i64 * MINUTE - if dice.chance(80) { HOUR } else { 0 }).max(scheduled + 1);
    let ends = begins + 20 * MINUTE + dice.below(300) as i64 * MINUTE;
    go(&mut course, begins - scheduled, "implementing");
    go(&mut course, ends - begins, "implemented");
    change.set("actual_start", Fact::At(begins));
    change.set("actual_end", Fact::At(ends));
    go(&mut course, dice.duration(30 * HOUR, 60), "closed");
    approvals(&mut change, approved, begins, ends, dice, more);
    finish(&mut change, &course, dice);
    tasks(&change, &course, more);
    settle(&mut change, course);
    change
}

/// Who allowed it: as it should be, too late, or nobody.
fn approvals(change: &mut Thing, approved: i64, begins: i64, ends: i64, dice: &mut Dice, more: &mut Vec<Thing>) {
    let decided = match dice.below(20) {
        0 => None,
        1 => Some(ends + 2 * DAY),
        2 => Some(begins + MINUTE),
        _ => Some(approved),
    };
    let mut approval = Thing::new("approval", format!("apv-{}", change.id)).with("record", change.id.clone());
    approval.set("party", HOUSE);
    let decided = decided.filter(|at| *at < KNOWN_UNTIL);
    approval.set("state", if decided.is_some() { "approved" } else { "requested" });
    approval.set("decision", if decided.is_some() { "approved" } else { "pending" });
    if let Some(at) = decided {
        approval.set("decided_at", Fact::At(at));
    }
    if approved < KNOWN_UNTIL {
        more.push(approval);
    }
    change.set("approval_state", if decided.is_some() { "approved" } else { "pending" });
    if let Some(at) = decided {
        change.set("approval_decided_at", Fact::At(at));
    }
}

fn finish(change: &mut Thing, course: &[super::Course], dice: &mut Dice) {
    let outcomes =
        ["successful", "successful", "successful", "successful_with_issues", "partially", "failed", "reversed"];
    let outcome = outcomes[dice.below(7) as usize];
    let reviewed = dice.duration(9 * DAY, 70);
    let (is_told, is_reviewed) = (!dice.chance(60), dice.chance(700));
    let closed = course.last().map_or(0, |turn| turn.at);
    if closed >= KNOWN_UNTIL {
        for field in ["actual_start", "actual_end"] {
            if change.at(field).is_some_and(|at| at >= KNOWN_UNTIL) {
                change.fields.remove(field);
            }
        }
        return;
    }
    if is_told {
        change.set("outcome", outcome);
    }
    let ended = change.at("actual_end").unwrap_or(closed);
    if is_reviewed && ended + reviewed < KNOWN_UNTIL {
        change.set("reviewed_at", Fact::At(ended + reviewed));
    }
}

fn tasks(change: &Thing, course: &[super::Course], more: &mut Vec<Thing>) {
    let Some((begins, ends)) = change.at("actual_start").zip(change.at("actual_end")) else { return };
    let who = course.last().map_or(HOUSE, |turn| turn.party);
    for (number, title) in ["Prepare", "Carry out", "Verify"].into_iter().enumerate() {
        let mut task = Thing::new("change_task", format!("{}-t{number}", change.id)).with("title", title);
        task.set("state", "closed");
        task.set("owner_party", HOUSE);
        task.set("assignee_party", who);
        task.set("parent", change.id.clone());
        task.set("actual_start", Fact::At(begins));
        task.set("actual_end", Fact::At(ends));
        task.set("closed_at", Fact::At(ends));
        more.push(task);
    }
}

fn release(number: u64, end: i64, dice: &mut Dice, draft: &mut Draft) {
    let change = id(number);
    let supplier = draft.of("change").find(|thing| thing.id == change).and_then(|thing| thing.course.last());
    let supplier = supplier.map_or(HOUSE, |turn| turn.party);
    let mut release = Thing::new("release", format!("rel-{number:03}")).with("title", format!("Release {number}"));
    release.set("owner_party", HOUSE);
    release.set("assignee_party", supplier);
    release.set("release_type", dice.pick(&["major", "minor", "emergency"]));
    release.set("deployed_at", Fact::At(end));
    release.links.push(("implemented_by", change));
    let back = dice.chance(200) && end + 5 * HOUR < KNOWN_UNTIL;
    release.set("state", if back { "rolled_back" } else { "closed" });
    release.set("outcome", if back { "reversed" } else { "successful" });
    if back {
        release.set("rolled_back_at", Fact::At(end + 5 * HOUR));
    }
    draft.add(release);
}
