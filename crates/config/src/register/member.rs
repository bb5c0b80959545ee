//! One value of a register's section: checked at its place, and written as records have it.

use crate::register::keys::{Key, Shape};
use crate::register::{Around, Member, duration, unknown_section};
use crate::words;
use counterfoil_clock::Week;
use counterfoil_diagnostics::{Finding, did_you_mean};
use counterfoil_model::{Decimal, Field, Kind};
use counterfoil_sdk::read_value;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// Longer lists are no configuration.
const MOST_ENTRIES: usize = 10_000;

pub(crate) fn read(
    key: &Key,
    kind: Kind,
    value: Spanned<DeValue<'_>>,
    around: &Around<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Member> {
    let name = key.name;
    match key.shape {
        Shape::Text => text(name, value, findings).map(|text| Member::Text(text.into_inner())),
        Shape::Texts => texts(name, value, findings).map(joined),
        Shape::Flag => read_value(name, value).map_err(|finding| findings.push(finding)).ok().map(Member::Flag),
        Shape::Whole(most) => {
            let number = read_value::<Spanned<i64>>(name, value).map_err(|finding| findings.push(finding)).ok()?;
            words::number(name, &number, 1..=most, findings).map(|number| Member::Whole(number.to_string()))
        }
        Shape::Number => number(name, &value, "a number with at most six decimals", findings),
        Shape::Percent => percent(name, &value, findings),
        Shape::Duration => {
            let text = text(name, value, findings)?;
            let read = duration::read(text.get_ref());
            read.map(|duration| Member::Whole(duration.secs.to_string())).or_else(|| {
                findings.push(no_duration(name, &text));
                None
            })
        }
        Shape::From => moment(name, &value, around.zone, Edge::Begin, findings),
        Shape::Until => moment(name, &value, around.zone, Edge::End, findings),
        Shape::Word => {
            let text = text(name, value, findings)?;
            let field = Field::parse(key.member())?;
            word(name, &text, &kind.words(field), findings).map(|word| Member::Text(word.to_owned()))
        }
        Shape::Words(kind, field, further) => {
            let known: Vec<&'static str> = kind.words(field).into_iter().chain(further).collect();
            let texts = texts(name, value, findings)?;
            let mut all = true;
            for text in &texts {
                all &= word(name, text, &known, findings).is_some();
            }
            all.then(|| joined(texts))
        }
        Shape::Party => section(name, "party", value, around, findings, |_, name| name.to_owned()),
        Shape::Section(register) => section(name, register, value, around, findings, path),
        Shape::Sections(register) => {
            let texts = texts(name, value, findings)?;
            let mut all = Vec::new();
            for text in &texts {
                let known = around.knows(register, text.get_ref());
                if !known {
                    findings.push(unknown_section(register, text.get_ref(), text.span(), around));
                }
                all.extend(known.then(|| path(register, text.get_ref())));
            }
            (all.len() == texts.len()).then(|| Member::Text(all.join(";")))
        }
        Shape::Service => text(name, value, findings).map(|text| Member::Text(service(&text, around, findings))),
        Shape::Services => {
            let texts = texts(name, value, findings)?;
            let all: Vec<String> = texts.iter().map(|text| service(text, around, findings)).collect();
            Some(Member::Text(all.join(";")))
        }
        Shape::Zone => {
            let zone = text(name, value, findings)?;
            words::zone(&zone, findings).then(|| Member::Text(zone.into_inner()))
        }
        Shape::Hours => {
            let hours = text(name, value, findings)?;
            match hours.get_ref().parse::<Week>() {
                Ok(_) => Some(Member::Text(hours.into_inner())),
                Err(error) => {
                    findings.push(invalid(name, hours.span(), "no hours").help(error.to_string()));
                    None
                }
            }
        }
        Shape::Dates => dates(name, value, findings),
        Shape::Period => {
            let period = text(name, value, findings)?;
            if is_period(period.get_ref()) {
                return Some(Member::Text(period.into_inner()));
            }
            findings.push(
                invalid(name, period.span(), "an ISO 8601 period")
                    .help("for example `\"P1M\"` for a month or `\"P3M\"` for a quarter"),
            );
            None
        }
    }
}

pub(crate) fn invalid(key: &str, at: Range<usize>, label: &str) -> Finding {
    Finding::error("config::invalid-value", format!("`{key}` cannot be read"), at, label)
}

pub(crate) fn no_duration(key: &str, text: &Spanned<String>) -> Finding {
    invalid(key, text.span(), "a duration with its unit").help(
        "write whole numbers of seconds, minutes, hours, days or weeks: `\"4 hours\"`, `\"90 days\"`; months have no length",
    )
}

/// A text that is not empty.
pub(crate) fn text(key: &str, value: Spanned<DeValue<'_>>, findings: &mut Vec<Finding>) -> Option<Spanned<String>> {
    let text = read_value::<Spanned<String>>(key, value).map_err(|finding| findings.push(finding)).ok()?;
    if text.get_ref().trim().is_empty() {
        findings.push(invalid(key, text.span(), "empty").help("leave the key out where there is nothing to say"));
        return None;
    }
    Some(text)
}

fn texts(key: &str, value: Spanned<DeValue<'_>>, findings: &mut Vec<Finding>) -> Option<Vec<Spanned<String>>> {
    let at = value.span();
    let texts: Vec<Spanned<String>> = match value.get_ref() {
        DeValue::String(_) => vec![text(key, value, findings)?],
        _ => read_value(key, value).map_err(|finding| findings.push(finding)).ok()?,
    };
    if texts.len() > MOST_ENTRIES {
        findings.push(invalid(key, at, "too many entries"));
        return None;
    }
    let broken = texts.iter().find(|text| text.get_ref().contains(';') || text.get_ref().trim().is_empty());
    if let Some(broken) = broken {
        let finding = invalid(key, broken.span(), "empty, or with a `;`");
        findings
            .push(finding.help("records keep lists as texts with `;` between the entries, so no entry can have one"));
        return None;
    }
    Some(texts)
}

fn joined(texts: Vec<Spanned<String>>) -> Member {
    let texts: Vec<String> = texts.into_iter().map(Spanned::into_inner).collect();
    Member::Text(texts.join(";"))
}

pub(crate) fn word(
    key: &str,
    text: &Spanned<String>,
    known: &[&'static str],
    findings: &mut Vec<Finding>,
) -> Option<&'static str> {
    let known: Vec<(&'static str, &'static str)> = known.iter().map(|word| (*word, *word)).collect();
    words::word(key, text, &known, findings)
}

fn section(
    key: &str,
    register: &'static str,
    value: Spanned<DeValue<'_>>,
    around: &Around<'_>,
    findings: &mut Vec<Finding>,
    write: impl FnOnce(&str, &str) -> String,
) -> Option<Member> {
    let text = text(key, value, findings)?;
    if around.knows(register, text.get_ref()) {
        return Some(Member::Text(write(register, text.get_ref())));
    }
    findings.push(unknown_section(register, text.get_ref(), text.span(), around));
    None
}

fn path(register: &str, name: &str) -> String {
    format!("{register}.{name}")
}

/// A section, or a name that a tool has for it; one that is nearly a section's is more likely to be misspelt.
fn service(text: &Spanned<String>, around: &Around<'_>, findings: &mut Vec<Finding>) -> String {
    if around.knows("service", text.get_ref()) {
        return path("service", text.get_ref());
    }
    if let Some(near) = did_you_mean(text.get_ref(), around.names("service")) {
        let message = format!("there is no section `[service.{}]`", text.get_ref());
        let finding = Finding::warning("config::unknown-section", message, text.span(), "taken as a tool's name of it");
        findings.push(finding.help(format!("did you mean `{near}`?")));
    }
    text.get_ref().clone()
}

/// A number as it is written, in quotes or not.
pub(crate) fn written(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Integer(number) => {
            i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok().map(|number| number.to_string())
        }
        DeValue::Float(number) => Some(number.as_str().replace('_', "")),
        DeValue::String(text) => Some(text.trim().to_owned()),
        _ => None,
    }
}

