//! What the account may do, table by table and column by column, for `doctor`.

use crate::canary::{UnknownColumn, unknown_columns};
use crate::config::{Account, Settings};
use crate::encoded::{Scope, condition};
use crate::history::RELATIONS;
use crate::stream::Stream;
use crate::table::{Ask, Display, Rows, Tables, is_denied, is_missing, kind};
use crate::tables::{INCIDENT, find};
use counterfoil_diagnostics::did_you_mean;
use counterfoil_http::HttpError;
use counterfoil_sdk::{Examination, PullErrorKind};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

/// Columns without which a row is of no use.
const NEEDED: &[&str] = &["sys_id", "sys_updated_on"];

/// Tables beside the records: what they are for, and what is missing without them.
const BESIDE: &[(&str, &str)] = &[
    ("sys_audit", "without it the history of a record is what differs between two pulls"),
    ("sys_journal_field", "without it comments and work notes are missing"),
    ("sys_audit_delete", "without it deletions are found by the census only, after two of them"),
    ("sys_choice", "without it new and renamed words of the source are not noticed in time"),
];

/// Difference of clocks, in seconds, that is worth a word.
const SKEW_SECS: i64 = 60;

/// Looks at everything that a pass needs.
pub(crate) async fn examine(tables: &Tables, settings: &Settings, now: Timestamp) -> Vec<Examination> {
    let mut found = Vec::new();
    let (first, rows) = first_readable(tables, settings).await;
    let sign_in = format!("sign in and read {}", if first == INCIDENT { "incidents" } else { first });
    let rows = match rows {
        Ok(rows) => rows,
        Err(error) => {
            found.push(broken(&sign_in, error));
            return found;
        }
    };
    found.push(match (rows.rows.len(), rows.total) {
        (0, Some(total)) if total > 0 => Examination::limited(
            sign_in,
            format!("the table has {total} rows and the first is hidden: access rules hide rows from this account"),
            format!("see the row ACLs of {first}; a census (`counterfoil sync`) says how many rows are visible"),
        ),
        (0, _) => {
            let remedy = format!("see whether the account may read any {first}");
            Examination::limited(sign_in, "the table shows no row", remedy)
        }
        (_, total) => {
            let total =
                total.map_or_else(String::new, |total| format!("; the table has {total} rows before access rules"));
            Examination::fine(sign_in, format!("rows can be read{total}"))
        }
    });
    let shown = shown(&rows);
    found.extend(shown.as_ref().map(|shown| columns(first, shown)));
    found.push(clock(&rows, now));
    found.extend(zone(tables, settings).await);
    for stream in settings.streams.iter().filter(|stream| !stream.spec.catalogue) {
        let of_first = stream.table == first;
        let asked = if of_first { Ok(rows.clone()) } else { first_row(tables, stream.table).await };
        let can_be_asked = asked.is_ok();
        let shown = asked.as_ref().ok().and_then(self::shown);
        found.extend((!of_first).then(|| record_table(asked, stream)));
        if can_be_asked && !stream.scope.columns().is_empty() {
            let unknown = unknown_columns(tables, stream).await;
            found.extend(filter(unknown, stream, shown.as_ref()));
        }
    }
    for (table, without) in BESIDE {
        found.push(beside(first_row(tables, table).await, table, without));
    }
    if settings.streams.iter().any(Stream::has_relations) {
        found.push(beside(first_row(tables, RELATIONS.table).await, RELATIONS.table, RELATIONS.without));
    }
    found
}

/// A table of records that is read beside the first one.
fn record_table(asked: Result<Rows, HttpError>, stream: &Stream) -> Examination {
    let (table, without) = (stream.table, stream.without);
    match asked {
        Ok(rows) => match shown(&rows) {
            Some(shown) => columns(table, &shown),
            None => beside(Ok(rows), table, without),
        },
        Err(error) if is_missing(&error) && stream.is_expected => Examination::limited(
            format!("read {table}"),
            format!("the instance does not have it; {without}"),
            format!("have an administrator activate the plugin that brings {table}, or take it out of `tables`"),
        ),
        Err(error) if is_missing(&error) => {
            Examination::fine(format!("read {table}"), "the instance does not have it: there is nothing to read")
        }
        Err(error) => beside(Err(error), table, without),
    }
}

