//! Whatever order rows come in, however a table is written: the same records.

use crate::support::Files;
use counterfoil_record::RawRecord;
use proptest::prelude::*;

fn read(files: &Files) -> (Vec<RawRecord>, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let drained = runtime.block_on(files.read());
    assert!(drained.gaps.is_empty(), "{:?}", drained.gaps);
    (drained.records, drained.unreadable.len())
}

/// Id, version and payload of every record of a log.
fn told(section: &str, rows: &[String]) -> Vec<(String, String, String)> {
    let text = format!("id,at,n,text\n{}", rows.concat());
    let files = Files::new(section).zone("Europe/Lisbon").with("a.csv", text);
    let told =
        |record: &RawRecord| (record.native_id.clone(), record.version.clone(), record.payload.as_str().to_owned());
    read(&files).0.iter().map(told).collect()
}

fn log_row() -> impl Strategy<Value = String> {
    ("[A-D]", 1u8..=28, 1u8..=12, 0u32..30, "[a-c\"]{0,3}").prop_map(|(id, day, month, n, text)| {
        format!("{id},{day}/{month}/2016 {}:00,{n},\"{}\"\n", day % 24, text.replace('"', "\"\""))
    })
}

/// Texts as people write them into tickets, with everything that CSV finds special.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,12}", "[a-z;,|\t\"'\n\r ]{1,8}", "[äöüßÅéñ€]{1,4}", Just(String::new()), Just("?".to_owned()),]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_log_in_any_order_and_fed_twice_tells_the_same(
        rows in prop::collection::vec(log_row(), 1..40),
        seed in any::<prop::sample::Index>(),
        order_by in prop_oneof![Just("['at', 'n']"), Just("['n']"), Just("['text', 'at']")],
    ) {
        let section = format!("path = 'a.csv'\nkey = 'id'\nshape = 'log'\norder_by = {order_by}\n\
                               date_columns = {{ at = 'dmy' }}");
        let straight = told(&section, &rows);
        let mut shuffled: Vec<String> = rows.iter().chain(&rows).cloned().collect();
        let step = seed.index(shuffled.len());
        shuffled.rotate_left(step);
        shuffled.reverse();
        prop_assert_eq!(straight, told(&section, &shuffled));
    }

    #[test]
    fn a_table_comes_back_whatever_its_dialect(
        cells in prop::collection::vec((cell(), cell()), 1..12),
        delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t'), Just(b'|')],
        crlf in any::<bool>(),
        always_quoted in any::<bool>(),
        encoding in prop_oneof![Just("utf-8"), Just("mark"), Just("windows-1252"), Just("utf-16le")],
    ) {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .quote_style(if always_quoted { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
            .from_writer(Vec::new());
        writer.write_record(["id", "first text", "second"]).unwrap();
        for (nth, (first, second)) in cells.iter().enumerate() {
            writer.write_record([&nth.to_string(), first, second]).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let bytes = match encoding {
            "utf-8" => text.into_bytes(),
            "mark" => format!("\u{feff}{text}").into_bytes(),
            "utf-16le" => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
            _ => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
        };
        // A few letters do not tell one single-byte encoding from another; their guess is tested elsewhere.
        let stated = if encoding == "windows-1252" { "encoding = 'windows-1252'" } else { "" };
        let files = Files::new(&format!("path = 'a.csv'\nkey = 'id'\n{stated}")).with("a.csv", bytes);
        let (records, unreadable) = read(&files);
        prop_assert_eq!(unreadable, 0);
        prop_assert_eq!(records.len(), cells.len());
        for (record, (first, second)) in records.iter().zip(&cells) {
            let json: serde_json::Value = serde_json::from_str(record.payload.as_str()).unwrap();
            prop_assert_eq!(json["first text"].as_str(), Some(first.as_str()));
            prop_assert_eq!(json["second"].as_str(), Some(second.as_str()));
        }
    }
}
