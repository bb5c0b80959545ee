use super::*;
use crate::text::TextForm;
use std::io::Cursor;

fn rows(text: &[u8], width: usize, row_bytes: usize) -> Rows {
    let dialect = Dialect { delimiter: b',', form: TextForm::PLAIN, is_numbered: false };
    Rows::new(Box::new(Cursor::new(text.to_vec())), dialect, RowPlace { byte: 0, rows: 0 }, width, row_bytes)
}

/// Each row's fields, or its code and bytes.
fn read(text: &[u8], width: usize) -> Vec<Result<Vec<String>, (&'static str, String)>> {
    let mut rows = rows(text, width, 1 << 20);
    let mut read = Vec::new();
    while let Some(row) = rows.next_row().unwrap() {
        read.push(match row {
            Ok(()) => Ok(rows.fields().map(str::to_owned).collect()),
            Err(bad) => Err((bad.code, String::from_utf8_lossy(&bad.bytes).into_owned())),
        });
    }
    read
}

fn good(fields: &[&str]) -> Result<Vec<String>, (&'static str, String)> {
    Ok(fields.iter().map(|field| (*field).to_owned()).collect())
}

fn bad(code: &'static str, bytes: &str) -> Result<Vec<String>, (&'static str, String)> {
    Err((code, bytes.to_owned()))
}

#[test]
fn a_broken_row_is_named_and_the_others_flow_on() {
    assert_eq!(
        read(b"1,a\r\n2\r\n3,b,c\r\n\r\n4,\"x\ny\"\r\n5,\xff\r\n6,\0\r\n7,z", 2),
        [
            good(&["1", "a"]),
            bad(ROW_TOO_SHORT, "2\r"),
            bad(ROW_TOO_WIDE, "3,b,c\r"),
            good(&["4", "x\ny"]),
            bad(BAD_ENCODING, "5,\u{fffd}\r"),
            bad(NUL_BYTE, "6,\0\r"),
            good(&["7", "z"]),
        ]
    );
}

#[test]
fn a_cut_last_row_is_cut_and_a_whole_one_without_line_end_is_not() {
    assert_eq!(read(b"1,a\n2", 2), [good(&["1", "a"]), bad(CUT_OFF, "2")]);
    assert_eq!(read(b"1,a\n2\n", 2), [good(&["1", "a"]), bad(ROW_TOO_SHORT, "2\n")]);
    assert_eq!(read(b"1,a\n2,\"b", 2), [good(&["1", "a"]), bad(CUT_OFF, "2,\"b")]);
    assert_eq!(read(b"1,a\n2,\"b\n", 2), [good(&["1", "a"]), bad(CUT_OFF, "2,\"b\n")]);
    assert_eq!(read(b"1,a\n2,\"b\"", 2), [good(&["1", "a"]), good(&["2", "b"])]);
    assert_eq!(read(b"1,5\" disk\n2,\"say \"\"hi\"\"\"\n", 2), [good(&["1", "5\" disk"]), good(&["2", "say \"hi\""])]);
}

#[test]
fn a_quote_that_is_never_closed_keeps_all_bytes_and_counts_the_lines() {
    let mut rows = rows(b"1,\"a\n2,b\n3,c\n", 2, 1 << 20);
    let Some(Err(bad)) = rows.next_row().unwrap() else { panic!("the row is no row") };
    assert_eq!(bad.reason, "a quote that opens in this row is never closed; 3 lines follow it");
    assert_eq!(bad.bytes, b"1,\"a\n2,b\n3,c\n");
    assert!(rows.next_row().unwrap().is_none());
}

#[test]
fn reading_goes_on_at_any_row() {
    let text = "1,a\r\n2,\"b\r\nb\"\r\n3,c\r\n".repeat(500);
    let mut from_start = rows(text.as_bytes(), 2, 1 << 20);
    let mut places = Vec::new();
    while from_start.next_row().unwrap().is_some() {
        places.push((from_start.place(), from_start.field(0).to_owned(), from_start.number()));
    }
    assert_eq!(places.len(), 1500);
    for at in (0..1499).step_by(97) {
        let (place, ..) = places[at];
        let dialect = Dialect { delimiter: b',', form: TextForm::PLAIN, is_numbered: false };
        let rest = Cursor::new(text.as_bytes()[place.byte as usize..].to_vec());
        let mut resumed = Rows::new(Box::new(rest), dialect, place, 2, 1 << 20);
        assert!(resumed.next_row().unwrap().is_some());
        assert_eq!((resumed.place(), resumed.field(0).to_owned(), resumed.number()), places[at + 1]);
    }
}

#[test]
fn a_row_beyond_the_limit_stops_reading_before_it_fills_memory() {
    let endless = std::io::repeat(b'x');
    let dialect = Dialect { delimiter: b',', form: TextForm::PLAIN, is_numbered: false };
    let mut rows = Rows::new(Box::new(endless), dialect, RowPlace { byte: 0, rows: 0 }, 2, 1 << 20);
    let error = rows.next_row().unwrap_err();
    assert!(is_row_too_big(&error), "{error}");
}
