//! Answers that break off, byte by byte.

use crate::setup::{api, basic, settings};
use counterfoil_http::{Api, Get, HttpError, Limits};
use counterfoil_sdk::Policy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Answers every connection with these bytes, and closes it.
pub(crate) async fn says(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(client.read_u8().await.unwrap());
            }
            client.write_all(bytes).await.unwrap();
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_body_that_breaks_off_is_truncated() {
    for bytes in [
        &b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{\"result\":[]}"[..],
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n3\r\n1",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{\"result\":[",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 3\r\n\r\n\"\xc3",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n\"\xc3",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 12\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae",
    ] {
        let api = api(&says(bytes).await);
        let error = api.get(&Get::new("x")).await.unwrap_err();
        assert!(error.is_truncated() && api.calls() == 1, "{error:?}");
        assert_eq!(error.into_kind("read").policy(), Policy::RetryWithBackoff);
    }
}

#[tokio::test]
async fn no_answer_is_asked_for_again_and_an_error_stays_that_error() {
    for bytes in [&b""[..], b"HTTP/1.1 2", b"no http at all\r\n\r\n"] {
        let api = api(&says(bytes).await);
        let error = api.get(&Get::new("x")).await.unwrap_err();
        assert!(matches!(error, HttpError::NoAnswer { .. }) && api.calls() == 3, "{error:?}");
        assert_eq!(error.into_kind("read").policy(), Policy::RetryWithBackoff);
    }
    let cut = b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"err";
    let error = api(&says(cut).await).get(&Get::new("x")).await.unwrap_err();
    assert_eq!(error.status(), Some(403));
    let none = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    let error = api(&says(none).await).get(&Get::new("x")).await.unwrap_err();
    assert!(matches!(error, HttpError::NotTheApi { .. }), "{error}");
    let bytes = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 3\r\n\r\n\"\xff\"";
    let error = api(&says(bytes).await).get(&Get::new("x")).await.unwrap_err();
    assert!(matches!(error, HttpError::NotJson { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn silence_ends_whether_it_begins_before_or_in_the_answer() {
    for bytes in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let open = tokio::spawn(async move {
            let (mut client, _) = listener.accept().await.unwrap();
            client.write_all(bytes).await.unwrap();
            std::future::pending::<()>().await;
        });
        let mut with = settings(&base, basic());
        with.limits = Limits { attempts: 1, ..with.limits };
        // Paused time does not wait for the socket: which of the limits ends it is left open.
        let error = Api::new(with).unwrap().get(&Get::new("x")).await.unwrap_err();
        assert!(matches!(error, HttpError::NoAnswer { .. } | HttpError::Truncated { .. }), "{error:?}");
        assert_eq!(error.into_kind("read").policy(), Policy::RetryWithBackoff);
        open.abort();
    }
}
