//! How far a site was read, as JSON text with a version number.
//!
//! At rest there is no `pass`: what an idle pass leaves is what it found.

use crate::issue::Issue;
use crate::moment::Clock;
use counterfoil_record::{Digest, Position};
use counterfoil_sdk::PullErrorKind;
use data_encoding::BASE64_NOPAD;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const VERSION: u32 = 1;
const HASH_BYTES: usize = 8;

/// Versions that are remembered as delivered. Beyond that the oldest are forgotten: they are delivered again and recognised
/// as unchanged by the ledger.
const REMEMBERED: usize = 20_000;

/// Issues whose history has holes, by name; beyond that they are counted.
const MOST_SHORT: usize = 200;

/// What is known of the issues of a site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    v: u32,
    /// Of what the settings say about which issues there are; another scope is another beginning.
    scope: String,
    /// How the site's JQL is told a moment; none while that could not be tried.
    pub(crate) clock: Option<Clock>,
    /// When everything was read from the beginning, in seconds since 1970 by our clock: some changes leave no mark.
    pub(crate) reread: i64,
    /// The newest moment of an issue that was delivered, never later than the site's own clock said.
    pub(crate) newest: i64,
    /// Versions delivered within the overlap, by their moments: hashes of their seals.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    seen: BTreeMap<i64, String>,
    /// Parts of the site that the account may not read, as passes found.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) denied: BTreeSet<String>,
    /// Issues of which something could not be read whole, and what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) short: BTreeMap<String, BTreeSet<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pass: Option<Pass>,
}

/// A pass that is not at its end.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pass {
    /// The site's clock when the pass began, in milliseconds since 1970; 0 where it does not say.
    pub(crate) begun: i64,
    /// Issues changed since this moment; 0 for all.
    pub(crate) floor: i64,
    /// Whether everything is read, from the database and not only from the index.
    #[serde(default)]
    pub(crate) whole: bool,
    /// The newest issue of this pass that has surely found its place in the index.
    pub(crate) settled: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tokens: Option<Tokens>,
    #[serde(default)]
    pub(crate) window: Window,
}

/// Where a walk by tokens stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tokens {
    /// A token belongs to its question: it is asked to the letter until it ends.
    pub(crate) jql: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// How often the walk began anew without getting further.
    #[serde(default)]
    pub(crate) restarts: u32,
    #[serde(default)]
    pub(crate) guard: Guard,
}

/// Notices tokens that lead in a circle, with the memory of one of them (Brent).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Guard {
    mark: String,
    steps: u64,
    limit: u64,
    /// Of the last page, and how often it came in a row.
    page: String,
    alike: u32,
}

/// Pages that may be alike, one after the other: a site may begin a page with the end of the one before.
const MOST_ALIKE: u32 = 3;

/// Where a walk by offsets stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    /// Issues passed over in the window.
    pub(crate) offset: u64,
    /// How many the window had then.
    pub(crate) total: Option<u64>,
    /// How often it began anew, because issues came or went meanwhile.
    #[serde(default)]
    pub(crate) restarts: u32,
    /// Whether the window is one unit of the clock, which has more issues than a page.
    pub(crate) ties: bool,
}

impl Progress {
    pub(crate) fn begin(scope: &str, now_secs: i64) -> Self {
        let (newest, seen, denied, short) = Default::default();
        let (scope, clock, pass) = (scope.to_owned(), None, None);
        Self { v: VERSION, scope, clock, reread: now_secs, newest, seen, denied, short, pass }
    }

    /// Reads a position. One that this version did not write, or that is of another scope, is no position.
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

    /// Whether this version was delivered.
    pub(crate) fn has_seen(&self, issue: &Issue) -> bool {
        self.seen.get(&issue.updated).is_some_and(|hashes| has(hashes, &issue.seal()))
    }

    /// Remembers a version as delivered.
    pub(crate) fn saw(&mut self, issue: &Issue) {
        self.saw_seal(&issue.seal(), issue.updated);
    }

    fn saw_seal(&mut self, seal: &str, updated: i64) {
        let held = self.seen.entry(updated).or_default();
        if !has(held, seal) {
            let mut all = BASE64_NOPAD.decode(held.as_bytes()).unwrap_or_default();
            all.extend_from_slice(&hash_of(seal));
            *held = BASE64_NOPAD.encode(&all);
        }
    }

    pub(crate) fn forget_all(&mut self) {
        self.seen.clear();
    }

