//! What of a register cannot be used is told, with a remedy.

use crate::desk::{agreement, calendar, incident, linked, record, table, target};
use counterfoil_model::{Field, Kind, LinkType, Reading, Record};

fn faults(records: Vec<(&str, Record)>) -> Vec<String> {
    let table = table(records);
    let told = |fault: &counterfoil_assurance::EstateFault| {
        assert!(!fault.remedy.is_empty());
        let field = fault.field.map_or("-", |field| field.name());
        format!("{} {field}: {}", fault.record.rsplit('/').next().unwrap(), fault.why)
    };
    table.estate().faults().iter().map(told).collect()
}

fn of_target(value: &str, unit: &str, further: &[(Field, &str)]) -> Vec<String> {
    faults(vec![
        ("r/s/calendar.c", calendar("24x7", "UTC", "")),
        ("r/s/agreement.a", agreement("acme", &[])),
        ("r/s/t", target(value, unit, further)),
        ("acme/incident/1", incident("2026-11-02T08:00:00Z", &[])),
    ])
}

#[test]
fn targets_that_are_none() {
    assert_eq!(of_target("14400", "business_seconds", &[]), [""; 0]);
    for (value, unit, further, told) in [
        ("99", "percent", &[][..], "t target_unit: `resolution` is a time, and its value is percent"),
        (
            "4",
            "seconds",
            &[(Field::Agreement, "agreement.b")],
            "t agreement: `agreement.b` is no agreement that is known, or more than one",
        ),
        (
            "4",
            "business_seconds",
            &[(Field::Calendar, "night")],
            "t calendar: `night` is no calendar that can be used, or more than one",
        ),
        (
            "4",
            "seconds",
            &[(Field::Comparator, "at_least")],
            "t comparator: a time is promised to be at most something, and this is `at_least`",
        ),
        ("-4", "seconds", &[], "t target_value: -4 seconds are no time that can be kept"),
        ("4", "seconds", &[(Field::Pauses, "lunch")], "t pauses: `lunch` is no reason of waiting"),
        ("4", "seconds", &[(Field::AppliesPriorities, "P1;urgent")], "t applies_priorities: `urgent` is no priority"),
        ("4", "seconds", &[(Field::StartEvent, "closed")], "t start_event: a clock cannot start by `closed`"),
        ("4", "seconds", &[(Field::StartEvent, "resolved")], "t start_event: whenever its clock starts, it has ended"),
    ] {
        assert_eq!(of_target(value, unit, further), [told]);
    }
    let mut without = target("4", "seconds", &[]);
    without.set(Field::TargetUnit, Reading::Unmapped("fortnights".into()));
    without.set(Field::Metric, Reading::Missing);
    let told = faults(vec![("r/s/agreement.a", agreement("acme", &[])), ("r/s/t", without)]);
    assert_eq!(
        told,
        ["t metric: `metric` is missing", "t target_unit: `target_unit` is unmapped"],
        "all of them at once"
    );
}

#[test]
fn calendars_that_are_none() {
    for (hours, zone, holidays, told) in [
        ("mon-fri 8-17", "UTC", "", "c weekly_hours: `8` is no time of a day: write HH:MM, from 00:00 to 24:00"),
        ("24x7", "Europe/Lisbom", "", "c zone: there is no time zone `Europe/Lisbom`"),
        ("24x7", "UTC", "2026-12-25; Christmas", "c holidays: the holiday `Christmas` is no date"),
    ] {
        assert_eq!(faults(vec![("r/s/c", calendar(hours, zone, holidays))]), [told]);
    }
    let many: Vec<String> = (0..400).map(|at| format!("2{:03}-12-25", at)).collect();
    let told = faults(vec![("r/s/c", calendar("24x7", "UTC", &many.join("; ")))]);
    assert_eq!(told, ["c holidays: the list of holidays is too long to be kept whole"]);
}

#[test]
fn agreements_that_contradict_themselves() {
    let party =
        |slug: &str| record(Kind::Party, &[(Field::State, "active"), (Field::Title, slug), (Field::Party, slug)]);
    assert_eq!(
        faults(vec![("r/s/p", party("acme")), ("r/s/a", agreement("acme", &[]))]),
        ["a consumer_party: nobody says who the party `house` is"]
    );
    assert_eq!(
        faults(vec![("r/s/a", agreement("acme", &[(Field::ValidTo, "2025-01-01T00:00:00Z")]))]),
        ["a valid_to: it ends before it begins"]
    );
    assert_eq!(
        faults(vec![("r/s/a", linked(agreement("acme", &[]), LinkType::Supports, "b"))]),
        ["a -: `b`, which it rests on or supports, is no agreement that is known"]
    );
    let circle = faults(vec![
        ("r/s/a", linked(agreement("acme", &[]), LinkType::Supports, "b")),
        ("r/s/b", linked(agreement("kumo", &[]), LinkType::Supports, "a")),
    ]);
    assert_eq!(circle, ["b -: it supports `r/s/a`, which in turn it rests on"]);
    let tier = record(Kind::SupplyTier, &[(Field::State, "active"), (Field::Agreement, "a"), (Field::Party, "kumo")]);
    assert_eq!(faults(vec![("r/s/a", agreement("acme", &[])), ("r/s/t", tier)]), ["t rank: `rank` is missing"]);
}

#[test]
fn names_that_two_services_of_one_source_have_mean_neither() {
    let service = |title: &str| record(Kind::Service, &[(Field::State, "live"), (Field::Title, title)]);
    let told = faults(vec![("r/s/1", service("Mail")), ("r/s/2", service("mail")), ("q/s/3", service("Mail"))]);
    assert_eq!(
        told,
        [
            "1 title: another service of `r` is called `mail` as well",
            "2 title: another service of `r` is called `mail` as well"
        ]
    );
}
