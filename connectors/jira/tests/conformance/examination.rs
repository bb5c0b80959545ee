//! What `doctor` says.

use crate::support::{connect, section, serve};
use counterfoil_gym::jira::{Edition, Instance, Switches};
use counterfoil_sdk::{Examination, PullContext, Verdict};

async fn examined(edition: Edition, switches: Switches, more: &str) -> String {
    let server = serve(Instance::random(edition, 1, 20), switches).await;
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
async fn a_stranger_and_a_wrong_scope() {
    let anonymous = Switches { credentials_lapse: 1, anonymous: true, ..Switches::default() };
    let stranger = examined(Edition::Cloud, anonymous, "").await;
    let wrong = examined(Edition::Cloud, Switches::default(), "jql = \"project = NOWHERE\"").await;
    insta::assert_snapshot!(format!("{stranger}---\n{wrong}"));
}
