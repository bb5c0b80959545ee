//! What came of a pass over a stream. Kept in the ledger, so that `status` can show it later.

use crate::{CensusReport, Tally};
use counterfoil_mapping::Note;
use counterfoil_record::{Census, Gap};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a pass ended. Never just "ok".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything that the source is known to have was pulled.
    Complete,
    /// Something is known to be missing: the gaps of the report say what.
    Partial,
    /// The pass stopped early; what was committed before stays.
    Failed {
        /// Why, with its causes.
        reason: String,
    },
}

/// A gap, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapReport {
    /// Stable code.
    pub code: String,
    /// Where it stands.
    pub place: String,
    /// What is missing and why.
    pub reason: String,
    /// The next step.
    pub remedy: String,
    /// How many records are missing, where that is known.
    pub records: Option<u64>,
}

impl From<Gap> for GapReport {
    fn from(gap: Gap) -> Self {
        let Gap { code, place, reason, remedy, records } = gap;
        Self { code: code.to_owned(), place: place.to_string(), reason, remedy, records }
    }
}

/// Something the mapping noticed, with how often it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// Stable code, for example `mapping::unmapped-word`.
    pub code: String,
    /// The field it concerns, empty for the record as a whole.
    pub field: String,
    /// What the source said.
    pub raw: String,
    /// The rule, as file:line.
    pub rule: String,
    /// For people.
    pub message: String,
    /// In so many records.
    pub records: u64,
    /// The first of them.
    pub first: String,
    /// The last of them so far: a word that stands in a record's history, too, is one record with it.
    #[serde(skip)]
    last: String,
}

/// Different things noted that a report keeps; the rest is counted only.
const NOTED_AT_MOST: usize = 100;

/// What came of one pass over one stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassReport {
    /// Which instance.
    pub instance: String,
    /// Which stream of it.
    pub stream: String,
    /// When the pass began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// Where everything pulled in this pass ended.
    pub tally: Tally,
    /// Of the unchanged ones: older than what the ledger holds already.
    pub stale: u64,
    /// What is known to be missing.
    pub gaps: Vec<GapReport>,
    /// What the source was found to look like.
    pub notes: Vec<String>,
    /// What the mapping noticed.
    pub noted: Vec<Noted>,
    /// Things noted beyond those kept in `noted`.
    pub noted_beyond: u64,
    /// Counted at the source and delivered from it, where the source can be counted.
    pub counted: Option<u64>,
    /// See `counted`.
    pub delivered: Option<u64>,
    /// The last census, from this pass or an earlier one.
    #[serde(default)]
    pub census: Option<CensusReport>,
}

impl PassReport {
    pub(crate) fn begin(instance: &str, stream: &str, now: Timestamp) -> Self {
        Self {
            instance: instance.to_owned(),
            stream: stream.to_owned(),
            started: now,
            ended: now,
            outcome: Outcome::Complete,
            tally: Tally::default(),
            stale: 0,
            gaps: Vec::new(),
            notes: Vec::new(),
            noted: Vec::new(),
            noted_beyond: 0,
            counted: None,
            delivered: None,
            census: None,
        }
    }

    pub(crate) fn note(&mut self, record: &str, note: &Note) {
        let field = note.field.map(|field| field.name()).unwrap_or_default();
        let known = self
            .noted
            .iter_mut()
            .find(|noted| noted.code == note.code && noted.field == field && noted.raw == note.raw);
        if let Some(known) = known {
            known.records += u64::from(known.last != record);
            record.clone_into(&mut known.last);
        } else if self.noted.len() < NOTED_AT_MOST {
            self.noted.push(Noted {
                code: note.code.to_owned(),
                field: field.to_owned(),
                raw: note.raw.clone(),
                rule: note.rule.clone(),
                message: note.message.clone(),
                records: 1,
                first: record.to_owned(),
                last: record.to_owned(),
            });
        } else {
            self.noted_beyond += 1;
        }
    }

    pub(crate) fn gap(&mut self, gap: Gap) {
        let gap = GapReport::from(gap);
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    pub(crate) fn count(&mut self, census: Census) {
        self.counted = Some(census.counted);
        self.delivered = Some(census.delivered);
    }

    /// Ends the report. A pass that pulled nothing keeps what the pass before had noted about the same records.
    pub(crate) fn end(&mut self, now: Timestamp, before: Option<PassReport>) {
        self.ended = now;
        self.noted.iter_mut().for_each(|noted| noted.last.clear());
        if self.outcome == Outcome::Complete && !self.gaps.is_empty() {
            self.outcome = Outcome::Partial;
        }
        if let Some(before) = before
            && self.tally.pulled == 0
        {
            self.noted = before.noted;
            self.noted_beyond = before.noted_beyond;
            if self.notes.is_empty() {
                self.notes = before.notes;
            }
            self.counted = self.counted.or(before.counted);
            self.delivered = self.delivered.or(before.delivered);
        }
    }
}

/// A note in a line: `opened_at: no date can be read in "yesterday" (mappings/…/incident.toml:12)`.
pub(crate) fn in_words(note: &Note) -> String {
    let field = note.field.map(|field| format!("{field}: ")).unwrap_or_default();
    let rule = if note.rule.is_empty() { String::new() } else { format!(" ({})", note.rule) };
    format!("{field}{}{rule}", note.message)
}
