//! The canary: no secret is in an error, its chain or a `Debug`.

use crate::setup::{CANARY, basic, json, settings, url};
use counterfoil_http::{Api, Credential, Get, Grant, OAuth, TokenFolder};
use counterfoil_sdk::Secret;
use std::error::Error;
use std::sync::Arc;
use wiremock::matchers::{header_exists, method};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const ENCODED: &str = "cmVhZGVyOkNBTkFSWS05Zjg2ZDA4MQ==";

fn told(error: &dyn Error) -> String {
    let mut told = format!("{error:?} {error:#?}");
    let mut next = Some(error);
    while let Some(error) = next {
        told.push_str(&format!(" {error}"));
        next = error.source();
    }
    told
}

fn is_clean(told: &str) {
    assert!(!told.contains(CANARY) && !told.contains(ENCODED), "{}", told.replace(CANARY, "<SECRET>"));
}

fn oauth(server: &str) -> Credential {
    let secret = || Secret::new(CANARY.to_owned());
    Credential::OAuth(OAuth {
        token_url: url(&format!("{server}/oauth_token.do")),
        grant: Grant::RefreshToken { client_id: "id".into(), client_secret: secret(), initial: secret() },
        scope: None,
        store: Arc::new(TokenFolder::new("/nowhere/at/all")),
        name: "acme".into(),
    })
}

#[tokio::test]
async fn no_error_repeats_what_a_server_shows_of_the_request() {
    for status in [200, 302, 400, 401, 403, 404, 410, 418, 429, 500, 503] {
        for content_type in ["text/html", "application/json", "text/plain"] {
            let server = MockServer::start().await;
            let echo = move |request: &Request| {
                let shown = request.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
                let form = String::from_utf8_lossy(&request.body).into_owned();
                let said = format!("{} {CANARY} {form}", shown.unwrap_or_default());
                let body = match content_type {
                    "application/json" => format!("{{\"error\":{{\"message\":\"{said}\",\"detail\":\"{said}\"}}}}"),
                    _ => format!("<html><title>{said}</title>{said}</html>"),
                };
                ResponseTemplate::new(status)
                    .set_body_raw(body, content_type)
                    .insert_header("location", format!("http://localhost:1/?{CANARY}").as_str())
            };
            Mock::given(header_exists("user-agent")).respond_with(echo).mount(&server).await;
            for credential in [basic(), Credential::Bearer(Secret::new(CANARY.into())), oauth(&server.uri())] {
                let api = Api::new(settings(&server.uri(), credential)).unwrap();
                let error = api.get(&Get::new("x").query("token", CANARY)).await.unwrap_err();
                is_clean(&told(&error));
                is_clean(&told(&error.into_kind("read x")));
            }
        }
    }
}

#[tokio::test]
async fn no_failed_connection_shows_the_query_or_the_credential() {
    let settings_of = |credential| settings("http://127.0.0.1:1", credential);
    for credential in [basic(), Credential::Bearer(Secret::new(CANARY.into())), oauth("http://127.0.0.1:1")] {
        is_clean(&format!("{:?}", settings_of(credential.clone())));
        let api = Api::new(settings_of(credential)).unwrap();
        is_clean(&format!("{api:?}"));
        is_clean(&told(&api.get(&Get::new("x").query("token", CANARY)).await.unwrap_err()));
    }
    let unsendable = Credential::Bearer(Secret::new(format!("{CANARY}\n")));
    is_clean(&told(&Api::new(settings_of(unsendable)).unwrap_err()));
}

#[tokio::test]
async fn an_access_token_is_a_secret_too() {
    let server = MockServer::start().await;
    let granted = json(200, &format!("{{\"access_token\":\"{CANARY}\",\"expires_in\":1800}}"));
    Mock::given(method("POST")).respond_with(granted).mount(&server).await;
    let shown = json(403, &format!("{{\"error\":{{\"message\":\"Bearer {CANARY}\"}}}}"));
    Mock::given(method("GET")).respond_with(shown).mount(&server).await;
    let grant = Grant::ClientCredentials { client_id: "id".into(), client_secret: Secret::new("other".into()) };
    let Credential::OAuth(oauth) = oauth(&server.uri()) else { unreachable!() };
    let api = Api::new(settings(&server.uri(), Credential::OAuth(OAuth { grant, ..oauth }))).unwrap();
    is_clean(&told(&api.get(&Get::new("x")).await.unwrap_err()));
}
