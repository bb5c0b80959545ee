//! Figures of incidents, requests and service levels, each computed by hand.

use crate::estate::{Told, figures, told};
use crate::incidents::{Incident, window};
use counterfoil_assurance::{Accumulator, Facts, Figure, KPIS, Query, Reason, Status, Window};
use counterfoil_model::{Field, Reading};
use std::collections::BTreeMap;

const DAY: f64 = 86_400.0;

fn value(figures: &BTreeMap<&str, Figure>, id: &str) -> (Option<f64>, u64) {
    let figure = &figures[id];
    (figure.value.map(|value| (value * 1e6).round() / 1e6), figure.n)
}

fn detail(figures: &BTreeMap<&str, Figure>, id: &str, name: &str) -> Option<f64> {
    figures[id].detail(name).map(|value| (value * 1e6).round() / 1e6)
}

fn incident(id: &str, more: &[(&str, &str)]) -> Told {
    let fields =
        [("state", "closed"), ("opened_at", "@1"), ("resolved_at", "@3"), ("closed_at", "@4"), ("priority", "P3")];
    let mut all: Vec<(&str, &str)> =
        fields.into_iter().filter(|(name, _)| more.iter().all(|(own, _)| own != name)).collect();
    all.extend_from_slice(more);
    told("incident", id, &all)
}

/// Day 0 is a Sunday: day 5 is a Friday, day 8 the Monday after it. 16:00 is two thirds of a day.
fn agreed() -> Vec<Told> {
    vec![
        told("calendar", "office", &[("state", "active"), ("zone", "UTC"), ("weekly_hours", "mon-fri 08:00-16:00")]),
        told("service", "mail", &[("state", "live"), ("title", "Mail"), ("owner_party", "us")]),
        told("service", "print", &[("state", "live"), ("title", "Print"), ("owner_party", "us")]),
        told(
            "agreement",
            "sla",
            &[
                ("state", "active"),
                ("agreement_kind", "service_level_agreement"),
                ("provider_party", "acme"),
                ("consumer_party", "us"),
                ("valid_from", "@-100"),
            ],
        )
        .link("covers", "mail"),
        told(
            "service_level_target",
            "t1",
            &[
                ("state", "active"),
                ("agreement", "sla"),
                ("metric", "resolution"),
                ("applies_kind", "incident"),
                ("comparator", "at_most"),
                ("target_value", "28800"),
                ("target_unit", "business_seconds"),
                ("calendar", "office"),
                ("percentile_required", "50"),
                ("pauses", "none"),
            ],
        ),
        told(
            "service_level_target",
            "t2",
            &[
                ("state", "active"),
                ("agreement", "sla"),
                ("metric", "availability"),
                ("comparator", "at_least"),
                ("target_value", "99.9"),
                ("target_unit", "percent"),
            ],
        ),
        told(
            "workload_limit",
            "l1",
            &[
                ("state", "active"),
                ("agreement", "sla"),
                ("measure", "incident"),
                ("limit", "1"),
                ("target_window", "P20D"),
            ],
        ),
        told(
            "service_report",
            "r1",
            &[
                ("party", "acme"),
                ("agreement", "sla"),
                ("period_start", "@0"),
                ("period_end", "@20"),
                ("due_at", "@12"),
                ("issued_at", "@11"),
                ("disclosed_breaches", "i2"),
            ],
        ),
    ]
}

