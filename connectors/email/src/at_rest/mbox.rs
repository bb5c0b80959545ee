//! The mails of an mbox file, one after the other, however large the file is.
//!
//! A mail begins with a line `From <sender> <date>` at the beginning of the file or after an empty line, and ends before the
//! next. Lines of the mail that begin with `From ` were quoted with `>` when it was put there: one `>` is taken away
//! (mboxrd; what mboxo and mboxcl write is read alike). The bytes of a mail are those without that line, without quotes, and
//! without the line end that separates it from the next.

use std::io::{self, BufRead};

/// Lines longer than this are looked at in pieces; only their beginning can be a separator.
const PIECE: usize = 64 << 10;

/// A mail as it stands in the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where its `From ` line begins, in bytes.
    pub(crate) at: u64,
    /// Where the next begins, or the file ends.
    pub(crate) end: u64,
    /// Its bytes, or the first of them where there are more than `most`.
    pub(crate) bytes: Vec<u8>,
    /// How many there are.
    pub(crate) size: u64,
}

/// Reads mail after mail.
pub(crate) struct Mbox<R> {
    reader: R,
    /// Where the reader stands.
    at: u64,
    most: usize,
    /// The separator that was read already, with its place.
    begun: Option<u64>,
    /// Whether the last line ended, and was empty.
    line_ended: bool,
    after_empty: bool,
}

impl<R: BufRead> Mbox<R> {
    /// From `at` on, which is the beginning of a mail. Of each mail at most `most` bytes are kept.
    pub(crate) fn new(reader: R, at: u64, most: usize) -> Self {
        Self { reader, at, most, begun: None, line_ended: true, after_empty: true }
    }

    /// The next mail; `None` at the end of the file, and where the file does not go on with the beginning of a mail.
    pub(crate) fn next(&mut self) -> io::Result<Option<Found>> {
        let mut piece = Vec::with_capacity(256);
        let at = match self.begun.take() {
            Some(at) => at,
            None => {
                let at = self.at;
                if !self.piece(&mut piece)? || !is_separator(&piece) {
                    return Ok(None);
                }
                self.skip_line(&mut piece)?;
                at
            }
        };
        (self.line_ended, self.after_empty) = (true, false);
        let mut found = Found { at, end: self.at, bytes: Vec::new(), size: 0 };
        loop {
            let (begins, here) = (self.line_ended, self.at);
            if !self.piece(&mut piece)? {
                found.end = self.at;
                break;
            }
            if begins && self.after_empty && is_separator(&piece) {
                self.skip_line(&mut piece)?;
                self.begun = Some(here);
                found.end = here;
                break;
            }
            let quoted = begins && is_quoted(&piece);
            found.take(&piece[usize::from(quoted)..], self.most);
            // What is not kept is not copied: a line may have a gigabyte.
            if !self.line_ended && found.bytes.len() == self.most {
                found.size += self.pass_over_line()?;
            }
            self.after_empty = begins && matches!(piece.as_slice(), b"\n" | b"\r\n");
        }
        if self.after_empty && found.size > 0 {
            found.drop_separating_line();
        }
        Ok(Some(found))
    }

    /// The next line, or the next piece of a long one; false at the end of the file.
    fn piece(&mut self, piece: &mut Vec<u8>) -> io::Result<bool> {
        piece.clear();
        while piece.len() < PIECE {
            let available = self.reader.fill_buf()?;
            if available.is_empty() {
                break;
            }
            let room = &available[..available.len().min(PIECE - piece.len())];
            let end = memchr::memchr(b'\n', room).map(|at| at + 1);
            let taken = end.unwrap_or(room.len());
            piece.extend_from_slice(&room[..taken]);
            self.reader.consume(taken);
            self.at += taken as u64;
            if end.is_some() {
                break;
            }
        }
        self.line_ended = piece.ends_with(b"\n");
        Ok(!piece.is_empty())
    }

    /// Passes over the rest of the line; how many bytes it has.
    fn pass_over_line(&mut self) -> io::Result<u64> {
        let before = self.at;
        while !self.line_ended {
            let available = self.reader.fill_buf()?;
            if available.is_empty() {
                break;
            }
            let end = memchr::memchr(b'\n', available).map(|at| at + 1);
            let taken = end.unwrap_or(available.len());
            self.line_ended = end.is_some();
            self.reader.consume(taken);
            self.at += taken as u64;
        }
        Ok(self.at - before)
    }

    fn skip_line(&mut self, piece: &mut Vec<u8>) -> io::Result<()> {
        while !self.line_ended && self.piece(piece)? {}
        Ok(())
    }
}

