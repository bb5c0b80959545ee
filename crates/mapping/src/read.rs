//! Reads TOML values with their places; what has the wrong type becomes a finding.

use crate::located::{Findings, Located, Origin, Place};
use counterfoil_diagnostics::did_you_mean;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One of the two texts, being read.
pub(crate) struct Reader<'f> {
    pub(crate) origin: Origin,
    pub(crate) findings: &'f mut Findings,
}

impl Reader<'_> {
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        Place { origin: self.origin, span }
    }

    pub(crate) fn located<T>(&self, value: T, span: Range<usize>) -> Located<T> {
        Located { value, place: self.place(span) }
    }

    /// Names every key that is not one of `known`.
    pub(crate) fn only(&mut self, table: &DeTable<'_>, known: &[&str], what: &str) {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let place = self.place(key.span());
            let message = format!("{what} has no `{}`", key.get_ref());
            let help = match did_you_mean(key.get_ref(), known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are `{}`", known.join("`, `")),
            };
            self.findings.error("mapping::unknown-key", message, &place, "unknown").help = Some(help);
        }
    }

    pub(crate) fn table<'v, 'i>(&mut self, value: &'v Spanned<DeValue<'i>>, what: &str) -> Option<&'v DeTable<'i>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => self.wrong_type(value, what, "a table"),
        }
    }

    pub(crate) fn text(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Option<Located<String>> {
        match value.get_ref() {
            DeValue::String(text) => Some(self.located(text.to_string(), value.span())),
            _ => self.wrong_type(value, what, "a text"),
        }
    }

    pub(crate) fn flag(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Option<bool> {
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong_type(value, what, "`true` or `false`"),
        }
    }

    /// One text or a list of texts.
    pub(crate) fn texts(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Vec<Located<String>> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(|item| self.text(item, what)).collect(),
            _ => self.text(value, what).into_iter().collect(),
        }
    }

    /// The text of a key, one of `known`.
    pub(crate) fn one_of(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        what: &str,
        known: &[&'static str],
    ) -> Option<&'static str> {
        let text = self.text(value, what)?;
        let found = known.iter().copied().find(|known| *known == text.value);
        if found.is_none() {
            let message = format!("{what} is one of `{}`", known.join("`, `"));
            let near = did_you_mean(&text.value, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            self.findings.error("mapping::unknown-value", message, &text.place, "none of these").help = near;
        }
        found
    }

    pub(crate) fn wrong_type<T>(&mut self, value: &Spanned<DeValue<'_>>, what: &str, expected: &str) -> Option<T> {
        let place = self.place(value.span());
        let found = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.findings.error("mapping::wrong-type", format!("{what} is {expected}"), &place, format!("this is {found}"));
        None
    }
}
