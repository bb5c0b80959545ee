//! When a mail was sent and received, as it says itself.

use super::fields::Fields;
use super::words;
use jiff::Timestamp;

/// Years that a mail can be from. Clocks that were never set say 1970, clocks that are broken say anything.
const YEARS: std::ops::RangeInclusive<u16> = 1980..=2100;

/// The moment in `Date` and its text.
pub(crate) fn sent(fields: &Fields<'_>, notes: &mut Vec<&'static str>) -> (Option<Timestamp>, Option<String>) {
    let Some(raw) = fields.raw("date") else {
        notes.push("date-missing");
        return (None, None);
    };
    let mut text = words::text(raw, None);
    super::cut(&mut text, 200);
    let moment = moment(raw);
    match moment {
        None => notes.push("date-unreadable"),
        Some(_) if !has_zone(&text) => notes.push("date-zone-missing"),
        Some(_) => {}
    }
    (moment, Some(text))
}

/// When the last server received it: what stands behind the last semicolon of the first `Received`.
pub(crate) fn received(fields: &Fields<'_>) -> Option<Timestamp> {
    let raw = fields.raw("received")?;
    moment(&raw[memchr::memrchr(b';', raw)? + 1..])
}

fn moment(raw: &[u8]) -> Option<Timestamp> {
    let mut date = Fields::date(raw)?;
    // A leap second, and a server that counts to 60.
    date.second = date.second.min(59);
    if !date.is_valid() || !YEARS.contains(&date.year) || date.tz_hour > 23 {
        return None;
    }
    Timestamp::from_second(date.to_timestamp()).ok()
}

/// Whether something behind the time of day says the zone.
fn has_zone(text: &str) -> bool {
    let Some((_, end)) = text.rsplit_once(':') else { return false };
    let end = end.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    end.contains(['+', '-'])
        || end
            .split(['(', ' '])
            .any(|word| word.len() <= 5 && !word.is_empty() && !word.bytes().all(|byte| byte.is_ascii_digit()))
}
