//! From records that are held to the records that they make together: mails to conversations.
//!
//! A stream that is gathered has no source but the ledger. It reads the event log from its own position on, batch by batch,
//! and commits what it makes of a batch, the nodes that lead there, and the position in one frame: a crash at any line
//! repeats at most one batch. What a batch holds follows from the position and the log alone.

use crate::commit::{Batch, CommitError, Committer};
use crate::ports::{EventOffset, Ledger, LedgerError, StoredVersion};
use crate::prepare::{Prepared, PreparedOutcome, prepare};
use crate::progress::chain;
use crate::revise::Marks;
use crate::sync::{SyncError, last_report};
use crate::{Clock, Gathering, Listener, Outcome, PassReport, Progress, Source};
use counterfoil_conversation::{GatherError, Gathered, Shelf, StoredMail, gather};
use counterfoil_record::{Digest, Form, Gap, Gone, Payload, Place, Position, RawRecord, RecordId, RecordKey};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Bytes of payloads that are gathered at once; a mail that is larger is gathered alone.
const BATCH_BYTES: usize = 8 << 20;

/// Pages of the log without any mail of the instance after which the place is kept, so that they are not read again.
const PAGES_AFTER: u64 = 256;

/// Refused claims that a report names; all of them stand in the documents.
const REFUSED_SHOWN: usize = 10;

/// Brings a gathered stream up to date with the ledger.
pub(crate) async fn gather_stream(
    source: &Source,
    gathering: &Arc<Gathering>,
    ledger: &Arc<dyn Ledger>,
    clock: &Arc<dyn Clock>,
    listener: &Arc<dyn Listener>,
) -> Result<PassReport, SyncError> {
    let (instance, stream) = (source.instance.to_string(), source.stream.name);
    listener.tell(Progress::StreamStarted { instance: instance.clone(), stream });
    let before = last_report(ledger.as_ref(), &instance, stream)?;
    let mut report = PassReport::begin(&instance, stream, clock.now());
    let (source, gathering) = (source.clone(), Arc::clone(gathering));
    let (to, told, time) = (Arc::clone(ledger), Arc::clone(listener), Arc::clone(clock));
    let gathered = spawn_blocking(move || {
        let mut pass = Pass { source: &source, gathering: &gathering, ledger: to.as_ref(), told: Told::default() };
        let result = pass.run(time.as_ref(), told.as_ref(), &mut report);
        pass.told.report(&mut report);
        (report, result)
    });
    let (mut report, result) = gathered.await.expect("gathering does not panic");
    if let Err(error) = &result {
        report.outcome = Outcome::Failed { reason: chain(error) };
    }
    report.end(clock.now(), before);
    ledger.put_report(&instance, stream, &serde_json::to_string(&report).expect("a report can be written as JSON"))?;
    listener.tell(Progress::StreamEnded { report: Box::new(report.clone()) });
    result.map(|()| report)
}

struct Pass<'a> {
    source: &'a Source,
    gathering: &'a Gathering,
    ledger: &'a dyn Ledger,
    told: Told,
}

