//! The pointers of a mapping as one trie, and the slots they fill.

use crate::by_length::ByLength;
use std::collections::BTreeMap;

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
}

/// All pointers of a mapping. Node 0 is the document.
#[derive(Debug)]
pub(crate) struct Trie {
    pub(crate) nodes: Box<[Node]>,
    /// The pointer of each slot.
    pub(crate) pointers: Box<[String]>,
}

/// Collects pointers and gives each its slot.
#[derive(Debug, Default)]
pub(crate) struct TrieBuilder {
    root: Branch,
    pointers: Vec<String>,
}

#[derive(Debug, Default)]
struct Branch {
    slot: Option<Slot>,
    members: BTreeMap<String, Branch>,
}

impl TrieBuilder {
    /// The slot of a pointer; the same pointer always gets the same slot.
    pub(crate) fn slot(&mut self, pointer: &str) -> Result<Slot, &'static str> {
        let mut branch = &mut self.root;
        for token in crate::pointer::tokens(pointer)? {
            branch = branch.members.entry(token).or_default();
        }
        if let Some(slot) = branch.slot {
            return Ok(slot);
        }
        let slot = Slot::try_from(self.pointers.len()).map_err(|_| "a mapping has at most 65,536 pointers")?;
        self.pointers.push(pointer.to_owned());
        branch.slot = Some(slot);
        Ok(slot)
    }

    pub(crate) fn build(self) -> Trie {
        let mut nodes = Vec::new();
        place(&self.root, &mut nodes);
        let nodes = nodes.into_iter().map(|node| node.expect("every node is filled before its parent returns"));
        Trie { nodes: nodes.collect(), pointers: self.pointers.into() }
    }
}

fn place(branch: &Branch, nodes: &mut Vec<Option<Node>>) -> u32 {
    let at = nodes.len();
    nodes.push(None);
    let mut members = Vec::new();
    let mut items = Vec::new();
    for (token, child) in &branch.members {
        let target = match child.slot {
            Some(slot) if child.members.is_empty() => Target::Leaf(slot),
            _ => Target::Node(place(child, nodes)),
        };
        // RFC 6901: an index has no leading zeros.
        let index = token.parse::<usize>().ok().filter(|index| index.to_string() == *token);
        items.extend(index.map(|index| (index, target)));
        members.push((token.as_str().into(), target));
    }
    items.sort_unstable_by_key(|(index, _)| *index);
    nodes[at] = Some(Node { own: branch.slot, members: ByLength::new(members), items: items.into() });
    at as u32
}
