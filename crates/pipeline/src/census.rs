//! Who is there: what a stream shows now, held against what the ledger has.
//!
//! A census finds what pulls have missed (a late commit beyond the overlap, an update that leaves no mark), follows records
//! that left the stream's scope, and tells deletion from mere absence: a record is marked as gone only when two censuses in
//! a row and a question by its id did not find it, and never when many vanish at once.

use crate::commit::{Batch, Committer, set_aside_id};
use crate::ports::{Head, Ledger};
use crate::prepare::prepare;
use crate::progress::chain;
use crate::revise::Marks;
use crate::schedule::patiently;
use crate::sync::SyncError;
use crate::{Clock, GapReport, Listener, PassReport, Source};
use counterfoil_record::{Gap, Gone, Place, Position, RawRecord, RecordId, RecordKey};
use counterfoil_sdk::PullContext;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Heads read at once, and ids asked for at once.
const HEADS: usize = 500;
const FETCHED_AT_ONCE: usize = 100;

/// More than this share of what is held, and more than a few, must not vanish in one census: then nothing is believed.
const FUSE_PERCENT: u64 = 5;
const FUSE_AT_LEAST: u64 = 10;

/// What a census found. Kept in the report of the pass it belongs to, and carried on until the next census.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CensusReport {
    /// When it began.
    pub at: Timestamp,
    /// Records that the source shows in the stream.
    pub listed: u64,
    /// Records that the ledger had and that were not gone.
    pub held: u64,
    /// Of those listed: new or changed without a pull having brought them; they were fetched.
    pub missed: u64,
    /// Held and not listed, but shown when asked for by their ids; they were fetched.
    pub out_of_scope: u64,
    /// The source's ids of those that it does not show at all. Gone, when the next census does not find them either.
    pub absent: Vec<String>,
    /// Marked as gone by this census.
    pub gone: u64,
    /// What the source has and does not show, or why nothing was believed.
    pub gaps: Vec<GapReport>,
    /// Counted at the source, before any access rule, where it can be counted.
    pub counted: Option<u64>,
}

/// Whether a census is due.
pub(crate) fn is_due(source: &Source, before: Option<&CensusReport>, now: Timestamp) -> bool {
    let Some(every) = source.stream.census_every else { return false };
    before.is_none_or(|before| now.duration_since(before.at).unsigned_abs() >= every)
}

/// Takes a census and commits what it brings. The tally of the report counts it like everything pulled.
pub(crate) async fn take(
    source: &Source,
    ledger: &Arc<dyn Ledger>,
    clock: &dyn Clock,
    listener: &dyn Listener,
    before: Option<&CensusReport>,
    report: &mut PassReport,
) -> Result<CensusReport, SyncError> {
    let mut found = list(source, ledger, clock, listener).await?;
    let wanted = std::mem::take(&mut found.wanted);
    let missing = std::mem::take(&mut found.missing);
    let mut census = CensusReport {
        at: clock.now(),
        listed: found.listed,
        held: found.held,
        missed: 0,
        out_of_scope: 0,
        absent: Vec::new(),
        gone: 0,
        gaps: found.gaps.into_iter().map(GapReport::from).collect(),
        counted: found.counted,
    };
    // What was listed a moment ago and is not there now went between the two; the next census will know.
    let committed = report.tally.committed;
    ask_for(source, ledger, clock, listener, &wanted, report).await?;
    census.missed = report.tally.committed - committed;
    let (shown, absent) = ask_for(source, ledger, clock, listener, &missing, report).await?;
    census.out_of_scope = shown;

    let vanished = absent.len() as u64;
    if vanished > FUSE_AT_LEAST && vanished * 100 > census.held * FUSE_PERCENT {
        census.gaps.push(fuse(source, vanished, census.held).into());
        // What an earlier census missed stays in doubt; what this one did not find is not believed.
        census.absent = before.map_or_else(Vec::new, |before| before.absent.clone());
        return Ok(census);
    }
    let doubted: BTreeSet<&str> =
        before.map_or_else(BTreeSet::new, |before| before.absent.iter().map(String::as_str).collect());
    let first_missed = before.map_or(census.at, |before| before.at);
    let (gone, absent): (Vec<String>, Vec<String>) = absent.into_iter().partition(|id| doubted.contains(id.as_str()));
    let tombstone = |id: String| {
        let evidence = format!("{{\"missed\":\"{first_missed}\",\"missed_again\":\"{}\"}}", census.at);
        let place = Place { container: "census".into(), position: census.at.to_string() };
        RawRecord::gone(id, Gone::Absent, &evidence, place)
    };
    census.gone = gone.len() as u64;
    census.absent = absent;
    commit(source, ledger, gone.into_iter().map(tombstone).collect(), census.at, report).await?;
    Ok(census)
}

