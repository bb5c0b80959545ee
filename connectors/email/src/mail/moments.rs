//! When a mail was sent and received, as it says itself (RFC 5322 3.3, and what else is written there).

use super::fields::Fields;
use super::words;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// Years that a mail can be from. Clocks that were never set say 1970, clocks that are broken say anything.
const YEARS: std::ops::RangeInclusive<i16> = 1980..=2100;

/// The moment in `Date` and its text.
pub(crate) fn sent(fields: &Fields<'_>, notes: &mut Vec<&'static str>) -> (Option<Timestamp>, Option<String>) {
    let Some(raw) = fields.raw("date") else {
        notes.push("date-missing");
        return (None, None);
    };
    let mut text = words::text(raw, None);
    super::cut(&mut text, 200);
    let read = moment(&text);
    match read {
        None => notes.push("date-unreadable"),
        Some((_, Zone::Missing)) => notes.push("date-zone-missing"),
        Some((_, Zone::Stated)) => {}
    }
    (read.map(|(moment, _)| moment), Some(text))
}

/// When the last server received it: what stands behind the last semicolon of the first `Received`.
pub(crate) fn received(fields: &Fields<'_>) -> Option<Timestamp> {
    let raw = fields.raw("received")?;
    let text = words::text(&raw[memchr::memrchr(b';', raw)? + 1..], None);
    moment(&text).map(|(moment, _)| moment)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    Stated,
    /// Nothing that says one is there: it is read as UTC.
    Missing,
}

fn moment(text: &str) -> Option<(Timestamp, Zone)> {
    let bare = words::without_comments(text);
    let (mut day, mut month, mut year, mut time, mut zone) = (None, None, None, None, None);
    for token in bare.split([' ', '\t', ',']).filter(|token| !token.is_empty()).take(12) {
        if token.contains(':') && time.is_none() {
            time = Some(time_of(token)?);
        } else if time.is_some() && zone.is_none() && zone_of(token).is_some() {
            zone = zone_of(token);
        } else if token.contains('-') && day.is_none() {
            // `5-May-2026`, `2026-05-05`
            let mut parts = token.split('-');
            let (first, middle, last) = (parts.next()?, parts.next()?, parts.next()?);
            let (its_day, its_year) = if first.len() == 4 { (last, first) } else { (first, last) };
            day = its_day.parse().ok();
            month = month_of(middle).or_else(|| middle.parse().ok());
            year = year_of(its_year);
        } else if token.bytes().all(|byte| byte.is_ascii_digit()) {
            match day {
                None => day = token.parse().ok(),
                Some(_) if year.is_none() => year = year_of(token),
                Some(_) => {}
            }
        } else if month.is_none() {
            month = month_of(token);
        }
    }
    let date = Date::new(year?, month?, day?).ok()?;
    let civil = DateTime::from_parts(date, time?);
    let offset = zone.unwrap_or(Offset::UTC);
    let moment = offset.to_timestamp(civil).ok().filter(|_| YEARS.contains(&civil.year()))?;
    Some((moment, if zone.is_some() { Zone::Stated } else { Zone::Missing }))
}

/// `10:00`, `10:00:00`, `10:00:60` of a leap second, `10:00:00.5`
fn time_of(token: &str) -> Option<Time> {
    let mut parts = token.split(':');
    let (hour, minute) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let second: i8 = match parts.next() {
        Some(text) => text.split('.').next()?.parse().ok()?,
        None => 0,
    };
    Time::new(hour, minute, if second == 60 { 59 } else { second }, 0).ok()
}

fn zone_of(token: &str) -> Option<Offset> {
    let hours = |hours: i8| Some(Offset::constant(hours));
    match token.to_ascii_uppercase().as_str() {
        "Z" | "UT" | "GMT" | "UTC" => return hours(0),
        "EST" | "CDT" => return hours(-5),
        "EDT" => return hours(-4),
        "CST" | "MDT" => return hours(-6),
        "MST" | "PDT" => return hours(-7),
        "PST" => return hours(-8),
        "CET" | "MET" => return hours(1),
        "CEST" | "MEST" | "EET" => return hours(2),
        "EEST" | "MSK" => return hours(3),
        "JST" => return hours(9),
        _ => {}
    }
    let token = token.strip_prefix("GMT").or_else(|| token.strip_prefix("UTC")).unwrap_or(token);
    let (sign, digits) = match token.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok().filter(|_| hours < 24 && minutes < 60)
}

/// Two digits are of 1950 to 2049, three are behind 1900 (RFC 5322 4.3).
fn year_of(digits: &str) -> Option<i16> {
    let year: i16 = digits.parse().ok()?;
    match digits.len() {
        2 if year < 50 => Some(year + 2000),
        2 | 3 => Some(year + 1900),
        4 => Some(year),
        _ => None,
    }
}

fn month_of(token: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let name = token.get(..3)?.to_ascii_lowercase();
    let number = MONTHS.iter().position(|month| *month == name)?;
    i8::try_from(number + 1).ok()
}
