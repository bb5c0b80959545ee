//! What every connector must pass, for each format and shape.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "this is a test; a skip is said on the terminal")]

mod damage;
mod folder;
mod properties;
mod real_data;
mod support;

use counterfoil_testkit::suites::{self, Drained};
use support::Files;

const PAGE_SIZES: &[usize] = &[1, 2, 3, 7];

async fn passes(files: &Files) -> Drained {
    suites::passes_everything(|| files.connector(), "records", PAGE_SIZES).await
}

fn keys(drained: &Drained) -> String {
    drained.keys().join(" ")
}

#[tokio::test]
async fn csv() {
    let files = Files::new("path = 'a.csv'\nkey = 'number'\nversion = 'updated'").zone("Europe/Lisbon").with(
        "a.csv",
        "number,updated,text\r\nI1,13/02/2016 10:00,\"a\r\nb\"\r\nI2,3/4/2016 1:16,ö\r\nI3\r\n,1/1/2016,no key\r\n\
         I4,4/4/2016,\"q\"\"\"\r\nI5,5/4/2016,cut\r\nI6,6/4",
    );
    let drained = passes(&files).await;
    assert_eq!(keys(&drained), "I1 I2 I4 I5");
    assert_eq!(
        drained.records[1].payload.as_str(),
        r#"{"@dates":{"zone":"Europe/Lisbon","order":"dmy"},"number":"I2","updated":"3/4/2016 1:16","text":"ö"}"#
    );
    assert_eq!(drained.records[1].version, "2016-04-03T00:16:00.000000000Z");
    assert_eq!(drained.records[2].place.to_string(), "a.csv, row 6");
    assert_eq!(
        support::unreadable(&drained),
        [
            ("file::row-too-short", "a.csv, row 4".to_owned()),
            ("file::key-missing", "a.csv, row 5".to_owned()),
            ("file::cut-off", "a.csv, row 8".to_owned())
        ]
    );
    assert_eq!(drained.unreadable[2].bytes, b"I6,6/4");
}

#[tokio::test]
async fn csv_in_other_encodings() {
    let text = "number;city\n1;Göteborg\n2;Jürgen;Müller\n3;Malmö\n";
    let latin: Vec<u8> = text.chars().map(|c| u32::from(c) as u8).collect();
    let utf16: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (bytes, note, original) in [
        (latin, "windows-1252", b"2;J\xfcrgen;M\xfcller\n".to_vec()),
        (utf16, "UTF-16LE", "2;Jürgen;Müller\n".encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ] {
        let files = Files::new("path = 'a.csv'\nkey = 'number'").with("a.csv", bytes);
        let drained = passes(&files).await;
        assert_eq!(drained.records[1].payload.as_str(), r#"{"number":"3","city":"Malmö"}"#);
        assert_eq!(drained.unreadable[0].bytes, original);
        assert!(drained.notes[0].contains(note) && drained.notes[0].contains("delimiter `;`"), "{:?}", drained.notes);
    }
}

#[tokio::test]
async fn json_lines() {
    let lines = "{\"id\":1,\"f\":{\"updated\":\"2024-01-31T12:00:00.000+0200\"}}\n\
                 {\"id\" : \"b\"}\n\nnot json\n{\"f\":{}}\n[1]\n  {\"id\":3}  \r\n{\"id\":4,";
    let files = Files::new("path = 'a.jsonl'\nkey = 'id'\nversion = '/f/updated'").with("a.jsonl", lines);
    let drained = passes(&files).await;
    assert_eq!(keys(&drained), "1 b 3");
    assert_eq!(drained.records[0].version, "2024-01-31T10:00:00.000000000Z");
    assert_eq!(drained.records[1].payload.as_str(), "{\"id\" : \"b\"}", "bytes stay as they are");
    assert_eq!(
        support::unreadable(&drained),
        [
            ("file::not-json", "a.jsonl, line 4".to_owned()),
            ("file::key-missing", "a.jsonl, line 5".to_owned()),
            ("file::not-json", "a.jsonl, line 6".to_owned()),
            ("file::cut-off", "a.jsonl, line 8".to_owned()),
        ]
    );
}

#[tokio::test]
async fn xlsx() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Tickets").unwrap();
    sheet.write_row(0, 0, ["number", "opened", "text"]).unwrap();
    let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    for row in 1..=6u32 {
        sheet.write(row, 0, row * 10).unwrap();
        let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2016, 2, row as u8).unwrap();
        sheet.write_datetime_with_format(row, 1, &day, &format).unwrap();
    }
    sheet.write(3, 4, "beyond the header").unwrap();
    let files = Files::new("path = 'a.xlsx'\nkey = 'number'\nversion = 'opened'")
        .zone("UTC")
        .with("a.xlsx", workbook.save_to_buffer().unwrap());
    let drained = passes(&files).await;
    assert_eq!(keys(&drained), "10 20 40 50 60");
    assert_eq!(
        drained.records[0].payload.as_str(),
        r#"{"@dates":{"zone":"UTC","order":"ymd"},"number":"10","opened":"2016-02-01T00:00:00","text":""}"#
    );
    assert_eq!(support::unreadable(&drained), [("file::row-too-wide", "a.xlsx, sheet Tickets, row 4".to_owned())]);
}

