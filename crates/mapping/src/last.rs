//! The last element of a list: whoever reads a list from its start knows it only at the end.

use crate::scan::{Slots, Value};
use crate::trie::{Last, Target, Trie};
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess};
use serde_json::value::RawValue;

/// Reads each element in place of the one before it; those that are asked for by their number are read for both.
pub(crate) fn read_last<'a, A: SeqAccess<'a>>(
    trie: &Trie,
    (last, items): (&Last, &[(usize, Target)]),
    slots: &mut Slots<'a>,
    mut seq: A,
) -> Result<(), A::Error> {
    let mut wanted = items.iter().peekable();
    let mut elements = 0_usize;
    loop {
        let read = match wanted.next_if(|(index, _)| *index == elements) {
            None => seq.next_element_seed(InPlace { trie, last, slots: &mut *slots })?,
            Some((_, target)) => match seq.next_element::<&'a RawValue>()? {
                None => None,
                Some(element) => {
                    let text = element.get();
                    let value = Value { trie, target: *target, slots: &mut *slots };
                    value.deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(A::Error::custom)?;
                    let value = InPlace { trie, last, slots: &mut *slots };
                    value.deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(A::Error::custom)?;
                    Some(())
                }
            },
        };
        if read.is_none() {
            break;
        }
        elements += 1;
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
