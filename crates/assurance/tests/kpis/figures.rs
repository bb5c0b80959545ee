//! Single incidents through every KPI: what counts, what does not and why.

use crate::incidents::{DAY, Incident, at, window};
use counterfoil_assurance::{
    Accumulator, Class, Facts, Figure, GroupBy, KPIS, Query, Reason, Row, Status, StreamCount, Told, View, Window, kpi,
    reconcile, specs,
};
use counterfoil_model::{Field, Reading};
use std::collections::{BTreeMap, BTreeSet};

fn classify(id: &str, facts: &Facts) -> Class {
    kpi(id).unwrap().class(Row::alone(facts), &View::alone(window(0, 100)))
}

fn reason(id: &str, facts: &Facts) -> Reason {
    match classify(id, facts) {
        Class::Excluded { reason, .. } => reason,
        class => panic!("{id}: {class:?}"),
    }
}

fn amount(id: &str, facts: &Facts) -> i64 {
    match classify(id, facts) {
        Class::Counted(measure) => measure.amount,
        class => panic!("{id}: {class:?}"),
    }
}

fn figures(all: &[Facts], query: Query) -> Vec<Figure> {
    let view = View::alone(query.window);
    let mut accumulator = Accumulator::new(KPIS, query);
    all.iter().for_each(|facts| accumulator.add(Row::alone(facts), &view));
    accumulator.figures()
}

fn by_id(all: &[Facts], window: Window) -> BTreeMap<&'static str, Figure> {
    let figures = figures(all, Query { window, by: None, party: None });
    figures.into_iter().map(|figure| (figure.spec.id, figure)).collect()
}

#[test]
fn a_window_begins_with_its_first_moment_and_ends_before_its_last() {
    let on_day = |day| Incident::new("new").opened(day).facts();
    assert_eq!(amount("INC-01", &on_day(0)), 1);
    assert_eq!(amount("INC-01", &on_day(99)), 1);
    assert_eq!(classify("INC-01", &on_day(-1)), Class::OutsideCohort);
    assert_eq!(classify("INC-01", &on_day(100)), Class::OutsideCohort);
}

#[test]
fn an_incident_that_was_reopened_is_not_resolved() {
    let reopened = Incident::new("in_progress").opened(1).resolved(2).facts();
    assert_eq!(classify("INC-06", &reopened), Class::OutsideCohort);
    assert_eq!(amount("INC-14", &reopened), 1);
    let resolved = Incident::new("resolved").opened(1).resolved(2).facts();
    assert_eq!(amount("INC-03", &resolved), DAY);
    assert_eq!(amount("INC-14", &resolved), 1, "resolved is not closed");
    assert_eq!(amount("INC-15", &resolved), 99 * DAY);
}

#[test]
fn cancelled_duplicate_and_deleted_incidents_are_left_out_and_counted() {
    let cancelled = Incident::new("cancelled").opened(1).closed(2).facts();
    assert_eq!(reason("INC-01", &cancelled), Reason::Cancelled);
    assert_eq!(reason("INC-06", &cancelled), Reason::Cancelled);
    assert_eq!(classify("INC-14", &cancelled), Class::OutsideCohort, "it was not open any more");
    let window_before = window(0, 2);
    let open_then = kpi("INC-14").unwrap().class(Row::alone(&cancelled), &View::alone(window_before));
    assert!(matches!(open_then, Class::Counted(_)), "it was open until it was cancelled: {open_then:?}");

    let closed = || Incident::new("closed").opened(1).resolved(2).closed(3);
    let duplicate = closed().text(Field::DuplicateOf, "INC1").facts();
    let deleted = closed().tombstone().facts();
    for id in ["INC-01", "INC-03", "INC-04", "INC-06", "INC-09", "INC-12", "INC-13"] {
        assert_eq!(reason(id, &duplicate), Reason::Duplicate, "{id}");
        assert_eq!(reason(id, &deleted), Reason::Tombstone, "{id}");
    }
    for id in ["DQ-01", "DQ-02", "DQ-05"] {
        assert_eq!(reason(id, &deleted), Reason::Tombstone, "{id}");
        assert!(matches!(classify(id, &duplicate), Class::Counted(_)), "{id}");
    }
    let figure = &by_id(&[cancelled, duplicate, deleted, closed().facts()], window(0, 100))["INC-01"];
    assert_eq!((figure.value, figure.excluded_total(), figure.coverage), (Some(1.0), 3, 100.0));
    assert_eq!(figure.status, Status::Ok, "what the definition leaves out is nobody's fault");
}