impl Found {
    fn take(&mut self, piece: &[u8], most: usize) {
        self.size += piece.len() as u64;
        let room = most.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    /// The empty line before the next mail, or before the end, belongs to the file.
    fn drop_separating_line(&mut self) {
        let is_whole = self.bytes.len() as u64 == self.size;
        let line = if self.bytes.ends_with(b"\r\n") { 2 } else { 1 };
        self.size -= line as u64;
        if is_whole {
            self.bytes.truncate(self.bytes.len() - line);
        }
    }
}

/// `From somebody@somewhere Mon Jan  1 00:00:00 2026`: a sender, and a time of day somewhere behind it. Without the time it
/// is a line of a mail that nobody quoted.
fn is_separator(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let rest = &rest[..rest.len().min(400)];
    let is_time = |word: &[u8]| {
        let digit = |at: usize| word.get(at).is_some_and(u8::is_ascii_digit);
        word.len() >= 5 && digit(0) && digit(1) && word[2] == b':' && digit(3) && digit(4)
    };
    rest.split(|byte| byte.is_ascii_whitespace()).skip(1).any(is_time)
}

/// `>From `, `>>From ` …
fn is_quoted(line: &[u8]) -> bool {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    quotes > 0 && line[quotes..].starts_with(b"From ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn read(text: &[u8], most: usize, buffer: usize) -> Vec<Found> {
        let mut mbox = Mbox::new(BufReader::with_capacity(buffer, text), 0, most);
        std::iter::from_fn(|| mbox.next().unwrap()).collect()
    }

    const TWO: &[u8] =
        b"From a@b Mon Jan  5 10:00:00 2026\nSubject: 1\n\nText\n\nFrom here on it is text\n>From quoted\n>>From \
        quoted twice\n\nFrom c@d Mon Jan  5 10:00:01 2026 +0100\nSubject: 2\n\nEnd\n";

    #[test]
    fn mails_are_told_apart_and_unquoted() {
        for buffer in [1, 7, 8192] {
            let found = read(TWO, 1 << 20, buffer);
            assert_eq!(found.len(), 2);
            let first = b"Subject: 1\n\nText\n\nFrom here on it is text\nFrom quoted\n>From quoted twice\n";
            assert_eq!(found[0].bytes, first, "{buffer}");
            assert_eq!(found[1].bytes, b"Subject: 2\n\nEnd\n");
            assert_eq!((found[0].at, found[0].end, found[1].end), (0, found[1].at, TWO.len() as u64));
            assert_eq!(found[0].size, first.len() as u64);
        }
    }

    #[test]
    fn a_line_that_is_longer_than_what_is_kept_is_counted_whole() {
        let long = format!("From a 10:00\n{}\nend\n\nFrom b 10:00\nA: c\n", "x".repeat(200_000));
        for (most, buffer) in [(5, 7), (5, 8192), (100_000, 8192), (1 << 20, 64)] {
            let found = read(long.as_bytes(), most, buffer);
            assert_eq!(found[0].size, 200_005, "{most}");
            assert_eq!(found[0].bytes.len(), most.min(200_005));
            assert_eq!(found[1].bytes[..most.min(5)], b"A: c\n"[..]);
        }
    }

    #[test]
    fn carriage_returns_are_kept_and_the_separating_line_is_not() {
        let found = read(b"From a 10:00\r\nA: b\r\n\r\nText\r\n\r\nFrom b 10:00\r\nA: c\r\n\r\nText\r\n\r\n", 99, 64);
        assert_eq!(found[0].bytes, b"A: b\r\n\r\nText\r\n");
        assert_eq!(found[1].bytes, b"A: c\r\n\r\nText\r\n");
    }

    #[test]
    fn what_is_no_beginning_of_a_mail_is_none() {
        assert_eq!(read(b"Subject: 1\n\nText\n", 99, 64), []);
        assert_eq!(read(b"", 99, 64), []);
        assert_eq!(read(b"From a@b without a time\n\nText\n", 99, 64), []);
    }

    #[test]
    fn a_mail_beyond_the_limit_is_measured_and_not_kept() {
        let mut text = b"From a@b 10:00:00\nA: b\n\n".to_vec();
        text.resize(text.len() + 3 * PIECE, b'x');
        text.extend_from_slice(b"\n\nFrom a@b 10:00:00\nA: c\n");
        let found = read(&text, 100, 8192);
        assert_eq!((found[0].bytes.len(), found[0].size), (100, 6 + 3 * PIECE as u64 + 1));
        assert_eq!(found[1].bytes, b"A: c\n");
    }

    #[test]
    fn a_separator_in_the_middle_of_a_long_line_is_none() {
        let mut text = b"From a@b 10:00:00\nA: b\n\n".to_vec();
        text.resize(text.len() + PIECE, b'x');
        text.extend_from_slice(b"From a@b 10:00:00\n");
        assert_eq!(read(&text, 1 << 20, 8192).len(), 1);
    }
}
