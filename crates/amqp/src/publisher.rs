//! Publishes events in order, with a bounded number of them unconfirmed.

use crate::AmqpConfig;
use crate::confirms::{Answer, Confirms};
use crate::connection::{Open, Stalled, failure, open, short};
use async_trait::async_trait;
use counterfoil_pipeline::ports::{Event, PublishError, PublishErrorKind, Publisher, Session};
use futures_util::FutureExt;
use lapin::message::BasicReturnMessage;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Confirmation, PublisherConfirm};
use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

const PERSISTENT: u8 = 2;
/// How long a closed channel's events may take to say why; the library fails them all in the same breath.
const REASON_LIMIT: Duration = Duration::from_secs(1);

/// The broker of a configuration. Connects when asked to; holds no connection itself.
#[derive(Debug, Clone)]
pub struct AmqpPublisher {
    config: AmqpConfig,
}

impl AmqpPublisher {
    /// Connects to nothing yet.
    pub fn new(config: AmqpConfig) -> Self {
        Self { config }
    }
}

#[async_trait]
impl Publisher for AmqpPublisher {
    async fn connect(&self) -> Result<Box<dyn Session>, PublishError> {
        let session = AmqpSession::open(&self.config).await.map_err(|kind| PublishError { confirmed: 0, kind })?;
        Ok(Box::new(session))
    }
}

struct AmqpSession {
    open: Open,
    config: AmqpConfig,
    exchange: ShortString,
    ended: bool,
}

impl AmqpSession {
    async fn open(config: &AmqpConfig) -> Result<Self, PublishErrorKind> {
        let exchange = short(&config.exchange)?;
        short(&config.reporting_queue)?;
        let open = open(config, true).await?;
        let session = Self { open, config: config.clone(), exchange, ended: false };
        session.in_time(session.open.channel.confirm_select(ConfirmSelectOptions::default())).await?;
        Ok(session)
    }

    /// Sends all events and takes their answers, at most `window` of them under way.
    async fn run(
        &self,
        events: &[Event],
        under_way: &mut VecDeque<PublisherConfirm>,
        confirms: &mut Confirms<'_>,
    ) -> Result<(), PublishErrorKind> {
        let window = self.config.window.max(1);
        let mut unsent = events.iter();
        loop {
            if let Some(unroutable) = confirms.unroutable() {
                return Err(unroutable);
            }
            while under_way.len() < window && !confirms.has_returned() {
                let Some(event) = unsent.next() else { break };
                under_way.push_back(self.send(event).await?);
            }
            let Some(oldest) = under_way.front_mut() else { return Ok(()) };
            let confirmation = self.in_time(oldest).await?;
            under_way.pop_front();
            confirms.take(&answer(confirmation)?)?;
        }
    }

    async fn send(&self, event: &Event) -> Result<PublisherConfirm, PublishErrorKind> {
        // Nothing of a ticket stands here: no headers, and an id that is a hash.
        let properties = BasicProperties::default()
            .with_content_type(counterfoil_wire::CONTENT_TYPE.into())
            .with_delivery_mode(PERSISTENT)
            .with_message_id(short(&event.id)?);
        let options = BasicPublishOptions { mandatory: true, immediate: false };
        let routing_key = short(&event.routing_key)?;
        let channel = &self.open.channel;
        let exchange = self.exchange.clone();
        self.in_time(channel.basic_publish(exchange, routing_key, options, event.body.as_bytes(), properties)).await
    }

    /// The reason behind the first error seen. An event sent to a channel that the broker has just closed fails with no
    /// more than "closed"; why it was closed reaches the events under way, a moment later.
    async fn reason(
        &self,
        first: PublishErrorKind,
        under_way: VecDeque<PublisherConfirm>,
        confirms: &mut Confirms<'_>,
    ) -> PublishErrorKind {
        let closed = !self.open.channel.status().connected();
        let mut kind = first;
        for confirm in under_way {
            let told = match closed {
                true => tokio::time::timeout(REASON_LIMIT, confirm).await.ok(),
                false => confirm.now_or_never(),
            };
            match told {
                Some(Ok(confirmation)) => {
                    if let Ok(answer) = answer(confirmation) {
                        confirms.look_at(&answer);
                    }
                }
                Some(Err(error)) => {
                    if let forbidden @ PublishErrorKind::Forbidden { .. } = failure(&error) {
                        kind = forbidden;
                    }
                }
                None if closed => break,
                None => {}
            }
        }
        confirms.unroutable().unwrap_or(kind)
    }

    /// Waits for the broker, and not for ever: a broker with an alarm stops reading and says no more.
    async fn in_time<T>(&self, step: impl Future<Output = lapin::Result<T>>) -> Result<T, PublishErrorKind> {
        let limit = self.config.confirm_timeout;
        match tokio::time::timeout(limit, step).await {
            Ok(done) => done.map_err(|error| failure(&error)),
            Err(_) if self.open.connection.status().blocked() => Err(Stalled::Blocked(limit).into()),
            Err(_) => Err(Stalled::Silent(limit).into()),
        }
    }
}

#[async_trait]
impl Session for AmqpSession {
    async fn publish(&mut self, events: &[Event]) -> Result<(), PublishError> {
        if self.ended {
            return Err(PublishError { confirmed: 0, kind: Stalled::Ended.into() });
        }
        // Should this future be dropped half-way, nobody knows what is under way: the session must not go on.
        self.ended = true;
        let mut under_way = VecDeque::with_capacity(self.config.window.clamp(1, events.len().max(1)));
        let mut confirms = Confirms::new(events);
        match self.run(events, &mut under_way, &mut confirms).await {
            Ok(()) => {
                self.ended = false;
                Ok(())
            }
            Err(kind) => {
                let kind = self.reason(kind, under_way, &mut confirms).await;
                Err(PublishError { confirmed: confirms.confirmed(), kind })
            }
        }
    }

    async fn close(self: Box<Self>) {
        self.open.close().await;
    }
}

/// `Ack(Some(_))` is an acknowledgement in lapin's eyes, too: `is_ack` is true for what no queue has got.
fn answer(confirmation: Confirmation) -> Result<Answer, PublishErrorKind> {
    match confirmation {
        Confirmation::Ack(None) => Ok(Answer::Acknowledged { returned: None }),
        Confirmation::Ack(Some(message)) => Ok(Answer::Acknowledged { returned: Some(id(&message)) }),
        Confirmation::Nack(None) => Ok(Answer::Refused { returned: None }),
        Confirmation::Nack(Some(message)) => Ok(Answer::Refused { returned: Some(id(&message)) }),
        Confirmation::NotRequested => Err(Stalled::ConfirmsOff.into()),
    }
}

fn id(message: &BasicReturnMessage) -> String {
    message.properties.message_id().as_ref().map_or_else(String::new, |id| id.as_str().to_owned())
}
