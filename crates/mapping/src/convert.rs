//! The closed list of converters: from what a slot says to what a field holds.

use crate::duration::NoDuration;
use crate::instant::{DateOrder, Local, Moment, Unread, in_zone, parse};
use crate::layout::Plain;
use crate::map::Notes;
use crate::number::without_percent;
use crate::plan::{Convert, Mapping, Plan, Read, Source};
use crate::scan::{Raw, Slots};
use crate::trie::Slot;
use counterfoil_model::{Decimal, Instant, Reading, Slug, Value, ValueType};
use counterfoil_record::Digest;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::sync::Arc;

impl Mapping {
    /// Converts what the slot of `source` says; the slot says something.
    #[inline]
    pub(crate) fn convert(
        &self,
        plan: &Plan,
        convert: Convert,
        source: &Source,
        slots: &Slots<'_>,
        notes: &mut Notes<'_>,
    ) -> Reading {
        let raw = slots.get(source.slot);
        match (convert, raw) {
            (_, Raw::Composite(what)) => return self.composite(Some(plan), source.slot, what, notes),
            (Convert::Rich | Convert::Wiki, Raw::Document(content)) => {
                return self.plain(plan, source.slot, crate::adf::plain(content), notes);
            }
            (_, Raw::Document(_)) => return self.composite(Some(plan), source.slot, "an object", notes),
            (Convert::Integer | Convert::Duration(_), Raw::Integer(number)) if plan.value == ValueType::Integer => {
                return Value::Integer(*number).into();
            }
            (Convert::Decimal | Convert::Percent | Convert::Duration(_), Raw::Integer(number))
                if number.checked_mul(1_000_000).is_some() =>
            {
                return Value::Decimal(Decimal { millionths: number * 1_000_000 }).into();
            }
            (Convert::Flag, Raw::Flag(flag)) => return Value::Flag(*flag).into(),
            _ => {}
        }
        let Some(text) = self.text_of(raw) else { return Reading::Missing };
        let value = match convert {
            Convert::Text | Convert::Reference => Value::Text(text.as_ref().into()),
            Convert::Rich => match crate::rich::plain(&text) {
                plain if plain.is_empty() => return Reading::Missing,
                plain => Value::Text(plain.into()),
            },
            Convert::Wiki => return self.plain(plan, source.slot, crate::wiki::plain(&text), notes),
            Convert::Person => Value::Text(self.pseudonym(&text)),
            Convert::Party => Value::Party(Slug::of(&text)),
            Convert::Integer => match self.decimals.plain(&text).and_then(|text| whole_number(&text)) {
                Some(number) => Value::Integer(number),
                None => {
                    return unreadable(plan, source.slot, "unreadable-number", "it is no whole number", &text, notes);
                }
            },
            Convert::Decimal | Convert::Percent => {
                let bare = if convert == Convert::Percent { without_percent(&text) } else { &text };
                match self.decimal(bare) {
                    Some(number) => Value::Decimal(number),
                    None => {
                        let why = self.decimals.expected();
                        return unreadable(plan, source.slot, "unreadable-number", why, &text, notes);
                    }
                }
            }
            Convert::Duration(day_secs) => match crate::duration::parse(&text, day_secs)
                .and_then(|secs| seconds(plan, secs).ok_or(NoDuration::Range))
            {
                Ok(value) => value,
                Err(why) => {
                    return unreadable(plan, source.slot, "unreadable-duration", why.message(), &text, notes);
                }
            },
            // What is left of a second is no second yet.
            Convert::Milliseconds => {
                match whole_number(&text).and_then(|millis| seconds(plan, millis.div_euclid(1000))) {
                    Some(value) => value,
                    None => {
                        let why = "it is no whole number of milliseconds";
                        return unreadable(plan, source.slot, "unreadable-duration", why, &text, notes);
                    }
                }
            }
            Convert::Flag => match flag(&text) {
                Some(flag) => Value::Flag(flag),
                None => {
                    return unreadable(plan, source.slot, "unreadable-flag", "it is neither yes nor no", &text, notes);
                }
            },
            Convert::Instant | Convert::EndOfDay => {
                return self.instant(Some(plan), source, slots, notes);
            }
            Convert::EpochSeconds | Convert::EpochMillis => {
                let number = whole_number(&text);
                let at = number.and_then(|number| match convert {
                    Convert::EpochSeconds => Timestamp::from_second(number).ok(),
                    _ => Timestamp::from_millisecond(number).ok(),
                });
                match at {
                    Some(at) => Value::Instant(Instant { at, offset_secs: Some(0) }),
                    None => {
                        return unreadable(
                            plan,
                            source.slot,
                            "unreadable-date",
                            "it is no time since 1970",
                            &text,
                            notes,
                        );
                    }
                }
            }
        };
        value.into()
    }

