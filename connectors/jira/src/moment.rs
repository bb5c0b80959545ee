//! Moments as Jira writes them, and as JQL reads them.
//!
//! JQL reads a text such as `"2026/01/19 04:52"` in the zone of the account's profile and to the minute; a number is
//! milliseconds since 1970, without any zone.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;

/// A moment in milliseconds since 1970: `2022-05-17T04:26:21.613-0700` (no colon in the offset), RFC 3339, or a number.
/// `json` is the JSON text of it.
pub(crate) fn read(json: &str) -> Option<i64> {
    let json = json.trim();
    let Some(text) = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return json.parse().ok().filter(|millis| Timestamp::from_millisecond(*millis).is_ok());
    };
    let (start, end) = text.split_at_checked(text.len().checked_sub(5)?)?;
    let without_colon = end.starts_with(['+', '-']) && end[1..].bytes().all(|byte| byte.is_ascii_digit());
    let text = if without_colon { format!("{start}{}:{}", &end[..3], &end[3..]) } else { text.to_owned() };
    Some(text.parse::<Timestamp>().ok()?.as_millisecond())
}

/// A moment as a mark: marks of later moments are greater as texts.
pub(crate) fn mark(millis: i64) -> String {
    let at = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{}.{:03}Z", at.strftime("%Y-%m-%dT%H:%M:%S"), millis.rem_euclid(1_000))
}

/// How this site's JQL is told a moment, as a self-test found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Clock {
    /// As a number of milliseconds.
    Millis,
    /// As a text, to the minute and in the zone of the account.
    Minutes,
}

impl Clock {
    /// What this clock can tell apart. An index may know whole seconds only, whatever number it is given.
    pub(crate) fn unit(self) -> i64 {
        match self {
            Self::Millis => 1_000,
            Self::Minutes => MINUTE,
        }
    }

    /// The beginning of the unit that a moment lies in.
    pub(crate) fn floor(self, millis: i64) -> i64 {
        millis.div_euclid(self.unit()) * self.unit()
    }

    /// An operand that means this moment or an earlier one, however the site reads it.
    pub(crate) fn not_after(self, millis: i64, zone: Option<&TimeZone>) -> String {
        match (self, zone) {
            (Self::Millis, _) => self.floor(millis).to_string(),
            (Self::Minutes, Some(zone)) => literal(local(millis, zone, -HOUR)),
            // The zone of the account is at most twelve hours behind.
            (Self::Minutes, None) => literal(utc(millis - 12 * HOUR)),
        }
    }

    /// An operand that means this moment or a later one, however the site reads it.
    pub(crate) fn not_before(self, millis: i64, zone: Option<&TimeZone>) -> String {
        match (self, zone) {
            (Self::Millis, _) => millis.to_string(),
            (Self::Minutes, Some(zone)) => literal(local(millis + MINUTE - 1, zone, HOUR)),
            (Self::Minutes, None) => literal(utc(millis + MINUTE - 1 + 14 * HOUR)),
        }
    }
}

/// The time on the wall. An hour that comes twice is stepped out of: nobody says which of the two a site means.
fn local(millis: i64, zone: &TimeZone, step: i64) -> DateTime {
    let mut millis = millis;
    for _ in 0..4 {
        let at = zone.to_datetime(Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH));
        if !zone.to_ambiguous_timestamp(to_minute(at)).is_ambiguous() {
            return at;
        }
        millis += step;
    }
    utc(millis + 14 * step)
}

fn to_minute(at: DateTime) -> DateTime {
    at.with().second(0).subsec_nanosecond(0).build().unwrap_or(at)
}

fn utc(millis: i64) -> DateTime {
    TimeZone::UTC.to_datetime(Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH))
}

fn literal(at: DateTime) -> String {
    format!("\"{}\"", at.strftime("%Y/%m/%d %H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_moment_in_every_form() {
        let expected = Some(1_652_786_781_613);
        for json in [
            "\"2022-05-17T04:26:21.613-0700\"",
            "\"2022-05-17T11:26:21.613Z\"",
            "\"2022-05-17T11:26:21.613+00:00\"",
            "\"2022-05-17T16:56:21.613+0530\"",
            "1652786781613",
        ] {
            assert_eq!(read(json), expected, "{json}");
        }
        for json in ["\"\"", "\"soon\"", "null", "\"2022-05-17\"", "{}", "\"é\"", "99999999999999999"] {
            assert_eq!(read(json), None, "{json}");
        }
        assert_eq!(mark(1_652_786_781_613), "2022-05-17T11:26:21.613Z");
        assert_eq!(mark(1_652_786_781_003), "2022-05-17T11:26:21.003Z");
    }

    #[test]
    fn an_hour_that_comes_twice_is_stepped_out_of() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| read(&format!("\"{text}\"")).unwrap();
        let summer = at("2026-10-25T02:30:10.000+0200");
        let winter = at("2026-10-25T02:30:10.000+0100");
        for moment in [summer, winter] {
            assert_eq!(Clock::Minutes.not_after(moment, Some(&berlin)), "\"2026/10/25 01:30\"");
            assert_eq!(Clock::Minutes.not_before(moment, Some(&berlin)), "\"2026/10/25 03:31\"");
        }
        let spring = at("2026-03-29T03:00:00.000+0200");
        assert_eq!(Clock::Minutes.not_after(spring, Some(&berlin)), "\"2026/03/29 03:00\"");
        assert_eq!(Clock::Millis.not_after(1_652_786_781_613, None), "1652786781000");
    }

    proptest! {
        /// Whichever of two hours a site means, and in whichever zone where none is told: never later, never earlier.
        #[test]
        fn operands_keep_their_side(millis in 1_500_000_000_000_i64..1_900_000_000_000, nth in 0..6_usize, told in proptest::bool::ANY) {
            let name = ["Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kolkata", "Australia/Lord_Howe"][nth];
            let zone = TimeZone::get(name).unwrap();
            let told = told.then_some(&zone);
            let meant = |text: String| {
                let at = DateTime::strptime("\"%Y/%m/%d %H:%M\"", &text).unwrap();
                let ambiguous = zone.to_ambiguous_timestamp(at);
                [ambiguous.earlier().unwrap().as_millisecond(), ambiguous.later().unwrap().as_millisecond()]
            };
            for found in meant(Clock::Minutes.not_after(millis, told)) {
                prop_assert!(found <= millis && found > millis - 27 * HOUR);
            }
            for found in meant(Clock::Minutes.not_before(millis, told)) {
                prop_assert!(found >= millis && found < millis + 28 * HOUR);
            }
        }

        #[test]
        fn marks_are_in_the_order_of_moments(a in 0..4_000_000_000_000_i64, b in 0..4_000_000_000_000_i64) {
            prop_assert_eq!(a.cmp(&b), mark(a).cmp(&mark(b)));
            prop_assert_eq!(read(&format!("\"{}\"", mark(a))), Some(a));
        }
    }
}
