//! What mails bring becomes records and files, once each, whatever dies on the way.

use crate::support::*;
use async_trait::async_trait;
use counterfoil_conversation::{Correspondent, Directory, Rules};
use counterfoil_diagnostics::SourceText;
use counterfoil_mapping::{Mapping, MappingSource, Settings, shipped};
use counterfoil_pipeline::ports::{Inbox, Ledger, Put};
use counterfoil_pipeline::{Gathering, Makes, Mappings, Origin, PassReport, Route, Source, origin_node, verify_replay};
use counterfoil_record::{Digest, Form, Page, Position, RawRecord};
use counterfoil_sdk::{Connector, PullContext, PullError, StreamSpec};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

const RULES: &str = r#"
format = 1
[[structured]]
name = "ticket-json"
format = "json"
confidence = 95
key = "/number"
all = [{ in = "subject", matches = '^TICKETS?$' }]
"#;

/// A mail of nordlicht; its attachments are named with their content.
fn mail(number: usize, from: &str, subject: &str, text: &str, attached: &[(&str, &str)]) -> RawRecord {
    let id = format!("mail{number:03}");
    let parts = attached.iter().enumerate().map(|(at, (name, content))| {
        json!({"path": (at + 2).to_string(), "type": "text/csv", "name": name, "role": "attachment",
            "bytes": content.len(), "sha256": Digest::of(content.as_bytes()).to_string()})
    });
    let payload = json!({
        "format": 1, "sha256": id, "bytes": 10, "message_id": format!("{number}@nordlicht.example"),
        "in_reply_to": [], "references": [], "subject": subject,
        "sent_at": format!("2026-05-01T08:{:02}:00Z", number % 60),
        "from": [{"name": null, "address": from}], "to": [{"name": null, "address": "desk@acme.example"}],
        "headers": {}, "authentication": [], "type": "text/plain", "text": text, "new_text": text,
        "parts": parts.collect::<Vec<_>>(), "notes": [], "raw": attached.iter().map(|one| one.1).collect::<Vec<_>>(),
        "raw_encoding": "test",
    });
    raw(&id, "", Form::Snapshot, &payload.to_string())
}

const DESK: &str = "desk@nordlicht.example";

/// A script whose records enclose their attachments as a list.
struct Post(Script);

#[async_trait]
impl Connector for Post {
    fn streams(&self) -> &[StreamSpec] {
        self.0.streams()
    }

    async fn check(&self) -> Result<(), PullError> {
        Ok(())
    }

    async fn pull(&self, stream: &StreamSpec, from: &Position, context: PullContext) -> Result<Page, PullError> {
        self.0.pull(stream, from, context).await
    }

    fn enclosed(&self, payload: &str, part: &str) -> Option<Vec<u8>> {
        let payload: Value = serde_json::from_str(payload).ok()?;
        let at: usize = part.parse().ok()?;
        Some(payload["raw"][at - 2].as_str()?.as_bytes().to_vec())
    }
}

/// A folder in memory, which counts what is written, and is away when it is told to.
#[derive(Default)]
struct Tray {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    writes: Mutex<usize>,
    is_away: Mutex<bool>,
}

impl Inbox for Tray {
    fn shown(&self) -> String {
        "tray".to_owned()
    }

    fn reads(&self, name: &str) -> bool {
        name.ends_with(".csv")
    }

    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<Put> {
        if *self.is_away.lock().unwrap() {
            return Err(io::Error::other("the disk is full"));
        }
        let mut files = self.files.lock().unwrap();
        if let Some(there) = files.get(name) {
            return Ok(if there == bytes { Put::There } else { Put::Taken });
        }
        *self.writes.lock().unwrap() += 1;
        files.insert(name.to_owned(), bytes.to_vec());
        Ok(Put::There)
    }
}

fn directory(parties: &[&str]) -> Directory {
    let party = |id: &str, is_ours| Correspondent { id: id.into(), domains: vec![format!("{id}.example")], is_ours };
    let mut known = vec![party("acme", true)];
    known.extend(parties.iter().map(|id| party(id, false)));
    Directory { parties: known, ..Directory::default() }
}

fn sources(pages: Vec<Vec<RawRecord>>, parties: &[&str], mappings: &[&str], tray: &Arc<Tray>) -> [Source; 2] {
    let compiled = mappings.iter().map(|name| {
        let file = shipped::find(name).expect("it is shipped").source();
        let settings = Settings { instance: "script".into(), zone: Some("UTC".into()), ..Settings::default() };
        Mapping::compile(&MappingSource { file, overrides: None, settings }).expect("it is right")
    });
    let mails = Source {
        mappings: Arc::new(Mappings::new(compiled.collect())),
        connector: Arc::new(Post(Script::new(pages.clone()))),
        ..source(Script::new(pages), MAPPING)
    };
    let stream = StreamSpec { name: "reports", about: "brought", census_every: None, catalogue: false };
    let rules = Rules::shipped().extended_by(&SourceText { name: "own.toml".into(), text: RULES.into() }).unwrap();
    let inbox: Arc<dyn Inbox> = Arc::clone(tray) as Arc<dyn Inbox>;
    let route = Route { to: "sheets".into(), party: "nordlicht".into(), senders: vec![], names: vec![], inbox };
    let makes = Makes::Reports(vec![route]);
    let gathering = Gathering { from: STREAM, makes, rules, directory: directory(parties) };
    let reports = Source { stream, gathering: Some(Arc::new(gathering)), ..mails.clone() };
    [mails, reports]
}