#[tokio::test]
async fn log_of_csv() {
    let files = Files::new("path = 'a.csv'\nkey = 'number'\nshape = 'log'\norder_by = ['at', 'n']").zone("UTC").with(
        "a.csv",
        "number,at,n,state\nB,13-02-2016 10:00,10,Closed\nA,14-02-2016,1,New\nB,13-02-2016 10:00,9,Open\nA\n\
         B,13-02-2016 10:00,9,Open\n,1-2-2016,1,x\nB,01-02-2016 9:00,1,New\n",
    );
    let drained = passes(&files).await;
    assert_eq!(keys(&drained), "A B");
    let row = |order: &str, rest: &str| {
        let dates = r#"{"zone":"UTC","order":"dmy"}"#;
        format!(r#"{{"@order":"{order}","@dates":{dates},"number":"B",{rest}}}"#)
    };
    let rows = [
        row("2016-02-01T09:00:00.000000000Z|00000000000000000001", r#""at":"01-02-2016 9:00","n":"1","state":"New""#),
        row("2016-02-13T10:00:00.000000000Z|00000000000000000009", r#""at":"13-02-2016 10:00","n":"9","state":"Open""#),
        row(
            "2016-02-13T10:00:00.000000000Z|00000000000000000010",
            r#""at":"13-02-2016 10:00","n":"10","state":"Closed""#,
        ),
    ];
    assert_eq!(drained.records[1].payload.as_str(), format!("{{\"rows\":[{}]}}", rows.join(",")));
    assert_eq!(
        support::unreadable(&drained),
        [("file::row-too-short", "a.csv, row 5".to_owned()), ("file::key-missing", "a.csv, row 7".to_owned())]
    );
}

#[tokio::test]
async fn log_of_json_lines() {
    let lines = "{\"id\":\"B\",\"c\":{\"at\":\"2024-02-01T10:00:00+02:00\"},\"s\":\"late\"}\n\
                 { \"id\":\"A\",\"c\":{\"at\":\"2024-02-01T10:00:00Z\"}}\n\
                 {\"id\":\"B\",\"c\":{\"at\":\"2024-02-01T09:00:00+02:00\"},\"s\":\"early\"}\n{\"id\":\"B\"}\nx\n";
    let files = Files::new("path = 'a.jsonl'\nkey = 'id'\nshape = 'log'\norder_by = ['/c/at']").with("a.jsonl", lines);
    let drained = passes(&files).await;
    assert_eq!(keys(&drained), "A B");
    let expected = [
        r#"{"rows":[{"@order":"","id":"B"},"#,
        r#"{"@order":"2024-02-01T07:00:00.000000000Z","id":"B","c":{"at":"2024-02-01T09:00:00+02:00"},"s":"early"},"#,
        r#"{"@order":"2024-02-01T08:00:00.000000000Z","id":"B","c":{"at":"2024-02-01T10:00:00+02:00"},"s":"late"}]}"#,
    ]
    .concat();
    assert_eq!(drained.records[1].payload.as_str(), expected);
    assert_eq!(support::unreadable(&drained), [("file::not-json", "a.jsonl, line 5".to_owned())]);
}

#[tokio::test]
async fn a_folder_of_files_with_refused_ones() {
    let files = Files::new("path = '.'\nkey = 'number'")
        .with("1.csv", "number,text\nI1,a\nI2,b\n")
        .with("2.csv", "number,number\nI1,a\nI2,b\n")
        .with("3.csv", "number,at\nI3,03/04/2016\nI4,05/06/2016\n")
        .with("4.jsonl", "{\"number\":\"I5\"}\n{\"number\":\"I6\"}\n")
        .with("5.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
        .with("6.csv", "")
        .with("7.jsonl", "");
    let drained = passes(&files).await;
    assert_eq!(keys(&drained), "I1 I2 I5 I6");
    assert_eq!(
        support::gap_codes(&drained),
        [
            "file::column-twice",
            "file::zone-missing",
            "file::dates-ambiguous",
            "file::format-unsupported",
            "file::header-damaged"
        ]
    );
    let census = drained.census.unwrap();
    assert_eq!((census.counted, census.delivered), (6, 4));
}
