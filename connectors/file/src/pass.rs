//! One pull: which files are new or changed, one page of what they hold, and how far that is.
//!
//! A pass ends with a page that repeats every gap that still stands and counts what the files hold. Files are looked at
//! again in every pull; one that did not change is not opened.

use crate::config::Settings;
use crate::folder::{self, Found, Listing, pull_error};
use crate::open::{self, Measured, Opened, measure};
use crate::page::{Counts, PageDraft};
use crate::position::{Point, Seen, Stage, State};
use crate::problem::{NOT_READABLE, Refusal};
use crate::survey::NotOpened;
use counterfoil_record::{Census, Gap, Page, Position};
use counterfoil_sdk::{PullContext, PullErrorKind};
use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the pulls of one instance share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    digest: String,
    /// The file that the last page stopped in, with a reader where it stopped. Only a short cut: a pull from anywhere
    /// else opens the file itself.
    open: Mutex<Option<Opened>>,
}

impl Shared {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { digest: settings.digest(), settings, open: Mutex::new(None) }
    }
}

/// Whether the path is there, can be read, and holds what the configuration says.
pub(crate) fn check(shared: &Shared) -> Result<(), PullErrorKind> {
    let listing = folder::list(&shared.settings)?;
    for found in &listing.files {
        match open::check(found, &shared.settings) {
            Ok(()) => {}
            Err(NotOpened::Failed(error)) => return Err(pull_error(error, &found.name)),
            Err(NotOpened::Refused(refusals)) => {
                let told: Vec<String> =
                    refusals.iter().map(|refusal| format!("{} ({})", refusal.reason, refusal.remedy)).collect();
                return Err(PullErrorKind::Contract { source: format!("{}: {}", found.name, told.join("; ")).into() });
            }
        }
    }
    Ok(())
}

/// Reads one page.
pub(crate) fn pull(shared: &Shared, from: &Position, context: PullContext) -> Result<Page, PullErrorKind> {
    let stored = State::read(from)?;
    let listing = folder::list(&shared.settings)?;
    let mut open = shared.open.lock().unwrap_or_else(PoisonError::into_inner);
    let mut pass = Pass {
        shared,
        context,
        page: PageDraft::new(context.page_size, shared.settings.limits.page_bytes),
        state: State::fresh(&shared.digest),
        open: open.take(),
        unfinished: None,
        unreadable_files: Vec::new(),
    };
    match stored {
        Some(state) if state.is_of(&shared.digest) => pass.state = state,
        Some(_) => pass.page.notes.push("the way of reading was changed: every file is read again".to_owned()),
        None => {}
    }
    let there: BTreeSet<&str> = listing.files.iter().map(|found| &*found.name).collect();
    let gone = pass.state.keep_only(|name| there.contains(name));
    pass.page.notes.extend(gone.iter().map(|name| format!("{name} is gone; what it told is kept")));

    let has_more = pass.read_files(&listing)?;
    let next = pass.state.write();
    let progress = pass.progress(&listing);
    let is_waiting = !has_more && pass.unfinished.is_some();
    if let (true, true, true, Some((what, wait))) = (is_waiting, pass.page.is_empty(), next == *from, &pass.unfinished)
    {
        return Err(PullErrorKind::NotReady { what: what.to_string(), wait: *wait });
    }
    let is_last = !has_more && !is_waiting;
    if is_last {
        pass.end(&listing, next != *from);
    }
    let census = is_last.then(|| pass.census());
    *open = pass.open.take();
    Ok(Page { next, more: !is_last, progress_permille: Some(progress), census, ..pass.page.finish() })
}

struct Pass<'a> {
    shared: &'a Shared,
    context: PullContext,
    page: PageDraft,
    state: State,
    open: Option<Opened>,
    /// A file that is still being written, and when to look again.
    unfinished: Option<(Arc<str>, Duration)>,
    /// Files of a folder that could not be read this time.
    unreadable_files: Vec<Gap>,
}

/// Why a file is left for another pull.
enum Left {
    Changed,
    Failed(io::Error),
}

impl From<io::Error> for Left {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl Pass<'_> {
    /// Reads files until the page is full; whether there is more to read right now.
    fn read_files(&mut self, listing: &Listing) -> Result<bool, PullErrorKind> {
        let reading = self.state.reading().map(str::to_owned);
        let is_reading = |found: &&Found| reading.as_deref() == Some(&found.name);
        let first = listing.files.iter().filter(is_reading);
        for found in first.chain(listing.files.iter().filter(|found| !is_reading(found))) {
            if self.is_settled(found) {
                continue;
            }
            if !listing.is_single
                && let Some(wait) = self.time_to_settle(found)
            {
                self.wait_for(found, wait);
                continue;
            }
            if self.page.is_full() {
                return Ok(true);
            }
            let mark = self.page.mark();
            match self.read_file(found) {
                Ok(true) => {}
                Ok(false) => return Ok(true),
                Err(Left::Changed) => {
                    self.page.go_back(mark);
                    self.wait_for(found, self.shared.settings.settle.max(Duration::from_millis(100)));
                }
                Err(Left::Failed(error)) if listing.is_single => {
                    return Err(pull_error(error, &self.shared.settings.shown));
                }
                Err(Left::Failed(error)) => {
                    self.page.go_back(mark);
                    let refusal = Refusal::new(
                        NOT_READABLE,
                        format!("the file cannot be read: {error}"),
                        "see to its rights and its disk",
                    );
                    self.unreadable_files.push(refusal.gap(&found.name));
                }
            }
        }
        Ok(false)
    }

