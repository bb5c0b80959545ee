//! The first reading of a table as a whole: its dialect, its header, and how its dates are written.

use crate::config::{Settings, Shape};
use crate::dates_plan::{ColumnProfile, DatesPlan, decide};
use crate::header;
use crate::order::push_order;
use crate::page::push_json;
use crate::problem::{Bad, HEADER_DAMAGED, KEY_MISSING, ROW_TOO_BIG, Refusal};
use crate::rows::{BUFFER, Dialect, RowPlace, Rows, is_row_too_big};
use crate::text::{TextForm, read_up_to};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// What is known of a table once it was read to its end.
pub(crate) struct Survey {
    dialect: Dialect,
    /// Where the rows begin.
    first: RowPlace,
    width: usize,
    key: usize,
    version: Option<usize>,
    order_by: Vec<usize>,
    /// Each column's name as the beginning of a JSON member: `"number":`.
    members: Vec<String>,
    pub(crate) plan: DatesPlan,
    /// Rows that are not the header, whether they can be read or not.
    pub(crate) rows: u64,
    pub(crate) notes: Vec<String>,
}

/// Why a file is not opened.
#[derive(Debug)]
pub(crate) enum NotOpened {
    Refused(Vec<Refusal>),
    Failed(io::Error),
}

impl From<io::Error> for NotOpened {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Refusal> for NotOpened {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl Survey {
    /// Reads the header alone.
    pub(crate) fn header(
        file: &File,
        form: TextForm,
        is_numbered: bool,
        settings: &Settings,
    ) -> Result<(Dialect, RowPlace, Vec<String>), NotOpened> {
        let mut text = form.decoded(file.try_clone()?)?;
        let mut sample = vec![0; SAMPLE];
        let filled = read_up_to(&mut text, &mut sample)?;
        let is_whole = filled < SAMPLE;
        let sample = String::from_utf8_lossy(&sample[..filled]);
        let mut first = RowPlace { byte: 0, rows: 0 };
        let delimiter = match (settings.delimiter, header::stated_in_text(&sample)) {
            _ if is_numbered => b',',
            (stated, Some((found, line_end))) => {
                first = RowPlace { byte: line_end as u64, rows: 1 };
                stated.unwrap_or(found)
            }
            (Some(stated), None) => stated,
            (None, None) => header::find_delimiter(&sample, is_whole, settings),
        };
        let dialect = Dialect { delimiter, form, is_numbered };
        let text = form.decoded_from(file.try_clone()?, first.byte)?;
        let mut rows = Rows::new(text, dialect, first, 0, settings.limits.row_bytes);
        let read = rows.next_row().map_err(|error| too_big(error, 1))?;
        if read.is_none() {
            let remedy = "export the file again; a table without records still has a header";
            return Err(Refusal::new(HEADER_DAMAGED, "the file has no header", remedy).into());
        }
        let names: Vec<String> = rows.fields().map(str::to_owned).collect();
        header::check(&names, settings).map_err(NotOpened::Refused)?;
        Ok((dialect, rows.place(), names))
    }

    /// Reads the whole table once.
    pub(crate) fn of(file: &File, form: TextForm, is_numbered: bool, settings: &Settings) -> Result<Self, NotOpened> {
        let (dialect, first, names) = Self::header(file, form, is_numbered, settings)?;
        let width = names.len();
        let mut columns = vec![ColumnProfile::default(); width];
        let text = form.decoded_from(file.try_clone()?, first.byte)?;
        let mut rows = Rows::new(text, dialect, first, width, settings.limits.row_bytes);
        let mut counted = 0;
        loop {
            match rows.next_row().map_err(|error| too_big(error, first.rows + counted + 1))? {
                None => break,
                Some(Err(_)) => counted += 1,
                Some(Ok(())) => {
                    counted += 1;
                    let number = rows.number();
                    for (column, value) in columns.iter_mut().zip(rows.fields()) {
                        if !settings.is_null(value) {
                            column.see(value, number);
                        }
                    }
                }
            }
        }
        let records = (settings.shape == Shape::Record).then_some(counted);
        let plan = decide(&names, &columns, settings, records).map_err(NotOpened::Refused)?;
        let column = |name: &str| names.iter().position(|column| column == name);
        let mut notes = vec![describe(&dialect, width)];
        notes.extend(plan.notes.iter().cloned());
        Ok(Self {
            dialect,
            first,
            width,
            key: column(&settings.key).expect("the header was checked"),
            version: settings.version.as_deref().and_then(column),
            order_by: settings.order_by.iter().filter_map(|name| column(name)).collect(),
            members: names.iter().map(|name| format!("{}:", serde_json::json!(name))).collect(),
            plan,
            rows: counted,
            notes,
        })
    }

