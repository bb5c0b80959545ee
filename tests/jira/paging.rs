//! Bursts, scopes, deaths of the gateway, and what a pass costs.

use crate::compare::{Equal, equals, newest};
use crate::estate::{DIALECTS, Dialect, EDITIONS, Estate, Setup};
use crate::held::versions;
use crate::switches::on;
use counterfoil_gym::jira::{Instance, Switches};
use counterfoil_pipeline::Tally;
use counterfoil_pipeline::sync::SyncError;
use counterfoil_sdk::PullErrorKind;
use std::collections::BTreeMap;

#[tokio::test(start_paused = true)]
async fn more_issues_of_one_millisecond_than_a_page_has_all_come() {
    for dialect in EDITIONS {
        for switch in ["page-cap", "index-seconds", "epoch-refused", "slow-drip"] {
            let mut instance = Instance::random(dialect.edition, 8, 3);
            instance.burst(60);
            instance.advance(600);
            let count = instance.oracle().issues.len();
            for page_size in [1, 2, count - 1, count, count + 1] {
                let setup = Setup::of(dialect, instance.clone(), on(&[switch])).pages_of(page_size);
                let estate = Estate::new(setup.with("census_hours", "720")).await;
                estate.both().await;
                let what = format!("{dialect:?}, {switch}, pages of {page_size}");
                equals(&estate, &what, &Equal::default().to_the_letter());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_scope_holds_in_every_question() {
    for jql in ["project = NET OR project = DESK", "priority in (1, 2) AND (project = NET OR project = ELSE)"] {
        for dialect in EDITIONS {
            let mut estate =
                Estate::new(Setup::random(dialect, 9, 40, Switches::default()).within(jql).pages_of(3)).await;
            estate.both().await;
            let truth = estate.instance().oracle_within(jql);
            assert!(!truth.issues.is_empty() && !truth.outside.is_empty(), "{jql} divides the issues");
            let held = newest(estate.ledger.as_ref(), "issue");
            assert!(held.keys().eq(truth.issues.keys()), "only issues of {jql} arrive");
            estate.live(20);
            estate.settle().await;
            equals(&estate, jql, &Equal { jql: jql.to_owned(), ..Equal::default() });
        }
    }
}

/// Lets a pass over the issues go on until the site has answered so many requests; whether it came to its end before.
async fn dies_after(estate: &Estate, requests: usize) -> bool {
    let died = async {
        while estate.server.requests().len() < requests {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = died => false,
        pass = estate.pass("issue") => { pass.unwrap(); true }
    }
}

/// What was told, event by event; of each its text.
fn events(estate: &Estate) -> BTreeMap<String, String> {
    versions(estate.ledger.as_ref()).into_iter().map(|one| (one.event.id, one.event.body)).collect()
}

/// Issues of a site on which every request is a place to die at. Service management has several for each issue.
fn places(dialect: Dialect) -> u32 {
    if dialect.jsm { 5 } else { 9 }
}

async fn tells_what_it_would_have_told(dialect: Dialect) {
    let setup = Setup::random(dialect, 10, places(dialect), on(&["index-seconds"])).pages_of(3);
    let mut estate = Estate::new(setup).await;
    estate.both().await;
    let expected = events(&estate);
    let mut deaths = 0;
    for requests in 1.. {
        estate.begin_anew();
        estate.patiently("catalogue").await;
        estate.server.forget_requests();
        if dies_after(&estate, requests).await {
            break;
        }
        deaths += 1;
        estate.restart();
        estate.both().await;
        let told = events(&estate);
        assert!(told.keys().eq(expected.keys()), "{dialect:?}: died after request {requests}");
        assert!(told == expected, "{dialect:?}: died after request {requests}: an event says something else");
        equals(&estate, &format!("{dialect:?}: died after request {requests}"), &Equal::default().to_the_letter());
    }
    println!("{dialect:?}: a pass has {deaths} places to die in");
    assert!(deaths > 8, "{dialect:?}: {deaths}");
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_dies_anywhere_tells_what_it_would_have_told() {
    for dialect in EDITIONS {
        tells_what_it_would_have_told(dialect).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_of_service_management_that_dies_anywhere_tells_what_it_would_have_told() {
    for dialect in &DIALECTS[2..] {
        tells_what_it_would_have_told(*dialect).await;
    }
}

async fn goes_on_where_it_was(dialect: Dialect) {
    for at in 1.. {
        let setup = Setup::random(dialect, 10, places(dialect), Switches::default()).pages_of(3);
        let mut estate = Estate::new(setup).await;
        let mut died = false;
        for _ in 0..3 {
            estate.server.forget_requests();
            died |= !dies_after(&estate, at).await;
            estate.restart();
            estate.live(4);
        }
        estate.settle().await;
        equals(&estate, &format!("{dialect:?}: died after request {at}"), &Equal::default());
        if !died {
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_dies_anywhere_goes_on_where_it_was() {
    for dialect in EDITIONS {
        goes_on_where_it_was(dialect).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_of_service_management_that_dies_anywhere_goes_on_where_it_was() {
    for dialect in &DIALECTS[2..] {
        goes_on_where_it_was(*dialect).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_pass_over_an_unchanged_site_makes_no_event_and_few_calls() {
    for dialect in DIALECTS {
        let setup = Setup::random(dialect, 11, 300, Switches::default()).pages_of(100).with("census_hours", "24");
        let estate = Estate::new(setup).await;
        estate.both().await;
        let calls = || estate.connector.calls().unwrap();
        let first = calls();
        let events = versions(estate.ledger.as_ref()).len();
        estate.instance().advance(3_600);
        let before = calls();
        let calm = estate.both().await;
        let plain = calls() - before;
        assert_eq!(calm.tally, Tally::default());
        estate.instance().advance(86_400);
        let before = calls();
        let counted = estate.both().await;
        let with_census = calls() - before;
        assert_eq!((counted.tally, counted.census.unwrap().missed), (Tally::default(), 0));
        assert_eq!(versions(estate.ledger.as_ref()).len(), events);
        println!(
            "{dialect:?}: calls over two streams: {first} for the first pass, {plain} for an idle one, {with_census} with \
             a census"
        );
        // Five lists and the site for one stream, the site and one page for the other.
        assert!(plain <= 14, "{plain}");
        assert!(with_census <= 30, "{with_census}");
    }
}

/// Error of a pass over the issues that cannot go on; nothing was committed and the position is where it was.
async fn stops(estate: &Estate) -> PullErrorKind {
    let position = || estate.ledger.stream("acme", "issue").unwrap().position;
    let (before, held) = (position(), versions(estate.ledger.as_ref()).len());
    let Err(SyncError::Pull(error)) = estate.pass("issue").await else { panic!("the pass goes on") };
    assert_eq!((position(), versions(estate.ledger.as_ref()).len()), (before, held));
    error.kind
}

/// Whether an error is that of an answer that cannot be relied on, for this reason.
fn is_contract(kind: &PullErrorKind, reason: &str) -> bool {
    matches!(kind, PullErrorKind::Contract { source } if source.to_string().contains(reason))
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_relied_on_holds_the_position() {
    for dialect in [DIALECTS[0], DIALECTS[2]] {
        for (switch, reason) in [("token-repeats", "circle"), ("truncation-warned", "CLAUSE_LIMIT_EXCEEDED")] {
            let mut estate = Estate::new(Setup::random(dialect, 12, 30, Switches::default()).pages_of(3)).await;
            estate.both().await;
            estate.live(12);
            estate.server.set_switches(on(&[switch]));
            estate.instance().burst(20);
            estate.server.forget_requests();
            let Err(SyncError::Pull(error)) = estate.pass("issue").await else { panic!("{switch}: the pass goes on") };
            assert!(is_contract(&error.kind, reason), "{switch}: {error:?}");
            let asked = estate.server.requests().len();
            assert!(asked < 100, "{switch}: {asked} requests");
            estate.server.set_switches(Switches::default());
            estate.settle().await;
            equals(&estate, switch, &Equal::default());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_search_that_is_gone_stops_the_pass_at_once() {
    for dialect in EDITIONS {
        let estate = Estate::new(Setup::random(dialect, 12, 10, Switches::default())).await;
        estate.both().await;
        estate.server.set_switches(on(&["search-gone"]));
        estate.server.forget_requests();
        let kind = stops(&estate).await;
        assert!(!matches!(kind, PullErrorKind::Unavailable { .. } | PullErrorKind::RateLimited { .. }), "{kind:?}");
        assert_eq!(estate.server.requests().iter().filter(|seen| seen.status == 410).count(), 1, "no storm of repeats");
    }
}

#[tokio::test(start_paused = true)]
async fn issues_without_fields_are_set_aside_and_nothing_held_is_lost() {
    for dialect in EDITIONS {
        let estate = Estate::new(Setup::random(dialect, 12, 10, Switches::default()).with("census_hours", "720")).await;
        estate.both().await;
        let held = newest(estate.ledger.as_ref(), "issue").len();
        estate.server.set_switches(on(&["fields-missing"]));
        estate.instance().burst(4);
        estate.instance().advance(60);
        let report = estate.both().await;
        assert!(report.tally.unreadable >= 4 && report.tally.adds_up(), "{:?}", report.tally);
        assert_eq!(newest(estate.ledger.as_ref(), "issue").len(), held, "{dialect:?}");
        let asides = estate.ledger.set_aside(None, 10).unwrap();
        assert!(asides.iter().all(|aside| aside.code == "jira::issue-without-identity"), "{dialect:?}");
    }
}
