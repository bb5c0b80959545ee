//! Figures of problems, changes, releases, items, services, relationship and suppliers, each computed by hand.

use crate::estate::{Told, figures, told};
use crate::incidents::window;
use counterfoil_assurance::{Figure, Reason, Status};
use std::collections::BTreeMap;

fn value(figures: &BTreeMap<&str, Figure>, id: &str) -> (Option<f64>, u64) {
    let figure = &figures[id];
    (figure.value.map(|value| (value * 1e6).round() / 1e6), figure.n)
}

fn excluded(figures: &BTreeMap<&str, Figure>, id: &str) -> Vec<(Reason, u64)> {
    figures[id].excluded.clone()
}

const DAY: f64 = 86_400.0;

fn change(id: &str, sort: &str, outcome: &str, more: &[(&str, &str)]) -> Told {
    let mut fields = vec![
        ("state", "closed"),
        ("created_at", "@1"),
        ("opened_at", "@1"),
        ("planned_start", "@3"),
        ("planned_end", "@4"),
        ("actual_start", "@3.25"),
        ("actual_end", "@3.75"),
        ("closed_at", "@6"),
        ("change_type", sort),
        ("outcome", outcome),
    ];
    fields.extend_from_slice(more);
    told("change", id, &fields)
}

#[test]
fn changes() {
    let approved = [("approval_state", "approved"), ("approval_decided_at", "@2")];
    let on = |item: &'static str| [approved[0], approved[1], ("configuration_item", item)];
    let all = vec![
        change("c1", "normal", "successful", &on("ci1")),
        // On the same item at the same time, and too late for its window.
        change("c2", "normal", "failed", &[&on("ci1")[..], &[("actual_end", "@4.5"), ("reviewed_at", "@10")]].concat()),
        // Approved a day and a half after its end.
        change(
            "c3",
            "emergency",
            "successful_with_issues",
            &[("approval_state", "approved"), ("approval_decided_at", "@5.25"), ("configuration_item", "ci2")],
        ),
        // On an item that ci1 depends on.
        change("c4", "standard", "successful", &[("change_model", "m1"), ("configuration_item", "ci3")]),
        // Nothing is known of its outcome and its approval; an approval record says it was rejected.
        told(
            "change",
            "c5",
            &[
                ("state", "closed"),
                ("opened_at", "@1"),
                ("closed_at", "@6"),
                ("actual_end", "@3.5"),
                ("change_type", "normal"),
            ],
        ),
        told("approval", "a5", &[("record", "c5"), ("decision", "rejected"), ("state", "rejected")]),
        told("change", "c6", &[("state", "cancelled"), ("opened_at", "@1"), ("closed_at", "@6")]),
        told("configuration_item", "ci1", &[("title", "db1")]).link("depends_on", "ci3"),
        told("configuration_item", "ci3", &[("title", "san1")]),
        told(
            "incident",
            "i1",
            &[("state", "new"), ("opened_at", "@5"), ("priority", "P1"), ("caused_by_change", "c2")],
        ),
        told(
            "incident",
            "i2",
            &[("state", "new"), ("opened_at", "@12"), ("priority", "P3"), ("caused_by_change", "c4")],
        ),
    ];
    let figures = figures(all, window(0, 20));
    assert_eq!(value(&figures, "CHG-01"), (Some(25.0), 4));
    assert_eq!(figures["CHG-01"].status, Status::Degraded, "of one in five the outcome is not known");
    assert_eq!(excluded(&figures, "CHG-01"), [(Reason::Cancelled, 1), (Reason::InputUnknown, 1)]);
    assert_eq!(value(&figures, "CHG-02"), (Some(20.0), 5));
    assert_eq!(value(&figures, "CHG-03"), (Some(5.0 * DAY), 5));
    assert_eq!(value(&figures, "CHG-04"), (Some(40.0), 5), "c3 too late, c5 rejected");
    assert_eq!(value(&figures, "CHG-05"), (Some(20.0), 5), "i2 came more than a week later");
    assert_eq!(value(&figures, "CHG-06"), (Some(75.0), 4));
    assert_eq!(excluded(&figures, "CHG-06"), [(Reason::InputUnknown, 1)]);
    assert_eq!(value(&figures, "CHG-07"), (Some(50.0), 2));
    assert_eq!(value(&figures, "CHG-08"), (Some(-3.25), 4));
    assert_eq!(figures["CHG-08"].detail("total"), Some(-13.0));
    assert_eq!(value(&figures, "CHG-09"), (Some(75.0), 4), "c1 and c2 on one item, c4 on what it depends on");
}

