//! Makes the document of a conversation from its mails. It depends on which they are, not on how they came.

use crate::claims::message_node;
use crate::directory::{Directory, domain_of};
use crate::document::{Document, Entry, JoinedBy, Key, MESSAGE_ID_REUSED, Mention};
use crate::merging::is_of_subject;
use crate::reading::is_forged;
use crate::rules::{Class, Direction, KINDS, Rules};
use crate::{looping, state};
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(crate) fn document(
    rules: &Rules,
    directory: &Directory,
    id: &str,
    digest: &str,
    entries: &mut Vec<Entry>,
    also: &[Mention],
) -> Result<String, serde_json::Error> {
    // Mails without any date are after all others: nothing can be said of when they were written.
    entries.sort_by(|one, other| (one.at.is_none(), one.at, &one.id).cmp(&(other.at.is_none(), other.at, &other.id)));
    mark_copies(entries);
    tie(entries);
    let looped = looping::cut(rules, entries);
    let entries = entries.as_slice();
    let looping = looped.and_then(|(longest, mails)| looping::told(rules, entries, &longest, mails));
    let keys = keys(entries, directory);
    let shown = shown_key(entries, &keys, directory);
    let party = party(entries, shown.as_ref(), directory);
    let own = own_nodes(entries);
    let mut mentions: BTreeSet<&Mention> = entries.iter().flat_map(|entry| &entry.mentions).chain(also).collect();
    mentions.retain(|mention| !own.contains(mention.node.as_str()) || mention.node.contains("/@"));
    let mentions = mentions.into_iter().take(50).cloned().collect::<Vec<_>>();
    let concerned = Concerned::of(entries, party, &keys, directory);
    let derived = state::derive(rules, entries, |entry| concerned.may_tell(entry));
    let told = || entries.iter().filter(|entry| !entry.in_loop);
    let opens = |entry: &&Entry| matches!(entry.class, Class::Human | Class::Notification);
    let first = told().find(opens).or_else(|| told().next());
    let person = told().find(|entry| entry.class == Class::Human).or(first);
    let document = Document {
        format: 1,
        id,
        rules: digest,
        ticket: !keys.is_empty(),
        kind: kind(entries, shown.as_ref()),
        subject: first.and_then(|entry| entry.subject.as_deref()),
        opened_at: entries.iter().filter_map(|entry| entry.at).min(),
        updated_at: entries.iter().filter_map(|entry| entry.at).max(),
        party,
        requester: person.and_then(|entry| entry.from.as_deref()),
        key: shown.as_ref().map(|key| key.key),
        state: derived.state,
        state_confidence: derived.confidence,
        priority: told().filter(|entry| concerned.may_tell(entry)).rev().find_map(|entry| entry.priority.as_deref()),
        text: first.map(|entry| entry.text.as_str()).unwrap_or_default(),
        counts: counts(entries),
        looping,
        changes: derived.changes,
        mentions: &mentions,
        mails: entries,
        keys,
    };
    serde_json::to_string(&document)
}

/// The same id with the same words is one message that was delivered twice; with other words it is two, and is noted.
fn mark_copies(entries: &mut [Entry]) {
    let mut first: HashMap<(String, String), String> = HashMap::new();
    let mut used: HashMap<String, String> = HashMap::new();
    for entry in entries.iter_mut().filter(|entry| !entry.in_loop) {
        let Some(own) = entry.message_id.as_deref().map(message_node).filter(|own| entry.nodes.contains(own)) else {
            continue;
        };
        entry.copy_of = first.get(&(own.clone(), entry.content.clone())).cloned();
        entry.notes.retain(|note| note != MESSAGE_ID_REUSED);
        if entry.copy_of.is_none() {
            if used.get(&own).is_some_and(|content| *content != entry.content) {
                entry.notes.push(MESSAGE_ID_REUSED.to_owned());
            }
            used.entry(own.clone()).or_insert_with(|| entry.content.clone());
            first.insert((own, entry.content.clone()), entry.id.clone());
        }
    }
}

/// Says of every mail what ties it to the others most.
fn tie(entries: &mut [Entry]) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for node in entries.iter().flat_map(|entry| &entry.nodes) {
        *seen.entry(node).or_default() += 1;
    }
    let ties = entries.iter().enumerate().map(|(place, entry)| {
        let shared = || entry.nodes.iter().filter(|node| seen.get(node.as_str()).is_some_and(|count| *count > 1));
        if place == 0 {
            JoinedBy::First
        } else if shared().any(|node| ["m:", "n:", "x:"].iter().any(|kind| node.starts_with(kind))) {
            JoinedBy::Graph
        } else if shared().any(|node| node.starts_with("t:")) {
            JoinedBy::Token
        } else {
            JoinedBy::Subject
        }
    });
    let ties = ties.collect::<Vec<_>>();
    for (entry, tie) in entries.iter_mut().zip(ties) {
        entry.joined_by = Some(tie);
    }
}

