//! Header texts: bytes of any charset, and encoded words (RFC 2047), also those that are split within a character.
//!
//! It never looks at the structure of a field.

use super::charset;
use super::transfer;
use data_encoding::BASE64;

/// A field as people read it: unfolded, encoded words decoded, white space runs made one space.
pub(crate) fn text(raw: &[u8], declared: Option<&str>) -> String {
    let unfolded = raw_text(raw, declared).0;
    tidy(&decoded(&unfolded, |text, out| out.push_str(&text)))
}

/// A field for a parser of structure: UTF-8, on one line, every run of encoded words one word in UTF-8.
pub(crate) fn whole(raw: &[u8]) -> String {
    let unfolded = raw_text(raw, None).0;
    decoded(&unfolded.replace(['\r', '\n'], " "), |text, out| {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        out.push_str("=?utf-8?B?");
        out.push_str(&BASE64.encode(text.as_bytes()));
        out.push_str("?=");
    })
}

/// The bytes of a field as text, and whether its charset had to be guessed: UTF-8 (RFC 6532), else as declared, else as
/// what the bytes look like.
pub(crate) fn raw_text(raw: &[u8], declared: Option<&str>) -> (String, bool) {
    match std::str::from_utf8(raw) {
        // Bytes that are Japanese are ASCII, and UTF-8 with it.
        Ok(text) if !raw.contains(&0x1b) => (text.to_owned(), false),
        _ => {
            let decoded = charset::decode(raw, declared.unwrap_or_default());
            (decoded.text, decoded.is_guessed)
        }
    }
}

/// One line: white space and controls are single spaces, none at the ends.
pub(crate) fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !tidy.is_empty() {
            tidy.push(' ');
        }
        tidy.push_str(word);
    }
    tidy
}

/// Comments are in brackets, which may be nested; a quoted text may have brackets that are none.
pub(crate) fn without_comments(text: &str) -> String {
    let (mut depth, mut is_quoted) = (0_u32, false);
    let mut bare = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' if depth == 0 => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted && depth > 0 => depth -= 1,
            _ if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    bare
}

/// RFC 2047 allows 75 bytes.
const LONGEST_WORD: usize = 4096;

/// One encoded word: charset, whether it is base 64, the encoded text, and how many bytes the word has.
struct Word<'a> {
    charset: &'a str,
    is_base64: bool,
    content: &'a str,
    length: usize,
}

/// Replaces every run of encoded words by what `put` makes of their text. Words of one charset are joined as bytes,
/// because senders split them within characters.
fn decoded(text: &str, put: impl Fn(String, &mut String)) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("=?") {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let Some(mut word) = word(rest) else {
            out.push_str("=?");
            rest = &rest[2..];
            continue;
        };
        let mut run = String::new();
        let mut bytes = Vec::new();
        loop {
            bytes.extend(content(&word));
            rest = &rest[word.length..];
            let after = rest.trim_start_matches([' ', '\t', '\r', '\n']);
            let Some(next) = self::word(after) else { break };
            if !next.charset.eq_ignore_ascii_case(word.charset) {
                run.push_str(&charset::decode(&bytes, word.charset).text);
                bytes.clear();
            }
            (word, rest) = (next, after);
        }
        run.push_str(&charset::decode(&bytes, word.charset).text);
        put(run, &mut out);
    }
    out.push_str(rest);
    out
}

/// `=?charset*language?b?…?=` at the start of `text`. Spaces within are against the standard and common.
fn word(text: &str) -> Option<Word<'_>> {
    let inner = text.strip_prefix("=?")?;
    let (charset, rest) = inner.split_at_checked(inner.bytes().take(60).position(|byte| byte == b'?')?)?;
    let is_base64 = match rest.as_bytes().get(1)? {
        b'b' | b'B' => true,
        b'q' | b'Q' => false,
        _ => return None,
    };
    let content = rest.get(2..)?.strip_prefix('?')?;
    // No further than this, or a text full of beginnings would be searched to its end from each of them.
    let end = content.as_bytes().windows(2).take(LONGEST_WORD).position(|two| two == b"?=")?;
    let name = charset.split('*').next().unwrap_or_default();
    if name.is_empty() || name.contains(char::is_whitespace) {
        return None;
    }
    let content_text = &content[..end];
    let length = "=?".len() + charset.len() + "?x?".len() + end + "?=".len();
    Some(Word { charset: name, is_base64, content: content_text, length })
}

fn content(word: &Word<'_>) -> Vec<u8> {
    if word.is_base64 {
        return transfer::base64(word.content.as_bytes()).0;
    }
    let spaced = word.content.replace('_', " ");
    transfer::quoted_printable(spaced.as_bytes())
}
