//! Drives the JSON parser with the trie: what is mapped lands in slots, everything else is skipped unread.

use crate::changes::{Changes, read_each};
use crate::links::KeptLinks;
use crate::pairs::Pairs;
use crate::trie::{Last, Slot, Target, Trie};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Members without a rule that are remembered of one object.
const UNREAD_LIMIT: usize = 8;

/// What a payload holds at a pointer. Text without escapes is borrowed from the payload.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Raw<'a> {
    #[default]
    Absent,
    Null,
    Text(Cow<'a, str>),
    Integer(i64),
    Flag(bool),
    /// The content of an Atlassian document, as it stands in the payload.
    Document(&'a str),
    /// An object or a list where a plain value is looked for.
    Composite(&'static str),
}

/// The slots of one object.
#[derive(Debug, Clone)]
pub(crate) struct Slots<'a> {
    raws: Vec<Raw<'a>>,
    /// A slot that the object filled twice: two members of one name. The last one counts, as in JSON everywhere.
    pub(crate) twice: Option<Slot>,
    /// What the list of changes inside the record tells.
    pub(crate) changes: Changes<'a>,
    /// Elements of lists that are links.
    pub(crate) links: KeptLinks<'a>,
    /// Slots of the element that is being picked from which hold the last of several elements of a list in it.
    pub(crate) of_several: Vec<Slot>,
    /// Picked values that are of the last of several elements.
    pub(crate) picked_of_several: Vec<Slot>,
    /// Members of the object that no rule reads, where the mapping notes them.
    pub(crate) unread: Vec<Box<str>>,
    /// Figures of all rows of a log.
    pub(crate) pairs: Pairs,
}

impl<'a> Slots<'a> {
    pub(crate) fn new(trie: &Trie) -> Self {
        let raws = vec![Raw::Absent; trie.pointers.len()];
        let (changes, links, unread, pairs) = Default::default();
        let (of_several, picked_of_several) = Default::default();
        Self { raws, twice: None, changes, links, of_several, picked_of_several, unread, pairs }
    }

    pub(crate) fn clear(&mut self) {
        self.raws.fill(Raw::Absent);
        self.twice = None;
        self.links.clear();
        self.unread.clear();
        self.of_several.clear();
        self.picked_of_several.clear();
    }

    #[inline]
    pub(crate) fn get(&self, slot: Slot) -> &Raw<'a> {
        &self.raws[usize::from(slot)]
    }

    pub(crate) fn forget(&mut self, slots: &[Slot]) {
        slots.iter().for_each(|slot| self.put(*slot, Raw::Absent));
    }

    /// In place of what was there.
    pub(crate) fn put(&mut self, slot: Slot, raw: Raw<'a>) {
        self.raws[usize::from(slot)] = raw;
    }

    #[inline]
    fn set(&mut self, slot: Slot, raw: Raw<'a>) {
        let place = &mut self.raws[usize::from(slot)];
        if !matches!(place, Raw::Absent) {
            self.twice = Some(slot);
        }
        *place = raw;
    }
}

/// Fills the slots of a payload that is one object.
pub(crate) fn scan<'a>(trie: &Trie, payload: &'a str, slots: &mut Slots<'a>) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(payload);
    RowSeed { trie, slots }.deserialize(&mut deserializer)?;
    deserializer.end()
}

/// Fills the slots of each object of `{"rows":[…]}` in turn and hands it over after each.
pub(crate) fn scan_log<'a>(
    trie: &Trie,
    payload: &'a str,
    slots: &mut Slots<'a>,
    row: impl FnMut(&mut Slots<'a>),
) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(payload);
    LogSeed { trie, slots, row }.deserialize(&mut deserializer)?;
    deserializer.end()
}

struct LogSeed<'t, 's, 'a, F> {
    trie: &'t Trie,
    slots: &'s mut Slots<'a>,
    row: F,
}

impl<'a, F: FnMut(&mut Slots<'a>)> DeserializeSeed<'a> for LogSeed<'_, '_, 'a, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a, F: FnMut(&mut Slots<'a>)> Visitor<'a> for LogSeed<'_, '_, 'a, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the list `rows`")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { trie, slots, mut row } = self;
        let mut found = false;
        while let Some(key) = map.next_key::<Cow<'a, str>>()? {
            if key != "rows" {
                map.next_value::<IgnoredAny>()?;
            } else if found {
                return Err(A::Error::custom("the member `rows` stands there twice"));
            } else {
                found = true;
                map.next_value_seed(RowsSeed { trie, slots: &mut *slots, row: &mut row })?;
            }
        }
        if found { Ok(()) } else { Err(A::Error::custom("the member `rows` is missing")) }
    }
}

