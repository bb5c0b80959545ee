//! What happens to single issues, on purpose.

use crate::compare::{Equal, equals, in_words, newest, record_of, says};
use crate::estate::{DIALECTS, Dialect, EDITIONS, Estate, Setup};
use crate::held::versions;
use crate::switches::{has_gap, on};
use counterfoil_gym::jira::{Instance, Listener, ProjectKind, SCOPE, Switches};
use counterfoil_model::Field;
use counterfoil_record::Form;

const BEGIN: &str = "2026-05-01T08:00:00Z";

fn three(dialect: Dialect) -> (Instance, Vec<String>) {
    let mut instance = Instance::empty(dialect.edition, BEGIN.parse().unwrap());
    for key in ["NET", "DESK", "ELSE"] {
        instance.create_project(key, key, ProjectKind::ServiceDesk);
    }
    let ids = ["one", "two", "three"].map(|summary| {
        instance.advance(1);
        instance.create("NET", &[("summary", summary)])
    });
    instance.advance(600);
    (instance, ids.to_vec())
}

/// Three issues that were pulled.
async fn estate(dialect: Dialect) -> (Estate, Vec<String>) {
    let (instance, ids) = three(dialect);
    let estate = Estate::new(Setup::of(dialect, instance, Switches::default())).await;
    estate.both().await;
    (estate, ids)
}

/// The same where neither a census nor reading everything again mends anything.
async fn unmended(dialect: Dialect, switches: Switches) -> (Estate, Vec<String>) {
    let (instance, ids) = three(dialect);
    let setup = Setup::of(dialect, instance, switches).with("census_hours", "720").with("reread_days", "0");
    let estate = Estate::new(setup).await;
    estate.both().await;
    (estate, ids)
}

fn versions_of(estate: &Estate, id: &str) -> usize {
    versions(estate.ledger.as_ref()).iter().filter(|one| one.id.parts().2 == id).count()
}

