//! Reads TOML values with their places; what has the wrong type becomes a finding.

use counterfoil_diagnostics::{Finding, did_you_mean};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(crate) struct Reader {
    pub(crate) findings: Vec<Finding>,
}

impl Reader {
    pub(crate) fn error(&mut self, code: &'static str, message: String, at: Range<usize>, label: impl Into<String>) {
        self.findings.push(Finding::error(code, message, at, label));
    }

    /// Names every key that is not one of `known`.
    pub(crate) fn only(&mut self, table: &DeTable<'_>, known: &[&str], what: &str) {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let help = match did_you_mean(key.get_ref(), known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are `{}`", known.join("`, `")),
            };
            let message = format!("{what} has no `{}`", key.get_ref());
            self.findings.push(Finding::error("rules::unknown-key", message, key.span(), "unknown").help(help));
        }
    }

    pub(crate) fn required<'v, 'i>(
        &mut self,
        table: &'v DeTable<'i>,
        key: &str,
        what: &str,
        at: Range<usize>,
    ) -> Option<&'v Spanned<DeValue<'i>>> {
        let found = table.get(key);
        if found.is_none() {
            self.error("rules::missing-key", format!("{what} needs `{key}`"), at, "missing here");
        }
        found
    }

    pub(crate) fn table<'v, 'i>(&mut self, value: &'v Spanned<DeValue<'i>>, what: &str) -> Option<&'v DeTable<'i>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => self.wrong_type(value, what, "a table"),
        }
    }

    pub(crate) fn list<'v, 'i>(&mut self, value: &'v Spanned<DeValue<'i>>, what: &str) -> &'v [Spanned<DeValue<'i>>] {
        match value.get_ref() {
            DeValue::Array(items) => items,
            _ => self.wrong_type(value, what, "a list").unwrap_or(&[]),
        }
    }

    pub(crate) fn text(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            _ => self.wrong_type(value, what, "a text"),
        }
    }

    pub(crate) fn texts(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Vec<(String, Range<usize>)> {
        self.list(value, what).iter().filter_map(|item| Some((self.text(item, what)?, item.span()))).collect()
    }

    pub(crate) fn flag(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Option<bool> {
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong_type(value, what, "`true` or `false`"),
        }
    }

    /// A whole number within a range.
    pub(crate) fn number(&mut self, value: &Spanned<DeValue<'_>>, what: &str, range: Range<u32>) -> Option<u32> {
        let DeValue::Integer(number) = value.get_ref() else {
            return self.wrong_type(value, what, "a whole number");
        };
        let read = u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|number| range.contains(number));
        if read.is_none() {
            let label = format!("{} to {}", range.start, range.end - 1);
            self.error("rules::out-of-range", format!("{what} is out of range"), value.span(), label);
        }
        read
    }

    /// A text that is one of `known`.
    pub(crate) fn word(&mut self, text: &str, at: Range<usize>, what: &str, known: &[&str]) -> bool {
        if known.contains(&text) {
            return true;
        }
        let mut finding = Finding::error(
            "rules::unknown-word",
            format!("{what} is one of `{}`", known.join("`, `")),
            at,
            "none of these",
        );
        finding.help = did_you_mean(text, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        self.findings.push(finding);
        false
    }

    fn wrong_type<T>(&mut self, value: &Spanned<DeValue<'_>>, what: &str, expected: &str) -> Option<T> {
        let found = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.error("rules::wrong-type", format!("{what} is {expected}"), value.span(), format!("this is {found}"));
        None
    }
}
