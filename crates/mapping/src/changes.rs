//! The list of changes inside a record: collects, while the payload is parsed, what a history is made of.
//!
//! Changes of columns that nobody tracks are forgotten as soon as they were read.

use crate::by_length::ByLength;
use crate::pick::read_picks;
use crate::scan::{Raw, Slots, Value};
use crate::trie::{Slot, Target, Trie};
use serde::de::SeqAccess;

/// What the elements of a list are, and the node that describes each.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Each {
    /// A change.
    Change(u32),
    /// An entry that holds a list of changes made together.
    Entry(u32),
    /// A change of such an entry.
    Item(u32),
    /// No change at all: something is picked from the list of this number.
    Picked(u32, u16),
}

/// Where the parts of a change stand.
#[derive(Debug)]
pub(crate) struct ChangeList {
    /// The columns that are tracked, and their numbers.
    pub(crate) columns: ByLength<u16>,
    /// Which column changed: the first of these that says something.
    pub(crate) column: Box<[Slot]>,
    /// What a change says of itself.
    pub(crate) item: Box<[Slot]>,
    /// What an entry says of all its changes.
    pub(crate) entry: Box<[Slot]>,
    /// Filled by a change that is no object, and by an entry that is none.
    pub(crate) item_stray: Slot,
    pub(crate) entry_stray: Option<Slot>,
}

/// The changes of tracked columns, in the order of the list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes<'a> {
    pub(crate) kept: Vec<Kept>,
    /// Of each change its own slots, then those of its entry.
    raws: Vec<Raw<'a>>,
    /// How many elements the list has.
    entries: u32,
    /// Where the changes of the present entry begin.
    from: usize,
    /// Elements that are no objects.
    pub(crate) strays: u32,
}

/// A change that is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    /// The number of the column.
    pub(crate) column: u16,
    /// Which element of the list it stands in, counted from 0.
    pub(crate) row: u32,
}

impl<'a> Changes<'a> {
    /// Puts the parts of a change where rules read them.
    pub(crate) fn load(&self, list: &ChangeList, at: usize, slots: &mut Slots<'a>) {
        let all = list.item.iter().chain(&list.entry);
        let raws = &self.raws[at * (list.item.len() + list.entry.len())..];
        all.zip(raws).for_each(|(slot, raw)| slots.put(*slot, raw.clone()));
    }

    fn end_item(&mut self, list: &ChangeList, slots: &mut Slots<'a>) {
        self.strays += u32::from(!matches!(slots.get(list.item_stray), Raw::Absent));
        let mut names = list.column.iter().filter_map(|slot| match slots.get(*slot) {
            Raw::Text(name) if !name.trim().is_empty() => Some(name.trim()),
            _ => None,
        });
        let Some(column) = names.next().and_then(|name| list.columns.get(name).copied()) else { return };
        self.kept.push(Kept { column, row: self.entries });
        self.raws.extend(list.item.iter().map(|slot| slots.get(*slot).clone()));
        self.raws.extend(list.entry.iter().map(|_| Raw::Absent));
    }

    /// The parts of an entry may stand behind the list of its changes.
    fn end_entry(&mut self, list: &ChangeList, slots: &mut Slots<'a>) {
        let stray = list.entry_stray.is_some_and(|slot| !matches!(slots.get(slot), Raw::Absent));
        self.strays += u32::from(stray);
        let (width, own) = (list.item.len() + list.entry.len(), list.item.len());
        for change in self.raws[self.from * width..].chunks_mut(width) {
            change[own..].iter_mut().zip(&list.entry).for_each(|(raw, slot)| *raw = slots.get(*slot).clone());
        }
        self.from = self.kept.len();
        self.entries += 1;
    }

    /// Of a list that stands there twice the last one counts.
    fn begin(&mut self, each: Each, width: usize) {
        match each {
            Each::Change(_) | Each::Entry(_) => *self = Self::default(),
            Each::Picked(..) => {}
            Each::Item(_) => {
                self.kept.truncate(self.from);
                self.raws.truncate(self.from * width);
            }
        }
    }
}

/// Reads the elements of a list of changes, or of an entry of one.
pub(crate) fn read_each<'a, A: SeqAccess<'a>>(
    trie: &Trie,
    each: Each,
    slots: &mut Slots<'a>,
    mut seq: A,
) -> Result<(), A::Error> {
    if let Each::Picked(node, list) = each {
        return read_picks(trie, (node, list), slots, seq);
    }
    let list = trie.changes.as_ref().expect("only the list of changes describes its elements");
    let mut changes = std::mem::take(&mut slots.changes);
    changes.begin(each, list.item.len() + list.entry.len());
    slots.changes = changes;
    loop {
        slots.forget(&list.item);
        slots.forget(&[list.item_stray]);
        let node = match each {
            Each::Change(node) | Each::Entry(node) => {
                slots.forget(&list.entry);
                list.entry_stray.into_iter().for_each(|slot| slots.forget(&[slot]));
                node
            }
            Each::Item(node) | Each::Picked(node, _) => node,
        };
        if seq.next_element_seed(Value { trie, target: Target::Node(node), slots: &mut *slots })?.is_none() {
            return Ok(());
        }
        let mut changes = std::mem::take(&mut slots.changes);
        match each {
            Each::Change(_) => {
                changes.end_item(list, slots);
                changes.end_entry(list, slots);
            }
            Each::Entry(_) => changes.end_entry(list, slots),
            Each::Item(_) => changes.end_item(list, slots),
            Each::Picked(..) => {}
        }
        slots.changes = changes;
    }
}