#[test]
fn what_is_unknown_is_counted_as_unknown() {
    let unmapped = Incident::new("closed").opened(1).resolved(2).reading(Field::State, Reading::Unmapped("Odd".into()));
    let unmapped = unmapped.facts();
    assert_eq!(reason("INC-06", &unmapped), Reason::StateUnknown);
    assert_eq!(reason("INC-14", &unmapped), Reason::StateUnknown);
    let later = Incident::new("closed").opened(1).resolved(200).reading(Field::State, Reading::Unmapped("Odd".into()));
    assert_eq!(classify("INC-06", &later.facts()), Class::OutsideCohort);

    let unreadable = Incident::new("closed").resolved(2).reading(Field::OpenedAt, Reading::Unreadable("99-99".into()));
    let unreadable = unreadable.facts();
    assert_eq!(reason("INC-01", &unreadable), Reason::OpenedAtUnreadable);
    assert_eq!(reason("INC-03", &unreadable), Reason::OpenedAtUnreadable);
    assert_eq!(reason("INC-06", &unreadable), Reason::NoClock, "the clock does not need opened_at");

    let nothing = Incident::new("closed").facts();
    assert_eq!(reason("INC-01", &nothing), Reason::OpenedAtMissing);
    assert_eq!(reason("INC-03", &nothing), Reason::ResolvedAtMissing);
    assert_eq!(reason("INC-14", &nothing), Reason::OpenedAtMissing);
    assert_eq!(reason("INC-14", &Incident::new("closed").opened(1).facts()), Reason::ClosedAtMissing);

    let uncounted = Incident::new("closed").opened(1).resolved(2).facts();
    for id in ["INC-09", "INC-12", "INC-13"] {
        assert_eq!(reason(id, &uncounted), Reason::NotCounted, "{id}");
    }
    let figure = &by_id(&[uncounted], window(0, 100))["INC-12"];
    assert_eq!((figure.value, figure.status, figure.coverage), (None, Status::InsufficientData, 0.0));
}

#[test]
fn a_missing_time_is_imputed_and_never_in_a_duration() {
    let imputed = Incident::new("closed").opened(1).closed(5).flag(Field::ResolutionTargetMet, true).facts();
    assert_eq!(classify("INC-03", &imputed), Class::Excluded { reason: Reason::Imputed, beside: Some(4 * DAY) });
    assert_eq!(amount("INC-06", &imputed), 1);

    // Without closed_at the transition into the present state stands in, without that the last update.
    let moved = Incident::new("closed").opened(1).moved("new", "closed", 6).text(Field::Title, "x").facts();
    assert_eq!(classify("INC-03", &moved), Class::Excluded { reason: Reason::Imputed, beside: Some(5 * DAY) });
    let updated = Incident::new("closed").opened(1).moved("new", "resolved", 6).instant(Field::SourceUpdatedAt, 9);
    assert_eq!(
        classify("INC-03", &updated.facts()),
        Class::Excluded { reason: Reason::Imputed, beside: Some(8 * DAY) }
    );

    let created = Incident::new("closed").instant(Field::CreatedAt, 1).resolved(2).facts();
    assert_eq!(classify("INC-03", &created), Class::Excluded { reason: Reason::Imputed, beside: Some(DAY) });

    let backwards = Incident::new("closed").opened(3).resolved(2).facts();
    assert_eq!(reason("INC-03", &backwards), Reason::NotPositive);
    let instantly = Incident::new("closed").opened(3).resolved(3).facts();
    assert_eq!(reason("INC-03", &instantly), Reason::NotPositive);
}

#[test]
fn too_many_imputed_times_degrade_a_figure_and_then_take_its_value_away() {
    let sure = || Incident::new("closed").opened(1).resolved(2).closed(3).facts();
    let imputed = || Incident::new("closed").opened(1).closed(3).facts();
    for (n_imputed, status) in
        [(0, Status::Ok), (1, Status::Ok), (2, Status::Degraded), (4, Status::Degraded), (5, Status::InsufficientData)]
    {
        let mut all: Vec<Facts> = (n_imputed..20).map(|_| sure()).collect();
        all.extend((0..n_imputed).map(|_| imputed()));
        let figures = by_id(&all, window(0, 100));
        for id in ["INC-03", "INC-04"] {
            let figure = &figures[id];
            assert_eq!(figure.status, status, "{id}, {n_imputed} of 20");
            assert_eq!(figure.value.is_some(), status != Status::InsufficientData);
            assert_eq!(figure.detail("provisional_value").is_some(), status == Status::InsufficientData);
        }
        assert_eq!(figures["INC-04"].detail("median").is_some(), status != Status::InsufficientData);
    }
}

#[test]
fn a_clock_that_is_missing_lowers_coverage_only() {
    let with = |met| Incident::new("closed").opened(1).resolved(2).flag(Field::ResolutionTargetMet, met).facts();
    let without = Incident::new("closed").opened(1).resolved(2).facts();
    let figure = &by_id(&[with(true), with(true), with(false), without], window(0, 100))["INC-06"];
    assert!((figure.value.unwrap() - 200.0 / 3.0).abs() < 1e-9);
    assert_eq!((figure.n, figure.coverage, figure.status), (3, 75.0, Status::Ok));
    let (low, high) = figure.interval.unwrap();
    assert!(low < figure.value.unwrap() && figure.value.unwrap() < high);
}

