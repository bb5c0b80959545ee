//! Calendars and zones as nobody would think of them.

use crate::simulator::{Minutes, Plan};
use jiff::civil::{Date, Weekday, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

/// Those whose changes are odd: half hours, at midnight, a whole day left out, twice a year around Ramadan, none.
pub(crate) const ZONES: &[&str] = &[
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Gaza",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Pyongyang",
    "America/St_Johns",
    "Asia/Kolkata",
    "Antarctica/Troll",
    "America/Scoresbysund",
    "UTC",
];

pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn minutes() -> impl Strategy<Value = Minutes> {
    let any = (0..1440_u32, 1..=1440_u32).prop_filter("empty", |(from, until)| from != until);
    let night = (0..300_u32, 1..120_u32).prop_map(|(from, length)| (from, from + length));
    prop_oneof![3 => any, 2 => night, 1 => Just((0, 1440))]
}

fn weekday() -> impl Strategy<Value = Weekday> {
    (0..7_i8).prop_map(|day| Weekday::from_monday_zero_offset(day).unwrap())
}

/// Dates around the first of a month, so that exceptions, periods and changes of the clocks meet.
fn near(middle: Date) -> impl Strategy<Value = Date> {
    (-12_i64..12).prop_map(move |days| middle.checked_add(SignedDuration::from_hours(24 * days)).unwrap())
}

/// A plan, and the middle of the time in which its exceptions are.
pub(crate) fn plan() -> impl Strategy<Value = (Plan, Date)> {
    let month = (2011_i16..2036, prop_oneof![Just(3_i8), Just(10), Just(12), 1..=12_i8]);
    month.prop_map(|(year, month)| date(year, month, 28)).prop_flat_map(|middle| {
        let week = || prop::collection::vec((weekday(), minutes()), 0..8);
        let dated = || prop::collection::vec((near(middle), minutes()), 0..5);
        (week(), week(), near(middle), near(middle), 0..4_u8, dated(), dated()).prop_map(
            move |(first, second, one, other, shape, closings, extras)| {
                let (one, other) = (one.min(other), one.max(other).tomorrow().unwrap());
                let periods = match shape {
                    0 => vec![(None, None, first)],
                    1 => vec![(None, Some(one), first), (Some(one), None, second)],
                    2 => vec![(None, Some(one), first), (Some(other), None, second)],
                    _ => vec![(Some(one), Some(other), first)],
                };
                (Plan { periods, closings, extras }, middle)
            },
        )
    })
}

pub(crate) fn zone_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(ZONES)
}

/// The beginning of a date, as UTC has it.
pub(crate) fn midnight(date: Date) -> Timestamp {
    date.to_zoned_datetime(TimeZone::UTC).unwrap().timestamp()
}
