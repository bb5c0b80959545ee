//! Every fault does what it says, in the same way twice.
#![expect(clippy::unwrap_used, reason = "what a test sets up is there")]

use counterfoil_testkit::fault_proxy::{Fault, FaultProxy};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const LENGTH: usize = 10_000;

/// Sends what it was sent one byte for, and then whatever comes back.
async fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = client.write_all(&[7; LENGTH]).await;
                let (mut from, mut to) = client.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    address
}

async fn through(fault: Fault) -> (Vec<u8>, Result<(), ErrorKind>) {
    let proxy = FaultProxy::start(server().await).await.unwrap();
    proxy.set(fault);
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    let mut all = Vec::new();
    let _ = client.shutdown().await;
    let ended = client.read_to_end(&mut all).await;
    (all, ended.map(|_| ()).map_err(|error| error.kind()))
}

#[tokio::test]
async fn nothing_is_changed_without_a_fault() {
    assert_eq!(through(Fault::None).await, (vec![7; LENGTH], Ok(())));
}

#[tokio::test]
async fn a_reset_and_a_half_close_come_after_their_bytes() {
    let (received, ended) = through(Fault::ResetAfter(1234)).await;
    assert!(received.len() <= 1234 && ended == Err(ErrorKind::ConnectionReset), "{} {ended:?}", received.len());
    assert_eq!(through(Fault::HalfCloseAfter(1234)).await, (vec![7; 1234], Ok(())));
}

#[tokio::test]
async fn refused_connections_are_reset() {
    let (received, ended) = through(Fault::Refuse).await;
    assert!(received.is_empty() && ended == Err(ErrorKind::ConnectionReset), "{} {ended:?}", received.len());
}

#[tokio::test]
async fn corruption_depends_on_the_seed_alone() {
    let fault = |seed| Fault::Corrupt { seed, one_in: 100 };
    let (first, ended) = through(fault(1)).await;
    assert_eq!(ended, Ok(()));
    let changed = first.iter().filter(|byte| **byte != 7).count();
    assert!((50..200).contains(&changed), "{changed} bytes of {LENGTH} were changed");
    assert_eq!(through(fault(1)).await.0, first);
    assert_ne!(through(fault(2)).await.0, first);
}

#[tokio::test]
async fn a_black_hole_keeps_the_connection_and_a_fault_can_be_mended() {
    let proxy = FaultProxy::start(server().await).await.unwrap();
    proxy.set(Fault::DropAfter(100));
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    let mut received = [0; 100];
    client.read_exact(&mut received).await.unwrap();
    proxy.set(Fault::None);
    let mut whole = TcpStream::connect(proxy.address()).await.unwrap();
    let mut received = vec![0; LENGTH];
    whole.read_exact(&mut received).await.unwrap();
    // The other one has had nothing more since, and is still open.
    let error = client.try_read(&mut received).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}

#[tokio::test(start_paused = true)]
async fn delay_and_bandwidth_change_no_byte() {
    assert_eq!(through(Fault::Delay(Duration::from_secs(60))).await, (vec![7; LENGTH], Ok(())));
    assert_eq!(through(Fault::Bandwidth(100)).await, (vec![7; LENGTH], Ok(())));
}
