//! Which target is for a record.

use crate::desk::{agreement, calendar, incident, linked, record, row, table, target, until};
use counterfoil_assurance::clocks::{Choice, choose};
use counterfoil_model::{Field, Kind, LinkType, Record};

const T0: &str = "2026-11-02T08:00:00Z";

/// The last part of the id of the target that is chosen.
fn chosen(records: Vec<(&str, Record)>) -> String {
    let mut all = vec![("register/records/calendar.c", calendar("24x7", "UTC", ""))];
    all.extend(records);
    let table = table(all);
    let named = |all: Vec<&counterfoil_assurance::estate::Target>| {
        let names: Vec<String> = all.iter().map(|one| one.id.rsplit(['/', '.']).next().unwrap().to_owned()).collect();
        names.join("+")
    };
    let ticket = table.rows().find(|row| row.is_work()).unwrap();
    match choose(ticket, "resolution", &until(&table, "2026-11-30T00:00:00Z")) {
        Choice::Target(target) => named(vec![target]),
        Choice::None => "none".to_owned(),
        Choice::Tie(all) => format!("tie {}", named(all)),
        Choice::Unknown(all) => format!("unknown {}", named(all)),
    }
}

fn wide(further: &[(Field, &str)]) -> Record {
    target("14400", "seconds", further)
}

fn with(mut record: Record, field: Field, text: &str) -> Record {
    let kind = record.kind;
    let value = crate::desk::record(kind, &[(field, text)]);
    record.set(field, value.reading(field).clone());
    record
}

#[test]
fn the_target_that_says_most_is_meant() {
    let base = |ticket: Record| {
        vec![
            ("register/records/agreement.a", agreement("acme", &[])),
            ("register/records/a.all", wide(&[])),
            ("register/records/a.p1", wide(&[(Field::AppliesPriorities, "P1;P2")])),
            (
                "register/records/a.p1net",
                wide(&[(Field::AppliesPriorities, "P1"), (Field::AppliesCategories, "Network; WLAN")]),
            ),
            ("register/records/a.request", wide(&[(Field::AppliesKind, "service_request")])),
            ("acme/incident/1", ticket),
        ]
    };
    assert_eq!(chosen(base(incident(T0, &[]))), "p1");
    assert_eq!(chosen(base(with(incident(T0, &[]), Field::Category, "network"))), "p1net");
    assert_eq!(chosen(base(with(incident(T0, &[]), Field::Priority, "P4"))), "all");
    let mut unread = incident(T0, &[]);
    unread.set(Field::Priority, counterfoil_model::Reading::Unmapped("Hot".into()));
    assert_eq!(chosen(base(unread)), "unknown all+p1", "it may be a P1");
}

#[test]
fn two_that_say_as_much_are_a_tie_and_a_fault_where_they_are_alike() {
    let records = vec![
        ("register/records/agreement.a", agreement("acme", &[])),
        ("register/records/a.one", wide(&[])),
        ("register/records/a.two", wide(&[])),
        ("acme/incident/1", incident(T0, &[])),
    ];
    assert_eq!(chosen(records.clone()), "tie one+two");
    let table = table(records);
    let [fault] = table.estate().faults() else { panic!("one fault: {:?}", table.estate().faults()) };
    assert_eq!(&*fault.record, "register/records/a.two");
    assert_eq!(fault.why, "`register/records/a.one` is about the same records and the same metric");
}

#[test]
fn an_agreement_counts_from_its_first_moment_to_its_last() {
    let records = |further: &[(Field, &str)]| {
        vec![
            ("register/records/agreement.a", agreement("acme", further)),
            ("register/records/a.t", wide(&[])),
            ("acme/incident/1", incident(T0, &[])),
        ]
    };
    let (from, to) = (Field::ValidFrom, Field::ValidTo);
    assert_eq!(chosen(records(&[(from, T0), (to, "2026-11-02T08:00:01Z")])), "t");
    assert_eq!(chosen(records(&[(from, "2026-11-02T08:00:00.001Z")])), "none", "before it");
    assert_eq!(chosen(records(&[(to, T0)])), "none", "until then, exclusively");
    assert_eq!(chosen(records(&[(to, T0), (Field::AutoRenew, "true")])), "t", "it goes on by itself");
    assert_eq!(chosen(records(&[(Field::State, "draft")])), "none");
    assert_eq!(chosen(records(&[(Field::State, "terminated")])), "unknown t", "ended, and nobody says when");
    assert_eq!(
        chosen(records(&[(Field::State, "expired"), (to, "2026-12-01T00:00:00Z")])),
        "t",
        "then it was in force"
    );
}

#[test]
fn the_party_that_a_record_counts_for_goes_before_the_accountable_one() {
    let records = |assignee: &str| {
        vec![
            ("register/records/agreement.a", agreement("acme", &[])),
            ("register/records/agreement.b", agreement("house", &[])),
            ("register/records/a.supplier", wide(&[])),
            ("register/records/b.house", wide(&[(Field::Agreement, "agreement.b")])),
            (
                "desk/incident/1",
                with(with(incident(T0, &[]), Field::AssigneeParty, assignee), Field::OwnerParty, "house"),
            ),
        ]
    };
    assert_eq!(chosen(records("acme")), "supplier");
    assert_eq!(chosen(records("house")), "house");
    assert_eq!(chosen(records("kumo")), "house", "with kumo nothing was agreed on");
}

#[test]
fn a_service_is_one_by_whatever_name_a_source_has_for_it() {
    let service = |title: &str| record(Kind::Service, &[(Field::State, "live"), (Field::Title, title)]);
    let records = |name: &str| {
        vec![
            ("register/records/service.mail", service("E-Mail")),
            ("acme/cmdb_ci_service/0a1b", service("e-mail")),
            ("acme/cmdb_ci_service/0a2c", service("Printing")),
            ("register/records/agreement.a", linked(agreement("acme", &[]), LinkType::Covers, "service.mail")),
            ("register/records/a.mail", wide(&[])),
            ("acme/incident/1", with(incident(T0, &[]), Field::Service, name)),
        ]
    };
    for name in ["0a1b", "E-MAIL", "service.mail"] {
        assert_eq!(chosen(records(name)), "mail", "{name}");
    }
    assert_eq!(chosen(records("0a2c")), "none");
    assert_eq!(chosen(records("a service that nobody described")), "none");
    let mut unsaid = records("0a1b");
    unsaid.last_mut().unwrap().1 = incident(T0, &[]);
    assert_eq!(chosen(unsaid), "unknown mail", "it says no service, and may be about mail");
    let table = table(records("0a1b"));
    let titles = |id| table.estate().covering(row(&table, id)).count();
    assert_eq!((titles("acme/cmdb_ci_service/0a1b"), titles("acme/cmdb_ci_service/0a2c")), (1, 0));
}
