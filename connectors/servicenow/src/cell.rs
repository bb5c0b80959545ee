//! What a connector has to know of a row: who it is and when it was written. Everything else is the mapping's.

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;

/// The value of a column in whichever form the instance writes it: text, `{"value":…}` of `sysparm_display_value=all` or of
/// a reference, a number or `true` where the documentation has texts. Empty and null are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Cell<'a>(pub(crate) Option<Cow<'a, str>>);

impl Cell<'_> {
    pub(crate) fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor { inner: false })
    }
}

struct CellVisitor {
    inner: bool,
}

fn some<'a>(text: Cow<'a, str>) -> Cell<'a> {
    Cell((!text.is_empty()).then_some(text))
}

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a column")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cell<'de>, E> {
        Ok(some(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cell<'de>, E> {
        Ok(some(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Cell<'de>, E> {
        Ok(some(Cow::Borrowed(if flag { "true" } else { "false" })))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Cell<'de>, E> {
        Ok(some(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Cell<'de>, E> {
        Ok(some(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Cell<'de>, E> {
        // `1.0` is how some releases write the count 1.
        Ok(some(Cow::Owned(number.to_string())))
    }

    fn visit_unit<E: Error>(self) -> Result<Cell<'de>, E> {
        Ok(Cell(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell<'de>, A::Error> {
        let mut cell = Cell(None);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == "value" && !self.inner {
                cell = map.next_value_seed(CellVisitor { inner: true })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(cell)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell(None))
    }
}

impl<'de> serde::de::DeserializeSeed<'de> for CellVisitor {
    type Value = Cell<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cell<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A moment as the Table API writes it: `2026-01-19 04:52:04`, UTC. Text order is the order of time.
pub(crate) fn is_stamp(text: &str) -> bool {
    const FORM: &[u8; 19] = b"0000-00-00 00:00:00";
    text.len() == FORM.len()
        && text.bytes().zip(FORM).all(|(byte, form)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form })
}

/// An id that can stand in a query and in a list of ids: a sys_id is 32 hexadecimal digits, shipped records have words.
pub(crate) fn is_sys_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// A count, also where it is written as `1.0`.
pub(crate) fn count(cell: &Cell<'_>) -> Option<u64> {
    cell.text().and_then(|count| count.split('.').next()?.parse().ok())
}

/// The mark of a version: which update made it, and when. Text order is the order of versions. The count comes first,
/// because the nodes of an instance have clocks of their own: a later update may be stamped earlier.
pub(crate) fn mark(stamp: &str, mod_count: &Cell<'_>) -> String {
    count(mod_count).map_or_else(|| stamp.to_owned(), |count| format!("{count:08}/{stamp}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(json: &str) -> Option<String> {
        serde_json::from_str::<Cell<'_>>(json).unwrap().0.map(Cow::into_owned)
    }

    #[test]
    fn a_value_is_read_in_every_form_that_instances_write() {
        for json in [r#""6""#, "6", r#"{"display_value":"Resolved","value":"6"}"#, r#"{"value":6,"link":"https://x"}"#]
        {
            assert_eq!(cell(json).as_deref(), Some("6"), "{json}");
        }
        assert_eq!(cell("true").as_deref(), Some("true"));
        assert_eq!(cell(r#""a\u00e4^b""#).as_deref(), Some("aä^b"));
        for json in
            [r#""""#, "null", "{}", "[]", r#"{"value":""}"#, r#"{"value":{"value":"6"}}"#, r#"{"display_value":"x"}"#]
        {
            let expected = if json.contains("{\"value\":{") { Some(None) } else { None };
            assert_eq!(cell(json), expected.flatten(), "{json}");
        }
    }

    #[test]
    fn marks_are_in_the_order_of_versions() {
        let of = |stamp, count: &str| mark(stamp, &Cell(Some(Cow::Borrowed(count))));
        let marks =
            [of("2026-01-19 04:52:04", "9"), of("2026-01-19 04:52:04", "10.0"), of("2026-01-19 04:51:59", "11")];
        assert!(marks.is_sorted() && marks[0] < marks[1], "{marks:?}");
        assert_eq!(mark("2026-01-19 04:52:04", &Cell(None)), "2026-01-19 04:52:04");
        assert!(is_stamp("2026-01-19 04:52:04") && !is_stamp("2026-01-19T04:52:04") && !is_stamp("2026-01-19"));
        assert!(
            is_sys_id("04ce72c9c0a8016600b5b7f75ac67b5b") && !is_sys_id("a,b") && !is_sys_id("a^b") && !is_sys_id("")
        );
    }
}