impl Pass<'_> {
    fn run(&mut self, clock: &dyn Clock, listener: &dyn Listener, report: &mut PassReport) -> Result<(), SyncError> {
        let held = self.ledger.stream(&self.source.instance, self.source.stream.name)?.position;
        let mut at = read_position(&held);
        loop {
            let batch = self.batch(at)?;
            if batch.mails.is_empty() {
                // Nothing more, or other instances have filled the log: their pages are not to be read every time.
                if batch.next.page < at.page + PAGES_AFTER {
                    return Ok(());
                }
            }
            let tally = self.commit(&batch, clock, report)?;
            report.tally += tally;
            at = batch.next;
            let permille = u16::try_from(at.page * 1000 / self.ledger.end()?.page.max(1)).ok();
            let (instance, stream) = (self.source.instance.to_string(), self.source.stream.name);
            let permille = permille.map(|permille| permille.min(1000));
            listener.tell(Progress::PageCommitted { instance, stream, tally: report.tally, permille });
        }
    }

    /// The next mails of the instance in the log.
    fn batch(&self, from: EventOffset) -> Result<Found, LedgerError> {
        let mut found = Found { mails: Vec::new(), next: from };
        let mut bytes = 0;
        loop {
            let versions = self.ledger.versions(found.next)?;
            let Some(last) = versions.last() else { return Ok(found) };
            let last = last.at;
            for version in versions {
                if self.is_mail(&version) {
                    let size = version.raw.as_str().len();
                    if !found.mails.is_empty() && bytes + size > BATCH_BYTES {
                        found.next = version.at;
                        return Ok(found);
                    }
                    bytes += size;
                    found.next = EventOffset { page: version.at.page, index: version.at.index + 1 };
                    found.mails.push((version.id.parts().2.to_owned(), version.raw));
                    if found.mails.len() >= self.source.page_size {
                        return Ok(found);
                    }
                }
            }
            found.next = EventOffset { page: last.page, index: last.index + 1 };
            if found.mails.is_empty() && last.page >= from.page + PAGES_AFTER {
                return Ok(found);
            }
        }
    }

    /// A mail that is gone from its mailbox was written all the same: its conversation keeps it.
    fn is_mail(&self, version: &StoredVersion) -> bool {
        let (instance, stream, _) = version.id.parts();
        version.form != Form::Tombstone && stream == self.gathering.from && instance == self.source.instance.as_ref()
    }

    fn commit(&mut self, batch: &Found, clock: &dyn Clock, report: &mut PassReport) -> Result<crate::Tally, SyncError> {
        let Source { instance, stream, mappings, .. } = self.source;
        let stream: Arc<str> = stream.name.into();
        let shelf = LedgerShelf { ledger: self.ledger, instance, stream: &stream };
        let mails: Vec<StoredMail<'_>> =
            batch.mails.iter().map(|(id, payload)| StoredMail { id, payload: payload.as_str() }).collect();
        let gathered = gather(&self.gathering.rules, &self.gathering.directory, &shelf, &mails);
        let Gathered { conversations, merged, nodes, classes, refused } = gathered.map_err(sync_error)?;

        let mut records: Vec<Prepared> = Vec::with_capacity(conversations.len() + merged.len());
        let mut left_out: HashSet<String> = HashSet::new();
        for changed in conversations {
            let id = changed.id.clone();
            let raw = conversation(changed.id, &changed.document);
            let prepared = prepare(instance, &stream, mappings, raw);
            if matches!(prepared.outcome, PreparedOutcome::NotApplicable | PreparedOutcome::Rejected) {
                left_out.insert(id);
            }
            records.push(prepared);
        }
        for one in merged {
            let evidence = serde_json::json!({ "into": one.into, "mail": one.by_mail }).to_string();
            let raw = RawRecord::gone(one.id, Gone::Merged, &evidence, place());
            records.push(prepare(instance, &stream, mappings, raw));
        }
        let any_set_aside = !self.ledger.set_aside(None, 1)?.is_empty();
        let mut committer = Committer {
            ledger: self.ledger,
            instance: Arc::clone(instance),
            stream: Arc::clone(&stream),
            mappings,
            any_set_aside,
            marks: Marks::Ordered,
        };
        let position = Some(write_position(batch.next));
        let mut frame =
            committer.build(Batch { records, unreadable: Vec::new(), position, at: clock.now() }, report)?;
        // What no mapping takes is not held, and nothing may lead there.
        let leads = nodes.into_iter().filter(|(_, conversation)| !left_out.contains(conversation));
        frame.nodes = leads.map(|(node, id)| (node_digest(instance, &node), key(instance, &stream, id))).collect();
        let tally = frame.tally;
        self.ledger.commit(frame)?;
        self.told.left_out += left_out.len() as u64;
        for (class, n) in classes {
            *self.told.classes.entry(class).or_default() += n;
        }
        self.told.refused += refused.len() as u64;
        for one in refused {
            if self.told.shown.len() < REFUSED_SHOWN {
                self.told.shown.push(format!("{} ({}): {}", one.mail, one.node, one.reason));
            }
        }
        Ok(tally)
    }
}

