//! From bytes to text, whatever charset they are said to be in.

use super::payload::Notes;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;
use std::borrow::Cow;

/// Decodes `bytes` as `label` says; where that cannot be, as UTF-8, and where that cannot be either, as Windows-1252, which
/// has a character for every byte that people type.
pub(crate) fn decode(bytes: &[u8], label: Option<&str>, notes: &mut Notes) -> String {
    let label = label.map(str::trim).filter(|label| !label.is_empty());
    if let Some(label) = label {
        let known = Encoding::for_label(label.as_bytes());
        match known {
            Some(encoding) => {
                let (text, had_errors) = encoding.decode_without_bom_handling(strip_bom(bytes));
                if !had_errors {
                    return text.into_owned();
                }
            }
            // UTF-7 and code pages of DOS are no encodings of the web.
            None => {
                if let Some(decoder) = charset_decoder(label.as_bytes()) {
                    return decoder(bytes);
                }
                notes.add("charset-unknown");
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(strip_bom(bytes)) {
        if label.is_some_and(|label| Encoding::for_label(label.as_bytes()) != Some(UTF_8)) {
            notes.add("charset-guessed");
        }
        return text.to_owned();
    }
    notes.add("charset-guessed");
    let guess = label.and_then(|label| Encoding::for_label(label.as_bytes())).filter(|guess| *guess != UTF_8);
    guess.unwrap_or(WINDOWS_1252).decode_without_bom_handling(bytes).0.into_owned()
}

/// A header's bytes as what a parser of headers takes: as they are where they are UTF-8, else decoded.
pub(crate) fn header(bytes: &[u8], notes: &mut Notes) -> Vec<u8> {
    if std::str::from_utf8(bytes).is_ok() {
        return bytes.to_vec();
    }
    notes.add("header-not-encoded");
    let text: Cow<'_, str> = WINDOWS_1252.decode_without_bom_handling(bytes).0;
    text.into_owned().into_bytes()
}

fn strip_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}
