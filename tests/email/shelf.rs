//! Conversations in memory, as a ledger would hold them.

use counterfoil_conversation::{Correspondent, Directory, Rules};
use counterfoil_conversation::{Gathered, Shelf, StoredMail, gather};
use counterfoil_gym::mail::{AUTHSERV_ID, SUPPLIERS, US};
use std::collections::BTreeMap;
use std::convert::Infallible;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Memory {
    nodes: BTreeMap<String, String>,
    pub(crate) documents: BTreeMap<String, String>,
}

impl Shelf for Memory {
    type Error = Infallible;

    fn find(&self, node: &str) -> Result<Option<String>, Infallible> {
        Ok(self.nodes.get(node).cloned())
    }

    fn load(&self, conversation: &str) -> Result<Option<String>, Infallible> {
        Ok(self.documents.get(conversation).cloned())
    }
}

impl Memory {
    fn take(&mut self, gathered: Gathered) {
        for merged in gathered.merged {
            self.documents.remove(&merged.id);
        }
        self.documents.extend(gathered.conversations.into_iter().map(|changed| (changed.id, changed.document)));
        self.nodes.extend(gathered.nodes);
    }

    /// Gathers mails, given as native id and payload, some at a time.
    pub(crate) fn gather(&mut self, mails: &[(String, String)], at_once: usize) {
        let (rules, directory) = (Rules::shipped(), directory());
        for some in mails.chunks(at_once) {
            let stored: Vec<StoredMail<'_>> = some.iter().map(|(id, payload)| StoredMail { id, payload }).collect();
            self.take(gather(&rules, &directory, self, &stored).unwrap());
        }
    }

    pub(crate) fn read(&self) -> crate::compare::Documents {
        self.documents.iter().map(|(id, text)| (id.clone(), serde_json::from_str(text).unwrap())).collect()
    }
}

/// The cast of the estate.
pub(crate) fn directory() -> Directory {
    let of = |party: &counterfoil_gym::mail::Party, is_ours| Correspondent {
        id: party.id.to_owned(),
        domains: vec![party.domain.to_owned()],
        is_ours,
    };
    let suppliers = SUPPLIERS.iter().map(|party| of(party, false));
    Directory {
        parties: std::iter::once(of(&US, true)).chain(suppliers).collect(),
        authserv_ids: vec![AUTHSERV_ID.to_owned()],
        own_addresses: Vec::new(),
    }
}
