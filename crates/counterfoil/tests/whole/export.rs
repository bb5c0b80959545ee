//! Exported figures are the figures: in every format the same ones as `kpi --json`.

use crate::program::Desk;
use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::Value;

const CONFIG: &str = "[connector.acme]\ntype = \"file\"\npath = \"in.csv\"\nkey = \"number\"\nzone = \"UTC\"\n\
    mapping = \"map.toml\"\nparty = \"acme\"\n\n[party.acme]\nname = \"Acme\"\nrole = \"external_supplier\"\n";
const MAPPING: &str = "[mapping]\nkind = \"incident\"\n[fields]\nnative_key = \"/number\"\ntitle = \"/title\"\n\
    opened_at = \"/opened\"\nresolved_at = \"/resolved\"\nassignee_group = \"/group\"\n\
    state = { from = \"/state\", words = \"state\" }\n[words.state]\nnew = \"new\"\nresolved = \"resolved\"\n";

fn desk() -> Desk {
    let desk = Desk::with_config(CONFIG);
    desk.write("map.toml", MAPPING);
    let mut rows = "number,title,opened,resolved,group,state\n".to_owned();
    for at in 0..40 {
        let (day, hour) = (1 + at % 20, at % 24);
        let (resolved, state) = if at % 3 == 0 {
            (String::new(), "new")
        } else {
            (format!("2026-03-{:02}T{hour:02}:30:00Z", day + 3), "resolved")
        };
        // A group that a spreadsheet would run.
        let group = if at % 2 == 0 { "=HYPERLINK(\"\"http://evil.example\"\")" } else { "desk" };
        rows += &format!("INC{at},t,2026-03-{day:02}T{hour:02}:00:00Z,{resolved},\"{group}\",{state}\n");
    }
    desk.write("in.csv", rows);
    desk.ends(0, &["sync"]);
    desk
}

#[test]
fn every_format_has_the_figures_of_kpi() {
    let desk = desk();
    let said = desk.json(&["kpi", "--by", "group"]);
    let said = said.as_array().unwrap();
    let number = |figure: &Value, name: &str| figure[name].as_f64();

    let text = desk.ends(0, &["export", "csv", "--by", "group"]).out;
    let mut csv = csv::Reader::from_reader(text.as_bytes());
    let heads: Vec<String> = csv.headers().unwrap().iter().map(str::to_owned).collect();
    let place = |name: &str| heads.iter().position(|head| head == name).unwrap();
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), said.len());
    for (row, figure) in rows.iter().zip(said) {
        assert_eq!(row[place("id")], *figure["id"].as_str().unwrap());
        assert_eq!(row[place("value")].parse().ok(), number(figure, "value"), "{figure}");
        assert_eq!(row[place("n")].parse().ok(), figure["n"].as_i64());
        let group = figure["group"].as_str().unwrap_or("");
        let safe = if group.starts_with('=') { format!("'{group}") } else { group.to_owned() };
        assert_eq!(row[place("group")], safe);
    }
    assert!(text.contains("'=HYPERLINK"), "a group is no formula");

    let told = desk.ends(0, &["export", "xlsx", "--by", "group", "--out", "figures.xlsx"]).out;
    assert_eq!(told, format!("{} figures in figures.xlsx\n", said.len()));
    let mut book: Xlsx<_> = open_workbook(desk.path("figures.xlsx")).unwrap();
    let range = book.worksheet_range("figures").unwrap();
    for (row, figure) in range.rows().skip(1).zip(said) {
        let value = match &row[place("value")] {
            Data::Float(value) => Some(*value),
            Data::Empty => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(value, number(figure, "value"), "{figure}");
    }
    assert_eq!(range.height(), said.len() + 1);

    desk.ends(0, &["export", "parquet", "--by", "group", "--out", "figures.parquet"]);
    let bytes = std::fs::read(desk.path("figures.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    assert!(!desk.path("figures.parquet.part").exists());
}

#[test]
fn records_are_exported_with_what_is_not_known_of_them() {
    let desk = desk();
    let text = desk.ends(0, &["export", "csv", "--what", "records"]).out;
    let mut csv = csv::Reader::from_reader(text.as_bytes());
    let heads: Vec<String> = csv.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 40);
    let at = |name: &str| heads.iter().position(|head| head == name).unwrap();
    assert_eq!((&rows[0][at("id")], &rows[0][at("kind")]), ("acme/records/INC0", "incident"));
    assert_eq!((&rows[0][at("state")], &rows[0][at("resolved_at")]), ("new", ""));
    assert!(heads.iter().all(|head| !head.contains("person") && head != "requester"), "{heads:?}");
}

#[test]
fn a_binary_format_needs_a_file_and_a_folder_that_is_none_is_said() {
    let desk = desk();
    let ran = desk.ends(2, &["export", "parquet"]);
    assert!(ran.err.contains("--out FILE"), "{}", ran.err);
    let ran = desk.run(&["export", "xlsx", "--out", "no/such/figures.xlsx"]);
    assert!(ran.code != 0 && ran.err.contains("no/such/figures.xlsx"), "{} {}", ran.code, ran.err);
}
