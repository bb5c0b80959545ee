//! How the life of an incident goes on, by who works on it.

use super::agreed::{BRANDT, CASTELL, DESK, DORN, EMBER, FJORD};
use super::draft::{go, hand, wait};
use super::{Course, DAY, HOUR, MINUTE};
use crate::Dice;

/// What incidents and problems are about.
pub(super) const CATEGORIES: [&str; 4] = ["access", "hardware", "performance", "software"];

/// What the story of an incident leaves behind beside its course.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub(super) answered_at: Option<i64>,
    pub(super) at_first_contact: bool,
}

/// A life from the call to the end. `supplier` is who gets it when the desk cannot help.
pub(super) fn live(course: &mut Vec<Course>, supplier: &'static str, group: &'static str, dice: &mut Dice) -> Left {
    let mut left = Left::default();
    let now = |course: &Vec<Course>| course.last().map_or(0, |turn| turn.at);
    go(course, dice.duration(4 * MINUTE, 90), "assigned");
    go(course, dice.duration(10 * MINUTE, 110), "in_progress");
    if !dice.chance(40) {
        left.answered_at = Some(now(course));
    }
    if dice.chance(40) {
        go(course, dice.duration(5 * HOUR, 80), "cancelled");
        return left;
    }
    if dice.chance(if supplier == DESK { 500 } else { 220 }) {
        let secs = dice.duration(40 * MINUTE, 120);
        left.at_first_contact = secs < 20 * MINUTE;
        go(course, secs, "resolved");
    } else {
        let (secs, work) = (dice.duration(30 * MINUTE, 90), effort(course, supplier));
        hand(course, secs, "in_progress", supplier, group);
        bounce(course, supplier, group, dice);
        match supplier {
            CASTELL => game(course, work, dice),
            DORN => pass_on(course, work, dice),
            _ => honest(course, work, dice),
        }
    }
    reopen(course, supplier, dice);
    if !dice.chance(60) {
        go(course, dice.duration(3 * DAY, 50), "closed");
    }
    left
}

/// How long a supplier needs in the middle.
fn effort(course: &[Course], supplier: &str) -> i64 {
    let priority = course.first().map_or("P4", |turn| turn.priority);
    let hours = match priority {
        "P1" => 4,
        "P2" => 12,
        "P3" => 30,
        _ => 60,
    };
    let percent = match supplier {
        BRANDT => 80,
        CASTELL => 170,
        DORN => 130,
        _ => 100,
    };
    hours * HOUR * percent / 100
}

/// Some are given back because they were handed to the wrong one, and come again.
fn bounce(course: &mut Vec<Course>, supplier: &'static str, group: &'static str, dice: &mut Dice) {
    let permille = if supplier == DORN { 200 } else { 80 };
    if supplier != DESK && dice.chance(permille) {
        hand(course, dice.duration(8 * HOUR, 130), "in_progress", DESK, "Service Desk");
        hand(course, dice.duration(HOUR, 80), "in_progress", supplier, group);
    }
}

fn honest(course: &mut Vec<Course>, work: i64, dice: &mut Dice) {
    if dice.chance(220) {
        go(course, dice.duration(work / 3, 80), "in_progress");
        wait(course, MINUTE, dice.pick(&["awaiting_customer", "awaiting_change", "awaiting_schedule"]));
        go(course, dice.duration(9 * HOUR, 90), "in_progress");
    }
    go(course, dice.duration(work, 90), "resolved");
}

/// Waits for the customer when it gets late, and resolves what is not done, to open it again when the clock has stopped.
fn game(course: &mut Vec<Course>, work: i64, dice: &mut Dice) {
    let needed = dice.duration(work, 100);
    if dice.chance(450) {
        wait(course, needed / 2, "awaiting_customer");
        go(course, needed, "in_progress");
    }
    if dice.chance(250) {
        go(course, needed / 3, "resolved");
        go(course, dice.duration(20 * HOUR, 60), "in_progress");
    }
    go(course, needed / 2, "resolved");
}

/// Half of it is done by somebody else.
fn pass_on(course: &mut Vec<Course>, work: i64, dice: &mut Dice) {
    let needed = dice.duration(work, 90);
    match dice.below(10) {
        0..=3 => {
            hand(course, needed / 4, "in_progress", EMBER, "Ember Operations");
            // Now and then the sub-supplier resolves it itself.
            if dice.chance(700) {
                hand(course, needed / 2, "in_progress", DORN, "Dorn NOC");
            }
        }
        4 => {
            hand(course, needed / 4, "in_progress", FJORD, "Fjord Field");
            hand(course, needed / 2, "in_progress", DORN, "Dorn NOC");
        }
        5 => {
            wait(course, needed / 4, "awaiting_supplier");
            go(course, needed / 2, "in_progress");
        }
        _ => {}
    }
    go(course, needed / 2, "resolved");
}

/// Some come back; a few so late that the month in which they were resolved is past.
fn reopen(course: &mut Vec<Course>, supplier: &str, dice: &mut Dice) {
    let permille = if supplier == CASTELL { 160 } else { 60 };
    if dice.chance(permille) {
        let after = if dice.chance(300) { 9 * DAY + dice.duration(10 * DAY, 50) } else { dice.duration(DAY, 80) };
        go(course, after, "in_progress");
        go(course, dice.duration(6 * HOUR, 90), "resolved");
    }
}
