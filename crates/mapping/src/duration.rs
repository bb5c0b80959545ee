//! Durations as sources write them, as whole seconds. A day is no duration until somebody says how long it is.

use crate::instant::parse as parse_moment;

/// Bytes of a text that is a duration.
const TEXT_LIMIT: usize = 64;
/// ServiceNow writes a duration as the moment that lies so long behind 1970-01-01 00:00:00. A moment of a later decade is
/// a date that somebody put into the wrong column.
const EPOCH_YEARS: std::ops::Range<i16> = 1970..1980;
const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const MILLION: i128 = 1_000_000;

/// Why a text is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoDuration {
    /// It does not look like one.
    Shape,
    /// It counts days, and nobody says how long one is.
    DayUnknown,
    /// Months and years are not all of one length.
    NoFixedLength,
    /// `04:00`: hours and minutes, or minutes and seconds?
    TwoParts,
    /// It is longer than can be counted.
    Range,
}

impl NoDuration {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Shape => {
                "it is no duration: write `4h`, `30 min`, `1 h 30 min`, `PT4H`, `04:00:00`, or whole seconds"
            }
            Self::DayUnknown => {
                "a day is 24 hours by the clock and fewer of a calendar: write hours, or say in the rule what a day is \
                 (`day = \"24h\"`)"
            }
            Self::NoFixedLength => "months and years have no fixed length: write days or hours",
            Self::TwoParts => "hours and minutes, or minutes and seconds? Write `04:00:00`, `4h` or `4 min`",
            Self::Range => "it is longer than can be counted",
        }
    }
}

/// What a unit of time is.
#[derive(Clone, Copy)]
enum Unit {
    Seconds(i64),
    Days(i64),
    Unfixed,
}

/// Reads a text; a plain number is seconds. `day_secs` is how long a day is, where the mapping says so.
pub(crate) fn parse(text: &str, day_secs: Option<i64>) -> Result<i64, NoDuration> {
    let text = text.trim();
    if text.is_empty() || text.len() > TEXT_LIMIT || !text.is_ascii() {
        return Err(NoDuration::Shape);
    }
    if text.as_bytes().get(4) == Some(&b'-') {
        return since_epoch(text);
    }
    let (sign, rest) = match text.as_bytes()[0] {
        b'-' => (-1, text[1..].trim_start()),
        b'+' => (1, text[1..].trim_start()),
        _ => (1, text),
    };
    let total = match rest.bytes().next() {
        Some(b'P' | b'p') => iso(&rest[1..], day_secs)?,
        Some(b'0'..=b'9') if rest.contains(':') => clock(rest)?,
        Some(b'0'..=b'9') => words(rest, day_secs)?,
        _ => return Err(NoDuration::Shape),
    };
    Ok(sign * total)
}

/// `1970-01-03 04:00:00` is 52 hours.
fn since_epoch(text: &str) -> Result<i64, NoDuration> {
    let moment = parse_moment(text, None).map_err(|_| NoDuration::Shape)?;
    if moment.offset.is_some() || moment.date_only || !EPOCH_YEARS.contains(&moment.civil.year()) {
        return Err(NoDuration::Shape);
    }
    jiff::tz::Offset::UTC.to_timestamp(moment.civil).map(|at| at.as_second()).map_err(|_| NoDuration::Range)
}

/// `hh:mm:ss`, with as many hours as there are.
fn clock(text: &str) -> Result<i64, NoDuration> {
    let mut parts = text.split(':');
    let (Some(hours), Some(minutes)) = (parts.next(), parts.next()) else { return Err(NoDuration::Shape) };
    let Some(seconds) = parts.next() else { return Err(NoDuration::TwoParts) };
    if parts.next().is_some() {
        return Err(NoDuration::Shape);
    }
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let sixty = |text: &str| match text.len() {
        2 => whole(text).filter(|number| *number < 60),
        _ => None,
    };
    whole(fraction).ok_or(NoDuration::Shape)?;
    let (minutes, seconds) = (sixty(minutes).ok_or(NoDuration::Shape)?, sixty(seconds).ok_or(NoDuration::Shape)?);
    let hours = whole(hours).ok_or(NoDuration::Shape)?;
    let hours = hours.checked_mul(HOUR).ok_or(NoDuration::Range)?;
    hours.checked_add(minutes * MINUTE + seconds).ok_or(NoDuration::Range)
}

