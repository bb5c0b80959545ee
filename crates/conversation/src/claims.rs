//! The nodes that a mail claims: what other mails may meet it at.
//!
//! A node depends on the mail, the rules and the directory only, never on what came before. So conversations are the
//! same in whatever order mails arrive.

use crate::directory::{Directory, Owner, domain_of};
use crate::document::{ClaimedKey, Mention, token_node};
use crate::reading::{Mail, is_forged};
use crate::rules::{Class, Rules};
use crate::subject::base;
use crate::trust::Trust;
use counterfoil_record::Digest;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Recipients whose pairs with the sender are nodes of a subject.
const PAIRS: usize = 4;

/// Scopes of one token: the parties that we wrote to.
const SCOPES: usize = 8;

/// Mentions of one mail.
const MENTIONS: usize = 20;

#[derive(Debug, Default)]
pub(crate) struct Claims {
    pub(crate) nodes: Vec<String>,
    pub(crate) keys: Vec<ClaimedKey>,
    pub(crate) mentions: Vec<Mention>,
}

pub(crate) fn of(
    mail: &Mail<'_>,
    class: Class,
    system: Option<&str>,
    trust: Trust,
    at: Option<Timestamp>,
    rules: &Rules,
    directory: &Directory,
) -> Claims {
    let mut graph = graph(mail, rules);
    let mut claims = Claims::default();
    if let Some(own) = own_node(mail).filter(|_| uses_foreign_id(mail, directory)) {
        graph.retain(|node| *node != own);
        claims.mentions.push(Mention { node: own, reason: "message-id-of-another".to_owned() });
    }
    // A report lists many tickets, and a list is read by many: neither is about the ticket in its subject.
    let names_tickets = !matches!(class, Class::Report | Class::List);
    let (keys, bare) = if names_tickets { keys(mail, class, system, directory) } else { Default::default() };
    if is_forged(trust) {
        let own = own_node(mail);
        let graph = graph.into_iter().filter(|node| Some(node) != own.as_ref());
        let named = graph.chain(keys.iter().map(ClaimedKey::node)).chain(bare);
        let refused = named.take(MENTIONS).map(|node| Mention { node, reason: "authentication-failed".to_owned() });
        claims.mentions.extend(refused);
        return claims;
    }
    // A server that rewrites ids leaves an In-Reply-To that nobody has ever seen, and no References: such a mail seeks as well,
    // and stays where its In-Reply-To leads to if it leads anywhere.
    let of_reply: BTreeSet<String> = mail.payload.in_reply_to.iter().map(|id| message_node(id.trim())).collect();
    let is_rootless = |node: &String| Some(node) == own_node(mail).as_ref() || of_reply.contains(node);
    let is_free = mail.payload.references.is_empty() && graph.iter().all(is_rootless);
    let seeks = is_free && keys.is_empty() && bare.is_empty();
    claims.nodes = graph;
    claims.nodes.extend(bare);
    for key in &keys {
        let node = key.node();
        if key.scope.starts_with('@') && claims.mentions.len() < MENTIONS {
            claims.mentions.push(Mention { node: node.clone(), reason: "sender-of-no-party".to_owned() });
        }
        claims.nodes.push(node);
    }
    claims.keys = keys;
    if rules.subject().classes.contains(&class) {
        claims.nodes.extend(subject(mail, seeks, at, rules, directory));
    }
    let mut seen = BTreeSet::new();
    claims.nodes.retain(|node| seen.insert(node.clone()));
    claims
}

/// `m:` and the id; a very long one by its digest.
pub(crate) fn message_node(id: &str) -> String {
    if id.len() <= 250 { format!("m:{id}") } else { format!("m:#{}", Digest::of(id.as_bytes())) }
}

/// Whether the Message-ID has the domain of a party, or ours, and somebody else sends it. Whoever knows an id, or guesses one
/// before it is used, gets nothing of it.
fn uses_foreign_id(mail: &Mail<'_>, directory: &Directory) -> bool {
    let Some(id) = mail.payload.message_id.as_deref() else { return false };
    match directory.owner(id.trim()) {
        Owner::Stranger => false,
        of => mail.payload.sender().is_none_or(|sender| directory.owner(sender) != of),
    }
}

fn own_node(mail: &Mail<'_>) -> Option<String> {
    mail.payload.message_id.as_deref().filter(|id| !id.trim().is_empty()).map(message_node)
}

fn graph(mail: &Mail<'_>, rules: &Rules) -> Vec<String> {
    let payload = mail.payload;
    let limit = rules.limits().references;
    let mut nodes: Vec<String> = own_node(mail).into_iter().collect();
    let references = &payload.references;
    // The first names the beginning of the conversation, the last ones what is answered.
    let (first, rest) = references.split_at(references.len().min(1));
    let rest = &rest[rest.len().saturating_sub(limit - 1)..];
    let original = payload.delivery.iter().filter_map(|one| one.original_message_id.as_ref());
    let named = payload.in_reply_to.iter().take(limit).chain(first).chain(rest).chain(original.take(limit));
    nodes.extend(named.map(|id| id.trim()).filter(|id| !id.is_empty()).map(message_node));
    if let Some(index) = payload.thread_index.as_deref()
        && index.len() == 44
        && index.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        nodes.push(format!("x:{}", index.to_ascii_lowercase()));
    }
    nodes
}

