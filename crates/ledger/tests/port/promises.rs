//! What the port promises, on a real folder.

use crate::frames::{STREAM, aside, at, damage, frame, id, open, served, small_ledger, told, try_open, version};
use counterfoil_ledger::{Cause, FjallLedger, Options};
use counterfoil_model::{Field, Kind, Record, Value};
use counterfoil_pipeline::Tally;
use counterfoil_pipeline::ports::{Event, EventOffset, Ledger, StreamState};
use counterfoil_record::{Digest, Position};
use counterfoil_wire::{EventParts, build_event, encode_record};
use std::error::Error as _;

fn cause(error: &counterfoil_pipeline::ports::LedgerError) -> &Cause {
    error.source().and_then(|source| source.downcast_ref()).unwrap()
}

#[test]
fn what_was_committed_is_served_again_and_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = FjallLedger::open(folder.path(), Options::default()).unwrap();
    assert_eq!(ledger.end().unwrap(), EventOffset::default());
    assert_eq!(ledger.stream("acme", "records").unwrap(), StreamState::default());

    let one = version(STREAM, "INC1", None, "printer");
    let mut first = frame(STREAM, vec![one.clone(), version(STREAM, "INC2", None, "vpn")]);
    first.position = Some(Position("{\"row\":2}".to_owned()));
    let place = ledger.commit(first).unwrap();
    assert_eq!(place, EventOffset { page: 1, index: 0 });

    let head = ledger.head(&id(STREAM, "INC1")).unwrap().unwrap();
    assert_eq!((head.version, head.at, head.raw, head.mapped), (1, place, one.raw_digest, one.mapped));
    let place = ledger.commit(frame(STREAM, vec![version(STREAM, "INC1", Some(&head), "printer again")])).unwrap();
    assert_eq!(place, EventOffset { page: 2, index: 0 });
    assert_eq!(ledger.end().unwrap(), EventOffset { page: 2, index: 1 });
    assert_eq!(ledger.count(EventOffset::default(), ledger.end().unwrap()).unwrap(), 3);
    assert_eq!(ledger.count(EventOffset { page: 1, index: 1 }, place).unwrap(), 1);

    let stored = ledger.version(head.at).unwrap();
    assert_eq!((stored.event, stored.raw, stored.place), (one.event, one.raw, one.place));
    let second = ledger.version(place).unwrap();
    assert_eq!((second.version, second.previous), (2, Some(head.at)));
    assert_eq!(ledger.mapping(&second.mapping.unwrap()).unwrap().as_deref(), Some("the mapping"));

    let state = ledger.stream("acme", "records").unwrap();
    assert_eq!((state.position.0.as_str(), state.held, state.total.committed), ("{\"row\":2}", 2, 3));
    let (before, identity) = (served(&ledger).unwrap(), ledger.identity());
    assert_eq!(before.versions.len(), 3);
    drop(ledger);
    let ledger = open(folder.path());
    assert_eq!(served(&ledger).unwrap(), before);
    assert_eq!(ledger.identity(), identity);
    let verified = ledger.verify(&mut |_, _| {}).unwrap();
    assert_eq!((verified.pages, verified.events, verified.records), (2, 3, 2));
    assert_eq!(verified.damage, Vec::<String>::new());
}

#[test]
fn two_ledgers_are_never_the_same() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_ne!(open(one.path()).identity(), open(two.path()).identity());
}

