//! What a pass reads after the records of its stream: relations that changed, and deletions.

use crate::encoded::Scope;
use crate::history::{IDS_AT_ONCE, RELATIONS};
use crate::pass::Reader;
use crate::position::{Leg, Pass, Progress, Stage};
use crate::table::{Display, is_denied, kind};
use crate::tables::DELETIONS;
use crate::walk::{Walk, before};
use counterfoil_record::{Gone, Page, Place, RawRecord};
use counterfoil_sdk::PullErrorKind;

impl Reader<'_> {
    /// The walk over the records is at its end. On the first pass only what was written since its beginning is of interest:
    /// a record has had its relations with it, and what was deleted before was never seen.
    pub(crate) fn go_on_after_records(&self, progress: &mut Progress, begun: &str) {
        if self.stream.has_relations() {
            self.go_to(Stage::Relations, progress, begun);
        } else {
            self.go_to_deletions(progress, begun);
        }
    }

    fn go_to_deletions(&self, progress: &mut Progress, begun: &str) {
        if self.stream.deletions.is_some() {
            self.go_to(Stage::Deletions, progress, begun);
        } else {
            progress.pass = None;
        }
    }

    fn go_to(&self, stage: Stage, progress: &mut Progress, begun: &str) {
        let trail = if stage == Stage::Relations { &progress.relations } else { &progress.deletions };
        let newest = if trail.newest.is_empty() { begun } else { trail.newest.as_str() };
        let leg = Leg { floor: before(newest, self.overlap), ..Leg::default() };
        progress.pass = Some(Pass { stage, begun: begun.to_owned(), leg });
    }

    /// One request of the walk over the relations, and the items whose relations changed: an item is not touched by that. A
    /// relation that was deleted leaves no mark that could be followed to its item; the item is read again with all others.
    pub(crate) async fn relations(
        &self,
        progress: &mut Progress,
        page: &mut Page,
        limit: usize,
    ) -> Result<(), PullErrorKind> {
        let scope = Scope::everything();
        let walk = Walk {
            tables: self.tables,
            table: RELATIONS.table,
            scope: &scope,
            stamp: "sys_updated_on",
            fields: "sys_id,parent,sys_updated_on,sys_mod_count",
            display: Display::Value,
        };
        let Some(pass) = progress.pass.as_mut() else { return Ok(()) };
        let begun = pass.begun.clone();
        let step = match walk.step(&mut pass.leg, limit).await {
            Ok(step) => step,
            // What it means for the items is told by their own pages.
            Err(error) if is_denied(&error) => {
                progress.denied.insert(RELATIONS.table.to_owned());
                self.go_to_deletions(progress, &begun);
                return Ok(());
            }
            Err(error) => return Err(kind(error, RELATIONS.table)),
        };
        let mut items: Vec<String> = Vec::new();
        for known in step.rows.rows.iter().filter_map(|row| row.known.as_ref().ok()) {
            if progress.relations.has_seen(&known.stamp, &known.id, &known.mark) {
                continue;
            }
            progress.relations.saw(std::iter::once((known.stamp.as_str(), known.id.as_str(), known.mark.as_str())));
            items.extend(known.about.clone());
            progress.relations.came_to(&known.stamp, &begun);
        }
        progress.relations.forget(&before(&progress.relations.newest, self.overlap));
        items.sort_unstable();
        items.dedup();
        for items in items.chunks(IDS_AT_ONCE) {
            page.records.extend(self.by_ids(&self.stream.scope, items).await?.records);
        }
        if step.ended {
            if progress.relations.newest.is_empty() {
                progress.relations.newest.clone_from(&begun);
            }
            self.go_to_deletions(progress, &begun);
        }
        Ok(())
    }

    /// One request of the walk over the deletions.
    pub(crate) async fn deletions(
        &self,
        progress: &mut Progress,
        page: &mut Page,
        limit: usize,
    ) -> Result<(), PullErrorKind> {
        let Some(scope) = &self.stream.deletions else { return Ok(()) };
        let walk = Walk {
            tables: self.tables,
            table: DELETIONS,
            scope,
            stamp: "sys_created_on",
            fields: "sys_id,tablename,documentkey,sys_created_on,sys_created_by",
            display: Display::Value,
        };
        let Some(pass) = progress.pass.as_mut() else { return Ok(()) };
        let step = match walk.step(&mut pass.leg, limit).await {
            Ok(step) => step,
            // Then a census tells what is gone.
            Err(error) if is_denied(&error) => {
                progress.denied.insert(DELETIONS.to_owned());
                progress.pass = None;
                return Ok(());
            }
            Err(error) => return Err(kind(error, DELETIONS)),
        };
        progress.denied.remove(DELETIONS);
        let begun = pass.begun.clone();
        for row in &step.rows.rows {
            let Ok(known) = &row.known else { continue };
            let Some(about) = &known.about else { continue };
            if progress.deletions.has_seen(&known.stamp, &known.id, "") {
                continue;
            }
            let place = Place { container: DELETIONS.into(), position: format!("sys_id {}", known.id) };
            let evidence = &step.rows.text[row.range.clone()];
            page.records.push(RawRecord::gone(about.clone(), Gone::Deleted, evidence, place));
            progress.deletions.saw(std::iter::once((known.stamp.as_str(), known.id.as_str(), "")));
            progress.deletions.came_to(&known.stamp, &begun);
        }
        progress.deletions.forget(&before(&progress.deletions.newest, self.overlap));
        if step.ended {
            if progress.deletions.newest.is_empty() {
                progress.deletions.newest = begun;
            }
            progress.pass = None;
        }
        Ok(())
    }
}
