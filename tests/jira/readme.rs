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