struct RowsSeed<'t, 's, 'a, F> {
    trie: &'t Trie,
    slots: &'s mut Slots<'a>,
    row: &'s mut F,
}

impl<'a, F: FnMut(&mut Slots<'a>)> DeserializeSeed<'a> for RowsSeed<'_, '_, 'a, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a, F: FnMut(&mut Slots<'a>)> Visitor<'a> for RowsSeed<'_, '_, 'a, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        self.slots.clear();
        while seq.next_element_seed(RowSeed { trie: self.trie, slots: &mut *self.slots })?.is_some() {
            (self.row)(self.slots);
            self.slots.clear();
        }
        Ok(())
    }
}

/// One object that is a record or a row; anything else is an error.
struct RowSeed<'t, 's, 'a> {
    trie: &'t Trie,
    slots: &'s mut Slots<'a>,
}

impl<'a> DeserializeSeed<'a> for RowSeed<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for RowSeed<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, map: A) -> Result<(), A::Error> {
        if self.trie.notes_unread {
            return members_noting(self.trie, self.slots, map);
        }
        members(self.trie, 0, self.slots, map)
    }
}

#[inline]
fn members<'a, A: MapAccess<'a>>(trie: &Trie, node: u32, slots: &mut Slots<'a>, mut map: A) -> Result<(), A::Error> {
    let members = &trie.nodes[node as usize].members;
    while let Some(target) = map.next_key_seed(Key(members))? {
        match target {
            None => {
                map.next_value::<IgnoredAny>()?;
            }
            Some(target) => map.next_value_seed(Value { trie, target, slots })?,
        }
    }
    Ok(())
}

/// The members of the document, with the names of those that nothing is looked for in.
fn members_noting<'a, A: MapAccess<'a>>(trie: &Trie, slots: &mut Slots<'a>, mut map: A) -> Result<(), A::Error> {
    while let Some(name) = map.next_key::<Cow<'a, str>>()? {
        match trie.nodes[0].members.get(&name) {
            Some(target) => map.next_value_seed(Value { trie, target: *target, slots: &mut *slots })?,
            None => {
                map.next_value::<IgnoredAny>()?;
                if !name.starts_with('@') && slots.unread.len() < UNREAD_LIMIT {
                    slots.unread.push(name.into());
                }
            }
        }
    }
    Ok(())
}

/// A member's name, looked up without being kept.
struct Key<'t>(&'t crate::by_length::ByLength<Target>);

impl<'a> DeserializeSeed<'a> for Key<'_> {
    type Value = Option<Target>;

    #[inline]
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<Target>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    #[inline]
    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.get(name).copied())
    }
}

/// A value that something is looked for at or in.
pub(crate) struct Value<'t, 's, 'a> {
    pub(crate) trie: &'t Trie,
    pub(crate) target: Target,
    pub(crate) slots: &'s mut Slots<'a>,
}

impl<'a> Value<'_, '_, 'a> {
    #[inline]
    fn set(self, raw: Raw<'a>) {
        match self.target {
            Target::Leaf(slot) => self.slots.set(slot, raw),
            Target::Node(node) => {
                if let Some(slot) = self.trie.nodes[node as usize].own {
                    self.slots.set(slot, raw);
                }
            }
        }
    }
}

impl<'a> DeserializeSeed<'a> for Value<'_, '_, 'a> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Value<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    #[inline]
    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<(), E> {
        self.set(Raw::Text(Cow::Borrowed(text)));
        Ok(())
    }

    #[inline]
    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.set(Raw::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.set(Raw::Null);
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.set(Raw::Flag(flag));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.set(Raw::Integer(number));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.set(match i64::try_from(number) {
            Ok(number) => Raw::Integer(number),
            Err(_) => Raw::Text(Cow::Owned(number.to_string())),
        });
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        // Spreadsheets write whole numbers as 3.0; up to 2^53 such a number is exact.
        self.set(if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
            Raw::Integer(number as i64)
        } else {
            Raw::Text(Cow::Owned(format!("{number:?}")))
        });
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        match self.target {
            Target::Node(node) if self.trie.nodes[node as usize].each.is_none() => {
                members(self.trie, node, self.slots, map)
            }
            Target::Leaf(slot) if self.trie.documents.contains(&slot) => {
                let document = document(map)?;
                self.set(document);
                Ok(())
            }
            Target::Node(_) | Target::Leaf(_) => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                self.set(Raw::Composite("an object"));
                Ok(())
            }
        }
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { trie, target, slots } = self;
        let Target::Node(node) = target else {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Self { trie, target, slots }.set(Raw::Composite("a list"));
            return Ok(());
        };
        let node = &trie.nodes[node as usize];
        if let Some(each) = node.each {
            node.own.into_iter().for_each(|slot| slots.set(slot, Raw::Composite("a list")));
            return read_each(trie, each, slots, seq);
        }
        if let Some(last) = &node.last {
            return read_last(trie, last, slots, seq);
        }
        let mut wanted = node.items.iter().peekable();
        for index in 0.. {
            let read = match wanted.next_if(|(next, _)| *next == index) {
                Some((_, target)) => seq.next_element_seed(Value { trie, target: *target, slots: &mut *slots })?,
                None => seq.next_element::<IgnoredAny>()?.map(|_| ()),
            };
            if read.is_none() {
                break;
            }
        }
        Ok(())
    }
}

