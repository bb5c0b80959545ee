//! The connector's README names tests and switches; they are there, all of them.

use counterfoil_gym::servicenow::Switches;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn readme() -> String {
    std::fs::read_to_string(root().join("connectors/servicenow/README.md")).unwrap()
}

/// What stands between backticks, one line at a time.
fn quoted(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.starts_with("```"));
    lines.flat_map(|line| line.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

fn sources_below(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

#[test]
fn every_test_that_the_readme_names_is_there() {
    let mut sources = Vec::new();
    for folder in ["connectors/servicenow", "crates/http", "tests/servicenow"] {
        sources_below(&root().join(folder), &mut sources);
    }
    let named: Vec<(String, String)> = quoted(&readme())
        .iter()
        .filter_map(|name| name.split_once("::"))
        .filter(|(file, name)| !["servicenow", "census", "Connector"].contains(file) && !name.is_empty())
        .map(|(file, name)| (file.to_owned(), name.to_owned()))
        .collect();
    assert!(named.len() > 60, "the README names {} tests", named.len());
    for (file, name) in named {
        let is_there = sources.iter().any(|(path, text)| {
            // A test is a function, or a line of the table of faults.
            let is_test = text.contains(&format!("fn {name}(")) || text.contains(&format!("    {name}, \""));
            path.file_stem().is_some_and(|stem| stem.to_string_lossy() == file) && is_test
        });
        assert!(is_there, "the README names {file}::{name}, which is nowhere");
    }
}

#[test]
fn every_switch_of_the_gym_stands_in_the_readme() {
    let quoted = quoted(&readme());
    let missing: Vec<&str> = Switches::names().map(|(name, _)| name).filter(|name| !quoted.contains(*name)).collect();
    assert!(missing.is_empty(), "the README says nothing about {missing:?}");
}

#[test]
fn every_key_of_the_template_stands_in_the_readme() {
    use counterfoil_sdk::ConnectorKind as _;
    let quoted = quoted(&readme());
    let template = counterfoil_connector_servicenow::KIND.template();
    let keys = template.lines().filter_map(|line| line.trim_start_matches("# ").split_once(" = "));
    let keys: Vec<&str> = keys.map(|(key, _)| key).filter(|key| *key != "type").collect();
    assert!(keys.len() > 10, "{keys:?}");
    assert!(keys.iter().all(|key| quoted.contains(*key)), "{keys:?}");
}
