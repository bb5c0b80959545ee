//! The README of a connector names tests, switches and keys; they are there, all of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A README, with what stands between its backticks.
pub(crate) struct Readme {
    pub(crate) quoted: BTreeSet<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

impl Readme {
    /// Of `connectors/<name>`.
    pub(crate) fn of(connector: &str) -> Self {
        let text = std::fs::read_to_string(root().join("connectors").join(connector).join("README.md")).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with("```"));
        // One line at a time: a backtick without its other half spoils no more than its own.
        let quoted = lines.flat_map(|line| line.split('`').skip(1).step_by(2)).map(str::to_owned).collect();
        Self { quoted }
    }

    /// Every `file::test` is a test of a file of that name below one of these folders. What begins with one of `codes` is
    /// the code of a finding. Gives how many there are.
    pub(crate) fn names_tests_that_are_there(&self, folders: &[&str], codes: &[&str]) -> usize {
        let mut sources = Vec::new();
        folders.iter().for_each(|folder| sources_below(&root().join(folder), &mut sources));
        let named = self.quoted.iter().filter_map(|name| name.split_once("::"));
        let named: Vec<_> = named.filter(|(file, name)| !codes.contains(file) && !name.is_empty()).collect();
        for (file, name) in &named {
            let is_there = sources.iter().any(|(path, text)| {
                // A test is a function, or a line of a table of them.
                let is_test = text.contains(&format!("fn {name}(")) || text.contains(&format!("    {name}, \""));
                path.file_stem().is_some_and(|stem| stem.to_string_lossy() == *file) && is_test
            });
            assert!(is_there, "the README names {file}::{name}, which is nowhere");
        }
        named.len()
    }

    /// Every one of these words stands there.
    pub(crate) fn has_all<'a>(&self, words: impl Iterator<Item = &'a str>) {
        let missing: Vec<&str> = words.filter(|word| !self.quoted.contains(*word)).collect();
        assert!(missing.is_empty(), "the README says nothing about {missing:?}");
    }
}

/// The keys of a template.
pub(crate) fn keys_of(template: &str) -> Vec<&str> {
    let keys = template.lines().filter_map(|line| line.trim_start_matches("# ").split_once(" = "));
    let keys: Vec<&str> = keys.map(|(key, _)| key).filter(|key| *key != "type").collect();
    assert!(keys.len() > 10, "{keys:?}");
    keys
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