#[test]
fn our_clock_judges_where_a_target_was_agreed_on() {
    let acme = [("owner_party", "acme"), ("assignee_party", "acme"), ("service", "mail")];
    let times = |from: &'static str, to: &'static str| [("opened_at", from), ("resolved_at", to), ("closed_at", "@10")];
    let mut all = agreed();
    // Friday 16:00 to Monday 16:00 is 8 hours and not 72; the tool says that it was too late.
    let friday = times("@5.666666666666667", "@8.666666666666667");
    all.push(incident("i1", &[&acme[..], &friday[..], &[("resolution_target_met", "no")]].concat()));
    // Tuesday and Wednesday are 16 hours.
    all.push(incident("i2", &[&acme[..], &times("@2", "@4")[..], &[("resolution_target_met", "no")]].concat()));
    // Nothing was agreed on printing: two days, and the verdict of the tool.
    let print = [("owner_party", "acme"), ("assignee_party", "acme"), ("service", "print")];
    all.push(incident("i3", &[&print[..], &times("@2", "@4")[..], &[("resolution_target_met", "yes")]].concat()));
    let figures = figures(all, window(0, 20));

    assert_eq!(value(&figures, "INC-03"), (Some((8.0 + 16.0 + 48.0) * 3600.0 / 3.0), 3));
    assert_eq!(
        (detail(&figures, "INC-03", "clocked"), detail(&figures, "INC-03", "without_target")),
        (Some(2.0), Some(1.0))
    );
    assert_eq!(value(&figures, "INC-04"), (Some(16.0 * 3600.0), 3));
    assert_eq!(value(&figures, "INC-06"), (Some(66.666_667), 3));
    for (name, expected) in [("by_us", 2.0), ("by_tool", 1.0), ("native_n", 2.0), ("native_met", 0.0), ("differs", 1.0)]
    {
        assert_eq!(detail(&figures, "INC-06", name), Some(expected), "{name}");
    }
    assert_eq!(value(&figures, "SLM-01"), (Some(100.0), 2), "one of two kept it, and half of them have to");
    assert_eq!(detail(&figures, "SLM-01", "unmeasurable"), Some(1.0), "availability is no clock");
    assert_eq!(value(&figures, "SUP-01"), (None, 0), "it is an agreement with a customer");
    assert_eq!(value(&figures, "SLM-02"), (Some(50.0), 2));
    assert_eq!(value(&figures, "SLM-03"), (Some(100.0), 1));
    assert_eq!(figures["SLM-03"].excluded, [(Reason::NoDueDate, 1)]);
    assert_eq!(value(&figures, "SLM-04"), (Some(100.0), 1), "i1 kept its target, whatever the tool says");
    assert_eq!(value(&figures, "SLM-05"), (Some(1.0), 1));
    assert_eq!(detail(&figures, "SLM-05", "highest_use_pct"), Some(300.0));
}

#[test]
fn without_an_agreement_nothing_is_said_of_clocks() {
    let figures = figures(vec![incident("i1", &[("resolution_target_met", "yes")])], window(0, 20));
    assert_eq!(value(&figures, "INC-06"), (Some(100.0), 1));
    assert_eq!(value(&figures, "INC-03"), (Some(2.0 * DAY), 1));
    for (id, name) in [("INC-06", "by_us"), ("INC-03", "clocked")] {
        assert_eq!(figures[id].detail(name), None, "{id}");
    }
    assert_eq!(value(&figures, "SLM-01"), (None, 0));
}

#[test]
fn children_of_a_major_incident_count_and_take_no_time() {
    let all = vec![
        incident(
            "m",
            &[("is_major", "yes"), ("major_declared_at", "@1.5"), ("review_due_at", "@9"), ("reviewed_at", "@8")],
        ),
        incident("c1", &[("parent", "m"), ("opened_at", "@2")]),
        incident("c2", &[("parent", "m"), ("opened_at", "@2")]),
        incident("other", &[("parent", "c1"), ("opened_at", "@2.5")]),
        incident("bad", &[("is_major", "yes"), ("major_declared_at", "@0.5"), ("state", "new")]),
    ];
    let figures = figures(all, window(0, 20));
    assert_eq!(value(&figures, "INC-01"), (Some(5.0), 5));
    assert_eq!(value(&figures, "INC-03"), (Some(1.25 * DAY), 2), "m took two days, other half a day");
    assert_eq!(figures["INC-03"].excluded, [(Reason::ChildOfMajor, 2)]);
    assert_eq!(figures["INC-03"].coverage, 100.0);
    assert_eq!(value(&figures, "INC-17"), (Some(2.0), 2));
    assert_eq!(detail(&figures, "INC-17", "mean_restore_secs"), Some(1.5 * DAY));
    assert_eq!(detail(&figures, "INC-17", "reviewed_pct"), Some(100.0));
    assert_eq!(detail(&figures, "INC-17", "declared_before_opening"), Some(1.0));
}

