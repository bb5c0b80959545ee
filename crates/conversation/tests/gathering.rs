//! What joins, what does not, and what is told of it.
#![expect(clippy::unwrap_used, reason = "this is a test")]

#[path = "gathering/order.rs"]
mod order;
#[path = "gathering/ownership.rs"]
mod ownership;
#[path = "gathering/world.rs"]
mod world;

use serde_json::json;
use world::{Held, mail};

const MARA: &str = "mara@acme.example";
const DESK: &str = "desk@nordlicht.example";
const ANA: &str = "ana@kestrel.example";

fn forged() -> serde_json::Value {
    json!({"authentication": [{"authserv_id": "mx.acme.example", "results": {"dmarc": "fail"}}]})
}

#[test]
fn the_conversation_with_the_older_mail_stays_and_the_other_is_told_as_merged() {
    let mut held = Held::default();
    held.take(&[mail("late", (MARA, DESK), "Printer", "?", 50, json!({}))]);
    held.take(&[mail("early", (DESK, MARA), "Toner", "!", 10, json!({}))]);
    let both = json!({"references": ["early@x.example", "late@x.example"]});
    let gathered = held.take(&[mail("both", (MARA, DESK), "Printer", "Both.", 60, both)]);
    let merged = &gathered.merged[0];
    assert_eq!(
        (gathered.merged.len(), merged.id.as_str(), merged.into.as_str(), merged.by_mail.as_str()),
        (1, "late", "early", "both")
    );
    assert_eq!(held.nodes["m:late@x.example"], "early");
    assert_eq!(held.nodes["i:late"], "early");
    assert_eq!(held.partition().len(), 1);
    assert_eq!(held.of("both")["subject"], "Toner");
}

#[test]
fn several_merges_in_one_call_are_told_with_where_the_mails_are_in_the_end() {
    let mut held = Held::default();
    for (id, minute) in [("c", 30), ("b", 20), ("a", 10)] {
        held.take(&[mail(id, (MARA, DESK), id, "x", minute, json!({}))]);
    }
    let gathered = held.take(&[
        mail("one", (MARA, DESK), "x", "x", 60, json!({"references": ["b@x.example", "c@x.example"]})),
        mail("two", (MARA, DESK), "x", "x", 61, json!({"references": ["a@x.example", "c@x.example"]})),
    ]);
    let merged = gathered.merged.iter().map(|one| (one.id.as_str(), one.into.as_str())).collect::<Vec<_>>();
    assert_eq!(merged, [("c", "a"), ("b", "a")]);
    assert_eq!(held.documents.len(), 1);
}

#[test]
fn a_mail_that_is_gathered_again_changes_nothing() {
    let mut held = Held::default();
    let mails = [mail("one", (MARA, DESK), "INC0012345", "x", 0, json!({"message_id": null}))];
    assert_eq!(held.take(&mails).classes["human"], 1);
    let again = held.take(&mails);
    assert_eq!((again.conversations.len(), again.nodes.len(), again.classes.len()), (0, 0, 0));
}

#[test]
fn a_forged_mail_that_comes_first_takes_neither_the_id_nor_the_number() {
    let mut held = Held::default();
    held.take(&[mail("forged", (DESK, MARA), "INC0012345", "State: Closed", 0, {
        let mut more = forged();
        more["message_id"] = json!("true@x.example");
        more
    })]);
    held.take(&[mail("true", (DESK, MARA), "INC0012345", "State: New", 1, json!({}))]);
    held.take(&[mail("answer", (MARA, DESK), "x", "Thanks.", 2, json!({"in_reply_to": ["true@x.example"]}))]);
    assert_eq!(held.partition().into_iter().collect::<Vec<_>>(), [vec!["answer", "true"], vec!["forged"]]);
    assert_eq!(held.of("true")["mentions"], json!([]));
    assert_eq!(held.of("forged")["ticket"], false);
    assert!(held.refused.contains(&(
        "forged".into(),
        "t:servicenow/nordlicht/INC0012345".into(),
        "authentication-failed".into()
    )));
}

#[test]
fn a_number_moves_no_ticket_of_another_party_whichever_mail_comes_first() {
    let theirs =
        mail("theirs", (DESK, MARA), "INC0012345", "State: New", 0, json!({"headers": {"x-servicenow-source": ["x"]}}));
    let other = mail("other", (ANA, MARA), "INC0012345", "This is resolved.", 9, json!({}));
    for order in [[&theirs, &other], [&other, &theirs]] {
        let mut held = Held::default();
        for mail in order {
            held.take(std::slice::from_ref(mail));
        }
        assert_eq!(held.partition().len(), 2);
        assert_eq!(held.of("theirs")["state"], "new");
        assert_eq!(held.of("theirs")["mentions"], json!([]), "its own desk has sent it");
        let mention = json!([{"node": "t:servicenow/nordlicht/INC0012345", "reason": "key-of-another-party"}]);
        assert_eq!(held.of("other")["mentions"], mention);
    }
}

