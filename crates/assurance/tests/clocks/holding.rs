//! Who held a record for how long.

use crate::desk::{incident, lived, record, row, table, until};
use counterfoil_assurance::clocks::{held_by, holdings};
use counterfoil_clock::Calendar;
use counterfoil_model::{Field, Kind, Precision, Record};

const T0: &str = "2026-11-02T08:00:00Z";

fn hours(life: Record, party: &str) -> (i64, i64) {
    let group = record(Kind::Group, &[(Field::State, "active"), (Field::Title, "NOC"), (Field::Party, "kumo")]);
    let table = table(vec![("acme/incident/1", life), ("register/records/group.noc", group)]);
    let view = until(&table, "2026-11-03T08:00:00Z");
    let held = held_by(&holdings(row(&table, "acme/incident/1"), &view), party, &Calendar::always());
    (held.lowest.as_hours(), held.highest.as_hours())
}

const COURSE: &[(&str, Field, &str)] = &[
    (T0, Field::State, "new"),
    (T0, Field::AssigneeParty, "acme"),
    ("2026-11-02T10:00:00Z", Field::State, "on_hold"),
    ("2026-11-02T10:00:00Z", Field::HoldReason, "awaiting_customer"),
    ("2026-11-02T13:00:00Z", Field::State, "in_progress"),
    ("2026-11-02T13:00:00Z", Field::HoldReason, "-"),
    ("2026-11-02T14:00:00Z", Field::AssigneeParty, "-"),
    ("2026-11-02T14:00:00Z", Field::AssigneeGroup, "NOC"),
    ("2026-11-02T20:00:00Z", Field::State, "resolved"),
    ("2026-11-03T06:00:00Z", Field::State, "in_progress"),
];

#[test]
fn each_party_has_its_time_without_what_waited_for_the_customer() {
    let life = || incident(T0, COURSE);
    assert_eq!(hours(life(), "acme"), (3, 3), "two hours, and one after the customer's three");
    assert_eq!(hours(life(), "kumo"), (8, 8), "by its group: six, and two since it was reopened");
    assert_eq!(hours(life(), "house"), (0, 0));
}

#[test]
fn a_wait_for_a_reason_that_nobody_understands_may_be_the_customers() {
    let course: Vec<_> =
        COURSE.iter().map(|step| if step.2 == "awaiting_customer" { (step.0, step.1, "?") } else { *step }).collect();
    assert_eq!(hours(incident(T0, &course), "acme"), (3, 6));
}

#[test]
fn a_change_between_polls_may_have_been_at_any_time_between_them() {
    let course = [
        (T0, Field::State, "new"),
        ("2026-11-02T12:00:00Z", Field::AssigneeParty, "acme"),
        ("2026-11-02T18:00:00Z", Field::AssigneeParty, "kumo"),
        ("2026-11-03T00:00:00Z", Field::State, "resolved"),
    ];
    let life = lived(incident(T0, &[]), Precision::Poll, &course);
    assert_eq!(hours(life.clone(), "acme"), (0, 10));
    assert_eq!(hours(life, "kumo"), (0, 12));
}

#[test]
fn without_a_change_of_party_the_one_of_today_is_supposed() {
    let course = [(T0, Field::State, "new"), ("2026-11-02T12:00:00Z", Field::State, "resolved")];
    let life = incident(T0, &course);
    assert_eq!(hours(life.clone(), "acme"), (4, 4));
    let table = table(vec![("acme/incident/1", life)]);
    let view = until(&table, "2026-11-03T08:00:00Z");
    assert!(holdings(row(&table, "acme/incident/1"), &view).iter().all(|holding| holding.is_supposed));
}
