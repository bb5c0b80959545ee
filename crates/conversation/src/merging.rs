//! The conversations of one call: loaded when a node leads to them, joined when a mail belongs to several.
//!
//! What a mail costs depends on its own nodes and not on how many mails its conversation has.

use crate::claims::{bucket, message_node};
use crate::directory::Directory;
use crate::document::{Entry, Held};
use crate::gather::{GatherError, Merged, Refused, nodes_of};
use crate::rules::Rules;
use crate::shelf::Shelf;
use crate::subject::base;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How much later than its answer a mail may be dated, because clocks differ.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(1);

pub(crate) struct Table<'s, S: Shelf> {
    rules: &'s Rules,
    pub(crate) directory: &'s Directory,
    shelf: &'s S,
    conversations: Vec<Conversation>,
    /// Where a conversation that was joined to another one is now.
    joined: Vec<usize>,
    by_id: HashMap<String, usize>,
    /// What is known of nodes: the slot they lead to, and whether the shelf has it so.
    nodes: HashMap<String, Option<usize>>,
    merged: Vec<(String, usize, String)>,
}

#[derive(Default)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    /// The document that the shelf has.
    pub(crate) held: Option<String>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) is_changed: bool,
    /// Nodes that the shelf does not have, or not for this conversation.
    pub(crate) fresh: Vec<String>,
    oldest: Option<(bool, Option<Timestamp>, String)>,
    /// Entries by their own Message-ID.
    owners: HashMap<String, Vec<usize>>,
    /// When the mails of a node of a subject were written: the earliest and the latest.
    spans: HashMap<String, (Timestamp, Timestamp)>,
    /// Pairs and subjects that somebody may answer, without the span of time, and since when.
    answerable: BTreeMap<String, Timestamp>,
}

impl<'s, S: Shelf> Table<'s, S> {
    pub(crate) fn new(rules: &'s Rules, directory: &'s Directory, shelf: &'s S) -> Self {
        Self {
            rules,
            directory,
            shelf,
            conversations: Vec::new(),
            joined: Vec::new(),
            by_id: HashMap::new(),
            nodes: HashMap::new(),
            merged: Vec::new(),
        }
    }

    /// The slot of the conversation that has a node.
    pub(crate) fn find(&mut self, node: &str) -> Result<Option<usize>, GatherError<S::Error>> {
        if let Some(known) = self.nodes.get(node).copied() {
            return Ok(known.map(|slot| self.short_root(slot)));
        }
        let found = self.shelf.find(node).map_err(GatherError::Shelf)?;
        let slot = match found {
            Some(id) => self.load(&id)?,
            None => None,
        };
        self.nodes.insert(node.to_owned(), slot);
        Ok(slot.map(|slot| self.root(slot)))
    }

    /// A node that leads nowhere from now on.
    pub(crate) fn forget(&mut self, node: String) {
        self.nodes.insert(node, None);
    }

    fn load(&mut self, id: &str) -> Result<Option<usize>, GatherError<S::Error>> {
        if let Some(slot) = self.by_id.get(id) {
            return Ok(Some(self.root(*slot)));
        }
        let Some(document) = self.shelf.load(id).map_err(GatherError::Shelf)? else { return Ok(None) };
        let held: Held = serde_json::from_str(&document)
            .map_err(|source| GatherError::Document { conversation: id.to_owned(), source })?;
        let mut conversation = Conversation { id: held.id, held: Some(document), ..Conversation::default() };
        for entry in held.mails {
            conversation.push(entry);
        }
        Ok(Some(self.place(conversation)))
    }

    fn place(&mut self, conversation: Conversation) -> usize {
        let slot = self.conversations.len();
        self.by_id.insert(conversation.id.clone(), slot);
        self.conversations.push(conversation);
        self.joined.push(slot);
        slot
    }

    pub(crate) fn root(&self, mut slot: usize) -> usize {
        while self.joined[slot] != slot {
            slot = self.joined[slot];
        }
        slot
    }

    /// The same, and the way there is short from now on.
    fn short_root(&mut self, mut slot: usize) -> usize {
        let root = self.root(slot);
        while self.joined[slot] != root {
            slot = std::mem::replace(&mut self.joined[slot], root);
        }
        root
    }

    /// Puts a mail where its nodes lead to, once it is known whose they are.
    pub(crate) fn add(&mut self, mut entry: Entry, refused: &mut Vec<Refused>) -> Result<usize, GatherError<S::Error>> {
        self.settle_ids(&mut entry, refused)?;
        self.put(entry, None)
    }