/// What stands behind the `P` of ISO 8601.
fn iso(text: &str, day_secs: Option<i64>) -> Result<i64, NoDuration> {
    let (date, time) = match text.split_once(['T', 't']) {
        Some((_, "")) => return Err(NoDuration::Shape),
        Some((date, time)) => (date, time),
        None => (text, ""),
    };
    if date.is_empty() && time.is_empty() {
        return Err(NoDuration::Shape);
    }
    let of_date = |unit: &str| match unit {
        "W" | "w" => Some(Unit::Days(7)),
        "D" | "d" => Some(Unit::Days(1)),
        "M" | "m" | "Y" | "y" => Some(Unit::Unfixed),
        _ => None,
    };
    let of_time = |unit: &str| match unit {
        "H" | "h" => Some(Unit::Seconds(HOUR)),
        "M" | "m" => Some(Unit::Seconds(MINUTE)),
        "S" | "s" => Some(Unit::Seconds(1)),
        _ => None,
    };
    let seconds = sum(date, day_secs, of_date)?;
    seconds.checked_add(sum(time, day_secs, of_time)?).ok_or(NoDuration::Range)
}

/// `1 h 30 min`, or a plain number.
fn words(text: &str, day_secs: Option<i64>) -> Result<i64, NoDuration> {
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        let whole_text = text.split_once('.').map_or(Some(text), |(whole, zeros)| {
            (!zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0')).then_some(whole)
        });
        return whole_text.and_then(whole).ok_or(NoDuration::Shape);
    }
    sum(text, day_secs, |unit| {
        Some(match unit.to_ascii_lowercase().as_str() {
            "s" | "sec" | "secs" | "second" | "seconds" => Unit::Seconds(1),
            "m" | "min" | "mins" | "minute" | "minutes" | "minuten" => Unit::Seconds(MINUTE),
            "h" | "hr" | "hrs" | "hour" | "hours" | "std" | "stunde" | "stunden" => Unit::Seconds(HOUR),
            "d" | "day" | "days" | "tag" | "tage" => Unit::Days(1),
            "w" | "week" | "weeks" | "woche" | "wochen" => Unit::Days(7),
            "mo" | "month" | "months" | "monat" | "monate" | "y" | "year" | "years" | "jahr" | "jahre" => Unit::Unfixed,
            _ => return None,
        })
    })
}

/// Numbers, each with its unit behind it. Parts of a second are dropped from the sum of each.
fn sum(text: &str, day_secs: Option<i64>, unit_of: impl Fn(&str) -> Option<Unit>) -> Result<i64, NoDuration> {
    let mut total: i64 = 0;
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, behind) = rest.split_at(digits);
        let number = counterfoil_model::Decimal::parse(number).ok_or(NoDuration::Shape)?;
        let behind = behind.trim_start();
        let letters = behind.bytes().take_while(u8::is_ascii_alphabetic).count();
        // In ISO 8601 the next number follows at once, and a unit has one letter.
        let (unit, behind) = behind.split_at(letters);
        let length = match unit_of(unit).ok_or(NoDuration::Shape)? {
            Unit::Seconds(length) => length,
            Unit::Days(days) => day_secs.and_then(|day| day.checked_mul(days)).ok_or(NoDuration::DayUnknown)?,
            Unit::Unfixed => return Err(NoDuration::NoFixedLength),
        };
        let seconds = i128::from(number.millionths) * i128::from(length) / MILLION;
        let seconds = i64::try_from(seconds).map_err(|_| NoDuration::Range)?;
        total = total.checked_add(seconds).ok_or(NoDuration::Range)?;
        rest = behind.trim_start().trim_start_matches(',').trim_start();
    }
    Ok(total)
}

/// A number of digits only; nothing when it has none or too many.
fn whole(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
#[path = "duration_tests.rs"]
mod tests;
