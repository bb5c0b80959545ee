//! Reads a field, or the type of a link, by word tables.

use crate::map::{FieldRead, Notes};
use crate::plan::{Mapping, Plan, WordSource, all_hold};
use crate::scan::{Raw, Slots};
use crate::words::{Entry, Layer, Meaning, Words};
use counterfoil_model::{Quality, Reading, Value};

impl Mapping {
    pub(crate) fn read_words(
        &self,
        plan: Option<&Plan>,
        sources: &[WordSource],
        slots: &Slots<'_>,
        notes: &mut Notes<'_>,
    ) -> FieldRead {
        // The instance's own words come before everything, even before a code that an earlier source has.
        for manual in [true, false] {
            for source in sources.iter().filter(|source| all_hold(&source.conditions, slots)) {
                let layer = layer(&source.words, manual);
                if layer.is_empty() {
                    continue;
                }
                let Some(text) = self.text_of(slots.get(source.slot)) else { continue };
                let Some((entry, folded)) = layer.find(&text) else { continue };
                if folded && notes.row.is_none() {
                    let message =
                        format!("found in the word table `{}` only after folding case and spaces", source.words.name);
                    notes.add("word-folded", plan, Some(source.slot), &text, message);
                }
                return found(entry, source, manual);
            }
        }
        // Of what no table has, the name says more than the id before it and the category behind it.
        let speaks =
            |source: &&WordSource| self.says_something(slots.get(source.slot)) && all_hold(&source.conditions, slots);
        let counts = |source: &&WordSource| !source.otherwise_missing && speaks(source);
        let named = sources.iter().rev().filter(|source| !source.category).find(counts);
        match named.or_else(|| sources.iter().find(counts)) {
            Some(source) => self.unmapped(plan, source, slots, notes),
            None => match sources.iter().find(speaks) {
                Some(source) => FieldRead::of(Reading::Missing, Some(source.slot)),
                None => self.empty_word(sources, slots),
            },
        }
    }

    /// What an empty value means, where a table says so. A member that is not there is not empty.
    fn empty_word(&self, sources: &[WordSource], slots: &Slots<'_>) -> FieldRead {
        for manual in [true, false] {
            let is_there = |source: &&WordSource| {
                !matches!(slots.get(source.slot), Raw::Absent) && all_hold(&source.conditions, slots)
            };
            for source in sources.iter().filter(is_there) {
                if let Some(entry) = layer(&source.words, manual).empty() {
                    return found(entry, source, manual);
                }
            }
        }
        FieldRead::of(Reading::Missing, None)
    }

    #[cold]
    fn unmapped(
        &self,
        plan: Option<&Plan>,
        source: &WordSource,
        slots: &Slots<'_>,
        notes: &mut Notes<'_>,
    ) -> FieldRead {
        let raw = slots.get(source.slot);
        if let Raw::Document(_) = raw {
            return FieldRead::of(self.composite(plan, source.slot, "an object", notes), Some(source.slot));
        }
        if let Raw::Composite(what) = raw {
            return FieldRead::of(self.composite(plan, source.slot, what, notes), Some(source.slot));
        }
        let word = self.text_of(raw).unwrap_or_default();
        let message = format!("the word table `{}` does not have it", source.words.name);
        notes.add("unmapped-word", plan, Some(source.slot), &word, message);
        let read = FieldRead::of(Reading::Unmapped(word.as_ref().into()), Some(source.slot));
        FieldRead { quality: Quality::Fallback, ..read }
    }
}

fn layer(words: &Words, manual: bool) -> &Layer {
    if manual { &words.manual } else { &words.shipped }
}

fn found(entry: &Entry, source: &WordSource, manual: bool) -> FieldRead {
    let quality = match (manual, source.category) {
        (true, _) => Quality::Manual,
        (false, true) => Quality::Category,
        (false, false) => Quality::Exact,
    };
    let value = match &entry.meaning {
        Meaning::Word(word) => Value::Word(word),
        Meaning::Integer(number) => Value::Integer(*number),
        Meaning::Flag(flag) => Value::Flag(*flag),
        Meaning::Text(text) => Value::Text(text.clone()),
        Meaning::Party(party) => Value::Party(party.clone()),
    };
    FieldRead { reading: value.into(), quality, slot: Some(source.slot), word: Some(entry.rule) }
}
