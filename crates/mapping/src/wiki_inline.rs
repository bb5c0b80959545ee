//! What is marked inside of a line of Jira's wiki markup. It looks ahead by a bounded number of bytes only.

use crate::layout::start;

/// How far the end of something marked may be, in bytes.
const FAR: usize = 500;
const FAR_LINK: usize = 2_000;
/// Marks that may be open at once; more are text.
const MOST_OPEN: usize = 8;

/// What a line is made of.
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Owned(String),
    Break,
    /// The start of a cell, in a row of a table.
    Cell,
    Quote,
    /// A panel starts (with what it is called) or ends (without).
    Panel(String),
    /// From here on everything stands as it is, up to the same tag.
    Verbatim {
        tag: &'static str,
        title: String,
    },
}

pub(crate) struct Inline<'a> {
    text: &'a str,
    at: usize,
    is_row: bool,
    /// Where the ends of open marks stand, and how long they are.
    ends: Vec<(usize, usize)>,
}

impl<'a> Inline<'a> {
    pub(crate) fn new(text: &'a str, is_row: bool) -> Self {
        Self { text, at: 0, is_row, ends: Vec::new() }
    }

    /// What comes after the line, or after what was read of it.
    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.text.len());
    }

    /// `None` at the end of the line, which is passed over.
    pub(crate) fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return None;
            }
            if rest.starts_with('\n') {
                self.skip(1);
                return None;
            }
            if let Some(open) = self.ends.iter().position(|(end, _)| *end == self.at) {
                let (_, length) = self.ends.swap_remove(open);
                self.skip(length);
                continue;
            }
            let before = self.at;
            if let Some(piece) = self.marked(rest) {
                return Some(piece);
            }
            if self.at > before {
                continue;
            }
            // A link that was passed over may have held the end of a mark.
            self.ends.retain(|(end, _)| *end > self.at);
            let next_end = self.ends.iter().map(|(end, _)| *end - self.at).min().unwrap_or(usize::MAX);
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let special = rest[first..].find(SPECIAL).map_or(rest.len(), |at| at + first);
            let length = special.min(next_end);
            self.skip(length);
            return Some(Piece::Text(&rest[..length]));
        }
    }

    /// What starts here, if it is more than text. May move on without giving anything.
    fn marked(&mut self, rest: &'a str) -> Option<Piece<'a>> {
        let (piece, length) = match rest.as_bytes()[0] {
            b'|' if self.is_row => self.cell(rest)?,
            b'\\' => escape(rest)?,
            b'&' => rest.strip_prefix("&nbsp;").map(|_| (Some(Piece::Text(" ")), 6))?,
            b'{' => self.tag(rest)?,
            b'[' => link(rest)?,
            b'!' if !self.is_after_word() => image(rest)?,
            b'*' | b'_' | b'+' => self.phrase(rest, 1)?,
            b'?' if rest.starts_with("??") => self.phrase(rest, 2)?,
            _ => return None,
        };
        self.skip(length);
        piece
    }

    fn cell(&self, rest: &'a str) -> Option<(Option<Piece<'a>>, usize)> {
        let length = if rest.starts_with("||") { 2 } else { 1 };
        let line = rest.lines().next().unwrap_or_default();
        let is_last = line[length.min(line.len())..].trim().is_empty();
        Some((Some(if is_last { Piece::Text("") } else { Piece::Cell }), length))
    }

    fn is_after_word(&self) -> bool {
        self.text[..self.at].chars().next_back().is_some_and(char::is_alphanumeric)
    }

    /// `*strong*` and its like: not inside of words, not around white space, and closed in the same line.
    fn phrase(&mut self, rest: &'a str, length: usize) -> Option<(Option<Piece<'a>>, usize)> {
        let (mark, after) = rest.split_at(length);
        let starts = after.chars().next().is_some_and(|c| !c.is_whitespace() && !mark.contains(c));
        if !starts || self.is_after_word() || self.ends.len() >= MOST_OPEN {
            return None;
        }
        let near = ahead(after, FAR);
        for (at, _) in near.match_indices(mark) {
            let inner = near[..at].chars().next_back().is_some_and(|c| !c.is_whitespace());
            let outer = near[at + length..].chars().next().is_none_or(|c| !c.is_alphanumeric() && !mark.contains(c));
            if inner && outer {
                self.ends.push((self.at + length + at, length));
                return Some((None, length));
            }
        }
        None
    }

    /// What stands in braces: macros, and text in a fixed width.
    fn tag(&mut self, rest: &'a str) -> Option<(Option<Piece<'a>>, usize)> {
        if let Some(code) = rest.strip_prefix("{{") {
            let end = ahead(code, FAR).find("}}")?;
            return Some((Some(Piece::Text(&code[..end])), end + 4));
        }
        let inside = &ahead(&rest[1..], FAR);
        let inside = &inside[..inside.find('}')?];
        let length = inside.len() + 2;
        let (name, parameters) = inside.split_once(':').unwrap_or((inside, ""));
        let title = parameters.split('|').find_map(|parameter| parameter.strip_prefix("title=")).unwrap_or_default();
        let piece = match name {
            "code" => Some(Piece::Verbatim { tag: "code", title: title.to_owned() }),
            "noformat" => Some(Piece::Verbatim { tag: "noformat", title: title.to_owned() }),
            "quote" => Some(Piece::Quote),
            "panel" | "info" | "note" | "warning" | "tip" => Some(Piece::Panel(title.to_owned())),
            "color" | "anchor" | "*" | "_" | "+" | "-" | "^" | "~" => None,
            _ => return None,
        };
        Some((piece, length))
    }
}

