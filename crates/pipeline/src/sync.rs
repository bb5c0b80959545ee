//! The way of a record through one pass: pull → map → commit, page by page.
//!
//! Three steps run side by side: while one page is made durable, the next is hashed and packed, and the one after it is
//! pulled and mapped. At most four pages are in memory, and the position moves only with the commit of the page before it, so a crash at any line repeats at most
//! what was not durable yet. Publishing and projecting start from the ledger and stand in files of their own.

use crate::census;
use crate::commit::{Batch, CommitError, Committer};
use crate::ports::{Ledger, LedgerError, Packed};
use crate::prepare::{Prepared, prepare};
use crate::progress::chain;
use crate::schedule::pull_patiently;
use crate::{Clock, Listener, Outcome, PassReport, Progress, Source, Tally};
use counterfoil_record::{Page, Position, RecordId};
use counterfoil_sdk::{PullContext, PullError};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

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
    let (instance, stream) = (source.instance.to_string(), source.stream.name);
    listener.tell(Progress::StreamStarted { instance: instance.clone(), stream });
    let from = ledger.stream(&instance, stream)?.position;
    let before = last_report(ledger.as_ref(), &instance, stream)?;
    let report = PassReport::begin(&instance, stream, clock.now());

    let (pages, mapped) = mpsc::channel(1);
    let pull_and_map = pull_and_map(source, from, clock.as_ref(), listener.as_ref(), pages);
    let commit = commit_pages(source, ledger, report, listener, mapped);
    let (pulled, (mut report, committed)) = tokio::join!(pull_and_map, commit);

    let failed = committed.map_err(SyncError::from).and(pulled.map_err(SyncError::from)).err();
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

/// A page whose records are mapped.
struct MappedPage {
    page: Page,
    records: Vec<Prepared>,
    at: jiff::Timestamp,
}

async fn pull_and_map(
    source: &Source,
    mut position: Position,
    clock: &dyn Clock,
    listener: &dyn Listener,
    pages: mpsc::Sender<MappedPage>,
) -> Result<(), PullError> {
    loop {
        let context = || PullContext { now: clock.now(), page_size: source.page_size };
        let connector = source.connector.as_ref();
        let mut page =
            pull_patiently(&source.instance, connector, &source.stream, &position, context, listener).await?;
        let more = page.more;
        position = page.next.clone();

        let (instance, stream) = (Arc::clone(&source.instance), Arc::from(source.stream.name));
        let mappings = Arc::clone(&source.mappings);
        let at = clock.now();
        let mapped = spawn_blocking(move || {
            let raw = std::mem::take(&mut page.records);
            let records = raw.into_iter().map(|raw| prepare(&instance, &stream, &mappings, raw)).collect();
            MappedPage { page, records, at }
        });
        let mapped = mapped.await.expect("mapping does not panic");
        if pages.send(mapped).await.is_err() || !more {
            return Ok(());
        }
    }
}

/// Commits page after page, in order. While one page becomes durable, the next is built and packed, unless it has a record
/// of that page: then it has to know what became of it.
async fn commit_pages(
    source: &Source,
    ledger: &Arc<dyn Ledger>,
    mut report: PassReport,
    listener: &Arc<dyn Listener>,
    mut pages: mpsc::Receiver<MappedPage>,
) -> (PassReport, Result<(), CommitError>) {
    let mut flight: Option<Flight> = None;
    let mut any_set_aside = match ledger.set_aside(None, 1) {
        Ok(set_aside) => !set_aside.is_empty(),
        Err(error) => return (report, Err(error.into())),
    };
    while let Some(mapped) = pages.recv().await {
        let ids: HashSet<RecordId> = mapped.records.iter().map(|prepared| prepared.id.clone()).collect();
        let repeats = ids.len() < mapped.records.len();
        if flight.as_ref().is_some_and(|flight| repeats || !flight.ids.is_disjoint(&ids))
            && let Err(error) = land(flight.take(), source, &mut report, listener).await
        {
            return (report, Err(error));
        }
        let permille = mapped.page.progress_permille;
        let (of, to) = (source.clone(), Arc::clone(ledger));
        let built = spawn_blocking(move || {
            let built = build(&of, to.as_ref(), mapped, &mut any_set_aside, repeats, &mut report);
            (report, any_set_aside, built)
        });
        let built = built.await.expect("building a frame does not panic");
        (report, any_set_aside) = (built.0, built.1);
        let landed = land(flight.take(), source, &mut report, listener).await;
        match (landed, built.2) {
            (Ok(()), Ok(Some((packed, tally)))) => flight = Some(Flight::start(ledger, packed, tally, ids, permille)),
            (Ok(()), Ok(None)) => {}
            (Err(error), _) | (Ok(()), Err(error)) => return (report, Err(error)),
        }
    }
    let landed = land(flight, source, &mut report, listener).await;
    (report, landed)
}

/// A page on its way to the disk.
struct Flight {
    ids: HashSet<RecordId>,
    tally: Tally,
    permille: Option<u16>,
    durable: JoinHandle<Result<(), LedgerError>>,
}

impl Flight {
    fn start(
        ledger: &Arc<dyn Ledger>,
        packed: Packed,
        tally: Tally,
        ids: HashSet<RecordId>,
        permille: Option<u16>,
    ) -> Self {
        let ledger = Arc::clone(ledger);
        let durable = spawn_blocking(move || ledger.commit_packed(packed).map(|_| ()));
        Self { ids, tally, permille, durable }
    }
}

/// Waits until a page is durable. Only then it counts.
async fn land(
    flight: Option<Flight>,
    source: &Source,
    report: &mut PassReport,
    listener: &Arc<dyn Listener>,
) -> Result<(), CommitError> {
    let Some(Flight { tally, permille, durable, .. }) = flight else { return Ok(()) };
    durable.await.expect("committing does not panic")?;
    report.tally += tally;
    let (instance, tally) = (report.instance.clone(), report.tally);
    listener.tell(Progress::PageCommitted { instance, stream: source.stream.name, tally, permille });
    Ok(())
}

/// Makes a packed frame of a page; `None` when the page changes nothing, or repeats a record and is committed already.
fn build(
    source: &Source,
    ledger: &dyn Ledger,
    mapped: MappedPage,
    any_set_aside: &mut bool,
    repeats: bool,
    report: &mut PassReport,
) -> Result<Option<(Packed, Tally)>, CommitError> {
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
        by_mark: true,
    };
    let batch = Batch { records, unreadable: page.unreadable, position: Some(page.next), at };
    if repeats {
        committer.commit(batch, report)?;
        *any_set_aside = committer.any_set_aside;
        return Ok(None);
    }
    let frame = committer.build(batch, report)?;
    *any_set_aside = committer.any_set_aside;
    let tally = frame.tally;
    Ok(Some((ledger.pack(frame)?, tally)))
}

/// The report of the pass before, when there was one and it can still be read.
fn last_report(ledger: &dyn Ledger, instance: &str, stream: &str) -> Result<Option<PassReport>, LedgerError> {
    let mut reports = ledger.reports()?.into_iter();
    let kept = reports.find(|(of, part, _)| of == instance && part == stream);
    Ok(kept.and_then(|(_, _, json)| serde_json::from_str(&json).ok()))
}
