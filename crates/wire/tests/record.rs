//! A record's canonical JSON: exact both ways, the same bytes for the same record.
#![cfg(test)]

mod arbitrary;

use counterfoil_model::{Field, Instant, Kind, Link, LinkTarget, Reading, Record, Slug, Value};
use counterfoil_wire::{content_digest, decode_record, encode_record};
use proptest::prelude::*;

proptest! {
    #[test]
    fn decoding_is_the_inverse_of_encoding(record in arbitrary::record()) {
        let json = encode_record(&record);
        let decoded = decode_record(&json).unwrap();
        prop_assert_eq!(&decoded, &record);
        prop_assert_eq!(encode_record(&decoded), json);
    }

    #[test]
    fn a_cut_record_is_an_error(record in arbitrary::record(), keep in 0.0..1.0_f64) {
        let json = encode_record(&record);
        let mut end = (json.len() as f64 * keep) as usize;
        while !json.is_char_boundary(end) {
            end -= 1;
        }
        prop_assert!(decode_record(&json[..end]).is_err());
    }
}

fn incident() -> Record {
    let mut record = Record::new(Kind::Incident);
    let opened_at = Instant { at: "2026-03-01T08:00:00Z".parse().unwrap(), offset_secs: Some(7200) };
    record.set(Field::NativeKey, Value::Text("INC0001".into()));
    record.set(Field::Title, Value::Text("VPN \"down\"".into()));
    record.set(Field::State, Reading::Unmapped("Parked".into()));
    record.set(Field::Impact, Value::Integer(2));
    record.set(Field::OwnerParty, Value::Party(Slug::of("acme")));
    record.set(Field::OpenedAt, Value::Instant(opened_at));
    record.set(Field::DueAt, Reading::Unreadable("31.02.2026".into()));
    record
}

#[test]
fn the_bytes_are_these() {
    let expected = concat!(
        r#"{"kind":"incident","state_category":0,"native_key":"INC0001","title":"VPN \"down\"","impact":2,"#,
        r#""owner_party":"acme","opened_at":"2026-03-01T08:00:00Z","#,
        r#""unknown":{"state":{"why":"unmapped","raw":"Parked"},"due_at":{"why":"unreadable","raw":"31.02.2026"}},"#,
        r#""offsets":{"opened_at":"+02:00"},"quality":"exact","tombstone":false,"history":[]}"#,
    );
    assert_eq!(encode_record(&incident()), expected);
    assert_eq!(
        content_digest(expected).to_string(),
        "d46a301cde6c1eb20ee80b6a98a7370cd4f2b1959761f0fe83a1ceb580b26b88",
        "stored content digests must not change"
    );
}

#[test]
fn links_stand_behind_everything_else() {
    let mut record = Record::new(Kind::Incident);
    let inside = LinkTarget::Inside { native_id: "10001".into(), key: Some("PAY-1".into()) };
    let blocked = Link {
        link_type: Value::Word("blocked_by").into(),
        native_type: Some("Blocks".into()),
        native_words: Some("is blocked by".into()),
        target: inside,
    };
    let page = LinkTarget::Outside {
        url: "https://wiki.example/1".into(),
        global_id: Some("page=1".into()),
        application: Some("Confluence".into()),
        title: None,
    };
    let link_type = Reading::Unmapped("mentions".into());
    record.links = vec![blocked, Link { link_type, native_type: None, native_words: None, target: page }];
    let expected = concat!(
        r#"{"kind":"incident","state_category":0,"quality":"exact","tombstone":false,"history":[],"links":["#,
        r#"{"target":{"native_id":"10001","key":"PAY-1"},"type":"blocked_by","native_type":"Blocks","#,
        r#""native_words":"is blocked by"},"#,
        r#"{"target":{"url":"https://wiki.example/1","global_id":"page=1","application":"Confluence"},"#,
        r#""unknown":{"type":{"why":"unmapped","raw":"mentions"}}}]}"#,
    );
    assert_eq!(encode_record(&record), expected);
    assert_eq!(decode_record(expected).unwrap(), record);
}

#[test]
fn no_field_is_called_like_a_member_of_the_envelope() {
    for name in ["kind", "state_category", "unknown", "offsets", "quality", "tombstone", "history", "links"] {
        assert_eq!(Field::parse(name), None);
    }
}

#[test]
fn what_this_version_does_not_know_is_refused_by_name() {
    let json = encode_record(&incident());
    for (from, to, complaint) in [
        (r#""impact":2"#, r#""impact":"2""#, "integer"),
        (r#""impact":2"#, r#""karma":2"#, "karma"),
        (r#""incident""#, r#""wish""#, "wish"),
        (r#""exact""#, r#""perfect""#, "perfect"),
        (r#""owner_party":"acme""#, r#""owner_party":"ACME #1""#, "ACME #1"),
        (r#""unmapped""#, r#""odd""#, "odd"),
        (r#""+02:00""#, r#""CEST""#, "CEST"),
        ("2026-03-01T08", "2026-13-01T08", "month"),
        (r#""tombstone":false,"#, "", "tombstone"),
        (r#""history":[]"#, r#""history":[{"field":"karma"}]"#, "missing field"),
        (r#""history":[]"#, r#""history":[],"links":[{"target":{"key":"A-1"}}]"#, "an id or to an address"),
        (r#""history":[]"#, r#""history":[],"links":[{"target":{"url":"u","key":"A-1"}}]"#, "an id or to an address"),
        (r#""history":[]"#, r#""history":[],"links":[{"target":{"url":"u"},"type":"eats"}]"#, "eats"),
        (r#""offsets":{"opened_at""#, r#""offsets":{"title""#, "without its moment"),
    ] {
        assert!(json.contains(from), "{from}");
        let error = decode_record(&json.replace(from, to)).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(complaint), "{from} -> {to}: {source}");
    }
}
