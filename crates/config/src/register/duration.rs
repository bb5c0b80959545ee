//! Durations with their units, `4 hours` or `1 hour 30 minutes`, to seconds. Never months, which have no length.

/// Longer than any agreement.
const MOST_SECS: i64 = 200 * 366 * 86_400;

const UNITS: &[(&[&str], i64)] = &[
    (&["s", "sec", "second", "seconds"], 1),
    (&["min", "minute", "minutes"], 60),
    (&["h", "hour", "hours"], 3_600),
    (&["d", "day", "days"], 86_400),
    (&["w", "week", "weeks"], 7 * 86_400),
];

/// A duration that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Duration {
    pub(crate) secs: i64,
    /// Whether days or weeks are among its units, which business time does not have.
    pub(crate) in_days: bool,
}

/// Whole numbers and units, without white space between them or with it; nothing that is zero or longer than 200 years.
pub(crate) fn read(text: &str) -> Option<Duration> {
    let mut duration = Duration { secs: 0, in_days: false };
    let mut rest = text.trim();
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..unit_at].parse().ok()?;
        let behind = rest[unit_at..].trim_start();
        let end = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (_, secs) = UNITS.iter().find(|(names, _)| names.contains(&behind[..end].to_ascii_lowercase().as_str()))?;
        duration.secs = number.checked_mul(*secs)?.checked_add(duration.secs)?;
        duration.in_days |= *secs >= 86_400;
        rest = behind[end..].trim_start();
    }
    (1..=MOST_SECS).contains(&duration.secs).then_some(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_and_are_seconds() {
        for (text, secs, in_days) in [
            ("4 hours", 14_400, false),
            ("1 hour 30 minutes", 5_400, false),
            ("1h30min", 5_400, false),
            ("90 days", 7_776_000, true),
            ("2 weeks", 1_209_600, true),
            (" 15 S ", 15, false),
        ] {
            assert_eq!(read(text), Some(Duration { secs, in_days }), "{text}");
        }
        for text in ["", "4", "hours", "4 months", "1.5 hours", "-4 hours", "0 s", "99999999999999 weeks", "4 hours 5"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
