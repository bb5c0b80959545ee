//! Records of every shape that a mapping can make.

use counterfoil_model::{
    ActorKind, Decimal, Instant, Kind, Link, LinkTarget, LinkType, Precision, Quality, Reading, Record, Slug,
    Transition, Value, ValueType,
};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::Arc;

pub(crate) fn record() -> impl Strategy<Value = Record> {
    select(Kind::ALL).prop_flat_map(|kind| {
        let readings: Vec<_> = kind.fields().iter().map(|spec| reading(kind, spec.value)).collect();
        let history = proptest::collection::vec(transition(kind), 0..6);
        let links = proptest::collection::vec(link(), 0..4);
        (readings, history, links, select(Quality::ALL), any::<bool>()).prop_map(
            move |(readings, history, links, quality, tombstone)| Record {
                kind,
                readings,
                history,
                links,
                quality,
                tombstone,
            },
        )
    })
}

fn link() -> impl Strategy<Value = Link> {
    let link_type = prop_oneof![
        select(LinkType::NAMES).prop_map(|name| Reading::Known(Value::Word(name))),
        Just(Reading::Missing),
        text().prop_map(Reading::Unmapped),
    ];
    let maybe = || proptest::option::of(text());
    let inside = (text(), maybe()).prop_map(|(native_id, key)| LinkTarget::Inside { native_id, key });
    let outside = (text(), maybe(), maybe(), maybe())
        .prop_map(|(url, global_id, application, title)| LinkTarget::Outside { url, global_id, application, title });
    (link_type, maybe(), maybe(), prop_oneof![inside, outside]).prop_map(
        |(link_type, native_type, native_words, target)| Link { link_type, native_type, native_words, target },
    )
}

fn transition(kind: Kind) -> impl Strategy<Value = Transition> {
    select(kind.fields()).prop_flat_map(move |spec| {
        let native = || proptest::option::of(text());
        (
            (reading(kind, spec.value), reading(kind, spec.value), native(), native()),
            (reading(kind, ValueType::Instant), reading(kind, ValueType::Instant)),
            (select(ActorKind::ALL), native(), select(Precision::ALL), proptest::option::of(any::<u32>())),
            (proptest::option::of(0..=100_u8), native()),
        )
            .prop_map(move |((from, to, from_native, to_native), (occurred_at, recorded_at), who, proven)| {
                Transition {
                    field: spec.field,
                    from,
                    to,
                    from_native,
                    to_native,
                    occurred_at,
                    recorded_at,
                    actor_kind: who.0,
                    actor: who.1,
                    precision: who.2,
                    row: who.3,
                    confidence: proven.0,
                    proof: proven.1,
                }
            })
    })
}

fn reading(kind: Kind, value_type: ValueType) -> BoxedStrategy<Reading> {
    prop_oneof![
        3 => value(kind, value_type).prop_map(Reading::Known),
        2 => Just(Reading::Missing),
        1 => text().prop_map(Reading::Unmapped),
        1 => text().prop_map(Reading::Unreadable),
    ]
    .boxed()
}

fn value(kind: Kind, value_type: ValueType) -> BoxedStrategy<Value> {
    match value_type {
        ValueType::Text | ValueType::Person | ValueType::Reference => text().prop_map(Value::Text).boxed(),
        ValueType::Integer => any::<i64>().prop_map(Value::Integer).boxed(),
        ValueType::Decimal => any::<i64>().prop_map(|millionths| Value::Decimal(Decimal { millionths })).boxed(),
        ValueType::Flag => any::<bool>().prop_map(Value::Flag).boxed(),
        ValueType::Instant => instant().prop_map(Value::Instant).boxed(),
        ValueType::Word(words) => select(words).prop_map(Value::Word).boxed(),
        ValueType::State => {
            let states: Vec<_> = kind.states().states.iter().map(|state| state.name).collect();
            select(states).prop_map(Value::Word).boxed()
        }
        ValueType::Party => any::<String>().prop_map(|text| Value::Party(Slug::of(&text))).boxed(),
    }
}

fn instant() -> impl Strategy<Value = Instant> {
    let second = Timestamp::MIN.as_second()..Timestamp::MAX.as_second();
    let nanosecond = prop_oneof![3 => Just(0), 1 => 0..1_000_000_000_i32];
    let offset = proptest::option::of(prop_oneof![Just(0), Just(7200), -93_599..=93_599]);
    (second, nanosecond, offset).prop_map(|(second, nanosecond, offset_secs)| Instant {
        at: Timestamp::new(second, nanosecond).unwrap(),
        offset_secs,
    })
}

/// Any text, and what people put into tickets to break readers.
pub(crate) fn text() -> impl Strategy<Value = Arc<str>> {
    prop_oneof![any::<String>(), select(HOSTILE).prop_map(str::to_owned)].prop_map(Arc::from)
}

const HOSTILE: &[&str] = &[
    "",
    "\0",
    "a\r\nx-injected: 1",
    "\u{202e}gnp.exe\u{2066}",
    "\"}},\"id\":\"forged\"",
    "\\",
    "\u{2028}\u{7f}\u{85}",
    "#.*.\u{fffe}",
    "😀\u{301}",
];
