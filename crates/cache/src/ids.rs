//! From an id to the number of its record, in a file: no memory for any number of records.
//!
//! A hash table of pages. As long as a page has room an entry goes behind the others in it; then every page becomes two,
//! by one more bit of the hash. The hash has a seed of its own, so that nobody can choose ids that meet in one page.
//! The file is made anew at every opening and has no name: it ends with the process, however that ends.

use crate::broken::Broken;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

const PAGE_BYTES: usize = 4096;
/// The hash, then the number and one: none has eight zeros.
const ENTRY_BYTES: usize = 8;
const PAGE_ENTRIES: u64 = (PAGE_BYTES / ENTRY_BYTES) as u64;
/// No page is so much fuller than all pages are on average, unless the same id is put in over and over.
const FULLER: u64 = 8;
/// Entries that are put in together when a cache is opened: so many that some go to each page. A megabyte.
const TOGETHER: usize = 1 << 17;

type Page = [u8; PAGE_BYTES];

/// Finds candidates by 32 bits of a hash; the record itself says whether it is one.
pub(crate) struct Ids {
    file: File,
    seed: RandomState,
    /// How many bits of a hash choose a page.
    bits: u32,
    /// How many entries there are.
    len: u64,
}

/// A hash and the number of a record.
pub(crate) type Entry = (u32, u32);

impl Ids {
    /// An empty one; its file lies in this folder.
    pub(crate) fn create(folder: &Path) -> Result<Self, Broken> {
        let path = folder.join("ids");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path)?;
        fs::remove_file(&path)?;
        file.set_len(PAGE_BYTES as u64)?;
        Ok(Self { file, seed: RandomState::new(), bits: 0, len: 0 })
    }

    /// What [`Ids::insert`] takes for an id.
    pub(crate) fn entry(&self, id: &str, number: u32) -> Entry {
        (self.hash(id), number)
    }

    /// Puts entries in, each of an id that is not in it. Many at once are cheaper than each alone.
    pub(crate) fn insert(&mut self, mut entries: Vec<Entry>) -> Result<(), Broken> {
        entries.sort_unstable();
        self.len += entries.len() as u64;
        let mut left = entries.as_slice();
        while let Some((first, _)) = left.first() {
            let at = page_of(*first, self.bits);
            let (here, rest) = left.split_at(left.partition_point(|(hash, _)| page_of(*hash, self.bits) == at));
            let mut page = self.read(at)?;
            let used = used(&page);
            if used + here.len() * ENTRY_BYTES > PAGE_BYTES {
                self.split()?;
                continue;
            }
            for (slot, entry) in page[used..].chunks_exact_mut(ENTRY_BYTES).zip(here) {
                slot.copy_from_slice(&encoded(*entry));
            }
            let new = &page[used..used + here.len() * ENTRY_BYTES];
            self.file.write_all_at(new, at * PAGE_BYTES as u64 + used as u64)?;
            left = rest;
        }
        Ok(())
    }

    /// The numbers of the record with this id, if there is one, and seldom of another.
    pub(crate) fn candidates(&self, id: &str) -> Result<Vec<u32>, Broken> {
        let hash = self.hash(id);
        let page = self.read(page_of(hash, self.bits))?;
        Ok(entries(&page).filter(|(of, _)| *of == hash).map(|(_, number)| number).collect())
    }

    fn hash(&self, id: &str) -> u32 {
        let [a, b, c, d, ..] = self.seed.hash_one(id).to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }

    fn read(&self, at: u64) -> Result<Page, Broken> {
        let mut page = [0; PAGE_BYTES];
        self.file.read_exact_at(&mut page, at * PAGE_BYTES as u64)?;
        Ok(page)
    }

    /// Makes two pages of every page, the last one first: what it was stays readable until it is read.
    fn split(&mut self) -> Result<(), Broken> {
        if self.len * FULLER < PAGE_ENTRIES << self.bits {
            return Err(Broken::Damaged("the same record is in it over and over".to_owned()));
        }
        let bits = self.bits + 1;
        for at in (0..1_u64 << self.bits).rev() {
            let page = self.read(at)?;
            let mut pair = [0; 2 * PAGE_BYTES];
            let mut ends = [0, PAGE_BYTES];
            for (hash, number) in entries(&page) {
                let end = if page_of(hash, bits).is_multiple_of(2) { &mut ends[0] } else { &mut ends[1] };
                pair[*end..*end + ENTRY_BYTES].copy_from_slice(&encoded((hash, number)));
                *end += ENTRY_BYTES;
            }
            self.file.write_all_at(&pair, at * pair.len() as u64)?;
        }
        self.bits = bits;
        Ok(())
    }
}

