//! Reads events from a queue: for tests, and for `doctor`, which shows what a consumer gets.

use crate::AmqpConfig;
use crate::connection::{Open, failure, open, short};
use counterfoil_pipeline::ports::PublishErrorKind;
use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use std::time::Duration;

const PREFETCH: u16 = 500;

/// A reader of one queue. What was handed over and not yet acknowledged is delivered again when it is dropped.
pub struct Consumer {
    open: Open,
    deliveries: lapin::Consumer,
    last_tag: Option<u64>,
}

/// An event as it came out of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The event's id (the message id).
    pub id: String,
    /// `<kind>.<event>.<party>`.
    pub routing_key: String,
    /// The CloudEvent; bytes that are no UTF-8 are replaced.
    pub body: String,
    /// `application/cloudevents+json`.
    pub content_type: String,
    /// Whether it survives the broker's restart.
    pub persistent: bool,
    /// Whether it was delivered before.
    pub redelivered: bool,
    /// The names of its headers. Events have none; dead letters do.
    pub headers: Vec<String>,
}

/// A queue that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the queue")]
pub struct ConsumeError(#[source] PublishErrorKind);

impl Consumer {
    /// Connects and starts reading `queue`; declares nothing.
    pub async fn open(config: &AmqpConfig, queue: &str) -> Result<Self, ConsumeError> {
        let queue = short(queue).map_err(ConsumeError)?;
        let open = open(config, false).await.map_err(ConsumeError)?;
        let prepared = async {
            open.channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
            let options = BasicConsumeOptions::default();
            open.channel.basic_consume(queue, "".into(), options, FieldTable::default()).await
        };
        let deliveries = prepared.await.map_err(|error| ConsumeError(failure(&error)))?;
        Ok(Self { open, deliveries, last_tag: None })
    }

    /// The next events: waits up to `patience` for the first and takes what else is there, at most `limit`.
    /// Empty when none came. They stay the queue's until [`Consumer::acknowledge`]; at most 500 can be unacknowledged.
    pub async fn next_batch(&mut self, limit: usize, patience: Duration) -> Result<Vec<Received>, ConsumeError> {
        let mut batch = Vec::new();
        // Deliveries come one by one even when many are under way; a moment without any ends the batch.
        let pause = Duration::from_millis(20).min(patience);
        while batch.len() < limit {
            let patience = if batch.is_empty() { patience } else { pause };
            match tokio::time::timeout(patience, self.deliveries.next()).await {
                Ok(Some(Ok(delivery))) => {
                    self.last_tag = Some(delivery.delivery_tag);
                    batch.push(received(delivery));
                }
                Ok(Some(Err(error))) => return Err(ConsumeError(failure(&error))),
                Ok(None) => return Err(ConsumeError(failure(&std::io::Error::other("the broker ended it").into()))),
                Err(_) => break,
            }
        }
        Ok(batch)
    }

    /// Takes everything handed over so far off the queue.
    pub async fn acknowledge(&mut self) -> Result<(), ConsumeError> {
        let Some(tag) = self.last_tag.take() else { return Ok(()) };
        let acknowledged = self.open.channel.basic_ack(tag, BasicAckOptions { multiple: true }).await;
        acknowledged.map_err(|error| ConsumeError(failure(&error)))
    }

    /// Ends the connection in good order.
    pub async fn close(self) {
        self.open.close().await;
    }
}

fn received(delivery: Delivery) -> Received {
    let properties = &delivery.properties;
    let text = |text: &Option<lapin::types::ShortString>| text.as_ref().map_or_else(String::new, ToString::to_string);
    let headers =
        properties.headers().as_ref().map(|headers| headers.inner().keys().map(ToString::to_string).collect());
    Received {
        id: text(properties.message_id()),
        routing_key: delivery.routing_key.to_string(),
        content_type: text(properties.content_type()),
        persistent: *properties.delivery_mode() == Some(2),
        redelivered: delivery.redelivered,
        headers: headers.unwrap_or_default(),
        body: String::from_utf8_lossy(&delivery.data).into_owned(),
    }
}