#[test]
fn counters_of_the_source_go_before_those_of_the_history() {
    let log = || {
        Incident::new("closed").opened(1).resolved(9).moved("new", "resolved", 2).moved("resolved", "in_progress", 3)
    };
    let seen = log().moved("in_progress", "closed", 9).facts();
    assert_eq!((seen.reopened.native, seen.reopened.history), (Told::Missing, Some(1)));
    assert_eq!(amount("INC-12", &seen), 1);
    let native = log().integer(Field::ReopenCount, 0).facts();
    assert_eq!(amount("INC-12", &native), 0);
    let figures = by_id(&[seen, native], window(0, 100));
    let figure = &figures["INC-12"];
    assert_eq!((figure.detail("from_history"), figure.detail("native_differs_from_history")), (Some(1.0), Some(1.0)));
    assert_eq!(figure.value, Some(50.0));
}

#[test]
fn groups_and_parties_are_told_apart_and_what_has_none_is_unknown() {
    let closed = || Incident::new("closed").opened(1).resolved(2).closed(3);
    let ours = closed().party(Field::OwnerParty, "acme").party(Field::ResolverParty, "nordlicht").facts();
    let theirs = closed().party(Field::AssigneeParty, "acme").facts();
    let nobodys = closed().facts();
    let all = [ours, theirs, nobodys];
    let query = |by, party: Option<&str>| Query { window: window(0, 100), by, party: party.map(Into::into) };
    let n = |figures: &[Figure], id: &str| -> Vec<(String, u64)> {
        let groups = figures.iter().filter(|figure| figure.spec.id == id);
        groups.filter_map(|figure| Some((figure.group.as_ref()?.name.to_string(), figure.n))).collect()
    };
    let split = figures(&all, query(Some(GroupBy::Party), None));
    // The resolver answers for what was resolved, the holder for what was opened.
    assert_eq!(n(&split, "INC-03"), [("acme".into(), 1), ("nordlicht".into(), 1), ("unknown".into(), 1)]);
    assert_eq!(n(&split, "INC-01"), [("acme".into(), 2), ("unknown".into(), 1)]);
    let only = figures(&all, query(None, Some("acme")));
    let opened = only.iter().find(|figure| figure.spec.id == "INC-01").unwrap();
    assert_eq!((opened.n, opened.detail("party_unknown")), (2, Some(1.0)));
    assert!(!n(&split, "INC-14").is_empty(), "a group without backlog still has a net flow");
}

#[test]
fn net_flow_is_what_was_opened_less_what_was_resolved() {
    let all = [
        Incident::new("new").opened(1).facts(),
        Incident::new("resolved").opened(1).resolved(4).facts(),
        Incident::new("closed").opened(-9).resolved(4).closed(5).facts(),
        Incident::new("closed").opened(-9).resolved(-5).moved("resolved", "closed", 3).facts(),
        Incident::new("on_hold").opened(-40).facts(),
    ];
    let figures = by_id(&all, window(0, 100));
    let backlog = &figures["INC-14"];
    assert_eq!(backlog.value, Some(3.0));
    let detail = |name| backlog.detail(name).unwrap();
    assert_eq!((detail("opened"), detail("resolved"), detail("net_flow")), (2.0, 2.0, 0.0));
    assert_eq!((detail("unresolved"), detail("resolved_not_closed"), detail("imputed_ends")), (2.0, 1.0, 1.0));
    let ages = &figures["INC-15"];
    assert_eq!(ages.value, Some(99.0 * 86_400.0));
    assert_eq!(ages.detail("older_than_30_days_pct"), Some(100.0));
    assert!(ages.is_small() && ages.is_tiny() && !backlog.is_small());
}

#[test]
fn completeness_counts_required_fields_only_where_their_condition_holds() {
    let open = Incident::new("new").opened(1).facts();
    let held = Incident::new("on_hold").opened(1).facts();
    assert_eq!(held.required().count(), open.required().count() + 1, "the reason of the hold");
    let odd = Incident::new("new").opened(1).reading(Field::Priority, Reading::Unmapped("Odd".into())).facts();
    let figure = &by_id(&[open.clone(), odd], window(0, 100))["DQ-01"];
    let required = open.required().count() as f64;
    // Known are the state and opened_at.
    assert_eq!((figure.detail("required"), figure.detail("filled")), (Some(2.0 * required), Some(4.0)));
    assert_eq!(figure.detail("incident.state.filled_pct"), Some(100.0));
    assert_eq!(figure.detail("incident.title.filled_pct"), Some(0.0));
    assert_eq!(figure.detail("incident.priority.missing"), Some(1.0));
    assert_eq!(figure.detail("incident.priority.unmapped"), Some(1.0));
    assert_eq!(figure.detail("incident.hold_reason.filled_pct"), None);
}

