//! How far an instance was read, as JSON text with a version number.
//!
//! ```json
//! {"v":1,"records":{"newest":"2026-01-19 04:52:04","seen":{"2026-01-19 04:52:04":"<hashes>"}},
//!  "deletions":{"newest":"2026-01-18 10:00:00"},"denied":["sys_audit"],
//!  "pass":{"stage":"records","begun":"2026-01-19 05:00:00","leg":{"floor":"…","upto":"…","stamp":"…","id":"…","ties":true}}}
//! ```
//! At rest there is no `pass`: what an idle pass leaves is what it found.

use counterfoil_record::{Digest, Position};
use counterfoil_sdk::PullErrorKind;
use data_encoding::BASE64_NOPAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const VERSION: u32 = 1;
const HASH_BYTES: usize = 8;

/// Versions that are remembered as delivered. Beyond that the oldest are forgotten: they are delivered again and recognised
/// as unchanged by the ledger.
const REMEMBERED: usize = 20_000;

/// What is known of an instance's stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    v: u32,
    /// Of what the settings say about which records there are; another filter is another beginning.
    pub(crate) scope: String,
    /// When everything was read from the beginning, in seconds since 1970 by our clock: some updates leave no mark.
    pub(crate) reread: i64,
    pub(crate) records: Trail,
    #[serde(default)]
    pub(crate) deletions: Trail,
    /// Of relations between items, where the records are items.
    #[serde(default, skip_serializing_if = "Trail::is_new")]
    pub(crate) relations: Trail,
    /// Tables that the account may not read, as passes found.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) denied: BTreeSet<String>,
    /// Rows of histories that the source has and does not show, by table.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) hidden: BTreeMap<String, u64>,
    /// Whether the instance did not have the table of the records at all.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) missing: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pass: Option<Pass>,
}

/// A table read in the order of time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trail {
    /// The newest moment of a row that was delivered, never later than the instance's own clock said; empty before the first.
    pub(crate) newest: String,
    /// Versions delivered within the overlap, by their moments: hashes of id and mark.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    seen: BTreeMap<String, Hashes>,
}

/// Hashes of versions, written in base 64 one after the other.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
struct Hashes(BTreeSet<[u8; HASH_BYTES]>);

impl From<Hashes> for String {
    fn from(hashes: Hashes) -> Self {
        let bytes: Vec<u8> = hashes.0.into_iter().flatten().collect();
        BASE64_NOPAD.encode(&bytes)
    }
}

impl TryFrom<String> for Hashes {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = BASE64_NOPAD.decode(text.as_bytes()).map_err(|_| "no base 64")?;
        let hashes = bytes.chunks(HASH_BYTES).map(|hash| hash.try_into().map_err(|_| "half a hash"));
        hashes.collect::<Result<_, _>>().map(Self)
    }
}

/// A pass that is not at its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pass {
    pub(crate) stage: Stage,
    /// The instance's clock when the pass began; empty where it does not say.
    pub(crate) begun: String,
    pub(crate) leg: Leg,
}

/// What a pass reads now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    Records,
    Relations,
    Deletions,
}

/// Where in a table a pass stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Leg {
    /// Rows from this moment on; empty for all.
    pub(crate) floor: String,
    /// Rows up to this moment; empty for no end. What is written later is the next pass's.
    pub(crate) upto: String,
    /// Behind this row.
    pub(crate) stamp: String,
    pub(crate) id: String,
    /// Whether rows of that same second may be missing.
    pub(crate) ties: bool,
    /// Rows passed over in the window, all of them hidden.
    #[serde(default)]
    pub(crate) offset: usize,
    /// The fewest rows that a page of this instance was seen to have, hidden ones included; 0 while that is not known.
    #[serde(default)]
    pub(crate) page: usize,
    /// How many rows the window had when the first of them was passed over.
    #[serde(default)]
    pub(crate) total: Option<u64>,
}

impl Progress {
    pub(crate) fn begin(scope: &str, now: Timestamp) -> Self {
        let (records, deletions, relations) = Default::default();
        let (denied, hidden, missing) = Default::default();
        let (reread, scope) = (now.as_second(), scope.to_owned());
        Self { v: VERSION, scope, reread, records, deletions, relations, denied, hidden, missing, pass: None }
    }

