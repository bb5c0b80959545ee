//! What is picked out of a list while the payload is parsed: the first element that is as a rule asks, and all that are links.

use crate::scan::{Raw, Slots, Value};
use crate::spec::Accepts;
use crate::trie::{Slot, Target, Trie};
use serde::de::SeqAccess;

/// What is looked for in the elements of one list.
#[derive(Debug, Default)]
pub(crate) struct PickList {
    /// Everything that is read of an element.
    pub(crate) element: Vec<Slot>,
    pub(crate) picks: Vec<Pick>,
    /// An element is the link of the first of these that it fits.
    pub(crate) links: Vec<LinkPick>,
}

/// An element that is a link.
#[derive(Debug)]
pub(crate) struct LinkPick {
    /// Which of the mapping's rules of links.
    pub(crate) rule: u16,
    /// All must hold.
    pub(crate) conditions: Vec<(Slot, Accepts)>,
    /// What has to say something.
    pub(crate) far: Slot,
    /// What is kept of the element.
    pub(crate) parts: Box<[Slot]>,
}

/// A value of the first element that fits and has it.
#[derive(Debug)]
pub(crate) struct Pick {
    /// All must hold.
    pub(crate) conditions: Vec<(Slot, Accepts)>,
    /// What is taken of the element, and where rules read it.
    pub(crate) at: Slot,
    pub(crate) into: Slot,
}

/// Reads the elements of a list that something is picked from; `node` describes each.
pub(crate) fn read_picks<'a, A: SeqAccess<'a>>(
    trie: &Trie,
    (node, list): (u32, u16),
    slots: &mut Slots<'a>,
    mut seq: A,
) -> Result<(), A::Error> {
    let PickList { element, picks, links } = &trie.picks[usize::from(list)];
    // Of a list that stands there twice the last one counts.
    picks.iter().for_each(|pick| slots.forget(&[pick.into]));
    if !links.is_empty() {
        slots.links.begin(list);
    }
    for row in 0.. {
        slots.forget(element);
        slots.of_several.clear();
        let value = Value { trie, target: Target::Node(node), slots: &mut *slots };
        if seq.next_element_seed(value)?.is_none() {
            break;
        }
        for Pick { conditions, at, into } in picks {
            let found = slots.get(*at);
            let is_wanted = says(found).is_some() && matches!(slots.get(*into), Raw::Absent);
            if is_wanted && conditions.iter().all(|(slot, accepts)| holds(accepts, slots.get(*slot))) {
                slots.put(*into, found.clone());
                if slots.of_several.contains(at) {
                    slots.picked_of_several.push(*into);
                }
            }
        }
        let is_link = |link: &&LinkPick| {
            let is_there = says(slots.get(link.far)).is_some();
            is_there && link.conditions.iter().all(|(slot, accepts)| holds(accepts, slots.get(*slot)))
        };
        if let Some(link) = links.iter().find(is_link) {
            let mut kept = std::mem::take(&mut slots.links);
            kept.keep(list, row, link, slots);
            slots.links = kept;
        }
    }
    Ok(())
}

pub(crate) fn holds(accepts: &Accepts, raw: &Raw<'_>) -> bool {
    match (accepts, says(raw)) {
        (Accepts::Present, said) => said.is_some(),
        (Accepts::Absent, said) => said.is_none(),
        (Accepts::OneOf(texts) | Accepts::AnyOf(texts), said) => {
            let said = said.unwrap_or_default();
            texts.contains(&said)
        }
    }
}

/// Something that is there, as text; an object or a list is there and has none.
fn says(raw: &Raw<'_>) -> Option<String> {
    match raw {
        Raw::Absent | Raw::Null => None,
        Raw::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Raw::Integer(number) => Some(number.to_string()),
        Raw::Flag(flag) => Some(flag.to_string()),
        Raw::Document(_) | Raw::Composite(_) => Some(String::new()),
    }
}
