//! A small table in a mail: a header, and a record a line below it, as RFC 4180 writes it, with whatever delimiter.
//!
//! Files are read by the connector of files; this is for what a tool writes into the text of a mail, which has a bound.

use super::{KEY_BYTES, ROWS, Unread, object, unread};

const COLUMNS: usize = 500;

const DELIMITERS: [char; 4] = [';', ',', '\t', '|'];

/// The lines below the header as objects of texts.
pub(super) fn objects(text: &str) -> Result<Vec<String>, Unread> {
    let first = text.lines().next().unwrap_or_default();
    // The first of those that stand most often in the header.
    let delimiter = DELIMITERS.into_iter().rev().max_by_key(|one| first.matches(*one).count()).unwrap_or(',');
    let mut lines = records(text, delimiter)?.into_iter();
    let Some(header) = lines.next().filter(|header| header.len() > 1) else {
        return Err(unread("structured::not-csv", "its first line names no columns"));
    };
    if let Some(at) = header.iter().position(|name| name.trim().is_empty() || name.len() > KEY_BYTES) {
        return Err(unread("structured::not-csv", format!("column {} has no name, or one that is too long", at + 1)));
    }
    if lines.len() > ROWS {
        return Err(unread("structured::too-many-rows", format!("{} records, more than {ROWS}", lines.len())));
    }
    let mut objects = Vec::with_capacity(lines.len());
    for (at, line) in lines.by_ref().enumerate() {
        if line.len() != header.len() {
            let (has, names) = (line.len(), header.len());
            let reason = format!("record {} has {has} cells, and there are {names} columns", at + 1);
            return Err(unread("structured::not-csv", reason));
        }
        let names = header.iter().map(|name| name.trim());
        objects.push(object(names.zip(line.iter().map(String::as_str)))?);
    }
    Ok(objects)
}

/// All records with their cells; empty lines are none.
fn records(text: &str, delimiter: char) -> Result<Vec<Vec<String>>, Unread> {
    let mut records = Vec::new();
    let mut record: Vec<String> = Vec::new();
    let mut cell = String::new();
    let (mut is_quoted, mut was_quoted) = (false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            c if is_quoted => cell.push(c),
            '"' if cell.is_empty() && !was_quoted => (is_quoted, was_quoted) = (true, true),
            '\r' if matches!(chars.peek(), Some('\n') | None) => {}
            '\n' => {
                end(&mut records, &mut record, &mut cell, was_quoted);
                was_quoted = false;
            }
            c if c == delimiter => {
                if record.len() == COLUMNS {
                    return Err(unread("structured::not-csv", format!("a line has more than {COLUMNS} cells")));
                }
                record.push(std::mem::take(&mut cell));
                was_quoted = false;
            }
            c if was_quoted && !c.is_whitespace() => {
                let reason = format!("record {}: something stands behind a closing quote", records.len());
                return Err(unread("structured::not-csv", reason));
            }
            // White space behind a closing quote.
            _ if was_quoted => {}
            c => cell.push(c),
        }
    }
    if is_quoted {
        return Err(unread("structured::not-csv", format!("a quote of record {} is never closed", records.len())));
    }
    end(&mut records, &mut record, &mut cell, was_quoted);
    Ok(records)
}

fn end(records: &mut Vec<Vec<String>>, record: &mut Vec<String>, cell: &mut String, was_quoted: bool) {
    let is_empty = record.is_empty() && cell.trim().is_empty() && !was_quoted;
    if is_empty {
        cell.clear();
        return;
    }
    record.push(std::mem::take(cell));
    records.push(std::mem::take(record));
}
