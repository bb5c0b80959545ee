//! What an answer has to be, and what is asked again.

use crate::setup::{api, json, limits, settings};
use counterfoil_http::{Api, Credential, Expect, Get, HttpError, Limits};
use counterfoil_sdk::{Policy, PullErrorKind};
use std::time::Duration;
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const RESULT: Expect = Expect::Keys(&["result"]);

async fn answer(reply: ResponseTemplate, request: Get) -> (Result<counterfoil_http::Answer, HttpError>, u64) {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(reply).mount(&server).await;
    let api = api(&server.uri());
    (api.get(&request).await, api.calls())
}

async fn policy(reply: ResponseTemplate) -> (Policy, u64) {
    let (answer, calls) = answer(reply, Get::new("x").expect(RESULT)).await;
    (answer.unwrap_err().into_kind("read x").policy(), calls)
}

#[tokio::test]
async fn an_answer_comes_with_what_its_headers_say() {
    let server = MockServer::start().await;
    let next = format!("<{0}/api/t?o=2>;rel=\"next\",<{0}/api/t?o=0>;rel=\"first\"", server.uri());
    let reply = json(200, r#"{"result":[]}"#)
        .insert_header("link", next.as_str())
        .insert_header("x-total-count", "17")
        .insert_header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    Mock::given(path("/api/t"))
        .and(query_param("q", "a=b^c d&e+é"))
        .and(header("accept", "application/json"))
        .and(header("user-agent", concat!("counterfoil/", env!("CARGO_PKG_VERSION"))))
        .and(header("authorization", "Basic cmVhZGVyOkNBTkFSWS05Zjg2ZDA4MQ=="))
        .and(header("x-own", "1"))
        .respond_with(reply)
        .mount(&server)
        .await;
    let api = api(&format!("{}/api/", server.uri()));
    let request = Get::new("/t").query("q", "a=b^c d&e+é").header("x-own", "1").expect(RESULT);
    let answer = api.get(&request).await.unwrap();
    assert_eq!((answer.status, answer.body.as_str(), answer.is_empty), (200, r#"{"result":[]}"#, false));
    assert_eq!((answer.total_count, answer.header("x-total-count")), (Some(17), Some("17")));
    assert_eq!(answer.date.unwrap().as_second(), 784_111_777);
    let followed = api.follow(&answer.next.unwrap(), &request).unwrap();
    assert_eq!((followed.path.as_str(), followed.query), ("/t", vec![("o".to_owned(), "2".to_owned())]));
}

#[tokio::test]
async fn every_status_has_its_policy_and_its_number_of_attempts() {
    let error = r#"{"error":{"message":"m","detail":"d"},"status":"failure"}"#;
    for (status, expected, calls) in [
        (400, Policy::StopAndReport, 1),
        (401, Policy::StopAndReport, 1),
        (403, Policy::StopAndReport, 1),
        (404, Policy::StopAndReport, 1),
        (410, Policy::StopAndReport, 1),
        (429, Policy::RetryWithBackoff, 3),
        (500, Policy::RetryWithBackoff, 1),
        (502, Policy::RetryWithBackoff, 3),
        (503, Policy::RetryWithBackoff, 3),
        (504, Policy::RetryWithBackoff, 3),
    ] {
        assert_eq!(policy(json(status, error)).await, (expected, calls), "{status}");
    }
    let wait = |text: &str| json(429, error).insert_header("retry-after", text);
    assert_eq!(policy(wait("7")).await, (Policy::RetryAfter(Duration::from_secs(7)), 1));
    assert_eq!(policy(wait("999999")).await, (Policy::RetryAfter(Duration::from_secs(86_400)), 1));
    // No wait at all would let the pipeline ask for ever.
    assert_eq!(policy(wait("0")).await, (Policy::RetryWithBackoff, 3));
    assert_eq!(policy(wait("-5")).await, (Policy::RetryWithBackoff, 3));
    let reset = json(429, error)
        .insert_header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
        .insert_header("x-ratelimit-reset", "784111797");
    // In 1994 there were fewer seconds; this one is seconds to go, bounded.
    assert_eq!(policy(reset).await, (Policy::RetryAfter(Duration::from_secs(86_400)), 1));
}

#[tokio::test]
async fn what_the_source_says_is_shown() {
    let error = r#"{"error":{"message":"Insufficient rights\u001b[2J","detail":"ACL"},"status":"failure"}"#;
    let (failed, _) = answer(json(403, error), Get::new("api/t")).await;
    let kind = failed.unwrap_err().into_kind("read incident");
    assert_eq!(kind.to_string(), "there is no permission to read incident (HTTP 403: Insufficient rights [2J; ACL)");
    let (failed, _) = answer(json(401, r#"{"error":{"message":"User Not Authenticated"}}"#), Get::new("t")).await;
    let kind = failed.unwrap_err().into_kind("read incident");
    let expected = "the source rejects the credentials (HTTP 401); check the credential: User Not Authenticated";
    assert_eq!(kind.to_string(), expected);
}

#[tokio::test]
async fn a_busy_source_that_recovers_is_not_seen() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(json(503, "{}")).up_to_n_times(2).mount(&server).await;
    Mock::given(method("GET")).respond_with(json(200, "[1]")).mount(&server).await;
    let api = api(&server.uri());
    assert_eq!(api.get(&Get::new("x").expect(Expect::Array)).await.unwrap().body, "[1]");
    assert_eq!((api.calls(), api.clone().calls()), (3, 3));
}

#[tokio::test]
async fn a_page_is_not_the_api() {
    let page = "<!DOCTYPE html>\n<html><head><title>Instance is hibernating</title></head></html>";
    for content_type in ["text/html;charset=UTF-8", "application/json", "text/plain"] {
        let reply = ResponseTemplate::new(200).set_body_raw(page, content_type);
        let (failed, calls) = answer(reply, Get::new("x")).await;
        let error = failed.unwrap_err();
        assert!(matches!(error, HttpError::NotTheApi { .. }), "{error}");
        assert!(error.to_string().ends_with("\"Instance is hibernating\""), "{error}");
        assert!(!error.is_truncated() && calls == 1);
        assert!(matches!(error.into_kind("read"), PullErrorKind::Contract { .. }));
    }
}

#[tokio::test]
async fn json_has_to_be_complete_and_expected() {
    for (body, expect, outcome) in [
        (r#"{"result":[]}"#, RESULT, "ok"),
        ("[]", RESULT, "shape"),
        (r#"{"unexpected":true}"#, RESULT, "shape"),
        (r#"{"result":[]}"#, Expect::Array, "shape"),
        ("7", Expect::Json, "ok"),
        (r#"{"result":[{"a":1},{"a""#, RESULT, "truncated"),
        ("", RESULT, "truncated"),
        (r#"{"result":[]} x"#, RESULT, "not json"),
        (r#"{"result":[}"#, RESULT, "not json"),
        (r#"{"result":[],"error":{"message":"boom"}}"#, RESULT, "inside"),
        (r#"{"error":{"message":"Transaction cancelled: maximum execution time exceeded"}}"#, RESULT, "cancelled"),
        (r#"{"result":[{"a":1},"error":{"message":"Transaction cancelled: x"}}"#, RESULT, "cancelled"),
    ] {
        let (answer, _) = answer(json(200, body), Get::new("x").expect(expect)).await;
        let found = match answer {
            Ok(answer) if answer.body == body => "ok",
            Err(error @ HttpError::SaidInside { is_cancelled: true, .. }) if error.is_truncated() => "cancelled",
            Err(HttpError::SaidInside { .. }) => "inside",
            Err(HttpError::Shape { .. }) => "shape",
            Err(HttpError::NotJson { .. }) => "not json",
            Err(error) if error.is_truncated() => "truncated",
            other => panic!("{body}: {other:?}"),
        };
        assert_eq!(found, outcome, "{body}");
    }
}

#[tokio::test]
async fn nothing_there_is_the_apis_own_word() {
    let request = || Get::new("x").expect(RESULT).empty_statuses(&[404, 204]);
    let error = r#"{"error":{"message":"No Record found"},"status":"failure"}"#;
    let empty = answer(json(404, error), request()).await.0.unwrap();
    assert_eq!((empty.status, empty.is_empty, empty.body.as_str()), (404, true, ""));
    assert!(answer(ResponseTemplate::new(204), request()).await.0.unwrap().is_empty);
    let page = ResponseTemplate::new(404).set_body_raw("<html>no such host</html>", "text/html");
    for reply in [page, json(404, r#"{"status":404}"#), ResponseTemplate::new(404).set_body_string("gone")] {
        let (failed, _) = answer(reply, request()).await;
        assert_eq!(failed.unwrap_err().status(), Some(404));
    }
    let (failed, _) = answer(json(404, error), Get::new("x")).await;
    assert!(matches!(failed.unwrap_err().into_kind("read"), PullErrorKind::NotFound { .. }));
}

#[tokio::test]
async fn a_small_answer_that_unpacks_into_a_big_one_is_stopped() {
    use std::io::Write as _;
    let server = MockServer::start().await;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&vec![b' '; 4 << 20]).unwrap();
    packed.write_all(b"{}").unwrap();
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 10_000);
    let reply = json(200, "").set_body_raw(packed, "application/json").insert_header("content-encoding", "gzip");
    Mock::given(header("accept-encoding", "gzip")).respond_with(reply).mount(&server).await;
    for (body_bytes, is_fine) in [(1 << 20, false), (5 << 20, true)] {
        let limits = Limits { body_bytes, ..limits() };
        let with = counterfoil_http::ApiSettings { limits, ..settings(&server.uri(), Credential::None) };
        let answer = Api::new(with).unwrap().get(&Get::new("x")).await;
        assert_eq!(answer.is_ok(), is_fine);
        assert!(answer.err().is_none_or(|error| error.is_too_large() && !error.is_truncated()));
    }
}

#[tokio::test]
async fn too_many_headers_are_an_error() {
    let reply = json(200, "{}").insert_header("x-long", "y".repeat(70_000).as_str());
    assert!(answer(reply, Get::new("x")).await.0.is_err());
    let many = (0..200).fold(json(200, "{}"), |reply, n| reply.insert_header(format!("x-{n}").as_str(), "y"));
    assert!(answer(many, Get::new("x")).await.0.is_err());
}
