//! The connector's README names tests and switches; they are there, all of them.

use crate::readme_of::{Readme, keys_of};
use counterfoil_gym::servicenow::Switches;
use counterfoil_sdk::ConnectorKind as _;

#[test]
fn every_test_that_the_readme_names_is_there() {
    let folders = ["connectors/servicenow", "crates/gym/tests/servicenow", "crates/http", "tests/servicenow"];
    let named = Readme::of("servicenow").names_tests_that_are_there(&folders, &["servicenow", "census", "Connector"]);
    assert!(named > 60, "the README names {named} tests");
}

#[test]
fn every_switch_of_the_gym_stands_in_the_readme() {
    Readme::of("servicenow").has_all(Switches::names().map(|(name, _)| name));
}

#[test]
fn every_key_of_the_template_stands_in_the_readme() {
    let template = counterfoil_connector_servicenow::KIND.template();
    Readme::of("servicenow").has_all(keys_of(template).into_iter());
}
