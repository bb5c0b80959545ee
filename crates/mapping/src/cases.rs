//! Cases of a mapping: a Markdown document with payloads and what the mapping makes of them.
//!
//! Every heading starts a case. A case has one `json` block (`json log` for a log) and one `mapped` block; it may have a
//! `toml settings` and a `toml override` block. Such blocks before the first case hold for all cases that have none.

mod show;

pub use show::{show_link, show_outcome, show_reading};

use crate::{DateOrder, Mapping, MappingSource, Overrides, Problems, Settings};
use counterfoil_diagnostics::{SourceText, render_plain};
use counterfoil_model::Slug;
use counterfoil_record::Form;
use serde::Deserialize;
use std::ops::Range;

/// How one case came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseResult {
    /// The heading.
    pub name: String,
    /// The line of the heading, counted from 1.
    pub line: usize,
    /// What the document says; `None` when the case has no `mapped` block.
    pub expected: Option<String>,
    /// What the mapping makes.
    pub actual: String,
    /// Where the text of the `mapped` block stands, or where one belongs.
    place: Range<usize>,
}

impl CaseResult {
    /// Whether the mapping makes what the document says.
    pub fn passed(&self) -> bool {
        self.expected.as_deref().map(str::trim_end) == Some(self.actual.trim_end())
    }
}

/// Runs all cases of a document. `mapping` is compiled again for cases with settings or overrides of their own.
pub fn run(markdown: &str, mapping: &Mapping) -> Vec<CaseResult> {
    let sections = sections(markdown);
    let shared = sections.iter().take_while(|section| section.block("json").is_none()).collect::<Vec<_>>();
    let shared = |info: &str| shared.iter().rev().find_map(|section| section.block(info));
    let mut results = Vec::new();
    for section in sections.iter() {
        let Some(payload) = section.block("json") else { continue };
        let settings = section.block("toml settings").or_else(|| shared("toml settings"));
        let overrides = section.block("toml override").or_else(|| shared("toml override"));
        let form = if payload.info == "json log" { Form::Log } else { Form::Snapshot };
        let actual = match variant(mapping, settings.map(|block| block.text), overrides.map(|block| block.text)) {
            Ok(None) => show_outcome(&mapping.map(form, payload.text)),
            Ok(Some(mapping)) => show_outcome(&mapping.map(form, payload.text)),
            Err(reason) => reason,
        };
        let mapped = section.block("mapped");
        results.push(CaseResult {
            name: section.name.to_owned(),
            line: section.line,
            expected: mapped.map(|block| block.text.to_owned()),
            actual,
            place: mapped.map_or(payload.end..payload.end, |block| block.start..block.start + block.text.len()),
        });
    }
    results
}

/// The document with every `mapped` block as the mapping makes it now.
pub fn update(markdown: &str, results: &[CaseResult]) -> String {
    let mut updated = markdown.to_owned();
    for result in results.iter().rev() {
        let actual = result.actual.trim_end();
        let text = match result.expected {
            Some(_) => format!("{actual}\n"),
            None => format!("\n```mapped\n{actual}\n```\n"),
        };
        updated.replace_range(result.place.clone(), &text);
    }
    updated
}

struct Section<'a> {
    name: &'a str,
    line: usize,
    blocks: Vec<Block<'a>>,
}

#[derive(Clone, Copy)]
struct Block<'a> {
    /// The words after the fence.
    info: &'a str,
    text: &'a str,
    /// Where the text starts, and where the line after the closing fence starts.
    start: usize,
    end: usize,
}

impl<'a> Section<'a> {
    fn block(&self, info: &str) -> Option<Block<'a>> {
        self.blocks.iter().find(|block| block.info == info || (info == "json" && block.info == "json log")).copied()
    }
}

/// The document cut at its headings, with the fenced blocks of each part.
fn sections(markdown: &str) -> Vec<Section<'_>> {
    let mut sections = vec![Section { name: "", line: 1, blocks: Vec::new() }];
    let mut open: Option<(&str, &str, usize)> = None;
    let mut at = 0;
    for (number, line) in markdown.split_inclusive('\n').enumerate() {
        let start = at;
        at += line.len();
        let line = line.trim_end();
        let fence = &line[..line.len() - line.trim_start_matches('`').len()];
        match open {
            Some((closing, info, from)) if line == closing => {
                let block = Block { info, text: &markdown[from..start], start: from, end: at };
                sections.last_mut().expect("there is always a section").blocks.push(block);
                open = None;
            }
            Some(_) => {}
            None if fence.len() >= 3 => open = Some((fence, line[fence.len()..].trim(), at)),
            None if line.starts_with('#') => {
                let name = line.trim_start_matches('#').trim();
                sections.push(Section { name, line: number + 1, blocks: Vec::new() });
            }
            None => {}
        }
    }
    sections
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseSettings {
    instance: Option<String>,
    party: Option<String>,
    zone: Option<String>,
    dates: Option<String>,
    salt: Option<String>,
}

/// The mapping with the settings and overrides of a case; `None` when the case has none.
fn variant(mapping: &Mapping, settings: Option<&str>, overrides: Option<&str>) -> Result<Option<Mapping>, String> {
    if settings.is_none() && overrides.is_none() {
        return Ok(None);
    }
    let mut source: MappingSource = mapping.source().clone();
    if let Some(text) = settings {
        let read: CaseSettings =
            toml::from_str(text).map_err(|error| format!("the settings cannot be read: {error}"))?;
        let order = match read.dates.as_deref() {
            None => None,
            Some(name) => Some(DateOrder::parse(name).ok_or_else(|| format!("there is no date order `{name}`"))?),
        };
        source.settings = Settings {
            instance: read.instance.unwrap_or(source.settings.instance),
            party: read.party.map(|party| Slug::of(&party)),
            zone: read.zone,
            order,
            salt: read.salt.unwrap_or(source.settings.salt),
        };
    }
    if let Some(text) = overrides {
        source.overrides = Some(Overrides::document(SourceText { name: "override".into(), text: text.into() }));
    }
    Mapping::compile(&source).map(Some).map_err(|problems| show_problems(&problems, &source))
}

/// The problems of a mapping, one in a line.
fn show_problems(problems: &Problems, source: &MappingSource) -> String {
    let mut lines = vec!["the mapping has problems".to_owned()];
    lines.extend(problems.file.iter().map(|finding| render_plain(finding, &source.file)));
    if let Some(overrides) = &source.overrides {
        let text = SourceText { name: overrides.name.clone(), text: overrides.text.clone() };
        lines.extend(problems.overrides.iter().map(|finding| render_plain(finding, &text)));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_cut_at_headings_and_fences() {
        let text = "# Title\n```toml settings\nzone = \"UTC\"\n```\n## One\ntext\n````json log\n```\n# no heading\n````\n## Two\n";
        let sections = sections(text);
        let shape =
            sections.iter().map(|section| (section.name, section.line, section.blocks.len())).collect::<Vec<_>>();
        assert_eq!(shape, [("", 1, 0), ("Title", 1, 1), ("One", 5, 1), ("Two", 11, 0)]);
        let block = sections[2].block("json").unwrap();
        assert_eq!((block.info, block.text, &text[block.end..]), ("json log", "```\n# no heading\n", "## Two\n"));
    }
}
