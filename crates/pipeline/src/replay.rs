//! Raw payloads that are held, mapped again: to prove that the same input gives the same bytes, to show what a changed
//! mapping would change, to apply it, and to try again what was set aside. All blocking; nothing here asks a source.

use crate::commit::{Batch, CommitError, Committer, read_record};
use crate::ports::{Aside, EventOffset, Ledger, LedgerError, SetAside, StoredVersion};
use crate::prepare::{Prepared, PreparedOutcome, prepare};
use crate::revise::{Marks, history_again, keep_untold_links, tombstone, with_history};
use crate::{Mappings, PassReport};
use counterfoil_assurance::Facts;
use counterfoil_model::{Field, Kind, Reading, Record};
use counterfoil_record::{Digest, Form, Payload, RawRecord, RecordId};
use counterfoil_wire::{EventParts, build_event, decode_event};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Records read and committed together.
const BATCH: usize = 500;

/// Differences that are kept in words; the rest is counted.
const KEPT: usize = 100;

/// A replay that could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A version could not be read back or committed.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// What `replay --verify` found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Versions mapped again, each with the mapping that made it.
    pub versions: u64,
    /// Those whose event came out byte for byte as it is kept.
    pub identical: u64,
    /// The others in words, at most 100.
    pub different: Vec<String>,
}

/// Makes every event of the ledger again from its raw payload and compares bytes.
pub fn verify_replay(ledger: &dyn Ledger, progress: &mut dyn FnMut(u64)) -> Result<Replayed, ReplayError> {
    let mut mappings: HashMap<Digest, Result<Mappings, String>> = HashMap::new();
    let mut replayed = Replayed::default();
    let mut from = EventOffset::default();
    loop {
        let versions = ledger.versions(from)?;
        let Some(last) = versions.last() else { return Ok(replayed) };
        from = EventOffset { page: last.at.page, index: last.at.index + 1 };
        for version in &versions {
            replayed.versions += 1;
            match replay_one(ledger, version, &mut mappings)? {
                Ok(()) => replayed.identical += 1,
                Err(why) if replayed.different.len() < KEPT => {
                    replayed.different.push(format!("{} version {}: {why}", version.id, version.version));
                }
                Err(_) => {}
            }
        }
        progress(versions.len() as u64);
    }
}

fn replay_one(
    ledger: &dyn Ledger,
    version: &StoredVersion,
    mappings: &mut HashMap<Digest, Result<Mappings, String>>,
) -> Result<Result<(), String>, ReplayError> {
    let Some(digest) = version.mapping else { return Ok(Err("its mapping is not known".to_owned())) };
    if let std::collections::hash_map::Entry::Vacant(entry) = mappings.entry(digest) {
        let stored = ledger.mapping(&digest)?;
        entry.insert(
            stored.map_or_else(|| Err("its mapping is not kept".to_owned()), |text| Mappings::from_stored(&text)),
        );
    }
    let mappings = match &mappings[&digest] {
        Ok(mappings) => mappings,
        Err(why) => return Ok(Err(why.clone())),
    };
    let event = match decode_event(&version.event.body) {
        Ok(event) => event,
        Err(error) => return Ok(Err(format!("its event cannot be read: {error}"))),
    };
    let (instance, stream): (Arc<str>, Arc<str>) = (event.instance.as_ref().into(), event.stream.as_ref().into());
    let raw = held_raw(version, &event.native_id);
    let (raw_digest, place, form) = (raw.payload.digest(), raw.place.clone(), raw.form);
    let previous = match version.previous {
        Some(at) => Some(read_record(&version.id, &ledger.version(at)?)?),
        None => None,
    };
    let prepared = prepare(&instance, &stream, mappings, raw);
    let (record, json, mapping) = match prepared.outcome {
        PreparedOutcome::Mapped { mapped, json, mapping } => {
            let record = with_history(mapped, previous.as_ref());
            let again = previous.is_some() && form == Form::Snapshot;
            let json = if again { counterfoil_wire::encode_record(&record) } else { json };
            (record, json, Some(mapping))
        }
        PreparedOutcome::Gone => {
            let Some(record) = previous.as_ref().and_then(tombstone) else {
                return Ok(Err("there was nothing that could be gone".to_owned()));
            };
            let json = counterfoil_wire::encode_record(&record);
            (record, json, None)
        }
        PreparedOutcome::Rejected | PreparedOutcome::NotApplicable => {
            return Ok(Err("its raw payload is no longer mapped".to_owned()));
        }
    };
    let built = build_event(&EventParts {
        instance: &instance,
        stream: &stream,
        record_id: &version.id,
        native_id: &event.native_id,
        version: version.version,
        record: &record,
        record_json: &json,
        content: counterfoil_wire::content_digest(&json),
        previous: previous.as_ref(),
        raw: raw_digest,
        mapping: mapping.as_deref().map(|name| (name, digest)),
        place: &place,
        observed_at: version.seen_at,
    });
    Ok(if built.body == version.event.body {
        Ok(())
    } else if json == event.record_json {
        Err("the record is the same, the event around it is not".to_owned())
    } else {
        Err("the record is another".to_owned())
    })
}

