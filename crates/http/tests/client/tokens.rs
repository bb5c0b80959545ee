//! Access tokens: asked for once, replaced once when refused, and never used before their refresh token is safe.

use crate::setup::{json, settings, url};
use counterfoil_http::{Api, Credential, Get, Grant, HttpError, OAuth, TokenFolder};
use counterfoil_sdk::{PullErrorKind, Secret, TokenStore};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use wiremock::matchers::{body_string, header, method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// Keeps tokens in memory, and fails as often as it is told.
#[derive(Default)]
struct Memory {
    kept: Mutex<Option<String>>,
    failures: AtomicUsize,
}

impl TokenStore for Memory {
    fn load(&self, _: &str) -> io::Result<Option<Secret>> {
        Ok(self.kept.lock().unwrap().clone().map(Secret::new))
    }

    fn store(&self, _: &str, value: &Secret) -> io::Result<()> {
        if self.failures.load(Ordering::SeqCst) > 0 {
            self.failures.fetch_sub(1, Ordering::SeqCst);
            return Err(io::Error::other("the disk is full"));
        }
        *self.kept.lock().unwrap() = Some(value.expose().to_owned());
        Ok(())
    }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn client_credentials() -> Grant {
    Grant::ClientCredentials { client_id: "id".into(), client_secret: secret("s&p") }
}

fn refresh_token() -> Grant {
    Grant::RefreshToken { client_id: "id".into(), client_secret: secret("s&p"), initial: secret("refresh-0") }
}

fn api(server: &MockServer, grant: Grant, store: Arc<dyn TokenStore>) -> Api {
    let token_url = url(&format!("{}/oauth_token.do", server.uri()));
    let oauth = OAuth { token_url, grant, scope: None, store, name: "acme".into() };
    Api::new(settings(&server.uri(), Credential::OAuth(oauth))).unwrap()
}

/// Grants `access-1`, `access-2`, … with `refresh-1`, `refresh-2`, …, each refresh token once.
struct Rotating {
    granted: AtomicUsize,
    life_secs: u64,
}

impl Respond for Rotating {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let form = String::from_utf8_lossy(&request.body).into_owned();
        let nth = self.granted.load(Ordering::SeqCst);
        if form.contains("grant_type=refresh_token") && !form.ends_with(&format!("refresh_token=refresh-{nth}")) {
            return json(401, r#"{"error":"invalid_grant","error_description":"used"}"#);
        }
        let nth = self.granted.fetch_add(1, Ordering::SeqCst) + 1;
        let life = self.life_secs;
        json(
            200,
            &format!(
                r#"{{"access_token":"access-{nth}","refresh_token":"refresh-{nth}","token_type":"Bearer","expires_in":{life}}}"#
            ),
        )
    }
}

async fn grants(server: &MockServer, life_secs: u64) {
    let rotating = Rotating { granted: AtomicUsize::new(0), life_secs };
    Mock::given(method("POST")).and(path("/oauth_token.do")).respond_with(rotating).mount(server).await;
}

async fn takes(server: &MockServer, token: &str) {
    Mock::given(method("GET"))
        .and(header("authorization", format!("Bearer {token}").as_str()))
        .respond_with(json(200, "{}"))
        .with_priority(1)
        .mount(server)
        .await;
}

async fn refuses_others(server: &MockServer) {
    let refused = json(401, r#"{"error":{"message":"User Not Authenticated"}}"#);
    Mock::given(method("GET")).respond_with(refused).with_priority(9).mount(server).await;
}

async fn posts(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().iter().filter(|request| request.method.as_str() == "POST").count()
}

#[tokio::test]
async fn a_token_is_asked_for_as_a_form_and_used_while_it_lives() {
    let server = MockServer::start().await;
    let form = "grant_type=client_credentials&client_id=id&client_secret=s%26p";
    Mock::given(path("/oauth_token.do"))
        .and(body_string(form))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .respond_with(json(
            200,
            r#"{"access_token":"access-1","scope":"useraccount","token_type":"Bearer","expires_in":"1800"}"#,
        ))
        .expect(1)
        .mount(&server)
        .await;
    takes(&server, "access-1").await;
    let api = api(&server, client_credentials(), Arc::new(Memory::default()));
    for _ in 0..3 {
        api.get(&Get::new("x")).await.unwrap();
    }
    assert_eq!(api.calls(), 4);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_whoever_needs_it() {
    let server = MockServer::start().await;
    grants(&server, 1800).await;
    takes(&server, "access-2").await;
    refuses_others(&server).await;
    let api = api(&server, client_credentials(), Arc::new(Memory::default()));
    let asking: Vec<_> = (0..8)
        .map(|_| {
            let api = api.clone();
            tokio::spawn(async move { api.get(&Get::new("x")).await })
        })
        .collect();
    for asked in asking {
        asked.await.unwrap().unwrap();
    }
    assert_eq!(posts(&server).await, 2);
}

#[tokio::test]
async fn a_token_that_is_refused_again_is_not_asked_for_for_ever() {
    let server = MockServer::start().await;
    grants(&server, 1800).await;
    refuses_others(&server).await;
    let api = api(&server, client_credentials(), Arc::new(Memory::default()));
    let kind = api.get(&Get::new("x")).await.unwrap_err().into_kind("read");
    assert!(matches!(kind, PullErrorKind::Unauthenticated { status: 401, .. }), "{kind}");
    assert_eq!(api.calls(), 4);
}

#[tokio::test]
async fn a_token_without_life_is_used_once() {
    let server = MockServer::start().await;
    grants(&server, 0).await;
    for nth in 1..=3 {
        takes(&server, &format!("access-{nth}")).await;
    }
    let api = api(&server, client_credentials(), Arc::new(Memory::default()));
    for _ in 0..3 {
        api.get(&Get::new("x")).await.unwrap();
    }
    assert_eq!(posts(&server).await, 3);
}

#[tokio::test]
async fn a_rotated_refresh_token_survives_a_restart() {
    let server = MockServer::start().await;
    grants(&server, 1800).await;
    takes(&server, "access-1").await;
    takes(&server, "access-2").await;
    let folder = tempfile::tempdir().unwrap();
    let store = || Arc::new(TokenFolder::new(folder.path()));
    for nth in 1..=2 {
        api(&server, refresh_token(), store()).get(&Get::new("x")).await.unwrap();
        assert_eq!(store().load("acme").unwrap().unwrap().expose(), format!("refresh-{nth}"));
    }
}

#[tokio::test]
async fn no_access_token_is_used_before_its_refresh_token_is_kept() {
    let server = MockServer::start().await;
    grants(&server, 1800).await;
    takes(&server, "access-1").await;
    let store = Arc::new(Memory { failures: AtomicUsize::new(1), ..Memory::default() });
    let api = api(&server, refresh_token(), Arc::clone(&store) as Arc<dyn TokenStore>);
    let error = api.get(&Get::new("x")).await.unwrap_err();
    assert!(matches!(error, HttpError::Store { .. }), "{error}");
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    // The token is not lost with the failure: it is kept first, and then used.
    api.get(&Get::new("x")).await.unwrap();
    assert_eq!(store.load("acme").unwrap().unwrap().expose(), "refresh-1");
    assert_eq!(posts(&server).await, 1);
}

#[tokio::test]
async fn a_dead_refresh_token_needs_a_person_and_a_new_consent_is_taken() {
    let server = MockServer::start().await;
    grants(&server, 1800).await;
    takes(&server, "access-1").await;
    let store = || Arc::new(Memory { kept: Mutex::new(Some("refresh-old".into())), ..Memory::default() });
    let dead =
        Grant::RefreshToken { client_id: "id".into(), client_secret: secret("s"), initial: secret("refresh-old") };
    let kind = api(&server, dead, store()).get(&Get::new("x")).await.unwrap_err().into_kind("read");
    let expected = "the source rejects the credentials (HTTP 401); grant consent again: invalid_grant; used";
    assert_eq!(kind.to_string(), expected);
    assert_eq!(posts(&server).await, 1);
    // The configuration has a token of a new consent, which the store does not know.
    api(&server, refresh_token(), store()).get(&Get::new("x")).await.unwrap();
}

#[tokio::test]
async fn a_token_endpoint_that_fails_is_told_apart_from_one_that_refuses() {
    for (reply, unauthenticated) in [
        (json(401, r#"{"error_description":"access_denied","error":"server_error"}"#), true),
        (json(400, r#"{"error":"invalid_client"}"#), true),
        (json(200, r#"{"error":"invalid_client"}"#), true),
        (json(503, "{}"), false),
        (json(200, r#"{"access_token":"CANA"#), false),
        (json(200, r#"{"token":"CANARY"}"#), false),
        (ResponseTemplate::new(200).set_body_raw("<html>CANARY", "text/html"), false),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(reply).mount(&server).await;
        let api = api(&server, client_credentials(), Arc::new(Memory::default()));
        let error = api.get(&Get::new("x")).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("CANA"), "{error:?}");
        let kind = error.into_kind("read");
        assert_eq!(matches!(kind, PullErrorKind::Unauthenticated { .. }), unauthenticated, "{kind}");
    }
}
