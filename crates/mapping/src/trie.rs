//! The pointers of a mapping as one trie, and the slots they fill.

use crate::by_length::ByLength;
use crate::changes::{ChangeList, Each};
use crate::pick::{LinkPick, Pick, PickList};
use crate::spec::Accepts;
use std::collections::{BTreeMap, BTreeSet};

/// Which slot of a row.
pub(crate) type Slot = u16;

/// Where a member of an object leads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// A value that nothing is looked for inside of.
    Leaf(Slot),
    /// A node: an object or list to look into.
    Node(u32),
}

#[derive(Debug)]
pub(crate) struct Node {
    /// The slot of the node's own value, for sources that write either a plain value or an object.
    pub(crate) own: Option<Slot>,
    pub(crate) members: ByLength<Target>,
    /// Members that are list indexes as well, by index.
    pub(crate) items: Box<[(usize, Target)]>,
    /// What every element is, where the node is a list of changes.
    pub(crate) each: Option<Each>,
    /// What the last element is, where that one is asked for.
    pub(crate) last: Option<Last>,
}

/// The last element of a list. Whoever reads a list from its start knows it only at the end.
#[derive(Debug)]
pub(crate) struct Last {
    pub(crate) target: Target,
    /// Everything that is read of it.
    pub(crate) slots: Box<[Slot]>,
}

/// The token of the last element; RFC 6901 has none.
const LAST: &str = "-1";

/// All pointers of a mapping. Node 0 is the document.
#[derive(Debug)]
pub(crate) struct Trie {
    pub(crate) nodes: Box<[Node]>,
    /// The pointer of each slot.
    /// In one for each element of a list, `*` stands for its index.
    pub(crate) pointers: Box<[String]>,
    /// The parts of a change, where the mapping reads a list of them.
    pub(crate) changes: Option<ChangeList>,
    /// Slots that may hold an Atlassian document.
    pub(crate) documents: BTreeSet<Slot>,
    /// Lists that something is picked from.
    pub(crate) picks: Box<[PickList]>,
    /// Whether members of the document that nothing is looked for in are remembered.
    pub(crate) notes_unread: bool,
}

/// Collects pointers and gives each its slot.
#[derive(Debug, Default)]
pub(crate) struct TrieBuilder {
    root: Branch,
    pointers: Vec<String>,
    /// Whether the elements of the list of changes are lists of changes themselves.
    nested: bool,
    documents: BTreeSet<Slot>,
    picks: Vec<PickList>,
}

#[derive(Debug, Default)]
struct Branch {
    slot: Option<Slot>,
    members: BTreeMap<String, Branch>,
    each: Option<Box<Branch>>,
    /// Which list of [`TrieBuilder::picks`] it is.
    picked: Option<u16>,
}

const TOO_MANY: &str = "a mapping has at most 65,536 pointers";

impl Branch {
    fn slot(&mut self, name: String, pointers: &mut Vec<String>) -> Result<Slot, &'static str> {
        if let Some(slot) = self.slot {
            return Ok(slot);
        }
        let slot = Slot::try_from(pointers.len()).map_err(|_| TOO_MANY)?;
        pointers.push(name);
        self.slot = Some(slot);
        Ok(slot)
    }
}

