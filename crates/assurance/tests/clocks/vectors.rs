//! The vectors of iso20000.md 8.2, from the records of registers to the clock.

use crate::desk::{agreement, calendar, incident, linked, one, row, table, target, until};
use counterfoil_assurance::clocks::{clocked, ours};
use counterfoil_clock::cascade::worst_case;
use counterfoil_clock::{Verdict, When};
use counterfoil_model::{Decimal, Field, LinkType};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

const RESOLVED: Field = Field::State;

#[test]
fn one_day_of_a_tool_is_three_business_days_of_eight_hours() {
    let life = incident("2026-11-02T08:00:00Z", &[("2026-11-02T08:00:00Z", Field::State, "new")]);
    let table = one(calendar("mon-fri 08:00-16:00", "UTC", ""), target("86400", "business_seconds", &[]), life);
    let estate = table.estate();
    let clock = estate.targets()[0].clock.as_ref().unwrap();
    assert_eq!(clock.target.limit, Duration::from_secs(86_400));
    assert_eq!(clock.target.calendar.business_days(clock.target.limit), Some((3, Duration::ZERO)));
    let view = until(&table, "2026-11-02T09:00:00Z");
    let both = clocked(row(&table, "acme/incident/1"), "resolution", &view);
    let due: Timestamp = "2026-11-04T16:00:00Z".parse().unwrap();
    assert_eq!(both.ours.unwrap().cycle().unwrap().due, Some(When::At(due)), "the end of the third day");
}

#[test]
fn friday_four_to_monday_four_is_eight_hours() {
    let course = [("2026-11-20T16:00:00Z", Field::State, "new"), ("2026-11-23T16:00:00Z", RESOLVED, "resolved")];
    let life = || incident("2026-11-20T16:00:00Z", &course);
    let office = || calendar("mon-fri 08:00-16:00", "UTC", "");
    for (limit, verdict) in [("28800", Verdict::Met), ("28799", Verdict::Breached)] {
        let table = one(office(), target(limit, "business_seconds", &[]), life());
        let view = until(&table, "2026-12-01T00:00:00Z");
        let ours = clocked(row(&table, "acme/incident/1"), "resolution", &view).ours.unwrap();
        assert_eq!(ours.elapsed().unwrap().exact(), Some(SignedDuration::from_hours(8)));
        assert_eq!(ours.verdict(), Some(verdict), "{limit}");
    }
    let table = one(office(), target("28800", "seconds", &[]), life());
    let view = until(&table, "2026-12-01T00:00:00Z");
    let ours = clocked(row(&table, "acme/incident/1"), "resolution", &view).ours.unwrap();
    assert_eq!(ours.elapsed().unwrap().exact(), Some(SignedDuration::from_hours(72)), "by the clock");
}

#[test]
fn less_than_a_time_is_less_than_that_time() {
    let course = [("2026-11-20T08:00:00Z", Field::State, "new"), ("2026-11-20T12:00:00Z", RESOLVED, "resolved")];
    let promise = target("14400", "seconds", &[(Field::Comparator, "less_than")]);
    let table = one(calendar("24x7", "UTC", ""), promise, incident("2026-11-20T08:00:00Z", &course));
    let view = until(&table, "2026-12-01T00:00:00Z");
    assert_eq!(clocked(row(&table, "acme/incident/1"), "resolution", &view).met(), Some(false));
}

#[test]
fn a_percentage_is_never_rounded_into_a_breach_or_out_of_one() {
    let uptime = |value: &str| {
        let further = [(Field::Metric, "availability"), (Field::Comparator, "at_least")];
        let table =
            one(calendar("24x7", "UTC", ""), target(value, "percent", &further), incident("2026-11-20T08:00:00Z", &[]));
        assert!(table.estate().targets()[0].clock.is_none(), "a share of time is no clock");
        table
    };
    let kept = |table: &counterfoil_assurance::Table, figure: &str| {
        table.estate().targets()[0].is_kept_by(Decimal::parse(figure).unwrap())
    };
    let table = uptime("99.95");
    assert!(kept(&table, "99.951") && kept(&table, "99.95") && !kept(&table, "99.949999"));
    assert!(!kept(&uptime("99.955"), "99.951"), "which rounds to the same two decimals");
    // A clock that has used up 99.951 % of its limit has kept it.
    let course = [("2026-11-20T08:00:00Z", Field::State, "new"), ("2026-11-20T10:46:35.1Z", RESOLVED, "resolved")];
    let table =
        one(calendar("24x7", "UTC", ""), target("10000", "seconds", &[]), incident("2026-11-20T08:00:00Z", &course));
    let view = until(&table, "2026-12-01T00:00:00Z");
    let both = clocked(row(&table, "acme/incident/1"), "resolution", &view);
    assert_eq!(both.ours.as_ref().unwrap().elapsed().unwrap().exact(), Some(SignedDuration::from_millis(9_995_100)));
    assert_eq!(both.met(), Some(true));
}

