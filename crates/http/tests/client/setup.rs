//! A client that waits for nothing, and answers of a scripted API.

use counterfoil_http::{Api, ApiSettings, Budget, Credential, Limits, Url};
use counterfoil_sdk::Secret;
use std::time::Duration;
use wiremock::ResponseTemplate;

pub(crate) const CANARY: &str = "CANARY-9f86d081";

pub(crate) fn limits() -> Limits {
    Limits { first_wait: Duration::ZERO, longest_wait: Duration::from_secs(5), ..Limits::default() }
}

pub(crate) fn settings(base: &str, credential: Credential) -> ApiSettings {
    let budget = Budget { per_second: 100_000, burst: 100_000, in_flight: 8 };
    ApiSettings { base: base.parse().unwrap(), credential, budget, limits: limits(), ca_pem: None }
}

pub(crate) fn basic() -> Credential {
    Credential::Basic { user: "reader".into(), password: Secret::new(CANARY.into()) }
}

pub(crate) fn api(base: &str) -> Api {
    Api::new(settings(base, basic())).unwrap()
}

pub(crate) fn json(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_owned(), "application/json;charset=UTF-8")
}

pub(crate) fn url(text: &str) -> Url {
    text.parse().unwrap()
}