#[test]
fn pages_without_events_are_kept_and_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    ledger.commit(frame(STREAM, vec![version(STREAM, "INC1", None, "a")])).unwrap();
    let end = ledger.end().unwrap();
    let mut unchanged = frame(STREAM, Vec::new());
    unchanged.tally = Tally { pulled: 9, unchanged: 9, ..Tally::default() };
    assert_eq!(ledger.commit(unchanged).unwrap(), end, "the next free place");
    assert_eq!(ledger.stream("acme", "records").unwrap().total.unchanged, 9);

    // Nothing at all is said: no page, but a stream never pulled before is pulled now.
    ledger.commit(frame(STREAM, Vec::new())).unwrap();
    ledger.commit(frame(("acme", "empty"), Vec::new())).unwrap();
    assert_eq!(ledger.streams().unwrap().len(), 2);
    let head = ledger.head(&id(STREAM, "INC1")).unwrap();
    let place = ledger.commit(frame(STREAM, vec![version(STREAM, "INC1", head.as_ref(), "b")])).unwrap();
    assert_eq!(place.page, 4, "the first, the unchanged one, the empty stream's, this one");
    assert_eq!(ledger.versions(end).unwrap()[0].at, place);
    assert_eq!(ledger.count(end, ledger.end().unwrap()).unwrap(), 1);
    assert_eq!(damage(&ledger), Vec::<String>::new());
}

#[test]
fn what_is_set_aside_is_replaced_and_released() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let mut first = frame(STREAM, Vec::new());
    // The same bytes twice in a page have the same id.
    first.set_aside = vec![aside(STREAM, "a", b"1"), aside(STREAM, "b", b"22"), aside(STREAM, "a", b"333")];
    ledger.commit(first).unwrap();
    assert_eq!(ledger.set_aside_one("a").unwrap(), Some(aside(STREAM, "a", b"333")));
    let mut second = frame(STREAM, Vec::new());
    second.set_aside = vec![aside(STREAM, "a", b"4444"), aside(STREAM, "c", b"")];
    second.released = vec!["b".to_owned(), "b".to_owned(), "never".to_owned(), "c".to_owned()];
    ledger.commit(second).unwrap();
    let expected = vec![aside(STREAM, "a", b"4444"), aside(STREAM, "c", b"")];
    assert_eq!(ledger.set_aside(None, 10).unwrap(), expected);
    assert_eq!(ledger.set_aside(Some("a"), 10).unwrap(), expected[1..]);
    assert!(ledger.is_set_aside("c").unwrap() && !ledger.is_set_aside("b").unwrap());
    assert_eq!(ledger.end().unwrap(), EventOffset::default());
    assert_eq!(damage(&ledger), Vec::<String>::new());
}

#[test]
fn a_frame_from_an_older_state_is_refused_whole() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    ledger.commit(frame(STREAM, vec![version(STREAM, "INC1", None, "a")])).unwrap();
    let before = served(&ledger).unwrap();
    let twice = vec![version(STREAM, "INC3", None, "a"), version(STREAM, "INC3", None, "b")];
    let again = vec![version(STREAM, "INC2", None, "a"), version(STREAM, "INC1", None, "b")];
    let mut elsewhere = version(STREAM, "INC1", ledger.head(&id(STREAM, "INC1")).unwrap().as_ref(), "b");
    elsewhere.previous = Some(EventOffset { page: 1, index: 1 });
    for versions in [twice, again, vec![elsewhere]] {
        let error = ledger.commit(frame(STREAM, versions)).unwrap_err();
        assert!(matches!(cause(&error), Cause::Contradiction { .. }), "{error:?}");
    }
    assert_eq!(served(&ledger).unwrap(), before);
    assert_eq!(damage(&ledger), Vec::<String>::new());
}

#[test]
fn places_without_an_event_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    small_ledger(&ledger);
    for at in [EventOffset::default(), EventOffset { page: 3, index: 5 }, EventOffset { page: 13, index: 0 }] {
        assert!(matches!(cause(&ledger.version(at).unwrap_err()), Cause::NoEvent(_)), "{at:?}");
    }
    assert_eq!(ledger.versions(EventOffset { page: 3, index: 5 }).unwrap()[0].at, EventOffset { page: 4, index: 0 });
}

#[test]
fn a_second_process_is_told_which_one_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let _ledger = open(folder.path());
    let Err(error) = try_open(folder.path()) else { panic!("it was opened twice") };
    let told = told(&error);
    assert!(told.contains(&format!("is open in process {}", std::process::id())), "{told}");
}