#[tokio::test(start_paused = true)]
async fn two_updates_of_one_minute_with_a_pass_between_them_are_two_versions() {
    for dialect in DIALECTS {
        for switch in ["page-cap", "epoch-refused", "index-seconds"] {
            let (estate, ids) = unmended(dialect, on(&[switch])).await;
            for (summary, secs) in [("first", 5), ("second", 40)] {
                estate.instance().advance(secs);
                estate.instance().update(&ids[1], &[("summary", summary)]);
                estate.both().await;
            }
            assert_eq!(versions_of(&estate, &ids[1]), 3, "{dialect:?}");
            equals(&estate, switch, &Equal::default().to_the_letter());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_updates_of_one_millisecond_with_a_pass_between_them_are_two_versions() {
    for dialect in DIALECTS {
        let (estate, ids) = unmended(dialect, Switches::default()).await;
        estate.instance().update(&ids[1], &[("priority", "2")]);
        estate.both().await;
        estate.instance().update(&ids[1], &[("priority", "1")]);
        estate.instance().comment(&ids[0], "in the same millisecond", Listener::Customer);
        estate.both().await;
        assert_eq!(versions_of(&estate, &ids[1]), 3, "{dialect:?}");
        equals(&estate, &format!("{dialect:?}"), &Equal::default().to_the_letter());
        estate.server.forget_requests();
        estate.both().await;
        let asked = estate.server.counts();
        assert!(!asked.contains_key("changelog") && !asked.contains_key("comment"), "known by now: {asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_without_any_mark_is_found_when_everything_is_read_again() {
    for dialect in DIALECTS {
        let (estate, ids) = estate(dialect).await;
        // Within the overlap it would be seen at once.
        estate.instance().advance(3_600);
        estate.instance().update(&ids[0], &[("summary", "an hour later")]);
        estate.both().await;
        estate.instance().update_quietly(&ids[2], &[("customfield_10077", "nobody saw it")]);
        assert_eq!(estate.both().await.tally.committed, 0, "{dialect:?}");
        estate.instance().advance(7 * 86_400);
        assert_eq!(estate.both().await.tally.committed, 1, "{dialect:?}");
        equals(&estate, &format!("{dialect:?}"), &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_to_something_outside_comes_with_the_next_update() {
    for dialect in &DIALECTS[2..] {
        let (estate, ids) = estate(*dialect).await;
        estate.instance().remote_link(&ids[0], "system=gym&id=1", "https://status.example.org/1", "Status page");
        estate.both().await;
        estate.touch_all().await;
        equals(&estate, &format!("{dialect:?}"), &Equal::default().to_the_letter());
    }
}

#[tokio::test(start_paused = true)]
async fn a_moved_issue_stays_one_record() {
    for dialect in DIALECTS {
        let (estate, ids) = estate(dialect).await;
        estate.instance().advance(60);
        estate.instance().move_to(&ids[0], "ELSE");
        estate.settle().await;
        equals(&estate, &format!("{dialect:?}"), &Equal::default().to_the_letter());
        let held = newest(estate.ledger.as_ref(), "issue");
        let record = record_of(&held[&ids[0]].stored);
        let expected = [("", "NET-1"), ("NET-1", "ELSE-1")].map(|(from, to)| (from.to_owned(), to.to_owned()));
        let names: Vec<_> = record
            .history
            .iter()
            .filter(|one| one.field == Field::NativeKey)
            .map(|one| (in_words(&one.from), in_words(&one.to)))
            .collect();
        assert_eq!((held.len(), names), (3, expected.to_vec()), "{dialect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_used_again_is_another_record() {
    for dialect in DIALECTS {
        let (estate, ids) = estate(dialect).await;
        let second = {
            let mut instance = estate.instance();
            instance.advance(5);
            ids.iter().for_each(|id| instance.move_to(id, "ELSE"));
            instance.delete_project("NET");
            instance.create_project("NET", "Network again", ProjectKind::ServiceDesk);
            instance.advance(5);
            instance.create("NET", &[("summary", "another")])
        };
        estate.settle().await;
        equals(&estate, &format!("{dialect:?}"), &Equal::default().to_the_letter());
        let held = newest(estate.ledger.as_ref(), "issue");
        assert_eq!((held.len(), held[&second].raw["key"].as_str()), (4, Some("NET-1")), "{dialect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_was_deleted_hidden_archived_and_moved_are_told_apart() {
    for dialect in DIALECTS {
        let (mut instance, mut made) = three(dialect);
        made.extend(["NET", "DESK"].map(|key| instance.create(key, &[("summary", "one more")])));
        instance.advance(600);
        let estate = Estate::new(Setup::of(dialect, instance, Switches::default()).within(SCOPE)).await;
        estate.both().await;
        let [deleted, hidden, archived, moved, _] = [0, 1, 2, 3, 4].map(|nth| made[nth].as_str());
        {
            let mut instance = estate.instance();
            instance.advance(60);
            instance.delete(deleted);
            instance.hide(hidden);
            instance.archive(archived);
            instance.move_to(moved, "ELSE");
        }
        let equal = Equal { jql: SCOPE.to_owned(), ..Equal::default() };
        let gone = |estate: &Estate| {
            let held = newest(estate.ledger.as_ref(), "issue");
            made.iter().map(|id| held[id].gone).collect::<Vec<_>>()
        };
        estate.both().await;
        assert_eq!(gone(&estate), [false; 5], "{dialect:?}: one census is no proof");
        estate.both().await;
        assert_eq!(gone(&estate), [true, true, true, false, false], "{dialect:?}");
        equals(&estate, "out of sight", &equal.to_the_letter());
        {
            let mut instance = estate.instance();
            instance.unhide(hidden);
            instance.restore(archived);
            instance.update(moved, &[("status", "6"), ("resolution", "10000")]);
            instance.advance(60);
        }
        estate.both().await;
        assert_eq!(gone(&estate), [true, false, false, false, false], "{dialect:?}");
        equals(&estate, "shown again", &equal.to_the_letter());
    }
}

#[tokio::test(start_paused = true)]
async fn a_project_that_is_archived_takes_its_issues_out_of_sight() {
    for dialect in DIALECTS {
        let (estate, ids) = estate(dialect).await;
        estate.instance().create("ELSE", &[("summary", "stays")]);
        estate.instance().archive_project("NET");
        estate.settle().await;
        equals(&estate, &format!("{dialect:?}"), &Equal::default());
        let held = newest(estate.ledger.as_ref(), "issue");
        assert!(ids.iter().all(|id| held[id].gone) && held.len() == 4, "{dialect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn rights_that_are_lost_at_once_delete_nothing() {
    for dialect in DIALECTS {
        let estate = Estate::new(Setup::random(dialect, 3, 40, Switches::default())).await;
        estate.both().await;
        let before = versions(estate.ledger.as_ref()).len();
        estate.server.set_switches(on(&["role-removed"]));
        for _ in 0..3 {
            let report = estate.both().await;
            assert!(has_gap(&report, "census::mass-disappearance"), "{dialect:?}: {:?}", report.gaps);
        }
        // Sites leave out the links to what an account does not see; more is not lost.
        for told in versions(estate.ledger.as_ref()).split_off(before) {
            assert!(told.form == Form::Snapshot && record_of(&told).links.is_empty(), "{dialect:?}: {:?}", told.id);
        }
        estate.server.set_switches(Switches::default());
        estate.settle().await;
        equals(&estate, "rights given back", &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn an_issue_that_left_the_scope_is_followed_to_its_end() {
    for dialect in DIALECTS {
        let (instance, ids) = three(dialect);
        let estate = Estate::new(Setup::of(dialect, instance, Switches::default()).within(SCOPE)).await;
        estate.both().await;
        let equal = Equal { jql: SCOPE.to_owned(), ..Equal::default() };
        estate.instance().move_to(&ids[0], "ELSE");
        for (status, resolution) in [("3", ""), ("5", "10000"), ("6", "10000")] {
            estate.instance().advance(3_600);
            estate.instance().update(&ids[0], &[("status", status), ("resolution", resolution)]);
            estate.both().await;
            equals(&estate, &format!("{dialect:?}, {status}"), &equal.to_the_letter());
        }
        let held = newest(estate.ledger.as_ref(), "issue");
        assert_eq!(says(&record_of(&held[&ids[0]].stored), Field::State), "closed");
    }
}

#[tokio::test(start_paused = true)]
async fn an_index_that_is_hours_late_loses_nothing() {
    for dialect in DIALECTS {
        let (instance, ids) = three(dialect);
        let setup = Setup::of(dialect, instance, on(&["index-lag-hours"])).with("reread_days", "0");
        let estate = Estate::new(setup).await;
        estate.both().await;
        for nth in 0..12 {
            let summary = format!("{nth}");
            estate.instance().update(&ids[nth % 3], &[("summary", &summary)]);
            estate.instance().create("NET", &[("summary", &summary)]);
            estate.instance().advance(1_200);
            estate.both().await;
        }
        // Six hours later the overlap of ten minutes is far behind; a census finds the rest.
        estate.instance().advance(6 * 3_600);
        let report = estate.both().await;
        assert!(report.census.is_some_and(|census| census.missed > 0), "{dialect:?}");
        equals(&estate, &format!("{dialect:?}"), &Equal::default().to_the_letter());
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_that_the_index_learns_late_needs_no_census_to_be_found() {
    for dialect in EDITIONS {
        for switch in ["index-lag", "nodes-differ"] {
            let (estate, ids) = unmended(dialect, on(&[switch])).await;
            for nth in 0..12 {
                let summary = format!("{nth}");
                estate.instance().update(&ids[nth % 3], &[("summary", &summary)]);
                estate.instance().create("NET", &[("summary", &summary)]);
                estate.instance().advance(20);
                estate.both().await;
            }
            estate.instance().advance(120);
            estate.both().await;
            equals(&estate, &format!("{dialect:?}: {switch}"), &Equal::default().to_the_letter());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_hour_that_comes_twice_and_one_that_never_comes_lose_nothing() {
    for dialect in EDITIONS {
        for begin in ["2026-10-24T23:40:00Z", "2026-03-29T00:20:00Z"] {
            for fold_later in [false, true] {
                let mut instance = Instance::empty(dialect.edition, begin.parse().unwrap());
                instance.create_project("NET", "Network", ProjectKind::Software);
                let account_zone = "Europe/Berlin".into();
                let switches = Switches { epoch_refused: true, account_zone, fold_later, ..Switches::default() };
                let setup = Setup::of(dialect, instance, switches).with("overlap_secs", "60");
                let estate = Estate::new(setup.with("census_hours", "720").with("reread_days", "0").pages_of(3)).await;
                for nth in 0..30 {
                    let summary = format!("{nth}");
                    estate.instance().create("NET", &[("summary", &summary)]);
                    estate.instance().advance(240);
                    estate.both().await;
                    let held = newest(estate.ledger.as_ref(), "issue");
                    assert_eq!(held.len(), nth + 1, "{dialect:?} {begin}");
                }
                equals(&estate, begin, &Equal::default().to_the_letter());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_whose_zone_changes_between_passes_loses_nothing() {
    for dialect in DIALECTS {
        let (estate, ids) = unmended(dialect, on(&["epoch-refused"])).await;
        let zones = ["Etc/GMT+12", "Pacific/Kiritimati", "Asia/Kolkata", "America/St_Johns", "UTC", "Europe/Berlin"];
        for (nth, zone) in zones.into_iter().enumerate() {
            {
                let mut instance = estate.instance();
                let account = instance.account().clone().in_zone(zone);
                instance.set_account(account);
                instance.update(&ids[nth % 3], &[("summary", zone)]);
                instance.advance(120);
            }
            estate.both().await;
            let held = newest(estate.ledger.as_ref(), "issue");
            assert_eq!(held[&ids[nth % 3]].raw["fields"]["summary"], zone, "{dialect:?}");
        }
        estate.touch_all().await;
        equals(&estate, &format!("{dialect:?}"), &Equal::default().to_the_letter());
    }
}

#[tokio::test(start_paused = true)]
async fn the_gateways_clock_decides_nothing_about_positions() {
    for dialect in DIALECTS {
        let mut told = Vec::new();
        for [first, then] in [[0, 0], [600, -7_200]] {
            let mut estate = Estate::new(Setup::random(dialect, 5, 20, Switches::default())).await;
            *estate.clock.ahead_secs.lock().unwrap() = first;
            estate.both().await;
            estate.live(20);
            *estate.clock.ahead_secs.lock().unwrap() = then;
            estate.both().await;
            let all = versions(estate.ledger.as_ref()).into_iter();
            // The address of the site stands in its links.
            let url = estate.server.url();
            let one = all.map(|one| (one.id, one.source_version, one.raw.as_str().replace(&url, "")));
            told.push(one.collect::<Vec<_>>());
            estate.settle().await;
            equals(&estate, "a clock that jumps", &Equal::default());
        }
        assert_eq!(told[0], told[1], "{dialect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_history_of_five_thousand_entries_is_whole() {
    for dialect in EDITIONS {
        let (mut instance, ids) = three(dialect);
        instance.long_history(&ids[1], 5_000);
        instance.advance(3_600);
        let setup = Setup::of(dialect, instance, Switches::default()).with("census_hours", "720");
        let estate = Estate::new(setup).await;
        let report = estate.both().await;
        assert_eq!((report.gaps.len(), report.tally.committed), (0, 3), "{dialect:?}");
        equals(&estate, &format!("{dialect:?}"), &Equal::default().to_the_letter());
        let held = newest(estate.ledger.as_ref(), "issue");
        let entries = held[&ids[1]].raw["@changelog"].as_array().unwrap().len();
        let record = record_of(&held[&ids[1]].stored);
        let states = record.history.iter().filter(|one| one.field == Field::State).count();
        assert!(entries >= 5_000 && states >= 4_999, "{dialect:?}: {entries} entries, {states} states");
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_resolved_and_reopened_and_resolved_again_is_told_by_the_history() {
    for dialect in DIALECTS {
        let (estate, ids) = estate(dialect).await;
        // Resolved without a resolution, reopened, resolved with one.
        for (status, resolution) in [("5", ""), ("3", ""), ("5", "10000")] {
            estate.instance().advance(600);
            estate.instance().update(&ids[0], &[("status", status), ("resolution", resolution)]);
        }
        estate.instance().advance(60);
        estate.both().await;
        equals(&estate, &format!("{dialect:?}"), &Equal::default().to_the_letter());
        let held = newest(estate.ledger.as_ref(), "issue");
        let record = record_of(&held[&ids[0]].stored);
        assert_eq!(says(&record, Field::ReopenCount), "1", "{dialect:?}");
        let first = says(&record, Field::FirstResolvedAt);
        assert!(first.starts_with("2026-05-01T08:20:03"), "{dialect:?}: {first}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_site_that_was_restored_from_a_backup_is_held_as_it_is() {
    for dialect in DIALECTS {
        let (instance, ids) = three(dialect);
        let backup = instance.clone();
        let estate = Estate::new(Setup::of(dialect, instance, Switches::default())).await;
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
        equals(&estate, &format!("{dialect:?}"), &Equal::default());
    }
}
