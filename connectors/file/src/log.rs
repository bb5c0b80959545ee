//! A log as records: the rows of a file grouped by key, each group ordered, every update once.

use crate::config::Settings;
use crate::dates_plan::{ColumnProfile, DatesPlan, decide};
use crate::json_lines::{Line, Lines, Picks};
use crate::log_sort::{Merge, Row, Sorted, Sorter};
use crate::order::push_order;
use crate::page::{PageDraft, push_json};
use crate::problem::{Bad, RECORD_TOO_BIG, code_named};
use crate::survey::{NotOpened, Survey, key_missing};
use counterfoil_record::{Form, Place};
use std::fs::File;
use std::io;
use std::sync::Arc;

/// The sorted rows of one file, and how far they were read.
pub(crate) struct Log {
    sorted: Sorted,
    merge: Merge,
    /// Read, and not yet part of a page.
    next: Option<Row>,
    /// The last group that is part of a page.
    after: Option<String>,
    rows: u64,
    rows_read: u64,
    /// What places say before the row's number.
    rows_are: Arc<str>,
}

/// Groups of rows that can be read, then each row that cannot.
const RECORD: char = 'k';
const UNREADABLE: char = 'u';

impl Log {
    /// Sorts the rows of a table.
    pub(crate) fn of_table(file: &File, survey: &Survey, settings: &Settings, rows_are: &str) -> io::Result<Self> {
        let mut sorter = Sorter::new(settings.limits.sort_bytes);
        let mut rows = survey.rows(file, None, settings)?;
        let (mut group, mut text) = (String::new(), String::new());
        while let Some(read) = rows.next_row()? {
            let number = rows.number();
            match read.and_then(|()| survey.key(&rows, settings)) {
                Ok(key) => {
                    let order = survey.order(&rows, settings);
                    begin(&mut group, RECORD);
                    group.push_str(key);
                    text.clear();
                    survey.push_object(&mut text, &rows, Some(&order));
                    sorter.take(&group, &order, text.as_bytes(), number)?;
                }
                Err(bad) => take_bad(&mut sorter, &bad, number)?,
            }
        }
        Self::new(sorter.finish()?, survey.rows, rows_are)
    }

    /// Sorts JSON lines; read twice, because the columns that order the rows may have dates that need a proof.
    pub(crate) fn of_lines(file: &File, settings: &Settings) -> Result<(Self, Vec<String>), NotOpened> {
        let names = std::iter::once(settings.key.as_str()).chain(settings.order_by.iter().map(String::as_str));
        let picks = Picks::new(names, settings.shape);
        let (plan, counted) = survey_lines(file, &picks, settings)?;
        let mut sorter = Sorter::new(settings.limits.sort_bytes);
        let mut lines = Lines::new(file.try_clone()?, 0, 0, settings.limits.row_bytes)?;
        let (mut group, mut text) = (String::new(), String::new());
        while let Some(line) = lines.next_line()? {
            let sorted = sort_line(&line, &picks, &plan, settings, &mut group, &mut text);
            let number = lines.place().1;
            match sorted {
                Ok(order) => sorter.take(&group, &order, text.as_bytes(), number)?,
                Err(bad) => take_bad(&mut sorter, &bad, number)?,
            }
        }
        Ok((Self::new(sorter.finish()?, counted, "line")?, plan.notes))
    }

    fn new(sorted: Sorted, rows: u64, rows_are: &str) -> io::Result<Self> {
        let merge = sorted.read()?;
        Ok(Self { sorted, merge, next: None, after: None, rows, rows_read: 0, rows_are: rows_are.into() })
    }

