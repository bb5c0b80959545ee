//! Looks at the structure of a mail line by line, before anything is built from it: a bomb is refused here, in one pass and
//! without memory that grows with it.

use super::Refused;
use crate::record::Limits;
use std::collections::HashSet;

/// Boundaries that a mail may declare. Each costs the parser a search through the rest of the mail.
const MOST_BOUNDARIES: usize = 100;

/// A media type of the same length that no parser opens.
const SEALED: &[u8; 14] = b"application/x1";

/// Refuses what goes beyond the limits. Gives a copy of the mail where a mail within it is encoded, with that one's media type
/// replaced: what is inside an encoding cannot be looked at here, so it stays closed.
pub(crate) fn look(bytes: &[u8], limits: &Limits) -> Result<Option<Vec<u8>>, Refused> {
    let mut seen = Seen::new(limits);
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        seen.line(at, line)?;
        at += line.len();
    }
    seen.end_of_block();
    if seen.sealed.is_empty() {
        return Ok(None);
    }
    let mut copy = bytes.to_vec();
    for at in seen.sealed {
        copy[at..at + SEALED.len()].copy_from_slice(SEALED);
    }
    Ok(Some(copy))
}

struct Seen<'a> {
    limits: &'a Limits,
    boundaries: HashSet<Vec<u8>>,
    /// Lines with a boundary.
    parts: usize,
    /// Mails in mails.
    nested: usize,
    in_header: bool,
    header_bytes: usize,
    header_fields: usize,
    /// Since the last empty line: where a mail within the mail is announced, and whether something is said to be encoded.
    message_at: Option<usize>,
    is_encoded: bool,
    sealed: Vec<usize>,
}

impl<'a> Seen<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            boundaries: HashSet::new(),
            parts: 0,
            nested: 0,
            in_header: true,
            header_bytes: 0,
            header_fields: 0,
            message_at: None,
            is_encoded: false,
            sealed: Vec::new(),
        }
    }

    fn line(&mut self, at: usize, line: &[u8]) -> Result<(), Refused> {
        if line.iter().all(u8::is_ascii_whitespace) {
            // Below the header of a mail in the mail stands its own.
            self.in_header = self.in_header && self.message_at.is_some();
            self.begin_header();
            self.end_of_block();
            return Ok(());
        }
        if line.starts_with(b"--") && self.is_boundary(line) {
            self.parts += 1;
            self.in_header = true;
            self.begin_header();
            self.end_of_block();
            return self.check("email::too-many-parts", "parts", self.parts, self.limits.parts);
        }
        if self.in_header {
            self.header_bytes += line.len();
            self.check("email::header-too-large", "bytes in one header", self.header_bytes, self.limits.header_bytes)?;
            self.header_fields += usize::from(!line[0].is_ascii_whitespace());
            self.check(
                "email::header-too-large",
                "fields in one header",
                self.header_fields,
                self.limits.header_fields,
            )?;
        }
        self.announcements(at, line)
    }

    /// What a line says about what follows. Lines of a text may look the same: they count too, and harm nothing.
    fn announcements(&mut self, at: usize, line: &[u8]) -> Result<(), Refused> {
        let line = &line[..line.len().min(2000)];
        if let Some(place) = find(line, b"boundary")
            && let Some(boundary) = value_of(&line[place + 8..])
        {
            self.boundaries.insert(boundary.to_vec());
            self.check("email::too-many-parts", "boundaries", self.boundaries.len(), MOST_BOUNDARIES)?;
        }
        let announced = find(line, b"message/rfc822").or_else(|| find(line, b"message/global"));
        if let Some(place) = announced {
            self.nested += 1;
            self.message_at = Some(at + place);
            self.check("email::too-many-parts", "mails in the mail", self.nested, self.limits.parts)?;
        }
        if line.len() > 26 && line[..26].eq_ignore_ascii_case(b"content-transfer-encoding:") {
            let value = line[26..].trim_ascii();
            self.is_encoded = value.eq_ignore_ascii_case(b"base64") || value.eq_ignore_ascii_case(b"quoted-printable");
        }
        Ok(())
    }

    fn begin_header(&mut self) {
        (self.header_bytes, self.header_fields) = (0, 0);
    }

    fn end_of_block(&mut self) {
        if let Some(at) = self.message_at.take().filter(|_| self.is_encoded) {
            self.sealed.push(at);
        }
        self.is_encoded = false;
    }

    fn is_boundary(&self, line: &[u8]) -> bool {
        let line = line[2..].trim_ascii_end();
        self.boundaries.contains(line) || line.strip_suffix(b"--").is_some_and(|line| self.boundaries.contains(line))
    }

    fn check(&self, code: &'static str, what: &str, found: usize, most: usize) -> Result<(), Refused> {
        if found <= most {
            return Ok(());
        }
        Err(Refused { code, reason: format!("the mail has more than {most} {what}, which no true mail has") })
    }
}

/// Where `word` (lower case) stands in a line, in whatever case.
fn find(line: &[u8], word: &[u8]) -> Option<usize> {
    let (lower, upper) = (word[0], word[0].to_ascii_uppercase());
    memchr::memchr2_iter(lower, upper, line)
        .find(|at| line.get(*at..*at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word)))
}

/// `="abc"`, `=abc;`, ` = abc`
fn value_of(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = match rest.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|byte| *byte == b'"').next()?,
        None => rest.split(|byte| *byte == b';' || byte.is_ascii_whitespace()).next()?,
    };
    (!value.is_empty()).then_some(value)
}
