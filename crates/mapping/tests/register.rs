//! The mappings of canonical columns against the model: none may lack a field, a word or a link that the model has.
//! `UPDATE_CASES=1` rewrites the columns in their README.

use counterfoil_mapping::shipped;
use counterfoil_model::{Field, FieldSpec, Kind, LinkType, Obligation, ValueType};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// What files and the configuration can hold: all but what describes a source, and mails.
fn kinds() -> impl Iterator<Item = Kind> {
    let others = [Kind::Catalogue, Kind::Correspondence];
    Kind::ALL.iter().copied().filter(move |kind| !others.contains(kind))
}

/// Those whose history is told by rows, and the reports that are told by one row for each figure.
const LOGS: [Kind; 5] = [Kind::Incident, Kind::ServiceRequest, Kind::Problem, Kind::Change, Kind::ServiceReport];

fn mappings() -> Vec<(Kind, toml::Table)> {
    let snapshots = kinds().map(|kind| (kind, format!("register/{}", kind.name())));
    let logs = LOGS.into_iter().map(|kind| (kind, format!("register/{}-log", kind.name())));
    let read = |(kind, name): (Kind, String)| {
        let shipped = shipped::find(&name).unwrap_or_else(|| panic!("`{name}` is not shipped"));
        (kind, toml::from_str(shipped.text).expect("it is TOML"))
    };
    snapshots.chain(logs).map(read).collect()
}

#[test]
fn every_field_of_every_kind_is_read() {
    for (kind, mapping) in mappings() {
        assert_eq!(mapping["mapping"]["kind"].as_str(), Some(kind.name()));
        assert_eq!(mapping["mapping"]["unread"].as_str(), Some("note"), "{}", kind.name());
        let read: BTreeSet<&str> = mapping["fields"].as_table().unwrap().keys().map(String::as_str).collect();
        let fields: BTreeSet<&str> = kind.fields().iter().map(|spec| spec.field.name()).collect();
        assert_eq!(read, fields, "{}", kind.name());
    }
}

#[test]
fn every_canonical_word_is_read_as_itself() {
    for (kind, mapping) in mappings() {
        let tables = mapping["words"].as_table().unwrap();
        for (name, table) in tables {
            let words = kind.words(Field::parse(name).unwrap());
            let expected: Vec<(&str, &str)> = words.iter().map(|word| (*word, *word)).collect();
            let mut found: Vec<(&str, &str)> = table
                .as_table()
                .unwrap()
                .iter()
                .map(|(word, meaning)| (word.as_str(), meaning.as_str().unwrap()))
                .collect();
            found.sort_by_key(|(word, _)| words.iter().position(|known| known == word));
            assert_eq!(found, expected, "{} {name}", kind.name());
        }
        let holds_words = |spec: &&FieldSpec| matches!(spec.value, ValueType::Word(_) | ValueType::State);
        let asked = kind.fields().iter().filter(holds_words).count();
        assert_eq!(tables.len(), asked, "{}", kind.name());
    }
}

#[test]
fn every_type_of_link_is_a_column() {
    for (kind, mapping) in mappings() {
        let columns = mapping["links"][0]["columns"].as_array().unwrap();
        let columns: Vec<&str> = columns.iter().map(|column| column.as_str().unwrap()).collect();
        assert_eq!(columns, LinkType::NAMES, "{}", kind.name());
    }
}

/// The part of the README that says which columns there are.
fn columns() -> String {
    let mut text = String::new();
    for kind in kinds() {
        let _ = write!(text, "\n### {}\n\n| column | holds | known | what it is |\n|---|---|---|---|\n", kind.name());
        for FieldSpec { field, value, obligation, doc } in kind.fields() {
            let words = kind.words(*field);
            let holds = match value {
                ValueType::Word(_) | ValueType::State => {
                    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" ")
                }
                ValueType::Integer if doc.starts_with("Seconds") => "duration".to_owned(),
                ValueType::Text
                | ValueType::Integer
                | ValueType::Decimal
                | ValueType::Flag
                | ValueType::Instant
                | ValueType::Party
                | ValueType::Person
                | ValueType::Reference => value.name().to_owned(),
            };
            let known = match obligation {
                Obligation::Mandatory => "always".to_owned(),
                Obligation::InStates(states) => format!("when {}", states.join(", ")),
                Obligation::Optional => String::new(),
            };
            let _ = writeln!(text, "| `{field}` | {holds} | {known} | {} |", doc.replace('|', "\\|"));
        }
    }
    text
}

const BEGIN: &str = "<!-- the columns: written by a test, see crates/mapping/tests/register.rs -->\n";

#[test]
fn the_readme_has_the_columns_that_the_model_has() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/register/README.md");
    let readme = std::fs::read_to_string(&file).expect("the columns have a README");
    let (before, after) = readme.split_once(BEGIN).expect("the README says where the columns stand");
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(&file, format!("{before}{BEGIN}{}", columns())).expect("the README can be written");
        return;
    }
    assert_eq!(after, columns(), "run it with UPDATE_CASES=1");
}
