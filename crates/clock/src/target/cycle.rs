//! The result of a clock, cycle by cycle.

use crate::bounds::{Bounds, Truth, When};
use crate::calendar::{Calendar, NoInstant};
use crate::target::course::Window;
use crate::target::drafts::{Draft, End, Role, drafts};
use crate::target::intervals::{intervals, steps};
use crate::target::{Bearer, ClockRules, Course, Interval, PauseRule, StartUnknown, Target, Why};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// What a cycle does at the instant of the question. A breach is no stage (iso20000.md 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// It counts.
    Running,
    /// It does not count, and may again.
    Paused,
    /// It has stopped.
    Completed,
    /// It was cancelled.
    Cancelled,
    /// The state or the hold reason is not known, or the moment from which it holds.
    Unknown,
}

/// What became of a cycle's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// In time.
    Met,
    /// Not in time, whether it has stopped or not.
    Breached,
    /// Not stopped, and in time so far.
    Running,
    /// Cancelled: neither.
    Cancelled,
    /// It depends on what is not known.
    Unknown,
}

/// One cycle of a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// Counted from 1.
    pub number: usize,
    /// What it does at the instant of the question.
    pub stage: Stage,
    /// Whether it has surely begun.
    pub certain: bool,
    /// When it started to count.
    pub started: When,
    /// When its start condition was met; later than `started` where that is retroactive, so that a clock may be
    /// breached before it is attached.
    pub attached: When,
    /// When it was completed or cancelled; between two instants where it may have been with a state that is not known.
    pub ended: Option<When>,
    /// What counted until then, in the target's calendar.
    pub elapsed: Bounds,
    /// What is left of the limit; negative after a breach.
    pub remaining: Bounds,
    /// What became of the target.
    pub verdict: Verdict,
    /// Whether the limit is exceeded.
    pub breached: Truth,
    /// The instant after which it is exceeded; if at all, where `breached` is unknown.
    pub breached_at: Option<When>,
    /// The first instant at which the limit is used up; of a cycle that has not ended, if it counts from now on. `None`
    /// where it ended before, or the calendar has no such instant.
    pub due: Option<When>,
    /// Every instant from its earliest start to its latest end, and why it counted or not.
    pub intervals: Vec<Interval>,
}

/// What became of the last cycle of a clock: what figures need of many records. A [`Cycle`] says the same and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// What it does at the instant of the question.
    pub stage: Stage,
    /// What counted, in the target's calendar.
    pub elapsed: Bounds,
    /// What became of the target.
    pub verdict: Verdict,
    /// Whether the limit is exceeded.
    pub breached: Truth,
}

impl ClockRules {
    /// The outcome of the last of [`ClockRules::cycles`], without the moments and the reasons; `None` while the clock is
    /// pending.
    pub fn outcome(&self, target: &Target, course: &Course<'_>) -> Result<Option<Outcome>, StartUnknown> {
        let windows = course.windows();
        let drafts = drafts(self, course.happened());
        let starts_known = |draft: &Draft| draft.steps.first().is_some_and(|step| windows[step.0].0 > Timestamp::MIN);
        if !drafts.iter().all(starts_known) {
            return Err(StartUnknown);
        }
        let Some(draft) = drafts.last() else { return Ok(None) };
        let end = draft.end.map_or((course.as_of, course.as_of), |(change, _)| windows[change]);
        let steps = steps(draft, &windows, end, &self.pauses, target);
        let elapsed = elapsed(&steps, end, &self.pauses, target);
        let breached = elapsed.exceeds(signed(target.limit));
        let (stage, verdict) = (stage(draft, &steps, course.as_of), verdict(draft, breached));
        Ok(Some(Outcome { stage, elapsed, verdict, breached }))
    }

