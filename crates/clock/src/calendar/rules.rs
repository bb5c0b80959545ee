//! The rules of a calendar as people agree on them: data, and what is wrong with it. Never a computation.

use crate::calendar::Hours;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use thiserror::Error;

/// More hours, closings or extra hours than any agreement has: what needs them is no calendar.
pub(crate) const MOST_ENTRIES: usize = 20_000;

/// The hours of every week.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Week {
    pub(crate) hours: Vec<(Weekday, Hours)>,
}

const ALL_DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

impl Week {
    /// Never open.
    pub fn closed() -> Self {
        Self::default()
    }

    /// 24x7.
    pub fn always() -> Self {
        Self::closed().open(&ALL_DAYS, Hours::WHOLE_DAY)
    }

    /// The same hours from Monday to Friday.
    pub fn working_days(hours: Hours) -> Self {
        Self::closed().open(&ALL_DAYS[..5], hours)
    }

    /// Adds hours that begin on each of the days; what overlaps is counted once.
    #[must_use]
    pub fn open(mut self, days: &[Weekday], hours: Hours) -> Self {
        self.hours.extend(days.iter().map(|day| (*day, hours)));
        self
    }
}

/// The hours that hold from one date to another. Outside of every period the calendar is unknown, which is neither open
/// nor closed: a list of holidays that ends with a year is a period that ends with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// The first date; `None` where it has held for ever.
    pub from: Option<Date>,
    /// The first date on which it holds no more; `None` where it holds for ever.
    pub until: Option<Date>,
    /// The hours.
    pub week: Week,
}

/// Hours of one date. Those over midnight reach into the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// The date on which they begin.
    pub date: Date,
    /// The hours.
    pub hours: Hours,
}

impl Dated {
    /// The whole of a date, as a public holiday has it.
    pub fn whole(date: Date) -> Self {
        Self { date, hours: Hours::WHOLE_DAY }
    }
}

/// A calendar as it is agreed on (iso20000.md 2.8). Open is, on the wall of its zone: what a week says, without the
/// closings, and with the extra hours. So hours that replace those of a date are a closing and extra hours.
#[derive(Debug, Clone)]
pub struct CalendarRules {
    /// Whose wall clock the hours are read from.
    pub zone: TimeZone,
    /// Which weeks hold when; in any order, never two at a time.
    pub periods: Vec<Period>,
    /// Holidays and half days.
    pub closings: Vec<Dated>,
    /// Hours that are open whatever the week and the closings say.
    pub extras: Vec<Dated>,
}

impl CalendarRules {
    /// A week that holds for ever, without exceptions.
    pub fn weekly(zone: TimeZone, week: Week) -> Self {
        let period = Period { from: None, until: None, week };
        Self { zone, periods: vec![period], closings: Vec::new(), extras: Vec::new() }
    }
}

/// Why rules are no calendar.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CalendarError {
    /// Nobody said whose wall clock it is.
    #[error("the zone of the calendar is not known")]
    NoZone,
    /// No period.
    #[error("the calendar holds at no time")]
    NoPeriod,
    /// Ends before it begins.
    #[error("a period ends on {until} and begins on {from}")]
    EmptyPeriod {
        /// Its first date.
        from: Date,
        /// Its end.
        until: Date,
    },
    /// Two weeks hold at a time.
    #[error("two periods hold on {0}")]
    Overlap(Date),
    /// Larger than any calendar.
    #[error("the calendar has more than {MOST_ENTRIES} entries")]
    TooLarge,
}
