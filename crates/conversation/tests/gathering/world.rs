//! A shelf in memory and mails for tests.

use counterfoil_conversation::{Correspondent, Directory, Gathered, Rules, Shelf, StoredMail, gather};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

/// What is held after some calls.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) nodes: BTreeMap<String, String>,
    pub(crate) documents: BTreeMap<String, String>,
    pub(crate) refused: BTreeSet<(String, String, String)>,
}

impl Shelf for Held {
    type Error = Infallible;

    fn find(&self, node: &str) -> Result<Option<String>, Infallible> {
        Ok(self.nodes.get(node).cloned())
    }

    fn load(&self, conversation: &str) -> Result<Option<String>, Infallible> {
        Ok(self.documents.get(conversation).cloned())
    }
}

impl Held {
    /// Gathers some mails and keeps what came of it.
    pub(crate) fn take(&mut self, mails: &[(String, String)]) -> Gathered {
        let stored = mails.iter().map(|(id, payload)| StoredMail { id, payload }).collect::<Vec<_>>();
        let gathered = gather(&Rules::shipped(), &directory(), self, &stored).unwrap();
        for merged in &gathered.merged {
            assert!(self.documents.remove(&merged.id).is_some(), "only a held conversation is merged");
        }
        for changed in &gathered.conversations {
            self.documents.insert(changed.id.clone(), changed.document.clone());
        }
        self.nodes.extend(gathered.nodes.iter().cloned());
        for node in &self.nodes {
            assert!(self.documents.contains_key(node.1), "{node:?} leads nowhere");
        }
        let refused = gathered.refused.iter();
        self.refused.extend(refused.map(|one| (one.mail.clone(), one.node.clone(), one.reason.clone())));
        gathered
    }

    /// The mails of every conversation, by their ids.
    pub(crate) fn partition(&self) -> BTreeSet<Vec<String>> {
        self.documents.values().map(|document| mails_of(document)).collect()
    }

    /// Every document without its id.
    pub(crate) fn contents(&self) -> BTreeSet<String> {
        let without = |document: &String| {
            let mut value: Value = serde_json::from_str(document).unwrap();
            value.as_object_mut().unwrap().remove("id");
            value.to_string()
        };
        self.documents.values().map(without).collect()
    }

    /// The document of the conversation with a mail.
    pub(crate) fn of(&self, mail: &str) -> Value {
        let found = self.documents.values().find(|document| mails_of(document).iter().any(|one| one == mail));
        serde_json::from_str(found.unwrap()).unwrap()
    }
}

fn mails_of(document: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(document).unwrap();
    let mut ids: Vec<String> =
        value["mails"].as_array().unwrap().iter().map(|mail| mail["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

/// `acme` is us, `nordlicht` and `kestrel` are suppliers.
pub(crate) fn directory() -> Directory {
    let party = |id: &str, is_ours| Correspondent { id: id.into(), domains: vec![format!("{id}.example")], is_ours };
    Directory {
        parties: vec![party("acme", true), party("nordlicht", false), party("kestrel", false)],
        authserv_ids: vec!["mx.acme.example".into()],
        own_addresses: Vec::new(),
    }
}

/// A mail: from, to, subject, text, minutes after a day's begin, and what else is to be in the payload.
pub(crate) fn mail(
    id: &str,
    (from, to): (&str, &str),
    subject: &str,
    text: &str,
    minute: i64,
    more: Value,
) -> (String, String) {
    let at = jiff::Timestamp::from_second(1_780_000_000 + minute * 60).unwrap();
    let mut payload = json!({
        "message_id": format!("{id}@x.example"), "subject": subject, "sent_at": at.to_string(),
        "from": [{"name": null, "address": from}], "to": [{"name": null, "address": to}],
        "text": text, "new_text": text,
    });
    payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    (id.to_owned(), payload.to_string())
}
