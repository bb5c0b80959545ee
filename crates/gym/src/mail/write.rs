//! An estate at rest: a Maildir, an mbox, a folder of `.eml` files, and what a server is fed with.

use super::estate::{Estate, Folder, Mail};
use jiff::Timestamp;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// One mail in one folder, as `APPEND` takes it.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The mailbox.
    pub folder: Folder,
    /// The INTERNALDATE.
    pub at: Timestamp,
    /// The mail.
    pub mail: &'a Mail,
}

impl Estate {
    /// Every mail in every folder that it lies in, in the order of arrival.
    pub fn deliveries(&self) -> impl Iterator<Item = Delivery<'_>> {
        self.mails
            .iter()
            .flat_map(|mail| mail.folders.iter().map(|folder| Delivery { folder: *folder, at: mail.arrives, mail }))
    }

    /// Writes all into a Maildir: the inbox, and `.Sent` and `.Archive` in it. Files that are there stay as they are.
    pub fn write_maildir(&self, root: &Path) -> io::Result<u64> {
        self.deliveries().try_fold(0, |count, delivery| deliver(root, &delivery).map(|()| count + 1))
    }

    /// Writes all of one folder as an mbox: `From ` lines, and `>` before lines that look like one.
    pub fn write_mbox(&self, folder: Folder, out: &mut impl Write) -> io::Result<u64> {
        let mut count = 0;
        for delivery in self.deliveries().filter(|delivery| delivery.folder == folder) {
            writeln!(out, "From MAILER-DAEMON {}", delivery.at.strftime("%a %b %e %H:%M:%S %Y"))?;
            for line in delivery.mail.bytes.split_inclusive(|byte| *byte == b'\n') {
                let bare = line.iter().skip_while(|byte| **byte == b'>').copied().take(5);
                if bare.eq(*b"From ") {
                    out.write_all(b">")?;
                }
                out.write_all(line)?;
            }
            out.write_all(b"\n")?;
            count += 1;
        }
        Ok(count)
    }

    /// Writes every mail as a file of its own, by the order of arrival.
    pub fn write_eml(&self, folder: &Path) -> io::Result<u64> {
        fs::create_dir_all(folder)?;
        for (nth, mail) in (0_u64..).zip(&self.mails) {
            fs::write(folder.join(format!("{nth:06}-{}.eml", &mail.sha256[..8])), &mail.bytes)?;
        }
        Ok(self.mails.len() as u64)
    }
}

/// Delivers one mail into a Maildir as servers do: complete under `tmp`, then renamed.
pub fn deliver(root: &Path, delivery: &Delivery<'_>) -> io::Result<()> {
    let folder = match delivery.folder {
        Folder::Inbox => root.to_path_buf(),
        Folder::Sent | Folder::Archive => root.join(format!(".{}", delivery.folder.name())),
    };
    for part in ["tmp", "new", "cur"] {
        fs::create_dir_all(folder.join(part))?;
    }
    let is_new = delivery.folder == Folder::Inbox && delivery.mail.sha256.as_bytes()[0].is_multiple_of(3);
    let unique = format!("{}.{}.gym", delivery.at.as_second(), &delivery.mail.sha256[..20]);
    let target =
        if is_new { folder.join("new").join(&unique) } else { folder.join("cur").join(format!("{unique}:2,S")) };
    if target.exists() {
        return Ok(());
    }
    let draft = folder.join("tmp").join(&unique);
    fs::write(&draft, &delivery.mail.bytes)?;
    fs::rename(draft, target)
}
