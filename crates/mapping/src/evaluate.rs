//! What expressions and templates read and make.

use crate::expression::{Expression, Input, Output};
use crate::map::{FieldRead, Notes};
use crate::plan::{CelInput, Mapping, Part, Plan};
use crate::scan::{Raw, Slots};
use counterfoil_model::{Decimal, Instant, Quality, Reading, Record, Slug, Value, ValueType};
use std::borrow::Cow;

impl Mapping {
    pub(crate) fn evaluate(
        &self,
        plan: &Plan,
        (expression, inputs): (&Expression, &[(String, CelInput)]),
        slots: &Slots<'_>,
        record: &Record,
        notes: &mut Notes<'_>,
    ) -> FieldRead {
        let mut values = Vec::with_capacity(inputs.len());
        for (name, input) in inputs {
            let value = match input {
                CelInput::Slot(slot) => self.input(slots.get(*slot)),
                CelInput::Field(position) => match record.readings[*position].known() {
                    Some(value) => of_value(value),
                    // What an expression makes of something unknown is unknown.
                    None => return FieldRead::of(Reading::Missing, None),
                },
            };
            values.push((name.clone(), value));
        }
        let reading = match expression.evaluate(values.into_iter()) {
            Ok(output) => self.of_output(plan, output, notes),
            Err(reason) => {
                notes.add("expression-failed", Some(plan), None, "", reason.clone());
                Reading::Unreadable(reason.into())
            }
        };
        let quality = if matches!(reading, Reading::Unmapped(_)) { Quality::Fallback } else { Quality::Exact };
        FieldRead { quality, ..FieldRead::of(reading, None) }
    }

    /// A template's text; missing when one of its slots is.
    pub(crate) fn fill(&self, parts: &[Part], slots: &Slots<'_>) -> Reading {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Slot(slot) => match self.text_of(slots.get(*slot)) {
                    Some(value) => percent_encode(&value, &mut text),
                    None => return Reading::Missing,
                },
            }
        }
        Value::Text(text.into()).into()
    }

    fn of_output(&self, plan: &Plan, output: Output, notes: &mut Notes<'_>) -> Reading {
        match (plan.value, output) {
            (_, Output::Null) => Reading::Missing,
            (ValueType::Flag, Output::Flag(flag)) => Value::Flag(flag).into(),
            (ValueType::Integer, Output::Integer(number)) => Value::Integer(number).into(),
            (ValueType::Decimal, Output::Integer(number)) if number.checked_mul(1_000_000).is_some() => {
                Value::Decimal(Decimal { millionths: number * 1_000_000 }).into()
            }
            (ValueType::Text | ValueType::Reference, Output::Text(text)) => Value::Text(text.into()).into(),
            (ValueType::Party, Output::Text(text)) => Value::Party(Slug::of(&text)).into(),
            (ValueType::Word(_) | ValueType::State, Output::Text(text)) => {
                match self.kind.words(plan.field).into_iter().find(|word| *word == text) {
                    Some(word) => Value::Word(word).into(),
                    None => {
                        let message = format!("the expression makes a word that `{}` does not have", plan.field);
                        notes.add("unmapped-word", Some(plan), None, &text, message);
                        Reading::Unmapped(text.into())
                    }
                }
            }
            (_, output) => {
                let raw = match output {
                    Output::Null => "null".to_owned(),
                    Output::Text(text) => text,
                    Output::Integer(number) => number.to_string(),
                    Output::Flag(flag) => flag.to_string(),
                };
                let message = format!("the expression makes what `{}` does not hold", plan.field);
                notes.add("expression-failed", Some(plan), None, &raw, message);
                Reading::Unreadable(raw.into())
            }
        }
    }

    fn input(&self, raw: &Raw<'_>) -> Input {
        match raw {
            Raw::Integer(number) => Input::Integer(*number),
            Raw::Flag(flag) => Input::Flag(*flag),
            Raw::Absent | Raw::Null | Raw::Document(_) | Raw::Composite(_) => Input::Null,
            // A column that is there and empty is told from one that is not there.
            raw => Input::Text(self.text_of(raw).map_or(String::new(), Cow::into_owned)),
        }
    }
}

fn of_value(value: &Value) -> Input {
    match value {
        Value::Integer(number) => Input::Integer(*number),
        Value::Flag(flag) => Input::Flag(*flag),
        Value::Text(text) => Input::Text(text.to_string()),
        Value::Word(word) => Input::Text((*word).to_owned()),
        Value::Party(party) => Input::Text(party.to_string()),
        Value::Decimal(number) => Input::Text(number.to_string()),
        Value::Instant(Instant { at, .. }) => Input::Text(at.to_string()),
    }
}

/// Everything but the unreserved characters of RFC 3986, so that a value never changes the shape of a link.
fn percent_encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            into.push(char::from(byte));
        } else {
            into.push_str(&format!("%{byte:02X}"));
        }
    }
}
