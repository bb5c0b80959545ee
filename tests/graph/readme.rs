//! The connector's README names tests, switches and keys of this dialect; they are there, all of them.

use crate::readme_of::{Readme, keys_of};
use counterfoil_gym::graph::Switches;
use counterfoil_sdk::ConnectorKind as _;
use std::path::Path;

#[test]
fn every_switch_of_the_gym_and_every_key_of_the_template_stands_in_the_readme() {
    let readme = Readme::of("email");
    readme.has_all(Switches::names().map(|(name, _)| name));
    let table: Vec<&str> = keys_of(counterfoil_connector_email::KIND.template());
    // Keys that every connector has are told elsewhere.
    readme.has_all(table.into_iter().filter(|key| !["mapping", "client_id", "client_secret"].contains(key)));
}

#[test]
fn every_test_of_the_dialect_that_the_readme_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = std::fs::read_to_string(root.join("connectors/email/README.md")).unwrap();
    let section = text.split("### Microsoft Graph").nth(1).unwrap().split("\n### ").next().unwrap();
    let named: Vec<(&str, &str)> =
        section.split('`').skip(1).step_by(2).filter_map(|quoted| quoted.split_once("::")).collect();
    for (file, name) in &named {
        let folders = ["connectors/email/tests/graph", "tests/graph"].map(|folder| root.join(folder));
        let is_there = folders.iter().any(|folder| {
            let source = std::fs::read_to_string(folder.join(format!("{file}.rs"))).unwrap_or_default();
            source.contains(&format!("fn {name}("))
        });
        assert!(is_there, "the README names {file}::{name}, which is nowhere");
    }
    assert!(named.len() > 25, "{} tests are named", named.len());
}
