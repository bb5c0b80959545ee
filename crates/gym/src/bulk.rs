//! Very many snapshots of incidents, streamed: for tests of crashes and memory, and for benches.
//!
//! Nothing of it is held: every record is computed from the seed and its position.

use std::io::{self, Write};

/// What a reader should find of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkRecord {
    /// Its position, counted from 0.
    pub at: u64,
    /// Unix seconds.
    pub opened_secs: i64,
    /// Unix seconds; set when the state is resolved or closed.
    pub resolved_secs: Option<i64>,
    /// Unix seconds; set when the state is closed.
    pub closed_secs: Option<i64>,
    /// ServiceNow's code of the state: 1, 2, 3, 6, 7 or 8.
    pub state_code: u8,
    sys_id: [u8; 32],
    number: [u8; 11],
}

impl BulkRecord {
    /// The immutable id, 32 hexadecimal digits, unique within a seed.
    pub fn sys_id(&self) -> &str {
        ascii(&self.sys_id)
    }

    /// The key that people use, `INC` and eight digits.
    pub fn number(&self) -> &str {
        ascii(&self.number)
    }

    /// The canonical state.
    pub fn state(&self) -> &'static str {
        match self.state_code {
            1 => "new",
            2 => "in_progress",
            3 => "on_hold",
            6 => "resolved",
            7 => "closed",
            _ => "cancelled",
        }
    }
}

/// The records of this seed, in the order in which [`jsonl`] writes them.
pub fn records(seed: u64, n: u64) -> impl Iterator<Item = BulkRecord> {
    (0..n).map(move |at| record(seed, at))
}

/// Writes `n` snapshots as JSON lines in the form of nordlicht's exports (`sys_id`, `number`, `state`, `opened_at`,
/// `sys_updated_on` …). A record has about `bytes_per_record` bytes, half more or less, and never fewer than some 950.
///
/// Memory does not depend on `n`. Gives the number of bytes written.
pub fn jsonl(seed: u64, n: u64, out: impl Write, bytes_per_record: usize) -> io::Result<u64> {
    let mut writer =
        Lines { out, line: Vec::with_capacity(2 * bytes_per_record + 2_048), prose: prose(seed), written: 0 };
    for at in 0..n {
        writer.record(seed, at, bytes_per_record)?;
    }
    writer.out.flush()?;
    Ok(writer.written)
}

/// 2024-01-01T00:00Z, and how far apart two records are opened.
const START_SECS: i64 = 1_704_067_200;
const STEP_SECS: i64 = 37;
/// By a draw below 16: about two thirds are closed, as in a tool that has been used for years.
const STATES: [u8; 16] = [7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 6, 2, 3, 1];

/// A bijection of 64 bits (the finaliser of SplitMix64), so that different positions never share an id.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn record(seed: u64, at: u64) -> BulkRecord {
    let salt = mix(seed);
    let high = mix(at ^ salt);
    let draw = mix(high ^ 1);
    let mut sys_id = [0; 32];
    hex(&mut sys_id[..16], high);
    hex(&mut sys_id[16..], mix(draw));
    let mut number = *b"INC00000000";
    digits(&mut number[3..], at % 100_000_000);
    let state_code = if draw & 0x3ff == 0 { 8 } else { STATES[(draw >> 10) as usize & 15] };
    let opened_secs = START_SECS + at as i64 * STEP_SECS;
    // From some minutes to some weeks, most of them short: the product of two even draws.
    let span_secs = 300 + ((draw >> 16) & 0x7ff) as i64 * ((draw >> 28) & 0x3ff) as i64;
    let resolved_secs = matches!(state_code, 6 | 7).then_some(opened_secs + span_secs);
    let closed_secs = (state_code == 7).then_some(opened_secs + span_secs + 5 * 86_400);
    BulkRecord { at, opened_secs, resolved_secs, closed_secs, state_code, sys_id, number }
}

struct Lines<W> {
    out: W,
    line: Vec<u8>,
    prose: Vec<u8>,
    written: u64,
}

