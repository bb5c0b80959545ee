//! The records of a page, each with what stands beside it: what happened to it, and what it depends on.

use crate::history::{Histories, Sort, Told};
use crate::pass::Reader;
use crate::position::Progress;
use crate::table::{Known, Row, kind};
use counterfoil_http::HttpError;
use counterfoil_record::{Form, Payload, RawRecord};
use counterfoil_sdk::PullErrorKind;
use futures_util::future::join_all;
use std::sync::Arc;

impl Reader<'_> {
    /// The records of rows, each with what stands beside it. A row of a table that does not tell which one it is of says so,
    /// too: one mapping must not take the rows of another.
    pub(crate) async fn with_histories(
        &self,
        progress: &mut Progress,
        text: &Arc<str>,
        rows: &[(&Row, &Known)],
    ) -> Result<Vec<RawRecord>, PullErrorKind> {
        let record = |known: &Known, payload| RawRecord {
            native_id: known.id.clone(),
            version: known.mark.clone(),
            form: Form::Snapshot,
            payload,
            place: self.place(&known.id),
        };
        let sorts = &self.stream.beside;
        if rows.is_empty() || sorts.is_empty() && !self.stream.is_marked {
            let whole = |(row, known): &(&Row, &Known)| record(known, Payload::slice(text, row.range.clone()));
            return Ok(rows.iter().map(whole).collect());
        }
        let ids: Vec<&str> = rows.iter().map(|(_, known)| known.id.as_str()).collect();
        let table = self.stream.table;
        let asked = join_all(sorts.iter().map(|sort| sort.of(self.tables, table, &ids))).await;
        let mut beside: Vec<(&Sort, Histories)> = Vec::with_capacity(sorts.len());
        for (sort, answer) in sorts.iter().zip(asked) {
            beside.extend(told(answer, sort, progress)?.map(|histories| (*sort, histories)));
        }
        // One text for the whole page; its records are slices of it.
        let mut page = String::with_capacity(text.len() * 2);
        let mut ranges = Vec::with_capacity(rows.len());
        for (row, known) in rows {
            let start = page.len();
            let row = &text[row.range.clone()];
            page.push_str(row.trim_end().strip_suffix('}').unwrap_or(row));
            if self.stream.is_marked {
                page.push_str(",\"@table\":\"");
                page.push_str(table);
                page.push('"');
            }
            for (sort, histories) in &beside {
                histories.append(sort, &known.id, &mut page);
            }
            page.push('}');
            ranges.push(start..page.len());
        }
        let page: Arc<str> = page.into();
        let whole = |((_, known), range): (&(&Row, &Known), _)| record(known, Payload::slice(&page, range));
        Ok(rows.iter().zip(ranges).map(whole).collect())
    }
}

/// What the account is shown of a history; notes down what it is not.
fn told(
    told: Result<Told, HttpError>,
    sort: &Sort,
    progress: &mut Progress,
) -> Result<Option<Histories>, PullErrorKind> {
    match told.map_err(|error| kind(error, sort.table))? {
        Told::Rows(histories) => {
            if histories.hidden > 0 {
                *progress.hidden.entry(sort.table.to_owned()).or_default() += histories.hidden;
            }
            Ok(Some(histories))
        }
        Told::Nothing => Ok(None),
        Told::Denied => {
            progress.denied.insert(sort.table.to_owned());
            Ok(None)
        }
    }
}
