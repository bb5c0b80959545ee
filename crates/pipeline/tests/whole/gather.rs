//! Mails that are held become conversations, whatever dies on the way.

use crate::support::*;
use counterfoil_conversation::{Correspondent, Directory, Rules};
use counterfoil_diagnostics::SourceText;
use counterfoil_mapping::{Mapping, MappingSource, Settings, shipped};
use counterfoil_pipeline::ports::{EventOffset, Ledger};
use counterfoil_pipeline::{Gathering, Makes, Mappings, PassReport, Source, retry_set_aside, verify_replay};
use counterfoil_record::{Form, Gone, RawRecord};
use counterfoil_sdk::StreamSpec;
use counterfoil_wire::{decode_event, decode_record};
use std::sync::Arc;

fn mail(number: usize, sent: &str, from: &str, to: &str, subject: &str, answers: &[usize]) -> RawRecord {
    let id = format!("mail{number:03}");
    let payload = serde_json::json!({
        "format": 1, "sha256": id, "bytes": 10, "message_id": message_id(number),
        "in_reply_to": answers.iter().map(|one| message_id(*one)).collect::<Vec<_>>(),
        "references": answers.iter().map(|one| message_id(*one)).collect::<Vec<_>>(),
        "thread_index": null, "subject": (!subject.is_empty()).then_some(subject), "sent_at": (!sent.is_empty()).then_some(sent), "sent_at_raw": null,
        "received_at": null, "from": [{"name": null, "address": from}], "to": [{"name": null, "address": to}],
        "headers": {}, "authentication": [], "type": "text/plain", "report_type": null,
        "text": "words", "new_text": "words", "quoted_text": null, "signature": null, "delivery": [], "parts": [],
        "notes": [], "raw": "words", "raw_encoding": "utf-8",
    });
    raw(&id, "", Form::Snapshot, &payload.to_string())
}

fn message_id(number: usize) -> String {
    format!("{number}@mails.example")
}

fn mapped_by(names: &[&str]) -> Arc<Mappings> {
    let compiled = names.iter().map(|name| {
        let file = shipped::find(name).expect("it is shipped").source();
        let settings = Settings { instance: "script".into(), ..Settings::default() };
        Mapping::compile(&MappingSource { file, overrides: None, settings }).expect("it is right")
    });
    Arc::new(Mappings::new(compiled.collect()))
}

/// The mails of a script, and the conversations that are gathered from them.
fn sources(pages: Vec<Vec<RawRecord>>) -> [Source; 2] {
    let mails = Source {
        mappings: mapped_by(&["email/mail", "email/incident", "email/conversation"]),
        ..source(Script::new(pages), MAPPING)
    };
    let party = |id: &str, is_ours| Correspondent { id: id.into(), domains: vec![format!("{id}.example")], is_ours };
    let directory = Directory { parties: vec![party("acme", true), party("nordlicht", false)], ..Directory::default() };
    let stream = StreamSpec { name: "conversations", about: "gathered", census_every: None, catalogue: false };
    let gathering = Gathering { from: STREAM, makes: Makes::Conversations, rules: Rules::shipped(), directory };
    let conversations = Source { stream, gathering: Some(Arc::new(gathering)), ..mails.clone() };
    [mails, conversations]
}

async fn passes(sources: &[Source; 2], ledger: &Arc<MemoryLedger>) -> Result<PassReport, ()> {
    pass(&sources[0], ledger).await.map_err(drop)?;
    pass(&sources[1], ledger).await.map_err(drop)
}

const JANE: &str = "jane@acme.example";
const DESK: &str = "desk@nordlicht.example";

/// The newest version of a conversation.
fn held(ledger: &MemoryLedger, conversation: &str) -> counterfoil_pipeline::ports::StoredVersion {
    let id = format!("script/conversations/{conversation}");
    ledger.all().into_iter().rfind(|version| version.id.as_str() == id).expect("the conversation is held")
}

#[tokio::test]
async fn a_mail_that_no_field_shows_is_kept_and_nothing_is_gathered_twice() {
    let first = vec![
        mail(1, "2026-05-01T08:00:00Z", JANE, DESK, "VPN down", &[]),
        mail(2, "2026-05-01T09:00:00Z", DESK, JANE, "Re: VPN down [INC0012345]", &[1]),
        mail(3, "2026-05-01T10:00:00Z", JANE, DESK, "Lunch", &[]),
    ];
    // Without a date it is behind all others, and none of the fields shows it.
    let second = vec![mail(4, "", JANE, DESK, "Re: VPN down", &[2])];
    let ledger = Arc::new(MemoryLedger::default());
    let report = passes(&sources(vec![first.clone()]), &ledger).await.unwrap();
    assert!(report.tally.adds_up() && report.tally.committed == 2, "{:?}", report.tally);
    assert_eq!(report.notes, ["3 mails gathered: 3 human"]);
    let again = passes(&sources(vec![first.clone()]), &ledger).await.unwrap();
    assert_eq!(again.tally.pulled, 0, "what was gathered is not gathered again");

    passes(&sources(vec![first, second]), &ledger).await.unwrap();
    let newest = held(&ledger, "mail001");
    assert_eq!(newest.version, 2, "another mail is another version");
    assert!(newest.raw.as_str().contains("mail004"));
    let replayed = verify_replay(ledger.as_ref(), &mut |_| ()).unwrap();
    assert_eq!((replayed.versions, replayed.different), (4 + 3, vec![]));
}

