//! Worst cases against every minute at which a ticket may start, and the instant after it.

use crate::random::{midnight, plan, zone, zone_name};
use counterfoil_clock::cascade::{NoWorstCase, worst_case};
use counterfoil_clock::{Calendar, CalendarRules, NoInstant, Service, Week};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::time::Duration;

/// The longest of all minutes and the nanoseconds after them; `None` where no start has an answer.
fn tried(
    duration: Duration,
    supplier: &Calendar,
    customer: &Calendar,
    from: Timestamp,
    days: i64,
) -> Option<SignedDuration> {
    let mut longest = None;
    for minute in 0..days * 1440 {
        for nanos in [0, 1] {
            let start = from + SignedDuration::from_mins(minute) + SignedDuration::from_nanos(nanos);
            if customer.service_at(start) == Service::Open {
                let due = supplier.after(start, duration).ok()?;
                longest = longest.max(Some(customer.between(start, due).exact()?));
            }
        }
    }
    longest
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_start_takes_longer_and_one_takes_as_long(
        (supplier, middle) in plan(),
        (customer, _) in plan(),
        zones in (zone_name(), zone_name()),
        minutes in prop_oneof![Just(0_u64), 1..300_u64, 300..5000_u64],
    ) {
        let supplier = supplier.rules(zone(zones.0)).compile().unwrap();
        let customer = customer.rules(zone(zones.1)).compile().unwrap();
        let duration = Duration::from_secs(60 * minutes);
        let from = midnight(middle) - SignedDuration::from_hours(3 * 24);
        let until = from + SignedDuration::from_hours(6 * 24);
        match worst_case(duration, &supplier, &customer, from, until) {
            Ok(worst) => {
                let tried = tried(duration, &supplier, &customer, from, 6).unwrap();
                // One nanosecond after a minute it is shorter by one than the limit towards that minute.
                prop_assert!(worst.time >= tried && worst.time <= tried + SignedDuration::from_nanos(1), "{worst:?} {tried}");
                prop_assert!(worst.due >= worst.start && (from..=until).contains(&worst.start));
            }
            Err(NoWorstCase::NoStart) => prop_assert_eq!(tried(duration, &supplier, &customer, from, 6), None),
            Err(NoWorstCase::Never) => prop_assert_eq!(supplier.after(until, duration), Err(NoInstant::Never)),
            Err(NoWorstCase::Unknown | NoWorstCase::TooLong) => {}
        }
    }
}

#[test]
fn what_never_happens_is_said_so() {
    let closed = CalendarRules::weekly(TimeZone::UTC, Week::closed()).compile().unwrap();
    let always = Calendar::always();
    let (from, until) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(86_400).unwrap());
    let hour = Duration::from_secs(3600);
    assert_eq!(worst_case(hour, &closed, &always, from, until), Err(NoWorstCase::Never));
    assert_eq!(worst_case(hour, &always, &closed, from, until), Err(NoWorstCase::NoStart));
}
