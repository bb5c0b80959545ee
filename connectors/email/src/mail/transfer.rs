//! Transfer encodings, read as tolerantly as mail programs do: junk is skipped, and whether there was any is said.

/// Base 64, junk skipped; whether there was junk or the end is missing. Padding in the middle starts a new run, because
/// some senders encode in pieces.
pub(crate) fn base64(encoded: &[u8]) -> (Vec<u8>, bool) {
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3 + 3);
    let (mut bits, mut count, mut is_odd) = (0_u32, 0_u8, false);
    for byte in encoded {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                (bits, count) = (0, 0);
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => {
                is_odd = true;
                continue;
            }
        };
        bits = (bits << 6) | u32::from(value);
        count += 1;
        // Whole bytes are put out as they come, so that a missing end loses nothing that was there.
        match count {
            2 => bytes.push((bits >> 4).to_le_bytes()[0]),
            3 => bytes.push((bits >> 2).to_le_bytes()[0]),
            4 => {
                bytes.push(bits.to_le_bytes()[0]);
                (bits, count) = (0, 0);
            }
            _ => {}
        }
    }
    (bytes, is_odd || count == 1)
}

/// Quoted-printable: white space at the end of lines is not meant, what is no escape stands for itself.
pub(crate) fn quoted_printable(encoded: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while !rest.is_empty() {
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |length| length + 1);
        let (line, after) = rest.split_at(length);
        rest = after;
        let has_end = line.ends_with(b"\n");
        let end: &[u8] = match line {
            [.., b'\r', b'\n'] => b"\r\n",
            [.., b'\n'] => b"\n",
            _ => b"",
        };
        let text = &line[..line.len() - end.len()];
        let text = if has_end { text.trim_ascii_end() } else { text };
        let (text, is_soft) = text.strip_suffix(b"=").map_or((text, false), |text| (text, true));
        let mut text = text;
        while let Some(at) = memchr::memchr(b'=', text) {
            bytes.extend_from_slice(&text[..at]);
            let escaped = hex(text.get(at + 1), text.get(at + 2));
            bytes.push(escaped.unwrap_or(b'='));
            text = &text[at + if escaped.is_some() { 3 } else { 1 }..];
        }
        bytes.extend_from_slice(text);
        if !is_soft {
            bytes.extend_from_slice(end);
        }
    }
    bytes
}

fn hex(high: Option<&u8>, low: Option<&u8>) -> Option<u8> {
    let digit = |byte: Option<&u8>| match byte? {
        byte @ b'0'..=b'9' => Some(byte - b'0'),
        byte @ b'a'..=b'f' => Some(byte - b'a' + 10),
        byte @ b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    Some(digit(high)? << 4 | digit(low)?)
}

/// One uuencoded file, from after its `begin` line to its `end`.
pub(crate) fn uuencoded(encoded: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3);
    let lines = encoded.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    for line in lines.skip_while(|line| !line.starts_with(b"begin ")).skip(1).take_while(|line| *line != b"end") {
        let Some((first, data)) = line.split_first() else { continue };
        let length = usize::from(first.wrapping_sub(b' ') & 63);
        let mut decoded = Vec::with_capacity(length + 2);
        for group in data.chunks(4) {
            let value = |at: usize| u32::from(group.get(at).map_or(0, |byte| byte.wrapping_sub(b' ') & 63));
            let bits = value(0) << 18 | value(1) << 12 | value(2) << 6 | value(3);
            decoded.extend_from_slice(&bits.to_be_bytes()[1..]);
        }
        decoded.truncate(length);
        bytes.append(&mut decoded);
    }
    bytes
}
