//! One switch after the other: what is wrong with the instance, and that the ledger is what is true all the same.

use crate::compare::{Equal, Told, equals};
use crate::estate::{CLIENT, Estate, Setup};
use counterfoil_gym::servicenow::{SCOPE, Switches};
use counterfoil_pipeline::{Outcome, PassReport};

fn on(names: &[&str]) -> Switches {
    let mut switches = Switches::default();
    names.iter().for_each(|name| assert!(switches.turn(name), "{name}"));
    switches
}

/// Passes in the middle of life, then quiet; the report of the last pass over the incidents.
async fn lived(estate: &mut Estate) -> PassReport {
    missed_nothing(estate, &estate.both().await);
    for round in 0..3 {
        estate.live(12);
        if round == 1 {
            estate.restart();
        }
        missed_nothing(estate, &estate.both().await);
    }
    estate.settle().await
}

/// The census found nothing that the pull before it had left out, where nothing happened between the two.
fn missed_nothing(estate: &Estate, report: &PassReport) {
    let instance = estate.instance();
    let switches = instance.switches();
    let later = switches.moving_every > 0 || switches.late_commit_secs > 0 || switches.clock_skew_secs > 0;
    let missed = report.census.as_ref().map_or(0, |census| census.missed);
    assert!(later || missed == 0, "{missed} records were found by the census only");
}

async fn lives(setup: Setup, equal: &Equal) -> PassReport {
    let what = format!("pages of {}", setup.page_size);
    let mut estate = Estate::new(setup).await;
    let report = lived(&mut estate).await;
    equals(&estate, &what, equal);
    report
}

/// With these switches on, the ledger is what is true.
async fn holds(names: &[&str]) -> PassReport {
    lives(Setup::random(21, 30, on(names)), &Equal::default()).await
}

/// In pages of 1, 2, and about as many rows as there are.
async fn holds_in_pages(names: &[&str], incidents: u32) {
    for page_size in [1, 2, 7, incidents as usize - 1, incidents as usize, incidents as usize + 1] {
        let setup = Setup::random(21, incidents, on(names)).pages_of(page_size).with("choices = false");
        lives(setup, &Equal::default()).await;
    }
}

fn has_gap(report: &PassReport, code: &str) -> bool {
    report.gaps.iter().any(|gap| gap.code == code)
}

#[tokio::test(start_paused = true)]
async fn a_well_behaved_instance_is_held_as_it_is() {
    holds_in_pages(&[], 20).await;
    assert_eq!(holds(&[]).await.outcome, Outcome::Complete);
}

