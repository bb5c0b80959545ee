use super::*;
use jiff::ToSpan;
use proptest::prelude::*;

fn utc(text: &str, order: Option<DateOrder>) -> String {
    match parse(text, order) {
        Ok(moment) => {
            let offset = moment.offset.unwrap_or(Offset::UTC);
            format!("{}", offset.to_timestamp(moment.civil).unwrap())
        }
        Err(unread) => format!("{unread:?}"),
    }
}

#[test]
fn iso_texts_need_no_order() {
    for (text, expected) in [
        ("2026-06-01T12:00:00.000+0200", "2026-06-01T10:00:00Z"),
        ("2026-06-01T12:00:00+02:00", "2026-06-01T10:00:00Z"),
        ("2026-06-01 12:00:00 +02", "2026-06-01T10:00:00Z"),
        ("2026-06-01t12:00:00.123456789999z", "2026-06-01T12:00:00.123456789Z"),
        ("2026-06-01 12:00", "2026-06-01T12:00:00Z"),
        ("2026-6-1 1:05 PM", "2026-06-01T13:05:00Z"),
        ("2026-06-01", "2026-06-01T00:00:00Z"),
        ("2026/06/01 00:00:01 UTC", "2026-06-01T00:00:01Z"),
        ("1969-12-31T23:59:59-00:30", "1970-01-01T00:29:59Z"),
    ] {
        assert_eq!(utc(text, None), expected, "{text}");
    }
}

#[test]
fn other_texts_are_read_by_the_order_only() {
    let (dmy, mdy) = (Some(DateOrder::Dmy), Some(DateOrder::Mdy));
    assert_eq!(utc("29-02-2016 01:16", dmy), "2016-02-29T01:16:00Z");
    assert_eq!(utc("3/2/2016 1:16", dmy), "2016-02-03T01:16:00Z");
    assert_eq!(utc("3/2/2016 1:16", mdy), "2016-03-02T01:16:00Z");
    assert_eq!(utc("31.12.2026 23:59:59", dmy), "2026-12-31T23:59:59Z");
    assert_eq!(utc("1/2/2016, 12:04:05 AM", mdy), "2016-01-02T00:04:05Z");
    assert_eq!(utc("1/2/2016 12:04pm", mdy), "2016-01-02T12:04:00Z");
    assert_eq!(utc("29-02-2016 01:16", None), "OrderUnknown");
    assert_eq!(utc("29-02-2016 01:16", mdy), "Range");
    assert_eq!(utc("29-02-2016 01:16", Some(DateOrder::Ymd)), "OrderMismatch");
}

#[test]
fn what_is_no_moment_is_never_read_as_one() {
    for text in [
        "",
        "3,87,16,91,111",
        "0,184444444",
        "1456708560",
        "20160229",
        "29-02-16",
        "2016-02-29T",
        "2016-02-29 25",
        "2016-02-29 1:5",
        "2016-02-29T10:00:00+2",
        "2016-02-29T10:00:00 Europe/Berlin",
        "2016-02/29",
        "yesterday",
        "٢٠١٦-٠٢-٢٩",
    ] {
        assert_eq!(parse(text, Some(DateOrder::Dmy)), Err(Unread::Shape), "{text}");
    }
    for text in ["2015-02-29", "2016-02-29 24:00", "2016-13-01", "2016-02-29 13:00 PM", "2016-01-01T00:00:00+24:00"] {
        assert_eq!(parse(text, None), Err(Unread::Range), "{text}");
    }
}

#[test]
fn a_repeated_hour_is_the_earlier_and_a_skipped_one_is_shifted() {
    let zone = TimeZone::get("Europe/Lisbon").unwrap();
    let read = |text| {
        let (at, local) = in_zone(parse(text, None).unwrap().civil, &zone).unwrap();
        (at.to_string(), local)
    };
    assert_eq!(read("2026-10-25 01:30"), ("2026-10-25T00:30:00Z".to_owned(), Local::Twice));
    assert_eq!(read("2026-03-29 01:30"), ("2026-03-29T01:30:00Z".to_owned(), Local::Never));
    assert_eq!(read("2026-07-01 12:00"), ("2026-07-01T11:00:00Z".to_owned(), Local::Once));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}", bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        for order in [None, Some(DateOrder::Dmy), Some(DateOrder::Mdy), Some(DateOrder::Ymd)] {
            let _ = parse(&text, order);
            let _ = parse(&String::from_utf8_lossy(&bytes), order);
        }
    }

    #[test]
    fn dates_of_every_shape_come_back(
        second in 0_i64..4_102_444_800, zone in zones(), order in prop::sample::select(&[DateOrder::Dmy, DateOrder::Mdy]),
        padded in any::<bool>(), separator in prop::sample::select(&['-', '/', '.']),
    ) {
        let zoned = Timestamp::from_second(second).unwrap().to_datetime_in(&zone);
        let (year, month, day) = (zoned.year(), zoned.month(), zoned.day());
        let (first, second) = if order == DateOrder::Dmy { (day, month) } else { (month, day) };
        let text = if padded {
            format!("{first:02}{separator}{second:02}{separator}{year:04} {}", zoned.time())
        } else {
            format!("{first}{separator}{second}{separator}{year} {}", zoned.time())
        };
        prop_assert_eq!(parse(&text, Some(order)).unwrap().civil, zoned);
    }

    #[test]
    fn instants_round_trip_over_zones_and_clock_changes(
        zone in zones(), near in 0_usize..400, minutes in -180_i64..180, start in 0_i64..2_000_000_000,
    ) {
        // Close to a change of the clock: the nth one after the start, where the zone has one.
        let start = Timestamp::from_second(start).unwrap();
        let change = zone.following(start).take(near + 1).last().map_or(start, |change| change.timestamp());
        let at = change.checked_add(minutes.minutes()).unwrap();
        prop_assume!(at.as_second() < 253_370_764_800);
        let local = at.to_datetime_in(&zone);
        // With the offset written, always exactly back.
        let offset = zone.to_offset(at);
        prop_assume!(offset.seconds() % 60 == 0);
        let sign = if offset.seconds() < 0 { '-' } else { '+' };
        let (hours, rest) = (offset.seconds().abs() / 3600, offset.seconds().abs() % 3600 / 60);
        let text = format!("{}T{}{sign}{hours:02}{rest:02}", local.date(), local.time());
        let moment = parse(&text, None).unwrap();
        prop_assert_eq!(moment.offset.unwrap().to_timestamp(moment.civil).unwrap(), at);
        // Without it, back unless the hour exists twice; then the earlier of the two.
        let (read, kind) = in_zone(local, &zone).unwrap();
        match kind {
            Local::Once => prop_assert_eq!(read, at),
            Local::Twice => prop_assert!(read <= at && read.to_datetime_in(&zone) == local),
            Local::Never => prop_assert!(false, "a local time that was shown by the clock exists"),
        }
    }
}

fn zones() -> impl Strategy<Value = TimeZone> {
    const NAMES: &[&str] =
        &["UTC", "Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo"];
    prop::sample::select(NAMES).prop_map(|name| TimeZone::get(name).unwrap())
}

/// The local time of a zone, named for the way the tests read.
trait Here {
    fn to_datetime_in(self, zone: &TimeZone) -> DateTime;
}

impl Here for Timestamp {
    fn to_datetime_in(self, zone: &TimeZone) -> DateTime {
        zone.to_datetime(self)
    }
}
