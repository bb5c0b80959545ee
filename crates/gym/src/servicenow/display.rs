//! Values as a person of the account's zone and language reads them. Nothing is computed from them.

use super::account::{Account, DateFormat};
use super::choices;
use super::id::Id;
use super::instance::Instance;
use super::moment;
use super::schema::{Kind, TASKS};
use super::table::{Row, Table};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashMap;

/// What display values depend on, gathered once per request.
pub(crate) struct Display<'a> {
    instance: &'a Instance,
    labels: HashMap<String, HashMap<String, String>>,
    zone: TimeZone,
    dates: DateFormat,
}

impl<'a> Display<'a> {
    /// Labels are those of this table.
    pub(crate) fn new(instance: &'a Instance, table: &str) -> Self {
        let account: &Account = &instance.account;
        let switches = &instance.switches;
        let (zone, dates) = if switches.local_display {
            ("Asia/Kolkata", DateFormat::American)
        } else {
            (account.zone.as_str(), account.dates)
        };
        let language = if switches.labels_localised { "de" } else { &account.language };
        Self {
            instance,
            labels: choices::labels(instance, table, language),
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
            dates,
        }
    }

    /// What a value of a row is shown as.
    pub(crate) fn of(&self, table: &Table, row: &Row, at: usize, value: &[u8]) -> String {
        let column = &table.columns[at];
        let raw = String::from_utf8_lossy(value).into_owned();
        match column.kind {
            Kind::Id | Kind::Text | Kind::Integer | Kind::Boolean => raw,
            Kind::Stamp => self.moment(row.stamp),
            Kind::Moment => moment::parse(raw.as_bytes()).map_or(raw, |secs| self.moment(secs)),
            Kind::Choice => self.label(&column.name, &raw).unwrap_or(raw),
            Kind::Reference(target) => self.name_of(target, &raw).unwrap_or(raw),
            Kind::List(target) => {
                let names = raw.split(',').map(|id| self.name_of(target, id).unwrap_or_else(|| id.to_owned()));
                names.collect::<Vec<_>>().join(", ")
            }
            Kind::Duration => spoken(moment::parse(raw.as_bytes()).unwrap_or(0)),
            Kind::Journal => self.journal(&column.name, &row.id),
        }
    }

    fn label(&self, column: &str, code: &str) -> Option<String> {
        self.labels.get(column)?.get(code).cloned()
    }

    fn name_of(&self, target: &str, id: &str) -> Option<String> {
        let id = Id::parse(id.as_bytes())?;
        let of = |name: &str| {
            let table = self.instance.tables.get(name)?;
            Some(table.find(&id)?.text(&table.columns, table.display))
        };
        if target == "task" { TASKS.iter().find_map(|name| of(name)) } else { of(target) }
    }

    fn moment(&self, secs: i64) -> String {
        let format = match self.dates {
            DateFormat::Iso => "%Y-%m-%d %H:%M:%S",
            DateFormat::American => "%m/%d/%Y %I:%M:%S %p",
            DateFormat::German => "%d.%m.%Y %H:%M:%S",
        };
        match Timestamp::from_second(secs) {
            Ok(at) => at.to_zoned_datetime(self.zone.clone()).strftime(format).to_string(),
            Err(_) => String::new(),
        }
    }

    /// The newest entry first, each with a line that says when and who.
    fn journal(&self, name: &str, id: &Id) -> String {
        let table = self.instance.tables.of("sys_journal_field");
        let column = |name: &str| table.column(name).expect("the table of journals has this column");
        let columns = [column("element"), column("value"), column("sys_created_by")];
        let mut text = String::new();
        for row in table.of_key(id).iter().rev().filter_map(|slot| table.row(*slot)) {
            let [element, value, by] = columns.map(|at| row.text(&table.columns, at));
            if element == name || name == "comments_and_work_notes" {
                let title = if element == "comments" { "Additional comments" } else { "Work notes" };
                text.push_str(&format!("{} - {by} ({title})\n{value}\n\n", self.moment(row.stamp)));
            }
        }
        text
    }
}

/// `2 Hours 17 Minutes`; nothing for no time at all.
fn spoken(secs: i64) -> String {
    let parts =
        [(secs / 86_400, "Day"), (secs / 3_600 % 24, "Hour"), (secs / 60 % 60, "Minute"), (secs % 60, "Second")];
    let told = parts.into_iter().filter(|(count, _)| *count != 0);
    let words = told.map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }));
    words.collect::<Vec<_>>().join(" ")
}
