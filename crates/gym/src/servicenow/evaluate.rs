//! Encoded queries bound to a table: which rows fit. It neither sorts nor pages.

use super::id::Id;
use super::instance::Tables;
use super::moment;
use super::query::{Condition, Operator, Query};
use super::schema::Kind;
use super::table::{Row, Table};
use std::cmp::Ordering;

/// A query whose fields are columns.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub(crate) branches: Vec<Vec<Vec<Test>>>,
    /// Parts that were dropped: unknown fields, unreadable values, unknown operators.
    pub(crate) dropped: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) path: Path,
    pub(crate) operator: Operator,
    pub(crate) operands: Vec<Operand>,
    /// A script: it is never run, and no row fits.
    script: bool,
}

/// Where a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    Own(usize),
    /// One step along a reference.
    Along {
        reference: usize,
        table: &'static str,
        column: usize,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operand {
    /// Lower case.
    Text(Vec<u8>),
    Moment(i64),
}

/// The path of a name with at most one dot.
pub(crate) fn path(tables: &Tables, table: &Table, name: &str) -> Option<Path> {
    let Some((reference, rest)) = name.split_once('.') else { return table.column(name).map(Path::Own) };
    let reference = table.column(reference)?;
    let Kind::Reference(target) = table.columns[reference].kind else { return None };
    let target = tables.get(target)?;
    Some(Path::Along { reference, table: target.name, column: target.column(rest)? })
}

impl Bound {
    /// Parts on columns for which `readable` says no are dropped like unknown ones.
    pub(crate) fn new(tables: &Tables, table: &Table, query: &Query, readable: impl Fn(usize) -> bool) -> Self {
        let mut dropped = query.unreadable;
        let mut bind = |condition: &Condition| {
            let test = test(tables, table, condition).filter(|test| match test.path {
                Path::Own(column) | Path::Along { reference: column, .. } => readable(column),
            });
            dropped += u32::from(test.is_none());
            test
        };
        let mut branches: Vec<Vec<Vec<Test>>> = Vec::new();
        for branch in &query.branches {
            let all = branch.iter().map(|any| any.iter().filter_map(&mut bind).collect::<Vec<_>>());
            branches.push(all.filter(|any| !any.is_empty()).collect());
        }
        Self { branches, dropped }
    }

    pub(crate) fn fits(&self, tables: &Tables, table: &Table, row: &Row) -> bool {
        self.branches.iter().any(|branch| branch.iter().all(|any| any.iter().any(|test| test.fits(tables, table, row))))
    }
}

fn test(tables: &Tables, table: &Table, condition: &Condition) -> Option<Test> {
    let path = path(tables, table, &condition.field)?;
    let kind = match path {
        Path::Own(column) => table.columns[column].kind,
        Path::Along { table, column, .. } => tables.get(table)?.columns[column].kind,
    };
    let script = condition.value.contains("javascript:");
    let texts: Vec<&str> = match condition.operator {
        Operator::IsEmpty | Operator::IsNotEmpty => Vec::new(),
        Operator::In | Operator::NotIn => condition.value.split(',').collect(),
        Operator::Between => {
            let (from, to) = condition.value.split_once('@')?;
            vec![from, to]
        }
        Operator::Is
        | Operator::IsNot
        | Operator::Above
        | Operator::AtLeast
        | Operator::Below
        | Operator::AtMost
        | Operator::Like
        | Operator::NotLike
        | Operator::StartsWith
        | Operator::EndsWith => vec![condition.value.as_str()],
    };
    let operand = |text: &str| match (kind, condition.operator) {
        _ if script => Some(Operand::Text(Vec::new())),
        (
            Kind::Stamp | Kind::Moment,
            Operator::Like | Operator::NotLike | Operator::StartsWith | Operator::EndsWith,
        ) => Some(Operand::Text(text.as_bytes().to_ascii_lowercase())),
        (Kind::Moment, Operator::Is | Operator::IsNot) if text.is_empty() => Some(Operand::Text(Vec::new())),
        (Kind::Stamp | Kind::Moment, _) => moment::parse(text.as_bytes()).map(Operand::Moment),
        (
            Kind::Id
            | Kind::Text
            | Kind::Integer
            | Kind::Boolean
            | Kind::Choice
            | Kind::Reference(_)
            | Kind::List(_)
            | Kind::Duration
            | Kind::Journal,
            _,
        ) => Some(Operand::Text(text.as_bytes().to_ascii_lowercase())),
    };
    let operands = texts.into_iter().map(operand).collect::<Option<Vec<_>>>()?;
    Some(Test { path, operator: condition.operator, operands, script })
}

impl Test {
    fn fits(&self, tables: &Tables, table: &Table, row: &Row) -> bool {
        if self.script {
            return false;
        }
        match self.path {
            Path::Own(column) => self.fits_column(table, row, column),
            Path::Along { reference, table: target, column } => {
                let id = Id::parse(&row.value(&table.columns, reference));
                let there = tables.get(target).and_then(|target| Some((target, target.find(&id?)?)));
                match there {
                    Some((target, row)) => self.fits_column(target, row, column),
                    // What is not there is empty.
                    None => self.judge(Kind::Text, b""),
                }
            }
        }
    }

    fn fits_column(&self, table: &Table, row: &Row, column: usize) -> bool {
        let kind = table.columns[column].kind;
        if kind == Kind::Stamp
            && let Some(Operand::Moment(_)) = self.operands.first()
        {
            return self.judge_moment(row.stamp);
        }
        let value = row.value(&table.columns, column);
        if kind == Kind::Moment
            && let Some(Operand::Moment(_)) = self.operands.first()
        {
            return match moment::parse(&value) {
                Some(secs) => self.judge_moment(secs),
                None => matches!(self.operator, Operator::IsNot | Operator::NotIn),
            };
        }
        self.judge(kind, &value)
    }

    fn judge_moment(&self, secs: i64) -> bool {
        let is = |operand: &Operand| *operand == Operand::Moment(secs);
        let compare = |at: usize| match self.operands.get(at) {
            Some(Operand::Moment(other)) => Some(secs.cmp(other)),
            Some(Operand::Text(_)) | None => None,
        };
        self.decide(&is, &compare).unwrap_or(true)
    }

    fn judge(&self, kind: Kind, value: &[u8]) -> bool {
        let value = value.to_ascii_lowercase();
        let text = |at: usize| match self.operands.get(at) {
            Some(Operand::Text(text)) => text.as_slice(),
            Some(Operand::Moment(_)) | None => b"",
        };
        let is = |operand: &Operand| matches!(operand, Operand::Text(text) if *text == value);
        // What is empty is neither more nor less than anything.
        let compare = |at: usize| (!value.is_empty()).then(|| compare(kind, &value, text(at)));
        self.decide(&is, &compare).unwrap_or_else(|| match self.operator {
            Operator::IsEmpty => value.is_empty(),
            Operator::IsNotEmpty => !value.is_empty(),
            Operator::StartsWith => value.starts_with(text(0)),
            Operator::EndsWith => value.ends_with(text(0)),
            Operator::NotLike => memchr::memmem::find(&value, text(0)).is_none(),
            Operator::Like
            | Operator::Is
            | Operator::IsNot
            | Operator::Above
            | Operator::AtLeast
            | Operator::Below
            | Operator::AtMost
            | Operator::In
            | Operator::NotIn
            | Operator::Between => memchr::memmem::find(&value, text(0)).is_some(),
        })
    }

    /// The operators that need only equality and order; `None` for the others.
    fn decide(&self, is: &dyn Fn(&Operand) -> bool, compare: &dyn Fn(usize) -> Option<Ordering>) -> Option<bool> {
        let first = self.operands.first();
        Some(match self.operator {
            Operator::Is => first.is_some_and(is),
            Operator::IsNot => !first.is_some_and(is),
            Operator::In => self.operands.iter().any(is),
            Operator::NotIn => !self.operands.iter().any(is),
            Operator::Above => compare(0) == Some(Ordering::Greater),
            Operator::AtLeast => compare(0).is_some_and(Ordering::is_ge),
            Operator::Below => compare(0) == Some(Ordering::Less),
            Operator::AtMost => compare(0).is_some_and(Ordering::is_le),
            Operator::Between => compare(0).is_some_and(Ordering::is_ge) && compare(1).is_some_and(Ordering::is_le),
            Operator::Like
            | Operator::NotLike
            | Operator::StartsWith
            | Operator::EndsWith
            | Operator::IsEmpty
            | Operator::IsNotEmpty => return None,
        })
    }
}

/// Numbers as numbers where both are, everything else as text.
pub(crate) fn compare(kind: Kind, a: &[u8], b: &[u8]) -> Ordering {
    if matches!(kind, Kind::Integer | Kind::Choice)
        && let (Some(a), Some(b)) = (number(a), number(b))
    {
        return a.cmp(&b);
    }
    a.cmp(b)
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
