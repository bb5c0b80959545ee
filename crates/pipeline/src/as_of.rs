//! What was known at an earlier moment, on either axis of time: seen by the gateway until then, recorded by the sources
//! until then. The read model holds the present only; this reads the event log.

use crate::commit::read_record;
use crate::ports::{EventOffset, Ledger};
use crate::project::ProjectError;
use crate::{Listener, Progress};
use counterfoil_assurance::{Facts, Held, rewound};
use counterfoil_record::RecordId;
use jiff::Timestamp;
use std::collections::HashMap;

/// Moments before which something has to be known; `None` bounds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AsOf {
    /// Only what the gateway had seen before.
    pub seen: Option<Timestamp>,
    /// Only what the sources had recorded before, told from what is (or was) seen.
    pub recorded: Option<Timestamp>,
}

impl AsOf {
    /// Whether it bounds anything.
    pub fn is_bounded(self) -> bool {
        self != Self::default()
    }
}

/// All records as they were known then, in the order in which they first came into the ledger. Blocking; reads the whole
/// event log.
pub fn as_of(ledger: &dyn Ledger, then: AsOf, listener: &dyn Listener) -> Result<Vec<Held>, ProjectError> {
    let mut places: HashMap<RecordId, usize> = HashMap::new();
    let mut rows: Vec<Option<Held>> = Vec::new();
    let mut from = EventOffset::default();
    loop {
        let versions = ledger.versions(from)?;
        let Some(last) = versions.last() else { break };
        from = EventOffset { page: last.at.page, index: last.at.index + 1 };
        listener.tell(Progress::Projected { records: versions.len() as u64 });
        for version in versions {
            if then.seen.is_some_and(|seen| version.seen_at >= seen) {
                continue;
            }
            let record = read_record(&version.id, &version)?;
            let record = match then.recorded {
                Some(until) => rewound(record, until),
                None => Some(record),
            };
            let (instance, _, _) = version.id.parts();
            let held = record.map(|record| Held {
                id: version.id.as_str().into(),
                facts: Facts::of(instance, &record, version.seen_at),
            });
            match places.get(&version.id) {
                Some(at) => rows[*at] = held,
                None => {
                    places.insert(version.id, rows.len());
                    rows.push(held);
                }
            }
        }
    }
    Ok(rows.into_iter().flatten().collect())
}
