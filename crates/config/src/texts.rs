//! The texts of a configuration, and one numbering of their bytes.
//!
//! The file and every `--set` get a range of their own in one numbering, so that one table can hold values of them all and
//! a place in it still says which text it is in.

use counterfoil_diagnostics::{Finding, SourceText};
use std::ops::Range;
use std::path::PathBuf;

/// What a configuration is read from.
#[derive(Clone)]
pub struct Input {
    /// The file.
    pub source: SourceText,
    /// The folder that relative paths start from: that of the file.
    pub folder: PathBuf,
    /// What was given as `--set`, each `key=value`; the last one of a key holds.
    pub sets: Vec<String>,
}

/// A place in one of the texts, for findings that are made later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// The text, with what looks like a secret made unreadable.
    pub source: SourceText,
    /// Bytes of it.
    pub range: Range<usize>,
}

/// The texts as they are shown: nothing that looks like a secret is in them, and every place is where it was.
pub(crate) struct Texts {
    shown: Vec<SourceText>,
}

impl Texts {
    /// `hidden` are further places that must not be shown, in the common numbering.
    pub(crate) fn new(input: &Input, hidden: &[Range<usize>]) -> Self {
        let texts = std::iter::once((input.source.name.clone(), &*input.source.text))
            .chain(input.sets.iter().map(|set| ("--set".into(), set.as_str())));
        let mut base = 0;
        let mut shown = Vec::with_capacity(input.sets.len() + 1);
        for (name, text) in texts {
            let inside = hidden.iter().filter(|range| base <= range.start && range.end <= base + text.len());
            let inside: Vec<_> = inside.map(|range| range.start - base..range.end - base).collect();
            shown.push(SourceText { name, text: crate::secret::hide(text, &inside).into() });
            base += text.len() + 1;
        }
        Self { shown }
    }

    /// Which text a place is in, and where.
    pub(crate) fn at(&self, place: &Range<usize>) -> At {
        let mut base = 0;
        for source in &self.shown {
            let end = base + source.text.len();
            if place.start <= end {
                let range = place.start - base..place.end.clamp(place.start, end.max(place.start)) - base;
                return At { source: source.clone(), range };
            }
            base = end + 1;
        }
        At { source: self.shown[0].clone(), range: 0..0 }
    }

    /// The finding in its own text.
    pub(crate) fn locate(&self, mut finding: Finding) -> (SourceText, Finding) {
        let At { source, range } = self.at(&finding.at);
        finding.at = range;
        (source, finding)
    }
}

/// Where the bytes of `input.sets[index]` begin in the common numbering.
pub(crate) fn base_of_set(input: &Input, index: usize) -> usize {
    input.source.text.len() + 1 + input.sets[..index].iter().map(|set| set.len() + 1).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_in_its_own_text() {
        let source = SourceText { name: "c.toml".into(), text: "a = 1\n".into() };
        let input = Input { source, folder: PathBuf::new(), sets: vec!["b=2".into(), "c.d=3".into()] };
        let texts = Texts::new(&input, &[]);
        assert_eq!(texts.at(&(4..5)).range, 4..5);
        assert_eq!(texts.at(&(6..6)).source.name.as_ref(), "c.toml", "the end of the file is in the file");
        let base = base_of_set(&input, 1);
        let at = texts.at(&(base + 2..base + 3));
        assert_eq!((&*at.source.name, &at.source.text[at.range.clone()]), ("--set", "d"));
        assert_eq!(texts.at(&(900..901)).range, 0..0, "a place that is nowhere is shown as no place");
    }
}
