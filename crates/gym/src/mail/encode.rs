//! How text becomes bytes that a mail server takes: charsets, transfer encodings, encoded words, folded headers.

use crate::dice::Dice;
use crate::files::windows_1252;
use data_encoding::BASE64;

/// How the text of one part is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// Of Unicode, with everything in it.
    Utf8,
    /// Western, with one byte per letter.
    Latin1,
    /// The same with quotation marks and the euro.
    Windows1252,
}

/// How the bytes of one part travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    /// As they are.
    EightBit,
    /// Readable where the text is.
    Quoted,
    /// Not readable.
    Base64,
}

/// How a header says what ASCII has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// Encoded words, as they should be.
    Proper,
    /// Encoded words that end in the middle of a letter.
    Split,
    /// The bytes as they are.
    Raw,
}

impl Charset {
    /// The name that stands in a header.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Latin1 => "iso-8859-1",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// A charset in which all of this text can be said: the wanted one, or UTF-8.
    pub(super) fn that_fits(self, text: &str) -> Self {
        match self {
            Self::Latin1 if text.chars().all(|c| u32::from(c) < 0x80 || (0xa0..0x100).contains(&u32::from(c))) => self,
            Self::Windows1252 if windows_1252(text).is_some() => self,
            Self::Latin1 | Self::Windows1252 | Self::Utf8 => Self::Utf8,
        }
    }

    /// The bytes of a text for which [`Charset::that_fits`] gave this charset.
    pub(super) fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            // The letters of the first are those of the second, but for what `that_fits` keeps out.
            Self::Latin1 | Self::Windows1252 => windows_1252(text).expect("the text fits into its charset"),
        }
    }
}

impl Transfer {
    /// The word of `Content-Transfer-Encoding`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::EightBit => "8bit",
            Self::Quoted => "quoted-printable",
            Self::Base64 => "base64",
        }
    }

    /// Lines with CRLF, none longer than a server takes.
    pub(super) fn bytes(self, content: &[u8]) -> Vec<u8> {
        match self {
            Self::EightBit => content.to_vec(),
            Self::Quoted => quoted(content),
            Self::Base64 => base64(content),
        }
    }
}

fn base64(content: &[u8]) -> Vec<u8> {
    let text = BASE64.encode(content);
    let lines = text.as_bytes().chunks(76);
    lines.flat_map(|line| line.iter().copied().chain(*b"\r\n")).collect()
}

fn quoted(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() * 5 / 4);
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut width = 0;
        for (at, byte) in line.iter().enumerate() {
            let is_last = at + 1 == line.len();
            let is_plain = (33..=126).contains(byte) && *byte != b'=' || (*byte == b' ' && !is_last);
            let piece = if is_plain { char::from(*byte).to_string() } else { format!("={byte:02X}") };
            if width + piece.len() > 75 {
                out.extend_from_slice(b"=\r\n");
                width = 0;
            }
            width += piece.len();
            out.extend_from_slice(piece.as_bytes());
        }
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// A text as a header has it.
pub(super) fn header_text(text: &str, words: Words, dice: &mut Dice) -> Vec<u8> {
    if text.is_ascii() || words == Words::Raw {
        return text.as_bytes().to_vec();
    }
    if words == Words::Proper
        && dice.chance(300)
        && let Some(bytes) = latin_word(text)
    {
        return bytes;
    }
    // 42 bytes are 56 letters, and an encoded word has 75 at most.
    let mut pieces: Vec<Vec<u8>> = vec![Vec::new()];
    for c in text.chars() {
        let mut buffer = [0; 4];
        let bytes = c.encode_utf8(&mut buffer).as_bytes();
        if words == Words::Split {
            for byte in bytes {
                grow(&mut pieces, &[*byte], 41);
            }
        } else {
            grow(&mut pieces, bytes, 42);
        }
    }
    let words: Vec<String> = pieces.iter().map(|piece| format!("=?UTF-8?B?{}?=", BASE64.encode(piece))).collect();
    words.join(" ").into_bytes()
}

fn grow(pieces: &mut Vec<Vec<u8>>, bytes: &[u8], most: usize) {
    if pieces.last().is_none_or(|last| last.len() + bytes.len() > most) {
        pieces.push(Vec::new());
    }
    pieces.last_mut().expect("there is one").extend_from_slice(bytes);
}

/// One encoded word of readable letters, where all fits into one.
fn latin_word(text: &str) -> Option<Vec<u8>> {
    if Charset::Latin1.that_fits(text) != Charset::Latin1 {
        return None;
    }
    let mut word = String::from("=?iso-8859-1?Q?");
    for byte in Charset::Latin1.bytes(text) {
        match byte {
            b' ' => word.push('_'),
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => word.push(char::from(byte)),
            _ => word.push_str(&format!("={byte:02X}")),
        }
    }
    word.push_str("?=");
    (word.len() <= 75).then(|| word.into_bytes())
}

/// A header with its name, folded at spaces, with CRLF.
pub(super) fn header(name: &str, value: &[u8]) -> Vec<u8> {
    let mut out = format!("{name}:").into_bytes();
    let mut width = out.len();
    for (nth, word) in value.split(|byte| *byte == b' ').enumerate() {
        if nth > 0 && width + word.len() + 1 > 76 && !word.is_empty() {
            out.extend_from_slice(b"\r\n");
            width = 0;
        }
        out.push(b' ');
        out.extend_from_slice(word);
        width += word.len() + 1;
    }
    out.extend_from_slice(b"\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_nothing_is_lost() {
        let text = format!("Grüße aus Köln = {}\r\nkurz \r\n", "ä".repeat(80));
        let quoted = Transfer::Quoted.bytes(text.as_bytes());
        assert!(quoted.split(|byte| *byte == b'\n').all(|line| line.len() <= 77));
        let joined = String::from_utf8(quoted).unwrap().replace("=\r\n", "");
        assert!(joined.starts_with("Gr=C3=BC=C3=9Fe aus K=C3=B6ln =3D =C3=A4"), "{joined}");
        assert!(joined.ends_with("kurz=20\r\n"));
        assert!(Transfer::Base64.bytes(&[7; 200]).split(|byte| *byte == b'\n').all(|line| line.len() <= 77));
    }

    #[test]
    fn words_are_short_and_can_be_read_again() {
        let mut dice = Dice::new(1, 1);
        let text = "Rücksicherung der Datei „Umsätze 12.xlsx“ benötigt, Anmeldung schlägt fehl";
        for words in [Words::Proper, Words::Split] {
            let bytes = header_text(text, words, &mut dice);
            let mut read = Vec::new();
            for word in std::str::from_utf8(&bytes).unwrap().split(' ') {
                assert!(word.len() <= 75, "{word}");
                read.extend(BASE64.decode(&word.as_bytes()[10..word.len() - 2]).unwrap());
            }
            assert_eq!(String::from_utf8(read).unwrap(), text);
        }
        assert_eq!(latin_word("Störung A").unwrap(), b"=?iso-8859-1?Q?St=F6rung_A?=");
    }

    #[test]
    fn headers_are_folded_at_spaces() {
        let folded = header("References", "<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b> <c@d>".repeat(3).as_bytes());
        let text = String::from_utf8(folded).unwrap();
        assert!(text.lines().count() > 1 && text.lines().all(|line| line.len() < 100), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with(' ')));
    }
}
