//! Against a real broker: what is delivered, and what is refused and how it is told. One node for all scenarios, each
//! with exchange and queue of its own, because starting a node takes longer than all of them.
#![cfg(test)]

mod support;

use counterfoil_amqp::{AmqpConfig, AmqpPublisher, Topology, UNROUTED};
use counterfoil_model::{Field, Kind, Record, Slug, Value};
use counterfoil_pipeline::ports::{Event, PublishError, PublishErrorKind, Publisher, Session};
use counterfoil_record::{Digest, Place, RecordKey};
use counterfoil_testkit::rabbitmq::PrivateRabbit;
use counterfoil_wire::{EventParts, build_event, content_digest, encode_record};
use lapin::options::{ExchangeDeleteOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ConnectionProperties};
use std::collections::HashSet;
use std::error::Error as _;
use std::time::{Duration, Instant};
use support::{config, drain, events, secret};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_delivered_or_it_is_told_why_not() {
    let node = match PrivateRabbit::start() {
        Ok(node) => node,
        Err(skip) => return println!("{skip}"),
    };
    let started = Instant::now();
    let told = |scenario: &str| println!("{scenario}: done at {:?}", started.elapsed());
    in_order_and_complete(&node).await;
    told("in order and complete");
    hostile_parties_stay_in_their_word(&node).await;
    told("hostile parties");
    without_a_binding_events_are_kept(&node).await;
    told("kept without a binding");
    unroutable_events_are_never_confirmed(&node).await;
    told("unroutable");
    a_full_queue_refuses(&node).await;
    told("full queue");
    who_may_not_is_told_so(&node).await;
    told("not allowed");
    other_settings_are_told_in_the_brokers_words(&node).await;
    told("other settings");
    an_expected_topology_is_never_made(&node).await;
    told("expected topology");
    a_frozen_broker_is_given_up(&node).await;
    told("frozen");
    an_alarm_holds_nobody_for_ever(&node).await;
    told("alarm");
}

async fn connected(config: &AmqpConfig) -> Box<dyn Session> {
    AmqpPublisher::new(config.clone()).connect().await.unwrap()
}

