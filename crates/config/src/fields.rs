//! One section, key by key, so that a problem with one key hides none of the others.

use counterfoil_diagnostics::{Finding, did_you_mean};
use counterfoil_sdk::read_value;
use serde::de::DeserializeOwned;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A section that is taken apart. What is left at the end is unknown.
pub(crate) struct Fields<'i> {
    /// Where the section's header stands.
    pub(crate) at: Range<usize>,
    table: DeTable<'i>,
    asked: Vec<&'static str>,
}

impl<'i> Fields<'i> {
    pub(crate) fn new(at: Range<usize>, table: DeTable<'i>) -> Self {
        Self { at, table, asked: Vec::new() }
    }

    /// The section as fields, or a finding that it is none.
    pub(crate) fn of(name: &str, value: Spanned<DeValue<'i>>, findings: &mut Vec<Finding>) -> Option<Self> {
        let at = value.span();
        match value.into_inner() {
            DeValue::Table(table) => Some(Self::new(at, table)),
            _ => {
                let message = format!("`{name}` must be a section");
                findings.push(Finding::error("config::not-a-section", message, at, "a value"));
                None
            }
        }
    }

    /// The value of a key as it is, with the key.
    pub(crate) fn take_raw(&mut self, key: &'static str) -> Option<(Range<usize>, Spanned<DeValue<'i>>)> {
        self.asked.push(key);
        self.table.remove_entry(key).map(|(key, value)| (key.span(), value))
    }

    /// The value of a key, when it is there and fits.
    pub(crate) fn take<T: DeserializeOwned>(
        &mut self,
        key: &'static str,
        findings: &mut Vec<Finding>,
    ) -> Option<Spanned<T>> {
        let (_, value) = self.take_raw(key)?;
        read_value(key, value).map_err(|finding| findings.push(finding)).ok()
    }

    /// The value of a key that has to be there.
    pub(crate) fn need<T: DeserializeOwned>(
        &mut self,
        key: &'static str,
        help: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<Spanned<T>> {
        if !self.table.contains_key(key) {
            self.asked.push(key);
            findings.push(self.missing(key, help));
            return None;
        }
        self.take(key, findings)
    }

    pub(crate) fn missing(&self, key: &str, help: &str) -> Finding {
        Finding::error("config::missing-key", format!("`{key}` is missing"), self.at.clone(), "here").help(help)
    }

    /// Everything that was not asked for.
    pub(crate) fn rest(self) -> DeTable<'i> {
        self.table
    }

    /// Everything that was not asked for is unknown.
    pub(crate) fn end(self, findings: &mut Vec<Finding>) {
        for (key, _) in self.table {
            findings.push(unknown_key(&key, &self.asked));
        }
    }
}

pub(crate) fn unknown_key(key: &Spanned<std::borrow::Cow<'_, str>>, known: &[&str]) -> Finding {
    let name = key.get_ref();
    let help = match did_you_mean(name, known.iter().copied()) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("known are `{}`", known.join("`, `")),
    };
    Finding::error("config::unknown-key", format!("there is no key `{name}`"), key.span(), "unknown").help(help)
}
