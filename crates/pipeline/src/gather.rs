//! From mails to conversations: the records of one stream, read from the event log, become the records of another.
//!
//! The position of the gathered stream is a place in the event log, so that no mail is left out or taken twice however often
//! a pass is cut off: conversations, the nodes that lead to them and the position are one frame. What is a conversation
//! is decided by `counterfoil-conversation`; this only carries. A mail that left its mailbox stays in its conversation.

use crate::commit::{Batch, CommitError, Committer};
use crate::deliver::{self, Route};
use crate::ports::{EventOffset, Ledger, LedgerError, StoredVersion};
use crate::prepare::{PreparedOutcome, prepare};
use crate::progress::chain;
use crate::revise::Marks;
use crate::sync::{SyncError, last_report};
use crate::{Clock, Listener, Outcome, PassReport, Progress, Source};
use counterfoil_conversation::{Directory, GatherError, Gathered, Merged, Rules, Shelf, StoredMail, gather};
use counterfoil_record::{Form, Gap, Gone, Payload, Place, Position, RawRecord, RecordId, RecordKey};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Mails gathered together, and how many bytes of them: what is in memory at once.
const MAILS: usize = 200;
const BYTES: usize = 32 << 20;

/// Events of others that are passed over again in every pass before the position moves on without a conversation.
pub(crate) const PASSED_OVER: u64 = 1_000;

/// Refused claims that a report tells one by one.
const REFUSED_AT_MOST: usize = 20;

/// Of what a stream is gathered, and how.
pub struct Gathering {
    /// The stream of the same instance whose records are gathered.
    pub from: &'static str,
    /// What is made of them.
    pub makes: Makes,
    /// What tells conversations, classes and states.
    pub rules: Rules,
    /// Who is who.
    pub directory: Directory,
}

/// What is made of mails.
pub enum Makes {
    /// Conversations.
    Conversations,
    /// Records of the bodies that programs wrote, and files of the attachments of reports, see `deliver`.
    Reports(Vec<Route>),
}

/// A gathering that stopped. Nothing is lost: the next pass goes on from the same mail.
#[derive(Debug, thiserror::Error)]
pub enum GatherFailed {
    /// What is held of a conversation cannot be read or written.
    #[error("mails cannot be gathered")]
    Conversation(#[from] GatherError<LedgerError>),
    /// The place in the event log, from which to go on, cannot be read.
    #[error("the position `{0}` is no place in the event log")]
    Position(String),
    /// A file could not be handed over.
    #[error("a file cannot be put into the folder of `{to}`")]
    Inbox {
        /// The instance that would read it.
        to: Arc<str>,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Gathers everything that the event log has and that was not gathered yet.
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
    let report = PassReport::begin(&instance, stream, clock.now());
    let (of, how) = (source.clone(), Arc::clone(gathering));
    let (to, time, told) = (Arc::clone(ledger), Arc::clone(clock), Arc::clone(listener));
    let gathered = spawn_blocking(move || {
        let mut pass = Pass { source: &of, gathering: &how, ledger: to.as_ref(), report, found: Found::default() };
        let ended = match &how.makes {
            Makes::Conversations => pass.run(time.as_ref(), told.as_ref()),
            Makes::Reports(routes) => deliver::run(&mut pass, routes, time.as_ref(), told.as_ref()),
        };
        let Pass { mut report, found, .. } = pass;
        found.tell(&mut report);
        (report, ended)
    });
    let (mut report, ended) = gathered.await.expect("gathering does not panic");
    if let Err(error) = &ended {
        report.outcome = Outcome::Failed { reason: chain(error) };
    }
    report.end(clock.now(), before);
    ledger.put_report(&instance, stream, &serde_json::to_string(&report).expect("a report can be written as JSON"))?;
    listener.tell(Progress::StreamEnded { report: Box::new(report.clone()) });
    ended.map(|()| report)
}

pub(crate) struct Pass<'a> {
    pub(crate) source: &'a Source,
    pub(crate) gathering: &'a Gathering,
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) report: PassReport,
    found: Found,
}

