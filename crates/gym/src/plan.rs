//! Plans the life of an incident: a legal way through the states, at the pace of its provider.

use crate::dice::Dice;
use crate::life::{Actor, Change, Event, HoldReason, Resolution, State};
use crate::provider::{Group, Profile};
use jiff::Timestamp;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// Spread of every duration, see [`Dice::duration`].
const SIGMA: i64 = 95;

/// What a life depends on beside chance.
pub(crate) struct Ground<'a> {
    pub(crate) profile: &'a Profile,
    /// The groups of the provider, the service desk first.
    pub(crate) groups: &'a [&'static Group],
    /// Unix seconds.
    pub(crate) opened_secs: i64,
    /// 1 to 5.
    pub(crate) priority: u8,
    /// Unix seconds; what would happen later has not happened.
    pub(crate) now_secs: i64,
}

/// The events until now, oldest first.
pub(crate) fn life(dice: &mut Dice, ground: &Ground<'_>) -> Vec<Event> {
    let mut plan = Plan {
        dice,
        ground,
        at_secs: ground.opened_secs,
        state: State::New,
        group: ground.groups[0],
        person: ground.groups[0].people[0],
        events: Vec::new(),
    };
    plan.run();
    plan.events.retain(|event| event.at.as_second() <= ground.now_secs);
    plan.events
}

struct Plan<'a> {
    dice: &'a mut Dice,
    ground: &'a Ground<'a>,
    at_secs: i64,
    state: State,
    group: &'static Group,
    person: &'static str,
    events: Vec<Event>,
}

impl Plan<'_> {
    fn run(&mut self) {
        let profile = self.ground.profile;
        let recording_secs = self.dice.below(profile.record_secs) as i64;
        self.person = self.dice.pick(self.group.people);
        self.push_at(self.ground.opened_secs + recording_secs, Change::Opened, State::New, Actor::Person(self.person));
        if self.dice.chance(profile.cancel / 2) {
            return self.wait(2 * HOUR, Change::Cancelled, State::Cancelled);
        }
        self.assign();
        while self.dice.chance(profile.reassign) && self.events.len() < 12 {
            self.reassign(HOUR);
        }
        self.wait(profile.assign_secs, Change::Started, State::InProgress);
        if self.dice.chance(profile.cancel / 2) {
            return self.wait(4 * HOUR, Change::Cancelled, State::Cancelled);
        }
        if !self.work() {
            return;
        }
        self.end();
    }

    /// Gives it to the service desk or to the group that will work on it.
    fn assign(&mut self) {
        let groups = self.ground.groups;
        self.group = if self.dice.chance(300) { groups[0] } else { self.dice.pick(&groups[1..]) };
        self.person = self.dice.pick(self.group.people);
        let change = Change::Assigned { group: self.group.name, person: self.person };
        self.wait(self.ground.profile.assign_secs, change, self.ground.profile.assigned);
    }

    fn reassign(&mut self, median_secs: i64) {
        let others: Vec<&'static Group> =
            self.ground.groups.iter().copied().filter(|group| group.name != self.group.name).collect();
        self.group = self.dice.pick(&others);
        self.person = self.dice.pick(self.group.people);
        // A tool that knows `assigned` goes back to it; the others only show another group.
        let state = match (self.ground.profile.assigned, self.state) {
            (State::Assigned, _) => State::Assigned,
            (_, state) => state,
        };
        self.wait(median_secs, Change::Reassigned { group: self.group.name, person: self.person }, state);
    }

    /// Work, notes, holds and changes of group, until it is resolved. `false` when it hangs for ever.
    fn work(&mut self) -> bool {
        let profile = self.ground.profile;
        let mut work_secs = profile.work_hours[usize::from(self.ground.priority) - 1] * HOUR;
        if self.dice.chance(450) {
            self.wait(work_secs / 4, Change::Noted, self.state);
        }
        for _ in 0..4 {
            if self.dice.chance(profile.hold) {
                let reasons = [HoldReason::Customer, HoldReason::Supplier, HoldReason::Problem];
                let reason = reasons[self.dice.weighted(&[70, 20, 10])];
                self.wait(work_secs / 3, Change::Held(reason), State::OnHold);
                if self.dice.chance(90) {
                    return false;
                }
                if self.dice.chance(300) {
                    self.wait(8 * HOUR, Change::Noted, State::OnHold);
                }
                if self.dice.chance(150) {
                    // Answered and solved in one step.
                    work_secs = 8 * HOUR;
                    break;
                }
                self.wait(18 * HOUR, Change::Resumed, State::InProgress);
                work_secs = work_secs * 2 / 3;
            } else if self.dice.chance(profile.reassign / 3) {
                self.reassign(work_secs / 3);
                if self.state == State::Assigned {
                    self.wait(profile.assign_secs, Change::Started, State::InProgress);
                }
            } else {
                break;
            }
        }
        self.resolve(work_secs);
        true
    }

    fn resolve(&mut self, median_secs: i64) {
        let resolutions =
            [Resolution::Permanently, Resolution::Workaround, Resolution::NotReproducible, Resolution::ByCaller];
        let resolution = resolutions[self.dice.weighted(&[62, 20, 8, 10])];
        self.wait(median_secs, Change::Resolved(resolution), State::Resolved);
    }

    /// From resolved to closed, with what comes back.
    fn end(&mut self) {
        let profile = self.ground.profile;
        for _ in 0..3 {
            if !self.dice.chance(profile.reopen) {
                break;
            }
            if self.dice.chance(200) {
                self.close();
            }
            self.wait(14 * HOUR, Change::Reopened, State::InProgress);
            let median_secs = profile.work_hours[usize::from(self.ground.priority) - 1] * HOUR / 2;
            self.resolve(median_secs);
        }
        self.close();
    }

    /// The tool closes on the full hour, some days after the resolution.
    fn close(&mut self) {
        let due_secs = self.at_secs + self.ground.profile.close_days * DAY;
        self.push_at(due_secs.div_ceil_to(HOUR), Change::Closed, State::Closed, Actor::Automation);
    }

    /// Somebody does something after a while; unless it is urgent, during office hours.
    fn wait(&mut self, median_secs: i64, change: Change, state: State) {
        let mut at_secs = self.at_secs + self.dice.duration(median_secs, SIGMA);
        if self.ground.priority > 2 {
            at_secs = office(at_secs, self.dice);
        }
        self.push_at(at_secs, change, state, Actor::Person(self.person));
    }

    fn push_at(&mut self, at_secs: i64, change: Change, state: State, actor: Actor) {
        let grain = self.ground.profile.grain_secs;
        let after_last = self.at_secs + if self.events.is_empty() { 0 } else { grain };
        self.at_secs = at_secs.max(after_last).div_ceil_to(grain);
        self.state = state;
        let at = Timestamp::from_second(self.at_secs).expect("lives end within some years");
        self.events.push(Event { at, change, state, actor });
    }
}

