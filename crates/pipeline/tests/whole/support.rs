//! A ledger in memory that can be told to die, a source that is a script, and a broker that loses sessions.

use async_trait::async_trait;
use counterfoil_diagnostics::SourceText;
use counterfoil_mapping::{Mapping, MappingSource, Settings};
use counterfoil_pipeline::ports::*;
use counterfoil_pipeline::{Clock, Listener, Mappings, Silent, Source};
use counterfoil_record::{Digest, Form, Page, Payload, Place, Position, RawRecord, RecordId, Unreadable};
use counterfoil_sdk::{Connector, PullContext, PullError, PullErrorKind, StreamSpec};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What a ledger holds, as plain as it can be.
#[derive(Default, Clone)]
pub(crate) struct State {
    pub(crate) streams: BTreeMap<(String, String), StreamState>,
    pub(crate) heads: BTreeMap<RecordId, Head>,
    pub(crate) pages: Vec<Vec<StoredVersion>>,
    pub(crate) aside: BTreeMap<String, SetAside>,
    pub(crate) mappings: BTreeMap<Digest, String>,
    pub(crate) targets: BTreeMap<String, EventOffset>,
    pub(crate) reports: BTreeMap<(String, String), String>,
    pub(crate) nodes: BTreeMap<(String, String), String>,
}

/// When the ledger dies: at the n-th commit, before or after it became durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    Before(usize),
    After(usize),
}

#[derive(Default)]
pub(crate) struct MemoryLedger {
    pub(crate) state: Mutex<State>,
    pub(crate) death: Mutex<Option<Death>>,
    pub(crate) commits: Mutex<usize>,
}

fn died() -> LedgerError {
    LedgerError { doing: "commit a page", source: "killed".into() }
}

impl MemoryLedger {
    /// The next process: the same state, and alive.
    pub(crate) fn reopened(&self, death: Option<Death>) -> Arc<Self> {
        let state = Mutex::new(self.state.lock().unwrap().clone());
        Arc::new(Self { state, death: Mutex::new(death), commits: Mutex::new(0) })
    }

    /// Every version in the order of the log.
    pub(crate) fn all(&self) -> Vec<StoredVersion> {
        self.state.lock().unwrap().pages.iter().flatten().cloned().collect()
    }
}

impl Ledger for MemoryLedger {
    fn identity(&self) -> Digest {
        Digest::of(b"memory")
    }

    fn stream(&self, instance: &str, stream: &str) -> Result<StreamState, LedgerError> {
        let state = self.state.lock().unwrap();
        Ok(state.streams.get(&(instance.to_owned(), stream.to_owned())).cloned().unwrap_or_default())
    }

    fn streams(&self) -> Result<Vec<(String, String, StreamState)>, LedgerError> {
        let state = self.state.lock().unwrap();
        Ok(state.streams.iter().map(|((a, b), state)| (a.clone(), b.clone(), state.clone())).collect())
    }

    fn head(&self, id: &RecordId) -> Result<Option<Head>, LedgerError> {
        Ok(self.state.lock().unwrap().heads.get(id).cloned())
    }

    fn heads(&self, after: Option<&RecordId>, limit: usize) -> Result<Vec<(RecordId, Head)>, LedgerError> {
        let state = self.state.lock().unwrap();
        let later = state.heads.iter().filter(|(id, _)| after.is_none_or(|after| *id > after));
        Ok(later.take(limit).map(|(id, head)| (id.clone(), head.clone())).collect())
    }

    fn version(&self, at: EventOffset) -> Result<StoredVersion, LedgerError> {
        Ok(self.state.lock().unwrap().pages[at.page as usize - 1][at.index as usize].clone())
    }

    fn pack(&self, frame: Frame) -> Result<Packed, LedgerError> {
        Ok(Packed(Box::new(frame)))
    }

