//! The Publisher port on lapin: one exchange, confirms with a bounded window, sessions that end at their first error.
//!
//! lapin's own recovery stays off: whoever publishes connects again and resumes from the first event that is not
//! confirmed. Nothing of an event stands outside its body but its id and its routing key.
#![forbid(unsafe_code)]

mod config;
mod confirms;
mod connection;
mod consumer;
mod publisher;
mod topology;

pub use config::{AmqpConfig, Tls, Topology};
pub use consumer::{ConsumeError, Consumer, Received};
pub use publisher::AmqpPublisher;
pub use topology::{DEAD_LETTERS, UNROUTED};
