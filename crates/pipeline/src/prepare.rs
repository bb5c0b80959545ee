//! The first half of the way: from raw records to what a commit needs, with no store involved.

use counterfoil_mapping::{Mapping, Note, Outcome};
use counterfoil_model::Mapped;
use counterfoil_record::{Digest, Form, RawRecord, RecordId, RecordKey};
use std::sync::Arc;

/// The mappings of an instance, in the order in which they are tried.
pub struct Mappings {
    list: Vec<Mapping>,
    digest: Digest,
    stored: Arc<str>,
}

impl Mappings {
    /// Several mappings as one.
    pub fn new(list: Vec<Mapping>) -> Self {
        let texts: Vec<String> = list.iter().map(Mapping::stored).collect();
        let stored = serde_json::to_string(&texts).expect("texts can be written as JSON");
        // By what the mappings do, not by where they stand: moving lines of a file makes no other mapping.
        let digests: Vec<Digest> = list.iter().map(Mapping::digest).collect();
        let parts: Vec<&[u8]> = digests.iter().map(|digest| &digest.0[..]).collect();
        Self { digest: Digest::of_parts(&parts), list, stored: stored.into() }
    }

    /// The mappings as they were when [`Mappings::stored`] was kept.
    pub fn from_stored(text: &str) -> Result<Self, String> {
        let texts: Vec<String> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let list: Result<Vec<Mapping>, String> =
            texts.iter().map(|text| Mapping::from_stored(text).map_err(|error| error.to_string())).collect();
        Ok(Self::new(list?))
    }

    /// Of everything that influences what the mappings make of a record.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// A text to make the same mappings from again.
    pub fn stored(&self) -> &Arc<str> {
        &self.stored
    }

    /// Each mapping.
    pub fn iter(&self) -> impl Iterator<Item = &Mapping> {
        self.list.iter()
    }

    /// Maps by the first mapping that is for this record.
    pub fn map(&self, raw: &RawRecord) -> (Outcome, Option<&Mapping>) {
        let mut reasons = Vec::new();
        for mapping in &self.list {
            match mapping.map(raw.form, raw.payload.as_str()) {
                Outcome::NotApplicable { reason } => reasons.push(reason),
                outcome => return (outcome, Some(mapping)),
            }
        }
        (Outcome::NotApplicable { reason: reasons.join("; ") }, None)
    }
}

/// A raw record with what the mapping makes of it.
pub(crate) struct Prepared {
    pub id: RecordId,
    pub raw: RawRecord,
    pub outcome: PreparedOutcome,
    pub notes: Vec<Note>,
}

pub(crate) enum PreparedOutcome {
    Mapped {
        mapped: Mapped,
        /// The record as canonical JSON. Hashing it is left to the commit, so that two threads have as much to do.
        json: String,
        /// The name of the mapping that made it.
        mapping: String,
    },
    Rejected,
    NotApplicable,
    /// The source no longer has the record; what it was is held.
    Gone,
}

pub(crate) fn prepare(instance: &Arc<str>, stream: &Arc<str>, mappings: &Mappings, raw: RawRecord) -> Prepared {
    let key =
        RecordKey { instance: Arc::clone(instance), stream: Arc::clone(stream), native_id: raw.native_id.clone() };
    if raw.form == Form::Tombstone {
        return Prepared { id: key.id(), raw, outcome: PreparedOutcome::Gone, notes: Vec::new() };
    }
    let (outcome, by) = mappings.map(&raw);
    let (outcome, notes) = match outcome {
        Outcome::Mapped { mapped, notes } => {
            let json = counterfoil_wire::encode_record(&mapped.record);
            let mapping = by.map(|mapping| mapping.name().to_owned()).unwrap_or_default();
            (PreparedOutcome::Mapped { mapped, json, mapping }, notes)
        }
        Outcome::Rejected { notes } => (PreparedOutcome::Rejected, notes),
        Outcome::NotApplicable { .. } => (PreparedOutcome::NotApplicable, Vec::new()),
    };
    Prepared { id: key.id(), raw, outcome, notes }
}