const MAPPINGS: &[&str] = &["email/mail", "email/structured"];

async fn passes(sources: &[Source; 2], ledger: &Arc<MemoryLedger>) -> Result<PassReport, String> {
    for source in &sources[..1] {
        pass(source, ledger).await.map_err(|error| error.to_string())?;
    }
    pass(&sources[1], ledger).await.map_err(|error| error.to_string())
}

fn report(number: usize, name: &str, content: &str) -> RawRecord {
    mail(number, DESK, "Monthly report", "See the table.", &[(name, content)])
}

fn files(tray: &Tray) -> Vec<(String, String)> {
    let files = tray.files.lock().unwrap();
    let shown = |(name, bytes): (&String, &Vec<u8>)| (name.clone(), String::from_utf8(bytes.clone()).unwrap());
    files.iter().map(shown).collect()
}

fn aside(ledger: &MemoryLedger) -> Vec<String> {
    ledger.set_aside(None, 100).unwrap().into_iter().map(|one| one.code).collect()
}

#[tokio::test]
async fn an_attachment_is_handed_over_once_and_its_file_leads_to_its_mail() {
    let (tray, ledger) = (Arc::new(Tray::default()), Arc::new(MemoryLedger::default()));
    let copy = {
        // The same mail in another mailbox, with another line of a server.
        let mut copy = report(1, "../../Tickets.csv", "a;b");
        copy.native_id = "mail901".to_owned();
        copy
    };
    let pages = vec![vec![report(1, "../../Tickets.csv", "a;b"), copy, report(2, "May.csv", "c;d")]];
    let sources = sources(pages, &["nordlicht"], MAPPINGS, &tray);
    let told = passes(&sources, &ledger).await.unwrap();
    let handed = files(&tray);
    assert_eq!(
        handed.iter().map(|one| one.1.as_str()).collect::<Vec<_>>(),
        ["a;b", "c;d"],
        "in the order of the mails"
    );
    assert!(handed[0].0.starts_with("20260501T080100Z-") && handed[0].0.ends_with("-Tickets.csv"), "{}", handed[0].0);
    let expected = ["2 attachments of reports handed over to sheets", "1 attachments were handed over before"];
    assert_eq!((told.notes.as_slice(), told.tally.pulled), (expected.map(str::to_owned).as_slice(), 0));
    let held = ledger.gathered("script", &origin_node("sheets", &handed[0].0)).unwrap().unwrap();
    assert_eq!(Origin::parse(&held), Origin { mail: "mail001".into(), part: "2".into() });

    // Whoever has taken a file away gets it no second time.
    tray.files.lock().unwrap().clear();
    let again = passes(&sources, &ledger).await.unwrap();
    assert_eq!((files(&tray), again.tally.pulled), (vec![], 0));
}

