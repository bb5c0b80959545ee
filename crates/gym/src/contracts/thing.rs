//! A record as it truly is.

use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a field of a record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Texts, words, references and parties.
    Text(String),
    /// Unix seconds.
    At(i64),
    /// A whole number, or seconds.
    Number(i64),
    /// Millionths.
    Millionths(i64),
    /// Yes or no.
    Flag(bool),
}

impl Fact {
    /// As a file with canonical columns has it.
    pub fn written(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::At(secs) => Timestamp::from_second(*secs).map(|at| at.to_string()).unwrap_or_default(),
            Self::Number(number) => number.to_string(),
            Self::Millionths(number) => {
                let (whole, part) = (number / 1_000_000, number % 1_000_000);
                if part == 0 {
                    whole.to_string()
                } else {
                    format!("{whole}.{part:06}").trim_end_matches('0').to_owned()
                }
            }
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Fact {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// From this moment on a record was so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// Unix seconds.
    pub at: i64,
    /// The state.
    pub state: &'static str,
    /// What it waited for.
    pub hold_reason: Option<&'static str>,
    /// Its priority, where it has one.
    pub priority: &'static str,
    /// Who worked on it.
    pub party: &'static str,
    /// Which group.
    pub group: &'static str,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// The canonical kind.
    pub kind: &'static str,
    /// Its native id, which no other record of the estate has.
    pub id: String,
    /// What is known of it.
    pub fields: BTreeMap<&'static str, Fact>,
    /// Links to other records: the type and the id.
    pub links: Vec<(&'static str, String)>,
    /// What it went through, oldest first; nothing for registers.
    pub course: Vec<Course>,
}

impl Thing {
    pub(crate) fn new(kind: &'static str, id: impl Into<String>) -> Self {
        Self { kind, id: id.into(), fields: BTreeMap::new(), links: Vec::new(), course: Vec::new() }
    }

    pub(crate) fn set(&mut self, field: &'static str, fact: impl Into<Fact>) {
        self.fields.insert(field, fact.into());
    }

    pub(crate) fn with(mut self, field: &'static str, fact: impl Into<Fact>) -> Self {
        self.set(field, fact);
        self
    }

    pub(crate) fn since(mut self, field: &'static str, at: i64) -> Self {
        self.set(field, Fact::At(at));
        self
    }

    /// A moment in Unix seconds.
    pub fn at(&self, field: &str) -> Option<i64> {
        match self.fields.get(field)? {
            Fact::At(at) => Some(*at),
            _ => None,
        }
    }

    /// A text, word, reference or party.
    pub fn text(&self, field: &str) -> Option<&str> {
        match self.fields.get(field)? {
            Fact::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number.
    pub fn number(&self, field: &str) -> Option<i64> {
        match self.fields.get(field)? {
            Fact::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A decimal, in millionths.
    pub fn millionths(&self, field: &str) -> Option<i64> {
        match self.fields.get(field)? {
            Fact::Millionths(number) => Some(*number),
            _ => None,
        }
    }

    /// Whether a flag is set; one that is not said is not.
    pub fn is(&self, field: &str) -> bool {
        self.fields.get(field) == Some(&Fact::Flag(true))
    }

    /// Whether anything is said at all.
    pub fn says(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// The state it is in now.
    pub fn state(&self) -> &str {
        self.text("state").unwrap_or_default()
    }
}
