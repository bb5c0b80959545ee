//! What holds for every set of mails, for fuzzing and for replaying what fuzzing has found.

use crate::body;
use crate::{Correspondent, Directory, Rules, Shelf, StoredMail, gather};
use counterfoil_diagnostics::SourceText;
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

/// Reads a body in each way there is: every record that comes of it is one JSON object that has its id, and what is read is
/// read so again.
///
/// # Panics
///
/// When that does not hold.
pub fn bodies_are_sound(text: &str) {
    for format in ["json", "csv", "fields"] {
        let source = format!(
            "format = 1\n[[structured]]\nname = \"r\"\nformat = \"{format}\"\nconfidence = 90\nkey = \"/no\"\n\
             all = [{{ in = \"party\", matches = \".\" }}]\n"
        );
        let mut set = crate::rules::RuleSet::default();
        let source = SourceText { name: "proof".into(), text: source.into() };
        crate::rules::parse::add(&mut set, &source).expect("the rule is right");
        let Ok(rows) = body::rows(&set.structured[0], text) else { continue };
        for row in &rows {
            let read: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(&row.json).expect("a record is an object");
            assert!(read.contains_key("no") && !row.key.is_empty(), "it has its id");
        }
        let listed = rows.iter().map(|row| row.json.as_str()).collect::<Vec<_>>().join(",");
        if format == "json" {
            let again = body::rows(&set.structured[0], &format!("[{listed}]")).expect("what was read is JSON");
            assert_eq!(again, rows);
        }
    }
}
