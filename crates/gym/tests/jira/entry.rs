//! Who is let in, as whom, and for how long.

use crate::client::{Client, Got, basic};
use counterfoil_gym::jira::Edition;
use serde_json::json;

async fn token(client: &Client, more: &str) -> Got {
    let body = format!("client_id=gym-client&client_secret=gym-client-secret&{more}");
    client.send("POST", "/oauth/token", &[("content-type", "application/x-www-form-urlencoded")], &body).await
}

fn text(got: &Got, name: &str) -> String {
    got.json()[name].as_str().unwrap_or_else(|| panic!("{}", got.text())).to_owned()
}

async fn with(client: &Client, path: &str, authorization: &str) -> Got {
    client.send("GET", path, &[("authorization", authorization)], "").await
}

#[tokio::test]
async fn basic_says_who_asks() {
    let client = Client::random(Edition::Cloud, 5, "").await;
    let me = client.get("/rest/api/3/myself").await;
    assert_eq!((me.status, me.json()["timeZone"].as_str()), (200, Some("UTC")));
    assert!(me.json()["accountId"].is_string() && me.json().get("name").is_none());
    let wrong = with(&client, "/rest/api/3/myself", &basic("integration@gym.example", "no")).await;
    assert_eq!((wrong.status, wrong.header("x-seraph-loginreason")), (401, "AUTHENTICATED_FAILED"));
    // A bearer belongs to the gateway.
    assert_eq!(with(&client, "/rest/api/3/myself", "Bearer gym-personal-token").await.status, 401);
    let nobody = client.send("GET", "/rest/api/3/serverInfo", &[], "").await;
    assert_eq!((nobody.status, nobody.json()["deploymentType"].as_str()), (200, Some("Cloud")));
    assert_eq!(client.send("GET", "/rest/api/3/myself", &[], "").await.status, 401);
}

#[tokio::test]
async fn data_center_takes_personal_tokens() {
    let client = Client::random(Edition::DataCenter, 5, "").await;
    let me = with(&client, "/rest/api/2/myself", "Bearer gym-personal-token").await;
    assert_eq!((me.status, me.json()["name"].as_str()), (200, Some("integration")));
    assert_eq!(client.get("/rest/api/2/myself").await.status, 200);
    assert_eq!(with(&client, "/rest/api/2/myself", "Bearer no").await.status, 401);
    assert_eq!(client.get("/rest/api/3/myself").await.status, 404);
    let client = Client::random(Edition::DataCenter, 5, "basic-disabled").await;
    assert_eq!(client.get("/rest/api/2/myself").await.status, 403);
    assert_eq!(with(&client, "/rest/api/2/myself", "Bearer gym-personal-token").await.status, 200);
}

#[tokio::test]
async fn refresh_tokens_rotate_and_the_gateway_takes_their_access_tokens() {
    let client = Client::random(Edition::Cloud, 5, "").await;
    let first = token(&client, "grant_type=refresh_token&refresh_token=gym-refresh").await;
    assert_eq!((first.status, first.json()["expires_in"].as_i64()), (200, Some(3_600)));
    let again = token(&client, "grant_type=refresh_token&refresh_token=gym-refresh").await;
    assert_eq!((again.status, text(&again, "error")), (403, "invalid_grant".into()));
    let next = format!("grant_type=refresh_token&refresh_token={}", text(&first, "refresh_token"));
    let second = token(&client, &next).await;
    assert_eq!((second.status, text(&second, "refresh_token") == text(&first, "refresh_token")), (200, false));
    let bearer = format!("Bearer {}", text(&second, "access_token"));
    let me = client.server.gateway_url().replace(&client.server.url(), "") + "/rest/api/3/myself";
    assert_eq!(with(&client, &me, &bearer).await.status, 200);
    assert_eq!(with(&client, "/rest/api/3/myself", &bearer).await.status, 401);
    let old = with(&client, &me, &format!("Bearer {}", text(&first, "access_token"))).await;
    assert_eq!((old.status, old.json()["code"].as_i64()), (401, Some(401)));
    let sites = with(&client, "/oauth/token/accessible-resources", &bearer).await.json();
    assert_eq!(sites[0]["id"], client.get("/_edge/tenant_info").await.json()["cloudId"]);
    client.with(|instance| instance.advance(3_600));
    assert_eq!(with(&client, &me, &bearer).await.status, 401);
    assert_eq!(token(&client, "grant_type=authorization_code&code=gym-code").await.status, 200);
    assert_eq!(token(&client, "grant_type=authorization_code&code=no").await.status, 403);
    assert_eq!(token(&client, "grant_type=password").await.status, 400);
    let json =
        json!({"grant_type": "client_credentials", "client_id": "gym-client", "client_secret": "gym-client-secret"});
    assert_eq!(client.post("/oauth/token", &json).await.status, 200);
}

