//! Bytes that are no JSON: as many as there is room for, whatever the source announces; and tokens for other protocols.

use crate::setup::{api, json, limits, url};
use crate::wire::says;
use counterfoil_http::{BearerTokens, BuildError, Download, Get, Grant, HttpError, OAuth, Room, TokenFolder};
use counterfoil_sdk::{Policy, Secret};
use std::sync::Arc;
use wiremock::matchers::{body_string_contains, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

const ROOM: Room = Room { most_bytes: 100, head_bytes: 10 };

fn text(bytes: usize) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(vec![b'x'; bytes], "text/plain")
}

async fn download(reply: ResponseTemplate) -> Result<Download, HttpError> {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(reply).mount(&server).await;
    api(&server.uri()).download(&Get::new("m/$value"), ROOM).await
}

#[tokio::test]
async fn what_has_room_is_whole_and_of_the_rest_only_the_beginning_is_read() {
    for bytes in [0, 1, 99, 100] {
        assert_eq!(download(text(bytes)).await.unwrap(), Download::Whole(vec![b'x'; bytes]));
    }
    for bytes in [101, 5_000, 3 << 20] {
        let larger = Download::Larger { head: vec![b'x'; 10], bytes: Some(bytes as u64) };
        assert_eq!(download(text(bytes)).await.unwrap(), larger);
    }
    let chunked =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n";
    let whole = api(&says(chunked).await).download(&Get::new("x"), ROOM).await.unwrap();
    assert_eq!(whole, Download::Whole(b"abcde".to_vec()));
    let room = Room { most_bytes: 4, head_bytes: 2 };
    let larger = api(&says(chunked).await).download(&Get::new("x"), room).await.unwrap();
    assert_eq!(larger, Download::Larger { head: b"ab".to_vec(), bytes: None });
}

#[tokio::test]
async fn a_download_that_breaks_off_is_no_download() {
    for bytes in [
        &b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 20\r\n\r\nSubject: x"[..],
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n",
    ] {
        let error = api(&says(bytes).await).download(&Get::new("x"), ROOM).await.unwrap_err();
        assert!(error.is_truncated(), "{error:?}");
    }
}

#[tokio::test]
async fn pages_and_json_are_none_and_errors_have_their_word() {
    for kind in ["text/html", "application/json", "text/plain"] {
        let reply = ResponseTemplate::new(200).set_body_raw("<html><title>Log in</title>", kind);
        let error = download(reply).await.unwrap_err();
        assert!(matches!(error, HttpError::NotTheApi { .. }), "{error}");
    }
    let error = download(json(200, "{\"unexpected\":true}")).await.unwrap_err();
    assert_eq!(error.into_kind("read").policy(), Policy::StopAndReport);
    let error = download(json(404, r#"{"error":{"code":"ErrorItemNotFound","message":"gone"}}"#)).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(404), Some("ErrorItemNotFound")));
    let error = download(ResponseTemplate::new(404).set_body_raw("gone", "text/plain")).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(404), None));
}

fn oauth(server: &str, scope: Option<&str>) -> OAuth {
    OAuth {
        token_url: url(&format!("{server}/token")),
        grant: Grant::ClientCredentials { client_id: "id".into(), client_secret: Secret::new("s".into()) },
        scope: scope.map(str::to_owned),
        store: Arc::new(TokenFolder::new("/nowhere/at/all")),
        name: "acme".into(),
    }
}

#[tokio::test]
async fn tokens_for_another_protocol_are_kept_and_replaced_when_they_are_refused() {
    let server = MockServer::start().await;
    let granted = std::sync::atomic::AtomicU64::new(0);
    let grants = move |_: &wiremock::Request| {
        let nth = granted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
        json(200, &format!(r#"{{"access_token":"access-{nth}","token_type":"Bearer","expires_in":3600}}"#))
    };
    let scoped = body_string_contains("scope=https%3A%2F%2Foutlook.example%2F.default");
    Mock::given(method("POST")).and(scoped).respond_with(grants).mount(&server).await;
    let scope = Some("https://outlook.example/.default");
    let tokens = BearerTokens::new(oauth(&server.uri(), scope), &limits(), None).unwrap();
    let first = tokens.token(None).await.unwrap();
    assert_eq!(tokens.token(None).await.unwrap().secret.expose(), first.secret.expose());
    assert_eq!((first.secret.expose(), tokens.calls()), ("access-1", 1));
    let second = tokens.token(Some(&first)).await.unwrap();
    assert_eq!(second.secret.expose(), "access-2");
    // It was replaced already: the same one is not asked for twice.
    assert_eq!(tokens.token(Some(&first)).await.unwrap().secret.expose(), "access-2");
    assert!(!format!("{tokens:?} {second:?}").contains("access-"));
    let without_scope = BearerTokens::new(oauth(&server.uri(), None), &limits(), None).unwrap();
    assert!(without_scope.token(None).await.is_err());
    let plain = BearerTokens::new(oauth("http://login.example", None), &limits(), None);
    assert!(matches!(plain, Err(BuildError::Address { .. })));
}
