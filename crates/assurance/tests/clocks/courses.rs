//! Clocks over the courses of records, told whole, in part or not at all; and the tool's own clock beside ours.

use crate::desk::{calendar, incident, lived, one, record, row, table, target, until};
use counterfoil_assurance::Table;
use counterfoil_assurance::clocks::{Clocked, clocked};
use counterfoil_clock::{Bearer, Stage, Truth, Verdict};
use counterfoil_model::{Field, Kind, Precision, Record};
use jiff::SignedDuration;

const T0: &str = "2026-11-02T08:00:00Z";

fn resolution(table: &Table) -> Clocked<'_> {
    clocked(row(table, "acme/incident/1"), "resolution", &until(table, "2026-11-30T00:00:00Z"))
}

fn hours(table: &Table) -> (i64, i64) {
    let elapsed = resolution(table).ours.unwrap().elapsed().unwrap();
    (elapsed.lowest.as_hours(), elapsed.highest.as_hours())
}

fn around_the_clock(limit: &str, further: &[(Field, &str)], life: Record) -> Table {
    one(calendar("24x7", "UTC", ""), target(limit, "seconds", further), life)
}

const PAUSED: &[(&str, Field, &str)] = &[
    (T0, Field::State, "new"),
    ("2026-11-02T10:00:00Z", Field::State, "on_hold"),
    ("2026-11-02T10:00:00Z", Field::HoldReason, "awaiting_customer"),
    ("2026-11-02T13:00:00Z", Field::HoldReason, "awaiting_supplier"),
    ("2026-11-02T17:00:00Z", Field::State, "in_progress"),
    ("2026-11-02T18:00:00Z", Field::State, "resolved"),
];

#[test]
fn a_wait_for_the_customer_pauses_and_one_for_a_supplier_does_not() {
    let table = around_the_clock("25200", &[], incident(T0, PAUSED));
    assert_eq!(hours(&table), (7, 7));
    let both = resolution(&table);
    assert_eq!(both.met(), Some(true));
    let ours = both.ours.unwrap();
    assert_eq!(ours.paused(Bearer::Customer).unwrap().exact(), Some(SignedDuration::from_hours(3)));
    assert_eq!(ours.paused(Bearer::Supplier).unwrap().exact(), Some(SignedDuration::ZERO));
    let none = around_the_clock("25200", &[(Field::Pauses, "none")], incident(T0, PAUSED));
    assert_eq!((hours(&none), resolution(&none).met()), ((10, 10), Some(false)));
    let both =
        around_the_clock("25200", &[(Field::Pauses, "awaiting_customer;awaiting_supplier")], incident(T0, PAUSED));
    assert_eq!(hours(&both), (3, 3));
}

#[test]
fn a_reason_that_nobody_understands_may_be_a_pause() {
    let course: Vec<_> =
        PAUSED.iter().map(|step| if step.2 == "awaiting_customer" { (step.0, step.1, "?") } else { *step }).collect();
    let table = around_the_clock("25200", &[], incident(T0, &course));
    assert_eq!(hours(&table), (7, 10));
    assert_eq!(resolution(&table).ours.unwrap().verdict(), Some(Verdict::Unknown));
    let wide = around_the_clock("36000", &[], incident(T0, &course));
    assert_eq!(resolution(&wide).met(), Some(true), "in time whatever it waited for");
}

#[test]
fn a_record_without_a_history_has_bounds() {
    let life = || {
        let mut life = incident(T0, &[]);
        life.set(Field::State, counterfoil_model::Value::Word("closed"));
        life.set(Field::ResolvedAt, crate::desk::moment("2026-11-02T18:00:00Z"));
        life
    };
    let table = around_the_clock("25200", &[], life());
    assert_eq!(hours(&table), (0, 10), "it may have waited for the customer all of the time");
    assert_eq!(resolution(&table).met(), None);
    let strict = around_the_clock("25200", &[(Field::Pauses, "none")], life());
    assert_eq!((hours(&strict), resolution(&strict).met()), ((10, 10), Some(false)));
    let wide = around_the_clock("36000", &[], life());
    assert_eq!(resolution(&wide).met(), Some(true));
}

#[test]
fn a_list_of_changes_says_what_was_before_the_first() {
    // As ServiceNow's audit tells it: the first change is from what it was when it was opened.
    let mut life = incident(T0, PAUSED);
    life.history.remove(0);
    let table = around_the_clock("25200", &[], life);
    assert_eq!(hours(&table), (7, 7));
}

#[test]
fn what_is_seen_between_polls_has_bounds() {
    let life = incident(T0, &[]);
    let course = [
        ("2026-11-02T09:00:00Z", Field::State, "new"),
        ("2026-11-02T12:00:00Z", Field::State, "in_progress"),
        ("2026-11-02T20:00:00Z", Field::State, "resolved"),
    ];
    let table = around_the_clock("25200", &[], lived(life, Precision::Poll, &course));
    assert_eq!(hours(&table), (4, 12), "resolved after noon and not after eight");
}

