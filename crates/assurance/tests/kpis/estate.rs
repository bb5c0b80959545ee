//! Records of every kind for tests, told in words: `@3` is day 3, `@3.5` noon of it.

use crate::incidents::{DAY, at};
use counterfoil_assurance::{Facts, Figure, Held, KPIS, Query, Table, Window};
use counterfoil_model::{
    ActorKind, Decimal, Field, Instant, Kind, Link, LinkTarget, LinkType, Precision, Reading, Record, Slug, Transition,
    Value, ValueType,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A record in the making.
pub(crate) struct Told {
    id: String,
    record: Record,
}

/// A record of a kind with these fields, of the instance `acme`.
pub(crate) fn told(kind: &str, id: &str, fields: &[(&str, &str)]) -> Told {
    let mut record = Record::new(Kind::parse(kind).unwrap_or_else(|| panic!("no kind {kind}")));
    for (name, text) in fields {
        let field = Field::parse(name).unwrap_or_else(|| panic!("no field {name}"));
        let value = value(record.kind, field, text);
        record.set(field, value);
    }
    Told { id: id.to_owned(), record }
}

impl Told {
    pub(crate) fn link(mut self, link: &str, native_id: &str) -> Self {
        let link_type = Value::Word(LinkType::parse(link).unwrap().name()).into();
        let target = LinkTarget::Inside { native_id: native_id.into(), key: None };
        self.record.links.push(Link { link_type, native_type: None, native_words: None, target });
        self
    }

    pub(crate) fn step(mut self, day: f64, field: &str, to: &str) -> Self {
        let field = Field::parse(field).unwrap();
        let to = value(self.record.kind, field, to);
        self.record.history.push(Transition {
            field,
            from: Reading::Missing,
            to,
            from_native: None,
            to_native: None,
            occurred_at: moment(day),
            recorded_at: Reading::Missing,
            actor_kind: ActorKind::Unknown,
            actor: None,
            precision: Precision::Exact,
            row: None,
            confidence: None,
            proof: None,
        });
        self
    }
}

/// The figures of all KPIs over these records, by id.
pub(crate) fn figures(records: Vec<Told>, window: Window) -> BTreeMap<&'static str, Figure> {
    let held = |told: Told| {
        let id = format!("acme/{}/{}", told.record.kind.name(), told.id).into();
        Held { id, facts: Facts::of("acme", &told.record, at(50)) }
    };
    let table = Table::of(records.into_iter().map(held).collect(), &|name| jiff::tz::TimeZone::get(name).ok());
    let figures = table.figures(KPIS, Query { window, by: None, party: None });
    figures.into_iter().map(|figure| (figure.spec.id, figure)).collect()
}

fn moment(day: f64) -> Reading {
    let millis = at(0).as_millisecond() + (day * DAY as f64) as i64;
    Value::Instant(Instant { at: Timestamp::from_millisecond(millis).unwrap(), offset_secs: None }).into()
}

fn value(kind: Kind, field: Field, text: &str) -> Reading {
    let spec = kind.fields().iter().find(|spec| spec.field == field);
    let spec = spec.unwrap_or_else(|| panic!("{} has no {field}", kind.name()));
    let word = |words: Vec<&'static str>| {
        let word = words.into_iter().find(|word| *word == text);
        Value::Word(word.unwrap_or_else(|| panic!("{field} has no {text}")))
    };
    match spec.value {
        ValueType::Instant => return moment(text.strip_prefix('@').unwrap().parse().unwrap()),
        ValueType::Text | ValueType::Person | ValueType::Reference => Value::Text(text.into()),
        ValueType::Integer => Value::Integer(text.parse().unwrap()),
        ValueType::Decimal => Value::Decimal(Decimal::parse(text).unwrap()),
        ValueType::Flag => Value::Flag(text == "yes"),
        ValueType::Word(_) | ValueType::State => word(kind.words(field)),
        ValueType::Party => Value::Party(Slug::of(text)),
    }
    .into()
}
