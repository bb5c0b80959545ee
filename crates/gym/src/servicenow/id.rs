//! The immutable ids of rows. It knows no table.

use crate::bulk::{hex, mix};
use std::fmt;

/// A `sys_id`: as a rule 32 hexadecimal digits, and never longer than that. Sorted as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id([u8; 32]);

impl Id {
    /// `None` when it is empty or too long to be an id.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() > 32 || text.contains(&0) || std::str::from_utf8(text).is_err() {
            return None;
        }
        let mut bytes = [0; 32];
        bytes[..text.len()].copy_from_slice(text);
        Some(Self(bytes))
    }

    /// The id of the n-th row of a family of rows; different ones never share an id within a seed.
    pub(crate) fn made(seed: u64, family: u64, nth: u64) -> Self {
        let high = mix(nth ^ mix(seed ^ family.rotate_left(17)));
        let mut bytes = [0; 32];
        hex(&mut bytes[..16], high);
        hex(&mut bytes[16..], mix(high ^ mix(family)));
        Self(bytes)
    }

    /// The same id for the same words.
    pub(crate) fn of_words(words: &[&str]) -> Self {
        let hash = words.iter().fold(0, |hash, word| mix(hash ^ hash_of(word.as_bytes())));
        Self::made(hash, 77, hash)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(32);
        &self.0[..end]
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(self.bytes()).expect("ids are made of text")
    }

    /// 64 bits that depend on it and on a salt.
    pub(crate) fn hash(&self, salt: u64) -> u64 {
        mix(hash_of(&self.0) ^ mix(salt))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// The same on every machine.
pub(crate) fn hash_of(bytes: &[u8]) -> u64 {
    let mut hash = mix(bytes.len() as u64);
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = mix(hash ^ u64::from_le_bytes(word));
    }
    hash
}