#[tokio::test]
async fn what_a_stranger_sends_is_set_aside_and_handed_over_once_he_is_known() {
    let (tray, ledger) = (Arc::new(Tray::default()), Arc::new(MemoryLedger::default()));
    let pages = vec![vec![
        report(1, "May.csv", "a;b"),
        mail(2, DESK, "TICKETS", r#"[{"number":"7","state":"new"}]"#, &[]),
        mail(3, "desk@kumo.example", "Monthly report", "See.", &[("May.csv", "e;f")]),
        report(4, "May.xlsx", "PK"),
    ]];
    let told = passes(&sources(pages.clone(), &["kumo"], MAPPINGS, &tray), &ledger).await.unwrap();
    assert_eq!(aside(&ledger), ["reports::sender-of-no-party"; 3]);
    assert!(told.tally.adds_up() && told.tally.unreadable == 3, "{:?}", told.tally);
    assert_eq!(told.notes, ["1 attachments of reports are for no instance"], "kumo's are");
    assert_eq!(files(&tray), []);

    let told = passes(&sources(pages, &["nordlicht", "kumo"], MAPPINGS, &tray), &ledger).await.unwrap();
    assert_eq!(told.notes[0], "what decides about reports was changed: all mails are looked at again");
    assert_eq!((files(&tray).len(), told.tally.committed), (1, 1));
    assert_eq!(aside(&ledger), ["reports::name-not-read"], "the tray reads no .xlsx");
}

#[tokio::test]
async fn bodies_become_records_the_newest_mail_counts_and_what_is_no_body_is_set_aside() {
    let (tray, ledger) = (Arc::new(Tray::default()), Arc::new(MemoryLedger::default()));
    let ticket = |number, state: &str| {
        mail(number, DESK, "TICKET", &format!(r#"{{"number":"INC1","title":"VPN","state":"{state}"}}"#), &[])
    };
    // Mails of one ticket in one pass, the newest first; the older one changes nothing.
    let first = vec![ticket(2, "in progress"), ticket(1, "new"), mail(3, DESK, "TICKET", "{\"number\":", &[])];
    let told = passes(&sources(vec![first.clone()], &["nordlicht"], MAPPINGS, &tray), &ledger).await.unwrap();
    assert!(told.tally.adds_up(), "{:?}", told.tally);
    assert_eq!((told.tally.committed, told.tally.unchanged, told.stale, told.tally.unreadable), (1, 1, 1, 1));
    assert_eq!(aside(&ledger), ["structured::not-json"]);
    let both = vec![first, vec![ticket(5, "resolved")]];
    passes(&sources(both.clone(), &["nordlicht"], MAPPINGS, &tray), &ledger).await.unwrap();
    let versions: Vec<_> = ledger.all().into_iter().filter(|one| one.id.as_str().contains("/reports/")).collect();
    assert_eq!(versions.len(), 2);
    assert_eq!(versions[1].id.as_str(), "script/reports/nordlicht:INC1");
    assert_eq!(versions[1].place.container.as_ref(), "mail005");
    assert!(versions[1].event.body.contains(r#""field":"state""#), "{}", versions[1].event.body);

    let without = sources(both.clone(), &["nordlicht"], &["email/mail"], &tray);
    let told = passes(&without, &Arc::new(MemoryLedger::default())).await.unwrap();
    assert_eq!((told.tally.not_applicable, told.gaps[0].code.as_str()), (3, "reports::no-mapping"));
    let replayed = verify_replay(ledger.as_ref(), &mut |_| ()).unwrap();
    assert_eq!(replayed.different, [""; 0]);
}

#[tokio::test]
async fn a_folder_that_is_away_stops_the_stream_and_loses_nothing() {
    let (tray, ledger) = (Arc::new(Tray::default()), Arc::new(MemoryLedger::default()));
    let sources = sources(vec![vec![report(1, "May.csv", "a;b")]], &["nordlicht"], MAPPINGS, &tray);
    *tray.is_away.lock().unwrap() = true;
    let told = passes(&sources, &ledger).await.unwrap_err();
    assert!(told.contains("cannot be put into the folder of `sheets`"), "{told}");
    *tray.is_away.lock().unwrap() = false;
    passes(&sources, &ledger).await.unwrap();
    assert_eq!(files(&tray).len(), 1);
}

#[tokio::test]
async fn wherever_it_dies_every_attachment_is_there_once() {
    let pages: Vec<Vec<RawRecord>> = (0..3)
        .map(|page| {
            let of = |number: usize| match number % 3 {
                0 => report(number, "May.csv", &format!("row {}", number / 6)),
                1 => mail(number, DESK, "TICKET", &format!(r#"{{"number":"{}","state":"new"}}"#, number % 50), &[]),
                _ => mail(number, DESK, "Lunch", "words", &[]),
            };
            (page * 90..(page + 1) * 90).map(of).collect()
        })
        .collect();
    let whole_tray = Arc::new(Tray::default());
    let whole = Arc::new(MemoryLedger::default());
    passes(&sources(pages.clone(), &["nordlicht"], MAPPINGS, &whole_tray), &whole).await.unwrap();
    let commits = *whole.commits.lock().unwrap();
    assert!(commits > 5 && files(&whole_tray).len() == 90, "{commits} {}", files(&whole_tray).len());
    for nth in 1..=commits {
        for death in [Death::Before(nth), Death::After(nth)] {
            let tray = Arc::new(Tray::default());
            let sources = sources(pages.clone(), &["nordlicht"], MAPPINGS, &tray);
            let ledger = MemoryLedger::default().reopened(Some(death));
            let died = passes(&sources, &ledger).await;
            let next = ledger.reopened(None);
            passes(&sources, &next).await.unwrap();
            assert!(died.is_err(), "{death:?}");
            assert_eq!(files(&tray), files(&whole_tray), "{death:?}");
            assert_eq!(*tray.writes.lock().unwrap(), 90, "{death:?}");
            let nodes = |ledger: &MemoryLedger| ledger.state.lock().unwrap().nodes.clone();
            assert_eq!(nodes(&next), nodes(&whole), "{death:?}");
            assert_eq!(next.all().len(), whole.all().len(), "{death:?}");
        }
    }
}
