//! Names, zones and words from fixed lists.

use counterfoil_diagnostics::{Finding, did_you_mean};
use counterfoil_model::Slug;
use jiff::tz::TimeZoneDatabase;
use std::ops::Range;
use toml::Spanned;

/// A name that becomes part of routing keys and record ids.
pub(crate) fn slug(what: &str, name: &str, at: Range<usize>, findings: &mut Vec<Finding>) -> Option<Slug> {
    let slug = Slug::of(name);
    if slug.as_str() == name {
        return Some(slug);
    }
    let message = format!("`{name}` cannot be the name of {what}");
    let finding = Finding::error("config::invalid-name", message, at, "`a-z`, `0-9`, `-`, `_`, at most 63");
    findings.push(match name.contains(|c: char| c.is_ascii_alphanumeric()) {
        true => finding.help(format!("`{slug}` can")),
        false => finding,
    });
    None
}

/// A zone of the IANA database that is built in, whatever the machine knows.
pub(crate) fn zone(zone: &Spanned<String>, findings: &mut Vec<Finding>) -> bool {
    let name = zone.get_ref();
    let zones = TimeZoneDatabase::bundled();
    if zones.get(name).is_ok() {
        return true;
    }
    let known: Vec<String> = zones.available().map(|known| known.to_string()).collect();
    let help = match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "zones are named as in the IANA database, for example `UTC` or `Europe/Lisbon`".to_owned(),
    };
    let message = format!("there is no time zone `{name}`");
    findings.push(Finding::error("config::unknown-zone", message, zone.span(), "unknown").help(help));
    false
}

/// One of the known words.
pub(crate) fn word<T: Copy>(
    key: &str,
    word: &Spanned<String>,
    known: &[(&'static str, T)],
    findings: &mut Vec<Finding>,
) -> Option<T> {
    if let Some((_, meaning)) = known.iter().find(|(name, _)| name == word.get_ref()) {
        return Some(*meaning);
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let help = match did_you_mean(word.get_ref(), names.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known are `{}`", names.join("`, `")),
    };
    let message = format!("`{key}` cannot be `{}`", word.get_ref());
    findings.push(Finding::error("config::unknown-word", message, word.span(), "unknown").help(help));
    None
}

/// A number within its range.
pub(crate) fn number(
    key: &str,
    number: &Spanned<i64>,
    range: std::ops::RangeInclusive<u32>,
    findings: &mut Vec<Finding>,
) -> Option<u32> {
    let fits = u32::try_from(*number.get_ref()).ok().filter(|number| range.contains(number));
    if fits.is_none() {
        let message = format!("`{key}` cannot be {}", number.get_ref());
        let label = format!("{} to {}", range.start(), range.end());
        findings.push(Finding::error("config::out-of-range", message, number.span(), label));
    }
    fits
}
