//! One page of a table: finds, sorts, cuts. It knows no rule of access, which the tool applies after it has cut.

use super::evaluate::{Bound, Operand, Path, Test, compare};
use super::id::Id;
use super::instance::Tables;
use super::query::{Direction, Operator};
use super::schema::Kind;
use super::table::{Row, Table};
use crate::bulk::mix;
use std::cmp::Ordering;
use std::ops::Range;

/// What is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) bound: &'a Bound,
    /// Columns that exist, with directions.
    pub(crate) order: Vec<(usize, Direction)>,
    pub(crate) offset: u64,
    pub(crate) limit: u64,
    pub(crate) count: Count,
    /// Where the order leaves rows equal, they come in an order that depends on this.
    pub(crate) ties: Option<u64>,
    /// Rows that the database does not have for this account.
    pub(crate) has: &'a dyn Fn(&Row) -> bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    All,
    OnlyWhetherMore,
}

/// Slots of the page, in order.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) slots: Vec<u32>,
    /// Rows that fit, as far as they were counted.
    pub(crate) total: u64,
    /// There is a row behind the page.
    pub(crate) more: bool,
}

/// Where the rows of a branch can be.
enum Narrow {
    Slots(Vec<u32>),
    /// Of `by_stamp`; `exact` when no condition is left to be tested.
    Stamps(Range<usize>),
    /// Of `by_id`.
    Ids(Range<usize>),
}

pub(crate) fn select(tables: &Tables, table: &Table, asked: &Asked<'_>) -> Found {
    let narrow: Vec<Narrow> = asked.bound.branches.iter().map(|branch| narrow(table, branch)).collect();
    let by_stamp = by(table, asked, table.stamp);
    let by_id = asked.order.len() == 1 && by(table, asked, 0);
    let all = |ranges: Vec<&Range<usize>>| {
        let from = ranges.iter().map(|range| range.start).min().unwrap_or(0);
        let to = ranges.iter().map(|range| range.end).max().unwrap_or(0);
        from..to.max(from)
    };
    if by_stamp {
        let ranges: Option<Vec<_>> = narrow.iter().map(|one| one.stamps(table)).collect();
        if let Some(ranges) = ranges {
            return walk(tables, table, asked, &table.by_stamp[all(ranges.iter().collect())]);
        }
    }
    if by_id {
        let ranges: Option<Vec<_>> = narrow.iter().map(|one| one.ids(table)).collect();
        if let Some(ranges) = ranges {
            return walk(tables, table, asked, &table.by_id[all(ranges.iter().collect())]);
        }
    }
    gather(tables, table, asked, &narrow)
}

/// Whether the order is this column, then at most the id, both ascending.
fn by(table: &Table, asked: &Asked<'_>, column: usize) -> bool {
    let ascending = asked.order.iter().all(|(_, direction)| *direction == Direction::Ascending);
    let is_id = |at: usize| table.columns[at].kind == Kind::Id;
    let columns: Vec<usize> = asked.order.iter().map(|(at, _)| *at).collect();
    ascending
        && match columns.as_slice() {
            [only] => *only == column && (is_id(column) || asked.ties.is_none()),
            [first, second] => *first == column && is_id(*second),
            _ => false,
        }
}

impl Narrow {
    fn stamps(&self, table: &Table) -> Option<Range<usize>> {
        match self {
            Self::Stamps(range) => Some(range.clone()),
            Self::Ids(range) if range.len() == table.len() => Some(0..table.len()),
            Self::Ids(_) | Self::Slots(_) => None,
        }
    }

    fn ids(&self, table: &Table) -> Option<Range<usize>> {
        match self {
            Self::Ids(range) => Some(range.clone()),
            Self::Stamps(range) if range.len() == table.len() => Some(0..table.len()),
            Self::Stamps(_) | Self::Slots(_) => None,
        }
    }
}

/// Candidates that already stand in the order that is asked for.
fn walk(tables: &Tables, table: &Table, asked: &Asked<'_>, candidates: &[u32]) -> Found {
    let mut found = Found::default();
    for slot in candidates {
        let row = table.held(*slot);
        if !(asked.has)(row) || !asked.bound.fits(tables, table, row) {
            continue;
        }
        found.total += 1;
        if found.total <= asked.offset {
            continue;
        }
        if (found.slots.len() as u64) < asked.limit {
            found.slots.push(*slot);
            continue;
        }
        found.more = true;
        if asked.count == Count::OnlyWhetherMore {
            break;
        }
    }
    found
}

