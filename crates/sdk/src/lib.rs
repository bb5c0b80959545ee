//! The contract of a connector: a function from a position to a page.
//!
//! A connector holds no position, never retries, sleeps, publishes or stores, and reads no clock: time is an argument.
//! Beside pulling, a source that can be asked for more says who is there ([`Connector::census`]), shows single records
//! ([`Connector::fetch`]) and explains what its account may do ([`Connector::examine`]).
#![forbid(unsafe_code)]

mod config;
mod error;
mod examination;
mod pattern;
mod read;
mod webhook;

pub use config::{ConfigSection, InstanceSettings, Lookup, Secret, SecretError, TokenStore};
pub use error::{Policy, PullError, PullErrorKind};
pub use examination::{Examination, Verdict};
pub use pattern::fits_pattern;
pub use read::{SHARED_KEYS, read_value, within};
pub use webhook::Webhook;

use async_trait::async_trait;
use counterfoil_diagnostics::Finding;
use counterfoil_record::{CensusPage, Fetched, Page, Position};
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// One kind of record of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSpec {
    /// Part of every record's identity; never renamed.
    pub name: &'static str,
    /// What it holds, for people.
    pub about: &'static str,
    /// How often the pipeline holds what is there against what the ledger has; `None` for a stream that cannot be listed.
    pub census_every: Option<Duration>,
    /// Whether it holds the choice lists of the source, and no records: what words there are, for lint and drift.
    pub catalogue: bool,
}

/// A stream that no source has: the pipeline makes its records of those of another stream, as conversations of mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatheredStream {
    /// The name of the stream whose records are gathered.
    pub from: &'static str,
    /// The stream that they are gathered into.
    pub into: StreamSpec,
    /// The stream of the records that stand in them, and of the files that they bring.
    pub reports: StreamSpec,
}

/// A folder that a connector reads files from, in which others may put some.
#[derive(Clone)]
pub struct InboxFolder {
    /// The folder.
    pub folder: PathBuf,
    /// What is read of it, as the user wrote it.
    pub shown: String,
    /// Whether a file with this name is read.
    pub reads: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

/// What a connector may not fetch itself.
#[derive(Clone)]
pub struct Equipment {
    /// What the names of environment variables stand for, see [`Secret::resolve`].
    pub environment: Arc<Lookup>,
    /// Where tokens that a source hands out are kept.
    pub tokens: Arc<dyn TokenStore>,
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

    /// The stream that is gathered from one of this instance's streams, if any; it is none of [`Connector::streams`].
    fn gathered(&self) -> Option<GatheredStream> {
        None
    }

    /// Where files may be put for this instance to read, if it reads a folder. Asks nothing of the disk.
    fn inbox(&self) -> Option<InboxFolder> {
        None
    }

    /// The bytes of a part that a record of this connector encloses, as its payload names it: an attachment of a mail. `None`
    /// when the record has no such part. Pure.
    fn enclosed(&self, payload: &str, part: &str) -> Option<Vec<u8>> {
        let _ = (payload, part);
        None
    }

    /// Hands over secrets and a place for tokens; called once, before anything is asked of the source. Asks nothing itself.
    fn equip(&mut self, _equipment: &Equipment) -> Result<(), SecretError> {
        Ok(())
    }

    /// Proves that address, credentials and permissions suffice, without reading records.
    async fn check(&self) -> Result<(), PullError>;

    /// Reads one page of `stream`, starting at `from` (`Position::default()` on the first pull).
    ///
    /// Pulling twice from the same position yields the same records, unless the source changed between.
    async fn pull(&self, stream: &StreamSpec, from: &Position, context: PullContext) -> Result<Page, PullError>;

    /// Lists what the stream shows now, by id, starting at `from` (`Position::default()` for the beginning). Only asked of
    /// streams with [`StreamSpec::census_every`].
    async fn census(
        &self,
        stream: &StreamSpec,
        from: &Position,
        context: PullContext,
    ) -> Result<CensusPage, PullError> {
        let _ = (from, context);
        Err(self.cannot(stream, "list records"))
    }

    /// Asks for single records by their ids (at most 100), also for those that left the stream's scope.
    async fn fetch(&self, stream: &StreamSpec, ids: &[String], context: PullContext) -> Result<Fetched, PullError> {
        let _ = (ids, context);
        Err(self.cannot(stream, "fetch single records"))
    }

    /// What the account may do and what stands in its way, item by item, for `doctor`.
    async fn examine(&self, context: PullContext) -> Vec<Examination> {
        let _ = context;
        vec![Examination::of_check(self.check().await)]
    }

    /// How the source proves its calls, when it is configured to call. Asked after [`Connector::equip`].
    fn webhook(&self) -> Option<Webhook> {
        None
    }

    /// Returns when the source says that there may be something new: a reason to pull sooner, and never data. Asked again and
    /// again beside the pulls; never returns where the source cannot say so. What is missed by it is found by the interval.
    async fn news(&self) -> Result<(), PullError> {
        std::future::pending().await
    }

    /// Whether the source takes a key that people type in another case for the same key: `pay-1` for `PAY-1`.
    fn ignores_case_of_keys(&self) -> bool {
        false
    }

    /// How many requests it has sent so far, where it sends any.
    fn calls(&self) -> Option<u64> {
        None
    }

    /// The error of an optional method that this connector does not have.
    #[doc(hidden)]
    fn cannot(&self, stream: &StreamSpec, doing: &'static str) -> PullError {
        let what = format!("a way to {doing} of `{}`", stream.name);
        PullError { instance: String::new(), stream: stream.name, doing, kind: PullErrorKind::NotFound { what } }
    }
}

/// What a connector crate exports: one `pub static KIND`.
pub trait ConnectorKind: Send + Sync {
    /// The word after `type =`.
    fn name(&self) -> &'static str;

    /// One line for lists.
    fn about(&self) -> &'static str;

    /// A commented example section for `counterfoil init`; `{instance}` stands for the instance's name.
    fn template(&self) -> &'static str;

    /// Whether it is the kind that is handed the registers of the configuration (parties, services, agreements): the
    /// gateway makes the one instance of it, and no section names it.
    fn is_of_registers(&self) -> bool {
        false
    }

    /// Reads its own config section. Pure: no network, no environment, no files; every problem at once.
    fn parse(&self, section: ConfigSection<'_>) -> Result<Box<dyn Connector>, Vec<Finding>>;
}
