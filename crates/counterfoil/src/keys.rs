//! The keys that people call a record by: the one it has now, and those it had. It changes nothing.

use anyhow::{Context as _, Result};
use counterfoil_model::{Field, Record, Value};
use counterfoil_pipeline::ports::{Ledger, StoredVersion};
use counterfoil_record::RecordId;
use counterfoil_wire::{decode_event, decode_record};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::fmt;

/// What people call a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Keys {
    pub(crate) now: Option<String>,
    /// The oldest first.
    pub(crate) former: Vec<FormerKey>,
    /// Whether the source has deleted the record or no longer shows it.
    pub(crate) is_gone: bool,
}

/// A key that a record had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormerKey {
    pub(crate) key: String,
    pub(crate) end: End,
}

/// What is known of when a key ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// As the source's history says.
    At(Timestamp),
    /// The source tells no history; when the gateway last saw the key.
    SeenLast(Timestamp),
    /// The history does not say when.
    Unknown,
}

impl End {
    /// To compare with other ends; nothing is before what is not known.
    pub(crate) fn moment(self) -> Option<Timestamp> {
        match self {
            Self::At(at) | Self::SeenLast(at) => Some(at),
            Self::Unknown => None,
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => write!(f, "until {at}"),
            Self::SeenLast(at) => write!(f, "last seen {at}"),
            Self::Unknown => f.write_str("until a moment that is not known"),
        }
    }
}

impl FormerKey {
    pub(crate) fn as_json(&self) -> Json {
        let (until, seen_last) = match self.end {
            End::At(at) => (Some(at), None),
            End::SeenLast(at) => (None, Some(at)),
            End::Unknown => (None, None),
        };
        let text = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string());
        json!({ "key": self.key, "until": text(until), "seen_last": text(seen_last) })
    }
}

impl Keys {
    /// Of a record that is held: what its history tells, and what one version after the other showed.
    pub(crate) fn of(ledger: &dyn Ledger, id: &RecordId) -> Result<Self> {
        Self::read(ledger, id, |_| false)
    }

    /// The same, and no version is read where the history alone knows this key.
    pub(crate) fn knowing(ledger: &dyn Ledger, id: &RecordId, key: &str) -> Result<Self> {
        Self::read(ledger, id, |told| told.has_or_had(key))
    }

    fn read(ledger: &dyn Ledger, id: &RecordId, suffices: impl FnOnce(&Self) -> bool) -> Result<Self> {
        let head = ledger.head(id)?.context("the record is held")?;
        let newest = ledger.version(head.at)?;
        let mut keys = Self::told(&record_of(&newest)?);
        if !suffices(&keys) {
            keys.seen(ledger, newest)?;
        }
        Ok(keys)
    }

    fn has_or_had(&self, key: &str) -> bool {
        self.now.as_deref() == Some(key) || self.former.iter().any(|former| former.key == key)
    }

    /// As the record's own history tells.
    fn told(record: &Record) -> Self {
        let now = record.text(Field::NativeKey).map(str::to_owned);
        let mut keys = Self { now, former: Vec::new(), is_gone: record.tombstone };
        for transition in record.history.iter().filter(|transition| transition.field == Field::NativeKey) {
            let end = match transition.occurred_at.known() {
                Some(Value::Instant(at)) => End::At(at.at),
                _ => End::Unknown,
            };
            if let Some(Value::Text(key)) = transition.from.known() {
                keys.add(key, end);
            }
        }
        keys
    }

    /// As one version after the other showed it.
    fn seen(&mut self, ledger: &dyn Ledger, newest: StoredVersion) -> Result<()> {
        let mut found = Vec::new();
        let mut next = newest.previous;
        while let Some(at) = next {
            let version = ledger.version(at)?;
            if let Some(key) = record_of(&version)?.text(Field::NativeKey) {
                found.push((key.to_owned(), version.seen_at));
            }
            next = version.previous;
        }
        // The last that had the key counts, and of those the newest came first.
        let mut known: Vec<String> = self.former.iter().map(|former| former.key.clone()).collect();
        let mut seen = Vec::new();
        for (key, at) in found {
            if !known.contains(&key) {
                known.push(key.clone());
                seen.push((key, at));
            }
        }
        seen.reverse();
        seen.iter().for_each(|(key, at)| self.add(key, End::SeenLast(*at)));
        self.former.sort_by_key(|former| former.end.moment());
        Ok(())
    }

    /// A key that the record has again is no former one; of one that it had twice the last time counts.
    fn add(&mut self, key: &str, end: End) {
        if self.now.as_deref() != Some(key) {
            self.former.retain(|known| known.key != key);
            self.former.push(FormerKey { key: key.to_owned(), end });
        }
    }
}

fn record_of(version: &StoredVersion) -> Result<Record> {
    Ok(decode_record(decode_event(&version.event.body)?.record_json)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_model::{ActorKind, Instant, Kind, Precision, Reading, Transition};

    fn text(text: &str) -> Reading {
        Value::Text(text.into()).into()
    }

    fn moved(from: Reading, to: &str, second: i64) -> Transition {
        let at = Timestamp::from_second(second).unwrap();
        Transition {
            field: Field::NativeKey,
            from,
            to: text(to),
            from_native: None,
            to_native: None,
            occurred_at: Value::Instant(Instant { at, offset_secs: None }).into(),
            recorded_at: Reading::Missing,
            actor_kind: ActorKind::Human,
            actor: None,
            precision: Precision::Exact,
            row: None,
            confidence: None,
            proof: None,
        }
    }

    #[test]
    fn former_keys_are_those_that_the_record_no_longer_has_each_with_its_last_end() {
        let mut record = Record::new(Kind::Incident);
        record.set(Field::NativeKey, text("PAY-9"));
        record.history = vec![
            moved(Reading::Missing, "PAY-1", 0),
            moved(text("PAY-1"), "PAY-9", 60),
            moved(text("PAY-9"), "PAY-1", 120),
            moved(text("PAY-1"), "OPS-4", 180),
            moved(text("OPS-4"), "PAY-9", 240),
        ];
        let keys = Keys::told(&record);
        let shown: Vec<_> = keys.former.iter().map(|one| format!("{} {}", one.key, one.end)).collect();
        assert_eq!(shown, ["PAY-1 until 1970-01-01T00:03:00Z", "OPS-4 until 1970-01-01T00:04:00Z"]);
        assert!(keys.has_or_had("PAY-9") && keys.has_or_had("OPS-4") && !keys.has_or_had("NEW-9"));
        assert_eq!(Keys::told(&Record::new(Kind::Incident)), Keys::default());
    }
}