fn held_raw(version: &StoredVersion, native_id: &str) -> RawRecord {
    RawRecord {
        native_id: native_id.to_owned(),
        version: version.source_version.clone(),
        form: version.form,
        payload: version.raw.clone(),
        place: version.place.clone(),
    }
}

/// What a changed mapping would change about one record.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordChange {
    /// Fields would differ: field, as held, as it would be.
    Fields(Vec<(Field, Reading, Reading)>),
    /// No field would differ, but the links.
    Links,
    /// Only the history would differ.
    History,
    /// It would be quarantined, for these reasons.
    Rejected(String),
    /// The mapping would no longer be for it.
    NotApplicable,
}

/// What a changed mapping would change in all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Difference {
    /// Records compared.
    pub records: u64,
    /// Of them would differ.
    pub changed: u64,
    /// How often one reading of a field would become another: (field, as held, as it would be) → records.
    pub fields: BTreeMap<(String, String, String), u64>,
    /// Would be quarantined.
    pub rejected: u64,
    /// Would no longer be mapped.
    pub not_applicable: u64,
    /// No field of them would differ, but their links.
    pub links: u64,
    /// Only their history would differ.
    pub history_only: u64,
    /// The first hundred records that would differ.
    pub examples: Vec<(RecordId, RecordChange)>,
}

/// Maps every held record of a stream with `mappings` and compares; changes nothing.
///
/// `facts` is given each record's facts as they would be, so that figures can be compared, too; `None` where it would be no record.
pub fn compare(
    ledger: &dyn Ledger,
    instance: &str,
    stream: &str,
    mappings: &Mappings,
    difference: &mut Difference,
    facts: &mut dyn FnMut(&RecordId, Option<Facts>),
) -> Result<(), ReplayError> {
    for_held(ledger, instance, stream, &mut |batch| {
        for (version, prepared) in prepare_held(batch, instance, stream, mappings)? {
            let held = read_record(&version.id, &version)?;
            difference.records += 1;
            let (change, after) = change_of(&held, prepared);
            let of = |record: &Record| Facts::of(instance, record, version.seen_at);
            facts(&version.id, after.as_ref().map(of));
            if let Some(change) = change {
                difference.add(version.id, change);
            }
        }
        Ok(())
    })
}

impl Difference {
    fn add(&mut self, id: RecordId, change: RecordChange) {
        self.changed += 1;
        match &change {
            RecordChange::Fields(fields) => {
                for (field, from, to) in fields {
                    let key = (field.name().to_owned(), reading_in_words(from), reading_in_words(to));
                    *self.fields.entry(key).or_default() += 1;
                }
            }
            RecordChange::Links => self.links += 1,
            RecordChange::History => self.history_only += 1,
            RecordChange::Rejected(_) => self.rejected += 1,
            RecordChange::NotApplicable => self.not_applicable += 1,
        }
        if self.examples.len() < KEPT {
            self.examples.push((id, change));
        }
    }
}

/// A reading as people read it: the value, or why there is none.
fn reading_in_words(reading: &Reading) -> String {
    match reading {
        Reading::Known(value) => value.to_string(),
        Reading::Missing => "missing".to_owned(),
        Reading::Unmapped(raw) => format!("unmapped ({raw})"),
        Reading::Unreadable(raw) => format!("unreadable ({raw})"),
    }
}

fn change_of(held: &Record, prepared: Prepared) -> (Option<RecordChange>, Option<Record>) {
    let Prepared { raw, outcome, notes, .. } = prepared;
    let mut mapped = match outcome {
        PreparedOutcome::NotApplicable => return (Some(RecordChange::NotApplicable), None),
        PreparedOutcome::Rejected => {
            let reasons: Vec<String> = notes.iter().map(crate::report::in_words).collect();
            return (Some(RecordChange::Rejected(reasons.join("; "))), None);
        }
        PreparedOutcome::Gone => return (None, Some(held.clone())),
        PreparedOutcome::Mapped { mapped, .. } => mapped,
    };
    if raw.form == Form::Snapshot {
        keep_untold_links(&mut mapped, held);
    }
    let mut record = mapped.record;
    if raw.form == Form::Snapshot {
        record.history = history_again(std::mem::take(&mut record.history), held);
    }
    let kind: Kind = record.kind;
    let fields: Vec<_> = kind
        .fields()
        .iter()
        .map(|spec| (spec.field, held.reading(spec.field).clone(), record.reading(spec.field).clone()))
        .filter(|(_, from, to)| from != to)
        .collect();
    let change = if !fields.is_empty() {
        Some(RecordChange::Fields(fields))
    } else if held.links != record.links {
        Some(RecordChange::Links)
    } else if held.history != record.history || held.quality != record.quality {
        Some(RecordChange::History)
    } else {
        None
    };
    (change, Some(record))
}

