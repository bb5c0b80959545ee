//! The way of a record: pull → map → commit, then publish and project.
//!
//! [`sync::sync_stream`] reads top to bottom as the data flows. This crate knows its stores and brokers only as the
//! [`ports`]; it names no database, no broker and no HTTP client, and reads no clock: time is an argument.
#![forbid(unsafe_code)]

pub mod ports;
pub mod sync;

mod as_of;
mod catalogue;
mod census;
mod commit;
mod deliver;
mod gather;
mod news;
mod prepare;
mod progress;
mod project;
mod publish;
mod replay;
mod report;
mod revise;
mod schedule;
mod tally;

pub use as_of::{AsOf, as_of};
pub use catalogue::{Catalogue, held_catalogue, live_catalogue};
pub use census::CensusReport;
pub use commit::{CommitError, set_aside_id};
pub use deliver::{Origin, Route, origin_node};
pub use gather::{Gathering, Makes};
pub use news::listen;
pub use prepare::Mappings;
pub use progress::{Listener, Progress, Silent};
pub use project::{ProjectError, facts_of, project};
pub use publish::{TARGET, Wake, publish};
pub use replay::{Difference, RecordChange, ReplayError, Replayed, compare, remap, retry_set_aside, verify_replay};
pub use report::{GapReport, Noted, Outcome, PassReport};
pub use tally::Tally;

use counterfoil_conversation::{Directory, Rules};
use counterfoil_sdk::GatheredStream;
use std::sync::Arc;

/// Where time comes from: the binary hands in the system's clock, a test its own.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> jiff::Timestamp;
}

/// One stream of one configured instance, with everything a pass over it needs.
#[derive(Clone)]
pub struct Source {
    /// The instance, as the user named it.
    pub instance: Arc<str>,
    /// The stream.
    pub stream: counterfoil_sdk::StreamSpec,
    /// Where its records come from.
    pub connector: Arc<dyn counterfoil_sdk::Connector>,
    /// What makes process records of them.
    pub mappings: Arc<Mappings>,
    /// At most so many records a page.
    pub page_size: usize,
    /// Of a stream whose records the pipeline makes itself: of what, and how.
    pub gathering: Option<Arc<Gathering>>,
}

impl Source {
    /// The stream that is gathered from this one, as its connector says; `None` when none is.
    pub fn gathered(&self, rules: Rules, directory: Directory) -> Option<Source> {
        let GatheredStream { from, into, .. } = self.connector.gathered().filter(|one| one.from == self.stream.name)?;
        let gathering = Some(Arc::new(Gathering { from, makes: Makes::Conversations, rules, directory }));
        Some(Source { stream: into, gathering, ..self.clone() })
    }

    /// The stream of what the mails of this one bring beside their words.
    pub fn reports(&self, rules: Rules, directory: Directory, routes: Vec<Route>) -> Option<Source> {
        let GatheredStream { from, reports, .. } =
            self.connector.gathered().filter(|one| one.from == self.stream.name)?;
        let gathering = Some(Arc::new(Gathering { from, makes: Makes::Reports(routes), rules, directory }));
        Some(Source { stream: reports, gathering, ..self.clone() })
    }
}
