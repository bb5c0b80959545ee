//! HTML to plain text.

/// The text of a piece of HTML: tags gone, entities read, blocks on lines of their own.
///
/// What is no tag (`a < b`) and no known entity stays as it is, so that plain text with odd characters survives.
pub(crate) fn plain(html: &str) -> String {
    let mut text = Lines::default();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push(&rest[..at]);
        rest = &rest[at..];
        let (piece, length) = if rest.starts_with('<') { tag(rest) } else { entity(rest) };
        match piece {
            Piece::Text(piece) => text.push(&piece),
            Piece::Hard(c) => text.hard(c),
            Piece::Break => text.end_line(),
            Piece::Item => {
                text.end_line();
                text.hard('-');
                text.push(" ");
            }
            Piece::Nothing => {}
        }
        rest = &rest[length..];
    }
    text.push(rest);
    text.finish()
}

enum Piece {
    Text(String),
    /// A character that is never folded with white space around it.
    Hard(char),
    Break,
    Item,
    Nothing,
}

/// What starts with `<`, and how many bytes of it belong together.
fn tag(rest: &str) -> (Piece, usize) {
    if let Some(comment) = rest.strip_prefix("<!--") {
        let end = comment.find("-->").map_or(rest.len(), |at| 4 + at + 3);
        return (Piece::Nothing, end);
    }
    let name_at = if rest.starts_with("</") { 2 } else { 1 };
    let name: String = rest[name_at..].chars().take_while(char::is_ascii_alphanumeric).collect();
    let is_tag = name.starts_with(|c: char| c.is_ascii_alphabetic()) || rest.starts_with("<!");
    let Some(end) = rest.find('>').filter(|_| is_tag) else {
        return (Piece::Text("<".to_owned()), 1);
    };
    let name = name.to_ascii_lowercase();
    if name_at == 1 && matches!(name.as_str(), "script" | "style") {
        let close = format!("</{name}");
        // ASCII lower case keeps every byte where it is.
        let closing = rest.to_ascii_lowercase().find(&close);
        let after = closing.and_then(|at| rest[at..].find('>').map(|end| at + end + 1));
        return (Piece::Nothing, after.unwrap_or(rest.len()));
    }
    let piece = match name.as_str() {
        "li" if name_at == 1 => Piece::Item,
        "br" | "p" | "div" | "ul" | "ol" | "li" | "tr" | "table" | "pre" | "blockquote" | "hr" | "h1" | "h2" | "h3"
        | "h4" | "h5" | "h6" => Piece::Break,
        "td" | "th" => Piece::Text(" ".to_owned()),
        _ => Piece::Nothing,
    };
    (piece, end + 1)
}

/// What starts with `&`, and how many bytes of it belong together.
fn entity(rest: &str) -> (Piece, usize) {
    let literal = || (Piece::Text("&".to_owned()), 1);
    let Some(end) = rest.bytes().take(12).position(|byte| byte == b';') else {
        return literal();
    };
    let Some(name) = rest.get(1..end) else {
        return literal();
    };
    let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None => number.parse().ok(),
    });
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "bull" => '•',
        "euro" => '€',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "ccedil" => 'ç',
        _ => match number.and_then(char::from_u32).filter(|c| *c == '\n' || !c.is_control()) {
            Some('\u{a0}') => ' ',
            Some(c) => c,
            None => return literal(),
        },
    };
    if c.is_whitespace() { (Piece::Text(c.to_string()), end + 1) } else { (Piece::Hard(c), end + 1) }
}

/// Lines without white space at their ends, and never two empty ones in a row.
#[derive(Default)]
struct Lines {
    text: String,
    line: String,
}

impl Lines {
    fn push(&mut self, piece: &str) {
        for c in piece.chars() {
            match c {
                '\n' => self.end_line(),
                c if c.is_whitespace() => {
                    if !self.line.is_empty() && !self.line.ends_with(' ') {
                        self.line.push(' ');
                    }
                }
                c => self.line.push(c),
            }
        }
    }

    fn hard(&mut self, c: char) {
        self.line.push(c);
    }

    fn end_line(&mut self) {
        let line = self.line.trim_end();
        if !line.is_empty() {
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            self.text.push_str(line);
        }
        self.line.clear();
    }

    fn finish(mut self) -> String {
        self.end_line();
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_the_text_a_person_reads() {
        let html = "<div>Mail&nbsp;server <b>down</b>:<ul><li>SMTP</li><li>IMAP &amp; POP</li></ul>\
                    <style>p { color: red }</style><!-- secret --><p>5 &lt; 6 &#8364; &#x41;</p></div>";
        assert_eq!(plain(html), "Mail server down:\n- SMTP\n- IMAP & POP\n5 < 6 € A");
    }

    #[test]
    fn what_is_no_markup_survives() {
        assert_eq!(plain("a < b && c > d &unknown; R&D"), "a < b && c > d &unknown; R&D");
        assert_eq!(plain("<br>&lt;script&gt;"), "<script>");
        assert_eq!(plain("<"), "<");
        assert_eq!(plain("&#0;&#xD800;&#9999999;"), "&#0;&#xD800;&#9999999;");
        assert_eq!(plain("<script>x"), "");
    }
}