#[tokio::test(start_paused = true)]
async fn a_short_page_is_not_the_end() {
    holds_in_pages(&["hidden-rows"], 20).await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_is_not_the_end() {
    let switches = Switches { hidden_run: 5, ..Switches::default() };
    for page_size in [1, 2, 5, 19, 20, 21] {
        let setup = Setup::random(21, 20, switches.clone()).pages_of(page_size).with("choices = false");
        lives(setup, &Equal::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_without_a_link_is_not_the_end() {
    for page_size in [1, 2, 5, 30] {
        let switches = Switches { hidden_run: 5, no_link_on_empty_pages: true, ..Switches::default() };
        let setup = Setup::random(21, 30, switches).pages_of(page_size).with("choices = false");
        lives(setup, &Equal::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_at_the_end_leads_nowhere() {
    holds_in_pages(&["link-at-the-end"], 12).await;
    holds(&["link-at-the-end", "hidden-rows"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_query_that_finds_nothing_when_it_is_wrong_is_no_trouble() {
    holds(&["invalid-query-finds-nothing"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_late_commit_is_found_in_the_overlap() {
    for page_size in [1, 7, 1_000] {
        let setup = Setup::random(22, 25, on(&["late-commit"])).pages_of(page_size);
        lives(setup, &Equal::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn two_clocks_of_one_instance_hide_no_version() {
    for seed in [21, 22, 23] {
        lives(Setup::random(seed, 25, on(&["clock-skew"])), &Equal::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn rows_of_one_second_come_once_in_any_order() {
    holds_in_pages(&["ties-shuffled"], 20).await;
}

#[tokio::test(start_paused = true)]
async fn rows_that_move_while_they_are_paged_through_are_found() {
    holds_in_pages(&["moving-rows"], 20).await;
    holds(&["moving-rows", "hidden-rows"]).await;
}

#[tokio::test(start_paused = true)]
async fn fewer_rows_than_asked_for_are_not_the_end() {
    let setup = |page_size| Setup::random(21, 40, Switches { page_cap: 3, ..Switches::default() }).pages_of(page_size);
    for page_size in [2, 3, 4, 100] {
        lives(setup(page_size).with("choices = false"), &Equal::default()).await;
    }
    holds(&["page-cap", "hidden-rows"]).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_there_may_be_said_by_404() {
    holds(&["empty-is-404", "hidden-runs"]).await;
    let setup = Setup::random(21, 20, Switches::default()).with("api = \"v1\"");
    lives(setup, &Equal::default()).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_cancelled_inside_of_its_200_is_asked_for_in_pieces() {
    let switches = Switches { cancel_above_rows: 33, ..Switches::default() };
    for page_size in [32, 33, 34, 500] {
        let setup = Setup::random(21, 80, switches.clone()).pages_of(page_size).with("choices = false");
        lives(setup, &Equal::default()).await;
    }
    holds(&["cancelled-inside-200"]).await;
}

macro_rules! faults_pass {
    ($($name:ident, $switch:literal;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            holds(&[$switch]).await;
        }
    )*};
}

faults_pass! {
    a_chunked_body_that_is_cut_is_no_page, "cut-chunked";
    a_body_shorter_than_its_length_is_no_page, "cut-length";
    a_login_page_is_no_answer_and_deletes_nothing, "login-page";
    a_hibernating_instance_is_no_empty_one, "hibernation-page";
    html_that_calls_itself_json_is_no_answer, "html-as-json";
    a_reset_in_unix_seconds_is_waited_for, "too-many-reset";
    seconds_to_wait_are_waited, "too-many-seconds";
    a_date_to_wait_for_is_waited_for, "too-many-date";
    too_many_requests_without_a_hint_are_repeated_later, "too-many-mute";
    an_internal_error_now_and_then_loses_nothing, "internal-error";
    a_bad_gateway_now_and_then_loses_nothing, "bad-gateway";
    an_unavailable_instance_is_waited_for, "unavailable";
    slow_answers_are_whole, "slow-drip";
    rows_that_come_twice_are_held_once, "duplicate-rows";
    renamed_labels_are_no_values, "labels-renamed";
    labels_of_another_language_are_no_values, "labels-localised";
    numbers_and_flags_among_texts_are_read, "values-typed";
    references_come_in_two_forms, "references-mixed";
    moments_shown_in_another_zone_are_not_read, "local-display";
    incidents_of_other_domains_are_not_there, "domain-separation";
    without_its_clock_the_instance_is_read_all_the_same, "date-missing";
    without_a_count_the_links_lead_to_the_end, "count-missing";
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_in_the_middle_is_replaced() {
    for name in ["token-expires", "token-short"] {
        let setup = Setup::random(21, 20, on(&[name])).signed_in_by(CLIENT);
        lives(setup, &Equal::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_audit_a_record_says_nothing_about_its_changes_until_it_can_be_read() {
    for names in [&["audit-denied"][..], &["audit-denied", "denied-silently"]] {
        let mut estate = Estate::new(Setup::random(21, 25, on(names))).await;
        let report = lived(&mut estate).await;
        assert_eq!(report.outcome, Outcome::Partial, "{names:?}");
        assert!(has_gap(&report, "servicenow::audit-denied"), "{names:?}: {:?}", report.gaps);
        equals(&estate, "denied", &Equal { audit: Told::NoMember, ..Equal::default() });
        estate.server.set_switches(Switches::default());
        let report = estate.settle().await;
        assert!(!has_gap(&report, "servicenow::audit-denied"), "{names:?}");
        equals(&estate, "allowed", &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_journal_a_record_says_nothing_about_comments_until_it_can_be_read() {
    for names in [&["journal-denied"][..], &["journal-denied", "denied-silently"]] {
        let mut estate = Estate::new(Setup::random(21, 25, on(names))).await;
        let report = lived(&mut estate).await;
        assert!(has_gap(&report, "servicenow::journal-denied"), "{names:?}: {:?}", report.gaps);
        equals(&estate, "denied", &Equal { journal: Told::NoMember, ..Equal::default() });
    }
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_not_audited_never_says_that_nothing_changed() {
    lives(Setup::random(21, 25, on(&["not-audited"])), &Equal { audit: Told::NoMember, ..Equal::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_is_not_audited_takes_nothing_from_the_changes() {
    let equal = Equal { audit: Told::AllButTheBeginning, ..Equal::default() };
    lives(Setup::random(21, 25, on(&["creation-unaudited"])), &equal).await;
}

#[tokio::test(start_paused = true)]
async fn without_the_table_of_deletions_two_censuses_find_them() {
    holds(&["audit-delete-denied"]).await;
    holds(&["audit-delete-denied", "denied-silently"]).await;
}

#[tokio::test(start_paused = true)]
async fn deletions_that_are_not_written_are_found_by_two_censuses() {
    holds(&["audit-delete-unwritten"]).await;
}

#[tokio::test(start_paused = true)]
async fn without_the_choices_incidents_come_and_the_gap_is_said() {
    for names in [&["choice-denied"][..], &["choice-denied", "denied-silently"]] {
        let mut estate = Estate::new(Setup::random(21, 20, on(names))).await;
        lived(&mut estate).await;
        let report = estate.patiently("choice").await;
        assert!(!report.gaps.is_empty(), "{names:?}");
        equals(&estate, "denied", &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn columns_that_are_not_shown_are_not_made_up() {
    let unseen = vec!["hold_reason".to_owned(), "sys_mod_count".to_owned()];
    // Without the count of updates, an entry of a journal within the second of another update leaves no mark at all.
    let equal = Equal { unseen, journal: Told::Whatever, ..Equal::default() };
    lives(Setup::random(21, 25, on(&["columns-missing"])).with("choices = false"), &equal).await;
}

#[tokio::test(start_paused = true)]
async fn an_entry_of_a_journal_that_leaves_no_mark_comes_with_the_next_update() {
    let mut estate = Estate::new(Setup::random(21, 25, on(&["journal-unmarked"]))).await;
    lived(&mut estate).await;
    equals(&estate, "before", &Equal { journal: Told::Whatever, ..Equal::default() });
    let ids: Vec<String> = estate.instance().oracle().incidents.into_keys().collect();
    ids.iter().for_each(|id| estate.instance().update(id, &[("priority", "1")]));
    estate.settle().await;
    equals(&estate, "after", &Equal::default());
}

#[tokio::test(start_paused = true)]
async fn a_record_that_leaves_the_filter_is_followed() {
    let setup = Setup::random(21, 40, Switches::default()).with(&format!("filter = \"{SCOPE}\""));
    let equal = Equal { filter: SCOPE.to_owned(), ..Equal::default() };
    lives(setup, &equal).await;
}
