//! Questions with a body: sent by POST, and in all else like any other.

use crate::setup::{api, basic, json, settings};
use counterfoil_http::{Api, Expect, Get, HttpError};
use wiremock::matchers::{body_string, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::test]
async fn a_question_with_a_body_is_posted_as_json_with_the_credential() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/search"))
        .and(header("content-type", "application/json"))
        .and(header("accept", "application/json"))
        .and(header("authorization", "Basic cmVhZGVyOkNBTkFSWS05Zjg2ZDA4MQ=="))
        .and(body_string("{\"a\":\"é\"}"))
        .respond_with(json(200, "{\"issues\":[]}"))
        .mount(&server)
        .await;
    let question = Get::new("search").body("{\"a\":\"é\"}").expect(Expect::Keys(&["issues"]));
    assert_eq!(api(&server.uri()).get(&question).await.unwrap().body, "{\"issues\":[]}");
    let other = question.clone().expect(Expect::Array);
    assert!(matches!(api(&server.uri()).get(&other).await, Err(HttpError::Shape { .. })));
}

#[tokio::test]
async fn a_question_with_a_body_is_repeated_like_any_other() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(503);
    Mock::given(method("POST")).respond_with(busy).up_to_n_times(2).mount(&server).await;
    Mock::given(method("POST")).and(body_string("[1]")).respond_with(json(200, "{}")).mount(&server).await;
    let client = api(&server.uri());
    assert_eq!(client.get(&Get::new("x").body("[1]")).await.unwrap().body, "{}");
    assert_eq!(client.calls(), 3);

    let broken = MockServer::start().await;
    Mock::given(method("POST")).respond_with(json(400, "{\"errorMessages\":[\"no\"]}")).mount(&broken).await;
    let client = api(&broken.uri());
    let error = client.get(&Get::new("x").body("[1]")).await.unwrap_err();
    assert_eq!((error.to_string().as_str(), client.calls()), ("HTTP 400 for /x: no", 1));
    let mut small = settings(&server.uri(), basic());
    small.limits.body_bytes = 1;
    let error = Api::new(small).unwrap().get(&Get::new("x").body("[1]")).await.unwrap_err();
    assert!(error.is_too_large(), "{error}");
}

#[tokio::test]
async fn a_question_with_a_body_follows_only_redirects_that_keep_it() {
    let server = MockServer::start().await;
    let to = |status: u16| ResponseTemplate::new(status).insert_header("location", "/there");
    for status in [302, 303, 307] {
        Mock::given(path(format!("/{status}"))).respond_with(to(status)).mount(&server).await;
    }
    Mock::given(method("POST"))
        .and(path("/there"))
        .and(body_string("[1]"))
        .respond_with(json(200, "{}"))
        .mount(&server)
        .await;
    let client = api(&server.uri());
    assert_eq!(client.get(&Get::new("307").body("[1]")).await.unwrap().body, "{}");
    for status in [302, 303] {
        let error = client.get(&Get::new(status.to_string()).body("[1]")).await.unwrap_err();
        assert_eq!(error.status(), Some(status), "{error}");
    }
}
