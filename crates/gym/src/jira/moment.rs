//! Moments: milliseconds since 1970 inside, and the forms in which the APIs write them. It never reads a clock.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The zone of this name; UTC when there is none.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

pub(crate) fn stamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("moments lie within some thousand years")
}

/// `2022-05-17T04:26:21.613-0700`.
pub(crate) fn text(millis: i64, zone: &TimeZone) -> String {
    stamp(millis).to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
}

/// `2022-05-17T04:26:21-0700`.
pub(crate) fn whole_seconds(millis: i64, zone: &TimeZone) -> String {
    stamp(millis).to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%z").to_string()
}

/// `17/May/22 4:26 AM`.
pub(crate) fn friendly(millis: i64, zone: &TimeZone) -> String {
    stamp(millis).to_zoned_datetime(zone.clone()).strftime("%d/%b/%y %-I:%M %p").to_string()
}

/// Of `2022-05-17T04:26:21.613+0000` and the like: any offset with or without a colon, or `Z`.
pub(crate) fn parse(text: &str) -> Option<i64> {
    for form in ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M:%S%.f%:z"] {
        if let Ok(at) = Timestamp::strptime(form, text) {
            return Some(at.as_millisecond());
        }
    }
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// Which of two moments a time of the day means when the clocks are set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    Earlier,
    Later,
}

/// A literal of JQL as the beginning of its minute; `None` when it is none.
pub(crate) fn literal(text: &str, zone: &TimeZone, fold: Fold) -> Option<i64> {
    let text = text.trim().replace('/', "-");
    let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%d"];
    let civil = forms.iter().find_map(|form| match *form {
        "%Y-%m-%d" => jiff::civil::Date::strptime(form, &text).ok().map(|date| date.at(0, 0, 0, 0)),
        form => DateTime::strptime(form, &text).ok(),
    })?;
    let ambiguous = zone.to_ambiguous_zoned_datetime(civil);
    let zoned = match fold {
        Fold::Later if ambiguous.is_ambiguous() => ambiguous.later(),
        Fold::Earlier | Fold::Later => ambiguous.compatible(),
    };
    zoned.ok().map(|zoned| zoned.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_jira_does() {
        let at = parse("2022-05-17T04:26:21.613-0700").unwrap();
        assert_eq!(text(at, &zone("America/Los_Angeles")), "2022-05-17T04:26:21.613-0700");
        assert_eq!(text(at, &zone("Asia/Kolkata")), "2022-05-17T16:56:21.613+0530");
        assert_eq!(whole_seconds(at, &TimeZone::UTC), "2022-05-17T11:26:21+0000");
        assert_eq!(friendly(at, &TimeZone::UTC), "17/May/22 11:26 AM");
        for same in ["2022-05-17T11:26:21.613Z", "2022-05-17T11:26:21.613+00:00"] {
            assert_eq!(parse(same), Some(at), "{same}");
        }
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn literals_are_minutes_of_a_zone() {
        let berlin = zone("Europe/Berlin");
        let of = |text: &str, fold| literal(text, &berlin, fold).map(|at| stamp(at).to_string());
        assert_eq!(of("2026-06-30 10:00", Fold::Earlier).unwrap(), "2026-06-30T08:00:00Z");
        assert_eq!(of("2026/06/30", Fold::Earlier).unwrap(), "2026-06-29T22:00:00Z");
        assert_eq!(of("2026-10-25 02:30", Fold::Earlier).unwrap(), "2026-10-25T00:30:00Z");
        assert_eq!(of("2026-10-25 02:30", Fold::Later).unwrap(), "2026-10-25T01:30:00Z");
        // The skipped hour does not exist.
        assert_eq!(of("2026-03-29 02:30", Fold::Earlier).unwrap(), "2026-03-29T01:30:00Z");
        assert_eq!(of("2026-06-30 10:00:30", Fold::Earlier), None);
        assert_eq!(of("yesterday", Fold::Earlier), None);
    }
}
