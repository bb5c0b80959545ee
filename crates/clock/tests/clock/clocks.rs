//! Clocks against one that is moved forward minute by minute, and bounds against what may have happened within them.

use counterfoil_clock::{
    Bearer, Bounds, Calendar, CalendarRules, Change, Claimed, ClockRules, Condition, Course, Cycle, Interval, Outcome,
    PauseRule, Reopening, Service, Stage, Start, StartUnknown, Target, Told, Truth, Verdict, Week, When, Why,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// The minutes of a simulated life, from Monday 2 November 2026 on.
const MINUTES: i64 = 4 * 1440;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_793_577_600 + minute * 60).unwrap()
}

/// `state` or `state:reason`; `?` is what could not be read.
fn told(at: When, words: &'static str, public_comment: Option<bool>) -> Change<'static> {
    let told = |word| if word == "?" { Told::Unknown } else { Told::Word(word) };
    let (state, hold_reason) = match words.split_once(':') {
        Some((state, reason)) => (told(state), told(reason)),
        None => (told(words), Told::Nothing),
    };
    Change { at, state, hold_reason, public_comment }
}

/// The same rules written as code, and moved forward by a minute at a time.
struct Stepped<'a> {
    rules: &'a ClockRules,
    limit: i64,
    cycles: Vec<SteppedCycle>,
    /// Counts from the opening, for a retroactive start.
    shadow: SteppedCycle,
}

#[derive(Debug, Clone, Default)]
struct SteppedCycle {
    started: i64,
    ended: Option<(i64, Stage)>,
    elapsed: i64,
    /// The pause that holds, and for how many open minutes it has.
    pause: Option<(usize, i64)>,
    breached: Option<i64>,
    due: Option<i64>,
    /// Of the one from the opening on.
    stopped: bool,
}

impl SteppedCycle {
    fn is(&mut self, rules: &ClockRules, change: &Change<'_>) {
        let holds = |rule: &PauseRule| {
            rule.when.holds(change) == Truth::Yes && (!rule.needs_public_comment || change.public_comment == Some(true))
        };
        let pause = rules.pauses.iter().position(holds);
        if pause != self.pause.map(|pause| pause.0) {
            self.pause = pause.map(|rule| (rule, 0));
        }
    }

    fn pass(&mut self, rules: &ClockRules, minute: i64, limit: i64) {
        if self.stopped {
            return;
        }
        if let Some((rule, used)) = &mut self.pause {
            let longest = rules.pauses[*rule].longest.map(|longest| i64::try_from(longest.as_secs() / 60).unwrap());
            if longest.is_none_or(|longest| *used < longest) {
                *used += 1;
                return;
            }
        }
        self.elapsed += 1;
        if self.elapsed == limit {
            self.due = Some(minute + 1);
        }
        if self.elapsed == limit + 1 {
            self.breached = Some(minute);
        }
    }
}

impl Stepped<'_> {
    fn change(&mut self, minute: i64, change: &Change<'_>) {
        let any = |all: &[Condition]| all.iter().any(|one| one.holds(change) == Truth::Yes);
        let (stops, cancels) = (any(&self.rules.stops), any(&self.rules.cancels));
        let starts = any(&self.rules.starts) && !stops && !cancels;
        self.shadow.is(self.rules, change);
        self.shadow.stopped = stops || cancels;
        match self.cycles.last_mut() {
            Some(live) if live.ended.is_none() => {
                if cancels || stops {
                    live.ended = Some((minute, if cancels { Stage::Cancelled } else { Stage::Completed }));
                } else {
                    live.is(self.rules, change);
                }
            }
            _ if !starts => {}
            Some(SteppedCycle { ended: Some((_, Stage::Completed)), .. })
                if self.rules.reopening == Reopening::Ignored => {}
            Some(last @ SteppedCycle { ended: Some((_, Stage::Completed)), .. })
                if self.rules.reopening == Reopening::Continue =>
            {
                *last = SteppedCycle { ended: None, pause: None, ..last.clone() };
                last.is(self.rules, change);
            }
            None if self.rules.start == Start::Retroactive => self.cycles.push(self.shadow.clone()),
            _ => {
                let mut cycle = SteppedCycle { started: minute, ..SteppedCycle::default() };
                cycle.is(self.rules, change);
                self.cycles.push(cycle);
            }
        }
    }

    fn pass(&mut self, minute: i64) {
        self.shadow.pass(self.rules, minute, self.limit);
        if let Some(live) = self.cycles.last_mut().filter(|live| live.ended.is_none()) {
            live.pass(self.rules, minute, self.limit);
        }
    }
}

