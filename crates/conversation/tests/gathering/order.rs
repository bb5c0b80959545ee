//! Neither the order of mails nor how they are cut into calls changes what belongs together and what documents say.

use crate::world::{Held, mail};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

const PEOPLE: [&str; 6] = [
    "mara@acme.example",
    "tom@acme.example",
    "desk@nordlicht.example",
    "jonas@nordlicht.example",
    "ana@kestrel.example",
    "x@stranger.example",
];

#[derive(Debug, Clone)]
struct Drawn {
    from: usize,
    to: usize,
    minute: i64,
    subject: &'static str,
    text: &'static str,
    answers: Option<Index>,
    also: Option<Index>,
    unseen: Option<u8>,
    kind: u8,
    has_id: bool,
    forged: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let subject = select(vec![
        "INC0012345 printer",
        "Re: INC0012345 printer",
        "[kestrel #12] vpn",
        "INC0012346",
        "Ticket 4711987 closed",
        "Hello",
        "Automatic reply: Hello",
        "[Ticket#2026050410000018] x",
    ]);
    let text = select(vec![
        "State: Resolved",
        "Hello.",
        "It is still not working.",
        "Status: closed",
        "Please send the log.",
        "Ref:MSG0000008",
    ]);
    let links = (
        proptest::option::weighted(0.4, any::<Index>()),
        proptest::option::weighted(0.15, any::<Index>()),
        proptest::option::weighted(0.1, 0..3u8),
    );
    (
        0..6usize,
        0..6usize,
        0..400i64,
        subject,
        text,
        links,
        0..6u8,
        proptest::bool::weighted(0.9),
        proptest::bool::weighted(0.07),
    )
        .prop_map(|(from, to, minute, subject, text, (answers, also, unseen), kind, has_id, forged)| Drawn {
            from,
            to,
            minute,
            subject,
            text,
            answers,
            also,
            unseen,
            kind,
            has_id,
            forged,
        })
}

/// With two people and few minutes machines answer each other in loops, with all of them many parties meet.
fn mails((crowd, minutes, drawn): &(usize, i64, Vec<Drawn>)) -> Vec<(String, String)> {
    let made = drawn.iter().enumerate().map(|(number, one)| {
        let mut more = serde_json::Map::new();
        let id = |index: &Index| format!("mail{}@x.example", index.index(drawn.len()));
        if let Some(answers) = &one.answers {
            more.insert("in_reply_to".into(), json!([id(answers)]));
        }
        let seen = one.also.iter().map(id);
        let references = seen.chain(one.unseen.map(|number| format!("unseen{number}@x.example"))).collect::<Vec<_>>();
        more.insert("references".into(), json!(references));
        if !one.has_id {
            more.insert("message_id".into(), Value::Null);
        }
        let headers = match one.kind {
            0 => json!({"x-servicenow-source": ["x"]}),
            1 => json!({"auto-submitted": ["auto-replied"]}),
            2 => json!({"x-rt-ticket": ["x #12"]}),
            _ => json!({}),
        };
        more.insert("headers".into(), headers);
        if one.forged {
            more.insert(
                "authentication".into(),
                json!([{"authserv_id": "mx.acme.example", "results": {"dmarc": "fail"}}]),
            );
        }
        // Of what a reply without any reference may answer there is only one: which of several it goes to depends on the
        // order, as the module says.
        let names = one.answers.is_some() || one.also.is_some() || one.unseen.is_some();
        let is_second = one.subject == "Hello" && drawn[..number].iter().any(|other| other.subject == "Hello");
        let subject = if one.kind == 5 || is_second || (names && one.subject.starts_with("Automatic reply")) {
            format!("Topic {number}")
        } else {
            one.subject.to_owned()
        };
        mail(
            &format!("mail{number}"),
            (PEOPLE[one.from % crowd * (6 / crowd)], PEOPLE[one.to % crowd * (6 / crowd)]),
            &subject,
            one.text,
            one.minute % minutes,
            Value::Object(more),
        )
    });
    made.collect()
}

fn gathered(mails: &[(String, String)], cuts: &[usize]) -> Held {
    let mut held = Held::default();
    let mut rest = mails;
    for cut in cuts {
        let (now, later) = rest.split_at((*cut).min(rest.len()));
        held.take(now);
        rest = later;
    }
    held.take(rest);
    held
}

fn crowded() -> impl Strategy<Value = (usize, i64, Vec<Drawn>)> {
    (select(vec![2usize, 3, 6]), select(vec![10i64, 400]), proptest::collection::vec(drawn(), 1..24))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_cut_make_the_same_conversations(
        drawn in crowded(),
        order in Just(()).prop_perturb(|(), mut rng| rng.next_u64()),
        cuts in proptest::collection::vec(0..7usize, 0..6),
    ) {
        let first = mails(&drawn);
        let mut second = first.clone();
        let mut seed = order | 1;
        for place in (1..second.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            second.swap(place, usize::try_from(seed >> 33).unwrap() % (place + 1));
        }
        let (one, other) = (gathered(&first, &[]), gathered(&second, &cuts));
        prop_assert_eq!(one.partition(), other.partition());
        prop_assert_eq!(one.contents(), other.contents());
    }

    /// The nodes that are told are enough: what is found through them is what is in the documents.
    #[test]
    fn gathering_again_changes_nothing(drawn in crowded(), cuts in proptest::collection::vec(0..7usize, 0..6)) {
        let mails = mails(&drawn);
        let mut held = gathered(&mails, &cuts);
        let again = held.take(&mails);
        prop_assert_eq!((again.conversations.len(), again.nodes.len(), again.merged.len()), (0, 0, 0));
    }
}
