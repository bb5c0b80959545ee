//! The port to a broker.

use super::Event;
use async_trait::async_trait;

/// Why publishing stopped.
#[derive(Debug, thiserror::Error)]
pub enum PublishErrorKind {
    /// The broker is away, or ended the session.
    #[error("the broker cannot be reached")]
    Unavailable {
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No queue is bound for this routing key; nothing is lost, the event stays where it is.
    #[error("no queue takes `{routing_key}`")]
    Unroutable {
        /// The event's routing key.
        routing_key: String,
    },
    /// The broker refused the event.
    #[error("the broker refused an event")]
    Refused,
    /// The broker is there and does not let us do this.
    #[error("the broker does not allow it: {reason}")]
    Forbidden {
        /// In the broker's words.
        reason: String,
    },
}

/// Publishing that did not go through to the end.
#[derive(Debug, thiserror::Error)]
#[error("cannot publish ({confirmed} confirmed before)")]
pub struct PublishError {
    /// How many events of the batch are confirmed, counted from its start without a hole.
    pub confirmed: usize,
    /// Why.
    #[source]
    pub kind: PublishErrorKind,
}

/// A broker.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// Connects, declares the topology and switches confirms on.
    async fn connect(&self) -> Result<Box<dyn Session>, PublishError>;
}

/// One connection to a broker, until its first error.
#[async_trait]
pub trait Session: Send {
    /// Publishes in order and returns when every event is routed and confirmed.
    async fn publish(&mut self, events: &[Event]) -> Result<(), PublishError>;

    /// Ends the session in good order.
    async fn close(self: Box<Self>);
}
