//! The commands: each writes its answer to `out` and says how it ended. Progress goes to standard error.

pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod estate;
pub(crate) mod events;
pub(crate) mod explain;
mod explain_clocks;
pub(crate) mod explain_kpi;
pub(crate) mod explain_links;
pub(crate) mod explain_origin;
pub(crate) mod explain_proofs;
pub(crate) mod export;
pub(crate) mod gym;
pub(crate) mod init;
pub(crate) mod kpi;
pub(crate) mod ledger;
pub(crate) mod lint;
pub(crate) mod mapping;
pub(crate) mod mapping_diff;
pub(crate) mod problems;
pub(crate) mod quarantine;
pub(crate) mod replay;
pub(crate) mod status;
pub(crate) mod suppliers;
mod suppliers_text;
pub(crate) mod sync;
pub(crate) mod up;

use crate::exit::{Exit, Failure};
use crate::gateway::Gateway;
use crate::terminal::Terminal;
use anyhow::Result;
use counterfoil_config::Config;
use counterfoil_pipeline::{Clock, Mappings, Source};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::io::Write;
use std::sync::Arc;

/// What every command gets.
pub(crate) struct Context<'a> {
    /// Everything opened.
    pub(crate) gateway: &'a Gateway,
    /// How the other side looks.
    pub(crate) terminal: Terminal,
    /// Whether JSON is wanted.
    pub(crate) json: bool,
    /// Where the answer goes.
    pub(crate) out: &'a mut dyn Write,
}

impl Context<'_> {
    /// Writes a value as indented JSON.
    pub(crate) fn write_json(&mut self, value: &serde_json::Value) -> Result<()> {
        write_json(self.out, value)
    }
}

/// What a command gets that asks sources and keeps nothing: it needs no ledger.
pub(crate) struct Inquiry<'a> {
    /// What the user wrote.
    pub(crate) config: &'a Config,
    /// One per stream of every enabled instance.
    pub(crate) sources: &'a [Source],
    /// Where time comes from.
    pub(crate) clock: &'a Arc<dyn Clock>,
    /// How the other side looks.
    pub(crate) terminal: Terminal,
    /// Whether JSON is wanted.
    pub(crate) json: bool,
    /// Where the answer goes.
    pub(crate) out: &'a mut dyn Write,
}

impl<'a> Inquiry<'a> {
    /// The names of the instances that are asked: all, or only this one.
    pub(crate) fn instances(&self, only: Option<&str>) -> Result<Vec<&'a str>> {
        let mut names: Vec<&str> = self.sources.iter().map(|source| source.instance.as_ref()).collect();
        names.dedup();
        match only {
            None => Ok(names),
            Some(only) if names.contains(&only) => Ok(names.into_iter().filter(|name| *name == only).collect()),
            Some(only) => Err(unknown_instance(only, names.into_iter())),
        }
    }

    /// The streams of an instance.
    pub(crate) fn streams(&self, instance: &str) -> impl Iterator<Item = &'a Source> {
        self.sources.iter().filter(move |source| source.instance.as_ref() == instance)
    }
}

fn write_json(out: &mut dyn Write, value: &serde_json::Value) -> Result<()> {
    writeln!(out, "{}", serde_json::to_string_pretty(value)?)?;
    Ok(())
}

/// The mappings of an instance as it is configured now.
pub(crate) fn mappings_of(gateway: &Gateway, instance: &str) -> Option<Arc<Mappings>> {
    source_of(gateway, instance).map(|source| Arc::clone(&source.mappings))
}

/// The first stream of an instance as it is configured now.
pub(crate) fn source_of<'a>(gateway: &'a Gateway, instance: &str) -> Option<&'a Source> {
    gateway.sources.iter().find(|source| source.instance.as_ref() == instance)
}

/// Refuses a name that no configured instance has.
pub(crate) fn known_instance(gateway: &Gateway, instance: &str) -> Result<()> {
    if source_of(gateway, instance).is_some() {
        return Ok(());
    }
    let known = gateway.sources.iter().map(|source| source.instance.as_ref());
    Err(unknown_instance(instance, known))
}

/// The error for a name that none of `known` is.
pub(crate) fn unknown_instance<'a>(instance: &str, known: impl Iterator<Item = &'a str>) -> anyhow::Error {
    let mut known: Vec<&str> = known.collect();
    known.dedup();
    let text = format!("there is no enabled instance `{instance}`\n  help: configured are {}", known.join(", "));
    Failure::error(Exit::Usage, text)
}

/// A date or a moment of the command line; a date is midnight, and a moment without offset is wall clock, in `zone`.
pub(crate) fn moment(text: &str, zone: &TimeZone) -> Result<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let civil = text.parse::<Date>().map(|date| date.to_datetime(jiff::civil::Time::midnight()));
    let civil = civil.or_else(|_| text.parse::<DateTime>());
    match civil.map_err(anyhow::Error::from).and_then(|civil| Ok(zone.to_timestamp(civil)?)) {
        Ok(moment) => Ok(moment),
        Err(_) => Err(Failure::error(
            Exit::Usage,
            format!("`{text}` is no date\n  help: write 2026-06-30, 2026-06-30T12:00 or 2026-06-30T12:00:00Z"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_midnight_in_the_reporting_zone() {
        let zone = TimeZone::get("Europe/Lisbon").unwrap();
        assert_eq!(moment("2026-07-01", &zone).unwrap().to_string(), "2026-06-30T23:00:00Z");
        assert_eq!(moment("2026-07-01", &TimeZone::UTC).unwrap().to_string(), "2026-07-01T00:00:00Z");
        assert_eq!(moment("2026-07-01T10:00:00+02:00", &zone).unwrap().to_string(), "2026-07-01T08:00:00Z");
        assert!(moment("yesterday", &zone).is_err());
    }
}