    /// Forgets what the next pass will not meet again, and the oldest beyond what is remembered.
    pub(crate) fn forget(&mut self, floor: i64) {
        self.seen.retain(|updated, _| *updated >= floor);
        let count = |hashes: &String| hashes.len() * 3 / 4 / HASH_BYTES;
        let mut held: usize = self.seen.values().map(count).sum();
        while held > REMEMBERED && self.seen.len() > 1 {
            if let Some((_, hashes)) = self.seen.pop_first() {
                held -= count(&hashes);
            }
        }
        if held > REMEMBERED {
            self.seen.clear();
        }
    }

    /// Notes down that a part of an issue is not whole, or that it is now.
    pub(crate) fn note(&mut self, id: &str, part: &str, is_whole: bool) {
        if !is_whole {
            if self.short.len() < MOST_SHORT || self.short.contains_key(id) {
                self.short.entry(id.to_owned()).or_default().insert(part.to_owned());
            }
        } else if let Some(parts) = self.short.get_mut(id) {
            parts.remove(part);
            if parts.is_empty() {
                self.short.remove(id);
            }
        }
    }
}

impl Guard {
    /// Takes in the token that leads on; whether it was there before.
    pub(crate) fn is_circle(&mut self, token: &str) -> bool {
        let hash = BASE64_NOPAD.encode(&hash_of(token));
        if hash == self.mark {
            return true;
        }
        if self.steps >= self.limit {
            (self.mark, self.steps, self.limit) = (hash, 0, (self.limit * 2).max(1));
        }
        self.steps += 1;
        false
    }

    /// Takes in what stands on a page; whether the same page comes again and again.
    pub(crate) fn is_stuck(&mut self, page: &[(String, i64)]) -> bool {
        if page.is_empty() {
            return false;
        }
        let mut text = String::new();
        page.iter().for_each(|(id, updated)| text.push_str(&format!("{id} {updated},")));
        let hash = BASE64_NOPAD.encode(&hash_of(&text));
        self.alike = if hash == self.page { self.alike + 1 } else { 0 };
        self.page = hash;
        self.alike > MOST_ALIKE
    }
}

fn has(hashes: &str, seal: &str) -> bool {
    let hashes = BASE64_NOPAD.decode(hashes.as_bytes()).unwrap_or_default();
    hashes.chunks(HASH_BYTES).any(|hash| hash == hash_of(seal))
}

fn hash_of(text: &str) -> [u8; HASH_BYTES] {
    let mut hash = [0; HASH_BYTES];
    hash.copy_from_slice(&Digest::of(text.as_bytes()).0[..HASH_BYTES]);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn versions_are_remembered_within_the_overlap() {
        let mut progress = Progress::begin("s", 0);
        for (seal, updated) in [("1", 5), ("1", 5), ("2", 5), ("3", 7)] {
            progress.saw_seal(seal, updated);
        }
        let has_seen =
            |progress: &Progress, seal, updated| progress.seen.get(&updated).is_some_and(|held| has(held, seal));
        assert!(has_seen(&progress, "1", 5) && has_seen(&progress, "2", 5) && !has_seen(&progress, "1", 7));
        assert_eq!(progress.seen[&5].len(), BASE64_NOPAD.encode(&[0; 16]).len());
        progress.forget(6);
        assert!(!has_seen(&progress, "1", 5) && has_seen(&progress, "3", 7));
    }

    #[test]
    fn only_positions_of_this_version_and_scope_are_read() {
        let mut progress = Progress::begin("s", 0);
        progress.saw_seal("1", 5);
        progress.note("1", "changelog", false);
        progress.pass = Some(Pass { tokens: Some(Tokens::default()), ..Pass::default() });
        let written = progress.write();
        assert_eq!(Progress::read(&written, "s").unwrap(), Some(progress.clone()));
        assert!(matches!(Progress::read(&written, "other"), Err(PullErrorKind::PositionExpired)));
        assert_eq!(Progress::read(&Position::default(), "s").unwrap(), None);
        progress.note("1", "changelog", true);
        assert!(progress.short.is_empty());
    }

    proptest! {
        /// Whatever tokens lead in, and however long the circle is: it is noticed, and a way without one never is.
        #[test]
        fn a_circle_of_tokens_is_noticed(lead in 0..40_u32, length in 1..40_u32) {
            let mut guard = Guard::default();
            let circle = (0..lead).chain((0..1_000).map(|at| lead + at % length));
            let steps = circle.take_while(|token| !guard.is_circle(&token.to_string())).count();
            prop_assert!(steps < 300, "{steps}");
            let mut guard = Guard::default();
            prop_assert!((0..300).all(|token: u32| !guard.is_circle(&token.to_string())));
        }
    }
}