#[test]
fn answers_high_priorities_and_first_contacts() {
    let all = vec![
        incident(
            "a",
            &[
                ("priority", "P1"),
                ("first_response_at", "@1.25"),
                ("response_target_met", "yes"),
                ("first_contact", "yes"),
            ],
        ),
        incident(
            "b",
            &[
                ("priority", "P2"),
                ("first_response_at", "@1.75"),
                ("response_target_met", "no"),
                ("first_contact", "no"),
                ("resolved_at", "@4"),
            ],
        ),
        incident("c", &[("first_contact", "no"), ("first_contact_possible", "no"), ("knowledge", "kb1")]),
        incident(
            "d",
            &[
                ("resolved_at", "@2"),
                ("first_contact", "no"),
                ("security_class", "phishing"),
                ("security_risk", "high"),
                ("contained_at", "@1.5"),
            ],
        ),
    ];
    let figures = figures(all, window(0, 20));
    assert_eq!(value(&figures, "INC-05"), (Some(2.5 * DAY), 2));
    assert_eq!(value(&figures, "INC-07"), (Some(50.0), 2));
    assert_eq!(figures["INC-07"].excluded, [(Reason::Unanswered, 2)]);
    assert_eq!(figures["INC-07"].bounds, Some((25.0, 75.0)));
    assert_eq!(value(&figures, "INC-08"), (Some(0.5 * DAY), 2));
    assert_eq!(value(&figures, "INC-10"), (Some(33.333_333), 3));
    assert_eq!(figures["INC-10"].excluded, [(Reason::NotAtFirstContact, 1)]);
    assert_eq!(detail(&figures, "INC-10", "gross_pct"), Some(25.0));
    assert_eq!(value(&figures, "INC-20"), (Some(25.0), 4));
    assert_eq!(value(&figures, "SEC-01"), (Some(1.0), 1));
    assert_eq!(detail(&figures, "SEC-01", "mean_contain_secs"), Some(0.5 * DAY));
    assert_eq!(detail(&figures, "SEC-01", "risk_high"), Some(1.0));
}

#[test]
fn levels_repeats_links_and_users() {
    let group = |id: &str, level: &'static str| {
        told("group", id, &[("state", "active"), ("title", id), ("escalation_level", level)])
    };
    let on = |item: &'static str| [("configuration_item", item), ("category", "network")];
    let users = |id: &str, amount: &'static str, from: &'static str, to: &'static str| {
        told(
            "measurement",
            id,
            &[("measure", "active_users"), ("amount", amount), ("period_start", from), ("period_end", to)],
        )
    };
    let all = vec![
        group("desk", "1"),
        group("unix", "2"),
        incident(
            "a",
            &[&on("ci1")[..], &[("assignee_group", "desk"), ("opened_at", "@-5"), ("resolved_at", "@3")]].concat(),
        ),
        // 16 days after a, on the same item; the next one is 31 days later.
        incident(
            "b",
            &[&on("ci1")[..], &[("assignee_group", "desk"), ("opened_at", "@11"), ("resolved_at", "@13")]].concat(),
        )
        .step(11.5, "assignee_group", "unix"),
        incident(
            "c",
            &[
                ("configuration_item", "ci1"),
                ("category", "mail"),
                ("assignee_group", "unix"),
                ("opened_at", "@12"),
                ("resolved_at", "@13"),
            ],
        ),
        incident(
            "d",
            &[("service", "n/a"), ("opened_at", "@12"), ("resolved_at", "@13"), ("assignee_group", "nobody knows")],
        ),
        users("u1", "100", "@0", "@10"),
        users("u2", "200", "@10", "@20"),
        users("u3", "900", "@10", "@30"),
    ];
    let figures = figures(all, window(0, 20));
    assert_eq!(detail(&figures, "INC-11", "provisional_value"), Some(33.333_333), "a stayed at the first level");
    assert_eq!(figures["INC-11"].bounds, Some((25.0, 50.0)));
    assert_eq!(figures["INC-11"].excluded, [(Reason::InputUnknown, 1)]);
    assert_eq!(detail(&figures, "INC-18", "provisional_value"), Some(50.0), "b repeats a, c is of another category");
    assert_eq!(figures["INC-18"].excluded, [(Reason::InputUnknown, 1)]);
    assert_eq!(value(&figures, "INC-19"), (Some(66.666_667), 3));
    assert_eq!(value(&figures, "INC-02"), (Some(0.02), 5), "3 by 150, over incidents and measurements");
    assert_eq!(figures["INC-02"].status, Status::Ok);
}

