//! How far files were read, as JSON text with a version number.
//!
//! ```json
//! {"v":1,"settings":"…","files":[["2026-10.csv",4711,1760000000000000000,"<sha>",100,2]],
//!  "refused":[{"name":"bad.csv","len":1,"mtime":2,"sha":"…","why":[{"code":"file::zone-missing",…}]}],
//!  "reading":{"name":"2026-11.csv","len":1,"mtime":2,"sha":"…","point":{"at":{"byte":17,"rows":3}},
//!   "records":2,"unreadable":0}}
//! ```

use crate::folder::Stamp;
use crate::page::Counts;
use crate::problem::{Refusal, code_named};
use counterfoil_record::Position;
use counterfoil_sdk::PullErrorKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is known of every file that was looked at, by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct State {
    settings: String,
    files: BTreeMap<String, Seen>,
}

/// What is known of one file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) stamp: Stamp,
    /// Of its content; see [`crate::open::Measured`].
    pub(crate) sha: String,
    pub(crate) stage: Stage,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stage {
    Done(Counts),
    Refused(Vec<Refusal>),
    /// Read up to a point; at most one file at a time.
    Reading(Point, Counts),
}

/// A point within a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Point {
    Start,
    /// Of rows: bytes of decoded text and rows before it.
    At {
        byte: u64,
        rows: u64,
    },
    /// Of a log: after this group of rows.
    After(String),
}

const VERSION: u32 = 1;

impl State {
    /// Nothing read yet.
    pub(crate) fn fresh(settings: &str) -> Self {
        Self { settings: settings.to_owned(), files: BTreeMap::new() }
    }

    /// Reads a position. A text that this version did not write is no position.
    pub(crate) fn read(position: &Position) -> Result<Option<Self>, PullErrorKind> {
        if position.0.is_empty() {
            return Ok(None);
        }
        let stored: Stored = serde_json::from_str(&position.0).map_err(|_| PullErrorKind::PositionExpired)?;
        if stored.v != VERSION {
            return Err(PullErrorKind::PositionExpired);
        }
        let mut files = BTreeMap::new();
        for (name, len, mtime, sha, records, unreadable) in stored.files {
            let stage = Stage::Done(Counts { records, unreadable });
            files.insert(name, Seen { stamp: Stamp { len, mtime }, sha, stage });
        }
        for refused in stored.refused {
            let why: Option<Vec<Refusal>> = refused.why.into_iter().map(StoredReason::into_refusal).collect();
            let stage = Stage::Refused(why.ok_or(PullErrorKind::PositionExpired)?);
            let stamp = Stamp { len: refused.len, mtime: refused.mtime };
            files.insert(refused.name, Seen { stamp, sha: refused.sha, stage });
        }
        if let Some(reading) = stored.reading {
            let counts = Counts { records: reading.records, unreadable: reading.unreadable };
            let stamp = Stamp { len: reading.len, mtime: reading.mtime };
            files.insert(reading.name, Seen { stamp, sha: reading.sha, stage: Stage::Reading(reading.point, counts) });
        }
        Ok(Some(Self { settings: stored.settings, files }))
    }

    /// The position as text; the same state always gives the same text.
    pub(crate) fn write(&self) -> Position {
        let mut stored = Stored {
            v: VERSION,
            settings: self.settings.clone(),
            files: Vec::new(),
            refused: Vec::new(),
            reading: None,
        };
        for (name, seen) in &self.files {
            let (name, sha, Stamp { len, mtime }) = (name.clone(), seen.sha.clone(), seen.stamp);
            match &seen.stage {
                Stage::Done(counts) => stored.files.push((name, len, mtime, sha, counts.records, counts.unreadable)),
                Stage::Refused(why) => {
                    let why = why.iter().map(StoredReason::of).collect();
                    stored.refused.push(StoredRefusal { name, len, mtime, sha, why });
                }
                Stage::Reading(point, counts) => {
                    let Counts { records, unreadable } = *counts;
                    stored.reading =
                        Some(StoredReading { name, len, mtime, sha, point: point.clone(), records, unreadable });
                }
            }
        }
        Position(serde_json::to_string(&stored).expect("these are texts and numbers"))
    }

