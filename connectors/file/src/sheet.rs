//! A sheet of an .xlsx workbook as the CSV text that all tables are read from.
//!
//! The whole workbook is unpacked once into nothing first: that finds files that were cut off, wrong checksums and
//! workbooks that unpack to far more than they are, before anything holds them in memory.

use crate::config::Settings;
use crate::problem::{Refusal, SHEET_MISSING, TOO_MANY_COLUMNS, WORKBOOK_DAMAGED, WORKBOOK_TOO_BIG};
use crate::survey::NotOpened;
use calamine::{DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use counterfoil_diagnostics::did_you_mean;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A sheet that was written out.
pub(crate) struct Sheet {
    /// UTF-8 CSV with `,`; the first field of every row is its number in the sheet.
    pub(crate) text: File,
    pub(crate) name: String,
    pub(crate) notes: Vec<String>,
}

/// Writes out the sheet that the configuration names, or the first one that is shown.
pub(crate) fn write_out(file: &File, settings: &Settings) -> Result<Sheet, NotOpened> {
    prove_whole(file, settings)?;
    let workbook = BufReader::new(from_start(file)?);
    // The library that reads workbooks is not ours; what makes it panic is a damaged workbook, not the end of the pull.
    let written = catch_unwind(AssertUnwindSafe(|| {
        let mut workbook = Xlsx::new(workbook).map_err(damaged)?;
        let (name, others) = choose(&workbook, settings)?;
        let (text, numbers) = write_sheet(&mut workbook, &name, settings)?;
        let mut notes = vec![format!("sheet `{name}`")];
        if !others.is_empty() {
            notes.push(format!("not read: sheets {}", others.join(", ")));
        }
        if numbers > 0 {
            notes.push("numbers are taken in their shortest form; date cells as YYYY-MM-DDTHH:MM:SS".to_owned());
        }
        Ok(Sheet { text, name, notes })
    }));
    written.unwrap_or_else(|_| Err(damaged_because("its parts contradict each other").into()))
}

fn from_start(file: &File) -> io::Result<File> {
    let mut file = file.try_clone()?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

fn damaged_because(reason: &str) -> Refusal {
    let remedy = "fetch the file again, or save it again as .xlsx";
    Refusal::new(WORKBOOK_DAMAGED, format!("the workbook cannot be read: {reason}"), remedy)
}

fn damaged(error: XlsxError) -> NotOpened {
    match error {
        XlsxError::Io(error) if error.raw_os_error().is_some() => NotOpened::Failed(error),
        error => damaged_because(&error.to_string()).into(),
    }
}

/// Unpacks every part into nothing.
fn prove_whole(file: &File, settings: &Settings) -> Result<(), NotOpened> {
    let cut = "it was cut off, or is no workbook";
    let mut archive = zip::ZipArchive::new(BufReader::new(from_start(file)?))
        .map_err(|error| damaged_because(&format!("{cut} ({error})")))?;
    let mut left = settings.limits.unpacked_bytes;
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).map_err(|error| damaged_because(&error.to_string()))?;
        let is_shared = part.name().is_ok_and(|name| name.eq_ignore_ascii_case("xl/sharedStrings.xml"));
        let most = if is_shared { left.min(settings.limits.shared_bytes) } else { left };
        let unpacked = io::copy(&mut (&mut part).take(most + 1), &mut io::sink())
            .map_err(|error| damaged_because(&format!("{cut} ({error})")))?;
        if unpacked > most {
            let reason = format!("the workbook unpacks to more than {} MiB", most >> 20);
            return Err(Refusal::new(WORKBOOK_TOO_BIG, reason, "save the sheet as CSV").into());
        }
        left -= unpacked;
    }
    Ok(())
}

