//! Who is there, by id; and single records by their ids.

use crate::encoded::{Scope, condition};
use crate::gaps;
use crate::pass::Reader;
use crate::position::Progress;
use crate::table::{Ask, Display, is_denied, is_missing, kind};
use counterfoil_record::{Census, CensusPage, Fetched, Position};
use counterfoil_sdk::PullErrorKind;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Ids and marks are small: many fit into one answer.
const LISTED_AT_ONCE: usize = 5_000;

/// Rows looked at to tell an account that sees few from one that sees none.
const LOOKED_AT: usize = 200;

/// Where a list stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// Behind this id.
    id: String,
    offset: usize,
    listed: u64,
    total: Option<u64>,
}

impl Reader<'_> {
    /// The next part of the list of all records that the stream shows.
    pub(crate) async fn census(&self, from: &Position) -> Result<CensusPage, PullErrorKind> {
        let mut at: Place = match from.0.as_str() {
            "" => Place::default(),
            text => serde_json::from_str(text).map_err(|_| PullErrorKind::PositionExpired)?,
        };
        let behind = (!at.id.is_empty()).then(|| condition("sys_id", ">", &at.id));
        let ask = Ask {
            table: self.stream.table,
            query: self.stream.scope.with(behind.as_slice(), &["sys_id"]),
            fields: "sys_id,sys_updated_on,sys_mod_count",
            limit: LISTED_AT_ONCE,
            offset: at.offset,
            display: Display::Value,
            stamp: "sys_updated_on",
        };
        let rows = match self.tables.rows(&ask).await {
            Ok(rows) => rows,
            // Nobody is listed, and nobody is found by an id either: what is held stays as it is. The pass has a gap for it.
            Err(error) if self.stream.is_optional && (is_denied(&error) || is_missing(&error)) => {
                return Ok(CensusPage::default());
            }
            Err(error) => return Err(kind(error, self.stream.table)),
        };
        at.total = at.total.or(rows.total);
        let mut page = CensusPage::default();
        let mut known = HashSet::new();
        for row in rows.rows.iter().filter_map(|row| row.known.as_ref().ok()) {
            if row.id > at.id && known.insert(row.id.as_str()) {
                page.entries.push((row.id.clone(), row.mark.clone()));
            }
        }
        page.entries.sort_unstable();
        page.more = rows.more;
        match page.entries.last() {
            Some((last, _)) => (at.id, at.offset) = (last.clone(), 0),
            // All of it hidden: the same window further behind.
            None => at.offset += rows.step.unwrap_or(10),
        }
        at.listed += page.entries.len() as u64;
        if !page.more
            && let Some(total) = at.total
        {
            page.gaps.extend(gaps::access(self.stream, at.listed, total));
            page.census = Some(Census { counted: total.max(at.listed), delivered: at.listed });
        }
        page.next = Position(serde_json::to_string(&at).expect("a place can be written as JSON"));
        Ok(page)
    }

    /// Records by their ids, also outside of the stream's filter.
    pub(crate) async fn fetch(&self, ids: &[String]) -> Result<Fetched, PullErrorKind> {
        let fetched = self.by_ids(&Scope::everything(), ids).await?;
        if fetched.records.is_empty() && self.shows_nothing().await? {
            let action = format!("see any row of {}: access rules hide all of them", self.stream.table);
            return Err(PullErrorKind::Forbidden { action });
        }
        Ok(fetched)
    }

    /// Whether the table has rows and the account sees none: then that a record is not found says nothing about it.
    async fn shows_nothing(&self) -> Result<bool, PullErrorKind> {
        let ask = Ask {
            table: self.stream.table,
            query: Scope::everything().with(&[], &["sys_id"]),
            fields: "sys_id,sys_updated_on",
            limit: LOOKED_AT,
            offset: 0,
            display: Display::Value,
            stamp: "sys_updated_on",
        };
        let rows = self.tables.rows(&ask).await.map_err(|error| kind(error, self.stream.table))?;
        Ok(rows.rows.is_empty() && rows.total.is_some_and(|total| total > 0))
    }

    /// Records of a scope by their ids.
    pub(crate) async fn by_ids(&self, scope: &Scope, ids: &[String]) -> Result<Fetched, PullErrorKind> {
        let by_id = condition("sys_id", "IN", &ids.join(","));
        let ask = Ask {
            table: self.stream.table,
            query: scope.with(&[by_id], &["sys_id"]),
            fields: "",
            limit: ids.len().max(1),
            offset: 0,
            display: Display::Both,
            stamp: "sys_updated_on",
        };
        let mut ask = ask;
        let mut fetched = Fetched::default();
        let mut shown = HashSet::new();
        // What the account may not read is noticed by the passes.
        let mut progress = Progress::begin("", jiff::Timestamp::UNIX_EPOCH);
        loop {
            let rows = self.tables.rows(&ask).await.map_err(|error| kind(error, self.stream.table))?;
            let fresh: Vec<_> = rows
                .rows
                .iter()
                .filter_map(|row| Some((row, row.known.as_ref().ok()?)))
                .filter(|(_, known)| shown.insert(known.id.clone()))
                .collect();
            fetched.records.extend(self.with_histories(&mut progress, &rows.text, &fresh).await?);
            if !rows.more || rows.rows.is_empty() && rows.step.is_none() {
                break;
            }
            ask.offset += rows.step.unwrap_or(rows.rows.len());
        }
        fetched.absent = ids.iter().filter(|id| !shown.contains(id.as_str())).cloned().collect();
        Ok(fetched)
    }
}
