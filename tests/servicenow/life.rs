//! What happens to single records, on purpose.

use crate::compare::{Equal, equals, newest};
use crate::estate::{Estate, Setup};
use crate::held::versions;
use counterfoil_gym::servicenow::{Instance, Switches};

fn three() -> (Instance, Vec<String>) {
    let mut instance = Instance::empty(counterfoil_gym::NOW);
    let numbers = ["INC1", "INC2", "INC3"];
    let ids = numbers.map(|number| {
        instance.advance(1);
        instance.create(&[("number", number), ("state", "1"), ("priority", "3")])
    });
    instance.advance(600);
    (instance, ids.to_vec())
}

async fn estate() -> (Estate, Vec<String>) {
    let (instance, ids) = three();
    let setup = Setup::of(instance, Switches::default()).with("choices = false");
    (Estate::new(setup).await, ids)
}

#[tokio::test(start_paused = true)]
async fn two_updates_of_one_second_with_a_pass_between_them_are_two_versions() {
    let (estate, ids) = estate().await;
    estate.both().await;
    estate.instance().update(&ids[1], &[("priority", "2")]);
    estate.both().await;
    estate.instance().update(&ids[1], &[("priority", "1")]);
    estate.both().await;
    let told = versions(estate.ledger.as_ref()).into_iter().filter(|one| one.id.as_str().ends_with(&ids[1])).count();
    assert_eq!(told, 3);
    equals(&estate, "two in one second", &Equal::default());
}

#[tokio::test(start_paused = true)]
async fn two_updates_of_one_second_are_two_versions_without_their_count_as_well() {
    let (instance, ids) = three();
    let switches = Switches { columns_missing: vec!["sys_mod_count".into()], ..Switches::default() };
    let estate = Estate::new(Setup::of(instance, switches).with("choices = false")).await;
    estate.both().await;
    estate.instance().update(&ids[1], &[("priority", "2")]);
    estate.both().await;
    estate.instance().update(&ids[1], &[("priority", "1")]);
    estate.both().await;
    equals(&estate, "two in one second", &Equal { unseen: vec!["sys_mod_count".into()], ..Equal::default() });
}

#[tokio::test(start_paused = true)]
async fn a_comment_in_the_second_of_another_update_is_held() {
    let (estate, ids) = estate().await;
    estate.instance().update(&ids[0], &[("priority", "2")]);
    estate.both().await;
    estate.instance().write(&ids[0], "comments", "in the same second");
    estate.both().await;
    equals(&estate, "a comment", &Equal::default());
}

#[tokio::test(start_paused = true)]
async fn a_later_update_that_is_stamped_earlier_is_the_later_one() {
    let (instance, ids) = three();
    let mut setup = Setup::of(instance, Switches { clock_skew_secs: 30, ..Switches::default() });
    // A census would mend it.
    setup.section = setup.section.replace("census_hours = 0", "census_hours = 720\nreread_days = 0\nchoices = false");
    let estate = Estate::new(setup).await;
    estate.both().await;
    for round in 0..4 {
        // One of two that follow each other is stamped by the node that is ahead.
        for priority in ["1", "2", "4"] {
            estate.instance().update(&ids[round % 3], &[("priority", priority)]);
            estate.instance().advance(3);
            estate.both().await;
        }
    }
    estate.instance().advance(60);
    estate.both().await;
    equals(&estate, "two clocks", &Equal::default());
}

