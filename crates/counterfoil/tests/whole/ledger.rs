//! What a ledger holds, as `counterfoil events --json` and `status --json` tell it.

use crate::program::Desk;
use counterfoil_wire::decode_event;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// An event, without what depends on when and where it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) record: String,
    pub(crate) version: u64,
    pub(crate) record_json: String,
}

impl Told {
    pub(crate) fn of(body: &str) -> Self {
        let event = decode_event(body).unwrap_or_else(|error| panic!("{error}: {body}"));
        Self {
            id: event.id.to_string(),
            record: event.record_id.to_string(),
            version: event.version,
            record_json: event.record_json.to_owned(),
        }
    }

    pub(crate) fn record(&self) -> Value {
        serde_json::from_str(&self.record_json).unwrap()
    }
}

/// All events, in their order. Checks what holds for every ledger: no event id stands there twice, and the versions of
/// a record are 1, 2, 3 …
pub(crate) fn events(desk: &Desk) -> Vec<Told> {
    let ran = desk.ends(0, &["events", "--json"]);
    let all: Vec<Told> = ran.out.lines().map(Told::of).collect();
    let mut ids = HashMap::new();
    let mut versions: HashMap<&str, u64> = HashMap::new();
    for told in &all {
        assert!(ids.insert(&told.id, told).is_none(), "{} stands there twice", told.id);
        let version = versions.entry(&told.record).or_default();
        *version += 1;
        assert_eq!(told.version, *version, "of {}", told.record);
    }
    all
}

/// The newest version of every record.
pub(crate) fn heads(events: &[Told]) -> BTreeMap<&str, &Told> {
    let mut heads: BTreeMap<&str, &Told> = BTreeMap::new();
    for told in events {
        let head = heads.entry(&told.record).or_insert(told);
        if told.version > head.version {
            *head = told;
        }
    }
    heads
}

/// `status --json`, whose columns add up in the total and in every stream.
pub(crate) fn status(desk: &Desk) -> Value {
    let status = desk.json(&["status"]);
    for tally in status["streams"].as_array().unwrap().iter().chain([&status["total"]]) {
        let of = |column: &str| tally[column].as_u64().unwrap_or_else(|| panic!("no `{column}` in {tally}"));
        let ended = ["committed", "unchanged", "quarantined", "unreadable", "not_applicable"].map(of);
        assert_eq!(of("pulled"), ended.iter().sum::<u64>(), "{tally}");
        assert_eq!(tally["adds_up"], true);
    }
    status
}

/// That the chain of hashes is whole and every event can be made again from its raw payload.
pub(crate) fn is_whole(desk: &Desk) {
    let verified = desk.ends(0, &["ledger", "verify"]);
    assert!(verified.out.contains("whole; the chain ends at "), "{}", verified.out);
    let replayed = desk.json(&["replay", "--verify"]);
    assert_eq!(replayed["versions"], replayed["identical"], "{replayed}");
    desk.ends(0, &["replay", "--verify"]);
}
