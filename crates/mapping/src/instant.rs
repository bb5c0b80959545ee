//! Moments as sources write them. Nothing is guessed: without a zone or an order a text that needs one stays unread.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// How a source orders day, month and year in dates that do not start with the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// 31/12/2026.
    Dmy,
    /// 12/31/2026.
    Mdy,
    /// 2026/12/31.
    Ymd,
}

impl DateOrder {
    /// The name in configurations and in `@dates`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Ymd => "ymd",
        }
    }

    /// The order with this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Dmy, Self::Mdy, Self::Ymd].into_iter().find(|order| order.name() == name)
    }
}

/// A text that is a moment, before a zone is applied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moment {
    pub(crate) civil: DateTime,
    /// The offset that the text states.
    pub(crate) offset: Option<Offset>,
    /// Whether the text is a date only; the time is then 00:00.
    pub(crate) date_only: bool,
}

/// Why a text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It does not look like a date.
    Shape,
    /// It looks like one, and no calendar or clock has it.
    Range,
    /// Day and month cannot be told apart without an order.
    OrderUnknown,
    /// The order says that the year stands first, and it does not.
    OrderMismatch,
}

/// What applying a zone to a local time has to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Local {
    /// The time exists once.
    Once,
    /// The clock was set back: the time exists twice, the earlier was taken.
    Twice,
    /// The clock was set forward: the time does not exist, it was shifted by what was skipped.
    Never,
}

/// Reads a text; `order` is needed for dates that do not start with the year.
pub(crate) fn parse(text: &str, order: Option<DateOrder>) -> Result<Moment, Unread> {
    let mut cursor = Cursor { rest: text.as_bytes() };
    let date = cursor.date(order)?;
    if cursor.rest.is_empty() {
        return Ok(Moment { civil: date.at(0, 0, 0, 0), offset: None, date_only: true });
    }
    cursor.separator()?;
    let time = cursor.time()?;
    let offset = cursor.offset()?;
    if !cursor.rest.is_empty() {
        return Err(Unread::Shape);
    }
    Ok(Moment { civil: date.to_datetime(time), offset, date_only: false })
}