    /// The cycles of a record's clock, the oldest first. Without one the clock is pending.
    pub fn cycles(&self, target: &Target, course: &Course<'_>) -> Result<Vec<Cycle>, StartUnknown> {
        let windows = course.windows();
        let drafts = drafts(self, course.happened());
        let cycle = |(number, draft): (usize, Draft)| self.cycle(number, &draft, &windows, target, course.as_of);
        (1..).zip(drafts).map(cycle).collect()
    }

    fn cycle(
        &self,
        number: usize,
        draft: &Draft,
        windows: &[Window],
        target: &Target,
        as_of: Timestamp,
    ) -> Result<Cycle, StartUnknown> {
        let ended = draft.end.map(|(change, _)| windows[change]);
        let end = ended.unwrap_or((as_of, as_of));
        let steps = steps(draft, windows, end, &self.pauses, target);
        let started =
            steps.first().map(|step| step.0).filter(|window| window.0 > Timestamp::MIN).ok_or(StartUnknown)?;
        let intervals = intervals(&steps, end, &self.pauses);
        let calendar = &*target.calendar;
        let elapsed = intervals.iter().fold(Bounds::ZERO, |sum, one| sum.plus(one.counted(calendar)));
        let limit = signed(target.limit);
        let breached = elapsed.exceeds(limit);
        let reached = |truth, edge| reached(&intervals, truth, target, edge);
        let live = ended.is_none().then_some(as_of);
        Ok(Cycle {
            number,
            stage: stage(draft, &steps, as_of),
            certain: draft.certain,
            started: When::of(started.0, surely_started(&steps, end)),
            attached: when(windows[draft.attached]),
            ended: ended.map(|ended| When::of(maybe_ended(&steps, ended), ended.1)),
            elapsed,
            remaining: elapsed.subtracted_from(limit),
            verdict: verdict(draft, breached),
            breached,
            breached_at: match (reached(Truth::Unknown, None), reached(Truth::Yes, None)) {
                _ if breached == Truth::No => None,
                (Some(Ok(earliest)), Some(Ok(latest))) => Some(When::of(earliest, latest)),
                (Some(Ok(earliest)), None) => Some(When::of(earliest, end.1)),
                _ => Some(When::Unknown),
            },
            due: match (reached(Truth::Unknown, Some(live)), reached(Truth::Yes, Some(live))) {
                (Some(Ok(earliest)), Some(Ok(latest))) => Some(When::of(earliest, latest)),
                (Some(Ok(earliest)), None) => Some(When::of(earliest, end.1)),
                (None, _) | (Some(Err(NoInstant::Never)), _) => None,
                (Some(Err(NoInstant::Unknown)), _) | (Some(Ok(_)), Some(Err(_))) => Some(When::Unknown),
            },
            intervals,
        })
    }
}

impl Cycle {
    /// The business time that waited for a bearer and did not count; what may have counted may have been of it as well.
    pub fn paused(&self, bearer: Bearer, target: &Target) -> Bounds {
        self.intervals.iter().fold(Bounds::ZERO, |sum, interval| {
            let business = target.calendar.between(interval.from, interval.until);
            match interval.why.counts() {
                _ if interval.why == Why::Paused(bearer) => sum.plus(business),
                Truth::Unknown => sum.plus(Bounds { lowest: SignedDuration::ZERO, ..business }),
                Truth::Yes | Truth::No => sum,
            }
        })
    }

    /// The figure explained: the intervals, with the hours of the calendar told apart. What counts in them adds up to
    /// the lowest figure, and together with what may count to the highest. Made one by one, since a long life has many.
    pub fn lines<'a>(&'a self, target: &'a Target) -> impl Iterator<Item = Interval> + 'a {
        self.intervals.iter().flat_map(|interval| interval.lines(&target.calendar))
    }
}

