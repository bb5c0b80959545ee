//! What happens in a mailbox: mails arrive, and people mark, move, copy and delete them. Every change is counted.

use super::instance::{ARCHIVE, Entry, INBOX, Instance, Item, SENT};
use crate::dice::Dice;
use jiff::Timestamp;
use std::sync::Arc;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// In words.
    pub what: &'static str,
    /// The mail that it happened to, by its place in the order of arrival.
    pub mail: usize,
}

impl Instance {
    /// A mail arrives in a folder: 0 is the inbox, 1 what was sent, 3 the archive.
    pub fn deliver(&mut self, folder: usize, received: Timestamp, bytes: Arc<[u8]>) -> usize {
        self.items.push(Item { bytes, received, folder, moves: 0, changes: 0, is_gone: false });
        let item = self.items.len() - 1;
        self.comes_into(folder, item);
        item
    }

    /// The next so many mails of the estate arrive.
    pub fn some_arrive(&mut self, mails: usize) {
        for _ in 0..mails {
            let Some((folder, at, bytes)) = self.waiting.pop_front() else { return };
            self.deliver(folder, at, bytes);
        }
    }

    /// Every mail of the estate that has not arrived does.
    pub fn all_arrive(&mut self) {
        self.some_arrive(self.waiting.len());
    }

    /// Somebody marks a mail as read, or flags it.
    pub fn mark(&mut self, mail: usize) {
        let folder = self.items[mail].folder;
        self.changes(folder, mail);
    }

    /// Somebody moves a mail.
    pub fn move_to(&mut self, mail: usize, folder: usize) {
        let from = self.items[mail].folder;
        if from == folder {
            return;
        }
        self.leaves(from, mail, "changed");
        (self.items[mail].folder, self.items[mail].moves) = (folder, self.items[mail].moves + 1);
        self.comes_into(folder, mail);
    }

    /// Somebody copies a mail.
    pub fn copy_to(&mut self, mail: usize, folder: usize) -> usize {
        let (received, bytes) = (self.items[mail].received, Arc::clone(&self.items[mail].bytes));
        self.deliver(folder, received, bytes)
    }

    /// Somebody deletes a mail for good.
    pub fn delete(&mut self, mail: usize) {
        self.leaves(self.items[mail].folder, mail, "deleted");
        self.items[mail].is_gone = true;
    }

    /// The service forgets every state that it has told of: links of before are not known.
    pub fn forget_states(&mut self) {
        self.epoch += 1;
    }

    /// Something happens by chance; nothing in an empty mailbox.
    pub fn mutate(&mut self, dice: &mut Dice) -> Option<Step> {
        self.some_arrive(dice.below(3) as usize);
        let there: Vec<usize> = (0..self.items.len()).filter(|mail| !self.items[*mail].is_gone).collect();
        if there.is_empty() {
            return None;
        }
        let mail = dice.pick(&there);
        let folder = dice.pick(&[INBOX, SENT, ARCHIVE]);
        let what = match dice.weighted(&[5, 6, 3, 2, 1]) {
            0 => {
                self.mark(mail);
                "mark"
            }
            1 => {
                self.move_to(mail, folder);
                "move"
            }
            2 => {
                let home = self.items[mail].folder;
                self.move_to(mail, folder);
                self.move_to(mail, home);
                "move and back"
            }
            3 => {
                self.copy_to(mail, folder);
                "copy"
            }
            _ => {
                self.delete(mail);
                "delete"
            }
        };
        Some(Step { what, mail })
    }

    fn count_one(&mut self, mail: usize) -> u64 {
        self.sequence += 1;
        self.items[mail].changes += 1;
        self.sequence
    }

    fn comes_into(&mut self, folder: usize, mail: usize) {
        let now = self.count_one(mail);
        self.learn_ids(mail);
        self.entries.insert((folder, mail), Entry { created: now, changed: now, removed: None });
    }

    fn changes(&mut self, folder: usize, mail: usize) {
        let now = self.count_one(mail);
        self.entries.entry((folder, mail)).and_modify(|entry| entry.changed = now);
    }

    fn leaves(&mut self, folder: usize, mail: usize, reason: &'static str) {
        let now = self.count_one(mail);
        self.entries.entry((folder, mail)).and_modify(|entry| (entry.changed, entry.removed) = (now, Some(reason)));
    }
}
