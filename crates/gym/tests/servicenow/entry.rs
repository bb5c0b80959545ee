//! Who is let in, and for how long.

use crate::client::{Client, Got, basic, with_account};
use counterfoil_gym::servicenow::{Denial, Instance, Switches};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn token(client: &Client, fields: &str) -> Got {
    let body = format!("client_id=gym-client&client_secret=gym-client-secret&{fields}");
    client.send("POST", "/oauth_token.do", &[FORM], &body).await
}

fn text(got: &Got, name: &str) -> String {
    got.json()[name].as_str().unwrap().to_owned()
}

async fn status(client: &Client, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let headers = [("accept", "application/json"), ("authorization", bearer.as_str())];
    client.get_with("/api/now/table/incident?sysparm_limit=1", &headers).await.status
}

async fn start(name: &str) -> Client {
    let switches = if name.is_empty() { Switches::default() } else { Switches::by_name(name).unwrap() };
    Client::of(Instance::random(1, 20), switches).await
}

#[tokio::test]
async fn a_token_is_the_same_while_it_is_valid_and_tells_the_life_that_is_left() {
    let client = start("").await;
    let first = token(&client, "grant_type=client_credentials").await;
    assert_eq!((first.status, first.json()["expires_in"].as_i64()), (200, Some(1_800)));
    assert!(first.json().get("refresh_token").is_none());
    client.instance.lock().unwrap().advance(1_000);
    let second = token(&client, "grant_type=client_credentials").await;
    assert_eq!(text(&first, "access_token"), text(&second, "access_token"));
    assert_eq!(second.json()["expires_in"].as_i64(), Some(800));
    assert_eq!(status(&client, &text(&first, "access_token")).await, 200);
    client.instance.lock().unwrap().advance(800);
    assert_eq!(status(&client, &text(&first, "access_token")).await, 401);
    let third = token(&client, "grant_type=client_credentials").await;
    assert_ne!(text(&first, "access_token"), text(&third, "access_token"));
}

#[tokio::test]
async fn only_forms_with_the_right_secrets_get_one() {
    let client = start("").await;
    let json = r#"{"grant_type":"client_credentials","client_id":"gym-client","client_secret":"gym-client-secret"}"#;
    let got = client.send("POST", "/oauth_token.do", &[("content-type", "application/json")], json).await;
    assert_eq!(got.status, 400);
    let got = client.send("POST", "/oauth_token.do", &[FORM], "grant_type=client_credentials&client_id=x").await;
    assert_eq!((got.status, text(&got, "error")), (401, "invalid_client".into()));
    assert_eq!(token(&client, "grant_type=password&username=integration&password=no").await.status, 401);
    assert_eq!(token(&client, "grant_type=refresh_token&refresh_token=no").await.status, 401);
}

#[tokio::test]
async fn refresh_tokens_last_unless_they_rotate() {
    for (switch, again) in [("", 200), ("token-rotated", 401)] {
        let client = start(switch).await;
        let first = token(&client, "grant_type=password&username=integration&password=gym").await;
        let refresh = format!("grant_type=refresh_token&refresh_token={}", text(&first, "refresh_token"));
        let second = token(&client, &refresh).await;
        assert_eq!(second.status, 200);
        assert_eq!(status(&client, &text(&first, "access_token")).await, 401);
        assert_eq!(status(&client, &text(&second, "access_token")).await, 200);
        assert_eq!(text(&first, "refresh_token") == text(&second, "refresh_token"), switch.is_empty());
        assert_eq!(token(&client, &refresh).await.status, again, "{switch}");
    }
}

#[tokio::test]
async fn tokens_expire_in_the_middle() {
    let client = start("token-expires").await;
    let first = text(&token(&client, "grant_type=client_credentials").await, "access_token");
    for _ in 0..5 {
        assert_eq!(status(&client, &first).await, 200);
    }
    assert_eq!(status(&client, &first).await, 401);
    let second = text(&token(&client, "grant_type=client_credentials").await, "access_token");
    assert_eq!((status(&client, &second).await, second == first), (200, false));
    let client = start("token-short").await;
    assert_eq!(token(&client, "grant_type=client_credentials").await.json()["expires_in"].as_i64(), Some(60));
}

#[tokio::test]
async fn an_account_sees_what_it_may() {
    let instance = with_account(Instance::random(1, 20), |account| {
        account.password = "päss:word".into();
        account.denied = vec![("sys_audit".into(), Denial::Forbidden), ("sys_choice".into(), Denial::Silently)];
        account.hidden_columns = vec![("incident".into(), "hold_reason".into())];
    });
    let client = Client::of(instance, Switches::default()).await;
    let login = basic("integration", "päss:word");
    let get =
        async |path: &str| client.get_with(path, &[("accept", "application/json"), ("authorization", &login)]).await;
    assert_eq!(get("/api/now/table/sys_audit").await.status, 403);
    let choices = get("/api/now/table/sys_choice").await;
    assert_eq!((choices.status, choices.rows().len()), (200, 0));
    assert_ne!(choices.header("x-total-count"), "0");
    let rows = get("/api/now/table/incident").await.rows();
    assert!(rows.iter().all(|row| row.get("hold_reason").is_none() && row.get("state").is_some()));
    assert_eq!(client.get("/api/now/table/incident").await.status, 401);
}