const SPECIAL: &[char] = &['\n', '|', '\\', '&', '{', '[', '!', '*', '_', '+', '?'];

/// The rest of the line, but no more than some bytes of it.
fn ahead(text: &str, far: usize) -> &str {
    let near = start(text, far);
    &near[..near.find('\n').unwrap_or(near.len())]
}

/// `\\` is a line break where white space follows, as in no path of Windows; `\*` is a star.
fn escape(rest: &str) -> Option<(Option<Piece<'_>>, usize)> {
    if let Some(after) = rest.strip_prefix("\\\\") {
        return after.chars().next().is_none_or(char::is_whitespace).then_some((Some(Piece::Break), 2));
    }
    let escaped = rest.chars().nth(1).filter(|c| "|{}[]!*_+?-^~#".contains(*c))?;
    Some((Some(Piece::Owned(escaped.to_string())), 2))
}

/// `[text|address]`, `[address]`, `[~person]`, `[^attachment]`. Other brackets are text.
fn link(rest: &str) -> Option<(Option<Piece<'_>>, usize)> {
    let inside = ahead(&rest[1..], FAR_LINK);
    let inside = &inside[..inside.find([']', '['])?];
    if !rest[1 + inside.len()..].starts_with(']') {
        return None;
    }
    let length = inside.len() + 2;
    let mut parts = inside.split('|').map(str::trim);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    // The only third part that Jira writes says how the link looks.
    if parts.any(|part| part != "smart-link") {
        return None;
    }
    let text = match second {
        None => match first.split_at_checked(1)? {
            ("~", person) => format!("@{}", person.strip_prefix("accountid:").unwrap_or(person)),
            ("^", attachment) => format!("[{attachment}]"),
            ("#", anchor) if !anchor.is_empty() => anchor.to_owned(),
            _ if is_address(first) => first.strip_prefix("mailto:").unwrap_or(first).to_owned(),
            _ => return None,
        },
        Some(address) if address.is_empty() || address.contains(' ') => return None,
        Some(address) if first.is_empty() || first == address => address.to_owned(),
        Some(address) if address.strip_prefix("mailto:") == Some(first) => first.to_owned(),
        Some(address) => format!("{first} ({address})"),
    };
    Some((Some(Piece::Owned(text)), length))
}

fn is_address(text: &str) -> bool {
    !text.contains(' ') && (text.contains("://") || text.starts_with("mailto:") || text.starts_with("www."))
}

/// `!picture.png|width=300!`: only what has the name of a file or an address.
fn image(rest: &str) -> Option<(Option<Piece<'_>>, usize)> {
    let inside = ahead(&rest[1..], FAR);
    let inside = &inside[..inside.find('!')?];
    let name = inside.split('|').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending)?;
    let is_file = !name.starts_with(char::is_whitespace)
        && !ending.is_empty()
        && ending.len() <= 5
        && ending.chars().all(char::is_alphanumeric);
    (is_file || is_address(name)).then(|| (Some(Piece::Owned(format!("[{name}]"))), inside.len() + 2))
}
