//! A file beside the store that remembers how far commits went.
//!
//! fjall cuts its write-ahead log off at the first entry that it cannot read and goes on from there. Inside the store
//! such a loss leaves no trace: the end of the log is lost with the log. The witness is written after a commit is durable,
//! so it is never ahead of the store unless the store lost something; it may be behind after a power loss, which is no harm.

use counterfoil_record::Digest;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Page (8 bytes), chain (32), the beginning of the SHA-256 of both (8).
const SLOT_BYTES: usize = 48;

/// Two slots, written in turn, so that a torn write leaves the other one.
pub(crate) struct Witness {
    file: File,
}

impl Witness {
    /// Opens or creates it; also gives the last page that it saw, if it can be read.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Option<(u64, Digest)>)> {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::new();
        (&file).take(4096).read_to_end(&mut bytes)?;
        let last = bytes.chunks_exact(SLOT_BYTES).filter_map(read_slot).max_by_key(|(page, _)| *page);
        Ok((Self { file }, last))
    }

    /// Remembers a page. It reaches the disk some time later, or with [`Witness::sync`].
    pub(crate) fn saw(&mut self, page: u64, chain: &Digest) -> io::Result<()> {
        let mut slot = [0; SLOT_BYTES];
        slot[..8].copy_from_slice(&page.to_le_bytes());
        slot[8..40].copy_from_slice(&chain.0);
        let check = Digest::of(&slot[..40]);
        slot[40..].copy_from_slice(&check.0[..8]);
        self.file.seek(SeekFrom::Start((page % 2) * SLOT_BYTES as u64))?;
        self.file.write_all(&slot)
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

fn read_slot(slot: &[u8]) -> Option<(u64, Digest)> {
    let (content, check) = slot.split_at_checked(40)?;
    if Digest::of(content).0[..8] != *check {
        return None;
    }
    let (page, chain) = content.split_at_checked(8)?;
    Some((u64::from_le_bytes(page.try_into().ok()?), Digest(chain.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_whole_slot_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("witness");
        let (mut witness, none) = Witness::open(&path).unwrap();
        assert_eq!(none, None);
        for page in 1..=3 {
            witness.saw(page, &Digest::of(&[page as u8])).unwrap();
        }
        assert_eq!(Witness::open(&path).unwrap().1, Some((3, Digest::of(&[3]))));

        let mut bytes = std::fs::read(&path).unwrap();
        bytes[SLOT_BYTES + 3] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(Witness::open(&path).unwrap().1, Some((2, Digest::of(&[2]))), "page 3 stands in the second slot");
    }
}
