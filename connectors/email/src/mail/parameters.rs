//! The fields that say a word and parameters (`Content-Type`, `Content-Disposition`): quoted texts, comments, and values in
//! pieces and charsets (RFC 2231), whose pieces may be cut within a character.

use super::charset;
use super::words;
use std::collections::BTreeMap;

/// A content type or a disposition, with its parameters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declared {
    /// Lower case: `text/plain`, `attachment`.
    pub(crate) name: String,
    parameters: BTreeMap<String, String>,
}

/// A piece of a value: its number, whether it is percent-encoded, and what it says.
type Piece = (u32, bool, String);

const MOST_PIECES: usize = 200;

impl Declared {
    pub(crate) fn read(raw: &[u8]) -> Self {
        let text = words::raw_text(raw, None).0.replace(['\r', '\n'], " ");
        let mut tokens = tokens(&text).into_iter();
        let name = tokens.next().unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let mut pieces: BTreeMap<String, Vec<Piece>> = BTreeMap::new();
        for token in tokens.take(MOST_PIECES) {
            let Some((key, value)) = token.split_once('=') else { continue };
            let (base, number, is_encoded) = piece(&key.trim().to_ascii_lowercase());
            let known = pieces.entry(base).or_default();
            // Whoever says one thing twice is believed the first time.
            if known.iter().all(|(there, ..)| *there != number) {
                known.push((number, is_encoded, value.trim().to_owned()));
            }
        }
        let parameters = pieces.into_iter().map(|(base, pieces)| (base, joined(pieces))).collect();
        Self { name: name.to_ascii_lowercase(), parameters }
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

/// What stands between semicolons, without comments and quotes.
fn tokens(text: &str) -> Vec<String> {
    let (mut tokens, mut token) = (Vec::new(), String::new());
    let (mut is_quoted, mut depth) = (false, 0_usize);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if is_quoted || depth > 0 => {
                let next = chars.next();
                // Windows paths are quoted as they are by programs that do not know what the mark means.
                if depth == 0 {
                    match next {
                        Some(next @ ('"' | '\\')) => token.push(next),
                        Some(next) => token.extend(['\\', next]),
                        None => {}
                    }
                }
            }
            '"' if depth == 0 => is_quoted = !is_quoted,
            '(' if !is_quoted && (depth > 0 || token.is_empty() || token.ends_with([' ', '\t'])) => depth += 1,
            ')' if !is_quoted && depth > 0 => depth -= 1,
            ';' if !is_quoted && depth == 0 => tokens.push(std::mem::take(&mut token)),
            c if depth == 0 => token.push(c),
            _ => {}
        }
    }
    tokens.push(token);
    tokens
}

/// `filename*1*` → `filename`, 1, percent-encoded.
fn piece(key: &str) -> (String, u32, bool) {
    let (key, is_encoded) = key.strip_suffix('*').map_or((key, false), |key| (key, true));
    match key.split_once('*').map(|(base, number)| (base, number.parse())) {
        Some((base, Ok(number))) => (base.to_owned(), number, is_encoded),
        _ => (key.to_owned(), 0, is_encoded),
    }
}

fn joined(mut pieces: Vec<Piece>) -> String {
    pieces.sort_by_key(|(number, ..)| *number);
    if !pieces.iter().any(|(_, is_encoded, _)| *is_encoded) {
        let value: String = pieces.into_iter().map(|(.., value)| value).collect();
        // Encoded words do not belong here, and many programs write them.
        return if value.contains("=?") { words::text(value.as_bytes(), None) } else { value };
    }
    let (mut label, mut bytes) = (String::new(), Vec::new());
    for (at, (_, is_encoded, value)) in pieces.iter().enumerate() {
        let mut value = value.as_str();
        if at == 0
            && *is_encoded
            && let Some((charset, (_, rest))) =
                value.split_once('\'').and_then(|(c, rest)| Some((c, rest.split_once('\'')?)))
        {
            label = charset.to_owned();
            value = rest;
        }
        match is_encoded {
            true => bytes.extend(percent_decoded(value)),
            false => bytes.extend_from_slice(value.as_bytes()),
        }
    }
    charset::decode(&bytes, if label.is_empty() { "utf-8" } else { &label }).text
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let escaped = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        decoded.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(raw: &[u8], name: &str) -> String {
        Declared::read(raw).parameter(name).unwrap_or("-").to_owned()
    }

    #[test]
    fn values_in_pieces_and_charsets_are_whole() {
        // A character of three bytes, cut after the second.
        let cut = b" attachment;\r\n filename*0*=utf-8''%E6%96;\r\n filename*1*=%B0.t;\r\n filename*2=\"xt\"";
        assert_eq!(value(cut, "filename"), "\u{6570}.txt".replace('\u{6570}', "\u{65b0}"));
        assert_eq!(value(b"x; filename*=iso-8859-1'de'caf%E9", "filename"), "caf\u{e9}");
        assert_eq!(value(b"x; filename*1=b; filename*0=a", "filename"), "ab");
        assert_eq!(value(b"x; name=\"=?utf-8?q?=C3=A4.txt?=\"", "name"), "\u{e4}.txt");
        assert_eq!(value(b"x; name=\"a;\\\"b\\\" (c).txt\"; y=1", "name"), "a;\"b\" (c).txt");
        assert_eq!(value(b"text/plain (really); charset=UTF-8 (yes)", "charset"), "UTF-8");
        assert_eq!(value(b"x; name=caf\xe9.txt", "name"), "caf\u{e9}.txt");
        assert_eq!(value(b"x; name=\"C:\\dir\\a.txt\"", "name"), "C:\\dir\\a.txt");
        assert_eq!(value(b"x; filename*=utf-8''%", "filename"), "%");
    }

    #[test]
    fn the_word_is_in_lower_case_without_white_space() {
        assert_eq!(Declared::read(b" Text / HTML ; charset=x").name, "text/html");
        assert_eq!(Declared::read(b"").name, "");
    }
}
