//! The contract of a connector: a function from a position to a page.
//!
//! A connector holds no position, never retries, sleeps, publishes or stores, and reads no clock: time is an argument.
#![forbid(unsafe_code)]

mod config;
mod error;
mod read;

pub use config::{ConfigSection, InstanceSettings, Lookup, Secret, SecretError, TokenStore};
pub use error::{Policy, PullError, PullErrorKind};
pub use read::{SHARED_KEYS, read_value};

use async_trait::async_trait;
use counterfoil_diagnostics::Finding;
use counterfoil_record::{Page, Position};
use jiff::Timestamp;

/// One kind of record of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSpec {
    /// Part of every record's identity; never renamed.
    pub name: &'static str,
    /// What it holds, for people.
    pub about: &'static str,
}

/// What a pull may know of the world outside its source.
#[derive(Debug, Clone, Copy)]
pub struct PullContext {
    /// Now, for the age of things; never for positions.
    pub now: Timestamp,
    /// How many records a page should hold at most.
    pub page_size: usize,
}

/// One configured instance of a source.
#[async_trait]
pub trait Connector: Send + Sync {
    /// The streams of this instance.
    fn streams(&self) -> &[StreamSpec];

    /// Proves that address, credentials and permissions suffice, without reading records.
    async fn check(&self) -> Result<(), PullError>;

    /// Reads one page of `stream`, starting at `from` (`Position::default()` on the first pull).
    ///
    /// Pulling twice from the same position yields the same records, unless the source changed between.
    async fn pull(&self, stream: &StreamSpec, from: &Position, context: PullContext) -> Result<Page, PullError>;
}

/// What a connector crate exports: one `pub static KIND`.
pub trait ConnectorKind: Send + Sync {
    /// The word after `type =`.
    fn name(&self) -> &'static str;

    /// One line for lists.
    fn about(&self) -> &'static str;

    /// A commented example section for `counterfoil init`; `{instance}` stands for the instance's name.
    fn template(&self) -> &'static str;

    /// Reads its own config section. Pure: no network, no environment, no files; every problem at once.
    fn parse(&self, section: ConfigSection<'_>) -> Result<Box<dyn Connector>, Vec<Finding>>;
}
