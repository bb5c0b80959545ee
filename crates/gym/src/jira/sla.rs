//! The clocks of the service desk, computed from the history of an issue: cycles that ended, and one that goes on.

use super::catalog::{Category, PENDING, WAITING_FOR_CUSTOMER};
use super::instance::Instance;
use super::issue::Issue;

/// One clock on one issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sla {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) german: &'static str,
    pub(crate) goal: i64,
    pub(crate) completed: Vec<Cycle>,
    pub(crate) ongoing: Option<Cycle>,
}

/// From a start to a stop, or to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cycle {
    pub(crate) start: i64,
    /// `None` while it goes on.
    pub(crate) stop: Option<i64>,
    /// When the goal is passed, as far as that is known.
    pub(crate) breach: i64,
    pub(crate) elapsed: i64,
    pub(crate) paused: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    Runs,
    Stands,
    Ended,
}

impl Cycle {
    pub(crate) fn breached(&self, goal: i64) -> bool {
        self.elapsed > goal
    }
}

/// Time to resolution and time to first response; none for an issue that is no request.
pub(crate) fn clocks(instance: &Instance, issue: &Issue) -> Vec<Sla> {
    let Some(request) = &issue.request else { return Vec::new() };
    let answered = issue
        .comments
        .iter()
        .find(|comment| comment.public && comment.author != issue.reporter)
        .map(|comment| comment.at);
    let mut response = vec![(issue.created, Clock::Runs)];
    response.extend(answered.map(|at| (at, Clock::Ended)));
    [
        ("1", "Time to resolution", "Zeit bis zur Lösung", request.goal, lived(instance, issue)),
        ("2", "Time to first response", "Zeit bis zur ersten Antwort", request.goal / 4, response),
    ]
    .into_iter()
    .map(|(id, name, german, goal, events)| {
        let (completed, ongoing) = cycles(&events, goal, instance.now);
        Sla { id, name, german, goal, completed, ongoing }
    })
    .collect()
}

/// What the clock does from when on.
fn lived(instance: &Instance, issue: &Issue) -> Vec<(i64, Clock)> {
    let clock = |status: &str| match instance.catalog.status(status).map(|one| one.category) {
        Some(Category::Done) => Clock::Ended,
        _ if [WAITING_FOR_CUSTOMER, PENDING].contains(&status) => Clock::Stands,
        _ => Clock::Runs,
    };
    let changes: Vec<(i64, &str, &str)> = issue
        .history
        .iter()
        .flat_map(|entry| entry.items.iter().map(move |item| (entry.at, item)))
        .filter(|(_, item)| item.field == "status")
        .map(|(at, item)| (at, item.from.as_deref().unwrap_or(""), item.to.as_deref().unwrap_or("")))
        .collect();
    let first = changes.first().map_or(issue.status.as_str(), |(_, from, _)| from);
    let mut events = vec![(issue.created, clock(first))];
    events.extend(changes.iter().map(|(at, _, to)| (*at, clock(to))));
    events
}

fn cycles(events: &[(i64, Clock)], goal: i64, now: i64) -> (Vec<Cycle>, Option<Cycle>) {
    let mut completed = Vec::new();
    let mut open: Option<Cycle> = None;
    for (nth, (at, clock)) in events.iter().enumerate() {
        let until = events.get(nth + 1).map_or(now.max(*at), |(next, _)| *next);
        match clock {
            Clock::Ended => {
                if let Some(cycle) = open.take() {
                    completed.push(Cycle { stop: Some(*at), paused: false, ..cycle });
                }
            }
            Clock::Runs => {
                let cycle =
                    open.get_or_insert(Cycle { start: *at, stop: None, breach: *at + goal, elapsed: 0, paused: false });
                if cycle.elapsed <= goal {
                    cycle.breach = at + goal - cycle.elapsed;
                }
                cycle.elapsed += until - at;
                cycle.paused = false;
            }
            Clock::Stands => {
                let cycle =
                    open.get_or_insert(Cycle { start: *at, stop: None, breach: *at + goal, elapsed: 0, paused: true });
                cycle.paused = true;
            }
        }
    }
    (completed, open)
}

/// `4h 5m`, with a minus after a breach.
pub(crate) fn friendly(millis: i64) -> String {
    let minutes = millis.unsigned_abs() / 60_000;
    let sign = if millis < 0 { "-" } else { "" };
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{sign}{minutes}m"),
        (hours, 0) => format!("{sign}{hours}h"),
        (hours, minutes) => format!("{sign}{hours}h {minutes}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_do_not_count_and_reopening_begins_another_cycle() {
        let events = [
            (0, Clock::Runs),
            (100, Clock::Stands),
            (500, Clock::Runs),
            (650, Clock::Ended),
            (700, Clock::Ended),
            (1_000, Clock::Runs),
        ];
        let (completed, ongoing) = cycles(&events, 200, 1_500);
        assert_eq!(completed, [Cycle { start: 0, stop: Some(650), breach: 600, elapsed: 250, paused: false }]);
        let ongoing = ongoing.unwrap();
        assert_eq!((ongoing.start, ongoing.breach, ongoing.elapsed), (1_000, 1_200, 500));
        assert!(completed[0].breached(200) && ongoing.breached(200) && !ongoing.breached(500));
        let (completed, ongoing) = cycles(&[(0, Clock::Runs), (10, Clock::Stands)], 200, 9_000);
        assert_eq!((completed.len(), ongoing.unwrap().paused, ongoing.unwrap().breach), (0, true, 200));
    }

    #[test]
    fn durations_are_told() {
        assert_eq!([0, 61_000, 7_200_000, -7_500_000].map(friendly), ["0m", "1m", "2h", "-2h 5m"]);
    }
}