/// What the mails of a pass turned out to be.
#[derive(Default)]
struct Found {
    classes: BTreeMap<&'static str, u64>,
    refused: Vec<String>,
    refused_in_all: u64,
}

impl Pass<'_> {
    fn run(&mut self, clock: &dyn Clock, listener: &dyn Listener) -> Result<(), SyncError> {
        let held = self.ledger.stream(&self.source.instance, self.source.stream.name)?.position;
        let mut from = place_of(&held)?;
        loop {
            let (mails, upto) = self.mails(from)?;
            if mails.is_empty() {
                if self.ledger.count(from, upto)? >= PASSED_OVER {
                    self.commit(Gathered::default(), upto, clock)?;
                }
                return Ok(());
            }
            let shelf = LedgerShelf { ledger: self.ledger, source: self.source };
            let stored: Vec<StoredMail<'_>> = mails.iter().map(stored).collect();
            let gathered = gather(&self.gathering.rules, &self.gathering.directory, &shelf, &stored);
            if !self.commit(gathered.map_err(GatherFailed::from)?, upto, clock)? {
                return Ok(());
            }
            from = upto;
            let (instance, stream) = (self.source.instance.to_string(), self.source.stream.name);
            let tally = self.report.tally;
            listener.tell(Progress::PageCommitted { instance, stream, tally, permille: None });
        }
    }

    /// The next mails of the event log, and the place behind the last of them; without one, the end of the log.
    pub(crate) fn mails(&self, mut from: EventOffset) -> Result<(Vec<StoredVersion>, EventOffset), LedgerError> {
        let prefix = format!("{}/{}/", self.source.instance, self.gathering.from);
        let (mut mails, mut bytes, mut upto): (Vec<StoredVersion>, usize, EventOffset) = (Vec::new(), 0, from);
        loop {
            let page = self.ledger.versions(from)?;
            let Some(last) = page.last() else { break };
            from = behind(last);
            if mails.is_empty() {
                upto = from;
            }
            let is_mail = |one: &StoredVersion| one.form != Form::Tombstone && one.id.as_str().starts_with(&prefix);
            for mail in page.into_iter().filter(is_mail) {
                bytes += mail.raw.as_str().len();
                upto = behind(&mail);
                mails.push(mail);
                if mails.len() == MAILS || bytes >= BYTES {
                    return Ok((mails, upto));
                }
            }
        }
        Ok((mails, upto))
    }

    /// Conversations, nodes and position become durable together. False when nothing was committed: a conversation that no
    /// mapping is for must not be lost to the mails that follow, so that the stream stays where it is until there is one.
    fn commit(&mut self, gathered: Gathered, upto: EventOffset, clock: &dyn Clock) -> Result<bool, CommitError> {
        let Gathered { conversations, merged, nodes, classes, refused } = gathered;
        let (instance, stream): (Arc<str>, Arc<str>) =
            (Arc::clone(&self.source.instance), self.source.stream.name.into());
        let raws =
            conversations.into_iter().map(|one| snapshot(one.id, &one.document)).chain(merged.into_iter().map(gone));
        let mappings = &self.source.mappings;
        let records: Vec<_> = raws.map(|raw| prepare(&instance, &stream, mappings, raw)).collect();
        let unmapped = records.iter().filter(|one| matches!(one.outcome, PreparedOutcome::NotApplicable)).count();
        if unmapped > 0 {
            self.report.gap(no_mapping(self.source, unmapped as u64));
            return Ok(false);
        }
        let any_set_aside = !self.ledger.set_aside(None, 1)?.is_empty();
        let marks = Marks::Gathered;
        let mut committer = Committer { ledger: self.ledger, instance, stream, mappings, any_set_aside, marks };
        let position = Some(Position(format!("{{\"page\":{},\"index\":{}}}", upto.page, upto.index)));
        let batch = Batch { records, unreadable: Vec::new(), position, nodes, at: clock.now() };
        committer.commit(batch, &mut self.report)?;
        for (class, mails) in classes {
            *self.found.classes.entry(class).or_default() += mails;
        }
        self.found.refused_in_all += refused.len() as u64;
        let room = REFUSED_AT_MOST - self.found.refused.len();
        let words = refused.into_iter().take(room);
        self.found.refused.extend(words.map(|one| format!("mail {} named {}: {}", one.mail, one.node, one.reason)));
        Ok(true)
    }
}

