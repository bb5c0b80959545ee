//! The file `state`: from what a cache was built, and how it was left.

use crate::rows::FORMAT;
use counterfoil_assurance::Facts;
use counterfoil_record::Digest;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// How a cache was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// It was opened, every row of it was read, and no operation failed since.
    Ready,
    /// Being opened: sled did not survive that, and may not again.
    Opening,
    /// An operation failed.
    Broken,
}

impl Left {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Ready, "ready"), (Self::Opening, "opening"), (Self::Broken, "broken")];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(left, _)| *left == self).map_or("broken", |(_, name)| name)
    }
}

/// Writes the state and waits until it is on disk.
pub(crate) fn write(folder: &Path, ledger: &Digest, left: Left) -> io::Result<()> {
    let draft = folder.join("state.new");
    let mut file = File::create(&draft)?;
    writeln!(file, "{} {}", origin(ledger), left.name())?;
    file.sync_all()?;
    fs::rename(&draft, folder.join("state"))?;
    File::open(folder)?.sync_all()
}

/// How a cache of this version and this ledger was left; else, for people, why it cannot be used.
pub(crate) fn read(folder: &Path, ledger: &Digest) -> Result<Left, String> {
    let text =
        fs::read_to_string(folder.join("state")).map_err(|error| format!("its state cannot be read: {error}"))?;
    let (built_from, left) = text.trim_end().rsplit_once(' ').ok_or("its state cannot be read")?;
    if built_from != origin(ledger) {
        let same_version = built_from.rsplit_once(' ').map(|(version, _)| version) == Some(version().as_str());
        return Err(
            if same_version { "it was built from another ledger" } else { "it is of another version" }.to_owned()
        );
    }
    let left = Left::ALL.iter().find(|(_, name)| *name == left);
    left.map(|(left, _)| *left).ok_or_else(|| "its state cannot be read".to_owned())
}

fn origin(ledger: &Digest) -> String {
    format!("{} {ledger}", version())
}

fn version() -> String {
    format!("counterfoil-cache {FORMAT} facts {}", Facts::VERSION)
}
