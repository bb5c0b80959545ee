//! Reads a text as a date, with every order of day, month and year that it allows.
//!
//! This module never decides which order holds; [`crate::dates_plan`] does, from a whole column.

use jiff::civil;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// How day, month and year follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum DateOrder {
    Dmy,
    Mdy,
    Ymd,
}

impl DateOrder {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "dmy" => Some(Self::Dmy),
            "mdy" => Some(Self::Mdy),
            "ymd" => Some(Self::Ymd),
            _ => None,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Ymd => "ymd",
        }
    }

    pub(crate) fn spoken(self) -> &'static str {
        match self {
            Self::Dmy => "day/month/year",
            Self::Mdy => "month/day/year",
            Self::Ymd => "year-month-day",
        }
    }
}

/// A text that is a date in at least one order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Look {
    parts: Parts,
    time: civil::Time,
    offset: Option<Offset>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Parts {
    /// Year, month, day: nothing to decide.
    YearFirst(civil::Date),
    /// First, second, year.
    YearLast(i8, i8, i16),
}

impl Look {
    /// Reads `29-02-2016 01:16`, `2/29/2016 1:16 AM`, `2016-02-29T01:16:00.5+01:00` and their relatives.
    ///
    /// Years have four digits: a year of two digits is no date here, because nothing tells it from a day.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bytes = text.trim_ascii().as_bytes();
        // Nearly all texts leave here.
        if !(8..=48).contains(&bytes.len()) || !bytes[0].is_ascii_digit() {
            return None;
        }
        let mut scan = Scan { bytes, at: 0 };
        let (first, first_digits) = scan.number(4)?;
        let separator = scan.one_of(b"/-.")?;
        let (second, second_digits) = scan.number(2)?;
        (scan.one_of(b"/-.")? == separator && second_digits <= 2).then_some(())?;
        let (third, third_digits) = scan.number(4)?;
        let parts = match (first_digits, third_digits) {
            (4, 1 | 2) => Parts::YearFirst(date(first, second, third)?),
            (1 | 2, 4) => Parts::YearLast(first as i8, second as i8, third),
            _ => return None,
        };
        let (time, offset) = scan.time()?;
        let look = Self { parts, time, offset };
        let (day_first, month_first) = look.readings();
        (matches!(parts, Parts::YearFirst(_)) || day_first || month_first).then_some(look)
    }

    /// Whether the moment is told without the offset that would make it one.
    pub(crate) fn lacks_offset(&self) -> bool {
        self.offset.is_none()
    }

    /// Whether the year stands last, so that day and month have to be told apart.
    pub(crate) fn is_year_last(&self) -> bool {
        matches!(self.parts, Parts::YearLast(..))
    }

    /// Whether it is a date as day/month/year, and whether it is one as month/day/year.
    pub(crate) fn readings(&self) -> (bool, bool) {
        (self.date(DateOrder::Dmy).is_some(), self.date(DateOrder::Mdy).is_some())
    }

    /// The date in an order; `None` where it has no such date.
    pub(crate) fn date(&self, order: DateOrder) -> Option<civil::Date> {
        match (self.parts, order) {
            (Parts::YearFirst(date), _) => Some(date),
            (Parts::YearLast(first, second, year), DateOrder::Dmy) => date(year, second.into(), first.into()),
            (Parts::YearLast(first, second, year), DateOrder::Mdy) => date(year, first.into(), second.into()),
            (Parts::YearLast(..), DateOrder::Ymd) => None,
        }
    }

    /// The instant: by its own offset, else by `zone` (in a repeated hour the first one, in a skipped hour after it).
    pub(crate) fn instant(&self, order: DateOrder, zone: Option<&TimeZone>) -> Option<Timestamp> {
        let moment = self.date(order)?.to_datetime(self.time);
        match (self.offset, zone) {
            (Some(offset), _) => offset.to_timestamp(moment).ok(),
            (None, Some(zone)) => zone.to_timestamp(moment).ok(),
            (None, None) => None,
        }
    }
}