const WORDS: &[&str] = &[
    "new",
    "assigned",
    "in_progress",
    "on_hold:awaiting_customer",
    "on_hold:awaiting_supplier",
    "on_hold:awaiting_schedule",
    "on_hold:unknown",
    "resolved",
    "closed",
    "cancelled",
];

fn rules() -> impl Strategy<Value = ClockRules> {
    let reopening = prop_oneof![Just(Reopening::Continue), Just(Reopening::NewCycle), Just(Reopening::Ignored)];
    let longest = prop::option::of((0..900_u64).prop_map(|minutes| Duration::from_secs(60 * minutes)));
    (reopening, any::<bool>(), any::<bool>(), any::<bool>(), longest).prop_map(
        |(reopening, retroactive, late, public, longest)| {
            let mut rules = ClockRules { reopening, ..ClockRules::for_customer() };
            if retroactive {
                rules.start = Start::Retroactive;
            }
            if late {
                rules.starts = vec![Condition::states(&["assigned", "on_hold"])];
            }
            rules.pauses[0].needs_public_comment = public;
            rules.pauses[1].longest = longest;
            rules
        },
    )
}

fn target() -> impl Strategy<Value = Target> {
    (0..3000_u64, any::<bool>()).prop_map(|(minutes, business)| {
        let limit = Duration::from_secs(60 * minutes);
        let office = CalendarRules::weekly(TimeZone::UTC, Week::working_days("08:00-17:00".parse().unwrap()));
        if business { Target::business(limit, Arc::new(office.compile().unwrap())) } else { Target::elapsed(limit) }
    })
}

/// Words, moments, and whether there was a public comment.
fn life() -> impl Strategy<Value = Vec<(i64, &'static str, bool)>> {
    prop::collection::vec((0..MINUTES, prop::sample::select(WORDS), any::<bool>()), 0..9).prop_map(|mut life| {
        life.sort_by_key(|change| change.0);
        life
    })
}