#[test]
fn four_hours_of_a_supplier_are_sixty_seven_for_the_customer() {
    let around = |from: &str, until: &str, holidays: &str| {
        let house = [(Field::AgreementKind, "service_level_agreement")];
        let promise = |agreement: &'static str, calendar: &'static str, value: &'static str| {
            target(value, "business_seconds", &[(Field::Agreement, agreement), (Field::Calendar, calendar)])
        };
        let table = table(vec![
            ("register/records/calendar.office", calendar("mon-fri 08:00-17:00", "UTC", holidays)),
            ("register/records/calendar.always", calendar("24x7", "UTC", "")),
            ("register/records/agreement.sla", agreement("house", &house)),
            ("register/records/agreement.uc", linked(agreement("acme", &[]), LinkType::Supports, "agreement.sla")),
            ("register/records/agreement.sla.target.p1", promise("agreement.sla", "calendar.always", "28800")),
            ("register/records/agreement.uc.target.p1", promise("agreement.uc", "calendar.office", "14400")),
        ]);
        let estate = table.estate();
        assert_eq!(estate.faults(), []);
        let sla = estate.agreements().iter().position(|one| &*one.id == "register/records/agreement.sla").unwrap();
        let [below] = estate.agreements()[sla].supported_by[..] else { panic!("one agreement supports it") };
        assert_eq!(estate.agreements()[below].supports, [sla]);
        let of = |agreement| estate.targets_of(agreement).next().unwrap().clock.as_ref().unwrap().target.clone();
        let (customer, supplier) = (of(sla), of(below));
        let case = worst_case(
            supplier.limit,
            &supplier.calendar,
            &customer.calendar,
            from.parse().unwrap(),
            until.parse().unwrap(),
        );
        case.unwrap().time
    };
    assert_eq!(around("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", ""), SignedDuration::from_hours(67));
    let with_holiday = around("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "2026-11-23");
    assert_eq!(with_holiday, SignedDuration::from_hours(91), "with a holiday on Monday");
}

#[test]
fn a_night_that_is_an_hour_longer_has_an_hour_more() {
    // Lisbon goes from UTC+1 to UTC on 25 October 2026, at 02:00 on the wall.
    for (hours, expected) in [("daily 00:00-06:00", 7), ("daily 08:00-16:00", 0)] {
        let course = [("2026-10-24T23:00:00Z", Field::State, "new"), ("2026-10-25T06:00:00Z", RESOLVED, "resolved")];
        let life = incident("2026-10-24T23:00:00Z", &course);
        let table = one(calendar(hours, "Europe/Lisbon", ""), target("86400", "business_seconds", &[]), life);
        let view = until(&table, "2026-12-01T00:00:00Z");
        let ours = clocked(row(&table, "acme/incident/1"), "resolution", &view).ours.unwrap();
        assert_eq!(ours.elapsed().unwrap().exact(), Some(SignedDuration::from_hours(expected)), "{hours}");
    }
}

#[test]
fn behind_the_end_of_a_calendar_nothing_is_known() {
    let mut hours = calendar("mon-fri 08:00-16:00", "UTC", "2026-11-20");
    hours.set(Field::ValidTo, crate::desk::moment("2026-11-24T00:00:00Z"));
    let course = [("2026-11-20T08:00:00Z", Field::State, "new"), ("2026-11-25T09:00:00Z", RESOLVED, "resolved")];
    let table = one(hours, target("28800", "business_seconds", &[]), incident("2026-11-20T08:00:00Z", &course));
    let target = &table.estate().targets()[0];
    let ours = ours(row(&table, "acme/incident/1"), target, "2026-12-01T00:00:00Z".parse().unwrap()).unwrap();
    let elapsed = ours.elapsed().unwrap();
    // The holiday and the weekend are closed, Monday is open, and of a day and nine hours nobody knows.
    assert_eq!((elapsed.lowest, elapsed.highest), (SignedDuration::from_hours(8), SignedDuration::from_hours(41)));
    assert_eq!(ours.verdict(), Some(Verdict::Unknown));
}
