//! When a cycle counted and when not: its steps laid over time. What may be the one or the other is neither.

use crate::bounds::{Bounds, Truth};
use crate::calendar::{Calendar, Piece, Service};
use crate::target::course::Window;
use crate::target::drafts::{Draft, Role};
use crate::target::{Bearer, PauseRule, Target};
use jiff::{SignedDuration, Timestamp};

/// Why time counted, or did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// It counts: nothing stops the clock.
    Running,
    /// It counts: the customer was not told of the wait for this bearer.
    Unannounced(Bearer),
    /// It counts: the wait for this bearer was longer than a pause may be.
    PauseUsedUp(Bearer),
    /// It does not: the clock waits for this bearer.
    Paused(Bearer),
    /// It does not: the clock had stopped.
    Stopped,
    /// It does not: the clock had not started.
    NotStarted,
    /// It does not: outside of service hours. Only in [`crate::Cycle::lines`].
    Closed,
    /// It may: the state or the hold reason is not known, or depends on something that is not.
    StatusUnknown,
    /// It may: a change happened about then, and nobody knows when.
    MomentUnknown,
    /// It may: the calendar says nothing about the time. Only in [`crate::Cycle::lines`].
    CalendarUnknown,
}

impl Why {
    /// Whether time counts for this reason.
    pub fn counts(self) -> Truth {
        match self {
            Self::Running | Self::Unannounced(_) | Self::PauseUsedUp(_) => Truth::Yes,
            Self::Paused(_) | Self::Stopped | Self::NotStarted | Self::Closed => Truth::No,
            Self::StatusUnknown | Self::MomentUnknown | Self::CalendarUnknown => Truth::Unknown,
        }
    }
}

/// A time for which one reason holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// Whether and why it counts.
    pub why: Why,
}

impl Interval {
    /// What it adds to the clock.
    pub fn counted(&self, calendar: &Calendar) -> Bounds {
        let business = || calendar.between(self.from, self.until);
        match self.why.counts() {
            Truth::Yes => business(),
            Truth::Unknown => Bounds { lowest: SignedDuration::ZERO, highest: business().highest },
            Truth::No => Bounds::ZERO,
        }
    }

    /// The same, with the hours of a calendar told apart; what does not count anyway stays whole.
    pub(crate) fn lines<'a>(&self, calendar: &'a Calendar) -> impl Iterator<Item = Interval> + use<'a> {
        let own = *self;
        let (whole, split) = match own.why.counts() {
            Truth::No => (Some(own), None),
            Truth::Yes | Truth::Unknown => (None, Some(calendar.pieces(own.from, own.until))),
        };
        whole.into_iter().chain(split.into_iter().flatten().map(move |Piece { from, until, service }| {
            let why = match service {
                Service::Open => own.why,
                Service::Closed => Why::Closed,
                Service::Unknown => Why::CalendarUnknown,
            };
            Interval { from, until, why }
        }))
    }
}

/// The steps of a cycle with their windows, in order: what it does from when on. A pause that is longer than its rule
/// allows is a further step, between it and the next one.
pub(crate) fn steps(
    draft: &Draft,
    windows: &[Window],
    end: Window,
    rules: &[PauseRule],
    target: &Target,
) -> Vec<(Window, Role)> {
    let mut steps = Vec::with_capacity(draft.steps.len() + 1);
    let mut pause = MayBePause::default();
    for (place, &(number, role)) in draft.steps.iter().enumerate() {
        let begins = windows[number];
        steps.push((begins, role));
        pause.goes_on(place, role);
        let Role::Paused(rule) = role else { continue };
        let (bearer, Some(longest)) = (rules[rule].bearer, rules[rule].longest) else { continue };
        let next = draft.steps.get(place + 1).map_or(end, |(number, _)| windows[*number]);
        let since = windows[draft.steps[pause.since].0].0;
        let used_up = |from| target.calendar.last_within(from, longest);
        let earliest = used_up(since).unwrap_or(begins.0).min(next.0);
        let latest = used_up(begins.1).unwrap_or(next.1).min(next.1);
        steps.push(((earliest.max(begins.0), latest.max(begins.1)), Role::UsedUp(bearer)));
    }
    steps
}

/// Where the pause may have begun that a step is in: what may have been a pause before it may have been the same one.
#[derive(Default)]
struct MayBePause {
    since: usize,
    rule: Option<usize>,
    /// The step after the last one that is surely of this rule.
    after: usize,
}

impl MayBePause {
    fn goes_on(&mut self, place: usize, role: Role) {
        match role {
            Role::MayPause | Role::MayHaveTurned => return,
            Role::Paused(rule) => {
                if self.rule.is_some_and(|before| before != rule) {
                    self.since = self.after;
                }
                self.rule = Some(rule);
            }
            Role::Runs | Role::Unannounced(_) | Role::UsedUp(_) | Role::Stopped => {
                (self.since, self.rule) = (place + 1, None);
            }
        }
        self.after = place + 1;
    }
}

/// Every instant from the earliest start to the latest end, once. At an instant the clock may be in any step between the
/// last one that has surely begun and the last one that may have begun.
pub(crate) fn intervals(steps: &[(Window, Role)], end: Window, rules: &[PauseRule]) -> Vec<Interval> {
    let whys: Vec<Why> = std::iter::once(Why::NotStarted)
        .chain(steps.iter().map(|(_, role)| role.why(rules)))
        .chain([Why::Stopped])
        .collect();
    let sums = |of: Truth| {
        let counted = whys.iter().scan(0_usize, |sum, why| {
            *sum += usize::from(why.counts() == of);
            Some(*sum)
        });
        std::iter::once(0).chain(counted).collect::<Vec<_>>()
    };
    let (yes, no) = (sums(Truth::Yes), sums(Truth::No));
    let windows: Vec<Window> = steps.iter().map(|step| step.0).chain([end]).collect();
    let mut points: Vec<Timestamp> = windows.iter().flat_map(|window| [window.0, window.1]).collect();
    points.sort_unstable();
    points.dedup();

    let mut intervals: Vec<Interval> = Vec::new();
    let (mut surely, mut maybe) = (0, 0);
    for pair in points.windows(2) {
        let (from, until) = (pair[0], pair[1]);
        while windows.get(surely).is_some_and(|window| window.1 <= from) {
            surely += 1;
        }
        while windows.get(maybe).is_some_and(|window| window.0 <= from) {
            maybe += 1;
        }
        let (low, high) = (surely.min(maybe), surely.max(maybe));
        let among = |sums: &[usize]| sums[high + 1] - sums[low];
        let why = match high + 1 - low {
            1 => whys[low],
            all if among(&yes) == all || among(&no) == all => whys[low],
            _ => Why::MomentUnknown,
        };
        match intervals.last_mut() {
            Some(last) if last.why == why => last.until = until,
            _ => intervals.push(Interval { from, until, why }),
        }
    }
    intervals
}

impl Role {
    pub(crate) fn why(self, rules: &[PauseRule]) -> Why {
        match self {
            Self::Runs => Why::Running,
            Self::Unannounced(bearer) => Why::Unannounced(bearer),
            Self::Paused(rule) => Why::Paused(rules[rule].bearer),
            Self::UsedUp(bearer) => Why::PauseUsedUp(bearer),
            Self::Stopped => Why::Stopped,
            Self::MayPause | Self::MayHaveTurned => Why::StatusUnknown,
        }
    }
}
