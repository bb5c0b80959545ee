//! Damaged files: named with their place, never guessed.

use crate::support::{Files, gap_codes, unreadable};

async fn gaps(name: &str, bytes: impl AsRef<[u8]>) -> Vec<(&'static str, String, String)> {
    let files = Files::new(&format!("path = '{name}'\nkey = 'number'")).zone("UTC").with(name, bytes);
    let drained = files.read().await;
    assert!(drained.records.is_empty(), "a refused file tells no record");
    drained.gaps.into_iter().map(|gap| (gap.code, gap.place.to_string(), gap.reason)).collect()
}

#[tokio::test]
async fn a_damaged_header_refuses_the_file() {
    let table = [
        ("number,,text\n1,2,3\n", "file::header-damaged", "column 2 of 3 has no name"),
        (
            "number,text,text\n1,2,3\n",
            "file::column-twice",
            "the column `text` stands in the header more than once: columns 2, 3",
        ),
        (
            "INC1,29-02-2016 01:16,x\n",
            "file::header-damaged",
            "the first row looks like data, not like a header: `29-02-2016 01:16`",
        ),
        ("num\0ber,a\n1,2\n", "file::header-damaged", "the header has NUL bytes: this is no text, or a damaged one"),
        ("Number;text\n1;2\n", "file::column-missing", "there is no column `number`; the header has `Number`, `text`"),
    ];
    for (text, code, reason) in table {
        let found = gaps("a.csv", text).await;
        assert_eq!(found, [(code, "a.csv, row 1".to_owned(), reason.to_owned())]);
    }
    assert_eq!(gaps("a.csv", "").await[0].2, "the file has no header");
}

#[tokio::test]
async fn what_is_no_table_is_named() {
    let table: [(&str, &[u8], &str); 5] = [
        ("a.csv", b"\x1f\x8b\x08\x00", "the file is packed (gzip)"),
        ("a.csv", b"%PDF-1.7\n", "the file is a PDF"),
        ("a.json", b"[{\"number\":1}]", "the file is one JSON array, not one object per line"),
        ("a.jsonl", b"\xff\xfe{\0", "the file is UTF-16, and JSON lines are UTF-8"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0", "an old .xls workbook, or one with a password"),
    ];
    for (name, bytes, reason) in table {
        let found = gaps(name, bytes).await;
        assert_eq!(found, [("file::format-unsupported", name.to_owned(), reason.to_owned())]);
    }
    assert_eq!(gaps("a.xlsx", b"PK\x03\x04cut").await[0].0, "file::workbook-damaged");
}

#[tokio::test]
async fn a_quote_that_is_never_closed_names_its_row_and_loses_no_byte() {
    let text = format!("number,text\n1,a\n2,\"b\n{}", "3,c\n".repeat(100));
    let files = Files::new("path = 'a.csv'\nkey = 'number'").with("a.csv", &text);
    let drained = files.read().await;
    assert_eq!(drained.keys(), ["1"]);
    assert_eq!(unreadable(&drained), [("file::cut-off", "a.csv, row 3".to_owned())]);
    assert_eq!(drained.unreadable[0].bytes, text.as_bytes()["number,text\n1,a\n".len()..]);
}

#[tokio::test]
async fn a_row_beyond_all_bounds_refuses_the_file() {
    let text = format!("number,text\n1,a\n2,\"{}\"\n", "x\n".repeat(9 << 20));
    let found = gaps("a.csv", text).await;
    assert_eq!((found[0].0, found[0].1.as_str()), ("file::row-too-big", "a.csv, row 3"));
}

#[tokio::test]
async fn a_file_with_every_problem_of_its_dates_says_all_of_them() {
    let text = "number,a,b,c\n1,13/04/2016,03/04/2016,13/04/2016\n2,01/01/2016,01/02/2016,04/13/2016\n";
    let files = Files::new("path = 'a.csv'\nkey = 'number'").with("a.csv", text);
    let drained = files.read().await;
    assert_eq!(gap_codes(&drained), ["file::dates-contradict", "file::zone-missing", "file::dates-ambiguous"]);
    let records: u64 = drained.gaps.iter().filter_map(|gap| gap.records).sum();
    assert_eq!((records, drained.census.unwrap().counted), (2, 2));
}

#[tokio::test]
async fn excel_says_its_delimiter_in_the_first_line() {
    let files = Files::new("path = 'a.csv'\nkey = 'number'").with("a.csv", "sep=;\r\nnumber;text\r\n1;a,b\r\n");
    let drained = files.read().await;
    assert_eq!(drained.records[0].payload.as_str(), r#"{"number":"1","text":"a,b"}"#);
    assert_eq!(drained.records[0].place.to_string(), "a.csv, row 3");
}

#[tokio::test]
async fn check_names_what_a_pull_would_refuse() {
    let files = Files::new("path = 'a.csv'\nkey = 'numbr'").with("a.csv", "number,text\n1,a\n");
    let error = files.connector().check().await.unwrap_err();
    assert_eq!(error.kind.policy(), counterfoil_sdk::Policy::StopAndReport, "a person has to act");
    let cause = std::error::Error::source(&error.kind).unwrap().to_string();
    assert!(cause.contains("there is no column `numbr`") && cause.contains("did you mean `number`?"), "{cause}");
}
