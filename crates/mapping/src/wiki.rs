//! The wiki markup of Jira to plain text. What only looks like markup stays as it is: no word is ever lost.

use crate::layout::{Layout, Plain};
use crate::wiki_inline::{Inline, Piece};

/// The text of a piece of wiki markup.
pub(crate) fn plain(markup: &str) -> Plain {
    let markup = markup.replace('\r', "");
    let mut writer = Writer { layout: Layout::default(), items: 0, numbers: Vec::new(), quotes: 0, unclosed: false };
    let mut rest = markup.as_str();
    while !rest.is_empty() {
        rest = writer.block(rest);
    }
    writer.end_list();
    writer.layout.finish()
}

struct Writer {
    layout: Layout,
    /// How many items of lists are open.
    items: usize,
    /// The number of the last item of each open level.
    numbers: Vec<u32>,
    /// How many `{quote}` are open.
    quotes: usize,
    /// Whether a verbatim block was found to have no end; none that starts later has one either.
    unclosed: bool,
}

impl Writer {
    /// Writes one line, or the verbatim block that starts in it; gives what comes after it.
    fn block<'a>(&mut self, rest: &'a str) -> &'a str {
        let end = rest.find('\n').unwrap_or(rest.len());
        let line = rest[..end].trim();
        if line.is_empty() {
            self.end_list();
        } else if line.len() >= 4 && line.bytes().all(|byte| byte == b'-') {
            self.end_list();
            self.whole_line("---");
        } else if let Some((markers, _)) = item(line) {
            self.open_item(markers);
            let start = rest.find(markers).map_or(0, |at| at + markers.len());
            return self.inline(&rest[start..], false);
        } else if let Some(heading) = heading(line) {
            self.end_list();
            return self.inline(&rest[rest.len() - after(rest, heading)..], false);
        } else if let Some(quoted) = line.strip_prefix("bq. ") {
            self.end_list();
            self.layout.open("> ");
            let rest = self.inline(&rest[rest.len() - after(rest, quoted)..], false);
            self.layout.close();
            return rest;
        } else {
            return self.inline(rest, line.starts_with('|'));
        }
        rest.get(end + 1..).unwrap_or_default()
    }

    fn whole_line(&mut self, text: &str) {
        self.layout.end_line();
        self.layout.push(text);
        self.layout.end_line();
    }

    /// The rest of a line with what is marked in it; gives what comes after the line.
    fn inline<'a>(&mut self, text: &'a str, is_row: bool) -> &'a str {
        if is_row {
            self.layout.open_row();
        }
        let mut inline = Inline::new(text, is_row);
        while let Some(piece) = inline.next() {
            match piece {
                Piece::Text(text) => self.layout.push(text),
                Piece::Owned(text) => self.layout.push(&text),
                Piece::Break => self.layout.break_line(),
                Piece::Cell => self.layout.cell(),
                Piece::Quote => self.quote(),
                Piece::Panel(title) => {
                    self.layout.end_line();
                    self.layout.push(&title);
                    self.layout.end_line();
                }
                Piece::Verbatim { tag, title } => {
                    let body = inline.rest();
                    let close = format!("{{{tag}}}");
                    let Some(end) = (!self.unclosed).then(|| body.find(&close)).flatten() else {
                        self.unclosed = true;
                        self.layout.push(&close);
                        continue;
                    };
                    self.layout.end_line();
                    self.layout.push(&title);
                    let is_in_row = self.layout.is_in_row();
                    if !is_in_row {
                        self.layout.open_verbatim();
                    }
                    self.layout.push(body[..end].trim_matches('\n'));
                    if !is_in_row {
                        self.layout.close_verbatim();
                    }
                    inline.skip(end + close.len());
                }
            }
        }
        if is_row {
            self.layout.close_row();
        } else {
            self.layout.end_line();
        }
        inline.rest()
    }

    /// One tag both opens and closes a quote.
    fn quote(&mut self) {
        self.end_list();
        if self.quotes == 0 {
            self.layout.open("> ");
            self.quotes = 1;
        } else {
            self.layout.close();
            self.quotes = 0;
        }
    }

    fn open_item(&mut self, markers: &str) {
        let depth = markers.len();
        let is_numbered = markers.ends_with('#');
        self.layout.end_line();
        while self.items >= depth {
            self.layout.close();
            self.items -= 1;
        }
        self.numbers.truncate(depth);
        while self.items + 1 < depth {
            self.layout.open("  ");
            self.items += 1;
        }
        self.numbers.resize(depth, 0);
        let number = &mut self.numbers[depth - 1];
        *number = if is_numbered { number.saturating_add(1) } else { 0 };
        let marker = if is_numbered { format!("{number}. ") } else { "- ".to_owned() };
        self.layout.open_item(marker);
        self.items += 1;
    }

    fn end_list(&mut self) {
        self.layout.end_line();
        for _ in 0..std::mem::take(&mut self.items) {
            self.layout.close();
        }
        self.numbers.clear();
    }
}

/// How many bytes of `whole` are left from where `part` starts in it.
fn after(whole: &str, part: &str) -> usize {
    whole.len() - (part.as_ptr() as usize - whole.as_ptr() as usize)
}

/// The markers of an item, and its text: `** two`, `#* mixed`, `- dash`.
fn item(line: &str) -> Option<(&str, &str)> {
    let (markers, text) = line.split_once(' ')?;
    let is_marker = markers == "-" || (markers.len() <= 20 && markers.bytes().all(|byte| matches!(byte, b'*' | b'#')));
    (is_marker && !markers.is_empty() && !text.trim().is_empty()).then_some((markers, text))
}

/// The text of a heading: `h2. Title`.
fn heading(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('h')?;
    let rest = rest.strip_prefix(['1', '2', '3', '4', '5', '6'])?;
    rest.strip_prefix(". ").map(str::trim_start)
}

#[cfg(test)]
#[path = "wiki_tests.rs"]
mod tests;
