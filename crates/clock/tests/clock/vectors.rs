//! The test vectors of the reference that are about time (iso20000.md 2.8, 5.4, 8.2).

use counterfoil_clock::cascade::{Path, Tightness, uncovered, worst_case};
use counterfoil_clock::{
    Bounds, Calendar, CalendarRules, Change, ClockRules, Course, Dated, Target, Told, Truth, Verdict, Week, When,
};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;

const HOUR: u64 = 3600;

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * HOUR)
}

fn office(hours: &str) -> CalendarRules {
    CalendarRules::weekly(TimeZone::UTC, Week::working_days(hours.parse().unwrap()))
}

/// In November and December 2026, of which the 2nd of November is a Monday.
fn at(month: i8, day: i8, hour: i8) -> Timestamp {
    date(2026, month, day).at(hour, 0, 0, 0).to_zoned_datetime(TimeZone::UTC).unwrap().timestamp()
}

#[test]
fn one_day_of_24_hours_is_three_business_days_of_eight() {
    let calendar = office("08:00-16:00").compile().unwrap();
    assert_eq!(calendar.business_days(hours(24)), Some((3, Duration::ZERO)));
    assert_eq!(calendar.business_days(hours(25)), Some((3, hours(1))));
    assert_eq!(calendar.after(at(11, 2, 8), hours(24)), Ok(at(11, 4, 16)));
    assert_eq!(calendar.last_within(at(11, 2, 8), hours(24)), Ok(at(11, 5, 8)));
    assert_eq!(Calendar::always().business_days(hours(24)), Some((1, Duration::ZERO)));
}

#[test]
fn friday_to_monday_afternoon_is_eight_hours_and_not_72() {
    let calendar = office("08:00-16:00").compile().unwrap();
    let (friday, monday) = (at(11, 6, 16), at(11, 9, 16));
    assert_eq!(monday.duration_since(friday), SignedDuration::from_hours(72));
    assert_eq!(calendar.between(friday, monday), Bounds::exactly(SignedDuration::from_hours(8)));
}

#[test]
fn four_business_hours_take_67_hours_at_worst_and_91_with_a_holiday() {
    let mut rules = office("08:00-17:00");
    let supplier = rules.compile().unwrap();
    let always = Calendar::always();
    // Four weeks without an exception, then the year with its holidays.
    let worst = worst_case(hours(4), &supplier, &always, at(11, 2, 0), at(11, 30, 0)).unwrap();
    assert_eq!(worst.time, SignedDuration::from_hours(67));
    assert_eq!((worst.start, worst.just_after, worst.due), (at(11, 6, 13), true, at(11, 9, 8)));
    rules.closings.push(Dated::whole(date(2026, 11, 23)));
    let with_holiday = rules.compile().unwrap();
    let year = (at(1, 1, 0), at(12, 31, 0));
    let worst = worst_case(hours(4), &with_holiday, &always, year.0, year.1).unwrap();
    assert_eq!((worst.time, worst.due), (SignedDuration::from_hours(91), at(11, 24, 8)));
    // In its own calendar it takes what it says.
    let own = worst_case(hours(4), &supplier, &supplier, year.0, year.1).unwrap();
    assert_eq!(own.time, SignedDuration::from_hours(4));
    // SC-21: an SLA of 8 h around the clock cannot rest on it, and these are the hours of a week that nobody covers.
    let path = Path::Stage(Some(Duration::try_from(worst.time).unwrap()));
    assert_eq!(path.slack(hours(8)).unwrap().tightness, Tightness::Exceeded);
    let lacking: SignedDuration =
        uncovered(&supplier, &always, at(11, 2, 0), at(11, 9, 0)).map(|(from, until)| until.duration_since(from)).sum();
    assert_eq!(lacking, SignedDuration::from_hours(168 - 45));
    assert_eq!(uncovered(&always, &supplier, at(11, 2, 0), at(11, 9, 0)).count(), 0);
}

#[test]
fn more_than_all_but_nothing_of_the_limit_is_no_breach() {
    // 99.951 % of a limit must not become 100 % (iso20000.md 2.8), nor must 99.99999 %.
    let told = |at, state| Change {
        at: When::At(at),
        state: Told::Word(state),
        hold_reason: Told::Nothing,
        public_comment: None,
    };
    let opened = at(11, 2, 8);
    let target = Target::elapsed(Duration::from_secs(100_000));
    let verdict = |elapsed: SignedDuration| {
        let changes = [told(opened, "new"), told(opened + elapsed, "resolved")];
        let course = Course { opened: When::At(opened), changes: &changes, as_of: at(12, 1, 0) };
        let cycle = ClockRules::for_customer().cycles(&target, &course).unwrap().remove(0);
        assert_eq!(cycle.breached == Truth::Yes, cycle.breached_at.is_some());
        cycle.verdict
    };
    assert_eq!(verdict(SignedDuration::from_secs(99_951)), Verdict::Met);
    assert_eq!(verdict(SignedDuration::from_millis(99_999_999)), Verdict::Met);
    assert_eq!(verdict(SignedDuration::from_secs(100_000)), Verdict::Met, "as much is in time");
    assert_eq!(verdict(SignedDuration::new(100_000, 1)), Verdict::Breached);
}

#[test]
fn an_hour_that_is_repeated_counts_twice_and_one_that_is_left_out_never() {
    let berlin = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
    let local = |month, day, hour| {
        date(2026, month, day).at(hour, 0, 0, 0).to_zoned_datetime(berlin.clone()).unwrap().timestamp()
    };
    let shift = CalendarRules::weekly(
        berlin.clone(),
        Week::closed().open(&[jiff::civil::Weekday::Saturday], "22:00-06:00".parse().unwrap()),
    );
    let shift = Arc::new(shift.compile().unwrap());
    let counted = |from, to| shift.between(from, to).exact().unwrap();
    assert_eq!(counted(local(10, 24, 0), local(10, 26, 0)), SignedDuration::from_hours(9));
    assert_eq!(counted(local(3, 28, 0), local(3, 30, 0)), SignedDuration::from_hours(7));
    assert_eq!(counted(local(3, 21, 0), local(3, 23, 0)), SignedDuration::from_hours(8));
}