/// The sheet to read, and the names of the others that are shown.
fn choose(workbook: &Xlsx<BufReader<File>>, settings: &Settings) -> Result<(String, Vec<String>), NotOpened> {
    let sheets = workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let names: Vec<&str> = sheets.clone().map(|sheet| sheet.name.as_str()).collect();
    let shown: Vec<&str> =
        sheets.filter(|sheet| sheet.visible == SheetVisible::Visible).map(|sheet| sheet.name.as_str()).collect();
    let chosen = match &settings.sheet {
        Some(wanted) => names.iter().find(|name| *name == wanted),
        None => shown.first().or(names.first()),
    };
    let Some(chosen) = chosen else {
        let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let reason = match &settings.sheet {
            Some(wanted) => format!("there is no sheet `{wanted}`; the workbook has {}", listed.join(", ")),
            None => "the workbook has no sheet".to_owned(),
        };
        let meant = settings.sheet.as_ref().and_then(|wanted| did_you_mean(wanted, names.iter().copied()));
        let remedy = meant.map_or("name one of its sheets".to_owned(), |meant| format!("did you mean `{meant}`?"));
        return Err(Refusal::new(SHEET_MISSING, reason, remedy).into());
    };
    let others = shown.iter().filter(|name| *name != chosen).map(|name| format!("`{name}`")).collect();
    Ok(((*chosen).to_owned(), others))
}

/// Writes rows that have content; the first of them is the header and says how wide the others at least are.
fn write_sheet(
    workbook: &mut Xlsx<BufReader<File>>,
    name: &str,
    settings: &Settings,
) -> Result<(File, u64), NotOpened> {
    let mut cells = workbook.worksheet_cells_reader(name).map_err(damaged)?;
    let file = tempfile::tempfile()?;
    let mut sheet = SheetWriter {
        rows: csv::WriterBuilder::new().flexible(true).from_writer(BufWriter::new(file)),
        row: Vec::new(),
        at: 0,
        width: 0,
    };
    let mut numbers = 0;
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        let (row, column) = cell.get_position();
        if row != sheet.at {
            sheet.end_row()?;
            sheet.at = row;
        }
        let text = cell_text(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let column = column as usize;
        if column >= settings.limits.columns {
            let reason =
                format!("there is a value in column {}, and at most {} are read", column + 1, settings.limits.columns);
            let refusal = Refusal::new(TOO_MANY_COLUMNS, reason, "export fewer columns");
            return Err(refusal.at(format!("row {}", row + 1)).into());
        }
        numbers += u64::from(matches!(cell.get_value(), DataRef::Float(_) | DataRef::Int(_) | DataRef::DateTime(_)));
        if sheet.row.len() <= column {
            sheet.row.resize(column + 1, String::new());
        }
        sheet.row[column] = text;
    }
    sheet.end_row()?;
    let mut file = sheet.rows.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    file.flush()?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok((file, numbers))
}

struct SheetWriter {
    rows: csv::Writer<BufWriter<File>>,
    row: Vec<String>,
    /// Counted from 0, as cells are.
    at: u32,
    width: usize,
}

impl SheetWriter {
    fn end_row(&mut self) -> io::Result<()> {
        if self.row.is_empty() {
            return Ok(());
        }
        if self.width == 0 {
            self.width = self.row.len();
        }
        // Cells that were never filled in are not in the file.
        if self.row.len() < self.width {
            self.row.resize(self.width, String::new());
        }
        let number = (self.at + 1).to_string();
        let fields = std::iter::once(number.as_str()).chain(self.row.iter().map(String::as_str));
        self.rows.write_record(fields).map_err(|error| io::Error::other(error.to_string()))?;
        self.row.clear();
        Ok(())
    }
}

fn cell_text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(moment) => moment_text(moment),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}

/// The shortest text that is this number: `5`, not `5.0`; `0.1`, not `0.1000000000000000055`.
fn number_text(number: f64) -> String {
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

/// `2016-02-29T01:16:00`, `01:16:00` for a time of day, `26:30:00` for a duration; the number where Excel has no date.
fn moment_text(moment: &ExcelDateTime) -> String {
    const END_OF_CALENDAR: f64 = 2_958_466.0;
    let days = moment.as_f64();
    if !(0.0..END_OF_CALENDAR).contains(&days) {
        return number_text(days);
    }
    if moment.is_duration() {
        let seconds = (days * 86_400.0).round() as u64;
        return format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, millisecond) = moment.to_ymd_hms_milli();
    let fraction = if millisecond == 0 { String::new() } else { format!(".{millisecond:03}") };
    let time = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    if days < 1.0 { time } else { format!("{year:04}-{month:02}-{day:02}T{time}") }
}

#[cfg(test)]
#[path = "sheet_tests.rs"]
mod tests;