#[tokio::test]
async fn a_mail_that_ties_two_conversations_marks_one_as_part_of_the_other() {
    let apart = vec![
        mail(1, "2026-05-01T08:00:00Z", JANE, DESK, "VPN down", &[]),
        mail(2, "2026-05-01T10:00:00Z", JANE, DESK, "No network", &[]),
    ];
    let tie = vec![mail(3, "2026-05-02T10:00:00Z", DESK, JANE, "Both are one", &[1, 2])];
    let ledger = Arc::new(MemoryLedger::default());
    passes(&sources(vec![apart.clone()]), &ledger).await.unwrap();
    let report = passes(&sources(vec![apart, tie]), &ledger).await.unwrap();
    assert!(report.tally.adds_up(), "{:?}", report.tally);

    let gone = held(&ledger, "mail002");
    assert_eq!(gone.form, Form::Tombstone);
    assert!(gone.raw.as_str().starts_with(&format!("{{\"gone\":\"{}\"", Gone::Merged.name())), "{}", gone.raw.as_str());
    assert!(gone.raw.as_str().contains(r#""into":"mail001""#));
    assert!(decode_record(decode_event(&gone.event.body).unwrap().record_json).unwrap().tombstone);
    for number in 1..=3 {
        let node = format!("m:{}", message_id(number));
        assert_eq!(ledger.gathered("script", &node).unwrap().as_deref(), Some("mail001"), "{node}");
    }
    let replayed = verify_replay(ledger.as_ref(), &mut |_| ()).unwrap();
    assert_eq!(replayed.different, [""; 0]);
}

/// Mails by the shipped mapping, conversations by one that wants a title.
fn with_title(pages: Vec<Vec<RawRecord>>, title: &str) -> [Source; 2] {
    let text = format!("[mapping]\nkind = \"incident\"\n[when]\n\"/mails\" = \"present\"\n[fields]\ntitle = {title}\n");
    let settings = || Settings { instance: "script".into(), ..Settings::default() };
    let file = SourceText { name: "own.toml".into(), text: text.into() };
    let own = Mapping::compile(&MappingSource { file, overrides: None, settings: settings() }).expect("it is right");
    let file = shipped::find("email/mail").expect("it is shipped").source();
    let mail = Mapping::compile(&MappingSource { file, overrides: None, settings: settings() }).expect("it is right");
    let mappings = Arc::new(Mappings::new(vec![mail, own]));
    sources(pages).map(|source| Source { mappings: Arc::clone(&mappings), ..source })
}

const REQUIRED: &str = "{ from = \"/subject\", required = true }";

fn retried(ledger: &MemoryLedger, source: &Source) -> PassReport {
    let now = "2026-07-15T00:00:00Z".parse().unwrap();
    retry_set_aside(ledger, "script", "conversations", &source.mappings, &|_| true, now).unwrap()
}

#[tokio::test]
async fn a_conversation_that_was_set_aside_and_is_part_of_another_one_then_does_not_come_back_when_it_is_tried_again() {
    // Without a subject: set aside before anything of it is held, and after.
    let never_held = vec![mail(2, "2026-05-01T10:00:00Z", JANE, DESK, "", &[])];
    let held_before = vec![
        mail(2, "2026-05-01T10:00:00Z", JANE, DESK, "No network", &[]),
        mail(4, "2026-05-01T09:00:00Z", JANE, DESK, "", &[2]),
    ];
    for second in [never_held, held_before] {
        let first = vec![mail(1, "2026-05-01T08:00:00Z", JANE, DESK, "VPN down", &[])];
        let tie = vec![mail(3, "2026-05-02T10:00:00Z", DESK, JANE, "Both are one", &[1, 2])];
        let mut pages = vec![first];
        pages.extend(second.into_iter().map(|mail| vec![mail]));
        let ledger = Arc::new(MemoryLedger::default());
        for upto in 1..=pages.len() {
            passes(&with_title(pages[..upto].to_vec(), REQUIRED), &ledger).await.unwrap();
        }
        assert_eq!(ledger.set_aside(None, 9).unwrap().len(), 1);
        pages.push(tie);
        let whole = with_title(pages, REQUIRED);
        let report = passes(&whole, &ledger).await.unwrap();
        assert!(report.tally.adds_up(), "{:?}", report.tally);
        assert_eq!(ledger.set_aside(None, 9).unwrap(), [], "its mails are in the other one");
        // However the mapping is mended: it is tried again, and nothing is.
        assert_eq!(retried(&ledger, &with_title(Vec::new(), "\"/id\"")[1]).tally.pulled, 0);
        let of_second = ledger.all().into_iter().rfind(|one| one.id.as_str() == "script/conversations/mail002");
        assert!(of_second.is_none_or(|one| one.form == Form::Tombstone));
    }
}

#[tokio::test]
async fn a_conversation_that_was_set_aside_is_newer_than_what_is_held_also_where_no_field_shows_it() {
    let pages = vec![
        vec![mail(1, "2026-05-01T10:00:00Z", JANE, DESK, "nordlicht", &[])],
        vec![mail(2, "2026-05-01T09:00:00Z", JANE, DESK, "", &[1])],
    ];
    let ledger = Arc::new(MemoryLedger::default());
    passes(&with_title(pages[..1].to_vec(), REQUIRED), &ledger).await.unwrap();
    passes(&with_title(pages, REQUIRED), &ledger).await.unwrap();
    assert!(!held(&ledger, "mail001").raw.as_str().contains("mail002"), "it waits");
    // The mended mapping makes the same record of both: the party is called as the subject was.
    let report = retried(&ledger, &with_title(Vec::new(), "\"/party\"")[1]);
    assert_eq!((report.tally.committed, ledger.set_aside(None, 9).unwrap().len()), (1, 0), "{:?}", report.tally);
    let newest = held(&ledger, "mail001");
    assert_eq!(newest.version, 2);
    assert!(newest.raw.as_str().contains("mail002"), "the next mail goes on from it");
}

#[tokio::test]
async fn a_mail_that_left_its_mailbox_stays_in_its_conversation() {
    let first = vec![mail(1, "2026-05-01T08:00:00Z", JANE, DESK, "VPN down", &[])];
    let left = vec![RawRecord::gone("mail001".into(), Gone::Absent, "{}", place("census"))];
    let ledger = Arc::new(MemoryLedger::default());
    passes(&sources(vec![first.clone()]), &ledger).await.unwrap();
    let before = held(&ledger, "mail001");
    passes(&sources(vec![first, left]), &ledger).await.unwrap();
    assert_eq!(held(&ledger, "mail001"), before);
    assert_eq!(before.form, Form::Snapshot);
}

#[tokio::test]
async fn a_conversation_that_no_mapping_is_for_stops_the_stream_until_there_is_one() {
    let mails = vec![
        mail(1, "2026-05-01T08:00:00Z", JANE, DESK, "Lunch", &[]),
        mail(2, "2026-05-01T09:00:00Z", DESK, JANE, "[INC0012345] VPN down", &[]),
    ];
    let whole = sources(vec![mails]);
    let mut without = whole.clone();
    without.iter_mut().for_each(|source| source.mappings = mapped_by(&["email/mail", "email/incident"]));
    let ledger = Arc::new(MemoryLedger::default());
    let report = passes(&without, &ledger).await.unwrap();
    assert_eq!((report.tally.pulled, report.gaps[0].code.as_str()), (0, "gather::no-mapping"));
    assert_eq!(ledger.gathered("script", &format!("m:{}", message_id(1))).unwrap(), None);
    let report = passes(&whole, &ledger).await.unwrap();
    assert_eq!((report.tally.committed, report.gaps.len()), (2, 0));
}

/// What is held, but for the moments at which it was seen.
type Kept = (Vec<(String, u64, String)>, Vec<((String, String), String)>, Vec<String>);

fn kept(ledger: &MemoryLedger) -> Kept {
    let versions = ledger.all();
    let versions = versions.iter().map(|one| (one.id.to_string(), one.version, one.raw.digest().to_string())).collect();
    let state = ledger.state.lock().unwrap();
    let nodes = state.nodes.clone().into_iter().collect();
    (versions, nodes, state.streams.values().map(|stream| stream.position.0.clone()).collect())
}

#[tokio::test]
async fn wherever_it_dies_it_goes_on_to_the_same_ledger() {
    // More than are gathered at once, and every one of the later ones answers one of the first.
    let pages: Vec<Vec<RawRecord>> = (0..5)
        .map(|page| {
            let mails = page * 90..(page + 1) * 90;
            let of = |number: usize| {
                let sent = format!("2026-05-{:02}T{:02}:{:02}:00Z", 1 + number / 60, number / 60 % 24, number % 60);
                let answers: &[usize] = if number < 40 { &[] } else { &[number % 40] };
                mail(number, &sent, JANE, DESK, &format!("Subject {}", number % 40), answers)
            };
            mails.map(of).collect()
        })
        .collect();
    let sources = sources(pages);
    let whole = Arc::new(MemoryLedger::default());
    let report = passes(&sources, &whole).await.unwrap();
    let commits = *whole.commits.lock().unwrap();
    assert!(commits > 7, "several pages and several gatherings: {commits}");
    assert!(report.tally.committed >= 40, "{:?}", report.tally);
    for nth in 1..=commits {
        for death in [Death::Before(nth), Death::After(nth)] {
            let ledger = MemoryLedger::default().reopened(Some(death));
            let died = passes(&sources, &ledger).await;
            let next = ledger.reopened(None);
            let ended = passes(&sources, &next).await;
            assert!(ended.is_ok() && (died.is_err() || nth > commits), "{death:?}");
            assert_eq!(kept(&next), kept(&whole), "{death:?}");
        }
    }
    assert_ne!(whole.end().unwrap(), EventOffset::default());
}
