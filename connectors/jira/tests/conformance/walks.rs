//! Walks: what pages, tokens, clocks and an index that is late do to them.

use crate::support::{EDITIONS, Held, act, agrees, connect, section, serve, settle};
use counterfoil_gym::jira::{Edition, Instance, Switches};
use counterfoil_sdk::{Policy, PullErrorKind};
use std::sync::Arc;

#[tokio::test]
async fn twice_within_a_minute_is_found_twice() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 3, 10), Switches::by_name("epoch-refused").unwrap()).await;
        let connector = connect(&section(&server.url(), edition, ""));
        let id = act(&server, |instance| instance.oracle().issues.keys().next().unwrap().clone());
        let mut held = Held::default();
        for summary in ["first", "second"] {
            act(&server, |instance| {
                instance.update(&id, &[("summary", summary)]);
                instance.advance(7);
            });
            held.pass(&*connector, 50).await.unwrap();
            assert_eq!(held.json(&id)["fields"]["summary"], summary, "{edition:?}");
        }
    }
}

#[tokio::test]
async fn a_change_that_comes_late_into_the_index_is_found() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 5, 30), Switches::by_name("index-lag").unwrap()).await;
        let connector = connect(&section(&server.url(), edition, ""));
        let mut held = Held::default();
        held.pass(&*connector, 10).await.unwrap();
        let all: Vec<String> = act(&server, |instance| instance.oracle().issues.keys().cloned().collect());
        for id in &all {
            act(&server, |instance| {
                instance.update(id, &[("summary", "late")]);
                instance.advance(5);
            });
            held.pass(&*connector, 10).await.unwrap();
        }
        settle(&server);
        held.pass(&*connector, 10).await.unwrap();
        agrees(&held, &act(&server, |instance| instance.oracle()), "index lag");
    }
}

#[tokio::test]
async fn a_change_that_comes_hours_late_is_found_by_a_census() {
    let server = serve(Instance::random(Edition::Cloud, 5, 30), Switches::by_name("index-lag-hours").unwrap()).await;
    let connector = connect(&section(&server.url(), Edition::Cloud, ""));
    let mut held = Held::default();
    held.pass(&*connector, 10).await.unwrap();
    let all: Vec<String> = act(&server, |instance| instance.oracle().issues.keys().cloned().collect());
    for id in &all {
        act(&server, |instance| {
            instance.update(id, &[("summary", "late")]);
            instance.advance(60);
        });
    }
    held.pass(&*connector, 10).await.unwrap();
    act(&server, |instance| instance.advance(30_000));
    held.pass(&*connector, 10).await.unwrap();
    assert!(held.census(&*connector).await.unwrap() > 0, "the overlap is minutes, the index was hours late");
    agrees(&held, &act(&server, |instance| instance.oracle()), "index lag of hours");
}

#[tokio::test]
async fn the_walk_goes_from_the_oldest_change_to_the_newest() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 6, 30), Switches::default()).await;
        let mut held = Held::default();
        held.pass(&*connect(&section(&server.url(), edition, "")), 7).await.unwrap();
        let searches: Vec<_> = server.requests().into_iter().filter(|seen| !seen.jql.is_empty()).collect();
        assert!(searches.len() > 4 && searches.iter().all(|seen| seen.jql.contains("ORDER BY updated ASC, key ASC")));
        assert!(searches.iter().all(|seen| !seen.jql.contains("DESC")));
    }
}

#[tokio::test]
async fn numbers_are_used_where_the_site_understands_them() {
    for (switch, has_numbers) in [("page-cap", true), ("epoch-refused", false), ("epoch-misread", false)] {
        for edition in EDITIONS {
            let server = serve(Instance::random(edition, 6, 12), Switches::by_name(switch).unwrap()).await;
            let connector = connect(&section(&server.url(), edition, ""));
            let mut held = Held::default();
            held.pass(&*connector, 50).await.unwrap();
            server.forget_requests();
            act(&server, |instance| instance.advance(100));
            held.pass(&*connector, 50).await.unwrap();
            let walk = server.requests().into_iter().find(|seen| !seen.jql.is_empty()).unwrap();
            assert_eq!(walk.jql.contains("updated >= 1"), has_numbers, "{switch}: {}", walk.jql);
            agrees(&held, &act(&server, |instance| instance.oracle()), switch);
        }
    }
}

