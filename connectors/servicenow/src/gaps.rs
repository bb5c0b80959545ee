//! What an instance has and does not give, in words.

use crate::history::{AUDIT, JOURNAL};
use crate::position::Progress;
use crate::stream::Stream;
use counterfoil_record::{Gap, Place};

/// Every gap that still stands at the end of a pass.
pub(crate) fn of(stream: &Stream, progress: &Progress) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = progress.denied.iter().filter_map(|table| denied(stream, table)).collect();
    gaps.extend(progress.hidden.iter().filter(|(table, _)| !progress.denied.contains(*table)).map(|(table, rows)| {
        Gap {
            code: "servicenow::history-hidden",
            place: whole(table),
            reason: format!("{rows} rows of {table} about records read here are hidden: their history has holes"),
            remedy: format!("let the account read all rows of {table}; see the access rules (ACL) of that table"),
            records: None,
        }
    }));
    gaps
}

/// What is missing because a table may not be read.
fn denied(stream: &Stream, table: &str) -> Option<Gap> {
    let (code, reason) = match table {
        table if table == AUDIT.table => (
            "servicenow::audit-denied",
            "the account may not read sys_audit: of what happened to a record only what differs between two pulls is known",
        ),
        table if table == JOURNAL.table => (
            "servicenow::journal-denied",
            "the account may not read sys_journal_field: comments and work notes are missing",
        ),
        table if table == stream.table => (
            "servicenow::choices-denied",
            "the account may not read sys_choice: new and renamed words of the source are not noticed before a record uses them",
        ),
        // Deletions are found by the census as well.
        _ => return None,
    };
    Some(Gap {
        code,
        place: whole(table),
        reason: reason.to_owned(),
        remedy: format!(
            "have an administrator give the account read access to {table} (an ACL of type record, operation read); then \
             everything is read again by itself"
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
