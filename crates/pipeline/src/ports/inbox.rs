//! A folder that files are put into for a connector to read.

use std::io;

/// What became of a file that was put somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is there now, or was there already with the same content.
    There,
    /// Something else is there under that name, and was left alone.
    Taken,
}

/// A folder that files are put into for a connector to read.
pub trait Inbox: Send + Sync {
    /// What it is, as the configuration says it: another one may read other names.
    fn shown(&self) -> String;

    /// Whether a file with this name would be read.
    fn reads(&self, name: &str) -> bool;

    /// Puts a file there, whole or not at all: whoever looks sees no part of it, and when it returns a power loss does not take
    /// it back. Putting it once more changes nothing.
    ///
    /// # Errors
    /// What the disk could not do.
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<Put>;
}