fn problem(id: &str, state: &str, more: &[(&str, &str)]) -> Told {
    let fields =
        [&[("state", state), ("created_at", "@1"), ("opened_at", "@1"), ("category", "network")][..], more].concat();
    told("problem", id, &fields)
}

#[test]
fn problems() {
    let closed = |at: &'static str| [("closed_at", at), ("close_reason", "fix_applied")];
    let incident = |id: &str, day: &'static str, more: &[(&str, &str)]| {
        told(
            "incident",
            id,
            &[&[("state", "closed"), ("opened_at", day), ("resolved_at", "@99"), ("closed_at", "@99")][..], more]
                .concat(),
        )
    };
    let all = vec![
        problem(
            "p1",
            "closed",
            &[&closed("@4")[..], &[("rca_completed_at", "@3"), ("configuration_item", "ci1")]].concat(),
        ),
        problem("p2", "closed", &[&closed("@6")[..], &[("rca_completed_at", "@2")]].concat()),
        problem("p3", "closed", &[("closed_at", "@9"), ("close_reason", "risk_accepted"), ("rca_completed_at", "@9")]),
        problem("p4", "known_error", &[("workaround", "restart it")]),
        problem("p5", "known_error", &[]),
        // The same item and category, 80 days after p1 was closed; p2 is named by an incident 91 days after it was.
        incident("i1", "@84", &[("configuration_item", "ci1"), ("category", "network")]),
        incident("i2", "@97", &[("problem", "p2"), ("category", "network"), ("is_major", "yes")]),
        incident("i3", "@92", &[("problem", "p1"), ("is_major", "yes")]),
    ];
    let early = figures(all, window(0, 10));
    assert_eq!(value(&early, "PRB-01"), (Some(4.0 * DAY), 2));
    assert_eq!(early["PRB-01"].detail("risk_accepted_mean"), Some(8.0 * DAY));
    assert_eq!(excluded(&early, "PRB-01"), [(Reason::RiskAccepted, 1)]);
    assert_eq!(value(&early, "PRB-03"), (Some(0.6), 5));
    assert_eq!(value(&early, "PRB-04"), (Some(2.0 * DAY), 3));
    assert_eq!(value(&early, "PRB-06"), (Some(50.0), 2));
    let all = vec![
        problem("p1", "closed", &[&closed("@4")[..], &[("configuration_item", "ci1")]].concat()),
        problem("p2", "closed", &closed("@6")),
        problem("p3", "new", &[("created_at", "@93"), ("opened_at", "@93")]),
        incident("i1", "@84", &[("configuration_item", "ci1"), ("category", "network")]),
        incident("i2", "@97", &[("problem", "p2"), ("is_major", "yes")]),
        incident("i3", "@92", &[("problem", "p3"), ("is_major", "yes")]),
        incident("i4", "@92", &[("is_major", "yes")]),
    ];
    let late = figures(all, window(90, 100));
    assert_eq!(value(&late, "PRB-05"), (Some(50.0), 2), "91 days later is too late to be the same");
    assert_eq!(value(&late, "PRB-02"), (Some(50.0), 4));
    // i2 names a problem that is older than itself, i3 one of the day after; i4 names none, and its five days are over.
    assert_eq!(value(&late, "PRB-07"), (Some(66.666_667), 3));
}