impl TrieBuilder {
    /// The slot of a pointer; the same pointer always gets the same slot.
    pub(crate) fn slot(&mut self, pointer: &str) -> Result<Slot, &'static str> {
        self.slot_within(&[], pointer)
    }

    /// The slot of a pointer into each element of the list at the last of `lists`, each but the first of which stands in
    /// the elements of the one before; of the elements themselves for the empty pointer.
    pub(crate) fn slot_within(&mut self, lists: &[&str], pointer: &str) -> Result<Slot, &'static str> {
        let mut name = String::new();
        let mut branch = &mut self.root;
        for list in lists {
            for token in crate::pointer::tokens(list)? {
                branch = branch.members.entry(token).or_default();
            }
            if branch.picked.is_some() {
                return Err("something is picked from this list, so it is no list of changes");
            }
            branch = branch.each.get_or_insert_default();
            name.push_str(list);
            name.push_str("/*");
        }
        self.nested |= lists.len() > 1;
        name.push_str(pointer);
        let tokens =
            if lists.is_empty() || !pointer.is_empty() { crate::pointer::tokens(pointer)? } else { Vec::new() };
        for token in tokens {
            branch = branch.members.entry(token).or_default();
        }
        branch.slot(name, &mut self.pointers)
    }

    /// The slot for what stands at `at` in the first element of a list where all conditions hold.
    pub(crate) fn pick(&mut self, list: &str, conditions: &[(&str, &Accepts)], at: &str) -> Result<Slot, &'static str> {
        let found = self.of_element(list, at)?;
        let mut asked = Vec::new();
        for (pointer, accepts) in conditions {
            asked.push((self.of_element(list, pointer)?, (*accepts).clone()));
        }
        let shown = conditions.iter().map(|(pointer, accepts)| format!("{pointer} {accepts}")).collect::<Vec<_>>();
        let name = format!("{list}[{}]{at}", shown.join(", "));
        let into = Slot::try_from(self.pointers.len()).map_err(|_| TOO_MANY)?;
        self.pointers.push(name);
        let (_, number) = picked(&mut self.root, &mut self.picks, list)?;
        self.picks[usize::from(number)].picks.push(Pick { conditions: asked, at: found, into });
        Ok(into)
    }

    /// The slot of a pointer into each element of a list that something is picked from.
    pub(crate) fn of_element(&mut self, list: &str, pointer: &str) -> Result<Slot, &'static str> {
        let (mut branch, number) = picked(&mut self.root, &mut self.picks, list)?;
        for token in crate::pointer::tokens(pointer)? {
            branch = branch.members.entry(token).or_default();
        }
        let slot = branch.slot(format!("{list}/*{pointer}"), &mut self.pointers)?;
        let element = &mut self.picks[usize::from(number)].element;
        if !element.contains(&slot) {
            element.push(slot);
        }
        Ok(slot)
    }

    /// Elements of a list are links; gives the number of the list.
    pub(crate) fn link(&mut self, list: &str, link: LinkPick) -> Result<u16, &'static str> {
        let (_, number) = picked(&mut self.root, &mut self.picks, list)?;
        self.picks[usize::from(number)].links.push(link);
        Ok(number)
    }

    /// An Atlassian document at this slot is kept, not refused as an object.
    pub(crate) fn holds_document(&mut self, slot: Slot) {
        self.documents.insert(slot);
    }

    /// A pointer to one place inside of what stands at another one.
    pub(crate) fn pointer_inside(&self, outer: &str) -> Option<&str> {
        let inside = |pointer: &&String| {
            pointer.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/') && !rest.starts_with("/*"))
        };
        self.pointers.iter().find(inside).map(String::as_str)
    }

    /// Whether the last element of a list is asked for beside others by their number: an element is read once.
    pub(crate) fn mixes_last(&self) -> bool {
        fn mixes(branch: &Branch) -> bool {
            let is_index = |token: &String| token.bytes().all(|byte| byte.is_ascii_digit());
            branch.members.contains_key(LAST) && (branch.each.is_some() || branch.members.keys().any(is_index))
                || branch.members.values().chain(branch.each.as_deref()).any(mixes)
        }
        mixes(&self.root)
    }

    pub(crate) fn build(self) -> Trie {
        let mut nodes = Vec::new();
        let changes = if self.nested { Each::Entry } else { Each::Change };
        place(&self.root, &mut nodes, changes);
        let nodes = nodes.into_iter().map(|node| node.expect("every node is filled before its parent returns"));
        Trie {
            nodes: nodes.collect(),
            pointers: self.pointers.into(),
            changes: None,
            documents: self.documents,
            picks: self.picks.into(),
            notes_unread: false,
        }
    }
}

/// What the elements of a list are that something is picked from, and its number among those.
fn picked<'b>(
    root: &'b mut Branch,
    picks: &mut Vec<PickList>,
    list: &str,
) -> Result<(&'b mut Branch, u16), &'static str> {
    let mut branch = root;
    for token in crate::pointer::tokens(list)? {
        branch = branch.members.entry(token).or_default();
    }
    if branch.each.is_some() && branch.picked.is_none() {
        return Err("this is the list of changes, from which nothing can be picked");
    }
    let number = match branch.picked {
        Some(number) => number,
        None => {
            picks.push(PickList::default());
            u16::try_from(picks.len() - 1).map_err(|_| "something is picked from too many lists")?
        }
    };
    branch.picked = Some(number);
    Ok((branch.each.get_or_insert_default(), number))
}

fn slots_below(branch: &Branch) -> Vec<Slot> {
    let below = branch.members.values().chain(branch.each.as_deref()).flat_map(slots_below);
    branch.slot.into_iter().chain(below).collect()
}

/// `each` is what the elements of a list of this level are.
fn place(branch: &Branch, nodes: &mut Vec<Option<Node>>, each: fn(u32) -> Each) -> u32 {
    let at = nodes.len();
    nodes.push(None);
    let mut members: Vec<(Box<str>, Target)> = Vec::new();
    let mut items = Vec::new();
    for (token, child) in &branch.members {
        let target = match child.slot {
            Some(slot) if child.members.is_empty() && child.each.is_none() => Target::Leaf(slot),
            _ => Target::Node(place(child, nodes, each)),
        };
        // RFC 6901: an index has no leading zeros.
        let index = token.parse::<usize>().ok().filter(|index| index.to_string() == *token);
        items.extend(index.map(|index| (index, target)));
        members.push((token.as_str().into(), target));
    }
    items.sort_unstable_by_key(|(index, _)| *index);
    let each = branch.each.as_ref().map(|child| match branch.picked {
        Some(list) => Each::Picked(place(child, nodes, Each::Item), list),
        None => each(place(child, nodes, Each::Item)),
    });
    let last = branch.members.get(LAST).zip(members.iter().find(|(token, _)| &**token == LAST));
    let last = last.map(|(child, (_, target))| Last { target: *target, slots: slots_below(child).into() });
    nodes[at] = Some(Node { own: branch.slot, members: ByLength::new(members), items: items.into(), each, last });
    at as u32
}
