//! Reads a part of the configuration into a struct, and says in the user's words what does not fit.

use counterfoil_diagnostics::{Finding, did_you_mean};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, de::Error};

/// The keys of a connector's section that the gateway reads itself, whatever the kind of connector.
pub const SHARED_KEYS: &[&str] = &[
    "type",
    "mapping",
    "party",
    "zone",
    "dates",
    "interval_secs",
    "enabled",
    "person_salt",
    "override",
    "authserv_ids",
    "own_addresses",
    "rules",
    "reports",
];

/// Reads the value of one key.
pub fn read_value<T: DeserializeOwned>(key: &str, value: Spanned<DeValue<'_>>) -> Result<T, Finding> {
    let at = value.span();
    T::deserialize(ValueDeserializer::from(value)).map_err(|error| {
        let place = error.span().unwrap_or(at);
        explain(error.message(), Some(key), place, &[])
    })
}

/// Reads a whole section; `header` is the place of what is missing in it.
///
/// Serde stops at the first problem. So the key that has it is set aside and the rest is read again, until nothing new
/// is found; a key set aside is not reported as missing.
pub(crate) fn read_table<T: DeserializeOwned>(
    table: Spanned<DeTable<'_>>,
    header: Range<usize>,
) -> Result<T, Vec<Finding>> {
    let whole = table.span();
    let mut table = table.into_inner();
    let mut findings = Vec::new();
    let mut aside = BTreeSet::new();
    loop {
        let error: Error =
            match T::deserialize(ValueDeserializer::from(Spanned::new(whole.clone(), DeValue::Table(table.clone())))) {
                Ok(read) if findings.is_empty() => return Ok(read),
                Ok(_) => return Err(findings),
                Err(error) => error,
            };
        let culprit = error.span().and_then(|place| Some((key_at(&table, &place)?, place)));
        let Some((key, place)) = culprit else {
            if !missing_key(error.message()).is_some_and(|key| aside.contains(key)) {
                findings.push(explain(error.message(), None, header, SHARED_KEYS));
            }
            return Err(findings);
        };
        findings.push(explain(error.message(), Some(&name_at(&table, &place)), place, SHARED_KEYS));
        table.remove(key.as_str());
        aside.insert(key);
    }
}

/// The key of the table that is at this place, or whose value has it somewhere inside.
fn key_at(table: &DeTable<'_>, place: &Range<usize>) -> Option<String> {
    let found = table.iter().find(|(key, value)| key.span() == *place || holds(value, place));
    found.map(|(key, _)| key.get_ref().to_string())
}

fn holds(value: &Spanned<DeValue<'_>>, place: &Range<usize>) -> bool {
    let span = value.span();
    (span.start <= place.start && place.end <= span.end)
        || match value.get_ref() {
            DeValue::Array(entries) => entries.iter().any(|entry| holds(entry, place)),
            DeValue::Table(table) => key_at(table, place).is_some(),
            _ => false,
        }
}

/// The innermost key that has this place in its value.
fn name_at(table: &DeTable<'_>, place: &Range<usize>) -> String {
    fn inside(value: &Spanned<DeValue<'_>>, place: &Range<usize>) -> Option<String> {
        match value.get_ref() {
            DeValue::Array(entries) => entries.iter().find_map(|entry| inside(entry, place)),
            DeValue::Table(table) => Some(name_at(table, place)).filter(|name| !name.is_empty()),
            _ => None,
        }
    }
    let found = table.iter().find(|(key, value)| key.span() == *place || holds(value, place));
    found.map(|(key, value)| inside(value, place).unwrap_or_else(|| key.get_ref().to_string())).unwrap_or_default()
}

fn missing_key(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

/// What serde says, as a finding in the words of somebody who writes the file. `also` are names that are known beside
/// those that serde lists.
fn explain(message: &str, key: Option<&str>, at: Range<usize>, also: &[&str]) -> Finding {
    if let Some(key) = missing_key(message) {
        return Finding::error("config::missing-key", format!("`{key}` is missing"), at, "here");
    }
    if let Some((name, expected)) = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, ")) {
        let known: Vec<&str> = quoted(expected).collect();
        let meant = did_you_mean(name, known.iter().copied().chain(also.iter().copied()));
        let finding = Finding::error("config::unknown-key", format!("there is no key `{name}`"), at, "unknown");
        return finding.help(meant.map_or_else(|| list("known are", &known), |name| format!("did you mean `{name}`?")));
    }
    let named = key.map_or_else(|| "this".to_owned(), |key| format!("`{key}`"));
    if let Some((word, expected)) = message.strip_prefix("unknown variant `").and_then(|rest| rest.split_once("`, ")) {
        let known: Vec<&str> = quoted(expected).collect();
        let meant = did_you_mean(word, known.iter().copied());
        let finding = Finding::error("config::unknown-word", format!("{named} cannot be `{word}`"), at, "unknown");
        return finding.help(meant.map_or_else(|| list("known are", &known), |word| format!("did you mean `{word}`?")));
    }
    if let Some((found, expected)) = message.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(EXPECTED))
    {
        return wrong_type(&named, found, expected, at);
    }
    if let Some((found, expected)) = message.strip_prefix("invalid value: ").and_then(|rest| rest.rsplit_once(EXPECTED))
    {
        let code = if found.starts_with("integer") { "config::out-of-range" } else { "config::invalid-value" };
        return Finding::error(code, format!("{named} cannot be {}", found_words(found)), at, expected_words(expected));
    }
    if message.starts_with("wanted string") {
        return Finding::error("config::wrong-type", format!("{named} must be a text"), at, "a text in quotes");
    }
    if message.contains("overflow") {
        return Finding::error("config::out-of-range", format!("{named} is out of range"), at, "too many digits");
    }
    Finding::error("config::invalid-value", format!("{named} cannot be read: {message}"), at, "here")
}

