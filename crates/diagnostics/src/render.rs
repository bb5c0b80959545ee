//! Findings as text for a terminal, or plain for logs and JSON.

use crate::{Finding, Severity, SourceText};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use std::fmt;

/// All findings with the lines they point at, in the order of their places.
pub fn render(findings: &[Finding], source: &SourceText, colours: bool, width: usize) -> String {
    let theme = if colours { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.at.start);
    let mut text = String::new();
    for finding in sorted {
        let shown = Shown { finding, source: NamedSource::new(&source.name, source.text.to_string()) };
        if handler.render_report(&mut text, &shown).is_err() {
            text.push_str(&render_plain(finding, source));
        }
        text.push('\n');
    }
    text
}

/// One finding in one line: `name:line:column: code: message (help)`.
pub fn render_plain(finding: &Finding, source: &SourceText) -> String {
    let before = source.text.get(..finding.at.start.min(source.text.len())).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let help = finding.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{}:{line}:{column}: {}: {}{help}", source.name, finding.code, finding.message)
}

#[derive(Debug)]
struct Shown<'a> {
    finding: &'a Finding,
    source: NamedSource<String>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.finding.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.finding.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.finding.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = LabeledSpan::new_with_span(Some(self.finding.label.clone()), self.finding.at.clone());
        Some(Box::new(std::iter::once(span)))
    }
}
