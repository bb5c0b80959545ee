//! What a ledger holds: its versions, the newest of every record, and that no event is told twice.

use counterfoil_pipeline::ports::{EventOffset, Ledger, StoredVersion};
use counterfoil_record::Form;
use std::collections::{BTreeMap, BTreeSet};

/// The newest version of a record.
pub(crate) struct Held<Raw> {
    pub(crate) gone: bool,
    pub(crate) raw: Raw,
    pub(crate) stored: StoredVersion,
}

/// The newest version of every record of a stream, by the source's id; `read` reads what the source gave.
pub(crate) fn newest_of<Raw>(
    ledger: &dyn Ledger,
    stream: &str,
    read: impl Fn(&str) -> serde_json::Result<Raw>,
) -> BTreeMap<String, Held<Raw>> {
    let mut newest = BTreeMap::new();
    for stored in versions(ledger) {
        let (_, of, native_id) = stored.id.parts();
        if of == stream {
            newest.insert(native_id.to_owned(), stored);
        }
    }
    let held = |stored: StoredVersion| {
        let raw = read(stored.raw.as_str()).unwrap();
        Held { gone: stored.form == Form::Tombstone, raw, stored }
    };
    newest.into_iter().map(|(id, stored)| (id, held(stored))).collect()
}

/// Every version, in the order of the log.
pub(crate) fn versions(ledger: &dyn Ledger) -> Vec<StoredVersion> {
    let mut all = Vec::new();
    let mut from = EventOffset::default();
    loop {
        let some = ledger.versions(from).unwrap();
        let Some(last) = some.last() else { return all };
        from = EventOffset { page: last.at.page, index: last.at.index + 1 };
        all.extend(some);
    }
}

/// No event twice, no version that says what the one before it says, and nothing set aside.
pub(crate) fn doubled_or_set_aside(ledger: &dyn Ledger) -> Vec<String> {
    let (mut ids, mut before) = (BTreeSet::new(), BTreeMap::new());
    let mut complaints = Vec::new();
    for version in versions(ledger) {
        if !ids.insert(version.event.id.clone()) {
            complaints.push(format!("the event {} of {} stands there twice", version.event.id, version.id));
        }
        let last = before.insert(version.id.clone(), (version.version, version.raw.as_str().to_owned()));
        let (number, raw) = last.unwrap_or_default();
        if version.version != number + 1 {
            complaints.push(format!("{} goes from version {number} to {}", version.id, version.version));
        }
        if version.form != Form::Tombstone && version.raw.as_str() == raw {
            complaints
                .push(format!("{} has the same payload in versions {number} and {}", version.id, version.version));
        }
    }
    for aside in ledger.set_aside(None, 10).unwrap() {
        complaints.push(format!("set aside: {} {}: {}", aside.code, aside.place, aside.reason));
    }
    complaints
}
