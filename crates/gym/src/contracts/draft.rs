//! The estate in the making.

use super::thing::{Course, Fact, Thing};
use super::{KNOWN_UNTIL, YEAR_BEGINS, YEAR_ENDS};
use crate::dice::Dice;

/// Streams of dice, so that more of one kind changes nothing of another.
pub(super) mod stream {
    pub(crate) const PROBLEMS: u64 = 7_000_000;
    pub(crate) const CHANGES: u64 = 7_100_000;
    pub(crate) const INCIDENTS: u64 = 7_200_000;
    pub(crate) const REQUESTS: u64 = 7_500_000;
    pub(crate) const PASSED: u64 = 7_800_000;
    pub(crate) const NATIVE: u64 = 7_900_000;
}

#[derive(Debug)]
pub(super) struct Draft {
    pub(super) seed: u64,
    pub(super) things: Vec<Thing>,
}

impl Draft {
    pub(super) fn dice(&self, stream: u64, at: u64) -> Dice {
        Dice::new(self.seed, stream + at)
    }

    /// Adds a record of a register; registers say in which state they are and when they were written.
    pub(super) fn add(&mut self, thing: Thing) {
        let mut thing = thing;
        if !thing.says("source_updated_at") {
            let last = thing.fields.values().filter_map(|fact| match fact {
                Fact::At(at) => Some(*at),
                _ => None,
            });
            let last = last.filter(|at| *at <= KNOWN_UNTIL).max().unwrap_or(YEAR_BEGINS);
            thing.set("source_updated_at", Fact::At(last));
        }
        self.things.push(thing);
    }

    pub(super) fn of(&self, kind: &'static str) -> impl Iterator<Item = &Thing> {
        self.things.iter().filter(move |thing| thing.kind == kind)
    }
}

/// A moment of the year, on a whole minute and some odd seconds.
pub(super) fn some_time(dice: &mut Dice) -> i64 {
    YEAR_BEGINS + dice.below((YEAR_ENDS - YEAR_BEGINS) as u64) as i64
}

/// Where a record begins.
pub(super) fn begin(at: i64, party: &'static str, group: &'static str, priority: &'static str) -> Course {
    Course { at, state: "new", hold_reason: None, priority, party, group }
}

/// Puts the next turn of a course so many seconds after the last one.
pub(super) fn go(course: &mut Vec<Course>, after: i64, state: &'static str) {
    if let Some(last) = course.last() {
        let next = Course { at: last.at + after.max(1), state, hold_reason: None, ..last.clone() };
        course.push(next);
    }
}

/// The same with what is waited for.
pub(super) fn wait(course: &mut Vec<Course>, after: i64, reason: &'static str) {
    go(course, after, "on_hold");
    if let Some(last) = course.last_mut() {
        last.hold_reason = Some(reason);
    }
}

/// The same with who works on it from then on.
pub(super) fn hand(
    course: &mut Vec<Course>,
    after: i64,
    state: &'static str,
    party: &'static str,
    group: &'static str,
) {
    go(course, after, state);
    if let Some(last) = course.last_mut() {
        (last.party, last.group) = (party, group);
    }
}

/// What a record says of itself by its course: what was not known yet is cut off.
pub(super) fn settle(thing: &mut Thing, mut course: Vec<Course>) {
    course.retain(|turn| turn.at < KNOWN_UNTIL);
    if let (Some(first), Some(last)) = (course.first(), course.last()) {
        thing.set("opened_at", Fact::At(first.at));
        thing.set("created_at", Fact::At(first.at));
        thing.set("source_updated_at", Fact::At(last.at));
        thing.set("state", last.state);
        thing.set("state_native", last.state);
        thing.set("assignee_party", last.party);
        thing.set("assignee_group", last.group);
        if !last.priority.is_empty() {
            thing.set("priority", last.priority);
        }
        if let Some(reason) = last.hold_reason {
            thing.set("hold_reason", reason);
        }
        if matches!(last.state, "closed" | "cancelled" | "rejected") {
            thing.set("closed_at", Fact::At(last.at));
        }
    }
    thing.course = course;
}
