//! Reads a table in the order of time, a page at a time, so that nothing falls between two pages.
//!
//! Two questions alternate: rows later than a second, and the rest of the rows of that very second (a keyset on moment and
//! `sys_id`). A page is cut before access rules hide rows, so a page may be short or empty in the middle of a table; the end
//! is only where the instance says so.

use crate::encoded::{Scope, condition};
use crate::position::Leg;
use crate::table::{Ask, Display, Rows, Tables};
use counterfoil_http::HttpError;
use jiff::Timestamp;
use jiff::civil::DateTime;
use std::time::Duration;

/// How far to pass over hidden rows at once, where nothing tells how many rows a page of this instance has.
const CAUTIOUS_STEP: usize = 10;

/// A table, and which of its rows are meant.
pub(crate) struct Walk<'a> {
    pub(crate) tables: &'a Tables,
    pub(crate) table: &'a str,
    pub(crate) scope: &'a Scope,
    /// The column that orders the rows in time.
    pub(crate) stamp: &'static str,
    /// All columns, where none are named.
    pub(crate) fields: &'static str,
    pub(crate) display: Display,
}

/// What became of one request of a walk.
pub(crate) struct Step {
    /// None of them when the window has to be read again from its beginning.
    pub(crate) rows: Rows,
    /// Whether the walk is at its end.
    pub(crate) ended: bool,
}

impl Walk<'_> {
    /// Asks once and moves the leg on.
    pub(crate) async fn step(&self, leg: &mut Leg, limit: usize) -> Result<Step, HttpError> {
        // What the instance could not give once in this pass is not asked for again.
        let limit = if leg.page == 0 { limit } else { limit.min(leg.page) };
        let mut rows = self.tables.rows(&self.ask(leg, limit)).await?;
        if let Some(step) = rows.step {
            leg.page = if leg.page == 0 { step } else { leg.page.min(step) };
        }
        // Rows that were passed over may have moved on, and others into their places, unseen.
        let moved = leg.offset > 0 && leg.total != rows.total;
        if moved {
            (leg.offset, leg.total) = (0, None);
            rows.rows.clear();
            return Ok(Step { rows, ended: false });
        }
        let last = rows.rows.iter().rev().find_map(|row| row.known.as_ref().ok());
        if let Some(last) = last {
            (leg.stamp, leg.id) = (last.stamp.clone(), last.id.clone());
            (leg.offset, leg.total) = (0, None);
            let ended = !rows.more && !leg.ties;
            leg.ties = rows.more;
            return Ok(Step { rows, ended });
        }
        if rows.more {
            self.pass_over(leg, &rows, limit);
            return Ok(Step { rows, ended: false });
        }
        (leg.offset, leg.total) = (0, None);
        let ended = !leg.ties;
        leg.ties = false;
        Ok(Step { rows, ended })
    }

    fn ask(&self, leg: &Leg, limit: usize) -> Ask<'_> {
        let mut conditions = Vec::with_capacity(2);
        let order: &[&str] = if leg.ties {
            conditions.push(condition(self.stamp, "=", &leg.stamp));
            conditions.push(condition("sys_id", ">", &leg.id));
            &["sys_id"]
        } else {
            if !leg.stamp.is_empty() {
                conditions.push(condition(self.stamp, ">", &leg.stamp));
            } else if !leg.floor.is_empty() {
                conditions.push(condition(self.stamp, ">=", &leg.floor));
            }
            if !leg.upto.is_empty() {
                conditions.push(condition(self.stamp, "<=", &leg.upto));
            }
            if self.stamp == "sys_created_on" { &["sys_created_on", "sys_id"] } else { &["sys_updated_on", "sys_id"] }
        };
        Ask {
            table: self.table,
            query: self.scope.with(&conditions, order),
            fields: self.fields,
            limit,
            offset: leg.offset,
            display: self.display,
            stamp: self.stamp,
        }
    }

    /// A whole page is hidden: a keyset cannot step over what it does not see, so the same window is read further behind. For
    /// that it must not grow at its end, and how many rows it has tells whether any left it.
    fn pass_over(&self, leg: &mut Leg, rows: &Rows, limit: usize) {
        if leg.offset == 0
            && !leg.ties
            && leg.upto.is_empty()
            && let Some(date) = rows.date
        {
            leg.upto = stamp(date);
            return;
        }
        if leg.offset == 0 {
            leg.total = rows.total;
        }
        let learned = if leg.page == 0 { CAUTIOUS_STEP.min(limit) } else { leg.page };
        leg.offset += rows.step.unwrap_or(learned);
    }
}

/// A moment as the Table API writes it.
pub(crate) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A moment so much earlier; empty stays empty, and so does what comes before the first year.
pub(crate) fn before(text: &str, by: Duration) -> String {
    let read = DateTime::strptime("%Y-%m-%d %H:%M:%S", text);
    let earlier = read.ok().and_then(|at| at.checked_sub(by).ok());
    earlier.map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_go_back_over_midnight_and_never_fail() {
        assert_eq!(before("2026-01-01 00:02:00", Duration::from_secs(300)), "2025-12-31 23:57:00");
        assert_eq!(before("", Duration::from_secs(300)), "");
        assert_eq!(before("0000-00-00 00:00:00", Duration::from_secs(300)), "");
        assert_eq!(stamp(Timestamp::from_second(1_768_798_324).unwrap()), "2026-01-19 04:52:04");
    }
}
