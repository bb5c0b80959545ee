//! Rows of a CSV text, each with its bytes as they stand in the file, and what is wrong with it.

use crate::problem::{BAD_ENCODING, Bad, CUT_OFF, NUL_BYTE, ROW_TOO_SHORT, ROW_TOO_WIDE};
use crate::text::TextForm;
use csv::{ByteRecord, StringRecord};
use std::io::{self, Read};

/// How the rows of a table are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    pub(crate) form: TextForm,
    /// Whether the first field is the row's number in the sheet that the text was made from.
    pub(crate) is_numbered: bool,
}

/// Where the next row starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowPlace {
    /// Bytes of decoded text before it.
    pub(crate) byte: u64,
    /// Rows before it, the header being one.
    pub(crate) rows: u64,
}

/// Reads one row after the other.
pub(crate) struct Rows {
    reader: csv::Reader<Window>,
    dialect: Dialect,
    record: Option<StringRecord>,
    /// Columns of the header; 0 while the header itself is read.
    width: usize,
    base: RowPlace,
    rows_read: u64,
    started: u64,
}

/// A row that is longer than the limit, which ends the reading of a file.
#[derive(Debug)]
pub(crate) struct RowTooBig;

impl std::fmt::Display for RowTooBig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a row is too big")
    }
}

impl std::error::Error for RowTooBig {}

/// Whether reading failed because of a row that is too big.
pub(crate) fn is_row_too_big(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<RowTooBig>())
}

impl Rows {
    /// Reads from `at`, where `text` starts.
    pub(crate) fn new(
        text: Box<dyn Read + Send>,
        dialect: Dialect,
        at: RowPlace,
        width: usize,
        row_bytes: usize,
    ) -> Self {
        let window = Window { text, kept: Vec::new(), head: 0, start: 0, limit: row_bytes, ended: false };
        let reader = csv::ReaderBuilder::new()
            .delimiter(dialect.delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(BUFFER)
            .from_reader(window);
        Self { reader, dialect, record: Some(StringRecord::new()), width, base: at, rows_read: 0, started: 0 }
    }

    /// Where the next row starts.
    pub(crate) fn place(&self) -> RowPlace {
        RowPlace { byte: self.base.byte + self.reader.position().byte(), rows: self.base.rows + self.rows_read }
    }

    /// `None` at the end; else whether the row is one.
    pub(crate) fn next_row(&mut self) -> io::Result<Option<Result<(), Bad>>> {
        self.started = self.reader.position().byte();
        self.reader.get_mut().forget_before(self.started);
        let mut bytes = self.record.take().unwrap_or_default().into_byte_record();
        let read = self.reader.read_byte_record(&mut bytes).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            other => io::Error::other(format!("{other:?}")),
        });
        if !matches!(read, Ok(true)) {
            self.record = Some(StringRecord::new());
            return read.map(|_| None);
        }
        self.rows_read += 1;
        Ok(Some(self.judge(bytes)))
    }

    /// The row's number for people: the header is row 1.
    pub(crate) fn number(&self) -> u64 {
        match (&self.record, self.dialect.is_numbered) {
            (Some(record), true) => record.get(0).and_then(|number| number.parse().ok()).unwrap_or(0),
            _ => self.base.rows + self.rows_read,
        }
    }

    pub(crate) fn field(&self, at: usize) -> &str {
        let at = at + usize::from(self.dialect.is_numbered);
        self.record.as_ref().and_then(|record| record.get(at)).unwrap_or("")
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.record.iter().flatten().skip(usize::from(self.dialect.is_numbered))
    }

    /// The bytes of the row in the file.
    pub(crate) fn original(&self) -> Vec<u8> {
        let raw = self.raw();
        match self.dialect.is_numbered {
            // The number in front is ours.
            true => raw.iter().position(|byte| *byte == b',').map_or(raw, |comma| &raw[comma + 1..]).to_vec(),
            false => self.dialect.form.original(raw),
        }
    }

    fn judge(&mut self, bytes: ByteRecord) -> Result<(), Bad> {
        let width = bytes.len().saturating_sub(usize::from(self.dialect.is_numbered));
        let is_valid = match StringRecord::from_byte_record(bytes) {
            Ok(record) => {
                self.record = Some(record);
                true
            }
            Err(error) => {
                // Kept for its number; nobody reads its fields.
                self.record = Some(StringRecord::from_byte_record_lossy(error.into_byte_record()));
                false
            }
        };
        if self.width == 0 {
            return Ok(());
        }
        let raw = self.raw();
        let is_last = self.reader.get_ref().is_read_up_to(self.reader.position().byte());
        let is_unfinished = !raw.ends_with(b"\n") && !raw.ends_with(b"\r");
        let bad = |code, reason: String, remedy: &str| {
            Err(Bad { code, reason, remedy: remedy.to_owned(), bytes: self.original() })
        };
        if is_last && ends_in_quotes(raw, self.dialect.delimiter) {
            let lines = memchr::memchr_iter(b'\n', raw).count();
            let reason = match lines {
                0 => "the file ends within quotes".to_owned(),
                lines => format!("a quote that opens in this row is never closed; {lines} lines follow it"),
            };
            return bad(CUT_OFF, reason, "fetch the file again; if it is whole, close the quote");
        }
        if is_last && is_unfinished && width < self.width {
            let reason = format!("the file ends within this row: {width} of {} columns", self.width);
            return bad(CUT_OFF, reason, "fetch the file again");
        }
        if !is_valid || (!self.dialect.form.is_utf8() && memchr::memmem::find(raw, REPLACEMENT).is_some()) {
            let reason = format!("the row has bytes that mean nothing in {}", self.dialect.form.encoding.name());
            return bad(BAD_ENCODING, reason, "export the file again, or state its `encoding`");
        }
        if memchr::memchr(0, raw).is_some() {
            return bad(NUL_BYTE, "the row has NUL bytes".to_owned(), "the file is damaged; fetch it again");
        }
        let remedy = "a delimiter, quote or line end within a text must be quoted; correct the row or export again";
        match width.cmp(&self.width) {
            std::cmp::Ordering::Less => bad(ROW_TOO_SHORT, format!("{width} of {} columns", self.width), remedy),
            std::cmp::Ordering::Greater => {
                bad(ROW_TOO_WIDE, format!("{width} fields, and the header has {}", self.width), remedy)
            }
            std::cmp::Ordering::Equal => Ok(()),
        }
    }

    /// The row as it stands in the decoded text, without what ended the row before it.
    fn raw(&self) -> &[u8] {
        let raw = self.reader.get_ref().between(self.started, self.reader.position().byte());
        let blank = raw.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        &raw[blank..]
    }
}

