//! Compiles word tables for what reads by them: fields and links.

use crate::compile::{Compiler, SharedWords};
use crate::located::{Located, Origin, Place};
use crate::spec::WordValue;
use crate::words::{Entry, Layer, Meaning, Words, fold};
use counterfoil_diagnostics::did_you_mean;
use counterfoil_model::{Slug, ValueType};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes tables for one reader of them.
pub(crate) struct TableCompiler<'c, 'a> {
    pub(crate) compiler: &'c mut Compiler<'a>,
    /// What findings call the reader.
    pub(crate) what: &'static str,
    /// What a word has to stand for.
    pub(crate) value: ValueType,
    /// The canonical words, where it has to be one.
    pub(crate) known: Vec<&'static str>,
}

impl TableCompiler<'_, '_> {
    /// The table of this name; `None` after a finding.
    pub(crate) fn table(&mut self, name: &Located<String>) -> Option<SharedWords> {
        self.compiler.used_tables.insert(name.value.clone());
        let Some(table) = self.compiler.spec.words.get(&name.value) else {
            let known = self.compiler.spec.words.keys().map(String::as_str);
            let near = did_you_mean(&name.value, known).map(|near| format!("did you mean `{near}`?"));
            let message = format!("there is no word table `{}`", name.value);
            *self.error("mapping::unknown-words", message, &name.place, "unknown") =
                Some(near.unwrap_or_else(|| format!("add the section `[words.{}]`", name.value)));
            return None;
        };
        let mut layers = [Vec::new(), Vec::new()];
        let mut folded: BTreeMap<(bool, String), (&str, &WordValue)> = BTreeMap::new();
        for (word, meaning) in &table.words {
            let manual = word.place.origin == Origin::Overrides;
            if let Some((other, known)) = folded.insert((manual, fold(&word.value)), (&word.value, &meaning.value))
                && (*known != meaning.value || other == word.value)
            {
                let message = format!("`{}` and `{other}` are one word to a reader and mean two things", word.value);
                self.error("mapping::duplicate-word", message, &word.place, "stands there twice");
            }
            let Some(meaning) = self.meaning(meaning) else { continue };
            let rule = self.compiler.rule(&word.place);
            layers[usize::from(manual)].push((word.value.clone(), Entry { meaning, rule }));
        }
        let [shipped, manual] = layers.map(Layer::new);
        Some(Arc::new(Words { name: name.value.clone(), manual, shipped }))
    }

    fn meaning(&mut self, written: &Located<WordValue>) -> Option<Meaning> {
        match (self.value, &written.value) {
            (ValueType::Word(_) | ValueType::State, WordValue::Text(text)) => {
                if let Some(word) = self.known.iter().find(|word| **word == text.as_str()) {
                    return Some(Meaning::Word(word));
                }
                let near = did_you_mean(text, self.known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                let (what, all) = (self.what, words_in_a_line(self.what, &self.known));
                let message = format!("`{text}` is no word of `{what}`");
                *self.error("mapping::unknown-word", message, &written.place, "not canonical") =
                    Some(near.unwrap_or(all));
                None
            }
            (ValueType::Integer, WordValue::Integer(number)) => Some(Meaning::Integer(*number)),
            (ValueType::Flag, WordValue::Flag(flag)) => Some(Meaning::Flag(*flag)),
            (ValueType::Text | ValueType::Reference, WordValue::Text(text)) => {
                Some(Meaning::Text(text.as_str().into()))
            }
            (ValueType::Party, WordValue::Text(text)) if Slug::of(text).as_str() == text => {
                Some(Meaning::Party(Slug::of(text)))
            }
            (ValueType::Party, WordValue::Text(text)) => {
                let message = format!("`{text}` is no party: letters a-z, digits, `-` and `_`");
                *self.error("mapping::unknown-word", message, &written.place, "not an id") =
                    Some(format!("write `{}`", Slug::of(text)));
                None
            }
            _ => {
                let message = format!("`{}` holds {}", self.what, article(self.value));
                self.error("mapping::wrong-type", message, &written.place, "of another type");
                None
            }
        }
    }

    fn error(&mut self, code: &'static str, message: String, place: &Place, label: &str) -> &mut Option<String> {
        &mut self.compiler.findings.error(code, message, place, label).help
    }
}

/// For help: `the words of … are …`.
pub(crate) fn words_in_a_line(what: &str, known: &[&str]) -> String {
    format!("the words of `{what}` are `{}`", known.join("`, `"))
}

pub(crate) fn article(value: ValueType) -> String {
    let name = value.name();
    format!("{} {name}", if name.starts_with(['i', 'u']) { "an" } else { "a" })
}
