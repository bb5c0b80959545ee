//! Whoever uses the Message-ID of another one's mail gets nothing of its conversation, and takes nothing from it, in whatever
//! order the mails come.

use crate::world::{Held, mail};
use serde_json::{Value, json};

const MARA: &str = "mara@acme.example";
const DESK: &str = "desk@nordlicht.example";
const ANA: &str = "ana@kestrel.example";
const EVIL: &str = "x@evil.example";

/// All orders of some things.
fn orders<T: Clone>(all: &[T]) -> Vec<Vec<T>> {
    if all.is_empty() {
        return vec![Vec::new()];
    }
    let mut found = Vec::new();
    for at in 0..all.len() {
        let mut rest = all.to_vec();
        let first = rest.remove(at);
        found.extend(orders(&rest).into_iter().map(|mut order| {
            order.insert(0, first.clone());
            order
        }));
    }
    found
}

fn in_any_order(mails: &[(String, String)], expected: &[&[&str]]) {
    for order in orders(mails) {
        let names: Vec<&str> = order.iter().map(|one| one.0.as_str()).collect();
        let mut one_by_one = Held::default();
        order.iter().for_each(|mail| drop(one_by_one.take(std::slice::from_ref(mail))));
        let mut at_once = Held::default();
        at_once.take(&order);
        for held in [&mut one_by_one, &mut at_once] {
            assert_eq!(held.partition().into_iter().collect::<Vec<_>>(), expected, "in the order {names:?}");
            let again = held.take(&order);
            assert_eq!((again.conversations.len(), again.nodes.len()), (0, 0), "gathering again changes nothing");
        }
    }
}

fn of_tool(more: Value) -> Value {
    let mut all = json!({"message_id": "4711@saas.example"});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

#[test]
fn a_guessed_id_joins_no_ticket_of_another_party_also_when_it_comes_first() {
    for forger in [ANA, EVIL] {
        let answers = |id: &str| json!({"in_reply_to": [id]});
        let mails = [
            mail("false", (forger, MARA), "Please pay", "Here.", 0, of_tool(json!({}))),
            mail("true", (DESK, MARA), "Printer", "It is on fire.", 5, of_tool(json!({}))),
            mail("answer", (MARA, DESK), "Put it out", "Please.", 6, answers("4711@saas.example")),
            mail("later", (DESK, MARA), "Done", "It is out.", 7, json!({"references": ["4711@saas.example"]})),
            mail("paid", (MARA, forger), "No", "Never.", 8, answers("4711@saas.example")),
        ];
        in_any_order(&mails, &[&["answer", "later", "true"], &["false", "paid"]]);
    }
}

#[test]
fn a_guessed_id_makes_no_state_and_no_party_of_another_one_s_ticket() {
    let notice = |id: &str, from: &str, state: &str, minute| {
        let more = of_tool(json!({"headers": {"x-servicenow-source": ["x"]}}));
        mail(id, (from, MARA), "INC0012345", &format!("State: {state}"), minute, more)
    };
    let mut held = Held::default();
    held.take(&[notice("false", ANA, "Closed", 0)]);
    held.take(&[notice("true", DESK, "New", 5)]);
    held.take(&[mail("answer", (MARA, DESK), "x", "?", 6, json!({"in_reply_to": ["4711@saas.example"]}))]);
    let told = held.of("answer");
    assert_eq!((&told["party"], &told["state"]), (&json!("nordlicht"), &json!("new")));
    assert_eq!(held.of("false")["party"], "kestrel");
}

#[test]
fn who_answers_to_another_address_than_the_sender_s_still_answers() {
    // From the tool's address, and the answer goes to the desk.
    let mails = [
        mail("notice", ("tool@saas.example", MARA), "Printer", "x", 0, of_tool(json!({}))),
        mail("answer", (MARA, DESK), "Fire", "Please.", 6, json!({"in_reply_to": ["4711@saas.example"]})),
    ];
    in_any_order(&mails, &[&["answer", "notice"]]);
}