#[tokio::test]
async fn a_zone_that_changes_between_passes_loses_nothing() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 8, 12), Switches::by_name("epoch-refused").unwrap()).await;
        let connector = connect(&section(&server.url(), edition, ""));
        let mut held = Held::default();
        for zone in ["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin"] {
            act(&server, |instance| {
                let account = instance.account().clone().in_zone(zone);
                instance.set_account(account);
                let id = instance.oracle().issues.keys().last().unwrap().clone();
                instance.update(&id, &[("summary", zone)]);
                instance.advance(120);
            });
            held.pass(&*connector, 5).await.unwrap();
            let truth = act(&server, |instance| instance.oracle());
            let marks: Vec<_> = held.marks().into_values().map(str::to_owned).collect();
            let expected: Vec<_> = truth.issues.values().map(|issue| crate::support::mark(issue.updated)).collect();
            assert_eq!(marks, expected, "{zone}");
        }
    }
}

#[tokio::test]
async fn an_hour_that_comes_twice_loses_nothing() {
    for edition in EDITIONS {
        for fold_later in [false, true] {
            let begin = "2026-10-24T23:40:00Z".parse().unwrap();
            let mut instance = Instance::empty(edition, begin);
            instance.create_project("NET", "Network", counterfoil_gym::jira::ProjectKind::Software);
            let switches = Switches {
                epoch_refused: true,
                account_zone: "Europe/Berlin".into(),
                fold_later,
                ..Switches::default()
            };
            let server = serve(instance, switches).await;
            let connector = connect(&section(&server.url(), edition, "overlap_secs = 60"));
            let mut held = Held::default();
            for nth in 0..40 {
                act(&server, |instance| {
                    instance.create("NET", &[("summary", &format!("{nth}"))]);
                    instance.advance(240);
                });
                held.pass(&*connector, 3).await.unwrap();
                assert_eq!(held.records.len(), nth + 1, "{edition:?}");
            }
        }
    }
}

#[tokio::test]
async fn many_issues_of_one_millisecond_are_all_read() {
    for edition in EDITIONS {
        for switch in ["ties-shuffled", "index-seconds", "page-cap"] {
            let mut instance = Instance::random(edition, 9, 5);
            instance.burst(150);
            instance.advance(10_000);
            let server = serve(instance, Switches::by_name(switch).unwrap()).await;
            let connector = connect(&section(&server.url(), edition, ""));
            let mut held = Held::default();
            held.pass(&*connector, 40).await.unwrap();
            if switch == "ties-shuffled" {
                // No order is left to rely on: what slipped through is found by the census.
                held.census(&*connector).await.unwrap();
            }
            agrees(&held, &act(&server, |instance| instance.oracle()), switch);
        }
    }
}

#[tokio::test]
async fn tokens_that_lead_in_a_circle_are_an_error_and_the_position_stays() {
    let server = serve(Instance::random(Edition::Cloud, 9, 30), Switches::by_name("token-repeats").unwrap()).await;
    let connector = connect(&section(&server.url(), Edition::Cloud, ""));
    let mut held = Held::default();
    let error = held.pass(&*connector, 5).await.unwrap_err();
    assert_eq!(error.kind.policy(), Policy::StopAndReport);
    assert!(
        matches!(&error.kind, PullErrorKind::Contract { source } if source.to_string().contains("circle")),
        "{error:?}"
    );
    assert!(server.requests().len() < 60, "{}", server.requests().len());
    server.set_switches(Switches::default());
    held.pass(&*connector, 5).await.unwrap();
    agrees(&held, &act(&server, |instance| instance.oracle()), "after the circle");
}

