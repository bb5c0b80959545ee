//! The chunks read last, decompressed: later versions read earlier ones, and what is read is often read again.

use crate::chunk::Chunk;
use std::collections::HashMap;
use std::sync::Arc;

/// Holds at most so many bytes, and always the chunk put in last.
pub(crate) struct Decoded {
    chunks: HashMap<(u64, usize), (Arc<Chunk>, u64)>,
    bytes: usize,
    limit_bytes: usize,
    uses: u64,
}

impl Decoded {
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self { chunks: HashMap::new(), bytes: 0, limit_bytes, uses: 0 }
    }

    pub(crate) fn get(&mut self, page: u64, chunk: usize) -> Option<Arc<Chunk>> {
        self.uses += 1;
        let (chunk, used) = self.chunks.get_mut(&(page, chunk))?;
        *used = self.uses;
        Some(Arc::clone(chunk))
    }

    pub(crate) fn put(&mut self, page: u64, number: usize, chunk: Arc<Chunk>) {
        self.uses += 1;
        self.bytes += chunk.memory_bytes();
        if let Some((before, _)) = self.chunks.insert((page, number), (chunk, self.uses)) {
            self.bytes -= before.memory_bytes();
        }
        while self.bytes > self.limit_bytes && self.chunks.len() > 1 {
            // There are a hundred or so, so a look at each is cheaper than a list in order.
            let oldest = self.chunks.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| *key);
            if let Some((chunk, _)) = oldest.and_then(|key| self.chunks.remove(&key)) {
                self.bytes -= chunk.memory_bytes();
            }
        }
    }
}
