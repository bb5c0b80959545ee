//! What a row looks like, and the totals that prove that none is missing.

use crate::broken::Broken;
use counterfoil_record::Digest;
use serde::{Deserialize, Serialize};

/// Of keys and values, and of what they are projected from. Another one, or another `Facts::VERSION`, is built again.
/// 2: the names of a record have those that its history tells of.
pub(crate) const FORMAT: u32 = 2;

/// Records in a row. Measured with `examples/project.rs` and a million records: with one record in a row sled's memory
/// grows by 60 bytes for every record and it takes in 9,000 records/s; with 8 it takes in 120,000/s. With 16 it is as fast,
/// and random updates, which write a row and its neighbours anew, run at half the rate.
pub(crate) const BLOCK_RECORDS: u32 = 8;

pub(crate) const TOTALS_KEY: &[u8] = b"m";
const BLOCKS: u8 = b'b';
const SEAL_BYTES: usize = 4;

/// What the rows add up to. Written in the same batch as the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Totals {
    /// The first place of the event log that is not projected.
    pub upto: (u64, u32),
    pub records: u32,
    /// The wrapping sum of every row's hash; it does not depend on the order.
    pub row_sum: u64,
    /// Of keys and values.
    pub live_bytes: u64,
}

impl Totals {
    pub(crate) fn add_row(&mut self, key: &[u8], value: &[u8]) {
        self.row_sum = self.row_sum.wrapping_add(hash(key, value));
        self.live_bytes += (key.len() + value.len()) as u64;
    }

    pub(crate) fn remove_row(&mut self, key: &[u8], value: &[u8]) {
        self.row_sum = self.row_sum.wrapping_sub(hash(key, value));
        self.live_bytes = self.live_bytes.saturating_sub((key.len() + value.len()) as u64);
    }
}

/// A record in its row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    pub id: String,
    /// What people have called it, each name once.
    pub names: Vec<String>,
    /// Postcard; a row is written anew for one record, and the others need not be decoded for that.
    pub facts: Vec<u8>,
}

/// An [`Entry`] that is borrowed from its row.
#[derive(Serialize, Deserialize)]
pub(crate) struct EntryRef<'a> {
    pub id: &'a str,
    #[serde(borrow)]
    pub names: Vec<&'a str>,
    pub facts: &'a [u8],
}

impl EntryRef<'_> {
    pub(crate) fn to_entry(&self) -> Entry {
        let names = self.names.iter().map(|name| (*name).to_owned()).collect();
        Entry { id: self.id.to_owned(), names, facts: self.facts.to_vec() }
    }
}

/// The row of a record and its place there, by its number; records are numbered as they come.
pub(crate) fn place(number: u32) -> (u32, usize) {
    (number / BLOCK_RECORDS, (number % BLOCK_RECORDS) as usize)
}

/// The number of the first record of a row.
pub(crate) fn first(block: u32) -> u32 {
    block.saturating_mul(BLOCK_RECORDS)
}

pub(crate) fn block_key(block: u32) -> [u8; 5] {
    let [a, b, c, d] = block.to_be_bytes();
    [BLOCKS, a, b, c, d]
}

/// The number of a row, if this is the key of one.
pub(crate) fn block_of(key: &[u8]) -> Option<u32> {
    let (BLOCKS, number) = key.split_first().map(|(first, rest)| (*first, rest))? else { return None };
    Some(u32::from_be_bytes(number.try_into().ok()?))
}

pub(crate) fn encode(entries: &[Entry]) -> Vec<u8> {
    let entries: Vec<EntryRef<'_>> = entries
        .iter()
        .map(|entry| EntryRef {
            id: &entry.id,
            names: entry.names.iter().map(String::as_str).collect(),
            facts: &entry.facts,
        })
        .collect();
    sealed(&entries)
}

pub(crate) fn decode(value: &[u8], block: u32) -> Result<Vec<EntryRef<'_>>, Broken> {
    unsealed(value, || format!("row {block}"))
}

/// Encodes and puts a checksum behind it.
pub(crate) fn sealed<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = postcard::to_stdvec(value).expect("memory takes every row");
    let digest = Digest::of(&bytes);
    bytes.extend_from_slice(&digest.0[..SEAL_BYTES]);
    bytes
}

/// Checks the checksum and decodes. `what` names it in errors.
pub(crate) fn unsealed<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: impl Fn() -> String) -> Result<T, Broken> {
    let damaged = || Broken::Damaged(format!("{} is damaged", what()));
    let at = bytes.len().checked_sub(SEAL_BYTES).ok_or_else(damaged)?;
    let (content, seal) = bytes.split_at(at);
    if Digest::of(content).0[..SEAL_BYTES] != *seal {
        return Err(damaged());
    }
    postcard::from_bytes(content).map_err(|_| damaged())
}

/// Of a row.
fn hash(key: &[u8], value: &[u8]) -> u64 {
    let digest = Digest::of_parts(&[key, value]);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest.0[..8]);
    u64::from_le_bytes(bytes)
}