    fn commit_packed(&self, packed: Packed) -> Result<EventOffset, LedgerError> {
        let frame = *packed.0.downcast::<Frame>().expect("it was packed here");
        let nth = {
            let mut commits = self.commits.lock().unwrap();
            *commits += 1;
            *commits
        };
        let death = *self.death.lock().unwrap();
        if death == Some(Death::Before(nth)) {
            return Err(died());
        }
        let mut state = self.state.lock().unwrap();
        let page = state.pages.len() as u64 + 1;
        let mut stored = Vec::new();
        for (index, version) in frame.versions.into_iter().enumerate() {
            let at = EventOffset { page, index: index as u32 };
            let is_new = !state.heads.contains_key(&version.id);
            let key = (frame.instance.to_string(), frame.stream.to_string());
            state.streams.entry(key).or_default().held += u64::from(is_new);
            let head = Head {
                version: version.version,
                at,
                source_version: version.source_version.clone(),
                mapped: version.mapped,
                raw: version.raw_digest,
                gone: version.form == Form::Tombstone,
            };
            state.heads.insert(version.id.clone(), head);
            stored.push(StoredVersion {
                at,
                id: version.id,
                version: version.version,
                event: version.event,
                raw: version.raw,
                form: version.form,
                place: version.place,
                source_version: version.source_version,
                mapping: frame.mapping.as_ref().map(|(digest, _)| *digest),
                previous: version.previous,
                seen_at: frame.at,
            });
        }
        state.pages.push(stored);
        for aside in frame.set_aside {
            state.aside.insert(aside.id.clone(), aside);
        }
        for id in frame.released {
            state.aside.remove(&id);
        }
        if let Some((digest, text)) = frame.mapping {
            state.mappings.insert(digest, text.to_string());
        }
        for (node, record) in frame.nodes {
            state.nodes.insert((frame.instance.to_string(), node), record);
        }
        let stream = state.streams.entry((frame.instance.to_string(), frame.stream.to_string())).or_default();
        stream.total += frame.tally;
        if let Some(position) = frame.position {
            stream.position = position;
        }
        drop(state);
        if death == Some(Death::After(nth)) {
            return Err(died());
        }
        Ok(EventOffset { page, index: 0 })
    }

    fn end(&self) -> Result<EventOffset, LedgerError> {
        Ok(EventOffset { page: self.state.lock().unwrap().pages.len() as u64 + 1, index: 0 })
    }

    fn count(&self, from: EventOffset, to: EventOffset) -> Result<u64, LedgerError> {
        Ok(self.all().iter().filter(|version| from <= version.at && version.at < to).count() as u64)
    }

    fn versions(&self, from: EventOffset) -> Result<Vec<StoredVersion>, LedgerError> {
        let state = self.state.lock().unwrap();
        let pages = state.pages.iter().map(|page| page.iter().filter(|version| version.at >= from).cloned().collect());
        let found: Option<Vec<StoredVersion>> = pages.into_iter().find(|page: &Vec<_>| !page.is_empty());
        Ok(found.unwrap_or_default())
    }

    fn confirmed(&self, target: &str) -> Result<EventOffset, LedgerError> {
        Ok(self.state.lock().unwrap().targets.get(target).copied().unwrap_or_default())
    }

    fn confirm(&self, target: &str, upto: EventOffset) -> Result<(), LedgerError> {
        self.state.lock().unwrap().targets.insert(target.to_owned(), upto);
        Ok(())
    }

    fn mapping(&self, digest: &Digest) -> Result<Option<String>, LedgerError> {
        Ok(self.state.lock().unwrap().mappings.get(digest).cloned())
    }

    fn gathered(&self, instance: &str, node: &str) -> Result<Option<String>, LedgerError> {
        let key = (instance.to_owned(), node.to_owned());
        Ok(self.state.lock().unwrap().nodes.get(&key).cloned())
    }

    fn set_aside(&self, after: Option<&str>, limit: usize) -> Result<Vec<SetAside>, LedgerError> {
        let state = self.state.lock().unwrap();
        let later = state.aside.values().filter(|aside| after.is_none_or(|after| aside.id.as_str() > after));
        Ok(later.take(limit).cloned().collect())
    }

    fn set_aside_one(&self, id: &str) -> Result<Option<SetAside>, LedgerError> {
        Ok(self.state.lock().unwrap().aside.get(id).cloned())
    }

    fn is_set_aside(&self, id: &str) -> Result<bool, LedgerError> {
        Ok(self.state.lock().unwrap().aside.contains_key(id))
    }

    fn put_report(&self, instance: &str, stream: &str, report: &str) -> Result<(), LedgerError> {
        let key = (instance.to_owned(), stream.to_owned());
        self.state.lock().unwrap().reports.insert(key, report.to_owned());
        Ok(())
    }

    fn reports(&self) -> Result<Vec<(String, String, String)>, LedgerError> {
        let state = self.state.lock().unwrap();
        Ok(state.reports.iter().map(|((a, b), json)| (a.clone(), b.clone(), json.clone())).collect())
    }

    fn verify(&self, _: &mut dyn FnMut(u64, u64)) -> Result<Verification, LedgerError> {
        Ok(Verification::default())
    }

    fn flush(&self) -> Result<(), LedgerError> {
        Ok(())
    }
}

/// A source: pages of records, the position is the number of the next page.
pub(crate) struct Script {
    pub(crate) streams: Vec<StreamSpec>,
    pub(crate) pages: Vec<Page>,
}

pub(crate) const STREAM: &str = "records";

impl Script {
    pub(crate) fn new(pages: Vec<Vec<RawRecord>>) -> Self {
        let page = |records| Page { records, ..Page::default() };
        Self {
            streams: vec![StreamSpec { name: STREAM, about: "a script", census_every: None, catalogue: false }],
            pages: pages.into_iter().map(page).collect(),
        }
    }
}

#[async_trait]
impl Connector for Script {
    fn streams(&self) -> &[StreamSpec] {
        &self.streams
    }