#[tokio::test(start_paused = true)]
async fn a_late_commit_needs_no_census_to_be_found() {
    let (instance, ids) = three();
    let mut setup = Setup::of(instance, Switches { late_commit_secs: 40, ..Switches::default() });
    setup.section = setup.section.replace("census_hours = 0", "census_hours = 720\nreread_days = 0\nchoices = false");
    let estate = Estate::new(setup).await;
    estate.both().await;
    for round in 0..4 {
        // Some of these can be seen at once, and others, which are stamped before them, only later.
        for at in 0..9 {
            estate.instance().update(&ids[at % 3], &[("priority", ["1", "2", "4", "5"][(at + round) % 4])]);
            estate.instance().create(&[("number", "INC9"), ("state", "1")]);
            estate.instance().advance(2);
        }
        estate.both().await;
        estate.instance().advance(60);
        estate.both().await;
        equals(&estate, "late", &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_without_any_mark_is_found_when_everything_is_read_again() {
    let (estate, ids) = estate().await;
    estate.both().await;
    estate.instance().advance(3_600);
    estate.instance().update_quietly(&ids[2], &[("short_description", "nobody saw it")]);
    let calm = estate.both().await;
    assert_eq!(calm.tally.committed, 0);
    estate.instance().advance(7 * 86_400);
    assert_eq!(estate.both().await.tally.committed, 1);
    equals(&estate, "quietly", &Equal::default());
}

#[tokio::test(start_paused = true)]
async fn a_deletion_is_known_from_the_table_of_deletions_at_once() {
    let (estate, ids) = estate().await;
    estate.both().await;
    estate.instance().delete(&ids[0]);
    estate.both().await;
    equals(&estate, "deleted", &Equal::default());
    let held = newest(estate.ledger.as_ref(), "incident");
    assert!(held[&ids[0]].gone && held[&ids[0]].stored.raw.as_str().starts_with(r#"{"gone":"deleted""#));
}

#[tokio::test(start_paused = true)]
async fn what_became_something_else_is_gone_after_two_censuses() {
    let (estate, ids) = estate().await;
    estate.both().await;
    estate.instance().reclassify(&ids[1]);
    estate.both().await;
    assert!(!newest(estate.ledger.as_ref(), "incident")[&ids[1]].gone, "one census is no proof");
    estate.both().await;
    equals(&estate, "reclassified", &Equal::default());
}

#[tokio::test(start_paused = true)]
async fn rights_that_are_lost_at_once_delete_nothing() {
    let setup = Setup::random(3, 40, Switches::default()).with("choices = false");
    let estate = Estate::new(setup).await;
    estate.both().await;
    let before = versions(estate.ledger.as_ref()).len();
    estate.server.set_switches(Switches { hidden_permille: 800, ..Switches::default() });
    for _ in 0..3 {
        let report = estate.both().await;
        assert!(report.gaps.iter().any(|gap| gap.code == "census::mass-disappearance"), "{:?}", report.gaps);
    }
    assert_eq!(versions(estate.ledger.as_ref()).len(), before);
    estate.server.set_switches(Switches::default());
    estate.settle().await;
    equals(&estate, "rights given back", &Equal::default());
}

#[tokio::test(start_paused = true)]
async fn a_record_that_was_not_shown_for_a_while_comes_back() {
    let (estate, ids) = estate().await;
    estate.both().await;
    estate.instance().hide(&ids[0]);
    for _ in 0..3 {
        estate.both().await;
    }
    assert!(newest(estate.ledger.as_ref(), "incident")[&ids[0]].gone);
    estate.instance().unhide(&ids[0]);
    estate.both().await;
    equals(&estate, "shown again", &Equal::default());
}

#[tokio::test(start_paused = true)]
async fn the_gateways_clock_decides_nothing_about_positions() {
    let mut told = Vec::new();
    for [first, then] in [[0, 0], [600, -7_200]] {
        let mut estate = Estate::new(Setup::random(5, 25, Switches::default()).with("choices = false")).await;
        *estate.clock.ahead_secs.lock().unwrap() = first;
        estate.both().await;
        estate.live(20);
        *estate.clock.ahead_secs.lock().unwrap() = then;
        estate.both().await;
        let all = versions(estate.ledger.as_ref()).into_iter();
        // The address of the instance stands in its links.
        let url = estate.server.url();
        told.push(all.map(|one| (one.id, one.source_version, one.raw.as_str().replace(&url, ""))).collect::<Vec<_>>());
        estate.settle().await;
        equals(&estate, "a clock that jumps", &Equal::default());
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_was_restored_from_a_backup_is_held_as_it_is() {
    let (instance, ids) = three();
    let backup = instance.clone();
    let setup = Setup::of(instance, Switches::default()).with("choices = false");
    let estate = Estate::new(setup).await;
    estate.both().await;
    for priority in ["1", "2", "4", "5"] {
        estate.instance().advance(60);
        estate.instance().update(&ids[1], &[("priority", priority)]);
    }
    estate.both().await;
    *estate.instance() = backup;
    estate.instance().advance(3_600);
    estate.instance().update(&ids[2], &[("priority", "1")]);
    estate.settle().await;
    equals(&estate, "restored", &Equal::default());
}
