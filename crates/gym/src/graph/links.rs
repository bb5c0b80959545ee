//! Tokens of links: where a walk over a folder has come to. Whoever holds one cannot read it, and the service may forget it.

use super::instance::Instance;
use crate::bulk::mix;
use data_encoding::BASE64URL_NOPAD;
use std::collections::{BTreeMap, BTreeSet};

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) folder: usize,
    /// Changes up to this one were told.
    pub(crate) cursor: u64,
    /// Only what came into the folder is told.
    pub(crate) created_only: bool,
    /// The walk has not come to its end.
    pub(crate) within: bool,
    pub(crate) page: u64,
    pub(crate) epoch: u64,
    /// Of the links of a folder, where only the last ones are known.
    pub(crate) generation: u64,
    pub(crate) nonce: u64,
}

/// What the service remembers of links.
#[derive(Debug, Default)]
pub(crate) struct Links {
    generations: BTreeMap<usize, u64>,
    given: u64,
    delta_uses: u64,
    refused_once: BTreeSet<(usize, u64)>,
}

impl Mark {
    pub(crate) fn beginning(folder: usize, created_only: bool) -> Self {
        Self { folder, cursor: 0, created_only, within: false, page: 0, epoch: 0, generation: 0, nonce: 0 }
    }

    /// `None` for what is no token of ours.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let numbers: Vec<u64> =
            bytes.chunks_exact(8).map(|eight| u64::from_be_bytes(eight.try_into().expect("eight bytes"))).collect();
        let [salt, numbers @ .., sum] = numbers.as_slice() else { return None };
        let plain: Vec<u64> = (1..).zip(numbers).map(|(nth, number)| number ^ mix(*salt + nth)).collect();
        let [folder, cursor, flags, page, epoch, generation, nonce] = plain.as_slice() else { return None };
        let mark = Self {
            folder: *folder as usize,
            cursor: *cursor,
            created_only: flags & 1 > 0,
            within: flags & 2 > 0,
            page: *page,
            epoch: *epoch,
            generation: *generation,
            nonce: *nonce,
        };
        (mark.salt() == *salt && mark.sum() == *sum).then_some(mark)
    }

    pub(crate) fn write(&self) -> String {
        let salt = self.salt();
        let hidden = (1..).zip(self.numbers()).map(|(nth, number)| number ^ mix(salt + nth));
        let all = std::iter::once(salt).chain(hidden).chain([self.sum()]);
        BASE64URL_NOPAD.encode(&all.flat_map(u64::to_be_bytes).collect::<Vec<u8>>())
    }

    fn numbers(&self) -> [u64; 7] {
        let flags = u64::from(self.created_only) | u64::from(self.within) << 1;
        [self.folder as u64, self.cursor, flags, self.page, self.epoch, self.generation, self.nonce]
    }

    fn salt(&self) -> u64 {
        self.numbers().iter().fold(17, |salt, number| mix(salt ^ number)) >> 1
    }

    fn sum(&self) -> u64 {
        self.numbers().iter().fold(71, |sum, number| mix(sum ^ number.rotate_left(9)))
    }
}

impl Links {
    /// A link from here on.
    pub(crate) fn give(&mut self, instance: &Instance, mark: Mark) -> Mark {
        self.given += 1;
        let generation = self.generations.entry(mark.folder).or_default();
        let (mut next, switches) =
            (Mark { epoch: instance.epoch, generation: 0, nonce: 0, ..mark }, &instance.switches);
        if switches.generations > 0 {
            *generation += 1;
            next.generation = *generation;
        }
        if switches.fresh_links {
            next.nonce = self.given;
        }
        next
    }

    /// Whether what a link stands for is still known.
    pub(crate) fn knows(&mut self, instance: &Instance, mark: &Mark) -> bool {
        let switches = &instance.switches;
        let newest = self.generations.get(&mark.folder).copied().unwrap_or(0);
        if mark.epoch != instance.epoch
            || (switches.generations > 0 && mark.generation + u64::from(switches.generations) <= newest)
        {
            return false;
        }
        if mark.within {
            let is_chosen = switches.next_expires && mix(mark.cursor ^ 0x5bd1).is_multiple_of(7);
            return !(is_chosen && self.refused_once.insert((mark.folder, mark.cursor)));
        }
        self.delta_uses += 1;
        let every = u64::from(switches.delta_expires);
        every == 0 || !self.delta_uses.is_multiple_of(every)
    }
}
