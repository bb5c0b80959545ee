//! Calls of sources over real connections.

use counterfoil_api::{Api, Hook, Hooks, Key, serve};
use hmac::{Hmac, KeyInit as _, Mac as _};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const SECRET: &[u8] = b"shared";
const BODY: &[u8] = br#"{"webhookEvent":"jira:issue_updated"}"#;

async fn listening() -> (Api, Arc<AtomicU32>) {
    let heard = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&heard);
    let hook = Hook {
        header: "x-hub-signature",
        prefix: "sha256=",
        key: Key::new(SECRET),
        heard: Box::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
        }),
    };
    let api = serve((Ipv4Addr::LOCALHOST, 0).into(), Hooks::from([("acme".to_owned(), hook)]))
        .await
        .expect("loopback has a port");
    (api, heard)
}

fn signed(secret: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret).expect("every length will do");
    mac.update(body);
    format!("x-hub-signature: sha256={}\r\n", data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes()))
}

/// Sends bytes as they are; the first line of the answer.
async fn sent(api: &Api, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(api.address()).await.expect("it listens");
    // A refusal may come, and the connection close, before everything is written.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

fn call(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST {path} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n{headers}");
    [format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

#[tokio::test]
async fn a_signed_call_is_heard_once() {
    let (api, heard) = listening().await;
    assert_eq!(sent(&api, &call("/hooks/acme", &signed(SECRET, BODY), BODY)).await, "HTTP/1.1 202 Accepted");
    assert_eq!(heard.load(Ordering::SeqCst), 1);
    let empty = call("/hooks/acme", &signed(SECRET, b""), b"");
    assert_eq!(sent(&api, &empty).await, "HTTP/1.1 202 Accepted", "also without a body");
    let head = format!(
        "POST /hooks/acme HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n{}transfer-encoding: chunked\r\n\r\n{:x}\r\n",
        signed(SECRET, BODY),
        BODY.len()
    );
    let chunked = [head.as_bytes(), BODY, b"\r\n0\r\n\r\n"];
    assert_eq!(sent(&api, &chunked.concat()).await, "HTTP/1.1 202 Accepted", "also in chunks");
    assert_eq!(heard.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn everything_else_is_refused_and_never_heard() {
    let (api, heard) = listening().await;
    let right = signed(SECRET, BODY);
    let prefix = right.replace("sha256=", "sha1=");
    let bare = right.replace("sha256=", "");
    for (bytes, answer) in [
        (call("/hooks/acme", "", BODY), "HTTP/1.1 401 Unauthorized"),
        (call("/hooks/acme", &signed(b"other", BODY), BODY), "HTTP/1.1 401 Unauthorized"),
        (call("/hooks/acme", &right, br#"{"webhookEvent":"jira:issue_deleted"}"#), "HTTP/1.1 401 Unauthorized"),
        (call("/hooks/acme", &prefix, BODY), "HTTP/1.1 401 Unauthorized"),
        (call("/hooks/acme", &bare, BODY), "HTTP/1.1 401 Unauthorized"),
        (call("/hooks/acme", "x-hub-signature: sha256=\r\n", BODY), "HTTP/1.1 401 Unauthorized"),
        (call("/hooks/nobody", &right, BODY), "HTTP/1.1 404 Not Found"),
        (call("/hooks/acme/more", &right, BODY), "HTTP/1.1 404 Not Found"),
        (call("/", &right, BODY), "HTTP/1.1 404 Not Found"),
        (
            b"GET /hooks/acme HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n".to_vec(),
            "HTTP/1.1 405 Method Not Allowed",
        ),
        (b"\x16\x03\x01\x02\x00".to_vec(), "HTTP/1.1 400 Bad Request"),
    ] {
        assert_eq!(sent(&api, &bytes).await, answer, "{}", String::from_utf8_lossy(&bytes));
    }
    assert_eq!(heard.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_call_that_breaks_off_is_not_heard() {
    let (api, heard) = listening().await;
    let whole = call("/hooks/acme", &signed(SECRET, BODY), BODY);
    for end in [10, 60, whole.len() - BODY.len(), whole.len() - 1] {
        sent(&api, &whole[..end]).await;
    }
    assert_eq!(heard.load(Ordering::SeqCst), 0);
    assert_eq!(sent(&api, &whole).await, "HTTP/1.1 202 Accepted", "and others go on");
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let (api, heard) = listening().await;
    let mut stream = TcpStream::connect(api.address()).await.expect("it listens");
    let head = format!(
        "POST /hooks/acme HTTP/1.1\r\nhost: gateway\r\ncontent-length: 99999999\r\n{}\r\n",
        signed(SECRET, BODY)
    );
    stream.write_all(head.as_bytes()).await.expect("it reads");
    let block = vec![b' '; 1 << 20];
    let mut written = 0;
    while written < 64 && stream.write_all(&block).await.is_ok() {
        written += 1;
    }
    assert!(written < 64, "64 MiB were taken");
    assert_eq!(heard.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn who_says_nothing_holds_no_place_for_long() {
    let (api, heard) = listening().await;
    let mut silent = Vec::new();
    for _ in 0..64 {
        silent.push(TcpStream::connect(api.address()).await.expect("it listens"));
    }
    drop(silent);
    assert_eq!(sent(&api, &call("/hooks/acme", &signed(SECRET, BODY), BODY)).await, "HTTP/1.1 202 Accepted");
    assert_eq!(heard.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn it_stops_when_it_is_dropped() {
    let (api, _) = listening().await;
    let address = api.address();
    drop(api);
    let mut refused = false;
    for _ in 0..1000 {
        refused = TcpStream::connect(address).await.is_err();
        if refused {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(refused, "something still listens");
}
