//! Bursts, filters, crashes, and what a pass costs.

use crate::compare::{Equal, Told, equals, newest};
use crate::estate::{BASIC, CLIENT, Estate, Setup};
use crate::held::versions;
use counterfoil_gym::servicenow::{Instance, Switches};
use counterfoil_pipeline::sync::SyncError;
use counterfoil_pipeline::{Outcome, Tally};
use counterfoil_sdk::PullErrorKind;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn burst(incidents: u32) -> Instance {
    let mut instance = Instance::random(8, 3);
    instance.burst(incidents);
    instance.advance(600);
    instance
}

#[tokio::test(start_paused = true)]
async fn more_rows_of_one_second_than_a_page_has_all_come() {
    for page_size in [100, 249, 250, 251] {
        let setup = Setup::of(burst(250), Switches::default()).pages_of(page_size).with("choices = false");
        let estate = Estate::new(setup).await;
        estate.both().await;
        equals(&estate, &format!("pages of {page_size}"), &Equal::default());
    }
    for page_size in [1, 2] {
        let setup = Setup::of(burst(30), Switches::default()).pages_of(page_size).with("choices = false");
        let estate = Estate::new(setup).await;
        estate.both().await;
        equals(&estate, &format!("pages of {page_size}"), &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_and_one_rows_of_one_second_all_come() {
    let switches = Switches { not_audited: true, ..Switches::default() };
    let setup = Setup::of(burst(10_001), switches).pages_of(1_000).with("choices = false");
    let estate = Estate::new(setup).await;
    let report = estate.both().await;
    assert_eq!(report.tally.committed, estate.instance().rows("incident") as u64);
    equals(&estate, "10,001", &Equal { audit: Told::NoMember, ..Equal::default() });
}

async fn filtered(filter: &str, page_size: usize) {
    let setup = Setup::random(9, 60, Switches::default()).pages_of(page_size).with("choices = false");
    let mut estate = Estate::new(setup.with(&format!("filter = '{filter}'"))).await;
    estate.both().await;
    let truth = estate.instance().oracle_within(filter);
    assert!(!truth.incidents.is_empty() && !truth.outside.is_empty(), "{filter} divides the incidents");
    let held = newest(estate.ledger.as_ref(), "incident");
    assert!(held.keys().eq(truth.incidents.keys()), "only incidents of {filter} arrive");
    estate.live(20);
    estate.settle().await;
    equals(&estate, filter, &Equal { filter: filter.to_owned(), ..Equal::default() });
}

#[tokio::test(start_paused = true)]
async fn a_caret_in_a_value_of_the_filter_stays_part_of_the_value() {
    for page_size in [1, 7] {
        filtered("assignment_group.name=Network^^Operations", page_size).await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_branch_of_a_filter_holds_in_every_question() {
    for page_size in [1, 2, 7] {
        filtered("priority=1^ORpriority=2^NQcategory=network^priority=3", page_size).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_misspelt_column_of_the_filter_is_refused_before_the_first_record() {
    for finds_nothing in [false, true] {
        let switches = Switches { invalid_query_finds_nothing: finds_nothing, ..Switches::default() };
        let setup = Setup::random(9, 20, switches).with("choices = false").with("filter = 'prioritty=1'");
        let estate = Estate::new(setup).await;
        let Err(SyncError::Pull(error)) = estate.pass("incident").await else { panic!("the pass goes on") };
        let PullErrorKind::NotFound { what } = &error.kind else { panic!("{error:?}") };
        assert!(what.contains("`prioritty`"), "{what}");
        assert!(newest(estate.ledger.as_ref(), "incident").is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_dies_anywhere_goes_on_where_it_was() {
    for at in 1..24 {
        let setup = Setup::random(10, 16, Switches::default()).pages_of(3).with("choices = false");
        let mut estate = Estate::new(setup).await;
        for _ in 0..3 {
            estate.server.forget_requests();
            let died = async {
                while estate.server.requests().len() < at {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                biased;
                () = died => {}
                pass = estate.pass("incident") => { pass.unwrap(); }
            }
            estate.restart();
            estate.live(4);
        }
        estate.settle().await;
        equals(&estate, &format!("died at request {at}"), &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn of_what_is_hidden_the_report_says_how_much_and_all_else_arrives() {
    for page_size in [1, 10, 500] {
        let switches = Switches { hidden_permille: 640, hidden_run: 12, ..Switches::default() };
        let setup = Setup::random(3, 150, switches).pages_of(page_size).with("choices = false");
        let estate = Estate::new(setup).await;
        let report = estate.both().await;
        let truth = estate.instance().oracle();
        let (visible, hidden) = (truth.incidents.len() as u64, truth.hidden);
        assert!(hidden * 10 >= (visible + hidden) * 7, "{hidden} of {} are hidden", visible + hidden);
        let sizes = estate.server.requests();
        let is_empty_inside = |seen: &counterfoil_gym::servicenow::Seen| {
            seen.path.ends_with("/incident") && seen.rows == 0 && seen.parameters.contains_key("sysparm_offset")
        };
        assert!(page_size > 10 || sizes.iter().any(is_empty_inside), "no page was empty");
        let gap = report.gaps.iter().find(|gap| gap.code == "servicenow::access-gap").unwrap();
        let said = format!("visible {visible} of {}, access gap {hidden}", visible + hidden);
        assert!(gap.reason.starts_with(&said), "{} instead of {said}", gap.reason);
        assert_eq!((gap.records, report.outcome), (Some(hidden), Outcome::Partial));
        assert_eq!(report.tally.committed, visible);
        equals(&estate, &said, &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_pass_over_an_unchanged_instance_makes_no_event_and_few_calls() {
    let mut setup = Setup::random(11, 400, Switches::default()).pages_of(100);
    setup.section = format!("{BASIC}requests_per_second = 1000\n");
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
        "calls over two streams: {first} for the first pass, {plain} for an idle one, {with_census} with a census"
    );
    // One for each walk, deletions being one of them, and some to spare for rows that share their second with the last one.
    assert!(plain <= 6, "{plain}");
    assert!(with_census <= 9, "{with_census}");
}

/// A consent as a person gives it once: a refresh token for a password.
async fn consent(url: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let form =
        "grant_type=password&client_id=gym-client&client_secret=gym-client-secret&username=integration&password=gym";
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /oauth_token.do HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let json: serde_json::Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    json["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_can_be_used_once_survives_a_restart() {
    for token_uses in [0, 3] {
        let switches =
            Switches { rotated_refresh_tokens: true, token_uses, token_life_secs: 600, ..Switches::default() };
        let account = format!("{CLIENT}refresh_token = \"env:REFRESH_TOKEN\"\n");
        let setup = Setup::random(12, 15, switches).signed_in_by(&account).with("choices = false");
        let mut estate = Estate::new(setup).await;
        let token = consent(&estate.server.url()).await;
        estate.consent(&token);
        for _ in 0..3 {
            estate.both().await;
            estate.live(5);
            estate.instance().advance(700);
            estate.restart();
        }
        estate.settle().await;
        equals(&estate, "rotated", &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_stops_the_pass_and_deletes_nothing() {
    let estate = Estate::new(Setup::random(13, 15, Switches::default()).with("choices = false")).await;
    estate.both().await;
    let before = versions(estate.ledger.as_ref()).len();
    let account = counterfoil_gym::servicenow::Account::with_password("another");
    estate.instance().set_account(account);
    for _ in 0..3 {
        let Err(SyncError::Pull(error)) = estate.pass("incident").await else { panic!("the pass goes on") };
        assert!(matches!(error.kind, PullErrorKind::Unauthenticated { status: 401, .. }), "{error:?}");
    }
    assert_eq!(versions(estate.ledger.as_ref()).len(), before);
}

#[tokio::test(start_paused = true)]
async fn a_state_that_nobody_knows_is_kept_and_counted() {
    let estate = Estate::new(Setup::random(14, 5, Switches::default())).await;
    estate.both().await;
    let id = estate.instance().oracle().incidents.into_keys().next().unwrap();
    for state in ["0", "-5", "42"] {
        estate.instance().advance(60);
        estate.instance().set_choice("state", state, "Pending");
        estate.instance().update(&id, &[("state", state), ("incident_state", state)]);
        let report = estate.both().await;
        let noted = report.noted.iter().any(|noted| noted.code.ends_with("unmapped-word") && noted.raw == state);
        assert!(noted, "{state}: {:?}", report.noted);
        equals(&estate, state, &Equal::default());
        let held = newest(estate.ledger.as_ref(), "choice");
        assert!(held.values().any(|held| held.raw["value"]["value"] == state), "the choice comes before the record");
    }
}
