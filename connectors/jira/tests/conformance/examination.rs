//! What `doctor` says.

use crate::support::{connect, section, serve};
use counterfoil_gym::jira::{Edition, Instance, Switches};
use counterfoil_sdk::{Examination, PullContext, Verdict};

async fn examined(edition: Edition, switches: Switches, more: &str) -> String {
    examined_of(Instance::random(edition, 1, 20), switches, more).await
}

async fn examined_of(instance: Instance, switches: Switches, more: &str) -> String {
    let edition = instance.edition();
    let server = serve(instance, switches).await;
    let now = server.instance().lock().unwrap().now();
    let connector = connect(&section(&server.url(), edition, more));
    let found = connector.examine(PullContext { now, page_size: 10 }).await;
    found.iter().map(told).collect::<String>().replace(&server.url(), "http://acme.example")
}

fn told(examination: &Examination) -> String {
    let what = &examination.what;
    match &examination.verdict {
        Verdict::Fine(found) => format!("fine     {what}: {found}\n"),
        Verdict::Limited { reason, remedy } => format!("limited  {what}: {reason}\n         help: {remedy}\n"),
        Verdict::Broken { reason, remedy } => format!("broken   {what}: {reason}\n         help: {remedy}\n"),
    }
}

#[tokio::test]
async fn cloud_as_it_should_be() {
    insta::assert_snapshot!(examined(Edition::Cloud, Switches::default(), "jsm = true").await);
}

#[tokio::test]
async fn data_center_that_takes_no_numbers_and_denies_the_service_desk() {
    let switches = Switches { epoch_refused: true, denied: vec!["servicedesk".into()], ..Switches::default() };
    insta::assert_snapshot!(examined(Edition::DataCenter, switches, "jsm = true\njql = \"project = NET\"").await);
}

#[tokio::test]
async fn an_empty_first_page_is_not_the_end() {
    for seed in 0..12 {
        let switches = Switches::by_name("short-pages").unwrap();
        let told = examined_of(Instance::random(Edition::Cloud, seed, 20), switches, "").await;
        assert!(told.contains("fine     search by time: moments are told as numbers"), "seed {seed}\n{told}");
        assert!(told.contains("is the newest in scope"), "seed {seed}\n{told}");
    }
}

#[tokio::test]
async fn a_stranger_and_a_wrong_scope() {
    let anonymous = Switches { credentials_lapse: 1, anonymous: true, ..Switches::default() };
    let stranger = examined(Edition::Cloud, anonymous, "").await;
    let wrong = examined(Edition::Cloud, Switches::default(), "jql = \"project = NOWHERE\"").await;
    insta::assert_snapshot!(format!("{stranger}---\n{wrong}"));
}