#[test]
fn a_third_party_in_a_conversation_tells_no_state() {
    let mut held = Held::default();
    let sn = json!({"headers": {"x-servicenow-source": ["x"]}});
    held.take(&[mail("one", (DESK, MARA), "INC0012345", "State: New", 0, sn.clone())]);
    let mut more = sn;
    more["in_reply_to"] = json!(["one@x.example"]);
    held.take(&[mail("two", (ANA, MARA), "Re: that", "State: Closed", 5, more)]);
    assert_eq!(held.partition().len(), 1, "who knows the id of a mail has it");
    assert_eq!(held.of("two")["state"], "new");
}

#[test]
fn a_mail_that_we_forward_to_another_supplier_keeps_its_number_with_its_party() {
    let mut held = Held::default();
    held.take(&[mail("one", (DESK, MARA), "INC0012345", "x", 0, json!({}))]);
    held.take(&[mail("two", (MARA, ANA), "Fwd: INC0012345", "Can you look?", 5, json!({}))]);
    assert_eq!(held.partition().len(), 2);
    assert_eq!(held.of("two")["party"], "kestrel");
}

#[test]
fn numbers_in_a_nested_mail_or_in_the_text_are_not_those_of_the_mail() {
    let mut held = Held::default();
    held.take(&[
        mail("one", (DESK, MARA), "INC0012345", "x", 0, json!({})),
        mail("two", (DESK, MARA), "Fyi", "See INC0012345.", 5, json!({"parts": [{"path": "2", "type": "message/rfc822", "name": "INC0012345.eml", "role": "message", "bytes": 9}]})),
    ]);
    assert_eq!(held.partition().len(), 2);
}

#[test]
fn outlook_s_index_of_a_thread_joins() {
    let index = json!({"thread_index": "01d9".repeat(11)});
    let mut held = Held::default();
    held.take(&[mail("one", (MARA, DESK), "a", "x", 0, index.clone()), mail("two", (DESK, MARA), "b", "x", 1, index)]);
    assert_eq!(held.partition().len(), 1);
    assert_eq!(held.of("two")["mails"][1]["joined_by"], "graph");
}

#[test]
fn a_date_that_nobody_can_believe_gives_way_to_the_receipt() {
    let mut held = Held::default();
    held.take(&[mail(
        "one",
        (MARA, DESK),
        "a",
        "x",
        0,
        json!({"sent_at": "1970-01-01T00:00:00Z", "received_at": "2026-05-01T10:00:00Z"}),
    )]);
    held.take(&[mail(
        "two",
        (MARA, DESK),
        "b",
        "x",
        0,
        json!({"sent_at": "2026-05-01T09:59:00Z", "received_at": "2026-05-01T10:00:00Z"}),
    )]);
    held.take(&[mail("three", (MARA, DESK), "c", "x", 0, json!({"sent_at": null}))]);
    assert_eq!(held.of("one")["opened_at"], "2026-05-01T10:00:00Z");
    assert_eq!(held.of("two")["opened_at"], "2026-05-01T09:59:00Z");
    assert_eq!((&held.of("three")["opened_at"], &held.of("three")["state"]), (&json!(null), &json!(null)));
}

