//! Frames for tests, and everything that a ledger serves, to compare it whole.

use counterfoil_ledger::{Durability, FjallLedger, Options};
use counterfoil_pipeline::Tally;
use counterfoil_pipeline::ports::{
    Aside, Event, EventOffset, Frame, Head, Ledger, LedgerError, NewVersion, SetAside, StoredVersion, StreamState,
};
use counterfoil_record::{Digest, Form, Payload, Place, Position, RecordId, RecordKey};
use jiff::Timestamp;
use std::path::Path;

pub(crate) const STREAM: (&str, &str) = ("acme", "records");

pub(crate) fn open(path: &Path) -> FjallLedger {
    try_open(path).unwrap()
}

pub(crate) fn try_open(path: &Path) -> Result<FjallLedger, LedgerError> {
    FjallLedger::open(path, Options { durability: Durability::Process, ..Options::default() })
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::new(second, 7).unwrap()
}

pub(crate) fn id(stream: (&str, &str), native_id: &str) -> RecordId {
    RecordKey { instance: stream.0.into(), stream: stream.1.into(), native_id: native_id.into() }.id()
}

/// A version after `head`, whose words follow from `text`.
pub(crate) fn version(stream: (&str, &str), native_id: &str, head: Option<&Head>, text: &str) -> NewVersion {
    let id = id(stream, native_id);
    let version = head.map_or(1, |head| head.version + 1);
    let raw = format!(r#"{{"number":"{native_id}","text":"{text}"}}"#);
    let raw_digest = Digest::of(raw.as_bytes());
    let event_id = Digest::of_parts(&[id.as_str().as_bytes(), &version.to_be_bytes(), text.as_bytes()]).short();
    let body = format!(r#"{{"id":"{event_id}","subject":"{id}","data":{{"text":"{text}"}}}}"#);
    let record = body.len() - text.len() - 12..body.len() - 1;
    NewVersion {
        version,
        source_version: format!("v{version}"),
        mapped: Digest::of(text.as_bytes()),
        raw: Payload::owned(&raw),
        raw_digest,
        form: if text.len().is_multiple_of(2) { Form::Snapshot } else { Form::Log },
        place: Place { container: "log.csv".into(), position: format!("row {native_id}") },
        content: Digest::of(body[record.clone()].as_bytes()),
        record,
        event: Event { id: event_id, routing_key: "incident.opened.acme".to_owned(), body },
        previous: head.map(|head| head.at),
        id,
    }
}

pub(crate) fn frame(stream: (&str, &str), versions: Vec<NewVersion>) -> Frame {
    let committed = versions.len() as u64;
    Frame {
        instance: stream.0.into(),
        stream: stream.1.into(),
        position: None,
        versions,
        set_aside: Vec::new(),
        released: Vec::new(),
        mapping: Some((Digest::of(b"mapping"), "the mapping".into())),
        nodes: Vec::new(),
        tally: Tally { pulled: committed, committed, ..Tally::default() },
        at: at(1_700_000_000),
    }
}

pub(crate) fn aside(stream: (&str, &str), id: &str, bytes: &[u8]) -> SetAside {
    SetAside {
        id: id.to_owned(),
        aside: if bytes.len().is_multiple_of(2) { Aside::Unreadable } else { Aside::Quarantined },
        instance: stream.0.into(),
        stream: stream.1.into(),
        native_id: (bytes.len().is_multiple_of(3)).then(|| id.to_uppercase()),
        source_version: "v".to_owned(),
        code: "file::row-too-short".to_owned(),
        place: Place { container: "log.csv".into(), position: "row 17".to_owned() },
        reason: "it has 3 columns of 5".to_owned(),
        remedy: "mend the row".to_owned(),
        form: Form::Log,
        bytes: bytes.to_vec(),
        at: at(-5),
    }
}

/// Everything that the port serves.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Served {
    pub(crate) versions: Vec<StoredVersion>,
    pub(crate) heads: Vec<(RecordId, Head)>,
    pub(crate) set_aside: Vec<SetAside>,
    pub(crate) streams: Vec<(String, String, StreamState)>,
    pub(crate) reports: Vec<(String, String, String)>,
    pub(crate) mapping: Option<String>,
    pub(crate) confirmed: EventOffset,
    pub(crate) end: EventOffset,
}

pub(crate) fn served(ledger: &dyn Ledger) -> Result<Served, LedgerError> {
    let mut all = Served {
        streams: ledger.streams()?,
        reports: ledger.reports()?,
        mapping: ledger.mapping(&Digest::of(b"mapping"))?,
        confirmed: ledger.confirmed("amqp")?,
        end: ledger.end()?,
        ..Served::default()
    };
    let mut from = EventOffset::default();
    loop {
        let page = ledger.versions(from)?;
        let Some(last) = page.last() else { break };
        from = EventOffset { page: last.at.page, index: last.at.index + 1 };
        all.versions.extend(page);
    }
    loop {
        let heads = ledger.heads(all.heads.last().map(|(id, _)| id), 3)?;
        if heads.is_empty() {
            break;
        }
        all.heads.extend(heads);
    }
    loop {
        let list = ledger.set_aside(all.set_aside.last().map(|aside| aside.id.as_str()), 3)?;
        if list.is_empty() {
            break;
        }
        all.set_aside.extend(list);
    }
    Ok(all)
}

pub(crate) fn damage(ledger: &dyn Ledger) -> Vec<String> {
    ledger.verify(&mut |_, _| {}).unwrap().damage
}

/// An error with its sources, in one line.
pub(crate) fn told(error: &LedgerError) -> String {
    let mut told = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        told = format!("{told}: {error}");
        source = error.source();
    }
    told
}

/// 12 pages of 5 versions each, some of them later versions, and a few things set aside.
pub(crate) fn small_ledger(ledger: &dyn Ledger) {
    for page in 0..12_u64 {
        let versions = (0..5)
            .map(|n| {
                let native_id = format!("INC{}", (page * 3 + n) % 40);
                let head = ledger.head(&id(STREAM, &native_id)).unwrap();
                version(STREAM, &native_id, head.as_ref(), &format!("words of page {page}, record {n}"))
            })
            .collect();
        let mut frame = frame(STREAM, versions);
        frame.position = Some(Position(format!("{{\"page\":{page}}}")));
        if page % 3 == 0 {
            frame.set_aside.push(aside(STREAM, &format!("aside{page}"), b"1;2;3"));
            frame.tally.pulled += 1;
            frame.tally.unreadable += 1;
        }
        if page == 7 {
            frame.released.push("aside6".to_owned());
        }
        ledger.commit(frame).unwrap();
    }
    ledger.put_report("acme", "records", "{\"complete\":true}").unwrap();
    ledger.confirm("amqp", EventOffset { page: 4, index: 2 }).unwrap();
}
