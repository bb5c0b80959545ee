//! Proves from whole columns how dates are written, or refuses the file with both readings shown.
//!
//! A proof holds for its own column only: that one column is day/month/year says nothing about its neighbour.

use crate::config::Settings;
use crate::dates::{DateOrder, Look};
use crate::order::Compared;
use crate::problem::{DATES_AMBIGUOUS, DATES_CONTRADICT, Refusal, ZONE_MISSING};
use std::collections::BTreeMap;

/// What the values of one column were.
#[derive(Debug, Clone, Default)]
pub(crate) struct ColumnProfile {
    /// Values that mean something.
    values: u64,
    /// Those of them that are dates.
    dates: u64,
    without_offset: Option<Sample>,
    /// A value that is a date only as day/month/year.
    day_first: Option<Sample>,
    /// A value that is a date only as month/day/year.
    month_first: Option<Sample>,
    /// A value that is two different dates.
    either: Option<Sample>,
    /// A value that is the same date both ways.
    same: Option<Sample>,
}

#[derive(Debug, Clone)]
struct Sample {
    text: String,
    row: u64,
}

impl ColumnProfile {
    /// Takes in one value; nulls are not shown to it.
    pub(crate) fn see(&mut self, value: &str, row: u64) {
        self.values += 1;
        let Some(look) = Look::read(value) else { return };
        self.dates += 1;
        let sample = || Some(Sample { text: value.to_owned(), row });
        if look.lacks_offset() && self.without_offset.is_none() {
            self.without_offset = sample();
        }
        if !look.is_year_last() {
            return;
        }
        let slot = match look.readings() {
            (true, false) => &mut self.day_first,
            (false, true) => &mut self.month_first,
            _ if look.date(DateOrder::Dmy) == look.date(DateOrder::Mdy) => &mut self.same,
            _ => &mut self.either,
        };
        if slot.is_none() {
            *slot = sample();
        }
    }

    fn is_all_dates(&self) -> bool {
        self.values > 0 && self.dates == self.values
    }

    fn has_year_last(&self) -> bool {
        self.same.is_some() || self.day_first.is_some() || self.month_first.is_some() || self.either.is_some()
    }
}

/// How the dates of one file are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct DatesPlan {
    /// For each column, how its values compare.
    pub(crate) compared: Vec<Compared>,
    /// The member `@dates`, where the file has dates without offset: its JSON text.
    pub(crate) member: Option<String>,
    /// What was found, for people.
    pub(crate) notes: Vec<String>,
}

/// Decides for every column, or says why it cannot; `records` is how many the file holds, where that is known.
pub(crate) fn decide(
    names: &[String],
    columns: &[ColumnProfile],
    settings: &Settings,
    records: Option<u64>,
) -> Result<DatesPlan, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut orders: Vec<Option<DateOrder>> = vec![None; columns.len()];
    let mut proofs: Vec<(&str, String)> = Vec::new();
    let is_date = |at: usize| match &settings.date_columns {
        Some(stated) => stated.contains(&names[at]),
        None => columns[at].is_all_dates(),
    };
    let mut zoneless: Vec<(&str, &Sample)> = Vec::new();
    let mut ambiguous: Vec<(&str, &Sample)> = Vec::new();
    for (at, column) in columns.iter().enumerate().filter(|(at, _)| is_date(*at)) {
        let name = names[at].as_str();
        if let Some(sample) = &column.without_offset {
            zoneless.push((name, sample));
        }
        match order_of(name, column, settings) {
            Ok(Some((order, proof))) => {
                orders[at] = Some(order);
                proofs.push((name, proof));
            }
            // Nothing to decide: the year stands first, or both readings are the same date.
            Ok(None) => orders[at] = Some(DateOrder::Ymd),
            Err(Undecided::Contradiction(refusal)) => refusals.push(*refusal),
            Err(Undecided::Ambiguous) => ambiguous.extend(column.either.as_ref().map(|sample| (name, sample))),
        }
    }
    if settings.zone.is_none()
        && let Some((name, sample)) = zoneless.first()
    {
        refusals.push(zone_missing(name, sample, &zoneless));
    }
    if let Some((name, sample)) = ambiguous.first() {
        refusals.push(dates_ambiguous(name, sample, &ambiguous));
    }
    if !refusals.is_empty() {
        // The records are missing once, whatever the number of reasons.
        for (at, refusal) in refusals.iter_mut().enumerate() {
            refusal.records = if at == 0 { records } else { Some(0) };
        }
        return Err(refusals);
    }
    let general = general_order(&orders, columns, settings);
    let member = (!zoneless.is_empty()).then(|| member(names, columns, &orders, general, settings));
    let compared = orders
        .iter()
        .zip(columns)
        .map(|(order, column)| match order {
            // Where both readings are the same date, either order reads it.
            Some(DateOrder::Ymd) if column.has_year_last() => Compared::AsDates(general),
            Some(order) => Compared::AsDates(*order),
            None => Compared::AsTexts,
        })
        .collect();
    Ok(DatesPlan { compared, member, notes: notes(&proofs, &zoneless, settings) })
}

