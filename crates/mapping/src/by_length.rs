//! A small read-only map from text, searched by length first: what field names and words need on the hot path.

/// Entries grouped by the length of their keys. Beats hashing for the few dozen short keys that mappings have.
#[derive(Debug)]
pub(crate) struct ByLength<T> {
    /// Where the keys of each length start in `entries`; one more than the longest length.
    starts: Box<[u32]>,
    entries: Box<[(Box<str>, T)]>,
}

impl<T> ByLength<T> {
    /// Of entries with distinct keys; of equal keys the first counts.
    pub(crate) fn new(mut entries: Vec<(Box<str>, T)>) -> Self {
        entries.sort_by_key(|(key, _)| key.len());
        let longest = entries.last().map_or(0, |(key, _)| key.len());
        let starts = (0..=longest + 1).map(|length| entries.partition_point(|(key, _)| key.len() < length) as u32);
        Self { starts: starts.collect(), entries: entries.into() }
    }

    #[inline]
    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        let (start, end) = (*self.starts.get(key.len())?, *self.starts.get(key.len() + 1)?);
        self.entries[start as usize..end as usize].iter().find(|(known, _)| **known == *key).map(|(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(key, value)| (&**key, value))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_exactly_its_keys() {
        let map = ByLength::new(vec![("state".into(), 1), ("".into(), 2), ("id".into(), 3), ("stage".into(), 4)]);
        assert_eq!(["", "id", "state", "stage"].map(|key| map.get(key).copied()), [Some(2), Some(3), Some(1), Some(4)]);
        assert_eq!(["x", "if", "statf", "longer than any"].map(|key| map.get(key).copied()), [None; 4]);
        assert_eq!(ByLength::<u8>::new(Vec::new()).get(""), None);
    }
}
