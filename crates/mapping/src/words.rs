//! Word tables: from a source's words to canonical ones.

use crate::by_length::ByLength;
use crate::located::Rule;
use counterfoil_model::Slug;
use std::sync::Arc;

/// One word of a table, for comparing tables with a source's live catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordEntry {
    /// The table.
    pub table: String,
    /// The word of the source.
    pub word: String,
    /// What it stands for.
    pub meaning: String,
    /// Where that is written, `file:line`.
    pub rule: String,
}

/// What a word stands for, already in the type of the field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Meaning {
    Word(&'static str),
    Integer(i64),
    Flag(bool),
    Text(Arc<str>),
    Party(Slug),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) meaning: Meaning,
    pub(crate) rule: Rule,
}

/// A table as one field reads it.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) name: String,
    /// The instance's own words: they come before everything.
    pub(crate) manual: Layer,
    /// The words of the mapping file.
    pub(crate) shipped: Layer,
}

/// Words of one origin, as written and case-folded.
#[derive(Debug)]
pub(crate) struct Layer {
    exact: ByLength<Entry>,
    folded: ByLength<Entry>,
}

impl Layer {
    pub(crate) fn new(entries: Vec<(String, Entry)>) -> Self {
        let folded = entries.iter().map(|(word, entry)| (fold(word).into(), entry.clone())).collect();
        let exact = entries.into_iter().map(|(word, entry)| (word.into(), entry)).collect();
        Self { exact: ByLength::new(exact), folded: ByLength::new(folded) }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.exact.iter()
    }

    /// Whether there is an entry for what is empty at the source.
    pub(crate) fn empty(&self) -> Option<&Entry> {
        self.exact.get("")
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.exact.is_empty()
    }

    /// The entry of a word, and whether only upper and lower case or white space had to be overlooked.
    pub(crate) fn find(&self, word: &str) -> Option<(&Entry, bool)> {
        match self.exact.get(word) {
            Some(entry) => Some((entry, false)),
            None => self.folded.get(&fold(word)).map(|entry| (entry, true)),
        }
    }
}

/// Lower case, with every run of white space as one space.
pub(crate) fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for part in word.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(part.chars().flat_map(char::to_lowercase));
    }
    folded
}

impl Meaning {
    /// As text, for lists.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Word(word) => (*word).to_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Text(text) => text.to_string(),
            Self::Party(party) => party.to_string(),
        }
    }
}