/// Where the limit is passed, counting what counts at least as surely as `truth`. With `due` it is the first instant at
/// which the limit is used up, going on after the end where that is given; otherwise the last one that does not exceed it.
fn reached(
    intervals: &[Interval],
    truth: Truth,
    target: &Target,
    due: Option<Option<Timestamp>>,
) -> Option<Result<Timestamp, NoInstant>> {
    let calendar: &Calendar = &target.calendar;
    let mut left = target.limit;
    for interval in intervals.iter().filter(|interval| interval.why.counts() >= truth) {
        let business = calendar.between(interval.from, interval.until);
        let business = if truth == Truth::Yes { business.lowest } else { business.highest };
        if due.is_some() && business >= signed(left) {
            return Some(calendar.after(interval.from, left));
        }
        if business > signed(left) {
            return Some(calendar.last_within(interval.from, left));
        }
        left = left.saturating_sub(business.unsigned_abs());
    }
    due.flatten().map(|now| calendar.after(now, left))
}

/// The latest start: that of the first step which is known to be one of the clock.
fn surely_started(steps: &[(Window, Role)], end: Window) -> Timestamp {
    let sure = |role| !matches!(role, Role::MayHaveTurned | Role::Stopped);
    steps.iter().find(|step| sure(step.1)).map_or(end.1, |step| step.0.1)
}

/// The earliest end: where the doubts whether it has ended begin that the end confirms.
fn maybe_ended(steps: &[(Window, Role)], end: Window) -> Timestamp {
    let doubts = |step: &&(Window, Role)| matches!(step.1, Role::MayHaveTurned | Role::Stopped);
    steps.iter().rev().take_while(doubts).last().map_or(end.0, |step| step.0.0)
}

/// What counted over the steps of a cycle. Where every moment is known, the steps are the intervals.
fn elapsed(steps: &[(Window, Role)], end: Window, pauses: &[PauseRule], target: &Target) -> Bounds {
    let counted = |sum: Bounds, interval: Interval| sum.plus(interval.counted(&target.calendar));
    let is_exact = |window: Window| window.0 == window.1;
    if !is_exact(end) || !steps.iter().all(|step| is_exact(step.0)) {
        return intervals(steps, end, pauses).into_iter().fold(Bounds::ZERO, counted);
    }
    let until = steps.iter().skip(1).map(|step| step.0.0).chain([end.0]);
    let pieces = steps.iter().zip(until).map(|((from, role), until)| (from.0, until, role.why(pauses)));
    pieces
        .filter(|piece| piece.0 < piece.1)
        .map(|(from, until, why)| Interval { from, until, why })
        .fold(Bounds::ZERO, counted)
}

fn verdict(draft: &Draft, breached: Truth) -> Verdict {
    let may_have_turned = draft.steps.last().is_some_and(|step| step.1 == Role::MayHaveTurned);
    match (draft.end, breached) {
        (Some((_, End::Cancelled)), _) => Verdict::Cancelled,
        (_, Truth::Yes) => Verdict::Breached,
        (_, Truth::Unknown) => Verdict::Unknown,
        (Some((_, End::Completed)), Truth::No) if draft.certain && !draft.doubtful => Verdict::Met,
        (None, Truth::No) if !may_have_turned => Verdict::Running,
        (Some(_) | None, Truth::No) => Verdict::Unknown,
    }
}

fn stage(draft: &Draft, steps: &[(Window, Role)], as_of: Timestamp) -> Stage {
    match draft.end {
        Some((_, End::Completed)) => return Stage::Completed,
        Some((_, End::Cancelled)) => return Stage::Cancelled,
        None => {}
    }
    // A pause may be used up only after the instant of the question, or about then.
    let begun = steps.iter().rev().find(|(window, role)| !matches!(role, Role::UsedUp(_)) || window.0 < as_of);
    match begun {
        Some((window, Role::UsedUp(_))) if window.1 >= as_of => Stage::Unknown,
        Some((_, Role::Runs | Role::Unannounced(_) | Role::UsedUp(_))) => Stage::Running,
        Some((_, Role::Paused(_) | Role::Stopped)) => Stage::Paused,
        Some((_, Role::MayPause | Role::MayHaveTurned)) | None => Stage::Unknown,
    }
}

fn when(window: Window) -> When {
    When::of(window.0, window.1)
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}