    /// The last group that pages have, to go on after it.
    pub(crate) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// How many rows were read of how many.
    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.rows_read, self.rows)
    }

    /// Goes to the first group after the given one. What is sorted stays sorted.
    pub(crate) fn go_to(&mut self, after: Option<&str>) -> io::Result<()> {
        self.merge = self.sorted.read()?;
        self.rows_read = 0;
        self.next = None;
        self.after = after.map(str::to_owned);
        let Some(after) = after else { return Ok(()) };
        loop {
            self.next = self.read_row()?;
            if self.next.as_ref().is_none_or(|row| row.group() > after) {
                return Ok(());
            }
        }
    }

    /// Adds records until the page is full; whether the log has ended.
    pub(crate) fn fill(&mut self, page: &mut PageDraft, container: &Arc<str>, settings: &Settings) -> io::Result<bool> {
        while !page.is_full() {
            let first = match self.next.take() {
                Some(row) => row,
                None => match self.read_row()? {
                    Some(row) => row,
                    None => return Ok(true),
                },
            };
            let rows_are = Arc::clone(&self.rows_are);
            let place = |number| Place { container: Arc::clone(container), position: format!("{rows_are} {number}") };
            self.after = Some(first.group().to_owned());
            let Some(key) = first.group().strip_prefix(RECORD).map(str::to_owned) else {
                page.take_unreadable(stored_bad(first.text()), place(first.number()));
                continue;
            };
            let start = page.text().len();
            match self.write_record(first, page.text(), settings.limits.record_bytes)? {
                Ok((version, number)) => page.take_record(start, key, version, Form::Log, place(number)),
                Err((mut bad, number)) => {
                    bad.bytes = page.text().as_bytes()[start..].to_vec();
                    page.text().truncate(start);
                    page.take_unreadable(bad, place(number));
                }
            }
        }
        Ok(false)
    }

    /// Writes the rows of one group; its version and the number of its last row, or why it is no record.
    fn write_record(
        &mut self,
        first: Row,
        out: &mut String,
        most_bytes: usize,
    ) -> io::Result<Result<(String, u64), (Bad, u64)>> {
        let start = out.len();
        let mut left_out = 0u64;
        let mut last = first;
        out.push_str("{\"rows\":[");
        push_row(out, &last);
        while let Some(row) = self.read_row()? {
            if row.group() != last.group() {
                self.next = Some(row);
                break;
            }
            if out.len() - start + row.text().len() > most_bytes {
                left_out += 1;
            } else {
                out.push(',');
                push_row(out, &row);
            }
            last = row;
        }
        out.push_str("]}");
        if left_out == 0 {
            return Ok(Ok((last.order().to_owned(), last.number())));
        }
        let reason = format!(
            "the rows of this record are more than {} MiB; {left_out} of them are left out of the bytes shown",
            most_bytes >> 20
        );
        let remedy = "is `key` the column with the record's own id?".to_owned();
        Ok(Err((Bad { code: RECORD_TOO_BIG, reason, remedy, bytes: Vec::new() }, last.number())))
    }

    fn read_row(&mut self) -> io::Result<Option<Row>> {
        let row = self.merge.next_row()?;
        self.rows_read += u64::from(row.is_some());
        Ok(row)
    }
}

fn push_row(out: &mut String, row: &Row) {
    out.push_str(std::str::from_utf8(row.text()).expect("rows are written from texts"));
}

/// Proves the order of dates in the columns that order the rows; how many lines there are.
fn survey_lines(file: &File, picks: &Picks, settings: &Settings) -> Result<(DatesPlan, u64), NotOpened> {
    let mut columns = vec![ColumnProfile::default(); settings.order_by.len()];
    let mut lines = Lines::new(file.try_clone()?, 0, 0, settings.limits.row_bytes)?;
    let mut counted = 0;
    let mut number = 0;
    while let Some(line) = lines.next_line()? {
        counted += 1;
        number += 1;
        let Ok(picked) = picks.pick(&line) else { continue };
        for (column, value) in columns.iter_mut().zip(&picked.values[1..]) {
            if let Some(value) = value.as_deref().filter(|value| !settings.is_null(value)) {
                column.see(value, number);
            }
        }
    }
    let plan = decide(&settings.order_by, &columns, settings, None).map_err(NotOpened::Refused)?;
    Ok((plan, counted))
}

/// Puts group and text of a line into the buffers; its order.
fn sort_line(
    line: &Line<'_>,
    picks: &Picks,
    plan: &DatesPlan,
    settings: &Settings,
    group: &mut String,
    text: &mut String,
) -> Result<String, Bad> {
    let picked = picks.pick(line)?;
    let key = picked.values[0].as_deref().filter(|key| !key.trim().is_empty() && !settings.is_null(key));
    let Some(key) = key else { return Err(key_missing(&settings.key, line.bytes.to_vec())) };
    let mut order = String::new();
    for (nth, value) in picked.values[1..].iter().enumerate() {
        if nth > 0 {
            order.push('|');
        }
        if let Some(value) = value.as_deref().filter(|value| !settings.is_null(value)) {
            push_order(&mut order, value, plan.compared[nth], settings.zone());
        }
    }
    begin(group, RECORD);
    group.push_str(key);
    text.clear();
    text.push_str("{\"@order\":");
    push_json(text, &order);
    text.push(',');
    // A line that has a key is an object with at least that member.
    text.push_str(picked.text[1..].trim_start());
    Ok(order)
}

fn begin(group: &mut String, class: char) {
    group.clear();
    group.push(class);
}

/// A row that cannot be read is sorted behind all groups, by its number.
fn take_bad(sorter: &mut Sorter, bad: &Bad, number: u64) -> io::Result<()> {
    let told = serde_json::to_string(&(bad.code, &bad.reason, &bad.remedy)).expect("these are texts");
    let text = [told.as_bytes(), b"\n", &bad.bytes].concat();
    sorter.take(&format!("{UNREADABLE}{number:020}"), "", &text, number)
}

fn stored_bad(text: &[u8]) -> Bad {
    let end = memchr::memchr(b'\n', text).expect("a line end follows what is told");
    let (code, reason, remedy): (String, String, String) =
        serde_json::from_slice(&text[..end]).expect("this was written before");
    let code = code_named(&code).expect("codes are listed");
    Bad { code, reason, remedy, bytes: text[end + 1..].to_vec() }
}
