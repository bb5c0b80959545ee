//! One request to the Table API, and its rows as slices of the answer.

use crate::cell::{Cell, count, is_stamp, is_sys_id, mark};
use counterfoil_http::{Answer, Api, Expect, Get, HttpError, Url};
use counterfoil_sdk::PullErrorKind;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::ops::Range;
use std::sync::Arc;

/// A page that the instance could not finish is asked for again in smaller pieces, down to this many rows: in few steps,
/// because each of them may take a minute until it fails.
const SMALLEST_PAGE: usize = 32;
const PIECES: usize = 8;

/// An instance's Table API. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    pub(crate) api: Api,
    /// `api/now/table`, with a version in between where one is configured.
    pub(crate) path: &'static str,
}

/// A question about rows of one table.
#[derive(Debug, Clone)]
pub(crate) struct Ask<'a> {
    pub(crate) table: &'a str,
    pub(crate) query: String,
    /// All columns, where none are named.
    pub(crate) fields: &'a str,
    pub(crate) limit: usize,
    pub(crate) offset: usize,
    /// Values with their labels, or values alone.
    pub(crate) display: Display,
    /// Which column orders the rows in time; it has to be there.
    pub(crate) stamp: &'static str,
}

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Display {
    /// `{"display_value":…,"value":…}`: the value is the truth, the label is for people.
    Both,
    /// The value alone.
    Value,
}

/// What was answered.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) text: Arc<str>,
    pub(crate) rows: Vec<Row>,
    /// How many rows match, counted before access rules hide any.
    pub(crate) total: Option<u64>,
    /// Whether the instance says that there are more rows behind these.
    pub(crate) more: bool,
    /// How many rows of the table these are, hidden ones included, where the instance's link tells.
    pub(crate) step: Option<usize>,
    /// The instance's clock.
    pub(crate) date: Option<Timestamp>,
    /// How many rows were asked for in the end, where the instance could not give as many as wanted.
    pub(crate) limit: usize,
}

/// A row: where it stands in the text, and what is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) range: Range<usize>,
    pub(crate) known: Result<Known, &'static str>,
}

/// Who a row is and which version of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) stamp: String,
    pub(crate) mark: String,
    /// The record that a row of a history is about.
    pub(crate) about: Option<String>,
    /// The version of that record which a change of `sys_audit` made, where it says so.
    pub(crate) checkpoint: Option<u64>,
}

#[derive(Deserialize)]
struct Result_<'a> {
    #[serde(borrow)]
    result: Vec<&'a RawValue>,
}

/// A row's own columns. Rows of `sys_audit` and `sys_audit_delete` are about a `documentkey`, journal rows an `element_id`,
/// relations a `parent`.
#[derive(Deserialize)]
struct Columns<'a> {
    #[serde(borrow, default)]
    sys_id: Cell<'a>,
    #[serde(borrow, default)]
    sys_updated_on: Cell<'a>,
    #[serde(borrow, default)]
    sys_created_on: Cell<'a>,
    #[serde(borrow, default)]
    sys_mod_count: Cell<'a>,
    #[serde(borrow, default)]
    documentkey: Cell<'a>,
    #[serde(borrow, default)]
    element_id: Cell<'a>,
    #[serde(borrow, default)]
    parent: Cell<'a>,
    #[serde(borrow, default)]
    record_checkpoint: Cell<'a>,
}

impl Tables {
    /// Asks for rows. An answer that the instance could not finish is asked for in smaller pieces.
    pub(crate) async fn rows(&self, ask: &Ask<'_>) -> Result<Rows, HttpError> {
        let mut limit = ask.limit;
        loop {
            let error = match self.api.get(&self.get(ask, limit)).await {
                Ok(answer) => return Ok(Rows { limit, ..Rows::read(answer, ask)? }),
                Err(error) => error,
            };
            if limit <= SMALLEST_PAGE || !(error.is_truncated() || error.is_too_large()) {
                return Err(error);
            }
            limit = (limit / PIECES).max(SMALLEST_PAGE);
        }
    }

