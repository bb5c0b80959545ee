//! The exact inverse of [`crate::encode_record`].

use crate::decode_link::LinkText;
use crate::json::parse_offset;
use counterfoil_model::{
    ActorKind, Decimal, Field, Instant, Kind, Precision, Quality, Reading, Record, Slug, Transition, Value, ValueType,
};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Text that is not what this version writes.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Not a record.
    #[error("not a record as this version writes it")]
    Record(#[source] serde_json::Error),
    /// Not an event.
    #[error("not an event as this version writes it")]
    Event(#[source] serde_json::Error),
}

/// Reads what [`crate::encode_record`] wrote.
///
/// A member that this version does not know is an error and not passed over: a record written by a later version must not
/// lose what that version added.
pub fn decode_record(json: &str) -> Result<Record, WireError> {
    serde_json::from_str::<RecordText>(json).map(|record| record.0).map_err(WireError::Record)
}

struct RecordText(Record);

impl<'de> Deserialize<'de> for RecordText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = RecordText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record, its kind first")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RecordText, A::Error> {
        let kind = match map.next_entry::<Text<'_>, Text<'_>>()? {
            Some((name, kind)) if name.0 == "kind" => {
                Kind::parse(&kind.0).ok_or_else(|| A::Error::custom(format_args!("unknown kind `{}`", kind.0)))?
            }
            _ => return Err(A::Error::custom("a record names its kind first")),
        };
        let mut record = Record::new(kind);
        let (mut quality, mut tombstone, mut history) = (None, None, None);
        let (mut unknowns, mut offsets, mut links) = (Unknowns::default(), Offsets::default(), Vec::new());
        // Members come in the order of the table, so that the next one is almost always found at once.
        let mut expected = 0;
        while let Some(name) = map.next_key::<Text<'_>>()? {
            match &*name.0 {
                "state_category" => drop(map.next_value::<u8>()?),
                "unknown" => unknowns = map.next_value()?,
                "offsets" => offsets = map.next_value()?,
                "quality" => quality = Some(parsed(&map.next_value::<Text<'_>>()?, Quality::parse)?),
                "tombstone" => tombstone = Some(map.next_value::<bool>()?),
                "history" => history = Some(map.next_value::<Vec<TransitionText<'_>>>()?),
                "links" => links = map.next_value::<Vec<LinkText<'_>>>()?,
                name => {
                    let position = position(kind, name, expected)?;
                    let value = map.next_value::<Plain<'_>>()?.value(kind, kind.fields()[position].value)?;
                    record.readings[position] = Reading::Known(value);
                    expected = position + 1;
                }
            }
        }
        for (name, reading) in unknowns.0 {
            record.readings[position(kind, &name.0, 0)?] = reading;
        }
        for (name, offset_secs) in offsets.0 {
            set_offset(&mut record.readings[position(kind, &name.0, 0)?], offset_secs)?;
        }
        record.quality = quality.ok_or_else(|| A::Error::missing_field("quality"))?;
        record.tombstone = tombstone.ok_or_else(|| A::Error::missing_field("tombstone"))?;
        let history = history.ok_or_else(|| A::Error::missing_field("history"))?;
        record.history = history.into_iter().map(|row| row.transition(kind)).collect::<Result<_, A::Error>>()?;
        record.links = links.into_iter().map(LinkText::link).collect::<Result<_, A::Error>>()?;
        Ok(RecordText(record))
    }
}

/// Where the member stands in the kind's table; looked for at `expected` first.
fn position<E: Error>(kind: Kind, name: &str, expected: usize) -> Result<usize, E> {
    let fields = kind.fields();
    let from = expected.min(fields.len());
    let after = fields[from..].iter().position(|spec| spec.field.name() == name).map(|at| at + from);
    after
        .or_else(|| fields[..from].iter().position(|spec| spec.field.name() == name))
        .ok_or_else(|| E::custom(format_args!("unknown member `{name}` of {}", kind.name())))
}

pub(crate) fn parsed<T, E: Error>(text: &Text<'_>, parse: impl Fn(&str) -> Option<T>) -> Result<T, E> {
    parse(&text.0).ok_or_else(|| E::custom(format_args!("unknown word `{}`", text.0)))
}

fn set_offset<E: Error>(reading: &mut Reading, offset_secs: i32) -> Result<(), E> {
    match reading {
        Reading::Known(Value::Instant(instant)) => {
            instant.offset_secs = Some(offset_secs);
            Ok(())
        }
        _ => Err(E::custom("an offset without its moment")),
    }
}

/// Text that is borrowed where it has no escapes.
#[derive(PartialEq, Eq)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(PlainVisitor)? {
            Plain::Text(text) => Ok(Text(text)),
            Plain::Integer(_) | Plain::Flag(_) => Err(D::Error::custom("expected text")),
        }
    }
}

/// A value before its field's type is known.
enum Plain<'a> {
    Text(Cow<'a, str>),
    Integer(i64),
    Flag(bool),
}

