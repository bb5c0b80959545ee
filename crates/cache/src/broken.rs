//! Why a cache did not do what it was asked.

use counterfoil_pipeline::ports::CacheError;
use std::any::Any;
use std::path::PathBuf;

/// Why a cache did not do what it was asked. It is the source of every [`CacheError`] that this crate gives.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// sled gave an error.
    #[error("sled failed")]
    Sled(#[from] sled::Error),
    /// sled panicked.
    #[error("sled panicked: {0}")]
    Panicked(String),
    /// sled did not come back.
    #[error("sled did not open it within {0} s")]
    Stuck(u64),
    /// What is stored is not what was stored.
    #[error("{0}")]
    Damaged(String),
    /// An operation failed before; open it again.
    #[error("it failed before; it has to be opened again")]
    Failed,
    /// Another process has it open.
    #[error("{} is open in another process", .0.display())]
    InUse(PathBuf),
    /// The folder cannot be used.
    #[error("its folder cannot be used")]
    Folder(#[from] std::io::Error),
}

impl Broken {
    pub(crate) fn panicked(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        Self::Panicked(text.unwrap_or("without a word").to_owned())
    }

    /// With its sources, in one line.
    pub(crate) fn tell(&self) -> String {
        let mut told = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            told = format!("{told}: {error}");
            source = error.source();
        }
        told
    }

    pub(crate) fn doing(self, doing: &'static str) -> CacheError {
        CacheError { doing, source: Box::new(self) }
    }
}
