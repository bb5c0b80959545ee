//! HTML to the text that a person reads, with marks where quotes and signatures begin and end.
//!
//! It takes time in proportion to the input, loads nothing and interprets no style.

use mail_parser::decoders::html::add_html_token;

/// Stands on a line of its own where a quote begins.
pub(crate) const QUOTE: &str = "\u{F0001}";
/// Where it ends.
pub(crate) const UNQUOTE: &str = "\u{F0002}";
/// Everything from here to the end is a quote.
pub(crate) const REST_IS_QUOTE: &str = "\u{F0003}";

/// Words in classes and ids of elements that hold nothing but a quoted mail.
const QUOTES: &[&str] = &[
    "gmail_quote",
    "moz-cite-prefix",
    "yahoo_quoted",
    "protonmail_quote",
    "zmail_extra",
    "tutanota_quote",
    "outlookmessageheader",
    "olk_src_body_section",
];
/// Words in elements behind which everything is quoted.
const CUTS: &[&str] = &["divrplyfwdmsg", "appendonsend", "stopspelling", "mail-editor-reference-message-container"];
const SIGNATURES: &[&str] = &["gmail_signature", "moz-signature", "id=\"signature", "ms-outlook-mobile-signature"];

/// Elements whose content is never shown.
const HIDDEN: &[&str] = &["script", "style", "head", "template", "title", "noscript", "object", "svg"];
const BLOCKS: &[&str] = &[
    "div", "tr", "table", "ul", "ol", "section", "article", "header", "footer", "hr", "pre", "body", "form", "dl",
    "dt", "dd", "address", "center", "tbody",
];
const PARAGRAPHS: &[&str] = &["p", "h1", "h2", "h3", "h4", "h5", "h6"];

/// The text of `html`; the marks are on lines of their own.
pub(crate) fn text(html: &str) -> String {
    let mut page =
        Page { out: String::with_capacity(html.len() / 2), is_spaced: false, quotes: Vec::new(), is_left_open: false };
    let mut rest = html;
    while let Some(start) = rest.find(['<', '&']) {
        page.run(&rest[..start]);
        rest = &rest[start..];
        rest = match rest.as_bytes() {
            [b'&', ..] => page.entity(rest),
            [b'<', b'!', b'-', b'-', ..] => rest.find("-->").map_or("", |end| &rest[end + 3..]),
            [b'<', next, ..] if next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?') => {
                let Some(end) = rest.find('>') else { break };
                page.tag(&rest[1..end], &rest[end + 1..])
            }
            _ => {
                page.run("<");
                &rest[1..]
            }
        };
    }
    if !rest.starts_with('<') {
        page.run(rest);
    }
    page.out
}

struct Page<'a> {
    out: String,
    /// Whether white space stood before what comes next.
    is_spaced: bool,
    /// Elements that are quotes, and how many of their name are open within them.
    quotes: Vec<(&'a str, usize)>,
    /// Whether a hidden element was not closed.
    is_left_open: bool,
}

impl<'a> Page<'a> {
    fn run(&mut self, text: &str) {
        for (at, word) in text.split([' ', '\t', '\r', '\n']).enumerate() {
            self.is_spaced |= at > 0;
            if word.is_empty() {
                continue;
            }
            self.space();
            self.out.extend(word.chars().filter(|c| !matches!(c, '\u{F0001}'..='\u{F0003}' | '\0')));
        }
    }

