//! The second half of the way: from prepared records to one durable frame.

use crate::ports::{Aside, Event, Frame, Head, Ledger, LedgerError, NewVersion, SetAside, StoredVersion};
use crate::prepare::{Prepared, PreparedOutcome, prepare};
use crate::report::in_words;
use crate::revise::{Marks, Revision, has_more_members, revision, tombstone, with_history};
use crate::{Mappings, PassReport, Tally};
use counterfoil_mapping::Note;
use counterfoil_model::Record;
use counterfoil_record::{Digest, Form, Payload, Position, RawRecord, RecordId, Unreadable, merge_logs};
use counterfoil_wire::{Built, EventParts, build_event};
use jiff::Timestamp;
use std::collections::HashSet;
use std::sync::Arc;

/// A page that could not be committed. Nothing of it is lost: its position did not move.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The ledger did not take it or could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What the ledger holds cannot be read back; `ledger verify` tells more.
    #[error("what the ledger holds of `{record}` cannot be read: {reason}")]
    Held {
        /// The record.
        record: RecordId,
        /// Why.
        reason: String,
    },
}

/// What is to be committed together.
pub(crate) struct Batch {
    pub records: Vec<Prepared>,
    pub unreadable: Vec<Unreadable>,
    /// `None` when the records do not come from a pull of the source.
    pub position: Option<Position>,
    /// See [`Frame::nodes`]; they go with the position.
    pub nodes: Vec<(String, String)>,
    pub at: Timestamp,
}

/// Builds frames of the records of one stream, and commits them. Blocking.
pub(crate) struct Committer<'a> {
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) instance: Arc<str>,
    pub(crate) stream: Arc<str>,
    pub(crate) mappings: &'a Mappings,
    /// Whether anything is set aside, so that a look-up per record is spared where nothing is.
    pub(crate) any_set_aside: bool,
    /// What the marks of the records are worth.
    pub(crate) marks: Marks,
}

