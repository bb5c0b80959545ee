//! Lines of plain text, as rich text is written down. It never holds more than a limit, and says when it had to cut.

/// No text is longer than this, in bytes; what Jira takes as a description is 32,767 characters.
const LONGEST: usize = 1 << 20;
/// Lines are indented by no more levels than these, so that deep nesting cannot make a text longer than its source.
const DEEPEST: usize = 8;

/// The plain text of something rich.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) text: String,
    /// Whether something had to be left out.
    pub(crate) cut: bool,
}

/// Writes lines without white space at their ends and, but for verbatim ones, without empty lines.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    text: String,
    line: String,
    /// What stands in front of every line.
    prefixes: Vec<&'static str>,
    /// What stands in front of the next line in place of the last prefix.
    marker: Option<String>,
    /// How many tables are open; inside of a row nothing ends a line.
    rows: Vec<usize>,
    /// Whether lines stand as they are.
    verbatim: bool,
    cut: bool,
}

impl Layout {
    /// Text inside of a line; its own line ends are kept.
    pub(crate) fn push(&mut self, text: &str) {
        for (at, piece) in text.split('\n').enumerate() {
            if at > 0 {
                self.break_line();
            }
            let room = LONGEST.saturating_sub(self.text.len() + self.line.len());
            self.cut |= piece.len() > room;
            self.line.push_str(start(piece, room));
        }
    }

    /// A line end that the text itself has.
    pub(crate) fn break_line(&mut self) {
        if self.verbatim && self.rows.is_empty() { self.write_line() } else { self.end_line() }
    }

    /// The end of a block; nothing where no line has begun.
    pub(crate) fn end_line(&mut self) {
        if !self.rows.is_empty() {
            if !self.line.is_empty() && !self.line.ends_with(' ') {
                self.line.push(' ');
            }
        } else if self.line.trim().is_empty() {
            self.line.clear();
        } else {
            self.write_line();
        }
    }

    /// From here on every line has this in front.
    pub(crate) fn open(&mut self, prefix: &'static str) {
        self.end_line();
        self.prefixes.push(prefix);
    }

    pub(crate) fn close(&mut self) {
        self.end_line();
        self.prefixes.pop();
        self.marker = None;
    }

    /// An item of a list, until it is closed.
    pub(crate) fn open_item(&mut self, marker: String) {
        self.open("  ");
        if self.rows.is_empty() {
            self.marker = Some(marker);
        } else {
            self.push(&marker);
        }
    }

    pub(crate) fn open_row(&mut self) {
        self.end_line();
        self.rows.push(0);
    }

    /// The next cell of the row.
    pub(crate) fn cell(&mut self) {
        let Some(cells) = self.rows.last_mut() else { return };
        *cells += 1;
        if *cells > 1 {
            self.line.truncate(self.line.trim_end().len());
            self.push(" | ");
        }
    }

    pub(crate) fn close_row(&mut self) {
        self.rows.pop();
        self.end_line();
    }

    pub(crate) fn is_in_row(&self) -> bool {
        !self.rows.is_empty()
    }

    /// From here on empty lines and the white space in front of lines are kept.
    pub(crate) fn open_verbatim(&mut self) {
        self.end_line();
        self.verbatim = true;
    }

    pub(crate) fn close_verbatim(&mut self) {
        self.end_line();
        self.verbatim = false;
    }

    pub(crate) fn finish(mut self) -> Plain {
        self.rows.clear();
        self.end_line();
        let mut text = self.text;
        text.truncate(text.trim_end().len());
        if self.cut {
            text.push('…');
        }
        Plain { text, cut: self.cut }
    }

    fn write_line(&mut self) {
        if self.text.len() >= LONGEST {
            self.cut |= !self.line.trim().is_empty();
            self.line.clear();
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let line = if self.verbatim { self.line.trim_end() } else { self.line.trim() };
        let before = self.text.len();
        let prefixes = &self.prefixes[..self.prefixes.len().min(DEEPEST)];
        let (marker, prefixes) = match (self.marker.take(), prefixes.split_last()) {
            (Some(marker), Some((_, outer))) => (marker, outer),
            (marker, _) => (marker.unwrap_or_default(), prefixes),
        };
        prefixes.iter().for_each(|prefix| self.text.push_str(prefix));
        self.text.push_str(&marker);
        self.text.push_str(line);
        let written = before + self.text[before..].trim_end().len();
        self.text.truncate(written);
        self.line.clear();
    }
}

/// At most these many bytes of a text, in whole characters.
pub(crate) fn start(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_items_quotes_and_cells() {
        let mut layout = Layout::default();
        layout.push("  one \n\n two");
        layout.open_item("- ".to_owned());
        layout.push("item");
        layout.end_line();
        layout.push("more of it");
        layout.open("> ");
        layout.push("quoted");
        layout.close();
        layout.close();
        layout.open_row();
        for cell in ["", "a", "b"] {
            layout.cell();
            layout.push(cell);
            layout.end_line();
        }
        layout.close_row();
        layout.open_verbatim();
        layout.push("x\n\n  y");
        layout.close_verbatim();
        let expected = "one\ntwo\n- item\n  more of it\n  > quoted\n| a | b\nx\n\n  y";
        assert_eq!(layout.finish(), Plain { text: expected.to_owned(), cut: false });
    }

    #[test]
    fn what_is_too_long_is_cut_between_characters_and_says_so() {
        let mut layout = Layout::default();
        layout.push(&"ä".repeat(LONGEST));
        layout.push("\nmore");
        let plain = layout.finish();
        assert!(plain.cut && plain.text.ends_with("ä…") && plain.text.len() <= LONGEST + 4);
    }
}
