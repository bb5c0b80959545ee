//! Findings as text for a terminal, or plain for logs and JSON.

use crate::{Finding, Severity, SourceText};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use std::fmt;
use std::ops::Range;

/// All findings with the lines they point at, in the order of their places.
pub fn render(findings: &[Finding], source: &SourceText, colours: bool, width: usize) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.at.start);
    sorted.into_iter().map(|finding| render_one(finding, source, colours, width)).collect()
}

/// Findings in several texts, in the given order.
pub fn render_all(findings: &[(SourceText, Finding)], colours: bool, width: usize) -> String {
    findings.iter().map(|(source, finding)| render_one(finding, source, colours, width)).collect()
}

/// One finding in one line: `name:line:column: code: message (help)`. The column counts characters from 1.
pub fn render_plain(finding: &Finding, source: &SourceText) -> String {
    let before = &source.text[..inside(&finding.at, &source.text).start];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let help = finding.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    printable(&format!("{}:{line}:{column}: {}: {}{help}", source.name, finding.code, finding.message))
}

/// `1 error, 2 warnings`; empty without findings.
pub fn summary<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    let (mut errors, mut warnings) = (0_u64, 0_u64);
    for finding in findings {
        match finding.severity {
            Severity::Error => errors += 1,
            Severity::Warning => warnings += 1,
        }
    }
    let counted = |n: u64, what: &str| match n {
        0 => None,
        1 => Some(format!("1 {what}")),
        n => Some(format!("{n} {what}s")),
    };
    let parts: Vec<String> = counted(errors, "error").into_iter().chain(counted(warnings, "warning")).collect();
    parts.join(", ")
}

fn render_one(finding: &Finding, source: &SourceText, colours: bool, width: usize) -> String {
    let theme = if colours { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
    let shown = Shown {
        finding,
        message: printable(&finding.message),
        at: inside(&finding.at, &source.text),
        source: NamedSource::new(&source.name, printable(&source.text)),
    };
    let mut text = String::new();
    if handler.render_report(&mut text, &shown).is_err() {
        text = render_plain(finding, source);
    }
    text.push('\n');
    text
}

/// The same text with every control character replaced by as many `?` as it has bytes, so that a text cannot command the
/// terminal it is shown on and places stay where they are.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() && !matches!(c, '\n' | '\r' | '\t') {
            true => shown.extend(std::iter::repeat_n('?', c.len_utf8())),
            false => shown.push(c),
        }
    }
    shown
}

/// The range, cut to the text and moved out to whole characters.
fn inside(range: &Range<usize>, text: &str) -> Range<usize> {
    let mut start = range.start.min(text.len());
    let mut end = range.end.clamp(start, text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

#[derive(Debug)]
struct Shown<'a> {
    finding: &'a Finding,
    message: String,
    at: Range<usize>,
    source: NamedSource<String>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
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
        self.finding.help.as_deref().map(|help| Box::new(printable(help)) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = LabeledSpan::new_with_span(Some(printable(&self.finding.label)), self.at.clone());
        Some(Box::new(std::iter::once(span)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> SourceText {
        SourceText { name: "a.toml".into(), text: text.into() }
    }

    fn finding(at: Range<usize>) -> Finding {
        Finding::error("config::unknown-key", "there is no key `pth`", at, "unknown").help("did you mean `path`?")
    }

    #[test]
    fn the_plain_line_counts_lines_and_characters_from_one() {
        let source = source("a = 1\n\"ü\" = 2\r\npth = 3");
        assert_eq!(
            render_plain(&finding(source.text.find("pth").unwrap()..30), &source),
            "a.toml:3:1: config::unknown-key: there is no key `pth` (did you mean `path`?)"
        );
        assert!(render_plain(&finding(9..10), &source).starts_with("a.toml:2:3:"));
    }

    #[test]
    fn a_place_outside_of_the_text_or_inside_of_a_character_is_still_shown() {
        for (text, at) in [("", 0..0), ("ab", 7..9), ("üü", 1..3), ("a\n", 2..2), ("ab", Range { start: 1, end: 0 })]
        {
            let shown = render(&[finding(at.clone())], &source(text), false, 80);
            assert!(shown.contains("there is no key"), "{text:?} {at:?}: {shown}");
            assert!(render_plain(&finding(at), &source(text)).contains("pth"));
        }
    }

    #[test]
    fn a_text_cannot_command_the_terminal() {
        let source = source("pth = \u{1b}[31m\u{9b}x");
        let shown = render_all(&[(source.clone(), finding(0..3))], false, 80);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{9b}') && shown.contains("?[31m??x"), "{shown}");
        let message = Finding::error("a::b", "said \u{1b}]0;", 0..0, "\u{7}");
        assert!(!render(std::slice::from_ref(&message), &source, false, 80).contains(['\u{1b}', '\u{7}']));
        assert!(!render_plain(&message, &source).contains('\u{1b}'));
    }

    #[test]
    fn the_summary_counts_by_severity() {
        let warning = Finding::warning("a::b", "w", 0..0, "");
        assert_eq!(summary(&[]), "");
        assert_eq!(summary(&[finding(0..0), warning.clone(), warning]), "1 error, 2 warnings");
    }
}
