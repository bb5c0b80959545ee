//! The mailbox: folders, the mails in them, and what has changed since when. It has its own clock and speaks to nobody.

use super::account::Account;
use super::switches::Switches;
use crate::bulk::mix;
use crate::dice::Dice;
use crate::mail::{Estate, Folder as Shelf};
use crate::world::NOW;
use data_encoding::{BASE64URL, HEXLOWER};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// Where the mails of an estate lie, as a configuration names it: the inbox, what was sent, and a folder within a folder.
pub const FOLDERS: [&str; 3] = ["INBOX", "Sent Items", "Suppliers/Archive"];

/// The places of those in the list of folders.
pub(crate) const INBOX: usize = 0;
pub(crate) const SENT: usize = 1;
pub(crate) const ARCHIVE: usize = 3;

/// A mailbox in memory.
#[derive(Debug, Clone)]
pub struct Instance {
    pub(crate) account: Account,
    pub(crate) switches: Switches,
    /// UNIX seconds.
    pub(crate) now: i64,
    pub(crate) dice: Dice,
    pub(crate) folders: Vec<Folder>,
    pub(crate) items: Vec<Item>,
    /// Of every mail in every folder that it ever lay in: by folder and mail.
    pub(crate) entries: BTreeMap<(usize, usize), Entry>,
    /// Counts changes.
    pub(crate) sequence: u64,
    /// Raised when everything that was told of states is forgotten.
    pub(crate) epoch: u64,
    /// Every id that a mail has or had.
    pub(crate) ids: HashMap<String, usize>,
    /// What arrives when something happens.
    pub(crate) waiting: VecDeque<(usize, Timestamp, Arc<[u8]>)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) name: &'static str,
    /// In another language.
    pub(crate) localised: &'static str,
    /// By which it can be asked for whatever it is called.
    pub(crate) well_known: Option<&'static str>,
    pub(crate) parent: Option<usize>,
}

/// A mail that lies or lay somewhere.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) received: Timestamp,
    pub(crate) folder: usize,
    /// How often it was moved.
    pub(crate) moves: u64,
    /// How often anything of it was changed.
    pub(crate) changes: u64,
    pub(crate) is_gone: bool,
}

/// What has become of a mail in a folder, by the count of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// When it came into the folder last.
    pub(crate) created: u64,
    /// When anything of it changed last.
    pub(crate) changed: u64,
    /// Why it does not lie there any more.
    pub(crate) removed: Option<&'static str>,
}

impl Instance {
    /// A mailbox without mails.
    pub fn empty() -> Self {
        let folder = |name, localised, well_known, parent| Folder { name, localised, well_known, parent };
        Self {
            account: Account::default(),
            switches: Switches::default(),
            now: NOW.as_second(),
            dice: Dice::new(1, 11 << 32),
            folders: vec![
                folder("Inbox", "Posteingang", Some("inbox"), None),
                folder("Sent Items", "Gesendete Elemente", Some("sentitems"), None),
                folder("Suppliers", "Suppliers", None, None),
                folder("Archive", "Archive", None, Some(2)),
                folder("Drafts", "Entwürfe", Some("drafts"), None),
            ],
            items: Vec::new(),
            entries: BTreeMap::new(),
            sequence: 0,
            epoch: 0,
            ids: HashMap::new(),
            waiting: VecDeque::new(),
        }
    }

    /// The mailbox of an estate with all of its mails.
    pub fn of_estate(estate: &Estate) -> Self {
        let mut instance = Self::arriving(estate);
        instance.all_arrive();
        instance
    }

    /// The same, where every mail is still to come.
    pub fn arriving(estate: &Estate) -> Self {
        let mut instance = Self::empty();
        instance.dice = Dice::new(estate.truth.seed, 11 << 32);
        let bytes: BTreeMap<&str, Arc<[u8]>> =
            estate.mails.iter().map(|mail| (mail.sha256.as_str(), Arc::from(mail.bytes.as_slice()))).collect();
        instance.waiting = estate
            .deliveries()
            .map(|delivery| {
                let folder = match delivery.folder {
                    Shelf::Inbox => INBOX,
                    Shelf::Sent => SENT,
                    Shelf::Archive => ARCHIVE,
                };
                (folder, delivery.at, Arc::clone(&bytes[delivery.mail.sha256.as_str()]))
            })
            .collect();
        instance
    }

    /// Who may ask.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// What is wrong with it.
    pub fn switches(&self) -> &Switches {
        &self.switches
    }

    /// What its clock shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_second(self.now).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Lets so many seconds pass.
    pub fn advance(&mut self, secs: i64) {
        self.now += secs;
    }

    pub(crate) fn set_switches(&mut self, switches: Switches) {
        self.switches = switches;
    }

    /// How many mails lie in it, copies counted.
    pub fn count(&self) -> usize {
        self.items.iter().filter(|item| self.lies(item)).count()
    }

    /// The SHA-256 of every mail that lies in a folder now and whose bytes can be had, 64 hexadecimal digits.
    pub fn present(&self) -> BTreeSet<String> {
        let there = self.items.iter().enumerate().filter(|(at, item)| self.lies(item) && !self.is_refused(*at));
        there.map(|(_, item)| HEXLOWER.encode(&Sha256::digest(&item.bytes))).collect()
    }

    /// Whether the bytes of a mail cannot be had.
    pub(crate) fn is_refused(&self, item: usize) -> bool {
        self.switches.mime_refused && mix(item as u64).is_multiple_of(4)
    }

    fn lies(&self, item: &Item) -> bool {
        !item.is_gone && self.is_there(item.folder)
    }

    /// Whether a folder is shown.
    pub(crate) fn is_there(&self, folder: usize) -> bool {
        !(folder == ARCHIVE && self.switches.folder_deleted)
    }

    /// What a folder is called now.
    pub(crate) fn name_of(&self, folder: usize) -> &'static str {
        let of = &self.folders[folder];
        match () {
            () if folder == ARCHIVE && self.switches.folder_renamed => "Done",
            () if self.switches.names_localised => of.localised,
            () => of.name,
        }
    }

    pub(crate) fn folder_id(folder: usize) -> String {
        id_of("AQMkAGym", folder as u64, 3)
    }

    /// The id that a mail has for whoever prefers immutable ones, or not.
    pub(crate) fn item_id(&self, item: usize, prefers_immutable: bool) -> String {
        if prefers_immutable && !self.switches.ids_change {
            return immutable_id(item);
        }
        id_of("AAMkAGym", item as u64, 7 + self.items[item].moves)
    }

    /// The mail of an id of either kind, where it lies somewhere.
    pub(crate) fn item_of(&self, id: &str) -> Option<usize> {
        let item = *self.ids.get(id)?;
        let is_its = immutable_id(item) == id || self.item_id(item, false) == id;
        (is_its && self.lies(&self.items[item])).then_some(item)
    }

    /// From now on a mail can be found by the ids that it has now.
    pub(crate) fn learn_ids(&mut self, item: usize) {
        self.ids.insert(immutable_id(item), item);
        self.ids.insert(self.item_id(item, false), item);
    }
}

fn immutable_id(item: usize) -> String {
    id_of("AAkAGym", item as u64, 5)
}

fn id_of(prefix: &str, number: u64, kind: u64) -> String {
    let mut bytes = mix(number ^ mix(kind)).to_be_bytes().to_vec();
    bytes.extend(mix(number.rotate_left(17) ^ mix(kind ^ 99)).to_be_bytes());
    format!("{prefix}{}", BASE64URL.encode(&bytes))
}
