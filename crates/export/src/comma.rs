//! CSV (RFC 4180): a line of headings, `,` and CRLF, quotes where they are needed, UTF-8 without a byte order mark.

use crate::{Cell, ExportError, Sheet};
use std::io::Write;

/// Writes a sheet.
pub fn write_csv(sheet: &Sheet, out: &mut dyn Write) -> Result<(), ExportError> {
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    csv.write_record(sheet.columns.iter().map(|column| column.name))?;
    for row in &sheet.rows {
        csv.write_record(row.iter().map(text))?;
    }
    csv.flush()?;
    Ok(())
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => harmless(text),
        Cell::Whole(number) => number.to_string(),
        // The shortest text that reads back as the same double.
        Cell::Number(number) => number.to_string(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::Moment(at) => at.to_string(),
    }
}

/// Spreadsheets run what begins like this, also behind white space.
fn harmless(text: &str) -> String {
    let begins = text.trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}']).chars().next();
    let runs = matches!(begins, Some('=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'));
    if runs || text.starts_with(['\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::column;
    use crate::{Sheet, Type};

    fn written(cells: Vec<Cell>) -> String {
        let columns = vec![column("a", Type::Text); cells.len()];
        let sheet = Sheet { name: "t", columns, rows: vec![cells] };
        let mut out = Vec::new();
        write_csv(&sheet, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        text.split_once("\r\n").unwrap().1.to_owned()
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_a_text() {
        for (hostile, safe) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1+1", "'-1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1", "'  =1"),
            ("\t=1", "'\t=1"),
            ("plain - text", "plain - text"),
        ] {
            assert_eq!(written(vec![Cell::text(hostile)]).trim_end_matches("\r\n"), safe, "{hostile:?}");
        }
        let quoted = written(vec![Cell::text("a,\"b\"\r\n=c")]);
        assert_eq!(quoted, "\"a,\"\"b\"\"\r\n=c\"\r\n");
    }

    #[test]
    fn numbers_are_numbers_and_nothing_is_nothing() {
        let row = written(vec![Cell::Number(-0.1), Cell::Whole(-3), Cell::Empty, Cell::Flag(true), Cell::Number(1e21)]);
        assert_eq!(row, "-0.1,-3,,true,1000000000000000000000\r\n");
    }
}
