//! The sections as they are handed over, as records: canonical JSON, so that what says the same is the same.

use counterfoil_diagnostics::Finding;
use counterfoil_record::{Digest, Form, Payload, Place, RawRecord};
use counterfoil_sdk::ConfigSection;
use serde::Deserialize as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use toml::de::ValueDeserializer;

/// Sections by their paths, which are the records' ids.
pub(crate) struct Sections {
    texts: BTreeMap<String, String>,
    container: Arc<str>,
}

impl Sections {
    /// Every member of the section is one section of a register, its path the key.
    pub(crate) fn read(section: ConfigSection<'_>) -> Result<Self, Vec<Finding>> {
        let (mut texts, mut findings) = (BTreeMap::new(), Vec::new());
        for (path, value) in section.table.into_inner() {
            let (at, path) = (value.span(), path.into_inner().into_owned());
            // Members are ordered by their names, whatever the order in the file.
            let members = BTreeMap::<String, serde_json::Value>::deserialize(ValueDeserializer::from(value)).ok();
            let Some(text) = members.and_then(|members| serde_json::to_string(&members).ok()) else {
                let message = format!("`{path}` is no section of a register");
                findings.push(Finding::error("config::not-a-section", message, at, "cannot be read"));
                continue;
            };
            texts.insert(path, text);
        }
        if findings.is_empty() { Ok(Self { texts, container: "configuration".into() }) } else { Err(findings) }
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// What a section says, in short.
    pub(crate) fn mark(&self, path: &str) -> Option<String> {
        self.texts.get(path).map(|text| mark(text))
    }

    /// The record of a section.
    pub(crate) fn record(&self, path: &str) -> Option<RawRecord> {
        let text = self.texts.get(path)?;
        Some(RawRecord {
            native_id: path.to_owned(),
            version: String::new(),
            form: Form::Snapshot,
            payload: Payload::owned(text),
            place: self.place(path),
        })
    }

    /// Where a section stands. Lines move when something above them changes, and headers do not.
    pub(crate) fn place(&self, path: &str) -> Place {
        Place { container: Arc::clone(&self.container), position: format!("[{path}]") }
    }
}

/// Half of a digest: enough to tell two versions of one section apart.
fn mark(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string().chars().take(32).collect()
}
