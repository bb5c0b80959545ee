//! One streaming pass over a JSON text: is it complete, what members does it have, is there an error among them?

use crate::body::is_cancellation;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Members that are remembered for a message.
const MOST_KEYS: usize = 32;

/// How far from the end the last words of a source are looked for.
const TAIL_BYTES: usize = 4096;

/// What a complete JSON text is on its outside.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The first members of an object.
    pub(crate) keys: Vec<String>,
    /// Whether it is an array.
    pub(crate) is_array: bool,
    /// The JSON text of a member `error` that is an object or a text.
    pub(crate) error: Option<String>,
}

/// Why a text is no complete JSON.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The source says at the end that it gave up.
    Cancelled,
    /// It is JSON as far as it goes.
    Ends(serde_json::Error),
    /// It is no JSON, or something follows it.
    Syntax(serde_json::Error),
}

impl Shape {
    /// Reads the whole text, and keeps nothing of it but its outside.
    pub(crate) fn of(text: &str) -> Result<Self, Fault> {
        serde_json::from_str(text).map_err(|error| {
            if last_words_are_cancellation(text) {
                Fault::Cancelled
            } else if error.is_eof() {
                Fault::Ends(error)
            } else {
                Fault::Syntax(error)
            }
        })
    }

    /// For messages: what is there, without values.
    pub(crate) fn found(&self) -> String {
        if self.is_array {
            return "an array".to_owned();
        }
        match self.keys.as_slice() {
            [] => "no members".to_owned(),
            keys => {
                let shown: Vec<String> = keys.iter().take(5).map(|key| key.chars().take(40).collect()).collect();
                format!("`{}`", shown.join("`, `").escape_debug())
            }
        }
    }
}

/// ServiceNow appends `"error":{"message":"Transaction cancelled…"}` to what it had written by then.
fn last_words_are_cancellation(text: &str) -> bool {
    let from = (text.len().saturating_sub(TAIL_BYTES)..).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[from..].rfind("\"error\"").is_some_and(|at| is_cancellation(&text[from + at..]))
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Outside)
    }
}

struct Outside;

impl<'de> Visitor<'de> for Outside {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let mut shape = Shape::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "error" {
                let value: &RawValue = map.next_value()?;
                let value = value.get();
                if value.starts_with('{') || (value.starts_with('"') && value != "\"\"") {
                    shape.error = Some(value.to_owned());
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
            if shape.keys.len() < MOST_KEYS {
                shape.keys.push(key);
            }
        }
        Ok(shape)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Shape { is_array: true, ..Shape::default() })
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::default())
    }
}
