//! What happens, as events for whoever listens: a terminal, a log, a test. The pipeline prints nothing.

use crate::{PassReport, Tally};
use std::time::Duration;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Progress {
    /// A pass over a stream begins.
    StreamStarted {
        /// Which instance.
        instance: String,
        /// Which stream of it.
        stream: &'static str,
    },
    /// A page became durable.
    PageCommitted {
        /// Which instance.
        instance: String,
        /// Which stream of it.
        stream: &'static str,
        /// Of this pass so far.
        tally: Tally,
        /// How far the source is read, in thousandths, where that is known.
        permille: Option<u16>,
    },
    /// The source asks to wait, or cannot be reached, and will be asked again.
    Waiting {
        /// Which instance.
        instance: String,
        /// For how long.
        wait: Duration,
        /// Why, with its causes.
        reason: String,
    },
    /// A pass over a stream ended, well or not.
    StreamEnded {
        /// What came of it.
        report: Box<PassReport>,
    },
    /// The broker confirmed events.
    Published {
        /// So many, just now.
        events: u64,
    },
    /// The broker does not take events; they wait in the ledger.
    BrokerAway {
        /// Why, with its causes.
        reason: String,
        /// When it is tried again.
        wait: Duration,
    },
    /// The read model took records in.
    Projected {
        /// So many, just now.
        records: u64,
    },
}

/// Somebody who wants to know.
pub trait Listener: Send + Sync {
    /// Is told what happened, as it happens; must not block.
    fn tell(&self, progress: Progress);
}

/// Listens to nothing.
pub struct Silent;

impl Listener for Silent {
    fn tell(&self, _: Progress) {}
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
