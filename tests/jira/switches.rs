//! One switch after the other: what is wrong with the site, and that the ledger is what is true all the same.

use crate::compare::{Equal, equals};
use crate::estate::{DIALECTS, Dialect, EDITIONS, Entry, Estate, Setup};
use counterfoil_gym::jira::{Edition, Instance, Listener, SCOPE, Switches};
use counterfoil_pipeline::{Outcome, PassReport};

pub(crate) fn on(names: &[&str]) -> Switches {
    let mut switches = Switches::default();
    names.iter().for_each(|name| assert!(switches.turn(name), "{name}"));
    switches
}

/// Passes in the middle of life, then quiet; the report of the last pass over the issues.
async fn lived(estate: &mut Estate) -> PassReport {
    missed_nothing(estate, &estate.both().await);
    for round in 0..3 {
        let was_shown_again = estate.live(10);
        if round == 1 {
            estate.restart();
        }
        let report = estate.both().await;
        if !was_shown_again {
            missed_nothing(estate, &report);
        }
    }
    estate.settle().await
}

/// The census found nothing that the pull before it had left out, where nothing happened between the two.
fn missed_nothing(estate: &Estate, report: &PassReport) {
    let instance = estate.instance();
    let switches = instance.switches();
    let is_late = switches.index_lag_secs > 0 || switches.nodes_differ;
    let moves = switches.moving_every > 0 || switches.ties_shuffled;
    let missed = report.census.as_ref().map_or(0, |census| census.missed);
    assert!(is_late || moves || missed == 0, "{missed} issues were found by the census only");
}

/// A life, and that the ledger is what is true: before something happens to every issue, and to the letter after that.
pub(crate) async fn lives(setup: Setup, what: &str, equal: &Equal) -> PassReport {
    let mut estate = Estate::new(setup).await;
    let report = lived(&mut estate).await;
    equals(&estate, what, equal);
    let now = Equal { compared: estate.touch_all().await, ..equal.clone() };
    equals(&estate, &format!("{what}, to the letter"), &now);
    report
}

/// With these switches on, the ledger is what is true, in every dialect.
async fn holds(names: &[&str]) {
    for (nth, dialect) in DIALECTS.into_iter().enumerate() {
        let setup = Setup::random(dialect, 21 + nth as u64, 16, on(names)).pages_of([1, 5, 15, 100][nth]);
        lives(setup, &format!("{dialect:?}"), &Equal::default()).await;
    }
}

/// In pages of 1, 2, and about as many issues as there are.
async fn holds_in_pages(names: &[&str], issues: u32) {
    for dialect in EDITIONS {
        let instance = Instance::random(dialect.edition, 21, issues);
        let count = instance.oracle().issues.len();
        for page_size in [1, 2, count - 1, count, count + 1] {
            let setup = Setup::of(dialect, instance.clone(), on(names)).pages_of(page_size);
            lives(setup, &format!("{dialect:?}, pages of {page_size}"), &Equal::default()).await;
        }
    }
}

pub(crate) fn has_gap(report: &PassReport, code: &str) -> bool {
    report.gaps.iter().any(|gap| gap.code == code)
}