    /// Whether the file is as it was when it was read or refused.
    fn is_settled(&self, found: &Found) -> bool {
        self.state
            .get(&found.name)
            .is_some_and(|seen| seen.stamp == found.stamp && matches!(seen.stage, Stage::Done(_) | Stage::Refused(_)))
    }

    /// How long the file has to be left alone until it counts as complete. A time in the future says nothing.
    fn time_to_settle(&self, found: &Found) -> Option<Duration> {
        let settle = self.shared.settings.settle;
        let age = self.context.now.as_nanosecond() - i128::from(found.stamp.mtime);
        let left = settle.as_nanos() as i128 - age.max(0);
        let is_young = age >= -(settle.as_nanos() as i128) && left > 0;
        is_young.then(|| Duration::from_nanos(left as u64))
    }

    fn wait_for(&mut self, found: &Found, wait: Duration) {
        if self.unfinished.as_ref().is_none_or(|(_, shortest)| wait < *shortest) {
            self.unfinished = Some((Arc::clone(&found.name), wait));
        }
    }

    /// Reads on in one file; whether it is finished.
    fn read_file(&mut self, found: &Found) -> Result<bool, Left> {
        let settings = &self.shared.settings;
        let seen = self.state.get(&found.name).cloned();
        let is_same = |opened: &Opened| opened.name == found.name && opened.stamp == found.stamp;
        let mut opened = match self.open.take().filter(is_same) {
            Some(opened) => opened,
            None => match self.open(found, seen.as_ref())? {
                Some(opened) => opened,
                None => return Ok(true),
            },
        };
        let (point, mut counts) = match seen {
            Some(Seen { sha, stage: Stage::Reading(point, counts), .. }) if sha == opened.sha => (point, counts),
            _ => (Point::Start, Counts::default()),
        };
        if !opened.go_to(&point, settings)? {
            counts = Counts::default();
        }
        if point == Point::Start {
            self.page.notes.extend(opened.notes.iter().cloned());
        }
        let before = self.page.counts();
        let is_finished = opened.fill(&mut self.page, settings)?;
        if !found.is_unchanged()? {
            return Err(Left::Changed);
        }
        let after = self.page.counts();
        counts.records += after.records - before.records;
        counts.unreadable += after.unreadable - before.unreadable;
        let stage = if is_finished { Stage::Done(counts) } else { Stage::Reading(opened.point(), counts) };
        self.state.set(&found.name, Seen { stamp: found.stamp, sha: opened.sha.clone(), stage });
        if !is_finished {
            self.open = Some(opened);
        }
        Ok(is_finished)
    }

    /// Opens a file; `None` when there is nothing to read: its content is known, or it is refused.
    fn open(&mut self, found: &Found, seen: Option<&Seen>) -> Result<Option<Opened>, Left> {
        let measured: Measured = measure(found)?;
        let sha = measured.sha.clone();
        if let Some(seen) = seen.filter(|seen| seen.sha == sha && !matches!(seen.stage, Stage::Reading(..))) {
            self.state.set(&found.name, Seen { stamp: found.stamp, ..seen.clone() });
            return Ok(None);
        }
        let opened = Opened::new(found, measured, &self.shared.settings);
        // What a file says while it is written is nothing to report.
        if !found.is_unchanged()? {
            return Err(Left::Changed);
        }
        match opened {
            Ok(opened) => Ok(Some(opened)),
            Err(NotOpened::Failed(error)) => Err(Left::Failed(error)),
            Err(NotOpened::Refused(refusals)) => {
                self.page.gaps.extend(refusals.iter().map(|refusal| refusal.gap(&found.name)));
                self.state.set(&found.name, Seen { stamp: found.stamp, sha, stage: Stage::Refused(refusals) });
                Ok(None)
            }
        }
    }

    /// What the last page of a pass adds.
    fn end(&mut self, listing: &Listing, has_news: bool) {
        let refused = self.state.files().filter_map(|(name, seen)| match &seen.stage {
            Stage::Refused(refusals) => Some((Arc::<str>::from(name.as_str()), refusals)),
            Stage::Done(_) | Stage::Reading(..) => None,
        });
        let standing = refused.flat_map(|(name, refusals)| refusals.iter().map(move |refusal| refusal.gap(&name)));
        self.page.gaps = standing.chain(self.unreadable_files.drain(..)).collect();
        if has_news {
            const SHOWN: usize = 10;
            self.page.notes.extend(listing.ignored.iter().take(SHOWN).cloned());
            if listing.ignored.len() > SHOWN {
                self.page.notes.push(format!("{} more names are not read", listing.ignored.len() - SHOWN));
            }
        }
    }

    fn census(&self) -> Census {
        let mut census = Census::default();
        for (_, seen) in self.state.files() {
            match &seen.stage {
                Stage::Done(counts) | Stage::Reading(_, counts) => {
                    census.counted += counts.records + counts.unreadable;
                    census.delivered += counts.records;
                }
                Stage::Refused(refusals) => census.counted += refusals.iter().filter_map(|r| r.records).sum::<u64>(),
            }
        }
        census
    }

    /// Bytes read of all bytes, in thousandths.
    fn progress(&self, listing: &Listing) -> u16 {
        let all: u64 = listing.files.iter().map(|found| found.stamp.len).sum();
        let read: f64 = listing
            .files
            .iter()
            .map(|found| match (self.is_settled(found), &self.open) {
                (true, _) => found.stamp.len as f64,
                (false, Some(opened)) if opened.name == found.name => found.stamp.len as f64 * opened.portion(),
                (false, _) => 0.0,
            })
            .sum();
        if all == 0 { 1000 } else { (read / all as f64 * 1000.0) as u16 }
    }
}

#[cfg(test)]
#[path = "pass_tests.rs"]
mod tests;
