//! One file that is being read: from its bytes to records on a page.

use crate::config::{Format, Settings, Shape};
use crate::folder::{Found, Stamp};
use crate::json_lines::{Lines, Picks, date_unstated, version_text};
use crate::log::Log;
use crate::page::PageDraft;
use crate::position::Point;
use crate::problem::{Bad, FORMAT_UNSUPPORTED, Refusal};
use crate::rows::{RowPlace, Rows};
use crate::sheet;
use crate::survey::{NotOpened, Survey, head, key_missing, rewind};
use crate::text::{TextForm, Utf8Check, read_up_to};
use counterfoil_record::{Form, Place};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io;
use std::sync::Arc;

/// A file whose bytes were read once.
pub(crate) struct Measured {
    file: File,
    /// SHA-256 of the content, its first 32 hexadecimal digits.
    pub(crate) sha: String,
    is_utf8: bool,
}

/// Reads all bytes of a file.
pub(crate) fn measure(found: &Found) -> io::Result<Measured> {
    let mut file = File::open(&found.path)?;
    let mut chunk = vec![0; 256 << 10];
    let (mut hasher, mut check) = (Sha256::new(), Utf8Check::default());
    loop {
        let read = read_up_to(&mut file, &mut chunk)?;
        if read == 0 {
            break;
        }
        hasher.update(&chunk[..read]);
        check.see(&chunk[..read]);
    }
    let mut sha = counterfoil_record::Digest(hasher.finalize().into()).to_string();
    sha.truncate(32);
    rewind(&mut file)?;
    Ok(Measured { file, sha, is_utf8: check.all_valid() })
}

/// A file with a reader at a point of it.
pub(crate) struct Opened {
    pub(crate) name: Arc<str>,
    pub(crate) stamp: Stamp,
    pub(crate) sha: String,
    /// What was found, for people.
    pub(crate) notes: Vec<String>,
    file: File,
    body: Body,
}

enum Body {
    Table {
        survey: Box<Survey>,
        rows: Box<Rows>,
        /// `row`, or `sheet Tickets, row`.
        rows_are: String,
    },
    Lines {
        lines: Lines,
        picks: Picks,
    },
    Log(Box<Log>),
}

impl Opened {
    /// Looks at the whole file and stands at its first record.
    pub(crate) fn new(found: &Found, measured: Measured, settings: &Settings) -> Result<Self, NotOpened> {
        let Measured { mut file, sha, is_utf8 } = measured;
        let format = format_of(&mut file, found, settings)?;
        let (file, body, mut notes) = match (format, settings.shape) {
            (Format::Jsonl, Shape::Record) => {
                let names = std::iter::once(settings.key.as_str()).chain(settings.version.as_deref());
                let picks = Picks::new(names, settings.shape);
                let lines = Lines::new(file.try_clone()?, 0, 0, settings.limits.row_bytes)?;
                (file, Body::Lines { lines, picks }, vec!["JSON lines".to_owned()])
            }
            (Format::Jsonl, Shape::Log) => {
                let (log, notes) = Log::of_lines(&file, settings)?;
                let notes = std::iter::once("JSON lines".to_owned()).chain(notes).collect();
                (file, Body::Log(Box::new(log)), notes)
            }
            (Format::Xlsx, _) => {
                let sheet = sheet::write_out(&file, settings)?;
                let rows_are = format!("sheet {}, row", sheet.name);
                let (body, notes) = table(&sheet.text, TextForm::PLAIN, Some(rows_are), settings)?;
                (sheet.text, body, sheet.notes.into_iter().chain(notes).collect())
            }
            (Format::Csv | Format::Auto, _) => {
                let form = TextForm::find(&mut file, settings.encoding, is_utf8)?;
                let (body, notes) = table(&file, form, None, settings)?;
                (file, body, notes)
            }
        };
        for note in &mut notes {
            *note = format!("{}: {note}", found.name);
        }
        Ok(Self { name: Arc::clone(&found.name), stamp: found.stamp, sha, notes, file, body })
    }

