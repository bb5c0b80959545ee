//! The full-size walk: every name of every zone, a day and two hours around each transition of 2015 to 2035, minute by
//! minute. Then what a question costs by the length of its time, and what the clock of a record costs.
//!
//! `cargo bench -p counterfoil-clock --bench transitions`
#![expect(clippy::unwrap_used, reason = "a measurement stops at the first error")]
#![expect(clippy::print_stdout, reason = "prints its measurements")]

#[path = "../tests/clock/agreement.rs"]
mod agreement;
#[path = "../tests/clock/simulator.rs"]
mod simulator;
#[path = "../tests/clock/transitions.rs"]
mod transitions;

use counterfoil_clock::{Calendar, Change, ClockRules, Course, Target, Told, When};
use jiff::tz::TimeZoneDatabase;
use jiff::{SignedDuration, Timestamp};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn main() {
    let began = Instant::now();
    let walked = transitions::walk(26, 97, false);
    let (zones, of_them) = (walked.zones, walked.transitions);
    println!("{zones} zones, {of_them} transitions, {} comparisons, {:.0?}", walked.comparisons, began.elapsed());

    let zone = TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
    let plan = transitions::plans().swap_remove(2);
    let calendar = Arc::new(plan.rules(zone).compile().unwrap());
    let questions = [("a day", 1), ("a year", 365), ("a century", 36_500), ("5,000 years", 1_826_000)];
    for (told, days) in questions {
        let nanos = question(&calendar, SignedDuration::from_hours(24 * days));
        println!("business time of {told}: {nanos:.0} ns");
    }
    let target = Target::business(Duration::from_secs(14_400), calendar);
    println!("the clock of a record with 5 changes: {:.0} ns", clock(&target));
}

fn question(calendar: &Calendar, length: SignedDuration) -> f64 {
    let from = Timestamp::from_second(1_700_000_000).unwrap();
    let count = 100_000_u32;
    black_box(calendar.between(from, from + length));
    let began = Instant::now();
    for number in 0..count {
        let start = from + SignedDuration::from_mins(i64::from(number));
        black_box(calendar.between(start, start + length));
    }
    began.elapsed().as_secs_f64() * 1e9 / f64::from(count)
}

fn clock(target: &Target) -> f64 {
    let rules = ClockRules::for_customer();
    let (from, count) = (Timestamp::from_second(1_700_000_000).unwrap(), 100_000_u32);
    let states = ["new", "in_progress", "on_hold", "in_progress", "resolved"];
    let began = Instant::now();
    for number in 0..count {
        let opened = from + SignedDuration::from_mins(i64::from(number));
        let change = |(hours, state): (i64, &'static str)| Change {
            at: When::At(opened + SignedDuration::from_hours(hours)),
            state: Told::Word(state),
            hold_reason: if state == "on_hold" { Told::Word("awaiting_customer") } else { Told::Nothing },
            public_comment: None,
        };
        let changes: Vec<_> = (0..).zip(states).map(change).collect();
        let as_of = opened + SignedDuration::from_hours(100);
        let course = Course { opened: When::At(opened), changes: &changes, as_of };
        black_box(rules.cycles(target, &course).unwrap());
    }
    began.elapsed().as_secs_f64() * 1e9 / f64::from(count)
}