impl Plain<'_> {
    fn value<E: Error>(self, kind: Kind, value_type: ValueType) -> Result<Value, E> {
        match (value_type, self) {
            (ValueType::Integer, Plain::Integer(number)) => Ok(Value::Integer(number)),
            (ValueType::Flag, Plain::Flag(flag)) => Ok(Value::Flag(flag)),
            (ValueType::Text | ValueType::Person | ValueType::Reference, Plain::Text(text)) => {
                Ok(Value::Text(text.into()))
            }
            (ValueType::Decimal, Plain::Text(text)) => match Decimal::parse(&text) {
                Some(number) if number.to_string() == text => Ok(Value::Decimal(number)),
                _ => Err(E::custom(format_args!("`{text}` is no decimal number"))),
            },
            (ValueType::Instant, Plain::Text(text)) => {
                let at = text.parse().map_err(E::custom)?;
                Ok(Value::Instant(Instant { at, offset_secs: None }))
            }
            (ValueType::Word(words), Plain::Text(text)) => word(words.iter().copied(), &text),
            (ValueType::State, Plain::Text(text)) => word(kind.states().states.iter().map(|state| state.name), &text),
            (ValueType::Party, Plain::Text(text)) => {
                let party = Slug::of(&text);
                if party.as_str() == text {
                    Ok(Value::Party(party))
                } else {
                    Err(E::custom(format_args!("`{text}` is no party's id")))
                }
            }
            (value_type, _) => Err(E::custom(format_args!("expected a value of type {}", value_type.name()))),
        }
    }
}

fn word<E: Error>(mut words: impl Iterator<Item = &'static str>, text: &str) -> Result<Value, E> {
    let word = words.find(|word| *word == text);
    word.map(Value::Word).ok_or_else(|| E::custom(format_args!("unknown word `{text}`")))
}

impl<'de: 'a, 'a> Deserialize<'de> for Plain<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Plain<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a whole number, true or false")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Plain<'de>, E> {
        Ok(Plain::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Plain<'de>, E> {
        Ok(Plain::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Plain<'de>, E> {
        Ok(Plain::Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Plain<'de>, E> {
        i64::try_from(number).map(Plain::Integer).map_err(|_| E::custom("a number beyond 64 bits"))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Plain<'de>, E> {
        Ok(Plain::Flag(flag))
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct TransitionText<'a> {
    #[serde(borrow)]
    field: Text<'a>,
    #[serde(borrow)]
    from: Option<Plain<'a>>,
    #[serde(borrow)]
    to: Option<Plain<'a>>,
    #[serde(borrow)]
    occurred_at: Option<Plain<'a>>,
    #[serde(borrow)]
    recorded_at: Option<Plain<'a>>,
    #[serde(borrow, default)]
    unknown: Unknowns<'a>,
    #[serde(borrow, default)]
    offsets: Offsets<'a>,
    #[serde(borrow)]
    from_native: Option<Text<'a>>,
    #[serde(borrow)]
    to_native: Option<Text<'a>>,
    #[serde(borrow)]
    actor: Option<Text<'a>>,
    #[serde(borrow)]
    actor_kind: Text<'a>,
    #[serde(borrow)]
    precision: Text<'a>,
    row: Option<u32>,
    confidence: Option<u8>,
    #[serde(borrow)]
    proof: Option<Text<'a>>,
}

impl TransitionText<'_> {
    fn transition<E: Error>(self, kind: Kind) -> Result<Transition, E> {
        let field: Field = parsed(&self.field, Field::parse)?;
        let value_type = kind.fields()[position(kind, field.name(), 0)?].value;
        let known = |plain: Option<Plain<'_>>, value_type| -> Result<Reading, E> {
            plain.map_or(Ok(Reading::Missing), |plain| plain.value(kind, value_type).map(Reading::Known))
        };
        let mut readings = [
            known(self.from, value_type)?,
            known(self.to, value_type)?,
            known(self.occurred_at, ValueType::Instant)?,
            known(self.recorded_at, ValueType::Instant)?,
        ];
        for (name, reading) in self.unknown.0 {
            readings[member(&name)?] = reading;
        }
        for (name, offset_secs) in self.offsets.0 {
            set_offset(&mut readings[member(&name)?], offset_secs)?;
        }
        let [from, to, occurred_at, recorded_at] = readings;
        let shared = |text: Option<Text<'_>>| text.map(|text| Arc::from(text.0));
        Ok(Transition {
            field,
            from,
            to,
            from_native: shared(self.from_native),
            to_native: shared(self.to_native),
            occurred_at,
            recorded_at,
            actor_kind: parsed(&self.actor_kind, ActorKind::parse)?,
            actor: shared(self.actor),
            precision: parsed(&self.precision, Precision::parse)?,
            row: self.row,
            confidence: self.confidence,
            proof: shared(self.proof),
        })
    }
}

/// Where a member stands among the readings of a transition.
fn member<E: Error>(name: &Text<'_>) -> Result<usize, E> {
    parsed(name, |name| ["from", "to", "occurred_at", "recorded_at"].iter().position(|member| *member == name))
}

#[derive(Default)]
pub(crate) struct Unknowns<'a>(pub(crate) Vec<(Text<'a>, Reading)>);

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct UnknownText<'a> {
    #[serde(borrow)]
    why: Text<'a>,
    #[serde(borrow)]
    raw: Text<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Unknowns<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut unknowns = Vec::new();
        for (name, UnknownText { why, raw }) in deserializer.deserialize_map(PairsVisitor(std::marker::PhantomData))? {
            let reading = match &*why.0 {
                "unmapped" => Reading::Unmapped(raw.0.into()),
                "unreadable" => Reading::Unreadable(raw.0.into()),
                why => return Err(D::Error::custom(format_args!("unknown reason `{why}`"))),
            };
            unknowns.push((name, reading));
        }
        Ok(Self(unknowns))
    }
}

#[derive(Default)]
struct Offsets<'a>(Vec<(Text<'a>, i32)>);

impl<'de: 'a, 'a> Deserialize<'de> for Offsets<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut offsets = Vec::new();
        for (name, text) in deserializer.deserialize_map(PairsVisitor::<Text<'_>>(std::marker::PhantomData))? {
            offsets.push((name, parsed(&text, parse_offset)?));
        }
        Ok(Self(offsets))
    }
}

/// The members of an object in their order.
struct PairsVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
    type Value = Vec<(Text<'de>, T)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}
