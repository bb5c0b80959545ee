//! Who are we to the site? Never nobody.

use crate::support::{CANARY, EDITIONS, Held, act, agrees, connect, connect_with, section, serve};
use counterfoil_gym::jira::{Edition, Instance, Switches};
use counterfoil_record::Position;
use counterfoil_sdk::{PullError, PullErrorKind};
use counterfoil_testkit::MemoryTokens;
use counterfoil_testkit::suites::{context, stream};
use std::sync::Arc;

fn is_refused(error: &PullError) {
    assert!(matches!(error.kind, PullErrorKind::Unauthenticated { .. }), "{error:?}");
    assert!(!format!("{error:?} {:?}", error.kind).contains(CANARY));
}

#[tokio::test]
async fn strangers_see_an_empty_site_and_we_say_that_we_are_none() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 3, 10), Switches::by_name("anonymous").unwrap()).await;
        let wrong = section(&server.url(), edition, "").replace("env:TOKEN", "env:GYM_WRONG");
        let connector = connect(&wrong);
        is_refused(&connector.check().await.unwrap_err());
        for name in ["issue", "catalogue"] {
            let spec = stream(&*connector, name);
            is_refused(&connector.pull(&spec, &Position::default(), context(5)).await.unwrap_err());
            is_refused(&connector.census(&spec, &Position::default(), context(5)).await.unwrap_err());
            is_refused(&connector.fetch(&spec, &["1".to_owned()], context(5)).await.unwrap_err());
        }
    }
}

#[tokio::test]
async fn credentials_that_lapse_in_the_middle_never_look_like_an_end() {
    for edition in EDITIONS {
        for after in 1..40 {
            let switches = Switches { credentials_lapse: after, anonymous: true, ..Switches::default() };
            let server = serve(Instance::random(edition, 3, 20), switches).await;
            let connector = connect(&section(&server.url(), edition, ""));
            let mut held = Held::default();
            let outcome = held.pass(&*connector, 3).await;
            let count = act(&server, |instance| instance.oracle().issues.len());
            match outcome {
                Ok(()) => assert_eq!(held.records.len(), count, "{edition:?}, after {after}"),
                Err(error) => assert!(
                    !matches!(error.kind, PullErrorKind::Unavailable { .. } | PullErrorKind::PositionExpired),
                    "{edition:?}, after {after}: {error:?}"
                ),
            }
            if let Err(error) = held.census(&*connector).await {
                is_refused(&error);
            }
        }
    }
}

#[tokio::test]
async fn a_token_with_scopes_at_the_sites_own_address_says_where_it_works() {
    let server = serve(Instance::random(Edition::Cloud, 3, 10), Switches::by_name("scoped-token").unwrap()).await;
    let error = connect(&section(&server.url(), Edition::Cloud, "")).check().await.unwrap_err();
    is_refused(&error);
    assert!(error.kind.to_string().contains("api.atlassian.com/ex/jira"), "{}", error.kind);
    connect(&section(&server.gateway_url(), Edition::Cloud, "")).check().await.unwrap();
}

#[tokio::test]
async fn a_personal_access_token_works_where_passwords_do_not() {
    let server =
        serve(Instance::random(Edition::DataCenter, 3, 10), Switches::by_name("basic-disabled").unwrap()).await;
    let error = connect(&section(&server.url(), Edition::DataCenter, "")).check().await.unwrap_err();
    assert!(matches!(error.kind, PullErrorKind::Forbidden { .. }), "{error:?}");
    let text = format!("url = \"{}\"\ntoken = \"env:GYM_PERSONAL_TOKEN\"\nrequests_per_second = 1000", server.url());
    let mut held = Held::default();
    held.pass(&*connect(&text), 4).await.unwrap();
    agrees(&held, &act(&server, |instance| instance.oracle()), "personal access token");
}

#[tokio::test]
async fn rotating_refresh_tokens_survive_expiry_in_the_middle_and_a_restart() {
    let server = serve(Instance::random(Edition::Cloud, 3, 20), Switches::by_name("token-expires").unwrap()).await;
    let text = format!(
        "url = \"{}\"\ntoken_url = \"{}/oauth/token\"\nclient_id = \"gym-client\"\nclient_secret = \
         \"env:GYM_CLIENT_SECRET\"\nrefresh_token = \"env:GYM_REFRESH\"\nrequests_per_second = 1000",
        server.gateway_url(),
        server.url()
    );
    let tokens = Arc::new(MemoryTokens::default());
    let mut held = Held::default();
    for _ in 0..2 {
        held.pass(&*connect_with(&text, Arc::clone(&tokens)), 3).await.unwrap();
    }
    agrees(&held, &act(&server, |instance| instance.oracle()), "rotating refresh tokens");
    assert!(!held.position.0.contains("gym-"));
}
