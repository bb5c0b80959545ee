//! What of a text is new, what is quoted, and what is a signature.
//!
//! The rules are those of many mail programs and languages; what none of them knows is new.

use super::html::{QUOTE, REST_IS_QUOTE, UNQUOTE};
use super::phrases::{FROM, OPENERS, ORIGINAL, REPLY_ABOVE, SENT_FROM, WHAT, WHEN, WROTE};

/// A text, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) new: String,
    pub(crate) quoted: String,
    pub(crate) signature: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    New,
    Quoted,
    Signature,
}

/// The text without the marks that [`super::html::text`] sets.
pub(crate) fn without_marks(text: &str) -> String {
    let lines = text.lines().filter(|line| !matches!(*line, QUOTE | UNQUOTE | REST_IS_QUOTE));
    joined(lines)
}

/// Takes a text apart, line by line.
pub(crate) fn split(text: &str) -> Reply {
    let lines: Vec<&str> = text.lines().collect();
    let kinds = kinds(&lines);
    let of =
        |kind: Kind| joined(lines.iter().zip(&kinds).filter(|(_, known)| **known == Some(kind)).map(|(line, _)| *line));
    Reply { new: of(Kind::New), quoted: of(Kind::Quoted), signature: of(Kind::Signature) }
}

/// What every line is; `None` for marks.
fn kinds(lines: &[&str]) -> Vec<Option<Kind>> {
    let mut kinds = Vec::with_capacity(lines.len());
    let (mut marked, mut is_signed, mut has_new) = (0_usize, false, false);
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        match line {
            QUOTE => marked += 1,
            UNQUOTE => marked = marked.saturating_sub(1),
            _ => {}
        }
        if line == REST_IS_QUOTE || (marked == 0 && begins_rest(lines, at, has_new)) {
            kinds.resize(lines.len(), Some(Kind::Quoted));
            mend_marks(&mut kinds, lines);
            break;
        }
        if is_mark(line) {
            kinds.push(None);
            at += 1;
            continue;
        }
        if marked > 0 || line.starts_with('>') || line.starts_with(" >") {
            kinds.push(Some(Kind::Quoted));
            is_signed = false;
            at += 1;
            continue;
        }
        if let Some(length) = attribution(lines, at) {
            kinds.extend(std::iter::repeat_n(Some(Kind::Quoted), length));
            at += length;
            let next = lines[at..].iter().find(|line| !line.trim().is_empty());
            let is_marked = next.is_some_and(|line| line.trim_start().starts_with('>') || is_mark(line));
            if !is_marked {
                kinds.resize(lines.len(), Some(Kind::Quoted));
                mend_marks(&mut kinds, lines);
                break;
            }
            continue;
        }
        is_signed |= is_signature(lines, at, has_new);
        let kind = if is_signed { Kind::Signature } else { Kind::New };
        has_new |= kind == Kind::New && !line.trim().is_empty();
        kinds.push(Some(kind));
        at += 1;
    }
    kinds
}

/// Marks are no lines of the text.
fn mend_marks(kinds: &mut [Option<Kind>], lines: &[&str]) {
    for (kind, _) in kinds.iter_mut().zip(lines).filter(|(_, line)| is_mark(line)) {
        *kind = None;
    }
}

fn is_mark(line: &str) -> bool {
    matches!(line, QUOTE | UNQUOTE | REST_IS_QUOTE)
}

fn is_signature(lines: &[&str], at: usize, has_new: bool) -> bool {
    let line = lines[at];
    if matches!(line, "-- " | "--" | "--\u{a0}") {
        return has_new || at > 0;
    }
    let line = line.trim();
    // The footer of a mailing list.
    if has_new && line.len() >= 20 && line.bytes().all(|byte| byte == b'_') {
        return lines[at + 1..].iter().take(4).any(|next| next.to_lowercase().contains("mailing list"));
    }
    line.len() < 100
        && has_new
        && !line.contains(", ")
        && SENT_FROM.iter().any(|words| starts_with(line, words))
        && lines.get(at + 1).is_none_or(|next| next.trim().is_empty() || is_mark(next))
}

/// Whether everything from this line on is a quote.
fn begins_rest(lines: &[&str], at: usize, has_new: bool) -> bool {
    let line = lines[at].trim();
    if line.is_empty() || line.len() > 400 {
        return false;
    }
    if is_rule(line) {
        let next = lines[at + 1..].iter().take(4).position(|next| !next.trim().is_empty());
        return next.is_some_and(|next| is_head_of_mail(lines, at + 1 + next));
    }
    if is_original(line) || is_head_of_mail(lines, at) {
        return true;
    }
    has_new && REPLY_ABOVE.iter().any(|words| line.to_lowercase().contains(words))
}