/// Reads each element in place of the one before it.
fn read_last<'a, A: SeqAccess<'a>>(
    trie: &Trie,
    last: &Last,
    slots: &mut Slots<'a>,
    mut seq: A,
) -> Result<(), A::Error> {
    let mut elements = 0_u32;
    while seq.next_element_seed(InPlace { trie, last, slots: &mut *slots })?.is_some() {
        elements = elements.saturating_add(1);
    }
    if elements > 1 {
        slots.of_several.extend(&last.slots);
    }
    Ok(())
}

/// An element that takes the place of the one before it, if there is one.
struct InPlace<'t, 's, 'a> {
    trie: &'t Trie,
    last: &'t Last,
    slots: &'s mut Slots<'a>,
}

impl<'a> DeserializeSeed<'a> for InPlace<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { trie, last, slots } = self;
        slots.forget(&last.slots);
        Value { trie, target: last.target, slots }.deserialize(deserializer)
    }
}

/// The content of an Atlassian document, found without looking into it. Only some object when it is none.
fn document<'a, A: MapAccess<'a>>(mut map: A) -> Result<Raw<'a>, A::Error> {
    let (mut is_document, mut content) = (false, "[]");
    while let Some(name) = map.next_key::<Cow<'a, str>>()? {
        match name.as_ref() {
            "type" => is_document = map.next_value::<&'a RawValue>()?.get() == "\"doc\"",
            "content" => content = map.next_value::<&'a RawValue>()?.get(),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
    }
    Ok(if is_document { Raw::Document(content) } else { Raw::Composite("an object") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trie::TrieBuilder;

    fn slots(pointers: &[&str], payload: &str) -> Vec<String> {
        let mut builder = TrieBuilder::default();
        for pointer in pointers {
            builder.slot(pointer).unwrap();
        }
        let trie = builder.build();
        let mut slots = Slots::new(&trie);
        scan(&trie, payload, &mut slots).unwrap();
        (0..pointers.len()).map(|slot| format!("{:?}", slots.get(slot as Slot))).collect()
    }

    #[test]
    fn slots_hold_what_stands_at_their_pointers() {
        let payload =
            r#"{"a":{"b":"x","c":[1,{"d":"deep"},3.0]},"n":null,"t":"a\"b","x":[[]],"big":18446744073709551615}"#;
        let read = slots(&["/a/b", "/a/c/1/d", "/a/c/2", "/n", "/t", "/none", "/x", "/big", "/a/c/01"], payload);
        let expected = [
            r#"Text("x")"#,
            r#"Text("deep")"#,
            "Integer(3)",
            "Null",
            r#"Text("a\"b")"#,
            "Absent",
            r#"Composite("a list")"#,
            r#"Text("18446744073709551615")"#,
            "Absent",
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn a_value_may_be_plain_or_an_object() {
        let pointers = ["/state", "/state/value"];
        assert_eq!(slots(&pointers, r#"{"state":"2"}"#), [r#"Text("2")"#, "Absent"]);
        assert_eq!(slots(&pointers, r#"{"state":{"value":"2"}}"#), ["Absent", r#"Text("2")"#]);
    }

    #[test]
    fn of_two_members_of_one_name_the_last_counts_and_it_is_noticed() {
        let mut builder = TrieBuilder::default();
        builder.slot("/a").unwrap();
        let trie = builder.build();
        let mut slots = Slots::new(&trie);
        scan(&trie, r#"{"a":1,"a":2}"#, &mut slots).unwrap();
        assert_eq!((slots.get(0), slots.twice), (&Raw::Integer(2), Some(0)));
        assert!(scan(&trie, "[1]", &mut slots).is_err());
        assert!(scan(&trie, r#"{"a":1} {"#, &mut slots).is_err());
    }
}