    /// Puts a mail where its nodes lead to, and into `home` whatever they do.
    pub(crate) fn put(&mut self, entry: Entry, home: Option<usize>) -> Result<usize, GatherError<S::Error>> {
        let mut homes: BTreeSet<usize> = home.into_iter().collect();
        for node in entry.nodes.iter().filter(|node| !is_of_subject(node)) {
            homes.extend(self.find(node)?);
        }
        self.homes_by_subject(&entry, &mut homes)?;
        let id = entry.id.clone();
        let slot = match self.join(homes, &id) {
            Some(slot) => slot,
            None => self.place(Conversation { id: id.clone(), ..Conversation::default() }),
        };
        for node in nodes_of(&entry) {
            let known = self.find(&node)?;
            if known != Some(slot) && !known.is_some_and(|known| self.keeps(known, &node, &entry)) {
                self.conversations[slot].fresh.push(node.clone());
                self.nodes.insert(node, Some(slot));
            }
        }
        let conversation = &mut self.conversations[slot];
        conversation.push(entry);
        conversation.is_changed = true;
        Ok(slot)
    }

    /// Whether a conversation keeps the node of a subject: an answer, which came after it, begins nothing that others could
    /// mean.
    fn keeps(&self, slot: usize, node: &str, entry: &Entry) -> bool {
        let is_before = |span: &(Timestamp, Timestamp)| entry.at.is_some_and(|at| span.0 <= at);
        node.starts_with("s:")
            && self.conversations[slot].spans.get(node).is_some_and(is_before)
            && base(entry.subject.as_deref().unwrap_or_default(), self.rules.subject()).is_reply
    }

    /// Whether one sender wrote both about the same: a list adds lines to a mail and keeps its id.
    pub(crate) fn is_of_the_same(&self, held: &Entry, entry: &Entry) -> bool {
        let address = |entry: &Entry| entry.from.as_deref().map(str::to_lowercase);
        let about = |entry: &Entry| base(entry.subject.as_deref().unwrap_or_default(), self.rules.subject()).text;
        address(held) == address(entry) && (held.in_loop || about(held) == about(entry))
    }

    /// Conversations that a mail belongs to because of its subject, among the same people and within the window.
    fn homes_by_subject(&mut self, entry: &Entry, homes: &mut BTreeSet<usize>) -> Result<(), GatherError<S::Error>> {
        let Some(at) = entry.at else { return Ok(()) };
        let window = self.rules.subject().window;
        let number = bucket(at, self.rules);
        // Of conversations that only could be meant, the nearest is.
        let mut nearest: Option<(Timestamp, usize)> = None;
        for node in entry.nodes.iter().filter(|node| is_of_subject(node)) {
            let seeks = node.starts_with("q:");
            let pair = pair_of(node).to_owned();
            for number in [number - 1, number, number + 1] {
                let seeking = format!("q:{pair}/{number}");
                if let Some(slot) = self.find(&seeking)?
                    && let Some((earliest, latest)) = self.conversations[slot].spans.get(&seeking).copied()
                {
                    let answers = if seeks {
                        !is_before(latest, at, window) && !is_before(at, earliest, window)
                    } else {
                        // It is what they look for, unless they have found something: what came after them is none.
                        !self.conversations[slot].has_before(&pair, earliest)
                            && !is_before(latest, at, CLOCKS_DIFFER)
                            && !is_before(at, earliest, window)
                    };
                    if answers {
                        homes.insert(slot);
                    }
                }
                let answered = format!("s:{pair}/{number}");
                if seeks
                    && let Some(slot) = self.find(&answered)?
                    && let Some((earliest, latest)) = self.conversations[slot].spans.get(&answered).copied()
                    && !is_before(latest, at, window)
                    && !is_before(at, earliest, CLOCKS_DIFFER)
                {
                    nearest = nearest.max(Some((latest, slot)));
                }
            }
        }
        if homes.is_empty() || !homes.iter().any(|slot| self.conversations[*slot].answers_any(entry)) {
            homes.extend(nearest.map(|(_, slot)| slot));
        }
        Ok(())
    }

    /// Makes one conversation of several; the slot is where it is.
    fn join(&mut self, homes: BTreeSet<usize>, by_mail: &str) -> Option<usize> {
        // A held one stays before a new one, and the one with the older mail before the other.
        let rank = |slot: &usize| {
            let one = &self.conversations[*slot];
            (one.held.is_none(), one.oldest.clone(), one.id.clone())
        };
        let stays = homes.iter().copied().min_by_key(rank)?;
        for goes in homes.into_iter().filter(|slot| *slot != stays) {
            self.joined[goes] = stays;
            let mut gone = std::mem::take(&mut self.conversations[goes]);
            if gone.held.is_some() {
                self.merged.push((gone.id.clone(), stays, by_mail.to_owned()));
                gone.fresh = gone.entries.iter().flat_map(nodes_of).collect();
            }
            self.conversations[stays].take_in(gone);
        }
        Some(stays)
    }

    pub(crate) fn conversation(&self, slot: usize) -> &Conversation {
        &self.conversations[slot]
    }

    pub(crate) fn conversation_mut(&mut self, slot: usize) -> &mut Conversation {
        &mut self.conversations[slot]
    }