enum Undecided {
    Ambiguous,
    Contradiction(Box<Refusal>),
}

/// The order that a column proves, or that is stated and not contradicted by it; `None` where nothing is to be decided.
fn order_of(name: &str, column: &ColumnProfile, settings: &Settings) -> Result<Option<(DateOrder, String)>, Undecided> {
    let proven = match (&column.day_first, &column.month_first) {
        (Some(day), Some(month)) => return Err(contradiction(name, day, month)),
        (Some(day), None) => Some((DateOrder::Dmy, day)),
        (None, Some(month)) => Some((DateOrder::Mdy, month)),
        (None, None) => None,
    };
    match (settings.stated_order(name), proven) {
        (Some(stated), Some((proven, sample))) if stated != proven => Err(against_config(name, stated, proven, sample)),
        (_, Some((proven, sample))) => {
            Ok(Some((proven, format!("{} by `{}` in row {}", proven.spoken(), sample.text, sample.row))))
        }
        (Some(DateOrder::Ymd), None) => match column.either.as_ref().or(column.same.as_ref()) {
            Some(sample) => Err(against_config(name, DateOrder::Ymd, DateOrder::Dmy, sample)),
            None => Ok(None),
        },
        (Some(stated), None) if column.has_year_last() => Ok(Some((stated, format!("{} as stated", stated.spoken())))),
        (None, None) if column.either.is_some() => Err(Undecided::Ambiguous),
        (_, None) => Ok(None),
    }
}

fn contradiction(name: &str, day: &Sample, month: &Sample) -> Undecided {
    let reason = format!(
        "the column `{name}` contradicts itself: `{}` (row {}) can only be day/month/year, `{}` (row {}) only \
         month/day/year",
        day.text, day.row, month.text, month.row
    );
    let remedy = "export the file again with one way to write dates, or with ISO dates (2016-04-03)";
    let position = format!("row {}", day.row.max(month.row));
    Undecided::Contradiction(Box::new(Refusal::new(DATES_CONTRADICT, reason, remedy).at(position)))
}

fn against_config(name: &str, stated: DateOrder, proven: DateOrder, sample: &Sample) -> Undecided {
    let reason = format!(
        "the column `{name}` has `{}` (row {}), which is no date as {}",
        sample.text,
        sample.row,
        stated.spoken()
    );
    let remedy = format!(
        "correct `dates`, or state the order of this column: `date_columns = {{ \"{name}\" = \"{}\" }}`",
        proven.word()
    );
    let refusal = Refusal::new(DATES_CONTRADICT, reason, remedy).at(format!("row {}", sample.row));
    Undecided::Contradiction(Box::new(refusal))
}

fn zone_missing(name: &str, sample: &Sample, all: &[(&str, &Sample)]) -> Refusal {
    let reason =
        format!("{} says when, but not in which time zone: `{}` in column `{name}`", counted_columns(all), sample.text);
    let remedy = "write the zone of the tool that wrote the file into its section: `zone = \"Europe/Lisbon\"`, or \
                  `zone = \"UTC\"`";
    Refusal::new(ZONE_MISSING, reason, remedy).at(format!("row {}", sample.row))
}

