//! A record with its id, as figures look at it.

use crate::facts::Facts;
use std::borrow::Cow;
use std::ops::Deref;

/// A record that is held in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// `instance/stream/native-id`, the native id percent-encoded.
    pub id: Box<str>,
    /// What is known of it.
    pub facts: Facts,
}

/// A record that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// `instance/stream/native-id`, the native id percent-encoded.
    pub id: &'a str,
    /// What is known of it.
    pub facts: &'a Facts,
    /// Its place among the records held; for one that is looked at alone no place there is.
    pub(crate) at: u32,
}

impl<'a> Row<'a> {
    /// A record that no other one refers to.
    pub fn alone(facts: &'a Facts) -> Self {
        Self { id: "", facts, at: u32::MAX }
    }

    /// The source's id of it.
    pub fn native_id(self) -> Cow<'a, str> {
        let encoded = self.id.splitn(3, '/').nth(2).unwrap_or(self.id);
        if encoded.contains('%') { Cow::Owned(decoded(encoded)) } else { Cow::Borrowed(encoded) }
    }
}

impl Deref for Row<'_> {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        self.facts
    }
}

/// What ids encode: `%` and two digits stand for a byte.
fn decoded(encoded: &str) -> String {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        match (first, digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_model::{Kind, Record};

    #[test]
    fn a_native_id_is_what_the_source_calls_it() {
        let facts = Facts::of("acme", &Record::new(Kind::Incident), jiff::Timestamp::UNIX_EPOCH);
        let of = |id: &str| Row { id, facts: &facts, at: 0 }.native_id().into_owned();
        assert_eq!(of("acme/incident/0a1b"), "0a1b");
        assert_eq!(of("acme/records/a%2Fb%20c%C3%A4"), "a/b cä");
        assert_eq!(of("acme/records/100%"), "100%", "no such id is made, and none is lost");
    }
}
