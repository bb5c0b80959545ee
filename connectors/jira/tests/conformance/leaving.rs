//! Issues that leave: deleted, moved, hidden, archived; and keys that are used again.

use crate::support::{EDITIONS, Held, act, connect, section, serve, settle};
use counterfoil_gym::jira::{Instance, ProjectKind, Switches};
use counterfoil_record::Position;
use counterfoil_testkit::suites::{context, stream};

#[tokio::test]
async fn deleted_hidden_and_moved_are_told_apart() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 3, 30), Switches::default()).await;
        let connector = connect(&section(&server.url(), edition, "jql = \"project = NET\""));
        let mut held = Held::default();
        held.pass(&*connector, 50).await.unwrap();
        let all: Vec<String> = held.records.keys().cloned().collect();
        let [deleted, hidden, moved, archived] = [&all[0], &all[1], &all[2], &all[3]];
        act(&server, |instance| {
            instance.delete(deleted);
            instance.hide(hidden);
            instance.move_to(moved, "ELSE");
            instance.archive(archived);
        });
        settle(&server);
        let listed = connector.census(&stream(&*connector, "issue"), &Position::default(), context(50)).await.unwrap();
        for id in [deleted, hidden, moved, archived] {
            assert!(listed.entries.iter().all(|(other, _)| other != id), "{edition:?}");
        }
        let ids = [deleted.clone(), hidden.clone(), moved.clone(), archived.clone()];
        let fetched = connector.fetch(&stream(&*connector, "issue"), &ids, context(50)).await.unwrap();
        assert_eq!(fetched.absent, [deleted.clone(), hidden.clone(), archived.clone()], "{edition:?}");
        assert_eq!(fetched.records[0].native_id, *moved);
        assert!(fetched.records[0].payload.as_str().contains("\"key\":\"ELSE-"), "{edition:?}");
        // One census doubts, the next one believes.
        held.census(&*connector).await.unwrap();
        assert!(held.records.contains_key(deleted));
        held.census(&*connector).await.unwrap();
        assert!(!held.records.contains_key(deleted) && held.records.contains_key(moved));
    }
}

#[tokio::test]
async fn a_key_that_is_used_again_is_another_record() {
    for edition in EDITIONS {
        let mut instance = Instance::empty(edition, "2026-05-01T08:00:00Z".parse().unwrap());
        instance.create_project("NET", "Network", ProjectKind::Software);
        instance.create_project("NEW", "Other", ProjectKind::Software);
        let first = instance.create("NET", &[("summary", "first")]);
        let server = serve(instance, Switches::default()).await;
        let connector = connect(&section(&server.url(), edition, ""));
        let mut held = Held::default();
        held.pass(&*connector, 50).await.unwrap();
        assert_eq!(held.json(&first)["key"], "NET-1");
        let second = act(&server, |instance| {
            instance.advance(5);
            instance.move_to(&first, "NEW");
            instance.delete_project("NET");
            instance.create_project("NET", "Network again", ProjectKind::Software);
            instance.advance(5);
            instance.create("NET", &[("summary", "second")])
        });
        settle(&server);
        held.pass(&*connector, 50).await.unwrap();
        assert_eq!(
            (held.json(&first)["key"].as_str(), held.json(&second)["key"].as_str()),
            (Some("NEW-1"), Some("NET-1"))
        );
        assert_eq!(held.records.len(), 2);
    }
}

#[tokio::test]
async fn a_census_is_in_the_order_of_texts_and_counts_in_data_center() {
    for edition in EDITIONS {
        let mut instance = Instance::random(edition, 3, 20);
        instance.burst(130);
        let server = serve(instance, Switches::default()).await;
        let connector = connect(&section(&server.url(), edition, ""));
        let page = connector.census(&stream(&*connector, "issue"), &Position::default(), context(50)).await.unwrap();
        let truth = act(&server, |instance| instance.oracle());
        assert_eq!(page.entries.len(), truth.issues.len());
        assert!(page.entries.is_sorted());
        assert_eq!(page.census.is_some(), edition == counterfoil_gym::jira::Edition::DataCenter);
        assert!(page.census.is_none_or(|census| census.counted == truth.issues.len() as u64));
        let expected = crate::support::true_marks(&truth);
        for (id, mark) in &page.entries {
            assert_eq!(expected[id.as_str()], *mark);
        }
    }
}
