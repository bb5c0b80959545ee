use super::*;
use proptest::prelude::*;

#[test]
fn durations_are_whole_seconds_however_they_are_written() {
    for (text, seconds) in [
        ("14400", 14_400),
        ("14400.0", 14_400),
        ("4h", 14_400),
        ("4 hours", 14_400),
        ("4 Stunden", 14_400),
        ("30 min", 1_800),
        ("30m", 1_800),
        ("1 h 30 min", 5_400),
        ("1h30m", 5_400),
        ("1 hour, 30 minutes", 5_400),
        ("1.5 h", 5_400),
        ("90s", 90),
        ("PT4H", 14_400),
        ("pt4h", 14_400),
        ("PT4H30M", 16_200),
        ("PT0.5S", 0),
        ("-PT4H", -14_400),
        ("-1h", -3_600),
        ("04:00:00", 14_400),
        ("100:00:01", 360_001),
        ("0:00:59.900", 59),
        ("1970-01-01 00:00:00", 0),
        ("1970-01-01 04:00:00", 14_400),
        ("1970-01-03T04:00:00", 52 * 3_600),
    ] {
        assert_eq!(parse(text, None), Ok(seconds), "{text}");
    }
}

/// "1 day" is 24 hours by the clock and three days of eight hours, so that nobody may guess.
#[test]
fn a_bare_day_is_ambiguous_until_the_mapping_says_what_it_is() {
    for text in ["1 day", "1d", "2 days 4 hours", "P1D", "P1DT2H", "1 week", "P2W"] {
        assert_eq!(parse(text, None), Err(NoDuration::DayUnknown), "{text}");
    }
    assert_eq!(parse("1 day", Some(8 * HOUR)), Ok(8 * HOUR));
    assert_eq!(parse("P1DT2H", Some(24 * HOUR)), Ok(26 * HOUR));
    assert_eq!(parse("1w", Some(24 * HOUR)), Ok(168 * HOUR));
    for text in ["P1M", "1 month", "P1Y", "2 years"] {
        assert_eq!(parse(text, Some(24 * HOUR)), Err(NoDuration::NoFixedLength), "{text}");
    }
}

#[test]
fn what_could_be_two_things_or_is_none_is_no_duration() {
    assert_eq!(parse("04:00", None), Err(NoDuration::TwoParts));
    for text in [
        "",
        "-",
        "h",
        "4",
        "four hours",
        "4 parsecs",
        "1,5 h",
        "4h later",
        "PT",
        "P",
        "PT4",
        "P4H",
        "1e3 s",
        "00:60:00",
        "1:2:3",
        "0:0:0:0",
        "2026-01-01 04:00:00",
        "1970-01-01",
        "1970-01-01 04:00:00Z",
        "4h\u{e9}",
        ".5 h",
        "1..5 h",
    ] {
        let found = parse(text, None);
        if text == "4" {
            assert_eq!(found, Ok(4));
        } else {
            assert_eq!(found, Err(NoDuration::Shape), "{text}");
        }
    }
    assert_eq!(parse("9223372036854775807:00:00", None), Err(NoDuration::Range));
    assert_eq!(parse("9223372036854 weeks", Some(i64::MAX)), Err(NoDuration::DayUnknown));
    assert_eq!(parse("9223372036854 h", None), Ok(9_223_372_036_854 * HOUR));
    assert_eq!(parse(&"1h".repeat(33), None), Err(NoDuration::Shape), "longer than a duration is written");
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,80}", day in prop::option::of(0..200_000_i64)) {
        let _ = parse(&text, day);
    }

    #[test]
    fn nothing_that_looks_like_one_panics(text in "[-+]?[PT0-9.:hmsdw ]{0,40}", day in prop::option::of(any::<i64>())) {
        let _ = parse(&text, day);
    }

    #[test]
    fn every_way_to_write_a_duration_says_the_same(hours in 0..100_000_i64, minutes in 0..60_i64, seconds in 0..60_i64) {
        let expected = Ok(hours * HOUR + minutes * MINUTE + seconds);
        for text in [
            format!("{hours}h {minutes}m {seconds}s"),
            format!("{hours} hours, {minutes} minutes, {seconds} seconds"),
            format!("PT{hours}H{minutes}M{seconds}S"),
            format!("{hours}:{minutes:02}:{seconds:02}"),
            (hours * HOUR + minutes * MINUTE + seconds).to_string(),
        ] {
            prop_assert_eq!(parse(&text, None), expected, "{}", text);
        }
    }
}
