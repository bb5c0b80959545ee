//! The streams: one per table. A further table is a constant here and a mapping.

use crate::encoded::Scope;
use counterfoil_record::Digest;
use counterfoil_sdk::StreamSpec;
use std::time::Duration;

/// A table as a stream.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pub(crate) spec: StreamSpec,
    pub(crate) table: &'static str,
    pub(crate) scope: Scope,
    /// Whether what happened to a record, and its deletion, are read beside it.
    pub(crate) has_history: bool,
    /// Whether an account without the right to read it is a gap and no failure.
    pub(crate) is_optional: bool,
}

/// Tables whose choice lists tell what the words of our records may be.
const TABLES_WITH_CHOICES: &str = "nameINincident,task";

impl Stream {
    /// Incidents, all or those of a filter.
    pub(crate) fn incidents(scope: Scope, census_every: Duration) -> Self {
        let about = "incidents with their history, and what was deleted";
        Self {
            spec: StreamSpec { name: "incident", about, census_every: Some(census_every), catalogue: false },
            table: "incident",
            scope,
            has_history: true,
            is_optional: false,
        }
    }

    /// The choice lists of the tables above: what states, priorities and reasons there are, in which words.
    pub(crate) fn choices(census_every: Duration) -> Self {
        Self {
            spec: StreamSpec {
                name: "choice",
                about: "the choice lists of the tables read here",
                census_every: Some(census_every),
                catalogue: true,
            },
            table: "sys_choice",
            scope: Scope::of(TABLES_WITH_CHOICES.to_owned()),
            has_history: false,
            is_optional: true,
        }
    }

    /// Of what decides which records there are.
    pub(crate) fn fingerprint(&self) -> String {
        Digest::of_parts(&[self.table.as_bytes(), self.scope.with(&[], &[]).as_bytes()]).short()
    }
}
