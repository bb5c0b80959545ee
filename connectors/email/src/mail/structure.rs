//! The parts of a mail by their places, found line by line with a stack of our own.
//!
//! It never recurses, never decodes and never copies: what is too deep, too many or too long is refused before anything
//! else looks at the mail.

use super::fields::Fields;
use super::{Refused, refuse};
use crate::record::Limits;
use std::ops::Range;

/// One part of a mail, multiparts and nested mails included.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    /// `1.2`: the second part of the first part. Of the mail itself it is empty.
    pub(crate) path: Vec<usize>,
    pub(crate) fields: Fields<'a>,
    /// Lower case, `text/plain` where nothing or nonsense is said.
    pub(crate) content_type: String,
    pub(crate) body: Range<usize>,
    pub(crate) shape: Shape,
    /// The index of the part around it.
    pub(crate) parent: Option<usize>,
    /// How many nested mails are around it.
    pub(crate) within: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Leaf,
    Multipart,
    /// A mail within the mail, whose head and parts follow.
    Message,
}

/// The longest boundary that is looked for; RFC 2046 allows 70 bytes.
const LONGEST_BOUNDARY: usize = 512;

/// What is still open at a line.
struct Open {
    part: usize,
    boundary: Vec<u8>,
    children: usize,
    is_closed: bool,
}

/// Finds all parts. `notes` gets what is odd about them.
pub(crate) fn parts<'a>(
    mail: &'a [u8],
    limits: &Limits,
    notes: &mut Vec<&'static str>,
) -> Result<Vec<Part<'a>>, Refused> {
    let mut found: Vec<Part<'a>> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    // Some exports begin with an empty line.
    let start = mail.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(0);
    let mut at = begin(mail, start, None, Vec::new(), 0, limits, &mut found, &mut open, notes)?;
    while at < mail.len() {
        let end = memchr::memchr(b'\n', &mail[at..]).map_or(mail.len(), |length| at + length + 1);
        let line = &mail[at..end];
        if line.starts_with(b"--")
            && let Some((level, is_close)) = delimiter(line, &open)
        {
            close_above(&mut found, &mut open, level, body_end(mail, at));
            at = end;
            let around = &mut open[level];
            if is_close {
                around.is_closed = true;
                continue;
            }
            around.children += 1;
            let parent = around.part;
            let mut path = found[parent].path.clone();
            path.push(around.children);
            let within = found[parent].within + usize::from(found[parent].shape == Shape::Message);
            // What follows a delimiter belongs to this multipart, whatever was open within it.
            at = begin(mail, at, Some(parent), path, within, limits, &mut found, &mut open, notes)?;
            continue;
        }
        at = end;
    }
    if open.iter().any(|open| !open.is_closed && !open.boundary.is_empty()) {
        notes.push("boundary-not-closed");
    }
    for index in 0..found.len() {
        let has_parts = found.iter().skip(index + 1).any(|part| part.parent == Some(index));
        let part = &mut found[index];
        if part.body.end == usize::MAX {
            part.body.end = mail.len();
        }
        // A multipart whose boundary never comes is a text that somebody can still read.
        if part.shape == Shape::Multipart && !has_parts {
            part.shape = Shape::Leaf;
            notes.push("boundary-missing");
        }
    }
    Ok(found)
}