    /// Where the next record is.
    pub(crate) fn point(&self) -> Point {
        match &self.body {
            Body::Table { survey, rows, .. } => {
                let place = rows.place();
                if place == survey.first() { Point::Start } else { Point::At { byte: place.byte, rows: place.rows } }
            }
            Body::Lines { lines, .. } => match lines.place() {
                (_, 0) => Point::Start,
                (byte, rows) => Point::At { byte, rows },
            },
            Body::Log(log) => log.after().map_or(Point::Start, |after| Point::After(after.to_owned())),
        }
    }

    /// Goes to a point; to the start, and `false`, when this file has no such point.
    pub(crate) fn go_to(&mut self, point: &Point, settings: &Settings) -> io::Result<bool> {
        if self.point() == *point {
            return Ok(true);
        }
        let known = match (&self.body, point) {
            (Body::Table { .. } | Body::Lines { .. }, Point::After(_)) | (Body::Log(_), Point::At { .. }) => false,
            (Body::Lines { .. }, Point::At { byte, .. }) => *byte <= self.stamp.len,
            _ => true,
        };
        let point = if known { point } else { &Point::Start };
        let file = self.file.try_clone()?;
        match (&mut self.body, point) {
            (Body::Table { survey, rows, .. }, point) => {
                let at = match point {
                    Point::At { byte, rows } => Some(RowPlace { byte: *byte, rows: *rows }),
                    Point::Start | Point::After(_) => None,
                };
                **rows = survey.rows(&file, at, settings)?;
            }
            (Body::Lines { lines, .. }, Point::At { byte, rows }) => {
                *lines = Lines::new(file, *byte, *rows, settings.limits.row_bytes)?;
            }
            (Body::Lines { lines, .. }, _) => *lines = Lines::new(file, 0, 0, settings.limits.row_bytes)?,
            (Body::Log(log), Point::After(after)) => log.go_to(Some(after))?,
            (Body::Log(log), _) => log.go_to(None)?,
        }
        Ok(known)
    }

    /// How much of the file was read, from 0 to 1.
    pub(crate) fn portion(&self) -> f64 {
        let (read, all) = match &self.body {
            Body::Table { survey, rows, .. } => (rows.place().rows, survey.rows + 1),
            Body::Lines { lines, .. } => (lines.place().0, self.stamp.len),
            Body::Log(log) => log.progress(),
        };
        if all == 0 { 1.0 } else { (read as f64 / all as f64).min(1.0) }
    }

    /// Adds records until the page is full; whether the file has ended.
    pub(crate) fn fill(&mut self, page: &mut PageDraft, settings: &Settings) -> io::Result<bool> {
        match &mut self.body {
            Body::Table { survey, rows, rows_are } => {
                fill_from_table(survey, rows, rows_are, page, &self.name, settings)
            }
            Body::Lines { lines, picks } => fill_from_lines(lines, picks, page, &self.name, settings),
            Body::Log(log) => log.fill(page, &self.name, settings),
        }
    }
}

/// Looks at the beginning of a file: its format, and its header where it has one.
pub(crate) fn check(found: &Found, settings: &Settings) -> Result<(), NotOpened> {
    let mut file = File::open(&found.path)?;
    match format_of(&mut file, found, settings)? {
        Format::Jsonl => Ok(()),
        Format::Xlsx => {
            let sheet = sheet::write_out(&file, settings)?;
            Survey::header(&sheet.text, TextForm::PLAIN, true, settings).map(|_| ())
        }
        Format::Csv | Format::Auto => {
            // Whether all of it is UTF-8 is not known without reading all of it; names are mostly ASCII anyway.
            let sample = head(&mut file, 64 << 10)?;
            let is_utf8 = std::str::from_utf8(&sample).map_or_else(|error| error.error_len().is_none(), |_| true);
            let form = TextForm::find(&mut file, settings.encoding, is_utf8)?;
            Survey::header(&file, form, false, settings).map(|_| ())
        }
    }
}

fn table(
    file: &File,
    form: TextForm,
    rows_are: Option<String>,
    settings: &Settings,
) -> Result<(Body, Vec<String>), NotOpened> {
    let survey = Survey::of(file, form, rows_are.is_some(), settings)?;
    let notes = survey.notes.clone();
    let rows_are = rows_are.unwrap_or_else(|| "row".to_owned());
    let body = match settings.shape {
        Shape::Record => {
            let rows = Box::new(survey.rows(file, None, settings)?);
            Body::Table { survey: Box::new(survey), rows, rows_are }
        }
        Shape::Log => Body::Log(Box::new(Log::of_table(file, &survey, settings, &rows_are)?)),
    };
    Ok((body, notes))
}

