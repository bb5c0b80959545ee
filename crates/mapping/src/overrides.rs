//! An instance's changes to a shipped mapping, taken from the configuration without copying the mapping.

use crate::located::line_of;
use crate::words::fold;
use counterfoil_diagnostics::SourceText;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Changes to a mapping: a TOML document with the same sections (`fields`, `words`, `when`, `mapping`).
///
/// A section of a larger file is rewritten as a document of its own in one canonical layout, so that moving or
/// reformatting the section changes nothing, while findings and explanations still point into the larger file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overrides {
    pub(crate) name: Arc<str>,
    pub(crate) text: Arc<str>,
    /// Which bytes of `text` come from where; empty when `text` is the file itself.
    anchors: Vec<Anchor>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Anchor {
    text: Range<usize>,
    file: Range<usize>,
    line: u32,
}

impl Overrides {
    /// A document that holds nothing but overrides.
    pub fn document(source: SourceText) -> Self {
        Self { name: source.name, text: source.text, anchors: Vec::new() }
    }

    /// The table at `path` of a configuration file, for example `["connector", "acme", "override"]`.
    ///
    /// `None` when the file cannot be parsed or has no such table.
    pub fn section(config: &SourceText, path: &[&str]) -> Option<Self> {
        let document = DeTable::parse(&config.text).ok()?;
        let mut table = document.get_ref();
        for name in path {
            table = match table.get(*name)?.get_ref() {
                DeValue::Table(inner) => inner,
                _ => return None,
            };
        }
        Some(Self::from_table(config, table))
    }

    /// A table of a configuration file that was parsed with `toml::de::DeTable::parse(&config.text)`.
    pub fn from_table(config: &SourceText, table: &DeTable<'_>) -> Self {
        let writer = Writer::written(config, table);
        Self { name: Arc::clone(&config.name), text: writer.text.into(), anchors: writer.anchors }
    }

    /// Several parts as one document, and where in its text each of them begins.
    pub(crate) fn of_parts(name: &Arc<str>, parts: &[&Part]) -> (Self, Vec<usize>) {
        let (mut text, mut anchors, mut starts) = (String::new(), Vec::new(), Vec::new());
        for part in parts {
            let start = text.len();
            starts.push(start);
            text.push_str(&part.text);
            let moved = |anchor: &Anchor| Anchor {
                text: anchor.text.start + start..anchor.text.end + start,
                file: anchor.file.clone(),
                line: anchor.line,
            };
            anchors.extend(part.anchors.iter().map(moved));
        }
        (Self { name: Arc::clone(name), text: text.into(), anchors }, starts)
    }

    /// The bytes of the named file that these bytes of `text` come from, and their line.
    pub(crate) fn locate(&self, span: &Range<usize>) -> (Range<usize>, u32) {
        if self.anchors.is_empty() {
            let source = SourceText { name: Arc::clone(&self.name), text: Arc::clone(&self.text) };
            return (span.clone(), line_of(&source, span.start));
        }
        let tightest = |anchor: &&Anchor| anchor.text.start <= span.start && span.start < anchor.text.end;
        let anchor = self.anchors.iter().filter(tightest).min_by_key(|anchor| anchor.text.len());
        let anchor = anchor.or_else(|| self.anchors.iter().rev().find(|anchor| anchor.text.start <= span.start));
        anchor.map_or((0..0, 1), |anchor| (anchor.file.clone(), anchor.line))
    }
}

/// One word, one rule, one condition or one setting of an override: what fits a mapping or does not.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// `words`, the table and the word; otherwise the section and the key in it.
    pub(crate) key: Vec<String>,
    /// Where the file has the last of `key`.
    pub(crate) at: Range<usize>,
    text: String,
    anchors: Vec<Anchor>,
}

impl Part {
    /// Whether both say something of one thing. Words are one word to a reader as they are in a table.
    pub(crate) fn is_about_the_same_as(&self, other: &Part) -> bool {
        match (self.key.as_slice(), other.key.as_slice()) {
            ([words, table, word], [also, same, other]) if words == "words" && also == "words" => {
                table == same && fold(word) == fold(other)
            }
            (key, other) => key == other,
        }
    }

    /// The parts of a table of a file that was parsed with `toml::de::DeTable::parse(&config.text)`.
    pub(crate) fn all(config: &SourceText, table: &DeTable<'_>) -> Vec<Part> {
        let writer = Writer::written(config, table);
        let ends = writer.lines.iter().skip(1).map(|line| (line.text, line.anchor));
        let ends = ends.chain([(writer.text.len(), writer.anchors.len())]);
        let mut parts: Vec<Part> = Vec::new();
        for (line, (text_end, anchor_end)) in writer.lines.iter().zip(ends) {
            let depth = if line.path[0].0 == "words" { 3 } else { 2 };
            let path = &line.path[..depth.min(line.path.len())];
            let key: Vec<String> = path.iter().map(|(key, _)| key.clone()).collect();
            // A rule that is written as a table takes several lines.
            if parts.last().is_none_or(|last| last.key != key) {
                let at = path[path.len() - 1].1.clone();
                parts.push(Part { key, at, text: String::new(), anchors: Vec::new() });
            }
            let part = parts.last_mut().expect("one was pushed if there was none");
            let (start, base) = (part.text.len(), line.text);
            part.text.push_str(&writer.text[line.text..text_end]);
            part.anchors.extend(writer.anchors[line.anchor..anchor_end].iter().map(|anchor| Anchor {
                text: anchor.text.start - base + start..anchor.text.end - base + start,
                file: anchor.file.clone(),
                line: anchor.line,
            }));
        }
        parts
    }
}

