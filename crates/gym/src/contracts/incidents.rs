//! Incidents: who reported what, and what it belongs to.

use super::agreed::{DESK, HOUSE, ITEMS, SERVICES, item};
use super::draft::{Draft, begin, settle, some_time, stream};
use super::incident::{CATEGORIES, live};
use super::thing::{Fact, Thing};
use super::{DAY, HOUR, KNOWN_UNTIL, MINUTE, changes, problems};
use crate::Dice;

pub(super) fn id(number: u64) -> String {
    format!("inc-{number:04}")
}

pub(super) fn add(draft: &mut Draft, incidents: u32) {
    for number in 0..u64::from(incidents) {
        let dice = &mut draft.dice(stream::INCIDENTS, number);
        let opened = some_time(dice);
        let incident = incident(number, opened, incidents, dice, draft);
        let more = family(&incident, number, dice);
        draft.add(incident);
        for (at, kind, opened) in more {
            let dice = &mut draft.dice(stream::INCIDENTS, 100_000 + number * 8 + at);
            let mut relative = self::incident(100_000 + number * 8 + at, opened, incidents, dice, draft);
            relative.id = format!("{}-{at}", id(number));
            relative.set(kind, id(number));
            draft.add(relative);
        }
    }
}

fn incident(number: u64, opened: i64, incidents: u32, dice: &mut Dice, draft: &Draft) -> Thing {
    let (service, title, _, supplier, _, group) = SERVICES[dice.weighted(&[25, 30, 25, 15, 5])];
    let mut incident = Thing::new("incident", id(number));
    incident.set("title", format!("{title} does not work ({number})"));
    incident.set("owner_party", HOUSE);
    incident.set("category", dice.pick(&CATEGORIES));
    incident.set("contact_type", dice.pick(&["phone", "email", "self_service", "monitoring"]));
    if !dice.chance(30) {
        incident.set("service", service);
    }
    if !dice.chance(350) {
        incident.set("configuration_item", item(service, dice.below(ITEMS)));
    }
    let priority = ["P1", "P2", "P3", "P4"][dice.weighted(&[8, 22, 45, 25])];
    let mut course = vec![begin(opened, DESK, "Service Desk", priority)];
    let left = live(&mut course, supplier, group, dice);
    // A few are found to be more urgent when somebody looks at them.
    if dice.chance(60) && course.len() > 3 {
        course[2..].iter_mut().for_each(|turn| turn.priority = "P2");
    }
    resolved(&mut incident, &course, dice);
    if let Some(at) = left.answered_at.filter(|at| *at < KNOWN_UNTIL) {
        incident.set("first_response_at", Fact::At(at));
    }
    incident.set("first_contact", left.at_first_contact);
    incident.set("first_contact_possible", left.at_first_contact || !dice.chance(300));
    named(&mut incident, opened, service, incidents, dice, draft);
    if priority == "P1" && dice.chance(400) {
        major(&mut incident, opened, dice);
    }
    if dice.chance(50) {
        incident.set("security_class", dice.pick(&["malware", "phishing", "leak"]));
        incident.set("security_risk", dice.pick(&["low", "medium", "high"]));
        let contained = opened + dice.duration(5 * HOUR, 90);
        if contained < KNOWN_UNTIL {
            incident.set("contained_at", Fact::At(contained));
        }
    }
    settle(&mut incident, course);
    incident
}

/// What its record says of its end.
fn resolved(incident: &mut Thing, course: &[super::Course], dice: &mut Dice) {
    let mut resolutions = course.iter().filter(|turn| turn.state == "resolved" && turn.at < KNOWN_UNTIL);
    let Some(first) = resolutions.next() else { return };
    let last = resolutions.next_back().unwrap_or(first);
    incident.set("first_resolved_at", Fact::At(first.at));
    let now = course.iter().rfind(|turn| turn.at < KNOWN_UNTIL);
    if now.is_some_and(|now| matches!(now.state, "resolved" | "closed")) {
        incident.set("resolved_at", Fact::At(last.at));
        incident.set("resolver_party", last.party);
        incident.set("resolution_code", "solved");
        if dice.chance(250) {
            incident.set("knowledge", "kb-17");
        }
    }
}

/// The problem behind it, and the change that caused it.
fn named(incident: &mut Thing, opened: i64, service: &str, incidents: u32, dice: &mut Dice, draft: &Draft) {
    if dice.chance(180) {
        incident.set("problem", problems::id(dice.below(problems::count(incidents))));
    }
    let causes = draft.of("change").filter(|change| change.text("service") == Some(service));
    let after =
        causes.filter(|change| change.at("actual_end").is_some_and(|end| end <= opened && opened <= end + 12 * DAY));
    let causes: Vec<&str> = after.map(|change| &*change.id).collect();
    if !causes.is_empty() && dice.chance(450) {
        incident.set("caused_by_change", dice.pick(&causes));
    }
    debug_assert!(changes::count(incidents) > 0);
}

fn major(incident: &mut Thing, opened: i64, dice: &mut Dice) {
    incident.set("is_major", true);
    let declared = opened + dice.below(40) as i64 * MINUTE;
    incident.set("major_declared_at", Fact::At(declared));
    incident.set("major_owner", "Major incident lead");
    if dice.chance(600) {
        incident.set("review_due_at", Fact::At(opened + 20 * DAY));
    }
}

/// Reports of the same, and others that belong to a major one: what they are, and when they came.
fn family(incident: &Thing, number: u64, dice: &mut Dice) -> Vec<(u64, &'static str, i64)> {
    let opened = incident.at("opened_at").unwrap_or(0);
    let mut family = Vec::new();
    if incident.is("is_major") {
        for at in 0..dice.below(4) {
            family.push((at, "parent", opened + dice.below(3 * 3_600) as i64 + 60));
        }
    }
    if dice.chance(50) {
        family.push((6, "duplicate_of", opened + dice.duration(2 * HOUR, 80)));
    }
    // What was closed comes back as a new record.
    if let Some(closed) = incident.at("closed_at").filter(|_| dice.chance(40) && incident.state() == "closed") {
        family.push((7, "duplicate_of", closed + dice.duration(6 * DAY, 90)));
    }
    family.retain(|(_, _, at)| *at < KNOWN_UNTIL - DAY && number < 100_000);
    family
}