/// Maps every held record of a stream with `mappings` and commits what differs as new versions.
pub fn remap(
    ledger: &dyn Ledger,
    instance: &str,
    stream: &str,
    mappings: &Mappings,
    now: Timestamp,
) -> Result<PassReport, ReplayError> {
    let mut report = PassReport::begin(instance, stream, now);
    let mut committer = committer(ledger, instance, stream, mappings, Marks::Ignored);
    for_held(ledger, instance, stream, &mut |batch| {
        let prepared = prepare_held(batch, instance, stream, mappings)?;
        let records = prepared.into_iter().map(|(_, prepared)| prepared).collect();
        committer.commit(
            Batch { records, unreadable: Vec::new(), position: None, nodes: Vec::new(), at: now },
            &mut report,
        )?;
        Ok(())
    })?;
    report.end(now, None);
    Ok(report)
}

/// Maps quarantined records of a stream again: all, or those whose ids `wanted` names. What maps now is committed and
/// released, the rest stays set aside.
pub fn retry_set_aside(
    ledger: &dyn Ledger,
    instance: &str,
    stream: &str,
    mappings: &Mappings,
    wanted: &dyn Fn(&SetAside) -> bool,
    now: Timestamp,
) -> Result<PassReport, ReplayError> {
    let mut report = PassReport::begin(instance, stream, now);
    let mut committer = committer(ledger, instance, stream, mappings, Marks::Retried);
    let (instance, stream): (Arc<str>, Arc<str>) = (instance.into(), stream.into());
    let mut after: Option<String> = None;
    loop {
        let batch = ledger.set_aside(after.as_deref(), BATCH)?;
        let Some(last) = batch.last() else { break };
        after = Some(last.id.clone());
        let here = |one: &SetAside| one.aside == Aside::Quarantined && one.instance == instance && one.stream == stream;
        let records: Vec<Prepared> = batch
            .into_iter()
            .filter(|one| here(one) && wanted(one))
            .filter_map(raw_of)
            .map(|raw| prepare(&instance, &stream, mappings, raw))
            .collect();
        if !records.is_empty() {
            committer.commit(
                Batch { records, unreadable: Vec::new(), position: None, nodes: Vec::new(), at: now },
                &mut report,
            )?;
        }
    }
    report.end(now, None);
    Ok(report)
}

fn raw_of(aside: SetAside) -> Option<RawRecord> {
    let text = String::from_utf8(aside.bytes).ok()?;
    Some(RawRecord {
        native_id: aside.native_id?,
        version: aside.source_version,
        form: aside.form,
        payload: Payload::owned(&text),
        place: aside.place,
    })
}

fn committer<'a>(
    ledger: &'a dyn Ledger,
    instance: &str,
    stream: &str,
    mappings: &'a Mappings,
    marks: Marks,
) -> Committer<'a> {
    Committer { ledger, instance: instance.into(), stream: stream.into(), mappings, any_set_aside: true, marks }
}

fn prepare_held(
    batch: Vec<StoredVersion>,
    instance: &str,
    stream: &str,
    mappings: &Mappings,
) -> Result<Vec<(StoredVersion, Prepared)>, ReplayError> {
    let (instance, stream): (Arc<str>, Arc<str>) = (instance.into(), stream.into());
    let mut prepared = Vec::with_capacity(batch.len());
    for version in batch {
        let event = decode_event(&version.event.body)
            .map_err(|error| CommitError::Held { record: version.id.clone(), reason: error.to_string() })?;
        let raw = held_raw(&version, &event.native_id);
        let one = prepare(&instance, &stream, mappings, raw);
        prepared.push((version, one));
    }
    Ok(prepared)
}

/// The newest versions of all records of a stream, batch by batch.
pub(crate) fn for_held(
    ledger: &dyn Ledger,
    instance: &str,
    stream: &str,
    each: &mut dyn FnMut(Vec<StoredVersion>) -> Result<(), ReplayError>,
) -> Result<(), ReplayError> {
    let prefix = format!("{instance}/{stream}/");
    let mut after = RecordId::from_stored(&prefix);
    loop {
        let heads = ledger.heads(Some(&after), BATCH)?;
        let here: Vec<_> = heads.into_iter().take_while(|(id, _)| id.as_str().starts_with(&prefix)).collect();
        let Some((last, _)) = here.last() else { return Ok(()) };
        after = last.clone();
        let versions: Result<Vec<StoredVersion>, LedgerError> =
            here.iter().map(|(_, head)| ledger.version(head.at)).collect();
        each(versions?)?;
    }
}