fn date(year: i16, month: i16, day: i16) -> Option<civil::Date> {
    civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| wanted.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    /// One to `most` digits and how many there were; more digits than that are no number here.
    fn number(&mut self, most: usize) -> Option<(i16, usize)> {
        let digits = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        (1..=most).contains(&digits).then_some(())?;
        let value = self.bytes[self.at..self.at + digits].iter().fold(0, |n, byte| n * 10 + i16::from(byte - b'0'));
        self.at += digits;
        Some((value, digits))
    }

    fn spaces(&mut self) {
        while self.one_of(b" ").is_some() {}
    }

    /// What follows the date: nothing, or a time with an optional offset.
    fn time(&mut self) -> Option<(civil::Time, Option<Offset>)> {
        if self.peek().is_none() {
            return Some((civil::Time::midnight(), None));
        }
        self.one_of(b",");
        self.one_of(b"T t")?;
        self.spaces();
        let (mut hour, _) = self.number(2)?;
        self.one_of(b":")?;
        let (minute, 2) = self.number(2)? else { return None };
        let mut second = 0;
        let mut nanosecond = 0;
        if self.one_of(b":").is_some() {
            (second, _) = self.number(2)?;
            if self.one_of(b".,").is_some() {
                nanosecond = self.fraction()?;
            }
        }
        self.spaces();
        if let Some(half) = self.one_of(b"AaPp") {
            self.one_of(b"Mm")?;
            (1..=12).contains(&hour).then_some(())?;
            hour = hour % 12 + if half.eq_ignore_ascii_case(&b'p') { 12 } else { 0 };
            self.spaces();
        }
        let offset = self.offset()?;
        let time = civil::Time::new(hour as i8, minute as i8, second as i8, nanosecond).ok()?;
        Some((time, offset))
    }

    /// The digits of a fraction of a second, as nanoseconds; what is finer is dropped.
    fn fraction(&mut self) -> Option<i32> {
        let digits = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        (digits > 0).then_some(())?;
        let mut value = 0;
        for place in 0..9 {
            let digit = if place < digits { self.bytes[self.at + place] - b'0' } else { 0 };
            value = value * 10 + i32::from(digit);
        }
        self.at += digits;
        Some(value)
    }

    /// `Some(None)` when the text ends here, `None` when something else follows.
    fn offset(&mut self) -> Option<Option<Offset>> {
        if self.peek().is_none() {
            return Some(None);
        }
        if matches!(&self.bytes[self.at..], b"Z" | b"z" | b"UTC" | b"GMT") {
            return Some(Some(Offset::UTC));
        }
        let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let digits = self.bytes[self.at..].iter().filter(|byte| byte.is_ascii_digit()).count();
        let (hours, minutes) = match (digits, self.bytes.len() - self.at) {
            (2, 2) => (self.number(2)?.0, 0),
            (4, 4) => {
                let (both, _) = self.number(4)?;
                (both / 100, both % 100)
            }
            (4, 5) => {
                let (hours, 2) = self.number(2)? else { return None };
                self.one_of(b":")?;
                (hours, self.number(2)?.0)
            }
            _ => return None,
        };
        (hours <= 23 && minutes <= 59).then_some(())?;
        let seconds = sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60);
        Offset::try_from(SignedDuration::from_secs(seconds)).ok().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, order: DateOrder) -> Option<String> {
        Look::read(text)?.instant(order, Some(&TimeZone::UTC)).map(|instant| instant.to_string())
    }

    #[test]
    fn the_forms_that_tools_write_are_read() {
        let table = [
            ("29-02-2016 01:16", DateOrder::Dmy, Some("2016-02-29T01:16:00Z")),
            ("29/2/2016 1:16", DateOrder::Dmy, Some("2016-02-29T01:16:00Z")),
            ("2/29/2016 1:16 AM", DateOrder::Mdy, Some("2016-02-29T01:16:00Z")),
            ("12.03.2016, 12:05 pm", DateOrder::Dmy, Some("2016-03-12T12:05:00Z")),
            ("12.03.2016 12:05am", DateOrder::Dmy, Some("2016-03-12T00:05:00Z")),
            ("2016-02-29", DateOrder::Dmy, Some("2016-02-29T00:00:00Z")),
            ("2016/02/29 7:01:02.25", DateOrder::Mdy, Some("2016-02-29T07:01:02.25Z")),
            ("2006-11-07T10:00:36+01:00", DateOrder::Ymd, Some("2006-11-07T09:00:36Z")),
            ("2024-01-31T10:00:00.000+0000", DateOrder::Ymd, Some("2024-01-31T10:00:00Z")),
            ("2024-01-31 10:00:00 -05", DateOrder::Ymd, Some("2024-01-31T15:00:00Z")),
            ("2024-01-31T10:00:00Z", DateOrder::Ymd, Some("2024-01-31T10:00:00Z")),
            ("2024-01-31 10:00:00 UTC", DateOrder::Ymd, Some("2024-01-31T10:00:00Z")),
            ("2024-01-31T10:00:00.1234567891Z", DateOrder::Ymd, Some("2024-01-31T10:00:00.123456789Z")),
            ("03/04/2016", DateOrder::Ymd, None),
            ("30/02/2016", DateOrder::Dmy, None),
            ("31/31/2016", DateOrder::Dmy, None),
            ("29-02/2016", DateOrder::Dmy, None),
            ("29-02-16 01:16", DateOrder::Dmy, None),
            ("2016-02-29 25:00", DateOrder::Ymd, None),
            ("2016-02-29 10:00 or so", DateOrder::Ymd, None),
            ("3,87,16,91,111", DateOrder::Dmy, None),
            ("20160229", DateOrder::Ymd, None),
            ("123-45-6789", DateOrder::Dmy, None),
            ("INC0000045", DateOrder::Dmy, None),
        ];
        for (text, order, expected) in table {
            assert_eq!(read(text, order).as_deref(), expected, "{text} as {}", order.word());
        }
    }

    #[test]
    fn both_readings_are_known() {
        let readings = |text| Look::read(text).map(|look| look.readings());
        assert_eq!(readings("03/04/2016"), Some((true, true)));
        assert_eq!(readings("29/02/2016"), Some((true, false)));
        assert_eq!(readings("02/29/2016"), Some((false, true)));
        assert_eq!(readings("31/04/2016"), None);
    }
}
