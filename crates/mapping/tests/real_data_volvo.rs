//! The problems of VINST over the public log of 2013. The data is not part of the repository.

use counterfoil_mapping::{Mapping, MappingSource, Outcome, Settings, shipped};
use counterfoil_model::{Field, Reading, Slug, Value as Known};
use counterfoil_record::Form;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The rows of each problem in the order of their moments, as the file connector gives them.
#[expect(clippy::print_stdout, reason = "a skip is said")]
fn logs() -> Option<BTreeMap<String, Vec<Value>>> {
    let file = "../../../shared/data/volvo-problems/VINST_cases_open_problems.csv.zst";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if !file.exists() {
        println!("SKIP {} of the shared data is not here", file.display());
        return None;
    }
    let bytes = zstd::decode_all(std::fs::File::open(file).expect("it is there")).expect("it is whole");
    // ISO 8859-1: every byte is the character of its number.
    let text: String = bytes.into_iter().map(char::from).collect();
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    let columns = reader.headers().expect("the file has a header").clone();
    let mut logs: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in reader.records() {
        let row = row.expect("the file is whole");
        let row: Map<String, Value> = columns.iter().map(str::to_owned).zip(row.iter().map(Value::from)).collect();
        logs.entry(row["Problem Number"].as_str().expect("every column is text").to_owned())
            .or_default()
            .push(row.into());
    }
    let moment = |row: &Value| row["Problem Change Date+Time"].as_str().expect("every column is text").to_owned();
    logs.values_mut().for_each(|rows| rows.sort_by_key(moment));
    Some(logs)
}

#[test]
fn real_data_every_status_of_the_volvo_problems_is_known() {
    let Some(logs) = logs() else { return };
    let file = shipped::find("vinst/problem-log").unwrap().source();
    let settings = Settings { instance: "vinst".into(), party: Some(Slug::of("volvo")), ..Settings::default() };
    let mapping = Mapping::compile(&MappingSource { file, overrides: None, settings }).unwrap();
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut transitions, mut rows_seen) = (0, 0);
    for (number, rows) in &logs {
        rows_seen += rows.len();
        let outcome = mapping.map(Form::Log, &json!({ "rows": rows }).to_string());
        let Outcome::Mapped { mapped, notes } = outcome else { panic!("{number}: {outcome:?}") };
        let known = ["derived-from-history", "not-derivable"];
        assert_eq!(notes.iter().find(|note| !known.contains(&note.code)), None, "{number}");
        let state = &mapped.record.readings[mapping.kind().position(Field::State).unwrap()];
        let Reading::Known(Known::Word(state)) = state else { panic!("{number}: {state:?}") };
        *states.entry(state).or_default() += 1;
        transitions += mapped.record.history.iter().filter(|change| change.field == Field::State).count();
    }
    assert_eq!((logs.len(), rows_seen), (819, 2351));
    let counted: Vec<(&str, usize)> = states.into_iter().collect();
    println_counts(&counted, transitions);
    let last = logs.values().map(|rows| rows.last().unwrap()["Problem Sub Status"].as_str().unwrap());
    let closed = last.filter(|status| *status == "Closed").count();
    assert!(counted.contains(&("closed", closed)), "{counted:?}");
    assert!(transitions >= logs.len(), "every problem has a first state");
}

#[expect(clippy::print_stdout, reason = "figures of a real log are said")]
fn println_counts(counted: &[(&str, usize)], transitions: usize) {
    println!("{counted:?}, {transitions} changes of state");
}
