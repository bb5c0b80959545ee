//! What is shipped for people to start from has no finding, read with the connectors and mappings that are shipped.

use counterfoil_config::{Input, Instance, MappingChoice, Parsed, parse, template};
use counterfoil_diagnostics::{SourceText, render_all};
use counterfoil_mapping::{NamedMapping, Settings, compile_instance, shipped};
use counterfoil_sdk::ConnectorKind;
use std::path::{Path, PathBuf};

const KINDS: &[&dyn ConnectorKind] = &[
    &counterfoil_connector_email::KIND,
    &counterfoil_connector_file::KIND,
    &counterfoil_connector_jira::KIND,
    &counterfoil_connector_servicenow::KIND,
];

/// With the kind that takes the registers, which no section names.
const ALL_KINDS: &[&dyn ConnectorKind] = &[
    &counterfoil_connector_email::KIND,
    &counterfoil_connector_file::KIND,
    &counterfoil_connector_jira::KIND,
    &counterfoil_connector_register::KIND,
    &counterfoil_connector_servicenow::KIND,
];

#[test]
fn every_example_is_in_order() {
    let mut read_examples = 0;
    for file in files_below(&root().join("examples")) {
        let name = file.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).expect("the example can be read");
        let parsed = read(&name, &text, &[]);
        assert!(parsed.findings.is_empty(), "{}", render_all(&parsed.findings, false, 100));
        let config = parsed.config.expect("there is no error");
        assert!(!config.instances.is_empty(), "{name} configures nothing");
        config.instances.iter().chain(&config.register).for_each(compiles);
        read_examples += 1;
    }
    assert!(read_examples > 0, "there is no example");
}

/// The mappings of an instance compile with what it changes in them.
fn compiles(instance: &Instance) {
    let named = |choice: &MappingChoice| {
        let file = shipped::find(&choice.name).expect("an example has shipped mappings").source();
        NamedMapping { name: choice.name.clone(), file }
    };
    let named: Vec<_> = instance.mappings.iter().map(named).collect();
    let settings = Settings { instance: instance.name.to_string(), ..Settings::default() };
    let document = instance.overrides.as_ref().map(|overrides| &overrides.document);
    if let Err(problems) = compile_instance(&named, document, &settings) {
        panic!("{}: {problems:#?}", instance.name);
    }
}

#[test]
fn the_path_of_the_incident_log_is_given_on_the_command_line() {
    let text = std::fs::read_to_string(root().join("examples/uci-incident-log.toml")).expect("the example is there");
    let parsed = read("uci-incident-log.toml", &text, &["connector.log.path=/a/b c.csv"]);
    assert!(parsed.findings.is_empty(), "{}", render_all(&parsed.findings, false, 100));
    let config = parsed.config.expect("there is no error");
    assert_eq!(config.instances[0].name.as_str(), "log");
    let refused = read("uci-incident-log.toml", &text, &["connector.log.path=/a*/b.csv"]);
    assert_eq!(refused.findings[0].0.name.as_ref(), "--set", "the value that was set is the one that is read");
}

#[test]
fn what_init_writes_is_in_order_for_every_kind() {
    for kind in KINDS {
        let text = template(*kind, "acme-log");
        let parsed = read("template", &text, &[]);
        assert!(parsed.findings.is_empty(), "{}", render_all(&parsed.findings, false, 100));
        assert_eq!(parsed.config.expect("there is no error").instances[0].kind, kind.name());
    }
}

fn read(name: &str, text: &str, sets: &[&str]) -> Parsed {
    let mappings = root().join("mappings");
    let names: Vec<String> = files_below(&mappings)
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "toml"))
        .filter_map(|file| {
            let below = file.strip_prefix(&mappings).ok()?.with_extension("");
            Some(below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"))
        })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let source = SourceText { name: name.into(), text: text.into() };
    let sets = sets.iter().map(|set| (*set).to_owned()).collect();
    parse(&Input { source, folder: PathBuf::from("."), sets }, ALL_KINDS, &names)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is a folder of the workspace")
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}