/// A line of nothing but dashes or underscores.
fn is_rule(line: &str) -> bool {
    line.len() >= 10 && (line.bytes().all(|byte| byte == b'_') || line.bytes().all(|byte| byte == b'-'))
}

/// `-----Original Message-----` and what it is elsewhere.
fn is_original(line: &str) -> bool {
    let inner = line.trim_matches(['-', '_', '*', '=', ' ']);
    let is_ruled = line.starts_with("--") || line.starts_with("__") || line.starts_with("==");
    let inner = inner.to_lowercase();
    (is_ruled && ORIGINAL.iter().any(|words| inner.starts_with(words))) || inner == "begin forwarded message:"
}

/// The head that Outlook puts over a quoted mail: who, when, and to whom or about what, each on a line of its own.
fn is_head_of_mail(lines: &[&str], at: usize) -> bool {
    let is = |line: &str, words: &[&str]| label(line).is_some_and(|label| words.contains(&label.as_str()));
    if !is(lines[at], FROM) {
        return false;
    }
    let following = lines[at + 1..].iter().filter(|line| !line.trim().is_empty()).take(7);
    let (mut has_when, mut has_what) = (false, false);
    for line in following {
        let Some(label) = label(line) else { continue };
        has_when |= WHEN.contains(&label.as_str());
        has_what |= WHAT.contains(&label.as_str());
    }
    has_when && has_what
}

/// What stands before the colon of a line such as `*Von:* Jemand`, in lower case.
fn label(line: &str) -> Option<String> {
    let line = line.trim_start_matches([' ', '*', '>']);
    let end = line.char_indices().take(24).find(|(_, c)| matches!(c, ':' | '：'))?.0;
    Some(line[..end].trim_end_matches([' ', '*', '\u{a0}']).to_lowercase())
}

/// How many lines from here say who wrote what follows, and when; programs break that line where it is long.
fn attribution(lines: &[&str], at: usize) -> Option<usize> {
    let first = lines[at].trim();
    if first.is_empty() || first.len() > 400 {
        return None;
    }
    // `02.04.2012 14:20 somebody "a@b.example" <`: a line that begins with when is one, too.
    let is_opened = OPENERS.iter().any(|word| starts_with(first, word)) || (has_time(first) && first.contains('@'));
    let mut said = String::new();
    for (count, line) in lines[at..].iter().take(if is_opened { 4 } else { 1 }).enumerate() {
        let line = line.trim();
        if line.is_empty() || is_mark(line) || line.starts_with('>') || said.len() + line.len() > 500 {
            return None;
        }
        if !said.is_empty() {
            said.push(' ');
        }
        said.push_str(&line.to_lowercase());
        let end = said.trim_end_matches([' ', '\u{a0}', '*', '_']);
        let has_verb = end.strip_suffix([':', '：']).is_some_and(|end| {
            let end = end.trim_end_matches([' ', '\u{a0}', '*', '_']);
            WROTE.iter().any(|verb| end.ends_with(verb)) || (is_opened && WROTE.iter().any(|verb| has_word(end, verb)))
        });
        let is_dated = said.contains('@') || said.bytes().any(|byte| byte.is_ascii_digit());
        let next = lines[at + count + 1..].iter().find(|next| !next.trim().is_empty());
        let is_followed = next.is_some_and(|next| next.trim_start().starts_with('>') || *next == QUOTE);
        // Whoever says when and who over a quote, in whatever language.
        let is_told = end.ends_with([':', '：']) && has_time(&said) && said.contains('@') && is_followed;
        if (has_verb && (is_dated || is_followed)) || is_told {
            return Some(count + 1);
        }
    }
    None
}

/// A time of day: `9:05`.
fn has_time(text: &str) -> bool {
    text.as_bytes().windows(4).any(|four| {
        let [hour, colon, ten, one] = four else { return false };
        hour.is_ascii_digit() && *colon == b':' && ten.is_ascii_digit() && one.is_ascii_digit()
    })
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).take(10).any(|(at, _)| text[..at].ends_with([' ', '\u{a0}', '>', ',']))
}

/// Whether `text` starts with `words`, which are in lower case.
fn starts_with(text: &str, words: &str) -> bool {
    let mut chars = text.chars().flat_map(char::to_lowercase);
    words.chars().all(|wanted| chars.next() == Some(wanted)) && text.is_char_boundary(words.len())
}

/// Lines as one text: no empty lines at its ends, never two in a row.
fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    let mut is_empty_before = true;
    for line in lines {
        let line = line.trim_end();
        if line.is_empty() && is_empty_before {
            continue;
        }
        is_empty_before = line.is_empty();
        text.push_str(line);
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}
