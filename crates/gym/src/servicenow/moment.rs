//! Moments as the tables hold them: `YYYY-MM-DD HH:MM:SS` in UTC. It never knows a zone.

use crate::bulk;

/// Of Unix seconds after 1970.
pub(crate) fn text(secs: i64) -> String {
    String::from_utf8(bulk::table(secs.max(0)).to_vec()).expect("digits are text")
}

/// Unix seconds of a moment or of a day's beginning; `None` for anything else.
pub(crate) fn parse(text: &[u8]) -> Option<i64> {
    let shape: &[u8] = match text.len() {
        10 => b"dddd-dd-dd",
        19 => b"dddd-dd-dd dd:dd:dd",
        _ => return None,
    };
    let fits = |(byte, form): (&u8, &u8)| if *form == b'd' { byte.is_ascii_digit() } else { byte == form };
    if !text.iter().zip(shape).all(fits) {
        return None;
    }
    let number =
        |from: usize, to: usize| text[from..to].iter().fold(0, |sum: i64, digit| sum * 10 + i64::from(digit - b'0'));
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let days = days_from_civil(year, month, day);
    if text.len() == 10 {
        return Some(days * 86_400);
    }
    let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
    (hour < 24 && minute < 60 && second < 60).then_some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Days since 1970-01-01, by Howard Hinnant.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_back_as_they_were() {
        for secs in [0, 951_782_400, 1_709_208_000, 1_782_856_800, 4_102_444_799] {
            assert_eq!(parse(text(secs).as_bytes()), Some(secs));
        }
        assert_eq!(parse(b"2026-06-30"), parse(b"2026-06-30 00:00:00"));
        for wrong in ["", "2026-13-01", "2026-06-30T00:00:00", "2026-06-30 24:00:00", "30/06/2026"] {
            assert_eq!(parse(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
