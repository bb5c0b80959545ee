//! Why a ledger did not do what it was asked.

use counterfoil_pipeline::ports::{EventOffset, LedgerError};
use counterfoil_record::RecordId;
use std::path::PathBuf;

/// Why a ledger did not do what it was asked. It is the source of every [`LedgerError`] that this crate gives.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// fjall gave an error. After a failed write it refuses every further one until it is opened again.
    #[error("its store failed")]
    Store(#[from] fjall::Error),
    /// A file of the ledger, but not of its store, cannot be used.
    #[error("its folder cannot be used")]
    Folder(#[from] std::io::Error),
    /// Another process has it open.
    #[error("{} is open in {owner}", path.display())]
    InUse {
        /// The ledger.
        path: PathBuf,
        /// For people: `process 1234`.
        owner: String,
    },
    /// It was written by a later version of Counterfoil.
    #[error("it has format {found}, and this version of Counterfoil reads format {known} only; use the newer version")]
    Newer {
        /// The format found.
        found: u32,
        /// The only format known.
        known: u32,
    },
    /// It was written by an earlier version of Counterfoil, and nothing reads it as it is.
    #[error(
        "it has format {found}, and this version of Counterfoil reads format {known} only; use the version that wrote \
         it, or move the ledger aside and pull again: the same records get the same event ids"
    )]
    Older {
        /// The format found.
        found: u32,
        /// The only format known.
        known: u32,
    },
    /// Commits that were durable are gone.
    #[error(
        "{written} pages were durable and only {held} are there; restore a backup, or move the ledger aside and \
         pull again: the same records get the same event ids"
    )]
    LostTail {
        /// Pages there.
        held: u64,
        /// Pages that were written.
        written: u64,
    },
    /// Something stored is not what was written.
    #[error("{place} is damaged: {what}")]
    Damaged {
        /// For example `page 3, event 17`.
        place: String,
        /// What is wrong with it.
        what: String,
    },
    /// There is no event at this place.
    #[error("there is no event {} on page {}", .0.index, .0.page)]
    NoEvent(EventOffset),
    /// A frame does not fit to what is held; it was prepared from an older state. Nothing of it was written.
    #[error("the frame's version of {id} does not follow the held one: {why}")]
    Contradiction {
        /// The record.
        id: RecordId,
        /// What does not fit.
        why: String,
    },
}

impl Cause {
    pub(crate) fn damaged(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Damaged { place: place.into(), what: what.into() }
    }
}

/// Says what was being done.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, LedgerError>;
}

impl<T> Doing<T> for Result<T, Cause> {
    fn doing(self, doing: &'static str) -> Result<T, LedgerError> {
        self.map_err(|cause| LedgerError { doing, source: Box::new(cause) })
    }
}
