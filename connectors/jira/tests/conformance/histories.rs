//! Histories and comments: all of them, or the word that they are not there.

use crate::support::{EDITIONS, Held, act, agrees, connect, ids, section, serve};
use counterfoil_gym::jira::{Edition, Instance, Listener, Server, Switches};

async fn with_long_history(edition: Edition, switches: Switches, entries: u32) -> (Server, String) {
    let mut instance = Instance::random(edition, 3, 12);
    let id = instance.oracle().issues.keys().next().unwrap().clone();
    instance.long_history(&id, entries);
    instance.advance(3_600);
    (serve(instance, switches).await, id)
}

#[tokio::test]
async fn a_long_history_is_whole() {
    for edition in EDITIONS {
        let (server, id) = with_long_history(edition, Switches::default(), 2_300).await;
        let mut held = Held::default();
        held.pass(&*connect(&section(&server.url(), edition, "")), 5).await.unwrap();
        agrees(&held, &act(&server, |instance| instance.oracle()), "long history");
        assert!(ids(&held.json(&id)["@changelog"]).len() >= 2_300);
        assert_eq!(held.gaps, []);
    }
}

#[tokio::test]
async fn histories_cost_one_request_for_a_page_of_changed_issues() {
    let server = serve(Instance::random(Edition::Cloud, 3, 90), Switches::default()).await;
    let connector = connect(&section(&server.url(), Edition::Cloud, ""));
    let mut held = Held::default();
    held.pass(&*connector, 100).await.unwrap();
    assert_eq!(server.counts().get("changelog"), Some(&1), "{:?}", server.counts());
    server.forget_requests();
    held.pass(&*connector, 100).await.unwrap();
    assert_eq!(server.counts().get("changelog"), None, "nothing changed: {:?}", server.counts());
}

#[tokio::test]
async fn without_bulk_histories_are_read_issue_by_issue() {
    for switch in ["bulk-changelog-missing", "bulk-changelog-millis"] {
        let (server, id) = with_long_history(Edition::Cloud, Switches::by_name(switch).unwrap(), 250).await;
        let mut held = Held::default();
        held.pass(&*connect(&section(&server.url(), Edition::Cloud, "")), 50).await.unwrap();
        agrees(&held, &act(&server, |instance| instance.oracle()), switch);
        let text = held.records[&id].payload.as_str();
        assert!(text.contains("\"created\":\"2026") && !text.contains("\"created\":1"), "{switch}: {text}");
    }
}

#[tokio::test]
async fn a_history_that_the_site_cuts_is_left_out_and_told() {
    let (server, id) = with_long_history(Edition::DataCenter, Switches::by_name("changelog-cut").unwrap(), 250).await;
    let connector = connect(&section(&server.url(), Edition::DataCenter, ""));
    let mut held = Held::default();
    held.pass(&*connector, 50).await.unwrap();
    assert!(held.json(&id).get("@changelog").is_none());
    assert_eq!(held.gaps.iter().map(|gap| gap.code).collect::<Vec<_>>(), ["jira::history-short"]);
    held.pass(&*connector, 50).await.unwrap();
    assert_eq!(held.gaps.len(), 1, "it is told in every pass");
    server.set_switches(Switches::default());
    act(&server, |instance| instance.update(&id, &[("summary", "whole again")]));
    held.pass(&*connector, 50).await.unwrap();
    assert_eq!(held.gaps, []);
    agrees(&held, &act(&server, |instance| instance.oracle()), "whole again");
}

#[tokio::test]
async fn denied_histories_are_a_gap_and_come_when_they_are_allowed() {
    for edition in EDITIONS {
        for (switch, code, member) in [
            ("changelog-denied", "jira::changelog-denied", "@changelog"),
            ("comments-denied", "jira::comments-denied", "@comments"),
        ] {
            // In Data Center histories come with the issues, and few comments do in Cloud.
            let mut switches = Switches::by_name(switch).unwrap();
            switches.embedded_comments = 1;
            switches.expanded_histories = 1;
            let mut instance = Instance::random(edition, 3, 12);
            let id = instance.oracle().issues.keys().next().unwrap().clone();
            for nth in 0..3 {
                instance.comment(&id, "told", Listener::Customer);
                instance.update(&id, &[("summary", &format!("{nth}"))]);
            }
            let server = serve(instance, switches).await;
            let connector = connect(&section(&server.url(), edition, ""));
            let mut held = Held::default();
            held.pass(&*connector, 50).await.unwrap();
            assert!(held.json(&id).get(member).is_none(), "{edition:?} {switch}");
            let codes: Vec<_> = held.gaps.iter().map(|gap| gap.code).collect();
            assert!(codes.contains(&code) || codes.contains(&"jira::history-short"), "{edition:?} {switch}: {codes:?}");
            server.set_switches(Switches::default());
            act(&server, |instance| {
                instance.advance(5);
                instance.update(&id, &[("summary", "allowed")]);
            });
            held.pass(&*connector, 50).await.unwrap();
            held.pass(&*connector, 50).await.unwrap();
            if codes.contains(&code) {
                assert_eq!(held.gaps, [], "{edition:?} {switch}");
                agrees(&held, &act(&server, |instance| instance.oracle()), switch);
            }
        }
    }
}

