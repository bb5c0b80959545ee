//! From a text to the numbers of the records that may have it, in eight bytes of memory for each.

use counterfoil_record::Digest;
use std::collections::BTreeSet;

/// Finds candidates by 32 bits of a hash; the record itself says whether it is one.
#[derive(Default)]
pub(crate) struct Index {
    /// Hash and number, in order.
    sorted: Vec<u64>,
    /// Those that came since `sorted` was made.
    pending: BTreeSet<u64>,
}

impl Index {
    pub(crate) fn insert(&mut self, text: &str, number: u32) {
        let entry = u64::from(hash(text)) << 32 | u64::from(number);
        self.pending.insert(entry);
        // So rarely that all merges together cost little, and so often that the costlier set stays small.
        if self.pending.len() > 4096.max(self.sorted.len() / 16) {
            self.merge();
        }
    }

    /// The numbers of all records with this text, and perhaps of some others.
    pub(crate) fn candidates(&self, text: &str) -> Vec<u32> {
        let first = u64::from(hash(text)) << 32;
        let last = first | u64::from(u32::MAX);
        let from = self.sorted.partition_point(|entry| *entry < first);
        let sorted = self.sorted.get(from..).unwrap_or_default().iter().take_while(|entry| **entry <= last);
        // The lower half is the number.
        sorted.chain(self.pending.range(first..=last)).map(|entry| (*entry & u64::from(u32::MAX)) as u32).collect()
    }

    fn merge(&mut self) {
        let sorted = std::mem::take(&mut self.sorted);
        let pending = std::mem::take(&mut self.pending);
        let mut merged = Vec::with_capacity(sorted.len() + pending.len());
        let mut pending = pending.into_iter().peekable();
        for entry in sorted {
            while let Some(other) = pending.next_if(|other| *other < entry) {
                merged.push(other);
            }
            merged.push(entry);
        }
        merged.extend(pending);
        self.sorted = merged;
    }
}

fn hash(text: &str) -> u32 {
    let [a, b, c, d, ..] = Digest::of(text.as_bytes()).0;
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_found_before_and_after_merging() {
        let mut index = Index::default();
        for number in 0..20_000 {
            index.insert(&format!("text {}", number / 2), number);
        }
        assert!(index.sorted.len() > 4096 && !index.pending.is_empty(), "both parts are looked at");
        assert!(index.sorted.is_sorted());
        for number in 0..20_000 {
            let candidates = index.candidates(&format!("text {}", number / 2));
            assert!(candidates.contains(&number) && candidates.contains(&(number ^ 1)), "{number}");
        }
        assert_eq!(index.candidates("no text"), Vec::<u32>::new());
    }
}