fn number(key: &str, value: &Spanned<DeValue<'_>>, label: &str, findings: &mut Vec<Finding>) -> Option<Member> {
    let number =
        written(value.get_ref()).and_then(|text| Decimal::parse(&text)).filter(|number| number.millionths >= 0);
    if number.is_none() {
        findings.push(invalid(key, value.span(), label));
    }
    number.map(|number| Member::Text(number.to_string()))
}

fn percent(key: &str, value: &Spanned<DeValue<'_>>, findings: &mut Vec<Finding>) -> Option<Member> {
    let number = written(value.get_ref()).and_then(|text| Decimal::parse(text.trim_end_matches('%').trim_end()));
    let number = number.filter(|number| (0..=100_000_000).contains(&number.millionths));
    if number.is_none() {
        findings.push(invalid(key, value.span(), "0 to 100 percent").help("for example `\"95 %\"`"));
    }
    number.map(|number| Member::Text(number.to_string()))
}

#[derive(Clone, Copy)]
enum Edge {
    Begin,
    End,
}

/// A date is its beginning or its end in the zone of the figures; a moment with an offset is itself.
fn moment(
    key: &str,
    value: &Spanned<DeValue<'_>>,
    zone: &str,
    edge: Edge,
    findings: &mut Vec<Finding>,
) -> Option<Member> {
    let read = date_text(value.get_ref()).and_then(|text| {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(at.to_string());
        }
        let date: Date = strictly_a_date(&text)?;
        let date = match edge {
            Edge::Begin => date,
            Edge::End => date.tomorrow().ok()?,
        };
        let zone = TimeZoneDatabase::bundled().get(zone).unwrap_or(TimeZone::UTC);
        let begins = zone.to_ambiguous_zoned_datetime(date.at(0, 0, 0, 0)).compatible().ok()?;
        Some(begins.timestamp().display_with_offset(begins.offset()).to_string())
    });
    if read.is_none() {
        let finding = invalid(key, value.span(), "a date, or a moment with its offset");
        findings.push(finding.help("for example `2026-01-31`; of `valid_to` it is the last day"));
    }
    read.map(Member::Text)
}

