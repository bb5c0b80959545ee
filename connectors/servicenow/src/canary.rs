//! Before the first record: does the instance understand the filter? A condition on a column that it does not know is
//! dropped without a word, and then a filter lets everything through (or, by a system property, nothing).

use crate::encoded::{Scope, impossible};
use crate::stream::Stream;
use crate::table::{Ask, Display, Tables, is_missing, kind};
use counterfoil_sdk::PullErrorKind;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What is wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownColumn(pub(crate) String);

/// Refuses to start where a condition would be dropped.
pub(crate) async fn sing(tables: &Tables, stream: &Stream) -> Result<(), PullErrorKind> {
    match unknown_columns(tables, stream).await?.into_iter().next() {
        None => Ok(()),
        Some(UnknownColumn(column)) => Err(PullErrorKind::NotFound { what: in_words(&column, stream.table) }),
    }
}

/// A column in words that name the remedy.
pub(crate) fn in_words(column: &str, table: &str) -> String {
    format!(
        "the column `{column}` of {table}, which `filter` names (or the account may not read it; ServiceNow drops such a \
         condition without a word, and every row comes through)"
    )
}

/// The columns of the filter that the instance does not know or does not show.
pub(crate) async fn unknown_columns(tables: &Tables, stream: &Stream) -> Result<Vec<UnknownColumn>, PullErrorKind> {
    let columns = stream.scope.columns();
    let mut unknown = Vec::new();
    for column in &columns {
        // Rows that meet a condition and its opposite: there are none, unless both were dropped.
        let query = Scope::everything().with(&impossible(column), &[]);
        if !ask(tables, stream.table, query, "").await?.is_empty() {
            unknown.push(UnknownColumn(column.clone()));
        }
    }
    // Where a system property turns such a query into "no rows", only the columns of a row tell.
    if unknown.is_empty() && !columns.is_empty() {
        let fields = format!("sys_id,{}", columns.join(","));
        if let Some(row) = ask(tables, stream.table, String::new(), &fields).await?.first() {
            let missing = columns.into_iter().filter(|column| !row.contains_key(column));
            unknown.extend(missing.map(UnknownColumn));
        }
    }
    Ok(unknown)
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    result: Vec<BTreeMap<String, &'a RawValue>>,
}

/// The members of at most one row.
async fn ask(
    tables: &Tables,
    table: &str,
    query: String,
    fields: &str,
) -> Result<Vec<BTreeMap<String, ()>>, PullErrorKind> {
    let ask = Ask { table, query, fields, limit: 1, offset: 0, display: Display::Value, stamp: "sys_updated_on" };
    let rows = match tables.rows(&ask).await {
        Ok(rows) => rows,
        // No column is misspelt where there is no table; the walk says what that means.
        Err(error) if is_missing(&error) => return Ok(Vec::new()),
        Err(error) => return Err(kind(error, table)),
    };
    if rows.rows.is_empty() && rows.total.is_none_or(|total| total == 0) {
        return Ok(Vec::new());
    }
    // Hidden rows count: the condition was dropped whoever may see what it lets through.
    let read: Answer<'_> = serde_json::from_str(&rows.text).unwrap_or(Answer { result: Vec::new() });
    let members: Vec<_> = read.result.into_iter().map(|row| row.into_keys().map(|name| (name, ())).collect()).collect();
    Ok(if members.is_empty() && fields.is_empty() { vec![BTreeMap::new()] } else { members })
}
