//! What comes of an instance that fails, and of a network that does.

use crate::support::{CANARY, connect, section, serve};
use counterfoil_gym::servicenow::{Instance, Server, Switches};
use counterfoil_record::{Position, RawRecord};
use counterfoil_sdk::{Connector, Policy, PullError};
use counterfoil_testkit::fails_alike::fails_alike;
use counterfoil_testkit::fault_proxy::{Fault, FaultProxy};
use counterfoil_testkit::suites::drain;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn incidents_fail_as_those_of_every_connector() {
    let server = serve(Instance::random(4, 7), Switches::default()).await;
    let url = server.url().parse().unwrap();
    fails_alike(&url, |base| connect(&section(base.as_str(), "")), "incident", CANARY).await;
}

#[tokio::test(start_paused = true)]
async fn choices_fail_as_those_of_every_connector() {
    let server = serve(Instance::random(4, 1), Switches { page_cap: 40, ..Switches::default() }).await;
    let url = server.url().parse().unwrap();
    fails_alike(&url, |base| connect(&section(base.as_str(), "")), "choice", CANARY).await;
}

/// A pass through a proxy, without the address in its records.
async fn pass(server: &Server, fault: Fault) -> Result<Vec<RawRecord>, PullError> {
    let proxy = FaultProxy::start(server.url().strip_prefix("http://").unwrap().parse().unwrap()).await.unwrap();
    proxy.set(fault);
    let connector = connect(&section(&format!("http://{}", proxy.address()), ""));
    patiently(connector.as_ref(), &proxy).await
}

/// As the pipeline does it: again, while the policy says so and a few times. Then the network is mended.
async fn patiently(connector: &dyn Connector, proxy: &FaultProxy) -> Result<Vec<RawRecord>, PullError> {
    let mut from = Position::default();
    for _ in 0..3 {
        match drain(connector, "incident", &from, 5).await {
            Ok(drained) => return Ok(drained.records),
            Err(error) => {
                is_discreet(&error);
                assert!(matches!(error.kind.policy(), Policy::RetryWithBackoff | Policy::StopAndReport), "{error:?}");
            }
        }
        from = Position::default();
    }
    proxy.set(Fault::None);
    Ok(drain(connector, "incident", &from, 5).await?.records)
}

fn is_discreet(error: &PullError) {
    let mut told = format!("{error:?} {error:#?} {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        told.push_str(&next.to_string());
        cause = next.source();
    }
    let basic = data_encoding::BASE64.encode(format!("integration:{CANARY}").as_bytes());
    assert!(!told.contains(CANARY) && !told.contains(&basic), "a secret stands in an error");
}

fn told(records: Vec<RawRecord>) -> Vec<(String, String, serde_json::Value)> {
    // Links have the address of the proxy, which is another one each time.
    let payload = |record: &RawRecord| {
        let mut json: serde_json::Value = serde_json::from_str(record.payload.as_str()).unwrap();
        for (_, cell) in json.as_object_mut().unwrap() {
            cell.as_object_mut().map(|cell| cell.remove("link"));
        }
        json
    };
    records.iter().map(|record| (record.native_id.clone(), record.version.clone(), payload(record))).collect()
}

async fn survives(faults: &[Fault]) {
    let server = serve(Instance::random(6, 20), Switches::default()).await;
    let whole = told(pass(&server, Fault::None).await.unwrap());
    assert_eq!(whole.len(), server.instance().lock().unwrap().oracle().incidents.len());
    for fault in faults {
        let records = pass(&server, *fault).await.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(told(records), whole, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_network_changes_nothing() {
    survives(&[Fault::Delay(Duration::from_secs(3)), Fault::Bandwidth(20_000), Fault::Bandwidth(500)]).await;
}

#[tokio::test(start_paused = true)]
async fn connections_that_break_lose_nothing() {
    let at = [0, 1, 100, 5_000, 40_000];
    let faults: Vec<Fault> =
        at.iter().flat_map(|at| [Fault::ResetAfter(*at), Fault::HalfCloseAfter(*at), Fault::DropAfter(*at)]).collect();
    survives(&faults).await;
    survives(&[Fault::Refuse]).await;
}

#[tokio::test(start_paused = true)]
async fn bytes_that_change_on_the_way_panic_nowhere_and_tell_no_secret() {
    let server = serve(Instance::random(6, 20), Switches::default()).await;
    for seed in 0..30 {
        let proxy = FaultProxy::start(server.url().strip_prefix("http://").unwrap().parse().unwrap()).await.unwrap();
        proxy.set(Fault::Corrupt { seed, one_in: 200 + seed * 400 });
        let connector = connect(&section(&format!("http://{}", proxy.address()), ""));
        // Without TLS nobody can tell that a letter of a text is another one; whatever comes is a record or an error.
        match drain(connector.as_ref(), "incident", &Position::default(), 5).await {
            Ok(_) => {}
            Err(error) => is_discreet(&error),
        }
        proxy.set(Fault::None);
        drain(connector.as_ref(), "incident", &Position::default(), 5).await.unwrap();
    }
}