/// Whether anything can be read at all.
pub(crate) async fn can_read(tables: &Tables, settings: &Settings) -> Result<(), PullErrorKind> {
    let (table, rows) = first_readable(tables, settings).await;
    rows.map(|_| ()).map_err(|error| kind(error, table))
}

/// The table by which an instance is looked at: incidents where they are read, else the first one that is there and that the
/// account may read.
async fn first_readable(tables: &Tables, settings: &Settings) -> (&'static str, Result<Rows, HttpError>) {
    let records = || settings.streams.iter().filter(|stream| !stream.spec.catalogue).map(|stream| stream.table);
    let candidates = records().filter(|table| *table == INCIDENT || records().all(|other| other != INCIDENT));
    let mut last = None;
    for table in candidates {
        let rows = first_row(tables, table).await;
        let goes_on = rows.as_ref().is_err_and(|error| is_denied(error) || is_missing(error));
        last = Some((table, rows));
        if !goes_on {
            break;
        }
    }
    match last {
        Some(found) => found,
        None => (INCIDENT, first_row(tables, INCIDENT).await),
    }
}

async fn first_row(tables: &Tables, table: &str) -> Result<Rows, HttpError> {
    let ask = Ask {
        table,
        query: String::new(),
        fields: "",
        limit: 1,
        offset: 0,
        display: Display::Value,
        stamp: if table.starts_with("sys_audit") || table == "sys_journal_field" {
            "sys_created_on"
        } else {
            "sys_updated_on"
        },
    };
    tables.rows(&ask).await
}

/// The columns that the account sees, when it sees a row.
fn shown(rows: &Rows) -> Option<BTreeSet<String>> {
    let row = rows.rows.first()?;
    let members: BTreeMap<String, serde::de::IgnoredAny> = serde_json::from_str(&rows.text[row.range.clone()]).ok()?;
    Some(members.into_keys().collect())
}

