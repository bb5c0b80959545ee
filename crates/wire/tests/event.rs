//! The event: what stands where, what stays the same, and where a source's text may go.
#![cfg(test)]

mod arbitrary;

use counterfoil_model::{Field, Kind, Link, LinkTarget, Record, Slug, Value};
use counterfoil_record::{Digest, Place, RecordKey};
use counterfoil_wire::{
    Built, EventName, EventParts, build_event, content_digest, decode_event, decode_record, encode_record, event_id,
};
use proptest::prelude::*;

fn build(native_id: &str, version: u64, record: &Record, previous: Option<&Record>) -> Built {
    let key = RecordKey { instance: "acme".into(), stream: "records".into(), native_id: native_id.to_owned() };
    build_event(&EventParts {
        instance: &key.instance,
        stream: &key.stream,
        record_id: &key.id(),
        native_id,
        version,
        record,
        record_json: &encode_record(record),
        content: counterfoil_wire::content_digest(&encode_record(record)),
        previous,
        raw: Digest::of(b"raw"),
        mapping: Some(("servicenow/incident", Digest::of(b"mapping"))),
        place: &Place { container: "2026-10.csv".into(), position: "row 17".into() },
        observed_at: "2026-10-01T12:00:00Z".parse().unwrap(),
    })
}

proptest! {
    #[test]
    fn an_event_gives_back_what_it_was_made_of(
        record in arbitrary::record(),
        previous in proptest::option::of(arbitrary::record()),
        native_id in arbitrary::text(),
        version in 1..u64::MAX,
    ) {
        let built = build(&native_id, version, &record, previous.as_ref());
        let event = decode_event(&built.body).unwrap();
        prop_assert_eq!(&*event.id, &built.id);
        prop_assert_eq!(&*event.native_id, &*native_id);
        prop_assert_eq!(event.version, version);
        prop_assert_eq!(event.place.to_string(), "2026-10.csv, row 17");
        prop_assert_eq!(event.raw, Digest::of(b"raw"));
        prop_assert_eq!(event.mapping.unwrap().1, Digest::of(b"mapping"));
        prop_assert_eq!(&decode_record(event.record_json).unwrap(), &record);
        let content = content_digest(event.record_json);
        prop_assert_eq!(event_id("acme", &event.record_id, version, &content), built.id);
    }

    #[test]
    fn no_text_of_the_source_leaves_the_body(
        record in arbitrary::record(),
        previous in proptest::option::of(arbitrary::record()),
        native_id in arbitrary::text(),
    ) {
        let built = build(&native_id, 1, &record, previous.as_ref());
        prop_assert!(built.id.len() == 26 && built.id.bytes().all(|b| b.is_ascii_alphanumeric()));
        prop_assert!(built.routing_key.len() <= 255);
        let words: Vec<_> = built.routing_key.split('.').collect();
        prop_assert_eq!(words.len(), 3);
        prop_assert!(Kind::parse(words[0]).is_some() && EventName::parse(words[1]).is_some());
        prop_assert!(Slug::of(words[2]).as_str() == words[2]);
        prop_assert!(built.body.bytes().all(|byte| byte >= 0x20));
    }
}

fn incident(state: &'static str) -> Record {
    let mut record = Record::new(Kind::Incident);
    record.set(Field::State, Value::Word(state));
    record.set(Field::AssigneeParty, Value::Party(Slug::of("Nordlicht IT")));
    record
}

#[test]
fn the_envelope_is_this() {
    let (before, mut now) = (incident("on_hold"), incident("resolved"));
    now.set(Field::Title, Value::Text("VPN down".into()));
    let built = build("INC 1", 2, &now, Some(&before));
    assert_eq!(built.routing_key, "incident.resolved.nordlicht-it");
    let expected = [
        r#"{"specversion":"1.0","id":"ID","source":"/counterfoil/acme/records","#,
        r#""type":"org.counterfoil.incident.resolved.v1","subject":"acme/records/INC%201","#,
        r#""time":"2026-10-01T12:00:00Z","datacontenttype":"application/json","#,
        r#""dataschema":"urn:counterfoil:schema:incident:v1","sequence":"00000000000000000002","#,
        r#""partitionkey":"acme/records/INC%201","data":{"origin":{"instance":"acme","stream":"records","#,
        r#""native_id":"INC 1","version":2,"raw":"RAW","place":{"container":"2026-10.csv","position":"row 17"},"#,
        r#""mapping":{"name":"servicenow/incident","digest":"MAPPING"},"observed_at":"2026-10-01T12:00:00Z"},"#,
        r#""changes":[{"field":"title","to":"VPN down"},{"field":"state","from":"on_hold","to":"resolved"}],"#,
        r#""record":RECORD}}"#,
    ];
    let expected = expected
        .concat()
        .replace("ID\"", &format!("{}\"", built.id))
        .replace("RAW", &Digest::of(b"raw").to_string())
        .replace("MAPPING", &Digest::of(b"mapping").to_string())
        .replace("RECORD", &encode_record(&now));
    assert_eq!(built.body, expected);
}