/// Puts many entries in, some at a time.
pub(crate) struct Filling<'a> {
    ids: &'a mut Ids,
    waiting: Vec<Entry>,
}

impl<'a> Filling<'a> {
    pub(crate) fn new(ids: &'a mut Ids) -> Self {
        Self { ids, waiting: Vec::new() }
    }

    pub(crate) fn add(&mut self, id: &str, number: u32) -> Result<(), Broken> {
        self.waiting.push(self.ids.entry(id, number));
        if self.waiting.len() == TOGETHER { self.flush() } else { Ok(()) }
    }

    pub(crate) fn flush(&mut self) -> Result<(), Broken> {
        self.ids.insert(std::mem::take(&mut self.waiting))
    }
}

/// The page of a hash: those of a page are split between two that follow each other.
fn page_of(hash: u32, bits: u32) -> u64 {
    u64::from(hash) >> (u32::BITS - bits)
}

fn entries(page: &Page) -> impl Iterator<Item = Entry> {
    page.chunks_exact(ENTRY_BYTES).map_while(|slot| {
        let [a, b, c, d, e, f, g, h] = slot.try_into().ok()?;
        let number = u32::from_be_bytes([e, f, g, h]).checked_sub(1)?;
        Some((u32::from_be_bytes([a, b, c, d]), number))
    })
}

fn encoded((hash, number): Entry) -> [u8; ENTRY_BYTES] {
    let [a, b, c, d] = hash.to_be_bytes();
    let [e, f, g, h] = number.wrapping_add(1).to_be_bytes();
    [a, b, c, d, e, f, g, h]
}

/// How much of a page is used, in bytes.
fn used(page: &Page) -> usize {
    entries(page).count() * ENTRY_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> String {
        format!("kumo/incidents/{number}")
    }

    #[test]
    fn every_number_is_found_however_it_was_put_in() {
        let folder = tempfile::tempdir().unwrap();
        for together in [1, 500, TOGETHER] {
            let mut ids = Ids::create(folder.path()).unwrap();
            assert_eq!(ids.candidates(&id(0)).unwrap(), Vec::<u32>::new());
            let all: Vec<Entry> = (0..5_000).map(|number| ids.entry(&id(number), number)).collect();
            for some in all.chunks(together) {
                ids.insert(some.to_vec()).unwrap();
            }
            for number in 0..5_000 {
                let candidates = ids.candidates(&id(number)).unwrap();
                assert!(candidates.contains(&number), "{together}: {number}");
                // Two of 20,000 share 32 bits of a hash in one of twenty runs, three of them never.
                assert!(candidates.len() < 3, "{together}: {candidates:?}");
            }
            let others = (5_000..10_000).map(|number| ids.candidates(&id(number)).unwrap().len()).sum::<usize>();
            assert!(others < 9, "{together}: {others}");
            assert!((4..=5).contains(&ids.bits), "{together}: {}", ids.bits);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "its files have names");
    }

    #[test]
    fn ids_that_come_one_by_one_are_filled_in_together() {
        let folder = tempfile::tempdir().unwrap();
        let mut ids = Ids::create(folder.path()).unwrap();
        let total = u32::try_from(TOGETHER).unwrap() + 100;
        let mut filling = Filling::new(&mut ids);
        (0..total).for_each(|number| filling.add(&id(number), number).unwrap());
        filling.flush().unwrap();
        for number in (0..total).step_by(997).chain([total - 1]) {
            assert!(ids.candidates(&id(number)).unwrap().contains(&number), "{number}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn millions_of_ids_take_no_memory() {
        let folder = tempfile::tempdir().unwrap();
        let mut ids = Ids::create(folder.path()).unwrap();
        let mut resident_at = |upto: std::ops::Range<u32>| {
            let mut filling = Filling::new(&mut ids);
            upto.for_each(|number| filling.add(&id(number), number).unwrap());
            filling.flush().unwrap();
            let status = fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
            line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
        };
        let few = resident_at(0..200_000);
        let many = resident_at(200_000..2_000_000);
        // Six bytes for each in memory, as names are, would be 10 MB more.
        assert!(many < few + 5_000, "{few} kB, then {many} kB");
    }

    #[test]
    fn one_id_over_and_over_is_damage_and_no_endless_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut ids = Ids::create(folder.path()).unwrap();
        let alike = (0..600).map(|number| ids.entry("the same", number)).collect();
        assert!(matches!(ids.insert(alike), Err(Broken::Damaged(_))));
        assert!(ids.file.metadata().unwrap().len() < 1 << 20);
    }
}
