//! What stands beside records: what happened to them (`sys_audit`, `sys_journal_field`) and what they depend on
//! (`cmdb_rel_ci`), fetched for a page of records and appended to them.
//!
//! `sys_history_line` is no source: it is made when somebody looks at a record, and cleaned up again.

use crate::cell::Cell;
use crate::encoded::{Scope, condition};
use crate::table::{Ask, Display, Known, Rows, Tables, is_denied};
use counterfoil_http::HttpError;
use futures_util::future::try_join_all;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

/// Ids in one question: an address of 100 ids stays far below what servers take.
pub(crate) const IDS_AT_ONCE: usize = 100;
const ROWS_AT_ONCE: usize = 2_000;

/// A table whose rows are about records, and how they are appended to a record.
#[derive(Debug)]
pub(crate) struct Sort {
    pub(crate) table: &'static str,
    /// The column with the record's id.
    key: &'static str,
    /// The column with the record's table, where rows are about records of several.
    of_table: Option<&'static str>,
    fields: &'static str,
    display: Display,
    /// The member of the record that takes the rows.
    pub(crate) member: &'static str,
    /// What is missing without it, for people.
    pub(crate) without: &'static str,
}

/// Every change of an audited column.
pub(crate) static AUDIT: Sort = Sort {
    table: "sys_audit",
    key: "documentkey",
    of_table: Some("tablename"),
    fields: "sys_id,documentkey,fieldname,oldvalue,newvalue,user,sys_created_on,record_checkpoint",
    display: Display::Value,
    member: "@audit",
    without: "of what happened to a record only what differs between two pulls is known",
};

/// Comments and work notes. The record's own columns for them are empty in the Table API.
pub(crate) static JOURNAL: Sort = Sort {
    table: "sys_journal_field",
    key: "element_id",
    of_table: Some("name"),
    fields: "sys_id,element_id,element,value,sys_created_on,sys_created_by",
    display: Display::Value,
    member: "@journal",
    without: "comments and work notes are missing",
};

/// What an item depends on, runs on, or contains. The name of a type is what a row shows for it, so both forms are read.
pub(crate) static RELATIONS: Sort = Sort {
    table: "cmdb_rel_ci",
    key: "parent",
    of_table: None,
    fields: "sys_id,parent,child,type,connection_strength,sys_created_on,sys_updated_on",
    display: Display::Both,
    member: "@relations",
    without: "what an item depends on is missing",
};

/// The rows about the records of a page, by their ids.
#[derive(Default)]
pub(crate) struct Histories {
    pages: Vec<Rows>,
    /// Page and row.
    by_id: HashMap<String, Vec<(usize, usize)>>,
    /// Rows that the table has for these records and does not show.
    pub(crate) hidden: u64,
}

/// What the account is shown of a table.
pub(crate) enum Told {
    /// Rows, perhaps none.
    Rows(Histories),
    /// The table has nothing about records of this table at all: it is not audited.
    Nothing,
    /// The account may not read the table.
    Denied,
}

/// What the account is shown of all rows about records of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Rows,
    NoneOfThem,
    NoneThere,
}

impl Sort {
    /// All rows about these records of `table`.
    pub(crate) async fn of(&self, tables: &Tables, table: &str, ids: &[&str]) -> Result<Told, HttpError> {
        let chunks = ids.chunks(IDS_AT_ONCE).map(|ids| self.chunk(tables, table, ids));
        let chunks = match try_join_all(chunks).await {
            Ok(chunks) => chunks,
            Err(error) if is_denied(&error) => return Ok(Told::Denied),
            Err(error) => return Err(error),
        };
        let mut histories = Histories::default();
        let mut known = HashSet::new();
        for (pages, hidden) in chunks {
            histories.hidden += hidden;
            for page in pages {
                for (at, row) in page.rows.iter().enumerate() {
                    let Ok(row) = &row.known else {
                        histories.hidden += 1;
                        continue;
                    };
                    let Some(about) = &row.about else { continue };
                    // Rows written while pages are read move others to the next page.
                    if known.insert(row.id.clone()) {
                        histories.by_id.entry(about.clone()).or_default().push((histories.pages.len(), at));
                    }
                }
                histories.pages.push(page);
            }
        }
        histories.sort();
        if !histories.by_id.is_empty() {
            return Ok(Told::Rows(histories));
        }
        // Nothing about any of them: whether they have no history or nobody keeps one is seen by the others.
        Ok(match self.shown(tables, table).await? {
            Shown::NoneOfThem => Told::Denied,
            Shown::NoneThere if self.member == AUDIT.member => Told::Nothing,
            Shown::Rows | Shown::NoneThere => Told::Rows(histories),
        })
    }