    fn get(&self, ask: &Ask<'_>, limit: usize) -> Get {
        let mut get = Get::new(format!("{}/{}", self.path, ask.table))
            .query("sysparm_query", ask.query.as_str())
            .query("sysparm_limit", limit.to_string())
            .expect(Expect::Keys(&["result"]))
            // The first version of the API says "nothing there" by 404.
            .empty_statuses(&[404]);
        if ask.offset > 0 {
            get = get.query("sysparm_offset", ask.offset.to_string());
        }
        if !ask.fields.is_empty() {
            get = get.query("sysparm_fields", ask.fields);
        }
        match ask.display {
            Display::Both => get.query("sysparm_display_value", "all"),
            Display::Value => get.query("sysparm_exclude_reference_link", "true"),
        }
    }
}

impl Rows {
    fn read(answer: Answer, ask: &Ask<'_>) -> Result<Self, HttpError> {
        let next = answer.next.as_ref().map(offset_of);
        let (total, date) = (answer.total_count, answer.date);
        let text: Arc<str> = answer.body.into();
        let raw: Vec<&RawValue> = match serde_json::from_str::<Result_<'_>>(&text) {
            _ if answer.is_empty => Vec::new(),
            Ok(read) => read.result,
            Err(source) => {
                let path = format!("/table/{}", ask.table);
                return Err(HttpError::NotJson { path, source: Box::new(source) });
            }
        };
        let begin = text.as_ptr() as usize;
        let row = |raw: &&RawValue| {
            let start = raw.get().as_ptr() as usize - begin;
            Row { range: start..start + raw.get().len(), known: known(raw.get(), ask.stamp) }
        };
        let rows: Vec<Row> = raw.iter().map(row).collect();
        // The link tells how many rows the page had before some were hidden, also where the instance gives fewer than asked.
        let step = next.flatten().and_then(|next| next.checked_sub(ask.offset)).filter(|step| *step > 0);
        let more = match (next, total) {
            // Some releases link on behind the last row, for ever.
            (Some(_), Some(total)) if rows.is_empty() => total > ask.offset as u64,
            (Some(_), _) => true,
            (None, Some(total)) => total > (ask.offset + rows.len()) as u64,
            // An instance that says nothing about the end has ended when nothing comes.
            (None, None) => !rows.is_empty(),
        };
        Ok(Self { text, rows, total, more, step, date, limit: ask.limit })
    }
}

fn offset_of(next: &Url) -> Option<usize> {
    next.query_pairs().find(|(name, _)| name == "sysparm_offset").and_then(|(_, value)| value.parse().ok())
}

fn known(row: &str, stamp: &str) -> Result<Known, &'static str> {
    let Ok(columns) = serde_json::from_str::<Columns<'_>>(row) else { return Err("it is no row of columns") };
    let id = columns.sys_id.text().ok_or("it has no `sys_id`")?;
    if !is_sys_id(id) {
        return Err("its `sys_id` cannot stand in a query");
    }
    let at = if stamp == "sys_created_on" { &columns.sys_created_on } else { &columns.sys_updated_on };
    let at = at.text().ok_or("it does not say when it was written")?;
    if !is_stamp(at) {
        return Err("the moment when it was written is none");
    }
    let about = columns.documentkey.0.or(columns.element_id.0).or(columns.parent.0).map(std::borrow::Cow::into_owned);
    let checkpoint = count(&columns.record_checkpoint);
    let (id, stamp) = (id.to_owned(), at.to_owned());
    Ok(Known { id, mark: mark(at, &columns.sys_mod_count), stamp, about, checkpoint })
}

/// What a failed request means for a pull, with what was asked for.
pub(crate) fn kind(error: HttpError, table: &str) -> PullErrorKind {
    error.into_kind(&format!("read the table {table}"))
}

/// Whether the account may not read the table at all.
pub(crate) fn is_denied(error: &HttpError) -> bool {
    error.status() == Some(403)
}

/// Whether the instance does not have the table: the plugin that brings it is not active.
pub(crate) fn is_missing(error: &HttpError) -> bool {
    matches!(error, HttpError::Status { status: 400, said, .. } if said.contains("Invalid table"))
}
