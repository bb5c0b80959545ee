//! A finding: something a person should know about a text they wrote, with its code and its place.
//!
//! This crate never decides what is wrong; it only carries and renders it.
#![forbid(unsafe_code)]

pub mod cases;
mod render;

pub use render::{render, render_all, render_plain, summary};

use std::ops::Range;
use std::sync::Arc;

/// A text with a name, as the user knows it: `counterfoil.toml`, `--set`, `mappings/…/incident.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// The name to show.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Works, but is worth a look.
    Warning,
    /// Nothing starts with it.
    Error,
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Something to know about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable and documented: `config::unknown-connector`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, lower case, no full stop.
    pub message: String,
    /// Bytes of the text it points at.
    pub at: Range<usize>,
    /// A few words beside the place: `unknown`, `1 to 100`.
    pub label: String,
    /// The next step.
    pub help: Option<String>,
}

impl Finding {
    /// An error at a place.
    pub fn error(code: &'static str, message: impl Into<String>, at: Range<usize>, label: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), at, label: label.into(), help: None }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, message: impl Into<String>, at: Range<usize>, label: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, at, label) }
    }

    /// The same with a next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The name among `known` that is nearest to `word`, when one is near enough to be meant: a few edits away, the same in
/// other letter cases, or the only one that begins with it.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    let word = word.to_lowercase();
    let known: Vec<&str> = known.into_iter().collect();
    let near = known.iter().map(|name| (distance(&word, &name.to_lowercase()), *name)).filter(|(d, _)| *d <= limit);
    near.min().map(|(_, name)| name).or_else(|| {
        let mut begun = known.iter().filter(|name| word.len() >= 3 && name.to_lowercase().starts_with(&word));
        begun.next().filter(|first| begun.all(|other| other == *first)).copied()
    })
}

/// Edits (insert, delete, replace, swap of neighbours) from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered_and_far_ones_are_not() {
        assert_eq!(did_you_mean("jria", ["jira", "file"]), Some("jira"));
        assert_eq!(did_you_mean("mailbox", ["jira", "file"]), None);
        assert_eq!(did_you_mean("FILE", ["jira", "file"]), Some("file"));
        assert_eq!(did_you_mean("interval", ["interval_secs", "enabled"]), Some("interval_secs"));
        assert_eq!(did_you_mean("person", ["person_salt", "person_word"]), None, "either could be meant");
        assert_eq!(did_you_mean("", ["jira"]), None);
    }
}
