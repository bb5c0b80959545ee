//! What holds for every set of mails, for fuzzing and for replaying what fuzzing has found.

use crate::{Correspondent, Directory, Rules, Shelf, StoredMail, gather};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

/// Conversations in memory.
#[derive(Debug, Default)]
struct Held {
    nodes: RefCell<BTreeMap<String, String>>,
    documents: RefCell<BTreeMap<String, String>>,
}

impl Shelf for Held {
    type Error = Infallible;

    fn find(&self, node: &str) -> Result<Option<String>, Infallible> {
        Ok(self.nodes.borrow().get(node).cloned())
    }

    fn load(&self, conversation: &str) -> Result<Option<String>, Infallible> {
        Ok(self.documents.borrow().get(conversation).cloned())
    }
}

impl Held {
    fn take(&self, rules: &Rules, directory: &Directory, mails: &[StoredMail<'_>]) -> bool {
        let gathered = gather(rules, directory, self, mails).expect("what is held was written by us");
        let is_idle = gathered.conversations.is_empty() && gathered.merged.is_empty();
        let mut documents = self.documents.borrow_mut();
        for one in gathered.merged {
            documents.remove(&one.id);
        }
        documents.extend(gathered.conversations.into_iter().map(|one| (one.id, one.document)));
        self.nodes.borrow_mut().extend(gathered.nodes);
        is_idle
    }

    /// The mails of every conversation.
    fn partition(&self) -> BTreeSet<BTreeSet<String>> {
        let documents = self.documents.borrow();
        let mails = documents.values().map(|document| {
            let document: serde_json::Value = serde_json::from_str(document).expect("a document is JSON");
            let mails = document["mails"].as_array().expect("it has its mails");
            mails.iter().map(|mail| mail["id"].as_str().expect("a mail has its id").to_owned()).collect()
        });
        mails.collect()
    }
}

/// Gathers mails one by one and all at once: every mail is in exactly one conversation, gathering again changes nothing.
///
/// # Panics
///
/// When that does not hold.
pub fn gathers_soundly(payloads: &[(String, String)]) {
    let rules = Rules::shipped();
    let party =
        |id: &str, is_ours| Correspondent { id: id.to_owned(), domains: vec![format!("{id}.example")], is_ours };
    let directory = Directory {
        parties: vec![party("acme", true), party("nordlicht", false), party("kumo", false)],
        authserv_ids: vec!["mx.acme.example".to_owned()],
        own_addresses: Vec::new(),
    };
    let mails: Vec<StoredMail<'_>> = payloads.iter().map(|(id, payload)| StoredMail { id, payload }).collect();
    let ids: BTreeSet<&str> = mails.iter().map(|mail| mail.id).collect();
    let (at_once, one_by_one) = (Held::default(), Held::default());
    at_once.take(&rules, &directory, &mails);
    mails.iter().for_each(|mail| {
        one_by_one.take(&rules, &directory, std::slice::from_ref(mail));
    });
    for held in [&at_once, &one_by_one] {
        let partition = held.partition();
        let n_mails: usize = partition.iter().map(BTreeSet::len).sum();
        assert_eq!(n_mails, ids.len(), "every mail is in exactly one conversation");
        assert!(held.take(&rules, &directory, &mails), "gathering again changes nothing");
    }
}