const EXPECTED: &str = ", expected ";

fn wrong_type(named: &str, found: &str, expected: &str, at: Range<usize>) -> Finding {
    let wanted = expected_words(expected);
    let message = format!("{named} must be {wanted}, not {}", found_words(found));
    let finding = Finding::error("config::wrong-type", message, at, wanted);
    let wants_text = expected.contains("string");
    match found.split(' ').next() {
        Some("integer" | "floating" | "boolean") if wants_text => finding.help("put it in quotes"),
        Some("string") if !wants_text && !expected.contains("map") && !expected.contains("struct") => {
            match expected.contains("sequence") {
                true => finding.help("put it in brackets: `[\"…\"]`"),
                false => finding.help("leave out the quotes"),
            }
        }
        _ => finding,
    }
}

fn found_words(found: &str) -> String {
    match found.split_once(' ') {
        Some(("string", text)) => format!("the text {text}"),
        Some(("integer", number)) => format!("the number {}", number.trim_matches('`')),
        Some(("floating", number)) => {
            format!("the number {}", number.trim_start_matches("point").trim().trim_matches('`'))
        }
        Some(("boolean", flag)) => flag.to_owned(),
        _ if found == "map" => "a section".to_owned(),
        _ if found == "sequence" => "a list".to_owned(),
        _ => found.to_owned(),
    }
}

fn expected_words(expected: &str) -> String {
    let words = match expected {
        "a string" | "a borrowed string" | "string" => "a text in quotes",
        "a boolean" => "`true` or `false`",
        "a sequence" => "a list in brackets",
        "a map" => "a section",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        other if other.starts_with("struct ") => "a section",
        other => other,
    };
    words.to_owned()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn list(before: &str, names: &[&str]) -> String {
    if names.is_empty() {
        return "nothing is known here".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{before} {}", names.join(", "))
}

/// A whole number that must lie within a range. What is written is given back even where it does not: then there is a
/// finding with `code`, and its reader stops.
pub fn within(
    code: &'static str,
    key: &str,
    written: Option<&Spanned<i64>>,
    default: i64,
    range: RangeInclusive<i64>,
    findings: &mut Vec<Finding>,
) -> i64 {
    let Some(written) = written else { return default };
    if !range.contains(written.get_ref()) {
        let message = format!("`{key}` must lie between {} and {}", range.start(), range.end());
        findings.push(Finding::error(code, message, written.span(), "out of range"));
    }
    *written.get_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read, to see what reading says")]
    struct Section {
        path: String,
        page_size: Option<u16>,
        shape: Option<Shape>,
        names: Option<Vec<String>>,
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Shape {
        Rows,
        Log,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read, to see what reading says")]
    struct Inner {
        depth: u8,
    }

    fn lines(text: &str) -> Vec<String> {
        let table = DeTable::parse(text).unwrap();
        let Err(findings) = read_table::<Section>(table, 0..0) else { return Vec::new() };
        let said = |finding: &Finding| {
            let help = finding.help.as_deref().unwrap_or("-");
            format!("{} @{}: {} ({help})", finding.code, &text[finding.at.clone()], finding.message)
        };
        findings.iter().map(said).collect()
    }

    #[test]
    fn what_fits_is_read() {
        assert!(lines("path = \"a\"\npage_size = 5\nshape = \"log\"\ninner = { depth = 1 }").is_empty());
    }

    #[test]
    fn every_key_with_a_problem_is_named_in_one_run() {
        assert_eq!(
            lines("pth = 'a'\npage_size = 70000\nshape = 'lgo'\nnames = ['a', 5]\nzome = 1\n[inner]\ndepth = 'x'"),
            [
                "config::wrong-type @'x': `depth` must be a whole number from 0 to 255, not the text \"x\" (leave out the quotes)",
                "config::wrong-type @5: `names` must be a text in quotes, not the number 5 (put it in quotes)",
                "config::out-of-range @70000: `page_size` cannot be the number 70000 (-)",
                "config::unknown-key @pth: there is no key `pth` (did you mean `path`?)",
                "config::unknown-word @'lgo': `shape` cannot be `lgo` (did you mean `log`?)",
                "config::unknown-key @zome: there is no key `zome` (did you mean `zone`?)",
                "config::missing-key @: `path` is missing (-)",
            ]
        );
    }

    #[test]
    fn a_key_with_a_problem_is_not_missing_as_well() {
        assert_eq!(
            lines("path = 5"),
            ["config::wrong-type @5: `path` must be a text in quotes, not the number 5 (put it in quotes)"]
        );
    }

    #[test]
    fn what_a_section_inside_lacks_is_said_at_that_section() {
        assert_eq!(lines("path = 'a'\n[inner]\n"), ["config::missing-key @[inner]: `depth` is missing (-)"]);
    }

    #[test]
    fn a_single_value_is_explained_under_its_key() {
        let finding = read_value::<bool>("enabled", DeValue::parse("'yes'").unwrap()).unwrap_err();
        assert_eq!(finding.message, "`enabled` must be `true` or `false`, not the text \"yes\"");
    }
}