/// The keys of tickets, and the nodes of tokens that name no ticket.
///
/// A key means something only together with whose desk gave it, which a mail does not say. It is claimed in the scope of
/// its sender, and where we wrote it in the scopes of those we wrote to: so a party can only ever name tickets between it
/// and us.
fn keys(mail: &Mail<'_>, class: Class, system: Option<&str>, directory: &Directory) -> (Vec<ClaimedKey>, Vec<String>) {
    let mut keys = Vec::new();
    let mut bare = Vec::new();
    if mail.tokens.is_empty() {
        return (keys, bare);
    }
    let (own, others) = scopes(mail, directory);
    for token in &mail.tokens {
        let issued = class == Class::Notification && system == Some(token.system);
        // What a desk of ours sends is its own ticket, and those we wrote to may answer to it.
        let ours = own.iter().filter(|_| others.is_empty() || issued).map(|scope| (scope, issued));
        let theirs = others.iter().map(|scope| (scope, issued && own.is_none()));
        for (scope, issued) in ours.chain(theirs) {
            match token.kind {
                Some(kind) => keys.push(ClaimedKey {
                    system: token.system.to_owned(),
                    key: token.key.clone(),
                    scope: scope.clone(),
                    kind: kind.to_owned(),
                    issued,
                }),
                None => bare.push(token_node(token.system, scope, &token.key)),
            }
        }
    }
    (keys, bare)
}

/// Our own scope when we wrote, and the scopes of the others that are concerned.
fn scopes(mail: &Mail<'_>, directory: &Directory) -> (Option<String>, Vec<String>) {
    let Some(sender) = mail.payload.sender() else { return (None, Vec::new()) };
    let stranger = |address: &str| domain_of(address).map(|domain| format!("@{domain}"));
    match directory.owner(sender) {
        Owner::Party(party) => (None, vec![party.to_owned()]),
        Owner::Stranger => (None, stranger(sender).into_iter().collect()),
        Owner::Ours(party) => {
            let mut others = Vec::new();
            for list in [&mail.payload.to, &mail.payload.cc] {
                for address in list.iter().filter_map(|one| one.address.as_deref()) {
                    let scope = match directory.owner(address) {
                        Owner::Ours(_) => None,
                        Owner::Party(party) => Some(party.to_owned()),
                        Owner::Stranger => stranger(address),
                    };
                    others.extend(scope.filter(|scope| others.len() < SCOPES && !others.contains(scope)));
                }
                if !others.is_empty() {
                    break;
                }
            }
            (Some(party.unwrap_or("us").to_owned()), others)
        }
    }
}

/// `s:` for a mail that others may answer, `q:` for one that looks for what it answers and names nothing.
///
/// A node is a pair of correspondents, the subject without prefixes, and a span of time as long as the window. What was
/// sent to the desk of a party is answered by its people under their own addresses, so a party is one correspondent.
fn subject(mail: &Mail<'_>, seeks: bool, at: Option<Timestamp>, rules: &Rules, directory: &Directory) -> Vec<String> {
    let (Some(at), Some(sender), Some(subject)) = (at, mail.payload.sender(), mail.payload.subject.as_deref()) else {
        return Vec::new();
    };
    let base = base(crate::reading::cut(subject, rules.limits().line_bytes), rules.subject());
    if base.text.is_empty() {
        return Vec::new();
    }
    let kind = if seeks && base.is_reply { 'q' } else { 's' };
    let correspondent = |address: &str| match directory.owner(address) {
        Owner::Ours(_) => "us".to_owned(),
        Owner::Party(party) => format!("party {party}"),
        Owner::Stranger => address.to_lowercase(),
    };
    let sender = correspondent(sender);
    let bucket = bucket(at, rules);
    let nodes = mail.payload.recipients().take(PAIRS).map(|recipient| {
        let recipient = correspondent(recipient);
        let (one, other) = if sender < recipient { (&sender, &recipient) } else { (&recipient, &sender) };
        let mut pair = Digest::of_parts(&[one.as_bytes(), other.as_bytes(), base.text.as_bytes()]).short();
        pair.truncate(16);
        format!("{kind}:{pair}/{bucket}")
    });
    nodes.collect()
}

/// Which span of time, each as long as the window.
pub(crate) fn bucket(at: Timestamp, rules: &Rules) -> i64 {
    at.as_second().div_euclid(rules.subject().window.as_secs().max(1))
}
