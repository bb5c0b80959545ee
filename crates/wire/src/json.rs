//! Writes JSON text by hand: the same bytes for the same value, no tree, no second pass.

use counterfoil_model::{Instant, Reading, Value};
use jiff::Timestamp;
use std::fmt::Write as _;

/// Writes `text` as a JSON string. Only `"`, `\` and the control characters below U+0020 are escaped, as RFC 8259 demands.
pub(crate) fn push_text(out: &mut String, text: &str) {
    /// Bytes looked at together; most of a text needs no escape, and this many are compared at once.
    const BLOCK: usize = 32;
    out.push('"');
    let mut clean_from = 0;
    for (block, bytes) in text.as_bytes().chunks(BLOCK).enumerate() {
        if !bytes.iter().fold(false, |found, byte| found | (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\')) {
            continue;
        }
        for (at, byte) in (block * BLOCK..).zip(bytes) {
            let escape = match byte {
                b'"' => "\\\"",
                b'\\' => "\\\\",
                b'\n' => "\\n",
                b'\r' => "\\r",
                b'\t' => "\\t",
                0..0x20 => "\\u00",
                _ => continue,
            };
            out.push_str(&text[clean_from..at]);
            out.push_str(escape);
            if escape.len() == 4 {
                let _ = write!(out, "{byte:02x}");
            }
            clean_from = at + 1;
        }
    }
    out.push_str(&text[clean_from..]);
    out.push('"');
}

/// Writes `,"name":`. Names are ours and need no escapes.
pub(crate) fn push_member(out: &mut String, name: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
}

/// Writes `,"name":"text"`.
pub(crate) fn push_text_member(out: &mut String, name: &str, text: &str) {
    push_member(out, name);
    push_text(out, text);
}

/// Writes a whole number.
pub(crate) fn push_integer(out: &mut String, number: i64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).expect("a remainder of 10 is a digit");
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push('-');
    }
    out.push_str(std::str::from_utf8(&digits[at..]).expect("digits are ASCII"));
}

/// Writes a moment in quotes: RFC 3339, UTC, `Z`, as many decimals as it has.
pub(crate) fn push_timestamp(out: &mut String, moment: Timestamp) {
    let (mut second, mut nanosecond) = (moment.as_second(), moment.subsec_nanosecond());
    if nanosecond < 0 {
        second -= 1;
        nanosecond += 1_000_000_000;
    }
    let day_second = second.rem_euclid(86_400);
    let (year, month, day) = civil_date(second.div_euclid(86_400));
    if !(0..=9999).contains(&year) {
        let _ = write!(out, "\"{moment}\"");
        return;
    }
    let mut text = *b"\"0000-00-00T00:00:00";
    let mut put = |at: usize, number: i64, width: usize| {
        let mut rest = number;
        for digit in text[at..at + width].iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).expect("a remainder of 10 is a digit");
            rest /= 10;
        }
    };
    put(1, year, 4);
    put(6, month, 2);
    put(9, day, 2);
    put(12, day_second / 3600, 2);
    put(15, day_second / 60 % 60, 2);
    put(18, day_second % 60, 2);
    out.push_str(std::str::from_utf8(&text).expect("digits are ASCII"));
    if nanosecond != 0 {
        let decimals = format!("{nanosecond:09}");
        out.push('.');
        out.push_str(decimals.trim_end_matches('0'));
    }
    out.push_str("Z\"");
}

/// Year, month and day of a day counted from 1970-01-01 (Howard Hinnant's `civil_from_days`).
fn civil_date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Writes an offset in quotes: `"Z"`, `"+02:00"`, `"-00:25:21"`.
pub(crate) fn push_offset(out: &mut String, offset_secs: i32) {
    if offset_secs == 0 {
        out.push_str("\"Z\"");
        return;
    }
    let sign = if offset_secs < 0 { '-' } else { '+' };
    let secs = offset_secs.unsigned_abs();
    let _ = write!(out, "\"{sign}{:02}:{:02}", secs / 3600, secs / 60 % 60);
    if !secs.is_multiple_of(60) {
        let _ = write!(out, ":{:02}", secs % 60);
    }
    out.push('"');
}