/// The same moment within office hours (weekdays, 06:00 to 17:00 UTC), or some time in the next office morning.
fn office(at_secs: i64, dice: &mut Dice) -> i64 {
    let (mut day, second) = (at_secs.div_euclid(DAY), at_secs.rem_euclid(DAY));
    if is_weekday(day) && (6 * HOUR..17 * HOUR).contains(&second) {
        return at_secs;
    }
    if second >= 17 * HOUR || !is_weekday(day) {
        day += 1;
    }
    while !is_weekday(day) {
        day += 1;
    }
    day * DAY + 6 * HOUR + dice.below(100 * 60) as i64
}

/// Day 0 was a Thursday.
pub(crate) fn weekday(day: i64) -> usize {
    (day + 3).rem_euclid(7) as usize
}

fn is_weekday(day: i64) -> bool {
    weekday(day) < 5
}

trait DivCeilTo {
    /// The next multiple, at or after.
    fn div_ceil_to(self, multiple: Self) -> Self;
}

impl DivCeilTo for i64 {
    fn div_ceil_to(self, multiple: i64) -> i64 {
        (self + multiple - 1).div_euclid(multiple) * multiple
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_resolves_a_small_thing_on_a_sunday() {
        let mut dice = Dice::new(1, 1);
        // 2026-06-28T10:00Z is a Sunday; 2026-06-26T16:59Z is a Friday.
        let sunday = 1_782_640_800;
        assert_eq!(weekday(sunday / DAY), 6);
        let monday = office(sunday, &mut dice);
        assert_eq!((weekday(monday / DAY), (monday - sunday) / HOUR >= 20), (0, true));
        let friday = sunday - 2 * DAY + 7 * HOUR - 60;
        assert_eq!(office(friday, &mut dice), friday);
        assert_eq!(weekday(office(friday + 60, &mut dice) / DAY), 0);
        assert_eq!(office(sunday + DAY - 6 * HOUR, &mut dice) / DAY, sunday / DAY + 1);
    }
}