    /// A number in the writing of the source.
    pub(crate) fn decimal(&self, text: &str) -> Option<Decimal> {
        Decimal::parse(&self.decimals.plain(text.trim())?)
    }

    /// Rich text that has become plain.
    fn plain(&self, plan: &Plan, slot: Slot, plain: Plain, notes: &mut Notes<'_>) -> Reading {
        if plain.cut {
            let message = "it is longer than what is kept of a text; the raw record has all of it".to_owned();
            notes.add("text-cut", Some(plan), Some(slot), &plain.text, message);
        }
        match crate::map::without_nul(&plain.text) {
            text if text.is_empty() => Reading::Missing,
            text => Value::Text(text.as_ref().into()).into(),
        }
    }

    /// The moment that a source writes: its own offset, else the zone of the row, of the instance or of the mapping.
    pub(crate) fn instant(
        &self,
        plan: Option<&Plan>,
        source: &Source,
        slots: &Slots<'_>,
        notes: &mut Notes<'_>,
    ) -> Reading {
        let Some(text) = self.text_of(slots.get(source.slot)) else { return Reading::Missing };
        let mut failed = |code, message: String| {
            notes.add(code, plan, Some(source.slot), &text, message);
            Reading::Unreadable(text.as_ref().into())
        };
        let Moment { civil, offset, date_only } = match parse(&text, self.order(source, slots)) {
            Ok(moment) => moment,
            Err(Unread::Shape) => return failed("unreadable-date", "it is no date".to_owned()),
            Err(Unread::Range) => {
                let order =
                    self.order(source, slots).map_or(String::new(), |order| format!(" (order {})", order.name()));
                return failed("unreadable-date", format!("no calendar or clock has this date{order}"));
            }
            Err(Unread::OrderUnknown) => {
                let message = "day and month cannot be told apart: set `dates = \"dmy\"` or `\"mdy\"` for the instance";
                return failed("date-order-unknown", message.to_owned());
            }
            Err(Unread::OrderMismatch) => {
                return failed("unreadable-date", "the year stands last, and the order is `ymd`".to_owned());
            }
        };
        let is_end_of_day = date_only
            && plan.is_some_and(|plan| matches!(&plan.read, Read::Convert { convert: Convert::EndOfDay, .. }));
        let civil = if is_end_of_day { civil.date().at(23, 59, 59, 999_000_000) } else { civil };
        if let Some(offset) = offset {
            return match offset.to_timestamp(civil) {
                Ok(at) => Value::Instant(Instant { at, offset_secs: Some(offset.seconds()) }).into(),
                Err(_) => failed("unreadable-date", "it is outside the calendar".to_owned()),
            };
        }
        let zone = match self.zone(slots) {
            Ok(Some(zone)) => zone,
            Ok(None) => {
                let message = "it has no offset: set `zone` for the instance, for example `zone = \"Europe/Lisbon\"`";
                return failed("zone-unknown", message.to_owned());
            }
            Err(name) => return failed("zone-unknown", format!("there is no time zone `{name}`")),
        };
        let (at, local) = match in_zone(civil, &zone) {
            Ok(read) => read,
            Err(_) => return failed("unreadable-date", "it is outside the calendar".to_owned()),
        };
        match local {
            Local::Once => {}
            Local::Twice => {
                let message = "the clock was set back: this time exists twice, the earlier was taken".to_owned();
                notes.add("ambiguous-local-time", plan, Some(source.slot), &text, message);
            }
            Local::Never => {
                let message =
                    "the clock was set forward: this time does not exist, it was moved by what was skipped".to_owned();
                notes.add("skipped-local-time", plan, Some(source.slot), &text, message);
            }
        }
        if date_only && !is_end_of_day {
            let message = "it is a date without a time; 00:00 was taken".to_owned();
            notes.add("date-without-time", plan, Some(source.slot), &text, message);
        }
        Value::Instant(Instant { at, offset_secs: None }).into()
    }

