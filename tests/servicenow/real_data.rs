//! Real data, which lies beside the repository and not in it.

use crate::compare::{Equal, equals};
use crate::estate::{Estate, Setup};
use crate::held::versions;
use counterfoil_assurance::{Accumulator, Facts, Figure, KPIS, Query, Window};
use counterfoil_config::{Input, parse};
use counterfoil_diagnostics::SourceText;
use counterfoil_gym::servicenow::{Instance, Switches};
use counterfoil_ledger::{FjallLedger, Options};
use counterfoil_mapping::{DateOrder, Mapping, MappingSource, Settings, shipped};
use counterfoil_pipeline::ports::Ledger;
use counterfoil_pipeline::sync::sync_stream;
use counterfoil_pipeline::{Clock, Listener, Mappings, Silent, Source, facts_of};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIP {name}: the folder of real data is not beside this repository");
    None
}

/// Facts of the newest version of every incident.
fn facts(ledger: &dyn Ledger) -> Vec<Facts> {
    let mut newest = BTreeMap::new();
    for version in versions(ledger) {
        let projected = facts_of(&version).unwrap();
        newest.insert(projected.id, projected.facts);
    }
    newest.into_values().collect()
}

fn figures(facts: &[Facts], to: &str) -> BTreeMap<&'static str, Figure> {
    let query = Query { window: Window { from: None, to: to.parse().unwrap() }, by: None, party: None };
    let mut sums = Accumulator::new(KPIS, query);
    facts.iter().for_each(|facts| sums.add_alone(facts));
    sums.figures().into_iter().map(|figure| (figure.spec.id, figure)).collect()
}

/// The log as the file connector reads it, with the configuration that is shipped for it.
async fn of_the_file(log: &[u8], clock: &Arc<dyn Clock>) -> Vec<Facts> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    std::fs::write(&path, log).unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/uci-incident-log.toml");
    let text = std::fs::read_to_string(example).unwrap();
    let text = text.replace(
        "path = \"incident_event_log.csv\"",
        &format!("path = {:?}\nsettle_secs = 0", path.display().to_string()),
    );
    let source = SourceText { name: "example".into(), text: text.into() };
    let names: Vec<&str> = shipped::ALL.iter().map(|shipped| shipped.name).collect();
    let input = Input { source, folder: folder.path().to_owned(), sets: Vec::new() };
    let parsed = parse(&input, &[&counterfoil_connector_file::KIND], &names);
    let instance = parsed.config.unwrap().instances.remove(0);
    let settings = Settings {
        instance: "log".into(),
        party: instance.party.clone(),
        zone: instance.zone.clone(),
        order: instance.dates.and_then(DateOrder::parse),
        ..Settings::default()
    };
    let file = shipped::find("servicenow/incident-log").unwrap().source();
    let mapping = Mapping::compile(&MappingSource { file, overrides: None, settings }).expect("it is shipped");
    let source = Source {
        instance: "log".into(),
        stream: instance.connector.streams()[0].clone(),
        connector: Arc::from(instance.connector),
        mappings: Arc::new(Mappings::new(vec![mapping])),
        page_size: 500,
        gathering: None,
    };
    let ledger: Arc<dyn Ledger> =
        Arc::new(FjallLedger::open(&folder.path().join("ledger"), Options::default()).unwrap());
    let listener: Arc<dyn Listener> = Arc::new(Silent);
    let report = sync_stream(&source, &ledger, clock, &listener).await.unwrap();
    assert_eq!(report.tally.committed, 890, "{report:?}");
    facts(ledger.as_ref())
}

/// What two ways have to agree on.
fn told(figure: &Figure) -> String {
    let Figure { value, n, excluded, imputed, coverage, status, details, .. } = figure;
    // The log has a reason of waiting that the table has no code for: the file knows it, the API does not.
    let split = ["awaiting_evidence_pct", "unknown_pct"];
    let details: BTreeMap<_, _> = details.iter().filter(|(name, _)| !split.contains(&name.as_str())).collect();
    format!("{value:?} of {n}, excluded {excluded:?}, imputed {imputed}, coverage {coverage}, {status:?}, {details:?}")
}

#[tokio::test(start_paused = true)]
async fn real_data_uci_over_the_table_api_gives_the_figures_of_the_file() {
    let Some(folder) = folder("uci-servicenow-incidents") else { return };
    let log = zstd::decode_all(&*std::fs::read(folder.join("excel_resaved_5998rows.csv.zst")).unwrap()).unwrap();
    let expected: Value = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let instance = Instance::recorded_log(log.as_slice()).unwrap();
    let setup = Setup::of(instance, Switches::default()).pages_of(500);
    let estate = Estate::new(setup).await;
    let report = estate.both().await;
    assert_eq!(report.tally.committed, 890);
    equals(&estate, "the log", &Equal::default());
    let clock: Arc<dyn Clock> = Arc::clone(&estate.clock) as Arc<dyn Clock>;
    let (of_api, of_file) = (facts(estate.ledger.as_ref()), of_the_file(&log, &clock).await);

    let mut moments: Vec<String> = expected["backlog_at"].as_object().unwrap().keys().cloned().collect();
    moments.push("2017-03-01T00:00:00Z".to_owned());
    let mut different = Vec::new();
    for moment in moments {
        let moment = if moment.ends_with('Z') { moment } else { format!("{moment}Z") };
        let (api, file) = (figures(&of_api, &moment), figures(&of_file, &moment));
        for (id, figure) in &file {
            let (one, other) = (told(figure), told(&api[id]));
            if one != other {
                different.push(format!("{id} at {moment}\n    file {one}\n    API  {other}"));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    let all = figures(&of_api, "2017-03-01T00:00:00Z");
    let kpi = &expected["kpi"];
    assert_eq!(all["INC-01"].value, Some(890.0));
    assert_eq!(all["INC-03"].details["sum"], kpi["resolution_minutes"]["sum"].as_f64().unwrap() * 60.0);
    assert_eq!(all["INC-06"].details["met"], kpi["sla_met"].as_f64().unwrap());
    assert_eq!(all["INC-12"].details["reopened"], kpi["reopened_incidents"].as_f64().unwrap());
    assert_eq!(all["INC-13"].details["sum"], kpi["reassignment_sum"].as_f64().unwrap());
    println!("{} figures are the same over the Table API and from the file", all.len());
}