#[test]
fn time_on_hold_is_told_by_what_was_waited_for() {
    let all = vec![
        incident("a", &[("opened_at", "@1"), ("resolved_at", "@5")])
            .step(1.0, "state", "new")
            .step(2.0, "state", "on_hold")
            .step(2.0, "hold_reason", "awaiting_customer")
            .step(3.0, "hold_reason", "awaiting_supplier")
            .step(3.5, "state", "in_progress")
            .step(5.0, "state", "resolved")
            .step(6.0, "state", "closed"),
        incident("b", &[]),
    ];
    let figures = figures(all, window(0, 20));
    assert_eq!(figures["INC-16"].excluded, [(Reason::NotCounted, 1)]);
    assert_eq!(detail(&figures, "INC-16", "provisional_value"), Some(37.5), "of one in two nothing is known");
    assert_eq!(detail(&figures, "INC-16", "awaiting_customer_pct"), Some(25.0));
    assert_eq!(detail(&figures, "INC-16", "awaiting_supplier_pct"), Some(12.5));
    // b took two days at most: 1.5 of 6 to 3.5 of 6.
    let (low, high) = figures["INC-16"].bounds.unwrap();
    assert!((low - 25.0).abs() < 1e-9 && (high - 58.333_333).abs() < 1e-5, "{low} {high}");
}

#[test]
fn requests() {
    let request = |id: &str, more: &[(&str, &str)]| {
        let fields = [("opened_at", "@1"), ("approval_state", "approved")];
        told("service_request", id, &[&fields[..], more].concat())
    };
    let done = [("state", "closed"), ("fulfilled_at", "@5"), ("closed_at", "@6")];
    let all = vec![
        request("a", &[&done[..], &[("resolution_target_met", "yes")]].concat())
            .step(1.0, "state", "new")
            .step(1.0, "state", "awaiting_approval")
            .step(2.0, "state", "approved")
            .step(5.0, "state", "fulfilled")
            .step(6.0, "state", "closed"),
        request("b", &[("state", "fulfilled"), ("fulfilled_at", "@3"), ("resolution_target_met", "no")]),
        request(
            "c",
            &[("state", "closed"), ("fulfilled_at", "@3"), ("closed_at", "@9"), ("resolution_target_met", "no")],
        ),
        request("d", &[("state", "rejected"), ("closed_at", "@2")]),
        request("e", &done),
        incident("i", &[]),
        incident("j", &[]),
    ];
    let figures = figures(all, window(0, 20));
    assert_eq!(value(&figures, "REQ-01"), (Some(3.0 * DAY), 4), "four, two, two and four days");
    assert_eq!(value(&figures, "REQ-02"), (Some(50.0), 2), "b is not closed");
    assert_eq!(figures["REQ-02"].excluded, [(Reason::Cancelled, 1), (Reason::NoClock, 1)]);
    assert_eq!(value(&figures, "REQ-03"), (Some(33.333_333), 3));
    assert_eq!(detail(&figures, "REQ-04", "provisional_value"), Some(25.0));
    assert_eq!(value(&figures, "REQ-05"), (Some(2.0), 6), "four requests by two incidents; the rejected one is none");
    assert_eq!(value(&figures, "INC-03"), (Some(2.0 * DAY), 2), "requests are no incidents");
}