fn adds_up(cycle: &Cycle, target: &Target) -> Result<(), TestCaseError> {
    let lines: Vec<Interval> = cycle.lines(target).collect();
    let sum = |of: &[Truth]| {
        let counted = lines.iter().filter(|line| of.contains(&line.why.counts()));
        counted.map(|line| line.until.duration_since(line.from)).sum::<SignedDuration>()
    };
    prop_assert_eq!(sum(&[Truth::Yes]), cycle.elapsed.lowest);
    prop_assert_eq!(sum(&[Truth::Yes, Truth::Unknown]), cycle.elapsed.highest);
    for pair in lines.windows(2) {
        prop_assert_eq!(pair[0].until, pair[1].from, "without a hole");
    }
    let earliest = cycle.started.range().unwrap().0;
    prop_assert!(lines.first().is_none_or(|line| line.from == earliest));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_clock_is_what_passes_minute_by_minute(rules in rules(), target in target(), life in life(), as_of in 0..MINUTES) {
        let opened = life.first().map_or(0, |first| first.0 / 2);
        let as_of = as_of.max(opened);
        let limit = i64::try_from(target.limit.as_secs() / 60).unwrap();
        let shadow = SteppedCycle { started: opened, ..SteppedCycle::default() };
        let mut stepped = Stepped { rules: &rules, limit, cycles: Vec::new(), shadow };
        let changes: Vec<_> =
            life.iter().map(|(minute, words, public)| told(When::At(at(*minute)), words, Some(*public))).collect();
        for minute in opened..=as_of {
            for (change, _) in changes.iter().zip(&life).filter(|(_, told)| told.0 == minute) {
                stepped.change(minute, change);
            }
            if minute < as_of && target.calendar.service_at(at(minute)) == Service::Open {
                stepped.pass(minute);
            }
        }
        let course = Course { opened: When::At(at(opened)), changes: &changes, as_of: at(as_of) };
        let cycles = rules.cycles(&target, &course).unwrap();
        prop_assert_eq!(rules.outcome(&target, &course).unwrap(), cycles.last().map(outcome));
        prop_assert_eq!(cycles.len(), stepped.cycles.len());
        for (cycle, stepped) in cycles.iter().zip(&stepped.cycles) {
            prop_assert_eq!(cycle.elapsed, Bounds::exactly(SignedDuration::from_mins(stepped.elapsed)));
            prop_assert_eq!(cycle.started, When::At(at(stepped.started)));
            prop_assert_eq!(cycle.ended, stepped.ended.map(|(minute, _)| When::At(at(minute))));
            prop_assert_eq!(cycle.breached_at, stepped.breached.map(|minute| When::At(at(minute))));
            prop_assert_eq!(cycle.breached, Truth::known(stepped.elapsed > limit));
            if let Some(due) = stepped.due {
                prop_assert_eq!(cycle.due, Some(When::At(at(due))));
            }
            prop_assert_eq!(cycle.verdict, match stepped.ended {
                Some((_, Stage::Cancelled)) => Verdict::Cancelled,
                _ if stepped.elapsed > limit => Verdict::Breached,
                Some(_) => Verdict::Met,
                None => Verdict::Running,
            });
            if let Some((_, stage)) = stepped.ended {
                prop_assert_eq!(cycle.stage, stage);
            }
            adds_up(cycle, &target)?;
        }
    }

    /// A life of which less is known: every life that it may have been is within the bounds.
    #[test]
    fn what_may_have_happened_is_within_the_bounds(
        rules in rules(),
        target in target(),
        life in life(),
        hidden in prop::collection::vec((0..4_u8, 0..700_i64, 0..700_i64), 9),
        as_of in 0..MINUTES,
    ) {
        let continues = rules.reopening == Reopening::Continue;
        let opened = life.first().map_or(0, |first| first.0 / 2);
        // A cancelled record that is reopened has a clock of its own, which an unknown state may hide.
        let life: Vec<_> = life.into_iter().filter(|change| change.1 != "cancelled" && change.0 <= as_of).collect();
        let exact: Vec<_> =
            life.iter().map(|(minute, words, public)| told(When::At(at(*minute)), words, Some(*public))).collect();
        let known: Vec<_> = life.iter().zip(&hidden).map(|((minute, words, public), (what, before, after))| {
            let poll = When::Between(at(minute - before), at(minute + after));
            let on_hold = words.starts_with("on_hold");
            match what {
                0 => told(poll, words, Some(*public)),
                1 if on_hold => told(poll, "on_hold:?", None),
                1 => told(When::Unknown, words, Some(*public)),
                2 => Change { hold_reason: Told::Unknown, ..told(When::At(at(*minute)), "?", None) },
                _ => told(When::At(at(*minute)), words, None),
            }
        }).collect();
        let course = |changes| Course { opened: When::At(at(opened)), changes, as_of: at(as_of.max(opened)) };
        let truth = rules.cycles(&target, &course(&exact)).unwrap();
        let bounds = rules.cycles(&target, &course(&known)).unwrap();
        prop_assert_eq!(rules.outcome(&target, &course(&known)).unwrap(), bounds.last().map(outcome));
        prop_assert!(bounds.len() >= truth.len().min(1) && (bounds.len() <= 1 || !continues));
        // Of several cycles, an unknown state may make one or two: only a first one that surely began is the same one.
        let starts = |change: &Change<'_>| rules.starts.iter().any(|start| start.holds(change) == Truth::Yes);
        let begins = known.first().is_some_and(|first| starts(first) && first.state == exact[0].state);
        let comparable = continues || (begins && exact[0].state != Told::Word("resolved") && exact[0].state != Told::Word("closed"));
        for (truth, bounds) in truth.iter().zip(&bounds).take(usize::from(comparable)) {
            let elapsed = truth.elapsed.exact().unwrap();
            prop_assert!(bounds.elapsed.lowest <= elapsed && elapsed <= bounds.elapsed.highest, "{elapsed} {}", bounds.elapsed);
            prop_assert!(bounds.verdict == truth.verdict || bounds.verdict == Verdict::Unknown, "{bounds:?} {truth:?}");
            prop_assert!(bounds.breached == truth.breached || bounds.breached == Truth::Unknown);
            for (truth, told) in [(Some(truth.started), Some(bounds.started)), (truth.ended, bounds.ended)] {
                let (Some(truth), Some((earliest, latest))) = (truth, told.and_then(When::range)) else { continue };
                prop_assert!((earliest..=latest).contains(&truth.exact().unwrap()), "{truth:?} {earliest} {latest}");
            }
            prop_assert!(bounds.stage == truth.stage || bounds.stage == Stage::Unknown);
            if let (Some(truth), Some(told)) = (truth.breached_at, bounds.breached_at) {
                let (earliest, latest) = told.range().unwrap();
                prop_assert!((earliest..=latest).contains(&truth.exact().unwrap()));
            }
            adds_up(bounds, &target)?;
        }
    }
}