impl<W: Write> Lines<W> {
    fn record(&mut self, seed: u64, at: u64, bytes: usize) -> io::Result<()> {
        let record = record(seed, at);
        let draw = mix(at ^ mix(seed ^ 7));
        self.line.clear();
        self.line.push(b'{');
        self.text("sys_id", &record.sys_id);
        self.text("number", &record.number);
        self.constant(r#""sys_class_name":"incident","#);
        self.code("state", record.state_code);
        self.code("incident_state", record.state_code);
        self.text("hold_reason", if record.state_code == 3 { b"1" } else { b"" });
        let title = TITLES[(draw & 15) as usize];
        self.text("short_description", title.as_bytes());
        self.text("category", [b"network", b"serverx", b"storage", b"inquiry"][(draw >> 4) as usize & 3]);
        self.constant(r#""subcategory":"","#);
        self.text("contact_type", [&b"phone"[..], b"email", b"self-service", b"phone"][(draw >> 6) as usize & 3]);
        let (impact, urgency) = (1 + (draw >> 8) as u8 % 3, 1 + (draw >> 16) as u8 % 3);
        self.code("impact", impact);
        self.code("urgency", urgency);
        self.code("priority", (impact + urgency - 1).min(5));
        self.constant(r#""business_service":"Virtual Servers","cmdb_ci":"","company":"Hansa Logistik AG","#);
        self.text("assignment_group", GROUPS[(draw >> 24) as usize & 3].as_bytes());
        self.text("assigned_to", PEOPLE[(draw >> 26) as usize & 7].as_bytes());
        self.moment("opened_at", Some(record.opened_secs));
        self.moment("sys_created_on", Some(record.opened_secs + 60));
        let updated = record.closed_secs.or(record.resolved_secs).unwrap_or(record.opened_secs + 120);
        self.moment("sys_updated_on", Some(updated));
        self.constant(r#""sys_created_by":"desk","sys_updated_by":"desk","#);
        self.code("sys_mod_count", (draw >> 32) as u8 % 10);
        self.text("active", if record.state_code < 7 { b"true" } else { b"false" });
        self.text("made_sla", if (draw >> 36) & 7 == 0 { b"false" } else { b"true" });
        self.code("reassignment_count", (draw >> 40) as u8 % 4);
        self.code("reopen_count", u8::from((draw >> 44) & 31 == 0));
        self.moment("resolved_at", record.resolved_secs);
        self.text("resolved_by", if record.resolved_secs.is_some() { b"Anke Petersen" } else { b"" });
        self.text("close_code", if record.resolved_secs.is_some() { b"Solved (Permanently)" } else { b"" });
        self.moment("closed_at", record.closed_secs);
        self.constant(r#""problem_id":"","rfc":"","parent_incident":"","caused_by":"","description":""#);
        let wanted = bytes / 2 + (draw >> 48) as usize * bytes / 65_536;
        let mut left = wanted.saturating_sub(self.line.len() + 3);
        let mut from = (draw >> 12) as usize % (PROSE_BYTES / 2);
        while left > 0 {
            let part = left.min(PROSE_BYTES - from);
            self.line.extend_from_slice(&self.prose[from..from + part]);
            left -= part;
            from = 0;
        }
        self.line.extend_from_slice(b"\"}\n");
        self.written += self.line.len() as u64;
        self.out.write_all(&self.line)
    }

    fn name(&mut self, name: &str) {
        self.line.push(b'"');
        self.line.extend_from_slice(name.as_bytes());
        self.line.extend_from_slice(b"\":\"");
    }

    fn text(&mut self, name: &str, value: &[u8]) {
        self.name(name);
        self.line.extend_from_slice(value);
        self.line.extend_from_slice(b"\",");
    }

    fn code(&mut self, name: &str, value: u8) {
        self.text(name, &[b'0' + value]);
    }

    fn moment(&mut self, name: &str, secs: Option<i64>) {
        match secs {
            Some(secs) => self.text(name, &table(secs)),
            None => self.text(name, b""),
        }
    }

    fn constant(&mut self, text: &str) {
        self.line.extend_from_slice(text.as_bytes());
    }
}

/// `YYYY-MM-DD HH:MM:SS` of Unix seconds after 1970, by Howard Hinnant's `civil_from_days`: a general formatter
/// would be the slowest part here.
pub(crate) fn table(secs: i64) -> [u8; 19] {
    let (days, second) = (secs as u64 / 86_400, secs as u64 % 86_400);
    let z = days + 719_468;
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let mut text = *b"0000-00-00 00:00:00";
    digits(&mut text[0..4], year);
    digits(&mut text[5..7], month);
    digits(&mut text[8..10], day);
    digits(&mut text[11..13], second / 3_600);
    digits(&mut text[14..16], second / 60 % 60);
    digits(&mut text[17..19], second % 60);
    text
}

fn digits(place: &mut [u8], mut value: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

pub(crate) fn hex(place: &mut [u8], mut value: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(value & 15) as usize];
        value >>= 4;
    }
}

fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("digits are text")
}

pub(crate) const PROSE_BYTES: usize = 64 * 1024;

/// Words that need no escaping in JSON, in an order that depends on the seed.
pub(crate) fn prose(seed: u64) -> Vec<u8> {
    let mut prose = Vec::with_capacity(PROSE_BYTES + 16);
    let mut at = mix(seed);
    while prose.len() < PROSE_BYTES {
        at = mix(at);
        prose.extend_from_slice(WORDS[at as usize & 31].as_bytes());
        prose.push(if at >> 60 == 0 { b'.' } else { b' ' });
    }
    prose.truncate(PROSE_BYTES);
    prose
}

const WORDS: [&str; 32] = [
    "the",
    "user",
    "reports",
    "that",
    "server",
    "is",
    "not",
    "reachable",
    "since",
    "restart",
    "checked",
    "log",
    "and",
    "found",
    "error",
    "again",
    "network",
    "cable",
    "replaced",
    "waiting",
    "for",
    "answer",
    "of",
    "customer",
    "updated",
    "driver",
    "disk",
    "full",
    "mail",
    "was",
    "sent",
    "please",
];

const TITLES: [&str; 16] = [
    "Server does not answer",
    "Disk is full",
    "Cannot log in",
    "Mail is late",
    "Backup failed",
    "VPN disconnects",
    "Printer offline",
    "Page loads slowly",
    "Certificate expires",
    "Database locked",
    "No dial tone",
    "Switch drops packets",
    "Wrong figures in report",
    "Laptop does not start",
    "Token lost",
    "Time is wrong on host",
];

const GROUPS: [&str; 4] = ["Service Desk", "Server Operations", "Storage", "Network Operations"];
const PEOPLE: [&str; 8] =
    ["Anke Petersen", "Timo Jansen", "Mei Chen", "Lars Brandt", "Priya Nair", "Tom Hadley", "Rita Kovacs", ""];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::HashSet;

    fn lines(seed: u64, n: u64, bytes: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let written = jsonl(seed, n, &mut out, bytes).unwrap();
        assert_eq!(written, out.len() as u64);
        out
    }

    #[test]
    fn lines_are_json_and_say_what_the_records_say() {
        let out = lines(5, 3_000, 2_000);
        let text = std::str::from_utf8(&out).unwrap();
        let mut ids = HashSet::new();
        let mut states = HashSet::new();
        let mut count = 0;
        for (line, record) in text.lines().zip(records(5, 3_000)) {
            let json: Value = serde_json::from_str(line).unwrap();
            let of = |name: &str| json[name].as_str().unwrap().to_owned();
            let moment = |secs: Option<i64>| {
                secs.map_or(String::new(), |secs| {
                    jiff::Timestamp::from_second(secs).unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string()
                })
            };
            assert_eq!(of("sys_id"), record.sys_id());
            assert_eq!(of("number"), record.number());
            assert_eq!(of("state"), record.state_code.to_string());
            assert_eq!(of("opened_at"), moment(Some(record.opened_secs)));
            assert_eq!(of("resolved_at"), moment(record.resolved_secs));
            assert_eq!(of("closed_at"), moment(record.closed_secs));
            ids.insert(of("sys_id"));
            states.insert(record.state());
            count += 1;
        }
        assert_eq!((count, ids.len()), (3_000, 3_000));
        assert_eq!(states.len(), 6, "{states:?}");
    }

    #[test]
    fn sizes_are_about_what_was_asked_for() {
        for wanted in [1_000, 3_000, 7_000] {
            let mean = lines(1, 2_000, wanted).len() / 2_000;
            assert!((wanted * 9 / 10..wanted * 13 / 10).contains(&mean), "{wanted}: {mean}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_a_prefix_is_a_prefix() {
        let long = lines(9, 500, 1_500);
        assert!(long.starts_with(&lines(9, 200, 1_500)));
        assert_ne!(long, lines(10, 500, 1_500));
    }
}
