//! Places in the texts that make a mapping: its file, and the overrides of an instance.

use counterfoil_diagnostics::{Finding, SourceText};
use std::ops::Range;

/// Which text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    File,
    Overrides,
}

/// Bytes of one of the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) origin: Origin,
    pub(crate) span: Range<usize>,
}

/// Something and where it was written.
#[derive(Debug, Clone)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

/// A line of one of the texts: where a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) origin: Origin,
    pub(crate) line: u32,
}

/// Findings, each kept with the text it is about.
#[derive(Debug, Default)]
pub(crate) struct Findings(pub(crate) Vec<(Origin, Finding)>);

impl Findings {
    pub(crate) fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        place: &Place,
        label: impl Into<String>,
    ) -> &mut Finding {
        self.push(place.origin, Finding::error(code, message, place.span.clone(), label))
    }

    pub(crate) fn warning(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        place: &Place,
        label: impl Into<String>,
    ) -> &mut Finding {
        self.push(place.origin, Finding::warning(code, message, place.span.clone(), label))
    }

    fn push(&mut self, origin: Origin, finding: Finding) -> &mut Finding {
        self.0.push((origin, finding));
        &mut self.0.last_mut().expect("a finding was just pushed").1
    }
}

/// The line, counted from 1, of a byte of a text.
pub(crate) fn line_of(source: &SourceText, at: usize) -> u32 {
    let before = &source.text.as_bytes()[..at.min(source.text.len())];
    before.iter().filter(|byte| **byte == b'\n').count() as u32 + 1
}