    async fn check(&self) -> Result<(), PullError> {
        Ok(())
    }

    async fn pull(&self, _: &StreamSpec, from: &Position, _: PullContext) -> Result<Page, PullError> {
        let at = if from.0.is_empty() { Ok(0) } else { from.0.parse::<usize>() };
        let Ok(at) = at else {
            let kind = PullErrorKind::PositionExpired;
            return Err(PullError { instance: "script".into(), stream: STREAM, doing: "read the script", kind });
        };
        let mut page = self.pages.get(at).cloned().unwrap_or_default();
        let next = (at + 1).min(self.pages.len());
        page.next = Position(next.to_string());
        page.more = next < self.pages.len();
        Ok(page)
    }
}

pub(crate) const MAPPING: &str = r#"
[mapping]
kind = "incident"

[fields]
native_key = "/number"
state = { from = "/state", words = "state", track = true }
state_native = "/state"
opened_at = { from = "/opened_at", required = true }
source_updated_at = "/updated"
owner_party = { party = "instance" }

[words.state]
"New" = "new"
"Active" = "in_progress"
"Resolved" = "resolved"
"Closed" = "closed"
"#;

pub(crate) const LOG_MAPPING: &str = r#"
[mapping]
kind = "incident"
form = "log"

[history]
occurred_at = "/updated"

[fields]
native_key = "/number"
state = { from = "/state", words = "state", track = true }
state_native = "/state"
opened_at = { from = "/opened_at", required = true }
source_updated_at = "/updated"

[words.state]
"New" = "new"
"Active" = "in_progress"
"Resolved" = "resolved"
"#;

pub(crate) fn mappings(text: &str) -> Arc<Mappings> {
    let settings = Settings { instance: "script".into(), zone: Some("UTC".into()), ..Settings::default() };
    let file = SourceText { name: "test.toml".into(), text: text.into() };
    let mapping =
        Mapping::compile(&MappingSource { file, overrides: None, settings }).expect("the test's mapping is right");
    Arc::new(Mappings::new(vec![mapping]))
}

pub(crate) fn source(script: Script, mapping: &str) -> Source {
    let stream = script.streams[0].clone();
    Source {
        instance: "script".into(),
        stream,
        connector: Arc::new(script),
        mappings: mappings(mapping),
        page_size: 10,
        gathering: None,
    }
}

pub(crate) fn place(text: &str) -> Place {
    Place { container: "script".into(), position: text.to_owned() }
}

/// A snapshot of an incident at the `day`-th of June.
pub(crate) fn snapshot(number: &str, state: &str, day: u8) -> RawRecord {
    let updated = format!("2026-06-{day:02}T08:00:00Z");
    let payload = format!(
        r#"{{"number":"{number}","state":"{state}","opened_at":"2026-06-01T08:00:00Z","updated":"{updated}"}}"#
    );
    raw(number, &updated, Form::Snapshot, &payload)
}

/// Rows of an incident's log: (day, state).
pub(crate) fn log(number: &str, rows: &[(u8, &str)]) -> RawRecord {
    let row = |(day, state): &(u8, &str)| {
        format!(
            r#"{{"@order":"{day:02}","number":"{number}","state":"{state}","opened_at":"2026-06-01T08:00:00Z","updated":"2026-06-{day:02}T08:00:00Z"}}"#
        )
    };
    let rows: Vec<String> = rows.iter().map(row).collect();
    raw(number, "", Form::Log, &format!(r#"{{"rows":[{}]}}"#, rows.join(",")))
}

pub(crate) fn raw(number: &str, version: &str, form: Form, payload: &str) -> RawRecord {
    RawRecord {
        native_id: number.to_owned(),
        version: version.to_owned(),
        form,
        payload: Payload::owned(payload),
        place: place(number),
    }
}

pub(crate) fn unreadable(bytes: &str) -> Unreadable {
    Unreadable {
        code: "file::no-key",
        place: place("row 9"),
        reason: "the row has no key".into(),
        remedy: "give it one".into(),
        bytes: bytes.as_bytes().to_vec(),
    }
}

/// The 15th of July 2026 and a second more with every look.
#[derive(Default)]
pub(crate) struct Ticking(std::sync::atomic::AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let seconds = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Timestamp::from_second(1_784_073_600 + seconds).unwrap()
    }
}

pub(crate) async fn pass(
    source: &Source,
    ledger: &Arc<MemoryLedger>,
) -> Result<counterfoil_pipeline::PassReport, counterfoil_pipeline::sync::SyncError> {
    let ledger: Arc<dyn Ledger> = ledger.clone();
    let clock: Arc<dyn Clock> = Arc::new(Ticking::default());
    let listener: Arc<dyn Listener> = Arc::new(Silent);
    counterfoil_pipeline::sync::sync_stream(source, &ledger, &clock, &listener).await
}