    /// Reads a position. One that this version did not write, or that is of another filter, is no position.
    pub(crate) fn read(position: &Position, scope: &str) -> Result<Option<Self>, PullErrorKind> {
        if position.0.is_empty() {
            return Ok(None);
        }
        let progress: Self = serde_json::from_str(&position.0).map_err(|_| PullErrorKind::PositionExpired)?;
        if progress.v != VERSION || progress.scope != scope {
            return Err(PullErrorKind::PositionExpired);
        }
        Ok(Some(progress))
    }

    pub(crate) fn write(&self) -> Position {
        Position(serde_json::to_string(self).expect("a position can be written as JSON"))
    }
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Trail {
    /// Whether nothing was ever delivered.
    fn is_new(&self) -> bool {
        self.newest.is_empty() && self.seen.is_empty()
    }

    /// Whether this version was delivered.
    pub(crate) fn has_seen(&self, stamp: &str, id: &str, mark: &str) -> bool {
        self.seen.get(stamp).is_some_and(|hashes| hashes.0.contains(&version(id, mark)))
    }

    /// Forgets what was delivered, so that everything is delivered again.
    pub(crate) fn forget_all(&mut self) {
        self.seen.clear();
    }

    /// Remembers versions as delivered.
    pub(crate) fn saw<'a>(&mut self, versions: impl Iterator<Item = (&'a str, &'a str, &'a str)>) {
        for (stamp, id, mark) in versions {
            self.seen.entry(stamp.to_owned()).or_default().0.insert(version(id, mark));
        }
    }

    /// A row of this moment was delivered. A stamp ahead of the instance's own clock, where that is known, must not carry the
    /// next pass past what is written meanwhile.
    pub(crate) fn came_to(&mut self, stamp: &str, clock: &str) {
        let stamp = if clock.is_empty() { stamp } else { stamp.min(clock) };
        if stamp > self.newest.as_str() {
            stamp.clone_into(&mut self.newest);
        }
    }

    /// Forgets what the next pass will not meet again: everything before `floor`, and the oldest beyond what is remembered.
    pub(crate) fn forget(&mut self, floor: &str) {
        self.seen.retain(|stamp, _| stamp.as_str() >= floor);
        let mut held: usize = self.seen.values().map(|hashes| hashes.0.len()).sum();
        while held > REMEMBERED && self.seen.len() > 1 {
            if let Some((_, hashes)) = self.seen.pop_first() {
                held -= hashes.0.len();
            }
        }
        if held > REMEMBERED {
            self.seen.clear();
        }
    }
}

fn version(id: &str, mark: &str) -> [u8; HASH_BYTES] {
    let digest = Digest::of_parts(&[id.as_bytes(), mark.as_bytes()]);
    let mut hash = [0; HASH_BYTES];
    hash.copy_from_slice(&digest.0[..HASH_BYTES]);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_remembered_within_the_overlap() {
        let mut trail = Trail::default();
        trail.saw([("2026-01-01 00:00:01", "a", "1"), ("2026-01-01 00:00:02", "b", "1")].into_iter());
        trail.saw([("2026-01-01 00:00:01", "a", "1"), ("2026-01-01 00:00:01", "c", "1")].into_iter());
        assert!(trail.has_seen("2026-01-01 00:00:01", "a", "1") && trail.has_seen("2026-01-01 00:00:01", "c", "1"));
        assert!(!trail.has_seen("2026-01-01 00:00:01", "a", "2") && !trail.has_seen("2026-01-01 00:00:02", "a", "1"));
        trail.forget("2026-01-01 00:00:02");
        assert!(!trail.has_seen("2026-01-01 00:00:01", "a", "1") && trail.has_seen("2026-01-01 00:00:02", "b", "1"));
    }

    #[test]
    fn one_second_with_too_many_versions_is_forgotten_whole() {
        let mut trail = Trail::default();
        let hashes = (0..=REMEMBERED as u64).map(u64::to_be_bytes).collect();
        trail.seen.insert("2026-01-01 00:00:01".into(), Hashes(hashes));
        trail.forget("");
        assert!(trail.seen.is_empty());
    }

    #[test]
    fn only_positions_of_this_version_and_scope_are_read() {
        let progress = Progress::begin("s", Timestamp::UNIX_EPOCH);
        let written = progress.write();
        assert_eq!(Progress::read(&written, "s").unwrap(), Some(progress));
        assert!(matches!(Progress::read(&written, "other"), Err(PullErrorKind::PositionExpired)));
        assert_eq!(Progress::read(&Position::default(), "s").unwrap(), None);
    }
}