fn own_nodes(entries: &[Entry]) -> BTreeSet<&str> {
    entries.iter().flat_map(|entry| &entry.nodes).map(String::as_str).filter(|node| !is_of_subject(node)).collect()
}

/// The tickets' numbers, each with whose desk gave it. One that a desk of ours sent is ours, whoever else has it.
fn keys<'e>(entries: &'e [Entry], directory: &Directory) -> Vec<Key<'e>> {
    let claimed = || entries.iter().flat_map(|entry| &entry.keys).filter(|key| !key.scope.starts_with('@'));
    let ours: BTreeSet<(&str, &str)> = claimed()
        .filter(|key| key.issued && directory.is_ours(&key.scope))
        .map(|key| (key.system.as_str(), key.key.as_str()))
        .collect();
    let theirs = |key: &&crate::document::ClaimedKey| {
        directory.is_ours(&key.scope) || !ours.contains(&(key.system.as_str(), key.key.as_str()))
    };
    let keys = claimed().filter(theirs).map(|key| Key { system: &key.system, key: &key.key, party: &key.scope });
    keys.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The number to show: of another party before ours, one that its desk sent before one that was only written, and the
/// earliest.
fn shown_key<'e>(entries: &'e [Entry], keys: &[Key<'e>], directory: &Directory) -> Option<Key<'e>> {
    let mut places: HashMap<(&str, &str, &str), (bool, usize)> = HashMap::new();
    for (place, key) in
        entries.iter().enumerate().flat_map(|(place, entry)| entry.keys.iter().map(move |key| (place, key)))
    {
        let known = places.entry((&key.system, &key.key, &key.scope)).or_insert((true, place));
        known.0 &= !key.issued;
    }
    let rank = |key: &&Key<'e>| (directory.is_ours(key.party), places.get(&(key.system, key.key, key.party)).copied());
    keys.iter().min_by_key(rank).cloned()
}

fn kind<'e>(entries: &'e [Entry], shown: Option<&Key<'e>>) -> Option<&'e str> {
    let shown = shown?;
    let mut claimed = entries.iter().flat_map(|entry| &entry.keys);
    let same = claimed.find(|key| key.system == shown.system && key.key == shown.key)?;
    KINDS.contains(&same.kind.as_str()).then_some(same.kind.as_str())
}

/// The other party: whose number is shown, or the first one that wrote or was written to.
fn party<'e>(entries: &'e [Entry], shown: Option<&Key<'e>>, directory: &'e Directory) -> Option<&'e str> {
    let other = |party: &&str| !directory.is_ours(party);
    if let Some(party) = shown.map(|key| key.party).filter(other) {
        return Some(party);
    }
    let named = |entry: &'e Entry| {
        let addresses = entry.from.iter().chain(&entry.to);
        addresses.filter_map(|address| directory.party(address)).find(other)
    };
    entries.iter().filter(|entry| !is_forged(entry.trust)).find_map(named)
}

fn counts(entries: &[Entry]) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    let mut count = |name| *counts.entry(name).or_insert(0) += 1;
    for entry in entries {
        count("mails");
        count(entry.class.name());
        if entry.copy_of.is_some() {
            count("copies");
        }
        if entry.in_loop {
            count("in_loop");
        }
    }
    counts
}

/// Whose mails may tell the state: ours, and those of the parties whose ticket it is.
struct Concerned<'e> {
    parties: BTreeSet<&'e str>,
    /// Where no party is known: the domain of the first mail that is not ours.
    domain: Option<String>,
}

impl<'e> Concerned<'e> {
    fn of(entries: &'e [Entry], party: Option<&'e str>, keys: &[Key<'e>], directory: &'e Directory) -> Self {
        let mut parties: BTreeSet<&str> = keys.iter().map(|key| key.party).chain(party).collect();
        let is_other = !parties.is_empty();
        parties.extend(directory.parties.iter().filter(|party| party.is_ours).map(|party| party.id.as_str()));
        let strangers = entries.iter().flat_map(|entry| entry.from.iter().chain(&entry.to));
        let mut strangers = strangers.filter(|address| directory.party(address).is_none());
        let domain = if is_other { None } else { strangers.find_map(|address| domain_of(address)) };
        Self { parties, domain }
    }

    fn may_tell(&self, entry: &Entry) -> bool {
        let is_plain = !entry.in_loop && entry.copy_of.is_none() && !is_forged(entry.trust);
        is_plain
            && match &entry.party {
                _ if entry.direction == Some(Direction::Outbound) => true,
                Some(party) => self.parties.contains(party.as_str()),
                None => self.domain.is_some() && self.domain == entry.from.as_deref().and_then(domain_of),
            }
    }
}
