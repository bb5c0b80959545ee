//! The streams: one per table that is read.

use crate::encoded::Scope;
use crate::history::{RELATIONS, Sort};
use crate::tables::{CHOICES, Entry, INCIDENT};
use counterfoil_record::Digest;
use counterfoil_sdk::StreamSpec;
use std::time::Duration;

/// A table as a stream.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pub(crate) spec: StreamSpec,
    pub(crate) table: &'static str,
    pub(crate) scope: Scope,
    /// Whose rows stand beside a record.
    pub(crate) beside: Vec<&'static Sort>,
    /// Which deletions are those of its records; where there are none, only a census tells.
    pub(crate) deletions: Option<Scope>,
    /// Whether each row says which table it is of: rows of these do not always tell by themselves.
    pub(crate) is_marked: bool,
    /// Whether an account without the right to read it is a gap and no failure.
    pub(crate) is_optional: bool,
    /// Whether it is a gap as well that the instance does not have the table.
    pub(crate) is_expected: bool,
    /// What is missing when it may not be read.
    pub(crate) without: &'static str,
}

impl Stream {
    /// Records of a table, all or those of a filter.
    pub(crate) fn records(entry: &'static Entry, scope: Scope, is_expected: bool, census_every: Duration) -> Self {
        let is_incident = entry.table == INCIDENT;
        let deletions =
            Scope::parse(entry.deletions).expect("the conditions of the tables can be read, see their test");
        Self {
            spec: StreamSpec {
                name: entry.table,
                about: entry.about,
                census_every: Some(census_every),
                catalogue: false,
            },
            table: entry.table,
            scope,
            beside: entry.beside.to_vec(),
            deletions: Some(deletions),
            is_marked: !is_incident,
            is_optional: !is_incident,
            is_expected,
            without: entry.without,
        }
    }

    /// The choice lists of these tables: what states, priorities and reasons there are, in which words.
    pub(crate) fn choices(tables: &[&str], census_every: Duration) -> Self {
        let mut names: Vec<&str> = tables.to_vec();
        names.retain(|table| *table != INCIDENT);
        names.splice(0..0, [INCIDENT, "task"]);
        Self {
            spec: StreamSpec {
                name: "choice",
                about: "the choice lists of the tables read here",
                census_every: Some(census_every),
                catalogue: true,
            },
            table: CHOICES,
            scope: Scope::of(format!("nameIN{}", names.join(","))),
            beside: Vec::new(),
            deletions: None,
            is_marked: false,
            is_optional: true,
            is_expected: true,
            without: "new and renamed words of the source are not noticed before a record uses them",
        }
    }

    /// Whether changes of relations are changes of its records.
    pub(crate) fn has_relations(&self) -> bool {
        self.beside.iter().any(|sort| sort.table == RELATIONS.table)
    }

    /// Of what decides which records there are.
    pub(crate) fn fingerprint(&self) -> String {
        Digest::of_parts(&[self.table.as_bytes(), self.scope.with(&[], &[]).as_bytes()]).short()
    }
}