#[tokio::test]
async fn a_token_that_expires_starts_the_walk_again_and_nothing_is_missing() {
    let server = serve(Instance::random(Edition::Cloud, 9, 30), Switches::by_name("page-token-short").unwrap()).await;
    let connector = connect(&section(&server.url(), Edition::Cloud, ""));
    let spec = counterfoil_testkit::suites::stream(&*connector, "issue");
    let mut position = Default::default();
    for nth in 0..4 {
        let context = counterfoil_testkit::suites::context(5);
        let page = connector.pull(&spec, &position, context).await.unwrap();
        position = page.next;
        if nth == 1 {
            act(&server, |instance| instance.advance(61));
        }
    }
    let mut held = Held::default();
    held.pass(&*connector, 5).await.unwrap();
    agrees(&held, &act(&server, |instance| instance.oracle()), "short tokens");
    let refused = server.requests().iter().filter(|seen| seen.status == 400).count();
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn a_result_that_is_cut_holds_the_position() {
    let server = serve(Instance::random(Edition::Cloud, 9, 30), Switches::by_name("truncation-warned").unwrap()).await;
    let connector = connect(&section(&server.url(), Edition::Cloud, ""));
    let mut held = Held::default();
    let error = held.pass(&*connector, 5).await.unwrap_err();
    let told = format!("{:?}", error.kind);
    assert!(held.position.0.is_empty() && told.contains("CLAUSE_LIMIT_EXCEEDED"), "{told}");
}

#[tokio::test]
async fn a_search_that_is_gone_stops_and_says_so() {
    let server = serve(Instance::random(Edition::Cloud, 9, 3), Switches::by_name("search-gone").unwrap()).await;
    let connector = connect(&section(&server.url(), Edition::Cloud, ""));
    let error = Held::default().pass(&*connector, 5).await.unwrap_err();
    assert_eq!(error.kind.policy(), Policy::StopAndReport);
    let searches = server.requests().iter().filter(|seen| seen.status == 410).count();
    assert_eq!(searches, 1, "it is not asked again");
}

#[tokio::test]
async fn issues_without_fields_are_set_aside_with_their_bytes() {
    let server = serve(Instance::random(Edition::Cloud, 9, 8), Switches::default()).await;
    let connector = connect(&section(&server.url(), Edition::Cloud, ""));
    let mut held = Held::default();
    held.pass(&*connector, 5).await.unwrap();
    act(&server, |instance| instance.burst(3));
    server.set_switches(Switches::by_name("fields-missing").unwrap());
    held.pass(&*connector, 5).await.unwrap();
    assert!(held.unreadable >= 3);
}

#[tokio::test]
async fn the_scope_of_the_settings_holds() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 12, 40), Switches::default()).await;
        let jql = "project = NET OR project = DESK";
        let connector = connect(&section(&server.url(), edition, &format!("jql = {jql:?}")));
        let mut held = Held::default();
        held.pass(&*connector, 9).await.unwrap();
        agrees(&held, &act(&server, |instance| instance.oracle_within(jql)), jql);
        let wrong = connect(&section(&server.url(), edition, "jql = \"project = NOWHERE\""));
        let error = Held::default().pass(&*wrong, 9).await.unwrap_err();
        assert!(matches!(error.kind, PullErrorKind::Contract { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn pages_move_while_they_are_read() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 13, 60), Switches::by_name("moving-rows").unwrap()).await;
        let connector: Arc<_> = connect(&section(&server.url(), edition, "")).into();
        let mut held = Held::default();
        held.pass(&*connector, 10).await.unwrap();
        server.set_switches(Switches::default());
        settle(&server);
        held.pass(&*connector, 10).await.unwrap();
        let truth = act(&server, |instance| instance.oracle());
        for (id, issue) in &truth.issues {
            assert_eq!(
                held.marks().get(id.as_str()),
                Some(&crate::support::mark(issue.updated).as_str()),
                "{edition:?}: {id}"
            );
        }
    }
}
