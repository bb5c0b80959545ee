use super::*;
use crate::Correspondent;
use counterfoil_diagnostics::SourceText;
use serde_json::{Value, json};

fn directory() -> Directory {
    let party = |id: &str, is_ours| Correspondent { id: id.into(), domains: vec![format!("{id}.example")], is_ours };
    Directory {
        parties: vec![party("acme", true), party("nordlicht", false)],
        authserv_ids: vec!["mx.acme.example".into()],
        ..Directory::default()
    }
}

fn report(from: &str, trust: &str) -> Value {
    json!({
        "message_id": "r1@x.example", "subject": "Monthly report", "sent_at": "2026-05-01T08:00:00Z",
        "from": [{"address": from}], "to": [{"address": "suppliers@acme.example"}], "text": "See attachment.",
        "authentication": [{"authserv_id": "mx.acme.example", "results": {"dmarc": trust}}],
        "parts": [
            {"path": "1", "type": "text/plain", "role": "text", "bytes": 3, "sha256": "aa"},
            {"path": "2", "type": "application/octet-stream", "name": "Tickets May.CSV", "role": "attachment", "bytes": 9, "sha256": "bb"},
            {"path": "3", "type": "image/png", "name": "logo.png", "role": "attachment", "bytes": 9, "sha256": "cc"},
        ],
    })
}

fn of(rules: &Rules, mail: &Value) -> Option<Brought> {
    brought(rules, &directory(), "mail1", &mail.to_string())
}

#[test]
fn a_report_of_a_party_brings_its_tables_and_one_of_a_stranger_or_a_forger_is_told() {
    let rules = Rules::shipped();
    let from_party = of(&rules, &report("desk@nordlicht.example", "pass")).unwrap();
    assert_eq!(from_party.standing, Standing::Party("nordlicht".into()));
    let tables: Vec<_> = from_party.attached.iter().map(|one| (one.part.as_str(), one.ending)).collect();
    assert_eq!(tables, [("2", "csv")]);
    assert!(from_party.body.is_none());
    let refused = |from, trust| of(&rules, &report(from, trust)).unwrap().standing;
    assert_eq!(refused("desk@evil.example", "pass"), Standing::Refused(Refusal::SenderOfNoParty));
    assert_eq!(refused("desk@nordlicht.example", "fail"), Standing::Refused(Refusal::AuthenticationFailed));
    let mut two = report("desk@nordlicht.example", "pass");
    two["from"] = json!([{"address": "desk@nordlicht.example"}, {"address": "x@evil.example"}]);
    assert_eq!(of(&rules, &two).unwrap().standing, Standing::Refused(Refusal::SenderOfNoParty));
}

#[test]
fn what_people_write_brings_nothing() {
    let mut mail = report("desk@nordlicht.example", "pass");
    mail["subject"] = "Re: INC0012345 printer".into();
    mail["in_reply_to"] = json!(["x@acme.example"]);
    assert_eq!(of(&Rules::shipped(), &mail), None, "an answer with a table attached is no report");
    assert_eq!(brought(&Rules::shipped(), &directory(), "x", "no json"), None);
}

fn structured() -> Rules {
    let text = r#"
format = 1
[[structured]]
name = "ticket-json"
format = "json"
confidence = 95
key = "/number"
all = [{ in = "party", matches = '^nordlicht$' }, { in = "subject", matches = '^TICKET ' }]
"#;
    Rules::shipped().extended_by(&SourceText { name: "own.toml".into(), text: text.into() }).unwrap()
}

#[test]
fn a_body_that_a_program_wrote_is_a_record_with_the_envelope_of_its_mail() {
    let mut mail = report("desk@nordlicht.example", "pass");
    mail["subject"] = "TICKET INC0012345".into();
    mail["text"] = r#"{"number": "INC0012345", "cost": 1.10}"#.into();
    mail["parts"] = json!([]);
    let found = of(&structured(), &mail).unwrap();
    let rows = found.body.unwrap().unwrap();
    assert_eq!((rows[0].key.as_str(), rows[0].version.as_str()), ("INC0012345", "2026-05-01T08:00:00Z"));
    assert_eq!(
        rows[0].payload,
        r#"{"format":1,"structured":"ticket-json","party":"nordlicht","key":"INC0012345","mail":{"id":"mail1","message_id":"r1@x.example","from":"desk@nordlicht.example","subject":"TICKET INC0012345","sent_at":"2026-05-01T08:00:00Z"},"body":{"number": "INC0012345", "cost": 1.10}}"#
    );
    let entry = crate::reading::read(&structured(), &directory(), "mail1", &mail.to_string());
    assert_eq!((entry.class, entry.rule.as_str(), entry.keys.len()), (Class::Report, "ticket-json", 0));

    mail["notes"] = json!(["text-cut"]);
    assert_eq!(of(&structured(), &mail).unwrap().body.unwrap().unwrap_err().code, "structured::too-long");
    mail["from"] = json!([{"address": "desk@kumo.example"}]);
    assert_eq!(of(&structured(), &mail), None, "the rule is for one party");
}