#[test]
fn a_history_is_complete_when_it_leads_to_the_present_state() {
    let complete = Incident::new("closed").moved("new", "closed", 2).facts();
    let cut = Incident::new("closed").moved("new", "resolved", 2).facts();
    let none = Incident::new("closed").facts();
    let figure = &by_id(&[complete, cut, none.clone(), none], window(0, 100))["DQ-05"];
    assert_eq!((figure.value, figure.n), (Some(25.0), 4));
    assert_eq!((figure.detail("differs"), figure.detail("no_history")), (Some(1.0), Some(2.0)));
}

#[test]
fn reconciliation_does_not_let_too_many_make_up_for_too_few() {
    let stream =
        |name: &str, counted, held| StreamCount { instance: "acme".into(), stream: name.into(), counted, held };
    let right = reconcile(&[stream("one", Some(890), 890)], window(0, 100));
    assert_eq!((right.value, right.n, right.status, right.coverage), (Some(0.0), 1, Status::Ok, 100.0));
    let hidden = reconcile(&[stream("one", Some(10), 5), stream("two", Some(5), 10)], window(0, 100));
    assert_eq!((hidden.value, hidden.status, hidden.detail("differences")), (Some(0.0), Status::Degraded, Some(10.0)));
    let part = reconcile(&[stream("one", Some(10), 8), stream("two", None, 10)], window(0, 100));
    assert_eq!((part.value, part.coverage, part.status), (Some(2.0), 50.0, Status::Degraded));
    let none = reconcile(&[stream("two", None, 10)], window(0, 100));
    assert!(matches!((none.value, none.status), (None, Status::NotComputable(_))));
}

#[test]
fn a_figure_as_json_has_the_promised_members() {
    let all = [Incident::new("closed").opened(1).resolved(2).closed(3).facts()];
    let query = Query { window: window(0, 100), by: Some(GroupBy::Priority), party: None };
    for figure in figures(&all, query) {
        let json = serde_json::to_value(&figure).unwrap();
        for name in ["id", "value", "unit", "n", "excluded", "coverage", "status", "cohort", "exclusions", "details"] {
            assert!(json.get(name).is_some(), "{} has no {name}", figure.spec.id);
        }
        assert!(json["excluded"].is_u64());
        assert_eq!(json.get("by").is_some(), figure.group.is_some());
        for name in ["median", "p90_nearest_rank", "p90_linear"] {
            assert_eq!(json.get(name).is_some(), figure.spec.id == "INC-04");
        }
    }
    let figure = &by_id(&all, window(0, 100))["INC-04"];
    let json = serde_json::to_string(figure).unwrap();
    let promised = [
        r#"{"id":"INC-04","title":"Median and P90 time to resolve","value":86400,"unit":"s","median":86400,"#,
        r#""p90_nearest_rank":86400,"p90_linear":86400,"n":1,"excluded":0,"coverage":100,"status":"ok","#,
    ];
    assert!(json.starts_with(&promised.concat()), "{json}");
}

#[test]
fn the_catalogue_is_whole_and_every_row_explains_itself() {
    let ids: Vec<_> = specs().map(|spec| spec.id).collect();
    // In the order of the catalogue: by family, and by number within it.
    const FAMILIES: &[&str] =
        &["INC", "REQ", "PRB", "CHG", "REL", "CFG", "SLM", "AVL", "CON", "BRM", "SEC", "FIN", "SUP", "DQ"];
    let place = |id: &str| {
        let (family, number) = id.split_once('-').unwrap();
        let family = FAMILIES.iter().position(|known| *known == family).unwrap_or_else(|| panic!("{id}"));
        (family, number.parse::<u32>().unwrap())
    };
    let places: Vec<_> = ids.iter().map(|id| place(id)).collect();
    assert!(places.windows(2).all(|two| two[0] < two[1]), "{ids:?}");
    assert!(ids.len() >= 60, "{} figures", ids.len());
    for spec in specs() {
        assert!(spec.definition.ends_with('.') && !spec.definition.contains("  "), "{}: {}", spec.id, spec.definition);
        assert!(spec.source.contains(spec.id), "{}", spec.id);
        assert!(!spec.remark.contains("  "), "{}: {}", spec.id, spec.remark);
    }
    assert_eq!(specs().map(|spec| spec.title).collect::<BTreeSet<_>>().len(), ids.len());
    assert_eq!(kpi("inc-06").unwrap().spec().id, "INC-06");
    assert!(kpi("INC-99").is_none());
    assert_eq!(at(1).as_second() - at(0).as_second(), 86_400);
}
