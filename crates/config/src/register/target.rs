//! What a target demands: value, unit and comparator, which are read together.

use crate::fields::Fields;
use crate::register::member::{invalid, no_duration, text, word, written};
use crate::register::{Member, Record, duration};
use counterfoil_diagnostics::Finding;
use counterfoil_model::{Decimal, Field, Kind};
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// Durations are counted in the calendar where there is one, and by the clock otherwise.
pub(crate) fn read(fields: &mut Fields<'_>, record: &mut Record, findings: &mut Vec<Finding>) {
    let kind = Kind::ServiceLevelTarget;
    let comparator = fields.take_raw("comparator").and_then(|(_, value)| text("comparator", value, findings));
    let comparator = comparator.and_then(|text| word("comparator", &text, &kind.words(Field::Comparator), findings));
    let unit = fields.take_raw("target_unit").and_then(|(_, value)| text("target_unit", value, findings));
    let unit = unit.and_then(|text| word("target_unit", &text, &kind.words(Field::TargetUnit), findings));
    let Some((_, value)) = fields.take_raw("target_value") else {
        let help = "for example `target_value = \"4 hours\"`, `\"99.9 %\"`, or `120` with `target_unit = \"count\"`";
        findings.push(fields.missing("target_value", help));
        return;
    };
    let Some((amount, unit)) = amount(&value, unit, record.contains_key("calendar"), findings) else { return };
    let usual = if unit == "percent" { "at_least" } else { "at_most" };
    record.insert("comparator", Member::Text(comparator.unwrap_or(usual).to_owned()));
    record.insert("target_value", Member::Text(amount));
    record.insert("target_unit", Member::Text(unit.to_owned()));
}

fn amount(
    value: &Spanned<DeValue<'_>>,
    unit: Option<&'static str>,
    has_calendar: bool,
    findings: &mut Vec<Finding>,
) -> Option<(String, &'static str)> {
    let at = value.span();
    let Some(text) = written(value.get_ref()) else {
        findings.push(invalid("target_value", at, "a text or a number"));
        return None;
    };
    let number = |text: &str| Decimal::parse(text).filter(|number| number.millionths >= 0);
    if let Some(share) = text.strip_suffix('%') {
        let share = number(share.trim_end()).filter(|share| share.millionths <= 100_000_000);
        return match share {
            Some(share) if unit.is_none_or(|unit| unit == "percent") => Some((share.to_string(), "percent")),
            Some(_) => told(findings, contradicts(at)),
            None => told(findings, invalid("target_value", at, "0 to 100 percent")),
        };
    }
    if let Some(number) = number(&text) {
        return match unit {
            Some(unit) => Some((number.to_string(), unit)),
            None => {
                let finding = invalid("target_value", at, "a number of what?");
                let help = "write the unit behind it, as `\"4 hours\"` or `\"99.9 %\"`, or give `target_unit`";
                told(findings, finding.help(help))
            }
        };
    }
    let Some(duration) = duration::read(&text) else {
        return told(findings, no_duration("target_value", &Spanned::new(at, text)));
    };
    let business = match unit {
        None => has_calendar,
        Some("business_seconds") => true,
        Some("seconds") => false,
        Some(_) => return told(findings, contradicts(at)),
    };
    if business && duration.in_days {
        let finding = invalid("target_value", at, "how long is a day of this calendar?");
        let help = "a day may mean 24 hours or one working day; write the hours of the calendar that count";
        return told(findings, finding.help(help));
    }
    Some((duration.secs.to_string(), if business { "business_seconds" } else { "seconds" }))
}

fn contradicts(at: Range<usize>) -> Finding {
    invalid("target_value", at, "another unit than `target_unit`")
        .help("leave out `target_unit`, or write a number alone")
}

fn told<T>(findings: &mut Vec<Finding>, finding: Finding) -> Option<T> {
    findings.push(finding);
    None
}