    /// The stand-in for a person: the same for the same text and salt, and nothing can be read from it.
    pub(crate) fn pseudonym(&self, text: &str) -> Arc<str> {
        let digest = Digest::of_parts(&[self.source.settings.salt.as_bytes(), text.as_bytes()]).short();
        let mut pseudonym = String::with_capacity(12);
        pseudonym.push_str("p-");
        pseudonym.push_str(&digest[..10]);
        pseudonym.into()
    }

    #[cold]
    pub(crate) fn composite(&self, plan: Option<&Plan>, slot: Slot, what: &str, notes: &mut Notes<'_>) -> Reading {
        let message = format!("it is {what}, not a plain value; point to a member of it");
        notes.add("no-plain-value", plan, Some(slot), what, message);
        Reading::Unreadable(what.into())
    }

    fn order(&self, source: &Source, slots: &Slots<'_>) -> Option<DateOrder> {
        let written = |slot: Slot| match slots.get(slot) {
            Raw::Text(name) => DateOrder::parse(name),
            _ => None,
        };
        source.except.and_then(written).or_else(|| written(self.dates.row_order)).or(self.dates.order)
    }

    /// The zone of texts without an offset, or the name of a zone that does not exist.
    fn zone(&self, slots: &Slots<'_>) -> Result<Option<Cow<'_, TimeZone>>, String> {
        let configured = self.dates.zone.as_ref();
        match slots.get(self.dates.row_zone) {
            Raw::Text(name) => match configured {
                Some((known, zone)) if known == name => Ok(Some(Cow::Borrowed(zone))),
                _ if name == "UTC" => Ok(Some(Cow::Owned(TimeZone::UTC))),
                _ => TimeZone::get(name).map(|zone| Some(Cow::Owned(zone))).map_err(|_| name.to_string()),
            },
            _ => Ok(configured.map(|(_, zone)| Cow::Borrowed(zone))),
        }
    }
}

/// Seconds, as the field holds them.
fn seconds(plan: &Plan, secs: i64) -> Option<Value> {
    match plan.value {
        ValueType::Decimal => Some(Value::Decimal(Decimal { millionths: secs.checked_mul(1_000_000)? })),
        _ => Some(Value::Integer(secs)),
    }
}

#[cold]
fn unreadable(plan: &Plan, slot: Slot, code: &'static str, why: &str, text: &str, notes: &mut Notes<'_>) -> Reading {
    notes.add(code, Some(plan), Some(slot), text, why.to_owned());
    Reading::Unreadable(text.into())
}

/// `12`, `-3`, and `3.0` as spreadsheets write it. A separator of thousands is never guessed at.
fn whole_number(text: &str) -> Option<i64> {
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    whole.parse().ok()
}

fn flag(text: &str) -> Option<bool> {
    let among = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match (among(["true", "yes", "1"]), among(["false", "no", "0"])) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_numbers_are_not_numbers() {
        assert_eq!(["12", "-3", "+4", "3.0", "0"].map(whole_number), [Some(12), Some(-3), Some(4), Some(3), Some(0)]);
        for text in
            ["3,87,16,91,111", "0,184444444", "1.5", "1.", ".0", "", "1 000", "12h", "0x10", "9223372036854775808"]
        {
            assert_eq!(whole_number(text), None, "{text}");
        }
    }

    #[test]
    fn flags_are_read_in_the_spellings_that_tools_and_spreadsheets_use() {
        assert!(["true", "TRUE", "Yes", "1"].iter().all(|text| flag(text) == Some(true)));
        assert!(["false", "FALSE", "no", "0"].iter().all(|text| flag(text) == Some(false)));
        assert!(["", "2", "ja", "y"].iter().all(|text| flag(text).is_none()));
    }
}