#[test]
fn a_reopened_record_goes_on_where_it_stopped() {
    let course = [
        (T0, Field::State, "new"),
        ("2026-11-02T10:00:00Z", Field::State, "resolved"),
        ("2026-11-03T10:00:00Z", Field::State, "in_progress"),
        ("2026-11-03T12:00:00Z", Field::State, "resolved"),
    ];
    let table = around_the_clock("14400", &[], incident(T0, &course));
    assert_eq!((hours(&table), resolution(&table).met()), ((4, 4), Some(true)));
}

#[test]
fn what_happened_after_the_question_has_not_happened() {
    let table = around_the_clock("25200", &[], incident(T0, PAUSED));
    let view = until(&table, "2026-11-02T11:00:00Z");
    let both = clocked(row(&table, "acme/incident/1"), "resolution", &view);
    let ours = both.ours.as_ref().unwrap();
    assert_eq!(ours.cycle().unwrap().stage, Stage::Paused);
    assert_eq!((ours.verdict(), both.met()), (Some(Verdict::Running), None));
}

#[test]
fn an_answer_stops_the_clock_of_the_response() {
    let response: &[_] = &[(Field::Metric, "response")];
    let answered = |answer: Option<&str>, state| {
        let course = [(T0, Field::State, "new"), ("2026-11-02T12:00:00Z", Field::State, state)];
        let mut life = incident(T0, &course);
        if let Some(answer) = answer {
            life.set(Field::FirstResponseAt, crate::desk::moment(answer));
        }
        around_the_clock("3600", response, life)
    };
    let met = |table: &Table| {
        let both = clocked(row(table, "acme/incident/1"), "response", &until(table, "2026-11-03T00:00:00Z"));
        both.met()
    };
    assert_eq!(met(&answered(Some("2026-11-02T08:30:00Z"), "in_progress")), Some(true));
    assert_eq!(met(&answered(Some("2026-11-02T11:30:00Z"), "in_progress")), Some(false));
    assert_eq!(met(&answered(None, "resolved")), None, "answered some time before it was done");
    assert_eq!(met(&answered(None, "in_progress")), None, "nobody says whether anybody answered");
}

#[test]
fn the_clock_of_the_tool_stands_beside_ours_and_their_difference_is_a_result() {
    let life = |met: &str, elapsed: &str| {
        let mut life = incident(T0, PAUSED);
        let own = record(Kind::Incident, &[(Field::ResolutionTargetMet, met), (Field::ResolutionElapsed, elapsed)]);
        for field in [Field::ResolutionTargetMet, Field::ResolutionElapsed] {
            life.set(field, own.reading(field).clone());
        }
        life
    };
    let told = |met, elapsed| {
        let table = around_the_clock("25200", &[], life(met, elapsed));
        let both = resolution(&table);
        let difference = both.difference.unwrap();
        (both.native.unwrap().met(), difference.elapsed.unwrap().exact().unwrap().as_secs(), difference.disagrees())
    };
    assert_eq!(told("true", "25200"), (Some(true), 0, Truth::No));
    assert_eq!(told("true", "25452"), (Some(true), 252, Truth::No), "one percent of it, and not more");
    assert_eq!(told("true", "25456"), (Some(true), 256, Truth::Yes));
    assert_eq!(
        told("true", "14400"),
        (Some(true), -10_800, Truth::Yes),
        "a supplier that pauses while it waits for its own"
    );
    assert_eq!(told("false", "25200"), (Some(false), 0, Truth::Yes), "the verdicts differ");
}

#[test]
fn the_record_of_a_clock_counts_more_than_what_its_ticket_says() {
    let clock = |number: &str, target: &str, breached: &str, business: &str| {
        record(
            Kind::SlaClock,
            &[
                (Field::State, "completed"),
                (Field::Record, "1"),
                (Field::Target, target),
                (Field::Metric, "resolution"),
                (Field::CycleNumber, number),
                (Field::StartedAt, T0),
                (Field::Breached, breached),
                (Field::ElapsedBusiness, business),
                (Field::ElapsedCalendar, "36000"),
            ],
        )
    };
    let mut life = incident(T0, PAUSED);
    life.set(Field::ResolutionTargetMet, counterfoil_model::Value::Flag(true));
    let table = table(vec![
        ("acme/calendar/calendar.c", calendar("24x7", "UTC", "")),
        ("acme/contract/agreement.a", crate::desk::agreement("acme", &[])),
        ("acme/contract_sla/t", target("25200", "business_seconds", &[])),
        ("acme/incident/1", life),
        ("acme/task_sla/a", clock("1", "t", "true", "28800")),
        ("acme/task_sla/b", clock("2", "other", "false", "60")),
    ]);
    let both = resolution(&table);
    let native = both.native.unwrap();
    assert_eq!((native.record, native.met(), native.has_ended), (Some("acme/task_sla/a"), Some(false), true));
    assert_eq!(both.difference.unwrap().elapsed.unwrap().exact(), Some(SignedDuration::from_hours(1)));
}