async fn refused(config: &AmqpConfig) -> String {
    match AmqpPublisher::new(config.clone()).connect().await.map(|_| ()) {
        Err(PublishError { confirmed: 0, kind: PublishErrorKind::Forbidden { reason } }) => reason,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// The client library itself, to change what the publisher made.
async fn operator(node: &PrivateRabbit) -> (Connection, Channel) {
    let address = format!("amqp://{}:{}@{}/%2f", PrivateRabbit::USER, PrivateRabbit::PASSWORD, node.address());
    let connection = Connection::connect(&address, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}

async fn in_order_and_complete(node: &PrivateRabbit) {
    let config = config(node, "order");
    let events = events(5_000);
    let mut session = connected(&config).await;
    session.publish(&events[..1]).await.unwrap();
    session.publish(&[]).await.unwrap();
    session.publish(&events[1..4_000]).await.unwrap();
    session.publish(&events[4_000..]).await.unwrap();
    session.close().await;
    let received = drain(&config, &config.reporting_queue, events.len()).await;
    assert_eq!(received.len(), events.len());
    for (received, event) in received.iter().zip(&events) {
        assert_eq!((&received.id, &received.body, &received.routing_key), (&event.id, &event.body, &event.routing_key));
        assert_eq!(received.content_type, "application/cloudevents+json");
        assert!(received.persistent && received.headers.is_empty() && !received.redelivered);
    }
}

async fn hostile_parties_stay_in_their_word(node: &PrivateRabbit) {
    let config = config(node, "hostile");
    let mut session = connected(&config).await;
    let mut expected = Vec::new();
    for (at, party) in ["#", "*.#.*", "a.b.c", "\0\r\n", "", "ÄÖÜ", &"x".repeat(1_000)].into_iter().enumerate() {
        let mut record = Record::new(Kind::Incident);
        record.set(Field::OwnerParty, Value::Party(Slug::of(party)));
        record.set(Field::Title, Value::Text(party.into()));
        let key = RecordKey { instance: "acme".into(), stream: "records".into(), native_id: party.to_owned() };
        let record_json = encode_record(&record);
        let built = build_event(&EventParts {
            instance: &key.instance,
            stream: &key.stream,
            record_id: &key.id(),
            native_id: party,
            version: at as u64 + 1,
            record: &record,
            record_json: &record_json,
            content: content_digest(&record_json),
            previous: None,
            raw: Digest::of(party.as_bytes()),
            mapping: None,
            place: &Place { container: "a".into(), position: party.to_owned() },
            observed_at: jiff::Timestamp::UNIX_EPOCH,
        });
        expected.push(Event { id: built.id, routing_key: built.routing_key, body: built.body });
    }
    session.publish(&expected).await.unwrap();
    session.close().await;
    let received = drain(&config, &config.reporting_queue, expected.len()).await;
    assert_eq!(received.len(), expected.len());
    for (received, event) in received.iter().zip(&expected) {
        assert_eq!((&received.id, &received.body), (&event.id, &event.body));
        assert_eq!(received.routing_key.split('.').count(), 3, "{}", received.routing_key);
    }
}

async fn without_a_binding_events_are_kept(node: &PrivateRabbit) {
    let config = config(node, "kept");
    let mut session = connected(&config).await;
    unbind(node, &config).await;
    let events = events(10);
    session.publish(&events).await.unwrap();
    session.close().await;
    let kept = drain(&config, UNROUTED, events.len()).await;
    assert!(kept.iter().map(|event| &event.id).eq(events.iter().map(|event| &event.id)));
}

async fn unbind(node: &PrivateRabbit, config: &AmqpConfig) {
    let (connection, channel) = operator(node).await;
    let (queue, exchange) = (config.reporting_queue.as_str().into(), config.exchange.as_str().into());
    channel.queue_unbind(queue, exchange, "#".into(), FieldTable::default()).await.unwrap();
    connection.close(200, "done".into()).await.unwrap();
}

/// Good events with unroutable ones among them, in windows of every kind: exactly the good ones before the first bad
/// one are confirmed. The broker acknowledges returned events, too, and often before the good ones ahead of them.
async fn unroutable_events_are_never_confirmed(node: &PrivateRabbit) {
    let mut config = config(node, "unroutable");
    connected(&config).await.close().await;
    unbind(node, &config).await;
    let (connection, channel) = operator(node).await;
    let (queue, exchange) = (config.reporting_queue.as_str().into(), config.exchange.as_str().into());
    channel.queue_bind(queue, exchange, "incident.#".into(), Default::default(), FieldTable::default()).await.unwrap();
    channel.exchange_delete(UNROUTED.into(), ExchangeDeleteOptions::default()).await.unwrap();
    connection.close(200, "done".into()).await.unwrap();
    config.topology = Topology::Expect;
    for (window, bad) in [(1, vec![3]), (2, vec![0, 1]), (16, vec![40, 41, 60]), (256, vec![299])] {
        stops_at_the_first(&config, window, &bad).await;
    }
    // Which confirm carries the return depends on timing: about one in fifty is another event's.
    for round in 0..100 {
        let bad: Vec<_> = (20 + round..300).step_by(2).collect();
        stops_at_the_first(&config, 64, &bad).await;
    }
}

async fn stops_at_the_first(config: &AmqpConfig, window: usize, bad: &[usize]) {
    let mut config = config.clone();
    config.window = window;
    let mut events = events(300);
    for at in bad {
        events[*at].routing_key = format!("wish.granted.p{at}");
    }
    let mut session = connected(&config).await;
    let error = session.publish(&events).await.unwrap_err();
    let first = bad[0];
    assert_eq!(error.confirmed, first, "window {window}, unroutable {bad:?}: {error:?}");
    let expected = &events[first].routing_key;
    assert!(matches!(&error.kind, PublishErrorKind::Unroutable { routing_key } if routing_key == expected));
    let error = session.publish(&events[..1]).await.unwrap_err();
    assert!(matches!(error.kind, PublishErrorKind::Unavailable { .. }), "the session has ended");
    session.close().await;
}

async fn a_full_queue_refuses(node: &PrivateRabbit) {
    let config = config(node, "full");
    let mut session = connected(&config).await;
    let (connection, channel) = operator(node).await;
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(10));
    arguments.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare("full.small".into(), options, arguments).await.unwrap();
    let exchange = config.exchange.as_str().into();
    let options = Default::default();
    channel.queue_bind("full.small".into(), exchange, "#".into(), options, FieldTable::default()).await.unwrap();
    connection.close(200, "done".into()).await.unwrap();
    let error = session.publish(&events(100)).await.unwrap_err();
    assert!(matches!(error.kind, PublishErrorKind::Refused), "{error:?}");
    assert_eq!(error.confirmed, 10);
    session.close().await;
}

async fn who_may_not_is_told_so(node: &PrivateRabbit) {
    let mut wrong = config(node, "rights");
    wrong.password = secret("wrong");
    let reason = refused(&wrong).await;
    assert!(reason.contains("ACCESS_REFUSED") && reason.contains("password"), "{reason}");
    assert!(!reason.contains("wrong"), "{reason}");

    let mut nowhere = config(node, "rights");
    nowhere.vhost = "nowhere".to_owned();
    let reason = refused(&nowhere).await;
    assert!(reason.contains("vhost `nowhere`"), "{reason}");

    connected(&config(node, "rights")).await.close().await;
    node.ctl(&["add_user", "limited", "limited"]).unwrap();
    node.ctl(&["set_permissions", "limited", "^$", "^$", ".*"]).unwrap();
    let mut limited = config(node, "rights");
    (limited.user, limited.password) = ("limited".to_owned(), secret("limited"));
    let reason = refused(&limited).await;
    assert!(reason.contains("ACCESS_REFUSED") && reason.contains("configure"), "{reason}");

    limited.topology = Topology::Expect;
    // Which of the events learns of the closed channel first depends on timing: the reason must not.
    for round in 0..30 {
        let mut session = connected(&limited).await;
        let error = session.publish(&events(5 + 40 * round)).await.unwrap_err();
        assert_eq!(error.confirmed, 0);
        assert!(
            matches!(&error.kind, PublishErrorKind::Forbidden { reason } if reason.contains("rights.events")),
            "round {round}: {error:?}"
        );
        session.close().await;
    }
}

async fn other_settings_are_told_in_the_brokers_words(node: &PrivateRabbit) {
    let config = config(node, "settings");
    let (connection, channel) = operator(node).await;
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    let queue = config.reporting_queue.as_str().into();
    channel.queue_declare(queue, options, FieldTable::default()).await.unwrap();
    connection.close(200, "done".into()).await.unwrap();
    let reason = refused(&config).await;
    assert!(reason.contains("PRECONDITION_FAILED") && reason.contains("settings.reporting"), "{reason}");
    assert!(reason.contains("empty and delete it"), "{reason}");

    let mut long = config.clone();
    long.exchange = "x".repeat(300);
    assert!(refused(&long).await.contains("300 bytes"));
}

async fn an_expected_topology_is_never_made(node: &PrivateRabbit) {
    let mut expecting = config(node, "expected");
    expecting.topology = Topology::Expect;
    let reason = refused(&expecting).await;
    assert!(reason.contains("NOT_FOUND") && reason.contains("`expected.events`"), "{reason}");
    let declaring = config(node, "expected");
    connected(&declaring).await.close().await;
    let mut session = connected(&expecting).await;
    session.publish(&events(3)).await.unwrap();
    session.close().await;
    assert_eq!(drain(&declaring, &declaring.reporting_queue, 3).await.len(), 3);
}

async fn a_frozen_broker_is_given_up(node: &PrivateRabbit) {
    let mut config = config(node, "frozen");
    let mut session = connected(&config).await;
    session.publish(&events(1)).await.unwrap();
    session.close().await;
    config.confirm_timeout = Duration::from_millis(500);
    let mut session = connected(&config).await;
    node.pause();
    let error = session.publish(&events(5)).await.unwrap_err();
    config.connect_timeout = Duration::from_millis(500);
    let no_connection = AmqpPublisher::new(config).connect().await.map(|_| ());
    node.resume();
    assert_eq!(error.confirmed, 0);
    let source = error.kind.source().unwrap().to_string();
    assert!(source.contains("did not move for 500ms"), "{source}");
    let source = no_connection.unwrap_err().kind.source().unwrap().to_string();
    assert!(source.contains("no connection within 500ms"), "{source}");
}

async fn an_alarm_holds_nobody_for_ever(node: &PrivateRabbit) {
    let mut config = config(node, "alarm");
    connected(&config).await.close().await;
    node.ctl(&["set_vm_memory_high_watermark", "0"]).unwrap();
    config.confirm_timeout = Duration::from_secs(1);
    let events = events(600);
    let mut session = connected(&config).await;
    let waiting = Instant::now();
    let error = session.publish(&events).await.unwrap_err();
    assert!(waiting.elapsed() < Duration::from_secs(20), "{:?}", waiting.elapsed());
    assert_eq!(error.confirmed, 0);
    let source = error.kind.source().unwrap().to_string();
    assert!(source.contains("a memory or disk alarm"), "{source}");
    session.close().await;
    node.ctl(&["set_vm_memory_high_watermark", "absolute", "1GB"]).unwrap();
    config.confirm_timeout = Duration::from_secs(60);
    let mut session = connected(&config).await;
    session.publish(&events).await.unwrap();
    session.close().await;
    let received = drain(&config, &config.reporting_queue, events.len()).await;
    let distinct: HashSet<_> = received.iter().map(|event| &event.id).collect();
    assert_eq!(distinct, events.iter().map(|event| &event.id).collect());
}
