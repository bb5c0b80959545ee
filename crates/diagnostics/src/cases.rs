//! Cases as people read them: a Markdown document whose headings are cases, with fenced blocks for what goes in and what comes
//! out.
//!
//! It never knows what a case is about.

use std::ops::Range;

/// How one case came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseResult {
    /// The heading.
    pub name: String,
    /// The line of the heading, counted from 1.
    pub line: usize,
    /// What the document says; `None` when the case has no block for it.
    pub expected: Option<String>,
    /// What comes out.
    pub actual: String,
    /// Where the text of that block stands, or where one belongs.
    place: Range<usize>,
}

impl CaseResult {
    /// What came of a case whose input stands in `input`, held against its block with what comes out, if it has one.
    pub fn new(section: &Section<'_>, input: Block<'_>, expected: Option<Block<'_>>, actual: String) -> Self {
        Self {
            name: section.name.to_owned(),
            line: section.line,
            expected: expected.map(|block| block.text.to_owned()),
            actual,
            place: expected.map_or(input.end..input.end, |block| block.start..block.start + block.text.len()),
        }
    }

    /// Whether what comes out is what the document says.
    pub fn passed(&self) -> bool {
        self.expected.as_deref().map(str::trim_end) == Some(self.actual.trim_end())
    }
}

/// The document with what comes out now in every block for it; `info` is what stands behind the fence of one that is missing.
pub fn update(markdown: &str, results: &[CaseResult], info: &str) -> String {
    let mut updated = markdown.to_owned();
    for result in results.iter().rev() {
        let actual = result.actual.trim_end();
        let text = match result.expected {
            Some(_) => format!("{actual}\n"),
            None => format!("\n```{info}\n{actual}\n```\n"),
        };
        updated.replace_range(result.place.clone(), &text);
    }
    updated
}

/// What stands under one heading.
#[derive(Debug, Clone)]
pub struct Section<'a> {
    /// The heading.
    pub name: &'a str,
    /// Its line, counted from 1.
    pub line: usize,
    blocks: Vec<Block<'a>>,
}

/// A fenced block.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// The words after the fence.
    pub info: &'a str,
    /// What is in it.
    pub text: &'a str,
    /// Where the text starts, and where the line after the closing fence starts.
    start: usize,
    end: usize,
}

impl<'a> Section<'a> {
    /// The first block with these words after its fence.
    pub fn block(&self, info: &str) -> Option<Block<'a>> {
        self.blocks.iter().find(|block| block.info == info).copied()
    }
}

/// The document cut at its headings, with the fenced blocks of each part.
pub fn sections(markdown: &str) -> Vec<Section<'_>> {
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
        let block = sections[2].block("json log").unwrap();
        assert_eq!((block.info, block.text, &text[block.end..]), ("json log", "```\n# no heading\n", "## Two\n"));
    }
}
