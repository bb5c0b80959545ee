//! What an instance has and does not give, in words.

use crate::history::{AUDIT, JOURNAL, RELATIONS};
use crate::position::Progress;
use crate::stream::Stream;
use crate::tables::CHOICES;
use counterfoil_record::{Gap, Place};

/// Every gap that still stands at the end of a pass.
pub(crate) fn of(stream: &Stream, progress: &Progress) -> Vec<Gap> {
    let denied = progress.denied.iter().filter(|table| !(progress.missing && **table == stream.table));
    let mut gaps: Vec<Gap> = denied.filter_map(|table| denied_table(stream, table)).collect();
    gaps.extend(progress.missing.then(|| missing(stream)).flatten());
    gaps.extend(progress.hidden.iter().filter(|(table, _)| !progress.denied.contains(*table)).map(|(table, rows)| {
        let holes =
            if table == RELATIONS.table { "what they depend on is not complete" } else { "their history has holes" };
        Gap {
            code: "servicenow::history-hidden",
            place: whole(table),
            reason: format!("{rows} rows of {table} about records read here are hidden: {holes}"),
            remedy: format!("let the account read all rows of {table}; see the access rules (ACL) of that table"),
            records: None,
        }
    }));
    gaps
}

/// What is missing because a table may not be read.
fn denied_table(stream: &Stream, table: &str) -> Option<Gap> {
    let sort = [&AUDIT, &JOURNAL, &RELATIONS].into_iter().find(|sort| sort.table == table);
    let (code, without) = match (table, sort) {
        (_, Some(sort)) if sort.table == AUDIT.table => ("servicenow::audit-denied", sort.without),
        (_, Some(sort)) if sort.table == JOURNAL.table => ("servicenow::journal-denied", sort.without),
        (_, Some(sort)) => ("servicenow::relations-denied", sort.without),
        (CHOICES, None) => ("servicenow::choices-denied", stream.without),
        (table, None) if table == stream.table => ("servicenow::table-denied", stream.without),
        // Deletions are found by the census as well.
        _ => return None,
    };
    Some(Gap {
        code,
        place: whole(table),
        reason: format!("the account may not read {table}: {without}"),
        remedy: format!(
            "have an administrator give the account read access to {table} (an ACL of type record, operation read); then \
             everything is read again by itself"
        ),
        records: None,
    })
}

/// That the instance does not have a table which the configuration names.
fn missing(stream: &Stream) -> Option<Gap> {
    stream.is_expected.then(|| Gap {
        code: "servicenow::table-missing",
        place: whole(stream.table),
        reason: format!("the instance has no table {}: {}", stream.table, stream.without),
        remedy: format!(
            "have an administrator activate the plugin that brings {}, or take the table out of `tables`",
            stream.table
        ),
        records: None,
    })
}

/// What access rules hide of the records themselves.
pub(crate) fn access(stream: &Stream, visible: u64, total: u64) -> Option<Gap> {
    let hidden = total.checked_sub(visible).filter(|hidden| *hidden > 0)?;
    Some(Gap {
        code: "servicenow::access-gap",
        place: whole(stream.table),
        reason: format!("visible {visible} of {total}, access gap {hidden}: access rules of the source hide the rest"),
        remedy: format!(
            "if they belong to you, have an administrator let the account read them (row ACLs, domain, before-query business \
             rules of {}); if not, say so in `filter`",
            stream.table
        ),
        records: Some(hidden),
    })
}

fn whole(table: &str) -> Place {
    Place { container: table.into(), position: String::new() }
}
