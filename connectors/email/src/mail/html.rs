//! HTML of mails as plain text, in one pass and without a tree: lines where blocks end, `> ` in front of what is quoted,
//! addresses of links behind their words. What is not shown (heads, styles, scripts, comments) is left out.

/// Quotes within quotes beyond this are not told apart.
const MOST_QUOTES: usize = 20;

/// Elements that begin a line of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "tr",
    "ul",
];

/// Elements whose content is not shown.
const HIDDEN: &[&str] = &["head", "style", "script", "template", "title", "noscript"];

/// Words in the class or id of an element with which programs of mail mark what follows as quoted.
const QUOTE_MARKS: &[&str] =
    &["gmail_quote", "moz-cite-prefix", "divrplyfwdmsg", "yahoo_quoted", "protonmail_quote", "olk_src_body_section"];

/// A line that says so where the element itself does not quote.
pub(crate) const QUOTE_LINE: &str = "-----Original Message-----";

/// See the module.
pub(crate) fn html_to_text(html: &str) -> String {
    let mut text = Text::default();
    let mut rest = html;
    let mut hidden: Option<&'static str> = None;
    while let Some(at) = rest.find('<') {
        if hidden.is_none() {
            text.words(&rest[..at]);
        }
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
            continue;
        }
        let is_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        let Some(end) = end_of_tag(rest).filter(|_| is_tag) else {
            if hidden.is_none() {
                text.words("<");
            }
            rest = &rest[1..];
            continue;
        };
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        let (closes, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let name = tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or("").to_ascii_lowercase();
        if let Some(element) = hidden {
            if closes && name == element {
                hidden = None;
            }
            continue;
        }
        if let Some(element) = HIDDEN.iter().find(|element| **element == name) {
            if !closes && !tag.ends_with('/') {
                hidden = Some(element);
            }
            continue;
        }
        text.tag(&name, tag, closes);
    }
    if hidden.is_none() {
        text.words(rest);
    }
    text.end()
}

/// The `>` that ends a tag, not one in a quoted value. A quote that never ends does not hide the rest of the mail.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate().take(8 << 10) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    tag.find('>')
}

#[derive(Default)]
struct Text {
    out: String,
    line: String,
    quotes: usize,
    pre: usize,
    link: Option<(String, usize)>,
    wants_space: bool,
}

impl Text {
    fn words(&mut self, words: &str) {
        let words = unescaped(words);
        if self.pre > 0 {
            for (n, line) in words.split('\n').enumerate() {
                if n > 0 {
                    self.end_line(true);
                }
                self.line.push_str(line.trim_end_matches('\r'));
            }
            return;
        }
        for c in words.chars() {
            if c.is_whitespace() && c != '\u{a0}' {
                self.wants_space = !self.line.is_empty();
            } else {
                if std::mem::take(&mut self.wants_space) {
                    self.line.push(' ');
                }
                self.line.push(if c == '\u{a0}' { ' ' } else { c });
            }
        }
    }

    fn tag(&mut self, name: &str, tag: &str, closes: bool) {
        if name == "br" {
            return self.end_line(true);
        }
        if name == "a" {
            return self.link(tag, closes);
        }
        if matches!(name, "td" | "th") && closes {
            self.wants_space = !self.line.is_empty();
        }
        if !BLOCKS.contains(&name) {
            return;
        }
        self.end_line(false);
        match (name, closes) {
            ("blockquote", false) => self.quotes += 1,
            ("blockquote", true) => self.quotes = self.quotes.saturating_sub(1),
            ("pre", false) => self.pre += 1,
            ("pre", true) => self.pre = self.pre.saturating_sub(1),
            ("li", false) => self.line.push_str("- "),
            ("p" | "h1" | "h2" | "h3" | "h4", true) => self.empty_line(),
            _ => {}
        }
        if !closes && name != "blockquote" && self.quotes == 0 {
            let marks = tag.to_ascii_lowercase();
            // Gmail's block has its own words in front of the quote, and so have others: only a bare one needs a line.
            if QUOTE_MARKS.iter().any(|mark| marks.contains(mark))
                && !marks.contains("gmail_quote")
                && !marks.contains("moz-cite")
            {
                self.line.push_str(QUOTE_LINE);
                self.end_line(false);
            }
        }
    }