impl Committer<'_> {
    /// Builds one frame of a batch that holds every record at most once. What is noted goes into the report; the tally
    /// stands in the frame and counts once the frame is durable.
    pub(crate) fn build(&mut self, batch: Batch, report: &mut PassReport) -> Result<Frame, CommitError> {
        let Batch { records, unreadable, position, nodes, at } = batch;
        let mut frame = self.frame(at);
        frame.tally.pulled += unreadable.len() as u64;
        frame.tally.unreadable += unreadable.len() as u64;
        for one in unreadable {
            frame.set_aside.push(SetAside::unreadable(&self.instance, &self.stream, one, at));
        }
        for prepared in records {
            self.take(prepared, &mut frame, report)?;
        }
        frame.position = position;
        frame.nodes = nodes;
        assert!(frame.tally.adds_up(), "every record pulled stands in exactly one column: {:?}", frame.tally);
        self.any_set_aside |= !frame.set_aside.is_empty();
        Ok(frame)
    }

    /// Builds and commits a batch; in several frames where it holds a record more than once. Only the last moves the
    /// position, so that a crash between them repeats the batch and loses nothing of it.
    pub(crate) fn commit(&mut self, batch: Batch, report: &mut PassReport) -> Result<(), CommitError> {
        let Batch { records, mut unreadable, position, nodes, at } = batch;
        let mut seen: HashSet<RecordId> = HashSet::with_capacity(records.len());
        let mut part = Vec::with_capacity(records.len());
        for prepared in records {
            if !seen.insert(prepared.id.clone()) {
                let records = std::mem::take(&mut part);
                let unreadable = std::mem::take(&mut unreadable);
                self.commit_once(Batch { records, unreadable, position: None, nodes: Vec::new(), at }, report)?;
                seen.clear();
                seen.insert(prepared.id.clone());
            }
            part.push(prepared);
        }
        self.commit_once(Batch { records: part, unreadable, position, nodes, at }, report)
    }

    fn commit_once(&mut self, batch: Batch, report: &mut PassReport) -> Result<(), CommitError> {
        let frame = self.build(batch, report)?;
        let tally = frame.tally;
        self.ledger.commit(frame)?;
        report.tally += tally;
        Ok(())
    }

    fn frame(&self, at: Timestamp) -> Frame {
        Frame {
            instance: Arc::clone(&self.instance),
            stream: Arc::clone(&self.stream),
            position: None,
            versions: Vec::new(),
            set_aside: Vec::new(),
            released: Vec::new(),
            mapping: Some((self.mappings.digest(), Arc::clone(self.mappings.stored()))),
            nodes: Vec::new(),
            tally: Tally::default(),
            at,
        }
    }

    /// Puts one record into exactly one column of the frame.
    fn take(&self, prepared: Prepared, frame: &mut Frame, report: &mut PassReport) -> Result<(), CommitError> {
        frame.tally.pulled += 1;
        let head = self.ledger.head(&prepared.id)?;
        let (prepared, raw_digest) = self.with_known_rows(prepared, head.as_ref())?;
        let Prepared { id, raw, outcome, notes } = prepared;
        let aside = set_aside_id(&id);
        // What was noticed in a record that is set aside stands with it.
        if !matches!(outcome, PreparedOutcome::Rejected) {
            notes.iter().for_each(|note| report.note(id.as_str(), note));
        }
        match outcome {
            PreparedOutcome::NotApplicable => {
                frame.tally.not_applicable += 1;
                return Ok(());
            }
            PreparedOutcome::Gone => {
                // A conversation that is part of another one now has its mails there: what waits of it is old.
                if self.marks == Marks::Gathered && self.ledger.is_set_aside(&aside)? {
                    frame.released.push(aside);
                }
                return self.take_gone(id, raw, raw_digest, head.as_ref(), frame);
            }
            PreparedOutcome::Rejected => {
                frame.tally.quarantined += 1;
                frame.set_aside.push(self.quarantined(aside, raw, &notes, frame.at));
                return Ok(());
            }
            PreparedOutcome::Mapped { mapped, json, mapping } => {
                let digest = counterfoil_wire::content_digest(&json);
                let mut revision = revision(head.as_ref(), raw.form, self.marks, &raw.version, &digest);
                if revision == Revision::Unchanged
                    && (self.is_newer_payload(head.as_ref(), &raw, &raw_digest)
                        || self.tells_more_parts(head.as_ref(), &raw, &raw_digest)?)
                {
                    revision = Revision::Next;
                }
                match revision {
                    Revision::Unchanged => frame.tally.unchanged += 1,
                    Revision::Stale => {
                        frame.tally.unchanged += 1;
                        report.stale += 1;
                    }
                    Revision::Next => {
                        let previous = self.held(&id, head.as_ref())?;
                        let record = with_history(mapped, previous.as_ref());
                        let version = head.as_ref().map_or(1, |head| head.version + 1);
                        let made = Made { id, version, raw, raw_digest, mapped: digest, mapping: Some(mapping) };
                        let event = self.event(&made, &record, previous.as_ref(), json, frame.at);
                        frame.versions.push(made.version(event, head.as_ref()));
                        frame.tally.committed += 1;
                    }
                }
            }
        }
        if self.any_set_aside && self.ledger.is_set_aside(&aside)? {
            frame.released.push(aside);
        }
        Ok(())
    }

    /// Whether it was gathered from more than what is held: the payload is what the next gathering goes on from, so that it is
    /// kept although no field reads what is new in it.
    fn is_newer_payload(&self, head: Option<&Head>, raw: &RawRecord, raw_digest: &Digest) -> bool {
        let counts = match self.marks {
            Marks::Gathered => true,
            Marks::Retried => raw.form == Form::Snapshot && raw.version.is_empty(),
            Marks::Ordered | Marks::Newest | Marks::Ignored => false,
        };
        counts && head.is_some_and(|head| head.raw != *raw_digest)
    }

    /// Whether the same version of a record has parts that the payload held does not have.
    fn tells_more_parts(&self, head: Option<&Head>, raw: &RawRecord, raw_digest: &Digest) -> Result<bool, CommitError> {
        let is_same = |head: &&Head| head.source_version == raw.version && head.raw != *raw_digest;
        let is_compared = raw.form == Form::Snapshot && !raw.version.is_empty() && self.marks != Marks::Ignored;
        let Some(head) = head.filter(|head| is_compared && is_same(head)) else { return Ok(false) };
        Ok(has_more_members(self.ledger.version(head.at)?.raw.as_str(), raw.payload.as_str()))
    }

    /// A record that its source no longer has: the version held last, marked. What is not held leaves no trace.
    fn take_gone(
        &self,
        id: RecordId,
        mut raw: RawRecord,
        raw_digest: Digest,
        head: Option<&Head>,
        frame: &mut Frame,
    ) -> Result<(), CommitError> {
        let held = self.held(&id, head)?;
        let (Some(head), Some(record)) = (head, held.as_ref().and_then(tombstone)) else {
            frame.tally.unchanged += 1;
            return Ok(());
        };
        let json = counterfoil_wire::encode_record(&record);
        let mapped = counterfoil_wire::content_digest(&json);
        // A record that comes back is compared with the mark that it had, not with the deletion's.
        raw.version.clone_from(&head.source_version);
        let made = Made { id, version: head.version + 1, raw, raw_digest, mapped, mapping: None };
        let event = self.event(&made, &record, held.as_ref(), json, frame.at);
        frame.versions.push(made.version(event, Some(head)));
        frame.tally.committed += 1;
        Ok(())
    }

    /// A log that is known already is pulled again in part only: what it makes is mapped from all rows known by now.
    /// Gives the digest of the payload, too.
    fn with_known_rows(&self, prepared: Prepared, head: Option<&Head>) -> Result<(Prepared, Digest), CommitError> {
        let raw_digest = prepared.raw.payload.digest();
        let Some(head) = head.filter(|head| prepared.raw.form == Form::Log && head.raw != raw_digest) else {
            return Ok((prepared, raw_digest));
        };
        let held = self.ledger.version(head.at)?;
        let mut raw = prepared.raw;
        match merge_logs(held.raw.as_str(), raw.payload.as_str()) {
            Ok(rows) => raw.payload = Payload::owned(&rows),
            Err(error) => return Err(CommitError::Held { record: prepared.id, reason: error.to_string() }),
        }
        raw.version = raw.version.max(held.source_version);
        let raw_digest = raw.payload.digest();
        Ok((prepare(&self.instance, &self.stream, self.mappings, raw), raw_digest))
    }

    fn held(&self, id: &RecordId, head: Option<&Head>) -> Result<Option<Record>, CommitError> {
        head.map(|head| read_record(id, &self.ledger.version(head.at)?)).transpose()
    }

    fn event(
        &self,
        made: &Made,
        record: &Record,
        previous: Option<&Record>,
        json: String,
        at: Timestamp,
    ) -> (Built, Digest) {
        // Only a snapshot with a version before has a history that was not in its own payload.
        let (json, content) = if previous.is_some() && made.raw.form == Form::Snapshot {
            let json = counterfoil_wire::encode_record(record);
            let content = counterfoil_wire::content_digest(&json);
            (json, content)
        } else {
            (json, made.mapped)
        };
        let built = build_event(&EventParts {
            instance: &self.instance,
            stream: &self.stream,
            record_id: &made.id,
            native_id: &made.raw.native_id,
            version: made.version,
            record,
            record_json: &json,
            content,
            previous,
            raw: made.raw_digest,
            mapping: made.mapping.as_deref().map(|name| (name, self.mappings.digest())),
            place: &made.raw.place,
            observed_at: at,
        });
        (built, content)
    }

    fn quarantined(&self, id: String, raw: RawRecord, notes: &[Note], at: Timestamp) -> SetAside {
        let rejecting: Vec<&Note> = notes.iter().filter(|note| REJECTING.contains(&note.code)).collect();
        let concerned = |note: &&Note| rejecting.is_empty() || rejecting.iter().any(|other| other.field == note.field);
        let reasons: Vec<String> = notes.iter().filter(concerned).map(in_words).collect();
        let code = rejecting.first().map_or("rejected", |note| note.code);
        SetAside {
            id,
            aside: Aside::Quarantined,
            instance: Arc::clone(&self.instance),
            stream: Arc::clone(&self.stream),
            native_id: Some(raw.native_id),
            source_version: raw.version,
            code: code.to_owned(),
            place: raw.place,
            reason: reasons.join("; "),
            remedy:
                "mend the record in its source, or the rule in the mapping and then run `counterfoil quarantine retry`"
                    .to_owned(),
            form: raw.form,
            bytes: raw.payload.as_str().as_bytes().to_vec(),
            at,
        }
    }
}