fn dates_ambiguous(name: &str, sample: &Sample, all: &[(&str, &Sample)]) -> Refusal {
    let reason = format!(
        "{} can be read in two ways, and no value of the column says which: in column `{name}` {}",
        counted_columns(all),
        both_readings(&sample.text)
    );
    let remedy = match all {
        [_] => format!("write `dates = \"dmy\"` or `dates = \"mdy\"`, or `date_columns = {{ \"{name}\" = \"dmy\" }}`"),
        _ => "write `dates = \"dmy\"` or `dates = \"mdy\"`".to_owned(),
    };
    Refusal::new(DATES_AMBIGUOUS, reason, remedy).at(format!("row {}", sample.row))
}

/// `03/04/2016 is 3 April 2016 or 4 March 2016`
pub(crate) fn both_readings(text: &str) -> String {
    let spoken = |order| match Look::read(text).and_then(|look| look.date(order)) {
        Some(date) => date.strftime("%-d %B %Y").to_string(),
        None => "no date".to_owned(),
    };
    let date = text.trim().split([' ', ',', 'T']).next().unwrap_or(text);
    format!("{date} is {} or {}", spoken(DateOrder::Dmy), spoken(DateOrder::Mdy))
}

fn counted_columns(all: &[(&str, &Sample)]) -> String {
    match all {
        [(name, _)] => format!("the column `{name}`"),
        _ => {
            let names: Vec<String> = all.iter().take(4).map(|(name, _)| format!("`{name}`")).collect();
            let more = if all.len() > 4 { " …" } else { "" };
            format!("each of the {} columns {}{more}", all.len(), names.join(", "))
        }
    }
}

/// The order that most columns have; the stated one, where one is stated.
fn general_order(orders: &[Option<DateOrder>], columns: &[ColumnProfile], settings: &Settings) -> DateOrder {
    if let Some(stated) = settings.dates {
        return stated;
    }
    let count = |wanted| orders.iter().filter(|order| **order == Some(wanted)).count();
    match (count(DateOrder::Dmy), count(DateOrder::Mdy)) {
        // Dates like 05-05-2016 alone: the same both ways, and not year first.
        (0, 0) if columns.iter().any(|column| column.same.is_some()) => DateOrder::Dmy,
        (0, 0) => DateOrder::Ymd,
        (day_first, month_first) if day_first >= month_first => DateOrder::Dmy,
        _ => DateOrder::Mdy,
    }
}

/// `{"zone":"UTC","order":"dmy","except":{"closed":"mdy"}}`
fn member(
    names: &[String],
    columns: &[ColumnProfile],
    orders: &[Option<DateOrder>],
    general: DateOrder,
    settings: &Settings,
) -> String {
    let mut except = BTreeMap::new();
    for ((name, column), order) in names.iter().zip(columns).zip(orders).filter(|((_, c), _)| c.has_year_last()) {
        let own = match order {
            Some(DateOrder::Ymd) => continue,
            Some(order) => order.word(),
            // Some values of this column are dates and some are not. Whoever takes it for dates may use its own proof
            // and never its neighbours'.
            None => match order_of(name, column, settings) {
                Ok(Some((order, _))) => order.word(),
                Ok(None) => continue,
                Err(_) => UNPROVEN,
            },
        };
        if own != general.word() {
            except.insert(name, own);
        }
    }
    let zone = settings.zone.as_ref().map_or("UTC", |(name, _)| name);
    let mut text = format!("{{\"zone\":{},\"order\":\"{}\"", serde_json::json!(zone), general.word());
    if !except.is_empty() {
        text.push_str(&format!(",\"except\":{}", serde_json::json!(except)));
    }
    text.push('}');
    text
}

/// For a column whose order nothing proves: only dates that start with the year are read from it, and no others.
const UNPROVEN: &str = "ymd";

fn notes(proofs: &[(&str, String)], zoneless: &[(&str, &Sample)], settings: &Settings) -> Vec<String> {
    let mut notes = Vec::new();
    if let (Some((zone, _)), false) = (&settings.zone, zoneless.is_empty()) {
        notes.push(format!("moments without an offset are taken to be in {zone}"));
    }
    if !proofs.is_empty() {
        let said: Vec<String> = proofs.iter().map(|(name, proof)| format!("`{name}` {proof}")).collect();
        notes.push(format!("dates: {}", said.join("; ")));
    }
    notes
}

#[cfg(test)]
#[path = "dates_plan_tests.rs"]
mod tests;