    /// The address of a link behind its words, where the words do not say it already.
    fn link(&mut self, tag: &str, closes: bool) {
        if !closes {
            let address = attribute(tag, "href").map(|address| unescaped(&address));
            self.link = address.map(|address| (address, self.line.len()));
            return;
        }
        let Some((address, from)) = self.link.take() else { return };
        let words = self.line.get(from..).unwrap_or("").trim();
        let bare = address.trim_start_matches("mailto:");
        let is_worth = address.starts_with("http") || address.starts_with("mailto:");
        if is_worth && !words.contains(bare.trim_end_matches('/')) && !words.is_empty() && address.len() <= 500 {
            self.line.push_str(&format!(" ({address})"));
        }
    }

    fn end_line(&mut self, even_empty: bool) {
        self.wants_space = false;
        let line = std::mem::take(&mut self.line);
        let line = line.trim_end();
        if line.is_empty() && !even_empty {
            return;
        }
        self.quote_marks();
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn empty_line(&mut self) {
        if !self.out.ends_with("\n\n") && !self.out.is_empty() {
            self.quote_marks();
            self.out.push('\n');
        }
    }

    fn quote_marks(&mut self) {
        for _ in 0..self.quotes.min(MOST_QUOTES) {
            self.out.push_str("> ");
        }
    }

    fn end(mut self) -> String {
        self.end_line(false);
        self.out.truncate(self.out.trim_end().len());
        let begin = self.out.len() - self.out.trim_start_matches('\n').len();
        self.out.split_off(begin)
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.match_indices(name).map(|(at, _)| at).find(|at| {
        lower[at + name.len()..].trim_start().starts_with('=')
            && lower[..*at].ends_with(|c: char| c.is_ascii_whitespace())
    })?;
    let value = tag[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value.split(|c: char| c.is_ascii_whitespace()).next()?,
    };
    Some(value.to_owned())
}

/// Character references as characters.
fn unescaped(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        let reference = behind.char_indices().take(12).find(|(_, c)| *c == ';').map(|(at, _)| &behind[..at]);
        match reference.and_then(character) {
            Some(c) => {
                out.push(c);
                rest = &behind[reference.map_or(0, str::len) + 1..];
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(reference: &str) -> Option<char> {
    if let Some(number) = reference.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        let code = hex.map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())?;
        return char::from_u32(code).filter(|c| *c != '\0');
    }
    Some(match reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        other => {
            let mut text = String::new();
            mail_parser::decoders::html::add_html_token(&mut text, format!("&{other};").as_bytes(), false);
            let mut characters = text.chars();
            return characters.next().filter(|c| *c != '&' && characters.next().is_none());
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_lines_and_what_is_not_shown_is_left_out() {
        let html = "<html><head><title>x</title><style>p{}</style></head><body><p>Hello&nbsp;W&ouml;rld &amp; all,</p>\
            <div>one<br>two</div><!-- no --><ul><li>a</li><li>b</li></ul><script>1<2</script>2 &lt; 3</body></html>";
        assert_eq!(html_to_text(html), "Hello Wörld & all,\n\none\ntwo\n- a\n- b\n2 < 3");
    }

    #[test]
    fn quotes_are_marked_and_links_keep_their_addresses() {
        let html =
            "Yes.<blockquote type=\"cite\"><p>Is it <a href=\"https://a.example/x?1\">here</a>?</p></blockquote>";
        assert_eq!(html_to_text(html), "Yes.\n> Is it here (https://a.example/x?1)?\n>");
        assert_eq!(html_to_text("<a href='https://a.example'>https://a.example</a>"), "https://a.example");
    }

    #[test]
    fn damaged_html_loses_no_words() {
        assert_eq!(html_to_text("1 < 2 and <b>bold"), "1 < 2 and bold");
        assert_eq!(html_to_text("<a href=\"x>never</a> ends"), "never ends");
        assert_eq!(html_to_text("<div"), "<div");
    }
}