/// What a list of the source, held against the ledger, leaves open.
#[derive(Default)]
struct Found {
    listed: u64,
    held: u64,
    /// Listed, and not held in that version.
    wanted: Vec<String>,
    /// Held, and not listed.
    missing: Vec<String>,
    gaps: Vec<Gap>,
    counted: Option<u64>,
}

/// Goes through list and ledger side by side, both in the order of their ids.
async fn list(
    source: &Source,
    ledger: &Arc<dyn Ledger>,
    clock: &dyn Clock,
    listener: &dyn Listener,
) -> Result<Found, SyncError> {
    let mut held = Heads::new(source, Arc::clone(ledger));
    let mut found = Found::default();
    let mut position = Position::default();
    loop {
        let connector = source.connector.as_ref();
        let context = || PullContext { now: clock.now(), page_size: source.page_size };
        let ask = || connector.census(&source.stream, &position, context());
        let page = patiently(&source.instance, listener, ask).await?;
        found.listed += page.entries.len() as u64;
        for (native_id, version) in page.entries {
            let id = id_of(source, &native_id);
            while let Some((native, head)) = held.next_before(&id).await? {
                found.miss(native, &head);
            }
            match held.take(&id).await? {
                Some((_, head)) => {
                    found.held += u64::from(!head.gone);
                    if head.gone || head.source_version != version {
                        found.wanted.push(native_id);
                    }
                }
                // What is set aside is known, and tried again when somebody has mended its rule.
                None if is_set_aside(ledger, &id).await? => {}
                None => found.wanted.push(native_id),
            }
        }
        found.gaps.extend(page.gaps);
        found.counted = page.census.map(|census| census.counted).or(found.counted);
        position = page.next;
        if !page.more {
            break;
        }
    }
    while let Some((native, head)) = held.next().await? {
        found.miss(native, &head);
    }
    Ok(found)
}

impl Found {
    fn miss(&mut self, native_id: String, head: &Head) {
        if !head.gone {
            self.held += 1;
            self.missing.push(native_id);
        }
    }
}

/// The heads of a stream in the order of their ids, read batch by batch.
struct Heads {
    ledger: Arc<dyn Ledger>,
    prefix: String,
    after: RecordId,
    read: VecDeque<(RecordId, Head)>,
    ended: bool,
}

impl Heads {
    fn new(source: &Source, ledger: Arc<dyn Ledger>) -> Self {
        let prefix = format!("{}/{}/", source.instance, source.stream.name);
        let after = RecordId::from_stored(&prefix);
        Self { ledger, prefix, after, read: VecDeque::new(), ended: false }
    }

