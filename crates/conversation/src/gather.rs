//! Puts mails into conversations.
//!
//! Two mails belong together when they claim a node together, and so do all that are tied through others. Nodes depend on
//! the mail alone, so neither the order of mails nor how they are cut into calls changes what belongs together, what a
//! document says, or what is refused. Three things do depend on the order: the id of a conversation (that of its first
//! mail as gathered), which of two senders of one party has a Message-ID that both use, and which conversation a reply without any reference goes
//! to when several with its subject are open among the same people.

use crate::directory::Directory;
use crate::document::Entry;
use crate::merging::Table;
use crate::reading::read;
use crate::rules::Rules;
use crate::shelf::Shelf;
use crate::{fold, mentions};
use std::collections::{BTreeMap, BTreeSet};

/// A mail that is held, and that no conversation has yet.
#[derive(Debug, Clone, Copy)]
pub struct StoredMail<'a> {
    /// Its native id.
    pub id: &'a str,
    /// What the connector wrote.
    pub payload: &'a str,
}

/// What became of some mails.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// Conversations that are new or have another document, by id.
    pub conversations: Vec<Changed>,
    /// Held conversations that are part of another one now.
    pub merged: Vec<Merged>,
    /// Nodes and the conversation they lead to; what is held for a node is to be replaced.
    pub nodes: Vec<(String, String)>,
    /// How many of the mails are of which class.
    pub classes: BTreeMap<&'static str, u64>,
    /// What mails claimed and were not given.
    pub refused: Vec<Refused>,
}

/// A conversation with its new document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The id of its first mail as gathered.
    pub id: String,
    /// The payload of the record.
    pub document: String,
}

/// A conversation that is no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Which one.
    pub id: String,
    /// The conversation that its mails are in now.
    pub into: String,
    /// The mail that belongs to both.
    pub by_mail: String,
}

/// A claim that joined nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The mail.
    pub mail: String,
    /// What it named.
    pub node: String,
    /// Why it got nothing of it, a stable word.
    pub reason: String,
}

/// Why mails could not be gathered.
#[derive(Debug, thiserror::Error)]
pub enum GatherError<E> {
    /// The shelf could not be read.
    #[error("the conversations that are held cannot be read")]
    Shelf(#[source] E),
    /// A document is not one of ours.
    #[error("the document of the conversation {conversation} cannot be read")]
    Document {
        /// Whose.
        conversation: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A document could not be written.
    #[error("the document of the conversation {conversation} cannot be written")]
    Write {
        /// Whose.
        conversation: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// Puts mails into conversations, new ones or those that the shelf has. A mail that is in one already changes nothing.
///
/// # Errors
/// When the shelf cannot be read, or has a document that this did not write.
pub fn gather<S: Shelf>(
    rules: &Rules,
    directory: &Directory,
    shelf: &S,
    mails: &[StoredMail<'_>],
) -> Result<Gathered, GatherError<S::Error>> {
    let mut table = Table::new(rules, directory, shelf);
    let mut gathered = Gathered::default();
    let mut added: Vec<(String, usize)> = Vec::new();
    for mail in mails {
        if table.find(&mail_node(mail.id))?.is_some() {
            continue;
        }
        let entry = read(rules, directory, mail.id, mail.payload);
        *gathered.classes.entry(entry.class.name()).or_default() += 1;
        let refused = entry.mentions.iter().map(|one| Refused {
            mail: mail.id.to_owned(),
            node: one.node.clone(),
            reason: one.reason.clone(),
        });
        gathered.refused.extend(refused);
        let slot = table.add(entry, &mut gathered.refused)?;
        added.push((mail.id.to_owned(), slot));
    }
    let also = mentions::find(&mut table, directory)?;
    gathered.refused.extend(mentions::refused(&table, &also, &added));
    gathered.merged = table.merged();
    let digest = rules.digest().to_string();
    let changed: BTreeSet<usize> = table.changed().chain(also.keys().copied()).collect();
    for slot in changed {
        let also = also.get(&slot).map(Vec::as_slice).unwrap_or_default();
        let nodes = table.new_nodes(slot)?;
        let conversation = table.conversation_mut(slot);
        let id = conversation.id.clone();
        gathered.nodes.extend(nodes.into_iter().map(|node| (node, id.clone())));
        let document = fold::document(rules, directory, &id, &digest, &mut conversation.entries, also);
        let document = document.map_err(|source| GatherError::Write { conversation: id.clone(), source })?;
        if conversation.held.as_deref() != Some(document.as_str()) {
            gathered.conversations.push(Changed { id, document });
        }
    }
    gathered.conversations.sort_by(|one, other| one.id.cmp(&other.id));
    gathered.nodes.sort();
    Ok(gathered)
}

/// Leads from a mail to its conversation.
pub(crate) fn mail_node(id: &str) -> String {
    format!("i:{id}")
}

/// All nodes of a mail, its own included.
pub(crate) fn nodes_of(entry: &Entry) -> impl Iterator<Item = String> {
    std::iter::once(mail_node(&entry.id)).chain(entry.nodes.iter().cloned())
}
