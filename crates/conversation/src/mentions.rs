//! Keys of tickets that another party has as well.
//!
//! A party that writes another one's number gets a conversation of its own. It is told there that the number is known at
//! another party, unless the party's own desk has sent it: two desks may count alike.

use crate::directory::Directory;
use crate::document::{ClaimedKey, Mention, token_node};
use crate::gather::{GatherError, Refused};
use crate::merging::{BySlot, Table};
use crate::shelf::Shelf;
use std::collections::{BTreeMap, BTreeSet, HashMap};

const REASON: &str = "key-of-another-party";

/// Mentions of one conversation.
const MENTIONS: usize = 20;

/// What every conversation that changed, or whose keys appeared elsewhere, has to say of others now.
pub(crate) fn find<S: Shelf>(
    table: &mut Table<'_, S>,
    directory: &Directory,
) -> Result<BySlot<Vec<Mention>>, GatherError<S::Error>> {
    let mut concerned: BTreeSet<usize> = table.changed().collect();
    for slot in concerned.clone() {
        // Where a key is new here, the others that have it may not know yet.
        let fresh: BTreeSet<&String> = table.conversation(slot).fresh.iter().collect();
        let keys = distinct(table, slot).into_keys().filter(|key| fresh.contains(&key.node())).collect::<Vec<_>>();
        for key in keys {
            concerned.extend(elsewhere(table, directory, slot, &key)?.into_iter().map(|(other, _)| other));
        }
    }
    let mut found = BySlot::new();
    for slot in concerned {
        let mut nodes = BTreeSet::new();
        for (key, issued) in distinct(table, slot) {
            if !issued && nodes.len() < MENTIONS {
                nodes.extend(elsewhere(table, directory, slot, &key)?.into_iter().map(|(_, node)| node));
            }
        }
        let mentions = nodes.into_iter().take(MENTIONS).map(|node| Mention { node, reason: REASON.to_owned() });
        found.insert(slot, mentions.collect());
    }
    Ok(found)
}

/// The refusals of the mails that were added: those that have a key which is known elsewhere.
pub(crate) fn refused<S: Shelf>(
    table: &Table<'_, S>,
    mentions: &BySlot<Vec<Mention>>,
    added: &[(String, usize)],
) -> Vec<Refused> {
    let added: BTreeMap<&str, usize> = added.iter().map(|(mail, slot)| (mail.as_str(), table.root(*slot))).collect();
    let mut refused = Vec::new();
    for (slot, mentions) in mentions.iter().filter(|(_, mentions)| !mentions.is_empty()) {
        for entry in table.conversation(*slot).entries.iter().filter(|entry| added.contains_key(entry.id.as_str())) {
            let has = |node: &str| entry.keys.iter().any(|key| is_same_key(node, key));
            let named = mentions.iter().filter(|mention| has(&mention.node));
            refused.extend(named.map(|mention| Refused {
                mail: entry.id.clone(),
                node: mention.node.clone(),
                reason: mention.reason.clone(),
            }));
        }
    }
    refused
}

/// The keys of a conversation in the scopes of parties, each with whether the party's own desk sent it.
fn distinct<S: Shelf>(table: &Table<'_, S>, slot: usize) -> BTreeMap<ClaimedKey, bool> {
    let mut keys: HashMap<(&str, &str, &str), (&ClaimedKey, bool)> = HashMap::new();
    let claimed = table.conversation(slot).entries.iter().flat_map(|entry| &entry.keys);
    for key in claimed.filter(|key| !key.scope.starts_with('@')) {
        let known = keys.entry((&key.system, &key.scope, &key.key)).or_insert((key, false));
        known.1 |= key.issued;
    }
    keys.into_values().map(|(key, issued)| (ClaimedKey { issued: false, ..key.clone() }, issued)).collect()
}

/// Other conversations in which another party has the same key, and the node there.
fn elsewhere<S: Shelf>(
    table: &mut Table<'_, S>,
    directory: &Directory,
    slot: usize,
    key: &ClaimedKey,
) -> Result<Vec<(usize, String)>, GatherError<S::Error>> {
    let mut found = Vec::new();
    if directory.is_ours(&key.scope) {
        return Ok(found);
    }
    for party in directory.others().filter(|party| *party != key.scope) {
        let node = token_node(&key.system, party, &key.key);
        if let Some(other) = table.find(&node)?.filter(|other| *other != slot) {
            found.push((other, node));
        }
    }
    Ok(found)
}

/// Whether a node names the same key of the same system, in whatever scope.
fn is_same_key(node: &str, key: &ClaimedKey) -> bool {
    let rest = node.strip_prefix("t:").and_then(|node| node.strip_prefix(key.system.as_str()));
    let rest = rest.and_then(|rest| rest.strip_prefix('/')).and_then(|rest| rest.split_once('/'));
    rest.is_some_and(|(_, name)| name == key.key)
}
