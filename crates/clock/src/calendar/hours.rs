//! Times of a day and the intervals between them, as service hours are written. Never an instant: those need a zone.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Seconds of a day on the wall.
pub(crate) const DAY_SECS: u32 = 86_400;

/// A time on the wall, `00:00` to `24:00`, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DayTime(u32);

/// What is no time of a day, or no interval.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HoursError {
    /// Neither `HH:MM` nor `HH:MM:SS` between `00:00` and `24:00`.
    #[error("`{0}` is no time of a day: write HH:MM, from 00:00 to 24:00")]
    NoTime(String),
    /// Begins where it ends: nothing, or a whole day, nobody can tell.
    #[error("hours from {0} to {0} are nothing or a whole day: write 00:00 to 24:00 for a whole day")]
    Empty(DayTime),
    /// No day begins at its end.
    #[error("hours cannot begin at 24:00")]
    FromEnd,
}

impl DayTime {
    /// `00:00`.
    pub const START: Self = Self(0);
    /// `24:00`, the end of a day: on the wall it is the next day's `00:00`.
    pub const END: Self = Self(DAY_SECS);

    /// A full minute; `None` above `24:00`.
    pub const fn at(hour: u32, minute: u32) -> Option<Self> {
        if minute < 60 && (hour < 24 || (hour == 24 && minute == 0)) {
            Some(Self(hour * 3600 + minute * 60))
        } else {
            None
        }
    }

    /// Seconds since `00:00` on the wall.
    pub const fn secs(self) -> u32 {
        self.0
    }
}

impl FromStr for DayTime {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let wrong = || HoursError::NoTime(text.chars().take(40).collect());
        let mut parts = text.split(':');
        let mut next = |most: u32| {
            let part = parts.next().filter(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))?;
            part.parse::<u32>().ok().filter(|number| *number <= most)
        };
        let (hour, minute) = next(24).zip(next(59)).ok_or_else(wrong)?;
        let secs = if text.len() > 5 { next(59).ok_or_else(wrong)? } else { 0 };
        let time = Self(hour * 3600 + minute * 60 + secs);
        if parts.next().is_some() || time > Self::END { Err(wrong()) } else { Ok(time) }
    }
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 3600, self.0 / 60 % 60)?;
        if self.0.is_multiple_of(60) { Ok(()) } else { write!(f, ":{:02}", self.0 % 60) }
    }
}

/// Hours of one day; those that end before they begin go over midnight into the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hours {
    from: DayTime,
    until: DayTime,
}

impl Hours {
    /// `00:00` to `24:00`.
    pub const WHOLE_DAY: Self = Self { from: DayTime::START, until: DayTime::END };

    /// From a time, inclusive, until another, exclusive.
    pub fn new(from: DayTime, until: DayTime) -> Result<Self, HoursError> {
        match (from, until) {
            (DayTime::END, _) => Err(HoursError::FromEnd),
            (from, until) if from == until => Err(HoursError::Empty(from)),
            (from, until) => Ok(Self { from, until }),
        }
    }

    /// Seconds of the day on which they begin, from and until; beyond 86,400 where they go over midnight.
    pub(crate) fn secs(self) -> (u32, u32) {
        let over_midnight = self.until < self.from;
        (self.from.0, self.until.0 + if over_midnight { DAY_SECS } else { 0 })
    }
}

impl FromStr for Hours {
    type Err = HoursError;

    /// `08:00-17:00`.
    fn from_str(text: &str) -> Result<Self, HoursError> {
        let (from, until) = text.split_once('-').ok_or_else(|| HoursError::NoTime(text.chars().take(40).collect()))?;
        Self::new(from.trim().parse()?, until.trim().parse()?)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written_and_nothing_else_is() {
        for text in ["00:00", "08:30", "23:59:59", "24:00"] {
            assert_eq!(text.parse::<DayTime>().unwrap().to_string(), text);
        }
        for text in ["", "8:00", "24:01", "24:00:01", "08:60", "08:00:60", "08:00:", "08:00:00:00", "+8:00", "08-00"] {
            assert!(text.parse::<DayTime>().is_err(), "{text}");
        }
        assert_eq!(DayTime::at(24, 0), Some(DayTime::END));
        assert_eq!((DayTime::at(24, 1), DayTime::at(8, 60)), (None, None));
    }

    #[test]
    fn hours_may_go_over_midnight_and_are_never_empty() {
        assert_eq!("22:00-06:00".parse::<Hours>().unwrap().secs(), (79_200, 108_000));
        assert_eq!("08:00 - 24:00".parse::<Hours>().unwrap().to_string(), "08:00-24:00");
        assert_eq!("00:00-24:00".parse(), Ok(Hours::WHOLE_DAY));
        assert_eq!("08:00-08:00".parse::<Hours>(), Err(HoursError::Empty(DayTime(28_800))));
        assert_eq!("24:00-06:00".parse::<Hours>(), Err(HoursError::FromEnd));
        assert!("08:00".parse::<Hours>().is_err());
    }
}
