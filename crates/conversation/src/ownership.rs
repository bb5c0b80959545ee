//! Whose a Message-ID is when two senders use the same one.
//!
//! An id with the domain of a party is that party's (`claims`). Of any other nobody can say whose it is until somebody
//! answers it, and whoever guesses one may use it before the true mail comes. So each of several senders has it for
//! himself, and an answer means the one that it goes to: neither a claim nor the order of arrival puts one party's mails
//! into another one's conversation.

use crate::claims::message_node;
use crate::directory::{Directory, Owner, domain_of};
use crate::document::{Entry, MESSAGE_ID_REUSED};
use crate::gather::{GatherError, Refused, nodes_of};
use crate::merging::Table;
use crate::shelf::Shelf;
use std::collections::BTreeSet;

/// Parties that one of our mails goes to.
const SCOPES: usize = 8;

/// Between whom and us a mail is: the party of its sender, or, where we wrote it, those we wrote to.
pub(crate) fn scopes(directory: &Directory, entry: &Entry) -> BTreeSet<String> {
    let stranger = |address: &str| domain_of(address).map(|domain| format!("@{domain}"));
    let Some(sender) = entry.from.as_deref() else { return BTreeSet::new() };
    match directory.owner(sender) {
        // Of several senders nobody can say whose word it is.
        _ if entry.party.is_none() && !entry.in_loop && directory.party(sender).is_some() => ["@".to_owned()].into(),
        Owner::Party(party) => [party.to_owned()].into(),
        Owner::Stranger => stranger(sender).into_iter().collect(),
        Owner::Ours(_) => {
            let scope = |address: &String| match directory.owner(address) {
                Owner::Ours(_) => None,
                Owner::Party(party) => Some(party.to_owned()),
                Owner::Stranger => stranger(address),
            };
            entry.to.iter().filter_map(scope).take(SCOPES).collect()
        }
    }
}

/// The id as this scope has it, when another one has it as well.
fn scoped(node: &str, scope: &str) -> String {
    format!("n:{scope}/{}", node.strip_prefix("m:").unwrap_or(node))
}

fn own(entry: &Entry) -> Option<String> {
    entry.message_id.as_deref().map(message_node).filter(|own| entry.nodes.contains(own))
}

fn replace(entry: &mut Entry, node: &str, by: impl IntoIterator<Item = String>) {
    entry.nodes.retain(|one| one != node);
    for node in by {
        if !entry.nodes.contains(&node) {
            entry.nodes.push(node);
        }
    }
}

impl<S: Shelf> Table<'_, S> {
    /// Whose the ids of a mail are: its own, and those that it answers.
    pub(crate) fn settle_ids(
        &mut self,
        entry: &mut Entry,
        refused: &mut Vec<Refused>,
    ) -> Result<(), GatherError<S::Error>> {
        let scopes = scopes(self.directory, entry);
        let own = own(entry);
        if let Some(own) = &own {
            self.settle_own(entry, own, &scopes, refused)?;
        }
        let answered: Vec<String> = entry.nodes.iter().filter(|node| node.starts_with("m:")).cloned().collect();
        for node in answered.into_iter().filter(|node| Some(node) != own.as_ref()) {
            let Some(slot) = self.find(&node)? else { continue };
            // It is the id of somebody else who took part, or of one whom we did not write to: then another one may be meant.
            let is_meant =
                |owner: &Entry| scopes.is_empty() || !scopes.is_disjoint(&self::scopes(self.directory, owner));
            let owners = || self.conversation(slot).owners_of(&node);
            if owners().next().is_none() || owners().any(is_meant) {
                continue;
            }
            let mut meant = Vec::new();
            for scope in &scopes {
                let node = scoped(&node, scope);
                if self.find(&node)?.is_some() {
                    meant.push(node);
                }
            }
            if !meant.is_empty() {
                replace(entry, &node, meant);
            }
        }
        Ok(())
    }

    fn settle_own(
        &mut self,
        entry: &mut Entry,
        own: &str,
        scopes: &BTreeSet<String>,
        refused: &mut Vec<Refused>,
    ) -> Result<(), GatherError<S::Error>> {
        let Some(slot) = self.find(own)? else { return Ok(()) };
        let owners: Vec<&Entry> = self.conversation(slot).owners_of(own).collect();
        if owners.is_empty() || owners.iter().any(|owner| self.is_of_the_same(owner, entry)) {
            return Ok(());
        }
        let theirs: BTreeSet<String> = owners.iter().flat_map(|owner| self::scopes(self.directory, owner)).collect();
        let is_other = theirs.is_disjoint(scopes) && !scopes.is_empty();
        // Some of those who answered it meant this one.
        if is_other && self.is_answered_by(slot, own, scopes) {
            return self.part(slot, own, &theirs, scopes);
        }
        let mine = scopes.iter().filter(|_| is_other).map(|scope| scoped(own, scope));
        replace(entry, own, mine);
        entry.notes.push(MESSAGE_ID_REUSED.to_owned());
        refused.push(Refused { mail: entry.id.clone(), node: own.to_owned(), reason: MESSAGE_ID_REUSED.to_owned() });
        Ok(())
    }

    /// Whether a mail between one of these and us answers the id.
    fn is_answered_by(&self, slot: usize, node: &str, parties: &BTreeSet<String>) -> bool {
        let answers = |entry: &&Entry| entry.nodes.iter().any(|one| one == node) && own(entry).as_deref() != Some(node);
        let mut answers = self.conversation(slot).entries.iter().filter(answers);
        answers.any(|entry| !scopes(self.directory, entry).is_disjoint(parties))
    }

    /// Takes an id from those who have it and from those who answered them, and puts the mails of the conversation where they
    /// belong then. It is left for `others`.
    fn part(
        &mut self,
        slot: usize,
        node: &str,
        theirs: &BTreeSet<String>,
        others: &BTreeSet<String>,
    ) -> Result<(), GatherError<S::Error>> {
        let whole = self.conversation_mut(slot);
        let id = whole.id.clone();
        let mut entries = whole.empty();
        for known in entries.iter().flat_map(nodes_of) {
            if self.find(&known)? == Some(slot) {
                self.forget(known);
            }
        }
        // The mail that gave the conversation its id keeps it.
        entries.sort_by_key(|entry| entry.id != id);
        for (at, mut entry) in entries.into_iter().enumerate() {
            let scopes = scopes(self.directory, &entry);
            let is_owner = own(&entry).as_deref() == Some(node);
            if is_owner {
                entry.notes.push(MESSAGE_ID_REUSED.to_owned());
            }
            let answers = !is_owner && entry.nodes.iter().any(|one| one == node);
            if is_owner || (answers && scopes.is_disjoint(others) && !scopes.is_disjoint(theirs)) {
                replace(&mut entry, node, scopes.intersection(theirs).map(|scope| scoped(node, scope)));
            }
            self.put(entry, (at == 0).then_some(slot))?;
        }
        Ok(())
    }
}