#[test]
fn releases_and_items() {
    let all = vec![
        told("release", "r1", &[("state", "deployed"), ("deployed_at", "@2")]),
        told("release", "r2", &[("state", "rolled_back"), ("deployed_at", "@3"), ("rolled_back_at", "@4")]),
        told("release", "r3", &[("state", "deployed"), ("deployed_at", "@30")]),
        told("change", "c1", &[("state", "closed")]).link("implements", "r1"),
        told("incident", "i1", &[("state", "new"), ("opened_at", "@5"), ("caused_by_change", "c1")]),
        told("incident", "i2", &[("state", "new"), ("opened_at", "@1"), ("caused_by_change", "c1")]),
        told(
            "configuration_item",
            "k1",
            &[
                ("state", "live"),
                ("owner_party", "acme"),
                ("title", "a"),
                ("item_type", "server"),
                ("support_agreement", "g1"),
                ("last_verified_at", "@-400"),
            ],
        ),
        told(
            "configuration_item",
            "k2",
            &[("state", "live"), ("owner_party", "acme"), ("title", "b"), ("item_type", "server")],
        ),
        told(
            "configuration_item",
            "k3",
            &[("state", "in_test"), ("title", "b"), ("duplicate_of", "k2"), ("last_verified_at", "@-10")],
        ),
        told(
            "configuration_item",
            "k4",
            &[("state", "retired"), ("owner_party", "acme"), ("title", "c"), ("item_type", "server")],
        ),
        told("ci_verification", "v1", &[("configuration_item", "k2"), ("verified_at", "@3"), ("compliant", "no")]),
        told("ci_verification", "v2", &[("configuration_item", "k1"), ("verified_at", "@-400"), ("compliant", "yes")]),
    ];
    let figures = figures(all, window(0, 10));
    assert_eq!(value(&figures, "REL-01"), (Some(50.0), 2));
    assert_eq!(value(&figures, "REL-02"), (Some(1.0), 2), "i2 was there before the release");
    assert_eq!(value(&figures, "CFG-01"), (Some(33.333_333), 3));
    assert_eq!(value(&figures, "CFG-02"), (Some(33.333_333), 3));
    assert_eq!(value(&figures, "CFG-03"), (Some(100.0), 1));
    // Title, state, owner and type of four items; the state is no mandatory one of k3, but its owner and type are.
    assert_eq!(figures["CFG-04"].detail("cells").unwrap() - figures["CFG-04"].detail("hits").unwrap(), 2.0);
    assert_eq!(value(&figures, "CFG-05"), (Some(50.0), 2));
}

#[test]
fn availability() {
    let outage = |id: &str, sort: &str, from: &'static str, to: &'static str, more: &[(&str, &str)]| {
        told("outage", id, &[&[("outage_type", sort), ("began_at", from), ("ended_at", to)][..], more].concat())
    };
    let all = vec![
        told("service", "s1", &[("state", "live"), ("title", "mail"), ("owner_party", "acme")]),
        told("service", "s2", &[("state", "live"), ("title", "web"), ("owner_party", "acme")]),
        told("service", "s3", &[("state", "retired"), ("title", "fax"), ("owner_party", "acme")]),
        told("configuration_item", "k1", &[("state", "live"), ("service", "s1"), ("supplier_party", "umbra")]),
        told("configuration_item", "k2", &[("state", "live"), ("service", "s1")]),
        // One of the service and one of its item overlap: a day and a half in all.
        outage("o1", "unplanned", "@2", "@3", &[("service", "s1")]),
        outage("o2", "unplanned", "@2.5", "@3.5", &[("configuration_item", "k1"), ("change", "c1")]),
        // From before the window: half a day of it, and no failure in it.
        outage("o3", "unplanned", "@-1", "@0.5", &[("service", "s1")]),
        outage("o4", "planned", "@5", "@6", &[("service", "s1"), ("change", "c1")]),
        outage("o5", "degradation", "@6", "@7", &[("service", "s2")]),
    ];
    let figures = figures(all, window(0, 10));
    assert_eq!(value(&figures, "AVL-01"), (Some(90.0), 2), "two days of twenty");
    assert_eq!(value(&figures, "AVL-02"), (Some(90.0), 1), "k1 at 0.9, k2 at 1");
    assert_eq!(value(&figures, "AVL-03"), (Some(2.0 * DAY), 2));
    assert_eq!(value(&figures, "AVL-04"), (Some(18.0 * DAY), 2));
    assert_eq!(value(&figures, "AVL-05"), (Some(20.0 * DAY), 2));
    assert_eq!(value(&figures, "AVL-06"), (Some(2.0), 2));
    assert_eq!(figures["AVL-06"].detail("longer"), Some(2.0));
    assert_eq!(value(&figures, "CHG-10"), (Some(5.0), 2));
    assert_eq!(figures["CHG-10"].detail("planned_secs"), Some(DAY));
    assert_eq!(value(&figures, "SUP-09"), (Some(90.0), 1));
}

#[test]
fn without_a_beginning_there_is_no_agreed_service_time() {
    let all = vec![told("service", "s1", &[("state", "live"), ("title", "mail"), ("owner_party", "acme")])];
    let ever = counterfoil_assurance::Window { from: None, to: window(0, 10).to };
    let figures = figures(all, ever);
    assert_eq!((figures["AVL-01"].value, figures["AVL-01"].status), (None, Status::InsufficientData));
}

