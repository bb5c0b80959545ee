//! Sorts the rows of a log by record in bounded memory: sorted runs in temporary files, merged while they are read.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write};

/// Takes rows in any order.
pub(crate) struct Sorter {
    arena: Vec<u8>,
    /// Where the rows of the arena start and end.
    rows: Vec<(usize, usize)>,
    runs: Vec<File>,
    most_bytes: usize,
}

/// One row: which group, where in it, its text, and the number that it has in its file.
///
/// Ordered by group, order, text and number, which is how its bytes are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    bytes: Vec<u8>,
}

/// More runs than this are merged into one before there are more: each needs an open file.
const MOST_RUNS: usize = 32;

const HEAD: usize = 20;

impl Row {
    fn write(out: &mut Vec<u8>, group: &str, order: &str, text: &[u8], number: u64) {
        out.extend_from_slice(&(group.len() as u32).to_be_bytes());
        out.extend_from_slice(&(order.len() as u32).to_be_bytes());
        out.extend_from_slice(&(text.len() as u32).to_be_bytes());
        out.extend_from_slice(&number.to_be_bytes());
        out.extend_from_slice(group.as_bytes());
        out.extend_from_slice(order.as_bytes());
        out.extend_from_slice(text);
    }

    fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut bytes = vec![0; HEAD];
        match crate::text::read_up_to(from, &mut bytes)? {
            0 => return Ok(None),
            HEAD => {}
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        bytes.resize(HEAD + lengths(&bytes).iter().sum::<usize>(), 0);
        from.read_exact(&mut bytes[HEAD..])?;
        Ok(Some(Self { bytes }))
    }

    pub(crate) fn group(&self) -> &str {
        text_of(parts(&self.bytes).0)
    }

    pub(crate) fn order(&self) -> &str {
        text_of(parts(&self.bytes).1)
    }

    pub(crate) fn text(&self) -> &[u8] {
        parts(&self.bytes).2
    }

    pub(crate) fn number(&self) -> u64 {
        parts(&self.bytes).3
    }

    /// Whether both are the same update, wherever they stand.
    fn repeats(&self, other: &Self) -> bool {
        let ((group, order, text, _), (their_group, their_order, their_text, _)) =
            (parts(&self.bytes), parts(&other.bytes));
        (group, order, text) == (their_group, their_order, their_text)
    }
}

impl Ord for Row {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        parts(&self.bytes).cmp(&parts(&other.bytes))
    }
}

impl PartialOrd for Row {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn lengths(bytes: &[u8]) -> [usize; 3] {
    let length = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize;
    [length(0), length(4), length(8)]
}

fn parts(bytes: &[u8]) -> (&[u8], &[u8], &[u8], u64) {
    let [group, order, text] = lengths(bytes);
    let number = bytes[12..HEAD].iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let order_at = HEAD + group;
    let text_at = order_at + order;
    (&bytes[HEAD..order_at], &bytes[order_at..text_at], &bytes[text_at..text_at + text], number)
}

fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("groups and orders are written from texts")
}

impl Sorter {
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self { arena: Vec::new(), rows: Vec::new(), runs: Vec::new(), most_bytes }
    }

    pub(crate) fn take(&mut self, group: &str, order: &str, text: &[u8], number: u64) -> io::Result<()> {
        let start = self.arena.len();
        Row::write(&mut self.arena, group, order, text, number);
        self.rows.push((start, self.arena.len()));
        if self.arena.len() >= self.most_bytes {
            self.end_run()?;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> io::Result<Sorted> {
        self.end_run()?;
        Ok(Sorted { runs: self.runs })
    }

    fn end_run(&mut self) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let arena = &self.arena;
        self.rows.sort_unstable_by(|a, b| parts(&arena[a.0..a.1]).cmp(&parts(&arena[b.0..b.1])));
        let mut run = BufWriter::new(tempfile::tempfile()?);
        for (start, end) in self.rows.drain(..) {
            run.write_all(&arena[start..end])?;
        }
        self.runs.push(run.into_inner().map_err(io::IntoInnerError::into_error)?);
        self.arena.clear();
        if self.runs.len() >= MOST_RUNS {
            let mut merged = BufWriter::new(tempfile::tempfile()?);
            let mut merge = Sorted { runs: std::mem::take(&mut self.runs) }.read()?;
            while let Some(row) = merge.next_row()? {
                merged.write_all(&row.bytes)?;
            }
            self.runs.push(merged.into_inner().map_err(io::IntoInnerError::into_error)?);
        }
        Ok(())
    }
}

/// All rows, sorted; can be read more than once, but not twice at a time.
pub(crate) struct Sorted {
    runs: Vec<File>,
}

impl Sorted {
    /// From the first row.
    pub(crate) fn read(&self) -> io::Result<Merge> {
        let mut merge = Merge { runs: Vec::new(), heads: BinaryHeap::new(), last: None };
        for (at, run) in self.runs.iter().enumerate() {
            let mut run = run.try_clone()?;
            run.seek(SeekFrom::Start(0))?;
            let mut run = BufReader::with_capacity(64 << 10, run);
            if let Some(row) = Row::read(&mut run)? {
                merge.heads.push(Reverse((row, at)));
            }
            merge.runs.push(run);
        }
        Ok(merge)
    }
}

/// Reads rows in order, each update once.
pub(crate) struct Merge {
    runs: Vec<BufReader<File>>,
    heads: BinaryHeap<Reverse<(Row, usize)>>,
    last: Option<Row>,
}

impl Merge {
    pub(crate) fn next_row(&mut self) -> io::Result<Option<Row>> {
        while let Some(Reverse((row, run))) = self.heads.pop() {
            if let Some(next) = Row::read(&mut self.runs[run])? {
                self.heads.push(Reverse((next, run)));
            }
            if self.last.as_ref().is_none_or(|last| !row.repeats(last)) {
                self.last = Some(row.clone());
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(rows: &[(String, String, String)], most_bytes: usize) -> Vec<(String, String, String)> {
        let mut sorter = Sorter::new(most_bytes);
        for (number, (group, order, text)) in rows.iter().enumerate() {
            sorter.take(group, order, text.as_bytes(), number as u64).unwrap();
        }
        let sorted = sorter.finish().unwrap();
        let mut merge = sorted.read().unwrap();
        let mut read = Vec::new();
        while let Some(row) = merge.next_row().unwrap() {
            let text = String::from_utf8(row.text().to_vec()).unwrap();
            read.push((row.group().to_owned(), row.order().to_owned(), text));
        }
        read
    }

    proptest! {
        #[test]
        fn runs_on_disk_sort_as_memory_does(
            rows in prop::collection::vec(("[a-c]{0,2}", "[0-9]{0,2}", "[x-z]{0,3}"), 0..200),
            most_bytes in 1usize..2000,
        ) {
            let mut expected = rows.clone();
            expected.sort();
            expected.dedup();
            prop_assert_eq!(sorted(&rows, most_bytes), expected);
        }
    }
}