    /// The rows from `at`, or from the first one.
    pub(crate) fn rows(&self, file: &File, at: Option<RowPlace>, settings: &Settings) -> io::Result<Rows> {
        let at = at.unwrap_or(self.first);
        let text = self.dialect.form.decoded_from(file.try_clone()?, at.byte)?;
        // The survey found no row that is too big. Where its chunks ended may differ, so a little more is allowed here.
        Ok(Rows::new(text, self.dialect, at, self.width, settings.limits.row_bytes + 2 * BUFFER))
    }

    /// Where the rows begin.
    pub(crate) fn first(&self) -> RowPlace {
        self.first
    }

    /// The row's key, or that it has none.
    pub(crate) fn key<'a>(&self, rows: &'a Rows, settings: &Settings) -> Result<&'a str, Bad> {
        let key = rows.field(self.key);
        if key.trim().is_empty() || settings.is_null(key) {
            return Err(key_missing(&settings.key, rows.original()));
        }
        Ok(key)
    }

    /// The row's version as a text that sorts.
    pub(crate) fn version(&self, rows: &Rows, settings: &Settings) -> String {
        let mut version = String::new();
        if let Some(at) = self.version {
            self.push_sorting(&mut version, rows, at, settings);
        }
        version
    }

    /// The row's place among the rows of its record, as a text that sorts.
    pub(crate) fn order(&self, rows: &Rows, settings: &Settings) -> String {
        let mut order = String::new();
        for (nth, at) in self.order_by.iter().enumerate() {
            if nth > 0 {
                order.push('|');
            }
            self.push_sorting(&mut order, rows, *at, settings);
        }
        order
    }

    /// The row as a JSON object: `order` for a log, how dates are written, and its texts in the order of columns.
    pub(crate) fn push_object(&self, out: &mut String, rows: &Rows, order: Option<&str>) {
        out.push('{');
        if let Some(order) = order {
            out.push_str("\"@order\":");
            push_json(out, order);
            out.push(',');
        }
        if let Some(dates) = &self.plan.member {
            out.push_str("\"@dates\":");
            out.push_str(dates);
            out.push(',');
        }
        for (nth, (member, value)) in self.members.iter().zip(rows.fields()).enumerate() {
            if nth > 0 {
                out.push(',');
            }
            out.push_str(member);
            push_json(out, value);
        }
        out.push('}');
    }

    fn push_sorting(&self, out: &mut String, rows: &Rows, at: usize, settings: &Settings) {
        let value = rows.field(at);
        if !settings.is_null(value) {
            push_order(out, value, self.plan.compared[at], settings.zone());
        }
    }
}

const SAMPLE: usize = 64 << 10;

pub(crate) fn key_missing(key: &str, bytes: Vec<u8>) -> Bad {
    let reason = format!("nothing stands in `{key}`, so nobody can say which record this is");
    let remedy = "name another `key`, or have the source write it";
    Bad { code: KEY_MISSING, reason, remedy: remedy.to_owned(), bytes }
}

fn too_big(error: io::Error, row: u64) -> NotOpened {
    if !is_row_too_big(&error) {
        return NotOpened::Failed(error);
    }
    let reason = "a row is bigger than anything that is read at once: a quote may open in it that is never closed";
    Refusal::new(ROW_TOO_BIG, reason, "close the quote, or export the file again").at(format!("row {row}")).into()
}

fn describe(dialect: &Dialect, width: usize) -> String {
    if dialect.is_numbered {
        return format!("{width} columns");
    }
    let delimiter = match dialect.delimiter {
        b'\t' => "tab".to_owned(),
        other => format!("`{}`", char::from(other)),
    };
    format!("CSV with {width} columns, delimiter {delimiter}, {}", dialect.form.note())
}

/// Puts a file back to its beginning.
pub(crate) fn rewind(file: &mut File) -> io::Result<()> {
    file.seek(SeekFrom::Start(0)).map(|_| ())
}

/// Reads the first bytes of a file.
pub(crate) fn head(file: &mut File, bytes: usize) -> io::Result<Vec<u8>> {
    rewind(file)?;
    let mut head = Vec::with_capacity(bytes);
    file.take(bytes as u64).read_to_end(&mut head)?;
    Ok(head)
}
