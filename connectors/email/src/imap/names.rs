//! Names of mailboxes and strings as IMAP writes them.

use data_encoding::{BASE64_NOPAD, Encoding};

/// A name as the protocol has it: modified UTF-7 (RFC 3501, 5.1.3).
pub(crate) fn to_utf7(name: &str) -> String {
    let mut written = String::with_capacity(name.len());
    let mut shifted: Vec<u8> = Vec::new();
    for character in name.chars() {
        if matches!(character, ' '..='~') {
            unshift(&mut shifted, &mut written);
            written.push(character);
            if character == '&' {
                written.push('-');
            }
        } else {
            let mut units = [0; 2];
            shifted.extend(character.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    unshift(&mut shifted, &mut written);
    written
}

fn unshift(shifted: &mut Vec<u8>, written: &mut String) {
    if !shifted.is_empty() {
        let base64: &Encoding = &BASE64_NOPAD;
        written.push('&');
        written.push_str(&base64.encode(shifted).replace('/', ","));
        written.push('-');
        shifted.clear();
    }
}

/// A quoted string. `None` for what cannot stand in one: it would end the command.
pub(crate) fn quoted(text: &str) -> Option<String> {
    if text.chars().any(|character| matches!(character, '\0' | '\r' | '\n')) {
        return None;
    }
    Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// A set of ascending uids with its runs drawn together: `1:3,7`.
pub(crate) fn uid_set(uids: &[u32]) -> String {
    let mut set = String::new();
    let mut uids = uids.iter().copied().peekable();
    while let Some(first) = uids.next() {
        let mut last = first;
        while let Some(next) = uids.next_if(|next| last.checked_add(1) == Some(*next)) {
            last = next;
        }
        if !set.is_empty() {
            set.push(',');
        }
        set.push_str(&first.to_string());
        if last > first {
            set.push_str(&format!(":{last}"));
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_the_standard_shows_them() {
        assert_eq!(to_utf7("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(to_utf7("R&D Störungen"), "R&-D St&APY-rungen");
        assert_eq!(to_utf7("\u{1f600}"), "&2D3eAA-");
    }

    #[test]
    fn strings_cannot_end_a_command() {
        assert_eq!(quoted("a \"b\" \\"), Some("\"a \\\"b\\\" \\\\\"".to_owned()));
        assert_eq!(quoted("x\r\nA2 DELETE INBOX"), None);
    }

    #[test]
    fn sets_draw_runs_together() {
        assert_eq!(uid_set(&[1, 2, 3, 7, 9, 10, u32::MAX - 1, u32::MAX]), "1:3,7,9:10,4294967294:4294967295");
        assert_eq!(uid_set(&[]), "");
    }
}
