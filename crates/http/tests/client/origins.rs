//! No request, and no credential, leaves the origin.

use crate::setup::{CANARY, api, basic, json, settings, url};
use counterfoil_http::{Api, BuildError, Credential, Get, HttpError};
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::test]
async fn a_redirect_is_followed_on_the_same_origin_only() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    let to = |target: &str| ResponseTemplate::new(302).insert_header("location", target);
    Mock::given(path("/here")).respond_with(to("/there?a=1")).mount(&server).await;
    Mock::given(path("/there"))
        .and(header("authorization", "Basic cmVhZGVyOkNBTkFSWS05Zjg2ZDA4MQ=="))
        .respond_with(json(200, "{}"))
        .mount(&server)
        .await;
    Mock::given(path("/round")).respond_with(to("round")).mount(&server).await;
    Mock::given(path("/away")).respond_with(to(&format!("{}/steal?token={CANARY}", other.uri()))).mount(&server).await;
    Mock::given(path("/file")).respond_with(to("file:///etc/passwd")).mount(&server).await;
    Mock::given(path("/as")).respond_with(to(&server.uri().replace("http://", "http://user:pw@"))).mount(&server).await;
    let api = api(&server.uri());
    assert_eq!(api.get(&Get::new("here")).await.unwrap().body, "{}");
    let before = api.calls();
    assert!(matches!(api.get(&Get::new("round")).await, Err(HttpError::Redirected { .. })));
    assert_eq!(api.calls() - before, 4);
    let away = api.get(&Get::new("away")).await.unwrap_err();
    assert_eq!(
        away.to_string(),
        "/away is redirected to 127.0.0.1; redirects are followed on the same origin only, and at most 3"
    );
    for path in ["file", "as"] {
        assert!(matches!(api.get(&Get::new(path)).await, Err(HttpError::Redirected { .. })), "{path}");
    }
    assert_eq!(other.received_requests().await.unwrap().len(), 0);
}

#[test]
fn a_link_has_to_stay_on_scheme_host_and_port() {
    let api = api("https://acme.example/snow/");
    for good in
        ["https://acme.example/snow/t?o=1", "https://acme.example:443/x", "/snow/t", "t", "HTTPS://ACME.example/x"]
    {
        assert!(api.same_origin(good).is_ok(), "{good}");
    }
    for bad in [
        "http://acme.example/snow/t",
        "https://acme.example:8443/",
        "https://acme.example.evil.example/",
        "https://acme.example@evil.example/",
        "https://user@acme.example/",
        "//evil.example/",
        "\\\\evil.example/",
        "file:///etc/passwd",
        "https://169.254.169.254/",
        "https://[::ffff:127.0.0.1]/",
        "https://",
    ] {
        assert!(matches!(api.same_origin(bad), Err(HttpError::ForeignLink { .. })), "{bad}");
    }
    assert!(api.follow(&url("https://acme.example/other/t"), &Get::default()).is_err());
    assert!(api.follow(&url("https://acme.example/snowy/t"), &Get::default()).is_err());
}

#[tokio::test]
async fn a_foreign_next_link_is_an_error_and_not_the_end() {
    let server = MockServer::start().await;
    let reply = json(200, "{}").insert_header("link", "<https://evil.example/x>; rel=next");
    Mock::given(path("/x")).respond_with(reply).mount(&server).await;
    let error = api(&server.uri()).get(&Get::new("x")).await.unwrap_err();
    assert_eq!(error.to_string(), "a link of the source leads to another origin (evil.example)");
}

#[tokio::test]
async fn a_path_stays_below_the_base() {
    let api = api("http://127.0.0.1:9/api");
    for path in ["../admin", "a/../../b", "a/%2e%2E/b", "http://evil.example/", "x?y=1", "x#y", "a\\b"] {
        assert!(matches!(api.get(&Get::new(path)).await, Err(HttpError::Request { .. })), "{path}");
    }
    for name in ["Authorization", "cookie", "bad name"] {
        assert!(matches!(api.get(&Get::new("x").header(name, "y")).await, Err(HttpError::Request { .. })), "{name}");
    }
    assert_eq!(api.calls(), 0);
}

#[test]
fn a_credential_needs_tls_or_loopback() {
    let build = |base: &str, credential| Api::new(settings(base, credential));
    assert!(matches!(build("http://acme.example/", basic()), Err(BuildError::Address { .. })));
    assert!(build("http://acme.example/", Credential::None).is_ok());
    for base in ["http://127.0.0.1:1/", "http://[::1]/", "http://localhost:8080/", "https://acme.example/"] {
        assert!(build(base, basic()).is_ok(), "{base}");
    }
    for base in ["ftp://acme.example/", "https://user:CANARY@acme.example/", "https://acme.example/?token=CANARY"] {
        let error = build(base, Credential::None).unwrap_err();
        assert!(
            matches!(error, BuildError::Address { .. }) && !format!("{error} {error:?}").contains("CANARY"),
            "{base}"
        );
    }
    let mut with = settings("https://acme.example/", basic());
    with.limits.attempts = 0;
    assert!(matches!(Api::new(with), Err(BuildError::Zero { name: "attempts" })));
    let mut with = settings("https://acme.example/", basic());
    with.ca_pem = Some("no certificate".into());
    assert!(matches!(Api::new(with), Err(BuildError::Certificates { .. })));
}

#[tokio::test]
async fn the_session_of_the_source_is_kept() {
    let server = MockServer::start().await;
    Mock::given(header("cookie", "JSESSIONID=A1")).respond_with(json(200, "[2]")).with_priority(1).mount(&server).await;
    let first = json(200, "[1]").insert_header("set-cookie", "JSESSIONID=A1; Path=/; Secure; HttpOnly");
    Mock::given(path("/x")).respond_with(first).mount(&server).await;
    let api = api(&server.uri());
    assert_eq!(api.get(&Get::new("x")).await.unwrap().body, "[1]");
    assert_eq!(api.clone().get(&Get::new("x")).await.unwrap().body, "[2]");
}
