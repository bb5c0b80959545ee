//! Which target is for a record, and how long it was worked on.

use crate::contracts::calendar::seconds;
use crate::contracts::{Course, Thing};

/// The targets with their agreements.
pub(crate) struct Terms<'a> {
    pub(crate) targets: Vec<(&'a Thing, &'a Thing)>,
}

impl<'a> Terms<'a> {
    pub(crate) fn of(things: &'a [Thing]) -> Self {
        let agreement = |id: &str| things.iter().find(|thing| thing.kind == "agreement" && thing.id == id);
        let targets = things.iter().filter(|thing| thing.kind == "service_level_target");
        let targets = targets.filter_map(|target| Some((target, agreement(target.text("agreement")?)?))).collect();
        Self { targets }
    }

    /// The target of a record for a metric.
    pub(crate) fn target(&self, record: &Thing, metric: &str) -> Option<&'a Thing> {
        let resolver = ["resolver_party", "assignee_party", "owner_party"].iter().find_map(|field| record.text(field));
        self.of_party(record, metric, resolver).or_else(|| self.of_party(record, metric, record.text("owner_party")))
    }

    fn of_party(&self, record: &Thing, metric: &str, party: Option<&str>) -> Option<&'a Thing> {
        let priority = record.text("priority")?;
        let opened = record.at("opened_at")?;
        let fits = |target: &Thing, agreement: &Thing| {
            agreement.text("provider_party") == party
                && agreement.at("valid_from").is_some_and(|from| from <= opened)
                && target.text("metric") == Some(metric)
                && target.text("applies_kind") == Some(record.kind)
                && target.text("applies_priorities").is_some_and(|all| all.split(';').any(|one| one == priority))
        };
        self.targets.iter().find(|(target, agreement)| fits(target, agreement)).map(|(target, _)| *target)
    }
}

/// How long, until when, and whether that was in time.
pub(crate) struct Worked {
    pub(crate) secs: i64,
    pub(crate) stopped: i64,
    pub(crate) is_met: bool,
}

pub(crate) fn is_over(state: &str) -> bool {
    matches!(state, "resolved" | "fulfilled" | "closed")
}

/// Until the last resolution that holds at a moment; `None` where there is none.
pub(crate) fn worked(record: &Thing, target: &Thing, known_until: i64) -> Option<Worked> {
    let course: Vec<&Course> = record.course.iter().filter(|turn| turn.at < known_until).collect();
    let stopped = last_resolution(&course)?;
    let calendar = target.text("calendar").unwrap_or_default();
    let pauses = target.text("pauses").unwrap_or_default();
    let mut secs = 0;
    for pair in course.windows(2) {
        let (turn, until) = (pair[0], pair[1].at.min(stopped));
        let is_paused = turn.hold_reason.is_some_and(|reason| pauses.split(';').any(|pause| pause == reason));
        if turn.at < stopped && !is_over(turn.state) && !is_paused {
            secs += seconds(calendar, turn.at, until);
        }
    }
    Some(Worked { secs, stopped, is_met: secs * 1_000_000 <= target.millionths("target_value")? })
}

/// When what is resolved at the end of a course was resolved.
pub(crate) fn last_resolution(course: &[&Course]) -> Option<i64> {
    if !course.last().is_some_and(|turn| is_over(turn.state)) {
        return None;
    }
    let first = course.iter().rposition(|turn| !is_over(turn.state)).map_or(0, |at| at + 1);
    course.get(first).map(|turn| turn.at)
}

/// Seconds from the opening to a moment around the clock, without those in which it was taken for done.
pub(crate) fn around_the_clock(record: &Thing, stopped: i64) -> i64 {
    let mut secs = 0;
    for pair in record.course.windows(2) {
        if !is_over(pair[0].state) && pair[0].at < stopped {
            secs += pair[1].at.min(stopped) - pair[0].at;
        }
    }
    secs
}