fn date_text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Datetime(moment) => Some(moment.to_string()),
        DeValue::String(text) => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// `2026-01-31` and nothing behind it, which a lenient reader would drop.
fn strictly_a_date(text: &str) -> Option<Date> {
    if text.len() == 10 { text.parse().ok() } else { None }
}

fn dates(key: &str, value: Spanned<DeValue<'_>>, findings: &mut Vec<Finding>) -> Option<Member> {
    let at = value.span();
    let DeValue::Array(entries) = value.into_inner() else {
        let message = format!("`{key}` must be a list in brackets");
        let finding = Finding::error("config::wrong-type", message, at, "a list in brackets");
        findings.push(finding.help(format!("for example `{key} = [2026-12-25, 2027-01-01]`")));
        return None;
    };
    if entries.len() > MOST_ENTRIES {
        findings.push(invalid(key, at, "too many entries"));
        return None;
    }
    let mut dates = Vec::new();
    let mut all = true;
    for entry in entries.iter() {
        match date_text(entry.get_ref()).and_then(|text| strictly_a_date(&text)) {
            Some(date) => dates.push(date),
            None => {
                findings.push(invalid(key, entry.span(), "a date").help("for example `2026-12-25`"));
                all = false;
            }
        }
    }
    dates.sort_unstable();
    dates.dedup();
    let dates: Vec<String> = dates.iter().map(Date::to_string).collect();
    (all && !dates.is_empty()).then(|| Member::Text(dates.join(";")))
}

/// One number and one unit of years, months, weeks or days.
fn is_period(text: &str) -> bool {
    let inside = text.strip_prefix('P').and_then(|text| text.strip_suffix(['Y', 'M', 'W', 'D']));
    inside.is_some_and(|number| matches!(number.parse::<u16>(), Ok(number) if number > 0 && number < 1_000))
}
