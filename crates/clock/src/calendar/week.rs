//! Weeks as people write them: `mon-fri 08:00-17:00; sat 09:00-12:00`. Never a date.

use crate::calendar::{HoursError, Week};
use jiff::civil::Weekday;
use std::str::FromStr;
use thiserror::Error;

/// A text longer than this is no week.
const MOST_BYTES: usize = 4_096;

/// What is no week.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WeekError {
    /// No days before the hours, or no hours behind the days.
    #[error("`{0}` is no part of a week: write days and hours as `mon-fri 08:00-17:00`")]
    NoPart(String),
    /// None of the seven.
    #[error("`{0}` is no day of the week: write mon, tue, wed, thu, fri, sat or sun")]
    NoDay(String),
    /// No hours.
    #[error(transparent)]
    Hours(#[from] HoursError),
    /// Longer than any week.
    #[error("a week is written in at most {MOST_BYTES} bytes")]
    TooLong,
}

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl FromStr for Week {
    type Err = WeekError;

    /// Parts separated by `;`, each days (`mon-fri`, `sat,sun`, `daily`) and one or more hours; or `24x7`.
    fn from_str(text: &str) -> Result<Self, WeekError> {
        if text.len() > MOST_BYTES {
            return Err(WeekError::TooLong);
        }
        let text = text.trim().to_ascii_lowercase();
        if matches!(text.as_str(), "24x7" | "24/7") {
            return Ok(Self::always());
        }
        let mut week = Self::closed();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (named, hours) = part.split_once(char::is_whitespace).ok_or_else(|| no_part(part))?;
            let days = days(named)?;
            for hours in hours.split([' ', ',']).filter(|hours| !hours.is_empty()) {
                week = week.open(&days, hours.parse()?);
            }
        }
        if week.hours.is_empty() { Err(no_part(&text)) } else { Ok(week) }
    }
}

fn days(named: &str) -> Result<Vec<Weekday>, WeekError> {
    if named == "daily" {
        return Ok(DAYS.iter().map(|(_, day)| *day).collect());
    }
    let mut days = Vec::new();
    for named in named.split(',') {
        let (first, last) = named.split_once('-').unwrap_or((named, named));
        let (first, last) = (number(first)?, number(last)?);
        // Over the end of the week as well: `fri-mon` are four days.
        let many = (last + 7 - first) % 7;
        days.extend((0..=many).map(|step| DAYS[(first + step) % 7].1));
    }
    Ok(days)
}

fn number(named: &str) -> Result<usize, WeekError> {
    let known = DAYS.iter().position(|(name, _)| *name == named);
    known.ok_or_else(|| WeekError::NoDay(named.chars().take(40).collect()))
}

fn no_part(part: &str) -> WeekError {
    WeekError::NoPart(part.chars().take(40).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Hours;

    fn hours(text: &str) -> Hours {
        text.parse().unwrap()
    }

    #[test]
    fn weeks_are_read_as_people_write_them() {
        let working = Week::working_days(hours("08:00-17:00"));
        assert_eq!("mon-fri 08:00-17:00".parse(), Ok(working.clone()));
        assert_eq!(" Mon-Fri 08:00-17:00 ; ".parse(), Ok(working.clone()));
        assert_eq!(
            "mon-fri 08:00-17:00; sat 09:00-12:00".parse(),
            Ok(working.open(&[Weekday::Saturday], hours("09:00-12:00")))
        );
        assert_eq!("24x7".parse(), Ok(Week::always()));
        assert_eq!("daily 00:00-24:00".parse(), Ok(Week::always()));
        let split = Week::closed().open(&[Weekday::Tuesday], hours("08:00-12:00"));
        assert_eq!("tue 08:00-12:00 13:00-17:00".parse(), Ok(split.open(&[Weekday::Tuesday], hours("13:00-17:00"))));
        let weekend = [Weekday::Saturday, Weekday::Sunday, Weekday::Monday];
        assert_eq!("sat-mon 10:00-11:00".parse(), Ok(Week::closed().open(&weekend, hours("10:00-11:00"))));
    }

    #[test]
    fn what_is_no_week_is_told() {
        for text in ["", ";", "mon", "mon ", "08:00-17:00", "moon 08:00-17:00", "mon 8-17", "mon-fri-sat 08:00-17:00"] {
            assert!(text.parse::<Week>().is_err(), "{text:?}");
        }
        assert_eq!("mon;".repeat(2_000).parse::<Week>(), Err(WeekError::TooLong));
    }
}
