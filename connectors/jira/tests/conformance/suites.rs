//! What every connector must pass.

use crate::support::{EDITIONS, connect, section, serve};
use counterfoil_gym::jira::{Edition, Instance, ProjectKind, Switches};
use counterfoil_testkit::suites;

#[tokio::test]
async fn issues_pass_every_suite() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 1, 40), Switches::default()).await;
        let fresh = || connect(&section(&server.url(), edition, ""));
        let count = server.instance().lock().unwrap().oracle().issues.len();
        let drained = suites::passes_everything(fresh, "issue", &[1, 2, count - 1, count, count + 1]).await;
        assert_eq!(drained.records.len(), count, "{edition:?}");
    }
}

#[tokio::test]
async fn issues_of_minutes_pass_every_suite() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 2, 25), Switches::by_name("epoch-refused").unwrap()).await;
        let fresh =
            || connect(&section(&server.url(), edition, "jql = \"project in (DESK, NET)\"\nremote_links = true"));
        let count = server.instance().lock().unwrap().oracle_within("project in (DESK, NET)").issues.len();
        let drained = suites::passes_everything(fresh, "issue", &[1, 7, count]).await;
        assert_eq!(drained.records.len(), count, "{edition:?}");
    }
}

#[tokio::test]
async fn the_catalogue_passes_every_suite() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 2, 5), Switches::default()).await;
        let fresh = || connect(&section(&server.url(), edition, ""));
        let drained = suites::passes_everything(fresh, "catalogue", &[1, 7]).await;
        assert!(drained.records.len() > 20, "{}", drained.records.len());
        let lists: std::collections::BTreeSet<String> = drained
            .records
            .iter()
            .map(|record| {
                let json: serde_json::Value = serde_json::from_str(record.payload.as_str()).unwrap();
                json["table"].as_str().unwrap().to_owned()
            })
            .collect();
        let all = ["field", "issuelinktype", "issuetype", "priority", "project", "resolution", "status"];
        assert_eq!(lists.into_iter().collect::<Vec<_>>(), all);
    }
}

#[tokio::test]
async fn more_projects_than_a_page_has_are_all_listed() {
    for projects in [49, 50, 51, 120] {
        let mut instance = Instance::empty(Edition::Cloud, counterfoil_gym::NOW);
        let there = instance.choices()["project"].len();
        for nth in there..projects {
            instance.create_project(&format!("P{nth}"), "One of many", ProjectKind::Software);
        }
        let server = serve(instance, Switches::default()).await;
        let fresh = || connect(&section(&server.url(), Edition::Cloud, ""));
        let drained = suites::passes_everything(fresh, "catalogue", &[40]).await;
        let listed = drained.records.iter().filter(|record| record.native_id.starts_with("project:")).count();
        assert_eq!(listed, projects);
    }
}