/// Reads the head of a part that starts at `at`, and opens what it opens: a multipart, a mail within.
#[expect(clippy::too_many_arguments, reason = "the state of one walk, used here and nowhere else")]
fn begin<'a>(
    mail: &'a [u8],
    mut at: usize,
    mut parent: Option<usize>,
    mut path: Vec<usize>,
    mut within: usize,
    limits: &Limits,
    found: &mut Vec<Part<'a>>,
    open: &mut Vec<Open>,
    notes: &mut Vec<&'static str>,
) -> Result<usize, Refused> {
    loop {
        if found.len() >= limits.parts {
            return Err(refuse("email::too-many-parts", format!("the mail has more than {} parts", limits.parts)));
        }
        if path.len() > limits.depth || open.len() > limits.depth {
            return Err(refuse("email::too-deep", format!("parts are nested deeper than {} levels", limits.depth)));
        }
        let is_in_digest = parent.is_some_and(|parent| found[parent].content_type == "multipart/digest");
        let (fields, body) = Fields::scan(mail, at, open.iter().map(|open| open.boundary.as_slice()), limits)?;
        let declared = fields.content_type();
        let content_type = declared.as_ref().map_or_else(
            || if is_in_digest { "message/rfc822" } else { "text/plain" }.to_owned(),
            |declared| declared.name.clone(),
        );
        let boundary = declared
            .as_ref()
            .filter(|_| content_type.starts_with("multipart/"))
            .and_then(|declared| declared.parameter("boundary"))
            .map(|text| text.trim_end().as_bytes().to_vec())
            .filter(|boundary| !boundary.is_empty() && boundary.len() <= LONGEST_BOUNDARY);
        let is_plain = fields.is_not_encoded();
        let shape = match (&boundary, content_type.as_str()) {
            (Some(_), _) => Shape::Multipart,
            (None, "message/rfc822" | "message/global" | "message/rfc822-headers") if is_plain => Shape::Message,
            (None, _) => Shape::Leaf,
        };
        if content_type.starts_with("multipart/") && boundary.is_none() {
            notes.push("boundary-missing");
        }
        let index = found.len();
        found.push(Part { path: path.clone(), fields, content_type, body: body..usize::MAX, shape, parent, within });
        match shape {
            Shape::Leaf => return Ok(body),
            Shape::Multipart => {
                let boundary = boundary.unwrap_or_default();
                open.push(Open { part: index, boundary, children: 0, is_closed: false });
                return Ok(body);
            }
            Shape::Message => {
                // A mail within has one part, itself: its head follows at once.
                (at, parent, within) = (body, Some(index), within + 1);
                path.push(1);
            }
        }
    }
}

/// The innermost open multipart that a line belongs to, and whether it closes it. A closed one is not asked any more.
fn delimiter(line: &[u8], open: &[Open]) -> Option<(usize, bool)> {
    let line = &line[2..];
    open.iter().enumerate().rev().filter(|(_, open)| !open.is_closed).find_map(|(level, open)| {
        let rest = line.strip_prefix(open.boundary.as_slice())?;
        let (rest, is_close) = rest.strip_prefix(b"--").map_or((rest, false), |rest| (rest, true));
        // Some senders go on behind the closing delimiter without a line end.
        (is_close || rest.iter().all(u8::is_ascii_whitespace)).then_some((level, is_close))
    })
}

/// Whether a line ends a head that forgot its empty line.
pub(crate) fn is_delimiter<'b>(line: &[u8], mut boundaries: impl Iterator<Item = &'b [u8]>) -> bool {
    line.strip_prefix(b"--").is_some_and(|line| {
        boundaries.any(|boundary| {
            line.strip_prefix(boundary).is_some_and(|rest| {
                let rest = rest.strip_prefix(b"--").unwrap_or(rest);
                rest.iter().all(u8::is_ascii_whitespace)
            })
        })
    })
}

/// Everything that is still open within the multipart at `level` ends here.
fn close_above(found: &mut [Part<'_>], open: &mut Vec<Open>, level: usize, end: usize) {
    open.truncate(level + 1);
    let around = open[level].part;
    for part in found.iter_mut().skip(around + 1).filter(|part| part.body.end == usize::MAX) {
        part.body.end = end.max(part.body.start);
    }
}

/// The line end before a delimiter belongs to the delimiter.
fn body_end(mail: &[u8], at: usize) -> usize {
    match (at.checked_sub(2).map(|before| mail[before]), at.checked_sub(1).map(|before| mail[before])) {
        (Some(b'\r'), Some(b'\n')) => at - 2,
        (_, Some(b'\n')) => at - 1,
        _ => at,
    }
}
