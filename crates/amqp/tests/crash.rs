//! The broker is killed while events are under way and comes back: nothing is missing, what comes twice has the same id,
//! and every record's versions are first seen in order.
#![cfg(test)]

mod support;

use counterfoil_amqp::{AmqpConfig, AmqpPublisher};
use counterfoil_pipeline::ports::{Event, Publisher};
use counterfoil_testkit::rabbitmq::PrivateRabbit;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use support::{config, drain, events};
use tokio::sync::watch;

const EVENTS: usize = 6_000;
const KILLS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_broker_loses_nothing_and_mixes_nothing_up() {
    let mut node = match PrivateRabbit::start() {
        Ok(node) => node,
        Err(skip) => return println!("{skip}"),
    };
    let mut config = config(&node, "crash");
    config.window = 64;
    // A quorum queue of RabbitMQ 3.10 survives a crash only once the broker has written its name down, about half a second
    // after it was declared: killed before, the node comes back with an empty queue of the same name that never gets a
    // leader (seen here; the old one's segments lie orphaned in the data folder). A stop in good order writes it down.
    AmqpPublisher::new(config.clone()).connect().await.unwrap().close().await;
    node.restart();
    let events: Arc<[Event]> = events(EVENTS).into();
    let (progress, mut confirmed) = watch::channel(0);
    let publishing = tokio::spawn(publish_all(config.clone(), Arc::clone(&events), progress));
    for kill in 1..=KILLS {
        confirmed.wait_for(|confirmed| *confirmed >= kill * EVENTS / (KILLS + 1)).await.unwrap();
        node = tokio::task::spawn_blocking(move || {
            node.kill();
            node.restart();
            node
        })
        .await
        .unwrap();
    }
    let broken_sessions = publishing.await.unwrap();
    let received = drain(&config, &config.reporting_queue, EVENTS).await;
    let duplicates = received.len().saturating_sub(EVENTS);
    println!(
        "{KILLS} kills, {broken_sessions} sessions broke while publishing, {EVENTS} events, {duplicates} duplicates"
    );
    assert_eq!(broken_sessions, KILLS, "every kill has to hit a session that publishes");
    assert!(duplicates <= KILLS * config.window, "{duplicates}");

    let bodies: HashMap<_, _> = events.iter().map(|event| (event.id.as_str(), event.body.as_str())).collect();
    let mut seen = HashSet::new();
    let mut next_versions: HashMap<&str, usize> = HashMap::new();
    for event in &received {
        assert_eq!(bodies.get(event.id.as_str()), Some(&event.body.as_str()), "{}", event.id);
        if seen.insert(event.id.as_str()) {
            let (record, version) = event.id.split_once("-version").unwrap();
            let next = next_versions.entry(record).or_default();
            assert_eq!(version.parse::<usize>().unwrap(), *next, "first seen out of order: {}", event.id);
            *next += 1;
        }
    }
    assert_eq!(seen.len(), EVENTS, "lost events");
}

/// As the pipeline does it: connect again and go on from the first event that is not confirmed. Returns how many
/// sessions broke while publishing.
async fn publish_all(config: AmqpConfig, events: Arc<[Event]>, progress: watch::Sender<usize>) -> usize {
    let publisher = AmqpPublisher::new(config);
    let (mut next, mut broken) = (0, 0);
    while next < events.len() {
        let Ok(mut session) = publisher.connect().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        while next < events.len() {
            let batch = &events[next..events.len().min(next + 200)];
            match session.publish(batch).await {
                Ok(()) => next += batch.len(),
                Err(error) => {
                    next += error.confirmed;
                    broken += 1;
                    break;
                }
            }
            progress.send_replace(next);
        }
    }
    broken
}