    async fn fill(&mut self) -> Result<(), SyncError> {
        if !self.read.is_empty() || self.ended {
            return Ok(());
        }
        let (ledger, after) = (Arc::clone(&self.ledger), self.after.clone());
        let heads = spawn_blocking(move || ledger.heads(Some(&after), HEADS)).await.expect("reading does not panic")?;
        let prefix = self.prefix.as_str();
        self.ended = heads.len() < HEADS || heads.last().is_some_and(|(id, _)| !id.as_str().starts_with(prefix));
        self.read.extend(heads.into_iter().filter(|(id, _)| id.as_str().starts_with(prefix)));
        if let Some((last, _)) = self.read.back() {
            self.after = last.clone();
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<(String, Head)>, SyncError> {
        self.fill().await?;
        Ok(self.read.pop_front().map(|(id, head)| (native_of(&id), head)))
    }

    /// The next one whose id comes before `id`.
    async fn next_before(&mut self, id: &RecordId) -> Result<Option<(String, Head)>, SyncError> {
        self.fill().await?;
        match self.read.front() {
            Some((next, _)) if next < id => self.next().await,
            _ => Ok(None),
        }
    }

    /// The one with this id, if it is the next.
    async fn take(&mut self, id: &RecordId) -> Result<Option<(String, Head)>, SyncError> {
        self.fill().await?;
        match self.read.front() {
            Some((next, _)) if next == id => self.next().await,
            _ => Ok(None),
        }
    }
}

/// Fetches records by their ids and commits what is shown. How many were, and the ids of those that were not.
async fn ask_for(
    source: &Source,
    ledger: &Arc<dyn Ledger>,
    clock: &dyn Clock,
    listener: &dyn Listener,
    ids: &[String],
    report: &mut PassReport,
) -> Result<(u64, Vec<String>), SyncError> {
    let (mut shown, mut absent) = (0, Vec::new());
    for ids in ids.chunks(FETCHED_AT_ONCE) {
        let connector = source.connector.as_ref();
        let context = || PullContext { now: clock.now(), page_size: source.page_size };
        let ask = || connector.fetch(&source.stream, ids, context());
        let fetched = patiently(&source.instance, listener, ask).await?;
        shown += fetched.records.len() as u64;
        absent.extend(fetched.absent);
        commit(source, ledger, fetched.records, clock.now(), report).await?;
    }
    Ok((shown, absent))
}

/// Maps and commits records that no pull brought; the position stays where it is.
async fn commit(
    source: &Source,
    ledger: &Arc<dyn Ledger>,
    records: Vec<RawRecord>,
    at: Timestamp,
    report: &mut PassReport,
) -> Result<(), SyncError> {
    if records.is_empty() {
        return Ok(());
    }
    let (source, ledger, mut part) = (source.clone(), Arc::clone(ledger), report.clone());
    let committed = spawn_blocking(move || {
        let (instance, stream) = (Arc::clone(&source.instance), Arc::from(source.stream.name));
        let records = records.into_iter().map(|raw| prepare(&instance, &stream, &source.mappings, raw)).collect();
        let mut committer = Committer {
            ledger: ledger.as_ref(),
            instance,
            stream,
            mappings: &source.mappings,
            any_set_aside: true,
            marks: Marks::Newest,
        };
        let batch = Batch { records, unreadable: Vec::new(), position: None, nodes: Vec::new(), at };
        committer.commit(batch, &mut part).map(|()| part)
    });
    *report = committed.await.expect("committing does not panic")?;
    Ok(())
}

fn fuse(source: &Source, vanished: u64, held: u64) -> Gap {
    Gap {
        code: "census::mass-disappearance",
        place: Place { container: source.stream.name.into(), position: String::new() },
        reason: format!(
            "{vanished} of {held} records that are held were not found, more than {FUSE_PERCENT} % at once: that looks like \
             a lost right or a changed filter, so none of them is taken to be deleted"
        ),
        remedy: "see what the account may still read (`counterfoil doctor`); the next census looks again".to_owned(),
        records: Some(vanished),
    }
}

/// Repeats in a pass without a census what the last one said.
pub(crate) fn carry_on(census: Option<CensusReport>, report: &mut PassReport) {
    if let Some(census) = &census {
        for gap in &census.gaps {
            if !report.gaps.contains(gap) {
                report.gaps.push(gap.clone());
            }
        }
        report.counted = census.counted.or(report.counted);
        report.delivered = census.counted.map(|_| census.listed).or(report.delivered);
    }
    report.census = census;
}

/// A census that could not be finished is a gap, and no reason to fail the pass.
pub(crate) fn failed(source: &Source, error: &SyncError) -> Gap {
    Gap {
        code: "census::failed",
        place: Place { container: source.stream.name.into(), position: String::new() },
        reason: format!("it could not be seen whether anything was missed or deleted: {}", chain(error)),
        remedy: "the next pass tries again".to_owned(),
        records: None,
    }
}

async fn is_set_aside(ledger: &Arc<dyn Ledger>, id: &RecordId) -> Result<bool, SyncError> {
    let (ledger, id) = (Arc::clone(ledger), set_aside_id(id));
    Ok(spawn_blocking(move || ledger.is_set_aside(&id)).await.expect("reading does not panic")?)
}

fn id_of(source: &Source, native_id: &str) -> RecordId {
    let stream = Arc::from(source.stream.name);
    RecordKey { instance: Arc::clone(&source.instance), stream, native_id: native_id.to_owned() }.id()
}

/// The source's own id. Streams with a census have ids without any character that [`RecordKey::id`] encodes.
fn native_of(id: &RecordId) -> String {
    id.parts().2.to_owned()
}