/// Notes for which a mapping rejects a record; of the others only those on the same field belong to the reason.
const REJECTING: [&str; 4] = ["required-field", "wrong-form", "unreadable-payload", "empty-log"];

/// A version all but for its event.
struct Made {
    id: RecordId,
    version: u64,
    raw: RawRecord,
    raw_digest: Digest,
    mapped: Digest,
    /// The name of the mapping that made it; none made a tombstone.
    mapping: Option<String>,
}

impl Made {
    fn version(self, (built, content): (Built, Digest), head: Option<&Head>) -> NewVersion {
        let Self { id, version, raw, raw_digest, mapped, .. } = self;
        let event = Event { id: built.id, routing_key: built.routing_key, body: built.body };
        NewVersion {
            id,
            version,
            source_version: raw.version,
            mapped,
            raw: raw.payload,
            raw_digest,
            form: raw.form,
            place: raw.place,
            event,
            record: built.record,
            content,
            previous: head.map(|head| head.at),
        }
    }
}

/// Under which id a record is set aside: one per record, so that a later pull replaces or releases it.
pub fn set_aside_id(id: &RecordId) -> String {
    Digest::of(id.as_str().as_bytes()).short()
}

/// The record of a stored version.
pub(crate) fn read_record(id: &RecordId, version: &StoredVersion) -> Result<Record, CommitError> {
    let read = || {
        let event = counterfoil_wire::decode_event(&version.event.body)?;
        counterfoil_wire::decode_record(event.record_json)
    };
    read().map_err(|error| CommitError::Held { record: id.clone(), reason: error.to_string() })
}