    fn space(&mut self) {
        if self.is_spaced && !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push(' ');
        }
        self.is_spaced = false;
    }

    /// What stands behind the entity.
    fn entity(&mut self, rest: &'a str) -> &'a str {
        let name = rest.bytes().skip(1).take(32).position(|byte| !byte.is_ascii_alphanumeric() && byte != b'#');
        self.space();
        match name {
            Some(length) if length > 0 && rest.as_bytes()[length + 1] == b';' => {
                let before = self.out.len();
                add_html_token(&mut self.out, &rest.as_bytes()[..length + 2], false);
                if matches!(&self.out[before..], "\u{a0}" | "\u{F0001}" | "\u{F0002}" | "\u{F0003}" | "\0" | "\r") {
                    self.out.truncate(before);
                    self.out.push(' ');
                }
                &rest[length + 2..]
            }
            _ => {
                self.out.push('&');
                &rest[1..]
            }
        }
    }

    /// A tag without its brackets, and what stands behind it; where reading goes on.
    fn tag(&mut self, tag: &'a str, rest: &'a str) -> &'a str {
        let (is_end, inner) = tag.strip_prefix('/').map_or((false, tag), |inner| (true, inner));
        let length = inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len());
        let name = &inner[..length];
        let is = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
        if is(HIDDEN) && !is_end && !tag.ends_with('/') {
            // Where it never ends, what is behind it is read: once, so that this takes no more than the time of one.
            if self.is_left_open {
                return "";
            }
            let behind = behind(rest, name);
            self.is_left_open = behind.is_none();
            return behind.unwrap_or(if is(&["head"]) { rest } else { "" });
        }
        if is(&["br"]) {
            self.out.push('\n');
            self.is_spaced = false;
        } else if is(PARAGRAPHS) || is(&["blockquote"]) {
            self.lines(2);
        } else if is(BLOCKS) || is(&["li"]) {
            self.lines(1);
        } else if is(&["td", "th"]) {
            self.is_spaced = true;
        }
        if is_end {
            self.end(name);
            return rest;
        }
        if is(&["li"]) {
            self.out.push_str("- ");
        }
        self.begin(name, inner);
        rest
    }

    fn begin(&mut self, name: &'a str, inner: &str) {
        if let Some((_, open)) = self.quotes.last_mut().filter(|(quote, _)| quote.eq_ignore_ascii_case(name)) {
            *open += 1;
        }
        let attributes = match inner.len() > name.len() {
            true => inner[name.len()..].to_ascii_lowercase(),
            false => String::new(),
        };
        let has = |words: &[&str]| words.iter().any(|word| attributes.contains(word));
        if has(SIGNATURES) && self.quotes.is_empty() {
            self.mark("-- ");
        }
        if has(CUTS) {
            self.mark(REST_IS_QUOTE);
        } else if (name.eq_ignore_ascii_case("blockquote") || has(QUOTES)) && self.quotes.len() < 100 {
            self.mark(QUOTE);
            self.quotes.push((name, 1));
        }
    }

    fn end(&mut self, name: &str) {
        let Some((_, open)) = self.quotes.last_mut().filter(|(quote, _)| quote.eq_ignore_ascii_case(name)) else {
            return;
        };
        *open -= 1;
        if *open == 0 {
            self.quotes.pop();
            self.mark(UNQUOTE);
        }
    }

    fn mark(&mut self, mark: &str) {
        self.lines(1);
        self.out.push_str(mark);
        self.out.push('\n');
    }

    /// Ends the line, and leaves lines empty so that at least `count` line ends stand here.
    fn lines(&mut self, count: usize) {
        self.is_spaced = false;
        if self.out.is_empty() {
            return;
        }
        let there = self.out.bytes().rev().take(count).take_while(|byte| *byte == b'\n').count();
        self.out.extend(std::iter::repeat_n('\n', count - there));
    }
}

/// What stands behind the end of a hidden element. A head that is not closed ends where the body begins.
fn behind<'a>(rest: &'a str, name: &str) -> Option<&'a str> {
    let bytes = rest.as_bytes();
    for at in memchr::memchr_iter(b'<', bytes) {
        let tag = &bytes[at + 1..];
        let is_end = tag.first() == Some(&b'/')
            && tag.get(1..=name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes()));
        if is_end {
            let end = memchr::memchr(b'>', tag).map_or(rest.len(), |end| at + end + 2);
            return Some(&rest[end..]);
        }
        if name.eq_ignore_ascii_case("head") && tag.get(..4).is_some_and(|tag| tag.eq_ignore_ascii_case(b"body")) {
            return Some(&rest[at..]);
        }
    }
    None
}