#[tokio::test]
async fn what_some_issues_do_not_need_is_not_allowed_for_the_others() {
    for edition in EDITIONS {
        let mut switches = Switches { embedded_comments: 1, ..Switches::default() };
        switches.denied = vec!["comment".to_owned()];
        let mut instance = Instance::random(edition, 3, 40);
        let first = instance.oracle().issues.keys().next().unwrap().clone();
        for nth in 0..3 {
            instance.comment(&first, &format!("{nth}"), Listener::Customer);
        }
        // Younger ones have their only comment with them.
        for _ in 0..5 {
            instance.advance(60);
            let id = instance.create("DESK", &[("summary", "one comment")]);
            instance.comment(&id, "all that there is", Listener::Customer);
        }
        let server = serve(instance, switches).await;
        let connector = connect(&section(&server.url(), edition, ""));
        let mut held = Held::default();
        let codes = |held: &Held| held.gaps.iter().map(|gap| gap.code).collect::<Vec<_>>();
        held.pass(&*connector, 50).await.unwrap();
        assert_eq!(codes(&held), ["jira::comments-denied"], "{edition:?}");
        let pulled = held.pulled;
        held.pass(&*connector, 50).await.unwrap();
        assert_eq!((codes(&held), held.pulled), (vec!["jira::comments-denied"], pulled), "{edition:?}");
        // Allowed again: nothing changed on the site, and everything is read with them.
        server.set_switches(Switches { embedded_comments: 1, ..Switches::default() });
        held.pass(&*connector, 50).await.unwrap();
        assert_eq!(codes(&held), Vec::<&str>::new(), "{edition:?}");
        agrees(&held, &act(&server, |instance| instance.oracle()), "allowed again");
    }
}

#[tokio::test]
async fn comments_beyond_those_embedded_are_read() {
    for edition in EDITIONS {
        let mut instance = Instance::random(edition, 3, 6);
        let id = instance.oracle().issues.keys().next().unwrap().clone();
        for nth in 0..230 {
            instance.comment(&id, &format!("{nth}"), Listener::Internal);
        }
        let server = serve(instance, Switches::by_name("comments-cut").unwrap()).await;
        let mut held = Held::default();
        held.pass(&*connect(&section(&server.url(), edition, "")), 50).await.unwrap();
        agrees(&held, &act(&server, |instance| instance.oracle()), "comments");
    }
}

#[tokio::test]
async fn what_service_management_knows_stands_with_requests_only() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 3, 30), Switches::default()).await;
        let mut held = Held::default();
        held.pass(&*connect(&section(&server.url(), edition, "jsm = true\nremote_links = true")), 50).await.unwrap();
        let truth = act(&server, |instance| instance.oracle());
        let mut requests = 0;
        for (id, issue) in &truth.issues {
            let json = held.json(id);
            let is_request = json.get("@request").is_some();
            requests += usize::from(is_request);
            assert_eq!(json.get("@sla").is_some(), is_request, "{edition:?} {id}");
            if is_request {
                assert_eq!(json["@request"]["issueId"], id.as_str());
                assert_eq!(json["@sla"].as_array().unwrap().len(), issue.clocks.len(), "{edition:?} {id}");
                assert!(json["@request"]["requestType"]["name"].is_string(), "{edition:?} {id}");
                assert_eq!(json["@request"]["approvals"], json["@approvals"]);
                assert_eq!(json["@dates"]["zone"], "UTC");
                let rating = issue.rating.map(u64::from);
                assert_eq!(json["@satisfaction"]["rating"].as_u64(), rating, "{edition:?} {id}");
            }
            let links: Vec<&str> = json["@remotelinks"]
                .as_array()
                .unwrap()
                .iter()
                .map(|link| link["globalId"].as_str().unwrap())
                .collect();
            assert_eq!(links, issue.remote_links.keys().map(String::as_str).collect::<Vec<_>>(), "{edition:?} {id}");
        }
        assert!(requests > 3 && requests < truth.issues.len(), "{requests}");
    }
}

#[tokio::test]
async fn a_service_desk_out_of_reach_is_a_gap() {
    let server = serve(Instance::random(Edition::Cloud, 3, 9), Switches::by_name("servicedesk-denied").unwrap()).await;
    let mut held = Held::default();
    held.pass(&*connect(&section(&server.url(), Edition::Cloud, "jsm = true")), 50).await.unwrap();
    assert_eq!(held.gaps.iter().map(|gap| gap.code).collect::<Vec<_>>(), ["jira::service-desk-denied"]);
}

#[tokio::test]
async fn what_is_gone_before_it_could_be_read_is_no_gap_for_ever() {
    let (server, id) = with_long_history(Edition::DataCenter, Switches::by_name("changelog-cut").unwrap(), 120).await;
    let connector = connect(&section(&server.url(), Edition::DataCenter, "reread_days = 1"));
    let mut held = Held::default();
    held.pass(&*connector, 50).await.unwrap();
    assert_eq!(held.gaps.len(), 1);
    act(&server, |instance| instance.delete(&id));
    // Two days later everything is read again, and what is still not whole is noted down anew.
    held.days = 2;
    held.pass(&*connector, 50).await.unwrap();
    assert_eq!(held.gaps, []);
}
