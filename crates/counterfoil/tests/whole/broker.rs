//! The gateway and a real broker that comes, goes and dies: at the end the reporting queue has what the ledger has.

use crate::dice::Dice;
use crate::ledger::{self, Told, events, heads};
use crate::program::{Desk, PATIENCE};
use counterfoil_amqp::{AmqpConfig, Consumer, Received};
use counterfoil_gym::bulk;
use counterfoil_record::Digest;
use counterfoil_sdk::Secret;
use counterfoil_testkit::rabbitmq::PrivateRabbit;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::time::{Duration, Instant};

const PASSWORD: &str = "COUNTERFOIL_TEST_PASSWORD";

/// Exports of the same records, one file per version.
struct Exports {
    records: u64,
    versions: u64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_ends_with_the_records_of_the_ledger() {
    let mut node = match PrivateRabbit::start() {
        Ok(node) => node,
        Err(skip) => return println!("{skip}"),
    };
    let desk = desk(&node);
    let exports = Exports { records: 1_000, versions: 2 };
    exports.write(&desk, 1);
    let ran = desk.ends(0, &["sync"]);
    assert!(ran.out.contains("all events are confirmed by the broker"), "{}", ran.out);
    let mut received = Received1st::default();
    received.take_all(&node, 1_000).await;
    received.is_the_ledger(&desk);
    assert_eq!(received.doubled, 0);

    // The broker is stopped: the records are committed all the same, and the events wait.
    node.stop();
    exports.write(&desk, 2);
    let ran = desk.ends(5, &["sync"]);
    assert!(ran.out.contains("1,000 events in the ledger for the broker"), "{}", ran.out);
    let status = ledger::status(&desk);
    assert_eq!(status["events_waiting"], 1_000);
    assert_eq!(status["total"]["committed"], 2_000);
    assert_eq!(events(&desk).len(), 2_000);

    // It comes back: the next sync has nothing to pull and everything to publish.
    node.restart();
    desk.ends(0, &["sync"]);
    let status = ledger::status(&desk);
    assert_eq!(status["events_waiting"], 0);
    assert_eq!(status["total"]["committed"], 2_000);
    received.take_all(&node, 2_000).await;
    received.is_the_ledger(&desk);
    ledger::is_whole(&desk);

    // The password is nowhere in what was written or said.
    assert!(!ran.out.contains(PrivateRabbit::PASSWORD) && !ran.err.contains(PrivateRabbit::PASSWORD));
    nothing_has(&desk.path(".counterfoil"), PrivateRabbit::PASSWORD.as_bytes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_killed_in_the_middle_gets_every_event_in_order() {
    let mut node = match PrivateRabbit::start() {
        Ok(node) => node,
        Err(skip) => return println!("{skip}"),
    };
    let desk = desk(&node);
    let exports = Exports { records: 5_000, versions: 4 };
    (1..=exports.versions).for_each(|version| exports.write(&desk, version));
    let all = exports.records * exports.versions;

    let mut dice = Dice::seeded(3);
    let mut up = desk.start(&["up"]);
    let mut received = Received1st::default();
    for part in 0..2 {
        let moment = part * all / 3 + dice.below(all / 3);
        received.take_some(&node, usize::try_from(moment).unwrap()).await;
        node.kill();
        let waiting = ledger::status(&desk)["events_waiting"].as_u64().unwrap();
        println!("killed with {} events received and {waiting} not confirmed", received.first.len());
        assert!(waiting > 0, "the broker had everything before it was killed");
        up.until("events wait in the ledger");
        node.restart();
    }
    let limit = Instant::now() + PATIENCE;
    loop {
        let status = ledger::status(&desk);
        if status["total"]["committed"] == all && status["events_waiting"] == 0 {
            break;
        }
        assert!(Instant::now() < limit, "{status}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let before = received.first.len();
    received.take_all(&node, usize::try_from(all).unwrap()).await;
    received.is_the_ledger(&desk);
    println!("{} received before, {} in all, {} of them twice", before, received.first.len(), received.doubled);
    up.signal("INT");
    let (status, said, took) = up.end();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(took < Duration::from_secs(5), "it took {took:?} to stop");
    ledger::is_whole(&desk);
}

fn desk(node: &PrivateRabbit) -> Desk {
    let config = format!(
        r#"
[connector.bulk]
type = "file"
path = "exports"
key = "sys_id"
version = "sys_updated_on"
zone = "UTC"
mapping = "servicenow/incident"
party = "acme"

[party.acme]
name = "Acme Networks Ltd"
role = "external_supplier"

[amqp]
address = "amqp://{}/%2f"
user = "{}"
password = "env:{PASSWORD}"
"#,
        node.address(),
        PrivateRabbit::USER,
    );
    Desk::with_config(&config).variable(PASSWORD, PrivateRabbit::PASSWORD)
}

impl Exports {
    /// Writes the export with this version of every record.
    fn write(&self, desk: &Desk, version: u64) {
        let mut lines = Vec::new();
        bulk::jsonl(7, self.records, &mut lines, 1_000).unwrap();
        let mut out = Vec::new();
        for line in BufReader::new(lines.as_slice()).lines() {
            let mut record: Value = serde_json::from_str(&line.unwrap()).unwrap();
            record["sys_updated_on"] = format!("2027-01-{version:02} 12:00:00").into();
            record["reassignment_count"] = version.to_string().into();
            writeln!(out, "{record}").unwrap();
        }
        desk.write(&format!("exports/{version}.jsonl"), out);
    }
}

/// What a consumer has seen: the first delivery of every event, in their order.
#[derive(Default)]
struct Received1st {
    first: Vec<Told>,
    bodies: HashMap<String, Digest>,
    doubled: usize,
}

impl Received1st {
    /// Reads until so many different events were seen and acknowledged, waiting for queue and events.
    async fn take_some(&mut self, node: &PrivateRabbit, at_least: usize) {
        let config = consumer_config(node);
        let limit = Instant::now() + PATIENCE;
        let mut consumer = loop {
            // Who publishes declares the queue; until then there is none.
            match Consumer::open(&config, &config.reporting_queue).await {
                Ok(consumer) => break consumer,
                Err(error) => assert!(Instant::now() < limit, "{error:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        while self.first.len() < at_least {
            let batch = consumer.next_batch(400, PATIENCE).await.unwrap();
            assert!(!batch.is_empty(), "{} of {at_least} events arrived", self.first.len());
            batch.into_iter().for_each(|received| self.take(received));
            consumer.acknowledge().await.unwrap();
        }
        consumer.close().await;
    }

    /// The same, and then whatever else is in the queue.
    async fn take_all(&mut self, node: &PrivateRabbit, at_least: usize) {
        self.take_some(node, at_least).await;
        let config = consumer_config(node);
        let mut consumer = Consumer::open(&config, &config.reporting_queue).await.unwrap();
        loop {
            let batch = consumer.next_batch(400, Duration::from_millis(500)).await.unwrap();
            if batch.is_empty() {
                return consumer.close().await;
            }
            batch.into_iter().for_each(|received| self.take(received));
            consumer.acknowledge().await.unwrap();
        }
    }

    /// A duplicate has the id of an event that was seen, and its bytes.
    fn take(&mut self, received: Received) {
        assert_eq!(received.content_type, "application/cloudevents+json");
        assert!(received.persistent);
        let told = Told::of(&received.body);
        assert_eq!(told.id, received.id, "the message and its event have one id");
        let digest = Digest::of(received.body.as_bytes());
        match self.bodies.get(&told.id) {
            Some(before) => {
                assert_eq!(*before, digest, "the event {} came twice with other bytes", told.id);
                self.doubled += 1;
            }
            None => {
                self.bodies.insert(told.id.clone(), digest);
                self.first.push(told);
            }
        }
    }

    /// The events, their bytes, their order within a record, and the newest content of every record.
    fn is_the_ledger(&self, desk: &Desk) {
        let held = events(desk);
        assert_eq!(self.first.len(), held.len());
        let mut next: BTreeMap<&str, u64> = BTreeMap::new();
        for told in &self.first {
            let next = next.entry(&told.record).or_default();
            *next += 1;
            assert_eq!(told.version, *next, "{} came out of its order", told.record);
        }
        let (received, held) = (heads(&self.first), heads(&held));
        assert_eq!(received.len(), held.len());
        let content = |heads: &BTreeMap<&str, &Told>| {
            let parts: Vec<&[u8]> = heads.values().map(|told| told.record_json.as_bytes()).collect();
            Digest::of_parts(&parts)
        };
        assert_eq!(received, held);
        println!("{} records, content {}", held.len(), content(&held));
        assert_eq!(content(&received), content(&held));
        let printed = desk.ends(0, &["events", "--json"]).out;
        for body in printed.lines() {
            assert_eq!(
                self.bodies[&Told::of(body).id],
                Digest::of(body.as_bytes()),
                "the bytes of the ledger are sent"
            );
        }
    }
}

fn consumer_config(node: &PrivateRabbit) -> AmqpConfig {
    let secret = Secret::resolve("env:P", &|_| Some(PrivateRabbit::PASSWORD.to_owned())).unwrap();
    let mut config = AmqpConfig::new("127.0.0.1", node.port(), PrivateRabbit::USER, secret);
    config.connect_timeout = PATIENCE;
    config
}

fn nothing_has(folder: &std::path::Path, secret: &[u8]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            nothing_has(&path, secret);
        } else if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", path.display());
        }
    }
}
