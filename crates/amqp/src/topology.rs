//! The exchanges and queues that events need.

use crate::{AmqpConfig, Topology};
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{Channel, ErrorKind, ExchangeKind};

/// Exchange and queue of events that no queue is bound for: kept, so that a missing binding loses nothing.
pub const UNROUTED: &str = "counterfoil.unrouted";
/// Exchange and queue of events that a reader of the reporting queue refused or failed on too often.
pub const DEAD_LETTERS: &str = "counterfoil.dead";
/// A reader may fail on an event this often before the event is set aside.
const DELIVERY_LIMIT: i64 = 20;

/// Declares everything, or only looks for the exchange; doing it again changes nothing.
pub(crate) async fn declare(channel: &Channel, config: &AmqpConfig) -> lapin::Result<()> {
    let exchange = name(&config.exchange)?;
    if config.topology == Topology::Expect {
        let passive = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
        return channel.exchange_declare(exchange, ExchangeKind::Topic, passive, FieldTable::default()).await;
    }
    for place in [UNROUTED, DEAD_LETTERS] {
        let kind = ExchangeKind::Fanout;
        channel.exchange_declare(place.into(), kind, durable_exchange(), FieldTable::default()).await?;
        channel.queue_declare(place.into(), durable_queue(), quorum(&[])).await?;
        bind(channel, place.into(), place.into(), "").await?;
    }
    let arguments = table(&[("alternate-exchange", text(UNROUTED))]);
    channel.exchange_declare(exchange.clone(), ExchangeKind::Topic, durable_exchange(), arguments).await?;
    let reporting = name(&config.reporting_queue)?;
    let arguments = quorum(&[
        ("x-dead-letter-exchange", text(DEAD_LETTERS)),
        // Dead letters are confirmed by their queue before they leave this one; that needs the overflow setting.
        ("x-dead-letter-strategy", text("at-least-once")),
        ("x-overflow", text("reject-publish")),
        ("x-delivery-limit", AMQPValue::LongLongInt(DELIVERY_LIMIT)),
    ]);
    channel.queue_declare(reporting.clone(), durable_queue(), arguments).await?;
    bind(channel, reporting, exchange, "#").await
}

async fn bind(channel: &Channel, queue: ShortString, exchange: ShortString, key: &str) -> lapin::Result<()> {
    channel.queue_bind(queue, exchange, key.into(), QueueBindOptions::default(), FieldTable::default()).await
}

/// A configured name; longer than AMQP allows is an input error.
fn name(text: &str) -> lapin::Result<ShortString> {
    ShortString::try_new(text)
        .map_err(|error| ErrorKind::IOError(std::io::Error::new(std::io::ErrorKind::InvalidInput, error).into()).into())
}

fn durable_exchange() -> ExchangeDeclareOptions {
    ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() }
}

fn durable_queue() -> QueueDeclareOptions {
    QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() }
}

/// Arguments of a quorum queue: confirmed means that a majority of the nodes has it on disk.
fn quorum(more: &[(&str, AMQPValue)]) -> FieldTable {
    let mut arguments = table(more);
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments
}

fn table(pairs: &[(&str, AMQPValue)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in pairs {
        table.insert((*name).into(), value.clone());
    }
    table
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(text))
}
