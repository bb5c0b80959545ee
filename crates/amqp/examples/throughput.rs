//! Confirmed events per second through our session, against a bare lapin publisher: same broker, same kind of queue, same
//! bodies, same window, in rounds that take turns. Starts a broker of its own.
//!
//! `cargo run --release -p counterfoil-amqp --example throughput [events per round] [rounds]`
#![expect(clippy::unwrap_used, reason = "a measurement stops at the first error")]
#![expect(clippy::print_stdout, reason = "prints its measurements")]

use counterfoil_amqp::{AmqpConfig, AmqpPublisher};
use counterfoil_pipeline::ports::{Event, Publisher};
use counterfoil_sdk::Secret;
use counterfoil_testkit::rabbitmq::PrivateRabbit;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueuePurgeOptions};
use lapin::{BasicProperties, Confirmation, Connection, ConnectionProperties};
use std::collections::VecDeque;
use std::time::Instant;

const WINDOW: usize = 256;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().unwrap());
    let (per_round, rounds) = (arguments.next().unwrap_or(10_000), arguments.next().unwrap_or(5));
    let node = match PrivateRabbit::start() {
        Ok(node) => node,
        Err(skip) => return println!("{skip}"),
    };
    let password = Secret::resolve("env:PASSWORD", &|_| Some(PrivateRabbit::PASSWORD.to_owned())).unwrap();
    let mut config = AmqpConfig::new("127.0.0.1", node.port(), PrivateRabbit::USER, password);
    config.window = WINDOW;
    let publisher = AmqpPublisher::new(config.clone());
    let mut session = publisher.connect().await.unwrap();
    let address = format!("amqp://{}:{}@{}/%2f", PrivateRabbit::USER, PrivateRabbit::PASSWORD, node.address());
    let connection = Connection::connect(&address, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let purger = connection.create_channel().await.unwrap();

    // 1,000 to 2,000 bytes, as events are.
    let event = |at: usize| Event {
        id: format!("{at:026}"),
        routing_key: "incident.updated.acme".to_owned(),
        body: "x".repeat(1_000 + at % 1_001),
    };
    let events: Vec<_> = (0..per_round).map(event).collect();
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let start = Instant::now();
        session.publish(&events).await.unwrap();
        let our_rate = per_round as f64 / start.elapsed().as_secs_f64();
        purger.queue_purge(config.reporting_queue.as_str().into(), QueuePurgeOptions::default()).await.unwrap();
        let start = Instant::now();
        publish_bare(&channel, &config.exchange, &events).await;
        let bare_rate = per_round as f64 / start.elapsed().as_secs_f64();
        purger.queue_purge(config.reporting_queue.as_str().into(), QueuePurgeOptions::default()).await.unwrap();
        // The first round warms up.
        if round > 0 {
            println!(
                "round {round}: session {our_rate:.0}/s, bare lapin {bare_rate:.0}/s, ratio {:.2}",
                our_rate / bare_rate
            );
            ours.push(our_rate);
            bare.push(bare_rate);
        }
    }
    let (ours, bare) = (median(ours), median(bare));
    println!("median: session {ours:.0}/s, bare lapin {bare:.0}/s, ratio {:.2} (target 0.5)", ours / bare);
}

/// As little as publishing with confirms can do: no time limits, no accounting, any acknowledgement will do.
async fn publish_bare(channel: &lapin::Channel, exchange: &str, events: &[Event]) {
    let mut under_way = VecDeque::with_capacity(WINDOW);
    for event in events {
        if under_way.len() == WINDOW {
            let oldest: lapin::PublisherConfirm = under_way.pop_front().unwrap();
            assert!(matches!(oldest.await.unwrap(), Confirmation::Ack(None)));
        }
        let properties = BasicProperties::default().with_delivery_mode(2);
        let options = BasicPublishOptions { mandatory: true, immediate: false };
        let key = event.routing_key.as_str().into();
        let body = event.body.as_bytes();
        under_way.push_back(channel.basic_publish(exchange.into(), key, options, body, properties).await.unwrap());
    }
    for confirm in under_way {
        assert!(matches!(confirm.await.unwrap(), Confirmation::Ack(None)));
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
