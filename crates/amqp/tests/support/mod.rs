//! Events, and a broker to publish them to.

use counterfoil_amqp::{AmqpConfig, Consumer, Received};
use counterfoil_pipeline::ports::Event;
use counterfoil_sdk::Secret;
use counterfoil_testkit::rabbitmq::PrivateRabbit;
use std::time::Duration;

pub(crate) fn secret(value: &str) -> Secret {
    let value = value.to_owned();
    Secret::resolve("env:PASSWORD", &move |_| Some(value.clone())).unwrap()
}

/// Exchange and queue of a scenario of its own on a shared node.
pub(crate) fn config(node: &PrivateRabbit, scenario: &str) -> AmqpConfig {
    let mut config = AmqpConfig::new("127.0.0.1", node.port(), PrivateRabbit::USER, secret(PrivateRabbit::PASSWORD));
    config.exchange = format!("{scenario}.events");
    config.reporting_queue = format!("{scenario}.reporting");
    // Generous for a loaded machine; scenarios about time set their own.
    config.connect_timeout = Duration::from_secs(60);
    config.confirm_timeout = Duration::from_secs(60);
    config
}

/// `n` events of 20 records: the id tells record and version.
pub(crate) fn events(n: usize) -> Vec<Event> {
    let event = |at: usize| Event {
        id: format!("record{:02}-version{:06}", at % 20, at / 20),
        routing_key: "incident.updated.acme".to_owned(),
        body: format!("{{\"at\":{at},\"text\":\"{}\"}}", "x".repeat(300)),
    };
    (0..n).map(event).collect()
}

/// Everything in the queue: reads until nothing came for a while after `at_least` are there.
pub(crate) async fn drain(config: &AmqpConfig, queue: &str, at_least: usize) -> Vec<Received> {
    let mut consumer = Consumer::open(config, queue).await.unwrap();
    let mut all = Vec::new();
    loop {
        let patience = if all.len() < at_least { Duration::from_secs(30) } else { Duration::from_millis(300) };
        let batch = consumer.next_batch(400, patience).await.unwrap();
        consumer.acknowledge().await.unwrap();
        if batch.is_empty() {
            consumer.close().await;
            return all;
        }
        all.extend(batch);
    }
}
