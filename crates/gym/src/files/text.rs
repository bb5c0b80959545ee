//! How moments are written.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The zone of kumo's tools.
pub(super) fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").expect("the time zone database is built in")
}

/// What a clock in this zone shows.
pub(super) fn local(at: Timestamp, zone: &TimeZone) -> DateTime {
    at.to_zoned_datetime(zone.clone()).datetime()
}

/// `D/M/YYYY HH:MM`, UTC, as the publisher of the real log writes.
pub(super) fn slashes(at: Timestamp) -> String {
    let t = local(at, &TimeZone::UTC);
    format!("{}/{}/{} {:02}:{:02}", t.day(), t.month(), t.year(), t.hour(), t.minute())
}

/// `D.M.YYYY HH:MM`.
pub(super) fn dots(at: Timestamp, zone: &TimeZone) -> String {
    let t = local(at, zone);
    format!("{}.{}.{} {:02}:{:02}", t.day(), t.month(), t.year(), t.hour(), t.minute())
}

/// `YYYY-MM-DD HH:MM:SS`, UTC, as ServiceNow's Table API writes.
pub(super) fn table(at: Timestamp) -> String {
    let t = local(at, &TimeZone::UTC);
    format!("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", t.year(), t.month(), t.day(), t.hour(), t.minute(), t.second())
}

/// windows-1252. `None` when a character is not in it.
pub(crate) fn windows_1252(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|c| match c {
            '€' => Some(0x80),
            '„' => Some(0x84),
            '“' => Some(0x93),
            '”' => Some(0x94),
            '–' => Some(0x96),
            '\u{80}'..='\u{9f}' => None,
            _ => u8::try_from(u32::from(c)).ok(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_each_tool_does() {
        let at = Timestamp::from_second(1_772_859_909).unwrap();
        assert_eq!(slashes(at), "7/3/2026 05:05");
        assert_eq!(table(at), "2026-03-07 05:05:09");
        assert_eq!(dots(at, &berlin()), "7.3.2026 06:05");
    }

    #[test]
    fn windows_1252_is_what_others_decode() {
        let text = "Größe „Müller“ – 5 €\r\n";
        let bytes = windows_1252(text).unwrap();
        assert_eq!(encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes).0, text);
        assert_eq!(windows_1252("\u{202e}"), None);
    }
}
