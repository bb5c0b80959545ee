//! Refresh tokens in files that only their owner reads.

use counterfoil_sdk::{Secret, TokenStore};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;

/// A folder with one file per token, mode 0600.
///
/// A new token is written beside the old one, made durable, and put in its place: a crash leaves the one or the other.
#[derive(Debug, Clone)]
pub struct TokenFolder {
    folder: PathBuf,
}

impl TokenFolder {
    /// The folder is made with the first token.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn path(&self, name: &str) -> io::Result<PathBuf> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.starts_with('.') || !name.chars().all(is_name) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no name of a token"));
        }
        Ok(self.folder.join(format!("{name}.token")))
    }
}

impl TokenStore for TokenFolder {
    fn load(&self, name: &str) -> io::Result<Option<Secret>> {
        match std::fs::read_to_string(self.path(name)?) {
            Ok(text) => Ok(Some(Secret::new(text)).filter(|token| !token.expose().is_empty())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn store(&self, name: &str, value: &Secret) -> io::Result<()> {
        let path = self.path(name)?;
        std::fs::create_dir_all(&self.folder)?;
        // A temporary file is made with mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(value.expose().as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        File::open(&self.folder)?.sync_all()
    }
}
