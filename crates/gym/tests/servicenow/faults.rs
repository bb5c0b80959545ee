//! What strikes now and then: each fault as it looks, and that it ends.

use crate::client::{Client, Got};
use counterfoil_gym::servicenow::{Fault, Faults, Instance, Switches};

const PATH: &str = "/api/now/table/incident?sysparm_limit=10";

async fn struck(fault: Fault) -> Got {
    let switches = Switches { faults: Faults::always(fault, 2), ..Switches::default() };
    let client = Client::of(Instance::random(1, 20), switches).await;
    let first = client.get(PATH).await;
    let second = client.get(PATH).await;
    assert_eq!((first.status, first.complete), (second.status, second.complete));
    let third = client.get(PATH).await;
    assert_eq!((third.status, third.complete, third.rows().len()), (200, true, 10));
    first
}

#[tokio::test]
async fn pages_of_html_come_with_200() {
    for fault in [Fault::LoginPage, Fault::HibernationPage] {
        let got = struck(fault).await;
        assert_eq!((got.status, got.header("content-type")), (200, "text/html;charset=UTF-8"));
        assert!(got.text().starts_with("<!DOCTYPE html>"));
    }
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
    assert!(!length.header("content-length").is_empty());
    for got in [chunked, length] {
        assert!(got.text().starts_with("{\"result\":[") && got.body.len() > 1_000, "{}", got.body.len());
    }
}

#[tokio::test]
async fn a_rate_limit_hints_or_does_not() {
    let hints = |got: &Got| ["retry-after", "x-ratelimit-reset"].map(|name| got.header(name).to_owned());
    for (fault, expected) in
        [(Fault::TooManyReset, ["", "reset"]), (Fault::TooManySeconds, ["1", ""]), (Fault::TooManyMute, ["", ""])]
    {
        let got = struck(fault).await;
        assert_eq!((got.status, got.json()["error"]["message"].as_str()), (429, Some("Rate limit exceeded")));
        let hints = hints(&got)
            .map(|hint| if hint.parse::<u64>().is_ok_and(|secs| secs > 1_000) { "reset".into() } else { hint });
        assert_eq!(hints, expected);
    }
    let got = struck(Fault::TooManyDate).await;
    assert!(got.header("retry-after").ends_with(" GMT"));
}

#[tokio::test]
async fn errors_of_the_server_pass() {
    assert_eq!(struck(Fault::InternalError).await.json()["status"], "failure");
    let gateway = struck(Fault::BadGateway).await;
    assert_eq!((gateway.status, gateway.text().contains("<html>")), (502, true));
    let away = struck(Fault::Unavailable).await;
    assert_eq!((away.status, away.header("retry-after")), (503, "1"));
}

#[tokio::test]
async fn whoever_is_patient_gets_through_everything_that_is_on() {
    // This reader knows no other end than that of the links.
    let switches = Switches { link_at_the_end: false, ..Switches::all() };
    let client = Client::of(Instance::random(6, 120), switches).await;
    let mut next = Some("/api/now/table/incident?sysparm_query=ORDERBYsys_id&sysparm_limit=5".to_owned());
    let mut requests = 0;
    while let Some(path) = next {
        requests += 1;
        assert!(requests < 200);
        let got = client.get(&path).await;
        let whole =
            got.complete && got.header("content-type").contains("json") && got.text().starts_with("{\"result\"");
        next = match got.status {
            200 if whole => got.link("next"),
            404 => got.link("next"),
            _ => Some(path),
        };
    }
    assert!(requests > 30, "{requests}");
}
