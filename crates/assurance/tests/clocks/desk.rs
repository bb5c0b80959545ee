//! Records as sources would tell them, and tables of them.

use counterfoil_assurance::{Facts, Held, Row, Table, View, Window};
use counterfoil_model::{
    ActorKind, Decimal, Field, Instant, Kind, Link, LinkTarget, LinkType, Precision, Reading, Record, Slug, Transition,
    Value,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

pub(crate) fn moment(text: &str) -> Value {
    Value::Instant(Instant { at: at(text), offset_secs: None })
}

fn value(kind: Kind, field: Field, text: &str) -> Value {
    use counterfoil_model::ValueType as Type;
    let spec = kind.fields().iter().find(|spec| spec.field == field).expect("a field of the kind");
    match spec.value {
        Type::Text | Type::Reference | Type::Person => Value::Text(text.into()),
        Type::Integer => Value::Integer(text.parse().expect("a number")),
        Type::Decimal => Value::Decimal(Decimal::parse(text).expect("a decimal")),
        Type::Flag => Value::Flag(text == "true"),
        Type::Instant => moment(text),
        Type::Word(_) | Type::State => Value::Word(word(kind, field, text)),
        Type::Party => Value::Party(Slug::of(text)),
    }
}

fn word(kind: Kind, field: Field, text: &str) -> &'static str {
    kind.words(field).into_iter().find(|word| *word == text).unwrap_or_else(|| panic!("`{text}` is no {field}"))
}

/// A record of these fields, each with its value as text.
pub(crate) fn record(kind: Kind, fields: &[(Field, &str)]) -> Record {
    let mut record = Record::new(kind);
    for (field, text) in fields {
        record.set(*field, value(kind, *field, text));
    }
    record
}

pub(crate) fn linked(mut record: Record, link: LinkType, to: &str) -> Record {
    let target = LinkTarget::Inside { native_id: to.into(), key: None };
    let link_type = Value::Word(link.name()).into();
    record.links.push(Link { link_type, native_type: None, native_words: None, target });
    record
}

/// A record with its course: when, which field, to what; `?` is a word that nobody mapped, `-` nothing.
pub(crate) fn lived(mut record: Record, precision: Precision, course: &[(&str, Field, &str)]) -> Record {
    let mut before: Vec<(Field, Reading)> = Vec::new();
    for (when, field, to) in course {
        let to: Reading = match *to {
            "?" => Reading::Unmapped("?".into()),
            "-" => Reading::Missing,
            to => value(record.kind, *field, to).into(),
        };
        let from =
            before.iter().rev().find(|(known, _)| known == field).map_or(Reading::Missing, |(_, from)| from.clone());
        before.push((*field, to.clone()));
        record.set(*field, to.clone());
        record.history.push(Transition {
            field: *field,
            from,
            to,
            from_native: None,
            to_native: None,
            occurred_at: moment(when).into(),
            recorded_at: Reading::Missing,
            actor_kind: ActorKind::Unknown,
            actor: None,
            precision,
            row: None,
            confidence: None,
            proof: None,
        });
    }
    record
}

/// A table of records by their ids, with the zones of the database that is built in.
pub(crate) fn table(records: Vec<(&str, Record)>) -> Table {
    let seen = at("2026-12-31T00:00:00Z");
    let held = |(id, record): (&str, Record)| Held {
        id: id.into(),
        facts: Facts::of(id.split('/').next().expect("an instance"), &record, seen),
    };
    Table::of(records.into_iter().map(held).collect(), &|name| TimeZone::get(name).ok())
}

pub(crate) fn until<'t>(table: &'t Table, to: &str) -> View<'t> {
    table.view(Window { from: None, to: at(to) })
}

pub(crate) fn row<'t>(table: &'t Table, id: &str) -> Row<'t> {
    table.rows().find(|row| row.id == id).unwrap_or_else(|| panic!("no record `{id}`"))
}

pub(crate) fn calendar(hours: &str, zone: &str, holidays: &str) -> Record {
    let mut fields =
        vec![(Field::State, "active"), (Field::Title, "Office"), (Field::WeeklyHours, hours), (Field::Zone, zone)];
    if !holidays.is_empty() {
        fields.push((Field::Holidays, holidays));
    }
    record(Kind::Calendar, &fields)
}

pub(crate) fn agreement(provider: &str, further: &[(Field, &str)]) -> Record {
    let fields = [
        (Field::State, "active"),
        (Field::Title, "An agreement"),
        (Field::AgreementKind, "external_supplier_contract"),
        (Field::ProviderParty, provider),
        (Field::ConsumerParty, "house"),
        (Field::ValidFrom, "2026-01-01T00:00:00Z"),
    ];
    record(Kind::Agreement, &[&fields, further].concat())
}

/// A target of `agreement.a` in the calendar `calendar.c`, but for what is said otherwise.
pub(crate) fn target(value: &str, unit: &str, further: &[(Field, &str)]) -> Record {
    let mut fields = vec![
        (Field::State, "active"),
        (Field::Agreement, "agreement.a"),
        (Field::Metric, "resolution"),
        (Field::Comparator, "at_most"),
        (Field::TargetValue, value),
        (Field::TargetUnit, unit),
    ];
    if unit == "business_seconds" {
        fields.push((Field::Calendar, "calendar.c"));
    }
    record(Kind::ServiceLevelTarget, &[&fields, further].concat())
}

/// An incident of `acme`, priority P1, opened at a moment, with its course as a log tells it.
pub(crate) fn incident(opened: &str, course: &[(&str, Field, &str)]) -> Record {
    let fields = [
        (Field::State, "new"),
        (Field::OwnerParty, "acme"),
        (Field::AssigneeParty, "acme"),
        (Field::Priority, "P1"),
        (Field::OpenedAt, opened),
    ];
    lived(record(Kind::Incident, &fields), Precision::Exact, course)
}

/// One agreement with one target, and an incident beside it.
pub(crate) fn one(calendar: Record, target: Record, incident: Record) -> Table {
    table(vec![
        ("register/records/calendar.c", calendar),
        ("register/records/agreement.a", agreement("acme", &[])),
        ("register/records/agreement.a.target.t", target),
        ("acme/incident/1", incident),
    ])
}
