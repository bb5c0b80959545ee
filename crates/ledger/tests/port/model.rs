//! Random frames against a ledger that is nothing but maps in memory.

use crate::frames::{Served, aside, at, damage, frame, id, open, served, version};
use counterfoil_pipeline::Tally;
use counterfoil_pipeline::ports::{EventOffset, Frame, Head, Ledger, SetAside, StoredVersion, StreamState};
use counterfoil_record::{Digest, Form, Position, RecordId};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const STREAMS: [(&str, &str); 3] = [("acme", "records"), ("acme", "recordsets"), ("b", "records")];

#[derive(Debug, Clone)]
struct Step {
    stream: usize,
    records: BTreeSet<u8>,
    /// How long the words are: a large one makes chunks.
    words: usize,
    set_aside: Vec<(u8, Vec<u8>)>,
    released: Vec<u8>,
    position: Option<u8>,
    unchanged: u64,
    mapping: bool,
    open_again: bool,
}

fn step() -> impl Strategy<Value = Step> {
    (
        (
            0..STREAMS.len(),
            prop::collection::btree_set(0..12_u8, 0..6),
            prop_oneof![4 => 0..50_usize, 1 => 30_000..70_000_usize],
        ),
        prop::collection::vec((0..6_u8, prop::collection::vec(any::<u8>(), 0..40)), 0..3),
        prop::collection::vec(0..6_u8, 0..3),
        prop::option::of(any::<u8>()),
        (0..4_u64, any::<bool>(), prop::bool::weighted(0.2)),
    )
        .prop_map(|((stream, records, words), set_aside, released, position, (unchanged, mapping, open_again))| {
            Step { stream, records, words, set_aside, released, position, unchanged, mapping, open_again }
        })
}

/// The plainest ledger.
#[derive(Default)]
struct Model {
    page: u64,
    end: EventOffset,
    versions: Vec<StoredVersion>,
    heads: BTreeMap<RecordId, Head>,
    set_aside: BTreeMap<String, SetAside>,
    streams: BTreeMap<(String, String), StreamState>,
    mapping: Option<String>,
}

impl Model {
    fn commit(&mut self, frame: &Frame) -> EventOffset {
        let key = (frame.instance.to_string(), frame.stream.to_string());
        let held = self.streams.get(&key);
        let quiet = frame.versions.is_empty()
            && frame.set_aside.is_empty()
            && frame.released.is_empty()
            && frame.tally == Tally::default()
            && held.is_some_and(|held| frame.position.as_ref().is_none_or(|position| *position == held.position));
        if quiet {
            return self.end;
        }
        self.page += 1;
        let state = self.streams.entry(key).or_default();
        state.total += frame.tally;
        if let Some(position) = &frame.position {
            state.position = position.clone();
        }
        for (index, new) in (0..).zip(&frame.versions) {
            let at = EventOffset { page: self.page, index };
            let head = Head {
                version: new.version,
                at,
                source_version: new.source_version.clone(),
                mapped: new.mapped,
                raw: new.raw_digest,
                gone: new.form == Form::Tombstone,
            };
            state.held += u64::from(self.heads.insert(new.id.clone(), head).is_none());
            self.versions.push(StoredVersion {
                at,
                id: new.id.clone(),
                version: new.version,
                event: new.event.clone(),
                raw: new.raw.clone(),
                form: new.form,
                place: new.place.clone(),
                source_version: new.source_version.clone(),
                mapping: frame.mapping.as_ref().map(|(digest, _)| *digest),
                previous: new.previous,
                seen_at: frame.at,
            });
            self.end = EventOffset { page: self.page, index: index + 1 };
        }
        for id in &frame.released {
            self.set_aside.remove(id);
        }
        for aside in &frame.set_aside {
            self.set_aside.insert(aside.id.clone(), aside.clone());
        }
        if let Some((_, text)) = &frame.mapping {
            self.mapping = Some(text.to_string());
        }
        if frame.versions.is_empty() { self.end } else { EventOffset { page: self.page, index: 0 } }
    }

    fn served(&self) -> Served {
        Served {
            versions: self.versions.clone(),
            heads: self.heads.clone().into_iter().collect(),
            set_aside: self.set_aside.values().cloned().collect(),
            streams: self.streams.iter().map(|((a, b), state)| (a.clone(), b.clone(), state.clone())).collect(),
            mapping: self.mapping.clone(),
            end: self.end,
            ..Served::default()
        }
    }
}

fn build(step: &Step, number: usize, model: &Model) -> Frame {
    let stream = STREAMS[step.stream];
    let versions = step
        .records
        .iter()
        .map(|n| {
            let native_id = format!("INC{n}");
            let head = model.heads.get(&id(stream, &native_id));
            version(stream, &native_id, head, &format!("{number} {}", "ü".repeat(step.words)))
        })
        .collect();
    let mut frame = frame(stream, versions);
    frame.position = step.position.map(|position| Position(position.to_string()));
    frame.set_aside = step.set_aside.iter().map(|(n, bytes)| aside(stream, &format!("aside{n}"), bytes)).collect();
    frame.released = step.released.iter().map(|n| format!("aside{n}")).collect();
    frame.tally.pulled += step.unchanged;
    frame.tally.unchanged += step.unchanged;
    frame.at = at(number as i64);
    if !step.mapping {
        frame.mapping = None;
    }
    frame
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 60, ..ProptestConfig::default() })]
    #[test]
    fn any_frames_are_served_as_by_maps_in_memory(steps in prop::collection::vec(step(), 1..20)) {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = open(folder.path());
        let mut model = Model::default();
        for (number, step) in steps.iter().enumerate() {
            let frame = build(step, number, &model);
            let place = model.commit(&frame);
            prop_assert_eq!(ledger.commit(frame).unwrap(), place);
            if step.open_again {
                drop(ledger);
                ledger = open(folder.path());
            }
        }
        let expected = model.served();
        prop_assert_eq!(served(&ledger).unwrap(), expected.clone());
        for version in &expected.versions {
            prop_assert_eq!(&ledger.version(version.at).unwrap(), version);
        }
        for (nth, version) in expected.versions.iter().enumerate() {
            prop_assert_eq!(ledger.count(EventOffset::default(), version.at).unwrap(), nth as u64);
        }
        prop_assert_eq!(damage(&ledger), Vec::<String>::new());
        drop(ledger);
        let ledger = open(folder.path());
        prop_assert_eq!(served(&ledger).unwrap(), expected);
        prop_assert_eq!(ledger.mapping(&Digest::of(b"other")).unwrap(), None);
    }
}