/// The moment at which the clocks of a zone show a local time.
pub(crate) fn in_zone(civil: DateTime, zone: &TimeZone) -> Result<(Timestamp, Local), Unread> {
    let ambiguous = zone.to_ambiguous_timestamp(civil);
    let local = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => Local::Once,
        AmbiguousOffset::Fold { .. } => Local::Twice,
        AmbiguousOffset::Gap { .. } => Local::Never,
    };
    Ok((ambiguous.compatible().map_err(|_| Unread::Range)?, local))
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn date(&mut self, order: Option<DateOrder>) -> Result<Date, Unread> {
        let (first, first_digits) = self.number(4)?;
        let separator = self.next().filter(|byte| matches!(byte, b'-' | b'/' | b'.')).ok_or(Unread::Shape)?;
        let (second, _) = self.number(2)?;
        self.expect(separator)?;
        let (third, third_digits) = self.number(4)?;
        let (year, month, day) = match (first_digits, third_digits) {
            (4, 1 | 2) => (first, second, third),
            (1 | 2, 4) => match order {
                None => return Err(Unread::OrderUnknown),
                Some(DateOrder::Dmy) => (third, second, first),
                Some(DateOrder::Mdy) => (third, first, second),
                Some(DateOrder::Ymd) => return Err(Unread::OrderMismatch),
            },
            _ => return Err(Unread::Shape),
        };
        Date::new(year as i16, month as i8, day as i8).map_err(|_| Unread::Range)
    }

    /// `T`, a comma, or white space between date and time.
    fn separator(&mut self) -> Result<(), Unread> {
        match self.next() {
            Some(b'T' | b't') => Ok(()),
            Some(b',') if self.spaces() => Ok(()),
            Some(b' ') => {
                self.spaces();
                Ok(())
            }
            _ => Err(Unread::Shape),
        }
    }

    fn time(&mut self) -> Result<Time, Unread> {
        let (mut hour, _) = self.number(2)?;
        self.expect(b':')?;
        let (minute, minute_digits) = self.number(2)?;
        let (mut second, mut second_digits, mut nanosecond) = (0, 2, 0);
        if self.rest.first() == Some(&b':') {
            self.rest = &self.rest[1..];
            (second, second_digits) = self.number(2)?;
            if matches!(self.rest.first(), Some(b'.' | b',')) {
                self.rest = &self.rest[1..];
                nanosecond = self.fraction()?;
            }
        }
        if minute_digits != 2 || second_digits != 2 {
            return Err(Unread::Shape);
        }
        if let Some(afternoon) = self.half_of_day() {
            if !(1..=12).contains(&hour) {
                return Err(Unread::Range);
            }
            hour = hour % 12 + if afternoon { 12 } else { 0 };
        }
        Time::new(hour as i8, minute as i8, second as i8, nanosecond).map_err(|_| Unread::Range)
    }

    /// Nanoseconds; digits beyond the ninth are finer than anything here and dropped.
    fn fraction(&mut self) -> Result<i32, Unread> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return Err(Unread::Shape);
        }
        let nanosecond = (0..9).fold(0, |sum, at| {
            sum * 10 + self.rest.get(at).filter(|_| at < digits).map_or(0, |byte| i32::from(byte - b'0'))
        });
        self.rest = &self.rest[digits..];
        Ok(nanosecond)
    }

    fn half_of_day(&mut self) -> Option<bool> {
        let trimmed = self.rest.trim_ascii_start();
        let afternoon = match trimmed.get(..2)? {
            [b'A' | b'a', b'M' | b'm'] => false,
            [b'P' | b'p', b'M' | b'm'] => true,
            _ => return None,
        };
        self.rest = &trimmed[2..];
        Some(afternoon)
    }

    /// `Z`, `UTC`, `GMT`, `+02`, `+0200`, `+02:00`, with or without a space before; `None` at the end of the text.
    fn offset(&mut self) -> Result<Option<Offset>, Unread> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.spaces();
        let sign = match self.rest {
            b"Z" | b"z" | b"UTC" | b"GMT" => {
                self.rest = &[];
                return Ok(Some(Offset::UTC));
            }
            [b'+', ..] => 1,
            [b'-', ..] => -1,
            _ => return Err(Unread::Shape),
        };
        self.rest = &self.rest[1..];
        let hours = self.two_digits()?;
        let mut minutes = 0;
        if !self.rest.is_empty() {
            if self.rest[0] == b':' {
                self.rest = &self.rest[1..];
            }
            minutes = self.two_digits()?;
        }
        if hours > 23 || minutes > 59 {
            return Err(Unread::Range);
        }
        Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).map(Some).map_err(|_| Unread::Range)
    }

    fn two_digits(&mut self) -> Result<i32, Unread> {
        match self.rest {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => {
                self.rest = rest;
                Ok(i32::from(tens - b'0') * 10 + i32::from(ones - b'0'))
            }
            _ => Err(Unread::Shape),
        }
    }

    /// A number of one to `most` digits, and how many it has.
    fn number(&mut self, most: usize) -> Result<(i32, usize), Unread> {
        let digits = self.rest.iter().take(most + 1).take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits > most {
            return Err(Unread::Shape);
        }
        let number = self.rest[..digits].iter().fold(0, |sum, byte| sum * 10 + i32::from(byte - b'0'));
        self.rest = &self.rest[digits..];
        Ok((number, digits))
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Unread> {
        if self.next() == Some(byte) { Ok(()) } else { Err(Unread::Shape) }
    }

    /// Skips spaces; whether there was one.
    fn spaces(&mut self) -> bool {
        let before = self.rest.len();
        self.rest = self.rest.trim_ascii_start();
        self.rest.len() < before
    }
}

#[cfg(test)]
#[path = "instant_tests.rs"]
mod tests;