#[test]
fn relationship_continuity_and_cost() {
    let survey = |id: &str, score: Option<&'static str>| {
        let mut fields = vec![("sent_at", "@1"), ("owner_party", "acme"), ("scale_min", "1"), ("scale_max", "5")];
        if let Some(score) = score {
            fields.extend([("responded_at", "@2"), ("score", score)]);
        }
        told("satisfaction_measurement", id, &fields)
    };
    let review = |id: &str, sort: &'static str, planned: &'static str, held: Option<&'static str>| {
        let mut fields = vec![("review_type", sort), ("planned_at", planned), ("state", "planned"), ("party", "acme")];
        fields.extend(held.map(|at| ("held_at", at)));
        told("review", id, &fields)
    };
    let measured = |id: &str, what: &'static str, amount: &'static str, from: &'static str, to: &'static str| {
        told("measurement", id, &[("measure", what), ("amount", amount), ("period_start", from), ("period_end", to)])
    };
    let complaint = |id: &str, more: &[(&str, &str)]| {
        told("complaint", id, &[&[("received_at", "@2"), ("owner_party", "acme")][..], more].concat())
    };
    let mut all = vec![
        survey("1", Some("5")),
        survey("2", Some("4")),
        survey("3", Some("3")),
        survey("4", Some("2")),
        survey("5", Some("1")),
        survey("6", None),
        survey("7", None),
        // An answer outside of its scale is no answer.
        survey("8", Some("9")),
        review("1", "customer", "@1", Some("@7.5")),
        review("2", "customer", "@1", Some("@8.5")),
        review("3", "customer", "@9", None),
        review("4", "supplier", "@2", None),
        review("5", "contract", "@2", Some("@2")),
        measured("1", "operating_expense", "1000.50", "@0", "@10"),
        measured("2", "contacts", "200", "@0", "@10"),
        measured("3", "contacts", "9999", "@-5", "@5"),
        complaint("1", &[("state", "closed"), ("resolved_at", "@4"), ("closed_at", "@5"), ("due_at", "@4")]),
        complaint(
            "2",
            &[
                ("state", "closed"),
                ("resolved_at", "@5"),
                ("closed_at", "@6"),
                ("due_at", "@4"),
                ("escalated_at", "@4"),
            ],
        ),
        complaint("3", &[("state", "resolved"), ("resolved_at", "@5")]),
        complaint("4", &[("state", "withdrawn")]),
        told(
            "continuity_plan",
            "p1",
            &[("state", "active"), ("title", "a"), ("test_interval", "864000"), ("valid_from", "@-99")],
        ),
        told("continuity_test", "t1", &[("plan", "p1"), ("tested_at", "@1")]),
        told(
            "continuity_plan",
            "p2",
            &[("state", "active"), ("title", "b"), ("test_interval", "864000"), ("valid_from", "@-99")],
        ),
        told("continuity_test", "t2", &[("plan", "p2"), ("tested_at", "@-1")]),
        told(
            "continuity_plan",
            "p3",
            &[("state", "active"), ("title", "c"), ("test_interval", "864000"), ("valid_from", "@5")],
        ),
    ];
    all.extend((0..40).map(|at| told("incident", &format!("i{at}"), &[("state", "new"), ("opened_at", "@3")])));
    all.extend((0..10).map(|at| told("service_request", &format!("q{at}"), &[("state", "new"), ("opened_at", "@3")])));
    let figures = figures(all, window(0, 10));
    assert_eq!(value(&figures, "BRM-01"), (Some(50.0), 5));
    assert_eq!(excluded(&figures, "BRM-01"), [(Reason::InputUnknown, 1), (Reason::Unanswered, 2)]);
    assert_eq!(value(&figures, "BRM-02"), (Some(75.0), 8));
    assert_eq!(
        value(&figures, "BRM-03"),
        (Some(60.0), 53),
        "three complaints on fifty records; a withdrawn one is none"
    );
    assert_eq!(value(&figures, "BRM-04"), (Some(50.0), 2));
    assert_eq!(figures["BRM-04"].detail("escalated"), Some(1.0));
    assert_eq!(value(&figures, "BRM-05"), (Some(50.0), 2));
    assert_eq!(excluded(&figures, "BRM-05"), [(Reason::NotYetDue, 1)]);
    assert_eq!(value(&figures, "SUP-12"), (Some(50.0), 2));
    assert_eq!(value(&figures, "CON-01"), (Some(50.0), 2));
    assert_eq!(excluded(&figures, "CON-01"), [(Reason::NotYetDue, 1)]);
    assert_eq!(value(&figures, "FIN-01"), (Some(5.0025), 2));
}

