//! The connector's README names tests, switches and traps; they are there, all of them.

use crate::readme_of::{Readme, keys_of};
use counterfoil_gym::jira::Switches;
use counterfoil_sdk::ConnectorKind as _;

#[test]
fn every_test_that_the_readme_names_is_there() {
    let folders = ["connectors/jira", "crates/http", "crates/mapping", "tests/jira"];
    let named = Readme::of("jira").names_tests_that_are_there(&folders, &["jira", "census"]);
    assert!(named > 60, "the README names {named} tests");
}

#[test]
fn every_switch_of_the_gym_stands_in_the_readme() {
    Readme::of("jira").has_all(Switches::names().map(|(name, _)| name));
}

#[test]
fn every_key_of_the_template_stands_in_the_readme() {
    Readme::of("jira").has_all(keys_of(counterfoil_connector_jira::KIND.template()).into_iter());
}

#[test]
fn every_trap_names_the_test_that_exposes_it() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../connectors/jira/README.md");
    let text = std::fs::read_to_string(readme).unwrap();
    let traps = text.split("## Traps").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<&str> = traps.lines().filter(|line| line.starts_with('|')).skip(2).collect();
    assert!(rows.len() > 35, "{} traps", rows.len());
    rows.iter().for_each(|row| assert_eq!(row.matches("::").count(), 1, "{row}"));
}
