//! What strikes now and then: each fault as it looks, and that it ends.

use crate::client::{Client, Got, id};
use counterfoil_gym::jira::{Edition, Fault, Faults, Instance, Switches};
use std::collections::BTreeSet;

const JQL: &str = "updated >= -4w ORDER BY updated ASC, id ASC";

async fn struck(fault: Fault) -> Got {
    let switches = Switches { faults: Faults::always(fault, 2), ..Switches::default() };
    let client = Client::of(Instance::random(Edition::Cloud, 1, 20), switches).await;
    let first = client.page(JQL, 10, None).await;
    let second = client.page(JQL, 10, None).await;
    assert_eq!((first.status, first.complete), (second.status, second.complete));
    let third = client.page(JQL, 10, None).await;
    assert_eq!((third.status, third.complete, third.list("issues").len()), (200, true, 10));
    first
}

#[tokio::test]
async fn pages_of_html_come_with_200() {
    let got = struck(Fault::LoginPage).await;
    assert_eq!((got.status, got.header("content-type")), (200, "text/html;charset=UTF-8"));
    let got = struck(Fault::HtmlAsJson).await;
    assert_eq!((got.status, got.header("content-type")), (200, "application/json;charset=UTF-8"));
    assert!(got.text().starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn bodies_break_off() {
    let chunked = struck(Fault::CutChunked).await;
    assert_eq!((chunked.status, chunked.complete, chunked.header("transfer-encoding")), (200, false, "chunked"));
    let length = struck(Fault::CutLength).await;
    assert_eq!((length.status, length.complete), (200, false));
    for got in [chunked, length] {
        assert!(got.text().starts_with("{\"i") && got.body.len() > 1_000, "{}", got.body.len());
    }
}

#[tokio::test]
async fn a_rate_limit_hints_or_does_not() {
    let got = struck(Fault::TooManySeconds).await;
    assert_eq!((got.status, got.header("retry-after"), got.header("ratelimit-reason")), (429, "1", "jira-burst-based"));
    let got = struck(Fault::TooManyZero).await;
    assert_eq!((got.status, got.header("retry-after"), got.header("x-ratelimit-fillrate")), (429, "0", "10"));
    assert!(struck(Fault::TooManyDate).await.header("retry-after").ends_with(" GMT"));
    let got = struck(Fault::TooManyReset).await;
    let reset = got.header("x-ratelimit-reset");
    assert_eq!((got.header("retry-after"), reset.len(), reset.ends_with('Z')), ("", 17, true));
    let got = struck(Fault::TooManyMute).await;
    assert_eq!((got.status, got.body.len(), got.headers.keys().any(|name| name.contains("rate"))), (429, 0, false));
}

#[tokio::test]
async fn errors_of_the_server_pass() {
    assert!(struck(Fault::InternalError).await.json()["errorMessages"].is_array());
    let gateway = struck(Fault::BadGateway).await;
    assert_eq!((gateway.status, gateway.text().contains("<html>")), (502, true));
    let away = struck(Fault::Unavailable).await;
    assert_eq!((away.status, away.header("retry-after")), (503, "1"));
    assert_eq!(struck(Fault::GatewayTimeout).await.json()["code"], 504);
}

#[tokio::test]
async fn whoever_is_patient_gets_through_everything_that_is_on() {
    let mut instance = Instance::random(Edition::Cloud, 6, 120);
    instance.quiet();
    let client = Client::of(instance, Switches::all()).await;
    let (mut token, mut requests, mut seen): (Option<String>, _, _) = (None, 0, BTreeSet::new());
    let start = client.with(|one| one.now());
    let jql = format!(
        "created <= \"{}\" ORDER BY key ASC",
        start.in_tz("Pacific/Kiritimati").unwrap().strftime("%Y-%m-%d %H:%M")
    );
    loop {
        requests += 1;
        assert!(requests < 600);
        let got = client.page(&jql, 5, token.as_deref()).await;
        let whole = got.complete && got.text().starts_with("{\"is");
        match got.status {
            200 if whole => {
                seen.extend(got.list("issues").iter().map(id));
                token = got.json()["nextPageToken"].as_str().map(str::to_owned);
                if token.is_none() {
                    break;
                }
            }
            // The token died: once more from the beginning.
            400 => token = None,
            _ => {}
        }
    }
    assert!(requests > 30, "{requests}");
    client.with(Instance::quiet);
    let truth = client.with(|one| one.oracle());
    let missed = truth.issues.values().filter(|one| one.created <= start && !seen.contains(&one.id)).count();
    // What was hidden, moved or late when its page came is read by the next pass.
    assert!(missed < 12, "{missed}");
}
