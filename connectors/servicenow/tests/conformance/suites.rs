//! What every connector must pass.

use crate::support::{connect, section, serve};
use counterfoil_gym::servicenow::{Instance, Switches};
use counterfoil_testkit::suites;

#[tokio::test]
async fn incidents_pass_every_suite() {
    let server = serve(Instance::random(1, 60), Switches::default()).await;
    let fresh = || connect(&section(&server.url(), ""));
    let drained = suites::passes_everything(fresh, "incident", &[1, 2, 7, 59, 60, 61]).await;
    let truth = server.instance().lock().unwrap().oracle();
    assert_eq!(drained.records.len(), truth.incidents.len());
}

#[tokio::test]
async fn choices_pass_every_suite() {
    let server = serve(Instance::random(2, 5), Switches::default()).await;
    let fresh = || connect(&section(&server.url(), ""));
    let drained = suites::passes_everything(fresh, "choice", &[1, 7]).await;
    assert!(drained.records.len() > 20, "{}", drained.records.len());
}

#[tokio::test]
async fn every_table_passes_every_suite() {
    let server = serve(Instance::random_with(5, 6, 5), Switches::default()).await;
    let fresh = || connect(&section(&server.url(), "tables = \"all\""));
    for table in Instance::record_tables() {
        let drained = suites::passes_everything(fresh, table, &[1, 3, 50]).await;
        let truth = server.instance().lock().unwrap().oracle_of(table, "");
        assert_eq!(drained.records.len(), truth.rows.len(), "{table}");
    }
}

#[tokio::test]
async fn pages_with_holes_pass_every_suite() {
    let switches = Switches { hidden_permille: 700, hidden_run: 12, ..Switches::default() };
    let server = serve(Instance::random(3, 150), switches).await;
    let fresh = || connect(&section(&server.url(), ""));
    let drained = suites::passes_everything(fresh, "incident", &[1, 5, 50]).await;
    let truth = server.instance().lock().unwrap().oracle();
    assert!(truth.hidden > 90, "{}", truth.hidden);
    assert_eq!(drained.records.len(), truth.incidents.len());
}