#[test]
fn a_new_record_for_the_same_thing_is_a_reopening() {
    let counted = |id: &str, more: &[(&str, &str)]| incident(id, &[&[("reopen_count", "0")][..], more].concat());
    let all = vec![
        counted("a", &[]),
        counted("b", &[("duplicate_of", "a"), ("opened_at", "@17"), ("resolved_at", "@18"), ("closed_at", "@18")]),
        counted("c", &[]),
        counted("d", &[("parent", "c"), ("opened_at", "@18.5"), ("resolved_at", "@19"), ("closed_at", "@19")]),
        counted("e", &[]),
        counted("f", &[("parent", "e"), ("opened_at", "@2"), ("resolved_at", "@3"), ("closed_at", "@3")]),
    ];
    let figures = figures(all, window(0, 20));
    assert_eq!(value(&figures, "INC-12"), (Some(20.0), 5), "d came 14.5 days later, f before e was over");
    assert_eq!(figures["INC-12"].excluded, [(Reason::Duplicate, 1)]);
    assert_eq!(detail(&figures, "INC-12", "as_new_record"), Some(1.0));
}

fn of(all: &[Facts], window: Window) -> BTreeMap<&'static str, Figure> {
    let mut sums = Accumulator::new(KPIS, Query { window, by: None, party: None });
    all.iter().for_each(|facts| sums.add_alone(facts));
    sums.figures().into_iter().map(|figure| (figure.spec.id, figure)).collect()
}

#[test]
fn what_is_reopened_more_than_a_week_later_stays_resolved() {
    let reopened = |day| {
        Incident::new("in_progress")
            .opened(1)
            .integer(Field::ReopenCount, 1)
            .instant(Field::SourceUpdatedAt, 40)
            .moved("new", "resolved", 5)
            .moved("resolved", "in_progress", day)
            .facts()
    };
    let figures = |day| of(&[reopened(day)], window(0, 10));
    assert_eq!(figures(17)["INC-03"].value, Some(4.0 * DAY), "the guard ends before day 17");
    assert_eq!(figures(16)["INC-03"].n, 0);
    assert!(!figures(17)["INC-03"].provisional);
    let later = of(&[reopened(17)], window(10, 45));
    assert!(later["INC-03"].provisional && !later["DQ-05"].provisional);
    assert_eq!(later["INC-03"].n, 0, "it is resolved in one window only");
}

#[test]
fn bounds_hold_whatever_is_unknown() {
    let closed = |resolved| Incident::new("closed").opened(1).resolved(resolved).closed(9);
    let all = [
        closed(2).flag(Field::ResolutionTargetMet, true).facts(),
        closed(4).flag(Field::ResolutionTargetMet, true).facts(),
        Incident::new("closed").opened(1).closed(6).flag(Field::ResolutionTargetMet, false).facts(),
        closed(3).reading(Field::ResolutionTargetMet, Reading::Unmapped("perhaps".into())).facts(),
    ];
    let figures = of(&all, window(0, 20));
    // Of three verdicts one is of an incident that may have been resolved before the window, and one is not known.
    assert_eq!(figures["INC-06"].bounds, Some((50.0, 100.0)));
    assert_eq!(figures["INC-03"].detail("provisional_value"), Some(2.0 * DAY));
    assert_eq!(figures["INC-03"].bounds, Some((1.5 * DAY, 2.75 * DAY)), "6 days by 4, and 11 by 4");
    let json = serde_json::to_value(&figures["INC-03"]).unwrap();
    assert_eq!(json["bounds"], serde_json::json!({ "low": 129_600, "high": 237_600 }));
    assert_eq!(json["provisional"], true);
    assert_eq!(figures["INC-01"].bounds, Some((4.0, 4.0)));
}
