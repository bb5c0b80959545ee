//! Service requests with their approvals.

use super::agreed::{BRANDT, CASTELL, DESK, HOUSE, SERVICES};
use super::draft::{Draft, begin, go, hand, settle, some_time, stream, wait};
use super::thing::{Fact, Thing};
use super::{DAY, HOUR, KNOWN_UNTIL, MINUTE};
use crate::Dice;

pub(super) fn add(draft: &mut Draft, incidents: u32) {
    for number in 0..u64::from(incidents) * 2 / 5 {
        let dice = &mut draft.dice(stream::REQUESTS, number);
        let (request, approval) = request(number, dice);
        draft.add(request);
        if let Some(approval) = approval {
            draft.add(approval);
        }
    }
}

fn request(number: u64, dice: &mut Dice) -> (Thing, Option<Thing>) {
    let suppliers = [(DESK, "Workplace"), (BRANDT, "Brandt Mail"), (CASTELL, "Castell ERP")];
    let (supplier, group) = suppliers[dice.weighted(&[60, 25, 15])];
    let mut request = Thing::new("service_request", format!("req-{number:04}"));
    request.set("title", format!("Request {number}"));
    request.set("owner_party", HOUSE);
    request.set("service", SERVICES[dice.below(5) as usize].0);
    if !dice.chance(80) {
        request.set("catalogue_item", dice.pick(&["laptop", "mailbox", "account"]));
    }
    let mut course = vec![begin(some_time(dice), DESK, "Service Desk", dice.pick(&["P2", "P3", "P4"]))];
    let mut approval = None;
    let mut approved = "none";
    if dice.chance(600) {
        go(&mut course, dice.duration(5 * MINUTE, 60), "awaiting_approval");
        let asked = course.last().map_or(0, |turn| turn.at);
        let is_refused = dice.chance(80);
        go(&mut course, dice.duration(14 * HOUR, 90), if is_refused { "rejected" } else { "approved" });
        let decided = course.last().map_or(0, |turn| turn.at);
        if asked < KNOWN_UNTIL {
            let is_known = decided < KNOWN_UNTIL;
            let word = if !is_known {
                "pending"
            } else if is_refused {
                "rejected"
            } else {
                "approved"
            };
            approved = word;
            let mut of = Thing::new("approval", format!("apv-{}", request.id)).with("record", request.id.clone());
            of.set("state", if is_known { word } else { "requested" });
            of.set("decision", word);
            of.set("party", HOUSE);
            of.set("created_at", Fact::At(asked));
            if is_known {
                of.set("decided_at", Fact::At(decided));
            }
            approval = Some(of);
        }
    }
    request.set("approval_state", approved);
    if course.last().is_none_or(|turn| turn.state != "rejected") {
        work(&mut course, supplier, group, dice);
    }
    let fulfilled = course.iter().rfind(|turn| turn.state == "fulfilled" && turn.at < KNOWN_UNTIL);
    if let Some(turn) = fulfilled {
        request.set("fulfilled_at", Fact::At(turn.at));
        request.set("resolver_party", turn.party);
        request.set("resolution_code", "fulfilled");
    }
    settle(&mut request, course);
    (request, approval)
}

fn work(course: &mut Vec<super::Course>, supplier: &'static str, group: &'static str, dice: &mut Dice) {
    hand(course, dice.duration(HOUR, 90), "in_progress", supplier, group);
    if dice.chance(50) {
        go(course, dice.duration(9 * HOUR, 60), "cancelled");
        return;
    }
    if dice.chance(250) {
        let reason = dice_reason(dice);
        wait(course, dice.duration(4 * HOUR, 60), reason);
        go(course, dice.duration(18 * HOUR, 80), "in_progress");
    }
    go(course, dice.duration(20 * HOUR, 100), "fulfilled");
    go(course, dice.duration(2 * DAY, 60), "closed");
}

fn dice_reason(dice: &mut Dice) -> &'static str {
    dice.pick(&["awaiting_customer", "awaiting_supplier", "awaiting_schedule"])
}
