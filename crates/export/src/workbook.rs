//! A workbook with a sheet per table.

use crate::{Cell, ExportError, Sheet};
use jiff::tz::TimeZone;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};
use std::io::Write;

/// How many rows a sheet holds, its headings included.
pub const ROWS_OF_A_SHEET: usize = 1_048_576;

/// More characters than this a cell does not take.
const CHARACTERS: usize = 32_767;

/// Writes sheets, each with its headings on top and its first row fixed. The same sheets give the same bytes.
pub fn write_xlsx(sheets: &[Sheet], out: &mut dyn Write) -> Result<(), ExportError> {
    let mut workbook = Workbook::new();
    // The date of making would be another one every time.
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    let (heading, moment) = (Format::new().set_bold(), Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"));
    for sheet in sheets {
        if sheet.rows.len() >= ROWS_OF_A_SHEET {
            return Err(ExportError::TooManyRows { rows: sheet.rows.len() });
        }
        let page = workbook.add_worksheet();
        page.set_name(sheet.name)?;
        page.set_freeze_panes(1, 0)?;
        for (at, column) in (0..).zip(&sheet.columns) {
            page.write_string_with_format(0, at, column.name, &heading)?;
        }
        for (line, row) in (1..).zip(&sheet.rows) {
            for (at, cell) in (0..).zip(row) {
                match cell {
                    Cell::Empty => {}
                    Cell::Text(text) => {
                        page.write_string(line, at, cut(text))?;
                    }
                    Cell::Whole(number) => {
                        page.write_number(line, at, *number as f64)?;
                    }
                    Cell::Number(number) if number.is_finite() => {
                        page.write_number(line, at, *number)?;
                    }
                    Cell::Number(number) => {
                        page.write_string(line, at, number.to_string())?;
                    }
                    Cell::Flag(flag) => {
                        page.write_boolean(line, at, *flag)?;
                    }
                    Cell::Moment(timestamp) => {
                        let civil = TimeZone::UTC.to_datetime(*timestamp);
                        let text = civil.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string();
                        // Spreadsheets know no date before 1900; such a one stays a text.
                        match ExcelDateTime::parse_from_str(&text) {
                            Ok(date) => page.write_datetime_with_format(line, at, &date, &moment)?,
                            Err(_) => page.write_string(line, at, timestamp.to_string())?,
                        };
                    }
                }
            }
        }
    }
    out.write_all(&workbook.save_to_buffer()?)?;
    Ok(())
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(CHARACTERS).map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Type;
    use crate::sheet::column;
    use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
    use std::io::Cursor;

    #[test]
    fn a_sheet_is_read_back_as_it_was_and_a_formula_is_a_text() {
        let sheet = Sheet {
            name: "figures",
            columns: vec![
                column("a", Type::Text),
                column("b", Type::Number),
                column("c", Type::Moment),
                column("d", Type::Text),
            ],
            rows: vec![vec![
                Cell::text("=1+1"),
                Cell::Number(97.125),
                Cell::Moment("2026-03-01T10:00:00.5Z".parse().unwrap()),
                Cell::Empty,
            ]],
        };
        let mut bytes = Vec::new();
        write_xlsx(std::slice::from_ref(&sheet), &mut bytes).unwrap();
        let mut again = Vec::new();
        write_xlsx(&[sheet], &mut again).unwrap();
        assert!(bytes == again, "the same sheets give the same bytes");
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        let range = book.worksheet_range("figures").unwrap();
        let cell = |at| range.get((1, at)).unwrap();
        assert_eq!(*cell(0), Data::String("=1+1".to_owned()));
        assert_eq!(*cell(1), Data::Float(97.125));
        assert!(
            matches!(cell(2), Data::DateTime(date) if (date.as_f64() - 46_082.416_672_453_7).abs() < 1e-6),
            "{:?}",
            cell(2)
        );
        assert!(book.worksheet_formula("figures").unwrap().is_empty());
    }
}
