//! One pull: a page of a pass over a stream. Read top to bottom: where it starts, its rows, the end. What comes after the
//! records of a stream is in `after.rs`.

use crate::history::Shown;
use crate::position::{Leg, Pass, Progress, Stage};
use crate::stream::Stream;
use crate::table::{Ask, Display, Known, Row, Rows, Tables, is_denied, is_missing, kind};
use crate::walk::{Walk, before, stamp};
use crate::{canary, gaps};
use counterfoil_record::{Page, Place, Position, Unreadable};
use counterfoil_sdk::{PullContext, PullErrorKind};
use std::time::Duration;

/// Requests that find nothing in one pull, before it says how far it came.
const FRUITLESS: usize = 64;

/// What all pulls of a stream share.
pub(crate) struct Reader<'a> {
    pub(crate) tables: &'a Tables,
    pub(crate) stream: &'a Stream,
    pub(crate) overlap: Duration,
    /// How often everything is read from the beginning.
    pub(crate) reread: Option<Duration>,
}

impl Reader<'_> {
    /// The next page.
    pub(crate) async fn pull(&self, from: &Position, context: PullContext) -> Result<Page, PullErrorKind> {
        let scope = self.stream.fingerprint();
        let known = Progress::read(from, &scope)?;
        let is_first = known.is_none();
        let mut progress = known.unwrap_or_else(|| Progress::begin(&scope, context.now));
        if progress.pass.is_none() {
            self.begin(&mut progress, is_first, context).await?;
        }
        let mut page = Page::default();
        for nth in 0..FRUITLESS {
            let Some(pass) = progress.pass.as_ref() else { break };
            let (stage, reached) = (pass.stage, (nth > 0).then(|| progress.clone()));
            let asked = match stage {
                Stage::Records => self.records(&mut progress, &mut page, context.page_size).await,
                Stage::Relations => self.relations(&mut progress, &mut page, context.page_size).await,
                Stage::Deletions => self.deletions(&mut progress, &mut page, context.page_size).await,
            };
            match (asked, reached) {
                (Ok(()), _) => {}
                (Err(error), None) => return Err(error),
                // How far it came is kept: what fails now and then must not begin a long way again and again. What fails for
                // good fails as the first request of the next pull, too.
                (Err(_), Some(reached)) => {
                    (progress, page) = (reached, Page::default());
                    break;
                }
            }
            if !page.records.is_empty() || !page.unreadable.is_empty() {
                break;
            }
        }
        page.more = progress.pass.is_some();
        if !page.more {
            page.gaps = gaps::of(self.stream, &progress);
        }
        page.next = progress.write();
        Ok(page)
    }

    /// Sets out: from the newest row delivered, less the overlap. What commits late, or was stamped by a clock that is behind,
    /// lies within it.
    async fn begin(&self, progress: &mut Progress, is_first: bool, context: PullContext) -> Result<(), PullErrorKind> {
        if is_first {
            match canary::sing(self.tables, self.stream).await {
                // The walk will meet the same, and says so.
                Err(PullErrorKind::Forbidden { .. }) if self.stream.is_optional => {}
                sung => sung?,
            }
        }
        for table in &progress.denied {
            if table != self.stream.table && self.may_read(table).await? {
                // What happened before is there after all: everything is read again with it.
                return Err(PullErrorKind::PositionExpired);
            }
        }
        let age = context.now.as_second() - progress.reread;
        let floor = if self.reread.is_some_and(|every| age.unsigned_abs() >= every.as_secs() && age > 0) {
            progress.reread = context.now.as_second();
            progress.records.forget_all();
            progress.hidden.clear();
            String::new()
        } else {
            before(&progress.records.newest, self.overlap)
        };
        let leg = Leg { floor, ..Leg::default() };
        progress.pass = Some(Pass { stage: Stage::Records, begun: String::new(), leg });
        Ok(())
    }

    async fn may_read(&self, table: &str) -> Result<bool, PullErrorKind> {
        // As it was found out that it may not.
        if let Some(sort) = self.stream.beside.iter().find(|sort| sort.table == table) {
            let shown = sort.shown(self.tables, self.stream.table).await.map_err(|error| kind(error, table))?;
            return Ok(shown != Shown::NoneOfThem);
        }
        let ask = Ask {
            table,
            query: String::new(),
            fields: "sys_id,sys_created_on",
            limit: 1,
            offset: 0,
            display: Display::Value,
            stamp: "sys_created_on",
        };
        match self.tables.rows(&ask).await {
            Ok(rows) => Ok(!rows.rows.is_empty()),
            Err(error) if is_denied(&error) || is_missing(&error) => Ok(false),
            Err(error) => Err(kind(error, table)),
        }
    }

    /// One request of the walk over the records, and what happened to those it brings.
    async fn records(&self, progress: &mut Progress, page: &mut Page, limit: usize) -> Result<(), PullErrorKind> {
        let table = self.stream.table;
        let walk = Walk {
            tables: self.tables,
            table,
            scope: &self.stream.scope,
            stamp: "sys_updated_on",
            fields: "",
            display: Display::Both,
        };
        let Some(pass) = progress.pass.as_mut() else { return Ok(()) };
        let step = match walk.step(&mut pass.leg, limit).await {
            Ok(step) => step,
            Err(error) if self.stream.is_optional && (is_denied(&error) || is_missing(&error)) => {
                progress.missing = is_missing(&error);
                progress.denied.insert(table.to_owned());
                progress.pass = None;
                return Ok(());
            }
            Err(error) => return Err(kind(error, table)),
        };
        progress.missing = false;
        progress.denied.remove(table);
        if pass.begun.is_empty()
            && let Some(date) = step.rows.date
        {
            pass.begun = stamp(date);
            pass.leg.upto.clone_from(&pass.begun);
        }
        let begun = pass.begun.clone();
        self.take_records(progress, page, &step.rows).await?;
        if let Some(newest) = step.rows.rows.iter().filter_map(|row| Some(&row.known.as_ref().ok()?.stamp)).max() {
            progress.records.came_to(newest, &begun);
        }
        progress.records.forget(&before(&progress.records.newest, self.overlap));
        if step.ended {
            self.go_on_after_records(progress, &begun);
        }
        Ok(())
    }

    async fn take_records(&self, progress: &mut Progress, page: &mut Page, rows: &Rows) -> Result<(), PullErrorKind> {
        let mut fresh: Vec<(&Row, &Known)> = Vec::with_capacity(rows.rows.len());
        for row in &rows.rows {
            match &row.known {
                Ok(known) => {
                    let twice = fresh.iter().rev().take(8).any(|(_, other)| *other == known);
                    let told = version(&rows.text, row, known);
                    if !twice && !progress.records.has_seen(&known.stamp, &known.id, told) {
                        fresh.push((row, known));
                    }
                }
                Err(why) => page.unreadable.push(self.unreadable(&rows.text[row.range.clone()], why)),
            }
        }
        page.records = self.with_histories(progress, &rows.text, &fresh).await?;
        let told: Vec<_> = fresh.iter().map(|(row, known)| version(&rows.text, row, known)).collect();
        let versions = fresh.iter().zip(&told);
        progress.records.saw(versions.map(|((_, known), told)| (known.stamp.as_str(), known.id.as_str(), *told)));
        Ok(())
    }

    pub(crate) fn place(&self, id: &str) -> Place {
        Place { container: self.stream.table.into(), position: format!("sys_id {id}") }
    }

    fn unreadable(&self, row: &str, why: &str) -> Unreadable {
        Unreadable {
            code: "servicenow::row-without-identity",
            place: Place { container: self.stream.table.into(), position: String::new() },
            reason: format!("the row cannot be told from others: {why}"),
            remedy: "let the account read `sys_id` and `sys_updated_on` of this table (`counterfoil doctor` names what is hidden)"
                .to_owned(),
            bytes: row.as_bytes().to_vec(),
        }
    }
}

/// What tells a version of a row from the others: its mark; where the account does not see the count of updates, all of it,
/// because two updates of one second have the same mark then.
fn version<'a>(text: &'a str, row: &Row, known: &'a Known) -> &'a str {
    if known.mark == known.stamp { &text[row.range.clone()] } else { &known.mark }
}
