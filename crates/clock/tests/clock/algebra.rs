//! What holds for any calendar.

use crate::agreement::compare;
use crate::random::{midnight, plan, zone, zone_name};
use crate::simulator::{Plan, walls};
use counterfoil_clock::{Bounds, Calendar, Service};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::time::Duration;

const DAY: i64 = 86_400;

fn instant(from: i64, until: i64) -> impl Strategy<Value = Timestamp> {
    // Whole seconds, fractions of them, and both sides of 1970.
    (from..until, prop_oneof![Just(0), 0..1_000_000_000_i128])
        .prop_map(|(second, nanos)| Timestamp::from_nanosecond(i128::from(second) * 1_000_000_000 + nanos).unwrap())
}

fn three(around: Timestamp) -> impl Strategy<Value = [Timestamp; 3]> {
    let near = around.as_second() - 40 * DAY..around.as_second() + 40 * DAY;
    let far = Timestamp::MIN.as_second()..Timestamp::MAX.as_second();
    let one = move || prop_oneof![3 => instant(near.start, near.end), 1 => instant(far.start, far.end)];
    [one(), one(), one()].prop_map(|mut three| {
        three.sort();
        three
    })
}

fn minus(whole: Bounds, part: Bounds) -> (SignedDuration, SignedDuration) {
    (whole.lowest - part.lowest, whole.highest - part.highest)
}

fn laws(calendar: &Calendar, [a, b, c]: [Timestamp; 3]) -> Result<(), TestCaseError> {
    let between = |from, to| calendar.between(from, to);
    // The parts of a time add up, and none is negative or longer than the time.
    prop_assert_eq!(between(a, b).plus(between(b, c)), between(a, c));
    let (ab, elapsed) = (between(a, b), b.duration_since(a));
    prop_assert!(SignedDuration::ZERO <= ab.lowest && ab.lowest <= ab.highest && ab.highest <= elapsed);
    prop_assert_eq!(between(b, a), ab.subtracted_from(SignedDuration::ZERO));
    prop_assert_eq!(minus(between(a, c), between(b, c)), (ab.lowest, ab.highest));
    // The instants are inverse to the sums, at both edges of the hours in which nothing passes.
    let amount = ab.lowest.unsigned_abs();
    for reached in [calendar.after(a, amount), calendar.last_within(a, amount)].into_iter().flatten() {
        prop_assert_eq!(between(a, reached), Bounds::exactly(ab.lowest));
    }
    let nano = SignedDuration::from_nanos(1);
    if let (Ok(first), false) = (calendar.after(a, amount), amount.is_zero()) {
        prop_assert!(between(a, first - nano).lowest < ab.lowest && first <= b);
        // More takes longer.
        if let Ok(later) = calendar.after(a, amount + Duration::from_nanos(1)) {
            prop_assert!(later > first);
        }
    }
    if let Ok(last) = calendar.last_within(a, amount) {
        prop_assert!(last >= b || between(last, b).exact().is_none(), "{last} {b}");
        prop_assert!(between(a, last + nano).highest > ab.lowest);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_calendar_says_what_the_simulator_says((plan, middle) in plan(), zone_name in zone_name(), phase in 0..400_usize) {
        let zone = zone(zone_name);
        let from = midnight(middle) - SignedDuration::from_hours(10 * 24);
        let walls = walls(&zone, from, 20 * 1440);
        let starts: Vec<usize> = (phase..walls.len()).step_by(401).collect();
        let calendar = plan.rules(zone).compile().unwrap();
        prop_assert!(compare(&calendar, &plan, from, &walls, &starts) > 0);
    }

    #[test]
    fn sums_add_up_and_instants_are_their_inverse(
        ((plan, _), instants) in plan().prop_flat_map(|(plan, middle)| {
            let around = midnight(middle);
            (Just((plan, middle)), three(around))
        }),
        zone_name in zone_name(),
    ) {
        laws(&plan.rules(zone(zone_name)).compile().unwrap(), instants)?;
    }
}

/// The years beyond all data of a zone go on as its last rule says, and those before as its first.
#[test]
fn years_far_away_are_counted_as_near_ones() {
    let week: Vec<_> = crate::transitions::plans().remove(4).periods.remove(0).2;
    let mut checked = 0;
    for name in ["Europe/Berlin", "America/Havana", "Australia/Lord_Howe"] {
        let zone = zone(name);
        let plan = Plan::weekly(&week);
        let calendar = plan.rules(zone.clone()).compile().unwrap();
        for year in [-9998, -1, 1847, 1916, 1970, 2038, 2106, 4000, 9998] {
            for change in zone.following(midnight(date(year, 1, 1))).take(2) {
                // Local mean time has offsets of odd seconds, where the minutes of a simulator cannot follow.
                if change.offset().seconds() % 60 != 0
                    || zone.to_offset(change.timestamp() - SignedDuration::from_secs(1)).seconds() % 60 != 0
                {
                    continue;
                }
                let from = change.timestamp() - SignedDuration::from_hours(30);
                let walls = walls(&zone, from, 60 * 60);
                checked += compare(&calendar, &plan, from, &walls, &[0, 7, 1000, 1790, 1801]);
            }
        }
    }
    assert!(checked > 1000, "{checked}");
}

/// A long time is counted as the sum of its years, at a cost that does not grow with them.
#[test]
fn all_of_time_is_counted_at_once() {
    let plan = crate::transitions::plans().remove(2);
    let calendar = plan.rules(zone("America/New_York")).compile().unwrap();
    let whole = calendar.between(Timestamp::MIN, Timestamp::MAX).exact().unwrap();
    let mut sum = SignedDuration::ZERO;
    let mut from = Timestamp::MIN;
    for year in -9998..=9999_i16 {
        let until = midnight(date(year, 1, 1));
        sum += calendar.between(from, until).exact().unwrap();
        from = until;
    }
    assert_eq!(sum + calendar.between(from, Timestamp::MAX).exact().unwrap(), whole);
    let due = calendar.after(Timestamp::MIN, whole.unsigned_abs()).unwrap();
    assert!(calendar.service_at(due) != Service::Open || due == Timestamp::MAX);
    assert_eq!(calendar.between(due, Timestamp::MAX), Bounds::ZERO);
    assert!(calendar.after(Timestamp::MIN, whole.unsigned_abs() + Duration::from_nanos(1)).is_err());
    assert!(calendar.after(Timestamp::MIN, Duration::MAX).is_err());
}

/// Both sides of the date line: Samoa left out 30 December 2011, and Monday to Friday had four days that week.
#[test]
fn a_day_that_was_left_out_has_no_hours() {
    let samoa = zone("Pacific/Apia");
    let office: Vec<_> =
        (0..5).map(|day| (jiff::civil::Weekday::from_monday_zero_offset(day).unwrap(), (480, 1020))).collect();
    let calendar = Plan::weekly(&office).rules(samoa.clone()).compile().unwrap();
    let at = |day| date(2011, 12, day).to_zoned_datetime(samoa.clone()).unwrap().timestamp();
    assert_eq!(calendar.between(at(26), at(31)).exact(), Some(SignedDuration::from_hours(4 * 9)));
    let utc = Plan::weekly(&office).rules(TimeZone::UTC).compile().unwrap();
    assert_eq!(utc.between(at(19), at(26)).exact(), Some(SignedDuration::from_hours(5 * 9)));
}