/// Writes a table as one `path.to.key = value` per line.
struct Writer<'a> {
    config: &'a SourceText,
    text: String,
    anchors: Vec<Anchor>,
    lines: Vec<Line>,
}

/// A line, and where its text and its anchors begin.
struct Line {
    path: Vec<(String, Range<usize>)>,
    text: usize,
    anchor: usize,
}

impl<'a> Writer<'a> {
    fn written(config: &'a SourceText, table: &DeTable<'_>) -> Self {
        let mut writer = Self { config, text: String::new(), anchors: Vec::new(), lines: Vec::new() };
        writer.table(table, &mut Vec::new());
        writer
    }

    fn table(&mut self, table: &DeTable<'_>, path: &mut Vec<(String, Range<usize>)>) {
        for (key, value) in table {
            path.push((key.get_ref().to_string(), key.span()));
            match value.get_ref() {
                DeValue::Table(inner) if !inner.is_empty() => self.table(inner, path),
                _ => self.line(path, value),
            }
            path.pop();
        }
    }

    fn line(&mut self, path: &[(String, Range<usize>)], value: &Spanned<DeValue<'_>>) {
        self.lines.push(Line { path: path.to_vec(), text: self.text.len(), anchor: self.anchors.len() });
        for (at, (key, span)) in path.iter().enumerate() {
            if at > 0 {
                self.text.push('.');
            }
            self.anchored(span.clone(), |writer| writer.text.push_str(&quoted(key)));
        }
        self.text.push_str(" = ");
        self.value(value);
        self.text.push('\n');
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>) {
        self.anchored(value.span(), |writer| match value.get_ref() {
            DeValue::String(text) => writer.text.push_str(&quoted(text)),
            DeValue::Integer(number) => writer.text.push_str(&number.to_string()),
            DeValue::Float(number) => writer.text.push_str(number.as_str()),
            DeValue::Boolean(flag) => writer.text.push_str(if *flag { "true" } else { "false" }),
            DeValue::Datetime(moment) => writer.text.push_str(&moment.to_string()),
            DeValue::Array(items) => writer.list('[', items.iter().map(|item| (None, item)), ']'),
            DeValue::Table(items) => {
                writer.list('{', items.iter().map(|(key, item)| (Some(key.get_ref().as_ref()), item)), '}');
            }
        });
    }

    fn list<'v>(
        &mut self,
        open: char,
        items: impl Iterator<Item = (Option<&'v str>, &'v Spanned<DeValue<'v>>)>,
        close: char,
    ) {
        self.text.push(open);
        for (at, (key, item)) in items.enumerate() {
            if at > 0 {
                self.text.push_str(", ");
            }
            if let Some(key) = key {
                self.text.push_str(&quoted(key));
                self.text.push_str(" = ");
            }
            self.value(item);
        }
        self.text.push(close);
    }

    fn anchored(&mut self, file: Range<usize>, write: impl FnOnce(&mut Self)) {
        let start = self.text.len();
        write(self);
        let line = line_of(self.config, file.start);
        self.anchors.push(Anchor { text: start..self.text.len(), file, line });
    }
}

/// A TOML basic string: JSON's escapes are TOML's, except for DEL.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is always JSON").replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[connector.acme]\ntype = \"file\"\n\n[connector.acme.override.words.state]\n\
                          \"Parked\" = \"on_hold\"\n[connector.acme.override.fields]\n\
                          title = { from = [\"/a\", \"/b\"], required = true }\n";

    fn config() -> SourceText {
        SourceText { name: "counterfoil.toml".into(), text: CONFIG.into() }
    }

    #[test]
    fn a_section_becomes_a_document_that_still_points_into_its_file() {
        let overrides = Overrides::section(&config(), &["connector", "acme", "override"]).unwrap();
        assert_eq!(
            &*overrides.text,
            "\"fields\".\"title\".\"from\" = [\"/a\", \"/b\"]\n\"fields\".\"title\".\"required\" = true\n\
             \"words\".\"state\".\"Parked\" = \"on_hold\"\n"
        );
        let at = overrides.text.find("\"on_hold\"").unwrap();
        let (span, line) = overrides.locate(&(at..at + 9));
        assert_eq!((&CONFIG[span], line), ("\"on_hold\"", 5));
        let at = overrides.text.find("\"/b\"").unwrap();
        assert_eq!(&CONFIG[overrides.locate(&(at..at + 4)).0], "\"/b\"");
    }

    #[test]
    fn moving_a_section_changes_no_byte_of_it() {
        let moved = SourceText { name: "counterfoil.toml".into(), text: format!("# moved\n\n{CONFIG}").into() };
        let path = ["connector", "acme", "override"];
        let (here, there) = (Overrides::section(&config(), &path).unwrap(), Overrides::section(&moved, &path).unwrap());
        assert_eq!(here.text, there.text);
        assert_ne!(here.anchors, there.anchors);
        assert_eq!(Overrides::section(&config(), &["connector", "nobody"]), None);
    }
}