struct Found {
    mails: Vec<(String, Payload)>,
    /// The first place behind them.
    next: EventOffset,
}

/// What a pass tells beside its columns.
#[derive(Default)]
struct Told {
    classes: std::collections::BTreeMap<&'static str, u64>,
    refused: u64,
    shown: Vec<String>,
    left_out: u64,
}

impl Told {
    fn report(self, report: &mut PassReport) {
        if !self.classes.is_empty() {
            let classes: Vec<String> = self.classes.iter().map(|(class, n)| format!("{n} {class}")).collect();
            report.notes.push(format!("new mails by class: {}", classes.join(", ")));
        }
        if self.refused > 0 {
            let beyond = self.refused - self.shown.len() as u64;
            let more = if beyond > 0 { format!("; and {beyond} more") } else { String::new() };
            report.notes.push(format!("{} claims refused: {}{more}", self.refused, self.shown.join("; ")));
        }
        if self.left_out > 0 {
            report.gap(Gap {
                code: "gather::not-mapped",
                place: place(),
                reason: "no mapping of the instance takes these conversations".to_owned(),
                remedy: "name a mapping for conversations without a ticket as well: `email/conversation`".to_owned(),
                records: Some(self.left_out),
            });
        }
    }
}

/// What is held, for the next mails.
struct LedgerShelf<'a> {
    ledger: &'a dyn Ledger,
    instance: &'a Arc<str>,
    stream: &'a Arc<str>,
}

impl Shelf for LedgerShelf<'_> {
    type Error = LedgerError;

    fn find(&self, node: &str) -> Result<Option<String>, LedgerError> {
        let found = self.ledger.gathered(&node_digest(self.instance, node))?;
        Ok(found.map(|id| id.parts().2.to_owned()))
    }

    fn load(&self, conversation: &str) -> Result<Option<String>, LedgerError> {
        let head = self.ledger.head(&key(self.instance, self.stream, conversation.to_owned()))?;
        let Some(head) = head.filter(|head| !head.gone) else { return Ok(None) };
        Ok(Some(self.ledger.version(head.at)?.raw.as_str().to_owned()))
    }
}

fn conversation(id: String, document: &str) -> RawRecord {
    let payload = Payload::owned(document);
    RawRecord { native_id: id, version: String::new(), form: Form::Snapshot, payload, place: place() }
}

fn place() -> Place {
    Place { container: "gathered mails".into(), position: String::new() }
}

fn key(instance: &Arc<str>, stream: &Arc<str>, native_id: String) -> RecordId {
    RecordKey { instance: Arc::clone(instance), stream: Arc::clone(stream), native_id }.id()
}

/// Nodes are of one instance: another one's mails never lead to its conversations.
fn node_digest(instance: &str, node: &str) -> Digest {
    Digest::of_parts(&[b"node", instance.as_bytes(), node.as_bytes()])
}

/// The event log is read from here on; a position that is no place in it is the beginning, which repeats and loses nothing.
fn read_position(position: &Position) -> EventOffset {
    serde_json::from_str(&position.0).unwrap_or_default()
}

fn write_position(at: EventOffset) -> Position {
    Position(serde_json::to_string(&at).expect("a place is two numbers"))
}

fn sync_error(error: GatherError<LedgerError>) -> SyncError {
    match error {
        GatherError::Shelf(error) => SyncError::Ledger(error),
        GatherError::Document { ref conversation, .. } | GatherError::Write { ref conversation, .. } => {
            let record = RecordId::from_stored(conversation);
            SyncError::Commit(CommitError::Held { record, reason: chain(&error) })
        }
    }
}