fn gather(tables: &Tables, table: &Table, asked: &Asked<'_>, narrow: &[Narrow]) -> Found {
    let mut slots: Vec<u32> = Vec::new();
    for one in narrow {
        match one {
            Narrow::Slots(some) => slots.extend(some),
            Narrow::Stamps(range) => slots.extend(&table.by_stamp[range.clone()]),
            Narrow::Ids(range) => slots.extend(&table.by_id[range.clone()]),
        }
    }
    slots.sort_unstable();
    slots.dedup();
    slots.retain(|slot| table.row(*slot).is_some_and(|row| (asked.has)(row) && asked.bound.fits(tables, table, row)));
    if !asked.order.is_empty() || asked.ties.is_some() {
        slots.sort_by(|a, b| {
            let rows = (table.held(*a), table.held(*b));
            let by_order = asked.order.iter().map(|key| compare_rows(table, rows, *key)).find(|o| o.is_ne());
            let tie = |slot: u32| asked.ties.map(|salt| mix(salt ^ u64::from(slot)));
            by_order.unwrap_or_else(|| tie(*a).cmp(&tie(*b)))
        });
    }
    let total = slots.len() as u64;
    let from = asked.offset.min(total) as usize;
    let to = asked.offset.saturating_add(asked.limit).min(total) as usize;
    Found { slots: slots[from..to].to_vec(), total, more: (to as u64) < total }
}

fn compare_rows(table: &Table, (a, b): (&Row, &Row), (at, direction): (usize, Direction)) -> Ordering {
    let kind = table.columns[at].kind;
    let ordering = match kind {
        Kind::Stamp => a.stamp.cmp(&b.stamp),
        Kind::Id => a.id.cmp(&b.id),
        Kind::Text
        | Kind::Integer
        | Kind::Boolean
        | Kind::Moment
        | Kind::Choice
        | Kind::Reference(_)
        | Kind::List(_)
        | Kind::Duration
        | Kind::Journal => compare(kind, &a.value(&table.columns, at), &b.value(&table.columns, at)),
    };
    match direction {
        Direction::Ascending => ordering,
        Direction::Descending => ordering.reverse(),
    }
}

/// The smallest place that the branch can be looked for in.
fn narrow(table: &Table, branch: &[Vec<Test>]) -> Narrow {
    let single = || branch.iter().filter_map(|any| if let [only] = any.as_slice() { Some(only) } else { None });
    let on = |test: &Test, at: usize| test.path == Path::Own(at);
    for test in single().filter(|test| matches!(test.operator, Operator::Is | Operator::In)) {
        if on(test, 0) {
            return Narrow::Slots(ids(test).filter_map(|id| table.slot_of(&id)).collect());
        }
        if table.key.is_some_and(|key| on(test, key)) {
            return Narrow::Slots(ids(test).flat_map(|id| table.of_key(&id).to_vec()).collect());
        }
    }
    let mut stamps = 0..table.len();
    let mut bottom = None;
    for test in single().filter(|test| on(test, table.stamp)) {
        let moments: Vec<i64> = test.operands.iter().filter_map(Operand::moment).collect();
        let (from, to) = match (test.operator, moments.as_slice()) {
            (Operator::Is, [at]) => (Some(*at), Some(*at + 1)),
            (Operator::Above, [at]) => (Some(*at + 1), None),
            (Operator::AtLeast, [at]) => (Some(*at), None),
            (Operator::Below, [at]) => (None, Some(*at)),
            (Operator::AtMost, [at]) => (None, Some(*at + 1)),
            (Operator::Between, [from, to]) => (Some(*from), Some(*to + 1)),
            _ => (None, None),
        };
        if let Some(from) = from {
            stamps.start = stamps.start.max(table.rank_of_stamp(from));
        }
        if let Some(to) = to {
            stamps.end = stamps.end.min(table.rank_of_stamp(to));
        }
        if let (Operator::Is, [at]) = (test.operator, moments.as_slice()) {
            bottom = Some(*at);
        }
    }
    let mut by_id = 0..table.len();
    for test in single().filter(|test| on(test, 0)) {
        let Some(id) = ids(test).next() else { continue };
        let before = table.by_id.partition_point(|slot| table.held(*slot).id < id);
        match test.operator {
            Operator::Above | Operator::AtLeast => by_id.start = by_id.start.max(before),
            Operator::Below => by_id.end = by_id.end.min(before),
            _ => {}
        }
        if let (Operator::Above | Operator::AtLeast, Some(at)) = (test.operator, bottom) {
            stamps.start = stamps.start.max(table.rank((at, id)));
        }
    }
    stamps.end = stamps.end.max(stamps.start);
    by_id.end = by_id.end.max(by_id.start);
    if by_id.len() < stamps.len() { Narrow::Ids(by_id) } else { Narrow::Stamps(stamps) }
}

fn ids(test: &Test) -> impl Iterator<Item = Id> {
    test.operands.iter().filter_map(|operand| match operand {
        Operand::Text(text) => Id::parse(text),
        Operand::Moment(_) => None,
    })
}

impl Operand {
    fn moment(&self) -> Option<i64> {
        match self {
            Self::Moment(secs) => Some(*secs),
            Self::Text(_) => None,
        }
    }
}