#[tokio::test]
async fn tokens_expire_in_the_middle() {
    let client = Client::random(Edition::Cloud, 5, "token-expires").await;
    let bearer = format!("Bearer {}", text(&token(&client, "grant_type=client_credentials").await, "access_token"));
    let path = client.server.gateway_url().replace(&client.server.url(), "") + "/rest/api/3/myself";
    for _ in 0..5 {
        assert_eq!(with(&client, &path, &bearer).await.status, 200);
    }
    assert_eq!(with(&client, &path, &bearer).await.status, 401);
    let client = Client::random(Edition::Cloud, 5, "token-short").await;
    assert_eq!(token(&client, "grant_type=client_credentials").await.json()["expires_in"].as_i64(), Some(60));
}

#[tokio::test]
async fn a_token_with_scopes_is_good_behind_the_gateway_only() {
    let client = Client::random(Edition::Cloud, 5, "scoped-token").await;
    assert_eq!(client.get("/rest/api/3/myself").await.status, 401);
    let gateway = client.server.gateway_url();
    assert_eq!(client.get(&format!("{gateway}/rest/api/3/myself")).await.status, 200);
    assert_eq!(client.get("/ex/jira/other/rest/api/3/myself").await.status, 404);
    let client = Client::random(Edition::Cloud, 5, "scope-missing").await;
    let got = client.get("/rest/servicedeskapi/request").await;
    assert_eq!((got.status, text(&got, "message")), (401, "Unauthorized; scope does not match".into()));
}

#[tokio::test]
async fn bad_credentials_can_see_an_empty_site() {
    let client = Client::random(Edition::Cloud, 30, "credentials-lapse").await;
    let all = client.found("updated >= -4w").await.len();
    assert!(all > 10);
    while client.get("/rest/api/3/serverInfo").await.status == 200 && client.server.requests().len() < 20 {}
    assert!(client.found("updated >= -4w").await.is_empty());
    assert!(client.refused("project = DESK").await.contains("does not exist for the field 'project'"));
    assert_eq!(client.get("/rest/api/3/project/DESK").await.status, 404);
    assert_eq!(client.get("/rest/api/3/status").await.json(), json!([]));
    assert_eq!(client.get("/rest/api/3/project/search").await.json()["total"], 0);
    assert_eq!(client.get("/rest/api/3/myself").await.status, 401);
    let client = Client::random(Edition::DataCenter, 30, "anonymous").await;
    let got = with(&client, "/rest/api/2/search?jql=updated%20%3E%3D%20-4w", "Bearer no").await;
    assert_eq!((got.status, got.json()["total"].as_i64()), (200, Some(0)));
}

#[tokio::test]
async fn a_captcha_has_its_headers() {
    let client = Client::random(Edition::DataCenter, 5, "captcha").await;
    let got = client.get("/rest/api/2/myself").await;
    assert_eq!((got.status, got.header("x-seraph-loginreason")), (403, "AUTHENTICATION_DENIED"));
    assert!(got.header("x-authentication-denied-reason").starts_with("CAPTCHA_CHALLENGE"));
}