impl Found {
    fn tell(self, report: &mut PassReport) {
        if !self.classes.is_empty() {
            let mails: u64 = self.classes.values().sum();
            let classes: Vec<String> = self.classes.iter().map(|(class, mails)| format!("{mails} {class}")).collect();
            report.notes.push(format!("{mails} mails gathered: {}", classes.join(", ")));
        }
        if self.refused_in_all > 0 {
            let refused = self.refused_in_all;
            report.notes.push(format!("{refused} claims of mails to belong to a conversation were not believed"));
            report.notes.extend(self.refused);
        }
    }
}

/// The ledger as what conversations are looked for in.
struct LedgerShelf<'a> {
    ledger: &'a dyn Ledger,
    source: &'a Source,
}

impl LedgerShelf<'_> {
    fn id(&self, conversation: &str) -> RecordId {
        let (instance, stream) = (Arc::clone(&self.source.instance), self.source.stream.name.into());
        RecordKey { instance, stream, native_id: conversation.to_owned() }.id()
    }
}

impl Shelf for LedgerShelf<'_> {
    type Error = LedgerError;

    fn find(&self, node: &str) -> Result<Option<String>, LedgerError> {
        self.ledger.gathered(&self.source.instance, node)
    }

    fn load(&self, conversation: &str) -> Result<Option<String>, LedgerError> {
        let id = self.id(conversation);
        // A document that no mapping takes truthfully waits there, and is newer than what is held.
        if let Some(aside) = self.ledger.set_aside_one(&crate::set_aside_id(&id))? {
            return Ok(String::from_utf8(aside.bytes).ok());
        }
        let Some(head) = self.ledger.head(&id)?.filter(|head| !head.gone) else { return Ok(None) };
        Ok(Some(self.ledger.version(head.at)?.raw.as_str().to_owned()))
    }
}

fn stored(mail: &StoredVersion) -> StoredMail<'_> {
    StoredMail { id: mail.id.parts().2, payload: mail.raw.as_str() }
}

pub(crate) fn behind(version: &StoredVersion) -> EventOffset {
    EventOffset { page: version.at.page, index: version.at.index + 1 }
}

fn place_of(position: &Position) -> Result<EventOffset, GatherFailed> {
    if position.0.is_empty() {
        return Ok(EventOffset::default());
    }
    serde_json::from_str(&position.0).map_err(|_| GatherFailed::Position(position.0.clone()))
}

fn place() -> Place {
    Place { container: "gathered".into(), position: String::new() }
}

fn snapshot(native_id: String, document: &str) -> RawRecord {
    let payload = Payload::owned(document);
    RawRecord { native_id, version: String::new(), form: Form::Snapshot, payload, place: place() }
}

/// A conversation that is part of another one now.
fn gone(merged: Merged) -> RawRecord {
    let Merged { id, into, by_mail } = merged;
    let evidence = serde_json::json!({ "into": into, "mail": by_mail }).to_string();
    RawRecord::gone(id, Gone::Merged, &evidence, place())
}

fn no_mapping(source: &Source, conversations: u64) -> Gap {
    Gap {
        code: "gather::no-mapping",
        place: Place { container: source.stream.name.into(), position: String::new() },
        reason: format!(
            "{conversations} conversations are for no mapping of the instance, so nothing is gathered from there on"
        ),
        remedy: "name `email/incident`, `email/request` and `email/conversation` in `mapping`; then it goes on"
            .to_owned(),
        records: Some(conversations),
    }
}

impl fmt::Debug for Gathering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gathering")
            .field("from", &self.from)
            .field("rules", &self.rules.digest())
            .finish_non_exhaustive()
    }
}