/// Reads what [`push_offset`] wrote, without the quotes.
pub(crate) fn parse_offset(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let mut secs: i64 = 0;
    let mut unit = 3600;
    for part in digits.split(':') {
        if unit == 0 || part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        secs += part.parse::<i64>().ok()?.checked_mul(unit)?;
        unit /= 60;
    }
    i32::try_from(sign * secs).ok()
}

/// Writes readings as members of an object that has members already: known values plain, then what could not be
/// understood under `unknown`, then the offsets that the source wrote under `offsets`. Missing readings leave no trace.
pub(crate) fn push_readings<'a>(out: &mut String, readings: impl Iterator<Item = (&'static str, &'a Reading)> + Clone) {
    let (mut has_unknown, mut has_offset) = (false, false);
    for (name, reading) in readings.clone() {
        match reading {
            Reading::Known(value) => {
                push_member(out, name);
                push_value(out, value);
                has_offset |= offset(reading).is_some();
            }
            Reading::Missing => {}
            Reading::Unmapped(_) | Reading::Unreadable(_) => has_unknown = true,
        }
    }
    if has_unknown {
        let mut separator = ",\"unknown\":{\"";
        for (name, reading) in readings.clone() {
            if let Reading::Unmapped(raw) | Reading::Unreadable(raw) = reading {
                out.push_str(separator);
                out.push_str(name);
                out.push_str("\":{\"why\":\"");
                out.push_str(reading.name());
                out.push('"');
                push_text_member(out, "raw", raw);
                out.push('}');
                separator = ",\"";
            }
        }
        out.push('}');
    }
    if has_offset {
        let mut separator = ",\"offsets\":{\"";
        for (name, reading) in readings {
            if let Some(offset_secs) = offset(reading) {
                out.push_str(separator);
                out.push_str(name);
                out.push_str("\":");
                push_offset(out, offset_secs);
                separator = ",\"";
            }
        }
        out.push('}');
    }
}

fn push_value(out: &mut String, value: &Value) {
    match value {
        Value::Text(text) => push_text(out, text),
        Value::Integer(number) => push_integer(out, *number),
        Value::Decimal(number) => push_text(out, &number.to_string()),
        Value::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Instant(instant) => push_timestamp(out, instant.at),
        Value::Word(word) => push_text(out, word),
        Value::Party(party) => push_text(out, party.as_str()),
    }
}

fn offset(reading: &Reading) -> Option<i32> {
    match reading {
        Reading::Known(Value::Instant(Instant { offset_secs, .. })) => *offset_secs,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut String)) -> String {
        let mut out = String::new();
        write(&mut out);
        out
    }

    proptest! {
        #[test]
        fn moments_are_written_as_jiff_writes_them(
            second in Timestamp::MIN.as_second()..=Timestamp::MAX.as_second(),
            nanosecond in prop_oneof![Just(0), Just(500_000_000), 0..1_000_000_000_i32],
        ) {
            prop_assume!(second < Timestamp::MAX.as_second());
            let moment = Timestamp::new(second, nanosecond).unwrap();
            prop_assert_eq!(written(|out| push_timestamp(out, moment)), format!("\"{moment}\""));
        }

        #[test]
        fn text_comes_back(text in any::<String>()) {
            let json = written(|out| push_text(out, &text));
            prop_assert_eq!(&serde_json::from_str::<String>(&json).unwrap(), &text);
            prop_assert!(json.bytes().all(|byte| byte >= 0x20));
        }

        #[test]
        fn integers_and_offsets_come_back(number in any::<i64>(), offset in any::<i32>()) {
            prop_assert_eq!(written(|out| push_integer(out, number)), number.to_string());
            let json = written(|out| push_offset(out, offset));
            prop_assert_eq!(parse_offset(json.trim_matches('"')), Some(offset));
        }
    }

    #[test]
    fn offsets_that_nobody_wrote_are_refused() {
        for text in ["", "02:00", "+", "+2:", "+02:00:00:00", "+0x:00", "Ω"] {
            assert_eq!(parse_offset(text), None, "{text}");
        }
    }
}
