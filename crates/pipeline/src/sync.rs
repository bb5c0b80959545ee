//! The way of a record through one pass: pull → map → commit, page by page.
//!
//! Five steps run side by side, each in the order of the pages: pull, map, build, pack, make durable. Between two steps one
//! page may wait, so that a slow disk or a large page does not stop the others; at most nine pages are in memory, the last two
//! of them packed. The position moves only with its own page, so a crash at any line repeats at most what was not durable yet.
//! Publishing and projecting start from the ledger and stand in files of their own.

use crate::census;
use crate::commit::{Batch, CommitError, Committer};
use crate::gather::{GatherFailed, gather_stream};
use crate::ports::{Frame, Ledger, LedgerError, Packed};
use crate::prepare::{Prepared, prepare};
use crate::progress::chain;
use crate::revise::Marks;
use crate::schedule::pull_patiently;
use crate::{Clock, Listener, Outcome, PassReport, Progress, Source, Tally};
use counterfoil_record::{Page, Position, RecordId};
use counterfoil_sdk::{PullContext, PullError};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;

/// A pass that stopped early. What was committed before it did stays.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The source did not let itself be read.
    #[error(transparent)]
    Pull(#[from] PullError),
    /// A page could not be made durable.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The ledger could not be asked.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Mails could not be gathered.
    #[error(transparent)]
    Gather(#[from] GatherFailed),
}

/// Brings one stream up to date: everything its source has now, and what is known to be missing.
///
/// The report is kept in the ledger and told to `listener`, also when the pass fails.
pub async fn sync_stream(
    source: &Source,
    ledger: &Arc<dyn Ledger>,
    clock: &Arc<dyn Clock>,
    listener: &Arc<dyn Listener>,
) -> Result<PassReport, SyncError> {
    if let Some(gathering) = &source.gathering {
        return gather_stream(source, gathering, ledger, clock, listener).await;
    }
    let (instance, stream) = (source.instance.to_string(), source.stream.name);
    listener.tell(Progress::StreamStarted { instance: instance.clone(), stream });
    let from = ledger.stream(&instance, stream)?.position;
    let before = last_report(ledger.as_ref(), &instance, stream)?;
    let report = PassReport::begin(&instance, stream, clock.now());

    let (raw_pages, pulled) = mpsc::channel(1);
    let (mapped_pages, mapped) = mpsc::channel(1);
    let (frames, built) = mpsc::channel(1);
    let (packed_pages, packed) = mpsc::channel(1);
    let (landing, landed) = watch::channel(0);
    let (pulled, (), (mut report, built), packing, (tally, committed)) = tokio::join!(
        pull(source, from, clock.as_ref(), listener.as_ref(), raw_pages),
        map(source, pulled, mapped_pages),
        build_pages(source, ledger, report, mapped, frames, landed),
        pack_pages(ledger, built, packed_pages),
        commit_pages(source, ledger, listener, packed, landing),
    );
    report.tally += tally;

    let committed = committed.map_err(SyncError::from).and(packing.map_err(SyncError::from));
    let committed = committed.and(built.map_err(SyncError::from));
    let failed = committed.and(pulled.map_err(SyncError::from)).err();
    let mut census = before.as_ref().and_then(|before| before.census.clone());
    if failed.is_none() && census::is_due(source, census.as_ref(), clock.now()) {
        match census::take(source, ledger, clock.as_ref(), listener.as_ref(), census.as_ref(), &mut report).await {
            Ok(taken) => census = Some(taken),
            Err(error) => report.gap(census::failed(source, &error)),
        }
    }
    census::carry_on(census, &mut report);
    if let Some(error) = &failed {
        report.outcome = Outcome::Failed { reason: chain(error) };
    }
    report.end(clock.now(), before);
    ledger.put_report(&instance, stream, &serde_json::to_string(&report).expect("a report can be written as JSON"))?;
    listener.tell(Progress::StreamEnded { report: Box::new(report.clone()) });
    failed.map_or(Ok(report), Err)
}

/// Pulls page after page.
async fn pull(
    source: &Source,
    mut position: Position,
    clock: &dyn Clock,
    listener: &dyn Listener,
    pages: mpsc::Sender<PulledPage>,
) -> Result<(), PullError> {
    loop {
        let context = || PullContext { now: clock.now(), page_size: source.page_size };
        let connector = source.connector.as_ref();
        let page = pull_patiently(&source.instance, connector, &source.stream, &position, context, listener).await?;
        let more = page.more;
        position = page.next.clone();
        if pages.send(PulledPage { page, at: clock.now() }).await.is_err() || !more {
            return Ok(());
        }
    }
}

struct PulledPage {
    page: Page,
    at: jiff::Timestamp,
}

/// Maps what was pulled.
async fn map(source: &Source, mut pulled: mpsc::Receiver<PulledPage>, pages: mpsc::Sender<MappedPage>) {
    while let Some(PulledPage { mut page, at }) = pulled.recv().await {
        let (instance, stream) = (Arc::clone(&source.instance), Arc::from(source.stream.name));
        let mappings = Arc::clone(&source.mappings);
        let mapped = spawn_blocking(move || {
            let raw = std::mem::take(&mut page.records);
            let records = raw.into_iter().map(|raw| prepare(&instance, &stream, &mappings, raw)).collect();
            MappedPage { page, records, at }
        });
        if pages.send(mapped.await.expect("mapping does not panic")).await.is_err() {
            return;
        }
    }
}

/// A page whose records are mapped.
struct MappedPage {
    page: Page,
    records: Vec<Prepared>,
    at: jiff::Timestamp,
}

/// Builds frame after frame, while those before become durable. A page with a record of one of them waits: it has to know
/// what became of it.
async fn build_pages(
    source: &Source,
    ledger: &Arc<dyn Ledger>,
    mut report: PassReport,
    mut pages: mpsc::Receiver<MappedPage>,
    frames: mpsc::Sender<Departing<Frame>>,
    landed: watch::Receiver<u64>,
) -> (PassReport, Result<(), CommitError>) {
    let mut sky = Sky { flights: VecDeque::new(), started: 0, landed };
    let mut any_set_aside = match ledger.set_aside(None, 1) {
        Ok(set_aside) => !set_aside.is_empty(),
        Err(error) => return (report, Err(error.into())),
    };
    while let Some(mapped) = pages.recv().await {
        let ids: HashSet<RecordId> = mapped.records.iter().map(|prepared| prepared.id.clone()).collect();
        let repeats = ids.len() < mapped.records.len();
        if !sky.clear(&ids, repeats).await {
            break;
        }
        let permille = mapped.page.progress_permille;
        let (of, to) = (source.clone(), Arc::clone(ledger));
        let built = spawn_blocking(move || {
            let built = build(&of, to.as_ref(), mapped, &mut any_set_aside, repeats, &mut report);
            (report, any_set_aside, built)
        });
        let built = built.await.expect("building a frame does not panic");
        (report, any_set_aside) = (built.0, built.1);
        let departing = match built.2 {
            Ok(Some(frame)) => Departing { tally: frame.tally, cargo: Some(frame), permille },
            Ok(None) if report.tally == Tally::default() => continue,
            // Committed already, and to be counted in its turn.
            Ok(None) => Departing { tally: std::mem::take(&mut report.tally), cargo: None, permille },
            Err(error) => return (report, Err(error)),
        };
        if frames.send(departing).await.is_err() {
            break;
        }
        sky.flights.push_back(ids);
        sky.started += 1;
    }
    // Where a page was not packed or did not become durable, the step that should have done it says why.
    (report, Ok(()))
}

/// A page on its way into the ledger: its frame, as it is or packed, unless it is there already.
struct Departing<Cargo> {
    cargo: Option<Cargo>,
    tally: Tally,
    permille: Option<u16>,
}

/// Packs frame after frame: the costliest step that needs no order and no look into the ledger.
async fn pack_pages(
    ledger: &Arc<dyn Ledger>,
    mut frames: mpsc::Receiver<Departing<Frame>>,
    packed_pages: mpsc::Sender<Departing<Packed>>,
) -> Result<(), LedgerError> {
    while let Some(Departing { cargo, tally, permille }) = frames.recv().await {
        let cargo = match cargo {
            Some(frame) => {
                let ledger = Arc::clone(ledger);
                let packed = spawn_blocking(move || ledger.pack(frame));
                Some(packed.await.expect("packing does not panic")?)
            }
            None => None,
        };
        if packed_pages.send(Departing { cargo, tally, permille }).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// The records of the pages that may not be durable yet.
struct Sky {
    flights: VecDeque<HashSet<RecordId>>,
    started: u64,
    landed: watch::Receiver<u64>,
}

impl Sky {
    /// Waits until none of these records is under way (or, for a page that `repeats` one, nothing at all). Gives false when
    /// a page did not become durable.
    async fn clear(&mut self, ids: &HashSet<RecordId>, repeats: bool) -> bool {
        loop {
            let under_way = self.started - *self.landed.borrow_and_update();
            while self.flights.len() as u64 > under_way {
                self.flights.pop_front();
            }
            let waits = self.flights.iter().any(|flight| repeats || !flight.is_disjoint(ids));
            if !waits {
                return true;
            }
            if self.landed.changed().await.is_err() {
                return false;
            }
        }
    }
}

/// Makes page after page durable, in order. Only then it counts.
async fn commit_pages(
    source: &Source,
    ledger: &Arc<dyn Ledger>,
    listener: &Arc<dyn Listener>,
    mut pages: mpsc::Receiver<Departing<Packed>>,
    landed: watch::Sender<u64>,
) -> (Tally, Result<(), LedgerError>) {
    let mut total = Tally::default();
    while let Some(Departing { cargo, tally, permille }) = pages.recv().await {
        if let Some(packed) = cargo {
            let ledger = Arc::clone(ledger);
            let durable = spawn_blocking(move || ledger.commit_packed(packed));
            if let Err(error) = durable.await.expect("committing does not panic") {
                return (total, Err(error));
            }
        }
        total += tally;
        landed.send_modify(|landed| *landed += 1);
        let (instance, stream) = (source.instance.to_string(), source.stream.name);
        listener.tell(Progress::PageCommitted { instance, stream, tally: total, permille });
    }
    (total, Ok(()))
}

/// Makes a frame of a page; `None` when the page changes nothing, or repeats a record and is committed already.
fn build(
    source: &Source,
    ledger: &dyn Ledger,
    mapped: MappedPage,
    any_set_aside: &mut bool,
    repeats: bool,
    report: &mut PassReport,
) -> Result<Option<Frame>, CommitError> {
    let MappedPage { page, records, at } = mapped;
    for gap in page.gaps {
        report.gap(gap);
    }
    report.notes.extend(page.notes);
    if let Some(census) = page.census {
        report.count(census);
    }
    let held = ledger.stream(&source.instance, source.stream.name)?.position;
    if records.is_empty() && page.unreadable.is_empty() && page.next == held {
        return Ok(None);
    }
    let mut committer = Committer {
        ledger,
        instance: Arc::clone(&source.instance),
        stream: source.stream.name.into(),
        mappings: &source.mappings,
        any_set_aside: *any_set_aside,
        marks: Marks::Ordered,
    };
    let batch = Batch { records, unreadable: page.unreadable, position: Some(page.next), nodes: Vec::new(), at };
    if repeats {
        committer.commit(batch, report)?;
        *any_set_aside = committer.any_set_aside;
        return Ok(None);
    }
    let frame = committer.build(batch, report)?;
    *any_set_aside = committer.any_set_aside;
    Ok(Some(frame))
}

/// The report of the pass before, when there was one and it can still be read.
pub(crate) fn last_report(
    ledger: &dyn Ledger,
    instance: &str,
    stream: &str,
) -> Result<Option<PassReport>, LedgerError> {
    let mut reports = ledger.reports()?.into_iter();
    let kept = reports.find(|(of, part, _)| of == instance && part == stream);
    Ok(kept.and_then(|(_, _, json)| serde_json::from_str(&json).ok()))
}