/// Bytes that are read at once.
pub(crate) const BUFFER: usize = 128 << 10;
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Whether a row ends while a quoted field is open.
fn ends_in_quotes(raw: &[u8], delimiter: u8) -> bool {
    let (mut inside, mut at_start, mut at) = (false, true, 0);
    while at < raw.len() {
        let byte = raw[at];
        if inside {
            if byte == b'"' {
                inside = raw.get(at + 1) == Some(&b'"');
                at += usize::from(inside);
            }
        } else {
            inside = at_start && byte == b'"';
            at_start = !inside && (byte == delimiter || byte == b'\n' || byte == b'\r');
        }
        at += 1;
    }
    inside
}

/// A stream that still has the bytes of the row that is being read.
struct Window {
    text: Box<dyn Read + Send>,
    kept: Vec<u8>,
    /// What of `kept` is forgotten.
    head: usize,
    /// Where `kept` stands in the stream.
    start: u64,
    limit: usize,
    ended: bool,
}

impl Window {
    fn forget_before(&mut self, byte: u64) {
        self.head = (byte - self.start) as usize;
    }

    fn between(&self, from: u64, to: u64) -> &[u8] {
        &self.kept[(from - self.start) as usize..(to - self.start) as usize]
    }

    /// Whether the stream has ended and holds nothing after this byte.
    fn is_read_up_to(&self, byte: u64) -> bool {
        self.ended && byte == self.start + self.kept.len() as u64
    }
}

impl Read for Window {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.kept.len() - self.head > self.limit {
            return Err(io::Error::other(RowTooBig));
        }
        self.start += self.head as u64;
        self.kept.drain(..self.head);
        self.head = 0;
        let read = self.text.read(out)?;
        self.kept.extend_from_slice(&out[..read]);
        self.ended = read == 0;
        Ok(read)
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
