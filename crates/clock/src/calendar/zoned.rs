//! A line of wall clock time laid over instants: a second that the wall clock shows twice counts twice, one that it never
//! shows counts never. Knows nothing of what the line means.

use crate::calendar::line::Line;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt;
use std::sync::OnceLock;

/// Seconds of a block are 2^31, so that its number is a shift: 68 years, 136 transitions of a zone with summer time.
const BLOCK_BITS: u32 = 31;

/// From where on an offset holds, within a block.
#[derive(Debug, Clone, Copy)]
struct Leg {
    from: i64,
    offset: i64,
    /// Open seconds of the block before it.
    before: i64,
    /// Open seconds of the line before it.
    on_line: i64,
}

#[derive(Debug, Clone)]
struct Block {
    legs: Box<[Leg]>,
    /// Open seconds of the block.
    total: i64,
}

/// Open time on instants. Blocks are made when they are asked for, always with the same result, so that a calendar of
/// this century costs two or three of them, and one that is asked about all years of [`Timestamp`] 294.
#[derive(Clone)]
pub(crate) struct Zoned {
    zone: TimeZone,
    line: Line,
    blocks: Vec<OnceLock<Box<Block>>>,
}

/// Which of the moments with the same sum is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    First,
    Last,
}

impl Zoned {
    pub(crate) fn new(zone: TimeZone, line: Line) -> Self {
        let count = block_of(Timestamp::MAX.as_second()) - block_of(Timestamp::MIN.as_second()) + 1;
        Self { zone, line, blocks: (0..count).map(|_| OnceLock::new()).collect() }
    }

    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    fn block(&self, number: usize) -> &Block {
        self.blocks[number].get_or_init(|| Box::new(self.make(number)))
    }

    fn make(&self, number: usize) -> Block {
        let start = start_of(number);
        let end = start_of(number + 1);
        let first = Timestamp::from_second(start).unwrap_or(Timestamp::MIN);
        let leg_of = |from: i64, offset: i64, before| {
            // Behind the last change of a block there is a leg that is taken away again.
            let on_line = if offset == i64::MAX { 0 } else { self.line.cumulative(from + offset) };
            Leg { from, offset, before, on_line }
        };
        let mut leg = leg_of(start, i64::from(self.zone.to_offset(first).seconds()), 0);
        let mut legs = vec![leg];
        let mut total = 0;
        let changes = self.zone.following(first).map(|change| (change.timestamp().as_second(), change.offset()));
        let changes = changes.map(|(at, offset)| (at, i64::from(offset.seconds())));
        for (at, offset) in changes.take_while(|(at, _)| *at < end).chain([(end, i64::MAX)]) {
            if offset != leg.offset {
                total += self.open_in(&leg, at);
                leg = leg_of(at, offset, total);
                legs.push(leg);
            }
        }
        legs.pop();
        Block { legs: legs.into(), total }
    }

    /// Open seconds from the beginning of a leg to a moment in it.
    fn open_in(&self, leg: &Leg, at: i64) -> i64 {
        self.line.cumulative(at + leg.offset) - leg.on_line
    }

    fn leg_at(block: &Block, at: i64) -> (&Leg, Option<&Leg>) {
        let number = block.legs.partition_point(|leg| leg.from <= at).saturating_sub(1);
        (&block.legs[number], block.legs.get(number + 1))
    }

    /// Open seconds of its block before a moment.
    fn within(&self, at: i64) -> i64 {
        let leg = Self::leg_at(self.block(block_of(at)), at).0;
        leg.before + self.open_in(leg, at)
    }

    /// Open seconds between two moments, the first of which is not after the second.
    pub(crate) fn between(&self, from: i64, to: i64) -> i64 {
        let (first, last) = (block_of(from), block_of(to));
        let between: i64 = (first..last).map(|number| self.block(number).total).sum();
        between + self.within(to) - self.within(from)
    }

    /// The first or last moment that `open` seconds, forward or backward, part from a moment; `None` beyond all years.
    pub(crate) fn moved(&self, from: i64, open: i64, edge: Edge) -> Option<i64> {
        let mut number = block_of(from);
        let mut wanted = self.within(from) + open;
        loop {
            let total = self.block(number).total;
            let (too_little, too_much) = match edge {
                Edge::First => (wanted <= 0, wanted > total),
                Edge::Last => (wanted < 0, wanted >= total),
            };
            if too_much {
                number = (number + 1 < self.blocks.len()).then_some(number + 1)?;
                wanted -= total;
            } else if too_little {
                number = number.checked_sub(1)?;
                wanted += self.block(number).total;
            } else {
                return self.in_block(self.block(number), wanted, edge);
            }
        }
    }

    fn in_block(&self, block: &Block, wanted: i64, edge: Edge) -> Option<i64> {
        let begun = match edge {
            Edge::First => block.legs.partition_point(|leg| leg.before < wanted),
            Edge::Last => block.legs.partition_point(|leg| leg.before <= wanted),
        };
        let leg = block.legs[begun - 1];
        let on_line = leg.on_line + wanted - leg.before;
        let wall = match edge {
            Edge::First => self.line.first_at(on_line)?,
            Edge::Last => self.line.last_at(on_line)?,
        };
        Some(wall - leg.offset)
    }

    /// The end of the open piece that has the second from `at` on; `None` where that is closed. The next piece may begin
    /// where it ends.
    pub(crate) fn open_until(&self, at: i64) -> Option<i64> {
        let number = block_of(at);
        let (leg, next) = Self::leg_at(self.block(number), at);
        let end = self.line.open_until(at + leg.offset)?.saturating_sub(leg.offset);
        Some(end.min(next.map_or(start_of(number + 1), |next| next.from)))
    }
}

impl fmt::Debug for Zoned {
    /// Without the blocks, which follow from the rest and of which there are many.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zoned").field("zone", &self.zone).field("line", &self.line).finish_non_exhaustive()
    }
}

fn block_of(at: i64) -> usize {
    let lowest = Timestamp::MIN.as_second() >> BLOCK_BITS;
    usize::try_from((at >> BLOCK_BITS) - lowest).expect("a timestamp is in one of the blocks")
}

fn start_of(number: usize) -> i64 {
    let lowest = Timestamp::MIN.as_second() >> BLOCK_BITS;
    (lowest + i64::try_from(number).expect("there are few blocks")) << BLOCK_BITS
}
