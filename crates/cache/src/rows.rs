//! What a row looks like, and the totals that prove that none is missing.

use crate::broken::Broken;
use counterfoil_assurance::Facts;
use counterfoil_record::Digest;
use serde::{Deserialize, Serialize};

/// Of keys and values. Another one, or another [`Facts::VERSION`], is built again.
pub(crate) const FORMAT: u32 = 1;

pub(crate) const TOTALS_KEY: &[u8] = b"m";
pub(crate) const RECORDS: &[u8] = b"r";
const ALIASES: u8 = b'a';

const SEAL_BYTES: usize = 4;

/// What the rows add up to. Written in the same batch as the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Totals {
    /// The first place of the event log that is not projected.
    pub upto: (u64, u32),
    pub records: u64,
    /// The wrapping sum of every row's hash; it does not depend on the order.
    pub record_sum: u64,
    pub aliases: u64,
    pub alias_sum: u64,
    /// Of keys and values.
    pub live_bytes: u64,
}

impl Totals {
    pub(crate) fn add_record(&mut self, key: &[u8], value: &[u8]) {
        self.records += 1;
        self.record_sum = self.record_sum.wrapping_add(hash(key, value));
        self.live_bytes += (key.len() + value.len()) as u64;
    }

    pub(crate) fn remove_record(&mut self, key: &[u8], value: &[u8]) {
        self.records = self.records.wrapping_sub(1);
        self.record_sum = self.record_sum.wrapping_sub(hash(key, value));
        self.live_bytes = self.live_bytes.wrapping_sub((key.len() + value.len()) as u64);
    }

    pub(crate) fn add_alias(&mut self, key: &[u8]) {
        self.aliases += 1;
        self.alias_sum = self.alias_sum.wrapping_add(hash(key, &[]));
        self.live_bytes += key.len() as u64;
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Broken> {
        unsealed(bytes, "the totals")
    }
}

/// A row as it is written.
#[derive(Serialize)]
pub(crate) struct NewRow<'a> {
    pub alias: Option<&'a str>,
    pub facts: &'a Facts,
}

/// A row as it is read.
#[derive(Deserialize)]
pub(crate) struct Row<'a> {
    #[serde(borrow)]
    pub alias: Option<&'a str>,
    pub facts: Facts,
}

pub(crate) fn record_key(id: &str) -> Vec<u8> {
    [RECORDS, id.as_bytes()].concat()
}

pub(crate) fn record_id(key: &[u8]) -> Result<&str, Broken> {
    let id = key.get(RECORDS.len()..).and_then(|id| std::str::from_utf8(id).ok());
    id.ok_or_else(|| Broken::Damaged("a record's id is no text".to_owned()))
}

/// What every key of an alias begins with.
pub(crate) fn alias_prefix(alias: &str) -> Vec<u8> {
    [&[ALIASES], alias.as_bytes(), &[0]].concat()
}

pub(crate) fn alias_key(alias: &str, id: &str) -> Vec<u8> {
    [&alias_prefix(alias), id.as_bytes()].concat()
}

pub(crate) fn is_alias(key: &[u8]) -> bool {
    key.first() == Some(&ALIASES)
}

/// Encodes and puts a checksum behind it.
pub(crate) fn sealed<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = postcard::to_stdvec(value).expect("memory takes every row");
    let digest = Digest::of(&bytes);
    bytes.extend_from_slice(&digest.0[..SEAL_BYTES]);
    bytes
}

/// Checks the checksum and decodes. `what` names it in errors.
pub(crate) fn unsealed<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: &str) -> Result<T, Broken> {
    let damaged = || Broken::Damaged(format!("{what} is damaged"));
    let at = bytes.len().checked_sub(SEAL_BYTES).ok_or_else(damaged)?;
    let (content, seal) = bytes.split_at(at);
    if Digest::of(content).0[..SEAL_BYTES] != *seal {
        return Err(damaged());
    }
    postcard::from_bytes(content).map_err(|_| damaged())
}

fn hash(key: &[u8], value: &[u8]) -> u64 {
    let digest = Digest::of_parts(&[key, value]);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest.0[..8]);
    u64::from_le_bytes(bytes)
}