#[test]
fn a_large_page_takes_several_chunks() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let text = "häufig ".repeat(3_000);
    let versions = (0..20).map(|n| version(STREAM, &format!("INC{n}"), None, &format!("{text}{n}"))).collect();
    ledger.commit(frame(STREAM, versions)).unwrap();
    for index in [0, 1, 2, 10, 19] {
        let version = ledger.version(EventOffset { page: 1, index }).unwrap();
        assert_eq!(version.id, id(STREAM, &format!("INC{index}")));
        assert!(version.raw.as_str().contains(&format!("{text}{index}")));
    }
    assert_eq!(ledger.versions(EventOffset { page: 1, index: 13 }).unwrap().len(), 7);
}

#[test]
fn verify_computes_event_ids_again() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let build = |native_id: &str, said: &str| {
        let mut one = version(STREAM, native_id, None, "words");
        let mut record = Record::new(Kind::Incident);
        record.set(Field::Title, Value::Text(said.into()));
        let json = encode_record(&record);
        let built = build_event(&EventParts {
            instance: STREAM.0,
            stream: STREAM.1,
            record_id: &one.id,
            native_id,
            version: 1,
            record: &record,
            record_json: &json,
            content: counterfoil_wire::content_digest(&json),
            previous: None,
            raw: one.raw_digest,
            mapping: None,
            place: &one.place,
            observed_at: at(5),
        });
        (one.record, one.content) = (built.record, counterfoil_wire::content_digest(&json));
        one.event = Event { id: built.id, routing_key: built.routing_key, body: built.body };
        one
    };
    let mut other = build("INC2", "printer");
    other.event.body = other.event.body.replace("printer", "plotter");
    other.content = Digest::of(other.event.body[other.record.clone()].as_bytes());
    let mut third = build("INC3", "vpn");
    third.event.body = third.event.body.replace(&third.raw_digest.to_string(), &Digest::of(b"").to_string());
    ledger.commit(frame(STREAM, vec![build("INC1", "printer"), other, third])).unwrap();
    assert_eq!(
        damage(&ledger),
        [
            "page 1, event 1 (acme/records/INC2): the event's id is not that of its content",
            "page 1, event 2 (acme/records/INC3): the event names another raw payload"
        ]
    );
}

#[test]
fn many_threads_commit_one_log() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let ledger = &ledger;
            scope.spawn(move || {
                let name = format!("s{thread}");
                let stream = ("acme", name.as_str());
                for page in 0..10 {
                    let versions = (0..3).map(|n| version(stream, &format!("{page}-{n}"), None, "words")).collect();
                    ledger.commit(frame(stream, versions)).unwrap();
                }
            });
        }
    });
    let all = served(&ledger).unwrap();
    assert_eq!((all.versions.len(), all.heads.len(), all.streams.len()), (120, 120, 4));
    assert_eq!(ledger.count(EventOffset::default(), all.end).unwrap(), 120);
    assert_eq!(damage(&ledger), Vec::<String>::new());
}

#[test]
fn nodes_lead_to_records_of_their_instance_and_a_node_told_again_leads_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let told = |nodes: &[(&str, &str)]| {
        let mut frame = frame(STREAM, Vec::new());
        frame.nodes = nodes.iter().map(|(node, record)| ((*node).to_owned(), (*record).to_owned())).collect();
        ledger.commit(frame).unwrap();
    };
    told(&[("m:a@x", "one"), ("m:b@x", "two")]);
    told(&[("m:b@x", "one")]);
    let leads = |ledger: &FjallLedger| {
        ["m:a@x", "m:b@x", "m:c@x"].map(|node| ledger.gathered("acme", node).unwrap().unwrap_or_default())
    };
    assert_eq!(leads(&ledger), ["one", "one", ""]);
    assert_eq!(ledger.gathered("other", "m:a@x").unwrap(), None);
    assert_eq!(damage(&ledger), [""; 0]);
    drop(ledger);
    let ledger = open(folder.path());
    assert_eq!(leads(&ledger), ["one", "one", ""]);
    assert_eq!(damage(&ledger), [""; 0]);
}
