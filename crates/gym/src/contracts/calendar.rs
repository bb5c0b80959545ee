//! Hours of service, minute by minute: slow, and so plain that nobody can be wrong about it.

use super::{DAY, KNOWN_UNTIL, MINUTE, YEAR_BEGINS};
use jiff::Timestamp;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use std::sync::LazyLock;

/// The calendars, by the id of their record.
pub(crate) const ROUND: &str = "cal-round";
pub(crate) const OFFICE: &str = "cal-office";
pub(crate) const NIGHT: &str = "cal-night";

/// Holidays of the office in Berlin.
pub(crate) const HOLIDAYS: [&str; 9] = [
    "2025-01-01",
    "2025-04-18",
    "2025-04-21",
    "2025-05-01",
    "2025-05-29",
    "2025-06-09",
    "2025-10-03",
    "2025-12-25",
    "2025-12-26",
];

const BEGINS: i64 = YEAR_BEGINS - 400 * DAY;
const ENDS: i64 = KNOWN_UNTIL + 60 * DAY;

/// Whether each minute is one of service.
static OFFICE_MINUTES: LazyLock<Vec<bool>> = LazyLock::new(|| {
    walk("Europe/Berlin", |at| {
        let day = at.date().to_string();
        let is_weekend = matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday);
        !is_weekend && !HOLIDAYS.contains(&&*day) && (9..17).contains(&at.hour())
    })
});

/// The hours in which New York moves its clocks.
static NIGHT_MINUTES: LazyLock<Vec<bool>> = LazyLock::new(|| walk("America/New_York", |at| at.hour() < 8));

fn walk(zone: &str, is_open: impl Fn(DateTime) -> bool) -> Vec<bool> {
    let zone = TimeZone::get(zone).expect("the zones of the estate are known");
    // Every quarter of an hour is asked for: no clock of these zones moves, and no service begins, between two of them.
    let quarters = (ENDS - BEGINS) / (15 * MINUTE);
    let mut minutes = Vec::new();
    for quarter in 0..quarters {
        let at = Timestamp::from_second(BEGINS + quarter * 15 * MINUTE).unwrap_or_default();
        let open = is_open(zone.to_datetime(at));
        minutes.extend([open; 15]);
    }
    minutes
}

/// Seconds of service between two moments.
pub(crate) fn seconds(calendar: &str, from: i64, to: i64) -> i64 {
    let minutes: &[bool] = match calendar {
        OFFICE => &OFFICE_MINUTES,
        NIGHT => &NIGHT_MINUTES,
        _ => return (to - from).max(0),
    };
    let mut sum = 0;
    let mut at = from;
    while at < to {
        let next = (at - at.rem_euclid(MINUTE) + MINUTE).min(to);
        let minute = usize::try_from((at - BEGINS).div_euclid(MINUTE)).ok();
        if minute.and_then(|minute| minutes.get(minute)).is_some_and(|open| *open) {
            sum += next - at;
        }
        at = next;
    }
    sum
}

/// The same hour so many working days later, Monday to Friday by UTC.
pub(crate) fn working_days_after(at: i64, days: u32) -> i64 {
    let (mut at, mut left) = (at, days);
    while left > 0 {
        at += DAY;
        let day = TimeZone::UTC.to_datetime(Timestamp::from_second(at).unwrap_or_default()).weekday();
        if !matches!(day, Weekday::Saturday | Weekday::Sunday) {
            left -= 1;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::HOUR;
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    #[test]
    fn nights_are_an_hour_longer_and_shorter_when_clocks_move() {
        let night = |day: &str| {
            let begins = at(&format!("{day}T03:00:00Z"));
            seconds(NIGHT, begins, begins + DAY)
        };
        assert_eq!(night("2025-03-05"), 8 * HOUR);
        assert_eq!(night("2025-03-09"), 7 * HOUR, "spring");
        assert_eq!(night("2025-11-02"), 9 * HOUR, "autumn");
    }

    #[test]
    fn friday_afternoon_to_monday_afternoon_is_a_day() {
        assert_eq!(seconds(OFFICE, at("2025-03-07T15:00:00Z"), at("2025-03-10T15:00:00Z")), 8 * HOUR);
        assert_eq!(seconds(OFFICE, at("2025-05-01T00:00:00Z"), at("2025-05-02T00:00:00Z")), 0, "a holiday");
        assert_eq!(seconds(ROUND, 5, 65), 60);
    }
}
