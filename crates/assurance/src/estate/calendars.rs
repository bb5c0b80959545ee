//! Calendars of registers, compiled once.

use crate::estate::faults::Faults;
use crate::estate::{EstateFault, Reading};
use crate::row::Row;
use counterfoil_clock::{Calendar as Hours, CalendarRules, Dated, Period, Week};
use counterfoil_model::{Field, Kind};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use std::sync::Arc;

/// Texts of facts end here at the latest: what is as long may have been longer.
const CUT_BYTES: usize = 4_093;

/// Hours of service.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Its record: `instance/stream/native-id`.
    pub id: Box<str>,
    /// What people call it.
    pub title: Box<str>,
    /// What it says.
    pub hours: Arc<Hours>,
    pub(super) at: u32,
}

pub(super) fn read(reading: &Reading<'_>, faults: &mut Vec<EstateFault>) -> Vec<Calendar> {
    let calendars = reading.of_kind(Kind::Calendar).filter_map(|row| {
        let mut faults = Faults::of(row.id, faults);
        let hours = Arc::new(one(row, reading, &mut faults)?);
        let title =
            row.facts.text(Field::Title).known().map_or_else(|| row.native_id().into(), |title| (*title).into());
        Some(Calendar { id: row.id.into(), title, hours, at: row.at })
    });
    calendars.collect()
}

fn one(row: Row<'_>, reading: &Reading<'_>, faults: &mut Faults<'_>) -> Option<Hours> {
    let zone = faults.needed_text(row, Field::Zone).and_then(|name| {
        let zone = (reading.zones)(name);
        if zone.is_none() {
            faults.add(
                Field::Zone,
                format!("there is no time zone `{}`", short(name)),
                "name one of the IANA database",
            );
        }
        zone
    });
    let week = faults.needed_text(row, Field::WeeklyHours).and_then(|text| match text.parse::<Week>() {
        Ok(week) => Some(week),
        Err(error) => {
            faults.add(Field::WeeklyHours, error.to_string(), "write it as `mon-fri 08:00-17:00; sat 09:00-12:00`");
            None
        }
    });
    let from = faults.optional(Field::ValidFrom, row.facts.moment(Field::ValidFrom));
    let to = faults.optional(Field::ValidTo, row.facts.moment(Field::ValidTo));
    let closings = match faults.optional(Field::Holidays, row.facts.text(Field::Holidays)) {
        Some(text) => closings(text, faults)?,
        None => Vec::new(),
    };
    let zone = zone?;
    let period = Period {
        from: from.and_then(|at| first_day(at, &zone)),
        until: to.and_then(|at| first_day(at, &zone)),
        week: week?,
    };
    let rules = CalendarRules { zone, periods: vec![period], closings, extras: Vec::new() };
    rules.compile().map_err(|error| faults.add(None, error.to_string(), "correct it in the register")).ok()
}

fn closings(text: &str, faults: &mut Faults<'_>) -> Option<Vec<Dated>> {
    if text.len() >= CUT_BYTES {
        faults.add(Field::Holidays, "the list of holidays is too long to be kept whole", "leave out the years gone by");
        return None;
    }
    let mut closings = Vec::new();
    let mut is_whole = true;
    for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
        match entry.parse::<Date>() {
            Ok(date) if entry.len() == 10 => closings.push(Dated::whole(date)),
            Ok(_) | Err(_) => {
                let why = format!("the holiday `{}` is no date", short(entry));
                faults.add(Field::Holidays, why, "write dates as 2026-12-25, with `;` between them");
                is_whole = false;
            }
        }
    }
    is_whole.then_some(closings)
}

/// The first date that begins at this moment or after it.
fn first_day(at: i64, zone: &TimeZone) -> Option<Date> {
    let there = zone.to_datetime(Timestamp::from_millisecond(at).ok()?);
    if there.time() == Time::midnight() { Some(there.date()) } else { there.date().tomorrow().ok() }
}

pub(super) fn short(text: &str) -> &str {
    crate::own::cut(text, 60)
}
