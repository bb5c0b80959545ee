//! What was delivered already: the sections with a mark of what each said, and how far the present pass is.

use counterfoil_record::Position;
use counterfoil_sdk::PullErrorKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Larger ones are none of ours.
const MOST_BYTES: usize = 64 << 20;

/// The version of what is written here.
const VERSION: u32 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delivered {
    v: u32,
    /// Marks by path.
    pub(crate) sections: BTreeMap<String, String>,
}

impl Delivered {
    pub(crate) fn read(position: &Position) -> Result<Self, PullErrorKind> {
        if position.0.is_empty() {
            return Ok(Self { v: VERSION, sections: BTreeMap::new() });
        }
        let read: Option<Self> =
            (position.0.len() <= MOST_BYTES).then(|| serde_json::from_str(&position.0).ok()).flatten();
        read.filter(|read| read.v == VERSION).ok_or(PullErrorKind::PositionExpired)
    }

    pub(crate) fn position(&self) -> Position {
        Position(serde_json::to_string(self).unwrap_or_default())
    }
}