#[test]
fn every_mail_has_one_class_and_a_payload_of_nothing_is_kept() {
    let mut held = Held::default();
    let broken = [("a", "{}"), ("b", "[1]"), ("c", "nothing"), ("d", r#"{"from":7}"#)];
    let gathered = held.take(&broken.map(|(id, text)| (id.to_owned(), text.to_owned())));
    assert_eq!(gathered.classes.values().sum::<u64>(), 4);
    assert_eq!(held.partition().len(), 4);
    assert_eq!(held.of("c")["mails"][0]["notes"], json!(["payload-unreadable"]));
}

#[test]
fn a_text_without_end_is_kept_short() {
    let mut held = Held::default();
    held.take(&[mail("one", (MARA, DESK), "a", &"ä".repeat(60_000), 0, json!({}))]);
    let text = held.of("one")["mails"][0]["text"].as_str().unwrap().len();
    assert_eq!(text, 4096);
}

/// With costs that grew with the square of the mails these would not end in this test's time.
#[test]
fn floods_are_gathered_in_one_call() {
    let number = |number: i64| format!("mail{number}");
    let chain = (0..10_000).map(|at| {
        let references = (0.max(at - 6)..at).map(|before| format!("mail{before}@x.example")).collect::<Vec<_>>();
        mail(&number(at), (MARA, DESK), "Re: Flood", "x", at, json!({"references": references}))
    });
    let mut held = Held::default();
    held.take(&chain.collect::<Vec<_>>());
    assert_eq!(held.partition().len(), 1);
    assert_eq!(held.of("mail0")["counts"]["mails"], 10_000);

    // The last one first, so that every mail joins conversations that were apart.
    let apart = (0..4_000).map(|at| {
        let at = if at % 2 == 0 { at / 2 } else { 3_999 - at / 2 };
        let both = json!({"references": [format!("mail{}@x.example", at - 1), format!("mail{}@x.example", at + 1)]});
        mail(&number(at), (MARA, DESK), "Flood", "x", at, both)
    });
    let mut held = Held::default();
    held.take(&apart.collect::<Vec<_>>());
    assert_eq!(held.partition().len(), 1);

    let alike = (0..4_000).map(|at| mail(&number(at), (DESK, MARA), "Re: Flood", "x", at, json!({"message_id": null})));
    let mut held = Held::default();
    held.take(&alike.collect::<Vec<_>>());
    assert_eq!(held.partition().len(), 1, "replies without any reference, among the same people");
}

#[test]
fn of_a_loop_so_many_mails_stay_in_view_however_they_come_and_nothing_is_dropped() {
    let automatic = |at: i64| {
        let pair = if at % 2 == 0 { (MARA, DESK) } else { (DESK, MARA) };
        let more = json!({"in_reply_to": [format!("mail{}@x.example", at - 1)], "headers": {"auto-submitted": ["auto-replied"]}});
        mail(&format!("mail{at}"), pair, "Re: Loop INC0012345", "State: Resolved and more words", at, more)
    };
    let all = (0..40).map(automatic).collect::<Vec<_>>();
    let mut at_once = Held::default();
    at_once.take(&all);
    let mut backwards = Held::default();
    all.chunks(7).rev().for_each(|some| drop(backwards.take(some)));
    assert_eq!(at_once.contents(), backwards.contents());
    let document = at_once.of("mail0");
    let mails = document["mails"].as_array().unwrap();
    let shown = mails.iter().filter(|mail| mail["text"].is_string()).count();
    let hidden = mails.iter().filter(|mail| mail["in_loop"] == true).count();
    assert_eq!((mails.len(), shown, hidden), (40, 5, 35));
    assert_eq!(document["loop"], json!({"addresses": [DESK, MARA], "mails": 40, "shown": 5}));
    assert_eq!(document["changes"], json!([]));
}

#[test]
fn notices_that_nobody_answers_are_no_loop() {
    let mut held = Held::default();
    let notice = |at: i64| {
        mail(
            &format!("mail{at}"),
            (DESK, MARA),
            "INC0012345",
            "State: In Progress",
            at,
            json!({"headers": {"x-servicenow-source": ["x"]}}),
        )
    };
    held.take(&(0..30).map(notice).collect::<Vec<_>>());
    assert_eq!(held.of("mail0")["loop"], json!(null));
}

#[test]
fn an_id_of_nobody_s_domain_stays_with_whom_it_was_first() {
    let id = json!({"message_id": "one@x.example"});
    let mut held = Held::default();
    held.take(&[mail("one", (DESK, MARA), "Maintenance", "On Sunday.", 0, id.clone())]);
    let gathered = held.take(&[mail("two", (ANA, MARA), "Invoice", "Pay here.", 1, id.clone())]);
    assert_eq!(gathered.refused.iter().map(|one| one.reason.as_str()).collect::<Vec<_>>(), ["message-id-reused"]);
    held.take(&[mail(
        "answer",
        (MARA, DESK),
        "Re: Maintenance",
        "Fine.",
        2,
        json!({"in_reply_to": ["one@x.example"]}),
    )]);
    assert_eq!(held.partition().into_iter().collect::<Vec<_>>(), [vec!["answer", "one"], vec!["two"]]);
    assert_eq!(held.of("two")["mails"][0]["notes"], json!(["message-id-reused"]));

    // What a list adds to a mail makes it another text of the same message, and no copy.
    held.take(&[mail("list", (DESK, MARA), "Re: Maintenance", "On Sunday.\n-- \nThe list", 3, id.clone())]);
    held.take(&[mail("again", (DESK, MARA), "Maintenance", "On Sunday.", 4, id)]);
    let document = held.of("one");
    let told = document["mails"].as_array().unwrap().iter();
    let told = told.map(|mail| (mail["id"].as_str().unwrap(), mail["notes"].is_array(), mail["copy_of"].as_str()));
    let expected = [("one", false, None), ("answer", false, None), ("list", true, None), ("again", false, Some("one"))];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    assert_eq!(document["counts"]["copies"], 1);
}