fn outcome(cycle: &Cycle) -> Outcome {
    let Cycle { stage, elapsed, verdict, breached, .. } = *cycle;
    Outcome { stage, elapsed, verdict, breached }
}

fn cycles(target: &Target, rules: &ClockRules, opened: When, changes: &[Change<'_>], as_of: i64) -> Vec<Cycle> {
    rules.cycles(target, &Course { opened, changes, as_of: at(as_of) }).unwrap()
}

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}

#[test]
fn a_figure_explains_itself() {
    let office = CalendarRules::weekly(TimeZone::UTC, Week::working_days("08:00-17:00".parse().unwrap()));
    let target = Target::business(hours(4), Arc::new(office.compile().unwrap()));
    let hour = |hour: i64| When::At(at(hour * 60));
    let changes = [
        told(hour(15), "new", None),
        told(hour(16), "on_hold:awaiting_customer", None),
        told(When::Between(at(32 * 60), at(33 * 60)), "in_progress", None),
        told(hour(38), "resolved", None),
    ];
    let cycle = cycles(&target, &ClockRules::for_customer(), hour(15), &changes, 40 * 60).remove(0);
    let lines: Vec<_> = cycle.lines(&target).map(|line| (line.until, line.why)).collect();
    let until = |hour: i64, why| (at(hour * 60), why);
    assert_eq!(
        lines,
        [
            until(16, Why::Running),
            until(32, Why::Paused(Bearer::Customer)),
            until(33, Why::MomentUnknown),
            until(38, Why::Running),
        ]
    );
    assert_eq!(cycle.elapsed.to_string(), "6h to 7h");
    assert_eq!(cycle.paused(Bearer::Customer, &target).to_string(), "1h to 2h");
    assert_eq!(cycle.paused(Bearer::Agreed, &target).to_string(), "0s to 1h");
    // The fourth hour ends at 35:00 if the poll's hour counts, otherwise at 36:00.
    assert_eq!((cycle.verdict, cycle.breached_at), (Verdict::Breached, Some(When::Between(at(35 * 60), at(36 * 60)))));
    assert_eq!(cycle.due, cycle.breached_at);
}

#[test]
fn a_pause_that_may_have_begun_before_may_be_used_up_before() {
    let mut rules = ClockRules::for_customer();
    rules.pauses[1].longest = Some(hours(2));
    let life = |reason| {
        let words = [(0, "new"), (600, reason), (900, "on_hold:awaiting_schedule")];
        let changes = words.map(|(minute, words)| told(When::At(at(minute)), words, None));
        cycles(&Target::elapsed(hours(40)), &rules, When::At(at(0)), &changes, 960).remove(0)
    };
    // Ten hours, and three more if the pause began when nobody could read why, since it may last for two.
    assert_eq!(
        (life("on_hold:awaiting_schedule").elapsed.to_string(), life("new").elapsed.to_string()),
        ("14h".into(), "15h".into())
    );
    let unknown = life("on_hold:?");
    assert_eq!((unknown.elapsed.to_string(), unknown.stage), ("10h to 16h".into(), Stage::Unknown));
}

#[test]
fn a_retroactive_clock_may_be_breached_before_it_is_attached() {
    let rules = ClockRules {
        start: Start::Retroactive,
        starts: vec![Condition::states(&["assigned"])],
        ..ClockRules::for_customer()
    };
    let changes = [told(When::At(at(0)), "new", None), told(When::At(at(300)), "assigned", None)];
    let cycle = cycles(&Target::elapsed(hours(4)), &rules, When::At(at(0)), &changes, 301).remove(0);
    assert_eq!((cycle.started, cycle.attached), (When::At(at(0)), When::At(at(300))));
    assert_eq!(
        (cycle.verdict, cycle.breached_at, cycle.stage),
        (Verdict::Breached, Some(When::At(at(240))), Stage::Running)
    );
}

#[test]
fn a_clock_without_a_beginning_is_not_told_and_one_without_changes_is_pending() {
    let target = Target::elapsed(hours(4));
    let course = |opened, changes| Course { opened, changes, as_of: at(100) };
    let rules = ClockRules::for_customer();
    assert_eq!(rules.cycles(&target, &course(When::At(at(0)), &[])), Ok(vec![]));
    let somewhen = [told(When::Unknown, "new", None)];
    assert_eq!(rules.cycles(&target, &course(When::Unknown, &somewhen)), Err(StartUnknown));
    assert_eq!(rules.outcome(&target, &course(When::Unknown, &somewhen)), Err(StartUnknown));
    assert_eq!(rules.outcome(&target, &course(When::At(at(0)), &[])), Ok(None));
    let cycle = cycles(&target, &rules, When::At(at(10)), &somewhen, 100).remove(0);
    assert_eq!(cycle.elapsed.highest, SignedDuration::from_mins(90));
    assert_eq!((cycle.verdict, cycle.due), (Verdict::Running, Some(When::Between(at(250), at(340)))));
}

