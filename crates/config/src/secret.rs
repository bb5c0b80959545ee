//! Secrets are names: `env:ACME_TOKEN`, `file:/run/secrets/acme`. What is written in plain is refused, and never shown.

use counterfoil_diagnostics::Finding;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a key ends with when its value is a secret.
const ENDINGS: &[&str] =
    &["password", "passwd", "passphrase", "secret", "token", "api_key", "apikey", "private_key", "credential", "salt"];

/// What the value of a secret begins with when it is a name.
const NAMES: &[&str] = &["env:", "file:"];

/// The name of a secret; a relative `file:` starts at `folder`.
pub(crate) fn name(key: &str, value: &Spanned<String>, folder: &Path, findings: &mut Vec<Finding>) -> Option<String> {
    match value.get_ref().split_once(':') {
        Some(("env", variable)) if is_variable(variable) => Some(value.get_ref().clone()),
        Some(("file", path)) if !path.is_empty() => Some(format!("file:{}", folder.join(path).display())),
        _ => {
            findings.push(plain(key, value.span()));
            None
        }
    }
}

/// Refuses every secret in the table that is written in plain, and puts a name in its place, so that nothing that is said
/// about the table later can repeat it.
pub(crate) fn refuse_plain(table: &mut DeTable<'_>, findings: &mut Vec<Finding>) {
    let keys: Vec<String> = table.keys().map(|key| key.get_ref().to_string()).collect();
    for key in keys {
        let Some(value) = table.get_mut(key.as_str()) else { continue };
        let at = value.span();
        refuse_in(&key, at, value.get_mut(), findings);
    }
}

fn refuse_in(key: &str, at: Range<usize>, value: &mut DeValue<'_>, findings: &mut Vec<Finding>) {
    match value {
        DeValue::Table(table) => refuse_plain(table, findings),
        DeValue::Array(entries) => {
            for entry in entries.iter_mut() {
                let at = entry.span();
                refuse_in(key, at, entry.get_mut(), findings);
            }
        }
        DeValue::String(text) if is_secret(key) && !NAMES.iter().any(|name| text.starts_with(name)) => {
            findings.push(plain(key, at));
            *text = "env:REFUSED".into();
        }
        DeValue::Integer(_) | DeValue::Float(_) if is_secret(key) => {
            findings.push(plain(key, at));
            *value = DeValue::String("env:REFUSED".into());
        }
        _ => {}
    }
}

fn plain(key: &str, at: Range<usize>) -> Finding {
    let message = format!("`{key}` must be the name of a secret, not the secret");
    Finding::error("config::plain-secret", message, at, "not shown here")
        .help("put it into an environment variable and write `\"env:NAME\"`, or into a file and write `\"file:PATH\"`")
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace('-', "_");
    ENDINGS.iter().any(|ending| key.ends_with(ending))
}

/// The text with `*` for every byte of the ranges, of the values of keys that are named like a secret, and of the user part
/// of addresses. It works on the bare text, because a secret can stand in a text that cannot be read at all.
pub(crate) fn hide(text: &str, ranges: &[Range<usize>]) -> String {
    let mut hidden: Vec<Range<usize>> = ranges.to_vec();
    hidden.extend(text.match_indices('=').filter_map(|(at, _)| secret_value(text, at)));
    hidden.extend(text.match_indices("://").filter_map(|(at, _)| user_part(text, at + 3)));
    let mut bytes = text.as_bytes().to_vec();
    for range in hidden {
        for byte in bytes.get_mut(range).into_iter().flatten().filter(|byte| !matches!(**byte, b'\n' | b'\r')) {
            *byte = b'*';
        }
    }
    String::from_utf8(bytes).expect("whole characters are replaced by ASCII")
}

