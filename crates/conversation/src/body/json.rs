//! JSON of a stranger: to its end, no name twice, and not deeper than anybody writes.

use super::{DEPTH, ROWS, Unread, unread};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// The objects of a text: one, or a list of them, there or at `rows`. Each is as it was written, to the byte.
pub(super) fn objects(text: &str, rows: Option<&str>) -> Result<Vec<String>, Unread> {
    let wrong = |why: String| unread("structured::not-json", why);
    let mut reader = serde_json::Deserializer::from_str(text);
    Strict(DEPTH).deserialize(&mut reader).and_then(|()| reader.end()).map_err(|error| match error.to_string() {
        why if why.starts_with(TWICE) => unread("structured::name-twice", why),
        why => wrong(why),
    })?;
    let whole: &RawValue = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let found = match rows {
        Some(pointer) => at(whole, pointer).ok_or_else(|| wrong(format!("there is nothing at `{pointer}`")))?,
        None => whole,
    };
    if found.get().starts_with('{') {
        return Ok(vec![found.get().to_owned()]);
    }
    if !found.get().starts_with('[') {
        return Err(wrong("it is neither an object nor a list".to_owned()));
    }
    let list: Vec<&RawValue> = serde_json::from_str(found.get()).map_err(|error| wrong(error.to_string()))?;
    if list.len() > ROWS {
        return Err(unread("structured::too-many-rows", format!("{} records, more than {ROWS}", list.len())));
    }
    if let Some(at) = list.iter().position(|one| !one.get().starts_with('{')) {
        return Err(wrong(format!("record {} is no object", at + 1)));
    }
    Ok(list.into_iter().map(|one| one.get().to_owned()).collect())
}

/// The value at a pointer of objects.
pub(super) fn at<'v>(value: &'v RawValue, pointer: &str) -> Option<&'v RawValue> {
    let mut found = value;
    for name in pointer.strip_prefix('/')?.split('/') {
        let name = name.replace("~1", "/").replace("~0", "~");
        found = serde_json::Deserializer::from_str(found.get()).deserialize_map(Member(&name)).ok()??;
    }
    Some(found)
}

/// The member with this name.
struct Member<'n>(&'n str);

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if name == self.0 {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

const TWICE: &str = "a name stands twice in an object";

/// A value whose objects have no name twice; so many levels are left.
struct Strict(usize);

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let below = self.below()?;
        while list.next_element_seed(Strict(below))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let below = self.below()?;
        let mut seen = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !seen.insert(name) {
                return Err(A::Error::custom(TWICE));
            }
            map.next_value_seed(Strict(below))?;
        }
        Ok(())
    }
}

impl Strict {
    fn below<E: serde::de::Error>(&self) -> Result<usize, E> {
        self.0.checked_sub(1).ok_or_else(|| E::custom(format!("it is nested deeper than {DEPTH} levels")))
    }
}