    pub(crate) fn changed(&self) -> impl Iterator<Item = usize> {
        let slots = self.conversations.iter().enumerate();
        slots.filter(|(slot, one)| self.joined[*slot] == *slot && one.is_changed).map(|(slot, _)| slot)
    }

    /// The nodes that lead to a conversation and that the shelf does not have so.
    pub(crate) fn new_nodes(&mut self, slot: usize) -> Result<BTreeSet<String>, GatherError<S::Error>> {
        let mut nodes = BTreeSet::new();
        for node in std::mem::take(&mut self.conversations[slot].fresh) {
            // A later conversation may have taken over the node of a subject.
            if self.find(&node)? == Some(slot) {
                nodes.insert(node);
            }
        }
        Ok(nodes)
    }

    pub(crate) fn merged(&self) -> Vec<Merged> {
        let merged = self.merged.iter().map(|(id, slot, by_mail)| Merged {
            id: id.clone(),
            into: self.conversations[self.root(*slot)].id.clone(),
            by_mail: by_mail.clone(),
        });
        merged.collect()
    }
}

impl Conversation {
    fn push(&mut self, entry: Entry) {
        let place = self.entries.len();
        if let Some(own) = entry.message_id.as_deref().map(message_node)
            && entry.nodes.contains(&own)
        {
            self.owners.entry(own).or_default().push(place);
        }
        if let Some(at) = entry.at {
            for node in entry.nodes.iter().filter(|node| is_of_subject(node)) {
                widen(&mut self.spans, node, (at, at));
                if node.starts_with("s:") {
                    let since = self.answerable.entry(pair_of(node).to_owned()).or_insert(at);
                    *since = at.min(*since);
                }
            }
        }
        let age = (entry.at.is_none(), entry.at, entry.id.clone());
        if self.oldest.as_ref().is_none_or(|oldest| age < *oldest) {
            self.oldest = Some(age);
        }
        self.entries.push(entry);
    }

    /// Takes all its mails out; which one it is, and what is held of it, stays.
    pub(crate) fn empty(&mut self) -> Vec<Entry> {
        let (id, held) = (self.id.clone(), self.held.take());
        std::mem::replace(self, Self { id, held, is_changed: true, ..Self::default() }).entries
    }

    /// The mails that have this id as their own.
    pub(crate) fn owners_of(&self, node: &str) -> impl Iterator<Item = &Entry> {
        self.owners.get(node).into_iter().flatten().map(|at| &self.entries[*at])
    }

    /// Takes in another one. The longer list of mails stays where it is, so that joining many costs little.
    fn take_in(&mut self, mut other: Self) {
        if self.entries.len() < other.entries.len() {
            std::mem::swap(&mut self.entries, &mut other.entries);
            std::mem::swap(&mut self.owners, &mut other.owners);
            std::mem::swap(&mut self.spans, &mut other.spans);
            std::mem::swap(&mut self.answerable, &mut other.answerable);
        }
        if self.fresh.len() < other.fresh.len() {
            std::mem::swap(&mut self.fresh, &mut other.fresh);
        }
        self.fresh.append(&mut other.fresh);
        self.is_changed = true;
        self.oldest = match (self.oldest.take(), other.oldest.take()) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        let oldest = self.oldest.take();
        for entry in other.entries {
            self.push(entry);
        }
        self.oldest = oldest;
    }

    /// Whether it has something that the mail may answer by its subject.
    fn answers_any(&self, entry: &Entry) -> bool {
        let Some(at) = entry.at else { return false };
        entry.nodes.iter().any(|node| is_of_subject(node) && self.has_before(pair_of(node), at))
    }

    /// Whether it has something of this pair and subject that was there at this time.
    fn has_before(&self, pair: &str, at: Timestamp) -> bool {
        self.answerable.get(pair).is_some_and(|since| *since <= at)
    }
}

fn widen(spans: &mut HashMap<String, (Timestamp, Timestamp)>, node: &str, (from, to): (Timestamp, Timestamp)) {
    match spans.get_mut(node) {
        Some(span) => *span = (span.0.min(from), span.1.max(to)),
        None => {
            spans.insert(node.to_owned(), (from, to));
        }
    }
}

/// Whether one time is before another by more than that.
fn is_before(one: Timestamp, other: Timestamp, by: SignedDuration) -> bool {
    other.duration_since(one) > by
}

pub(crate) fn is_of_subject(node: &str) -> bool {
    node.starts_with("s:") || node.starts_with("q:")
}

/// `s:<pair>/<span>` without its beginning and its end.
fn pair_of(node: &str) -> &str {
    let node = &node[2..];
    node.split_once('/').map_or(node, |(pair, _)| pair)
}

/// Nodes of tickets by slot, for what is compared between conversations.
pub(crate) type BySlot<T> = BTreeMap<usize, T>;