/// The value behind the `=` at this place, when the key before it is named like a secret and the value is no secret's name.
fn secret_value(text: &str, equals: usize) -> Option<Range<usize>> {
    let before = text[..equals].trim_end().trim_end_matches(['"', '\'']);
    let key = before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).next()?;
    let rest = &text[equals + 1..];
    let value = rest.trim_start_matches([' ', '\t']);
    let start = text.len() - value.len();
    if !is_secret(key) || NAMES.iter().any(|name| value.trim_start_matches(['"', '\'']).starts_with(name)) {
        return None;
    }
    let line = value.find('\n').unwrap_or(value.len());
    for quote in ["\"\"\"", "'''"] {
        if let Some(inner) = value.strip_prefix(quote) {
            return Some(start..start + inner.find(quote).map_or(value.len(), |end| end + 2 * quote.len()));
        }
    }
    let closing = value.starts_with('\'').then(|| value[1..line].find('\'')).flatten().map(|end| end + 2);
    Some(start..start + closing.or_else(|| closing_quote(&value[..line])).unwrap_or(line))
}

/// Where a text in double quotes ends.
fn closing_quote(value: &str) -> Option<usize> {
    let mut escaped = false;
    for (place, c) in value.strip_prefix('"')?.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(place + 2),
            _ => {}
        }
    }
    None
}

/// `user:password` of an address that begins here.
fn user_part(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = &text[start..];
    let end = rest.find(|c: char| c.is_whitespace() || c == '"' || c == '\'').unwrap_or(rest.len());
    rest[..end].rfind('@').map(|at| start..start + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_looks_like_a_secret_is_hidden_and_nothing_moves() {
        for (text, shown) in [
            ("password = \"CANARY\" # x", "password = ******** # x"),
            ("password = \"CAN\\\"ARY\" # x", "password = ********** # x"),
            ("api-token='CANARY', path='a'", "api-token=********, path='a'"),
            ("password = CANARY\npath = 1", "password = ******\npath = 1"),
            ("password = \"CANARY\npath = 1", "password = *******\npath = 1"),
            ("a.\"client_secret\"=CAN ARY", "a.\"client_secret\"=*******"),
            ("password = \"\"\"CAN\nARY\"\"\"\npath = 1", "password = ******\n******\npath = 1"),
            ("password = \"pässword\"", "password = ***********"),
            ("password = \"env:NAME\"", "password = \"env:NAME\""),
            ("x.token=file:/run/a", "x.token=file:/run/a"),
            ("path = \"a\"\nwindow = 5", "path = \"a\"\nwindow = 5"),
            ("address = \"amqp://u:CANARY@h/v\"", "address = \"amqp://********@h/v\""),
            ("address = \"amqp://h:1/v\"", "address = \"amqp://h:1/v\""),
        ] {
            assert_eq!(hide(text, &[]), shown);
            assert_eq!(hide(text, &[]).len(), text.len());
        }
    }

    #[test]
    fn only_names_of_secrets_are_names() {
        let names = ["env:A_1", "file:secrets/a", "env:", "env:1A", "env:${A}", "file:", "hunter2", ""];
        let read = names.map(|text| name("password", &Spanned::new(0..1, text.into()), Path::new("/c"), &mut vec![]));
        let wanted = [Some("env:A_1".to_owned()), Some("file:/c/secrets/a".to_owned())];
        assert_eq!(read[..2], wanted);
        assert!(read[2..].iter().all(Option::is_none));
    }

    #[test]
    fn a_secret_is_refused_wherever_it_stands_and_replaced() {
        let text =
            "password = 'CANARY'\ntoken = 5\nuser = 'x'\n[auth]\nkeys = [{ api_key = 'CANARY' }]\nsalt = 'env:S'";
        let mut table = DeTable::parse(text).unwrap().into_inner();
        let mut findings = Vec::new();
        refuse_plain(&mut table, &mut findings);
        assert_eq!(findings.len(), 3);
        assert!(!format!("{table:?} {findings:?}").contains("CANARY"));
    }

    proptest! {
        #[test]
        fn hiding_any_text_keeps_its_length_and_its_lines(text in "(?s)[a-z\"'=:/@ \\nü]{0,40}(password|://)?[a-z\"'= \\nü@\\\\]{0,40}") {
            let shown = hide(&text, &[]);
            prop_assert_eq!(shown.len(), text.len());
            prop_assert_eq!(shown.matches('\n').count(), text.matches('\n').count());
        }
    }
}
