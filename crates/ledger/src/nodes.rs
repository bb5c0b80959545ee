//! What leads to records that were gathered from others: one entry per node, in the batch of the page that tells it.
//!
//! The pages do not tell nodes, so how many there are and the sum of their digests are kept beside them: a node that is
//! lost or leads elsewhere is noticed.

use crate::cause::Cause;
use crate::format::{sealed, unsealed};
use crate::ledger::FjallLedger;
use crate::verify::{Check, tell};
use counterfoil_record::Digest;
use fjall::{OwnedWriteBatch, Readable};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All nodes together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sum {
    nodes: u64,
    /// All digests, one laid over the other, so that their order does not matter and one can be taken out again.
    digests: [u8; 32],
}

impl Sum {
    fn lay_over(&mut self, key: &[u8], record: &str) {
        let digest = Digest::of_parts(&[key, record.as_bytes()]);
        self.digests.iter_mut().zip(digest.0).for_each(|(sum, byte)| *sum ^= byte);
    }
}

impl FjallLedger {
    /// The gathered record that a node leads to.
    pub(crate) fn node(&self, instance: &str, node: &str) -> Result<Option<String>, Cause> {
        self.node_at(&node_key(instance, node))
    }

    fn node_at(&self, key: &[u8]) -> Result<Option<String>, Cause> {
        self.store.nodes.get(key)?.map(|bytes| unsealed(&bytes, "a node")).transpose()
    }

    /// Puts nodes into the batch of their page.
    pub(crate) fn put_nodes(
        &self,
        batch: &mut OwnedWriteBatch,
        instance: &str,
        nodes: &BTreeMap<String, String>,
    ) -> Result<(), Cause> {
        if nodes.is_empty() {
            return Ok(());
        }
        let mut sum: Sum = match self.store.meta.get("nodes")? {
            Some(bytes) => unsealed(&bytes, "the sum of the nodes")?,
            None => Sum::default(),
        };
        for (node, record) in nodes {
            let key = node_key(instance, node);
            match self.node_at(&key)? {
                Some(held) => sum.lay_over(&key, &held),
                None => sum.nodes += 1,
            }
            sum.lay_over(&key, record);
            batch.insert(&self.store.nodes, key, sealed(record));
        }
        batch.insert(&self.store.meta, "nodes", sealed(&sum));
        Ok(())
    }
}

impl Check<'_> {
    /// Whether the nodes are those that were committed.
    pub(crate) fn check_nodes(&mut self) -> Result<(), Cause> {
        let mut found = Sum::default();
        for guard in self.snapshot.iter(&self.ledger.store.nodes) {
            let (key, value) = guard.into_inner()?;
            found.nodes += 1;
            match unsealed::<String>(&value, "a node") {
                Ok(record) => found.lay_over(&key, &record),
                Err(cause) => self.damage(tell(&cause)),
            }
        }
        let kept: Sum = match self.get(&self.ledger.store.meta, b"nodes")? {
            Some(bytes) => unsealed(&bytes, "the sum of the nodes")?,
            None => Sum::default(),
        };
        if found != kept {
            self.damage(format!(
                "the nodes: {} were committed and {} are there, or one of them leads elsewhere",
                kept.nodes, found.nodes
            ));
        }
        Ok(())
    }
}

/// Neither names of instances nor nodes are cut at a zero byte: the first one ends the instance, which has none.
fn node_key(instance: &str, node: &str) -> Vec<u8> {
    [instance.as_bytes(), &[0], node.as_bytes()].concat()
}