#[test]
fn time_that_the_calendar_says_nothing_about_is_not_counted_and_not_left_out() {
    let mut rules = CalendarRules::weekly(TimeZone::UTC, Week::always());
    rules.periods[0].until = Some(jiff::civil::date(2026, 11, 3));
    let target = Target::business(hours(30), Arc::new(rules.compile().unwrap()));
    let changes = [told(When::At(at(0)), "new", None), told(When::At(at(2 * 1440)), "resolved", None)];
    let cycle = cycles(&target, &ClockRules::for_customer(), When::At(at(0)), &changes, MINUTES).remove(0);
    assert_eq!(cycle.elapsed.to_string(), "24h to 48h");
    assert_eq!((cycle.verdict, cycle.breached_at), (Verdict::Unknown, Some(When::Unknown)));
    assert_eq!(cycle.lines(&target).map(|line| line.why).collect::<Vec<_>>(), [Why::Running, Why::CalendarUnknown]);
}

#[test]
fn the_tool_s_own_clock_is_kept_beside_ours() {
    let minutes = |minutes| Some(SignedDuration::from_mins(minutes));
    let changes = [
        told(When::At(at(0)), "new", None),
        told(When::Between(at(100), at(110)), "on_hold:awaiting_customer", None),
        told(When::At(at(200)), "resolved", None),
    ];
    let ours =
        cycles(&Target::elapsed(hours(4)), &ClockRules::for_customer(), When::At(at(0)), &changes, 300).remove(0);
    let claimed =
        |elapsed, breached| Claimed { elapsed, breached, started: Some(at(5)), ..Claimed::default() }.less(&ours);
    let agrees = claimed(minutes(109), Some(false));
    assert_eq!(agrees.elapsed.unwrap().to_string(), "1m ago to 9m");
    assert_eq!(agrees.started, Some(Bounds::exactly(SignedDuration::from_mins(5))));
    assert_eq!((agrees.disagrees(), agrees.ended), (Truth::Unknown, None));
    assert_eq!(claimed(minutes(98), Some(false)).disagrees(), Truth::Yes, "more than a minute below");
    assert_eq!(claimed(minutes(99), Some(true)).disagrees(), Truth::Yes, "the flag");
    assert_eq!(claimed(None, Some(false)).disagrees(), Truth::Unknown);
    // One per cent of 100 hours is an hour.
    let long = [told(When::At(at(0)), "new", None), told(When::At(at(5940)), "resolved", None)];
    let ours =
        cycles(&Target::elapsed(hours(400)), &ClockRules::for_customer(), When::At(at(0)), &long, 7000).remove(0);
    let differs = |elapsed| Claimed { elapsed, ..Claimed::default() }.less(&ours).elapsed_differs;
    assert_eq!([differs(minutes(6000)), differs(minutes(6001))], [Truth::No, Truth::Yes]);
}

#[test]
fn a_hostile_history_is_counted_in_time() {
    let poll = When::Between(at(0), at(MINUTES));
    let words = ["new", "on_hold:awaiting_schedule", "?", "resolved"];
    let changes: Vec<_> = (0..20_000).map(|number| told(poll, words[number % 4], None)).collect();
    let mut rules = ClockRules::for_customer();
    rules.pauses[1].longest = Some(hours(1));
    let cycle = cycles(&Target::elapsed(hours(4)), &rules, When::At(at(0)), &changes, MINUTES).remove(0);
    assert_eq!(cycle.elapsed, Bounds { lowest: SignedDuration::ZERO, highest: SignedDuration::from_mins(MINUTES) });
    assert_eq!(cycle.intervals.len(), 1);
    let exact: Vec<_> = (0..20_000)
        .map(|number| told(When::At(at(number / 4)), words[usize::try_from(number % 2).unwrap()], None))
        .collect();
    assert_eq!(cycles(&Target::elapsed(hours(4)), &rules, When::At(at(0)), &exact, MINUTES).len(), 1);
    let _: &Calendar = &Target::elapsed(hours(1)).calendar;
}
