//! From the event log to the read model. What it holds can always be thrown away and projected again.

use crate::commit::{CommitError, read_record};
use crate::ports::{Cache, CacheError, EventOffset, Ledger, LedgerError, Projected, StoredVersion};
use crate::{Listener, Progress};
use counterfoil_assurance::Facts;
use counterfoil_model::{Field, Record, Value};
use std::collections::HashMap;

/// A projection that stopped. The ledger is whole; the cache stands where it stood.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The cache did not take it: throw it away and project again.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The event log could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A version could not be read back.
    #[error(transparent)]
    Version(#[from] CommitError),
}

/// Brings the cache up to the end of the event log. Blocking. Returns how many versions it took in.
pub fn project(ledger: &dyn Ledger, cache: &dyn Cache, listener: &dyn Listener) -> Result<u64, ProjectError> {
    let mut from = cache.projected()?;
    let mut taken = 0;
    loop {
        let versions = ledger.versions(from)?;
        let Some(last) = versions.last() else { return Ok(taken) };
        from = EventOffset { page: last.at.page, index: last.at.index + 1 };
        let count = versions.len() as u64;
        // Of several versions in a page the last one counts; a page has each record once, as the ledger writes it.
        let mut records: HashMap<_, Projected> = HashMap::with_capacity(versions.len());
        for version in &versions {
            records.insert(version.id.clone(), facts_of(version)?);
        }
        cache.apply(records.into_values().collect(), from)?;
        taken += count;
        listener.tell(Progress::Projected { records: count });
    }
}

/// What the cache keeps of a version.
pub fn facts_of(version: &StoredVersion) -> Result<Projected, CommitError> {
    let record = read_record(&version.id, version)?;
    let (instance, _, _) = version.id.parts();
    Ok(Projected {
        names: names_of(&record),
        facts: Facts::of(instance, &record, version.seen_at),
        id: version.id.clone(),
    })
}

/// The key, behind those that the record's own history tells of: a ticket may have been moved before it was pulled first.
fn names_of(record: &Record) -> Vec<String> {
    let now = record.text(Field::NativeKey);
    let told = record.history.iter().filter(|transition| transition.field == Field::NativeKey);
    let texts =
        told.flat_map(|transition| [&transition.from, &transition.to]).filter_map(|reading| match reading.known() {
            Some(Value::Text(text)) => Some(text.as_ref()),
            _ => None,
        });
    let mut names: Vec<String> = Vec::new();
    for name in texts.filter(|name| Some(*name) != now).chain(now) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_model::{ActorKind, Kind, Precision, Reading, Transition};

    #[test]
    fn a_record_has_every_name_that_its_history_knows_and_the_one_of_now_is_last() {
        let text = |text: &str| Reading::Known(Value::Text(text.into()));
        let moved = |from: Reading, to: &str| Transition {
            field: Field::NativeKey,
            from,
            to: text(to),
            from_native: None,
            to_native: None,
            occurred_at: Reading::Missing,
            recorded_at: Reading::Missing,
            actor_kind: ActorKind::Human,
            actor: None,
            precision: Precision::Exact,
            row: None,
            confidence: None,
            proof: None,
        };
        let mut record = Record::new(Kind::Incident);
        assert!(names_of(&record).is_empty());
        record.set(Field::NativeKey, Value::Text("PAY-1".into()));
        assert_eq!(names_of(&record), ["PAY-1"]);
        // There and back again: of a name that is used again only the last place counts.
        record.history =
            vec![moved(Reading::Missing, "PAY-1"), moved(text("PAY-1"), "OPS-4"), moved(text("OPS-4"), "PAY-1")];
        assert_eq!(names_of(&record), ["OPS-4", "PAY-1"]);
        record.set(Field::NativeKey, Reading::Missing);
        assert_eq!(names_of(&record), ["PAY-1", "OPS-4"]);
    }
}