    /// Whether the account is shown any row about records of `table`.
    pub(crate) async fn shown(&self, tables: &Tables, table: &str) -> Result<Shown, HttpError> {
        let of_table = self.of_table.map(|column| condition(column, "=", table));
        let query = Scope::everything().with(of_table.as_slice(), &[]);
        let (fields, display, stamp) = ("sys_id,sys_created_on", Display::Value, "sys_created_on");
        let ask = Ask { table: self.table, query, fields, limit: 1, offset: 0, display, stamp };
        match tables.rows(&ask).await {
            Ok(rows) if !rows.rows.is_empty() => Ok(Shown::Rows),
            Ok(rows) if rows.total.is_some_and(|total| total > 0) => Ok(Shown::NoneOfThem),
            Ok(_) => Ok(Shown::NoneThere),
            Err(error) if is_denied(&error) => Ok(Shown::NoneOfThem),
            Err(error) => Err(error),
        }
    }

    async fn chunk(&self, tables: &Tables, table: &str, ids: &[&str]) -> Result<(Vec<Rows>, u64), HttpError> {
        let mut about: Vec<String> = self.of_table.map(|column| condition(column, "=", table)).into_iter().collect();
        about.push(condition(self.key, "IN", &ids.join(",")));
        // Rows are only ever added at the end of this order, so that reading on by number misses none.
        let query = Scope::everything().with(&about, &["sys_created_on", "sys_id"]);
        let (mut pages, mut offset, mut shown, mut limit) = (Vec::new(), 0, 0, ROWS_AT_ONCE);
        loop {
            let (query, fields, display) = (query.clone(), self.fields, self.display);
            let stamp = "sys_created_on";
            let ask = Ask { table: self.table, query, fields, limit, offset, display, stamp };
            let rows = tables.rows(&ask).await?;
            let (more, total, count) = (rows.more, rows.total, rows.rows.len());
            (shown, limit) = (shown + count as u64, rows.limit);
            // Nothing shown and nothing that tells how many were hidden: what is behind them is counted as hidden, too.
            let step = rows.step.unwrap_or(count);
            pages.push(rows);
            if !more || step == 0 {
                return Ok((pages, total.map_or(0, |total| total.saturating_sub(shown))));
            }
            offset += step;
        }
    }
}

impl Histories {
    /// In the order of time; several changes of one second in the order of the record's versions. The nodes of an instance
    /// have clocks of their own, and counts begin again where a record was imported: where the two orders differ, the one
    /// holds in which the values fit together better, and that of the versions where both do.
    fn sort(&mut self) {
        let Self { pages, by_id, .. } = self;
        let known = |at: &(usize, usize)| pages[at.0].rows[at.1].known.as_ref().ok();
        let count = |known: &Known| known.checkpoint.unwrap_or(0);
        for rows in by_id.values_mut() {
            rows.sort_by_key(|at| known(at).map(|one| (one.stamp.as_str(), count(one), one.id.as_str())));
            let in_order = rows.is_sorted_by_key(|at| known(at).map(count));
            if in_order || rows.iter().any(|at| known(at).is_none_or(|one| one.checkpoint.is_none())) {
                continue;
            }
            let mut by_version = rows.clone();
            by_version.sort_by_key(|at| known(at).map(|one| (count(one), one.stamp.as_str(), one.id.as_str())));
            let text = |at: &(usize, usize)| &pages[at.0].text[pages[at.0].rows[at.1].range.clone()];
            if breaks(by_version.iter().map(text)) <= breaks(rows.iter().map(text)) {
                *rows = by_version;
            }
        }
    }

    /// Appends the rows about a record as a member of it. Where rows are hidden, a record without any says nothing: an
    /// empty list would say that nothing happened.
    pub(crate) fn append(&self, sort: &Sort, id: &str, to: &mut String) {
        if self.hidden > 0 && !self.by_id.contains_key(id) {
            return;
        }
        to.push_str(",\"");
        to.push_str(sort.member);
        to.push_str("\":[");
        for (nth, (page, row)) in self.by_id.get(id).into_iter().flatten().enumerate() {
            let page = &self.pages[*page];
            to.push_str(if nth == 0 { "" } else { "," });
            to.push_str(&page.text[page.rows[*row].range.clone()]);
        }
        to.push(']');
    }
}

/// A change, as far as it takes part in a chain of changes.
#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow, default)]
    fieldname: Cell<'a>,
    #[serde(borrow, default)]
    oldvalue: Cell<'a>,
    #[serde(borrow, default)]
    newvalue: Cell<'a>,
}

/// How often a change does not begin where the one before it on the same column ended.
fn breaks<'a>(rows: impl Iterator<Item = &'a str>) -> usize {
    let mut last: HashMap<Cell<'a>, Cell<'a>> = HashMap::new();
    let mut breaks = 0;
    for row in rows {
        let Ok(change) = serde_json::from_str::<Change<'a>>(row) else { continue };
        let before = last.insert(change.fieldname, change.newvalue);
        breaks += usize::from(before.is_some_and(|before| before != change.oldvalue));
    }
    breaks
}