#[test]
fn links_that_came_and_went_are_the_last_change() {
    let link = |native_id: &str| Link {
        link_type: Value::Word("related_to").into(),
        native_type: None,
        native_words: None,
        target: LinkTarget::Inside { native_id: native_id.into(), key: None },
    };
    let (mut before, mut now) = (incident("new"), incident("new"));
    before.links = vec![link("1"), link("2")];
    now.links = vec![link("2"), link("3")];
    now.set(Field::Title, Value::Text("VPN down".into()));
    let built = build("INC 1", 2, &now, Some(&before));
    assert!(built.routing_key.starts_with("incident.updated."));
    let changes = decode_event(&built.body).unwrap().changes_json.to_owned();
    let expected = concat!(
        r#"[{"field":"title","to":"VPN down"},{"field":"links","#,
        r#""added":[{"target":{"native_id":"3"},"type":"related_to"}],"#,
        r#""removed":[{"target":{"native_id":"1"},"type":"related_to"}]}]"#,
    );
    assert_eq!(changes, expected);
    assert_eq!(decode_event(&build("INC 1", 1, &now, None).body).unwrap().changes_json, "[]");
    now.links.clone_from(&before.links);
    assert!(!decode_event(&build("INC 1", 2, &now, Some(&before)).body).unwrap().changes_json.contains("links"));
}

#[test]
fn the_owner_stands_in_the_routing_key_before_the_assignee_and_unknown_last() {
    let mut record = incident("new");
    assert_eq!(build("1", 1, &record, None).routing_key, "incident.opened.nordlicht-it");
    record.set(Field::OwnerParty, Value::Party(Slug::of("#.acme.*")));
    assert_eq!(build("1", 1, &record, None).routing_key, "incident.opened.acme");
    assert_eq!(build("1", 1, &Record::new(Kind::Incident), None).routing_key, "incident.opened.unknown");
}

#[test]
fn ids_tell_content_version_record_and_instance_apart() {
    let id = |instance: &str, native_id: &str, version, content: &str| {
        let key = RecordKey { instance: instance.into(), stream: "records".into(), native_id: native_id.into() };
        event_id(instance, &key.id(), version, &content_digest(content))
    };
    let ids =
        [id("a", "1", 1, "x"), id("b", "1", 1, "x"), id("a", "2", 1, "x"), id("a", "1", 2, "x"), id("a", "1", 1, "y")];
    for (at, one) in ids.iter().enumerate() {
        assert_eq!(ids.iter().position(|other| other == one), Some(at));
    }
    assert_eq!(id("a", "1", 1, "x"), "bfkaw2b4y24aen4nvapyrwpwdr", "stored ids must not change");
}

#[test]
fn a_megabyte_of_text_goes_into_the_body_once() {
    let mut record = incident("new");
    record.set(Field::Description, Value::Text("a\r\n\0".repeat(250_000).into()));
    let built = build("1", 1, &record, None);
    assert_eq!(decode_record(decode_event(&built.body).unwrap().record_json).unwrap(), record);
    assert!(built.body.len() < 3_000_000, "{}", built.body.len());
}

#[test]
fn text_that_is_no_event_is_refused() {
    let body = build("1", 1, &incident("new"), None).body;
    for (from, to) in [
        ("org.counterfoil.incident", "org.example.incident"),
        (".opened.v1", ".opened.v2"),
        ("\"data\"", "\"date\""),
        ("2026-10-01T", "2026-99-01T"),
        ("\"version\":1", "\"version\":-1"),
    ] {
        assert!(body.contains(from), "{from}");
        assert!(decode_event(&body.replace(from, to)).is_err(), "{from} -> {to}");
    }
    assert!(decode_event("").is_err());
    assert!(decode_event(&"[".repeat(100_000)).is_err());
}