#[test]
fn few_answers_are_persons_and_no_figure() {
    let survey = |id: &str| {
        told(
            "satisfaction_measurement",
            id,
            &[("sent_at", "@1"), ("responded_at", "@1"), ("score", "3"), ("scale_min", "1"), ("scale_max", "5")],
        )
    };
    let figures = figures((0..4).map(|id| survey(&id.to_string())).collect(), window(0, 10));
    assert_eq!((figures["BRM-01"].value, figures["BRM-01"].detail("provisional_value")), (None, Some(50.0)));
}

#[test]
fn suppliers() {
    let incident = |id: &str, more: &[(&str, &str)]| {
        told("incident", id, &[&[("state", "in_progress"), ("opened_at", "@1")][..], more].concat())
    };
    let resolved = [("state", "closed"), ("resolved_at", "@9"), ("closed_at", "@9"), ("resolver_party", "umbra")];
    let all = vec![
        // Held by umbra from day 2 to 9 but for the day it waited for the customer.
        incident("i1", &resolved)
            .step(1.0, "state", "new")
            .step(1.0, "assignee_party", "desk")
            .step(2.0, "assignee_party", "umbra")
            .step(4.0, "state", "on_hold")
            .step(4.0, "hold_reason", "awaiting_customer")
            .step(5.0, "state", "in_progress")
            .step(9.0, "state", "closed"),
        // Given back within a day, then taken again.
        incident("i2", &[("owner_party", "desk")])
            .step(1.0, "assignee_party", "desk")
            .step(2.0, "assignee_party", "umbra")
            .step(2.5, "assignee_party", "desk")
            .step(4.0, "assignee_party", "umbra"),
        // Waits for its supplier from day 3; the supplier's half was created half a day later, and waits for us: nobody works.
        incident("i3", &[("state", "on_hold"), ("hold_reason", "awaiting_supplier"), ("owner_party", "desk")])
            .step(3.0, "hold_reason", "awaiting_supplier")
            .link("handed_to_supplier", "u3"),
        told(
            "incident",
            "u3",
            &[
                ("state", "on_hold"),
                ("hold_reason", "awaiting_customer"),
                ("created_at", "@3.5"),
                ("opened_at", "@3.5"),
                ("owner_party", "umbra"),
            ],
        ),
        told("service_report", "r1", &[("party", "umbra"), ("due_at", "@5"), ("issued_at", "@5")]),
        told("service_report", "r2", &[("party", "umbra"), ("due_at", "@6")]),
        told("dispute", "d1", &[("party", "umbra"), ("state", "recorded"), ("raised_at", "@4")]),
        told("dispute", "d2", &[("party", "umbra"), ("state", "closed"), ("raised_at", "@1"), ("closed_at", "@2")]),
        told(
            "corrective_action",
            "k1",
            &[("owner_party", "umbra"), ("state", "closed"), ("due_at", "@5"), ("closed_at", "@5")],
        ),
        told("corrective_action", "k2", &[("owner_party", "umbra"), ("state", "action"), ("due_at", "@5")]),
    ];
    let figures = figures(all, window(0, 10));
    assert_eq!(value(&figures, "SUP-03"), (Some(6.0 * DAY), 1));
    assert_eq!(value(&figures, "SUP-04"), (Some(0.5 * DAY), 1));
    assert_eq!(figures["SUP-05"].detail("handovers"), Some(4.0), "one of i1, three of i2");
    assert_eq!(value(&figures, "SUP-05"), (None, 2), "of half of them no history of parties is held");
    assert_eq!(figures["SUP-05"].detail("provisional_value"), Some(25.0));
    assert_eq!(value(&figures, "SUP-10"), (Some(50.0), 2));
    assert_eq!(value(&figures, "SUP-11"), (Some(100.0), 1));
    assert_eq!(value(&figures, "SUP-13"), (Some(1.0), 1));
    assert_eq!(figures["SUP-13"].detail("median_age"), Some(6.0 * DAY));
    assert_eq!(value(&figures, "SUP-14"), (Some(50.0), 2));
}
