//! With TLS configured nothing is ever said in plain text, and the broker's certificate is verified.
#![cfg(test)]

mod support;

use counterfoil_amqp::{AmqpConfig, AmqpPublisher, Tls};
use counterfoil_pipeline::ports::{PublishErrorKind, Publisher};
use counterfoil_testkit::rabbitmq::PrivateRabbit;
use std::error::Error as _;
use support::{config, drain, events, secret};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// lapin speaks plain AMQP on `amqps` addresses, without a word, when it was built with a TLS provider but without a
/// certificate store. This test tells when a changed feature list brings that back.
#[tokio::test]
async fn the_first_byte_said_is_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = AmqpConfig::new("localhost", listener.local_addr().unwrap().port(), "u", secret("p"));
    config.tls = Some(Tls::default());
    let connecting = tokio::spawn(async move { AmqpPublisher::new(config).connect().await.map(|_| ()) });
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut first = [0; 3];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(first[..2], [0x16, 0x03], "a TLS handshake, and not {:?}", String::from_utf8_lossy(&first));
    drop((stream, listener));
    let error = connecting.await.unwrap().unwrap_err();
    assert!(matches!(error.kind, PublishErrorKind::Unavailable { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_broker_with_a_trusted_certificate_gets_events() {
    let node = match PrivateRabbit::start_with_tls() {
        Ok(node) => node,
        Err(skip) => return println!("{skip}"),
    };
    let mut config = config(&node, "tls");
    config.port = node.tls_port();
    config.tls = Some(Tls { ca_pem: Some(node.ca_pem()) });
    let mut session = AmqpPublisher::new(config.clone()).connect().await.unwrap();
    let events = events(50);
    session.publish(&events).await.unwrap();
    session.close().await;
    let received = drain(&config, &config.reporting_queue, events.len()).await;
    assert!(received.iter().map(|event| &event.id).eq(events.iter().map(|event| &event.id)));

    config.tls = Some(Tls::default());
    let error = AmqpPublisher::new(config).connect().await.map(|_| ()).unwrap_err();
    let mut said = error.kind.to_string();
    let mut source = error.kind.source();
    while let Some(cause) = source {
        said = format!("{said}: {cause}");
        source = cause.source();
    }
    assert!(said.to_lowercase().contains("certificate"), "{said}");
}