    pub(crate) fn is_of(&self, settings: &str) -> bool {
        self.settings == settings
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Seen> {
        self.files.get(name)
    }

    pub(crate) fn set(&mut self, name: &str, seen: Seen) {
        self.files.insert(name.to_owned(), seen);
    }

    /// The file that is in the middle of being read.
    pub(crate) fn reading(&self) -> Option<&str> {
        self.files.iter().find(|(_, seen)| matches!(seen.stage, Stage::Reading(..))).map(|(name, _)| name.as_str())
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&String, &Seen)> {
        self.files.iter()
    }

    /// Forgets files that are gone; their names.
    pub(crate) fn keep_only(&mut self, is_there: impl Fn(&str) -> bool) -> Vec<String> {
        let gone: Vec<String> = self.files.keys().filter(|name| !is_there(name)).cloned().collect();
        for name in &gone {
            self.files.remove(name);
        }
        gone
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    v: u32,
    settings: String,
    files: Vec<(String, u64, i64, String, u64, u64)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refused: Vec<StoredRefusal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reading: Option<StoredReading>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRefusal {
    name: String,
    len: u64,
    mtime: i64,
    sha: String,
    why: Vec<StoredReason>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredReason {
    code: String,
    position: String,
    reason: String,
    remedy: String,
    records: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredReading {
    name: String,
    len: u64,
    mtime: i64,
    sha: String,
    point: Point,
    records: u64,
    unreadable: u64,
}

impl StoredReason {
    fn of(refusal: &Refusal) -> Self {
        let Refusal { code, position, reason, remedy, records } = refusal.clone();
        Self { code: code.to_owned(), position, reason, remedy, records }
    }

    fn into_refusal(self) -> Option<Refusal> {
        let Self { code, position, reason, remedy, records } = self;
        Some(Refusal { code: code_named(&code)?, position, reason, remedy, records })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ZONE_MISSING;

    fn state() -> State {
        let mut state = State::fresh("settings");
        let seen =
            |stage| Seen { stamp: Stamp { len: 4711, mtime: 1_760_000_000_123_456_789 }, sha: "ab".repeat(16), stage };
        let counts = Counts { records: 2, unreadable: 1 };
        state.set("a.csv", seen(Stage::Done(counts)));
        let refusal = Refusal { records: Some(7), ..Refusal::new(ZONE_MISSING, "no zone", "write one").at("row 2") };
        state.set("b.csv", seen(Stage::Refused(vec![refusal])));
        state.set("c.csv", seen(Stage::Reading(Point::At { byte: 17, rows: 3 }, counts)));
        state
    }

    #[test]
    fn a_state_comes_back_from_its_text() {
        let mut state = state();
        for point in [Point::Start, Point::At { byte: 1, rows: 2 }, Point::After("kINC1".to_owned())] {
            let seen = Seen { stage: Stage::Reading(point, Counts::default()), ..state.get("c.csv").unwrap().clone() };
            state.set("c.csv", seen);
            assert_eq!(State::read(&state.write()).unwrap().as_ref(), Some(&state));
        }
        assert_eq!(state.reading(), Some("c.csv"));
    }

    #[test]
    fn another_version_or_code_is_not_guessed() {
        let text = state().write().0;
        for (from, to) in [("\"v\":1", "\"v\":2"), (ZONE_MISSING, "file::later"), ("files", "flies"), ("[", "{")] {
            let read = State::read(&Position(text.replace(from, to)));
            assert!(matches!(read, Err(PullErrorKind::PositionExpired)), "{to}");
        }
        assert!(State::read(&Position::default()).unwrap().is_none());
    }

    #[test]
    fn thousands_of_files_stay_small() {
        let mut state = State::fresh("settings");
        let done = state_of_one();
        for n in 0..5000 {
            state.set(&format!("2026-10-17T{n:06}.csv"), done.clone());
        }
        assert!(state.write().0.len() < 5000 * 110, "{}", state.write().0.len());
    }

    fn state_of_one() -> Seen {
        state().get("a.csv").unwrap().clone()
    }
}