/// The format that is stated, or that the first bytes say; never `Auto`.
fn format_of(file: &mut File, found: &Found, settings: &Settings) -> Result<Format, NotOpened> {
    let head = head(file, 4096)?;
    let unsupported = |what: &str, remedy: &str| Err(Refusal::new(FORMAT_UNSUPPORTED, what, remedy).into());
    let known: [(&[u8], &str, &str); 6] = [
        (b"\xd0\xcf\x11\xe0", "an old .xls workbook, or one with a password", "save it as .xlsx without a password"),
        (b"\x1f\x8b", "the file is packed (gzip)", "unpack it"),
        (b"\x28\xb5\x2f\xfd", "the file is packed (zstd)", "unpack it"),
        (b"BZh", "the file is packed (bzip2)", "unpack it"),
        (b"\xfd7zXZ", "the file is packed (xz)", "unpack it"),
        (b"%PDF", "the file is a PDF", "export the records as CSV, JSON lines or .xlsx"),
    ];
    if let Some((_, what, remedy)) = known.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return unsupported(what, remedy);
    }
    let extension =
        found.name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    let is_zip = head.starts_with(b"PK\x03\x04");
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    let is_json_named = matches!(extension.as_str(), "json" | "jsonl" | "ndjson");
    let format = match settings.format {
        Format::Auto if is_zip || extension == "xlsx" || extension == "xlsm" => Format::Xlsx,
        Format::Auto if is_json_named || text.starts_with(b"{") => Format::Jsonl,
        Format::Auto => Format::Csv,
        stated => stated,
    };
    match format {
        Format::Csv | Format::Jsonl if is_zip => {
            unsupported("the file is a zip archive or a workbook", "leave out `format`, or unpack the file")
        }
        Format::Jsonl if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") => {
            unsupported("the file is UTF-16, and JSON lines are UTF-8", "export it as UTF-8")
        }
        Format::Jsonl if text.starts_with(b"[") => {
            unsupported("the file is one JSON array, not one object per line", "write one object per line")
        }
        format => Ok(format),
    }
}

fn fill_from_table(
    survey: &Survey,
    rows: &mut Rows,
    rows_are: &str,
    page: &mut PageDraft,
    container: &Arc<str>,
    settings: &Settings,
) -> io::Result<bool> {
    while !page.is_full() {
        let Some(read) = rows.next_row()? else { return Ok(true) };
        let place = Place { container: Arc::clone(container), position: format!("{rows_are} {}", rows.number()) };
        match read.and_then(|()| survey.key(rows, settings).map(str::to_owned)) {
            Ok(key) => {
                let start = page.text().len();
                survey.push_object(page.text(), rows, None);
                page.take_record(start, key, survey.version(rows, settings), Form::Snapshot, place);
            }
            Err(bad) => page.take_unreadable(bad, place),
        }
    }
    Ok(false)
}

fn fill_from_lines(
    lines: &mut Lines,
    picks: &Picks,
    page: &mut PageDraft,
    container: &Arc<str>,
    settings: &Settings,
) -> io::Result<bool> {
    while !page.is_full() {
        let Some(line) = lines.next_line()? else { return Ok(true) };
        let start = page.text().len();
        let read: Result<(String, String), Bad> = picks.pick(&line).and_then(|picked| {
            let key = picked.values[0].as_deref().filter(|key| !key.trim().is_empty() && !settings.is_null(key));
            let Some(key) = key else { return Err(key_missing(&settings.key, line.bytes.to_vec())) };
            let version = picked.values.get(1).and_then(Option::as_deref);
            let version = version_text(version, settings).map_err(|reason| date_unstated(reason, picked.text))?;
            page.text().push_str(picked.text);
            Ok((key.to_owned(), version))
        });
        let place = Place { container: Arc::clone(container), position: format!("line {}", lines.place().1) };
        match read {
            Ok((key, version)) => page.take_record(start, key, version, Form::Snapshot, place),
            Err(bad) => page.take_unreadable(bad, place),
        }
    }
    Ok(false)
}