#[tokio::test(start_paused = true)]
async fn a_well_behaved_site_is_held_as_it_is() {
    for dialect in DIALECTS {
        let instance = Instance::random(dialect.edition, 21, 18);
        let count = instance.oracle().issues.len();
        for page_size in [1, 2, count - 1, count, count + 1] {
            let setup = Setup::of(dialect, instance.clone(), Switches::default()).pages_of(page_size);
            let what = format!("{dialect:?}, pages of {page_size}");
            assert_eq!(lives(setup, &what, &Equal::default()).await.outcome, Outcome::Complete, "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn with_the_mappings_as_they_are_shipped_incidents_and_requests_are_held() {
    for dialect in DIALECTS {
        let setup = Setup::random(dialect, 23, 24, Switches::default()).mapped_as_shipped();
        // A field of the site's own is not read, and so its quiet changes are not seen.
        let mut estate = Estate::new(setup).await;
        lived(&mut estate).await;
        let compared = estate.touch_all().await;
        let equal = Equal { kinds: vec!["10101", "10102"], compared, ..Equal::default() };
        equals(&estate, &format!("{dialect:?}"), &equal);
    }
}

macro_rules! switches_hold {
    ($($name:ident, $($switch:literal)+;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            $(holds(&[$switch]).await;)+
        }
    )*};
}

switches_hold! {
    a_change_that_the_index_learns_late_is_found, "index-lag" "nodes-differ";
    a_change_that_the_index_learns_hours_later_is_found, "index-lag-hours";
    an_index_of_whole_seconds_loses_nothing, "index-seconds";
    the_zone_of_the_account_moves_nothing, "zone-west" "zone-east" "zone-half" "zone-fold";
    a_site_that_takes_no_numbers_is_told_minutes, "epoch-refused";
    a_site_that_misreads_numbers_is_told_minutes, "epoch-misread";
    an_order_that_is_refused_is_never_asked_for, "order-by-id-refused";
    issues_of_one_moment_come_in_any_order, "ties-shuffled";
    a_token_that_is_an_offset_is_a_token, "offset-tokens";
    a_token_that_dies_begins_the_walk_again, "page-token-dies" "page-token-short";
    a_contradiction_about_the_end_is_none, "is-last-lies" "null-token";
    a_cut_changelog_is_read_otherwise, "changelog-cut" "changelog-total-lies";
    a_changelog_is_read_one_way_or_the_other, "changelog-missing" "bulk-changelog-missing" "bulk-changelog-millis";
    whoever_has_no_name_is_nobody, "authors-missing" "mail-hidden";
    comments_that_are_not_embedded_are_read, "comments-cut";
    issues_that_were_never_shown_are_not_there, "hidden-issues";
    other_words_for_the_same_statuses_are_held, "statuses-renamed" "names-localised";
    texts_of_any_depth_are_held, "wild-texts" "deep-texts";
    a_paused_clock_without_a_breach_is_held, "paused-without-breach";
    a_request_that_nobody_rated_has_no_rating, "feedback-missing";
    errors_in_another_form_are_errors, "other-error-form";
    a_chunked_body_that_is_cut_is_no_page, "cut-chunked";
    a_body_shorter_than_its_length_is_no_page, "cut-length";
    a_login_page_is_no_answer_and_deletes_nothing, "login-page";
    html_that_calls_itself_json_is_no_answer, "html-as-json";
    seconds_to_wait_are_waited, "too-many-seconds" "too-many-zero";
    a_date_to_wait_for_is_waited_for, "too-many-date" "too-many-reset";
    too_many_requests_without_a_hint_are_repeated_later, "too-many-mute";
    a_site_that_fails_now_and_then_loses_nothing, "internal-error" "bad-gateway";
    a_site_that_is_away_now_and_then_is_waited_for, "unavailable" "gateway-timeout";
    slow_answers_are_whole, "slow-drip";
}

#[tokio::test(start_paused = true)]
async fn fewer_issues_than_asked_for_are_not_the_end() {
    holds_in_pages(&["page-cap"], 12).await;
    holds_in_pages(&["short-pages"], 12).await;
}

#[tokio::test(start_paused = true)]
async fn issues_that_come_twice_are_held_once() {
    holds_in_pages(&["duplicate-rows"], 12).await;
}

#[tokio::test(start_paused = true)]
async fn issues_that_move_while_they_are_paged_through_are_found() {
    holds_in_pages(&["moving-rows"], 12).await;
    holds(&["moving-rows", "short-pages"]).await;
    holds(&["moving-rows", "offset-tokens"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_in_the_middle_is_replaced() {
    let cloud = [DIALECTS[0], DIALECTS[2]];
    for (dialect, entry) in cloud.into_iter().zip([Entry::Client, Entry::Consent]) {
        for name in ["token-expires", "token-short"] {
            // Requests of service management run side by side, and each takes one use of a token.
            let token_uses = if name == "token-expires" { [5, 25][usize::from(dialect.jsm)] } else { 0 };
            let switches = Switches { token_uses, ..on(&[name]) };
            let setup = Setup::random(dialect, 21, 14, switches).entering_by(entry);
            lives(setup, &format!("{dialect:?}, {name}, {entry:?}"), &Equal::default()).await;
        }
    }
}

/// A part that is denied is a gap, and in no record; when it is allowed, everything is there.
async fn denied(dialect: Dialect, switches: &Switches, code: &str, equal: &Equal) {
    let mut instance = Instance::random(dialect.edition, 21, 16);
    let ids: Vec<String> = instance.oracle().issues.into_keys().collect();
    for id in ids.iter().chain(&ids) {
        instance.comment(id, "one of several", Listener::Customer);
    }
    instance.advance(600);
    let setup = Setup::of(dialect, instance, switches.clone());
    let what = format!("{dialect:?}, {code}");
    let mut estate = Estate::new(setup).await;
    let report = lived(&mut estate).await;
    assert_eq!(report.outcome, Outcome::Partial, "{what}");
    assert!(has_gap(&report, code), "{what}: {:?}", report.gaps);
    equals(&estate, &what, equal);
    estate.server.set_switches(Switches::default());
    let report = estate.settle().await;
    assert_eq!(report.gaps, [], "{what}");
    equals(&estate, &format!("{what}, allowed"), &Equal::default());
}

#[tokio::test(start_paused = true)]
async fn without_changelogs_a_record_says_nothing_about_its_changes_until_they_can_be_read() {
    let equal = Equal { unseen: vec!["@changelog"], ..Equal::default() };
    denied(DIALECTS[0], &on(&["changelog-denied"]), "jira::changelog-denied", &equal).await;
    denied(DIALECTS[2], &on(&["changelog-denied"]), "jira::changelog-denied", &equal).await;
}

#[tokio::test(start_paused = true)]
async fn without_comments_a_record_says_nothing_about_them_until_they_can_be_read() {
    for dialect in EDITIONS {
        // A few come with the issue; where these are all, they are known.
        let switches = Switches { embedded_comments: 1, ..on(&["comments-denied"]) };
        let equal = Equal { maybe: vec!["@comments"], ..Equal::default() };
        denied(dialect, &switches, "jira::comments-denied", &equal).await;
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_service_desk_issues_come_and_the_gap_is_said() {
    let equal = Equal { unseen: vec!["@request", "@approvals", "@sla", "@satisfaction"], ..Equal::default() };
    for dialect in &DIALECTS[2..] {
        for name in ["servicedesk-denied", "scope-missing"] {
            denied(*dialect, &on(&[name]), "jira::service-desk-denied", &equal).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_list_of_words_issues_come_and_the_gap_is_said() {
    for dialect in EDITIONS {
        let mut estate = Estate::new(Setup::random(dialect, 21, 14, on(&["status-denied"]))).await;
        lived(&mut estate).await;
        let report = estate.patiently("catalogue").await;
        assert!(has_gap(&report, "jira::catalogue-denied"), "{:?}", report.gaps);
        equals(&estate, "denied", &Equal { no_lists: vec!["status"], ..Equal::default() });
    }
}

#[tokio::test(start_paused = true)]
async fn an_issue_that_leaves_the_scope_is_followed() {
    for dialect in DIALECTS {
        let setup = Setup::random(dialect, 21, 24, Switches::default()).within(SCOPE);
        let equal = Equal { jql: SCOPE.to_owned(), ..Equal::default() };
        lives(setup, &format!("{dialect:?}"), &equal).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_cut_in_data_center_is_left_out_and_said() {
    let mut instance = Instance::random(Edition::DataCenter, 3, 12);
    let id = instance.oracle().issues.into_keys().next().unwrap();
    instance.long_history(&id, 60);
    instance.advance(3_600);
    let estate = Estate::new(Setup::of(DIALECTS[1], instance, on(&["changelog-cut"]))).await;
    let report = estate.settle().await;
    assert!(has_gap(&report, "jira::history-short"), "{:?}", report.gaps);
    equals(&estate, "cut", &Equal { maybe: vec!["@changelog"], ..Equal::default() });
    estate.server.set_switches(Switches::default());
    estate.settle().await;
    equals(&estate, "whole again", &Equal::default());
}
