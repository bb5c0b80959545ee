//! Bytes to text by the name of a charset, as senders use the names and not as they are registered.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, WINDOWS_1252};
use std::borrow::Cow;

/// Bytes that a guess looks at.
const MOST_GUESSED: usize = 64 << 10;

/// What became of some bytes.
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// Whether the declared charset was none or does not fit.
    pub(crate) is_guessed: bool,
}

/// Reads `bytes` as `label` says. Where that is unknown or leaves bytes that mean nothing, UTF-8 is tried, and then what
/// unlabelled bytes mostly are.
pub(crate) fn decode(bytes: &[u8], label: &str) -> Decoded {
    let label = label.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    let is_told =
        !matches!(label.as_str(), "" | "us-ascii" | "ascii" | "ansi_x3.4-1968" | "unknown-8bit" | "x-unknown");
    if bytes.is_ascii() && !is_stateful(&label) {
        if !is_told && let Some(text) = japanese(bytes) {
            return Decoded { text, is_guessed: true };
        }
        return Decoded { text: String::from_utf8_lossy(bytes).into_owned(), is_guessed: false };
    }
    if matches!(label.as_str(), "utf-7" | "unicode-1-1-utf-7" | "x-unicode-2-0-utf-7")
        && let Some(decoder) = mail_parser::decoders::charsets::map::charset_decoder(b"utf-7")
    {
        return Decoded { text: decoder(bytes), is_guessed: false };
    }
    if !is_told {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Decoded { text: text.to_owned(), is_guessed: !label.is_empty() },
            Err(_) => Decoded { text: guessed(bytes).into_owned(), is_guessed: true },
        };
    }
    let named = encoding(&label);
    // Every byte means something in Latin 1; what is UTF-8 by its form is hardly ever anything else.
    if named == Some(WINDOWS_1252)
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Decoded { text: text.to_owned(), is_guessed: true };
    }
    if let Some(encoding) = named {
        let (text, _, had_errors) = encoding.decode(bytes);
        if !had_errors {
            return Decoded { text: text.into_owned(), is_guessed: false };
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: text.to_owned(), is_guessed: true };
    }
    // Where most of it fits what is declared, a few damaged characters are no other charset.
    if let Some(encoding) = named {
        let (text, _, _) = encoding.decode(bytes);
        let damaged = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
        if damaged * 20 <= text.chars().count() {
            return Decoded { text: text.into_owned(), is_guessed: true };
        }
    }
    Decoded { text: guessed(bytes).into_owned(), is_guessed: true }
}

/// ASCII bytes that are Japanese: ISO-2022-JP says so by escapes that nothing else has.
fn japanese(bytes: &[u8]) -> Option<String> {
    let switches = |window: &[u8]| matches!(window, b"\x1b$B" | b"\x1b$@" | b"\x1b(J");
    if !bytes.windows(3).any(switches) {
        return None;
    }
    let (text, _, had_errors) = ISO_2022_JP.decode(bytes);
    (!had_errors).then(|| text.into_owned())
}

/// Bytes that nothing tells the charset of and that are no UTF-8, as what they look like; as what such bytes mostly are when
/// they are not even that.
fn guessed(bytes: &[u8]) -> Cow<'_, str> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&bytes[..bytes.len().min(MOST_GUESSED)], true);
    let found = detector.guess(None, Utf8Detection::Deny);
    let (text, _, had_errors) = found.decode(bytes);
    // What is cut may end within a character.
    let ends_within = had_errors
        && text.matches(char::REPLACEMENT_CHARACTER).count() == 1
        && text.ends_with(char::REPLACEMENT_CHARACTER);
    if had_errors && !ends_within { WINDOWS_1252.decode(bytes).0 } else { text }
}

/// Charsets whose text is ASCII bytes that are no ASCII.
fn is_stateful(label: &str) -> bool {
    label.contains("2022") || label.contains("utf-7") || label.starts_with("hz") || label.starts_with("utf-16")
}

fn encoding(label: &str) -> Option<&'static Encoding> {
    let label = match label {
        // What says GB 2312 or GBK is written by programs that use all of GB 18030.
        "gb2312" | "gb_2312" | "gb_2312-80" | "gbk" | "cp936" | "x-gbk" | "euc-cn" | "chinese" => "gb18030",
        "ks_c_5601" | "ks_c_5601-1987" | "ksc5601" | "cp949" | "ms949" | "x-windows-949" | "uhc" => "euc-kr",
        "cp932" | "ms932" | "x-ms-cp932" => "shift_jis",
        "cp50220" | "cp50221" | "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-3" | "iso-2022-jp-ms" => "iso-2022-jp",
        "utf8mb4" | "utf_8" | "utf-8-sig" | "unicode" => "utf-8",
        "" | "unknown" | "unknown-8bit" | "x-unknown" | "default" | "8bit" | "binary" => return None,
        other => other,
    };
    Encoding::for_label(label.as_bytes()).filter(|encoding| encoding.name() != "replacement").or_else(|| {
        // `iso_8859-1:1987`, `windows1252`, `cp-1252`, `x-utf-8`
        let digits: String = label.chars().filter(char::is_ascii_digit).collect();
        let spelled = match digits.as_str() {
            _ if label.contains("utf") && digits == "8" => "utf-8".to_owned(),
            digits if digits.starts_with("8859") => {
                let part = digits.trim_start_matches("8859").trim_end_matches("1987").trim_end_matches("1988");
                format!("iso-8859-{part}")
            }
            digits if digits.starts_with("125") => format!("windows-{digits}"),
            _ => return None,
        };
        Encoding::for_label(spelled.as_bytes())
    })
}
