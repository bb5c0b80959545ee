//! From a text to the numbers of the records that may have it, in six to seven bytes of memory for each.

use counterfoil_record::Digest;

/// How many bits of a hash choose a bucket: of a million records some 250 share one, so that inserting moves little.
const BUCKET_BITS: u32 = 12;

/// The next 16 bits of the hash, then the number; as bytes they sort as the pair does.
type Entry = [u8; 6];

/// Finds candidates by 28 bits of a hash; the record itself says whether it is one.
pub(crate) struct Index {
    /// Each in order.
    buckets: Vec<Vec<Entry>>,
}

impl Default for Index {
    fn default() -> Self {
        Self { buckets: vec![Vec::new(); 1 << BUCKET_BITS] }
    }
}

impl Index {
    pub(crate) fn insert(&mut self, text: &str, number: u32) {
        let (bucket, hash) = place(text);
        let [c, d, e, f] = number.to_be_bytes();
        let entry = [hash[0], hash[1], c, d, e, f];
        let bucket = &mut self.buckets[bucket];
        if let Err(at) = bucket.binary_search(&entry) {
            if bucket.len() == bucket.capacity() {
                // By an eighth: doubling would leave a quarter of the memory unused.
                bucket.reserve_exact(bucket.len() / 8 + 4);
            }
            bucket.insert(at, entry);
        }
    }

    /// The numbers of all records with this text, and perhaps of some others.
    pub(crate) fn candidates(&self, text: &str) -> Vec<u32> {
        let (bucket, hash) = place(text);
        let bucket = &self.buckets[bucket];
        let from = bucket.partition_point(|entry| entry[..2] < hash[..]);
        let found = bucket[from..].iter().take_while(|entry| entry[..2] == hash[..]);
        found.map(|[_, _, c, d, e, f]| u32::from_be_bytes([*c, *d, *e, *f])).collect()
    }
}

/// The bucket of a text, and what tells it from others there.
fn place(text: &str) -> (usize, [u8; 2]) {
    let [a, b, c, d, ..] = Digest::of(text.as_bytes()).0;
    let bucket = u16::from_le_bytes([a, b]) >> (u16::BITS - BUCKET_BITS);
    (usize::from(bucket), [c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_found() {
        let mut index = Index::default();
        for number in 0..20_000 {
            // In an order in which every insertion lands somewhere in its bucket.
            let number = number * 7_919 % 20_000;
            index.insert(&format!("text {}", number / 2), number);
        }
        assert!(index.buckets.iter().all(|bucket| bucket.is_sorted()));
        for number in 0..20_000 {
            let candidates = index.candidates(&format!("text {}", number / 2));
            assert!(candidates.contains(&number) && candidates.contains(&(number ^ 1)), "{number}");
        }
        assert_eq!(index.candidates("no text"), Vec::<u32>::new());
    }
}