/// Columns that the account does not see: access rules for fields take them out of the row without a word.
fn columns(table: &str, shown: &BTreeSet<String>) -> Examination {
    let what = format!("see the columns of {table}");
    let missing = |columns: &[&'static str]| -> Vec<&'static str> {
        columns.iter().copied().filter(|column| !shown.contains(*column)).collect()
    };
    let (needed, wanted) = (missing(NEEDED), missing(find(table).map_or(&[], |entry| entry.wanted)));
    let remedy = |columns: &[&str]| {
        let names = columns.join(", ");
        format!("give the account read access to these columns of {table}: {names} (field ACLs, operation read)")
    };
    if !needed.is_empty() {
        Examination::broken(
            what,
            format!("{} cannot be seen: rows cannot be told apart", needed.join(", ")),
            remedy(&needed),
        )
    } else if !wanted.is_empty() {
        Examination::limited(what, format!("{} cannot be seen", wanted.join(", ")), remedy(&wanted))
    } else {
        Examination::fine(what, format!("{} columns, all that are needed among them", shown.len()))
    }
}

fn clock(rows: &Rows, now: Timestamp) -> Examination {
    const WHAT: &str = "compare the clocks";
    let Some(date) = rows.date else {
        return Examination::fine(
            WHAT,
            "the instance does not tell its time; positions are read from the records all the same",
        );
    };
    let skew = now.duration_since(date).as_secs();
    if skew.abs() <= SKEW_SECS {
        return Examination::fine(WHAT, format!("they differ by {} s", skew.abs()));
    }
    let side = if skew > 0 { "ahead of" } else { "behind" };
    Examination::limited(
        WHAT,
        format!(
            "this machine is {} {side} the instance; nothing is lost by that, ages of open records are off",
            long(skew)
        ),
        if skew.abs() < DAY {
            "set the clock of this machine by a time server (NTP)"
        } else {
            "is it a restored copy or a simulation? if not, set the clocks by a time server (NTP)"
        },
    )
}

const DAY: i64 = 86_400;

fn long(secs: i64) -> String {
    if secs.abs() < 2 * DAY { format!("{} s", secs.abs()) } else { format!("{} days", secs.abs() / DAY) }
}

#[derive(Deserialize)]
struct Users {
    result: Vec<User>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    time_zone: String,
}

/// The zone of the account: literal moments of a filter are read in it.
async fn zone(tables: &Tables, settings: &Settings) -> Option<Examination> {
    const WHAT: &str = "see the account's time zone";
    let Account::Basic { user, .. } = &settings.credential else { return None };
    let ask = Ask {
        table: "sys_user",
        query: Scope::everything().with(&[condition("user_name", "=", user)], &[]),
        fields: "sys_id,user_name,time_zone",
        limit: 1,
        offset: 0,
        display: Display::Value,
        stamp: "sys_updated_on",
    };
    let rows = tables.rows(&ask).await.ok()?;
    let users: Users = serde_json::from_str(&rows.text).ok()?;
    let zone = users.result.into_iter().next()?.time_zone;
    Some(match zone.as_str() {
        "GMT" | "UTC" | "Etc/UTC" | "" => Examination::fine(WHAT, "GMT, or the instance's default"),
        other => Examination::limited(
            WHAT,
            format!("it is {other}: moments written in `filter` are read in that zone"),
            "set the time zone of the integration user to GMT",
        ),
    })
}

fn filter(
    unknown: Result<Vec<UnknownColumn>, PullErrorKind>,
    stream: &Stream,
    shown: Option<&BTreeSet<String>>,
) -> Vec<Examination> {
    let (table, columns) = (stream.table, stream.scope.columns());
    let key = if table == INCIDENT { "filter".to_owned() } else { format!("filters.{table}") };
    let what = |column: &str| format!("use the column {column} in `{key}`");
    match unknown {
        Err(error) => vec![Examination::broken("try the filter", error.to_string(), "see above")],
        Ok(unknown) => {
            let is_unknown = |column: &String| unknown.iter().any(|other| other.0 == *column);
            // Of a path, what stands before the dot is the table's own.
            let near = |column: &str| {
                let (first, rest) = column.split_at(column.find('.').unwrap_or(column.len()));
                let known = shown.into_iter().flatten().map(String::as_str);
                did_you_mean(first, known).filter(|near| *near != first).map(|near| format!("{near}{rest}"))
            };
            let told = |column: &String| {
                if !is_unknown(column) {
                    return Examination::fine(what(column), "the instance knows it");
                }
                Examination::broken(
                    what(column),
                    format!(
                        "{table} has no column `{column}` that the account may read; ServiceNow would drop the condition without a word"
                    ),
                    match near(column) {
                        Some(near) => format!("did you mean `{near}`? otherwise let the account read the column"),
                        None => {
                            "correct the name (the dictionary, sys_dictionary, has the columns), or let the account \
                                 read it"
                                .to_owned()
                        }
                    },
                )
            };
            columns.iter().map(told).collect()
        }
    }
}

fn beside(asked: Result<Rows, HttpError>, table: &str, without: &str) -> Examination {
    let what = format!("read {table}");
    let remedy = format!(
        "have an administrator give the account read access to {table} (an ACL of type record, operation read)"
    );
    match asked {
        Ok(rows) if rows.rows.is_empty() && rows.total.is_some_and(|total| total > 0) => {
            Examination::limited(what, format!("its rows are hidden from the account; {without}"), remedy)
        }
        Ok(rows) if rows.rows.is_empty() => Examination::fine(what, "it can be asked and shows no row"),
        Ok(_) => Examination::fine(what, "it can be read"),
        Err(error) if is_denied(&error) => {
            Examination::limited(what, format!("the account may not read it (HTTP 403); {without}"), remedy)
        }
        Err(error) => broken(&what, error),
    }
}

fn broken(what: &str, error: HttpError) -> Examination {
    let mut reason = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        reason.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    let remedy = match error.status() {
        Some(401) => "check user and password, and that the account is active and not locked",
        Some(403) => {
            "let the account use the REST API and read this table (role `itil` or a role of its own with read ACLs)"
        }
        Some(404) => "check the address, and that the table exists",
        _ => "check the address and the network between here and the instance",
    };
    Examination::broken(what, reason, remedy)
}
