//! What `doctor` says.

use crate::support::{connect, section, serve};
use counterfoil_gym::servicenow::{Instance, Switches};
use counterfoil_sdk::{Examination, PullContext, Verdict};

async fn examined(switches: Switches, more: &str) -> String {
    examined_of(Instance::random(1, 20), switches, more).await
}

async fn examined_of(instance: Instance, switches: Switches, more: &str) -> String {
    let server = serve(instance, switches).await;
    let now = server.instance().lock().unwrap().now();
    let connector = connect(&section(&server.url(), more));
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
async fn an_account_without_rights_and_a_filter_with_a_wrong_column() {
    let switches = Switches { journal_denied: true, ..Switches::default() };
    let found = examined(switches, "filter = \"assignmnt_group.name=Network^active=true\"").await;
    insta::assert_snapshot!(found);
}

#[tokio::test]
async fn all_is_well() {
    insta::assert_snapshot!(examined(Switches::default(), "filter = \"active=true\"").await);
}

#[tokio::test]
async fn rows_that_are_hidden_without_a_word() {
    let mut switches =
        Switches { audit_denied: true, denied_silently: true, hidden_permille: 1_000, ..Switches::default() };
    switches.columns_missing = vec!["sys_mod_count".into(), "priority".into()];
    insta::assert_snapshot!(examined(switches, "").await);
}

#[tokio::test]
async fn all_tables_are_well() {
    let found = examined_of(Instance::random_with(1, 6, 4), Switches::default(), "tables = \"all\"").await;
    insta::assert_snapshot!(found);
}

#[tokio::test]
async fn an_account_that_was_set_up_for_incidents() {
    let switches = Switches { others_denied: true, ..Switches::default() };
    let more = "tables = [\"incident\", \"problem\", \"cmdb_ci\", \"cmdb_rel_ci\", \"ast_contract\"]";
    insta::assert_snapshot!(examined_of(Instance::random_with(1, 6, 4), switches, more).await);
}

#[tokio::test]
async fn contracts_that_are_not_there_a_column_that_is_hidden_and_a_filter_with_a_wrong_column() {
    let mut switches = Switches { contracts_missing: true, ..Switches::default() };
    switches.columns_missing = vec!["close_code".into()];
    let more = "tables = [\"problem\", \"change_request\", \"ast_contract\"]\nfilters.problem = \"stat=101\"";
    insta::assert_snapshot!(examined_of(Instance::random_with(1, 6, 4), switches, more).await);
}
